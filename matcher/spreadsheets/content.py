"""What stands in a column: which share of its distinct values looks like a mail address, a date, a word of a list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from functools import cache, lru_cache

from matcher.domain.crebo import by_name, register
from matcher.spreadsheets.cells import consent_answer, is_nothing, parted, parts_of_day, several_qualifications
from matcher.spreadsheets.cells.parted import FEWEST as FEWEST_PARTS
from matcher.spreadsheets.spellings import key
from matcher.spreadsheets.synonyms import choice_words, day_parts, part_words

MOST_LOOKED_AT = 1_000
"""Cells of a column that are looked at, evenly spread over its rows."""
MOST_TESTED, MOST_TOWNS = 400, 50
"""Distinct values of which a share is taken; towns are looked up one by one."""
_NOBODY = frozenset(("anonymous", "anoniem"))
"""What forms write for a name or address that was not asked, besides the words for nothing."""
_YES_NO = frozenset(
    (
        "ja", "nee", "j", "n", "yes", "no", "y", "true", "false", "waar", "onwaar", "x", "v", "1", "0", "neen", "ok",
        "oke", "jazeker", "jagraag", "jahoor", "neebedankt", "aan", "uit", "akkoord", "nietakkoord", "jaakkoord",
        "misschien", "soms", "lieverniet", "janee", "checked", "unchecked", "vink",
    )
)  # fmt: skip
_MARKS = frozenset("✓✔✗✘×☑☒☐√●■")
_EMAIL = re.compile(r"^[^@\s]*<?[^@\s<>]+@[^@\s<>]+\.[^@\s<>]{2,}>?$|<[^@\s]+@[^@\s]+>$")
_PHONE = re.compile(r"^(?:\(?(?:00|\+)\d|\(?0\d)[\d\s().\-/+]{6,}$")
_BARE_PHONE = re.compile(r"^(?:31)?6\d{8}$|^[1-9]\d{8}$")
_POSTCODE = re.compile(r"^(?:NL-?\s?)?[1-9]\d{3}\s?[A-Za-z]{2}$")
_ANY_POSTCODE = re.compile(r"^(?:[A-Z]{1,2}-?\s?)?\d{4,5}(?:\s?[A-Za-z]{2})?\b")
_POSTCODE_AND_TOWN = re.compile(r"^[1-9]\d{3}\s?[A-Za-z]{0,2}[\s,/;-]+[^\W\d][^\d]{2,}$")
_DATE = re.compile(
    r"^\D{0,14}(?:\d{1,2}[-/. ]\s?(?:\d{1,2}|[a-z]{3,9}\.?)[-/. ]\s?(?:\d{4}|'?\d{2})|\d{4}[-/.]\d{1,2}[-/.]\d{1,2})\b",
    re.IGNORECASE,
)
_TIME = re.compile(r"^\D{0,10}\d{1,2}(?:[:.u]\d{2})?(?:\s*(?:uur|u|h))?\b", re.IGNORECASE)
_YEAR = re.compile(r"^(?:19[5-9]\d|20\d\d)$|^(?:19[5-9]\d|20\d\d)\s?[-/]\s?(?:\d{2}|\d{4})$")
_NUMBER = re.compile(r"^\D{0,12}\d+(?:[.,]\d+)*\D{0,12}$")
_LEVEL = re.compile(r"^(?:mbo|niv(?:eau)?\.?)?[\s-]*[1-4](?:[\s/,+&-]*(?:en|of|t/m)?\s*[1-4])?$", re.IGNORECASE)
_PATHWAY = re.compile(r"^(?:bol|bbl|ovo|odt|derde leerweg)\b|leerweg|beroeps(?:op|beg)", re.IGNORECASE)
_QUALIFICATION = re.compile(r"^[^|;]*\|[^|;]*\|")
_URL = re.compile(r"^(?:https?://|www\.)\S+$", re.IGNORECASE)
_SPLIT = re.compile(r"\s*(?:[;,/\n+&•]|\ben\b|\bof\b|(?<=\s)-\s|:::)\s*", re.IGNORECASE)


def text_of(value: object) -> str:  # noqa: PLR0911 - a line for each type of cell
    """A cell as a text; '' for an empty one. Whole numbers without a decimal part, dates as 2026-03-17."""
    match value:
        case None:
            return ""
        case bool():
            return "ja" if value else "nee"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
        case date():
            return value.isoformat()
        case time():
            return value.isoformat("minutes")
        case _:
            return str(value).strip()[:500]


class Content:
    """The values of one column. `filled`: how many of the cells that were looked at have one; `distinct`: the others.

    Words for nothing ("-", n.v.t., onbekend) do not count as values.
    """

    def __init__(self, cells: Iterable[object]) -> None:
        looked = Counter(map(text_of, cells))
        values = {text: times for text, times in looked.items() if text and _is_value(text)}
        self.filled = sum(values.values())
        self.distinct: tuple[str, ...] = tuple(values)
        self._shares: dict[str, float] = {}

    @property
    def variety(self) -> float:
        """Distinct values as a share of all, 0-1; 0 without values."""
        return len(self.distinct) / self.filled if self.filled else 0.0

    def share(self, what: str) -> float:
        """Which share (0-1) of the distinct values is `what`: a name in `TESTS`, or `words:FIELD` for a closed list."""
        if what not in self._shares:
            test = _words_test(what[6:]) if what.startswith("words:") else TESTS[what]
            values = self.distinct[: MOST_TESTED if what != "town" else MOST_TOWNS]
            self._shares[what] = sum(map(test, values)) / len(values) if values else 0.0
        return self._shares[what]


def _is_value(text: str) -> bool:
    its_key = key(text)
    return bool(its_key.strip("-–—?.*/ ")) and its_key not in _NOBODY and not is_nothing(text)


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.search(text) is not None


def is_yes_no(text: str) -> bool:
    """Whether a cell says yes or no: a word for it, a cross, a tick."""
    first = re.split(r"[,;(:!]", text, maxsplit=1)[0]
    return key(text) in _YES_NO or key(first) in _YES_NO or (len(text) <= 2 and not _MARKS.isdisjoint(text))


def _items(text: str) -> Iterable[str]:
    return [item for item in _SPLIT.split(text) if item]


@cache
def _words_test(field: str) -> Callable[[str], bool]:
    known = choice_words(field)

    def test(text: str) -> bool:
        return key(text) in known or any(key(item) in known for item in _items(text))

    return test


def _is_day_parts(text: str) -> bool:
    items = [key(item) for item in [text, *_items(text), *re.split(r"\s*(?:[;,/\n+\-–]|t/m|\s)\s*", text)] if item]
    names = day_parts()
    return any(item in names or item in {"weekend", "doordeweeks", "avonden", "altijd", "hele week"} for item in items)


def _is_part(text: str) -> bool:
    return any(key(item) in part_words() for item in _items(text))


def _is_crebo(text: str) -> bool:
    return text.upper() in register()


def _is_programme(text: str) -> bool:
    return by_name(text) is not None or by_name(re.sub(r"\s*\(.*\)$", "", text)) is not None


def _is_consent(text: str) -> bool:
    reading = consent_answer(text, today=date.max)
    return reading.value is not None and _YEAR.match(text) is None


@lru_cache(maxsize=8192)
def is_town(text: str) -> bool:
    """Whether a text is the name of a known place."""
    from matcher.gazetteer.lookup import Certainty, look_up

    return look_up(text).certainty is not Certainty.UNKNOWN


TESTS: dict[str, Callable[[str], bool]] = {
    "email": _matches(_EMAIL),
    "phone": lambda text: _PHONE.search(text) is not None and 9 <= sum(map(str.isdigit, text)) <= 14,
    "any_phone": lambda text: (
        9 <= sum(map(str.isdigit, text)) <= 22
        and (
            _PHONE.search(text) is not None or _BARE_PHONE.search(re.sub(r"[\s-]", "", text)) is not None or "0" in text
        )
    ),
    "postcode": _matches(_POSTCODE),
    "any_postcode": _matches(_ANY_POSTCODE),
    "postcode_and_town": _matches(_POSTCODE_AND_TOWN),
    "date": _matches(_DATE),
    "time": _matches(_TIME),
    "year": _matches(_YEAR),
    "number": _matches(_NUMBER),
    "digit": lambda text: any(map(str.isdigit, text)),
    "letters": lambda text: any(map(str.isalpha, text)),
    "level": _matches(_LEVEL),
    "pathway": _matches(_PATHWAY),
    "qualification": lambda text: (
        _QUALIFICATION.search(text) is not None
        or len(parted(text) or ()) >= FEWEST_PARTS
        or bool(several_qualifications(text))
    ),
    "url": _matches(_URL),
    "yes_no": is_yes_no,
    "crebo": _is_crebo,
    "crebo_form": lambda text: re.search(r"\b[A-Z0-9]?\d{4}\b", text) is not None,
    "programme": _is_programme,
    "day_parts": _is_day_parts,
    "part": _is_part,
    "town": is_town,
    "part_of_day": lambda text: is_yes_no(text) or _is_part(text) or parts_of_day(text) is not None,
    "consent": lambda text: is_yes_no(text) or _is_consent(text),
}
