"""What a text does not say is no slot: numbers of other things, days that do not suit, what has been, names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.questions import Reading, read
from tests.questions.measure import ASKED_ON, known_words, slots_of

COUNTS = {
    "students", "people", "level", "year", "class", "minutes", "hours_per_week", "moments", "period_from", "period_to",
    "day_parts", "not_day_parts", "online", "certificate",
}  # fmt: skip
OF_SOMETHING_ELSE = (
    "lokaal {n}", "kamer {n}", "toestel {n}", "budget {n} euro", "kosten max {n} euro", "{n} euro", "€ {n}", "{n} km",
    "{n}% haalt het niet", "met {n} computers", "{n} machines", "over {n} patiënten", "{n} bedrijven doen mee",
    "een bedrijf van {n} mensen", "ons team van {n} docenten", "ik werk met {n} collega's",
    "een groep van {n} bedrijven",
    "we hebben al {n} alumni", "er zijn al {n} gastsprekers", "groepjes van {n} personen", "na {n} minuten lopen",
    "{n} minuten met de trein", "{n} minutes by bus", "{n} jaar ervaring", "{n} jaar geleden", "artikel {n}",
    "versie {n}",
    "hoofdstuk {n}", "huisnummer {n}", "een stal met {n} koeien", "{n} hectare", "{n} graden", "room {n}", "{n} pounds",
    "a company of {n} people", "we already have {n} speakers", "klanten van {n} jaar", "vorig jaar waren er {n} mensen",
    "reistijd {n} minuten", "wij zijn met z'n {n}en in het team", "iemand die {n} uur per week werkt",
)  # fmt: skip
SENTENCES = ("gastles lassen, {}", "{}. Mentor kapper gezocht", "stage kok ({})")
BESIDE_A_YEAR = (
    "lichting {}", "class of {}", "geslaagd in {}", "diploma {}", "geboren na {}", "sinds {}", "in {} begonnen",
    "groep van {}", "{} alumni",
)  # fmt: skip


def slots(text: str) -> dict[str, object]:
    return slots_of(read(text, today=ASKED_ON, known=known_words()))


def reading(text: str) -> Reading:
    return read(text, today=ASKED_ON, known=known_words())


@given(st.sampled_from(OF_SOMETHING_ELSE), st.integers(5, 450), st.sampled_from(SENTENCES))
@settings(max_examples=250, deadline=None)
def test_a_number_of_something_else_is_no_slot(context: str, number: int, sentence: str) -> None:
    """A number with a unit, of a room, of a team or a firm, of what is there already: no slot has it."""
    got = slots(sentence.format(context.format(n=number)))
    assert not got.keys() & COUNTS


@given(st.integers(1900, 2100), st.sampled_from(BESIDE_A_YEAR))
@settings(max_examples=80, deadline=None)
def test_a_year_is_no_count(number: int, context: str) -> None:
    """2019 is a year, whatever stands beside it."""
    got = slots(f"reunie verpleegkunde, {context.format(number)}")
    assert not got.keys() & {"students", "people", "level", "year", "minutes", "hours_per_week"}


@given(st.integers(2, 60), st.sampled_from(["alumni", "oud-studenten", "gastsprekers", "graduates"]))
@settings(max_examples=40, deadline=None)
def test_who_is_asked_for_is_counted(number: int, who: str) -> None:
    """A number of those who are to come is of people."""
    got = slots(f"open dag bouw, {number} {who} gezocht")
    assert (got.get("people"), "students" in got) == (number, False)


CASES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("four recent nursing graduates for an open day", {"people": 4}),
    ("wil jij er vier vragen voor de netwerkborrel horeca?", {"people": 4}),
    ("feedback op de opleiding kok, acht deelnemers is mooi", {"people": 8}),
    ("workshop bloemschikken, acht deelnemers", {"students": 8}),
    ("4 gesprekken met alumni over de bouw", {"people": 4}),
    ("4 stageplekken metselen", {}),
    ("vier kappers gezocht voor de open dag", {"people": 4}),
    ("mentor zorg die 12 cliënten begeleidt", {}),
    ("one hour every week, mentor childcare", {"hours_per_week": 1}),
    ("gastles bouw voor 12 exchange students", {"students": 12}),
    ("dit is het tweede jaar op rij dat we een gastles zorg doen", {}),
)


@pytest.mark.parametrize(("text", "right"), CASES, ids=[text for text, _ in CASES])
def test_a_count_is_of_whom_it_says(text: str, right: dict[str, Any]) -> None:
    """People are those who are asked, students those who are there, and others are neither."""
    got = slots(text)
    counts = {"people", "students", "hours_per_week", "year", "minutes"}
    assert {slot: value for slot, value in got.items() if slot in counts} == right


@pytest.mark.parametrize(
    ("text", "wanted", "not_wanted"),
    [
        ("gastles bouw, vrijdag kan niet", set(), {"fri"}),
        ("gastles bouw op maandag, dinsdag niet", {"mon"}, {"tue"}),
        ("mentor zorg, op maandag en dinsdag kan het niet", set(), {"mon", "tue"}),
        ("guest lesson cooking, Friday doesn't work", set(), {"fri"}),
        ("guest lesson cooking, Friday is possible", {"fri"}, set()),
        ("stage zorg, woensdag ben ik er niet, donderdag wel", {"thu"}, {"wed"}),
        ("gastles zorg, woensdag is hij altijd vrij", {"wed"}, set()),
    ],
)
def test_a_day_that_does_not_suit_is_excluded(text: str, wanted: set[str], not_wanted: set[str]) -> None:
    """What is said of a day behind it counts as what is said before it."""
    read_ = reading(text)
    assert {name.partition("-")[0] for name in read_.day_parts} == wanted
    assert {name.partition("-")[0] for name in read_.not_day_parts} == not_wanted


@pytest.mark.parametrize(
    "text",
    [
        "we hadden op 12 november al een gastles over drones, nu iets over robots",
        "sinds augustus geef ik les over zorg, ik zoek een gastspreker",
        "de reünie van 20 november was leuk, nu zoek ik een mentor kapper",
        "gastles rekenen, 3/4 van de klas haalt het niet",
        "zorg 24/7 in de wijk, gastles",
        "gastles lassen, lokaal 2.17",
        "gastles voor de zomer over vertical farming",
        "gastles over drones, volgend blok",
    ],
)
def test_what_has_been_and_what_has_no_date_is_no_period(text: str) -> None:
    """A day of what has been, a fraction, a room and a term of a school are no period."""
    assert not slots(text).keys() & {"period_from", "period_to", "moments", "day_parts"}


@pytest.mark.parametrize(
    "text",
    ["Henk van Dalen hier, gastles lassen", "stage kok, niet in Rotterdam", "mentor meisje laboratoriumtechniek"],
)
def test_who_is_called_after_a_town_and_a_town_that_is_not_meant_are_no_place(text: str) -> None:
    """A surname, a town that is not wanted and a word that exists are neither a place nor not wanted as a subject."""
    read_ = reading(text)
    assert read_.place is None
    assert not read_.not_topic


@pytest.mark.parametrize(
    ("text", "not_topic"),
    [
        ("stage zorg, no fixed day", set()),
        ("klas die nog nooit van een notaris heeft gehoord, gastles", set()),
        ("boer worden zonder boerderij, gastles", set()),
        ("gastles koken, zonder vlees", {"vlees"}),
        ("gastles verslaving, geen ggz-verhaal", {"ggz"}),
        ("gastles verpleging, niemand uit de beveiliging graag", {"beveiliging"}),
        ("gastles zorg, vorig jaar hadden we iemand uit de bouw, dat hoeft nu niet", {"bouw"}),
    ],
)
def test_what_is_not_wanted_is_said_so(text: str, not_topic: set[str]) -> None:
    """What never was, and what belongs to the subject, is not what somebody does not want."""
    assert set(reading(text).not_topic) == not_topic


def test_words_that_exist_are_not_mended() -> None:
    """`zonde` is no slip of `zonder`, and `expect` none of `expert`."""
    read_ = reading("What do employers expect of welders? Het is zonde van de kapper")
    assert not read_.not_topic
    assert read_.kind == "regional_insight"
