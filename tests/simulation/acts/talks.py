"""Talks with advisers by a code, appointments, chosen courses; what alumni say of their own lists, and ask of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from matcher.domain.own_list import Reason
from matcher.policy import Asker, Role
from matcher.services import disputes, own_list, talks
from matcher.services.app import App
from tests.simulation.acts.askers import UNKNOWN, advice, staff, themselves
from tests.simulation.model import Person
from tests.simulation.region import SCHOOLS
from tests.simulation.steps import Step
from tests.simulation.talks import HOUR, MISSES, declined, may_advise, misses, talks_now

if TYPE_CHECKING:
    from tests.simulation.world import World

_AHEAD = timedelta(days=365)
_LISTED = 60
_NOT_ADVISED = dict.fromkeys(UNKNOWN, ("recommend",))


def show_code(world: World, app: App, step: Step) -> None:
    """An alumnus asks for a code, or ends the codes and talks that there are."""
    person = world.person(step)
    if person is None:
        return
    if step.values["ends"]:
        goes_on = any(one.until > world.now for one in world.model.own("talks", person).values())
        world.call(lambda: talks.end(app, themselves(person)), log=["talk.offer"] if goes_on else [])
        return
    made = world.call(
        lambda: talks.new_code(app, themselves(person)),
        log=["talk.offer"],
        refused="talk_objects" if person.objects else "",
    )
    if made is None:
        return
    key = max((key for key, one in world.model.own("talks", person).items() if one.account is None), default=0)
    if key and world.certain:
        world.codes.append((key, made.code))
        own = world.call(lambda: talks.mine(app, themselves(person)))
        world.need(own is not None and own.waits_until == made.until, "a code that does not wait", (own, made))
        if step.values["typed"] is not None:
            _type(world, world.app_of(step.process), step.values["typed"], (key, made.code))


def type_code(world: World, app: App, step: Step) -> None:
    """An adviser types a code: of the same school or another, once or again, in time or not, or a wrong one."""
    _type(world, app, step.values, world.pick(world.codes, step.values["nth"] % 4))


def _type(world: World, app: App, values: Mapping[str, Any], found: tuple[int, str] | None) -> None:
    model = world.model
    key, code = found if found is not None and not values["wrong"] else (0, "ABCDEFGH")
    holder = model.people.get(model.held.get(("talks", key), 0))
    school = SCHOOLS[values["school"]] if holder is None or values["elsewhere"] else holder.school
    asker = staff(Role.ADVISER, school)
    talk = model.talks.get(key)
    works = talk is not None and talk.account is None and talk.until > world.now
    works = works and holder is not None and holder.school == school
    world.frames[-1].person = holder
    refused = "" if works else "talk_code"
    if misses(model, asker.key, world.now) >= MISSES:
        refused = "too_often"
    visit = world.call(
        lambda: talks.open_by(app, asker, f"{code[:4]}-{code[4:].lower()}"),
        log=["talk.open"],
        refused=refused,
        log_refused={"talk_code": ["talk.open"], "too_often": ["talk.open"]},
    )
    if visit is not None and holder is not None and world.certain:
        right = visit.alumnus.key == holder.key and visit.until == world.clock.now().astimezone(UTC) + HOUR
        world.need(right, "a code opens a talk with another, or of another length", (visit, holder))


def _advised(world: World, step: Step) -> tuple[Person, Asker, bool] | None:
    """An alumnus, an adviser of the school, and whether that one may open the advice: mostly while a talk goes on."""
    model, same = world.model, world.same(step)
    talking = [key for key, one in model.talks.items() if one.account is not None and one.until > world.now]
    person = world.person(step)
    if talking and step.values["talking"] and (same is None or same.person is None):
        person = model.people.get(model.held["talks", talking[-1]])
        world.frames[-1].person = person
    if person is None:
        return None
    asker = staff(Role.ADVISER, person.school)
    return person, asker, may_advise(model, person, asker.key, world.now, world.today)


def make_appointment(world: World, app: App, step: Step) -> None:
    """An adviser plans to see somebody, or calls that off: an own one only."""
    values, model = step.values, world.model
    if values["off"]:
        key = world.pick(sorted(model.meetings), values["nth"])
        if key is None:
            return
        school = SCHOOLS[values["school"]]
        asker = staff(Role.ADVISER, school)
        own = model.meetings[key].account == asker.key
        world.call(lambda: talks.cancel(app, asker, key), log=["talk.open"] if own else [])
        return
    found = _advised(world, step)
    if found is None:
        return
    person, asker, may = found
    ahead = timedelta(hours=values["hours"])
    at = world.clock.now() + ahead
    day = "" if timedelta(0) < ahead <= _AHEAD else "talk_day"
    world.call(
        lambda: talks.meet(app, asker, person.id, at, label="die van dinsdag"),
        log=["talk.open"],
        refused=advice(world, person.school) or (day if may else UNKNOWN),
        log_refused=_NOT_ADVISED,
    )
    _need_desk(world, app, asker)


def _need_desk(world: World, app: App, asker: Asker) -> None:
    """What an adviser sees are the own talks and appointments, and whom may be opened of those."""
    model, now = world.model, world.now
    desk = world.call(lambda: talks.desk(app, asker), refused=advice(world, asker.school or ""))
    if desk is None or not world.certain:
        return
    talking = {one.key for one in model.people.values() if talks_now(model, one, asker.key, now)}
    shown = {visit.alumnus.key for visit in desk.talks}
    world.need(shown == talking, "other talks go on than were opened", (shown, talking))
    for one in (*desk.today, *desk.later):
        person = model.people[one.alumnus.key]
        may = may_advise(model, person, asker.key, now, world.today)
        world.need(one.may_open == may, "an appointment opens who did not agree, or not who did", (one, person))
    mine = {key for key, one in model.meetings.items() if one.account == asker.key and one.at >= now}
    listed = {one.appointment.key for one in (*desk.today, *desk.later)}
    world.need(mine <= listed, "an appointment that is not shown", (mine, listed))


def choose_course(world: World, app: App, step: Step) -> None:
    """An adviser puts a course on somebody's list, takes it off, or mails the list."""
    found = _advised(world, step)
    model, values = world.model, step.values
    if found is None:
        return
    person, asker, may = found
    there = model.own("shortlist", person)
    if values["mails"]:
        world.call(
            lambda: talks.mail(app, asker, person.id),
            log=["shortlist"],
            refused=advice(world, person.school) or (UNKNOWN if not may else "" if there else "talk_list_empty"),
            log_refused=_NOT_ADVISED,
        )
        return
    course, keep = model.courses.get(values["course"]), values["keeps"]
    note = values["note"] or None
    world.frames[-1].value = note
    own = [one for one in there.values() if one.course == course]
    changes = any(one.note != note for one in own) or not own if keep else bool(own)
    world.call(
        lambda: talks.choose(app, asker, person.id, f"C-{values['course']}", keep=keep, note=values["note"]),
        log=["shortlist"] if changes else [],
        refused=advice(world, person.school) or (UNKNOWN if course is None or not may else ""),
        log_refused={} if may else _NOT_ADVISED,
    )
    if world.certain and person.key in model.people:
        shown = world.call(lambda: talks.chosen(app, themselves(person))) or []
        known = {one.course for one in model.own("shortlist", person).values()}
        world.need({one.offering.key for one in shown} == known, "another list of courses is shown", (shown, known))


