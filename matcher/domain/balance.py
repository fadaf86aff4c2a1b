"""What one alumnus gave and had over a rolling year, and how often more may be asked: counted from the ledger.

The pool counts the same of everybody at once (`Pool.loads`), and the signals `rest` and `balance` and the rule
`budget_spent` read that; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from matcher.domain.ledger import LedgerEvent, LedgerLine, standing

YEAR = timedelta(days=365)
"""What happened so long ago or longer counts no more, but for when somebody was last asked."""
FIRST_PLACE = 0.5
"""What standing first in the list of an open request takes of the rest: half of what an ask today takes."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The year up to a day, over all schools.

    `given` and `received` are numbers of contributions and benefits; `hours` and `students` those that contributions
    say, at least 0. `asks_left` is at least 0. `rest` is from 0, asked today, to 1, not asked for a year.
    """

    given: int
    received: int
    hours: float
    students: int
    asks: int
    asks_left: int
    asked_on: date | None
    rest: float

    @property
    def never_asked(self) -> bool:
        """Whether no ask counts, of any day."""
        return self.asked_on is None


def balance(entries: Iterable[LedgerLine], budget: int, on: date, first_places: int = 0) -> Balance:
    """The balance of the alumnus of these entries on a day; entries of later days do not count.

    `budget`: asks a year; `first_places`: how many open requests have this alumnus first in their list. The order of
    the entries makes no difference.
    """
    lines = [line for line in standing(entries) if line.on <= on]
    year = [line for line in lines if line.on > on - YEAR]
    gave = [line for line in year if line.event is LedgerEvent.CONTRIBUTED]
    asks = sum(line.event is LedgerEvent.ASKED for line in year)
    asked_on = max((line.on for line in lines if line.event is LedgerEvent.ASKED), default=None)
    rested = 1.0 if asked_on is None else min(1.0, (on - asked_on) / YEAR)
    return Balance(
        given=len(gave),
        received=sum(line.event is LedgerEvent.BENEFITED for line in year),
        hours=sum((line.hours or 0.0) for line in sorted(gave, key=lambda line: (line.on, line.key))),
        students=sum(line.students or 0 for line in gave),
        asks=asks,
        asks_left=max(0, budget - asks),
        asked_on=asked_on,
        rest=max(0.0, rested - FIRST_PLACE * first_places),
    )
