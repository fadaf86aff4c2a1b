"""Talks with advisers: codes, appointments, and what was chosen."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from matcher.domain.moments import aware, stored
from matcher.domain.talks import CODE_LASTS, LENGTH, SIGNS, TALK_LASTS, Appointment, Choice, Talk
from matcher.store import schema
from matcher.store.erasure import digests_of
from matcher.store.keys import need_alumnus, new_code, new_key
from matcher.store.records import chunks
from matcher.store.removals import OVERWRITE
from matcher.store.unit import UnitOfWork

_TALKS, _MISSES, _MEETS, _LIST = schema.talks, schema.talk_misses, schema.appointments, schema.shortlist
_TALK = tuple(_TALKS.c[name] for name in Talk.__dataclass_fields__)


class Talks:
    """Implements `matcher.repositories.talks.Talks`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def new(self, alumnus_key: int) -> tuple[str, Talk]:
        """A new code of an alumnus, which ends any other that was not used. Raises KeyError."""
        self._unit.need_write()
        need_alumnus(self._connection, alumnus_key)
        waiting = (_TALKS.c.alumnus_key == alumnus_key, _TALKS.c.opened_at.is_(None))
        self._connection.execute(_TALKS.delete().where(*waiting))
        code = new_code(SIGNS, LENGTH)
        row: dict[str, Any] = {
            "key": new_key(),
            "alumnus_key": alumnus_key,
            "digest": self._digest(code),
            "made_at": self._unit.utc,
            "until": self._unit.utc + CODE_LASTS,
        }
        self._connection.execute(_TALKS.insert(), row)
        return code, Talk(row["key"], alumnus_key, aware(row["made_at"]), aware(row["until"]))

    def of(self, alumnus_key: int) -> list[Talk]:
        """The codes and talks of an alumnus, ended ones too, the oldest first."""
        rows = select(*_TALK).where(_TALKS.c.alumnus_key == alumnus_key).order_by(_TALKS.c.made_at, _TALKS.c.key)
        return [_talk(row) for row in self._connection.execute(rows)]

    def open_with(self, account: int) -> dict[int, Talk]:
        """The talks of an adviser that are going on now, by random key of the alumnus."""
        now = (_TALKS.c.account == account, _TALKS.c.until > self._unit.utc)
        rows = self._connection.execute(select(*_TALK).where(*now).order_by(_TALKS.c.until))
        return {row.alumnus_key: _talk(row) for row in rows}

    def use(self, code: str, account: int, among: str | None) -> Talk | None:
        """Uses a code, once; None where it opens nothing: unknown, over, used, or of an alumnus of another school."""
        self._unit.need_write()
        people = schema.alumni
        where = [_TALKS.c.digest == self._digest(code), _TALKS.c.until > self._unit.utc]
        where += [_TALKS.c.opened_at.is_(None), *([] if among is None else [people.c.school == among])]
        joined = select(*_TALK).join_from(_TALKS, people, people.c.key == _TALKS.c.alumnus_key).where(*where)
        row = self._connection.execute(joined).first()
        if row is None:
            return None
        until = self._unit.utc + TALK_LASTS
        values = {"digest": "", "account": account, "opened_at": self._unit.utc, "until": until}
        self._connection.execute(_TALKS.update().where(_TALKS.c.key == row.key).values(**values))
        return Talk(row.key, row.alumnus_key, aware(row.made_at), aware(until), account, self._unit.now)

    def misses(self, account: int, since: datetime) -> int:
        """How many codes of this adviser opened nothing since a moment (aware)."""
        where = (_MISSES.c.account == account, _MISSES.c.at > stored(since))
        return self._connection.execute(select(func.count()).select_from(_MISSES).where(*where)).scalar_one()

    def miss(self, account: int) -> None:
        """Remembers that a code opened nothing."""
        self._unit.need_write()
        self._connection.execute(_MISSES.insert(), {"key": new_key(), "account": account, "at": self._unit.utc})

    def end(self, alumnus_key: int | None) -> bool:
        """Ends the codes and the talks of an alumnus, or of all; False where there was nothing to end."""
        self._unit.need_write()
        ended = _TALKS.update().where(_TALKS.c.until > self._unit.utc).values(until=self._unit.utc, digest="")
        ended = ended if alumnus_key is None else ended.where(_TALKS.c.alumnus_key == alumnus_key)
        return self._connection.execute(ended).rowcount > 0

    def forget(self, before: datetime) -> int:
        """Removes what ended before a moment (aware); returns how many."""
        self._unit.need_write()
        self._connection.execute(_MISSES.delete().where(_MISSES.c.at < stored(before)))
        return self._connection.execute(_TALKS.delete().where(_TALKS.c.until < stored(before))).rowcount

    def _digest(self, code: str) -> str:
        (digest,) = digests_of(self._connection, [f"talk\0{code}"])
        return digest


