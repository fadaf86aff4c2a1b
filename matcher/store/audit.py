"""The append-only log: reading it, verifying its seals, and removing entries that are too old."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Connection, RowMapping, bindparam, func, or_, select, union

from matcher.repositories.values import NOBODY, LogEntry, Verdict
from matcher.store import schema
from matcher.store.commitments import NO_ONE, REFUSED, entries_about, opened, people_in, refused_in
from matcher.store.log_proof import LogProof, references_before
from matcher.store.records import chunks
from matcher.store.revisions import REFERENCES
from matcher.store.seals import WHOLE_INSTALLATION
from matcher.store.unit import UnitOfWork

_PART = 1000
_SEEN = select(schema.audit_seen.c.entry).where(
    schema.audit_seen.c.actor == bindparam("actor"),
    schema.audit_seen.c.query == bindparam("query"),
    schema.audit_seen.c.shown >= bindparam("least"),
)


class AuditLog:
    """Implements `matcher.repositories.log.AuditLog`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def page(
        self, school: str | None = None, *, before: int | None = None, limit: int = 100, people: bool = False
    ) -> list[LogEntry]:
        """Entries, the newest first; `before`: only those with a lower number; `people`: with the alumni of each.

        With a school: entries by its staff, about its alumni, and about the whole installation. Entries by others name
        only the alumni of this school.
        """
        table = schema.audit
        where = [] if before is None else [table.c.id < before]
        where += [] if school is None else [table.c.id.in_(_newest_about(school, before, limit))]
        rows = self._connection.execute(select(table).where(*where).order_by(table.c.id.desc()).limit(limit))
        entries = opened_entries(self._connection, rows.mappings().all(), people=people)
        if school is None:
            return entries
        others = [entry.id for entry in entries if entry.school != school]
        own = _people_of(self._connection, school, others)
        return [entry if entry.school == school else _only(entry, own) for entry in entries]

    def stream(self, school: str | None = None, actions: Collection[str] | None = None) -> Iterator[LogEntry]:
        """Entries, the oldest first, by the staff of one school or all, with one of these actions or any."""
        table, after = schema.audit, -1
        where = [] if school is None else [table.c.school == school]
        where += [] if actions is None else [table.c.action.in_(sorted(actions))]
        ordered = select(table).where(*where).order_by(table.c.id).limit(_PART)
        while rows := self._connection.execute(ordered.where(table.c.id > after)).mappings().all():
            yield from opened_entries(self._connection, rows)
            after = rows[-1]["id"]

    def count_actions(self) -> dict[str, int]:
        """The number of entries of each action."""
        action = schema.audit.c.action
        rows = self._connection.execute(select(action, func.count()).group_by(action).order_by(action))
        return {row[0]: row[1] for row in rows}

    def entry(self, number: int, *, as_written: bool = False) -> LogEntry | None:
        """The entry with this number; None if there is none. `as_written`: with the keys of before a merge."""
        table = schema.audit
        rows = self._connection.execute(select(table).where(table.c.id == number)).mappings().all()
        return next(iter(opened_entries(self._connection, rows, as_written=as_written)), None)

    def about(self, key: int, *, actions: Collection[str] | None = None, limit: int | None = None) -> list[LogEntry]:
        """The entries that name this alumnus (by random key), with one of these actions or any, the newest first.

        The newest `limit`, or all. The other alumni of an entry are NOBODY in it.
        """
        table = schema.audit
        where = [table.c.id.in_(entries_about(key))]
        where += [] if actions is None else [table.c.action.in_(sorted(actions))]
        statement = select(table).where(*where)
        rows = self._connection.execute(statement.order_by(table.c.id.desc()).limit(limit))
        return opened_entries(self._connection, rows.mappings().all(), only=key)

    def has_seen(self, actor: int, query: int, least: int) -> bool:
        """Whether this account was shown at least `least` candidates for this request."""
        return self._connection.execute(_SEEN, {"actor": actor, "query": query, "least": least}).first() is not None

    def verify(self, known: tuple[int, str] | None = None) -> Verdict:
        """Recomputes every seal, and compares the end and the people of the log with what is stored about them."""
        return LogProof(self._connection).verdict(known)

    def forget(self, before: datetime) -> int:
        """Removes the entries from before a moment (UTC), up to the first that is not; returns how many.

        The first remaining entry still holds the seal of the last one removed. A new entry says so, or `verify` would
        report it, and how many references to erased alumni it need no longer expect.
        """
        table, newest = schema.audit, select(func.max(schema.audit.c.id)).scalar_subquery()
        self._unit.need_write()
        remaining = select(table.c.id, table.c.previous).where(or_(table.c.at >= before, table.c.id == newest))
        first = self._connection.execute(remaining.order_by(table.c.id).limit(1)).one_or_none()
        if first is None:
            return 0
        references = references_before(self._connection, first.id, first.previous)
        count = self._connection.execute(table.delete().where(table.c.id < first.id)).rowcount
        if count:
            details = {"entries": count, "first": first.id, "seal": first.previous, REFERENCES: references}
            self._unit.note("log.forget", details)
        return count


