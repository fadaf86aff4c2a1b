"""Questions that are not saved: what the handles on their cards are bound to."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam, select

from matcher.store import schema
from matcher.store.unit import UnitOfWork

_TABLE = schema.questions
_SCOPE = select(_TABLE.c.scope).where(_TABLE.c.digest == bindparam("digest"), _TABLE.c.expires_at > bindparam("now"))
_OF_REQUEST = select(_TABLE.c.scope).where(_TABLE.c.request_key == bindparam("request_key"))


class Questions:
    """Implements `matcher.repositories.people.Questions`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def scope(self, digest: str) -> str | None:
        """The scope of a question; None for one that is new or older than its term."""
        scope: str | None = self._connection.execute(_SCOPE, {"digest": digest, "now": self._unit.utc}).scalar()
        return scope

    def begin(self, digest: str, scope: str, lasts: timedelta) -> None:
        """Stores the scope of a question. Those whose term is over are removed, unless a request keeps them."""
        self._unit.need_write()
        now = self._unit.utc
        over = (_TABLE.c.expires_at <= now, _TABLE.c.request_key.is_(None))
        self._connection.execute(_TABLE.delete().where(*over))
        self._connection.execute(_TABLE.delete().where(_TABLE.c.digest == digest))
        self._connection.execute(_TABLE.insert(), {"digest": digest, "scope": scope, "expires_at": now + lasts})

    def keep(self, digest: str, request_key: int) -> bool:
        """The question was saved as this request, which keeps its scope; False where its term is over."""
        self._unit.need_write()
        this = (_TABLE.c.digest == digest, _TABLE.c.expires_at > self._unit.utc, _TABLE.c.request_key.is_(None))
        return self._connection.execute(_TABLE.update().where(*this).values(request_key=request_key)).rowcount == 1

    def scope_of_request(self, request_key: int) -> str | None:
        """The scope that a request keeps; None for one that was no question before."""
        scope: str | None = self._connection.execute(_OF_REQUEST, {"request_key": request_key}).scalar()
        return scope
