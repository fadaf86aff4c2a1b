"""Words with which people say that a cell holds nothing."""

from __future__ import annotations

import re

from matcher.domain.fields import FieldType
from matcher.spreadsheets.columns import Column
from matcher.text import DASHES, fold

_MARKS = re.compile(r"[-_.…?/\\*~,;:|'\"(){}=#!<>\[\] ]+")
_ALWAYS = frozenset(
    {
        "n.v.t", "nvt", "n.v.t.", "n.vt", "n/v/t", "n/a", "n.a", "n.b", "n.n.b", "nnb", "n.t.b", "ntb", "n.o.t.k",
        "notk", "tbd", "t.b.d", "tba", "niet van toepassing", "onbekend", "nog onbekend", "niet bekend",
        "nog niet bekend", "niet ingevuld", "weet niet", "weet ik niet", "weet ik nog niet", "geen idee", "(leeg)",
        "geen opgave", "niet opgegeven", "nog te bepalen", "nader te bepalen", "nog in te vullen", "volgt", "volgt nog",
        "unknown", "not applicable", "not known", "none given", "(blank)", "(geen)", "zonder opgave",
    }
)  # fmt: skip
"""After `fold`, and without closing dots."""
_NO_NAME = frozenset(
    {"geen", "none", "null", "nan", "leeg", "nil", "niets", "niks", "na", "nb", "blank", "no data", "geen gegevens"}
)
"""Words that are nothing in a cell that holds no name or text: Null and Leeg are surnames."""
_DITTO = frozenset(
    {"idem", "dito", "ditto", "zie boven", "als boven", "zie hierboven", "idem dito", "same", "as above"}
)
_NO_WORK = re.compile(
    r"(?:werkzoekende?|werkloos|zonder werk|geen werk|zoekt? (?:een |ander )?(?:werk|baan)"
    r"|op zoek naar (?:een )?(?:werk|baan)"
    r"|niet werkzaam|werkt (?:nu )?niet|(?:nu |nog )?(?:gepensioneerd|met pensioen)|student(?:e)?|scholier|n\.?v\.?t\.?"
    r"|studeert?(?: \S+){0,3}|studerend|(?:ik )?studeer(?: \S+){0,4}|(?:doet|volgt) (?:hbo|mbo|een studie)\S*"
    r"|unemployed|looking for work|in between jobs)\b[^\w]*"
)
"""What stands for no employer, in the column of employers."""
_NO_TEXT = frozenset({"geen", "niets", "niks", "leeg", "geen gegevens"})
_CROSSES = frozenset({"x", "xx", "xxx", "xxxx"})
_NAMES = frozenset({"first_name", "last_name", "title", "provider", "school", "alumnus_id", "request_id"})
_TELLING = frozenset({"admission", "funding"})
"""Texts in which "geen" tells something: there are no requirements."""
_CROSSED = frozenset({FieldType.YES_NO, FieldType.SET, FieldType.CONSENTS, FieldType.MEMBER, FieldType.DAY_PARTS})
_WRITTEN = frozenset({FieldType.TEXT, FieldType.OWNER, FieldType.ID, FieldType.REFERENCE})


def is_nothing(text: str, column: Column | None = None) -> bool:
    """Whether the text of a cell says that there is nothing, in this column or in any."""
    if len(text) > 24:
        return bool(_MARKS.fullmatch(text.translate(DASHES)))
    word = fold(text)
    plain = word.strip(" .!,:;-?") or word
    if plain in _ALWAYS or word in _ALWAYS or _MARKS.fullmatch(text.translate(DASHES)):
        return True
    if column is not None and column.cell in _WRITTEN:
        return _no_text(plain, column) or (column.field == "employer" and is_no_work(plain))
    if plain in _NO_NAME:
        return column is None or not _is_a_word(plain, column)
    return column is not None and plain in _CROSSES and column.cell not in _CROSSED


def is_ditto(text: str) -> bool:
    """Whether a text says that the value is that of the cell above, which is only so while nobody sorts the list."""
    return fold(text).strip(" .,;:-") in _DITTO


def is_no_work(text: str) -> bool:
    """Whether a text under employer says that somebody has none, or studies."""
    return len(text) <= 40 and _NO_WORK.fullmatch(fold(text).strip(" .!,:;-?")) is not None


def _no_text(plain: str, column: Column) -> bool:
    """Whether a word is nothing in a column of texts or ids: less often, since it may be a name."""
    if column.field in _NAMES:
        return plain == "geen" and column.cell is FieldType.ID
    return plain in _CROSSES or (plain in _NO_TEXT and column.field not in _TELLING)


def _is_a_word(plain: str, column: Column) -> bool:
    """Whether a closed list has this word: an alumnus may look for nothing."""
    return any(fold(word) == "geen" for word in column.words) and plain in {"geen", "niets", "niks", "none"}


_EVERY_WORD = _DITTO | _ALWAYS | _NO_NAME | _NO_TEXT | _CROSSES


def surely_something(text: str) -> bool:
    """Whether a text is surely no word for nothing, in any column: a quick answer, which may be too careful."""
    return text[:1].isalnum() and (len(text) > 24 or text.lower().rstrip(" .!,:;-?") not in _EVERY_WORD)
