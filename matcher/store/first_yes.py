"""Who was asked for a first yes, who came in by a door, and when facts were last confirmed."""

from __future__ import annotations

import json
from bisect import insort
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from matcher.domain.first_yes import door_link
from matcher.domain.moments import stored
from matcher.repositories.first_yes import FACTS, Campaign, Door, FactAges, FactDays, FirstAsk, Newcomer
from matcher.store import schema
from matcher.store.accounts import hashed
from matcher.store.derived import Carried, per_alumnus
from matcher.store.erasure import addresses_of, digests_of, erased, names_of
from matcher.store.keys import need_alumnus, new_key, new_number, new_secret
from matcher.store.marks import email_key, number_key
from matcher.store.records import chunks
from matcher.store.unit import UnitOfWork

_ASK = tuple(schema.first_asks.c[name] for name in FirstAsk.__dataclass_fields__)
_DOOR = tuple(schema.doors.c[name] for name in Door.__dataclass_fields__)
_CODE = 12
"""Bytes of the code of a door: 96 bits."""


class Campaigns:
    """Implements `matcher.repositories.first_yes.Campaigns`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def begin(self, school: str) -> int:
        """A new campaign of a school; returns its key."""
        self._unit.need_write()
        by = self._unit.by
        assert by is not None  # noqa: S101 - need_write() refuses in a reading
        key = new_key()
        row = {"key": key, "school": school, "begun_at": self._unit.utc, "actor": by.key or None, "role": by.role.value}
        self._connection.execute(schema.campaigns.insert(), row)
        return key

    def listed(self, school: str | None = None) -> list[Campaign]:
        """The campaigns of a school or of all, the newest first."""
        table = schema.campaigns
        ordered = select(table.c.key, table.c.school, table.c.begun_at).order_by(table.c.begun_at.desc(), table.c.key)
        rows = self._connection.execute(ordered if school is None else ordered.where(table.c.school == school))
        return [Campaign(*row) for row in rows]

    def add(self, campaign_key: int | None, alumni: Collection[int]) -> None:
        """These alumni are asked today. Raises KeyError for one who was asked before, or who there is not."""
        self._unit.need_write()
        for part in chunks(alumni):
            for key in part:
                need_alumnus(self._connection, key)
            before = self._connection.execute(
                select(schema.first_asks.c.alumnus_key).where(schema.first_asks.c.alumnus_key.in_(part))
            ).scalar()
            if before is not None:
                raise KeyError(before)
            rows = [{"alumnus_key": key, "campaign_key": campaign_key, "written_on": self._unit.today} for key in part]
            self._connection.execute(schema.first_asks.insert(), rows)

    def of(self, alumnus_key: int) -> FirstAsk | None:
        """How one alumnus was asked; None for who never was."""
        row = self._connection.execute(select(*_ASK).where(_ASK[0] == alumnus_key)).one_or_none()
        return None if row is None else FirstAsk(*row)

    def all(self, school: str | None = None) -> list[FirstAsk]:
        """Everybody of a school or of all who was asked, by key."""
        rows = self._connection.execute(_of_school(select(*_ASK), school).order_by(_ASK[0]))
        return [FirstAsk(*row) for row in rows]

    def put(self, alumnus_key: int, **changes: date | int | None) -> None:
        """Changes fields of how an alumnus was asked; nothing where that is gone."""
        self._unit.need_write()
        table = schema.first_asks
        self._connection.execute(table.update().where(table.c.alumnus_key == alumnus_key).values(**changes))

    def silent(self, sent_by: date) -> list[int]:
        """Random keys of those whose mail was sent by a day, who did not answer and were not reminded."""
        table = schema.first_asks
        waits = (table.c.sent_on <= sent_by, table.c.reminded_on.is_(None), table.c.answered_on.is_(None))
        of_campaign = select(table.c.alumnus_key).where(table.c.campaign_key.is_not(None), *waits)
        return list(self._connection.execute(of_campaign.order_by(table.c.alumnus_key)).scalars())

    def students(self, school: str | None = None) -> int:
        """How many alumni of a school or of all leave on a day after today."""
        today = self._unit.today
        work = per_alumnus(lambda keys: self._students(school, today, keys))
        return len(self._unit.carries(("students", school), work, today))

    def _students(self, school: str | None, today: date, keys: Collection[int] | None) -> dict[int, date]:
        people = schema.alumni.c
        leaving = _among(select(people.key, people.left_on).where(people.left_on > today), school, keys)
        return {key: day for one in leaving for key, day in self._connection.execute(one)}


class Doors:
    """Implements `matcher.repositories.first_yes.Doors`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def open(self, school: str, name: str, left_on: date | None) -> Door:
        """A new door, with a code that nobody can guess."""
        self._unit.need_write()
        row = {"code": new_secret(_CODE), "school": school, "name": name, "left_on": left_on}
        self._connection.execute(schema.doors.insert(), {**row, "opened_at": self._unit.utc})
        return Door(str(row["code"]), school, name, left_on, self._unit.utc)

    def find(self, code: str) -> Door | None:
        """The door with this code, closed or not; None where there is none."""
        row = self._connection.execute(select(*_DOOR).where(schema.doors.c.code == code)).one_or_none()
        return None if row is None else Door(*row)

    def listed(self, school: str | None = None) -> list[Door]:
        """The open doors of a school or of all, by school, the newest first."""
        table = schema.doors
        ordered = select(*_DOOR).order_by(table.c.school, table.c.opened_at.desc(), table.c.code)
        ordered = ordered.where(table.c.closed_at.is_(None))
        rows = self._connection.execute(ordered if school is None else ordered.where(table.c.school == school))
        return [Door(*row) for row in rows]

    def close(self, code: str) -> bool:
        """Closes a door; False where it is closed, or there is none."""
        self._unit.need_write()
        table = schema.doors
        open_ = table.update().where(table.c.code == code, table.c.closed_at.is_(None))
        return self._connection.execute(open_.values(closed_at=self._unit.utc)).rowcount == 1


