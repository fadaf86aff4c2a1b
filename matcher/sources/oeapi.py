"""OOAPI v5 and OEAPI v6: offerings of courses and programmes, whichever of both versions a server answers in.

v6 renamed most of v5 (programme, organisation, startDateTime, modesOfDelivery ...), and servers mix the two, so each
value is asked for under all its names. A document is a page (`{"items": [...]}`), a list, or one object; offerings,
courses and programmes may come in any order, and an offering takes from its course what it does not say itself.

What others found in real answers: numbers for texts, null for lists, offerings without dates or state, and start dates
of long ago with registration open (flexible entry).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from matcher.domain.crebo import CREBO_FORM, Programme, programme_of, register
from matcher.domain.day_parts import mask_of_day_parts
from matcher.domain.records import Form, Registration
from matcher.sources.documents import Node, Remark
from matcher.sources.feed import (
    RIO_FORM,
    Feed,
    Listed,
    NotListed,
    joined_text,
    language_of,
    level_of,
    nlqf_of,
    pc4_of,
    price_of,
    skills_among,
    url_of,
)

OFFERING_IDS = ("courseOfferingId", "programmeOfferingId", "offeringId")
COURSE_IDS = ("courseId", "programmeId", "programId")
ORGANISATION_IDS = ("organisationId", "organizationId")
_KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""A UUID."""
_COURSES = ("course", "programme", "program", *COURSE_IDS)
"""Where an offering has its course, or the id of it."""
CREBO_CODES = frozenset({"programme_code", "crohocrebocode", "nationaleducationcode", "crebo", "x_crebo"})
_FORMS = {
    "online": Form.ONLINE, "distance_learning": Form.ONLINE, "coil": Form.ONLINE,
    "hybrid": Form.BLENDED, "blended": Form.BLENDED,
    "presential": Form.CLASSROOM, "on_campus": Form.CLASSROOM, "situated": Form.CLASSROOM,
    "project_based": Form.CLASSROOM, "research_lab_based": Form.CLASSROOM, "work_based": Form.CLASSROOM,
}  # fmt: skip
_NO_FORM = frozenset({"joint_delivery"})
_STATES = {
    "cancelled": Registration.CANCELLED,
    "canceled": Registration.CANCELLED,
    "concept": Registration.CLOSED,
    "inactive": Registration.CLOSED,
    "active": Registration.OPEN,
}
_STATUS = {"open": Registration.OPEN, "closed": Registration.CLOSED}
_PLACES = ("teaching", "visit")
"""Types of address where a course may be, the likeliest first; the others are for post and bills."""
TOTAL = "total_costs"


def read(
    documents: Iterable[object], today: date, *, provider: str = "", known: Mapping[str, Programme] | None = None
) -> Feed:
    """The offerings of these documents. `provider`: whose they are; else the organisation that each names.

    Organisations come before what names them by id alone. An offering without an id, a name (its own, that of its
    course, or of the programme whose code it gives, by the register and `known`) or a provider is refused with a
    remark: a key that only machines know is no name.
    """
    feed, waiting = Feed(), list[tuple[Node, str]]()
    courses: dict[str, Mapping[str, object]] = {}
    organisations: dict[str, str] = {}

    def give(item: Node, part: str) -> None:
        remarks: list[Remark] = []
        node = Node(item.value, remarks, item.path)
        course = _course(node, courses, remarks)
        owner = provider or _organisation(node, organisations) or _organisation(course, organisations)
        programme = _programme(feed, node, course, known or {})
        _add(feed, node, course, remarks, today=today, owner=owner, part=part, programme=programme)

    for given in documents:
        if isinstance(given, NotListed):
            feed.miss(given.part)
            continue
        document, part = (given.record, given.part) if isinstance(given, Listed) else (given, "")
        feed.lists |= {part} if part and "/" not in part else set()
        page = Node(document, feed.remarks)
        listed = page.at("items") if isinstance(document, dict) and "items" in document else page
        for item in listed.items():
            if not isinstance(item.value, dict):
                item.remark("no_object")
            elif any(item.value.get(name) for name in OFFERING_IDS):
                if _awaits(item.value, courses):
                    waiting.append((item, part))
                else:
                    give(item, part)
            else:
                _remember(item, courses, organisations)
    for item, part in waiting:
        give(item, part)
    return feed


def _remember(item: Node, courses: dict[str, Mapping[str, object]], organisations: dict[str, str]) -> None:
    """Keeps a course or programme, or else the name of an organisation, for offerings that name it."""
    assert isinstance(item.value, dict)  # noqa: S101 - for types: the caller has looked
    ids = [item.value[name] for name in COURSE_IDS if isinstance(item.value.get(name), str)]
    courses |= dict.fromkeys(ids, item.value)
    key, name = item.at(*ORGANISATION_IDS).text(), _name_of(item)
    if not ids and key and name:
        organisations[key] = name


