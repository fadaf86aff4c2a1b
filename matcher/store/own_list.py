"""What alumni say of their lists: what is not for them, and lists that they find wrong."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from matcher.domain.moments import aware, stored
from matcher.domain.own_list import Dispute, DisputeState, Reason, Refusal
from matcher.store import schema
from matcher.store.keys import need_alumnus, new_key
from matcher.store.unit import UnitOfWork

_NOT, _DISPUTES = schema.not_for_me, schema.disputes
_REFUSAL = tuple(_NOT.c[name] for name in Refusal.__dataclass_fields__)
_DISPUTE = tuple(_DISPUTES.c[name] for name in Dispute.__dataclass_fields__)


class NotForMe:
    """Implements `matcher.repositories.own_list.NotForMe`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def of(self, alumnus_key: int) -> list[Refusal]:
        """What is not for an alumnus, the oldest first."""
        rows = select(*_REFUSAL).where(_NOT.c.alumnus_key == alumnus_key).order_by(_NOT.c.since, _NOT.c.key)
        return [_refusal(row) for row in self._connection.execute(rows)]

    def add(
        self, alumnus_key: int, reason: Reason, *, offering_key: int | None = None, request_key: int | None = None
    ) -> bool:
        """A course or a role is not for an alumnus; False where that is known. Raises KeyError."""
        self._unit.need_write()
        need_alumnus(self._connection, alumnus_key)
        if any((one.offering_key, one.request_key) == (offering_key, request_key) for one in self.of(alumnus_key)):
            return False
        row: dict[str, Any] = {
            "key": new_key(),
            "alumnus_key": alumnus_key,
            "offering_key": offering_key,
            "request_key": request_key,
        }
        self._connection.execute(_NOT.insert(), row | {"reason": reason.value, "since": self._unit.today})
        return True

    def remove(self, alumnus_key: int, key: int) -> bool:
        """It may be in the list again; False where it was not out of it."""
        self._unit.need_write()
        own = (_NOT.c.alumnus_key == alumnus_key, _NOT.c.key == key)
        return self._connection.execute(_NOT.delete().where(*own)).rowcount > 0

    def forget(self, before: date) -> int:
        """Removes what was said before a day; returns how many."""
        self._unit.need_write()
        return self._connection.execute(_NOT.delete().where(_NOT.c.since < before)).rowcount


class Disputes:
    """Implements `matcher.repositories.own_list.Disputes`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def of(self, alumnus_key: int) -> list[Dispute]:
        """Those of an alumnus, the oldest first."""
        return self._listed(_DISPUTES.c.alumnus_key == alumnus_key)

    def waiting(self, school: str | None = None) -> list[Dispute]:
        """Those of the alumni of a school or of all that wait for an answer, the oldest first."""
        people = schema.alumni
        of_school = select(people.c.key).where(people.c.school == school)
        among = [] if school is None else [_DISPUTES.c.alumnus_key.in_(of_school)]
        return self._listed(_DISPUTES.c.state == DisputeState.OPEN.value, *among)

    def at(self, key: int) -> Dispute | None:
        """One by key; None where there is none."""
        return next(iter(self._listed(_DISPUTES.c.key == key)), None)

    def open(self, alumnus_key: int, request_key: int | None, entry: int | None, said: str | None) -> bool:
        """An alumnus asks about a list; False where that is asked and not answered. Raises KeyError."""
        self._unit.need_write()
        need_alumnus(self._connection, alumnus_key)
        asked = (one for one in self.of(alumnus_key) if one.state is DisputeState.OPEN)
        if any((one.request_key, one.entry) == (request_key, entry) for one in asked):
            return False
        row: dict[str, Any] = {
            "key": new_key(),
            "alumnus_key": alumnus_key,
            "request_key": request_key,
            "entry": entry,
            "role": "",
        }
        row |= {"state": DisputeState.OPEN.value, "made_at": self._unit.utc, "said": said}
        self._connection.execute(_DISPUTES.insert(), row)
        return True

    def answer(self, key: int, answer: str) -> bool:
        """The asker of the transaction answers; False where it waits for none."""
        assert self._unit.by is not None  # noqa: S101 - a write has an asker
        by = {"actor": self._unit.by.key or None, "role": self._unit.by.role.value}
        return self._settle(DisputeState.ANSWERED, _DISPUTES.c.key == key, answer=answer, **by)

    def withdraw(self, key: int, alumnus_key: int) -> bool:
        """The alumnus needs no answer any more; False where it waits for none."""
        return self._settle(DisputeState.WITHDRAWN, _DISPUTES.c.key == key, _DISPUTES.c.alumnus_key == alumnus_key)

    def forget(self, before: datetime) -> int:
        """Removes those that ended before a moment (aware); returns how many."""
        self._unit.need_write()
        ended = _DISPUTES.c.answered_at < stored(before)
        return self._unit.removed(self._connection.execute(_DISPUTES.delete().where(ended)).rowcount)

    def _settle(self, state: DisputeState, *which: Any, **values: Any) -> bool:
        self._unit.need_write()
        ended = _DISPUTES.update().where(*which, _DISPUTES.c.state == DisputeState.OPEN.value)
        values |= {"state": state.value, "answered_at": self._unit.utc}
        return self._connection.execute(ended.values(**values)).rowcount > 0

    def _listed(self, *where: Any) -> list[Dispute]:
        rows = select(*_DISPUTE).where(*where).order_by(_DISPUTES.c.made_at, _DISPUTES.c.key)
        return [_dispute(row) for row in self._connection.execute(rows)]


def _refusal(row: Any) -> Refusal:
    return Refusal(row.key, row.alumnus_key, row.offering_key, row.request_key, Reason(row.reason), row.since)


def _dispute(row: Any) -> Dispute:
    ended = None if row.answered_at is None else aware(row.answered_at)
    ids = (row.key, row.alumnus_key, row.request_key, row.entry, DisputeState(row.state), aware(row.made_at))
    return Dispute(*ids, row.said, ended, row.answer, row.actor, row.role)
