"""The tables of places are made from open files: with a small region of our own, whose every answer is known."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from data import make_places

GEONAMES = (
    "geonameid\tname\talternates\tlatitude\tlongitude\tfeature\tprovince\tmunicipality_code\tpopulation\n"
    "1\tThe Hague\tDen Haag | HAG | Гаага | La Haye\t52.08\t4.31\tPPLA\tZuid-Holland\tGM1\t500000\n"
    "2\tAandorp\tAendurp | Beedorp\t52.00\t5.00\tPPL\tUtrecht\tGM2\t3000\n"
    "3\tBeedorp\t\t52.90\t6.00\tPPL\tFriesland\tGM3\t1000\n"
    "4\tOver 't IJ\t\t52.02\t5.02\tPPL\tUtrecht\tGM2\t0\n"
)
PLAATS = (
    "plaats,lat,lon\n"
    '"Even",52.5,5.5\n'
    '"Over \'t IJ",52.02,5.02\n'
    '"Evenmin",52.5,5.5\n'
    '"Aendurp",52.001,5.001\n'
    '"Ook even",52.5,5.5\n'
    '"Nieuw+½ Stad",52.05,5.05\n'
)


def square(north: float, east: float) -> dict[str, object]:
    ring = [[east - 0.1, north - 0.1], [east + 0.1, north - 0.1], [east + 0.1, north + 0.1], [east - 0.1, north - 0.1]]
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.fixture
def made(tmp_path: Path) -> Mapping[str, list[list[str]]]:
    """The tables made from the small region, as rows."""
    (tmp_path / "names.txt").write_text("# ours\nThe Hague: Den Haag, 's-Gravenhage\n", "utf-8")
    towns = [("GM1", "Den Haag", 52.08, 4.31), ("GM2", "Heuvels", 52.0, 5.0), ("GM3", "Bergen (L.)", 52.9, 6.0)]
    features = [
        {"properties": {"code": code, "name": name, "inhabitants": 9000}, "geometry": square(north, east)}
        for code, name, north, east in towns
    ]
    (tmp_path / "geonames_nl.tsv.gz").write_bytes(gzip.compress(GEONAMES.encode()))
    (tmp_path / "gemeenten_2023.geojson.gz").write_bytes(gzip.compress(json.dumps({"features": features}).encode()))
    (tmp_path / "plaats.csv").write_text(PLAATS, "utf-8")
    (tmp_path / "pc4.csv").write_text(
        "pc4,lat,lon\n" + "".join(f"80{n},52.5,6.1\n" for n in range(10, 20)) + "8020,50.9,5.9\n"
    )
    near = {"name": "Grenz", "countrycode": "DE", "latitude": 52.9, "longitude": 6.4, "population": 900}
    far = {**near, "name": "Weit", "longitude": 9.4}
    dutch = {"name": "Zwolle", "countrycode": "NL", "latitude": 50.9, "longitude": 5.9, "population": 9, "geonameid": 1}
    cities = {"1": near, "2": far, "3": dutch | {"alternatenames": ["Zwolle"]}}
    (tmp_path / "cities500.json").write_text(json.dumps(cities))
    first, again = (made_into(tmp_path / name, tmp_path) for name in ("first", "again"))
    assert first == again
    return {
        name: [line.split("\t") for line in gzip.decompress(content).decode().splitlines()]
        for name, content in first.items()
    }


def made_into(target: Path, folder: Path) -> dict[str, bytes]:
    target.mkdir()
    make_places.main(folder, folder / "cities500.json", target, folder / "names.txt")
    return {path.name.removesuffix(".tsv.gz"): path.read_bytes() for path in target.iterdir()}


def test_names_are_safe_only_if_somebody_says_so(made: Mapping[str, list[list[str]]]) -> None:
    """Our names and those of plaats.csv at the same spot are safe; what GeoNames alone calls an alternate is not."""
    rows = {(row[0], row[2]): row for row in made["places"]}
    hague, town = rows["Den Haag", "t"], rows["Aandorp", "t"]
    assert hague[1].split() == ["denhaag", "sgravenhage"]
    assert hague[9].split() == ["lahaye", "thehague"]
    assert town[8].split() == ["aendurp"]
    assert town[9].split() == ["beedorp"]


def test_only_the_odd_lines_are_used(made: Mapping[str, list[list[str]]]) -> None:
    """Lines 2, 4 and 6 are for measuring: no name of theirs is in the table. Damaged letters are mended."""
    names = {row[0] for row in made["places"]}
    assert not names & {"Even", "Evenmin", "Ook even"}
    assert "Nieuwë Stad" in names


def test_a_hamlet_with_a_postcode_is_a_town(made: Mapping[str, list[list[str]]]) -> None:
    """A place whose inhabitants GeoNames does not know has one if plaats.csv names it there."""
    assert [row[6] for row in made["places"] if row[0] == "Over 't IJ"] == ["1"]


def test_a_municipality_lies_amid_its_people(made: Mapping[str, list[list[str]]]) -> None:
    """It stands with the province of the towns there, by its name with and without what sets it apart."""
    (row,) = [row for row in made["places"] if row[2] == "m" and row[0] == "Bergen"]
    assert (row[1].split(), row[3], row[4:6]) == (["bergen", "bergenl"], "FR", ["52.9000", "6.0000"])


def test_over_the_border_only_what_is_near(made: Mapping[str, list[list[str]]]) -> None:
    """A German town within 45 km is there, one at 200 km is not."""
    names = {row[0] for row in made["places"]}
    assert "Grenz" in names
    assert "Weit" not in names


def test_a_postcode_far_from_its_neighbours_is_an_error(made: Mapping[str, list[list[str]]]) -> None:
    """It is left out, the others are kept."""
    assert [row[0] for row in made["postcodes"]] == [str(8010 + number) for number in range(10)]


def test_where_a_name_was_put_wrongly_is_kept(made: Mapping[str, list[list[str]]]) -> None:
    """The earlier point of a town that lies elsewhere now, to recognise it in a database."""
    assert made["replaced"] == [["zwolle", "50.9", "5.9"]]
