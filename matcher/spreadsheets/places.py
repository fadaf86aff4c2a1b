"""Places in a spreadsheet: postcodes that are not Dutch, and the user's own table of postcodes or towns."""

from __future__ import annotations

from pathlib import Path

from matcher.domain.places import Coordinates, distance_km
from matcher.gazetteer.lookup import Answer, look_up
from matcher.gazetteer.table import postcodes
from matcher.spreadsheets.cells import CellProblem, postcode_of, text_of
from matcher.spreadsheets.named_tables import Cells, NamedTable
from matcher.spreadsheets.report import Report
from matcher.text import pc4_key, town_key

_COUNTRY_LETTERS = ("BE", "DE")
"""Letters of a Dutch postcode that may be a country as well."""
_APART_KM = 40.0
"""A postcode this far from every Dutch town of the name is not of that town."""


class Abroad:
    """Tells whether the postcode of a row is Belgian or German, by its town. Each town is looked up once."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}

    def has(self, postcode: object, town: object) -> bool:
        """Whether these four digits are a place abroad: with two letters they are Dutch, except before BE and DE."""
        if not (isinstance(postcode, str) and isinstance(town, str) and town):
            return False
        digits, letters = postcode[:4], postcode[4:].strip()
        if letters and letters not in _COUNTRY_LETTERS:
            return False
        answer = self._answers.get(town)
        if answer is None:
            answer = self._answers[town] = look_up(town)
        places = answer.places[: answer.named] if answer.known else ()
        if not any(place.foreign for place in places):
            return False
        point = postcodes().get(digits)
        dutch = [place for place in places if not place.foreign]
        return point is None or all(distance_km(place.point, point) > _APART_KM for place in dutch)


_NAMES = {
    "postcode": {"postcode", "pc4"},
    "town": {"plaats", "woonplaats", "town"},
    "latitude": {"latitude", "lat", "breedtegraad"},
    "longitude": {"longitude", "lon", "lng", "lengtegraad"},
}
_TABLE = NamedTable(
    _NAMES,
    lambda found: {"latitude", "longitude"} <= set(found) and len(found) > 2,
    "places_columns",
    skips_empty=False,
)
SOUTH_NORTH, WEST_EAST = (50.0, 54.0), (3.0, 8.0)
"""Degrees within which the European Netherlands lie; values outside come from swapped or wrong columns."""


def read_places(path: Path) -> tuple[dict[str, Coordinates], Report]:
    """Coordinates by place key, from the columns postcode (or plaats), latitude and longitude, and a report.

    Raises UnreadableFile, MissingColumns.
    """
    found, report = _TABLE.read(path, lambda cells: (_key(cells), _point(cells)))
    return dict(found), report


def _key(cells: Cells) -> str:
    postcode, town = (text_of(cells.get(name) or "") for name in ("postcode", "town"))
    if postcode:
        return pc4_key(postcode_of(postcode)[0])
    if town:
        return town_key(town)
    raise CellProblem("place_unnamed")


def _point(cells: Cells) -> Coordinates:
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
