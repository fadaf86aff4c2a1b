"""Reads what changed since a state of the data, and what is around it: a few records, never everybody."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, and_, desc, not_, or_, select

from matcher.domain.records import RecordKind
from matcher.ports import Changes
from matcher.store import schema
from matcher.store.codecs import LAYOUTS, load_words
from matcher.store.records import Reading, chunks, conflict_pairs, streamed
from matcher.store.revisions import ERASED, ERASURE

_WORD = r"[A-Za-z0-9+#]"
"""What a list of skills surely has a word of. Letters of other alphabets may be marks alone: those lists are read."""


class Changing(Reading):
    """Reading, and what is needed to put a change into a pool. Every read raises StoreUnavailable."""

    @contextmanager
    def snapshot(self) -> Iterator[Changing]:
        """Reads that all see the same state of the data, however many imports end meanwhile."""
        with self._source.reading() as connection:
            yield Changing(_Pinned(connection))

    def changed_since(self, origin: str) -> Changes | None:
        """What all changes since a state of the data are about.

        None where it may be more than is known, or where this database never was in that state.
        """
        table, log = schema.revisions, schema.audit
        first = int(origin.partition(" ")[0])
        columns = (table.c.id, table.c.created_at, table.c.alumni, table.c.requests, table.c.offerings)
        entry = and_(log.c.id == table.c.entry, log.c.action == ERASURE)
        told = select(*columns, table.c.entry, log.c.details).outerjoin_from(table, log, entry)
        with self._source.reading() as connection:
            rows = connection.execute(told.where(table.c.id >= first).order_by(table.c.id)).all()
        if not rows or f"{rows[0].id} {rows[0].created_at.isoformat()}" != origin:
            return None
        later = rows[1:]
        if any(row.alumni is None or (row.entry is not None and row.details is None) for row in later):
            return None
        erased = {json.loads(row.details)[ERASED] for row in later if row.entry is not None}
        alumni, *others = (frozenset(key for row in later for key in json.loads(row[at] or "[]")) for at in (2, 3, 4))
        return Changes(alumni | erased, *others)

    def ahead_of(self, kind: RecordKind, keys: Sequence[int]) -> dict[int, int | None]:
        """For each of these records the key of the one just before it by id and owner (code points)."""
        layout = LAYOUTS[kind]
        one, other = layout.table, layout.table.alias()
        same, before = other.c[layout.id] == one.c[layout.id], other.c[layout.id] < one.c[layout.id]
        earlier = or_(before, and_(same, other.c[layout.owner] < one.c[layout.owner]))
        closest = (
            select(other.c.key)
            .where(other.c[layout.id] <= one.c[layout.id], earlier)
            .order_by(desc(other.c[layout.id]), desc(other.c[layout.owner]))
            .limit(1)
            .scalar_subquery()
        )
        with self._source.reading() as connection:
            return {
                row[0]: row[1]
                for part in chunks(keys)
                for row in connection.execute(select(one.c.key, closest).where(one.c.key.in_(part)))
            }

    def conflicts_of(self, alumni: Collection[int], requests: Collection[int]) -> list[tuple[int, int]]:
        """Those of `conflicts` in which one of these alumni or requests is."""
        with self._source.reading() as connection:
            found = {
                (row[0], row[1])
                for keys, place in ((alumni, "alumnus_key"), (requests, "request_key"))
                for part in chunks(keys)
                for row in connection.execute(conflict_pairs(place, part))
            }
        return sorted(found)

    def skills_listed(self, kind: RecordKind, keys: Sequence[int]) -> Iterator[tuple[str, ...]]:
        """The skills that each of these requests or offerings lists, in no particular order."""
        table = LAYOUTS[kind].table
        with self._source.reading() as connection:
            for part in chunks(keys):
                for listed in connection.execute(select(table.c.skills).where(table.c.key.in_(part))).scalars():
                    yield load_words(listed)

    def texts_without_skills(self, kind: RecordKind) -> Iterator[tuple[int, str]]:
        """Key, and title with description, of every request or offering that lists no skill; of a few more, maybe."""
        table = LAYOUTS[kind].table
        none = or_(table.c.skills.is_(None), not_(table.c.skills.regexp_match(_WORD)))
        statement = select(table.c.key, table.c.title, table.c.description).where(none)
        with self._source.reading() as connection, streamed(connection, statement) as rows:
            for key, title, description in rows:
                yield key, f"{title} {description or ''}"


class _Pinned:
    """A source that always gives the same connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        yield self._connection
