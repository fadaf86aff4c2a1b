"""What records add to the evidence of a match: every fact is in the data, and what the data tell is not unknown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import explain
from matcher.domain import crebo
from matcher.domain.answers import Contribution
from matcher.domain.kinds import NeedKind, RequestKind
from matcher.domain.places import distance_km
from matcher.domain.records import Alumnus, Demand, Offering, Qualification, RecordKind, Request
from matcher.matching.ranking import contributions, similarities
from matcher.matching.weights import shipped
from matcher.policy import Asker, Role
from matcher.pool.columns import day_number
from matcher.pool.pairs import Pairs
from matcher.repositories.values import Upsert
from matcher.services import matching, questions
from matcher.services.evidence import with_evidence
from matcher.services.questions import Wanted
from matcher.text import towns_of
from tests.support.apps import Engine, terminal
from tests.support.fakes import HashEncoder
from tests.support.pair import PLAIN, alumnus, pair, request
from tests.support.region import engine_in
from tests.support.stores import upsert
from tests.support.worlds import AS_OF, PLACES, World, worlds

TEACHER = Asker(7, Role.TEACHER, "Noord")
COORDINATOR = Asker(8, Role.COORDINATOR, "Noord")
NURSE, OTHER_NURSE, COOK = "25491", "25480", "25180"
"""Two qualifications of one domain of the register, and one of another."""


def evidence_of(person: Alumnus, demand: Demand, *, cards: bool = False) -> Mapping[str, Mapping[str, Any]]:
    """The evidence of each term of a pair."""
    return {term.signal: term.evidence for term in _explained(pair(person, demand), person, demand, cards=cards)}


def _explained(pairs: Pairs, person: Alumnus, demand: Demand, *, cards: bool = False) -> tuple[Contribution, ...]:
    points = contributions(pairs, similarities(pairs), shipped())
    (terms,) = with_evidence(HashEncoder(), demand, [person], points, [()], year=AS_OF.year, cards=cards)
    assert [(term.signal, term.value, term.points) for term in terms] == [
        (term.signal, term.value, term.points) for term in points[0]
    ], "the score is what it was"
    return terms


def held(*items: tuple[str, int | None]) -> tuple[Qualification, ...]:
    return tuple(Qualification(code, None, None, None, year) for code, year in items)


@pytest.mark.parametrize(
    ("qualifications", "told"),
    [
        (held((NURSE, 2014)), (2014, 13)),
        (held((NURSE, 2014), (COOK, 1999)), (2014, 13)),
        (held((NURSE, None), (COOK, 1999)), (None, None)),
        (held((OTHER_NURSE, 2009), (OTHER_NURSE, 2012)), (2009, 18)),
        (held((COOK, 1999)), (None, None)),
        (held((NURSE, 2027)), (None, None)),
        (held((NURSE, 2031)), (None, None)),
        ((), (None, None)),
    ],
)
def test_years_are_those_of_a_qualification_of_the_field(
    qualifications: tuple[Qualification, ...], told: tuple[int | None, int | None]
) -> None:
    """The first of them; no year of another field, none of this year or to come, and nothing without a year."""
    assert crebo.register()[NURSE].domain == crebo.register()[OTHER_NURSE].domain != crebo.register()[COOK].domain
    found = evidence_of(alumnus(qualifications=qualifications), request(programme=NURSE))["qualification"]
    assert (found.get("year"), found.get("years")) == told


def test_years_are_told_by_the_name_of_a_qualification_too() -> None:
    """One that is in no register is the same by its name."""
    person = alumnus(qualifications=(Qualification(None, "Eigen opleiding", None, None, 2017),))
    assert evidence_of(person, request(programme="eigen opleiding"))["qualification"]["years"] == 10
    assert "years" not in evidence_of(person, request(programme=NURSE))["qualification"]


@given(worlds(4), st.booleans())
def test_every_fact_that_is_added_is_in_the_data(world: World, cards: bool) -> None:
    """A year is one of the alumnus, an offer is among the offers, a place is the demand's; of all pairs of a world."""
    pool = world.pool
    people_by_key = {one.key: one for one in world.sources.alumni}
    requests_by_key = {one.key: one for one in world.sources.requests}
    people = [people_by_key[key] for key in pool.people.key.tolist()]
    for row, key in enumerate(pool.requests.key.tolist()):
        demand = requests_by_key[key]
        pairs = Pairs.with_everybody(pool, pool.requests, row, day_number(AS_OF))
        points = contributions(pairs, similarities(pairs), shipped())
        rare = [()] * len(people)
        explained = with_evidence(HashEncoder(), demand, people, points, rare, year=AS_OF.year, cards=cards)
        for person, terms in zip(people, explained, strict=True):
            _holds({term.signal: term.evidence for term in terms}, person, demand)


