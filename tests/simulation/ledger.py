"""What an entry of the log means: whether it was allowed at that moment, and what the model knows from then on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from matcher.domain.kinds import KINDS, Purpose
from matcher.policy import Role
from tests.simulation.model import Demand, Person, ends

if TYPE_CHECKING:
    from tests.simulation.world import Frame, World

Details = Mapping[str, Any]
RANKINGS = frozenset({"match", "recommend", "audience", "match.unsaved"})
_MOST_REPLAYED = 60


def apply(world: World, frame: Frame, action: str, details: Details, actor: int | None, role: str, number: int) -> None:
    """Takes in one entry. Raises Violation for what was not allowed."""
    if "refused" in details and action != "import":  # somebody who may not be opened was asked for: nothing was done
        return
    if action in RANKINGS:
        world.rankings.append(number)
        del world.rankings[:-_MOST_REPLAYED]
        if action == "match" and actor:
            seen = world.model.seen
            seen[actor, details["query"]] = max(len(details["shown"]), seen.get((actor, details["query"]), 0))
    meaning = _MEANING.get(action)
    if meaning is not None:
        meaning(world, frame, details, actor, role)


def _person(world: World, key: int) -> Person:
    person = world.model.people.get(key)
    world.need(person is not None, "an entry about somebody who is not here", key)
    assert person is not None
    return person


def _consent(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    person = _person(world, details["alumnus"])
    if "objects" in details:
        world.need(person.objects != details["objects"], "an objection that changes nothing", details)
        person.objects = details["objects"]
    else:
        world.model.state(person, Purpose(details["purpose"]), given=details["given"], today=world.today)


def _correct(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    person, name = _person(world, details["alumnus"]), details["field"]
    value: Any = frame.value
    person.stated.add(name)
    match name:
        case "email":
            if person.email and person.email != value:
                person.former.add(person.email.lower())
            person.email = value
        case "max_asks_per_year":
            person.budget = value
        case "need_kinds":
            person.nothing = bool(value) and "none" in value
        case "function" | "offers" | "paused_until":
            setattr(person, name, value)
    if name in {"function", "needs"}:
        world.remember_texts()


def _keep(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    world.model.renew(_person(world, details["alumnus"]), world.today)


def _lapse(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    due = [
        (key, purpose, said)
        for key in details["alumni"]
        for purpose, said in _person(world, key).consents.items()
        if ends(purpose, said, world.today)
    ]
    if frame.disturbed:  # what became due only after the job had looked is for tomorrow
        rows = world.database.rows("select alumnus_key, purpose, withdrawn_on from consents")
        open_ = {(key, purpose) for key, purpose, withdrawn_on in rows if withdrawn_on is None}
        due = [(key, purpose, said) for key, purpose, said in due if (key, purpose.value) not in open_]
    world.need(len(due) == details["consents"], "consents end that are not over, or stay", (len(due), details))
    for _, _, said in due:
        said.withdrawn = said.last = world.today
        said.by = "retention"


def _retention_mail(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    person = _person(world, details["alumnus"])
    step = {"retention_ask": "ask", "retention_remind": "remind"}[details["message"]]
    world.need(world.model.next_step(person, world.today) == step, "a question that is not due", (step, person))


def _asked(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    person = _person(world, details["alumnus"])
    world.need(world.model.next_step(person, world.today) == "ask", "a question that was answered is open", person)
    person.asked = (world.today, None)


def _reminded(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    person = _person(world, details["alumnus"])
    right = person.asked is not None and world.model.next_step(person, world.today) == "remind"
    world.need(right, "a question that was answered is open", person)
    assert person.asked is not None
    person.asked = (person.asked[0], world.today)


def _erase(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    person = _person(world, details["alumnus"])
    if role == Role.JOB:
        world.need(world.model.next_step(person, world.today) == "erase", "somebody is erased who may stay", person)
    world.model.forget(person.key)
    world.end_sessions(lambda browser: browser.asker.alumnus_key == person.key)


def _import(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    world.need(details["refused"] == 0, "rows of a right file are refused", details)
    if details["kind"] == "alumni":
        _import_alumni(world, frame, details)
    elif details["kind"] == "requests":
        _import_requests(world, frame)
    else:
        rows = world.database.rows("select key, offering_id from offerings")
        world.model.courses = {int(id_.removeprefix("C-")): key for key, id_ in rows}


def _import_alumni(world: World, frame: Frame, details: Details) -> None:
    model = world.model
    keys: dict[tuple[str, str], int] = {}
    if details["created"]:
        rows = world.database.rows("select key, school, alumnus_id from alumni")
        keys = {(school, id_): key for key, school, id_ in rows}
    created = 0
    for row in frame.rows:
        known = (row.school, row.number) in model.named
        if not known and model.barred(row):
            continue
        created += not known
        if not known:
            world.need((row.school, row.id) in keys, "a row of an import is missing", row)
        model.read_row(row, keys.get((row.school, row.id), 0), world.today)
    world.need(created == details["created"], "an import brings in others than it should", (created, details))
    world.remember_texts()


def _import_requests(world: World, frame: Frame) -> None:
    model = world.model
    keys = {id_: key for key, id_ in world.database.rows("select key, request_id from requests")}
    for wanted in frame.demands:
        requester = wanted.requester
        if requester is not None and requester in model.buried_addresses:
            requester = None
        demand = Demand(keys[wanted.id], wanted, requester)
        model.demands[demand.key] = model.numbered[wanted.number] = demand


def _invite(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model, today = world.model, world.today
    person, demand = _person(world, details["alumnus"]), model.demands[details["query"]]
    world.need(model.fits(person, demand, today), "somebody is asked who may not be", (person, demand))
    world.need(all(key != demand.key for key, _ in person.asks), "somebody is asked twice", (person, demand))
    if KINDS[demand.wanted.kind].risk == "high":
        world.need(
            model.seen.get((actor or 0, demand.key), 0) >= 1, "invited for work without a look at others", details
        )
        world.need(details["reason"] or not details["deviates"], "not the first, without a reason", details)
    person.asks.append((demand.key, today))


def _reply(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    person, key, accepts = _person(world, details["alumnus"]), details["query"], details["accepts"]
    world.need(any(key == asked for asked, _ in person.asks), "a reply without a question", details)
    before = person.replies.get(key)
    right = before is None or (before == "accepted" and not accepts)
    world.need(right, "a second reply", (before, details))
    person.replies[key] = "accepted" if accepts else "declined"
    person.replied[key] = world.today


def _conflict(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    pair = (details["query"], details["alumnus"])
    (world.model.conflicts.add if details["declared"] else world.model.conflicts.discard)(pair)


def _contact(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    demand = world.model.demands[details["query"]]
    purpose = KINDS[demand.wanted.kind].purpose
    for key in details["alumni"]:
        person = _person(world, key)
        agrees = world.model.agrees(person, purpose, world.today)
        yes = person.replies.get(demand.key) == "accepted"
        world.need(agrees and yes, "an address is shown without a yes or without consent", (person, demand))


def _rotate(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    keys: Any = frame.value
    world.keys = keys


def _message(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    key = _person(world, details["alumnus"]).key
    world.need(world.post.untold[key] > 0, "a message in the log that was not taken", details)
    world.post.untold[key] -= 1


_MEANING: Mapping[str, Callable[[World, Frame, Details, int | None, str], None]] = {
    "consent.write": _consent,
    "person.correct": _correct,
    "retention.keep": _keep,
    "retention.lapse": _lapse,
    "retention.mail": _retention_mail,
    "retention.ask": _asked,
    "retention.remind": _reminded,
    "person.erase": _erase,
    "import": _import,
    "invite": _invite,
    "reply": _reply,
    "conflict.declare": _conflict,
    "contact": _contact,
    "message": _message,
    "keys.rotate": _rotate,
}
