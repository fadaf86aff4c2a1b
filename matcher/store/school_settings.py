"""What schools chose when they set up, and questions that they parked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select

from matcher.domain.kinds import Purpose
from matcher.domain.school_settings import (
    AREAS,
    ASKS,
    OF_A_PERSON,
    OF_THE_POOL,
    KeptSetting,
    ParkedQuestion,
    areas_of,
    asks_of,
    closed_purposes,
)
from matcher.repositories.values import Changes
from matcher.store import schema
from matcher.store.keys import new_key
from matcher.store.unit import UnitOfWork

_SETTINGS, _PARKED = schema.school_settings, schema.parked_questions


class SchoolSettings:
    """Implements `matcher.repositories.school_settings.SchoolSettings`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def of(self, school: str) -> dict[str, KeptSetting]:
        """The choices of a school of today, by name."""
        columns = (_SETTINGS.c.name, _SETTINGS.c.value, _SETTINGS.c.since, _SETTINGS.c.actor)
        ordered = select(*columns).where(_SETTINGS.c.school == school).order_by(_SETTINGS.c.since)
        return {row.name: KeptSetting(*row) for row in self._connection.execute(ordered)}

    def choose(self, school: str, name: str, value: str) -> None:
        """Keeps a choice from now on. What rankings follow is a revision, so that every process follows it.

        Of what may name somebody the values before it go.
        """
        self._unit.need_write()
        if name in OF_THE_POOL:
            self._unit.change("school_settings", Changes())
        by, now = self._unit.by, self._unit.utc
        same = [_SETTINGS.c.school == school, _SETTINGS.c.name == name]
        if name not in OF_A_PERSON:
            same.append(_SETTINGS.c.since == now)
        self._connection.execute(_SETTINGS.delete().where(*same))
        row = {"school": school, "name": name, "since": now, "value": value, "actor": (by.key or None) if by else None}
        self._connection.execute(_SETTINGS.insert(), row)

    def closed(self, at: datetime | None = None) -> Mapping[str, frozenset[Purpose]]:
        """By school the purposes whose consents were not used at a moment (UTC), or are not now; none for all areas."""
        closed = {school: closed_purposes(areas_of(value)) for school, value in self._newest(AREAS, at).items()}
        return {school: purposes for school, purposes in closed.items() if purposes}

    def asks(self, at: datetime | None = None) -> Mapping[str, int]:
        """By school how often a year alumni were asked at a moment (UTC), or are now, who did not say."""
        chosen = {school: asks_of(value) for school, value in self._newest(ASKS, at).items()}
        return {school: most for school, most in chosen.items() if most is not None}

    def every(self, name: str) -> Mapping[str, str]:
        """The value of one setting of today, by school."""
        return self._newest(name, None)

    def _newest(self, name: str, at: datetime | None) -> dict[str, str]:
        where = [_SETTINGS.c.name == name, *([] if at is None else [_SETTINGS.c.since <= at])]
        ordered = select(_SETTINGS.c.school, _SETTINGS.c.value).where(*where).order_by(_SETTINGS.c.since)
        return {row.school: row.value for row in self._connection.execute(ordered)}

    def park(self, school: str, step: str, text: str, who: str, until: date | None) -> int:
        """Parks a question; returns its key."""
        self._unit.need_write()
        key = new_key()
        row = {"key": key, "school": school, "step": step, "text": text, "who": who, "until": until}
        self._connection.execute(_PARKED.insert(), {**row, "made_at": self._unit.utc})
        return key

    def parked(self, school: str) -> list[ParkedQuestion]:
        """Those of a school that are open, by day and then as they were parked."""
        columns = (_PARKED.c.key, _PARKED.c.step, _PARKED.c.text, _PARKED.c.who, _PARKED.c.until)
        of_school = (_PARKED.c.school == school, _PARKED.c.done_at.is_(None))
        rows = self._connection.execute(select(*columns).where(*of_school).order_by(_PARKED.c.made_at, _PARKED.c.key))
        return sorted((ParkedQuestion(*row) for row in rows), key=lambda one: one.until or date.max)

    def settle(self, school: str, key: int) -> bool:
        """Takes an open one of a school off the list; False where there is none."""
        self._unit.need_write()
        one = (_PARKED.c.key == key, _PARKED.c.school == school, _PARKED.c.done_at.is_(None))
        return self._connection.execute(_PARKED.update().where(*one).values(done_at=self._unit.utc)).rowcount == 1
