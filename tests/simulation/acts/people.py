"""Alumni, and those who speak for them: consent, objection, correction, access, replies, erasure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from matcher.domain.kinds import KINDS, OFFERED, NeedKind, Purpose, RequestKind
from matcher.services import erasure, invitations, messages, privacy
from matcher.services.app import App
from tests.simulation.acts.askers import UNKNOWN, on_behalf, themselves
from tests.simulation.acts.requests import OUTCOME
from tests.simulation.checks import need_gone
from tests.simulation.ledger import released
from tests.simulation.model import Person
from tests.simulation.region import mark_of
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World


def _spoken(world: World, step: Step, use: Callable[..., Any], entry: str) -> Any:
    """A use case about one alumnus: done, with one entry, if there is one."""
    found = on_behalf(world, step)
    if found is None:
        return None
    person, asker, named = found
    refused = "" if person is not None else UNKNOWN
    return world.call(lambda: use(asker, **named), log=[entry], refused=refused)


def give(world: World, app: App, step: Step) -> None:
    purpose, given = Purpose(step.values["purpose"]), step.values["given"]
    same = world.same(step)
    if same is not None and same.demand is not None:
        purpose, given = KINDS[same.demand.wanted.kind].purpose, False
    _spoken(
        world, step, lambda asker, **named: privacy.give(app, asker, purpose, given=given, **named), "consent.write"
    )


def object_(world: World, app: App, step: Step) -> None:
    found = on_behalf(world, step)
    if found is None:
        return
    person, asker, named = found
    objects = step.values["objects"]
    world.call(
        lambda: privacy.object_to_ranking(app, asker, objects=objects, **named),
        log=["consent.write"] if person is not None and person.objects != objects else [],
        refused="" if person is not None else UNKNOWN,
    )


def correct(world: World, app: App, step: Step) -> None:
    field = step.values["field"]
    person = world.person(step)
    world.frames[-1].value = value = _value(world, person, field, step.values["choice"])
    _spoken(world, step, lambda asker, **named: privacy.correct(app, asker, field, value, **named), "person.correct")


def _value(world: World, person: Person | None, field: str, choice: int) -> object:
    """What is filled in: one of six."""
    mark = mark_of(person.school, person.number) if person is not None else "niemand"
    number = person.number if person is not None else 0
    today = world.today
    offered = frozenset(kind for kind in OFFERED if kind is not RequestKind.BPV_PLACE)
    one = f"{mark}c{choice}@voorbeeld.example"
    choices: Mapping[str, list[object]] = {
        "paused_until": [None, *(today + timedelta(days=days) for days in (1, 20, 90, 0)), None],
        "max_asks_per_year": [0, 1, 2, 3, None, 5],
        "offers": [offered, offered, frozenset(), frozenset({RequestKind.GUEST_LESSON}), None, offered],
        "email": [None, one, one, f"gezin{number % 5}@voorbeeld.example", one, one.upper()],
        "function": ["lasser", "kok", "docent", None, "stagiair", "kok"],
        "needs": [f"iets {mark}", "lassen", None, "koken", f"meer {mark}", "plannen"],
        "need_kinds": [frozenset({NeedKind.NONE}), None, *[frozenset({NeedKind.COURSE})] * 4],
    }
    return choices[field][choice]


def keep(world: World, app: App, step: Step) -> None:
    _spoken(world, step, lambda asker, **named: privacy.keep(app, asker, **named), "retention.keep")


def read_person(world: World, app: App, step: Step) -> None:
    known = _spoken(world, step, lambda asker, **named: privacy.known(app, asker, newest=20, **named), "person.read")
    person = world.person(step)
    if known is not None and person is not None and world.certain:
        lines, undone = known["ledger"], {line.get("corrects") for line in known["ledger"]}
        asks = {line["request"] for line in lines if line["event"] == "asked" and line["entry"] not in undone}
        world.need(asks == {key for key, _ in person.asks}, "a person reads something else than was asked", person)
        world.need((known["objects_since"] is not None) == person.objects, "an objection that is not shown", person)


def erase(world: World, app: App, step: Step) -> None:
    person = world.person(step)
    erased = _spoken(world, step, lambda asker, **named: erasure.erase(app, asker, **named), "person.erase")
    if erased is not None and person is not None and world.certain:
        world.need(erased.found_in == (), "an erasure that found something", erased.found_in)
        world.need(erased.keys == (person.key,), "somebody else was erased", erased)
        need_gone(world, person)


# ---- what alumni are asked


def see_questions(world: World, app: App, step: Step) -> None:
    person = world.person(step)
    if person is None:
        return
    rows = world.call(lambda: invitations.questions(app, themselves(person)))
    shown = {
        (row.request.key, row.asked_on, row.reply and OUTCOME.get(row.reply.value, row.reply.value))
        for row in rows or ()
    }
    last = {key: max(day for other, day in person.asks if other == key) for key, _ in person.asks}
    known = {(key, day, person.replies.get(key)) for key, day in last.items()}
    filled = {row for row in shown - known if row[2] is None and released(world, person, row[0])}
    world.need(shown - filled == known, "questions that were not put, or not shown", (shown, known))


def see_stay(world: World, app: App, step: Step) -> None:
    person = world.person(step)
    if person is not None:
        day = world.call(lambda: privacy.asked_to_stay(app, themselves(person)))
        world.need(day == (person.asked[0] if person.asked else None), "another question whether data may stay", person)


def reply(world: World, app: App, step: Step) -> None:
    same = world.same(step)
    people = world.model.people.values() if same is None or same.person is None else [same.person]
    asks = [(day, person.id, key, person) for person in people for key, day in person.asks]
    asked = world.pick(sorted(asks, key=lambda ask: ask[:3]), step.values["nth"] % 25)
    if asked is None:
        for anybody in list(world.model.people.values())[:1]:
            asker = themselves(anybody)
            world.call(partial(invitations.reply, app, asker, 1, accepts=True), refused="no_such_question")
        return
    _, _, key, person = asked
    if person.key not in world.model.people:
        return
    world.frames[-1].person, world.frames[-1].demand = person, world.model.demands[key]
    accepts = step.values["accepts"]
    world.call(
        partial(invitations.reply, app, themselves(person), key, accepts=accepts),
        log=["reply"],
        refused=_refusal(world, person, key, accepts=accepts),
    )


def _refusal(world: World, person: Person, key: int, *, accepts: bool) -> str:
    before = person.replies.get(key)
    if before is not None and (before != "accepted" or accepts):
        return "replied_already"
    is_full = world.model.accepted(key) >= world.model.demands[key].wanted.people
    return "request_full" if accepts and is_full else ""


def reply_by_link(world: World, app: App, step: Step) -> None:
    links = [link for link in world.links if messages.request_of(link.purpose) is not None]
    link = world.pick(links, step.values["nth"] % 25)
    if link is None:
        return
    key, accepts = messages.request_of(link.purpose), step.values["accepts"]
    person = world.frames[-1].person = world.model.people.get(link.alumnus)
    works = person is not None and not link.used and link.ends > world.now
    refused = "reply_spent"
    if works and person is not None and key is not None:
        is_asked = any(request == key for request, _ in person.asks)
        # of two who were one while it was mailed, the other has the question again
        refused = _refusal(world, person, key, accepts=accepts) if is_asked else "no_such_question"
    world.call(lambda: invitations.reply_by_link(app, link.secret, accepts=accepts), log=["reply"], refused=refused)


ACTS = {
    "give": give,
    "object": object_,
    "correct": correct,
    "keep": keep,
    "read_person": read_person,
    "erase": erase,
    "see_questions": see_questions,
    "see_stay": see_stay,
    "reply": reply,
    "reply_by_link": reply_by_link,
}
