"""What a column can be by its header alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from matcher.domain.records import RecordKind
from matcher.spreadsheets.choices import choices, enumerated
from matcher.spreadsheets.spellings import JOIN, LONGEST, Spelling, key, spellings, without
from matcher.spreadsheets.synonyms import (
    SURE,
    UNSURE,
    Candidate,
    choice_words,
    exact,
    expanded,
    is_elsewhere,
    listed,
    near,
    neutral,
    question,
)
from matcher.spreadsheets.targets import How, Target

USED = 0.6
"""From how sure on (0-1) a column is used."""
_ASIDE, _EXPLAINED = 0.97, 0.9
_SHORT_ASIDE = 6
"""Words in brackets from which they explain a header (`staat op je oude schoolpas`), and only a person is elsewhere."""
_ADJECTIVES = frozenset({"oud", "oude", "vorige", "niet", "geen", "school", "werk"})
_WORK = frozenset({"werk", "huidig werk", "baan", "huidige baan", "bedrijf", "werkgever", "loopbaan"})
_OF_WORK = frozenset({"werkgever", "functie", "sector"})
"""Fields that stand under a group with one of these names, where a phone or a town would be that of the employer."""
_ROW = re.compile(r"[;|\t]")
"""Two of these, and a header is a whole row in one cell."""


@lru_cache(maxsize=8192)
def by_name(kind: RecordKind, header: str) -> tuple[Candidate, ...]:
    """What a column can be by its header, the surest first; also what is too unsure to be used."""
    if len(header) > LONGEST or len(_ROW.findall(header)) > 1:
        return ()
    found: list[Candidate] = []
    every = spellings(header)
    optional = bool(every) and every[0].option
    for spelling in every:
        factor = _weight_of_aside(kind, header, spelling, optional=optional)
        found += [replace(one, sure=_beside(one.sure, factor)) for one in named(kind, spelling.text)]
        chosen = list(choices(kind, spelling))
        if chosen and spelling.option:
            return ranked(chosen)
        found += chosen
    several = enumerated(kind, header)
    return ranked(found if several is None else [*found, several])


def _beside(sure: float, factor: float) -> float:
    return round(sure * factor, 3) if factor else min(sure, UNSURE)


def _weight_of_aside(kind: RecordKind, header: str, spelling: Spelling, *, optional: bool) -> float:
    """How far a name counts beside what was left out of it: 0 where that says that it is about something else.

    `optional`: the header ends with one of the answers to a question, so the question alone says too little.
    """
    if not spelling.aside:
        return 1.0
    if _explains(kind, spelling) or without(spelling.aside, neutral()) in neutral() or spelling.aside.isdigit():
        return _ASIDE
    if _same(kind, spelling):
        return _EXPLAINED
    if _is_of_work(kind, spelling) or _is_explanation(spelling.aside):
        return _ASIDE
    if spelling.option or optional or is_elsewhere(spelling.aside) or _two_fields(kind, header, spelling):
        return 0.0
    return 0.0 if spelling.group else _ASIDE


def _is_of_work(kind: RecordKind, spelling: Spelling) -> bool:
    """Whether an employer or function stands under a group of work, where a phone would be that of the employer."""
    return spelling.aside in _WORK and {one.target.field for one in named(kind, spelling.text)[:1]} <= _OF_WORK


def _is_explanation(aside: str) -> bool:
    """Whether what is left out tells at length how to fill a column in, and of no other person."""
    return len(aside.split()) > _SHORT_ASIDE and not is_elsewhere(without(aside, _ADJECTIVES))


def _two_fields(kind: RecordKind, header: str, spelling: Spelling) -> bool:
    """Whether a slash stands between names of two fields, as in `Naam/functie`."""
    if "/" not in header or JOIN in header:
        return False
    return any(one.sure >= USED for one in named(kind, spelling.aside))


def _explains(kind: RecordKind, spelling: Spelling) -> bool:
    """Whether what stands in brackets are words of the list of that field, as in `Aanbod (gastles/mentor)`."""
    named = exact(kind, spelling.text)
    known = choice_words(named.target.field) if named else {}
    return all(key(word) in known for word in spelling.aside.split())


def _same(kind: RecordKind, spelling: Spelling) -> bool:
    """Whether what follows a slash is another name of the same field, as in `Opleiding / klas`."""
    targets = {one.target for one in named(kind, spelling.text)}
    return any(one.target in targets for one in named(kind, spelling.aside))


def named(kind: RecordKind, text: str) -> Sequence[Candidate]:
    """What a text of words can be the name of: by the lists, a question, or nearly one of the names in them."""
    column = exact(kind, text)
    known = listed(kind, text)
    if column is not None:
        return [column, *(known or ())]
    if known is not None:
        return known
    bare = without(text, neutral())
    if bare != text:
        column = exact(kind, bare)
        if column is not None:
            return [Candidate(column.target, How.SYNONYM, SURE), *(listed(kind, bare) or ())]
        known = listed(kind, bare)
        if known is not None:
            return [replace(one, sure=round(one.sure * _ASIDE, 3)) for one in known]
    whole = expanded(text)
    if whole != text:
        written = named(kind, whole)
        if written:
            return [replace(one, how=How.SYNONYM, sure=round(one.sure * _ASIDE, 3)) for one in written]
    asked = () if is_elsewhere(bare, asked=True) else question(kind, text)
    return asked or [replace(one, sure=UNSURE) if is_elsewhere(bare) else one for one in near(kind, text)]


def ranked(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Each target once, the surest first."""
    best: dict[Target, Candidate] = {}
    for one in found:
        if one.target not in best or one.sure > best[one.target].sure:
            best[one.target] = one
    return tuple(sorted(best.values(), key=lambda one: (-one.sure, one.target.field, one.target.word or "")))
