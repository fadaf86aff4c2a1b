"""Plans of a period, and who is in them."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from matcher.repositories.plans import KeptLine, KeptPlan
from matcher.store import schema
from matcher.store.keys import new_key, new_keys, new_number
from matcher.store.records import chunks
from matcher.store.unit import UnitOfWork

_PLANS, _LINES = schema.plans, schema.plan_lines
_OF_PLAN = tuple(_PLANS.c[name] for name in KeptPlan.__dataclass_fields__)
_OF_LINE = tuple(_LINES.c[name] for name in KeptLine.__dataclass_fields__)


class Plans:
    """Implements `matcher.repositories.plans.Plans`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def add(self, plan: KeptPlan, lines: Sequence[KeptLine]) -> str | None:
        """Keeps a plan; returns its id, or None where a request or alumnus in it is gone: then nothing is kept."""
        self._unit.need_write()
        for table, keys in (
            (schema.requests, {line.request_key for line in lines}),
            (schema.alumni, {line.alumnus_key for line in lines}),
        ):
            there = [
                key
                for part in chunks(sorted(keys))
                for key in self._connection.execute(select(table.c.key).where(table.c.key.in_(part))).scalars()
            ]
            if len(there) != len(keys):
                return None
        by = self._unit.by
        key, id_ = new_key(), new_number()
        values: dict[str, Any] = {column.name: getattr(plan, column.name) for column in _OF_PLAN}
        values |= {"key": key, "id": id_, "reached": json.dumps(plan.reached), "made_at": self._unit.utc}
        values |= {"actor": (by.key or None) if by else None, "role": by.role.value if by else ""}
        self._connection.execute(_PLANS.insert(), values)
        rows = [
            {column.name: getattr(line, column.name) for column in _OF_LINE} | {"key": new, "plan_key": key}
            for line, new in zip(lines, new_keys(len(lines)), strict=True)
        ]
        if rows:
            self._connection.execute(_LINES.insert(), rows)
        return id_

    def find(self, id_: str | None, school: str | None) -> KeptPlan | None:
        """The plan with this id, or the newest; of a school, or of any where that is None."""
        where = [] if id_ is None else [_PLANS.c.id == id_]
        where += [] if school is None else [_PLANS.c.school == school]
        newest = select(*_OF_PLAN).where(*where).order_by(_PLANS.c.made_at.desc(), _PLANS.c.key).limit(1)
        row = self._connection.execute(newest).one_or_none()
        return None if row is None else _plan(row)

    def lines(self, plan_key: int) -> list[KeptLine]:
        """The lines of a plan, those that are banned or spare too, by request and alumnus."""
        ordered = select(*_OF_LINE).where(_LINES.c.plan_key == plan_key)
        ordered = ordered.order_by(_LINES.c.request_key, _LINES.c.alumnus_key, _LINES.c.key)
        return [KeptLine(*row) for row in self._connection.execute(ordered)]

    def record(self, line_key: int, state: str, problem: str = "", *, unless: Collection[str] = ()) -> bool:
        """Records what became of a line; False if it is gone, or in one of these states already."""
        self._unit.need_write()
        same = (_LINES.c.key == line_key, _LINES.c.state.not_in(sorted(unless)))
        done = _LINES.update().where(*same).values(state=state, problem=problem)
        return self._connection.execute(done).rowcount == 1

    def about(self, alumnus_key: int) -> list[tuple[KeptPlan, KeptLine]]:
        """The lines of an alumnus with their plans, the oldest first."""
        both = select(*_OF_PLAN, *_OF_LINE).join_from(_LINES, _PLANS, _LINES.c.plan_key == _PLANS.c.key)
        both = both.where(_LINES.c.alumnus_key == alumnus_key).order_by(_PLANS.c.made_at, _LINES.c.key)
        width = len(_OF_PLAN)
        return [(_plan(row[:width]), KeptLine(*row[width:])) for row in self._connection.execute(both)]

    def forget(self, before: date) -> int:
        """Forgets the plans whose last day is before this one; returns how many."""
        self._unit.need_write()
        return self._connection.execute(_PLANS.delete().where(_PLANS.c.last < before)).rowcount


def _plan(row: Row[Any] | Sequence[Any]) -> KeptPlan:
    values = dict(zip(KeptPlan.__dataclass_fields__, row, strict=True))
    return KeptPlan(**{**values, "reached": json.loads(values["reached"])})
