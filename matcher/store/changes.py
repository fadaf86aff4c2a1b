"""The states of the data, what changed since one of them, and the records adjacent to a change."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import and_, desc, func, not_, or_, select

from matcher.domain.records import RecordKind
from matcher.repositories.values import Changes
from matcher.store import schema
from matcher.store.codecs import LAYOUTS, load_words
from matcher.store.records import chunks, streamed
from matcher.store.revisions import origin_of
from matcher.store.unit import UnitOfWork

_WORD = r"[A-Za-z0-9+#]"
"""Matches lists that certainly contain a skill. Lists in other alphabets may be marks only, so those are read."""


class ChangeReader:
    """Implements `matcher.repositories.people.ChangeReader`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._connection = unit.connection

    def revision(self) -> int:
        """The newest data revision; 0 for an empty database."""
        return self._connection.execute(select(func.max(schema.revisions.c.id))).scalar() or 0

    def origin(self) -> str:
        """The newest revision and the moment it was made (UTC): tells databases with equal revisions apart."""
        return origin_of(self._connection)

    def identity(self) -> str:
        """The moment of the first revision (UTC): it never changes. Empty for an empty database."""
        first = select(schema.revisions.c.created_at).order_by(schema.revisions.c.id)
        row = self._connection.execute(first.limit(1)).one_or_none()
        return row.created_at.isoformat() if row else ""

    def since(self, origin: str, alumni: Iterable[int] = ()) -> Changes | None:
        """The records that changed since a state of the data. `alumni`: those of then, read if some were erased.

        None if the change is not fully known, or if this database was never in that state.
        """
        table = schema.revisions
        first = int(origin.partition(" ")[0])
        statement = select(
            table.c.id, table.c.created_at, table.c.alumni, table.c.requests, table.c.offerings, table.c.entry
        )
        rows = self._connection.execute(statement.where(table.c.id >= first).order_by(table.c.id)).all()
        if not rows or f"{rows[0].id} {rows[0].created_at.isoformat()}" != origin:
            return None
        later = rows[1:]
        if any(row.alumni is None for row in later):
            return None
        erased: set[int] = set()
        if any(row.entry is not None for row in later):  # nothing stored says who, but they are no longer here
            erased = set(alumni).difference(self._connection.execute(select(schema.alumni.c.key)).scalars())
        changed, *others = (frozenset(key for row in later for key in json.loads(row[at] or "[]")) for at in (2, 3, 4))
        return Changes(changed | erased, *others)

    def preceding(self, kind: RecordKind, keys: Sequence[int]) -> dict[int, int | None]:
        """For each of these records the key of the one just before it by id and owner (code points)."""
        if not keys:
            return {}
        layout = LAYOUTS[kind]
        table, other = layout.table, layout.table.alias()
        same_id, lower_id = other.c[layout.id] == table.c[layout.id], other.c[layout.id] < table.c[layout.id]
        earlier = or_(lower_id, and_(same_id, other.c[layout.owner] < table.c[layout.owner]))
        closest = (
            select(other.c.key)
            .where(other.c[layout.id] <= table.c[layout.id], earlier)
            .order_by(desc(other.c[layout.id]), desc(other.c[layout.owner]))
            .limit(1)
            .scalar_subquery()
        )
        return {
            row[0]: row[1]
            for part in chunks(keys)
            for row in self._connection.execute(select(table.c.key, closest).where(table.c.key.in_(part)))
        }

    def listed_skills(self, kind: RecordKind, keys: Sequence[int]) -> Iterator[tuple[str, ...]]:
        """The skills that each of these requests or offerings lists, in no particular order."""
        table = LAYOUTS[kind].table
        for part in chunks(keys):
            for listed in self._connection.execute(select(table.c.skills).where(table.c.key.in_(part))).scalars():
                yield load_words(listed)

    def texts_without_skills(self, kind: RecordKind) -> Iterator[tuple[int, str]]:
        """Key, and title with description, of every request or offering that lists no skill; and maybe a few others."""
        table = LAYOUTS[kind].table
        none = or_(table.c.skills.is_(None), not_(table.c.skills.regexp_match(_WORD)))
        statement = select(table.c.key, table.c.title, table.c.description).where(none)
        with streamed(self._connection, statement) as rows:
            for key, title, description in rows:
                yield key, f"{title} {description or ''}"
