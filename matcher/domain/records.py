"""The values of the domain: what an alumnus, a request, an offering and a match are. Frozen, no framework."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from matcher.domain.consent import Consent
from matcher.domain.kinds import NeedKind, RequestKind


class OnlineMode(StrEnum):
    """Whether a request is online: `yes` only online, `no` only on the spot, `either` as the alumnus prefers."""

    YES = "yes"
    NO = "no"
    EITHER = "either"


class Form(StrEnum):
    """How a course is given."""

    CLASSROOM = "classroom"
    ONLINE = "online"
    BLENDED = "blended"


class Pathway(StrEnum):
    """Leerweg: mostly at school (BOL) or mostly at work (BBL)."""

    BOL = "BOL"
    BBL = "BBL"


class RecordKind(StrEnum):
    """The three kinds of record that a school imports."""

    ALUMNI = "alumni"
    REQUESTS = "requests"
    OFFERINGS = "offerings"


@dataclass(frozen=True, slots=True)
class Qualification:
    """A qualification of an alumnus: crebo code (5 characters), name, level 1-4, pathway, year of leaving."""

    crebo: str | None = None
    name: str | None = None
    level: int | None = None
    pathway: Pathway | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    """Contact details: kept in a table of their own, never in pool, index or log."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    postcode: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A firm moment, local time, start before end."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Alumnus:
    """Somebody who left with or without a diploma. None is unknown everywhere; an empty set is a known nothing.

    `key` is the random id by which pool, index and logs know the record; `alumnus_id` is the school's own.
    """

    alumnus_id: str
    school: str
    key: int = 0
    contact: Contact = Contact()
    pc4: str | None = None
    town: str | None = None
    qualifications: tuple[Qualification, ...] = ()
    function: str | None = None
    employer: str | None = None
    sector: str | None = None
    skills: tuple[str, ...] = ()
    experience: str | None = None
    offers: frozenset[RequestKind] | None = None
    needs: str | None = None
    need_kinds: frozenset[NeedKind] | None = None
    day_parts: int | None = None
    paused_until: date | None = None
    max_distance_km: float | None = None
    online: bool | None = None
    max_asks_per_year: int | None = None
    languages: tuple[str, ...] = ()
    max_price: float | None = None
    consents: tuple[Consent, ...] = ()
    certificate_until: date | None = None
    qualified_teacher: bool | None = None
    company_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Request:
    """Somebody asks for alumni. `programme` is a crebo code or the name of the class's qualification."""

    request_id: str
    kind: RequestKind
    title: str
    school: str | None = None
    key: int = 0
    description: str | None = None
    programme: str | None = None
    level: int | None = None
    skills: tuple[str, ...] = ()
    moments: tuple[Moment, ...] = ()
    day_parts: int | None = None
    period_from: date | None = None
    period_to: date | None = None
    pc4: str | None = None
    town: str | None = None
    online: OnlineMode | None = None
    people: int = 1
    languages: tuple[str, ...] = ()
    hours_per_week: float | None = None
    certificate_required: bool = False
    requester: str | None = None
    closes_on: date | None = None
    company_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Offering:
    """One run of a course. `price` is the total of the required costs in euro; `nlqf` 1-8 or 4.5 for 4+."""

    offering_id: str
    provider: str
    title: str
    key: int = 0
    description: str | None = None
    skills: tuple[str, ...] = ()
    level: int | None = None
    nlqf: float | None = None
    crebo: str | None = None
    start: date | None = None
    end: date | None = None
    day_parts: int | None = None
    form: Form | None = None
    pc4: str | None = None
    town: str | None = None
    price: float | None = None
    seats: int | None = None
    enrolled: int | None = None
    apply_until: date | None = None
    language: str | None = None
    funding: str | None = None
    admission: str | None = None
    url: str | None = None


Demand = Request | Offering
"""What an alumnus is matched with."""
Record = Alumnus | Request | Offering
Target = Literal["offerings", "requests"]
"""What is recommended to an alumnus: courses or roles."""


def record_id(record: Record) -> str:
    """The id that the spreadsheet gives this record."""
    match record:
        case Alumnus():
            return record.alumnus_id
        case Request():
            return record.request_id
        case Offering():
            return record.offering_id


def owner_of(record: Record) -> str:
    """Within which the id is unique: the school, or the provider; empty for a request without a school."""
    match record:
        case Offering():
            return record.provider
        case Alumnus() | Request():
            return record.school or ""