def _holds(evidence: Mapping[str, Mapping[str, Any]], person: Alumnus, demand: Request) -> None:
    years = evidence.get("qualification", {})
    if "year" in years:
        assert years["relation"] in {"same", "domain"}
        assert years["year"] in {item.year for item in person.qualifications}
        assert years["year"] + years["years"] == AS_OF.year
        assert years["years"] > 0
    if offers := evidence.get("preference", {}).get("offers"):
        assert person.offers
        assert RequestKind(offers) in person.offers
        assert offers == demand.kind.value
    travel, towns = evidence.get("travel", {}), towns_of(demand.town)
    assert travel.get("place") in {None, *towns, towns}
    assert ("place" in travel) is bool(towns)
    if isinstance(place := travel.get("place"), str) and travel["distance_km"] is not None:
        here, there = (PLACES[f"town:{town}".lower()] for town in (str(person.town), place))
        assert travel["distance_km"] == pytest.approx(distance_km(here, there), abs=0.06)
    assert set(evidence.get("skills", {}).get("said", ())) <= set(evidence.get("skills", {}).get("missing", ()))


def test_what_is_offered_is_told_of_a_role_alone() -> None:
    """Where the alumnus offers it and something is asked; also of an alumnus of whom no wish is known."""
    offers = frozenset({RequestKind.GUEST_LESSON, RequestKind.MENTOR})
    person = alumnus(offers=offers, need_kinds=frozenset({NeedKind.WORK}), function="kok", needs="werk")
    assert evidence_of(person, PLAIN)["preference"]["offers"] == "guest_lesson"
    assert evidence_of(person, request(kind=RequestKind.FEEDBACK))["preference"]["offers"] is None
    assert evidence_of(person, request(kind=RequestKind.AFTERCARE))["preference"]["offers"] is None
    assert evidence_of(alumnus(offers=None), PLAIN)["preference"]["offers"] is None
    course = Offering(offering_id="C-1", provider="P", title="Cursus", key=3)
    assert evidence_of(person, course)["preference"]["offers"] is None


def test_what_is_true_of_the_whole_list_is_told_once(tmp_path: Path) -> None:
    """All who may be asked offer the role: that stands above the list of three or more."""
    found = terminal(engine_in(tmp_path)).match("R-1")
    assert len(found.matches) >= 3
    told = [explain.reasons(match, "nl", "asker") for match in found.matches]
    assert all("Biedt aan: gastles." in reasons for reasons in told)
    assert "Biedt aan: gastles." in explain.shared_reasons(told)


@pytest.mark.parametrize(
    ("person", "asked", "said"),
    [
        ({"skills": ("koken",), "function": "lasser"}, "lassen", True),
        ({"function": "lasser"}, "lassen", True),
        ({"skills": ("koken",), "qualifications": (Qualification("25491", "VIG"),)}, "verzorgende", True),
        ({"skills": ("koken",), "experience": "Ik werk in de thuiszorg."}, "zorg", True),
        ({"skills": ("koken",), "experience": "Ik werk in de zorg."}, "thuiszorg", False),
        ({"skills": ("koken",), "experience": "Ik bezorg zorgverzekeringen."}, "zorg", False),
        ({"skills": ("koken",), "experience": "wondverzorging op de afdeling"}, "complexe wondzorg", False),
        ({"skills": ("koken",), "experience": "complexe wondverzorging"}, "complexe wondzorg", True),
        ({"skills": ("koken",), "languages": ("nl", "de")}, "Duits", True),
        ({"skills": ("koken",), "languages": ("nl",)}, "Duits", False),
        ({"skills": ("koken",), "languages": ("it",)}, "IT", False),
    ],
)
def test_what_another_field_tells_is_not_unknown(person: dict[str, Any], asked: str, said: bool) -> None:
    """The diploma, the job, the own text in other words, the languages; also where no skills are stated at all."""
    found = evidence_of(alumnus(**person), request(skills=(asked,)))["skills"]
    assert found["missing"]
    assert bool(found.get("said")) is said


def test_a_skill_that_a_course_teaches_is_not_new_to_who_tells_of_it() -> None:
    """What the list of skills lacks, and the job or diploma tells."""
    course = Offering(offering_id="C-1", provider="P", title="Cursus", key=3, skills=("lassen", "frezen"))
    person = alumnus(skills=("koken",), function="lasser", needs="frezen leren")
    assert evidence_of(person, course)["gap"]["said"] == ["lassen"]


def test_no_card_calls_a_language_unknown() -> None:
    """Whoever speaks it: on cards that would tell who speaks a rare one."""
    for languages in (("nl",), ("nl", "fa")):
        person = alumnus(skills=("koken",), languages=languages)
        assert evidence_of(person, request(skills=("Perzisch",)), cards=True)["skills"]["said"] == ["Perzisch"]


