"""Before an erasure: what would betray the alumnus in a file, and who else may be the same person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from sqlalchemy import Column, Select, Text, select, type_coerce

from matcher.domain.records import RecordKind
from matcher.repositories.values import OtherNumber
from matcher.store import schema
from matcher.store.codecs import CONTACT_FIELDS, LAYOUTS, email_key
from matcher.store.unit import UnitOfWork
from matcher.text import fold, id_key
from matcher.traces import Traces, words_of

_CONTACTS = tuple(schema.contacts.c[name] for name in CONTACT_FIELDS)


class Erasures:
    """Implements `matcher.repositories.people.Erasures`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._connection = unit.connection

    def traces(self, key: int) -> Traces:
        """The random key of an alumnus with every word stored of them, as stored: where there is a key, encrypted."""
        rows = chain.from_iterable(self._connection.execute(statement) for statement in _stored_texts(key))
        return Traces(frozenset({key}), words_of(chain.from_iterable(rows)))

    def others(self, key: int) -> list[OtherNumber]:
        """The alumni that may be the same person, by school and number, with why. Reads all contact details.

        By address or telephone number, in any spelling; at the same school by name, or by a number that differs in
        marks and leading zeros only.
        """
        people = schema.alumni
        statement = select(people.c.key, people.c.school, people.c.alumnus_id, *_CONTACTS).outerjoin_from(
            people, schema.contacts, schema.contacts.c.alumnus_key == people.c.key
        )
        this = self._connection.execute(statement.where(people.c.key == key)).one_or_none()
        if this is None:
            return []
        own = _marks(this)
        others = []
        for row in self._connection.execute(statement.where(people.c.key != key)):
            marks = _marks(row)
            because = tuple(name for name, mark in own.items() if mark and mark == marks.get(name))
            if because:
                others.append(OtherNumber(row.key, row.school, row.alumnus_id, because))
        return sorted(others, key=lambda other: (other.school, other.alumnus_id))


def _stored_texts(key: int) -> Iterator[Select[Any]]:
    """Selects the texts of an alumnus in stored form: the record, contact details, mail, and how they log in."""
    layout = LAYOUTS[RecordKind.ALUMNI]
    people, contacts, outbox, accounts = schema.alumni, schema.contacts, schema.outbox, schema.accounts
    fields = [people.c[name] for name in (layout.id, *layout.fields)]
    yield select(*_raw(column for column in fields if isinstance(column.type, Text))).where(people.c.key == key)
    yield select(*_raw([*_CONTACTS, contacts.c.email_key])).where(contacts.c.alumnus_key == key)
    yield select(*_raw([outbox.c["values"], outbox.c.address])).where(outbox.c.alumnus_key == key)
    yield select(*_raw([accounts.c.subject])).where(accounts.c.alumnus_key == key)


def _raw(columns: Iterable[Column[Any]]) -> list[Any]:
    return [type_coerce(column, Text) for column in columns]


def _marks(row: Any) -> Mapping[str, object]:
    """What two records of one person have in common."""
    school = id_key(row.school)
    name = fold(f"{row.first_name or ''} {row.last_name or ''}")
    return {
        "email": email_key(row.email),
        "phone": phone_key(row.phone),
        "number": (school, id_key(row.alumnus_id)),
        "name": (school, name) if row.first_name and row.last_name else None,
    }


def phone_key(phone: str | None) -> str:
    """A telephone number without marks, and without the code of the Netherlands; empty for none."""
    digits = re.sub(r"\D", "", phone or "")
    return re.sub(r"^(?:0031|31(?=\d{9}$)|0)", "", digits)
