"""Calendars of alumni and their busy times."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select

from matcher.domain.busy import Interval, merged
from matcher.domain.moments import aware, stored
from matcher.repositories.calendars import KeptCalendar
from matcher.store import removals, schema
from matcher.store.bulk import insert
from matcher.store.former import former_keys
from matcher.store.journal import CALENDAR, Act
from matcher.store.keys import need_alumnus, new_key
from matcher.store.records import chunks
from matcher.store.unit import UnitOfWork, about


class Calendars:
    """Implements `matcher.repositories.calendars.Calendars`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def of(self, key: int) -> list[KeptCalendar]:
        """The calendars of an alumnus, the oldest first."""
        table = schema.calendars
        rows = select(table).where(table.c.alumnus_key == key).order_by(table.c.added_at, table.c.key)
        return [_kept(row) for row in self._connection.execute(rows)]

    def add(self, key: int, kind: str, url: str | None = None) -> int:
        """Adds a calendar without busy times; returns its random key. Raises KeyError for an unknown alumnus."""
        self._unit.need_write()
        need_alumnus(self._connection, key)
        row = {
            "key": new_key(), "alumnus_key": key, "kind": kind, "url": url, "added_at": self._unit.utc,
            "fetched_at": None, "problem": "", "events": 0, "remarks": "{}",
        }  # fmt: skip
        self._connection.execute(schema.calendars.insert(), row)
        return int(str(row["key"]))

    def put(self, calendar_key: int, intervals: Sequence[Interval], *, events: int, remarks: Mapping[str, int]) -> bool:
        """Puts what was read now in place of what was read before; False where the calendar is gone."""
        self._unit.need_write()
        table, busy = schema.calendars, schema.busy
        row = self._connection.execute(select(table.c.alumnus_key).where(table.c.key == calendar_key)).one_or_none()
        if row is None:
            return False
        values = {
            "fetched_at": self._unit.utc, "problem": "", "events": events,
            "remarks": json.dumps(dict(sorted(remarks.items()))),
        }  # fmt: skip
        self._connection.execute(table.update().where(table.c.key == calendar_key), values)
        own = busy.c.calendar_key == calendar_key
        before = self._connection.execute(select(busy.c.starts, busy.c.ends).where(own).order_by(busy.c.starts)).all()
        now = [(stored(start), stored(end)) for start, end in merged(intervals)]
        if [tuple(one) for one in before] != now:
            self._unit.change("calendar", about(row.alumnus_key))
            self._connection.execute(busy.delete().where(own))
            rows = [
                {"calendar_key": calendar_key, "alumnus_key": row.alumnus_key, "starts": start, "ends": end}
                for start, end in now
            ]
            insert(self._connection, busy, rows)
        return True

    def fail(self, calendar_key: int, problem: str) -> None:
        """Records that a subscription could not be read; its busy times stay."""
        self._unit.need_write()
        table = schema.calendars
        self._connection.execute(table.update().where(table.c.key == calendar_key).values(problem=problem))

    def remove(self, key: int, calendar_key: int | None = None) -> int:
        """Removes a calendar of an alumnus with its busy times, or all of them; returns how many."""
        self._unit.need_write()
        table = schema.calendars
        own = [table.c.alumnus_key == key, *([] if calendar_key is None else [table.c.key == calendar_key])]
        removed = self._connection.execute(table.delete().where(*own)).rowcount
        if removed:
            self._unit.change("calendar", about(key))
            self._unit.remove(removals.OVERWRITE)
            for one in (key, *former_keys(self._connection, key)):  # a back-up from before a merge holds the other too
                self._unit.taken_back.append(Act(CALENDAR, one))
        return removed

    def all(self) -> list[KeptCalendar]:
        """All calendars, by the key of the alumnus."""
        table = schema.calendars
        rows = select(table).order_by(table.c.alumnus_key, table.c.added_at, table.c.key)
        return [_kept(row) for row in self._connection.execute(rows)]

    def busy(self, keys: Collection[int] | None = None) -> dict[int, list[Interval]]:
        """The busy times by alumnus, ascending and merged, of these alumni or of all; none where there are none."""
        table = schema.busy
        wanted = select(table.c.alumnus_key, table.c.starts, table.c.ends)
        parts = [None] if keys is None else list(chunks(keys))
        found: dict[int, list[Interval]] = defaultdict(list)
        for part in parts:
            rows = wanted if part is None else wanted.where(table.c.alumnus_key.in_(part))
            for key, start, end in self._connection.execute(rows):
                found[key].append((aware(start), aware(end)))
        return {key: merged(intervals) for key, intervals in sorted(found.items())}


def _kept(row: Row[Any]) -> KeptCalendar:
    return KeptCalendar(
        row.key,
        row.alumnus_key,
        row.kind,
        row.url,
        aware(row.added_at),
        None if row.fetched_at is None else aware(row.fetched_at),
        row.problem,
        row.events,
        json.loads(row.remarks),
    )
