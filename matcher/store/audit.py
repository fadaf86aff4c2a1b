"""The audit log: append-only, each entry sealed together with the one before it.

An entry holds random keys, codes, scores and versions; never a name, an address, free text or an id of a spreadsheet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, func, or_, select

from matcher.policy import Actor, Asker
from matcher.ports import LogEntry
from matcher.store import schema
from matcher.store.database import Database, Source
from matcher.store.records import chunks
from matcher.store.rows import utc_now

_START = "0" * 64
_PART = 1000
_Row = RowMapping | dict[str, Any]
_NEWEST = select(schema.audit.c.id, schema.audit.c.digest).order_by(schema.audit.c.id.desc()).limit(1)
_ADD, _ADD_PEOPLE, _ADD_SCHOOLS = (
    table.insert() for table in (schema.audit, schema.audit_people, schema.audit_schools)
)
_SCHOOLS = select(schema.alumni.c.key, schema.alumni.c.school).where(
    schema.alumni.c.key.in_(bindparam("keys", expanding=True))
)


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
        """The newest entries first; `before`: only those with a lower number.

        With a school: what its people did, what anybody did with its alumni, and what was done to the whole
        installation. Of what another did only the alumni of this school are told.
        """
        table = schema.audit
        where = [] if school is None else [_concerns(school)]
        where += [] if before is None else [table.c.id < before]
        with self._source.reading() as connection:
            rows = connection.execute(select(table).where(*where).order_by(table.c.id.desc()).limit(limit))
            found = [_entry(row) for row in rows.mappings()]
            if school is None:
                return found
            others = [entry.id for entry in found if entry.school != school]
            own = _people_of(connection, school, others)
        return [entry if entry.school == school else _only(entry, own) for entry in found]

    def log_entries(self, school: str | None = None, actions: Collection[str] | None = None) -> Iterator[LogEntry]:
        """All entries, the oldest first, of one school or all, and of these actions or all.

        Close the iterator when you stop early.
        """
        table = schema.audit
        where = [] if school is None else [table.c.school == school]
        where += [] if actions is None else [table.c.action.in_(sorted(actions))]
        with closing(self._rows(*where)) as rows:
            yield from map(_entry, rows)

    def count_actions(self) -> dict[str, int]:
        """How many entries there are of each action, by its name."""
        action = schema.audit.c.action
        with self._source.reading() as connection:
            rows = connection.execute(select(action, func.count()).group_by(action).order_by(action))
            return {row[0]: row[1] for row in rows}

    def entry(self, number: int) -> LogEntry | None:
        """One entry; None where there is none."""
        table = schema.audit
        with self._source.reading() as connection:
            row = connection.execute(select(table).where(table.c.id == number)).mappings().one_or_none()
            return None if row is None else _entry(row)

    def entries_about(self, key: int, *, limit: int | None = None) -> list[LogEntry]:
        """The entries in which this random key of an alumnus occurs, the newest first; the last `limit`, or all."""
        table, people = schema.audit, schema.audit_people
        found = select(table).join(people, people.c.entry == table.c.id).where(people.c.alumnus_key == key)
        with self._source.reading() as connection:
            rows = connection.execute(found.order_by(table.c.id.desc()).limit(limit))
            return [_entry(row) for row in rows.mappings()]

    def has_seen(self, actor: int, action: str, query: int, least: int) -> bool:
        """Whether this account ranked for this query and was shown at least so many candidates."""
        table = schema.audit
        found = select(table.c.details).where(
            table.c.actor == actor, table.c.action == action, table.c.details.like(f"%{query}%")
        )
        with self._source.reading() as connection:
            told = [json.loads(details) for details in connection.execute(found).scalars()]
        return any(one.get("query") == query and len(one.get("shown", ())) >= least for one in told)

    def verify(self) -> Verdict:
        """Makes every seal again: which entry, if any, was changed, put in or taken out.

        Entries taken from the beginning are missed unless a later entry says that they were forgotten. Those taken
        from the end leave no trace in the log itself: compare `last` with one that was kept elsewhere.
        """
        count, number, last = 0, 0, ""
        begins: tuple[int, str] | None = None
        forgotten = [(1, _START)]
        with closing(self._rows()) as rows:
            for row in rows:
                following = count == 0 or (row["previous"] == last and row["id"] == number + 1)
                if not following or _digest(row["previous"], row) != row["digest"]:
                    return Verdict(count, last, row["id"])
                begins = begins or (row["id"], row["previous"])
                if row["action"] == "log.forget":
                    told = json.loads(row["details"])
                    forgotten.append((told["first"], told["seal"]))
                count, last, number = count + 1, row["digest"], row["id"]
        wrong = begins[0] if begins is not None and begins not in forgotten else None
        return Verdict(count, last, wrong)

    def forget_log(self, before: datetime) -> int:
        """Removes the entries from before a moment (UTC); returns how many.

        The first that stays keeps the seal of the last that went, and a new entry says so: else it would look cut off.
        """
        table = schema.audit

        def work(connection: Connection) -> int:
            last = connection.execute(select(func.max(table.c.id))).scalar()
            count = connection.execute(table.delete().where(table.c.at < before, table.c.id < (last or 0))).rowcount
            if count:
                kept = select(table.c.id, table.c.previous).order_by(table.c.id).limit(1)
                first = connection.execute(kept).one()
                append(connection, None, "log.forget", {"entries": count, "first": first.id, "seal": first.previous})
            return count

        return self._database.write(work)

    def _rows(self, *where: ColumnElement[bool]) -> Generator[RowMapping, None, None]:
        ordered = select(schema.audit).where(*where).order_by(schema.audit.c.id)
        options = {"yield_per": _PART}
        with self._source.reading() as connection, connection.execute(ordered, execution_options=options) as rows:
            yield from rows.mappings()


def append(
    connection: Connection, by: Actor, action: str, details: Mapping[str, Any], *, schools: Iterable[str] = ()
) -> int:
    """Adds an entry inside a write: it is there if and only if what it tells of is.

    Whom it is about is kept beside it: the alumni whose random keys are in it, and their schools. `schools` names those
    of who is no longer there.
    """
    newest = connection.execute(_NEWEST).one_or_none()
    number, previous = (newest.id + 1, newest.digest) if newest else (1, _START)
    known = by if isinstance(by, Asker) else None
    row = {
        "id": number,
        "at": utc_now(),
        "actor": known.key if known else None,
        "role": known.role.value if known else by or "command_line",
        "school": known.school if known else None,
        "action": action,
        "details": json.dumps(details, sort_keys=True, separators=(",", ":")),
    }
    connection.execute(_ADD, {**row, "previous": previous, "digest": _digest(previous, row)})
    keys = {*_numbers(details), *([known.alumnus_key] if known and known.alumnus_key else ())}
    about = dict(_schools(connection, keys)) if keys else {}
    if about:
        people = [{"alumnus_key": key, "entry": number} for key in about]
        connection.execute(_ADD_PEOPLE, people)
    named = {*about.values(), *schools}
    if named:
        connection.execute(_ADD_SCHOOLS, [{"school": one, "entry": number} for one in sorted(named)])
    return number


def _schools(connection: Connection, keys: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Key and school of the alumni among these numbers."""
    for part in chunks(keys):
        yield from map(tuple, connection.execute(_SCHOOLS, {"keys": part}).all())


