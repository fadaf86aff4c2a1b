"""The unit of work: one connection inside one transaction, and what is committed with it.

All repositories of a reading or a write share one unit. A write collects here which records it changed and its log
entries; `seal` turns those into one revision and sealed entries, or into nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection

from matcher.domain.moments import day_in_netherlands, stored
from matcher.policy import Asker
from matcher.repositories.values import Changes
from matcher.store import removals
from matcher.store.derived import Carried, Derived
from matcher.store.journal import Act
from matcher.store.revisions import Since, add_revision, origin_of
from matcher.store.seals import Note, append

T = TypeVar("T")


class UnitOfWork:
    """One transaction. `by` None: it only reads."""

    def __init__(
        self, connection: Connection, now: datetime, by: Asker | None = None, derived: Derived | None = None
    ) -> None:
        self.connection = connection
        self.now = now
        self.by = by
        self.mailed = False
        """Whether it adds a message to the outbox, or makes one due."""
        self.to_clean: int | None = None
        """After `seal`, the newest removal of which the files of the database may still hold something."""
        self.revision: int | None = None
        """After `seal`, the revision that it adds; None for none."""
        self.taken_back: list[Act] = []
        """What it takes back for alumni, for the journal."""
        self._causes: list[str] = []
        self._rows = 0
        self._about: Changes | None = Changes()
        self._notes: list[Note] = []
        self._erasure: int | None = None
        self._removal = ""
        self._sealed = False
        self._derived = derived

    @property
    def utc(self) -> datetime:
        """This moment as the tables store it: UTC, without a zone."""
        return stored(self.now)

    def remove(self, cause: str) -> None:
        """Records that personal values are removed, which the files of the database may still hold after the commit.

        `cause`: one of `matcher.store.removals`; an erasure outranks the others. Raises RuntimeError in a reading.
        """
        self.need_write()
        if self._removal != removals.ERASURE:
            self._removal = cause

    def removed(self, rows: int) -> int:
        """Records that so many rows with personal values are removed, nothing for none; returns how many."""
        if rows:
            self.remove(removals.OVERWRITE)
        return rows

    @property
    def today(self) -> date:
        """This day in the Netherlands."""
        return day_in_netherlands(self.now)

    def follows(self, name: tuple[object, ...], work: Callable[[], T]) -> T:
        """What `work` finds in records and the ledger, and nowhere else: a reading of the same state remembers it."""
        if self._derived is None or self.by is not None:
            return work()
        return self._derived.of(origin_of(self.connection), name, work)

    def carries(self, name: tuple[object, ...], work: Carried[T], given: object = None) -> T:
        """The same, of each alumnus by itself: a reading of a later state reads those alone who changed since.

        `given`: what it depends on besides, as the day; with another all are read.
        """
        if self._derived is None or self.by is not None:
            return work.read(None)
        return self._derived.carried(origin_of(self.connection), name, work, given, Since(self.connection))

    def change(self, cause: str, about: Changes | None, rows: int = 1) -> None:
        """Records what a repository changes. `about`: the only records that change; None if it may be any.

        Raises RuntimeError in a reading.
        """
        self.need_write()
        if cause not in self._causes:
            self._causes.append(cause)
        self._rows += rows
        if self._about is not None:
            self._about = None if about is None else _union(self._about, about)

    def need_write(self) -> None:
        """Raises RuntimeError in a reading, and after the transaction was sealed."""
        if self.by is None or self._sealed:
            msg = "a transaction was used after its end" if self._sealed else "a reading was used for writing"
            raise RuntimeError(msg)

    def note(
        self, action: str, details: Mapping[str, Any], *, schools: Iterable[str] = (), by: Asker | None = None
    ) -> None:
        """Adds an entry to the log at commit. Raises RuntimeError in a reading."""
        self.need_write()
        by = by or self.by
        assert by is not None  # noqa: S101 - need_write() refuses in a reading
        self._notes.append(Note(by, str(action), details, tuple(schools)))

    def note_erasure(self, action: str, details: Mapping[str, Any], school: str) -> None:
        """Adds the entry of an erasure, to which the revision points: the key of the erased is stored nowhere.

        Raises RuntimeError if the transaction already has one.
        """
        if self._erasure is not None:
            msg = "two erasures in one transaction"
            raise RuntimeError(msg)
        self.remove(removals.ERASURE)
        self._erasure = len(self._notes)
        self.note(action, details, schools=[school])

    def seal(self) -> None:
        """Writes the log entries and the revision."""
        numbers = append(self.connection, self._notes, self.utc)
        if self._causes:
            entry = None if self._erasure is None else numbers[self._erasure]
            cause = "+".join(self._causes)
            self.revision = add_revision(self.connection, cause, self._rows, self._about, self.utc, entry=entry)
        if self._removal:
            removals.add(self.connection, self._removal, self.utc)
        self.to_clean = removals.waiting(self.connection)
        self._sealed = True


def about(*alumni: int) -> Changes:
    """A change of these alumni only."""
    return Changes(frozenset(alumni))


def _union(first: Changes, second: Changes) -> Changes:
    return Changes(first.alumni | second.alumni, first.requests | second.requests, first.offerings | second.offerings)
