"""Who a row of an import is about: people without a number are found again, and possible duplicates are named.

A row without a number is the person of that school with the same whole name and the same address, telephone number, or
qualification with its year. A number that differs in zeros only is that of a person with the same whole name. An
address, a telephone number or a number that differs in marks is never enough: the row is someone new, and the other is
named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Text, and_, func, or_, select, type_coerce

from matcher.domain.records import RecordKind
from matcher.repositories.values import SameAs, Upsert
from matcher.store import schema
from matcher.store.codecs import LAYOUTS, load_qualifications
from matcher.store.encryption import Keyring, keyring_of
from matcher.store.keys import new_number
from matcher.store.marks import FOUND_BY, marks_of, number_key, years_of
from matcher.store.records import chunks

Name = tuple[str, str]
"""School or provider, and id."""
_TITLED: Mapping[RecordKind, tuple[str, ...]] = {
    RecordKind.REQUESTS: ("title", "kind", "programme", "moments", "period_from", "period_to"),
    RecordKind.OFFERINGS: ("title", "start", "town"),
}
"""What makes a request or course without an id the same as one that is there."""
_MARKS = ("email_key", "phone_key", "name_key")


class _Marks(NamedTuple):
    """As stored; None for what is not known. The number is empty for a row without one."""

    email: str | None
    phone: str | None
    name: str | None
    number: str


@dataclass(frozen=True, slots=True)
class _Known:
    """A person who is there, or a row of the same call that makes one."""

    name: Name
    marks: _Marks
    qualifications: frozenset[tuple[int, str]]
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a row is about: `twice_of` is an earlier row of the same call about the same person."""

    name: Name
    same_as: tuple[SameAs, ...] = ()
    twice_of: int | None = None


class People:
    """Identifies the rows of one call that name no alumnus who is there. A few queries for each thousand of them.

    `rows`: with their values in stored form. `taken`: the row by each person whom another row of the call names.
    """

    def __init__(
        self,
        connection: Connection,
        rows: Sequence[tuple[Upsert, Mapping[str, Any], Name]],
        taken: Mapping[Name, int],
    ) -> None:
        keyring = keyring_of(connection.dialect)
        self._marks = {row.row: _marks(keyring, values, row.id) for row, values, _ in rows}
        self._found = _Index(_people(connection, {name[0] for _, _, name in rows}, self._marks.values()))
        self._taken = dict(taken)

    def identify(self, row: Upsert, name: Name) -> Identity:
        """The id of a row: its own, that of the person it is about, or a new number."""
        marks, qualifications = self._marks[row.row], years_of(row.values.get("qualifications"))
        if not name[1]:
            surely, maybe = self._same_person(name[0], marks, qualifications)
            free = [one for one in surely or maybe if one.name not in self._taken]
            if surely and not free:
                return Identity(surely[0].name, (), self._taken[surely[0].name])
            if free:
                self._taken[free[0].name] = row.row
                return Identity(free[0].name)
            name = (name[0], new_number())
        else:
            same = [one for one in self._found.named(name[0], marks.name) if _same_but_zeros(one.name[1], name[1])]
            if len(same) == 1 and same[0].name not in self._taken:
                self._taken[same[0].name] = row.row
                return Identity(same[0].name)
        others = self._found.like(name, marks)
        self._taken[name] = row.row
        self._found.add(_Known(name, marks, qualifications, row.row))
        return Identity(name, others)

    def _same_person(
        self, school: str, marks: _Marks, qualifications: frozenset[tuple[int, str]]
    ) -> tuple[list[_Known], list[_Known]]:
        """Those of the same name and address or telephone number, and those of the same name, qualification and year.

        Of the latter two may be two people, so a second row of the same file is someone else.
        """
        surely, maybe = [], []
        for known in self._found.named(school, marks.name):
            if _shares(known.marks.email, marks.email) or _shares(known.marks.phone, marks.phone):
                surely.append(known)
            elif not known.qualifications.isdisjoint(qualifications) and not _differ(known.marks, marks):
                maybe.append(known)
        return surely, maybe


def has_number_like(connection: Connection, names: Iterable[Name]) -> bool:
    """Whether any of these numbers, none of which is there, is one that is there but for zeros, marks or case."""
    people, schools, numbers = schema.alumni, set(), set()
    for school, number in names:
        schools.add(school)
        numbers.add(number_key(number))
    for part in chunks(sorted(numbers - {""})):
        there = (people.c.school.in_(schools), people.c.number_key.in_(part))
        if connection.execute(select(people.c.key).where(*there).limit(1)).first() is not None:
            return True
    return False


