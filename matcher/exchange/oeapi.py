"""Courses, runs and providers as documents of the Open Education API v6 (openonderwijsapi.nl).

A field that we do not know is left out, never null or empty. What v6 has no field for stands in `ext`: level of NLQF,
parts of the day, who pays, and the last day to apply as it was given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import TypeVar
from urllib.parse import quote

from matcher.domain.day_parts import names_of_day_parts
from matcher.domain.moments import ZONE
from matcher.domain.records import Form, Offering, Registration
from matcher.exchange.catalogue import Course, course_id, is_open, organisation_id, outcome_id, run_id
from matcher.exchange.document import Document, without_gaps
from matcher.text import fold

VERSIONS = ("6.1", "6.0")
"""What can be asked for, newest first; the documents are the same, and 6.1 is the one with problem details."""
PAGE_SIZES = (10, 20, 50, 100, 250)
T = TypeVar("T")
_MODES = {Form.CLASSROOM: "presential", Form.ONLINE: "online", Form.BLENDED: "blended"}
_DUTCH = "nl"
_LAST_SECOND = time(23, 59, 59)
_LONGEST_LINK = 2048
_URI = re.compile(
    r"https?://[A-Za-z0-9.-]+(:[0-9]+)?([/?#]([\w.~!$&'()*+,;=:@/?#-]|%[0-9A-F]{2})*)?", re.ASCII | re.IGNORECASE
)


def page(items: Sequence[T], number: int, size: int, write: Callable[[T], Document]) -> Document:
    """One page of items, written, in the envelope of the specification; `number` counts from 1."""
    pages = -(-len(items) // size)
    return {
        "pageSize": size,
        "pageNumber": number,
        "hasPreviousPage": number > 1,
        "hasNextPage": number < pages,
        "totalPages": pages,
        "items": [write(one) for one in items[(number - 1) * size : number * size]],
    }


def course(one: Course) -> Document:
    """A course, as its latest run tells it."""
    about = one.about
    return without_gaps(
        {
            "courseId": one.id,
            "primaryCode": {"codeType": "identifier", "code": _slug(about.title)},
            "name": _text(about, about.title),
            "description": _text(about, about.description),
            "teachingLanguages": [about.language] if about.language else None,
            "modesOfDelivery": sorted({_MODES[run.form] for run in one.runs if run.form}),
            "level": f"secondary_vocational_education_{about.level}" if about.level else None,
            "admissionRequirements": _text(about, about.admission),
            "learningOutcomes": [_outcome(about, skill) for skill in about.skills],
            "link": link(about),
            "otherCodes": _codes(about),
            "organisationId": organisation_id(about.provider),
            "ext": without_gaps({"nlqf": about.nlqf}),
        }
    )


def run(one: Offering, today: date) -> Document:
    """A run of a course, as it stands today."""
    return without_gaps(
        {
            "courseOfferingId": run_id(one),
            "primaryCode": {"codeType": "offering_code", "code": one.offering_id},
            "name": _text(one, one.title),
            "state": state(one, today),
            "description": _text(one, one.description),
            "teachingLanguages": [one.language] if one.language else None,
            "modesOfDelivery": [_MODES[one.form]] if one.form else None,
            "maxNumberStudents": one.seats,
            "enrolledNumberStudents": one.enrolled,
            "link": link(one),
            "otherCodes": _codes(one),
            "enrolmentPeriods": _enrolment(one, today),
            "startDateTime": _moment(one.start, time()),
            "endDateTime": _moment(one.end, _LAST_SECOND),
            "addresses": _addresses(one),
            "priceInformation": _price(one),
            "courseId": course_id(one),
            "organisationId": organisation_id(one.provider),
            "ext": without_gaps(
                {
                    "dayParts": None if one.day_parts is None else names_of_day_parts(one.day_parts),
                    "funding": one.funding,
                    "applyUntil": one.apply_until.isoformat() if one.apply_until else None,
                }
            ),
        }
    )


def organisation(provider: str) -> Document:
    """A provider: its name is all we know."""
    return {
        "organisationId": organisation_id(provider),
        "primaryCode": {"codeType": "identifier", "code": provider},
        "organisationType": "root",
        "name": [{"language": _DUTCH, "value": provider}],
    }


def begins_between(one: Offering, since: date | None, until: date | None) -> bool:
    """Whether a run begins on or after `since` and ends on or before `until`; one without days always does."""
    if since is not None and one.start is not None and one.start < since:
        return False
    last = one.end or one.start
    return until is None or last is None or last <= until


def state(one: Offering, today: date) -> str | None:
    """Whether one can apply; None where it is open and its days are unknown, which `active` does not allow."""
    if one.registration is Registration.CANCELLED:
        return "cancelled"
    if not is_open(one, today):
        return "inactive"
    return "active" if one.start is not None and one.end is not None else None


def _enrolment(one: Offering, today: date) -> list[Document] | None:
    """When one can apply. We know the last day alone: it is open today, or else it was on that day.

    Without an end where it is open and no last day is known; None where neither is known.
    """
    until = one.apply_until
    if until is None and one.registration is not Registration.OPEN:
        return None
    period = {"startDateTime": _moment(today if until is None else min(today, until), time())}
    if until is not None:
        period["endDateTime"] = _moment(until, _LAST_SECOND)
    return [period | ({"enrolmentType": "url", "enrolmentUrl": link(one)} if link(one) else {})]


def _text(one: Offering, text: str | None) -> list[Document] | None:
    return [{"language": one.language or _DUTCH, "value": text}] if text and text.strip() else None


def _moment(day: date | None, at: time) -> str | None:
    return datetime.combine(day, at, ZONE).isoformat() if day else None


def link(one: Offering) -> str | None:
    """The page of a run as a URI, other letters encoded; None where that makes none, or a longer one than may be."""
    if not one.url:
        return None
    uri = quote(one.url.strip(), safe="%:/?#@!$&'()*+,;=-._~")
    return uri if len(uri) <= _LONGEST_LINK and uri.count("#") <= 1 and _URI.fullmatch(uri) else None


def _codes(one: Offering) -> list[Document] | None:
    return [{"codeType": "programme_code", "code": one.crebo}] if one.crebo else None


def _outcome(one: Offering, skill: str) -> Document:
    return {
        "learningOutcomeId": outcome_id(one.provider, skill),
        "primaryCode": {"codeType": "identifier", "code": _slug(skill)},
        "name": [{"language": one.language or _DUTCH, "value": skill}],
    }


def _addresses(one: Offering) -> list[Document] | None:
    if not one.pc4 and not one.town:
        return None
    country = {"iso3166-1-alpha2": "NL"} if one.pc4 else None
    where = {"addressType": "teaching", "postCode": one.pc4, "city": one.town, "countryCode": country}
    return [without_gaps(where)]


def _price(one: Offering) -> list[Document] | None:
    return None if one.price is None else [{"costType": "total_costs", "amount": f"{one.price:.2f}", "currency": "EUR"}]


def _slug(text: str) -> str:
    return "-".join(fold(text).split()) or "-"