def _awaits(offering: Mapping[str, object], courses: Mapping[str, object]) -> bool:
    """Whether an offering names a course that was not read yet; then it is kept until the end."""
    given = next((offering[name] for name in _COURSES if offering.get(name) is not None), None)
    return isinstance(given, str) and given not in courses


def _programme(feed: Feed, node: Node, course: Node, known: Mapping[str, Programme]) -> Programme | None:
    """The programme of an offering that has no name, nor its course; its code is wanted where it is not known."""
    if node.at("name").localised()[0] or course.at("name").localised()[0]:
        return None
    code = _code(node) or _code(course)
    found = programme_of(code, known)
    if code and found is None:
        feed.codes.add(code)
    return found


def _code(node: Node) -> str | None:
    """The crebo or RIO code among the codes, whether or not anything is known of it."""
    for kind, code in _codes(node):
        if RIO_FORM.fullmatch(code) or (kind in CREBO_CODES and CREBO_FORM.fullmatch(code)):
            return code
    return None


def _add(
    feed: Feed,
    node: Node,
    course: Node,
    remarks: list[Remark],
    *,
    today: date,
    owner: str,
    part: str,
    programme: Programme | None,
) -> None:
    """Adds one offering, or refuses it."""
    id_ = node.at(*OFFERING_IDS).text()
    name, language = node.at("name").localised()
    if name is None:
        name, language = course.at("name").localised()
    if name is None and programme is not None:
        name = programme.name
    if not id_ or not name or not owner:
        missing = "id" if not id_ else "name" if not name else "organisation"
        known = (id_, owner) if id_ and owner else None
        code = _code(node) or _code(course) if missing == "name" else None
        why = Remark("needs_code", node.path, id_, {"code": code}) if code else None
        feed.refuse(*remarks, why or Remark("needs", node.path, id_, {"field": missing}), known=known)
        return
    if language not in ("nl", "fy", ""):
        node.at("name").remark("not_dutch", language=language)
    values = {"title": name, **_values(node, course, today)}
    if programme is not None and values["level"] is None:
        values["level"] = programme.level
    feed.add(id_, owner, values, remarks, part=part)


def _course(node: Node, courses: Mapping[str, Mapping[str, object]], remarks: list[Remark]) -> Node:
    """The course or programme of an offering: inside it where it was asked to be expanded, else by its id."""
    given = node.at(*_COURSES)
    if isinstance(given.value, dict):
        return given
    known = courses.get(given.value) if isinstance(given.value, str) else None
    return Node(known, remarks, "course")


def _organisation(node: Node, known: Mapping[str, str]) -> str:
    """The name of the organisation of an offering or course, or its code where that is what people call it."""
    given = node.at("organisation", "organization", *ORGANISATION_IDS)
    if isinstance(given.value, dict):
        return _name_of(given)
    key = given.text() or ""
    return known.get(key) or ("" if _KEY.fullmatch(key) else key)


def _name_of(organisation: Node) -> str:
    return organisation.at("name").localised()[0] or organisation.at("shortName").text() or ""


def _values(node: Node, course: Node, today: date) -> dict[str, object]:
    start, end = node.at("startDateTime", "startDate").day(), node.at("endDateTime", "endDate").day()
    if start and end and end < start:
        node.at("endDateTime", "endDate").remark("end_before_start", start=start, end=end)
        end = None
    until, registration = _registration(node, start, today)
    outcomes = [_outcome(one) for one in course.at("learningOutcomes").items()]
    place = _place(node) or _place(course)
    taken = [node.at(name).whole() for name in ("enrolledNumberStudents", "pendingNumberStudents")]
    return {
        "description": joined_text(
            node.at("description").localised()[0], course.at("description").localised()[0], *outcomes
        ),
        "skills": skills_among(*outcomes),
        "level": level_of(course.at("level").text()),
        "nlqf": nlqf_of(course.at("levelOfQualification")),
        "crebo": _crebo(node) or _crebo(course),
        "start": start,
        "end": end,
        "form": _form(node) or _form(course),
        "town": place.at("city").text() if place else None,
        "pc4": pc4_of(place.at("postCode", "postalCode"), _country(place)) if place else None,
        "price": _price(node) if node.at("priceInformation") else _price(course),
        "seats": node.at("maxNumberStudents").whole(),
        "enrolled": sum(one for one in taken if one) if any(one is not None for one in taken) else None,
        "apply_until": until,
        "registration": registration,
        "language": _language(node) or _language(course),
        "admission": joined_text(course.at("admissionRequirements").localised()[0]),
        "url": url_of(node.at("link")) or url_of(course.at("link")),
        **_of_ours(node, course),
    }


