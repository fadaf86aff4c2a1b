"""Before an erasure: what would betray the alumnus in a file, and who else may be the same person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from sqlalchemy import Column, Select, Text, or_, select, type_coerce

from matcher.domain.records import RecordKind
from matcher.repositories.values import Mention, OtherNumber
from matcher.store import schema
from matcher.store.codecs import CONTACT_FIELDS, LAYOUTS
from matcher.store.former import former_keys
from matcher.store.marks import FOUND_BY, email_key, name_key, number_key, phone_key
from matcher.store.records import chunks
from matcher.store.unit import UnitOfWork
from matcher.traces import Traces, words_of

_COMPARED = tuple(schema.contacts.c[name] for name in FOUND_BY)
_MARKS = tuple(schema.contacts.c[name] for name in ("email_key", "phone_key", "name_key"))
_NAMES = 20
"""Names that one statement looks for."""
_CONTACTS = tuple(schema.contacts.c[name] for name in CONTACT_FIELDS)


class Erasures:
    """Implements `matcher.repositories.people.Erasures`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._connection = unit.connection

    def traces(self, key: int) -> Traces:
        """The random key of an alumnus with every word stored of them, as stored: where there is a key, encrypted."""
        rows = chain.from_iterable(self._connection.execute(statement) for statement in _stored_texts(key))
        return Traces(frozenset({key, *former_keys(self._connection, key)}), words_of(chain.from_iterable(rows)))

    def others(self, key: int) -> list[OtherNumber]:
        """The alumni that may be the same person, by school and number, with why. Reads only those that it finds.

        By address or telephone number, in any spelling; at the same school by name, or by a number that differs in
        marks and leading zeros only.
        """
        people, contacts = schema.alumni, schema.contacts
        columns = (people.c.school, people.c.alumnus_id, *_COMPARED)
        joined = select(*columns).outerjoin_from(people, contacts, contacts.c.alumnus_key == people.c.key)
        this = self._connection.execute(joined.where(people.c.key == key)).one_or_none()
        if this is None:
            return []
        because: dict[int, list[str]] = defaultdict(list)
        for name, keys in (
            ("email", self._found(contacts.c.email_key, email_key(this.email))),
            ("phone", self._found(contacts.c.phone_key, phone_key(this.phone))),
            ("number", self._with_number(this)),
            ("name", self._with_name(this)),
        ):
            for other in keys:
                because[other].append(name)
        because.pop(key, None)
        named = select(people.c.key, people.c.school, people.c.alumnus_id)
        rows = [
            row for part in chunks(because) for row in self._connection.execute(named.where(people.c.key.in_(part)))
        ]
        others = [OtherNumber(row.key, row.school, row.alumnus_id, tuple(because[row.key])) for row in rows]
        return sorted(others, key=lambda other: (other.school, other.alumnus_id))

    def mentions(self, names: Iterable[str]) -> list[Mention]:
        """The records whose text has one of these in it, whatever the capitals of ASCII. Reads all records."""
        sought, found = sorted(set(filter(None, names))), set()
        for kind, layout in LAYOUTS.items():
            table = layout.table
            texts = [table.c[name] for name in layout.fields if isinstance(table.c[name].type, Text)]
            for part in chunks(sought, _NAMES):
                has = or_(*(column.icontains(name, autoescape=True) for column in texts for name in part))
                rows = self._connection.execute(select(table.c[layout.id], table.c[layout.owner]).where(has))
                found |= {Mention(kind, id_, owner) for id_, owner in rows}
        return sorted(found, key=lambda one: (one.kind, one.owner, one.id))

    def _found(self, column: Column[Any], mark: str | None) -> list[int]:
        """The alumni with a mark of contact details; none for an empty one."""
        statement = select(schema.contacts.c.alumnus_key).where(column == mark)
        return list(self._connection.execute(statement).scalars()) if mark else []

    def _with_number(self, this: Any) -> list[int]:
        """The alumni of the same school whose number has the same form."""
        people, mark = schema.alumni.c, number_key(this.alumnus_id)
        same = select(people.key, people.school).where(people.number_key == mark)
        return [key for key, school in self._connection.execute(same) if school == this.school] if mark else []

    def _with_name(self, this: Any) -> list[int]:
        """The alumni of the same school with the same first and last name."""
        people, contacts = schema.alumni, schema.contacts
        mark = name_key(this.first_name, this.infix, this.last_name) if _is_whole(this) else None
        if not mark:
            return []
        named = select(contacts.c.alumnus_key, *_COMPARED[2:]).where(contacts.c.name_key == mark)
        whole = [row.alumnus_key for row in self._connection.execute(named) if _is_whole(row)]
        schools = select(people.c.key, people.c.school)
        return [
            key
            for part in chunks(whole)
            for key, school in self._connection.execute(schools.where(people.c.key.in_(part)))
            if school == this.school
        ]


def _stored_texts(key: int) -> Iterator[Select[Any]]:
    """Selects the texts of an alumnus in stored form: the record, contact details, mail, and how they log in."""
    layout = LAYOUTS[RecordKind.ALUMNI]
    people, contacts, outbox, accounts = schema.alumni, schema.contacts, schema.outbox, schema.accounts
    fields = [people.c[name] for name in (layout.id, "number_key", *layout.fields)]
    yield select(*_raw(column for column in fields if isinstance(column.type, Text))).where(people.c.key == key)
    yield select(*_raw([*_CONTACTS, *_MARKS])).where(contacts.c.alumnus_key == key)
    own = schema.own_values
    yield select(*_raw([own.c["values"]])).where(own.c.alumnus_key == key)
    yield select(*_raw([outbox.c["values"], outbox.c.address])).where(outbox.c.alumnus_key == key)
    invited = schema.invitations
    yield select(*_raw([invited.c.words, invited.c.said])).where(invited.c.alumnus_key == key)
    yield select(*_raw([schema.calendars.c.url])).where(schema.calendars.c.alumnus_key == key)
    yield select(*_raw([accounts.c.subject])).where(accounts.c.alumnus_key == key)
    changes, merges, numbers = schema.import_changes, schema.merges, schema.former_numbers
    yield select(*_raw([changes.c.before])).where(changes.c.alumnus_key == key)
    yield select(*_raw([merges.c.state, merges.c.number])).where(merges.c.alumnus_key == key)
    doubts = schema.inbox_doubts
    yield select(*_raw([doubts.c.text])).where(doubts.c.alumnus_key == key)
    yield select(*_raw([numbers.c.number])).where(numbers.c.alumnus_key == key)
    cases = schema.aftercare_cases
    yield select(*_raw([cases.c.said, cases.c.because])).where(cases.c.alumnus_key == key)
    meets, chosen, disputes = schema.appointments, schema.shortlist, schema.disputes
    yield select(*_raw([meets.c.label])).where(meets.c.alumnus_key == key)
    yield select(*_raw([schema.own_meanings.c.label])).where(schema.own_meanings.c.alumnus_key == key)
    yield select(*_raw([chosen.c.note])).where(chosen.c.alumnus_key == key)
    yield select(*_raw([disputes.c.said, disputes.c.answer])).where(disputes.c.alumnus_key == key)


def _raw(columns: Iterable[Column[Any]]) -> list[Any]:
    return [type_coerce(column, Text) for column in columns]


def _is_whole(row: Any) -> bool:
    return bool(row.first_name and row.last_name)
