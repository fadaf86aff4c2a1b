"""Offerings out of documents of EDU-DEX, OOAPI v5 and OEAPI v6."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.day_parts import mask_of_day_parts
from matcher.domain.records import Form, Registration, fields_of
from matcher.domain.records import RecordKind as Kind
from matcher.sources import edudex, oeapi
from matcher.sources.feed import Feed, level_of
from tests.sources.documents import course_6, offering_5, offering_6, program

TODAY = date(2027, 3, 1)
NAMES = {field.name for field in fields_of(Kind.OFFERINGS)}


def only(feed: Feed) -> dict[str, Any]:
    """The values of the only offering."""
    (upsert,) = feed.upserts
    assert set(upsert.values) <= NAMES
    return dict(upsert.values)


def of_edudex(document: Any) -> Feed:
    return edudex.read(document, TODAY)


def of_oeapi(*documents: Any) -> Feed:
    return oeapi.read(documents, TODAY)


def codes(feed: Feed) -> list[str]:
    return [remark.code for remark in feed.remarks]


def test_a_programme_of_edudex() -> None:
    """A run is an offering, with what its programme says; what is no skill by name stays out of the skills."""
    feed = of_edudex({"programs": [{"orgUnitId": "vechtdal", "programId": "WZ-1", "clientId": "x", "data": program()}]})
    (upsert,) = feed.upserts
    assert (upsert.id, upsert.owner) == ("vechtdal/WZ-1/2027-voorjaar", "vechtdal")
    assert only(feed) == {
        "title": "Complexe wondzorg",
        "description": "Wonden verzorgen die niet vanzelf genezen.\n\nJe leert wonden zien.\nrood\ngeel\n\n"
        "Je kiest het verband.",
        "skills": ("wondverzorging uitvoeren",),
        "crebo": "25491",
        "level": 3,
        "nlqf": 4.5,
        "language": "nl",
        "admission": "Een diploma in de zorg",
        "url": "https://vechtdal.example/wondzorg",
        "form": Form.CLASSROOM,
        "town": "Zwolle",
        "pc4": "8011",
        "day_parts": mask_of_day_parts(["tue-evening", "thu-morning"]),
        "price": 434.0,
        "seats": 16,
        "start": date(2027, 4, 6),
        "end": date(2027, 5, 25),
        "apply_until": date(2027, 3, 30),
        "registration": Registration.OPEN,
    }
    assert feed.remarks == []


@pytest.mark.parametrize(
    ("run", "field", "value", "remarks"),
    [
        ({"status": "application closed"}, "registration", Registration.CLOSED, []),
        ({"status": "canceled"}, "registration", Registration.CANCELLED, []),
        ({"openTo": "client only"}, "registration", Registration.CLOSED, ["not_public"]),
        ({"endDate": {"date": "2027-01-01", "isFinal": True}}, "end", None, ["end_before_start"]),
        ({"startDate": {"date": "2027-04-01", "isFinal": False}}, "start", date(2027, 4, 1), ["not_final"]),
        ({"startDate": {"date": "2027-13-01", "isFinal": True}}, "start", None, ["no_day"]),
        ({"fullyOnline": True}, "town", None, ["place_of_online"]),
        ({"fullyOnline": True}, "form", Form.ONLINE, ["place_of_online"]),
        ({"location": {"zipcode": "48455", "city": "Bad Bentheim", "country": "de"}}, "pc4", None, ["no_postcode"]),
        ({"cost": [{"amount": "12.50", "isRequiredCost": True, "currency": "EUR", "period": "month"}]}, "price", None,
         ["no_total"]),
        ({"cost": [{"amount": "121.00", "amountVAT": "21.00", "VATPercentage": 21}]}, "price", 121.0, []),
        ({"cost": []}, "price", None, []),
        ({"maxNumberOfParticipants": "twaalf"}, "seats", None, ["no_whole"]),
        ({"courseDay": [{"date": "2027-04-06"}]}, "day_parts", None, []),
    ],
)  # fmt: skip
def test_a_run_of_edudex(run: dict[str, Any], field: str, value: object, remarks: list[str]) -> None:
    feed = of_edudex(program(**run))
    assert only(feed)[field] == value
    assert codes(feed) == remarks


def test_a_programme_without_runs_is_one_offering() -> None:
    """A generic run has no id, and forbids one; a schedule may be empty."""
    for schedule in ({}, {"genericProgramRun": {"location": {"city": "Ommen"}}}):
        document = program()
        document["programSchedule"] = schedule
        document["clientId"] = {"orgUnitId": "klant"}
        feed = of_edudex([document])
        (upsert,) = feed.upserts
        assert upsert.id == "vechtdal/WZ-1/klant"
        assert "start" not in upsert.values
        assert upsert.values["town"] == ("Ommen" if schedule else None)


def test_what_is_over_or_closed_is_closed() -> None:
    """A programme that expired, or takes no applications, is closed in all its runs; what is cancelled stays that."""
    for change in ({"expires": "2027-02-28"}, {"programAdmission": {"applicationOpen": False}}):
        assert only(of_edudex(program() | change))["registration"] is Registration.CLOSED
    assert only(of_edudex(program(status="canceled") | {"expires": "2027-02-28"}))["registration"] is (
        Registration.CANCELLED
    )


def test_a_programme_that_is_not_given_is_told() -> None:
    """What the catalogue has and does not give, what has no name, and a second one of the same id."""
    nameless = program()
    nameless["programDescriptions"]["programName"] = {"nl": ""}
    feed = of_edudex(
        {"programs": [{"programId": "A", "clientId": "x", "orgUnitId": "y", "error": "geen rechten"},
                      {"data": nameless}, {"data": program()}, {"data": program()}]}
    )  # fmt: skip
    assert codes(feed) == ["not_given", "needs", "twice"]
    assert (len(feed.upserts), feed.refused) == (1, 3)


def test_an_offering_of_v6_takes_from_its_course_what_it_does_not_say() -> None:
    """A moment in UTC is a day in the Netherlands; an address for post is no place."""
    feed = of_oeapi({"items": [offering_6()]}, {"items": [course_6()]})
    assert only(feed) == {
        "title": "Wondzorg, voorjaar",
        "description": "Wonden beoordelen en verzorgen.\n\nwondverzorging uitvoeren",
        "skills": ("wondverzorging uitvoeren",),
        "level": 3,
        "nlqf": None,
        "crebo": "25491",
        "start": date(2027, 4, 7),
        "end": date(2027, 5, 25),
        "form": Form.CLASSROOM,
        "town": "Zwolle",
        "pc4": "8011",
        "price": 450.0,
        "seats": 16,
        "enrolled": 11,
        "apply_until": date(2027, 3, 30),
        "registration": None,
        "language": "nl",
        "admission": "Een diploma in de zorg",
        "url": "https://vechtdal.example/wondzorg",
    }
    assert feed.upserts[0].owner == "ROC Vechtdal"
    assert feed.remarks == []


def test_an_offering_of_v5() -> None:
    """It began, and stays open: anyone may still enter."""
    feed = of_oeapi([offering_5()])
    values = only(feed)
    assert (values["title"], values["level"], values["crebo"], values["skills"]) == (
        "Lassen voor beginners", 2, "25491", ("wondverbanden aanbrengen",),
    )  # fmt: skip
    assert (values["form"], values["price"], values["language"]) == (Form.BLENDED, 1210.5, "nl")
    assert (values["start"], values["apply_until"], values["registration"]) == (
        date(2027, 2, 1), None, Registration.OPEN,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "until", "registration"),
    [
        ({"state": "cancelled"}, date(2027, 3, 30), Registration.CANCELLED),
        ({"state": "concept"}, date(2027, 3, 30), Registration.CLOSED),
        ({"state": "x-proef"}, date(2027, 3, 30), None),
        ({"state": None, "enrolmentPeriods": None}, None, None),
        ({"enrolmentPeriods": [{"startDateTime": "2027-01-01T00:00:00+01:00", "endDateTime": None}],
          "startDateTime": "2027-01-10T00:00:00+01:00"}, None, Registration.OPEN),
        ({"enrolmentPeriods": None, "flexibleEntryPeriodStartDateTime": "2027-01-01T00:00:00+01:00",
          "flexibleEntryPeriodEndDateTime": "2027-06-01", "startDateTime": "2027-01-10T00:00:00+01:00"},
         date(2027, 6, 1), None),
    ],
)  # fmt: skip
def test_whether_one_can_apply(said: dict[str, Any], until: date | None, registration: Registration | None) -> None:
    values = only(of_oeapi([course_6(), offering_6(**said)]))
    assert (values["apply_until"], values["registration"]) == (until, registration)


def test_v6_needs_three_fields() -> None:
    """A date, a state and a course are not required; a provider is, by us."""
    bare = {"courseOfferingId": "1", "primaryCode": {}, "name": [{"language": "en", "value": "Welding"}]}
    feed = oeapi.read([bare], TODAY, provider="ROC Noord")
    assert only(feed)["title"] == "Welding"
    assert codes(feed) == ["not_dutch"]
    feed = oeapi.read([bare], TODAY)
    assert (codes(feed), feed.refused) == (["needs"], 1)


@pytest.mark.parametrize(
    ("word", "level"),
    [("mbo niveau 4", 4), ("secondary vocational education 2", 2), ("secondary_vocational_education_1", 1),
     ("mbo+", None), ("hbo", None), (None, None), ("secondary_vocational_education", None)],
)  # fmt: skip
def test_levels(word: str | None, level: int | None) -> None:
    assert level_of(word) == level


@pytest.mark.parametrize("spelling", ["4+", "4p", "nlqf_4plus", "4.5", 4.5])
def test_five_spellings_of_nlqf_4_plus(spelling: object) -> None:
    document = course_6() | {"levelOfQualification": spelling}
    assert only(of_oeapi([document, offering_6()]))["nlqf"] == 4.5


_WRONG = st.sampled_from(
    [None, "", "x", -1, 10**12, 1e400, True, [], {}, [None], [[]], {"nl": 5}, [{"value": []}], "99:99"]
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, one in members for found in _paths(one, (*path, key)))]


def _put(document: Any, path: tuple[Any, ...], value: object) -> Any:
    if not path:
        return value
    changed = deepcopy(document)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return changed


DOCUMENTS = [program(), {"programs": [{"data": program()}]}, [course_6(), offering_6()], {"items": [offering_5()]}]


@given(st.data())
def test_whatever_stands_in_a_document_nothing_breaks(data: st.DataObject) -> None:
    """Any value anywhere: every record comes in or is refused, what comes in can be stored, the rest is remarked."""
    which = data.draw(st.integers(0, len(DOCUMENTS) - 1))
    document: Any = DOCUMENTS[which]
    for _ in range(data.draw(st.integers(1, 3))):
        paths = _paths(document)
        document = _put(document, paths[data.draw(st.integers(0, len(paths) - 1))], data.draw(_WRONG))
    feed = of_edudex(document) if which < 2 else of_oeapi(document)
    for upsert in feed.upserts:
        assert upsert.id
        assert upsert.values["title"]
        assert set(upsert.values) <= NAMES
        json.dumps(upsert.values, default=str)
    assert len(feed.ids) >= len(feed.upserts)


def test_an_organisation_has_a_name() -> None:
    """By its id where the organisation was read; a key that only machines know is no name."""
    key = "5f3b1f4e-0000-4000-8000-00000000000a"
    course = course_6() | {"organisation": None, "organisationId": key}
    organisation = {"organisationId": key, "name": [{"language": "nl-NL", "value": "ROC Vechtdal"}]}
    assert of_oeapi([organisation, course, offering_6()]).upserts[0].owner == "ROC Vechtdal"
    feed = of_oeapi([course, offering_6()])
    assert (feed.upserts, codes(feed), feed.refused) == ([], ["needs"], 1)
    code = course | {"organisationId": "vechtdal"}
    assert of_oeapi([code, offering_6()]).upserts[0].owner == "vechtdal"
