"""What an answer changes at once in what is known of an alumnus, and what it shows of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from matcher.domain.invitations import Answer, AnswerKind, Reason, proposed_distance
from matcher.domain.kinds import KINDS
from matcher.domain.places import Coordinates, distance_km
from matcher.domain.records import Alumnus, Request, owner_of
from matcher.errors import InvalidValue
from matcher.policy import Action
from matcher.repositories import Records, Transaction
from matcher.repositories.demands import Invitation
from matcher.services.privacy import CONSENT_TEXT
from matcher.text import pc4_key, place_keys, towns_of


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned from an answer: a code with what its sentence needs.

    `never_this`: consent for the kind was withdrawn. `paused`: until `until`. `later`: not asked again before `until`,
    where it was said. `distance`: a maximum of `km` is proposed. `not_my_field`, `no_time`, `not_now`: counted.
    """

    code: str
    until: date | None = None
    km: int | None = None


def learn(tx: Transaction, alumnus_key: int, request: Request, answer: Answer) -> None:
    """Changes what follows from an answer at once. Raises InvalidValue for a pause that is over."""
    if answer.kind is AnswerKind.PAUSE:
        if answer.until is None or answer.until <= tx.today:
            raise InvalidValue("pause_is_over")
        tx.people.correct(alumnus_key, "paused_until", answer.until)
        tx.note(Action.PERSON_CORRECT, {"alumnus": alumnus_key, "field": "paused_until"})
    if answer.reason is Reason.NEVER_THIS:
        purpose = KINDS[request.kind].purpose
        tx.consents.state(alumnus_key, purpose, given=False, version=CONSENT_TEXT)
        tx.note(Action.CONSENT_WRITE, {"alumnus": alumnus_key, "purpose": purpose.value, "given": False})


def learned(records: Records, alumnus: Alumnus, request: Request, one: Invitation | None) -> tuple[Learned, ...]:
    """What was learned from the answer to an invitation, as it is now."""
    if one is None or one.answer is None:
        return ()
    if one.answer is AnswerKind.PAUSE:
        return (Learned("paused", until=alumnus.paused_until),)
    if one.answer is AnswerKind.LATER:
        return (Learned("later", until=one.until),)
    if one.why_not is Reason.TOO_FAR:
        km = proposal(records, alumnus, request)
        return (Learned("distance", km=km) if km else Learned("too_far"),)
    return (Learned(one.why_not.value),) if one.why_not is not None else ()


def proposal(records: Records, alumnus: Alumnus, request: Request) -> int | None:
    """The maximum distance (km) that would have left this request out; None for none, or where it is that already."""
    keys = list(place_keys(alumnus.pc4, alumnus.town, owner_of(alumnus)))
    here, there = _place(records, keys), _places(records, request)
    if here is None or not there:
        return None
    km = proposed_distance(min(distance_km(here, one) for one in there))
    now = alumnus.max_distance_km
    return None if km is None or (now is not None and now <= km) else km


def _place(records: Records, keys: Sequence[str]) -> Coordinates | None:
    known = records.places.of(set(keys))
    return next((known[key] for key in keys if key in known), None)


def _places(records: Records, request: Request) -> list[Coordinates]:
    """The place of a request, or those of its towns where no postcode says it."""
    exact = _place(records, [pc4_key(request.pc4)]) if request.pc4 else None
    each = [_place(records, list(place_keys(None, town, owner_of(request)))) for town in towns_of(request.town)]
    return [exact] if exact else [point for point in each if point]
