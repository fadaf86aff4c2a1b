"""The repositories of grades, by which a school says how well alumni fit its requests, and of the ranking in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

GRADES = (0, 1, 2, 3)
"""How well an alumnus fits a request: not, a little, well, exactly."""


@dataclass(frozen=True, slots=True)
class Grade:
    """A pair that somebody was given to judge. Random keys; moments in UTC.

    `sitting`: counts those of the actor; `number`: its place in it, from 1. `grade`: None while it is open, or when it
    was skipped. `done_at`: None while it is open.
    """

    key: int
    request_key: int
    alumnus_key: int
    actor: int
    sitting: int
    number: int
    grade: int | None
    drawn_at: datetime
    done_at: datetime | None


class Grades(Protocol):
    """Pairs of a request and an alumnus that people judge, and what they said of them."""

    def draw(self, pairs: Sequence[tuple[int, int]]) -> None:
        """A new sitting for the asker: pairs of (request, alumnus), in this order. What was open before is dropped."""
        ...

    def sitting(self, actor: int) -> list[Grade]:
        """The pairs of the last sitting of somebody, in order; those whose request or alumnus is gone are absent."""
        ...

    def put(self, key: int, grade: int | None) -> bool:
        """Records what the asker says of a pair; None skips it. Replaces what the asker said of that pair before.

        False for a pair that is not the asker's, or is gone.
        """
        ...

    def given(self, school: str | None = None) -> list[Grade]:
        """Every pair with a grade, of the requests of a school or of all, by request, alumnus and moment."""
        ...

    def about(self, alumnus_key: int) -> list[Grade]:
        """What is kept of an alumnus, the oldest first; open and skipped pairs too."""
        ...

    def forget(self, *, given: datetime, open_: datetime) -> int:
        """Forgets the grades that were given, and the pairs without one that were drawn, before these moments (UTC)."""
        ...


@dataclass(frozen=True, slots=True)
class KeptRanking:
    """How is ranked from a moment on (UTC): weights as TOML, and an encoder by name.

    `weights`: None for those that come with the program; `encoder`: None for that of the settings. `measured`: what was
    measured when it came into use. `ended_at`: when it was taken back; None if it was not.
    """

    number: int
    weights: str | None
    encoder: str | None
    measured: Mapping[str, Any]
    used_at: datetime
    role: str
    ended_at: datetime | None


class Rankings(Protocol):
    """How is ranked, now and before."""

    def in_use(self) -> KeptRanking | None:
        """The newest that was not taken back; None where the program ranks as it came."""
        ...

    def listed(self) -> list[KeptRanking]:
        """All, the newest first, those that were taken back too."""
        ...

    def use(self, weights: str | None, encoder: str | None, measured: Mapping[str, Any]) -> KeptRanking:
        """Ranks in another way from the next question on, in every process."""
        ...

    def back(self) -> KeptRanking | None:
        """Takes the one in use back, so that the one before it is; returns what was taken back, None for none."""
        ...
