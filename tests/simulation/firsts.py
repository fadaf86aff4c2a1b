"""The first yes, by the rules: who is asked for it, once, and what the log says of the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from matcher.domain.first_yes import ASKED_FOR
from matcher.domain.kinds import KINDS, Purpose
from tests.simulation.known import person_of
from tests.simulation.settings import closed

if TYPE_CHECKING:
    from tests.simulation.model import Model, Person
    from tests.simulation.world import Frame, World

Details = Mapping[str, Any]
_AFTER = timedelta(days=14)
LASTS = timedelta(days=60)


@dataclass
class First:
    """How somebody was asked for a first yes, or came in by a door (no campaign), by days."""

    campaign: int | None
    written: date
    sent: date | None = None
    reminded: date | None = None
    answered: date | None = None

    def is_silent(self, today: date) -> bool:
        """Whether the one reminder is due."""
        waits = self.campaign is not None and self.reminded is None and self.answered is None
        return waits and self.sent is not None and self.sent + _AFTER <= today


def may_be_asked(person: Person) -> bool:
    """Whether somebody agreed to nothing, took nothing back and does not object; a term that ended is neither."""
    said = person.consents.values()
    withdrew = any(one.by != "retention" if one.withdrawn else one.last is not None for one in said)
    return not person.objects and not withdrew and all(one.withdrawn is not None for one in said)


def mailed(model: Model, school: str) -> set[int]:
    """Whom a campaign of a school mails now."""
    return {
        one.key
        for one in model.people.values()
        if one.school == school
        and may_be_asked(one)
        and one.key not in model.first
        and one.email
        and "everything" not in model.stopped(one)
        and not model.is_closed(one.email)
    }


def _send(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    for key in details["alumni"]:
        person = person_of(world, key)
        may = key in mailed(world.model, person.school)
        world.need(may, "somebody is asked for a first yes who may not be", person)
        world.model.first[key] = First(details["campaign"], world.today)


def _remind(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    for key in details["alumni"]:
        ask = world.model.first.get(key)
        right = ask is not None and ask.is_silent(world.today) and may_be_asked(person_of(world, key))
        world.need(right, "a reminder of a first yes that is not due", (key, ask))
        assert ask is not None
        ask.reminded = world.today


def passed_over(world: World) -> None:
    """Whoever may not be reminded any more is not looked at again; the log does not say that."""
    for key, day in world.database.rows(
        "select alumnus_key, reminded_on from first_asks where reminded_on is not null"
    ):
        ask = world.model.first.get(key)
        if ask is not None and ask.reminded is None and day is not None:
            may = ask.is_silent(world.today) and may_be_asked(world.model.people[key])
            world.need(not may or not world.certain, "a reminder of a first yes that nobody wrote", (key, ask))
            ask.reminded = world.today


def _answer(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model, person = world.model, person_of(world, details["alumnus"])
    answers: Any = frame.value
    agreed = {Purpose(one) for one in details["agreed"]}
    off = closed(model, person.school)
    world.need(agreed == answers.purposes - off, "another yes than was said", (agreed, answers))
    before = {one for one, said in person.consents.items() if said.withdrawn is None}
    for purpose in agreed | ((ASKED_FOR - off) & before):
        model.state(person, purpose, given=purpose in agreed, today=world.today)
    if agreed:
        person.objected = person.asked = None
    kept = {kind for kind in person.offers or () if KINDS[kind].purpose in off}
    offers = frozenset(kept | {kind for kind in answers.offers if KINDS[kind].purpose not in off})
    said = {"offers": offers, "need_kinds": answers.needs}
    if answers.asks is not None or person.budget is not None:
        said["max_asks_per_year"] = answers.asks
    for name, value in said.items():
        person.values[name] = value
        person.stated.add(name)
        model.act(person.key, name)
    ask = model.first.setdefault(person.key, First(None, world.today))
    ask.answered = world.today


def objects(world: World, person: Person) -> None:
    """Somebody wants no questions at all, by the link of such a mail."""
    person.objected = person.objected or world.today
    world.model.first.setdefault(person.key, First(None, world.today)).answered = world.today


def sent(world: World, details: Details) -> None:
    """The first mail was sent: from then on silence is counted."""
    ask = world.model.first.get(details["alumnus"])
    if ask is not None:
        ask.sent = world.today


MEANING: Mapping[str, Any] = {"campaign.send": _send, "campaign.remind": _remind, "campaign.answer": _answer}
