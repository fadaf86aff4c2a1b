"""What holds after some hundreds of steps, and at the end: the database is what the model says, wherever one looks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE, JOB
from matcher.pool.compare import differences
from matcher.services import audit, indexes, messages, replay
from tests.simulation import (
    aftercare,
    calendars,
    doors,
    meanings,
    plans,
    recognitions,
    segments,
    settings,
    sources,
    talks,
)
from tests.simulation.database import day, moment
from tests.simulation.giving import SIGNS
from tests.simulation.model import FIELDS, Person
from tests.simulation.region import mark_of, marks_in
from tests.simulation.steps import do

if TYPE_CHECKING:
    from tests.simulation.world import World

OF_CONTACT = frozenset({"email"})
_LAST = 10**9
"""Numbers of the last steps, by which their random keys are those of no other."""
_REPLAYED = 4
"""Of the last rankings, how many are replayed each time."""


def need_gone(world: World, person: Person) -> None:
    """No table holds the key or a word of somebody who was erased."""
    _need_nowhere(world, [person])


def _need_nowhere(world: World, gone: Iterable[Person]) -> None:
    """No word that is of no one else, and no key, of before a merge neither.

    A list that a school sends later says what it says: of those it is looked at which are kept.
    """
    people = list(gone)
    here = {mark for one in world.model.people.values() for mark in one.marks} | doors.marks(world)
    marks = {mark for one in people for mark in one.marks} - here
    keys = {str(key) for one in people for key in one.keys} - {
        str(key) for one in world.model.people.values() for key in one.keys
    }
    for name, text in world.database.everything(world.keys, but=("vectors",)):
        lowered = text.lower()
        for mark in marks if name != "uploads" else ():
            world.need(mark not in lowered, "an erased person is still there: a word", (name, mark))
        for key in keys:
            world.need(key not in text, "an erased person is still there: the key", (name, key))


def whole(world: World) -> None:
    """Everything: one process in turn compares its pool with the database, the others theirs with that."""
    _need_tables(world)
    _need_values(world)
    _need_own_words(world)
    _need_log(world)
    _need_erased(world)
    apps = [world.app_of(number) for number in range(len(world.processes))]
    turn = world.tail % len(apps)
    pools = [app.engine.current.pool() for app in apps]
    wrong = indexes.verify(apps[turn], COMMAND_LINE)
    world.need(wrong == [], "a pool that is not the database", (turn, wrong))
    for number, pool in enumerate(pools):
        world.need(set(pool.person_row) == set(world.model.people), "a pool of others than live here", number)
        wrong = differences(pool, pools[turn])
        world.need(wrong == [], "two processes with different pools", (number, turn, wrong))
    meanings.need_counted(world, pools[turn])
    for entry in world.rankings[-_REPLAYED:]:
        outcome = replay.replay(apps[turn], COMMAND_LINE, entry) if _exists(world, entry) else "same"
        right = outcome in {"same", "newer_data", "not_kept"}
        world.need(right, "a replay that gives something else", (turn, entry, outcome))
    _need_vectors(world)
    _need_snapshots(world)


def _exists(world: World, entry: int) -> bool:
    return bool(world.database.rows("select id from audit where id = ?", entry))


def _need_log(world: World) -> None:
    verdict = audit.verify(world.app_of(0), COMMAND_LINE)
    world.need(verdict.wrong is None, "a log that does not verify", verdict)
    world.need(not verdict.entries or verdict.last == world.seal, "a log with another end", verdict)


def _need_tables(world: World) -> None:
    """Alumni, addresses, consents, objections, asks and replies, conflicts, and open questions."""
    model, rows = world.model, world.database.rows
    people = {(key, school, id_) for key, school, id_ in rows("select key, school, alumnus_id from alumni")}
    _same(world, "alumni", people, {(one.key, one.school, one.id) for one in model.people.values()})
    contacts = world.database.opened(world.keys, "select alumnus_key, email, last_name from contacts")
    addresses = {(key, email) for key, email, _ in contacts if email is not None}
    _same(world, "contacts", addresses, {(one.key, one.email) for one in model.people.values() if one.email})
    names = {(key, name[-7:]) for key, _, name in contacts}
    _same(world, "names", names, {(one.key, mark_of(one.school, one.number)) for one in model.people.values()})
    consents = {
        (key, Purpose(purpose), day(given), day(withdrawn), source, day(last), by)
        for key, purpose, given, withdrawn, source, last, by in rows(
            "select alumnus_key, purpose, given_on, withdrawn_on, source, last_withdrawn_on, withdrawn_by from consents"
        )
    }
    known = {
        (one.key, purpose, said.given, said.withdrawn, said.source, said.last, said.by)
        for one in model.people.values()
        for purpose, said in one.consents.items()
    }
    _same(world, "consents", consents, known)
    objections = {(key, day(since)) for key, since in rows("select alumnus_key, since from objections")}
    _same(world, "objections", objections, {(one.key, one.objected) for one in model.people.values() if one.objects})
    entries = rows("select id, corrects, alumnus_key, request_key, event, on_date from ledger")
    undone = {corrects for _, corrects, *_ in entries if corrects is not None}
    undoing = {"released", "retracted", "corrected"}
    lines = [line for id_, _, *line in entries if id_ not in undone and line[2] not in undoing]
    asked = sorted((key, request, day(on)) for key, request, event, on in lines if event == "asked" and request)
    _same(world, "ledger", asked, sorted((one.key, *ask) for one in model.people.values() for ask in one.asks))
    _same(world, "mail_stops", set(map(tuple, rows("select key, scope from mail_stops"))), set(model.stops.items()))
    chosen = rows("select alumnus_key, since, weekly from weekly_mail")
    weekly = {(key, (day(since), bool(once))) for key, since, once in chosen}
    _same(world, "weekly_mail", weekly, set(model.weekly.items()))
    doubts = set(map(tuple, rows("select key, request_key from inbox_doubts")))
    _same(world, "inbox_doubts", doubts, {(key, doubt.request) for key, doubt in model.doubts.items()})
    segments.need_tables(world)
    aftercare.need_table(world)
    calendars.need_tables(world)
    doors.need_tables(world)
    talks.need_tables(world)
    settings.need_table(world)
    sources.need_tables(world)
    meanings.need_tables(world)
    recognitions.need_table(world)
    plans.need_tables(world)
    columns = "alumnus_key, campaign_key, written_on, sent_on, reminded_on, answered_on"
    firsts = {
        (key, campaign, *map(day, days))
        for key, campaign, *days in rows(f"select {columns} from first_asks")  # noqa: S608
    }
    known_firsts = {
        (key, one.campaign, one.written, one.sent, one.reminded, one.answered) for key, one in model.first.items()
    }
    _same(world, "first_asks", firsts, known_firsts)
    signs = [(id_, key, day(on)) for id_, _, key, _, event, on in entries if event in SIGNS]
    held = {("ledger", id_): key for id_, key, _ in signs}
    for table in model.by_row.keys() - {"ledger"}:
        held |= {(table, key): who for key, who in rows(f"select key, alumnus_key from {table}")}  # noqa: S608
    _same(world, "signs of life", {(id_, on) for id_, _, on in signs}, set(model.signs.items()))
    _same(world, "whose rows", set(held.items()), set(model.held.items()))
    columns = "key, request_key, state, place, deadline, remind_on, reminded_at, moment"
    asks = {
        (key, request, state, place, day(last), day(remind), reminded is not None, moment(at) if at else None)
        for key, request, state, place, last, remind, reminded, at in rows(f"select {columns} from invitations")  # noqa: S608
    }
    told = {
        (one.key, one.request, one.state, one.place, one.deadline, one.remind_on, one.reminded, one.moment)
        for one in model.asks.values()
    }
    _same(world, "invitations", asks, told)
    phases = set(map(tuple, rows("select request_key, phase from request_states")))
    _same(world, "request_states", phases, set(model.phases.items()))
    replies = _replies(lines)
    _same(world, "ledger", replies, sorted((o.key, *pair) for o in model.people.values() for pair in o.replies.items()))
    _same(world, "conflicts", set(rows("select request_key, alumnus_key from conflicts")), model.conflicts)
    numbers = {tuple(row) for row in rows("select school, number, alumnus_key, former_key from former_numbers")}
    known_numbers = {
        (one.school, number, one.key, key) for one in model.people.values() for number, key in one.formers.items()
    }
    _same(world, "former_numbers", numbers, known_numbers)
    merges = {tuple(row) for row in rows("select id, alumnus_key, former_key, number from merges")}
    _same(world, "merges", merges, {(o.id, o.holder, o.gone.key, o.number) for o in model.merges.values()})
    pairs = {frozenset(row) for row in rows("select one_key, other_key from different_people")}
    _same(world, "different_people", pairs, model.different)
    kept = {tuple(row) for row in rows("select id, school, state from uploads")}
    _same(world, "uploads", kept, {(one.id, one.owner, one.state) for one in model.uploads.values()})
    parts = {id_ for (id_,) in rows("select u.id from upload_parts p join uploads u on u.key = p.upload_key")}
    _same(world, "upload_parts", parts, set(model.uploads))
    questions = {
        key: (day(asked), day(reminded))
        for key, asked, reminded in rows("select alumnus_key, asked_on, reminded_on from retention")
    }
    _same(world, "retention", questions, {one.key: one.asked for one in model.people.values() if one.asked})


def _same(world: World, table: str, there: Any, known: Any) -> None:
    if there == known:
        return
    if isinstance(there, set):
        there, known = sorted(map(str, there - known)), sorted(map(str, known - there))
    elif isinstance(there, list):  # the same more than once counts
        there, known = ([*(Counter(one) - Counter(other))] for one, other in ((there, known), (known, there)))
    world.need(False, f"a table is not what happened: {table}", (there, known))


def _need_values(world: World) -> None:
    """What is stored of everybody, and who said it: imports, what took them back, and corrections together."""
    stored = {}
    with world.reading() as records:
        for one in records.records.stream(RecordKind.ALUMNI):
            there = {name: getattr(one, name) for name in FIELDS if name not in OF_CONTACT}
            stored[one.key] = _plain({**there, "qualifications": frozenset(done.year for done in one.qualifications)})
    said = dict(world.database.rows("select key, stated_fields from alumni"))
    for key, person in world.model.people.items():
        known = _plain({name: value for name, value in person.values.items() if name not in OF_CONTACT})
        world.need(stored[key] == known, "what is stored of somebody is not what was said", (stored[key], known))
        stated = frozenset(json.loads(said[key])) if said[key] else frozenset()
        world.need(stated == person.stated, "another word of somebody is stored", (stated, person.stated))


def _need_own_words(world: World) -> None:
    """Nobody has a word or consent that was only ever said of somebody else, nor is one kept that may come back."""
    people = world.model.people
    for table, key in (("contacts", "alumnus_key"), ("alumni", "key"), ("import_changes", "alumnus_key"),
                       ("merges", "alumnus_key")):  # fmt: skip
        sql = f"select {key}, t.* from {table} t where {key} is not null"  # noqa: S608 - names of our own
        for row_key, *row in world.database.opened(world.keys, sql):
            strange = marks_in(row) - people[row_key].marks
            world.need(not strange, "somebody has a word of somebody else", (table, row_key, strange))
    for person in people.values():
        agrees = {purpose for purpose, said in person.consents.items() if said.withdrawn is None}
        world.need(agrees <= person.agreed, "somebody has a consent of somebody else", (person, agrees))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Values of which an empty list is none."""
    return {name: None if value in (frozenset(), ()) else value for name, value in values.items()}


