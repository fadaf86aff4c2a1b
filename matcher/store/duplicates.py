"""Alumni who may be one person, those who are known to be two, and making one of two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, union_all

from matcher.domain.records import RecordKind
from matcher.repositories.values import PossiblePair, Side, Upsert, UpsertResult
from matcher.store import merging, schema
from matcher.store.codecs import load_qualifications
from matcher.store.import_diff import Planner
from matcher.store.keys import need_alumnus, new_number
from matcher.store.merge_rules import sides_of
from matcher.store.records import chunks
from matcher.store.removals import OVERWRITE
from matcher.store.stored_records import records_by_key
from matcher.store.unit import UnitOfWork, about

_MARKS = ("email", "phone", "number")
_NAMESAKES = 200
"""Pairs of one name that are looked at for each that is listed: most have another year."""
NAME_YEAR = "name_year"


class Duplicates:
    """Implements `matcher.repositories.people.Duplicates`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def pairs(self, school: str | None = None, limit: int = 500) -> list[PossiblePair]:
        """Pairs of alumni of one school that may be one person, but for those known to be two. Three queries."""
        told_apart = self._connection.execute(select(func.count()).select_from(schema.different_people)).scalar()
        name = ("pairs", school, limit, told_apart)
        return list(self._unit.follows(name, lambda: self._pairs(school, limit)))

    def _pairs(self, school: str | None, limit: int) -> list[PossiblePair]:
        because: dict[tuple[str, str, str], list[str]] = {}
        rows = self._connection.execute(union_all(*(_same(mark, school, limit) for mark in _MARKS)))
        named = self._connection.execute(_same("name", school, limit * _NAMESAKES).execution_options(yield_per=limit))
        of_year = islice(filter(_of_one_year, named), limit)
        for mark, owner, one, other, *_ in [*rows, *of_year]:
            first, second = sorted((one, other))
            because.setdefault((owner, first, second), []).append(NAME_YEAR if mark == "name" else mark)
        named.close()
        return [PossiblePair(*pair, tuple(marks)) for pair, marks in sorted(because.items())][:limit]

    def said_twice(self, kind: RecordKind, rows: Sequence[Upsert]) -> list[UpsertResult]:
        """The results of those of all rows of a file that are about a merged alumnus for whom another row counts."""
        return Planner(self._connection, kind, self._unit.today, writes=False).said_twice(rows)

    def differ(self, one: int, other: int) -> bool:
        """Remembers that these alumni are two people; False if that was known. Raises KeyError."""
        self._unit.need_write()
        for key in (one, other):
            need_alumnus(self._connection, key)
        table = schema.different_people
        if self._connection.execute(select(table).where(merging.is_pair(one, other))).first() is not None:
            return False
        self._connection.execute(table.insert(), merging.ordered_pair(one, other))
        return True

    def sides(self, kept: int, gone: int, chosen: Mapping[str, Side]) -> Mapping[str, Side]:
        """The side of each field that a merge would take. Raises KeyError."""
        records = records_by_key(self._connection, RecordKind.ALUMNI, [kept, gone])
        return sides_of(records[kept], records[gone], chosen)

    def merge(self, kept: int, gone: int, chosen: Mapping[str, Side], hashes: Iterable[str] = ()) -> str:
        """Makes one alumnus of two of one school, and notes it; returns the random id of the merge. Raises KeyError."""
        self._unit.need_write()
        by, table = self._unit.by, schema.merges
        assert by is not None  # noqa: S101 - need_write() refuses in a reading
        former = records_by_key(self._connection, RecordKind.ALUMNI, [gone])[gone]
        state = merging.merge(self._connection, kept, gone, chosen)
        for part in chunks(hashes):
            self._connection.execute(schema.vectors.delete().where(schema.vectors.c.text_hash.in_(part)))
        newest = self._connection.execute(select(func.max(table.c.key))).scalar() or 0
        row = {"key": newest + 1, "id": new_number(), "alumnus_key": kept, "former_key": gone, "number": former.id}
        row |= {"state": state, "created_at": self._unit.utc, "actor": by.key or None, "role": by.role.value}
        self._connection.execute(table.insert(), row)
        self._unit.change("merge", about(kept, gone), 2)
        self._unit.remove(OVERWRITE)
        self._unit.note("person.merge", {"alumnus": kept, "merge": row["id"]}, schools=[former.owner])
        return str(row["id"])


def _same(mark: str, school: str | None, limit: int) -> Select[Any]:
    """Selects pairs of alumni of one school with one mark in common, the smaller random key first."""
    one, other = schema.alumni.alias(), schema.alumni.alias()
    different = schema.different_people
    joined = one.join(other, and_(one.c.school == other.c.school, one.c.key < other.c.key))
    if mark == "number":
        same = [one.c.number_key == other.c.number_key, one.c.number_key.in_(_twice(schema.alumni.c.number_key))]
    else:
        its, theirs = schema.contacts.alias(), schema.contacts.alias()
        joined = one.join(its, its.c.alumnus_key == one.c.key)
        joined = joined.join(theirs, theirs.c[f"{mark}_key"] == its.c[f"{mark}_key"])
        joined = joined.join(other, and_(other.c.key == theirs.c.alumnus_key, other.c.school == one.c.school))
        same = [one.c.key < other.c.key, its.c[f"{mark}_key"].in_(_twice(schema.contacts.c[f"{mark}_key"]))]
    told_apart = select(different).where(different.c.one_key == one.c.key, different.c.other_key == other.c.key)
    columns = (literal(mark), one.c.school, one.c.alumnus_id, other.c.alumnus_id, one.c.qualifications)
    statement = select(*columns, other.c.qualifications, one.c.left_on, other.c.left_on).select_from(joined)
    statement = statement.where(*same, ~told_apart.exists())
    statement = statement if school is None else statement.where(one.c.school == school)
    return select(statement.limit(limit).subquery())


def _twice(column: ColumnElement[str]) -> Select[str]:
    """Selects the values that more than one row has: from an index alone, before any rows are joined."""
    return select(column).where(column != "").group_by(column).having(func.count() > 1)


def _of_one_year(row: Any) -> bool:
    """Whether both of a pair have a year in common."""
    *_, its, theirs, left, left_too = row
    return not _years(its, left).isdisjoint(_years(theirs, left_too))


def _years(qualifications: str | None, left_on: Any) -> set[int]:
    years = {one.year for one in load_qualifications(qualifications) if one.year is not None}
    return years | ({left_on.year} if left_on else set())
