"""Coordinates of postcodes and towns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import bindparam, select

from matcher.domain.places import Coordinates
from matcher.repositories.values import Changes
from matcher.store import schema
from matcher.store.codecs import LAYOUTS
from matcher.store.records import chunks
from matcher.store.unit import UnitOfWork
from matcher.text import town_key

_FEW_TOWNS = 100
"""Up to this many new towns, the revision lists the records there."""


class Places:
    """Implements `matcher.repositories.people.Places`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def all(self) -> dict[str, Coordinates]:
        """Coordinates (degrees, WGS 84) by place key."""
        table = schema.places
        rows = self._connection.execute(select(table.c.key, table.c.latitude, table.c.longitude))
        return {key: Coordinates(latitude, longitude) for key, latitude, longitude in rows}

    def of(self, keys: Collection[str]) -> dict[str, Coordinates]:
        """The places with these keys; unknown ones are absent."""
        table, places = schema.places, {}
        statement = select(table.c.key, table.c.latitude, table.c.longitude)
        for part in chunks(keys):
            for key, latitude, longitude in self._connection.execute(statement.where(table.c.key.in_(part))):
                places[key] = Coordinates(latitude, longitude)
        return places

    def add(self, places: Mapping[str, Coordinates]) -> int:
        """Adds or replaces coordinates; returns how many changed."""
        table, known = schema.places, self.of(places)
        changed = {key: point for key, point in places.items() if known.get(key) != point}
        if not changed:
            return 0
        self._unit.need_write()
        rows = [
            {"the_key": key, "latitude": point.latitude, "longitude": point.longitude} for key, point in changed.items()
        ]
        new = [row for row in rows if row["the_key"] not in known]
        moved = [row for row in rows if row["the_key"] in known]
        if new:
            self._connection.execute(table.insert().values(key=bindparam("the_key")), new)
        if moved:
            self._connection.execute(table.update().where(table.c.key == bindparam("the_key")), moved)
        about = None if moved else self._in_towns(list(changed))
        self._unit.change("places", about, len(changed))
        return len(changed)

    def _in_towns(self, keys: Sequence[str]) -> Changes | None:
        """The records in these towns, which had no coordinates; None if there may be others."""
        if len(keys) > _FEW_TOWNS or not all(key.startswith("town:") for key in keys):
            return None
        records: dict[str, frozenset[int]] = {}
        for kind, layout in LAYOUTS.items():
            table = layout.table
            towns = self._connection.execute(select(table.c.town).where(table.c.town.is_not(None)).distinct()).scalars()
            spellings = [town for town in towns if town_key(town) in keys]
            inside = select(table.c.key).where(table.c.town.in_(spellings))
            records[kind.value] = frozenset(self._connection.execute(inside).scalars())
        return Changes(**records)
