"""Tokens of other systems, and links by mail that work once; both stored as SHA-256 only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import bindparam, select

from matcher.policy import Asker, Role
from matcher.repositories.values import TOKEN_ISSUER, Link, Token
from matcher.store import schema
from matcher.store.accounts import end_account, hashed
from matcher.store.keys import need_alumnus, new_key, new_secret, new_word
from matcher.store.unit import UnitOfWork

_TOKEN = select(*(schema.tokens.c[name] for name in ("key", "role", "school", "last_used_on"))).where(
    schema.tokens.c.token_hash == bindparam("hash"), schema.tokens.c.revoked_at.is_(None)
)


class Tokens:
    """Implements `matcher.repositories.accounts.Tokens`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def new(self, name: str, role: Role, school: str | None) -> tuple[int, str]:
        """A new token: its key, and the secret, which is shown once."""
        self._unit.need_write()
        key, secret = new_key(), f"am_{new_secret()}"
        row = {"key": key, "token_hash": hashed(secret), "name": name, "role": role.value, "school": school}
        self._connection.execute(schema.tokens.insert(), {**row, "created_at": self._unit.utc})
        return key, secret

    def find(self, secret: str) -> tuple[Asker, date | None] | None:
        """The asker that a token stands for and the day it was last used; None for one that is unknown or revoked."""
        row = self._connection.execute(_TOKEN, {"hash": hashed(secret)}).one_or_none()
        return None if row is None else (Asker(row.key, Role(row.role), row.school), row.last_used_on)

    def mark_used(self, key: int) -> None:
        """Records that the token was used today."""
        self._unit.need_write()
        table = schema.tokens
        self._connection.execute(table.update().where(table.c.key == key).values(last_used_on=self._unit.today))

    def all(self) -> Sequence[Token]:
        """All tokens, the oldest first, revoked ones too."""
        table = schema.tokens
        columns = [table.c[name] for name in Token.__dataclass_fields__]
        rows = self._connection.execute(select(*columns).order_by(table.c.created_at, table.c.key)).all()
        return [Token(row[0], row[1], Role(row[2]), *row[3:]) for row in rows]

    def revoke(self, key: int) -> bool:
        """Ends a token and the sessions that came from it; False where there is none, or it ended before."""
        self._unit.need_write()
        table = schema.tokens
        active = table.update().where(table.c.key == key, table.c.revoked_at.is_(None))
        if self._connection.execute(active.values(revoked_at=self._unit.utc)).rowcount != 1:
            return False
        end_account(self._connection, TOKEN_ISSUER, str(key))
        return True


class Links:
    """Implements `matcher.repositories.accounts.Links`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def new(self, alumnus_key: int, purpose: str, lasts: timedelta, *, spoken: bool = False) -> str:
        """A link for one alumnus and one purpose; returns its secret. Expired links are removed. Raises KeyError.

        `spoken`: with small letters and digits alone, for an address of which programs change the capitals.
        """
        self._unit.need_write()
        secret, table, now = new_word() if spoken else new_secret(), schema.links, self._unit.utc
        need_alumnus(self._connection, alumnus_key)
        self._connection.execute(table.delete().where(table.c.expires_at <= now))
        row = {"token_hash": hashed(secret), "alumnus_key": alumnus_key, "purpose": purpose}
        self._connection.execute(table.insert(), {**row, "expires_at": now + lasts})
        return secret

    def find(self, secret: str) -> Link | None:
        """A link that still works; looking does not use it up."""
        table = schema.links
        works = (table.c.used_at.is_(None), table.c.expires_at > self._unit.utc)
        statement = select(table.c.alumnus_key, table.c.purpose).where(table.c.token_hash == hashed(secret), *works)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else Link(row.alumnus_key, row.purpose)

    def use(self, secret: str, purpose: str) -> int | None:
        """Uses up a link and returns its alumnus; None if it is unknown, used, expired or for another purpose."""
        self._unit.need_write()
        table, now = schema.links, self._unit.utc
        same = (table.c.token_hash == hashed(secret), table.c.purpose == purpose)
        works = (table.c.used_at.is_(None), table.c.expires_at > now)
        if self._connection.execute(table.update().where(*same, *works).values(used_at=now)).rowcount != 1:
            return None
        key: int = self._connection.execute(select(table.c.alumnus_key).where(*same)).scalar_one()
        return key

    def lasts(self, alumnus_key: int, purpose: str) -> bool:
        """Whether an alumnus has a link for a purpose that still works."""
        table = schema.links
        works = (table.c.used_at.is_(None), table.c.expires_at > self._unit.utc)
        same = (table.c.alumnus_key == alumnus_key, table.c.purpose == purpose)
        return self._connection.execute(select(table.c.alumnus_key).where(*same, *works)).first() is not None

    def end(self, alumnus_key: int, purpose: str) -> int:
        """Ends the links of an alumnus for a purpose; returns how many."""
        self._unit.need_write()
        table = schema.links
        same = (table.c.alumnus_key == alumnus_key, table.c.purpose == purpose)
        return self._connection.execute(table.delete().where(*same)).rowcount

    def close_all(self) -> int:
        """Ends every link; returns how many."""
        self._unit.need_write()
        return self._connection.execute(schema.links.delete()).rowcount
