"""Sources of courses and alumni: what each gave last, and how its runs went."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

Id = tuple[str, str]
"""An offering by id and provider."""


@dataclass(frozen=True, slots=True)
class KeptSource:
    """A source by the name that its school gave it. `form`: of `matcher.sources.FORMS`, or `STUDENTS`. UTC."""

    key: int
    name: str
    form: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class KeptRun:
    """One reading of a source (UTC). `gone`: offerings that it had before and has no more; `remarks`: how many.

    `whole`: it was of all that the source has.
    """

    source_key: int
    ran_at: datetime
    created: int
    updated: int
    unchanged: int
    gone: int
    refused: int
    remarks: int
    whole: bool = True


class Sources(Protocol):
    """Sources of courses."""

    def named(self, name: str) -> KeptSource | None:
        """The source of this name."""
        ...

    def add(self, name: str, form: str) -> KeptSource:
        """A new source."""
        ...

    def ids(self, key: int, since: date | None = None) -> frozenset[Id]:
        """The offerings that a source had when it was last read and that are still here.

        `since`: only those that begin from that day on, or of which no day is known.
        """
        ...

    def others(self, key: int) -> frozenset[Id]:
        """The offerings that any other source had when it was last read."""
        ...

    def every(self) -> frozenset[Id]:
        """The offerings that any source brought, also those that it has no more."""
        ...

    def keep(self, key: int, added: Collection[Id], gone: Collection[Id]) -> None:
        """Remembers which offerings are of a source, and which are no more; known ones may be among `added`."""
        ...

    def ran(self, run: KeptRun) -> None:
        """Remembers how a reading went."""
        ...

    def runs(self, most: int, whole_of: int | None = None) -> list[tuple[KeptSource, KeptRun]]:
        """The last readings of all sources, the newest first; `whole_of`: those of one source that were whole."""
        ...