def _need_erased(world: World) -> None:
    """Nobody who was erased, or whom an import brought in that was taken back, is anywhere, nor came back."""
    model = world.model
    gone = [*model.erased.values(), *(one for key, one in model.removed.items() if key not in model.people)]
    _need_nowhere(world, gone)


def _need_vectors(world: World) -> None:
    """No vector is left of a text of somebody who is gone, unless somebody else has it too."""
    model = world.model
    stored = {text_hash for (text_hash,) in world.database.rows("select text_hash from vectors")}
    gone = [*model.erased.values(), *(one for key, one in model.removed.items() if key not in model.people)]
    erased = set().union(*(person.texts for person in gone))
    if stored & erased:
        left = stored & erased - set(world.texts_now())
        world.need(not left, "vectors of an erased person", len(left))


def _need_snapshots(world: World) -> None:
    """No snapshot holds the key of somebody who was erased, nor of whoever was one with that person.

    A back-up from before the two were one may have brought the other back.
    """
    gone = {key for one in world.model.erased.values() for key in one.keys} - world.model.people.keys()
    keys = [key.to_bytes(8, "little") for key in gone]
    for path in world.folder.glob("cache/**/people.key.npy"):
        content = path.read_bytes()
        world.need(not any(key in content for key in keys), "an erased person is in a snapshot", path.parent.name)


