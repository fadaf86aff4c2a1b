"""Alumni who may be one person, those who are known to be two, and making one of two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count, islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, union_all

from matcher.domain.records import RecordKind
from matcher.repositories.values import PossiblePair, Side, Upsert, UpsertResult
from matcher.store import merging, schema
from matcher.store.codecs import load_qualifications
from matcher.store.derived import Carried
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
_SPARE = 100
"""Pairs that are remembered beyond those that are listed."""
NAME_YEAR = "name_year"


@dataclass(frozen=True, slots=True)
class _Found:
    """Pairs by both random keys; `whole`: these are all."""

    pairs: Mapping[tuple[int, int], PossiblePair]
    whole: bool


class Duplicates:
    """Implements `matcher.repositories.people.Duplicates`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def pairs(self, school: str | None = None, limit: int = 500) -> list[PossiblePair]:
        """Pairs of alumni of one school that may be one person, but for those known to be two."""
        told_apart = self._connection.execute(select(func.count()).select_from(schema.different_people)).scalar()
        enough = partial(_has_enough, limit)
        work = Carried(partial(self._pairs, school, limit), _without, _joined_pairs, _alumni_of, enough)
        found = self._unit.carries(("pairs", school, limit), work, told_apart)
        return sorted(found.pairs.values(), key=lambda pair: (pair.school, pair.first, pair.second))[:limit]

    def _found(self, school: str | None, limit: int) -> _Found:
        """Some more than `limit`, so that some may go before all have to be read again."""
        most = limit + _SPARE
        found = list(self._connection.execute(union_all(*(_same(mark, school, most) for mark in _MARKS))))
        named = self._connection.execute(_same("name", school, most * _NAMESAKES).execution_options(yield_per=limit))
        looked_at = count()
        of_year = list(islice((row for row in named if next(looked_at) >= 0 and _of_one_year(row)), most))
        named.close()
        counts = Counter(row[0] for row in found)
        whole = len(of_year) < most and next(looked_at) < most * _NAMESAKES and max(counts.values(), default=0) < most
        return _Found(_pairs_of([*found, *of_year]), whole)

    def _pairs(self, school: str | None, limit: int, keys: Collection[int] | None) -> _Found:
        if keys is None:
            return self._found(school, limit)
        rows = [
            row
            for part in chunks(keys)
            for mark in (*_MARKS, "name")
            for statement in _of_these(mark, school, part)
            for row in self._connection.execute(statement)
            if mark != "name" or _of_one_year(row)
        ]
        return _Found(_pairs_of(rows), whole=True)

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
    statement, sides = _joined(mark, school)
    known = schema.alumni.c.number_key if mark == "number" else schema.contacts.c[f"{mark}_key"]
    return select(statement.where(sides.mark.in_(_twice(known))).limit(limit).subquery())


def _of_these(mark: str, school: str | None, keys: Sequence[int]) -> Iterator[Select[Any]]:
    """Selects those of these pairs in which some alumni are the first, and those in which they are the second."""
    statement, sides = _joined(mark, school)
    for key in (sides.one, sides.other):
        yield statement.where(sides.mark != "", key.in_(keys))


class _Sides(NamedTuple):
    """The columns of a pair: both random keys, and the mark of the first."""

    one: ColumnElement[int]
    other: ColumnElement[int]
    mark: ColumnElement[str]


def _joined(mark: str, school: str | None) -> tuple[Select[Any], _Sides]:
    one, other = schema.alumni.alias(), schema.alumni.alias()
    different = schema.different_people
    if mark == "number":
        same = and_(one.c.school == other.c.school, one.c.number_key == other.c.number_key)
        joined, its_mark = one.join(other, same), one.c.number_key
    else:
        its, theirs = schema.contacts.alias(), schema.contacts.alias()
        its_mark = its.c[f"{mark}_key"]
        joined = one.join(its, its.c.alumnus_key == one.c.key)
        joined = joined.join(theirs, theirs.c[f"{mark}_key"] == its_mark)
        joined = joined.join(other, and_(other.c.key == theirs.c.alumnus_key, other.c.school == one.c.school))
    told_apart = select(different).where(different.c.one_key == one.c.key, different.c.other_key == other.c.key)
    columns = (literal(mark).label("mark"), one.c.key, other.c.key, one.c.school, one.c.alumnus_id, other.c.alumnus_id)
    years = (one.c.qualifications, other.c.qualifications, one.c.left_on, other.c.left_on)
    statement = select(*columns, *years).select_from(joined).where(one.c.key < other.c.key, ~told_apart.exists())
    statement = statement if school is None else statement.where(one.c.school == school)
    return statement, _Sides(one.c.key, other.c.key, its_mark)


def _twice(column: ColumnElement[str]) -> Select[str]:
    """Selects the values that more than one row has: from an index alone, before any rows are joined."""
    return select(column).where(column != "").group_by(column).having(func.count() > 1)


def _pairs_of(rows: Iterable[Any]) -> dict[tuple[int, int], PossiblePair]:
    """The pairs of these rows, each with all that is the same in their order; some may be twice there."""
    because: dict[tuple[int, int], dict[str, None]] = {}
    named: dict[tuple[int, int], tuple[str, str, str]] = {}
    for mark, one, other, owner, its, theirs, *_ in rows:
        because.setdefault((one, other), {})[NAME_YEAR if mark == "name" else mark] = None
        named[one, other] = (owner, *sorted((its, theirs)))
    return {keys: PossiblePair(*named[keys], tuple(marks)) for keys, marks in because.items()}


def _without(found: _Found, keys: Collection[int]) -> _Found:
    gone = set(keys)
    return replace(found, pairs={both: pair for both, pair in found.pairs.items() if gone.isdisjoint(both)})


def _joined_pairs(found: _Found, more: _Found) -> _Found:
    return _Found({**found.pairs, **more.pairs}, found.whole and more.whole)


def _has_enough(limit: int, found: _Found) -> bool:
    return found.whole or len(found.pairs) >= limit


def _alumni_of(found: _Found) -> set[int]:
    return {key for pair in found.pairs for key in pair}


def _of_one_year(row: Any) -> bool:
    """Whether both of a pair have a year in common."""
    *_, its, theirs, left, left_too = row
    return not _years(its, left).isdisjoint(_years(theirs, left_too))


def _years(qualifications: str | None, left_on: Any) -> set[int]:
    years = {one.year for one in load_qualifications(qualifications) if one.year is not None}
    return years | ({left_on.year} if left_on else set())