def _concerns(school: str) -> ColumnElement[bool]:
    """What a school is to know of: by its own people, about its alumni, or by nobody's school about nobody's alumni."""
    table, named = schema.audit, schema.audit_schools
    own = select(named.c.entry).where(named.c.entry == table.c.id, named.c.school == school).exists()
    anybodys = select(named.c.entry).where(named.c.entry == table.c.id).exists()
    return or_(table.c.school == school, own, table.c.school.is_(None) & ~anybodys)


def _people_of(connection: Connection, school: str, entries: Iterable[int]) -> frozenset[int]:
    """The alumni of a school in some entries."""
    people, alumni = schema.audit_people, schema.alumni
    joined = select(people.c.alumnus_key).join(alumni, alumni.c.key == people.c.alumnus_key)
    found = joined.where(people.c.entry.in_(list(entries)), alumni.c.school == school)
    return frozenset(connection.execute(found).scalars())


def _only(entry: LogEntry, own: Collection[int]) -> LogEntry:
    """The entry without the alumni of others."""
    details = dict(entry.details)
    if "shown" in details:
        details["shown"] = [pair for pair in details["shown"] if pair[0] in own]
    if "alumni" in details and isinstance(details["alumni"], list):
        details["alumni"] = [key for key in details["alumni"] if key in own]
    return replace(entry, details=details)


def _entry(row: RowMapping) -> LogEntry:
    actor, details = row["actor"], json.loads(row["details"])
    return LogEntry(row["id"], row["at"], actor, row["role"], row["school"], row["action"], details)


def _numbers(value: object) -> Iterator[int]:
    """Every whole number in it, one of which may be somebody's key."""
    match value:
        case Mapping():
            for item in value.values():
                yield from _numbers(item)
        case list() | tuple() | set() | frozenset():
            for item in value:
                yield from _numbers(item)
        case bool():
            return
        case int():
            yield value
