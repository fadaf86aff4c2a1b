"""The list of alumni as people browse it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, bindparam, func, literal, select, type_coerce

from matcher.domain.kinds import Purpose
from matcher.store import schema
from matcher.store.records import agreeing, chunks, streamed
from matcher.store.unit import UnitOfWork


class DirectoryReader:
    """Implements `matcher.repositories.people.DirectoryReader`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._connection = unit.connection

    def alumni(self, keys: Collection[int] | None = None) -> Iterator[Sequence[Any]]:
        """School, id, key, function, sector, town and `agreed_on` of all alumni, or of these keys; in any order."""
        columns = schema.alumni.c
        names = (columns.school, columns.alumnus_id, columns.key, columns.function, columns.sector, columns.town)
        statement = select(*names, _agreed_on())
        parts = [statement] if keys is None else [statement.where(columns.key.in_(part)) for part in chunks(keys)]
        for part in parts:
            with streamed(self._connection, part) as rows:
                yield from rows

    def with_id(self, id: str) -> list[tuple[int, str, date | None]]:  # noqa: A002 - the port's word
        """Key, school and `agreed_on` of the alumni with this id, by school: one statement, whether there are any."""
        return [(row[0], row[1], row[2]) for row in self._connection.execute(_with_id(), {"id": id})]

    def schools(self) -> list[str]:
        """Every school that has alumni, in order (code points).

        Each is looked up from the one before by the index: DISTINCT would walk through every alumnus.
        """
        column = schema.alumni.c.school
        schools = select(func.min(column).label("school")).cte("schools", recursive=True)
        after = select(func.min(column)).where(column > schools.c.school).scalar_subquery()
        schools = schools.union_all(select(after).where(schools.c.school.is_not(None)))
        return list(self._connection.execute(select(schools.c.school).where(schools.c.school.is_not(None))).scalars())


def _agreed_on() -> ColumnElement[date | None]:
    """The day of the consent to advice of an alumnus: see `repositories.people.DirectoryReader.alumni`.

    Two look-ups by index: a list of all objections would take the time that tells an alumnus from an unknown id.
    """
    consents = schema.consents.c
    undated = func.coalesce(consents.given_on, literal(date.max, Date))
    of_this = select(undated).where(consents.alumnus_key == schema.alumni.c.key, *agreeing(Purpose.LLO_ADVICE))
    return type_coerce(of_this.scalar_subquery(), Date)


@cache
def _with_id() -> Select[Any]:
    columns = schema.alumni.c
    statement = select(columns.key, columns.school, _agreed_on())
    return statement.where(columns.alumnus_id == bindparam("id")).order_by(columns.school)
