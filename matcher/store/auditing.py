"""The audit log: append-only, each entry sealed together with the one before it.

An entry holds random keys, codes, scores and versions; never a name, an address, free text or an id of a spreadsheet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from matcher.policy import Actor, Principal
from matcher.ports import LogEntry
from matcher.store import tables
from matcher.store.engine import Database, Source
from matcher.store.rows import utc_now

_START = "0" * 64
_PART = 1000
_Row = RowMapping | dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found. `wrong`: the first entry that does not fit; None where all do."""

    entries: int
    last: str
    wrong: int | None


def _digest(previous: str, row: _Row) -> str:
    """SHA-256 over the seal before and all columns of the row, in a fixed order."""
    said = [previous, row["id"], row["at"].isoformat(), row["actor"], row["role"], row["school"], row["action"]]
    return hashlib.sha256(json.dumps([*said, row["details"]], ensure_ascii=True).encode()).hexdigest()


class Auditing:
    """The part of the store that remembers who did what. Every call raises StoreUnavailable."""

    _database: Database
    _source: Source

    def log(self, by: Actor, action: str, details: Mapping[str, Any]) -> int:
        """Adds an entry and returns its number; it is there before what it tells of is shown."""
        return self._database.write(lambda connection: append(connection, by, action, details))

    def entries(self, school: str | None = None, *, before: int | None = None, limit: int = 100) -> list[LogEntry]:
        """The newest entries first, of one school or all; `before`: only those with a lower number."""
        table = tables.audit
        where = [] if school is None else [table.c.school == school]
        where += [] if before is None else [table.c.id < before]
        with self._source.reading() as connection:
            rows = connection.execute(select(table).where(*where).order_by(table.c.id.desc()).limit(limit))
            return [_entry(row) for row in rows.mappings()]

    def log_entries(self, school: str | None = None, actions: Collection[str] | None = None) -> Iterator[LogEntry]:
        """All entries, the oldest first, of one school or all, and of these actions or all.

        Close the iterator when you stop early.
        """
        table = tables.audit
        where = [] if school is None else [table.c.school == school]
        where += [] if actions is None else [table.c.action.in_(sorted(actions))]
        with closing(self._rows(*where)) as rows:
            yield from map(_entry, rows)

    def count_actions(self) -> dict[str, int]:
        """How many entries there are of each action, by its name."""
        action = tables.audit.c.action
        with self._source.reading() as connection:
            rows = connection.execute(select(action, func.count()).group_by(action).order_by(action))
            return {row[0]: row[1] for row in rows}

    def entry(self, number: int) -> LogEntry | None:
        """One entry; None where there is none."""
        table = tables.audit
        with self._source.reading() as connection:
            row = connection.execute(select(table).where(table.c.id == number)).mappings().one_or_none()
            return None if row is None else _entry(row)

    def entries_about(self, key: int) -> list[LogEntry]:
        """Every entry in which this random key of an alumnus occurs, the oldest first. Reads the whole log."""
        table = tables.audit
        with self._source.reading() as connection:
            found = select(table).where(table.c.details.like(f"%{key}%")).order_by(table.c.id)
            entries = [_entry(row) for row in connection.execute(found).mappings()]
        return [entry for entry in entries if _mentions(entry.details, key)]

    def has_seen(self, actor: int, action: str, query: int, least: int) -> bool:
        """Whether this account ranked for this query and was shown at least so many candidates."""
        table = tables.audit
        found = select(table.c.details).where(
            table.c.actor == actor, table.c.action == action, table.c.details.like(f"%{query}%")
        )
        with self._source.reading() as connection:
            told = [json.loads(details) for details in connection.execute(found).scalars()]
        return any(one.get("query") == query and len(one.get("shown", ())) >= least for one in told)

    def verify(self) -> Verdict:
        """Makes every seal again: which entry, if any, was changed, put in or taken out.

        Entries taken from the end leave no trace in the log itself: compare `last` with one that was kept elsewhere.
        """
        count, number, last = 0, 0, ""
        with closing(self._rows()) as rows:
            for row in rows:
                following = count == 0 or (row["previous"] == last and row["id"] == number + 1)
                if not following or _digest(row["previous"], row) != row["digest"]:
                    return Verdict(count, last, row["id"])
                count, last, number = count + 1, row["digest"], row["id"]
        return Verdict(count, last, None)

    def forget_log(self, before: datetime) -> int:
        """Removes the entries from before a moment (UTC); the first that stays keeps the seal of the last that went."""
        table = tables.audit

        def work(connection: Connection) -> int:
            last = connection.execute(select(func.max(table.c.id))).scalar()
            gone = table.delete().where(table.c.at < before, table.c.id < (last or 0))
            return connection.execute(gone).rowcount

        return self._database.write(work)

    def _rows(self, *where: ColumnElement[bool]) -> Generator[RowMapping, None, None]:
        ordered = select(tables.audit).where(*where).order_by(tables.audit.c.id)
        options = {"yield_per": _PART}
        with self._source.reading() as connection, connection.execute(ordered, execution_options=options) as rows:
            yield from rows.mappings()


def append(connection: Connection, by: Actor, action: str, details: Mapping[str, Any]) -> int:
    """Adds an entry inside a write: it is there if and only if what it tells of is."""
    table = tables.audit
    newest = connection.execute(select(table.c.id, table.c.digest).order_by(table.c.id.desc()).limit(1)).one_or_none()
    number, previous = (newest.id + 1, newest.digest) if newest else (1, _START)
    known = by if isinstance(by, Principal) else None
    row = {
        "id": number,
        "at": utc_now(),
        "actor": known.key if known else None,
        "role": known.role.value if known else by or "command_line",
        "school": known.school if known else None,
        "action": action,
        "details": json.dumps(details, sort_keys=True, separators=(",", ":")),
    }
    connection.execute(table.insert(), {**row, "previous": previous, "digest": _digest(previous, row)})
    return number


def _entry(row: RowMapping) -> LogEntry:
    actor, details = row["actor"], json.loads(row["details"])
    return LogEntry(row["id"], row["at"], actor, row["role"], row["school"], row["action"], details)


def _mentions(value: object, key: int) -> bool:
    match value:
        case Mapping():
            return any(_mentions(item, key) for item in value.values())
        case str():
            return False
        case Sequence():
            return any(_mentions(item, key) for item in value)
        case _:
            return value == key
