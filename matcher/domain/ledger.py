"""Events between a request and an alumnus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from matcher.domain.kinds import RequestKind

DEFAULT_ASKS_PER_YEAR = 4
"""How often alumni are asked who did not say, of a school that chose nothing."""
MOST_HOURS, MOST_STUDENTS = 1000, 10_000
"""Of one contribution."""


class Deviation(StrEnum):
    """Why an alumnus other than the first was invited: a code, since free text could name a person.

    `PLAN`: a plan proposed the alumnus, and a person approved the plan; nobody chose a reason.
    """

    KNOWS_CLASS = "knows_class"
    EXPERIENCE = "experience"
    SPREAD = "spread"
    PRACTICAL = "practical"
    OTHER = "other"
    PLAN = "plan"


REASONS = tuple(one for one in Deviation if one is not Deviation.PLAN)
"""The reasons that a person can give."""


class LedgerEvent(StrEnum):
    """What happened between a request and an alumnus; new ones at the end, the pool stores their place here.

    `LATER`: not this time, ask again. `RELEASED`: the ask was undone, reached nobody, or was given back. `RETRACTED`: a
    yes was taken back. `CORRECTED`: the line that it names does not count.
    """

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CONTRIBUTED = "contributed"
    BENEFITED = "benefited"
    LATER = "later"
    RELEASED = "released"
    RETRACTED = "retracted"
    CORRECTED = "corrected"


class Benefit(StrEnum):
    """What an alumnus had of it: the word beside a line `BENEFITED`."""

    ADVICE = "advice"
    COURSE = "course"
    COACHING = "coaching"
    EVENT = "event"
    WORK = "work"
    THANKS = "thanks"


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One entry of the ledger; people and requests by their random keys.

    `school`, `kind` and `team` are those of the request when the line was added, so that they outlive it. `hours` and
    `students`: of a contribution. `key`: the line's own, 0 until it is stored; `corrects`: the key of the line of the
    same alumnus that this one undoes (`UNDOES`).
    """

    alumnus_key: int
    request_key: int | None
    event: LedgerEvent
    on: date
    key: int = field(default=0, kw_only=True)
    corrects: int | None = field(default=None, kw_only=True)
    school: str | None = field(default=None, kw_only=True)
    kind: RequestKind | None = field(default=None, kw_only=True)
    team: str | None = field(default=None, kw_only=True)
    benefit: Benefit | None = field(default=None, kw_only=True)
    hours: float | None = field(default=None, kw_only=True)
    students: int | None = field(default=None, kw_only=True)


_CORRECTABLE = frozenset(LedgerEvent) - {LedgerEvent.RELEASED, LedgerEvent.RETRACTED, LedgerEvent.CORRECTED}
UNDOES: Mapping[LedgerEvent, frozenset[LedgerEvent]] = {
    LedgerEvent.RELEASED: frozenset({LedgerEvent.ASKED}),
    LedgerEvent.RETRACTED: frozenset({LedgerEvent.ACCEPTED}),
    LedgerEvent.CORRECTED: _CORRECTABLE,
}
"""What a line with each of these events undoes, where it names it: such a line counts for nothing itself."""

Undone = frozenset[tuple[int, int, LedgerEvent]]
"""Alumnus, key and event of lines that do not count."""


def undone_by(lines: Iterable[LedgerLine]) -> Undone:
    """What these lines undo. A line that is undone never counted, whichever day it was undone on."""
    return frozenset(
        (line.alumnus_key, line.corrects, event)
        for line in lines
        if line.corrects is not None
        for event in UNDOES.get(line.event, ())
    )


def stands(line: LedgerLine, undone: Undone) -> bool:
    """Whether a line counts: it undoes nothing, and is not undone."""
    return line.event not in UNDOES and (line.alumnus_key, line.key, line.event) not in undone


def told(lines: Iterable[LedgerLine]) -> list[LedgerLine]:
    """What was said, in its order: also what was released or taken back, but nothing corrected."""
    known = list(lines)
    corrected = undone_by(line for line in known if line.event is LedgerEvent.CORRECTED)
    return [
        line
        for line in known
        if line.event is not LedgerEvent.CORRECTED and (line.alumnus_key, line.key, line.event) not in corrected
    ]


def standing(lines: Iterable[LedgerLine]) -> list[LedgerLine]:
    """The lines that count, in their order; `lines` holds whatever undoes one of them, in any order."""
    known = list(lines)
    undone = undone_by(known)
    return [line for line in known if stands(line, undone)]