_NO_REPLY = {"asked", "retracted", "released", *SIGNS}


def _replies(lines: Sequence[tuple[Any, ...]]) -> list[tuple[int, int, str]]:
    """The reply of each to each request: of a yes that was taken back the lines stay, and the no counts."""
    said = sorted({(key, request, event) for key, request, event, _ in lines if event not in _NO_REPLY})
    noes = {(key, request) for key, request, event in said if event == "declined"}
    return [one for one in said if one[2] != "accepted" or one[:2] not in noes]


def finish(world: World) -> None:
    """At the end the mail server is well, and everything that waits is sent, or dropped for a reason."""
    for number in range(40):
        counts = messages.count(world.app_of(0), JOB)
        if not counts["waiting"] + counts["sending"]:
            break
        world.clock.advance(timedelta(hours=13))
        world.run(do("deliver", _LAST + number, answers=["taken"] * 400))
    counts = messages.count(world.app_of(0), JOB)
    world.need(not counts["waiting"] + counts["sending"], "mail waits for ever", counts)
    rows = world.database.rows("select alumnus_key, link, state, message_id, problem from outbox")
    links = {(key, link) for key, link, *_ in rows}
    since = world.today - timedelta(days=200)
    for person in world.model.people.values():
        for request, asked_on in person.asks:
            kept = asked_on < since or (person.key, messages.reply_purpose(request)) in links
            world.need(kept, "an invitation without its mail", (person, request))
    for _, _, state, message_id, problem in rows:
        world.need(state != "sent" or message_id in world.post.taken, "a mail that was never taken is sent", message_id)
        dropped = state not in {"dropped", "refused"} or problem or message_id
        world.need(dropped, "a mail that ended without a reason", message_id)
    whole(world)