def test_who_left_school_is_not_told_that_the_year_is_unknown() -> None:
    """The day on which an alumnus left tells it, where no qualification has a year."""
    assert evidence_of(alumnus(left_on=date(2019, 7, 1)), PLAIN)["recency"] == {"year": None, "left": 2019}


@pytest.mark.parametrize(
    ("title", "text", "general"),
    [
        ("Gastles acute zorg", "zorg", True),
        ("Gastles zorg", "zorg", False),
        ("Gastles acute zorg", "acute zorg in de zorg", False),
        ("Gastles acute zorg", "thuiszorg", True),
        ("Gastles thuiszorg", "thuiszorg", False),
        ("Gastles hotel management", "project management", True),
        ("Gastles 3D printen", "3D modelleren", True),
        ("Gastles management", "project management", False),
    ],
)
def test_one_general_word_of_a_narrow_question_is_no_reason(title: str, text: str, general: bool) -> None:
    """Care is too little where acute care is asked, management where that of hotels is; each is a subject by itself."""
    terms = _explained(pair(alumnus(function=text), request(title=title)), alumnus(function=text), request(title=title))
    named = next(term.evidence["terms"] for term in terms if term.signal == "similarity")
    assert named
    assert all(bool(entry.get("general")) is general for entry in named)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("skills", "general"), [((), True), (("zorg",), False)])
def test_a_general_word_counts_as_a_skill_where_it_was_asked_as_one(skills: tuple[str, ...], general: bool) -> None:
    """Read from the text of a narrow question it is no reason; in a list of skills somebody asked for it."""
    person, demand = alumnus(skills=("zorg",)), request(title="Gastles acute zorg", skills=skills)
    pairs = pair(person, demand, others=(alumnus(alumnus_id="A-2", key=5, skills=("zorg",)),))
    (found,) = (term.evidence for term in _explained(pairs, person, demand) if term.signal == "skills")
    assert found["matched"] == ["zorg"]
    assert ("general" in found) is general


@pytest.fixture
def region(tmp_path: Path) -> Engine:
    return engine_in(tmp_path)


def test_of_two_places_the_nearest_is_named_and_on_a_card_neither(region: Engine) -> None:
    """A coordinator reads how far the nearest of both is; a card has one band for both, or it would tell which."""
    wanted = Wanted(text="gastles wondzorg in Deventer of Kampen", school="Noord")
    told = {}
    for asker in (TEACHER, COORDINATOR):
        asked = questions.ask(region.app, asker, wanted)
        assert asked.doubts == ()
        assert asked.ranking is not None
        reasons = [one for match in asked.ranking.matches for one in explain.reasons(match, "nl", "asker")]
        told[asker] = {one for one in reasons if one.startswith("Woont")}
    assert told[TEACHER] == {
        "Woont binnen 10 km van Deventer of Kampen.", "Woont binnen 25 km van Deventer of Kampen."
    }  # fmt: skip
    assert told[COORDINATOR] == {"Woont in of vlak bij Kampen.", "Woont op 13 km van Kampen."}


@pytest.mark.parametrize(
    ("town", "place"),
    [
        ("Zwolle", "Zwolle"), ("Zwolle / Kampen", "Kampen"), ("Kampen of Zwolle", "Kampen"),
        ("Maastricht of Zwolle", "Zwolle"), ("Nergenshuizen / Zwolle", "Zwolle"),
    ],
)  # fmt: skip
def test_a_distance_is_to_the_place_that_is_named(town: str, place: str) -> None:
    """The place of the evidence is the one that alone gives the same distance."""
    person = alumnus(town="Kampen")
    told = evidence_of(person, request(town=town))["travel"]
    assert told["place"] == place
    assert told["distance_km"] == evidence_of(person, request(town=place))["travel"]["distance_km"]


def test_no_card_tells_the_year_of_a_qualification(region: Engine) -> None:
    """A coordinator reads how long ago it was; a teacher that it was the same."""
    dated = {"qualifications": (Qualification("25655", None, 3, None, 2020),)}
    upsert(region.store, RecordKind.ALUMNI, [Upsert(2, "A-1", "Noord", dated)])
    exact = terminal(region).match("R-1").matches[0]
    assert "Deed dezelfde opleiding, 7 jaar geleden (2020)." in explain.reasons(exact, "nl", "asker")
    for match in matching.match(region.app, TEACHER, "R-1").matches:
        (term,) = (term for term in match.contributions if term.signal == "qualification")
        assert not {"year", "years"} & set(term.evidence)
        assert "2020" not in str(explain.reasons(match, "nl", "asker"))
