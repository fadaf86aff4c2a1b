"""Pairs that people judge, their grades, and the ranking in use."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from matcher.repositories.grades import Grade, KeptRanking
from matcher.repositories.values import Changes
from matcher.store import schema
from matcher.store.keys import new_key
from matcher.store.unit import UnitOfWork

_GRADES, _RANKINGS = schema.grades, schema.rankings
_KEPT = tuple(_GRADES.c[name] for name in Grade.__dataclass_fields__)


class Grades:
    """Implements `matcher.repositories.grades.Grades`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def draw(self, pairs: Sequence[tuple[int, int]]) -> None:
        """A new sitting for the asker: pairs of (request, alumnus), in this order. What was open before is dropped."""
        actor = self._actor()
        table = _GRADES
        self._connection.execute(table.delete().where(table.c.actor == actor, table.c.done_at.is_(None)))
        newest = self._connection.execute(select(func.max(table.c.sitting)).where(table.c.actor == actor)).scalar()
        same = {"actor": actor, "sitting": (newest or 0) + 1, "grade": None, "drawn_at": self._unit.utc}
        rows = [
            {"key": new_key(), "request_key": request, "alumnus_key": alumnus, "number": number, **same}
            for number, (request, alumnus) in enumerate(pairs, 1)
        ]
        if rows:
            self._connection.execute(table.insert(), rows)

    def sitting(self, actor: int) -> list[Grade]:
        """The pairs of the last sitting of somebody, in order."""
        own = _GRADES.c.actor == actor
        newest = select(func.max(_GRADES.c.sitting)).where(own).scalar_subquery()
        return self._select(own, _GRADES.c.sitting == newest, order=(_GRADES.c.number,))

    def put(self, key: int, grade: int | None) -> bool:
        """Records what the asker says of a pair; False for a pair that is not the asker's, or is gone."""
        actor = self._actor()
        table = _GRADES
        found = self._select(table.c.key == key, table.c.actor == actor, order=())
        if not found:
            return False
        (pair,) = found
        same = (table.c.request_key == pair.request_key, table.c.alumnus_key == pair.alumnus_key)
        if grade is not None:
            self._connection.execute(table.delete().where(*same, table.c.actor == actor, table.c.key != key))
        said = {"grade": grade, "done_at": self._unit.utc}
        self._connection.execute(table.update().where(table.c.key == key).values(said))
        return True

    def given(self, school: str | None = None) -> list[Grade]:
        """Every pair with a grade, of the requests of a school or of all, by request, alumnus and moment."""
        where = [_GRADES.c.grade.is_not(None)]
        if school is not None:
            requests = schema.requests
            where.append(_GRADES.c.request_key.in_(select(requests.c.key).where(requests.c.school == school)))
        names = ("request_key", "alumnus_key", "done_at", "key")
        return self._select(*where, order=tuple(_GRADES.c[name] for name in names))

    def about(self, alumnus_key: int) -> list[Grade]:
        """What is kept of an alumnus, the oldest first; open and skipped pairs too."""
        return self._select(_GRADES.c.alumnus_key == alumnus_key, order=(_GRADES.c.drawn_at, _GRADES.c.key))

    def forget(self, *, given: datetime, open_: datetime) -> int:
        """Forgets the grades that were given, and the pairs without one that were drawn, before these moments (UTC)."""
        self._unit.need_write()
        table = _GRADES
        old = (table.c.grade.is_not(None) & (table.c.done_at < given)) | (
            table.c.grade.is_(None) & (table.c.drawn_at < open_)
        )
        return self._connection.execute(table.delete().where(old)).rowcount

    def _actor(self) -> int:
        self._unit.need_write()
        by = self._unit.by
        assert by is not None  # noqa: S101 - need_write() refuses in a reading
        return by.key

    def _select(self, *where: ColumnElement[bool], order: tuple[ColumnElement[Any], ...]) -> list[Grade]:
        return [Grade(*row) for row in self._connection.execute(select(*_KEPT).where(*where).order_by(*order))]


class Rankings:
    """Implements `matcher.repositories.grades.Rankings`. Each change is a revision, so that every process sees it."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def in_use(self) -> KeptRanking | None:
        """The newest that was not taken back; None where the program ranks as it came."""
        return next((one for one in self.listed() if one.ended_at is None), None)

    def listed(self) -> list[KeptRanking]:
        """All, the newest first, those that were taken back too."""
        table = _RANKINGS
        rows = self._connection.execute(select(table).order_by(table.c.id.desc()))
        return [
            KeptRanking(row.id, row.weights, row.encoder, json.loads(row.measured), row.used_at, row.role, row.ended_at)
            for row in rows
        ]

    def use(self, weights: str | None, encoder: str | None, measured: Mapping[str, Any]) -> KeptRanking:
        """Ranks in another way from the next question on, in every process."""
        self._unit.change("ranking", Changes())
        by = self._unit.by
        assert by is not None  # noqa: S101 - change() refuses in a reading
        number = (self._connection.execute(select(func.max(_RANKINGS.c.id))).scalar() or 0) + 1
        row = {"id": number, "weights": weights, "encoder": encoder, "measured": json.dumps(measured, sort_keys=True)}
        row |= {"used_at": self._unit.utc, "actor": by.key or None, "role": by.role.value}
        self._connection.execute(_RANKINGS.insert(), row)
        return KeptRanking(number, weights, encoder, measured, self._unit.utc, by.role.value, None)

    def back(self) -> KeptRanking | None:
        """Takes the one in use back, so that the one before it is; returns what was taken back, None for none."""
        self._unit.need_write()
        used = self.in_use()
        if used is not None:
            self._unit.change("ranking", Changes())
            table = _RANKINGS
            self._connection.execute(table.update().where(table.c.id == used.number).values(ended_at=self._unit.utc))
        return used
