"""Records of alumni, requests and offerings, and the table of their fields.

The annotation of a field is its line in that table; `matcher.domain.fields` says what each part of a line means.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Literal

from matcher.domain.consent import Consent
from matcher.domain.fields import Field, FieldType, StatedBy, declared
from matcher.domain.kinds import KINDS, NEEDS, OFFERED, PURPOSES, NeedKind, RequestKind


class OnlineMode(StrEnum):
    """Where a request takes place: `yes` online only, `no` on site only, `either` as the alumnus prefers."""

    YES = "yes"
    NO = "no"
    EITHER = "either"


class Form(StrEnum):
    """How a course is given."""

    CLASSROOM = "classroom"
    ONLINE = "online"
    BLENDED = "blended"


class Registration(StrEnum):
    """Whether one can apply for a course: `open` also after it began, where no last day is given."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Pathway(StrEnum):
    """Leerweg: mostly at school (BOL) or mostly at work (BBL), or the third, free in its hours (OVO)."""

    BOL = "BOL"
    BBL = "BBL"
    OVO = "OVO"


class RecordKind(StrEnum):
    """The three kinds of record that a school imports."""

    ALUMNI = "alumni"
    REQUESTS = "requests"
    OFFERINGS = "offerings"


TEXT, ID, OWNER, EMAIL, PHONE = FieldType.TEXT, FieldType.ID, FieldType.OWNER, FieldType.EMAIL, FieldType.PHONE
POSTCODE, SKILLS, LANGUAGES = FieldType.POSTCODE, FieldType.SKILLS, FieldType.LANGUAGES
WHOLE, NUMBER, YES_NO, DATE = FieldType.WHOLE, FieldType.NUMBER, FieldType.YES_NO, FieldType.DATE
MEMBER, SET, SCHOOL = FieldType.MEMBER, FieldType.SET, StatedBy.SCHOOL

_OFFERS = {KINDS[kind].word: kind for kind in OFFERED}
_KINDS = {KINDS[kind].word: kind for kind in RequestKind}
_NEEDS = {line.word: need for need, line in NEEDS.items()}
_PURPOSES = {line.word: purpose for purpose, line in PURPOSES.items()}
_ONLINE = {"ja": OnlineMode.YES, "nee": OnlineMode.NO, "mag": OnlineMode.EITHER}
_REGISTRATIONS = {
    "open": Registration.OPEN,
    "gesloten": Registration.CLOSED,
    "geannuleerd": Registration.CANCELLED,
}
_FORMS = {"klassikaal": Form.CLASSROOM, "online": Form.ONLINE, "blended": Form.BLENDED}


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
    """Contact details: in a table of their own, never in pool, index or log."""

    first_name: Annotated[str | None, Field(TEXT, "voornaam", personal=True, quoted=False)] = None
    infix: Annotated[str | None, Field(TEXT, "tussenvoegsel", personal=True, quoted=False, longest=40)] = None
    last_name: Annotated[str | None, Field(TEXT, "achternaam", personal=True, quoted=False)] = None
    email: Annotated[str | None, Field(EMAIL, "email", personal=True, quoted=False)] = None
    phone: Annotated[str | None, Field(PHONE, "telefoon", personal=True, quoted=False)] = None
    postcode: Annotated[str | None, Field(POSTCODE, "postcode", personal=True)] = None

    @property
    def name(self) -> str:
        """The whole name as it is shown, such as `Noor van den Berg`; empty where none is known."""
        return whole_name(self.first_name, self.infix, self.last_name)


def whole_name(*parts: str | None) -> str:
    """First name, tussenvoegsel and last name as one text, as far as they are known."""
    return " ".join(part.strip() for part in parts if part and part.strip())


