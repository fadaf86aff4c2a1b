"""A course with its runs as schema.org `Course` and `CourseInstance` (release 30.0), which search engines read.

What we do not know is left out. Money is euro; days are days, without a time of our own making.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from matcher.domain.records import Form, Offering, Registration
from matcher.exchange.catalogue import Course, is_open, run_id
from matcher.exchange.document import Document, without_gaps
from matcher.exchange.oeapi import link

_ATTENDANCE = {
    Form.CLASSROOM: "https://schema.org/OfflineEventAttendanceMode",
    Form.ONLINE: "https://schema.org/OnlineEventAttendanceMode",
    Form.BLENDED: "https://schema.org/MixedEventAttendanceMode",
}
_MODES = {Form.CLASSROOM: "Onsite", Form.ONLINE: "Online", Form.BLENDED: "Blended"}
_CANCELLED = "https://schema.org/EventCancelled"
_OPEN, _SOLD_OUT = "https://schema.org/InStock", "https://schema.org/SoldOut"
_ESCAPED = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})
"""So that no text ends the script that holds it, or is taken for markup."""


def course(one: Course, runs: Sequence[Offering], today: date, address: str) -> Document:
    """A course with these of its runs; `address`: of the page that shows it."""
    about = one.about
    return without_gaps(
        {
            "@context": "https://schema.org",
            "@type": "Course",
            "@id": address,
            "url": address,
            "identifier": one.id,
            "name": about.title,
            "description": about.description or about.title,
            "inLanguage": about.language,
            "provider": {"@type": "Organization", "name": about.provider},
            "coursePrerequisites": about.admission,
            "educationalLevel": f"mbo {about.level}" if about.level else None,
            "teaches": list(about.skills),
            "educationalAlignment": _alignment(about),
            "offers": [offer for run in runs if (offer := _offer(run, today))],
            "hasCourseInstance": [_instance(run) for run in runs],
        }
    )


def as_script(document: Document) -> str:
    """The JSON of a document, to stand in a `script` of the type `application/ld+json`."""
    return json.dumps(document, ensure_ascii=False).translate(_ESCAPED)


def _instance(run: Offering) -> Document:
    return without_gaps(
        {
            "@type": "CourseInstance",
            "identifier": run_id(run),
            "name": run.title,
            "url": link(run),
            "startDate": run.start.isoformat() if run.start else None,
            "endDate": run.end.isoformat() if run.end else None,
            "eventStatus": _CANCELLED if run.registration is Registration.CANCELLED else None,
            "inLanguage": run.language,
            "courseMode": _MODES[run.form] if run.form else None,
            "eventAttendanceMode": _ATTENDANCE[run.form] if run.form else None,
            "location": _location(run),
            "maximumAttendeeCapacity": run.seats,
            "remainingAttendeeCapacity": free_places(run),
        }
    )


def free_places(run: Offering) -> int | None:
    """How many can still come; None where places or people are unknown."""
    return None if run.seats is None or run.enrolled is None else max(run.seats - run.enrolled, 0)


def _offer(run: Offering, today: date) -> Document | None:
    """What it costs, to the last day to apply; None for an unknown price, or where one cannot apply any more."""
    full = free_places(run) == 0
    if run.price is None or not (is_open(run, today) or full):
        return None
    return without_gaps(
        {
            "@type": "Offer",
            "category": "Paid" if run.price else "Free",
            "price": f"{run.price:.2f}",
            "priceCurrency": "EUR",
            "availability": _SOLD_OUT if full else _OPEN,
            "availabilityEnds": run.apply_until.isoformat() if run.apply_until else None,
            "url": link(run),
        }
    )


def _location(run: Offering) -> Document | None:
    if run.form is Form.ONLINE:
        page = link(run)
        return {"@type": "VirtualLocation", "url": page} if page else None
    if not run.town and not run.pc4:
        return None
    where = {"@type": "PostalAddress", "postalCode": run.pc4, "addressLocality": run.town, "addressCountry": "NL"}
    return without_gaps({"@type": "Place", "name": run.town, "address": without_gaps(where)})


def _alignment(about: Offering) -> Document | None:
    if not about.crebo:
        return None
    return {
        "@type": "AlignmentObject",
        "alignmentType": "educationalSubject",
        "educationalFramework": "crebo",
        "targetName": about.crebo,
    }
