"""The values of the domain: what an alumnus, a request, an offering and a match are. Frozen, no framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PARTS = ("morning", "afternoon", "evening")
DAY_PARTS = tuple(f"{day}-{part}" for day in DAYS for part in PARTS)
"""The 21 day parts in calendar order; bit i of a day-part mask is DAY_PARTS[i]."""

DEFAULT_ASKS_PER_YEAR = 4


class RequestKind(StrEnum):
    """What a request asks alumni for. The order is the bit order of masks: add at the end."""

    GUEST_LESSON = "guest_lesson"
    HYBRID_TEACHER = "hybrid_teacher"
    MENTOR = "mentor"
    NETWORK_EVENT = "network_event"
    BPV_PLACE = "bpv_place"
    REGIONAL_INSIGHT = "regional_insight"
    AMBASSADOR = "ambassador"
    FEEDBACK = "feedback"
    AFTERCARE = "aftercare"


ROLE_KINDS = tuple(kind for kind in RequestKind if kind is not RequestKind.AFTERCARE)
"""The kinds that ask an alumnus to give; aftercare is for alumni who need."""


HIGH_RISK = frozenset({RequestKind.HYBRID_TEACHER, RequestKind.BPV_PLACE, RequestKind.AFTERCARE})
"""Kinds that rank people for paid work or for an employer: AI Act, Annex III, point 4 (a)."""


class Deviation(StrEnum):
    """Why somebody else than the first was invited: a code, since free text could name somebody."""

    KNOWS_CLASS = "knows_class"
    EXPERIENCE = "experience"
    SPREAD = "spread"
    PRACTICAL = "practical"
    OTHER = "other"


class Purpose(StrEnum):
    """What an alumnus consents to: one per request kind (same code), and three more. Order is bit order."""

    GUEST_LESSON = "guest_lesson"
    HYBRID_TEACHER = "hybrid_teacher"
    MENTOR = "mentor"
    NETWORK_EVENT = "network_event"
    BPV_PLACE = "bpv_place"
    REGIONAL_INSIGHT = "regional_insight"
    AMBASSADOR = "ambassador"
    FEEDBACK = "feedback"
    AFTERCARE = "aftercare"
    LLO_ADVICE = "llo_advice"
    SHARE_SCHOOLS = "share_schools"
    SHARE_EMPLOYERS = "share_employers"


class NeedKind(StrEnum):
    """What an alumnus looks for. `none` means: nothing, do not offer me anything."""

    COURSE = "course"
    COACHING = "coaching"
    WORK = "work"
    FURTHER_STUDY = "further_study"
    NETWORK = "network"
    NONE = "none"


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


class LedgerEvent(StrEnum):
    """What happened between a request and an alumnus."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CONTRIBUTED = "contributed"
    BENEFITED = "benefited"


_BITS: dict[type[StrEnum], dict[StrEnum, int]] = {
    members: {member: 1 << place for place, member in enumerate(members)}
    for members in (RequestKind, Purpose, NeedKind)
}


def mask_of(members: frozenset[RequestKind] | frozenset[NeedKind] | frozenset[Purpose]) -> int:
    """Bit mask of a set of enum members, bit i for the i-th member of their class."""
    return sum(_BITS[type(member)][member] for member in members)


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
class Consent:
    """Consent for one purpose. In force when it was given and not withdrawn since."""

    purpose: Purpose
    given_on: date | None = None
    withdrawn_on: date | None = None
    source: str = "import"

    @property
    def in_force(self) -> bool:
        """True where the consent has not been withdrawn."""
        return self.withdrawn_on is None


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
BANDS = ("strong", "good", "possible")
"""How well two fit, by their score; best first."""


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


@dataclass(frozen=True, slots=True)
class QueryInfo:
    """What was asked, as shown in the answer. `kind` is a request kind, `offering`, or `alumnus`.

    `key` is the random id by which the log knows it; 0 for what is not saved.
    """

    id: str
    kind: str
    title: str
    school: str | None = None
    key: int = 0


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one signal adds to the score: value in [0, 1] x weight = points. Unknown: value is the prior."""

    signal: str
    value: float
    weight: float
    points: float
    known: bool
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One change of the alumnus that moves the match up: found by scoring again, never guessed."""

    change: str
    values: Mapping[str, object]
    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Card:
    """The pseudonymous face of a candidate: no name, no contact details, no free text of a person."""

    title: str | None
    subtitle: str | None
    region: str | None


@dataclass(frozen=True, slots=True)
class Match:
    """One candidate for one query. `score` is the sum of the contributions' points in their order."""

    rank: int
    key: int
    candidate_id: str
    owner: str
    kind: str
    score: float
    band: str
    contributions: tuple[Contribution, ...]
    what_if: tuple[WhatIf, ...]
    card: Card
    weights: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answer to one query, with everything needed to give the same answer again."""

    query: QueryInfo
    as_of: date
    revision: int
    encoder: str
    weights: str
    eligible: int
    excluded: Mapping[str, int]
    matches: tuple[Match, ...]
    exact: bool = True
    """Whether it is proven that nobody who is left out scores higher: not so with an approximate index."""


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """One rule on one pair: passed, and what it looked at; `known` False where data was missing."""

    code: str
    passed: bool
    known: bool
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """The whole account of one pair. `rank` is None where a rule excludes the candidate.

    Nothing is scored for whom the asker may not see (`visible` False, no rules) or who did not agree to this purpose
    (of the rules only that one): `match` is None.
    """

    query: QueryInfo
    candidate: QueryInfo
    as_of: date
    revision: int
    encoder: str
    weights: str
    visible: bool
    eligible: int
    rules: tuple[RuleOutcome, ...]
    rank: int | None
    match: Match | None
    what_if: tuple[WhatIf, ...]