@dataclass(frozen=True, slots=True)
class Moment:
    """A fixed moment in local time; start is before end."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Alumnus:
    """A former student, with or without a diploma. None always means unknown; an empty set means known to be empty.

    `key` is the random id used by pool, index and logs; `alumnus_id` is the school's own. `pc4` is the four digits of
    the postcode. `max_distance_km` is in kilometres, `max_price` in euro. `left_on`: when they left the school;
    `aftercare`: how the aftercare (nazorg) of the school stands, in its own words: each school has its own steps, and
    no rule or signal reads it, so a closed list would only refuse what schools write.
    """

    alumnus_id: Annotated[str, Field(ID, "alumnus_id", required=True, stated_by=SCHOOL)]
    school: Annotated[str, Field(OWNER, "school", stated_by=SCHOOL)]
    key: int = 0
    contact: Contact = Contact()
    pc4: Annotated[str | None, Field(POSTCODE)] = None
    town: Annotated[str | None, Field(TEXT, "woonplaats")] = None
    qualifications: Annotated[tuple[Qualification, ...], Field(FieldType.QUALIFICATIONS, "opleidingen")] = ()
    function: Annotated[str | None, Field(TEXT, "functie")] = None
    employer: Annotated[str | None, Field(TEXT, "werkgever")] = None
    sector: Annotated[str | None, Field(TEXT, "sector")] = None
    skills: Annotated[tuple[str, ...], Field(SKILLS, "vaardigheden")] = ()
    experience: Annotated[str | None, Field(TEXT, "ervaring", quoted=False)] = None
    card_text: Annotated[str | None, Field(TEXT, "zin_op_kaart", quoted=False, longest=200)] = None
    offers: Annotated[frozenset[RequestKind] | None, Field(SET, "aanbod", words=_OFFERS)] = None
    needs: Annotated[str | None, Field(TEXT, "vraag", quoted=False)] = None
    need_kinds: Annotated[frozenset[NeedKind] | None, Field(SET, "vraag_soorten", words=_NEEDS)] = None
    day_parts: Annotated[int | None, Field(FieldType.DAY_PARTS, "beschikbaarheid")] = None
    paused_until: Annotated[date | None, Field(DATE, "pauze_tot")] = None
    max_distance_km: Annotated[float | None, Field(NUMBER, "max_afstand_km", high=500)] = None
    online: Annotated[bool | None, Field(YES_NO, "online")] = None
    max_asks_per_year: Annotated[int | None, Field(WHOLE, "max_vragen_per_jaar", high=365)] = None
    languages: Annotated[tuple[str, ...], Field(LANGUAGES, "talen")] = ()
    max_price: Annotated[float | None, Field(NUMBER, "max_prijs", high=100_000)] = None
    consents: Annotated[
        tuple[Consent, ...],
        Field(FieldType.CONSENTS, "toestemming", words=_PURPOSES, stated_by=SCHOOL),
        Field(FieldType.PAST_DATE, "toestemming_datum", stated_by=SCHOOL, name="consent_date"),
        Field(FieldType.WITHDRAWALS, "ingetrokken", stated_by=SCHOOL, name="withdrawals"),
    ] = ()
    left_on: Annotated[date | None, Field(DATE, "uitstroom_datum", stated_by=SCHOOL)] = None
    diploma: Annotated[bool | None, Field(YES_NO, "diploma", stated_by=SCHOOL)] = None
    aftercare: Annotated[str | None, Field(TEXT, "nazorg_status", stated_by=SCHOOL, quoted=False, longest=200)] = None
    certificate_until: Annotated[date | None, Field(DATE, "vog_tot", stated_by=SCHOOL)] = None
    qualified_teacher: Annotated[bool | None, Field(YES_NO, "bevoegd", stated_by=SCHOOL)] = None
    company_id: Annotated[str | None, Field(FieldType.REFERENCE, "leerbedrijf_id", stated_by=SCHOOL)] = None
    company_town: Annotated[str | None, Field(TEXT, "leerbedrijf_plaats", stated_by=SCHOOL)] = None
    company_recognised_on: Annotated[date | None, Field(DATE, "leerbedrijf_erkend_op", stated_by=SCHOOL)] = None
    company_places: Annotated[int | None, Field(WHOLE, "leerplaatsen", high=1000, stated_by=SCHOOL)] = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Request:
    """A request for alumni.

    `programme` is the qualification of the class: a crebo code or a name. `team`: the team of the school that asks.
    `own_demands`: what an alumnus must have of own fields of the school (`matcher.domain.own_fields.demands_in`).
    """

    request_id: Annotated[str, Field(ID, "aanvraag_id", required=True)]
    school: Annotated[str | None, Field(OWNER, "school")] = None
    kind: Annotated[RequestKind, Field(MEMBER, "soort", required=True, words=_KINDS)]
    title: Annotated[str, Field(TEXT, "titel", required=True)]
    key: int = 0
    description: Annotated[str | None, Field(TEXT, "omschrijving")] = None
    programme: Annotated[str | None, Field(FieldType.PROGRAMME, "opleiding")] = None
    level: Annotated[int | None, Field(WHOLE, "niveau", low=1, high=4)] = None
    skills: Annotated[tuple[str, ...], Field(SKILLS, "vaardigheden")] = ()
    not_wanted: Annotated[tuple[str, ...], Field(SKILLS, "niet_gezocht")] = ()
    moments: Annotated[tuple[Moment, ...], Field(FieldType.MOMENTS, "momenten")] = ()
    day_parts: Annotated[int | None, Field(FieldType.DAY_PARTS, "dagdelen")] = None
    period_from: Annotated[date | None, Field(DATE, "periode_van")] = None
    period_to: Annotated[date | None, Field(DATE, "periode_tot")] = None
    pc4: Annotated[str | None, Field(POSTCODE, "postcode", "postcode")] = None
    town: Annotated[str | None, Field(TEXT, "plaats")] = None
    online: Annotated[OnlineMode | None, Field(MEMBER, "online", words=_ONLINE)] = None
    people: Annotated[int, Field(WHOLE, "aantal_personen", low=1, high=1000)] = 1
    languages: Annotated[tuple[str, ...], Field(LANGUAGES, "talen")] = ()
    hours_per_week: Annotated[float | None, Field(NUMBER, "uren_per_week", high=60)] = None
    certificate_required: Annotated[bool, Field(YES_NO, "vog_nodig")] = False
    requester: Annotated[
        str | None, Field(EMAIL, "aanvrager", personal=True, quoted=False, kept_as="email", saved_only=True)
    ] = None
    closes_on: Annotated[date | None, Field(DATE, "sluitingsdatum", saved_only=True)] = None
    company_required: Annotated[bool, Field(YES_NO, "leerbedrijf_nodig")] = False
    team: Annotated[str | None, Field(TEXT, "team", longest=200, saved_only=True)] = None
    own_demands: Annotated[str | None, Field(TEXT, "eigen_velden")] = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Offering:
    """One run of a course. `price` is the total of the required costs in euro; `nlqf` 1-8 or 4.5 for 4+."""

    offering_id: Annotated[str, Field(ID, "aanbod_id", required=True)]
    provider: Annotated[str, Field(OWNER, "aanbieder", required=True)]
    title: Annotated[str, Field(TEXT, "titel", required=True)]
    key: int = 0
    description: Annotated[str | None, Field(TEXT, "omschrijving")] = None
    skills: Annotated[tuple[str, ...], Field(SKILLS, "vaardigheden")] = ()
    level: Annotated[int | None, Field(WHOLE, "niveau", low=1, high=4)] = None
    nlqf: Annotated[float | None, Field(FieldType.NLQF, "nlqf", low=1, high=8)] = None
    crebo: Annotated[str | None, Field(FieldType.CREBO, "crebo")] = None
    start: Annotated[date | None, Field(DATE, "start")] = None
    end: Annotated[date | None, Field(DATE, "eind")] = None
    day_parts: Annotated[int | None, Field(FieldType.DAY_PARTS, "dagdelen")] = None
    form: Annotated[Form | None, Field(MEMBER, "vorm", words=_FORMS)] = None
    pc4: Annotated[str | None, Field(POSTCODE, "postcode", "postcode")] = None
    town: Annotated[str | None, Field(TEXT, "plaats")] = None
    price: Annotated[float | None, Field(NUMBER, "prijs", high=100_000)] = None
    seats: Annotated[int | None, Field(WHOLE, "plaatsen", high=100_000)] = None
    enrolled: Annotated[int | None, Field(WHOLE, "ingeschreven", high=100_000)] = None
    apply_until: Annotated[date | None, Field(DATE, "aanmelden_tot")] = None
    registration: Annotated[Registration | None, Field(MEMBER, "aanmelding", words=_REGISTRATIONS)] = None
    language: Annotated[str | None, Field(FieldType.LANGUAGE, "taal")] = None
    funding: Annotated[str | None, Field(TEXT, "financiering")] = None
    admission: Annotated[str | None, Field(TEXT, "toelatingseisen")] = None
    url: Annotated[str | None, Field(FieldType.URL, "url")] = None


def last_day_of(offering: Offering) -> date | None:
    """The last day on which one can apply: the one given, or the first day; none where registration just is open."""
    if offering.apply_until is not None or offering.registration is Registration.OPEN:
        return offering.apply_until
    return offering.start


def can_be_joined(offering: Offering, today: date) -> bool:
    """Whether one can still apply for a course, but for its places."""
    last = last_day_of(offering)
    return offering.registration in (None, Registration.OPEN) and (last is None or last >= today)


Demand = Request | Offering
"""A record that alumni are matched with."""
Record = Alumnus | Request | Offering
Target = Literal["offerings", "requests"]
"""What to recommend to an alumnus: courses or roles."""


def record_id(record: Record) -> str:
    """The id of a record in its spreadsheet."""
    match record:
        case Alumnus():
            return record.alumnus_id
        case Request():
            return record.request_id
        case Offering():
            return record.offering_id


def owner_of(record: Record) -> str:
    """The school or provider within which the id is unique; empty for a request without a school."""
    match record:
        case Offering():
            return record.provider
        case Alumnus() | Request():
            return record.school or ""


_WHICH = frozenset({"request_id", "school", "offering_id", "provider", "key"})
"""The fields that say which request or course it is."""


def cells_of(demand: Demand, *, clears: bool = False) -> dict[str, object]:
    """What a row of a list with the fields of a demand would say, but for its id; `clears`: empty fields too."""
    values = {one.name: getattr(demand, one.name) for one in fields(demand) if one.name not in _WHICH}
    return values if clears else {name: value for name, value in values.items() if value not in (None, ())}


_RECORDS: dict[RecordKind, type] = {
    RecordKind.ALUMNI: Alumnus,
    RecordKind.REQUESTS: Request,
    RecordKind.OFFERINGS: Offering,
}


@cache
def fields_of(kind: RecordKind) -> tuple[Field, ...]:
    """The fields of a kind of record in the order of its spreadsheet, including contact details."""
    return declared(_RECORDS[kind])
