"""Columns that hold a part of a field, or several fields: names, postcodes with a town, qualifications, times."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.records import Moment, Pathway, Qualification
from matcher.spreadsheets import cells
from matcher.spreadsheets.cells.names import PARTICLES

TODAY = date(2027, 3, 1)

NAMES = [
    ("Jan Proef", "Jan", "Proef"),
    ("Jan van der Proef", "Jan", "van der Proef"),
    ("van der Proef, Jan", "Jan", "van der Proef"),
    ("Proef, J. van der", "J.", "van der Proef"),
    ("Proef, Jan", "Jan", "Proef"),
    ("Proef, Jan van der", "Jan", "van der Proef"),
    ("Fenna in 't Veld", "Fenna", "in 't Veld"),
    ("Fenna in ’t Veld", "Fenna", "in ’t Veld"),
    ("Veld, Fenna in 't", "Fenna", "in 't Veld"),
    ("Fenna uit den Boogaard", "Fenna", "uit den Boogaard"),
    ("J.P. de Proef", "J.P.", "de Proef"),
    ("J. P. Proef", "J. P.", "Proef"),
    ("Anna Maria van de Proef", "Anna Maria", "van de Proef"),
    ("Sanne Proef-Toets", "Sanne", "Proef-Toets"),
    ("Sanne van den Proef - de Toets", "Sanne", "van den Proef - de Toets"),
    ("Mo El Proef", "Mo", "El Proef"),
    ("Fatima ait Proef", "Fatima", "ait Proef"),
    ("Ben de Proef", "Ben", "de Proef"),
    ("Al Proef", "Al", "Proef"),
    ("Yasmin ben Proef", "Yasmin", "ben Proef"),
    ("Johan 't Proef", "Johan", "'t Proef"),
    ("Bram ten Proef", "Bram", "ten Proef"),
    ("Lotte v.d. Proef", "Lotte", "v.d. Proef"),
    ("Kees vd Proef", "Kees", "vd Proef"),
    ("Jan (Johannes) Proef", "Jan (Johannes)", "Proef"),
    ("PROEF, JAN VAN DER", "JAN", "VAN DER PROEF"),
    ("JAN VAN DER PROEF", "JAN", "VAN DER PROEF"),
    ("  Jan   van  Proef ", "Jan", "van Proef"),
    ("Luís da Proef", "Luís", "da Proef"),
    ("Anna von Proef", "Anna", "von Proef"),
]  # fmt: skip
UNSURE = [
    ("Anna Maria Proef", "Anna", "Maria Proef"),
    ("Fenna", None, "Fenna"),
    ("van der Proef", None, "van der Proef"),
    ("Jan en Piet Proef", None, "Jan en Piet Proef"),
    ("Jan Proef / Fenna Toets", None, "Jan Proef / Fenna Toets"),
    ("Proef, Jan, 2014", None, "Proef, Jan, 2014"),
]


@pytest.mark.parametrize(("text", "first", "last"), NAMES)
def test_a_name_is_split_as_a_coordinator_would(text: str, first: str | None, last: str) -> None:
    """Particles go with the last name, whichever comes first."""
    reading = cells.split_name(text)
    assert reading.value == (first, last)


@pytest.mark.parametrize(("text", "first", "last"), UNSURE)
def test_a_name_that_could_be_split_in_two_ways_is_remarked(text: str, first: str | None, last: str) -> None:
    """Nothing is lost, and a remark says that it is not sure."""
    reading = cells.split_name(text)
    assert (reading.value, [code for code, _ in reading.notes]) == ((first, last), ["name_unsure"])


@pytest.mark.parametrize(
    ("text", "value", "titles"),
    [
        ("dhr. J. Proef", ("J.", "Proef"), ["dhr."]),
        ("mevr. drs. Fenna van der Proef", ("Fenna", "van der Proef"), ["mevr.", "drs."]),
        ("Fenna Proef MSc", ("Fenna", "Proef"), ["MSc"]),
        ("de heer Jan Proef", ("Jan", "Proef"), ["de heer"]),
    ],
)
def test_a_title_is_left_out_and_named(text: str, value: tuple[str, str], titles: list[str]) -> None:
    """A title is no part of a name that a letter begins with."""
    reading = cells.split_name(text)
    assert (reading.value, [(p.code, p.text) for p in reading.left_out]) == (value, [("title", t) for t in titles])


WORDS = st.one_of(
    st.sampled_from([*sorted(PARTICLES), "Jan", "Proef", "dhr.", "MSc", ",", "en", "(Jo)", "-", "J.", "de heer", "Ĳ"]),
    st.text(min_size=1, max_size=8),
)


@given(st.lists(WORDS, min_size=1, max_size=7).map(" ".join))
def test_no_letter_of_a_name_is_lost(text: str) -> None:
    """First name, last name and titles together hold every letter and figure of the cell."""
    reading = cells.split_name(text)
    if not reading.stated:
        return
    first, last = reading.value or (None, None)
    shown = f"{first or ''}{last or ''}{''.join(problem.text for problem in reading.left_out)}"
    whole = cells.text_of(text)
    assert Counter(filter(str.isalnum, shown)) == Counter(filter(str.isalnum, whole))


@pytest.mark.parametrize("raw", [None, "", "-", "n.v.t.", "onbekend"])
def test_no_name_is_no_name(raw: object) -> None:
    """An empty cell and a word for nothing give no name."""
    assert not cells.split_name(raw).stated


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8011 AB Zwolle", ("8011 AB", "Zwolle")), ("8011AB Zwolle", ("8011 AB", "Zwolle")),
        ("8011 ab  Den Haag", ("8011 AB", "Den Haag")), ("8011 Zwolle", ("8011", "Zwolle")),
        ("Zwolle 8011 AB", ("8011 AB", "Zwolle")), ("8011 AB", ("8011 AB", None)), ("Zwolle", (None, "Zwolle")),
        (8011, ("8011", None)), ("NL-8011 AB Zwolle", ("8011 AB", "Zwolle")), ("D-48599 Gronau", (None, "Gronau")),
        ("48599 Gronau", (None, "Gronau")), ("2511 AB 's-Gravenhage", ("2511 AB", "'s-Gravenhage")),
    ],
)  # fmt: skip
def test_postcode_and_town_of_one_cell(text: object, value: tuple[str | None, str | None]) -> None:
    """Both are read; a postcode of another country is kept out with a remark."""
    reading = cells.postcode_and_town(text)
    assert (reading.value, reading.left_out) == (value, ())


@pytest.mark.parametrize(
    ("given_parts", "value"),
    [
        ({"crebo": 25655.0, "name": "Verzorgende IG", "level": "niveau 3", "pathway": "bbl", "year": 2014.0},
         Qualification("25655", "Verzorgende IG", 3, Pathway.BBL, 2014)),
        ({"name": "Verzorgende IG (25655)", "level": "mbo-3", "year": "2013/2014"},
         Qualification("25655", "Verzorgende IG", 3, None, 2014)),
        ({"name": "Kok", "year": datetime(2014, 7, 15)}, Qualification(name="Kok", year=2014)),
        ({"name": "Kok", "year": "juli 2014", "pathway": "derde leerweg"},
         Qualification(name="Kok", pathway=Pathway.OVO, year=2014)),
        ({"name": "Kok", "level": "-", "year": "onbekend"}, Qualification(name="Kok")),
        ({"name": "Kok niveau 2", "level": 3}, Qualification(name="Kok", level=3)),
    ],
)  # fmt: skip
def test_a_qualification_of_several_columns(given_parts: dict[str, object], value: Qualification) -> None:
    """Each column gives its part; what the name holds besides counts where the other columns say nothing."""
    reading = cells.qualification(**given_parts, today=TODAY)  # type: ignore[arg-type]
    assert (reading.value, reading.left_out) == (value, ())


def test_a_part_that_cannot_be_used_leaves_the_others() -> None:
    """One wrong part is named; the qualification comes in."""
    reading = cells.qualification(name="Kok", level="hbo", year="lang geleden", today=TODAY)
    assert reading.value == Qualification(name="Kok")
    assert [(p.code, p.text) for p in reading.left_out] == [
        ("qualification_level", "hbo"), ("qualification_year", "lang geleden"),
    ]  # fmt: skip


@pytest.mark.parametrize(("raw", "expected"), [(None, cells.EMPTY), ("-", cells.NOTHING)])
def test_no_part_is_no_qualification(raw: object, expected: cells.Reading) -> None:
    """Empty cells are empty; words for nothing are nothing."""
    assert cells.qualification(crebo=raw, name=raw, level=raw, pathway=raw, year=raw, today=TODAY) == expected


ONE = (Moment(datetime(2027, 3, 16, 13), datetime(2027, 3, 16, 15)),)


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        (datetime(2027, 3, 16), time(13), time(15)), ("16-03-2027", "13:00", "15:00"),
        ("16 maart 2027", "13.00-15.00 uur", None), (date(2027, 3, 16), "13u", "15u"),
        (46462, 13 / 24, 15 / 24), ("di 16-3-2027", timedelta(hours=13), timedelta(hours=15)),
        ("16-03-2027 13:00-15:00", None, None), (datetime(2027, 3, 16), "13.00 uur", "15.00 uur"),
        ("2027-03-16", datetime(1899, 12, 30, 13), datetime(1899, 12, 30, 15)),
    ],
)  # fmt: skip
def test_a_moment_of_several_columns(day: object, start: object, end: object) -> None:
    """A day and its times, in all the forms that Excel and people give them."""
    reading = cells.moment(day, start, end, today=TODAY)
    assert (reading.value, reading.left_out) == (ONE, ())


@pytest.mark.parametrize(
    ("day", "start", "end", "code"),
    [
        ("16-03-2027", None, None, "moment_day"), ("16-03-2027", "13:00", None, "moment_no_end"),
        ("16-03-2027", "3e uur", "4e uur", "moment_day"), ("week 12", "13:00", "15:00", "not_a_date"),
        ("16-03-2027", "15:00", "13:00", "moment_order"), (datetime(2027, 3, 16, 13), None, None, "moment_no_end"),
    ],
)  # fmt: skip
def test_a_moment_without_times_names_the_day(day: object, start: object, end: object, code: str) -> None:
    """What is missing is said; no time is made up."""
    reading = cells.moment(day, start, end, today=TODAY)
    assert (reading.value, [problem.code for problem in reading.left_out]) == (None, [code])


@pytest.mark.parametrize(("raw", "value"), [("ja", True), ("✓", True), ("x", True), ("nee", False), (True, True)])
def test_a_column_for_one_choice(raw: object, value: object) -> None:
    """A cross or yes chooses it."""
    assert cells.yes_no(raw).value is value


@pytest.mark.parametrize("raw", ["misschien", "2 keer", "ja, mits overdag"])
def test_a_choice_that_is_not_clear_is_left_out(raw: str) -> None:
    """It is neither yes nor no."""
    assert [problem.code for problem in cells.yes_no(raw).left_out] == ["yes_no"]


ANY = st.one_of(
    st.none(), st.text(max_size=20), st.integers(), st.floats(), st.booleans(), st.dates(), st.datetimes(),
    st.times(), st.timedeltas(),
)  # fmt: skip


@given(ANY, ANY, ANY, ANY, ANY)
def test_no_part_makes_the_importer_stumble(
    one: object, two: object, three: object, four: object, five: object
) -> None:
    """Whatever stands in the cells, the answer is a reading."""
    for reading in (
        cells.qualification(crebo=one, name=two, level=three, pathway=four, year=five, today=TODAY),
        cells.moment(one, two, three, today=TODAY), cells.split_name(one), cells.postcode_and_town(two),
        cells.yes_no(three),
    ):  # fmt: skip
        assert all(problem.text is not None and problem.code for problem in reading.left_out)