def _newest_about(school: str, before: int | None, limit: int) -> CompoundSelect[Any]:
    """The newest entries by the staff of a school, about its alumni, or about the whole installation.

    Each of the three is read from the end of an index, so the length of the log makes no difference.
    """
    table, named = schema.audit, schema.audit_schools
    sources = [(table.c.id, table.c.school == school)]
    sources += [(named.c.entry, named.c.school == name) for name in (school, WHOLE_INSTALLATION)]
    parts = []
    for entry, where in sources:
        older = [] if before is None else [entry < before]
        parts.append(select(select(entry).where(where, *older).order_by(entry.desc()).limit(limit).subquery()))
    return union(*parts)


def _people_of(connection: Connection, school: str, entries: Iterable[int]) -> frozenset[int]:
    """The alumni of a school in some entries.

    In two steps: in a join, SQLite begins with all alumni of the school, and looks up the entries of each.
    """
    alumni, listed = schema.alumni, list(entries)
    tables = (schema.audit_people, schema.audit_former)
    keys = union(*(select(people.c.alumnus_key).where(people.c.entry.in_(listed)) for people in tables))
    own: set[int] = set()
    for part in chunks(connection.execute(keys).scalars()):
        of_school = select(alumni.c.key).where(alumni.c.key.in_(part), alumni.c.school == school)
        own.update(connection.execute(of_school).scalars())
    return frozenset(own)


def _only(entry: LogEntry, own: Collection[int]) -> LogEntry:
    """The entry without alumni other than these."""
    details = dict(entry.details)
    if "shown" in details:
        details["shown"] = [pair for pair in details["shown"] if pair[0] in own]
    if "alumni" in details and isinstance(details["alumni"], list):
        details["alumni"] = [key for key in details["alumni"] if key in own]
    if isinstance(refused := details.get(REFUSED), list):
        details[REFUSED] = [code for code in refused if isinstance(code, str) and code != NOBODY]
    return replace(entry, details=details, people=tuple(key for key in entry.people if key in own))


def opened_entries(
    connection: Connection,
    rows: Sequence[RowMapping],
    *,
    people: bool = False,
    only: int | None = None,
    as_written: bool = False,
) -> list[LogEntry]:
    """The entries of these rows as people may read them: with the keys of the alumni they are about.

    The one place that leads from an entry to an alumnus. `only`: to no other than this one. `as_written`: by the keys
    that they had then, for what was made then.
    """
    found = people_in(connection, [row["id"] for row in rows], only=only, as_written=as_written)
    refused = refused_in(connection, rows, only=only)
    entries = []
    for row in rows:
        named = found.get(row["id"], NO_ONE)
        details, account = opened(row["details"], {**named.keys, **refused.get(row["id"], {})})
        values = (row["at"], row["actor"] or account, row["role"], row["school"], row["action"], details, row["digest"])
        entries.append(LogEntry(row["id"], *values, tuple(sorted(named.alumni)) if people else ()))
    return entries
