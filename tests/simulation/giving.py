"""What the log says of requests and of what alumni are asked: whether each step was allowed, and what follows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from matcher.domain.kinds import RequestKind
from tests.simulation.asking import (
    NOT_ASKED,
    OPEN,
    STOPPED,
    Ask,
    free,
    is_waiting,
    may_be_asked,
    may_hear,
    of_pair,
    of_request,
    owner,
    queue,
    release,
)
from tests.simulation.database import day, moment
from tests.simulation.known import person_of
from tests.simulation.model import Demand, Person
from tests.simulation.region import Wanted

if TYPE_CHECKING:
    from tests.simulation.post import Link
    from tests.simulation.world import Frame, World

Details = Mapping[str, Any]
_COLUMNS = "key, alumnus_key, state, created_at, place, mail"
SIGNS = ("later", "contributed", "benefited")
_PHASE = {"created": "open", "copied": "concept", "opened": "open"}
_GONE = frozenset({"refused", "dropped"})


@dataclass
class Bounced:
    """A mail that came back for good: whoever it was for was not asked for what it is about."""

    link: Link
    about: list[int]
    is_known: bool = False

    def apply(self, world: World) -> None:
        """Once, before a place that it frees is filled."""
        person = world.model.people.get(self.link.alumnus)
        if self.is_known or person is None:
            return
        self.is_known = True
        for request in self.about:
            for one in of_pair(world.model, person, request)[-1:]:
                if one.state == "asked":
                    ended(world, one, "unreached", released=True)


def _new(world: World, person: Person, request: int) -> Ask:
    """The row that the last transaction added."""
    sql = f"select {_COLUMNS} from invitations where request_key = ?"  # noqa: S608 - names of our own
    rows = [row for row in world.database.rows(sql, request) if row[0] not in world.model.asks and row[1] == person.key]
    world.need(len(rows) == 1, "an invitation that is not there, or another one", rows)
    key, holder, state, at, place, mail = rows[0]
    ask = world.model.asks[key] = Ask(key, request, state, moment(at), place, mail=mail)
    world.model.held[ask.name] = holder
    return ask


def _mail_of(world: World, ask: Ask) -> int | None:
    rows = world.database.rows("select mail from invitations where key = ?", ask.key)
    mail: int | None = rows[0][0] if rows else None
    return mail


def invite(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    """Somebody is asked: who may be, once at a time, by a person who looked, or as the next of a waiting list."""
    model, today = world.model, world.today
    person, demand = person_of(world, details["alumnus"]), model.demands[details["query"]]
    world.need(model.fits(person, demand, today), "somebody is asked who may not be", (person, demand))
    world.need(may_hear(model, person, demand.key), "somebody is asked twice", (person, demand))
    world.need(model.is_reached(person, demand), "an ask of somebody who wants no mail", person)
    if details.get("waited"):
        if isinstance(frame.value, Bounced):
            frame.value.apply(world)
        ask = _next(world, demand, person)
    elif "proposed_by" in details:
        ask = _proposed(world, person, demand.key)
    else:
        need_looked(world, demand, details, actor)
        for one in of_pair(model, person, demand.key)[-1:]:
            one.state = "skipped" if one.state in NOT_ASKED else one.state
        ask = _new(world, person, demand.key)
    mail = ask.mail if ask.mail is not None else _mail_of(world, ask)
    ask.is_made(today, demand.needed_from(today), mail)
    person.asks.append((demand.key, today))
    open_ = [one for one in of_pair(model, person, demand.key) if one.state == "asked"]
    world.need(len(open_) == 1, "two open asks of one request to one alumnus", open_)


def need_looked(world: World, demand: Demand, details: Details, actor: int | None) -> None:
    """For work the asker has seen others, and says why it is not the first."""
    if demand.is_work:
        seen = world.model.seen.get((actor or 0, demand.key), 0)
        world.need(seen >= 1, "invited for work without a look at others", details)
        world.need(details["reason"] or not details["deviates"], "not the first, without a reason", details)


def _next(world: World, demand: Demand, person: Person) -> Ask:
    """The next of the waiting list, once a place is free; whoever stood before may not be asked any more."""
    model, today = world.model, world.today
    world.need(free(model, demand, today) > 0, "more are asked than there are places", (demand, person))
    waits = queue(model, demand.key)
    for one in waits:
        if may_be_asked(model, owner(model, one), demand, today):
            world.need(owner(model, one) is person, "the order of a waiting list is not kept", (one, person))
            return one
        one.state = "skipped"
    world.need(False, "somebody is asked who does not wait", (waits, person))
    raise AssertionError


def _proposed(world: World, person: Person, request: int) -> Ask:
    found = [one for one in of_pair(world.model, person, request) if one.state == "proposed"]
    world.need(found, "something is approved that nobody proposed", (person, request))
    return found[-1]


def wait(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    """Somebody is put on a waiting list, or on it by approval."""
    _wait(world, details, actor, proposes=False)


def propose(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    """Somebody is proposed, for another to approve."""
    _wait(world, details, actor, proposes=True)


def _wait(world: World, details: Details, actor: int | None, *, proposes: bool) -> None:
    model = world.model
    person, demand = person_of(world, details["alumnus"]), model.demands[details["query"]]
    world.need(model.fits(person, demand, world.today), "somebody is to wait who may not be asked", (person, demand))
    if "proposed_by" in details:
        _proposed(world, person, demand.key).state = "queued"
        return
    need_looked(world, demand, details, actor)
    world.need(not is_waiting(model, person, demand.key), "somebody waits twice", (person, demand))
    last = max((one.place or 0 for one in of_request(model, demand.key) if one.state in NOT_ASKED), default=0)
    ask = _new(world, person, demand.key)
    ask.by = actor or 0
    world.need(ask.state == ("proposed" if proposes else "queued"), "another step than the log says", ask)
    world.need(ask.place in {None, last + 1}, "not the last place of a waiting list", (ask, last))
    world.need(proposes or ask.place is not None, "a place on a waiting list without a number", ask)


def back(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    """An ask is undone, or given back; or somebody waits no longer."""
    person, request = person_of(world, details["alumnus"]), details["query"]
    found = [one for one in of_pair(world.model, person, request) if one.state in OPEN]
    world.need(found, "an ask is taken back that is not open", details)
    ask = found[-1]
    undone = ask.state in NOT_ASKED or details["undone"]
    ended(world, ask, "undone" if undone else "released", released=True)
    if not undone:
        _others_end(world, person, request, "released", released=True)


def _others_end(world: World, person: Person, request: int, state: str, *, released: bool = False) -> None:
    """Of two who became one and were both asked, one answer or word is for both."""
    for one in of_pair(world.model, person, request):
        if one.state == "asked":
            ended(world, one, state, released=released)


def ended(world: World, ask: Ask, state: str, *, released: bool = False) -> None:
    """What was open is over. An ask does not count where it is given back, or where nobody can have read it."""
    ask.state = state
    if not ask.counts:
        return
    mail = world.database.rows("select state, attempts from outbox where key = ?", ask.mail or 0)
    unread = mail and mail[0][0] in _GONE and mail[0][1] == 0
    perhaps = mail and mail[0][0] in _GONE and not unread
    if released or unread or (perhaps and not _counts(world, ask)):
        release(world.model, ask)


def _counts(world: World, ask: Ask) -> bool:
    """Whether the ledger still counts all asks of this alumnus for this request: the mail was tried, and given up."""
    person = owner(world.model, ask)
    lines = world.database.rows(
        "select count(*) from ledger where alumnus_key = ? and request_key = ? and event = 'asked' and id not in "
        "(select corrects from ledger where corrects is not null)",
        person.key,
        ask.request,
    )
    return int(lines[0][0]) == sum(key == ask.request for key, _ in person.asks)


def lapse(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    """The term to answer of some is over."""
    for ask in _changed(world, details, "lapsed"):
        over = ask.deadline is not None and ask.deadline < world.today
        world.need(over, "an ask is over whose term is not", ask)
        ended(world, ask, "lapsed")


def unreached(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    """The mail of some reached nobody."""
    for ask in _changed(world, details, "unreached"):
        states = {state for (state,) in world.database.rows("select state from outbox where key = ?", ask.mail or 0)}
        world.need(states <= _GONE, "an ask reached nobody whose mail may be out", (ask, states))
        ended(world, ask, "unreached", released=True)


def remind(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    """Some are reminded, once."""
    rows = world.database.rows(
        "select key from invitations where request_key = ? and reminded_at is not null", details["query"]
    )
    now = [one for (key,) in rows if not (one := world.model.asks[key]).reminded]
    world.need(len(now) == details["count"], "others are reminded than the log says", (now, details))
    for ask in now:
        due = ask.state == "asked" and ask.remind_on is not None and ask.remind_on <= world.today
        if "alumnus" in details:  # by hand: not on the day of the ask, nor on the last one
            own = owner(world.model, ask).key == details["alumnus"] and ask.state == "asked"
            due = own and ask.on is not None and ask.deadline is not None and ask.on < world.today < ask.deadline
        world.need(due, "a reminder that is not due", ask)
        ask.reminded = True


def _changed(world: World, details: Details, state: str) -> list[Ask]:
    rows = world.database.rows(
        "select key from invitations where request_key = ? and state = ?", details["query"], state
    )
    asks = [world.model.asks[key] for (key,) in rows if world.model.asks[key].state == "asked"]
    world.need(len(asks) == details["count"], f"another number than the log says: {state}", (asks, details))
    return asks


def skip(world: World, request: int) -> None:
    """Whoever waited and was passed over may not be asked any more."""
    demand = world.model.demands[request]
    for one in queue(world.model, request):
        rows = world.database.rows("select state from invitations where key = ?", one.key)
        if rows == [("skipped",)]:
            may = may_be_asked(world.model, owner(world.model, one), demand, world.today)
            world.need(not may, "somebody who waits is passed over", (one, demand))
            one.state = "skipped"


_STATE_OF = {None: "declined", "later": "later", "pause": "later", "other_day": "other_day"}


def reply(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    """An answer: once, but for a yes that is taken back, and a yes only where a place is free."""
    model = world.model
    person, key, accepts = person_of(world, details["alumnus"]), details["query"], details["accepts"]
    made = [one for one in of_pair(model, person, key) if one.on]
    world.need(made, "a reply without a question", details)
    if accepts is None:  # a question back
        return
    before, answer = person.replies.get(key), details.get("answer")
    right = before is None or (before == "accepted" and not accepts and answer is None)
    world.need(right, "a second reply", (before, details))
    demand = model.demands[key]
    if accepts:
        places = model.accepted(key) < demand.wanted.people
        world.need(places, "more say yes than there are places", (demand, details))
        world.need(model.phases.get(key) not in STOPPED, "a yes to what is asked no more", (demand, details))
    state = "accepted" if accepts else "retracted" if before else _STATE_OF[answer]
    made[-1].state = state
    chosen: Any = frame.value
    made[-1].moment = chosen if accepts and isinstance(chosen, datetime) else None
    if accepts and made[-1].moment is None and len(demand.moments) == 1:
        made[-1].moment = demand.moments[0]
    world.need(made[-1].moment in {None, *demand.moments}, "a yes to a moment that is not asked", (made[-1], demand))
    if accepts and not any(one.counts for one in made):
        count_again(person, made)
    _others_end(world, person, key, "skipped")
    if answer is not None:
        made[-1].later = True
        signs(world)
    else:
        person.replies[key] = "accepted" if accepts else "declined"
        person.replied[key] = world.today
    if accepts and model.accepted(key) >= demand.wanted.people:
        end_all(world, key, "filled")


def count_again(person: Person, made: list[Ask]) -> None:
    """Whoever says yes to what was given back was asked after all, on the day that it was."""
    last = max(made, key=lambda one: one.on or date.min)
    assert last.on is not None
    last.counts = True
    person.asks.append((last.request, last.on))


def fill(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    """All places are filled, since there are fewer than there were: what is still asked is over."""
    demand = world.model.demands[details["query"]]
    world.need(world.model.accepted(demand.key) >= demand.wanted.people, "filled with places free", (demand, details))
    open_ = [one for one in of_request(world.model, demand.key) if one.state in OPEN]
    world.need(len(open_) == details["count"], "another number than the log says: filled", (open_, details))
    end_all(world, demand.key, "filled")


def end_all(world: World, request: int, state: str, *, released: bool = False) -> None:
    """Nothing is open any more of what was asked, proposed or waited for."""
    for one in of_request(world.model, request):
        if one.state in OPEN:
            ended(world, one, state, released=released)


def signs(world: World) -> None:
    """Lines of the ledger that came since, and are neither an ask nor a reply."""
    model = world.model
    marks = ", ".join("?" * len(SIGNS))
    columns = "id, alumnus_key, on_date, event, request_key"
    sql = f"select {columns} from ledger where event in ({marks})"  # noqa: S608 - names of our own
    for key, holder, on, event, request in world.database.rows(sql, *SIGNS):
        if key not in model.signs:
            on_day = day(on)
            assert on_day is not None
            model.signs[key], model.held["ledger", key] = on_day, holder
            for table in (model.laters, model.past):
                table.pop(key, None)  # the number of a line that is gone may be that of another
            model.undone.discard(key)
            model.laters |= {key: request} if event == "later" else {}


def settle(world: World) -> None:
    """A "not now" of two who were one, and were both asked, is of each: the lines that are new are those."""
    model = world.model
    known = set(model.signs)
    signs(world)
    new = sorted((model.held["ledger", key], str(model.laters.get(key))) for key in model.signs.keys() - known)
    owed = sorted(one for one in model.owed["ledger"] if one[0] in model.people)
    world.need(new == owed, "a word of two who were one is lost, or there twice", (new, owed))
    del model.owed["ledger"]


def save_request(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    """A request is made, copied, changed or opened."""
    model, key = world.model, details["request"]
    phase = _PHASE.get(details["step"])
    if key not in model.demands:
        sql = "select request_id, kind, people, closes_on, period_to, moments from requests where key = ?"
        id_, kind, people, closes, last, moments = world.database.rows(sql, key)[0]
        slot: Any = frame.value
        begins = tuple(datetime.fromisoformat(one) for one, _ in json.loads(moments or "[]"))
        last = max((one.date() for one in begins), default=None) or last
        wanted = Wanted(slot, RequestKind(kind), people, day(closes), None, own_id=id_)
        model.demands[key] = model.numbered[slot] = Demand(key, wanted, None, day(last), begins)
    if phase is not None:
        model.phases[key] = phase


def close_request(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    """A request is over: whoever was asked hears it, and those asks do not count."""
    model, key, step = world.model, details["request"], details["step"]
    if step == "moved":
        _moved(world, frame, details)
        return
    world.need(model.phases.get(key) not in STOPPED - {"concept"}, "a request is over twice", details)
    model.phases[key] = step
    end_all(world, key, "cancelled", released=True)
    if step == "held":
        came = set(details["alumni"])
        yes = {one.key for one in model.people.values() if one.replies.get(key) == "accepted"}
        world.need(came and came <= yes, "somebody came who had not said yes", (came, yes))
        absent: Any = frame.value if isinstance(frame.value, frozenset) else frozenset()
        world.need(came == yes - absent, "others came than those who agreed and were there", (came, yes, absent))
        given = "select alumnus_key from ledger where request_key = ? and event = 'contributed'"
        gave = [who for (who,) in world.database.rows(given, key)]
        world.need(sorted(gave) == sorted(came), "somebody gave who was not there, or not who was", (gave, came))
        signs(world)


def _moved(world: World, frame: Frame, details: Details) -> None:
    """A request is at another moment: whoever agreed comes then, and nobody was thinking it over."""
    model, demand = world.model, world.model.demands[details["request"]]
    begin: Any = frame.value
    world.need(model.phases.get(demand.key) not in STOPPED - {"concept"}, "what is over is moved", details)
    asks = of_request(model, demand.key)
    agreed = [
        one for one in asks if one.state == "accepted" and owner(model, one).replies.get(demand.key) == "accepted"
    ]
    changes = demand.moments != (begin,)
    open_ = [one for one in asks if one.state == "asked"]
    world.need(not (changes and open_), "a request is moved that somebody thinks over", (demand, open_))
    told = len(agreed) if changes else 0
    world.need(details["alumni"] == told, "others hear of another moment than those who come", (details, agreed))
    for one in agreed if changes else ():
        one.moment = begin
    closes = demand.wanted.closes_on
    closes = None if closes is None or closes < world.today else min(closes, begin.date())
    demand.wanted = replace(demand.wanted, closes_on=closes)
    demand.moments, demand.needed = (begin,), begin.date()
    model.phases.setdefault(demand.key, "open")


MEANING: Mapping[str, Any] = {
    "invite": invite,
    "invite.wait": wait,
    "invite.propose": propose,
    "invite.back": back,
    "invite.lapse": lapse,
    "invite.filled": fill,
    "invite.unreached": unreached,
    "invite.remind": remind,
    "reply": reply,
    "requests.save": save_request,
    "requests.close": close_request,
}