class Newcomers:
    """Implements `matcher.repositories.first_yes.Newcomers`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def add(self, door: str, email: str, details: Mapping[str, str]) -> int:
        """Somebody came in; returns the key."""
        self._unit.need_write()
        key = new_key()
        row = {"key": key, "door": door, "email": email, "email_key": email_key(email)}
        row |= {"details": json.dumps(dict(details), ensure_ascii=False), "came_at": self._unit.utc}
        self._connection.execute(schema.newcomers.insert(), row)
        return key

    def new_secret(self, key: int) -> str | None:
        """The secret of a new link to confirm the address, by which an older one ends; None for who is gone."""
        self._unit.need_write()
        table, secret = schema.newcomers, new_secret()
        renewed = table.update().where(table.c.key == key).values(token_hash=hashed(secret))
        return secret if self._connection.execute(renewed).rowcount == 1 else None

    def find(self, secret: str, since: datetime) -> Newcomer | None:
        """Who has this link, and came in after a moment; looking changes nothing."""
        table = schema.newcomers
        columns = (table.c.key, table.c.door, table.c.email, table.c.details, table.c.came_at)
        found = select(*columns).where(table.c.token_hash == hashed(secret), table.c.came_at > stored(since))
        row = self._connection.execute(found).one_or_none()
        return None if row is None else Newcomer(row.key, row.door, row.email, json.loads(row.details), row.came_at)

    def new_number(self) -> str:
        """A number for somebody who typed none, which nobody has."""
        return new_number()

    def waiting(self, since: datetime, *, email: str | None = None, door: str | None = None) -> int:
        """How many came in after a moment: with an address, in any spelling, by a door, or in all."""
        table = schema.newcomers
        where = [table.c.came_at > stored(since)]
        where += [] if email is None else [table.c.email_key == email_key(email)]
        where += [] if door is None else [table.c.door == door]
        return self._connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()

    def remove(self, *, email: str | None = None, before: datetime | None = None, erased: bool = False) -> int:
        """Removes those with an address, who came before a moment, or with an address of somebody erased; how many."""
        self._unit.need_write()
        removed = remove_newcomers(self._connection, email) if email is not None else 0
        if before is not None:
            removed += _remove_newcomers(self._connection, schema.newcomers.c.came_at <= stored(before))
        if erased:
            removed += remove_erased_newcomers(self._connection)
        return self._unit.removed(removed)

    def was_erased(self, school: str, number: str, email: str) -> bool:
        """Whether an erased person had this number at this school, or this address."""
        names = names_of(school, number, email)
        return bool(erased(self._connection, names if number else names[1:]))

    def like(self, school: str, number: str, email: str) -> tuple[list[int], list[int]]:
        """Random keys of the alumni of a school with this address, and of those with this number, in any spelling."""
        people, contacts, former = schema.alumni, schema.contacts, schema.former_numbers
        at_school = select(people.c.key).where(people.c.school == school).order_by(people.c.key)
        joined = at_school.join(contacts, contacts.c.alumnus_key == people.c.key)
        by_mail = self._connection.execute(joined.where(contacts.c.email_key == email_key(email))).scalars().all()
        if not number:
            return list(by_mail), []
        by_number = set(self._connection.execute(at_school.where(people.c.number_key == number_key(number))).scalars())
        earlier = select(former.c.alumnus_key).where(former.c.school == school, former.c.number == number)
        by_number |= set(self._connection.execute(earlier).scalars())
        return list(by_mail), sorted(by_number)


class FactTable:
    """Implements `matcher.repositories.first_yes.FactTable`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def of(self, alumnus_key: int) -> FactDays | None:
        """Those of one alumnus; None where nothing is known."""
        table = schema.fact_days
        row = self._connection.execute(select(table).where(table.c.alumnus_key == alumnus_key)).one_or_none()
        return None if row is None else _fact_days(row)

    def all(self, school: str | None = None) -> dict[int, FactDays]:
        """Those of the alumni of a school or of all, by random key."""
        rows = self._connection.execute(_of_school(select(schema.fact_days), school))
        return {row.alumnus_key: _fact_days(row) for row in rows}

    def oldest(self, school: str | None, limit: int, offset: int = 0) -> tuple[list[FactAges], int]:
        """The alumni with any fact, of a school or of all, those whose mail bounces first, then the oldest, by id.

        A part of them, and how many there are.
        """
        held = self._unit.carries(("facts", school), _carried_facts(self._connection, school))
        rows = self._connection.execute(select(schema.fact_days))  # few say something of all that are there
        known = {row.alumnus_key: row for row in rows if row.alumnus_key in held.by_key}
        ordered = merge(
            sorted((_age(held.by_key[key], row), key) for key, row in known.items()),
            ((_age(held.by_key[key], None), key) for key in held.order if key not in known),
        )
        listed = [_ages(held.by_key[key], known.get(key)) for _, key in islice(ordered, offset, offset + limit)]
        return listed, len(held.order)

    def confirm(self, alumnus_key: int, facts: Iterable[str]) -> None:
        """The alumnus said today that these facts are right. Raises KeyError."""
        confirm_facts(self._unit, alumnus_key, facts)

    def ask(self, alumnus_key: int) -> None:
        """The alumnus is asked today. Raises KeyError."""
        values = {"asked_on": self._unit.today, "bounced_on": None, "bounced_digest": None}
        _put_facts(self._unit, alumnus_key, values)

    def bounced(self, alumnus_key: int) -> None:
        """Mail to the address of the alumnus came back today. Raises KeyError."""
        values = {"bounced_on": self._unit.today, "bounced_digest": self._digest(alumnus_key)}
        _put_facts(self._unit, alumnus_key, values)

    def arrived(self, alumnus_key: int) -> bool:
        """Mail reached the address that the alumnus has today; False where none came back from it."""
        self._unit.need_write()
        table, digest = schema.fact_days, self._digest(alumnus_key)
        same = (table.c.alumnus_key == alumnus_key, table.c.bounced_digest == digest)
        cleared = table.update().where(*same).values(bounced_on=None, bounced_digest=None)
        return digest is not None and bool(self._connection.execute(cleared).rowcount)

    def elsewhere(self) -> frozenset[int]:
        """Random keys of the alumni who have another address since mail bounced."""
        table = schema.fact_days
        bounced = select(table.c.alumnus_key, table.c.bounced_digest).where(table.c.bounced_on.is_not(None))
        rows = self._connection.execute(bounced).all()
        return frozenset(key for key, digest in rows if self._digest(key) not in {None, digest})

    def _digest(self, alumnus_key: int) -> str | None:
        contacts = schema.contacts
        address = select(contacts.c.email).where(contacts.c.alumnus_key == alumnus_key)
        names = addresses_of(self._connection.execute(address).scalar())
        return next(iter(digests_of(self._connection, names)), None)


