"""Answers about training companies, the places that need one, and who works at which company."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select, tuple_

from matcher.domain.kinds import RequestKind
from matcher.domain.recognition import Placement, Recognition, changes, crebo_of
from matcher.repositories.values import Changes
from matcher.store import schema
from matcher.store.records import chunks
from matcher.store.unit import UnitOfWork

_TABLE = schema.recognitions
_COLUMNS = tuple(_TABLE.c[name] for name in Recognition.__dataclass_fields__)


class Recognitions:
    """Implements `matcher.repositories.recognitions.Recognitions`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def all(self) -> list[Recognition]:
        """Every answer."""
        return [Recognition(*row) for row in self._connection.execute(select(*_COLUMNS))]

    def put(self, answers: Sequence[Recognition]) -> dict[str, int]:
        """Keeps answers, in place of older ones; `created`, `updated`, `unchanged`. The lists of places change."""
        self._unit.need_write()
        changed, counts = changes(self.all(), answers)
        if not changed:
            return counts
        for part in chunks(sorted(changed)):
            self._connection.execute(_TABLE.delete().where(tuple_(_TABLE.c.company, _TABLE.c.crebo).in_(part)))
        names = Recognition.__dataclass_fields__
        rows = [{name: getattr(one, name) for name in names} for one in changed.values()]
        self._connection.execute(_TABLE.insert(), rows)
        places = frozenset(one.key for one in self.placements())
        self._unit.change("recognitions", Changes(requests=places), len(changed))
        return counts

    def placements(self, request_key: int | None = None) -> list[Placement]:
        """The requests for a place of a programme with a crebo code, by random key; or this one, if it is one."""
        table = schema.requests
        asked = select(table.c.key, table.c.programme, table.c.period_from, table.c.moments)
        asked = asked.where(table.c.kind == RequestKind.BPV_PLACE.value, table.c.programme.is_not(None))
        if request_key is not None:
            asked = asked.where(table.c.key == request_key)
        found = []
        for key, programme, begins, moments in self._connection.execute(asked.order_by(table.c.key)):
            if crebo := crebo_of(programme):
                found.append(Placement(key, crebo, begins or _first_day(moments)))
        return found

    def companies(self) -> dict[int, str]:
        """The number of the company of each alumnus who has one, by random key of the alumnus."""
        table = schema.alumni
        asked = select(table.c.key, table.c.company_id).where(table.c.company_id.is_not(None))
        return {row.key: row.company_id for row in self._connection.execute(asked)}


def _first_day(moments: Any) -> date | None:
    """The first day of moments in their stored form."""
    days = [date.fromisoformat(start[:10]) for start, _ in json.loads(moments)] if moments else []
    return min(days, default=None)
