"""Mail that alumni stopped, addresses that mail came back from, and mail that comes in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from matcher.domain.moments import stored
from matcher.repositories.inbox import ClosedAddress, Doubt
from matcher.store import schema
from matcher.store.erasure import addresses_of, digests_of
from matcher.store.former import former_keys
from matcher.store.journal import STOP, Act
from matcher.store.keys import need_alumnus, new_key
from matcher.store.marks import email_key
from matcher.store.records import chunks
from matcher.store.removals import OVERWRITE
from matcher.store.unit import UnitOfWork

_KEY = schema.contacts.c.alumnus_key


class MailStops:
    """Implements `matcher.repositories.inbox.MailStops`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def of(self, alumnus_key: int) -> dict[str, date]:
        """Since when, by scope."""
        table = schema.mail_stops
        rows = self._connection.execute(
            select(table.c.scope, table.c.since)
            .where(table.c.alumnus_key == alumnus_key)
            .order_by(table.c.since.desc())
        )
        return {row.scope: row.since for row in rows}

    def add(self, alumnus_key: int, scope: str) -> bool:
        """Stops it; False if it was stopped. Raises KeyError for no such alumnus."""
        self._unit.need_write()
        need_alumnus(self._connection, alumnus_key)
        if scope in self.of(alumnus_key):
            return False
        self._take_back(alumnus_key, scope, holds=True)
        row = {"key": new_key(), "alumnus_key": alumnus_key, "scope": scope, "since": self._unit.today}
        self._connection.execute(schema.mail_stops.insert(), row)
        return True

    def remove(self, alumnus_key: int, scope: str) -> bool:
        """Ends it; False if it was not stopped."""
        self._unit.need_write()
        table = schema.mail_stops
        same = (table.c.alumnus_key == alumnus_key, table.c.scope == scope)
        if not self._connection.execute(table.delete().where(*same)).rowcount:
            return False
        self._take_back(alumnus_key, scope, holds=False)
        return True

    def having(self, scope: str) -> frozenset[int]:
        """Random keys of the alumni who stopped mail of this scope."""
        table = schema.mail_stops
        statement = select(table.c.alumnus_key).where(table.c.scope == scope)
        return frozenset(self._connection.execute(statement).scalars())

    def _take_back(self, alumnus_key: int, scope: str, *, holds: bool) -> None:
        for one in (alumnus_key, *former_keys(self._connection, alumnus_key)):
            self._unit.taken_back.append(Act(STOP, one, scope, holds=holds))


