"""Who stands first in the saved list of a request."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import Connection, select

from matcher.repositories.values import Changes
from matcher.store import schema
from matcher.store.records import chunks, streamed
from matcher.store.unit import UnitOfWork, about

FIRST, NOBODY = 1, 0
"""The place of whoever stands first, and that of the row of a list in which nobody stands."""


class Exposures:
    """Implements `matcher.repositories.exposures.Exposures`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def all(self) -> Iterator[tuple[int, int]]:
        """Every pair (request key, alumnus key)."""
        table = schema.exposures
        pairs = select(table.c.request_key, table.c.alumnus_key).where(table.c.place == FIRST)
        with streamed(self._connection, pairs.order_by(table.c.request_key)) as rows:
            for row in rows:
                yield row[0], row[1]

    def among(self, alumni: Collection[int], requests: Collection[int]) -> list[tuple[int, int]]:
        """The pairs with one of these alumni or one of these requests, sorted."""
        table = schema.exposures
        pairs = select(table.c.request_key, table.c.alumnus_key).where(table.c.place == FIRST)
        found = {
            (row[0], row[1])
            for keys, column in ((alumni, table.c.alumnus_key), (requests, table.c.request_key))
            for part in chunks(keys)
            for row in self._connection.execute(pairs.where(column.in_(part)))
        }
        return sorted(found)

    def saved(self) -> frozenset[int]:
        """Keys of the requests with a saved list, also of those in which nobody stands."""
        return frozenset(self._connection.execute(select(schema.exposures.c.request_key)).scalars())

    def save(self, firsts: Mapping[int, int | None]) -> None:
        """Saves who stands first for each of these requests, None for nobody, in the place of what was saved."""
        self.forget(firsts)
        rows = [
            {"request_key": request, "place": NOBODY if alumnus is None else FIRST, "alumnus_key": alumnus}
            for request, alumnus in firsts.items()
        ]
        if rows:
            self._connection.execute(schema.exposures.insert(), rows)
        if alumni := {alumnus for alumnus in firsts.values() if alumnus is not None}:
            self._unit.change("exposure", about(*alumni), len(alumni))

    def forget(self, requests: Collection[int]) -> None:
        """Forgets the saved lists of these requests, so that they are made again."""
        self._unit.need_write()
        if gone := forget_lists(self._connection, requests):
            self._unit.change("exposure", Changes(frozenset(gone)), len(gone))


def forget_lists(connection: Connection, requests: Collection[int]) -> set[int]:
    """Removes the saved lists of these requests; returns the keys of the alumni who stood first."""
    table, gone = schema.exposures, set[int]()
    for part in chunks(requests):
        same = table.c.request_key.in_(part)
        first = select(table.c.alumnus_key).where(same, table.c.place == FIRST)
        gone.update(connection.execute(first).scalars())
        connection.execute(table.delete().where(same))
    return gone
