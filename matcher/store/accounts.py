"""Who may come in: accounts, sessions of browsers, tokens of systems, and links that work once.

What a browser or a system holds is random (256 bits) and is kept here as its SHA-256 only; a table that leaks opens
nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from matcher.policy import Asker, Role
from matcher.store import schema
from matcher.store.database import Database, Source
from matcher.store.rows import keep_mark, need_alumnus, new_key, utc_now
from matcher.text import id_key

SESSION = timedelta(hours=10)
"""A working day; after it a browser logs in anew."""
IDLE = timedelta(hours=1)
"""So long may a browser be left alone."""
FRESH = timedelta(minutes=15)
"""So long after logging in one may change the address that logging in goes by."""
_NOTED = timedelta(minutes=5)
"""That a session was used is noted this often, so that not every page writes."""
LINK = timedelta(minutes=15)
"""So long a link logs in."""
REPLY_LINK = timedelta(days=14)
"""So long a link answers one question, and does nothing else: people read such mail days later."""
_REPLY = "reply"
_BY_TOKEN = "token"  # noqa: S105 - the issuer of accounts, no secret
_TOKEN = select(*(schema.tokens.c[name] for name in ("key", "role", "school", "last_used_on"))).where(
    schema.tokens.c.token_hash == bindparam("hash"), schema.tokens.c.revoked_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is logged in. `form_token` must come with every form that it sends."""

    principal: Asker
    form_token: str
    fresh: bool
    """Whether the login is of the last quarter of an hour."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A place where somebody is logged in (UTC); `here`: it is the one that asks."""

    created_at: datetime
    seen_at: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a system, without what opens the door."""

    key: int
    name: str
    role: Role
    school: str | None
    created_at: datetime
    last_used_on: date | None
    revoked_at: datetime | None


def hashed(secret: str) -> str:
    """As it is kept. Enough without a slow hash: what is hashed is random, not a password."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class Access:
    """The part of the store that knows who may come in. Every call raises StoreUnavailable."""

    _database: Database
    _source: Source

    def account(
        self, issuer: str, subject: str, role: Role, school: str | None, alumnus_key: int | None = None
    ) -> Asker:
        """The account of a login, made where it is new; role and school are brought up to date."""

        def work(connection: Connection) -> Asker:
            table = schema.accounts
            same = (table.c.issuer == issuer, table.c.subject == subject)
            values = {"role": role.value, "school": school, "alumnus_key": alumnus_key}
            key = connection.execute(select(table.c.key).where(*same)).scalar()
            if key is None:
                key = new_key()
                new = {"key": key, "issuer": issuer, "subject": subject, "created_at": utc_now(), **values}
                connection.execute(table.insert(), new)
            else:
                connection.execute(table.update().where(table.c.key == key), values)
            return Asker(key, role, school, alumnus_key)

        return self._database.write(work)

    def granted(self, issuer: str, subject: str) -> Asker | None:
        """The account of a login, as it is; None where there is none."""
        table = schema.accounts
        columns = (table.c.key, table.c.role, table.c.school, table.c.alumnus_key)
        with self._source.reading() as connection:
            row = connection.execute(
                select(*columns).where(table.c.issuer == issuer, table.c.subject == subject)
            ).one_or_none()
        return None if row is None else _principal(row)

    def open_session(self, account: int) -> str:
        """A new session; returns what the browser is to hold. Sessions that have ended are swept."""
        secret = secrets.token_urlsafe(32)

        def work(connection: Connection) -> str:
            table, now = schema.sessions, utc_now()
            connection.execute(table.delete().where(table.c.expires_at <= now))
            row = {"token_hash": hashed(secret), "account_key": account, "form_token": secrets.token_urlsafe(24)}
            connection.execute(table.insert(), {**row, "created_at": now, "seen_at": now, "expires_at": now + SESSION})
            return secret

        return self._database.write(work)

    def session(self, secret: str) -> Session | None:
        """The session that a browser holds; None for one that never was, has ended, was ended or was left alone.

        Notes now and then that it was used.
        """
        table, owner, now = schema.sessions, schema.accounts, utc_now()
        own = (table.c.form_token, table.c.seen_at, table.c.created_at)
        columns = (owner.c.key, owner.c.role, owner.c.school, owner.c.alumnus_key, *own)
        mine = table.c.token_hash == hashed(secret)
        found = select(*columns).join_from(table, owner, table.c.account_key == owner.c.key).where(mine, *_alive(now))
        with self._source.reading() as connection:
            row = connection.execute(found).one_or_none()
        if row is None:
            return None
        if row.seen_at is None or row.seen_at + _NOTED < now:
            self._database.write(lambda c: c.execute(table.update().where(mine).values(seen_at=now)) and None)
        return Session(_principal(row), row.form_token, row.created_at + FRESH > now)

    def open_sessions(self, account: int, secret: str = "") -> list[OpenSession]:
        """Where an account is logged in, the newest first; `secret` is what the browser that asks holds."""
        table = schema.sessions
        columns = (table.c.created_at, table.c.seen_at, table.c.token_hash)
        found = select(*columns).where(table.c.account_key == account, *_alive(utc_now()))
        with self._source.reading() as connection:
            rows = connection.execute(found.order_by(table.c.created_at.desc())).all()
        return [OpenSession(row[0], row[1] or row[0], row[2] == hashed(secret)) for row in rows]

    def close_sessions(self, account: int | None = None) -> int:
        """Ends every session of an account, or of everybody; returns how many there were."""
        table = schema.sessions
        gone = table.delete() if account is None else table.delete().where(table.c.account_key == account)
        return self._database.write(lambda connection: connection.execute(gone).rowcount)

    def close_session(self, secret: str) -> None:
        """Ends a session, for every process at once."""
        table = schema.sessions
        self._database.write(lambda c: c.execute(table.delete().where(table.c.token_hash == hashed(secret))) and None)

    def new_token(self, name: str, role: Role, school: str | None) -> tuple[int, str]:
        """A token for a system: its key, and the secret, which is shown once and never again."""
        key, secret = new_key(), f"am_{secrets.token_urlsafe(32)}"
        row = {"key": key, "token_hash": hashed(secret), "name": name, "role": role.value, "school": school}
        row["created_at"] = utc_now()
        self._database.write(lambda c: c.execute(schema.tokens.insert(), row) and None)
        return key, secret

    def token(self, secret: str, today: date) -> Asker | None:
        """Who a token stands for; None for one that is unknown or revoked. Notes the day of its last use."""
        with self._source.reading() as connection:
            row = connection.execute(_TOKEN, {"hash": hashed(secret)}).one_or_none()
        if row is None:
            return None
        if row.last_used_on != today:
            table = schema.tokens
            used = table.update().where(table.c.key == row.key).values(last_used_on=today)
            self._database.write(lambda c: c.execute(used) and None)
        return Asker(row.key, Role(row.role), row.school)

    def token_account(self, token: Asker) -> Asker:
        """The account of somebody who came in with a token; it ends with the token."""
        return self.account(_BY_TOKEN, str(token.key), token.role, token.school)

    def tokens(self) -> Sequence[Token]:
        """All tokens, the oldest first, revoked ones too."""
        table = schema.tokens
        columns = [table.c[name] for name in Token.__dataclass_fields__]
        with self._source.reading() as connection:
            rows = connection.execute(select(*columns).order_by(table.c.created_at, table.c.key)).all()
        return [Token(row[0], row[1], Role(row[2]), *row[3:]) for row in rows]

    def revoke_token(self, key: int) -> bool:
        """Ends a token and the sessions that came of it; False where there is none, or it was ended before."""
        table = schema.tokens
        ended = table.update().where(table.c.key == key, table.c.revoked_at.is_(None)).values(revoked_at=utc_now())

        def work(connection: Connection) -> bool:
            if connection.execute(ended).rowcount != 1:
                return False
            _end_account(connection, _BY_TOKEN, str(key))
            return True

        return self._database.write(work)

    def end_account(self, issuer: str, subject: str) -> bool:
        """Ends an account and its sessions; False where there is none."""
        return self._database.write(lambda connection: _end_account(connection, issuer, subject))

    def new_link(self, alumnus_key: int, purpose: str, lasts: timedelta = LINK) -> str:
        """A link for one alumnus and one purpose, which works once; returns its secret. Old ones are swept.

        Raises KeyError.
        """
        secret = secrets.token_urlsafe(32)

        def work(connection: Connection) -> str:
            now = utc_now()
            need_alumnus(connection, alumnus_key)
            connection.execute(schema.links.delete().where(schema.links.c.expires_at <= now))
            row = {"token_hash": hashed(secret), "alumnus_key": alumnus_key, "purpose": purpose}
            connection.execute(schema.links.insert(), {**row, "expires_at": now + lasts})
            return secret

        return self._database.write(work)

    def waiting_links(self, alumnus_key: int, purpose: str) -> int:
        """How many links of an alumnus for a purpose still hold, or were used in their time."""
        table = schema.links
        same = (table.c.alumnus_key == alumnus_key, table.c.purpose == purpose, table.c.expires_at > utc_now())
        with self._source.reading() as connection:
            return connection.execute(select(func.count()).select_from(table).where(*same)).scalar_one()

    def new_reply_link(self, alumnus_key: int, request_key: int) -> str:
        """A link by which an alumnus answers one question, once; returns its secret. Raises KeyError."""
        return self.new_link(alumnus_key, f"{_REPLY} {request_key}", REPLY_LINK)

    def question_of(self, secret: str) -> tuple[int, int] | None:
        """Alumnus and request of a link to answer by that still works; looking does not use it up."""
        table = schema.links
        fresh = (table.c.used_at.is_(None), table.c.expires_at > utc_now())
        found = select(table.c.alumnus_key, table.c.purpose).where(table.c.token_hash == hashed(secret), *fresh)
        with self._source.reading() as connection:
            row = connection.execute(found).one_or_none()
        kind, _, request = row.purpose.partition(" ") if row else ("", "", "")
        return (row.alumnus_key, int(request)) if row and kind == _REPLY else None

    def use_reply_link(self, secret: str, request_key: int) -> None:
        """The question was answered: its link is used up."""
        self.use_link(secret, f"{_REPLY} {request_key}")

    def use_link(self, secret: str, purpose: str) -> int | None:
        """The alumnus of a link, which then is used up; None for one that is unknown, used, expired or for else."""

        def work(connection: Connection) -> int | None:
            table, now = schema.links, utc_now()
            fits = (table.c.token_hash == hashed(secret), table.c.purpose == purpose)
            fresh = (table.c.used_at.is_(None), table.c.expires_at > now)
            if connection.execute(table.update().where(*fits, *fresh).values(used_at=now)).rowcount != 1:
                return None
            key: int = connection.execute(select(table.c.alumnus_key).where(*fits)).scalar_one()
            return key

        return self._database.write(work)

    def alumni_at(self, email: str) -> list[tuple[int, str]]:
        """Key and school of the alumni with this address, in any spelling."""
        from matcher.store.codecs import email_key

        people, contacts = schema.alumni, schema.contacts
        found = (
            select(people.c.key, people.c.school)
            .join_from(people, contacts, contacts.c.alumnus_key == people.c.key)
            .where(contacts.c.email_key == email_key(email))
            .order_by(people.c.school)
        )
        with self._source.reading() as connection:
            return [(row[0], row[1]) for row in connection.execute(found)]

    def schools(self) -> list[str]:
        """Every school that has alumni or requests, by name."""
        named = select(schema.alumni.c.school).union(
            select(schema.requests.c.school).where(func.length(schema.requests.c.school) > 0)
        )
        with self._source.reading() as connection:
            return sorted(connection.execute(named).scalars())

    def owner_named(self, name: str) -> str | None:
        """The school, employer or provider that is meant, as it is spelled here; None where it has nothing here."""
        known = self.owners()
        return name if name in known else next((one for one in known if id_key(one) == id_key(name)), None)

    def owners(self) -> list[str]:
        """Every school, employer and provider that has something here, by name."""
        providers = select(schema.offerings.c.provider).distinct()
        with self._source.reading() as connection:
            return sorted({*self.schools(), *connection.execute(providers).scalars()})

    def mark(self, name: str) -> str | None:
        """What the database keeps under this name."""
        table = schema.marks
        with self._source.reading() as connection:
            return connection.execute(select(table.c.value).where(table.c.name == name)).scalar()

    def set_mark(self, name: str, value: str) -> str:
        """Keeps it, unless something is kept there already; returns what is kept."""
        return self._database.write(lambda connection: keep_mark(connection, name, value))


def _alive(now: datetime) -> tuple[ColumnElement[bool], ...]:
    table = schema.sessions
    return table.c.expires_at > now, func.coalesce(table.c.seen_at, table.c.created_at) > now - IDLE


def _end_account(connection: Connection, issuer: str, subject: str) -> bool:
    table = schema.accounts
    gone = table.delete().where(table.c.issuer == issuer, table.c.subject == subject)
    return bool(connection.execute(gone).rowcount)


def _principal(row: Sequence[Any]) -> Asker:
    return Asker(row[0], Role(row[1]), row[2], row[3])
