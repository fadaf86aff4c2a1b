"""Accounts of people who log in, and their sessions.

A browser's secret is random (256 bits) and only its SHA-256 is stored, so a leaked table gives no access.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from matcher.policy import Asker, Role
from matcher.repositories.values import Identity, OpenSession, Session, User
from matcher.store import schema
from matcher.store.keys import new_key, new_secret
from matcher.store.unit import UnitOfWork

SESSION = timedelta(hours=10)
"""A working day; after it a browser logs in again."""
IDLE = timedelta(hours=1)
"""How long a session may be idle."""
FRESH = timedelta(minutes=15)
"""How long after logging in an alumnus may change the address they log in with."""
_RECORDED = timedelta(minutes=5)
"""How often the use of a session is recorded, so that not every page writes."""


def hashed(secret: str) -> str:
    """A secret as it is stored. A slow hash is not needed: what is hashed is random, not a password."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class Accounts:
    """Implements `matcher.repositories.accounts.Accounts`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def save(self, issuer: str, subject: str, role: Role, school: str | None, alumnus_key: int | None = None) -> Asker:
        """The account of a login, created if new; role and school are brought up to date."""
        self._unit.need_write()
        table = schema.accounts
        same = (table.c.issuer == issuer, table.c.subject == subject)
        values = {"role": role.value, "school": school, "alumnus_key": alumnus_key}
        key = self._connection.execute(select(table.c.key).where(*same)).scalar()
        if key is None:
            key = new_key()
            new = {"key": key, "issuer": issuer, "subject": subject, "created_at": self._unit.utc, **values}
            self._connection.execute(table.insert(), new)
        else:
            self._connection.execute(table.update().where(table.c.key == key), values)
        return Asker(key, role, school, alumnus_key)

    def find(self, issuer: str, subject: str) -> Asker | None:
        """The account of a login; None if there is none."""
        table = schema.accounts
        columns = (table.c.key, table.c.role, table.c.school, table.c.alumnus_key)
        statement = select(*columns).where(table.c.issuer == issuer, table.c.subject == subject)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else _asker(row)

    def end(self, issuer: str, subject: str) -> bool:
        """Ends an account and its sessions; False where there is none."""
        self._unit.need_write()
        return end_account(self._connection, issuer, subject)

    def others(self, role: Role, school: str, but: int) -> int:
        """How many accounts of a school have this role, but for one."""
        table = schema.accounts
        same = (table.c.role == role.value, table.c.school == school, table.c.key != but)
        return self._connection.execute(select(func.count()).select_from(table).where(*same)).scalar_one()

    def of_issuer(self, issuer: str, school: str | None = None) -> list[User]:
        """The accounts of a login service, of a school or of all, by subject; none of alumni."""
        table = schema.accounts
        where = [table.c.issuer == issuer, table.c.alumnus_key.is_(None)]
        where += [] if school is None else [table.c.school == school]
        columns = (table.c.key, table.c.subject, table.c.role, table.c.school, table.c.created_at)
        rows = self._connection.execute(select(*columns).where(*where).order_by(table.c.subject, table.c.key))
        return [User(row[0], row[1], Role(row[2]), row[3], row[4]) for row in rows]

    def identities(self, alumnus_key: int) -> list[Identity]:
        """By whom an alumnus is known, in order."""
        table = schema.accounts
        asked = select(table.c.issuer, table.c.subject).where(table.c.alumnus_key == alumnus_key)
        rows = self._connection.execute(asked.order_by(table.c.issuer, table.c.subject))
        return [Identity(*row) for row in rows]


class Sessions:
    """Implements `matcher.repositories.accounts.Sessions`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def open(self, account: int) -> str:
        """A new session; returns its secret. Sessions that have ended are removed."""
        self._unit.need_write()
        secret, table, now = new_secret(), schema.sessions, self._unit.utc
        self._connection.execute(table.delete().where(table.c.expires_at <= now))
        row = {"token_hash": hashed(secret), "account_key": account, "form_token": new_secret(24)}
        moments = {"created_at": now, "seen_at": now, "expires_at": now + SESSION}
        self._connection.execute(table.insert(), {**row, **moments})
        return secret

    def find(self, secret: str) -> Session | None:
        """The session with this secret; None for one that never was, has expired, was ended or was idle too long."""
        table, owner, now = schema.sessions, schema.accounts, self._unit.utc
        own = (table.c.form_token, table.c.seen_at, table.c.created_at)
        columns = (owner.c.key, owner.c.role, owner.c.school, owner.c.alumnus_key, *own)
        joined = select(*columns).join_from(table, owner, table.c.account_key == owner.c.key)
        statement = joined.where(table.c.token_hash == hashed(secret), *_alive(now))
        row = self._connection.execute(statement).one_or_none()
        if row is None:
            return None
        stale = row.seen_at is None or row.seen_at + _RECORDED < now
        return Session(_asker(row), row.form_token, row.created_at + FRESH > now, stale)

    def mark_used(self, secret: str) -> None:
        """Records that the session was used now."""
        self._unit.need_write()
        table = schema.sessions
        this_session = table.c.token_hash == hashed(secret)
        self._connection.execute(table.update().where(this_session).values(seen_at=self._unit.utc))

    def of(self, account: int, secret: str = "") -> list[OpenSession]:
        """Where an account is logged in, the newest first; `secret` is that of the browser that asks."""
        table = schema.sessions
        columns = (table.c.created_at, table.c.seen_at, table.c.token_hash)
        alive = select(*columns).where(table.c.account_key == account, *_alive(self._unit.utc))
        rows = self._connection.execute(alive.order_by(table.c.created_at.desc())).all()
        return [OpenSession(row[0], row[1] or row[0], row[2] == hashed(secret)) for row in rows]

    def close(self, secret: str) -> None:
        """Ends a session, for every process at once."""
        self._unit.need_write()
        table = schema.sessions
        self._connection.execute(table.delete().where(table.c.token_hash == hashed(secret)))

    def close_all(self, account: int | None = None) -> int:
        """Ends every session of an account, or of all; returns how many there were."""
        self._unit.need_write()
        table = schema.sessions
        deletion = table.delete() if account is None else table.delete().where(table.c.account_key == account)
        return self._connection.execute(deletion).rowcount


def end_account(connection: Connection, issuer: str, subject: str) -> bool:
    """Removes an account, and with it its sessions; False where there is none."""
    table = schema.accounts
    deletion = table.delete().where(table.c.issuer == issuer, table.c.subject == subject)
    return bool(connection.execute(deletion).rowcount)


def _alive(now: datetime) -> tuple[ColumnElement[bool], ...]:
    table = schema.sessions
    return table.c.expires_at > now, func.coalesce(table.c.seen_at, table.c.created_at) > now - IDLE


def _asker(row: Sequence[Any]) -> Asker:
    return Asker(row[0], Role(row[1]), row[2], row[3])
