"""What belongs to one alumnus besides the record: contact details, corrections; and erasure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from typing import Any

from sqlalchemy import exists, select

from matcher.domain.records import Contact, RecordKind
from matcher.store import schema
from matcher.store.codecs import CONTACT_FIELDS, LAYOUTS, clean, load_qualifications
from matcher.store.commitments import take_back
from matcher.store.derived import per_alumnus
from matcher.store.erasure import (
    asked_at,
    asked_by,
    bury,
    digests_of,
    former_of,
    names_of,
    remember_addresses,
    unnumbered_names_of,
)
from matcher.store.first_yes import confirm_facts, remove_erased_newcomers
from matcher.store.former import forget_in_merges, former_numbers
from matcher.store.journal import ERASE, Act
from matcher.store.ledger import conflict_pairs
from matcher.store.marks import FOUND_BY, email_key, marks_of
from matcher.store.own_fields import own_part, put_values
from matcher.store.records import chunks
from matcher.store.removals import OVERWRITE
from matcher.store.revisions import ERASED, ERASURE, REFERENCES, forget_in_revisions
from matcher.store.segments import forget_texts_with
from matcher.store.undo import forget_requester, forget_value
from matcher.store.unit import UnitOfWork, about
from matcher.store.uploads import remove_of as remove_uploads_of
from matcher.text import is_given_number

_OF_CONTACT = tuple(schema.contacts.c[name] for name in FOUND_BY)


class People:
    """Implements `matcher.repositories.people.People`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def contact(self, key: int) -> Contact | None:
        """The contact details of an alumnus; None where there are none."""
        columns = [schema.contacts.c[name] for name in CONTACT_FIELDS]
        statement = select(*columns).where(schema.contacts.c.alumnus_key == key)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else Contact(*row)

    def with_email(self, email: str) -> list[tuple[int, str]]:
        """Key and school of the alumni with this address, in any spelling, by school."""
        people, contacts = schema.alumni, schema.contacts
        statement = (
            select(people.c.key, people.c.school)
            .join_from(people, contacts, contacts.c.alumnus_key == people.c.key)
            .where(contacts.c.email_key == email_key(email))
            .order_by(people.c.school)
        )
        return [(row[0], row[1]) for row in self._connection.execute(statement)]

    def unreachable(self, school: str | None = None) -> Mapping[int, str]:
        """The schools of the alumni without an e-mail address, by random key; those of a school or of all."""
        work = per_alumnus(lambda keys: self._unreachable(school, keys))
        return self._unit.carries(("unreachable", school), work)

    def _unreachable(self, school: str | None, keys: Collection[int] | None) -> dict[int, str]:
        people, contacts = schema.alumni.c, schema.contacts.c
        reached = exists().where(contacts.alumnus_key == people.key, contacts.email_key.is_not(None))
        statement = select(people.key, people.school).where(~reached)
        statement = statement if school is None else statement.where(people.school == school)
        parts = [statement] if keys is None else [statement.where(people.key.in_(part)) for part in chunks(keys)]
        return {row[0]: row[1] for part in parts for row in self._connection.execute(part)}

    def requests_asked_by(self, email: str) -> list[int]:
        """Random keys of the requests with this requester, in any spelling."""
        return asked_at(self._connection, email)

    def requester(self, request_key: int) -> str | None:
        """The address of who made a request; None where there is none."""
        table = schema.requesters
        return self._connection.execute(select(table.c.email).where(table.c.request_key == request_key)).scalar()

    def stated_fields(self, key: int) -> frozenset[str]:
        """The fields that an alumnus filled in; all others come from an import."""
        statement = select(schema.alumni.c.stated_fields).where(schema.alumni.c.key == key)
        stored = self._connection.execute(statement).scalar()
        return frozenset(json.loads(stored)) if stored else frozenset()

    def correct(self, key: int, field: str, value: object) -> None:
        """Sets a field as the alumnus states it; imports leave it alone from then on. Raises KeyError.

        `field`: of an own field of the school `own:` and its key. `value` as in an import; None clears.
        """
        self._unit.change("correction", about(key))
        self._unit.remove(OVERWRITE)
        layout, table = LAYOUTS[RecordKind.ALUMNI], schema.alumni
        row = self._connection.execute(select(table.c.stated_fields).where(table.c.key == key)).one_or_none()
        if row is None:
            raise KeyError(key)
        forget_value(self._connection, key, field)
        stated = sorted({*(json.loads(row[0]) if row[0] else ()), field})
        changes: dict[str, Any] = {"stated_fields": json.dumps(stated)}
        text = None if value is None else clean(str(value))
        if field in layout.fields:
            codec = layout.fields[field]
            changes[field] = codec.cleared if value is None else codec.encode(value)
        elif own := own_part({field: text}):
            put_values(self._connection, {key: own})
        else:
            self._correct_contact(key, field, text)
            if field == "postcode":
                changes["pc4"] = text[:4] if text else None
        self._connection.execute(table.update().where(table.c.key == key), changes)
        confirm_facts(self._unit, key, [field])

    def _correct_contact(self, key: int, field: str, text: str | None) -> None:
        contacts, column = schema.contacts, LAYOUTS[RecordKind.ALUMNI].beside[field]
        this_alumnus = contacts.c.alumnus_key == key
        columns = [contacts.c[name] for name in CONTACT_FIELDS]
        before = self._connection.execute(select(*columns).where(this_alumnus)).mappings().first()
        if before is not None and field == "email":
            old_address = before["email"]
            remember_addresses(self._connection, {key: old_address} if old_address and old_address != text else {})
        values = {column: text, **marks_of({**dict.fromkeys(CONTACT_FIELDS), **(before or {}), column: text})}
        if before is None:
            self._connection.execute(contacts.insert(), {"alumnus_key": key, **values})
        else:
            self._connection.execute(contacts.update().where(this_alumnus), values)

    def erase(self, key: int, hashes: Iterable[str]) -> bool:
        """Removes everything of an alumnus, vectors of these texts too, and leaves tombstones; False if already gone.

        Their ledger lines go too, and requests keep no trace of them. Adds an entry to the log. At most one erasure
        in a transaction.
        """
        people, contacts = schema.alumni, schema.contacts
        row = self._connection.execute(
            select(people.c.school, people.c.alumnus_id, people.c.qualifications, *_OF_CONTACT)
            .outerjoin_from(people, contacts, contacts.c.alumnus_key == people.c.key)
            .where(people.c.key == key)
        ).one_or_none()
        if row is None:
            return False
        former = former_of(self._connection, key)
        contact = {column.name: getattr(row, column.name) for column in _OF_CONTACT}
        earlier = former_numbers(self._connection, key)
        names = [
            *names_of(row.school, row.alumnus_id, row.email),
            *chain.from_iterable(names_of(row.school, one, None) for one in earlier),
            *unnumbered_names_of(
                row.school, contact, load_qualifications(row.qualifications), alone=is_given_number(row.alumnus_id)
            ),
        ]
        digests = {*digests_of(self._connection, names), *former}
        for part in chunks(hashes):
            self._connection.execute(schema.vectors.delete().where(schema.vectors.c.text_hash.in_(part)))
        requests = asked_by(self._connection, digests) if former else asked_at(self._connection, row.email)
        pairs = self._connection.execute(conflict_pairs("request_key", requests))
        sharing = {alumnus for _, alumnus in pairs} - {key}
        for keys in chunks(requests):
            requesters = schema.requesters
            self._connection.execute(requesters.delete().where(requesters.c.request_key.in_(keys)))
        references = take_back(self._connection, [key, *earlier.values()])
        forget_in_merges(self._connection, [key, *earlier.values()])
        self._connection.execute(people.delete().where(people.c.key == key))
        remove_erased_newcomers(self._connection, digests)
        forget_texts_with(self._unit, contact)
        remove_uploads_of(self._unit, row.school)
        forget_in_revisions(self._connection, [key, *earlier.values()])
        bury(self._connection, digests, self._unit.today)
        forget_requester(self._connection, digests)
        for one in (key, *earlier.values()):  # a back-up from before a merge holds the other too
            self._unit.taken_back.append(Act(ERASE, one, digests=tuple(digests)))
        self._unit.change("erasure", about(*sharing))
        self._unit.note_erasure(
            ERASURE,
            {ERASED: key, REFERENCES: references, "requests_without_asker": len(requests)},
            row.school,
        )
        return True
