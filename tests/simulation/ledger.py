"""What an entry of the log means: whether it was allowed at that moment, and what the model knows from then on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from matcher.domain.kinds import Purpose
from matcher.policy import Role
from tests.simulation import (
    aftercare,
    calendars,
    doors,
    firsts,
    giving,
    hearing,
    letters,
    meanings,
    past,
    plans,
    recognitions,
    segments,
    settings,
    sources,
    talks,
)
from tests.simulation.database import moment
from tests.simulation.known import person_of
from tests.simulation.lists import Line
from tests.simulation.merging import merge, refusal, unmerge
from tests.simulation.model import MONTH_DAYS, Brought, Demand, Kept, ends
from tests.simulation.region import mark_of, marks_in
from tests.simulation.state import Change

if TYPE_CHECKING:
    from tests.simulation.world import Frame, World

Details = Mapping[str, Any]
RANKINGS = frozenset({"match", "recommend", "audience", "match.unsaved"})
_COUNTS_REFUSED = frozenset({"import", "ledger.write", "sources.run"})
"""Entries that say how many rows of a file were refused."""
_MOST_REPLAYED = 60


def apply(world: World, frame: Frame, action: str, details: Details, actor: int | None, role: str, number: int) -> None:
    """Takes in one entry. Raises Violation for what was not allowed."""
    if "refused" in details and action == "talk.open":
        talks.missed(world, details, actor)
    if "refused" in details and action not in _COUNTS_REFUSED:  # who may not be opened was asked for: nothing was done
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


def _consent(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    person = person_of(world, details["alumnus"])
    if "mail" in details:
        letters.choose(world, person, details)
    elif "objects" in details and frame.value == "first":
        firsts.objects(world, person)
    elif "objects" in details:
        world.need(person.objects != details["objects"], "an objection that changes nothing", details)
        person.objected = world.today if details["objects"] else None
    else:
        world.model.state(person, Purpose(details["purpose"]), given=details["given"], today=world.today)
    if frame.step.verb in {"give", "object"}:
        calendars.without_consent(world, person)


def _correct(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    person, name = person_of(world, details["alumnus"]), details["field"]
    value: Any = frame.value
    person.stated.add(name)
    if name == "email" and person.email and person.email != value:
        person.former.add(person.email.lower())
    person.values[name] = value
    for merged in world.model.merges.values():  # what was corrected while two were one stays with the one who stays
        merged.since |= marks_in([value]) if merged.holder == person.key else set()
    world.model.act(person.key, name)
    if name in {"function", "needs"}:
        world.remember_texts([person.key])


def _keep(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    person = person_of(world, details["alumnus"])
    world.model.renew(person, world.today)
    world.model.act(person.key)


def _lapse(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    due = [
        (key, purpose, said)
        for key in details["alumni"]
        for purpose, said in person_of(world, key).consents.items()
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
    person = person_of(world, details["alumnus"])
    step = {"retention_ask": "ask", "retention_remind": "remind"}[details["message"]]
    world.need(world.model.next_step(person, world.today) == step, "a question that is not due", (step, person))


def _asked(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    person = person_of(world, details["alumnus"])
    world.need(world.model.next_step(person, world.today) == "ask", "a question that was answered is open", person)
    person.asked = (world.today, None)


def _reminded(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    person = person_of(world, details["alumnus"])
    right = person.asked is not None and world.model.next_step(person, world.today) == "remind"
    world.need(right, "a question that was answered is open", person)
    assert person.asked is not None
    person.asked = (person.asked[0], world.today)


def _erase(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    person = person_of(world, details["alumnus"])
    if role == Role.JOB:
        world.need(world.model.next_step(person, world.today) == "erase", "somebody is erased who may stay", person)
    world.model.forget(person.key)
    doors.forget_erased(world.model, person)
    world.end_sessions(lambda browser: browser.asker.alumnus_key == person.key)
    world.moved = {gone: moved for gone, moved in world.moved.items() if gone not in person.keys}


def _import(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    if "source" in details:
        sources.read(world, frame, details)
        return
    if details["kind"] == "recognitions":
        recognitions.read(world, frame, details)
        return
    world.need(details["refused"] == frame.refused, "other rows of a file are refused", details)
    frame.refused = 0
    if details["kind"] == "alumni":
        _import_alumni(world, frame, details)
    elif details["kind"] == "requests":
        _import_requests(world, frame)
    else:
        rows = world.database.rows("select key, offering_id from offerings")
        listed = {id_: key for key, id_ in rows if id_.startswith("C-")}
        world.model.courses = {int(id_.removeprefix("C-")): key for id_, key in listed.items()}


def _import_alumni(world: World, frame: Frame, details: Details) -> None:
    model = world.model
    lines = frame.batches.pop(0)
    new = _new(world) if details["created"] else {}
    counts = {"created": 0, "updated": 0, "unchanged": 0}
    changes: dict[int, Change] = {}
    further = [line for line in lines if not line.same]
    counts["unchanged"] = len(lines) - len(further)
    for line, (person, twice) in zip(further, model.meant(further), strict=True):
        if twice or (person is None and model.barred(line)):
            counts["unchanged"] += 1
            continue
        key, id_ = (person.key, person.id) if person is not None else _came(world, new, line)
        change = model.read_line(line, person, key, id_, world.today)
        outcome = "created" if person is None else "updated" if change else "unchanged"
        counts[outcome] += 1
        if change is not None:
            changes[key] = change
    told = {name: details[name] for name in counts}
    world.need(counts == told, "an import brings in others than it should", (counts, details))
    world.need(not new or frame.batches, "an import brings in people who are not in the file", new)
    _remember(world, frame, changes)
    if changes:
        world.remember_texts(changes)


def _new(world: World) -> dict[int, tuple[str, str]]:
    """Who is in the database and not known yet: school and id, by random key."""
    rows = world.database.rows("select key, school, alumnus_id from alumni")
    return {key: (school, id_) for key, school, id_ in rows if key not in world.model.people}


def _came(world: World, new: dict[int, tuple[str, str]], line: Line) -> tuple[int, str]:
    """The random key and the id of somebody whom a line brought in: by the number, else by the name."""
    own = [key for key, name in new.items() if name == (line.school, line.id)]
    if not line.id:
        with world.reading() as records:
            contacts = {key: records.people.contact(key) for key in new}
        mark = mark_of(line.school, line.number)
        own = [key for key, contact in contacts.items() if contact is not None and mark in (contact.last_name or "")]
    world.need(len(own) == 1, "a row of an import is missing, or there twice", (line, own))
    return own[0], new.pop(own[0])[1]


def _remember(world: World, frame: Frame, changes: Mapping[int, Change]) -> None:
    """What an undo of the import would do, under the id that it has."""
    known = world.model.imports
    rows = world.database.rows("select id, owner, created_at from imports where kind = 'alumni'")
    new = [row for row in rows if row[0] not in known]
    world.need(len(new) <= 1, "more imports than there were", new)
    for id_, owner, at in new:
        known[id_] = Brought(id_, owner, moment(at))
        frame.import_id = id_
        if isinstance(frame.value, Kept):
            frame.value.imports.append(id_)
    if isinstance(frame.value, Kept) and not new:
        frame.import_id = next(reversed(frame.value.imports), "")
    world.need(not changes or frame.import_id in known, "an import that cannot be taken back", frame)
    world.need(not changes or not known[frame.import_id].undone, "an import that was taken back goes on", frame)
    for key, change in changes.items():
        brought = known[frame.import_id]
        earlier = brought.changes.get(key)
        if earlier is None or not earlier.is_over:
            brought.changes[key] = change if earlier is None else earlier.then(change)


def _undo(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    """Everything that nobody changed since is as it was, and the log counts it."""
    model = world.model
    brought = model.imports.get(details["import"])
    world.need(brought is not None and not brought.undone, "an import is taken back that cannot be", details)
    assert brought is not None
    used = frame.used
    if frame.disturbed:  # what hangs on whom was looked at too early: then those who stayed are taken to be in use
        used = {key for (key,) in world.database.rows("select key from alumni")}
    restored, removed, frame.left = model.undoing(brought, used)
    left = frame.left
    told = {name: details[name] for name in ("restored", "removed", "left")}
    counts = {"restored": len(restored), "removed": len(removed), "left": len(left)}
    world.need(counts == told, "an undo restores or removes others than it should", (counts, details))
    model.undo(brought, restored, removed)
    world.remember_texts()


def _merge(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    """Two become one: nothing that one of them refused is agreed to from then on, and nothing is lost of either."""
    model, today = world.model, world.today
    rows = world.database.rows("select former_key, created_at from merges where id = ?", details["merge"])
    world.need(len(rows) == 1, "a merge that cannot be taken back", details)
    gone, at = rows[0]
    kept, other = person_of(world, details["alumnus"]), person_of(world, gone)
    chosen: Any = frame.value
    agreed = {one.key: {purpose for purpose in Purpose if model.agrees(one, purpose, today)} for one in (kept, other)}
    refused = {
        purpose
        for one in (kept, other)
        for purpose, said in one.consents.items()
        if said.withdrawn is not None and said.by == "person"
    }
    asked = sorted((*kept.asks, *other.asks))
    merge(model, kept, other, chosen, details["merge"], moment(at))
    now = {purpose for purpose in Purpose if model.agrees(kept, purpose, today)}
    world.need(now <= agreed[kept.key] | agreed[gone], "a merge agrees to more than either did", (now, agreed))
    world.need(not now & refused, "a merge agrees to what one of the two took back", (now, refused))
    world.need(sorted(kept.asks) == asked, "an ask that is not counted after a merge", (kept.asks, asked))
    world.move(gone, kept.key)


def _unmerge(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model = world.model
    if details["merge"] in world.apart:
        return
    merged = model.merges.get(details["merge"])
    world.need(merged is not None, "a merge is taken back that cannot be", details)
    assert merged is not None
    world.need(refusal(model, merged) == "", "a merge is taken back before a later one", details)
    kept, sides = merged.holder, (merged.kept, merged.other)
    left = unmerge(model, merged)
    for key, half in zip((kept, merged.gone.key), sides, strict=True):
        now, own = ({one for one, said in of.consents.items() if said.withdrawn is None}
                    for of in (model.people[key], half.state))  # fmt: skip
        world.need(now <= own, "two who were one agree to more than each did", (key, now, own))
    world.need(len(left) == details["left"], "a merge that is taken back leaves something else", (left, details))
    frame.value = left
    letters.settle(world)
    aftercare.settle(world)
    giving.settle(world)
    world.move_back(merged.gone.key, kept)
    world.remember_texts()


def _different(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    world.model.different.add(frozenset(details["alumni"]))


def _retained(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    """The daily job forgets imports of more than thirty days ago."""
    model, oldest = world.model, world.now - MONTH_DAYS
    model.imports = {id_: brought for id_, brought in model.imports.items() if brought.at >= oldest}
    model.merges = {id_: merged for id_, merged in model.merges.items() if merged.at >= oldest}
    _forget_old(world)
    aftercare.forget(model, world.today)
    talks.forget(world)
    plans.forget(model, world.today)


def _forget_old(world: World) -> None:
    model, oldest = world.model, world.now - MONTH_DAYS
    model.uploads = {id_: kept for id_, kept in model.uploads.items() if kept.at >= oldest}


def _sent(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    """A list is kept from now on; those that are too old are not."""
    _forget_old(world)
    kept: Any = frame.value
    rows = world.database.rows("select id from uploads")
    new = [id_ for (id_,) in rows if id_ not in world.model.uploads]
    world.need(len(new) == 1, "a list that was sent is not kept, or others are", new)
    kept.id = new[0]
    world.model.uploads[kept.id] = kept


def _answered(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    id_, state, wishes = cast("tuple[str, str, Any]", frame.value)
    kept = world.model.uploads[id_]
    world.need(kept.state in {"asked", "failed"}, "a list that waits for no answer is answered", kept)
    kept.state, kept.wishes, kept.taken = state, wishes, None


def _discarded(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    world.model.uploads.pop(cast("str", frame.value))


def _import_requests(world: World, frame: Frame) -> None:
    model = world.model
    keys = {id_: key for key, id_ in world.database.rows("select key, request_id from requests")}
    filled = {name for name in ("closes_on", "requester") if any(getattr(one, name) for one in frame.demands)}
    for wanted in frame.demands:
        before = model.numbered.get(wanted.number)
        requester = wanted.requester
        if requester is not None and requester in model.buried_addresses:
            requester = None
        if before is not None and "closes_on" not in filled:  # a column without a value says nothing
            wanted = replace(wanted, closes_on=before.wanted.closes_on)  # noqa: PLW2901 - as it is from now on
        if before is not None and "requester" not in filled:
            requester = before.requester
        demand = Demand(keys[wanted.id], wanted, requester)
        if before is not None:
            demand.needed, demand.moments = before.needed, before.moments
        model.demands[demand.key] = model.numbered[wanted.number] = demand


def _offer(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    rows = world.database.rows("select offering_id, title from offerings where key = ?", details["offering"])
    right = len(rows) == 1 and rows[0][1] == frame.value
    world.need(right, "another offer is kept than was said", (rows, frame.value))
    is_new = details["offering"] not in world.model.offers
    world.need(is_new == (details["step"] == "created"), "an offer is made twice, or another is changed", details)
    world.model.offers[details["offering"]] = rows[0][0], rows[0][1]


def _conflict(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    pair = (details["query"], details["alumnus"])
    (world.model.conflicts.add if details["declared"] else world.model.conflicts.discard)(pair)


def _contact(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    demand = world.model.demands[details["query"]]
    for key in details["alumni"]:
        person = person_of(world, key)
        may = world.model.comes(person, demand, world.today)
        world.need(may, "an address is shown without a yes or without consent", (person, demand))


def _rotate(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    keys: Any = frame.value
    world.keys = keys


def _message(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    if "alumnus" not in details:  # to whoever made a request
        return
    if details["message"] == "first_ask":
        firsts.sent(world, details)
    person = person_of(world, details["alumnus"])
    untold = [key for key in person.keys if world.post.untold[key] > 0]  # another key: merged while it was sent
    world.need(untold, "a message in the log that was not taken", details)
    world.post.untold[untold[0]] -= 1


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
    "import.undo": _undo,
    "import.send": _sent,
    "import.answer": _answered,
    "import.discard": _discarded,
    "person.merge": _merge,
    "person.unmerge": _unmerge,
    "person.different": _different,
    "retention.run": _retained,
    "conflict.declare": _conflict,
    "contact": _contact,
    "message": _message,
    "keys.rotate": _rotate,
    **giving.MEANING,
    **firsts.MEANING,
    **hearing.MEANING,
    **segments.MEANING,
    **aftercare.MEANING,
    **calendars.MEANING,
    **past.MEANING,
    **doors.MEANING,
    **talks.MEANING,
    **plans.MEANING,
    "offerings.save": _offer,
    **settings.MEANING,
    **sources.MEANING,
    **meanings.MEANING,
}
