"""The shipped tables as they are looked up: places by the key of a name, points by postcode.

`places.tsv.gz`, `postcodes.tsv.gz` and `replaced.tsv.gz` are made by `data/make_places.py`; sources and licences stand
in `README.md` next to them. Each is read when something is first looked up in it.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from matcher.domain.places import Coordinates

PROVINCES = {
    "DR": "Drenthe", "FL": "Flevoland", "FR": "Friesland", "GE": "Gelderland", "GR": "Groningen", "LI": "Limburg",
    "NB": "Noord-Brabant", "NH": "Noord-Holland", "OV": "Overijssel", "UT": "Utrecht", "ZE": "Zeeland",
    "ZH": "Zuid-Holland",
}  # fmt: skip
FOREIGN = {"BE": "België", "DE": "Duitsland"}


class Sort(StrEnum):
    """What a name in the table stands for."""

    TOWN = "t"
    MUNICIPALITY = "m"


@dataclass(frozen=True, slots=True)
class Place:
    """A town or municipality: `region` is a province or a country.

    `inhabitants` is 0 where GeoNames does not know them, mostly a hamlet; 1 where it is a town for the post even so.
    """

    name: str
    sort: Sort
    region: str
    point: Coordinates
    inhabitants: int
    municipality: str

    @property
    def foreign(self) -> bool:
        """Whether it is not in the Netherlands."""
        return self.region in FOREIGN

    @property
    def full_name(self) -> str:
        """The name with its province or country, as in `Bergen (Limburg)`."""
        return f"{self.name} ({FOREIGN.get(self.region) or PROVINCES[self.region]})"


@dataclass(frozen=True, slots=True)
class Table:
    """Places by the key of a name (`name_key`): proper names, other names that are safe, and those that are not.

    A safe name is a spelling or an official name in another language. An unsafe one is whatever GeoNames calls an
    alternate: it may be another place's name.
    """

    named: Mapping[str, tuple[Place, ...]]
    known_as: Mapping[str, tuple[Place, ...]]
    unsafe: Mapping[str, tuple[Place, ...]]


@cache
def table() -> Table:
    """The places. Proper names come before other names of the same key."""
    named: dict[str, tuple[Place, ...]] = {}
    known_as: dict[str, tuple[Place, ...]] = {}
    unsafe: dict[str, tuple[Place, ...]] = {}
    for name, key, sort, region, latitude, longitude, inhabitants, municipality, safe, other in _rows("places"):
        point = Coordinates(float(latitude), float(longitude))
        place = Place(name, Sort(sort), region, point, int(inhabitants), municipality)
        for names, keys in ((named, key), (known_as, safe), (unsafe, other)):
            for one in keys.split() if keys else ():
                names[one] = (*names.get(one, ()), place)
    return Table(named, known_as, unsafe)


@cache
def postcodes() -> Mapping[str, Coordinates]:
    """The middle of each four-digit postcode, in degrees."""
    return {pc4: Coordinates(float(north), float(east)) for pc4, north, east in _rows("postcodes")}


@cache
def replaced() -> Mapping[str, Coordinates]:
    """Where earlier versions put a name, by its key, where that is more than 10 km off or was a guess."""
    return {key: Coordinates(float(north), float(east)) for key, north, east in _rows("replaced")}


def _rows(name: str) -> Iterator[list[str]]:
    path = Path(__file__).with_name(f"{name}.tsv.gz")
    for line in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines():
        yield line.split("\t")
