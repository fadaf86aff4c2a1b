"""Alumni, and those who speak for them: consent, objection, correction, access, replies, erasure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from matcher.domain.invitations import Answer, AnswerKind, Reason
from matcher.domain.kinds import KINDS, OFFERED, NeedKind, Purpose, RequestKind
from matcher.services import erasure, invitations, messages, privacy
from matcher.services.app import App
from tests.simulation.acts.askers import UNKNOWN, on_behalf, themselves
from tests.simulation.acts.requests import OUTCOME, expect_fill
from tests.simulation.asking import STOPPED, is_due, owner, shown
from tests.simulation.checks import need_gone
from tests.simulation.giving import skip
from tests.simulation.model import Demand, Person
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
        asked = [line for line in lines if line["event"] == "asked" and line["entry"] not in undone]
        asks = {line["request"] for line in asked if line["request"]}
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
    rows = world.call(lambda: invitations.questions(app, themselves(person))) or []
    put = {(row.request.key, OUTCOME.get(row.reply.value, row.reply.value) if row.reply else "asked") for row in rows}
    known = {(key, reply or "asked") for key, reply in shown(world.model, person)}
    asks = [one for one in world.model.asks.values() if world.model.held[one.name] == person.key]
    world.need(put == known, "questions that were not put, or not shown", (put, known, asks))


def see_stay(world: World, app: App, step: Step) -> None:
    person = world.person(step)
    if person is not None:
        day = world.call(lambda: privacy.asked_to_stay(app, themselves(person)))
        world.need(day == (person.asked[0] if person.asked else None), "another question whether data may stay", person)


def reply(world: World, app: App, step: Step) -> None:
    model, same = world.model, world.same(step)
    people = None if same is None or same.person is None else {same.person.key}
    asked = [one for one in model.asks.values() if one.on and (people is None or model.held[one.name] in people)]
    ask = world.pick(sorted(asked, key=lambda one: (one.on or date.min, one.key)), step.values["nth"] % 40)
    if ask is None:
        for anybody in list(model.people.values())[:1]:
            asker = themselves(anybody)
            world.call(partial(invitations.reply, app, asker, 1, accepts=True), refused="no_such_question")
        return
    person, key = owner(model, ask), ask.request
    world.frames[-1].person, demand = person, model.demands[key]
    world.frames[-1].demand = demand
    answer = _answer(world, step)
    world.call(
        partial(invitations.reply, app, themselves(person), key, answer=answer),
        log=expect_fill(world, demand, _noted(answer)),
        refused=refusal(world, person, key, answer),
    )
    _need_next(world, demand)


def _need_next(world: World, demand: Demand) -> None:
    """Whoever waits and is next was asked, if a place is free."""
    skip(world, demand.key)
    if world.certain and not world.frames[-1].stopped and "reply" in world.frames[-1].observed:
        world.need(
            not is_due(world.model, demand, world.today), "a place is free and nobody who waits is asked", demand
        )


def _answer(world: World, step: Step) -> Answer:
    """What is answered: yes, no for a reason, another time, a pause, or a question back."""
    accepts, more = step.values["accepts"], step.values.get("more", "")
    until = world.today + timedelta(days=20)
    match more:
        case "later":
            return Answer(AnswerKind.LATER, until=until)
        case "other_day":
            return Answer(AnswerKind.OTHER_DAY, text="Een week later kan wel.")
        case "question":
            return Answer(AnswerKind.QUESTION, text="Hoe groot is de klas?")
        case "pause":
            world.frames[-1].value = until
            return Answer(AnswerKind.PAUSE, until=until)
        case "never_this" | "not_now":
            return Answer(AnswerKind.NO, Reason(more))
    return _plain(world, step, accepts=accepts)


def _plain(world: World, step: Step, *, accepts: bool) -> Answer:
    """Yes or no; a yes mostly chooses one of several moments, at times one that nobody asked."""
    demand = world.frames[-1].demand
    if not accepts or demand is None or not demand.moments or not step.values.get("chooses"):
        return Answer.of(accepts=accepts)
    begin = demand.moments[step.values["nth"] % len(demand.moments)]
    if step.values["chooses"] == "wrong":
        begin += timedelta(hours=1)
    world.frames[-1].value = begin
    return Answer(AnswerKind.YES, moment=begin)


def _noted(answer: Answer) -> list[str]:
    if answer.kind is AnswerKind.PAUSE:
        return ["person.correct", "reply"]
    return ["consent.write", "reply"] if answer.reason is Reason.NEVER_THIS else ["reply"]


def refusal(world: World, person: Person, key: int, answer: Answer) -> str:
    """Why an answer cannot be recorded; empty where it can."""
    model, demand = world.model, world.model.demands[key]
    if key not in dict(shown(model, person)):
        return "no_such_question"
    if answer.kind is AnswerKind.QUESTION:
        return ""
    before = person.replies.get(key)
    if before is not None and (before != "accepted" or answer.kind is not AnswerKind.NO):
        return "replied_already"
    return "" if answer.kind is not AnswerKind.YES else _no_place(world, demand, answer)


def _no_place(world: World, demand: Demand, answer: Answer) -> str:
    """Why a yes comes too late, or is to another moment; empty where it does not."""
    phase, key = world.model.phases.get(demand.key), demand.key
    if phase in STOPPED or (demand.needed is not None and demand.needed < world.today):
        return "request_withdrawn" if phase == "withdrawn" else "request_over"
    if world.model.accepted(key) >= demand.wanted.people:
        return "request_full"
    return "no_such_moment" if answer.moment is not None and answer.moment not in demand.moments else ""


def reply_by_link(world: World, app: App, step: Step) -> None:
    links = [link for link in world.links if messages.request_of(link.purpose) is not None]
    link = world.pick(links, step.values["nth"] % 25)
    if link is None:
        return
    key = messages.request_of(link.purpose)
    world.frames[-1].demand = world.model.demands.get(key or 0)
    answer = _answer(world, step)
    person = world.frames[-1].person = world.model.people.get(link.alumnus)
    works = link.works(world)
    refused, demand = "reply_spent", world.model.demands.get(key or 0)
    if works and person is not None and key is not None:
        refused = refusal(world, person, key, answer)
    log = _noted(answer) if demand is None else expect_fill(world, demand, _noted(answer))
    world.call(lambda: invitations.reply_by_link(app, link.secret, answer=answer), log=log, refused=refused)
    if demand is not None:
        _need_next(world, demand)


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