class _Index:
    def __init__(self, people: Iterable[_Known]) -> None:
        self._by: dict[tuple[str, str, str], list[_Known]] = defaultdict(list)
        for known in people:
            self.add(known)

    def add(self, known: _Known) -> None:
        school, by = known.name[0], self._by
        for field, mark in zip(_Marks._fields, known.marks, strict=True):
            if mark:
                by[field, school, mark].append(known)

    def named(self, school: str, mark: str | None) -> list[_Known]:
        return self._by.get(("name", school, mark), []) if mark else []

    def like(self, name: Name, marks: _Marks) -> tuple[SameAs, ...]:
        """The people who share an address, a telephone number or a number with a row."""
        because: dict[Name, list[str]] = {}
        rows: dict[Name, int | None] = {}
        school, by = name[0], self._by
        for field, mark in (("email", marks.email), ("phone", marks.phone), ("number", marks.number)):
            for known in by.get((field, school, mark), ()) if mark else ():
                because.setdefault(known.name, []).append(field)
                rows[known.name] = known.row
        return tuple(SameAs(one[1], tuple(why), rows[one]) for one, why in because.items())


def _same_but_zeros(one: str, other: str) -> bool:
    """Whether two numbers differ in the zeros before them only, which spreadsheets lose."""
    return one.isdecimal() and other.isdecimal() and one.lstrip("0") == other.lstrip("0")


def _shares(one: str | None, other: str | None) -> bool:
    return one is not None and one == other


def _differ(one: _Marks, other: _Marks) -> bool:
    """Whether two people have different addresses, or different telephone numbers."""
    return any(
        mark is not None and its is not None and mark != its
        for mark, its in ((one.email, other.email), (one.phone, other.phone))
    )


def _marks(keyring: Keyring | None, values: Mapping[str, Any], number: str) -> _Marks:
    """The marks of a row, from its values in stored form and its number."""
    marks = marks_of({field: values.get(field) for field in FOUND_BY})
    email, phone, name = (marks[column] for column in _MARKS)
    if keyring is not None:
        email, phone, name = (mark and keyring.digest(mark) for mark in (email, phone, name))
    return _Marks(email, phone, name, number_key(number))


def _people(connection: Connection, schools: Iterable[str], marks: Iterable[_Marks]) -> list[_Known]:
    people, contacts, listed = schema.alumni, schema.contacts, list(marks)
    columns = select(
        people.c.key, people.c.school, people.c.alumnus_id, people.c.qualifications, people.c.number_key,
        *(_raw(contacts.c[name]) for name in _MARKS),
    )  # fmt: skip
    joined = columns.outerjoin_from(people, contacts, contacts.c.alumnus_key == people.c.key)
    in_schools = people.c.school.in_(sorted(schools))
    conditions: list[ColumnElement[bool]] = [in_schools]
    size = select(func.count()).select_from(people).where(in_schools)
    if connection.execute(size).scalar_one() > len(listed):  # otherwise to name them takes longer than to read all
        conditions = [and_(in_schools, alike) for part in chunks(listed) for alike in _alike(part)]
    found: dict[int, _Known] = {}
    for condition in conditions:
        for row in connection.execute(joined.where(condition)):
            marks_there = _Marks(row.email_key, row.phone_key, row.name_key, row.number_key or "")
            known = years_of(load_qualifications(row.qualifications))
            found[row.key] = _Known((row.school, row.alumnus_id), marks_there, known)
    return sorted(found.values(), key=lambda one: one.name)


def _alike(marks: Sequence[_Marks]) -> Iterator[ColumnElement[bool]]:
    """Conditions on people with a number, or contact details, in common with one of these."""
    contacts = schema.contacts
    yield schema.alumni.c.number_key.in_({one.number for one in marks} - {""})
    yield or_(
        *(
            type_coerce(contacts.c[f"{field}_key"], Text).in_({getattr(one, field) for one in marks} - {None})
            for field in ("email", "phone", "name")
        )
    )


def _raw(column: Any) -> Any:
    """The column as it is stored: a digest is compared with digests, which are not digested again."""
    return type_coerce(column, Text).label(column.name)


class Titled:
    """Identifies requests or courses without an id by what makes them the same. One query for all of them."""

    def __init__(
        self, connection: Connection, kind: RecordKind, rows: Sequence[tuple[Mapping[str, Any], Name]]
    ) -> None:
        layout = LAYOUTS[kind]
        table = layout.table
        self._fields = _TITLED[kind]
        self._cleared = {name: layout.fields[name].cleared for name in self._fields}
        self._free: dict[tuple[object, ...], list[str]] = defaultdict(list)
        columns = select(table.c[layout.owner], table.c[layout.id], *(table.c[name] for name in self._fields))
        owners, titles = {name[0] for _, name in rows}, {values.get("title") for values, _ in rows}
        where = (table.c[layout.owner].in_(sorted(owners)), table.c.title.in_(titles - {None}))
        for owner, id_, *values in connection.execute(columns.where(*where).order_by(table.c[layout.id])):
            self._free[owner, *values].append(id_)

    def identify(self, values: Mapping[str, Any], name: Name) -> Identity:
        """The id of a row: that of the first that is the same and not taken by an earlier row, or a new one."""
        same = self._free.get((name[0], *(values.get(field, self._cleared[field]) for field in self._fields)))
        return Identity((name[0], same.pop(0) if same else new_number()))
