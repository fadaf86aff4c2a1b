"""Import rows for the tests of the store."""

from __future__ import annotations

from datetime import date, datetime

from matcher.domain.kinds import NeedKind, Purpose, RequestKind
from matcher.domain.records import Form, Moment, OnlineMode, Pathway, Qualification, RecordKind, Registration
from matcher.repositories.values import Upsert

TODAY = date(2027, 3, 1)
SCHOOL = "Deltion"

FULL_ALUMNUS: dict[str, object] = {
    "first_name": "Noor",
    "infix": "van den",
    "last_name": "Özdemir-de Vries",
    "email": "Noor@Example.nl",
    "phone": "06-12345678",
    "postcode": "8011 AB",
    "pc4": "8011",
    "town": "Zwolle",
    "qualifications": (Qualification("25655", "Verzorgende IG", 3, Pathway.BBL, 2014), Qualification(name="Kok")),
    "function": "wijkverpleegkundige",
    "employer": "Isala",
    "sector": "zorg",
    "skills": ("wondzorg", 'C++ "modern"'),
    "card_text": "Ik vertel graag over de wijk.",
    "experience": "Ik werk in de wijk.\nEn vertel er graag over 😀",
    "offers": frozenset({RequestKind.GUEST_LESSON, RequestKind.FEEDBACK}),
    "needs": "leidinggeven",
    "need_kinds": frozenset({NeedKind.COURSE}),
    "day_parts": 0b101,
    "paused_until": date(2027, 5, 1),
    "max_distance_km": 25.5,
    "online": False,
    "max_asks_per_year": 3,
    "languages": ("nl", "tr"),
    "max_price": 199.95,
    "certificate_until": date(2028, 1, 1),
    "qualified_teacher": True,
    "company_id": "LB-1",
    "company_town": "Kampen",
    "company_recognised_on": date(2025, 5, 12),
    "company_places": 2,
    "left_on": date(2014, 7, 1),
    "diploma": True,
    "aftercare": "gebeld",
    "consents": frozenset({Purpose.GUEST_LESSON, Purpose.LLO_ADVICE}),
    "consent_date": date(2026, 9, 1),
}
FULL_REQUEST: dict[str, object] = {
    "kind": RequestKind.GUEST_LESSON,
    "title": "Gastles wondzorg",
    "description": "Voor tweedejaars",
    "programme": "25655",
    "level": 3,
    "skills": ("wondzorg",),
    "not_wanted": ("thuiszorg", "kantoorwerk"),
    "moments": (Moment(datetime.fromisoformat("2027-03-16T13:00"), datetime.fromisoformat("2027-03-16T15:00")),),
    "day_parts": 0,
    "period_from": date(2027, 3, 1),
    "period_to": date(2027, 4, 1),
    "pc4": "8017",
    "town": "Zwolle",
    "online": OnlineMode.EITHER,
    "people": 2,
    "languages": ("nl",),
    "hours_per_week": 1.5,
    "certificate_required": True,
    "requester": "docent@school.nl",
    "closes_on": date(2027, 3, 10),
    "company_required": True,
    "team": "Team Zorg",
    "own_demands": "Hobby = zeilen",
}
FULL_OFFERING: dict[str, object] = {
    "title": "Wondzorg voor gevorderden",
    "description": "Drie avonden",
    "skills": ("wondzorg", "verslaglegging"),
    "level": 4,
    "nlqf": 4.5,
    "crebo": "25655",
    "start": date(2027, 9, 1),
    "end": date(2027, 10, 1),
    "day_parts": 1 << 20,
    "form": Form.BLENDED,
    "pc4": "8011",
    "town": "Zwolle",
    "price": 350.0,
    "seats": 12,
    "enrolled": 0,
    "apply_until": date(2027, 8, 1),
    "registration": Registration.OPEN,
    "language": "nl",
    "funding": "SLIM",
    "admission": "mbo 3",
    "url": "https://example.nl/wondzorg",
}
FULL = {
    RecordKind.ALUMNI: FULL_ALUMNUS,
    RecordKind.REQUESTS: FULL_REQUEST,
    RecordKind.OFFERINGS: FULL_OFFERING,
}
LEAST: dict[RecordKind, dict[str, object]] = {
    RecordKind.ALUMNI: {},
    RecordKind.REQUESTS: {"kind": RequestKind.MENTOR, "title": "Mentor"},
    RecordKind.OFFERINGS: {"title": "Cursus"},
}


def row(number: int, name: str | None = None, owner: str = SCHOOL, /, **values: object) -> Upsert:
    """One import row; its id is `A-<number>` unless named."""
    return Upsert(number, name or f"A-{number}", owner, values)
