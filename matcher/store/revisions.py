"""Data revisions: one for each committed change to people, requests, offerings or places."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from matcher.domain.moments import aware
from matcher.repositories.values import Changes
from matcher.store import schema

MOST_NAMED = 10_000
"""The most records that a revision lists, more than an import writes at once. After a larger change all is read."""
ERASURE, ERASED, REFERENCES = "person.erase", "alumnus", "references"
"""The action of an entry in the log about an erasure, the detail for the person erased, and the one that says from how
many earlier entries nothing leads to that person any more."""
UNDO = "import.undo"
"""The action of an entry about an import that was taken back; it has REFERENCES too."""
_NAMES = ("alumni", "requests", "offerings")
_NEWEST = select(schema.revisions.c.id, schema.revisions.c.created_at).order_by(schema.revisions.c.id.desc()).limit(1)


def origin_of(connection: Connection) -> str:
    """The newest revision and its moment: see `ports.Records.origin`."""
    row = connection.execute(_NEWEST).one_or_none()
    return _origin(row) if row else "0"


def _origin(row: Any) -> str:
    """A state by the row of its revision."""
    return f"{row.id} {row.created_at.isoformat()}"


def changed_since(
    connection: Connection, origin: str, alumni: Iterable[int] = (), until: str | None = None
) -> Changes | None:
    """The records that changed since a state of the data: see `ChangeReader.since`."""
    table = schema.revisions
    first = int(origin.partition(" ")[0])
    statement = select(
        table.c.id, table.c.created_at, table.c.alumni, table.c.requests, table.c.offerings, table.c.entry
    )
    statement = statement.where(table.c.id >= first)
    if until is not None:
        statement = statement.where(table.c.id <= int(until.partition(" ")[0]))
    rows = connection.execute(statement.order_by(table.c.id)).all()
    if not rows or _origin(rows[0]) != origin or until not in {None, _origin(rows[-1])}:
        return None
    later = rows[1:]
    if any(row.alumni is None for row in later):
        return None
    erased: set[int] = set()
    has_erased = any(row.entry is not None for row in later)
    if has_erased:  # nothing stored says who, but they are no longer here
        erased = set(alumni).difference(connection.execute(select(schema.alumni.c.key)).scalars())
    listed = (frozenset(key for row in later for key in json.loads(row[at] or "[]")) for at in (2, 3, 4))
    changed, requests, offerings = listed
    began = aware(later[0].created_at) if later else None
    return Changes(changed | erased, requests, offerings, began, has_erased)


class Since:
    """Implements `matcher.store.derived.Since` for one reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def changed(self, origin: str, alumni: Iterable[int]) -> frozenset[int] | None:
        """The alumni who changed since another state, in which there were these; None where nobody can tell."""
        changes = changed_since(self._connection, origin, alumni)
        return None if changes is None else changes.alumni

    def erased(self, origin: str) -> bool:
        """Whether anybody may have been erased since.

        Also where a later revision does not say who changed, or where this database was never in that state.
        """
        first, table = int(origin.partition(" ")[0] or 0), schema.revisions.c
        at = self._connection.execute(select(table.created_at).where(table.id == first)).scalar()
        if at is None or f"{first} {at.isoformat()}" != origin:
            return True
        erasing = select(table.id).where(table.id > first, or_(table.entry.is_not(None), table.alumni.is_(None)))
        return self._connection.execute(erasing.limit(1)).first() is not None

    def alumni(self) -> list[int]:
        """The alumni of now."""
        return list(self._connection.execute(select(schema.alumni.c.key)).scalars())


def add_revision(
    connection: Connection, cause: str, rows: int, about: Changes | None, at: datetime, *, entry: int | None = None
) -> int:
    """Adds the next revision, at a moment in UTC; its number. `about`: the only records that changed; None: any.

    `entry`: for an erasure its log entry. No one can tell from it who was erased, only that someone was.
    """
    table = schema.revisions
    newest = connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
    row = {"id": newest + 1, "created_at": at, "cause": cause, "rows": rows, "entry": entry}
    if about is not None and len(about) <= MOST_NAMED:
        row |= {name: _listed(getattr(about, name)) for name in _NAMES}
        row["alumni"] = row["alumni"] or "[]"
    connection.execute(table.insert(), row)
    return int(newest) + 1


def forget_in_revisions(connection: Connection, alumni: Collection[int]) -> None:
    """Removes the keys of these alumni from all revisions that list them."""
    table, gone = schema.revisions, frozenset(alumni)
    if not gone:
        return
    one = str(next(iter(gone)))
    naming = table.c.alumni.contains(one) if len(gone) == 1 else table.c.alumni.is_not(None)
    for number, listed in connection.execute(select(table.c.id, table.c.alumni).where(naming)).all():
        before = json.loads(listed)
        left = [key for key in before if key not in gone]
        if len(left) < len(before):
            connection.execute(update(table).where(table.c.id == number).values(alumni=json.dumps(left)))


def _listed(keys: Collection[int]) -> str | None:
    return json.dumps(sorted(keys)) if keys else None
