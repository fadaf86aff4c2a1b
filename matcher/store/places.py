"""Coordinates of postcodes and towns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import bindparam, select

from matcher.domain.places import Coordinates
from matcher.domain.records import RecordKind
from matcher.repositories.values import Changes
from matcher.store import schema
from matcher.store.codecs import LAYOUTS
from matcher.store.records import chunks
from matcher.store.unit import UnitOfWork
from matcher.text import place_keys, town_key, towns_of

_FEW = 100
"""Up to this many new places, the revision lists the records there."""


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
        about = None if moved else self._located_by(list(changed))
        self._unit.change("places", about, len(changed))
        return len(changed)

    def remove(self, keys: Collection[str]) -> int:
        """Forgets coordinates; returns how many there were."""
        known = list(self.of(keys))
        if known:
            self._unit.need_write()
            for part in chunks(known):
                self._connection.execute(schema.places.delete().where(schema.places.c.key.in_(part)))
            self._unit.change("places", None, len(known))
        return len(known)

    def around(self, school: str) -> list[Coordinates]:
        """Where the alumni of a school live, as far as known: each place once."""
        columns = schema.alumni.c
        rows = self._connection.execute(select(columns.pc4, columns.town).where(columns.school == school).distinct())
        keys = [list(place_keys(pc4, town, school)) for pc4, town in rows]
        known = self.of({key for of_one in keys for key in of_one})
        places = (next((key for key in of_one if key in known), None) for of_one in keys)
        return [known[key] for key in dict.fromkeys(places) if key is not None]

    def _located_by(self, keys: Sequence[str]) -> Changes | None:
        """The records with these postcodes and towns, which had no coordinates; None if there are many."""
        if len(keys) > _FEW:
            return None
        towns = {key.partition("@")[0] for key in keys if key.startswith("town:")}
        postcodes = [key.removeprefix("pc4:") for key in keys if key.startswith("pc4:")]
        records: dict[RecordKind, frozenset[int]] = {}
        for kind, layout in LAYOUTS.items():
            columns = layout.table.c
            spellings: list[str] = []
            if towns:
                named = self._connection.execute(select(columns.town).where(columns.town.is_not(None)).distinct())
                spellings = [
                    town for town in named.scalars() if towns & {town_key(one) for one in (town, *towns_of(town))}
                ]
            located = select(columns.key).where(columns.pc4.in_(postcodes) | columns.town.in_(spellings))
            records[kind] = frozenset(self._connection.execute(located).scalars())
        return Changes.of(records)
