"""Who a row of an import is about: people without a number are found again, and possible duplicates are named.

A row without a number is the person of that school with the same whole name and the same address, telephone number, or
qualification with its year. The name alone is enough for whoever came in without a number too, where nothing
contradicts it and nobody else can be meant: an import of the same file again makes nobody twice. A number that differs
in zeros only is that of a person with the same whole name. An address, a telephone number or a number that differs in
marks is never enough: the row is someone new, and the other is named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Text, and_, func, or_, select, type_coerce

from matcher.domain.records import Qualification, RecordKind
from matcher.repositories.values import SameAs, Upsert
from matcher.store import schema
from matcher.store.codecs import LAYOUTS, load_qualifications
from matcher.store.encryption import Keyring, keyring_of
from matcher.store.keys import new_number
from matcher.store.marks import FOUND_BY, email_key, marks_of, number_key, phone_key, years_of
from matcher.store.records import chunks
from matcher.store.stored_records import StoredRecord, stated_by
from matcher.text import fold, id_key, is_given_number

Name = tuple[str, str]
"""School or provider, and id."""
_TITLED: Mapping[RecordKind, tuple[str, ...]] = {
    RecordKind.REQUESTS: ("title", "kind", "programme", "moments", "period_from", "period_to"),
    RecordKind.OFFERINGS: ("title", "start", "town"),
}
"""What makes a request or course without an id the same as one that is there."""
_MARKS = ("email_key", "phone_key", "name_key")
ONLY_NAME = "only_name"
_MOST_NAMESAKES = 10
_TELLING: Mapping[str, Callable[[str], object]] = {
    "email": email_key, "phone": phone_key, "postcode": id_key, "town": fold,
}  # fmt: skip
"""Fields by which two people of one name are told apart, and the form under which their values are equal."""


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
    `stored`: gives the records of people.
    """

    def __init__(
        self,
        connection: Connection,
        rows: Sequence[tuple[Upsert, Mapping[str, Any], Name]],
        taken: Mapping[Name, int],
        stored: Callable[[Iterable[Name]], Mapping[Name, StoredRecord]],
    ) -> None:
        keyring = keyring_of(connection.dialect)
        self._marks = {row.row: _marks(keyring, values, row.id) for row, values, _ in rows}
        self._found = _Index(_people(connection, {name[0] for _, _, name in rows}, self._marks.values()))
        self._taken = dict(taken)
        self._values = {row.row: values for row, values, _ in rows if not row.id}
        self._stored = stored(self._nearly([row for row, _, name in rows if not name[1]], rows))

    def identify(self, row: Upsert, name: Name) -> Identity:
        """The id of a row: its own, that of the person it is about, or a new number."""
        marks = self._marks[row.row]
        namesakes: tuple[SameAs, ...] = ()
        if not name[1]:
            surely, maybe = self._same_person(row, name[0])
            free = [one for one in surely or maybe if one.name not in self._taken]
            if surely and not free:
                return Identity(surely[0].name, (), self._taken[surely[0].name])
            if not free and (by_name := self._by_name(row, name[0], marks)) is not None:
                free = [by_name]
            if free:
                self._taken[free[0].name] = row.row
                return Identity(free[0].name)
            namesakes = self._found.namesakes(name[0], marks)
            name = (name[0], new_number())
        else:
            same = [one for one in self._found.named(name[0], marks.name) if same_but_zeros(one.name[1], name[1])]
            if len(same) == 1 and same[0].name not in self._taken:
                self._taken[same[0].name] = row.row
                return Identity(same[0].name)
        others = self._found.like(name, marks)
        known = {one.id for one in others}
        others += tuple(one for one in namesakes if one.id not in known)
        self._taken[name] = row.row
        self._found.add(_Known(name, marks, years_of(row.values.get("qualifications")), row.row))
        return Identity(name, others)

    def _same_person(self, row: Upsert, school: str) -> tuple[list[_Known], list[_Known]]:
        """Those of the same name and address or telephone number, and those of the same name, qualification and year.

        Of the latter two may be two people, so a second row of the same file is someone else; so may two rows with a
        first name alone. Without a name it is whoever has no name either.
        """
        marks, qualifications = self._marks[row.row], years_of(row.values.get("qualifications"))
        if row.shares_name and not row.values.get("last_name"):
            qualifications = frozenset()
        surely, maybe = [], []
        for known in self._found.named(school, marks.name) if marks.name else self._found.nameless(school, marks):
            if _shares(known.marks.email, marks.email) or _shares(known.marks.phone, marks.phone):
                surely.append(known)
            elif not known.qualifications.isdisjoint(qualifications) and not _differ(known.marks, marks):
                maybe.append(known)
        return surely, maybe

    def _nearly(self, rows: Iterable[Upsert], all_rows: Sequence[tuple[Upsert, Mapping[str, Any], Name]]) -> set[Name]:
        """People whom nothing but their name tells, for rows that tell no more."""
        schools = {row.row: name[0] for row, _, name in all_rows}
        names: set[Name] = set()
        for row in rows:
            school, marks = schools[row.row], self._marks[row.row]
            namesakes = {one.name for one in self._found.named(school, marks.name) if is_given_number(one.name[1])}
            if namesakes and not any(self._same_person(row, school)):
                names |= namesakes
        return names

    def _by_name(self, row: Upsert, school: str, marks: _Marks) -> _Known | None:
        """Who came in without a number under the name of a row: whom it says nothing new of, or nobody else can be.

        Of two rows of one name in a file each is only someone of whom it says nothing new.
        """
        values = self._values[row.row]
        there = [(one, self._stored[one.name]) for one in self._found.named(school, marks.name)
                 if one.name in self._stored]  # fmt: skip
        for one, record in there:
            if one.name not in self._taken and _says_nothing_new(values, record):
                return one
        if row.shares_name:
            return None
        may_be = [one for one, record in there if not _contradicts(values, record)]
        return may_be[0] if len(may_be) == 1 and may_be[0].name not in self._taken else None


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

    def nameless(self, school: str, marks: _Marks) -> list[_Known]:
        """Those without a name who share an address or a telephone number with a row."""
        there = [*self._by.get(("email", school, marks.email or ""), ()),
                 *self._by.get(("phone", school, marks.phone or ""), ())]  # fmt: skip
        return list({one.name: one for one in there if one.marks.name is None}.values())

    def namesakes(self, school: str, marks: _Marks) -> tuple[SameAs, ...]:
        """Those of the same name, unless they have another address or telephone number."""
        there = (one for one in self.named(school, marks.name) if not _differ(one.marks, marks))
        return tuple(SameAs(one.name[1], (ONLY_NAME,), one.row) for one in islice(there, _MOST_NAMESAKES))

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


