"""Courses as documents of the Open Education API v6: whatever a record holds, the document is valid and says it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.moments import ZONE
from matcher.domain.records import Form, Offering, Registration
from matcher.exchange import oeapi
from matcher.exchange.catalogue import catalogue_of, course_id, is_open, run_id
from tests.support.documents import SPECIFICATIONS, faults

OURS = Path(__file__).parent / "oeapi.schema.json"
SPECIFICATION = SPECIFICATIONS / "oeapi-v6.openapi.json"
TODAY = date(2027, 3, 1)
DAYS = st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31))
LINE = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(str.strip)
NAMES = st.sampled_from(["Zorgacademie Oost", "ROC Vechtdal", "Bètascholing"])
URLS = st.none() | st.sampled_from(
    ["https://school.example/cursus", "http://x.example/a b?q=é#ja", "https://[::1]/", "https://x.example/%zz",
     "https://x.example/" + "a" * 3000, "https://é.example/"]
) | LINE.map(lambda text: f"https://school.example/{text}")  # fmt: skip
RUNS = st.builds(
    Offering,
    offering_id=LINE,
    provider=NAMES,
    title=LINE,
    description=st.none() | LINE,
    skills=st.lists(LINE, max_size=3).map(tuple),
    level=st.none() | st.integers(1, 4),
    nlqf=st.none() | st.sampled_from([1.0, 4.0, 4.5, 8.0]),
    crebo=st.none() | st.sampled_from(["25655", "K0165"]),
    start=DAYS,
    end=DAYS,
    day_parts=st.none() | st.integers(0, 2**21 - 1),
    form=st.none() | st.sampled_from(Form),
    pc4=st.none() | st.integers(1000, 9999).map(str),
    town=st.none() | LINE,
    price=st.none() | st.floats(0, 100_000),
    seats=st.none() | st.integers(0, 100),
    enrolled=st.none() | st.integers(0, 100),
    apply_until=DAYS,
    language=st.none() | st.sampled_from(["nl", "en", "fy"]),
    funding=st.none() | LINE,
    admission=st.none() | LINE,
    url=URLS,
)
WHOLE = Offering(
    offering_id="C-104", provider="Zorgacademie Oost", title="Wondzorg", description="Leer wonden te verzorgen.",
    skills=("wondzorg", "EHBO"), level=3, nlqf=4.5, crebo="25655", start=date(2027, 3, 16), end=date(2027, 7, 1),
    day_parts=0b10000, form=Form.BLENDED, pc4="8011", town="Zwolle", price=650.0, seats=12, enrolled=4,
    apply_until=date(2027, 3, 10), language="nl", funding="werkgever", admission="Mbo 3", url="https://zorg.example/w",
)  # fmt: skip


def check(document: object, ours: str, published: str) -> None:
    """Valid by our own schema, and by the published one where that is given."""
    assert faults(document, OURS, f"/$defs/{ours}") == []
    if SPECIFICATION.is_file():
        assert faults(document, SPECIFICATION, f"/components/schemas/{published}") == []


@given(RUNS)
def test_every_run_is_a_valid_document(one: Offering) -> None:
    """Whatever a record holds, the run, its course and its provider are valid, and hold no gap."""
    found = catalogue_of([one])
    (course,) = found.courses.values()
    for document, ours, published in (
        (oeapi.run(one, TODAY), "courseOffering", "CourseOffering"),
        (oeapi.course(course), "course", "Course"),
        (oeapi.organisation(one.provider), "organisation", "Organisation"),
    ):
        check(json.loads(json.dumps(document)), ours, published)
        assert not [value for value in document.values() if value in (None, [], {}, "")]


@given(st.lists(RUNS, max_size=8, unique_by=lambda one: (one.provider, one.offering_id)))
def test_each_run_is_of_one_course_of_its_provider(runs: list[Offering]) -> None:
    """The courses part the runs: each is in one, with those of its provider that have its title."""
    found = catalogue_of(runs)
    parted = [one for course in found.courses.values() for one in course.runs]
    assert sorted(map(id, parted)) == sorted(map(id, runs))
    assert set(found.runs) == {run_id(one) for one in runs}
    for id_, course in found.courses.items():
        assert {course_id(one) for one in course.runs} == {id_}
        assert len({one.provider for one in course.runs}) == 1
        assert course.about in course.runs
    assert set(found.providers.values()) == {one.provider for one in runs}


@given(RUNS)
def test_what_a_run_says_can_be_read_back(one: Offering) -> None:
    """Days, seats, price, place, state and the last day to apply are those of the record."""
    written = oeapi.run(one, TODAY)
    for name, day in (("startDateTime", one.start), ("endDateTime", one.end)):
        assert (_day(written[name]) if name in written else None) == day
    assert (written.get("maxNumberStudents"), written.get("enrolledNumberStudents")) == (one.seats, one.enrolled)
    assert ("priceInformation" in written) == (one.price is not None)
    if one.price is not None:
        assert abs(float(written["priceInformation"][0]["amount"]) - one.price) <= 0.005001
    if one.apply_until:
        (period,) = written["enrolmentPeriods"]
        assert _day(period["endDateTime"]) == one.apply_until
        assert datetime.fromisoformat(period["startDateTime"]) < datetime.fromisoformat(period["endDateTime"])
    assert (written.get("state") == "inactive") == (not is_open(one, TODAY))


def _day(moment: str) -> date:
    return datetime.fromisoformat(moment).astimezone(ZONE).date()


def test_ids_stay() -> None:
    """Ids are those that were given out: others keep them, so they may never change."""
    assert run_id(WHOLE) == "3e20eb5e-f371-5cfc-aa17-84fe8b9dca90"
    assert course_id(WHOLE) == "3ea81c1e-c6f0-5e56-985b-b7cad6171aeb"


def test_a_title_spelled_otherwise_is_the_same_course() -> None:
    """Capitals, accents and spaces make no other course; another provider does."""
    assert course_id(replace(WHOLE, title=" wondzórg ")) == course_id(WHOLE)
    assert course_id(replace(WHOLE, provider="Ander")) != course_id(WHOLE)


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, "active"),
        ({"apply_until": TODAY}, "active"),
        ({"apply_until": TODAY - timedelta(1)}, "inactive"),
        ({"start": TODAY - timedelta(1)}, "active"),
        ({"start": TODAY - timedelta(1), "apply_until": None}, "inactive"),
        ({"start": TODAY - timedelta(1), "apply_until": None, "registration": Registration.OPEN}, "active"),
        ({"registration": Registration.CLOSED}, "inactive"),
        ({"registration": Registration.CANCELLED}, "cancelled"),
        ({"enrolled": 12}, "inactive"),
        ({"end": None}, None),
    ],
)
def test_the_state_is_whether_one_can_apply(change: dict[str, Any], state: str | None) -> None:
    """Active to the last day; not when full, closed, or begun without a later day; not said where days are unknown."""
    assert oeapi.run(replace(WHOLE, **change), TODAY).get("state") == state


@given(st.integers(0, 60), st.sampled_from(oeapi.PAGE_SIZES), st.integers(1, 8))
def test_pages_have_the_envelope(count: int, size: int, number: int) -> None:
    """Each page says where it is; pages together are the whole list."""
    items = list(range(count))
    page = oeapi.page(items, number, size, lambda one: {"is": one})
    assert faults(page, OURS, "/$defs/page") == []
    assert page["hasNextPage"] == (number * size < count)
    assert page["hasPreviousPage"] == (number > 1)
    told = [
        one["is"]
        for at in range(1, page["totalPages"] + 1)
        for one in oeapi.page(items, at, size, lambda one: {"is": one})["items"]
    ]
    assert told == items


def test_our_schema_refuses_what_is_wrong() -> None:
    """It is no schema that takes anything."""
    right = oeapi.run(WHOLE, TODAY)
    for wrong in (
        {"state": "open"},
        {"startDateTime": "2027-03-16"},
        {"maxNumberStudents": -1},
        {"extra": 1},
        {"link": "x y"},
    ):
        assert faults(right | wrong, OURS, "/$defs/courseOffering"), wrong
    assert faults(
        {name: value for name, value in right.items() if name != "endDateTime"}, OURS, "/$defs/courseOffering"
    )
