"""What a trial of other settings reads."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from matcher.domain.moments import stored
from matcher.repositories.trials import LoggedList
from matcher.repositories.values import LogEntry
from matcher.store import schema
from matcher.store.audit import opened_entries
from matcher.store.records import chunks, streamed
from matcher.store.unit import UnitOfWork


class Trials:
    """Implements `matcher.repositories.trials.Trials`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._connection = unit.connection

    def listed(self, since: datetime, until: datetime, actions: Collection[str]) -> list[LoggedList]:
        """The entries with these actions from a moment up to another (UTC, the last not counted), the oldest first."""
        table = schema.audit
        within = (table.c.at >= stored(since), table.c.at < stored(until), table.c.action.in_(sorted(actions)))
        columns = select(table.c.id, table.c.action, table.c.school, table.c.details).where(*within)
        with streamed(self._connection, columns.order_by(table.c.id)) as rows:
            return [LoggedList(row[0], row[1], row[2], _query(row[3])) for row in rows]

    def opened(self, numbers: Sequence[int]) -> list[LogEntry]:
        """These entries, the oldest first, with the keys that alumni had before they were merged."""
        table, entries = schema.audit, list[LogEntry]()
        for part in chunks(sorted(numbers)):
            statement = select(table).where(table.c.id.in_(part)).order_by(table.c.id)
            rows = self._connection.execute(statement).mappings().all()
            entries += opened_entries(self._connection, rows, as_written=True)
        return entries

    def stated(self) -> frozenset[int]:
        """The keys of the alumni who said how often they may be asked in a year."""
        table = schema.alumni
        keys = select(table.c.key).where(table.c.max_asks_per_year.is_not(None))
        return frozenset(self._connection.execute(keys).scalars())


def _query(details: str) -> int | None:
    query = json.loads(details).get("query")
    return query if isinstance(query, int) and query else None