class _Held(NamedTuple):
    """The number and school of an alumnus, and the facts that are known."""

    alumnus_id: str
    school: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Holders:
    """The alumni with any fact, by random key, and these keys by number and school (code points)."""

    by_key: Mapping[int, _Held]
    order: Sequence[int]


def _carried_facts(connection: Connection, school: str | None) -> Carried[_Holders]:
    def read(keys: Collection[int] | None) -> _Holders:
        found = _holders(connection, school, keys)
        return _Holders(found, sorted(found, key=found.__getitem__))

    return Carried(read, _without, _joined, lambda holders: holders.by_key)


def _without(holders: _Holders, keys: Collection[int]) -> _Holders:
    gone = set(keys)
    left = {key: held for key, held in holders.by_key.items() if key not in gone}
    return _Holders(left, [key for key in holders.order if key not in gone])


def _joined(holders: _Holders, more: _Holders) -> _Holders:
    by_key, order = {**holders.by_key, **more.by_key}, list(holders.order)
    for key in more.order:
        insort(order, key, key=by_key.__getitem__)
    return _Holders(by_key, order)


def _holders(connection: Connection, school: str | None, keys: Collection[int] | None) -> dict[int, _Held]:
    people = schema.alumni.c
    has = [and_(people[fact].is_not(None), people[fact] != "") for fact in FACTS]
    statement = select(people.key, people.alumnus_id, people.school, *has).where(or_(*has))
    return {
        key: _Held(id_, owner, _facts_in(tuple(map(bool, there))))
        for one in _among(statement, school, keys)
        for key, id_, owner, *there in connection.execute(one)
    }


