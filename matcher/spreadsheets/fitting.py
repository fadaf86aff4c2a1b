"""Whether the cells of a column fit what its name says, and what the cells alone say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

from matcher.domain.fields import FieldType
from matcher.domain.records import RecordKind
from matcher.spreadsheets.columns import Column, by_header, columns_of, word_key
from matcher.spreadsheets.content import Content
from matcher.spreadsheets.spellings import key, spellings
from matcher.spreadsheets.synonyms import LIKELY, UNSURE, Candidate, choice_words, fields
from matcher.spreadsheets.targets import How, Part, Target

BY_CONTENT = 0.7
"""How sure a column is that its cells alone tell, under a header that says nothing."""
_MISFIT, _AGREES, _ALL, _MOST, _HALF, _SOME, _FEW = 0.45, 0.02, 0.95, 0.8, 0.5, 0.3, 0.2
_FEWEST = 3
_ID = 0.7
_SAYS_NOTHING = re.compile(
    r"^(?:(?:kolom|column|col|veld|field|unnamed|naamloos|var|variabele|data|gegevens|info|waarde|value|leeg|test|xxx+|x)\b[\s\d]*)*$"
)
_VOWEL = re.compile(r"[aeiouy]")

_PART_TESTS = {
    Part.POSTCODE_AND_TOWN: ("postcode_and_town",),
    Part.CREBO: ("crebo_form",),
    Part.LEVEL: ("level",),
    Part.PATHWAY: ("pathway",),
    Part.YEAR: ("year", "date"),
    Part.CONSENT_YES_NO: ("yes_no", "consent"),
    Part.MOMENT_DATE: ("date",),
    Part.MOMENT_START: ("time",),
    Part.MOMENT_END: ("time",),
}
_TYPE_TESTS = {
    FieldType.EMAIL: ("email",),
    FieldType.PHONE: ("any_phone",),
    FieldType.POSTCODE: ("any_postcode",),
    FieldType.YES_NO: ("yes_no",),
    FieldType.DATE: ("date", "number"),
    FieldType.PAST_DATE: ("date", "number"),
    FieldType.CREBO: ("crebo_form",),
    FieldType.URL: ("url",),
    FieldType.NLQF: ("digit",),
}
_WORDS_ONLY = frozenset(
    (
        "voornaam",
        "tussenvoegsel",
        "achternaam",
        "functie",
        "werkgever",
        "sector",
        "woonplaats",
        "plaats",
        Part.FULL_NAME,
        Part.PROGRAMME,
    )
)


def weigh(kind: RecordKind, candidate: Candidate, content: Content) -> Candidate:
    """The candidate as sure as the cells allow; another field where they say that it is that one."""
    if not content.filled:
        return candidate
    target = candidate.target
    if target.word is not None:
        return candidate if _fits_choice(target, content) else _misfit(candidate)
    changed = _other_field(kind, target, content)
    if changed is not None:
        return replace(candidate, target=changed)
    column = by_header(kind).get(word_key(target.field))
    if column is not None and column is columns_of(kind)[0]:
        return _as_id(candidate, content)
    tests = _tests(target, column)
    if tests:
        return _by_share(candidate, content, tests)
    return _misfit(candidate) if _is_something_else(target, column, content) else candidate


def _tests(target: Target, column: Column | None) -> tuple[str, ...]:
    if column is None:
        return _PART_TESTS.get(Part(target.field), ())
    return _TYPE_TESTS.get(column.cell, ())


def _by_share(candidate: Candidate, content: Content, tests: tuple[str, ...]) -> Candidate:
    """By how many of the cells are what the field holds; an exact name needs one, another name a fifth of them."""
    share = max(content.share(test) for test in tests)
    exact = candidate.how is How.EXACT
    least = 0.0 if exact or len(content.distinct) < _FEWEST else _FEW
    several = len(content.distinct) > 1 or content.filled >= _FEWEST
    if share <= least and (not exact or several or "yes_no" in tests):
        return _misfit(candidate)
    if share >= _MOST and not exact and candidate.sure > UNSURE:
        return replace(candidate, sure=min(0.99, round(candidate.sure + _AGREES, 3)))
    return candidate if share >= _HALF or exact else replace(candidate, sure=round(candidate.sure * 0.95, 3))


def _misfit(candidate: Candidate) -> Candidate:
    return replace(candidate, sure=min(candidate.sure, _MISFIT))


def _fits_choice(target: Target, content: Content) -> bool:
    if content.share("yes_no") >= _HALF:
        return True
    if target.field in {"beschikbaarheid", "dagdelen"}:
        of_day = "part_of_day" if "-" not in (target.word or "") else "part"
        return max(content.share(of_day), content.share("part"), content.share("day_parts")) >= _HALF
    known = choice_words(target.field)
    own = sum(known.get(key(text)) == target.word for text in content.distinct)
    return own >= _HALF * len(content.distinct)


def _other_field(kind: RecordKind, target: Target, content: Content) -> Target | None:
    """A consent of yes and no is not one of purposes; a column of codes is not one of names; and the like."""
    for name, is_that, field in _OTHER_FIELDS:
        if target.field == name and field in fields(kind) and is_that(content):
            return Target(field)
    return None


def _are_crebos(content: Content) -> bool:
    """Whether the values are codes of qualifications: all of that form, and some in the register, which lacks old ones.

    Of random numbers of five figures 1 in 200 is in it.
    """
    return content.share("crebo") >= _SOME and content.share("crebo_form") >= _ALL


_OTHER_FIELDS: tuple[tuple[str, Callable[[Content], bool], str], ...] = (
    (
        "toestemming",
        lambda cells: cells.share("yes_no") >= _HALF and cells.share("words:toestemming") < _FEW,
        Part.CONSENT_YES_NO,
    ),
    (Part.CONSENT_YES_NO, lambda cells: cells.share("words:toestemming") >= _HALF, "toestemming"),
    (Part.PROGRAMME, lambda cells: cells.share("qualification") >= _HALF, "opleidingen"),
    (Part.PROGRAMME, _are_crebos, Part.CREBO),
    (Part.YEAR, lambda cells: cells.share("date") >= _HALF, "uitstroom_datum"),
    ("uitstroom_datum", lambda cells: cells.share("year") >= _HALF, Part.YEAR),
    *(
        (name, lambda cells: cells.share("postcode_and_town") >= _HALF, Part.POSTCODE_AND_TOWN)
        for name in ("postcode", "woonplaats", "plaats")
    ),
    *((name, lambda cells: cells.share("postcode") >= _MOST, "postcode") for name in ("woonplaats", "plaats")),
)
"""(field by name, what the cells must be, the field that they then are)."""


def _is_something_else(target: Target, column: Column | None, content: Content) -> bool:
    if content.share("email") >= _MOST or content.share("url") >= _MOST:
        return True
    several = column is not None and column.several
    if several or (column is not None and column.cell is FieldType.SKILLS):
        return content.share("yes_no") >= _HALF
    if column is not None and column.cell in {FieldType.WHOLE, FieldType.NUMBER}:
        return content.share("digit") == 0 and content.share("yes_no") >= _HALF
    if target.field not in _WORDS_ONLY and (column is None or column.cell is not FieldType.TEXT):
        return False
    if content.share("yes_no") >= _MOST or content.share("date") >= _MOST:
        return True
    return target.field in _WORDS_ONLY and content.share("letters") < _FEW


def _as_id(candidate: Candidate, content: Content) -> Candidate:
    """A number of a row (1, 2, 3) names nobody; a column of other numbers of its own does, whatever it is called."""
    if candidate.how is How.EXACT:
        return candidate
    if content.share("date") >= _HALF:
        return _misfit(candidate)
    if candidate.sure <= UNSURE:
        enough = content.filled >= _FEWEST and len(content.distinct) == content.filled and not _counts(content)
        return replace(candidate, sure=_ID) if enough else candidate
    return _misfit(candidate) if candidate.sure <= LIKELY and content.variety < _HALF else candidate


def _counts(content: Content) -> bool:
    numbers = sorted(int(text) for text in content.distinct if text.isdigit() and len(text) < 9)
    if len(numbers) < _MOST * len(content.distinct):
        return False
    from_one = numbers[0] <= 2 and numbers[-1] - numbers[0] <= 1.5 * len(numbers)
    return from_one or numbers[-1] < 1000


def says_nothing(header: str) -> bool:
    """Whether a header is none: empty, a number, `Kolom3`, letters that are no word."""
    text = spellings(header)[0].text if spellings(header) else ""
    words = [word for word in text.split() if len(word) > 2 and word.isalpha() and _VOWEL.search(word)]
    return not words or _SAYS_NOTHING.match(text) is not None


@cache
def _telling(kind: RecordKind) -> tuple[tuple[str, str, float], ...]:
    """(field, test, least share) of what cells can tell by themselves."""
    mail = "aanvrager" if kind is RecordKind.REQUESTS else "email"
    town = "woonplaats" if kind is RecordKind.ALUMNI else "plaats"
    days = "beschikbaarheid" if kind is RecordKind.ALUMNI else "dagdelen"
    listed = {RecordKind.ALUMNI: "aanbod", RecordKind.REQUESTS: "soort", RecordKind.OFFERINGS: "vorm"}[kind]
    crebo, name = {
        RecordKind.ALUMNI: (Part.CREBO.value, Part.PROGRAMME.value),
        RecordKind.REQUESTS: ("opleiding", "opleiding"),
        RecordKind.OFFERINGS: ("crebo", "crebo"),
    }[kind]
    rows = [
        (mail, "email", 0.8), ("telefoon", "phone", 0.8), (Part.POSTCODE_AND_TOWN.value, "postcode_and_town", 0.8),
        ("postcode", "postcode", 0.8), ("opleidingen", "qualification", 0.8), (crebo, "crebo", 0.3),
        (name, "programme", 0.8), (Part.PATHWAY.value, "pathway", 0.95), (days, "day_parts", 0.8),
        (listed, f"words:{listed}", 0.8), ("url", "url", 0.8), (town, "town", 0.85),
    ]  # fmt: skip
    return tuple(row for row in rows if row[0] in fields(kind))


def by_content(kind: RecordKind, content: Content, *, nameless: bool) -> Iterator[Candidate]:
    """What a column can be by its cells alone. `nameless`: its header says nothing; else none is sure enough to use.

    Mail addresses and phones of the people themselves differ from row to row; the same few are somebody else's.
    """
    if len(content.distinct) < _FEWEST:
        return
    for field, test, least in _telling(kind):
        if (
            (test == "town" and not nameless)
            or content.share(test) < least
            or (test == "crebo" and not _are_crebos(content))
        ):
            continue
        own = field not in {"email", "telefoon"} or content.variety >= _MOST
        yield Candidate(Target(field), How.CONTENT, BY_CONTENT if nameless and own else UNSURE - 0.05)
        if test not in {"crebo", "day_parts", "words:aanbod"}:
            return
