"""The life of a request: what is stored of it, and the state that follows from that, the ledger and the day.

Stored are only the steps that a person took: a concept, opened, withdrawn, held or not held. Whether it is asked,
agreed or expired follows from the ledger and the day, so that no job has to bring it up to date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import Request


class Phase(StrEnum):
    """What is stored of a request; one of which nothing is stored, as from a list, is open."""

    CONCEPT = "concept"
    OPEN = "open"
    WITHDRAWN = "withdrawn"
    HELD = "held"
    NOT_HELD = "not_held"


class Step(StrEnum):
    """What a person did to a request."""

    CREATED = "created"
    COPIED = "copied"
    CHANGED = "changed"
    OPENED = "opened"
    WITHDRAWN = "withdrawn"
    HELD = "held"
    NOT_HELD = "not_held"


class State(StrEnum):
    """Where a request stands on a day."""

    CONCEPT = "concept"
    OPEN = "open"
    ASKED = "asked"
    AGREED = "agreed"
    HELD = "held"
    NOT_HELD = "not_held"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Why(StrEnum):
    """Why a request was withdrawn, or was not held: a code, since free text could name a person."""

    FOUND_OTHERWISE = "found_otherwise"
    NO_LONGER_NEEDED = "no_longer_needed"
    ILLNESS = "illness"
    ALUMNUS_CANCELLED = "alumnus_cancelled"
    NOBODY_FOUND = "nobody_found"
    OTHER = "other"


class Experience(StrEnum):
    """How it was, in the words of whoever asked."""

    GREAT = "great"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


MOST_STUDENTS = 5000
_NEXT: Mapping[Phase, Mapping[Step, Phase]] = {
    Phase.CONCEPT: {Step.CHANGED: Phase.CONCEPT, Step.OPENED: Phase.OPEN, Step.WITHDRAWN: Phase.WITHDRAWN},
    Phase.OPEN: {
        Step.CHANGED: Phase.OPEN,
        Step.WITHDRAWN: Phase.WITHDRAWN,
        Step.HELD: Phase.HELD,
        Step.NOT_HELD: Phase.NOT_HELD,
    },
}
STOPPED = frozenset(Phase) - {Phase.OPEN}
"""The phases in which no alumnus is asked."""
_STATE = {phase: State(phase.value) for phase in STOPPED}
_REPLIES = (LedgerEvent.DECLINED, LedgerEvent.ACCEPTED)


def after(phase: Phase, step: Step) -> Phase | None:
    """The phase after a step; None for a step that is not possible."""
    return _NEXT.get(phase, {}).get(step)


# ---- days


def own_days(request: Request) -> tuple[date | None, date | None]:
    """The first and last day on which alumni are needed: of the moments, or of the period; None where not stated."""
    if request.moments:
        return min(moment.start.date() for moment in request.moments), max(
            moment.end.date() for moment in request.moments
        )
    return request.period_from, request.period_to


def capped(closes_on: date | None, last: date | None) -> date | None:
    """The closing day, which is never after the last day of the request itself."""
    return closes_on if closes_on is None or last is None else min(closes_on, last)


def closing_day(request: Request) -> date | None:
    """The last day on which alumni are asked: the closing day, or the last own day if that is sooner; None for none."""
    last = own_days(request)[1]
    return last if request.closes_on is None else capped(request.closes_on, last)


# ---- replies


def replies_of(lines: Iterable[LedgerLine]) -> dict[int, LedgerEvent]:
    """Where each alumnus stands with one request, by random key; `lines` in the order of the ledger.

    ASKED, ACCEPTED, DECLINED, LATER, or RETRACTED for a yes that was taken back. A no is final, whoever of two that
    became one said it. Alumni whose ask was released, and who did not reply, are absent.
    """
    by_alumnus = defaultdict[int, list[LedgerEvent]](list)
    for line in lines:
        by_alumnus[line.alumnus_key].append(line.event)
    standing = {key: _reply(events) for key, events in by_alumnus.items()}
    return {key: event for key, event in standing.items() if event is not None}


def _reply(events: list[LedgerEvent]) -> LedgerEvent | None:
    if LedgerEvent.DECLINED in events:
        return LedgerEvent.RETRACTED if LedgerEvent.RETRACTED in events else LedgerEvent.DECLINED
    if LedgerEvent.ACCEPTED in events:
        return LedgerEvent.ACCEPTED
    left: list[LedgerEvent] = []
    for event in events:
        if event in {LedgerEvent.ASKED, LedgerEvent.LATER}:
            left.append(event)
        elif event is LedgerEvent.RELEASED and LedgerEvent.ASKED in left:  # the last ask was none
            del left[len(left) - 1 - left[::-1].index(LedgerEvent.ASKED)]
    if events.count(LedgerEvent.ASKED) <= events.count(LedgerEvent.RELEASED):
        left = [event for event in left if event is LedgerEvent.LATER]
    return left[-1] if left else None


# ---- where it stands


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a request stands on a day: its state, and its places."""

    state: State
    wanted: int
    agreed: int
    waiting: int
    """Alumni who were asked and may still answer."""
    closes: date | None

    @property
    def left(self) -> int:
        """Places still to fill."""
        return max(self.wanted - self.agreed, 0)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is asked for it."""
        return self.state in {State.HELD, State.NOT_HELD, State.WITHDRAWN, State.EXPIRED}


def standing(
    request: Request,
    phase: Phase,
    replies: Mapping[int, LedgerEvent],
    day: date,
    *,
    ended: Collection[int] = (),
) -> Standing:
    """Where a request stands on a day. `ended`: alumni who were asked and whose term to answer is over."""
    agreed = sum(event is LedgerEvent.ACCEPTED for event in replies.values())
    waiting = sum(event is LedgerEvent.ASKED and key not in ended for key, event in replies.items())
    closes = closing_day(request)
    state = _STATE.get(phase)
    if state is None and agreed:
        state = State.AGREED
    elif state is None and closes is not None and closes < day:
        state = State.EXPIRED
    elif state is None:
        state = State.ASKED if waiting else State.OPEN
    return Standing(state, request.people, agreed, waiting, closes)


class Next(StrEnum):
    """What a request waits for, the most pressing first: of whoever made it up to `OPEN`, then of others, then none."""

    REPLACE = "replace"
    """Somebody took a yes back, and a place is free."""
    ANSWER = "answer"
    """An alumnus asked something, or can on another day."""
    CLOSE = "close"
    """It has been: did it happen?"""
    ASK = "ask"
    """A place is free, and nobody thinks it over."""
    OPEN = "open"
    """It is a concept."""
    WAIT = "wait"
    COMING = "coming"
    """All places are filled."""
    OVER = "over"


MINE = frozenset({Next.REPLACE, Next.ANSWER, Next.CLOSE, Next.ASK, Next.OPEN})
"""What only whoever made the request can do."""


def next_of(standing: Standing, *, taken_back: bool, asks_back: bool, has_been: bool) -> Next:
    """What a request waits for. `taken_back`: somebody took a yes back; `asks_back`: somebody waits for an answer.

    `has_been`: it can be said whether it was held.
    """
    steps = (
        (Next.OPEN, standing.state is State.CONCEPT),
        (Next.OVER, standing.is_over),
        (Next.CLOSE, has_been and standing.agreed > 0),
        (Next.REPLACE, taken_back and standing.left > standing.waiting),
        (Next.ANSWER, asks_back),
        (Next.COMING, not standing.left),
        (Next.WAIT, standing.waiting > 0),
    )
    return next((step for step, applies in steps if applies), Next.ASK)


def may_close(request: Request, day: date) -> bool:
    """Whether it can be said whether it was held: from its first own day on, or any day where it has none."""
    first = own_days(request)[0]
    return first is None or first <= day