@cache
def _facts_in(there: tuple[bool, ...]) -> tuple[str, ...]:
    return tuple(fact for fact, is_there in zip(FACTS, there, strict=True) if is_there)


def _age(held: _Held, row: Row[Any] | None) -> tuple[bool, date, str, str]:
    """What alumni are sorted by: those whose mail bounces first, then by the oldest fact."""
    if row is None:
        return True, date.min, held.alumnus_id, held.school
    oldest = min(getattr(row, f"{fact}_on") or date.min for fact in held.facts)
    return row.bounced_on is None, oldest, held.alumnus_id, held.school


def _ages(held: _Held, row: Row[Any] | None) -> FactAges:
    days = {fact: None if row is None else getattr(row, f"{fact}_on") for fact in held.facts}
    asked_on, bounced_on = (None, None) if row is None else (row.asked_on, row.bounced_on)
    return FactAges(held.alumnus_id, held.school, days, asked_on, bounced_on)


def confirm_facts(unit: UnitOfWork, alumnus_key: int, facts: Iterable[str]) -> None:
    """Those of these fields that are facts were stated today. Raises KeyError."""
    columns = {f"{fact}_on": unit.today for fact in facts if fact in FACTS}
    if columns:
        _put_facts(unit, alumnus_key, columns)


def remove_newcomers(connection: Connection, email: str | None) -> int:
    """Removes those who came in by a door with an address, and mail to them; returns how many."""
    key = email_key(email)
    return 0 if key is None else _remove_newcomers(connection, schema.newcomers.c.email_key == key)


def remove_erased_newcomers(connection: Connection, digests: Collection[str] | None = None) -> int:
    """Removes those who came in with an address of somebody who was erased, by tombstone, and mail to them.

    `digests`: those of the tombstones; None for all that are there. Returns how many were removed.
    """
    table = schema.newcomers
    found = []
    for key, email in connection.execute(select(table.c.key, table.c.email)).all():
        names = addresses_of(email)
        gone = erased(connection, names) if digests is None else set(digests) & set(digests_of(connection, names))
        found += [key] if gone else []
    return sum(_remove_newcomers(connection, table.c.key.in_(part)) for part in chunks(found))


def _remove_newcomers(connection: Connection, which: ColumnElement[bool]) -> int:
    table = schema.newcomers
    keys = connection.execute(select(table.c.key).where(which)).scalars().all()
    for part in chunks(keys):
        mails = schema.outbox
        connection.execute(mails.delete().where(mails.c.link.in_([door_link(one) for one in part])))
        connection.execute(table.delete().where(table.c.key.in_(part)))
    return len(keys)


def _put_facts(unit: UnitOfWork, alumnus_key: int, values: Mapping[str, date | str | None]) -> None:
    unit.need_write()
    table = schema.fact_days
    need_alumnus(unit.connection, alumnus_key)
    same = table.update().where(table.c.alumnus_key == alumnus_key)
    if unit.connection.execute(same.values(**values)).rowcount == 0:
        unit.connection.execute(table.insert(), {"alumnus_key": alumnus_key, **values})


def _fact_days(row: Row[Any]) -> FactDays:
    days = {fact: day for fact in FACTS if (day := getattr(row, f"{fact}_on")) is not None}
    return FactDays(row.alumnus_key, days, row.asked_on, row.bounced_on)


def _among(statement: Select[Any], school: str | None, keys: Collection[int] | None) -> Iterator[Select[Any]]:
    """The same of the alumni of a school, or of all, and of these keys alone where there are any."""
    people = schema.alumni.c
    own = statement if school is None else statement.where(people.school == school)
    yield from [own] if keys is None else (own.where(people.key.in_(part)) for part in chunks(keys))


def _of_school(statement: Select[Any], school: str | None) -> Select[Any]:
    """Rows of a table with an `alumnus_key`, of the alumni of one school or of all."""
    if school is None:
        return statement
    (table,) = statement.get_final_froms()
    people = schema.alumni
    return statement.join(people, people.c.key == table.c.alumnus_key).where(people.c.school == school)
