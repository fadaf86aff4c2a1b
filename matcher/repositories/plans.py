"""The repository of plans of a period."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

PLANNED, INVITED, REFUSED, BANNED, SPARE = "planned", "invited", "refused", "banned", "spare"


@dataclass(frozen=True, slots=True)
class KeptLine:
    """Somebody who is planned for a request. Random keys; `key` is 0 for a line that is not stored yet.

    `begins`, `ends`: local time; None where the moment is to be agreed. `state`: `planned`, `invited`, `refused` with
    the code of a `problem`, `banned`: the pair is not to be planned, or `spare`: could be asked instead. `pinned`: a
    person said that it stays. `band`: of the pair; empty where it is not known.
    """

    request_key: int
    alumnus_key: int
    score: float
    begins: datetime | None = None
    ends: datetime | None = None
    state: str = PLANNED
    pinned: bool = False
    problem: str = ""
    band: str = ""
    key: int = 0


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan. `school`: None for one of all schools. `reached`: JSON, nobody is in it. `made_at`: UTC."""

    key: int
    id: str
    school: str | None
    first: date
    last: date
    as_of: date
    fairness: float
    reached: Mapping[str, Any]
    made_at: datetime


class Plans(Protocol):
    """Plans of a period, until they are old."""

    def add(self, plan: KeptPlan, lines: Sequence[KeptLine]) -> str | None:
        """Keeps a plan; returns its id, or None where a request or alumnus in it is gone: then nothing is kept.

        Its key and id are made here.
        """
        ...

    def find(self, id_: str | None, school: str | None) -> KeptPlan | None:
        """The plan with this id, or the newest; of a school, or of any where that is None."""
        ...

    def lines(self, plan_key: int) -> list[KeptLine]:
        """The lines of a plan, those that are banned or spare too, by request and alumnus."""
        ...

    def record(self, line_key: int, state: str, problem: str = "", *, unless: Collection[str] = ()) -> bool:
        """Records what became of a line; False if it is gone, or in one of these states already."""
        ...

    def about(self, alumnus_key: int) -> list[tuple[KeptPlan, KeptLine]]:
        """The lines of an alumnus with their plans, the oldest first."""
        ...

    def forget(self, before: date) -> int:
        """Forgets the plans whose last day is before this one; returns how many."""
        ...