def _of_ours(node: Node, course: Node) -> dict[str, object]:
    """What v6 has no field for, as `matcher.exchange.oeapi` writes it under `ext`, as far as it is there."""
    extra, level = _members(node.at("ext")), _members(course.at("ext")).at("nlqf")
    values: dict[str, object] = {}
    if level:
        values["nlqf"] = nlqf_of(level)
    parts = [one.text() for one in extra.at("dayParts").items()]
    if mask := mask_of_day_parts([part for part in parts if part]):
        values["day_parts"] = mask
    if funding := extra.at("funding"):
        values["funding"] = joined_text(funding.text())
    return values


def _members(node: Node) -> Node:
    """An object of extensions, which may be anything: of anything else nothing, without a remark."""
    return node if isinstance(node.value, dict) else Node(None, [], node.path)


def _country(place: Node) -> Node:
    """The country of an address: a code (v5), or an object with codes (v6)."""
    given = place.at("countryCode")
    return given.at("iso3166-1-alpha2", "iso3166-1-alpha3") if isinstance(given.value, dict) else given


def _registration(node: Node, start: date | None, today: date) -> tuple[date | None, Registration | None]:
    """Until when one can apply, and whether it is open, closed or cancelled; None where that is not said.

    A period without an end is open; a course that began stays open while its flexible entry does.
    """
    periods = list(node.at("enrolmentPeriods").items())
    ends = [one.at("endDateTime").day() for one in periods]
    until = None if None in ends else max((end for end in ends if end), default=None)
    until = until or node.at("enrollEndDate").day()
    entry = node.at("flexibleEntryPeriodStartDateTime", "flexibleEntryPeriodStart").day()
    last = node.at("flexibleEntryPeriodEndDateTime", "flexibleEntryPeriodEnd").day()
    until = until or last
    said = [one.at("registrationStatus").choice(_STATUS) for one in node.at("consumer", "consumers").items()]
    told = next((one for one in said if one), None)
    state = node.at("state").choice(_STATES)
    if state in (Registration.CANCELLED, Registration.CLOSED) or told is Registration.CLOSED:
        return until, state if state is not Registration.OPEN and state else Registration.CLOSED
    has_begun = start is not None and start < today
    may_enter = (entry is not None and entry <= today and until is None) or (None in ends and bool(periods))
    if until is None and (told is Registration.OPEN or (has_begun and may_enter)):
        return None, Registration.OPEN
    return until, None


def _outcome(node: Node) -> str | None:
    """A learning outcome: an object with a name (v6), or a list of one text in several languages (v5)."""
    if isinstance(node.value, dict) and "value" not in node.value:
        return node.at("name").localised()[0]
    return node.localised()[0]


def _form(node: Node) -> Form | None:
    modes = node.at("modesOfDelivery", "modeOfDelivery").items()
    forms = {one.choice(_FORMS, quiet=_NO_FORM) for one in modes} - {None}
    return forms.pop() if len(forms) == 1 else Form.BLENDED if forms else None


def _crebo(node: Node) -> str | None:
    """The crebo code among the codes: one type of code is for crebo and croho alike, so it must be registered."""
    return next((code for kind, code in _codes(node) if kind in CREBO_CODES and code in register()), None)


def _codes(node: Node) -> Iterator[tuple[str, str]]:
    """The codes of an offering or course, each with its type as it is compared."""
    for one in [node.at("primaryCode"), *node.at("otherCodes").items()]:
        if isinstance(one.value, dict):
            kind, code = one.at("codeType").text(), one.at("code").text()
            if kind and code:
                yield kind.lower().replace("-", "_"), code.upper()


def _place(node: Node) -> Node | None:
    """The address where it is given; None where only addresses for post and bills are."""
    given = [one for one in node.at("addresses").items() if isinstance(one.value, dict)]
    for kind in _PLACES:
        for one in given:
            if one.at("addressType").text() == kind:
                return one
    return None


def _price(node: Node) -> float | None:
    """The total of what must be paid, in euro."""
    for cost in node.at("priceInformation").items():
        if (cost.at("costType").text() or "").lower().replace(" ", "_") != TOTAL:
            continue
        if (cost.at("currency").text() or "EUR").upper() != "EUR":
            cost.at("currency").remark("no_total")
            continue
        amount, bare = cost.at("amount").amount(), cost.at("amountWithoutVat").amount()
        if amount is None and bare is not None:
            amount = bare + (cost.at("vatAmount").amount() or Decimal(0))
        if amount is not None:
            return price_of(amount)
    return None


def _language(node: Node) -> str | None:
    """The first language of teaching that is one."""
    codes = (language_of(one.text()) for one in node.at("teachingLanguages", "teachingLanguage").items())
    return next((code for code in codes if code), None)
