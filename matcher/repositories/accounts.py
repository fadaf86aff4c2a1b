"""Repositories of accounts, sessions, tokens and links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Protocol

from matcher.policy import Asker, Role
from matcher.repositories.values import (
    Identity,
    Link,
    OpenSession,
    Session,
    Token,
    User,
)


class Accounts(Protocol):
    """Accounts of people who log in. `issuer` and `subject` are those of the login service."""

    def save(self, issuer: str, subject: str, role: Role, school: str | None, alumnus_key: int | None = None) -> Asker:
        """The account of a login, created if new; role and school are brought up to date."""
        ...

    def find(self, issuer: str, subject: str) -> Asker | None:
        """The account of a login; None if there is none."""
        ...

    def end(self, issuer: str, subject: str) -> bool:
        """Ends an account and its sessions; False where there is none."""
        ...

    def others(self, role: Role, school: str, but: int) -> int:
        """How many accounts of a school have this role, but for one."""
        ...

    def of_issuer(self, issuer: str, school: str | None = None) -> list[User]:
        """The accounts of a login service, of a school or of all, by subject; none of alumni."""
        ...

    def identities(self, alumnus_key: int) -> list[Identity]:
        """By whom an alumnus is known, in order."""
        ...


class Sessions(Protocol):
    """Browsers that are logged in. Their secrets are stored as SHA-256 only."""

    def open(self, account: int) -> str:
        """A new session; returns its secret. Sessions that have ended are removed."""
        ...

    def find(self, secret: str) -> Session | None:
        """The session with this secret; None for one that never was, has expired, was ended or was idle too long."""
        ...

    def mark_used(self, secret: str) -> None:
        """Records that the session was used now."""
        ...

    def of(self, account: int, secret: str = "") -> list[OpenSession]:
        """Where an account is logged in, the newest first; `secret` is that of the browser that asks."""
        ...

    def close(self, secret: str) -> None:
        """Ends a session, for every process at once."""
        ...

    def close_all(self, account: int | None = None) -> int:
        """Ends every session of an account, or of all; returns how many there were."""
        ...


class Tokens(Protocol):
    """Tokens of other systems. Their secrets are stored as SHA-256 only."""

    def new(self, name: str, role: Role, school: str | None) -> tuple[int, str]:
        """A new token: its key, and the secret, which is shown once."""
        ...

    def find(self, secret: str) -> tuple[Asker, date | None] | None:
        """The asker that a token stands for and the day it was last used; None for one that is unknown or revoked."""
        ...

    def mark_used(self, key: int) -> None:
        """Records that the token was used today."""
        ...

    def all(self) -> Sequence[Token]:
        """All tokens, the oldest first, revoked ones too."""
        ...

    def revoke(self, key: int) -> bool:
        """Ends a token and the sessions that came from it; False where there is none, or it ended before."""
        ...


class Links(Protocol):
    """Links by mail that work once. Their secrets are stored as SHA-256 only."""

    def new(self, alumnus_key: int, purpose: str, lasts: timedelta, *, spoken: bool = False) -> str:
        """A link for one alumnus and one purpose; returns its secret. Expired links are removed. Raises KeyError.

        `spoken`: with small letters and digits alone, for an address of which programs change the capitals.
        """
        ...

    def find(self, secret: str) -> Link | None:
        """A link that still works; looking does not use it up."""
        ...

    def use(self, secret: str, purpose: str) -> int | None:
        """Uses up a link and returns its alumnus; None if it is unknown, used, expired or for another purpose."""
        ...

    def lasts(self, alumnus_key: int, purpose: str) -> bool:
        """Whether an alumnus has a link for a purpose that still works."""
        ...

    def end(self, alumnus_key: int, purpose: str) -> int:
        """Ends the links of an alumnus for a purpose; returns how many."""
        ...

    def close_all(self) -> int:
        """Ends every link; returns how many."""
        ...