def not_for_me(world: World, app: App, step: Step) -> None:
    """An alumnus takes a course or a request out of the own lists, or lets it come back."""
    person, model, values = world.person(step), world.model, step.values
    if person is None:
        return
    asker = themselves(person)
    if values["back"]:
        own, others = sorted(model.own("not_for_me", person)), sorted(model.declined)
        key = world.pick(own or others, values["nth"]) or 1
        world.call(
            lambda: own_list.take_back(app, asker, key),
            log=["list.decline"],
            refused="" if key in own else "unknown_id",
        )
        return
    if values["course"] is None:
        demand = world.pick(list(model.numbered.values()), values["nth"])
        target, key, id_ = "requests", demand.key if demand else 0, demand.wanted.id if demand else "R-geen"
    else:
        key, id_, target = model.courses.get(values["course"], 0), f"C-{values['course']}", "offerings"
    known = key in declined(model, person)
    world.call(
        lambda: own_list.decline(app, asker, target, id_, Reason.NO_TIME),  # type: ignore[arg-type]
        log=[] if known else ["list.decline"],
        refused="" if key else "unknown_id",
    )
    if world.certain and person.key in model.people:
        shown = world.call(lambda: own_list.declined(app, asker)) or []
        told = {one.refusal.offering_key or one.refusal.request_key for one in shown}
        world.need(told == declined(model, person), "another list of what is not for somebody", (told, person))


