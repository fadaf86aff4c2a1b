"""The states of the data, what changed since one of them, and the records adjacent to a change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from sqlalchemy import and_, desc, func, not_, or_, select

from matcher.domain.records import RecordKind
from matcher.repositories.values import Changes
from matcher.store import schema
from matcher.store.codecs import LAYOUTS, load_words
from matcher.store.records import chunks, streamed
from matcher.store.revisions import changed_since, origin_of
from matcher.store.unit import UnitOfWork

_LOOKED_BACK = 200
"""Entries of the log among which a change is looked for."""
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

    def newest_change(self, reads: Collection[str]) -> int:
        """The number of the newest entry of the log with another action than these, among the last ones.

        The oldest of those last ones where all are of these actions; 0 for an empty log.
        """
        log, last = schema.audit, 0
        rows = select(log.c.id, log.c.action).order_by(log.c.id.desc()).limit(_LOOKED_BACK)
        for number, action in self._connection.execute(rows):
            last = number
            if action not in reads:
                break
        return last

    def identity(self) -> str:
        """The moment of the first revision (UTC): it never changes. Empty for an empty database."""
        first = select(schema.revisions.c.created_at).order_by(schema.revisions.c.id)
        row = self._connection.execute(first.limit(1)).one_or_none()
        return row.created_at.isoformat() if row else ""

    def since(self, origin: str, alumni: Iterable[int] = (), until: str | None = None) -> Changes | None:
        """The records that changed since a state of the data. `alumni`: those of then, read if some were erased.

        None if the change is not fully known, or if this database was never in that state, or in that of `until`.
        """
        return changed_since(self._connection, origin, alumni, until)

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