class ClosedAddresses:
    """Implements `matcher.repositories.inbox.ClosedAddresses`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def close(self, email: str, status: str) -> int:
        """Closes an address; returns for how many alumni who have it today, 0 if it was closed or nobody has it."""
        self._unit.need_write()
        contacts, digests = schema.contacts, self._digests(email)
        if not digests or self.has(email):
            return 0
        keys = select(contacts.c.alumnus_key).where(contacts.c.email_key == email_key(email))
        more = {"digest": digests[0], "status": status, "since": self._unit.today}
        rows = [{"key": new_key(), "alumnus_key": key, **more} for key in self._connection.execute(keys).scalars()]
        if rows:
            self._connection.execute(schema.closed_addresses.insert(), rows)
        return len(rows)

    def reopen(self, alumnus_key: int) -> bool:
        """Opens the address that an alumnus has today, for everybody who has it; False if it was not closed."""
        self._unit.need_write()
        contacts, table = schema.contacts, schema.closed_addresses
        email = self._connection.execute(select(contacts.c.email).where(contacts.c.alumnus_key == alumnus_key)).scalar()
        digests = self._digests(email)
        return bool(digests) and bool(
            self._connection.execute(table.delete().where(table.c.digest.in_(digests))).rowcount
        )

    def has(self, email: str) -> bool:
        """Whether an address is closed. For a transaction."""
        table = schema.closed_addresses
        if self._connection.execute(select(table.c.key).limit(1)).first() is None:
            return False
        return (
            self._connection.execute(
                select(table.c.key).where(table.c.digest.in_(self._digests(email))).limit(1)
            ).first()
            is not None
        )

    def unreachable(self, among: Collection[int] | None = None) -> frozenset[int]:
        """Random keys of the alumni, of all or `among` these, whose address of today is closed, whoever had it then."""
        contacts, table = schema.contacts, schema.closed_addresses
        closed = set(self._connection.execute(select(table.c.digest)).scalars())
        if not closed:
            return frozenset()
        theirs = select(contacts.c.email).where(contacts.c.alumnus_key.in_(select(table.c.alumnus_key)))
        known = self._digests_of({email for email in self._connection.execute(theirs).scalars() if email})
        if closed <= set(known.values()):  # each is still of one who had it then: found by it, and none is decrypted
            emails = sorted({email_key(email) or "" for email, digest in known.items() if digest in closed})
            found = [select(_KEY).where(contacts.c.email_key.in_(part)) for part in chunks(emails)]
            keys = {key for one in found for key in self._connection.execute(one).scalars()}
            return frozenset(keys if among is None else keys.intersection(among))
        every = select(_KEY, contacts.c.email).where(contacts.c.email_key.is_not(None))
        parts = [every] if among is None else [every.where(_KEY.in_(part)) for part in chunks(among)]
        rows = [(key, email) for part in parts for key, email in self._connection.execute(part)]
        digests = self._digests_of({email for _, email in rows})
        return frozenset(key for key, email in rows if digests.get(email) in closed)

    def of(self, alumnus_key: int) -> list[ClosedAddress]:
        """Those that an alumnus has or had, the newest first."""
        table = schema.closed_addresses
        rows = self._connection.execute(
            select(table.c.since, table.c.status)
            .where(table.c.alumnus_key == alumnus_key)
            .order_by(table.c.since.desc(), table.c.key)
        )
        return [ClosedAddress(*row) for row in rows]

    def _digests(self, email: str | None) -> list[str]:
        return digests_of(self._connection, addresses_of(email))

    def _digests_of(self, emails: Collection[str]) -> dict[str, str]:
        names = {email: name for email in emails for name in addresses_of(email)}
        return dict(zip(names, digests_of(self._connection, names.values()), strict=True))


class Inbox:
    """Implements `matcher.repositories.inbox.Inbox`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def take(self, digest: str) -> bool:
        """Records a message by the digest of what identifies it; False if it was dealt with before."""
        self._unit.need_write()
        table = schema.inbox_seen
        if self._connection.execute(select(table.c.digest).where(table.c.digest == digest)).first() is not None:
            return False
        self._connection.execute(table.insert(), {"digest": digest, "at": self._unit.utc})
        return True

    def doubt(self, alumnus_key: int, request_key: int | None, reading: str, text: str) -> int:
        """Keeps a reply for a person; returns its key. Raises KeyError for no such alumnus."""
        self._unit.need_write()
        need_alumnus(self._connection, alumnus_key)
        row = {"key": new_key(), "alumnus_key": alumnus_key, "request_key": request_key, "reading": reading}
        self._connection.execute(schema.inbox_doubts.insert(), {**row, "text": text, "at": self._unit.utc})
        return int(row["key"] or 0)

    def page(
        self, *, key: int | None = None, alumnus_key: int | None = None, school: str | None = None, limit: int = 100
    ) -> list[Doubt]:
        """Replies that a person has to read, the oldest first: with this key, of an alumnus, of a school's alumni."""
        table, alumni = schema.inbox_doubts, schema.alumni
        where: list[ColumnElement[bool]] = [] if key is None else [table.c.key == key]
        where += [] if alumnus_key is None else [table.c.alumnus_key == alumnus_key]
        where += [] if school is None else [alumni.c.school == school]
        columns: list[Any] = [table.c[name] for name in Doubt.__dataclass_fields__]
        found = select(*columns).join_from(table, alumni).where(*where).order_by(table.c.at, table.c.key).limit(limit)
        return [Doubt(*row) for row in self._connection.execute(found)]

    def done(self, key: int) -> bool:
        """Removes a reply that was read; False if it is gone."""
        self._unit.need_write()
        table = schema.inbox_doubts
        if not self._connection.execute(table.delete().where(table.c.key == key)).rowcount:
            return False
        self._unit.remove(OVERWRITE)
        return True

    def is_over(self, doubts: datetime, seen: datetime) -> bool:
        """Whether `forget` would remove anything."""
        pairs = ((schema.inbox_doubts, doubts), (schema.inbox_seen, seen))
        terms = [select(table.c.at).where(table.c.at < stored(moment)).limit(1) for table, moment in pairs]
        return any(self._connection.execute(term).first() is not None for term in terms)

    def forget(self, doubts: datetime, seen: datetime) -> int:
        """Removes replies from before a moment, and records of messages from before another; how many replies."""
        self._unit.need_write()
        table, known = schema.inbox_doubts, schema.inbox_seen
        self._connection.execute(known.delete().where(known.c.at < stored(seen)))
        removed = self._connection.execute(table.delete().where(table.c.at < stored(doubts))).rowcount
        return self._unit.removed(removed)
