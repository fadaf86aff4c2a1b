"""Alumni who were merged, the numbers that they had, and making two of one again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from matcher.errors import InvalidValue
from matcher.repositories.values import KeptMerge, MergeTrace, Unmerged
from matcher.store import merging, schema
from matcher.store.former import former_numbers
from matcher.store.own_fields import PREFIX, as_fields, named
from matcher.store.removals import OVERWRITE
from matcher.store.unit import UnitOfWork, about

_KEPT = (
    schema.merges.c.id,
    schema.alumni.c.school,
    schema.alumni.c.alumnus_id,
    schema.merges.c.number,
    schema.merges.c.created_at,
)


class Merges:
    """Implements `matcher.repositories.people.Merges`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def listed(self, school: str | None = None, limit: int = 50) -> list[KeptMerge]:
        """The newest merges first, of a school or all."""
        statement = _merges().order_by(schema.merges.c.key.desc()).limit(limit)
        rows = self._connection.execute(statement if school is None else statement.where(_KEPT[1] == school))
        return [KeptMerge(*row) for row in rows]

    def find(self, merge_id: str) -> KeptMerge | None:
        """The merge with this id; None for one that there is not, or no longer."""
        row = self._connection.execute(_merges().where(schema.merges.c.id == merge_id)).one_or_none()
        return None if row is None else KeptMerge(*row)

    def undo(self, merge_id: str) -> Unmerged:
        """Makes two alumni again, but for what was changed since, and notes it.

        Raises KeyError for a merge that there is not, InvalidValue('later_merge') where a later one is undone first,
        InvalidValue('number_taken').
        """
        self._unit.need_write()
        table, kept = schema.merges, self.find(merge_id)
        if kept is None:
            raise KeyError(merge_id)
        row = self._connection.execute(select(table).where(table.c.id == merge_id)).one()
        later = select(table.c.id).where(table.c.alumnus_key == row.alumnus_key, table.c.key > row.key)
        newest = self._connection.execute(later.order_by(table.c.key.desc())).scalar()
        if newest is not None:
            raise InvalidValue("later_merge", id=newest)
        self._connection.execute(table.delete().where(table.c.id == merge_id))
        left = merging.unmerge(self._connection, row.alumnus_key, row.former_key, row.number, row.state)
        self._unit.change("undo", about(row.alumnus_key, row.former_key), 2)
        self._unit.remove(OVERWRITE)
        both = [row.alumnus_key, row.former_key]
        self._unit.note("person.unmerge", {"alumni": both, "merge": merge_id, "left": len(left)}, schools=[kept.school])
        told = sorted(name for name in named(self._connection, dict.fromkeys(left)) if not name.startswith(PREFIX))
        return Unmerged(kept.school, kept.kept, kept.gone, tuple(told))

    def about(self, key: int) -> list[MergeTrace]:
        """What is kept of an alumnus for the undo of merges, the newest first."""
        table = schema.merges
        columns = select(table.c.id, table.c.created_at, table.c.state).where(table.c.alumnus_key == key)
        return [
            MergeTrace(merge_id, at, {side: named(self._connection, one) for side, one in _values(state).items()})
            for merge_id, at, state in self._connection.execute(columns.order_by(table.c.key.desc()))
        ]

    def former_numbers(self, key: int) -> list[str]:
        """The numbers that an alumnus had before being merged, sorted."""
        return sorted(former_numbers(self._connection, key))

    def number_of(self, school: str, former: str) -> str | None:
        """The number of today of whoever had this number before a merge."""
        numbers, people = schema.former_numbers, schema.alumni
        same = (numbers.c.school == school, numbers.c.number == former)
        return self._connection.execute(select(people.c.alumnus_id).join_from(numbers, people).where(*same)).scalar()

    def holders(self) -> dict[int, tuple[int, str | None]]:
        """By random key of before a merge that of now, and the last merge of that alumnus that can be undone."""
        numbers, table = schema.former_numbers, schema.merges
        ordered = select(table.c.alumnus_key, table.c.id).order_by(table.c.key)
        newest = {row.alumnus_key: row.id for row in self._connection.execute(ordered)}
        rows = self._connection.execute(select(numbers.c.former_key, numbers.c.alumnus_key))
        return {former: (key, newest.get(key)) for former, key in rows}

    def forget(self, before: datetime) -> int:
        """Forgets what the undo of merges before a moment (UTC) needs; returns of how many."""
        self._unit.need_write()
        count = self._connection.execute(schema.merges.delete().where(schema.merges.c.created_at < before)).rowcount
        if count:
            self._unit.remove(OVERWRITE)
        return count


def _merges() -> Select[Any]:
    return select(*_KEPT).join_from(schema.merges, schema.alumni)


def _values(text: str) -> dict[str, dict[str, Any]]:
    """The values of both, as far as they are filled in."""
    state: Mapping[str, Any] = json.loads(text)
    gone = state["gone"]
    own = as_fields((gone.get("own_values") or [{"values": None}])[0]["values"])
    records = {"kept": state["before"]["fields"], "gone": {**gone["alumni"][0], **(gone["contacts"] or [{}])[0], **own}}
    plumbing = {"key", "alumnus_key", "number_key", "stated_fields"}
    return {
        side: {name: value for name, value in merging.told(fields).items() if name not in plumbing}
        for side, fields in records.items()
    }
