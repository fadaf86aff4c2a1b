"""From OOAPI v5 to ours to OEAPI v6 and back: what two of them can say is not lost on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.records import Form, Offering, Registration
from matcher.exchange import oeapi as writer
from matcher.exchange.catalogue import catalogue_of, is_open
from matcher.sources import oeapi
from matcher.sources.feed import Feed
from tests.exchange.test_oeapi import TODAY, check
from tests.sources.documents import course_6, offering_5, offering_6

Json = dict[str, Any]
ANYTHING = st.characters(codec="utf-8", categories=("L", "N", "P", "Zs"))
LINE = st.text(ANYTHING, min_size=1, max_size=30).map(str.strip).filter(lambda text: text and text.isprintable())
DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))
MODES = {
    "online": Form.ONLINE, "distance-learning": Form.ONLINE, "hybrid": Form.BLENDED, "on campus": Form.CLASSROOM,
    "situated": Form.CLASSROOM,
}  # fmt: skip
SKILLS = ("wondverzorging uitvoeren", "EHBO", "zonnepanelen")
"""Names that ESCO has."""
SAME = (
    "title", "description", "skills", "level", "nlqf", "crebo", "start", "end", "form", "town", "pc4", "price", "seats",
    "enrolled", "apply_until", "language", "admission", "url", "day_parts", "funding",
)  # fmt: skip


def told(value: str, shape: str) -> object:
    """A text in one of the shapes in which servers write it."""
    if shape == "plain":
        return value
    if shape == "by language":
        return {"en": "Not this one", "nl": value}
    return [{"language": "en-GB", "value": "Not this one"}, {"language": "nl-NL", "value": value}]


SHAPES = st.sampled_from(["plain", "by language", "list"])


@st.composite
def documents(draw: st.DrawFn) -> tuple[list[Any], dict[str, object]]:
    """Documents of v5 with one offering, and what ours must have of it. Whatever may be absent is, now and then."""
    shape = draw(SHAPES)
    expected: dict[str, object] = {"offering_id": "5f3b1f4e-0000-4000-8000-000000000003", "provider": "ROC Vechtdal"}
    course: Json = {"courseId": "5f3b1f4e-0000-4000-8000-000000000004", "name": told("Lassen", shape)}
    offering: Json = {"offeringId": expected["offering_id"], "offeringType": "course"}

    def maybe(strategy: st.SearchStrategy[Any]) -> Any:
        return draw(st.none() | strategy)

    expected["title"] = draw(LINE)
    offering["name"] = told(str(expected["title"]), shape)
    for field, name, of in (("description", "description", offering), ("admission", "admissionRequirements", course)):
        text = maybe(LINE)
        expected[field], of[name] = text, None if text is None else told(text, shape)
    skills = draw(st.lists(st.sampled_from(SKILLS), unique=True, max_size=3))
    course["learningOutcomes"] = [[{"language": "nl-NL", "value": skill}] for skill in skills]
    expected["skills"] = tuple(skills)
    expected["description"] = "\n\n".join(dict.fromkeys([str(expected["description"] or ""), *skills])).strip() or None
    expected["level"] = maybe(st.integers(1, 4))
    course["level"] = expected["level"] and f"secondary vocational education {expected['level']}"
    if draw(st.booleans()):
        kind = draw(st.sampled_from(["crohoCreboCode", "nationalEducationCode"]))
        course["primaryCode"], expected["crebo"] = {"codeType": kind, "code": "25491"}, "25491"
    days = sorted(draw(st.lists(DAYS, min_size=2, max_size=2)))
    for (field, name), day in zip((("start", "startDate"), ("end", "endDate")), days, strict=True):
        expected[field] = day if draw(st.booleans()) else None
        offering[name] = expected[field] and str(expected[field])
    mode = maybe(st.sampled_from(sorted(MODES)))
    expected["form"], offering["modeOfDelivery"] = mode and MODES[mode], mode and [mode]
    expected["language"] = maybe(st.sampled_from(["nl", "fy"]))
    offering["teachingLanguage"] = {"nl": "nld", "fy": "fry", None: None}[expected["language"]]
    for field, name in (("seats", "maxNumberStudents"), ("enrolled", "enrolledNumberStudents")):
        number = maybe(st.integers(0, 100))
        expected[field], offering[name] = number, number if number is None or draw(st.booleans()) else str(number)
    expected["apply_until"] = maybe(DAYS)
    offering["enrollEndDate"] = expected["apply_until"] and str(expected["apply_until"])
    cents = maybe(st.integers(0, 1_000_000))
    expected["price"] = None if cents is None else cents / 100
    offering["priceInformation"] = cents and [{"costType": "total costs", "amount": f"{cents / 100:.2f}"}]
    expected["price"] = expected["price"] or None
    if draw(st.booleans()):
        expected["town"], expected["pc4"] = draw(LINE), draw(st.integers(1000, 9999).map(str))
        place = {"addressType": "teaching", "city": expected["town"], "postalCode": f"{expected['pc4']} AB"}
        offering["addresses"] = [{"addressType": "postal", "city": "Assen"}, place | {"countryCode": "NL"}]
    if draw(st.booleans()):
        expected["url"] = offering["link"] = "https://vechtdal.example/lassen?jaar=2027#begin"
    if draw(st.booleans()):
        offering["flexibleEntryPeriodStart"] = "2026-01-01"
    offering["consumers"] = draw(
        st.sampled_from([None, [], {"registrationStatus": "open"}, [{"registrationStatus": "closed"}]])
    )
    organisation = {"organizationId": "5f3b1f4e-0000-4000-8000-00000000000a", "name": told("ROC Vechtdal", shape)}
    if draw(st.booleans()):
        return [[offering | {"course": course, "organization": organisation}]], expected
    offering |= {"course": course["courseId"], "organization": organisation["organizationId"]}
    return [{"items": [organisation]}, {"items": [offering]}, course], expected


def ours(feed: Feed) -> Offering:
    """The one record that was read."""
    (row,) = feed.upserts
    values: Mapping[str, Any] = {name: value for name, value in row.values.items() if value is not None}
    return Offering(offering_id=row.id, provider=row.owner or "", **values)


def written(one: Offering) -> list[Json]:
    """Its organisation, course and run in v6, as they are sent: valid each."""
    found = catalogue_of([one])
    (course,) = found.courses.values()
    made = {
        ("organisation", "Organisation"): writer.organisation(one.provider),
        ("course", "Course"): writer.course(course),
        ("courseOffering", "CourseOffering"): writer.run(one, TODAY),
    }
    for (own, published), document in made.items():
        check(document, own, published)
    sent: list[Json] = json.loads(json.dumps(list(made.values())))
    return sent


def goes_round(one: Offering) -> None:
    """Written in v6 and read again it says the same, without a remark, and so whether one can apply."""
    documents_ = written(one)
    feed = oeapi.read([{"items": documents_}], TODAY)
    again = ours(feed)
    assert {name: getattr(again, name) for name in SAME} == {name: getattr(one, name) for name in SAME}
    assert again.provider == one.provider
    assert is_open(again, TODAY) == is_open(one, TODAY)
    assert (again.registration is Registration.CANCELLED) == (one.registration is Registration.CANCELLED)
    assert [remark.code for remark in feed.remarks if remark.code != "not_dutch"] == []
    assert {code["code"] for document in documents_ for code in [document["primaryCode"]]} >= {one.offering_id}


@given(documents())
def test_what_v5_says_arrives_in_v6(case: tuple[list[Any], dict[str, object]]) -> None:
    """Each value of a document of v5 is in ours, and comes back from the v6 that is made of it."""
    given_, expected = case
    one = ours(oeapi.read(given_, TODAY))
    assert {name: getattr(one, name) for name in expected} == expected
    goes_round(one)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"state": "cancelled"},
        {"state": "active"},
        {"consumers": [{"registrationStatus": "closed"}]},
        {"consumers": [{"registrationStatus": "open"}], "flexibleEntryPeriodStart": None},
        {"startDate": "2027-09-01", "endDate": "2028-01-31"},
        {"enrollEndDate": "2027-02-15"},
        {"maxNumberStudents": 12, "enrolledNumberStudents": 12},
    ],
)
def test_whether_one_can_apply_goes_round(said: Json) -> None:
    """Open after it began, closed, cancelled, full or over: as it was."""
    goes_round(ours(oeapi.read([offering_5(**said)], TODAY)))


def test_a_course_that_began_stays_open() -> None:
    """Anyone may still enter: v6 says so with a period of enrolment that has no end."""
    one = ours(oeapi.read([offering_5()], TODAY))
    (run,) = (document for document in written(one) if "courseOfferingId" in document)
    assert [sorted(period) for period in run["enrolmentPeriods"]] == [["startDateTime"]]
    assert ours(oeapi.read([written(one)], TODAY)).registration is Registration.OPEN


def test_what_v6_says_goes_round() -> None:
    """Also what v6 has no field for, from one installation to another."""
    one = ours(oeapi.read([course_6(), offering_6()], TODAY))
    goes_round(one)
    own = {"nlqf": 4.5, "dayParts": ["tue-evening"], "funding": "SLIM"}
    more = ours(oeapi.read([course_6() | {"ext": own}, offering_6(ext=own)], TODAY))
    assert (more.nlqf, more.day_parts, more.funding) == (4.5, 1 << 5, "SLIM")
    goes_round(more)


@pytest.mark.parametrize("ext", ["iets", 4, ["a"], {"dayParts": "di", "nlqf": {}, "funding": []}, {"funding": "   "}])
def test_extensions_of_others_break_nothing(ext: object) -> None:
    """Whatever another system keeps there."""
    one = ours(oeapi.read([course_6() | {"ext": ext}, offering_6(ext=ext)], TODAY))
    assert (one.nlqf, one.day_parts, one.funding) == (None, None, None)


@pytest.mark.parametrize(
    ("country", "pc4"),
    [
        ("NL", "2000"), ({"iso3166-1-alpha2": "NL"}, "2000"), ({"iso3166-1-alpha3": "NLD"}, "2000"),
        ({"iso3166-1-alpha2": "BE"}, None), ("BE", None), (None, "2000"),
    ],
)  # fmt: skip
def test_a_postcode_is_dutch_where_the_country_is(country: object, pc4: str | None) -> None:
    """In v6 the country is an object: 2000 is in Antwerp too."""
    place = {"addressType": "teaching", "city": "Antwerpen", "postCode": "2000", "countryCode": country}
    assert ours(oeapi.read([course_6(), offering_6(addresses=[place])], TODAY)).pc4 == pc4


@given(st.lists(LINE, max_size=4), st.lists(st.sampled_from(SKILLS), max_size=3, unique=True))
def test_a_description_does_not_grow(paragraphs: list[str], skills: list[str]) -> None:
    """However often it is read and written again, what one learns stands in it once."""
    outcomes = [[{"language": "nl", "value": skill}] for skill in skills]
    document = offering_5(description=[{"language": "nl", "value": "\n\n".join(paragraphs)}])
    document["course"]["learningOutcomes"] = outcomes
    one = ours(oeapi.read([document], TODAY))
    goes_round(one)
