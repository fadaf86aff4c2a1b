"""Mail that is written in the transaction of what causes it, and sent afterwards."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select

from matcher.ports import Mail
from matcher.store import schema
from matcher.store.keys import need_alumnus, new_key
from matcher.store.unit import UnitOfWork

ABANDONED = timedelta(minutes=10)
"""A message that was taken this long ago has lost its sender."""
_ENDED = ("sent", "refused", "dropped")


class Outbox:
    """Implements `matcher.ports.Outbox`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def add(
        self,
        alumnus_key: int,
        message: str,
        *,
        values: Mapping[str, str] | None = None,
        link: str = "",
        address: str | None = None,
        delay: timedelta = timedelta(0),
    ) -> int:
        """Adds a message, to be sent after `delay`; returns its key. Raises KeyError."""
        self._unit.need_write()
        need_alumnus(self._connection, alumnus_key)
        key, now, by = new_key(), self._unit.utc, self._unit.by
        row = {
            "key": key,
            "alumnus_key": alumnus_key,
            "message": message,
            "values": json.dumps(values or {}, ensure_ascii=False),
            "link": link,
            "address": address,
            "message_id": f"{new_key():x}.{key:x}",
            "state": "waiting",
            "attempts": 0,
            "perhaps_twice": False,
            "problem": "",
            "created_at": now,
            "not_before": now + delay,
            "actor": (by.key or None) if by else None,
            "role": by.role.value if by else "",
        }
        self._connection.execute(schema.outbox.insert(), row)
        self._unit.mailed = True
        return key

    def take(self) -> Mail | None:
        """Takes the first message that is due: its state is `sending`, one attempt more. None where none is due.

        A message that another process took and did not finish in `ABANDONED` is due again, marked `perhaps_twice`.
        """
        self._unit.need_write()
        table, now = schema.outbox, self._unit.utc
        waiting = and_(table.c.state == "waiting", table.c.not_before <= now)
        abandoned = and_(table.c.state == "sending", table.c.taken_at <= now - ABANDONED)
        due = select(table.c.key, table.c.state).where(or_(waiting, abandoned))
        row = self._connection.execute(due.order_by(table.c.not_before, table.c.key).limit(1)).one_or_none()
        if row is None:
            return None
        values: dict[str, Any] = {"state": "sending", "attempts": table.c.attempts + 1, "taken_at": now}
        values |= {"perhaps_twice": True} if row.state == "sending" else {}
        self._connection.execute(table.update().where(table.c.key == row.key).values(**values))
        return self.of(row.key)

    def finish(self, key: int, state: str, *, problem: str = "", retry_after: timedelta | None = None) -> bool:
        """Records how an attempt ended; `retry_after`: waiting again. False where the message is gone.

        The address of a message that has ended is cleared.
        """
        self._unit.need_write()
        table = schema.outbox
        values: dict[str, Any] = {"state": state, "problem": problem, "taken_at": None}
        if retry_after is not None:
            values |= {"state": "waiting", "not_before": self._unit.utc + retry_after}
        else:
            values |= {"ended_at": self._unit.utc if state in _ENDED else None}
            values |= {"address": None} if state in _ENDED else {}
        return self._connection.execute(table.update().where(table.c.key == key).values(**values)).rowcount == 1

    def of(self, key: int) -> Mail | None:
        """One message; None where there is none."""
        row = self._connection.execute(_MAIL.where(schema.outbox.c.key == key)).one_or_none()
        return None if row is None else _mail(row)

    def page(self, *, states: Collection[str] = (), actor: int | None = None, limit: int = 100) -> list[Mail]:
        """Messages, the newest first, in these states (or any), caused by this account (or any)."""
        table = schema.outbox
        where: list[ColumnElement[bool]] = [table.c.state.in_(sorted(states))] if states else []
        where += [] if actor is None else [table.c.actor == actor]
        ordered = _MAIL.where(*where).order_by(table.c.created_at.desc(), table.c.key).limit(limit)
        return [_mail(row) for row in self._connection.execute(ordered)]

    def waiting(self, alumnus_key: int, message: str) -> int:
        """How many messages of this kind to an alumnus are waiting or being sent."""
        table = schema.outbox
        same = (table.c.alumnus_key == alumnus_key, table.c.message == message)
        open_ = table.c.state.in_(("waiting", "sending"))
        return self._connection.execute(select(func.count()).select_from(table).where(*same, open_)).scalar_one()

    def count(self) -> Mapping[str, int]:
        """How many messages there are in each state."""
        state = schema.outbox.c.state
        rows = self._connection.execute(select(state, func.count()).group_by(state).order_by(state))
        return {row[0]: row[1] for row in rows}

    def remove(self, before: datetime) -> int:
        """Removes messages that were sent, refused or dropped before a moment (UTC); returns how many."""
        self._unit.need_write()
        table = schema.outbox
        ended = table.delete().where(table.c.state.in_(_ENDED), table.c.ended_at < before)
        return self._connection.execute(ended).rowcount


_MAIL = select(*(schema.outbox.c[name] for name in Mail.__dataclass_fields__))


def _mail(row: Row[Any]) -> Mail:
    values = row._asdict()
    return Mail(**{**values, "values": json.loads(values["values"])})
