"""Towns as people write them, and what is in doubt."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.places import Coordinates, distance_km
from matcher.gazetteer.lookup import SAME_KM, Answer, Certainty, Place, Sort, look_up, nearest
from matcher.gazetteer.spelling import name_key
from matcher.gazetteer.table import FOREIGN, PROVINCES, postcodes, table

HERE = Path(__file__).parent
with (HERE / "towns.csv").open(encoding="utf-8", newline="") as file:
    TOWNS = [
        (row["name"], Coordinates(float(row["latitude"]), float(row["longitude"]))) for row in csv.DictReader(file)
    ]


@pytest.mark.parametrize(("name", "where"), TOWNS, ids=[name for name, _ in TOWNS])
def test_a_town_is_found_as_people_write_it(name: str, where: Coordinates) -> None:
    """Each usual spelling is known without a doubt, at most 10 km from where the town is."""
    answer = look_up(name)
    assert answer.certainty is Certainty.KNOWN
    assert answer.point is not None
    assert distance_km(answer.point, where) < SAME_KM


def test_a_name_of_several_places_is_a_doubt() -> None:
    """Of towns of one name none is taken if they are about as large, and the larger one only with a doubt said."""
    bergen = look_up("Bergen")
    assert (bergen.certainty, bergen.point) == (Certainty.UNSURE, None)
    assert {place.full_name for place in bergen.places} == {"Bergen (Noord-Holland)", "Bergen (Limburg)"}
    hengelo = look_up("Hengelo")
    assert hengelo.certainty is Certainty.LIKELY
    assert [place.full_name for place in hengelo.places] == ["Hengelo (Overijssel)", "Hengelo (Gelderland)"]


@pytest.mark.parametrize("name", ["Mestreech", "Ginnum", "The Hague", "Kampen/Zwolle", "Friesland"])
def test_a_name_that_only_others_have_is_never_taken(name: str) -> None:
    """An alternate of GeoNames, two towns in one cell and a province are told as a doubt, with what it may be."""
    answer = look_up(name)
    assert (answer.certainty, answer.point) == (Certainty.UNSURE, None)
    assert answer.places


def test_horn_is_not_hoorn() -> None:
    """Horn is in Limburg; that GeoNames calls Hoorn so too makes it a doubt, and no school there turns it to Hoorn."""
    horn, hoorn = look_up("Horn"), look_up("Hoorn").places[0].point
    assert horn.places[0].full_name == "Horn (Limburg)"
    assert nearest(horn, [hoorn] * 9).point is None


def test_a_region_never_makes_a_name_of_an_alternate() -> None:
    """Where all the others live near a place that is only called so too, that is still a doubt."""
    town, other = (Place(name, Sort.TOWN, "OV", Coordinates(52, east), 9, "") for name, east in (("A", 5), ("B", 6)))
    answer = Answer(Certainty.UNSURE, (town, other), named=1)
    assert nearest(answer, [other.point] * 9) == answer
    assert nearest(answer, [town.point] * 9).point == town.point


@pytest.mark.parametrize(
    "name", ["Nergenshuizen", "Twente", "?", "", "12", "onbekend", "Limburg", "Kerkstraat 12", "(NH)", "a/d", "\u0130"]
)
def test_nothing_is_made_up(name: str) -> None:
    """What is no place is not found."""
    assert look_up(name).certainty is Certainty.UNKNOWN


def test_a_slip_gets_a_hint_and_no_place() -> None:
    """Zwole is not taken for Zwolle; it is what the report asks."""
    answer = look_up("Zwole")
    assert (answer.certainty, answer.point) == (Certainty.UNKNOWN, None)
    assert [place.full_name for place in answer.places] == ["Zwolle (Overijssel)"]


def test_the_region_of_a_school_tells_which_is_meant() -> None:
    """Three others near by settle it, two do not, and neither do those who live near several."""
    bergen = look_up("Bergen")
    alkmaar, venray = (look_up(name).places[0].point for name in ("Alkmaar", "Venray"))
    assert nearest(bergen, [alkmaar] * 3).places[0].full_name == "Bergen (Noord-Holland)"
    assert nearest(bergen, [venray] * 3).places[0].full_name == "Bergen (Limburg)"
    assert nearest(bergen, [venray] * 3).certainty is Certainty.KNOWN
    assert nearest(bergen, [venray] * 2).certainty is Certainty.UNSURE
    assert nearest(bergen, [venray] * 4 + [alkmaar]).certainty is Certainty.UNSURE


def test_a_place_abroad_is_taken_for_a_region_with_a_doubt_said() -> None:
    """Who lives near Maastricht may mean Hasselt in Belgium, who lives near Zwolle means the other one."""
    hasselt = look_up("Hasselt")
    zwolle = look_up("Zwolle").places[0].point
    genk = look_up("Genk (B)").places[0].point
    assert nearest(hasselt, [zwolle] * 9).certainty is Certainty.KNOWN
    abroad = nearest(hasselt, [genk] * 9)
    assert (abroad.certainty, abroad.places[0].region) == (Certainty.LIKELY, "BE")


SIGNS = st.sampled_from(["{}", " {} ", "{}.", "{}\u00a0", "\u200b{}"])
CASES = st.sampled_from([str, str.upper, str.lower, str.title])
CITIES = sorted(
    name
    for places in table().named.values()
    for name in {place.name for place in places}
    if look_up(name).certainty is Certainty.KNOWN and not look_up(name).places[0].foreign
)[::7]


@given(st.sampled_from(CITIES), CASES, SIGNS)
def test_case_and_signs_change_nothing(name: str, case: object, sign: str) -> None:
    """A town in capitals, with spaces or a full stop behind it is the same town."""
    written = sign.format(case(name))  # type: ignore[operator]
    assert look_up(written).places[:1] == look_up(name).places[:1]


@given(st.sampled_from(CITIES), st.sampled_from(["{} ({})", "{}, {}", "{} {}", "{} - {}"]), st.booleans())
def test_the_province_behind_a_town_changes_nothing_or_finds_none(name: str, form: str, right: bool) -> None:
    """With its own province a town is where it was; with another one it is not taken."""
    place = look_up(name).places[0]
    other = "DR" if place.region != "DR" else "FL"
    answer = look_up(form.format(name, PROVINCES[place.region if right else other]))
    if right:
        assert answer.point is not None
        assert distance_km(answer.point, place.point) < SAME_KM
    else:
        assert answer.point is None or distance_km(answer.point, place.point) > SAME_KM


@given(st.text(max_size=60) | st.text("aeinrst/-.,()' 0123", max_size=200))
def test_any_text_has_an_answer(text: str) -> None:
    """Nothing that stands in a cell fails, and what is taken is in the table."""
    answer = look_up(text)
    assert (answer.point is not None) == (answer.certainty in {Certainty.KNOWN, Certainty.LIKELY})
    assert all(place.region in PROVINCES | FOREIGN for place in answer.places)


POINTS = st.builds(Coordinates, st.floats(51, 53), st.floats(4, 7))


@given(st.lists(POINTS, min_size=1, max_size=4), st.lists(POINTS, max_size=8))
def test_a_region_only_ever_chooses_among_the_places(towns: list[Coordinates], around: list[Coordinates]) -> None:
    """Each place is still in the answer once, and none is taken that fewer than three live near."""
    places = tuple(Place(str(n), Sort.TOWN, "OV", point, 1, "") for n, point in enumerate(towns))
    answer = nearest(Answer(Certainty.UNSURE, places), around)
    assert sorted(answer.places, key=lambda place: place.name) == list(places)
    if answer.point is not None:
        assert sum(distance_km(answer.point, point) <= 30 for point in around) >= 3


def test_the_table_is_sound() -> None:
    """Every key is one that a name can have, every point lies in or near the Netherlands, and the files are small."""
    names = table()
    assert all(key == name_key(key) and key for keys in (names.named, names.known_as, names.unsafe) for key in keys)
    points = [place.point for places in names.named.values() for place in places] + list(postcodes().values())
    assert all(50.2 < point.latitude < 54 and 2.5 < point.longitude < 8 for point in points)
    assert sum(path.stat().st_size for path in (HERE.parents[1] / "matcher" / "gazetteer").glob("*.gz")) < 300_000
    assert {place.region for places in names.named.values() for place in places} == {*PROVINCES, *FOREIGN}


def test_a_postcode_is_where_its_town_is() -> None:
    """Postcodes of cities in every region lie in them."""
    for pc4, town in [("8011", "Zwolle"), ("1012", "Amsterdam"), ("6211", "Maastricht"), ("9711", "Groningen")]:
        assert distance_km(postcodes()[pc4], look_up(town).places[0].point) < 5


def test_nothing_is_read_before_a_town_is_looked_up() -> None:
    """Importing the modules of an import opens no table; the first town does, in a tenth of the time it took before."""
    code = (
        "import sys; opened = []\n"
        "sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == 'open' else None)\n"
        "import matcher.services.imports, matcher.services.locating, matcher.spreadsheets.reader\n"
        "from matcher.gazetteer.lookup import look_up\n"
        "print(sum(name.endswith('.tsv.gz') for name in opened)); look_up('Zwolle')\n"
        "print(sum(name.endswith('.tsv.gz') for name in opened))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "1"]


def test_a_long_text_takes_no_time() -> None:
    """A cell of 20,000 signs in the wrong column is not a town, and that is clear within a second."""
    start = time.perf_counter()
    for text in ("a " * 10_000, "(" * 20_000, "a/d " * 5_000, "Zwolle, " * 2_500, "-" * 20_000, " " * 19_999 + "x"):
        look_up(text)
    assert time.perf_counter() - start < 1
