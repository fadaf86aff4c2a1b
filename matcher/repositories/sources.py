"""Sources of courses and alumni: what each gave last, how its runs went, and how it is read by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

Id = tuple[str, str]
"""An offering by id and provider."""
ABANDONED = timedelta(minutes=15)
"""A source that is read, and of which nothing was heard for so long, may be taken by another process."""
FAR = timedelta(days=60)
"""A next reading further ahead than this was set by a wrong clock."""


NO_FAILURES: Mapping[str, object] = {"failures": 0, "failing_since": None}
"""Of a source whose last reading went well, or that begins anew."""


@dataclass(frozen=True, slots=True)
class KeptSource:
    """A source by the name that it was given; `form`: of `matcher.sources.FORMS`, or `STUDENTS`. Moments are naive UTC.

    `url`: where it is asked; empty for one that is read from files or by command. `token`: what the server gave us.
    `provider`: whose the courses are, where the source does not say. `providers`: of whom alone it may bring courses;
    empty for all of whom nobody else has any. `region`: postcodes outside which courses are left out. `every_hours`: 0
    for never by itself. `is_trial`: to be read once without writing. `lists`: those of its server that it had.
    `version`: of its settings. `attempts`: how often it was taken; by both a process knows that it is still its turn.
    `began_at`: of a reading that was broken off and goes on. `failures`: in a row, the first at
    `failing_since`. `problem`: why the last one failed;
    `held`: what a reading gave that was held, with the digest of its courses; `agreed`: such a digest that a person
    agreed to. `preview`: what a reading without writing would have done. `removed_at`: it is none any more, and its
    row tells only which courses came from elsewhere.
    """

    key: int
    name: str
    form: str
    created_at: datetime
    url: str = ""
    token: str = field(default="", repr=False)
    provider: str = ""
    providers: tuple[str, ...] = ()
    region: str = ""
    every_hours: int = 0
    is_on: bool = False
    is_trial: bool = False
    lists: tuple[str, ...] = ()
    version: int = 0
    attempts: int = 0
    failures: int = 0
    taken_at: datetime | None = None
    began_at: datetime | None = None
    next_at: datetime | None = None
    tried_at: datetime | None = None
    problem: Mapping[str, Any] | None = None
    held: Mapping[str, Any] | None = None
    agreed: str = ""
    preview: Mapping[str, Any] | None = None
    removed_at: datetime | None = None
    failing_since: datetime | None = None

    def is_taken(self, now: datetime) -> bool:
        """Whether a process reads it now (naive UTC)."""
        return self.taken_at is not None and now - ABANDONED < self.taken_at < now + ABANDONED

    def is_as_taken(self, taken: KeptSource) -> bool:
        """Whether it is still the turn of the process that took it: no other did, and its settings are the same."""
        return (self.attempts, self.version) == (taken.attempts, taken.version)

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be read now, and no process does (naive UTC)."""
        timed = self.is_on and self.next_at is not None and not now < self.next_at < now + FAR
        return bool(self.url) and (self.is_trial or timed) and not self.is_taken(now)


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


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a server answered to one question (UTC). `etag`, `modified`: as it said them, empty for none."""

    address: str
    content: bytes = field(repr=False)
    etag: str
    modified: str
    asked_at: datetime


class Sources(Protocol):
    """What sources brought, and how their readings went."""

    def named(self, name: str) -> KeptSource | None:
        """The source of this name; not one that was removed."""
        ...

    def add(self, name: str, form: str) -> KeptSource:
        """A new source."""
        ...

    def ids(self, key: int, since: date | None = None) -> Mapping[Id, str]:
        """The offerings that a source had when it was last read and that are still here, with the list of each.

        `since`: only those that begin from that day on, or of which no day is known.
        """
        ...

    def brought(self, *, by: int | None = None, but: int | None = None, gone: bool = True) -> frozenset[Id]:
        """The offerings that sources brought: any, one (`by`), or any but one; `gone`: also what they have no more."""
        ...

    def owners_here(self, owners: Collection[str]) -> frozenset[str]:
        """Those of these providers that have an offering here which no source ever brought."""
        ...

    def keep(self, key: int, added: Mapping[Id, str], gone: Collection[Id]) -> None:
        """Remembers which offerings are of a source, with the list of each, and which are no more.

        Known ones may be among `added`.
        """
        ...

    def ran(self, run: KeptRun) -> None:
        """Remembers how a reading went."""
        ...

    def runs(self, most: int, key: int | None = None, *, whole: bool = False) -> list[tuple[KeptSource, KeptRun]]:
        """The last readings, the newest first: of all sources that are there, or of one; `whole`: those that were."""
        ...


class Connectors(Protocol):
    """How sources are read by themselves."""

    def all(self) -> list[KeptSource]:
        """All sources by name, but those that were removed."""
        ...

    def find(self, key: int) -> KeptSource | None:
        """The source with this random key, also one that was removed."""
        ...

    def put(self, key: int, **values: Any) -> None:
        """Changes fields of a source, and `report`: the remarks of its last reading by language."""
        ...

    def report(self, key: int) -> Mapping[str, Any]:
        """The remarks of the last reading of a source by language; empty where there is none."""
        ...

    def of(self, offerings: Collection[Id]) -> Mapping[Id, str]:
        """Those of these offerings that a source has now and will say again, with its name: not of one that is off."""
        ...

    def last_runs(self) -> Mapping[int, KeptRun]:
        """The last reading of each source that has one."""
        ...

    def version(self) -> int:
        """A number that is another after each reading that was written."""
        ...

    def forget(self, before: datetime) -> int:
        """Forgets readings from before a moment (UTC), but the last of each source; returns how many."""
        ...


class SourceAnswers(Protocol):
    """What servers of courses answered, so that they can say that nothing changed."""

    def find(self, key: int, address: str) -> KeptAnswer | None:
        """What a source answered at an address."""
        ...

    def keep(self, key: int, answers: Iterable[KeptAnswer]) -> None:
        """Keeps what a source answered, in the place of what it answered there before."""
        ...

    def touch(self, key: int, addresses: Collection[str]) -> None:
        """Remembers that what a source answered at these addresses is still so now."""
        ...

    def forget(self, key: int, before: datetime | None = None, *, bare: bool = False) -> None:
        """Forgets answers of a source: all, those from before a moment (UTC), and the `bare`, which name no version."""
        ...