def same_but_zeros(one: str, other: str) -> bool:
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


def _says_nothing_new(values: Mapping[str, Any], record: StoredRecord) -> bool:
    """Whether a row changes nothing of a person; what the person stated stays, whatever a row says."""
    return all(
        record.fields[field] == value or stated_by(field, record.stated) is not None for field, value in values.items()
    )


def _contradicts(values: Mapping[str, Any], record: StoredRecord) -> bool:
    """Whether a row says something else than is known of where a person lives, can be reached, and what they learned.

    What would become empty is something else too. What the person stated contradicts nothing.
    """
    for field in _TELLING:
        known = record.fields[field]
        if field in record.stated or field not in values or known is None:
            continue
        value = values[field]
        if value is None or _TELLING[field](value) != _TELLING[field](known):
            return True
    if "qualifications" in record.stated or "qualifications" not in values:
        return False
    known = load_qualifications(record.fields["qualifications"])
    its = load_qualifications(values["qualifications"])
    return bool(known) and not any(_may_be_one(one, other) for one in its for other in known)


def _may_be_one(one: Qualification, other: Qualification) -> bool:
    """Whether two qualifications may be the same: by code or name, and year where both have it."""
    named = (one.crebo and one.crebo == other.crebo) or (one.name and other.name and fold(one.name) == fold(other.name))
    return bool(named) and (one.year is None or other.year is None or one.year == other.year)


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
