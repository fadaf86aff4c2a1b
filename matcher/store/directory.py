"""The list of alumni as people browse it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import func, select

from matcher.store import schema
from matcher.store.records import chunks, streamed
from matcher.store.unit import UnitOfWork


class DirectoryReader:
    """Implements `matcher.repositories.people.DirectoryReader`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._connection = unit.connection

    def alumni(self, keys: Collection[int] | None = None) -> Iterator[Sequence[Any]]:
        """School, id, key, function, sector and town of every alumnus, or of those with these keys; in any order."""
        columns = schema.alumni.c
        names = (columns.school, columns.alumnus_id, columns.key, columns.function, columns.sector, columns.town)
        statement = select(*names)
        parts = [statement] if keys is None else [statement.where(columns.key.in_(part)) for part in chunks(keys)]
        for part in parts:
            with streamed(self._connection, part) as rows:
                yield from rows

    def schools(self) -> list[str]:
        """Every school that has alumni, in order (code points).

        Each is looked up from the one before by the index: DISTINCT would walk through every alumnus.
        """
        column = schema.alumni.c.school
        schools = select(func.min(column).label("school")).cte("schools", recursive=True)
        after = select(func.min(column)).where(column > schools.c.school).scalar_subquery()
        schools = schools.union_all(select(after).where(schools.c.school.is_not(None)))
        return list(self._connection.execute(select(schools.c.school).where(schools.c.school.is_not(None))).scalars())
