"""Mail that is written in the transaction of what causes it, and sent afterwards."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select

from matcher.domain.moments import aware, stored
from matcher.repositories.values import MAIL_STATES, Mail
from matcher.store import schema
from matcher.store.keys import need_alumnus, new_key
from matcher.store.removals import OVERWRITE
from matcher.store.unit import UnitOfWork

ABANDONED = timedelta(minutes=10)
"""A message claimed this long ago has lost its sender: longer than any attempt may take."""
_OPEN = ("waiting", "sending")
_ENDED = ("sent", "refused", "dropped")
_UNSENT = ("waiting", "held")
"""The states of a message that no one is sending: it is due some day, or when someone releases it."""


class Outbox:
    """Implements `matcher.repositories.log.Outbox`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def add(
        self,
        alumnus_key: int | None,
        message: str,
        *,
        values: Mapping[str, str] | None = None,
        link: str = "",
        address: str | None = None,
        delay: timedelta = timedelta(0),
        request_key: int | None = None,
        school: str | None = None,
    ) -> int:
        """Adds a message, to be sent after `delay`; it can be dropped until then. Returns its key.

        Without an alumnus it goes to who made the request, or else to `address`. Raises KeyError, and ValueError for
        no recipient.
        """
        self._unit.need_write()
        if alumnus_key is not None:
            need_alumnus(self._connection, alumnus_key)
        elif request_key is not None:
            requests = schema.requests
            found = self._connection.execute(
                select(requests.c.school).where(requests.c.key == request_key)
            ).one_or_none()
            if found is None:
                raise KeyError(request_key)
            school = found.school or ""
        elif address is None or school is None:
            msg = "a message needs an alumnus, a request, or an address and a school"
            raise ValueError(msg)
        key, now, by = new_key(), self._unit.utc, self._unit.by
        row = {
            "key": key,
            "alumnus_key": alumnus_key,
            "request_key": request_key,
            "school": school if alumnus_key is None else None,
            "message": message,
            "values": json.dumps(values or {}, ensure_ascii=False),
            "link": link,
            "address": address,
            "own_address": address is not None,
            "message_id": f"{new_key():x}.{new_key():x}",
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

    def waiting(self, alumnus_key: int, message: str, *, since: datetime | None = None) -> int:
        """How many messages of this kind to an alumnus are waiting or being sent, or were written since a moment."""
        table = schema.outbox
        same = (table.c.alumnus_key == alumnus_key, table.c.message == message)
        counted: ColumnElement[bool] = table.c.state.in_(_OPEN)
        if since is not None:
            counted = or_(counted, table.c.created_at > stored(since))
        return self._connection.execute(select(func.count()).select_from(table).where(*same, counted)).scalar_one()

    def page(
        self,
        *,
        key: int | None = None,
        alumnus_key: int | None = None,
        states: Collection[str] = (),
        school: str | None = None,
        link: str | None = None,
        limit: int | None = 100,
    ) -> list[Mail]:
        """Messages, the newest first: with this key, to an alumnus, in these states, to a school's alumni, with a link.

        Filters that are left out do not apply. `limit` None: all of them.
        """
        table = schema.outbox
        where: list[ColumnElement[bool]] = [table.c.state.in_(sorted(states))] if states else []
        where += [] if key is None else [table.c.key == key]
        where += [] if alumnus_key is None else [table.c.alumnus_key == alumnus_key]
        where += [] if school is None else [_school == school]
        where += [] if link is None else [table.c.link == link]
        ordered = MAIL.where(*where).order_by(table.c.created_at.desc(), table.c.key).limit(limit)
        return [mail_of(row) for row in self._connection.execute(ordered)]

    def retry(self, key: int) -> bool:
        """Makes the message due now, as if it were new. False if it was sent, is being sent, or is gone.

        False also if it has ended and had an address of its own, which is then cleared. The parts of a weekly letter
        go with it, but for those that were dropped before it was; a part of one goes by itself.
        """
        self._unit.need_write()
        table = schema.outbox
        open_ = or_(
            table.c.state.in_(_UNSENT),
            and_(table.c.state.in_(("refused", "dropped")), ~table.c.own_address),
        )
        fresh = {"state": "waiting", "attempts": 0, "problem": "", "not_before": self._unit.utc, "ended_at": None}
        ended = self._connection.execute(select(table.c.ended_at).where(table.c.key == key)).scalar()
        alone = table.update().where(table.c.key == key, open_).values(**fresh, letter=None)
        if self._connection.execute(alone).rowcount != 1:
            return False
        with_it = and_(table.c.state == "dropped", table.c.ended_at == ended, ~table.c.own_address)
        parts = table.update().where(table.c.letter == key, or_(_with_letter, with_it))
        self._connection.execute(parts.values(**fresh))
        self._unit.mailed = True
        return True

    def drop(self, key: int, *, problem: str = "") -> bool:
        """Drops the message: it will not be sent. False if it is being sent, was sent or dropped, or is gone.

        The parts of a weekly letter are dropped with it. `problem`: why; empty for none.
        """
        self._unit.need_write()
        table = schema.outbox
        open_ = table.c.state.in_((*_UNSENT, "refused"))
        _removes_address(self._unit, key)
        end = {"state": "dropped", "address": None, "ended_at": self._unit.utc}
        end |= {"problem": problem} if problem else {}
        if self._connection.execute(table.update().where(table.c.key == key, open_).values(**end)).rowcount != 1:
            return False
        self._connection.execute(table.update().where(table.c.letter == key, open_).values(**end))
        return True

    def hold(self) -> int:
        """Holds every message that waits or is being sent: it may have been sent already. Returns how many."""
        self._unit.need_write()
        table = schema.outbox
        held = table.update().where(table.c.state.in_(_OPEN)).values(state="held", taken_at=None, perhaps_twice=True)
        return self._connection.execute(held).rowcount

    def count(self) -> Mapping[str, int]:
        """How many messages there are in each of `MAIL_STATES`."""
        state = schema.outbox.c.state
        rows = self._connection.execute(select(state, func.count()).group_by(state))
        return dict.fromkeys(MAIL_STATES, 0) | {row[0]: row[1] for row in rows}

    def remove(self, before: datetime) -> int:
        """Removes messages that ended, or became due, before a moment; returns how many."""
        self._unit.need_write()
        table, moment = schema.outbox, stored(before)
        ended = and_(table.c.state.in_(_ENDED), table.c.ended_at < moment)
        # there was no mail server for it, or no one released it
        forgotten = and_(table.c.state.in_(_UNSENT), table.c.not_before < moment)
        removed = self._connection.execute(table.delete().where(or_(ended, forgotten))).rowcount
        return self._unit.removed(removed)


class Deliveries:
    """Implements `matcher.repositories.log.Deliveries`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def take(self) -> Mail | None:
        """Takes the first message that is due: its state is `sending`, one attempt more. None where none is due.

        Parts of a weekly letter are taken with it. A message that was taken and not finished in `ABANDONED` is due
        again, marked `perhaps_twice`; so is one that a clock that was ahead has taken.
        """
        self._unit.need_write()
        table, now = schema.outbox, self._unit.utc
        waiting = and_(table.c.state == "waiting", table.c.not_before <= now)
        lost = or_(table.c.taken_at <= now - ABANDONED, table.c.taken_at > now + ABANDONED)
        abandoned = and_(table.c.state == "sending", lost)
        due = select(table.c.key, table.c.state, table.c.attempts).where(or_(waiting, abandoned), _by_itself)
        row = self._connection.execute(due.order_by(table.c.not_before, table.c.key).limit(1)).one_or_none()
        if row is None:
            return None
        values: dict[str, Any] = {"state": "sending", "attempts": row.attempts + 1, "taken_at": now}
        values |= {"perhaps_twice": True} if row.state == "sending" else {}
        unchanged = (table.c.key == row.key, table.c.state == row.state, table.c.attempts == row.attempts)
        if self._connection.execute(table.update().where(*unchanged).values(**values)).rowcount != 1:
            return None  # cannot happen while writes are serialised; the next round tries again
        return mail_of(self._connection.execute(MAIL.where(table.c.key == row.key)).one())

    def finish(
        self,
        mail: Mail,
        state: str,
        *,
        problem: str = "",
        retry_after: timedelta = timedelta(0),
        uncertain: bool = False,
    ) -> int | None:
        """Records how an attempt ended. `state`: `sent`, `refused`, or `waiting` until `retry_after` is over.

        Returns the random key of the alumnus whose message it is now (another than when it was taken, if the two were
        merged meanwhile), 0 where it is not to an alumnus. The address of a message that has ended is cleared. Records
        nothing and returns None if the message is gone or another sender has claimed it since.
        """
        self._unit.need_write()
        table, now = schema.outbox, self._unit.utc
        values: dict[str, Any] = {"state": state, "problem": problem, "taken_at": None}
        values |= {"perhaps_twice": True} if uncertain else {}
        values |= {"ended_at": now, "address": None} if state in _ENDED else {"not_before": now + retry_after}
        if state in _ENDED:
            _removes_address(self._unit, mail.key)
        ours = (table.c.key == mail.key, table.c.state == "sending", table.c.attempts == mail.attempts)
        done = table.update().where(*ours).values(**values).returning(table.c.alumnus_key)
        row = self._connection.execute(done).one_or_none()
        return None if row is None else row.alumnus_key or 0

    def next_due(self) -> datetime | None:
        """When the first message is due (aware, UTC), possibly in the past; None if none waits."""
        table = schema.outbox
        first = select(func.min(table.c.not_before)).where(table.c.state == "waiting", _by_itself)
        oldest = select(func.min(table.c.taken_at)).where(table.c.state == "sending", _by_itself)
        newest = select(func.max(table.c.taken_at)).where(table.c.state == "sending", _by_itself)
        waiting, taken, last = (self._connection.execute(statement).scalar() for statement in (first, oldest, newest))
        moments = ([waiting] if waiting else []) + ([taken + ABANDONED] if taken else [])
        moments += [self._unit.utc] if last and last > self._unit.utc + ABANDONED else []
        return aware(min(moments)) if moments else None


_by_itself = schema.outbox.c.letter.is_(None)
_with_letter = schema.outbox.c.state.in_((*_UNSENT, "refused"))
_STORED = [name for name in Mail.__dataclass_fields__ if name != "beside"]
_school = func.coalesce(schema.alumni.c.school, schema.outbox.c.school)
MAIL = select(*(_school.label(name) if name == "school" else schema.outbox.c[name] for name in _STORED)).join_from(
    schema.outbox, schema.alumni, isouter=True
)
"""Messages, as `mail_of` reads them."""


def _removes_address(unit: UnitOfWork, key: int) -> None:
    """Records that the address of a message goes, if it has one of its own: often an earlier one of the alumnus."""
    table = schema.outbox
    own = select(table.c.key).where(table.c.key == key, table.c.address.is_not(None))
    if unit.connection.execute(own).first() is not None:
        unit.remove(OVERWRITE)


def mail_of(row: Row[Any]) -> Mail:
    """The message of a row of `MAIL`."""
    values = row._asdict()
    return Mail(**{**values, "values": json.loads(values["values"])})