class Appointments:
    """Implements `matcher.repositories.talks.Appointments`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def add(self, appointment: Appointment) -> int:
        """Adds one; returns its key (that of the value does not count). Raises KeyError."""
        self._unit.need_write()
        need_alumnus(self._connection, appointment.alumnus_key)
        row: dict[str, Any] = {"key": new_key(), "alumnus_key": appointment.alumnus_key, "account": appointment.account}
        row |= {"at": stored(appointment.at), "label": appointment.label}
        self._connection.execute(_MEETS.insert(), row)
        return int(row["key"])

    def of(self, alumnus_key: int) -> list[Appointment]:
        """Those of an alumnus, by moment."""
        return self._listed(_MEETS.c.alumnus_key == alumnus_key)

    def by(self, account: int, since: datetime) -> list[Appointment]:
        """Those of an adviser from a moment (aware) on, by moment."""
        return self._listed(_MEETS.c.account == account, _MEETS.c.at >= stored(since))

    def remove(self, key: int, account: int) -> bool:
        """Removes one of an adviser; False where there is none."""
        self._unit.need_write()
        own = (_MEETS.c.key == key, _MEETS.c.account == account)
        return self._unit.removed(self._connection.execute(_MEETS.delete().where(*own)).rowcount) > 0

    def forget(self, before: datetime) -> int:
        """Removes those from before a moment (aware); returns how many."""
        self._unit.need_write()
        return self._unit.removed(
            self._connection.execute(_MEETS.delete().where(_MEETS.c.at < stored(before))).rowcount
        )

    def _listed(self, *where: Any) -> list[Appointment]:
        columns = (_MEETS.c[name] for name in Appointment.__dataclass_fields__)
        rows = self._connection.execute(select(*columns).where(*where).order_by(_MEETS.c.at, _MEETS.c.key))
        return [Appointment(row.key, row.alumnus_key, row.account, aware(row.at), row.label) for row in rows]


class Shortlists:
    """Implements `matcher.repositories.talks.Shortlists`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def of(self, *keys: int) -> list[Choice]:
        """Those of these alumni, in the order in which they were chosen."""
        columns = tuple(_LIST.c[name] for name in Choice.__dataclass_fields__)
        found = [
            Choice(row.key, row.alumnus_key, row.offering_key, row.note, aware(row.changed_at))
            for part in chunks(keys)
            for row in self._connection.execute(select(*columns).where(_LIST.c.alumnus_key.in_(part)))
        ]
        return sorted(found, key=lambda one: (one.changed_at, one.key))

    def put(self, alumnus_key: int, offering_key: int, note: str | None) -> bool:
        """Adds a course, or changes its note; False where nothing changes. Raises KeyError."""
        self._unit.need_write()
        need_alumnus(self._connection, alumnus_key)
        assert self._unit.by is not None  # noqa: S101 - a write has an asker
        own = (_LIST.c.alumnus_key == alumnus_key, _LIST.c.offering_key == offering_key)
        there = self._connection.execute(select(_LIST.c.note).where(*own)).first()
        if there is None:
            row: dict[str, Any] = {
                "key": new_key(),
                "alumnus_key": alumnus_key,
                "offering_key": offering_key,
                "note": note,
            }
            row |= {"changed_at": self._unit.utc, "account": self._unit.by.key or None}
            self._connection.execute(_LIST.insert(), row)
            return True
        if there.note == note:
            return False
        self._connection.execute(_LIST.update().where(*own).values(note=note))
        if there.note is not None:
            self._unit.remove(OVERWRITE)
        return True

    def remove(self, alumnus_key: int, offerings: Collection[int]) -> int:
        """Takes courses from the list; returns how many were on it."""
        self._unit.need_write()
        own = (_LIST.c.alumnus_key == alumnus_key, _LIST.c.offering_key.in_(sorted(offerings)))
        return self._unit.removed(self._connection.execute(_LIST.delete().where(*own)).rowcount)

    def forget(self, before: datetime) -> int:
        """Removes those that were changed last before a moment (aware); returns how many."""
        self._unit.need_write()
        return self._unit.removed(
            self._connection.execute(_LIST.delete().where(_LIST.c.changed_at < stored(before))).rowcount
        )


def _talk(row: Any) -> Talk:
    opened = None if row.opened_at is None else aware(row.opened_at)
    return Talk(row.key, row.alumnus_key, aware(row.made_at), aware(row.until), row.account, opened)
