"""Courses as schema.org data: of the right types, without gaps, and harmless inside a page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.records import Form, Offering
from matcher.exchange import schema_org
from matcher.exchange.catalogue import catalogue_of
from tests.exchange.test_oeapi import RUNS, TODAY, WHOLE

ADDRESS = "https://match.school.example/cursussen/x"
COURSE = {
    "@context", "@type", "@id", "url", "identifier", "name", "description", "inLanguage", "provider",
    "coursePrerequisites", "educationalLevel", "teaches", "educationalAlignment", "offers", "hasCourseInstance",
}  # fmt: skip
"""Properties of Course, of its kind CreativeWork and of Thing, in release 30.0."""
INSTANCE = {
    "@type", "identifier", "name", "url", "startDate", "endDate", "inLanguage", "courseMode", "eventAttendanceMode",
    "location", "maximumAttendeeCapacity", "remainingAttendeeCapacity",
}  # fmt: skip
"""Properties of CourseInstance, and of Event and Thing."""
OFFER = {"@type", "category", "price", "priceCurrency", "availability", "availabilityEnds", "url"}


def written(one: Offering) -> dict[str, Any]:
    """The document of a course with this run alone."""
    (course,) = catalogue_of([one]).courses.values()
    return schema_org.course(course, course.runs, TODAY, ADDRESS)


@given(RUNS)
def test_every_course_has_the_properties_of_its_type(one: Offering) -> None:
    """Required ones (Google: name, description, provider) are there, no other than the vocabulary has, no gap."""
    document = written(one)
    assert {"name", "description", "provider", "hasCourseInstance"} <= set(document) <= COURSE
    (instance,) = document["hasCourseInstance"]
    assert set(instance) <= INSTANCE
    assert all(set(offer) <= OFFER for offer in document.get("offers", []))
    for part in (document, instance):
        assert not [value for value in part.values() if value in (None, [], {}, "")]
    assert instance.get("remainingAttendeeCapacity", 0) >= 0


@given(RUNS, st.sampled_from(["</script><script>alert(1)</script>", "<!--<script>", "&lt;", "\u2028", "]]>"]))
def test_no_text_ends_the_script(one: Offering, text: str) -> None:
    """The script has no sign that HTML knows, and reads back as the document."""
    document = written(replace(one, title=text, description=text, town=text))
    script = schema_org.as_script(document)
    assert not re.search("[<>&\u2028\u2029]", script)
    assert json.loads(script) == document


@pytest.mark.parametrize(
    ("form", "mode", "attendance", "place"),
    [
        (Form.CLASSROOM, "Onsite", "OfflineEventAttendanceMode", "Place"),
        (Form.ONLINE, "Online", "OnlineEventAttendanceMode", "VirtualLocation"),
        (Form.BLENDED, "Blended", "MixedEventAttendanceMode", "Place"),
    ],
)
def test_how_it_is_given_is_said_in_both_ways(form: Form, mode: str, attendance: str, place: str) -> None:
    """The mode in words, attendance as a member of the enumeration, and the kind of place that goes with it."""
    (instance,) = written(replace(WHOLE, form=form))["hasCourseInstance"]
    assert instance["courseMode"] == mode
    assert instance["eventAttendanceMode"] == f"https://schema.org/{attendance}"
    assert instance["location"]["@type"] == place


def test_a_whole_course_says_all_of_it() -> None:
    """Days, language, price, seats and the last day to apply are those of the record."""
    document = written(WHOLE)
    (instance,), (offer,) = document["hasCourseInstance"], document["offers"]
    assert (instance["startDate"], instance["endDate"]) == ("2027-03-16", "2027-07-01")
    assert (document["inLanguage"], instance["inLanguage"]) == ("nl", "nl")
    assert (instance["maximumAttendeeCapacity"], instance["remainingAttendeeCapacity"]) == (12, 8)
    assert (offer["price"], offer["priceCurrency"], offer["availabilityEnds"]) == ("650.00", "EUR", "2027-03-10")
    assert offer["availability"] == "https://schema.org/InStock"


def test_what_cannot_be_bought_is_not_offered() -> None:
    """A full run is sold out; one that is closed, and one without a price, have no offer."""
    (full,) = written(replace(WHOLE, enrolled=12))["offers"]
    assert full["availability"] == "https://schema.org/SoldOut"
    assert "offers" not in written(replace(WHOLE, apply_until=TODAY - timedelta(1)))
    assert "offers" not in written(replace(WHOLE, price=None))
    (free,) = written(replace(WHOLE, price=0.0))["offers"]
    assert (free["category"], free["price"]) == ("Free", "0.00")