def ask_about_list(world: World, app: App, step: Step) -> None:
    """An alumnus looks where they stand, and asks a person about a list, or needs no answer any more."""
    person, model, values = world.person(step), world.model, step.values
    if person is None:
        return
    asker = themselves(person)
    if values["withdraws"]:
        own = sorted(key for key, one in model.own("disputes", person).items() if one.state == "open")
        key = world.frames[-1].value = world.pick(own or sorted(model.disputes), values["nth"]) or 1
        world.call(lambda: disputes.withdraw(app, asker, key), log=["dispute"] if key in own else [])  # type: ignore[arg-type]
        return
    demand = world.demand(step)
    if values["looks"]:
        _look(world, app, person)
    if demand is None:
        return
    waits = any(one.state == "open" and one.request == demand.key for one in model.own("disputes", person).values())
    log = None if waits or values["looks"] else ["dispute"]
    world.call(lambda: disputes.ask(app, asker, demand.wanted.id, said="Waarom ik niet?"), log=log)


def _look(world: World, app: App, person: Person) -> None:
    """Each open request is there, and the rule that is named is none exactly for those that one fits."""
    model, today = world.model, world.today
    page = world.call(lambda: disputes.places(app, themselves(person)), log=["dispute"])
    places = None if page is None else page.items
    if places is None or not world.certain or len(places) >= _LISTED:
        return
    free = {place.request.key for place in places if place.rule is None}
    fits = {demand.key for demand in model.demands.values() if model.fits(person, demand, today)}
    world.need(free == fits, "a request is told to fit that does not, or the other way round", (free, fits))
    hidden = {place.request.key for place in places if place.hidden}
    world.need(hidden <= declined(model, person), "a request is hidden that nobody declined", (hidden, person))
    seen = {demand.key for demand in model.demands.values() if model.visible(person, demand.wanted.school, today)}
    strange = {place.request.key for place in places} - seen
    world.need(not strange, "a request is shown of whom somebody is not visible to", strange)


def answer_about_list(world: World, app: App, step: Step) -> None:
    """A coordinator reads a question about a list beside a replay, and answers; one of another school cannot."""
    model, values = world.model, step.values
    key = world.pick(sorted(model.disputes), values["nth"])
    if key is None:
        return
    one, person = model.disputes[key], model.people[model.held["disputes", key]]
    world.frames[-1].person = person
    other = next(name for name in SCHOOLS if name != person.school)
    asker = staff(Role.COORDINATOR, other if values["stranger"] else person.school)
    unknown = "unknown_id" if values["stranger"] else ""
    if values["reads"]:
        case = world.call(lambda: disputes.case(app, asker, key), log=["dispute.read"], refused=unknown)
        if case is not None and world.certain:
            right = case.replayed in {None, "same", "newer_data", "not_kept"}
            world.need(right, "a replay that gives something else", case.replayed)
    if key not in model.disputes:
        return
    refused = unknown or ("" if one.state == "open" else "dispute_answered")
    world.call(lambda: disputes.answer(app, asker, key, "Je was gepauzeerd."), log=["dispute.answer"], refused=refused)


ACTS = {
    "show_code": show_code,
    "type_code": type_code,
    "make_appointment": make_appointment,
    "choose_course": choose_course,
    "not_for_me": not_for_me,
    "ask_about_list": ask_about_list,
    "answer_about_list": answer_about_list,
}
