"""Sources of courses: what each gave last, and how its runs went."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import and_, or_, select, tuple_

from matcher.repositories.sources import Id, KeptRun, KeptSource
from matcher.store import schema
from matcher.store.keys import new_key
from matcher.store.records import chunks
from matcher.store.unit import UnitOfWork

_SOURCES, _RECORDS, _RUNS = schema.sources, schema.source_records, schema.source_runs
_OFFERINGS = schema.offerings
_OF_SOURCE = tuple(_SOURCES.c[name] for name in KeptSource.__dataclass_fields__)
_OF_RUN = tuple(_RUNS.c[name] for name in KeptRun.__dataclass_fields__)


class Sources:
    """Implements `matcher.repositories.sources.Sources`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit, self._connection = unit, unit.connection

    def named(self, name: str) -> KeptSource | None:
        """The source of this name."""
        row = self._connection.execute(select(*_OF_SOURCE).where(_SOURCES.c.name == name)).one_or_none()
        return None if row is None else KeptSource(*row)

    def add(self, name: str, form: str) -> KeptSource:
        """A new source."""
        made = KeptSource(new_key(), name, form, self._unit.utc)
        values = {one: getattr(made, one) for one in KeptSource.__dataclass_fields__}
        self._connection.execute(_SOURCES.insert(), values)
        return made

    def ids(self, key: int, since: date | None = None) -> frozenset[Id]:
        """The offerings that a source had when it was last read and that are still here.

        `since`: only those that begin from that day on, or of which no day is known.
        """
        same = and_(_OFFERINGS.c.offering_id == _RECORDS.c.offering_id, _OFFERINGS.c.provider == _RECORDS.c.provider)
        asked = select(_RECORDS.c.offering_id, _RECORDS.c.provider).join(_OFFERINGS, same)
        asked = asked.where(_RECORDS.c.source_key == key, ~_RECORDS.c.gone)
        if since is not None:
            asked = asked.where(or_(_OFFERINGS.c.start.is_(None), _OFFERINGS.c.start >= since))
        return frozenset((row.offering_id, row.provider) for row in self._connection.execute(asked))

    def others(self, key: int) -> frozenset[Id]:
        """The offerings that any other source had when it was last read."""
        asked = select(_RECORDS.c.offering_id, _RECORDS.c.provider).where(_RECORDS.c.source_key != key)
        rows = self._connection.execute(asked.where(~_RECORDS.c.gone))
        return frozenset((row.offering_id, row.provider) for row in rows)

    def every(self) -> frozenset[Id]:
        """The offerings that any source brought, also those that it has no more."""
        asked = select(_RECORDS.c.offering_id, _RECORDS.c.provider).distinct()
        return frozenset((row.offering_id, row.provider) for row in self._connection.execute(asked))

    def keep(self, key: int, added: Collection[Id], gone: Collection[Id]) -> None:
        """Remembers which offerings are of a source, and which are no more; known ones may be among `added`."""
        which, own = tuple_(_RECORDS.c.offering_id, _RECORDS.c.provider), _RECORDS.c.source_key == key
        for part in chunks([*gone]):
            self._connection.execute(_RECORDS.update().where(own, which.in_(part)).values(gone=True))
        for part in chunks([*added]):
            self._connection.execute(_RECORDS.delete().where(own, which.in_(part)))
        rows = [{"source_key": key, "offering_id": id_, "provider": provider} for id_, provider in added]
        if rows:
            self._connection.execute(_RECORDS.insert(), rows)

    def ran(self, run: KeptRun) -> None:
        """Remembers how a reading went."""
        values = {one: getattr(run, one) for one in KeptRun.__dataclass_fields__}
        self._connection.execute(_RUNS.insert(), values)

    def runs(self, most: int, whole_of: int | None = None) -> list[tuple[KeptSource, KeptRun]]:
        """The last readings of all sources, the newest first; `whole_of`: those of one source that were whole."""
        asked = select(*_OF_SOURCE, *_OF_RUN).join(_RUNS, _RUNS.c.source_key == _SOURCES.c.key)
        if whole_of is not None:
            asked = asked.where(_SOURCES.c.key == whole_of, _RUNS.c.whole)
        asked = asked.order_by(_RUNS.c.id.desc()).limit(most)
        own = len(_OF_SOURCE)
        return [(KeptSource(*row[:own]), KeptRun(*row[own:])) for row in self._connection.execute(asked)]
