"""Messages to a group of alumni, by the rules: whom one may go to, that it counts as an ask, and when it does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from matcher.domain.kinds import Purpose
from tests.simulation.database import day
from tests.simulation.known import person_of

if TYPE_CHECKING:
    from tests.simulation.model import Model, Person
    from tests.simulation.world import Frame, World

Details = Mapping[str, Any]
TABLE = "segment_people"
ASKS, QUESTIONS = "segment", "segment_feedback"
"""The mails of a message: one without questions, and one with."""
_OPEN = timedelta(days=30)


@dataclass
class Message:
    """What is written to those of a school whose job has this in it. `questions`: whether it asks any."""

    key: int
    school: str
    id: str
    function: str
    purpose: Purpose
    questions: bool
    by: int
    state: str = "draft"
    approved: date | None = None
    answered: set[int] = field(default_factory=set)
    """The rows of those who answered."""

    @property
    def mail(self) -> str:
        """The name of its mail."""
        return QUESTIONS if self.questions else ASKS

    def is_open(self, today: date) -> bool:
        """Whether it can be answered."""
        return self.state in {"approved", "sent"} and self.approved is not None and today <= self.approved + _OPEN


@dataclass
class Got:
    """Somebody who was asked by a message: whether that counts."""

    message: int
    on: date
    counts: bool = True


def got_by(model: Model, person: Person) -> list[Got]:
    """What somebody was asked by messages, as far as it counts."""
    return [one for one in model.own(TABLE, person).values() if one.counts]


def rows_of(model: Model, person: Person, message: Message) -> set[int]:
    """The rows by which a message asked somebody, as far as it counts."""
    return {key for key, one in model.own(TABLE, person).items() if one.message == message.key and one.counts}


def may_go(model: Model, person: Person, message: Message, today: date, *, but: int = 0) -> bool:
    """Whether a message may go to somebody now. `but`: an ask that is this one already."""
    paused = person.rests_on(today)
    spent = model.asks_in_year(person, today) - but >= model.budget_of(person)
    stopped = model.stopped(person) & {"everything", f"kind {message.mail}", f"kind {message.purpose.value}"}
    return model.uses(person, message.purpose, today) and not paused and not spent and not stopped


def due(world: World, message: Message) -> set[int]:
    """Whom a message goes to, once it is approved."""
    model, today = world.model, world.today
    found = set()
    for one in model.people.values():
        asked = [model.messages[got.message] for got in got_by(model, one)]
        this_year = any(it.questions and it.approved and it.approved.year == today.year for it in asked)
        has = message in asked
        member = one.school == message.school and message.function in (one.function or "")
        reached = one.email and not model.is_closed(one.email)
        if member and reached and not has and not (message.questions and this_year):
            found |= {one.key} if may_go(model, one, message, today) else set()
    return found


def _write(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    value: Any = frame.value
    school, function, questions = value
    ((id_,),) = world.database.rows("select id from segment_messages where key = ?", details["message"])
    purpose = Purpose(details["purpose"])
    made = Message(details["message"], school, id_, function, purpose, bool(questions), actor or 0)
    world.model.messages[made.key] = made


def _approve(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    message = world.model.messages[details["message"]]
    world.need(message.state == "draft", "a message is approved twice", message)
    world.need(details["alone"] == (actor == message.by), "a message is approved by whoever wrote it", (message, actor))
    message.state, message.approved = "approved", world.today


def _send(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model, message = world.model, world.model.messages[details["message"]]
    world.need(message.state == "approved", "a message goes to somebody that nobody approved", message)
    right = due(world, message)
    world.need(set(details["alumni"]) <= right, "a message goes to somebody who may not have it", (details, right))
    rows = world.database.rows(f"select key, alumnus_key from {TABLE} where message_key = ?", message.key)  # noqa: S608
    new = {key: who for key, who in rows if key not in model.got}
    world.need(set(new.values()) == set(details["alumni"]), "a message to others than the log says", (new, details))
    for key, who in new.items():
        model.got[key], model.held[TABLE, key] = Got(message.key, world.today), who


def finished(world: World) -> None:
    """The log does not say when all of a message is written: nobody is left out then."""
    states = dict(world.database.rows("select key, state from segment_messages"))
    for message in world.model.messages.values():
        if message.state == "approved" and states.get(message.key) == "sent":
            message.state = "sent"


def _undo(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    message = world.model.messages[details["message"]]
    world.need(message.state in {"approved", "sent"}, "a message is taken back that is not out", message)
    message.state = "undone"


def _release(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model = world.model
    rows = dict(world.database.rows(f"select key, state from {TABLE}"))  # noqa: S608 - our own table
    alumni: list[int] = details["alumni"]
    for key, count in Counter(alumni).items():  # two who became one had a message each
        person = person_of(world, key)
        back = [one for row, one in model.own(TABLE, person).items() if one.counts and rows.get(row) == "released"]
        right = len(back) == count
        world.need(right, "an ask by a message is given back that was none", (person, details))
        for one in back:
            one.counts = False


def _close(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    message = world.model.messages[details["message"]]
    over = message.approved is not None and not message.is_open(world.today)
    world.need(message.state in {"approved", "sent"} and over, "questions are closed that are open", message)
    message.state = "closed"


def _forget(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model = world.model
    left = {key for (key,) in world.database.rows("select key from segment_messages")}
    model.messages = {key: one for key, one in model.messages.items() if key in left}
    for key in [key for key, one in model.got.items() if one.message not in left]:
        del model.got[key], model.held[TABLE, key]


def _answer(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model, message = world.model, world.model.messages[details["message"]]
    person = person_of(world, details["alumnus"])
    rows = rows_of(model, person, message)
    right = rows and not message.answered & rows and message.is_open(world.today)
    world.need(right, "an answer to questions that is one too many", (message, details))
    message.answered |= rows


def need_tables(world: World) -> None:
    """Messages and their recipients are what happened, and what may be shown is of five or more."""
    finished(world)
    rows, model = world.database.rows, world.model
    states = set(map(tuple, rows("select key, state from segment_messages")))
    known = {(one.key, one.state) for one in model.messages.values()}
    world.need(states == known, "a table is not what happened: segment_messages", states ^ known)
    found = rows(f"select key, alumnus_key, state from {TABLE}")  # noqa: S608 - our own table
    people = {(key, who, state != "released") for key, who, state in found}
    told = {(key, model.held[TABLE, key], one.counts) for key, one in model.got.items()}
    world.need(people == told, "a table is not what happened: segment_people", people ^ told)
    asked = sorted(
        (key, day(on))
        for key, on in rows(
            "select alumnus_key, on_date from ledger where event = 'asked' and request_key is null and id not in "
            "(select corrects from ledger where corrects is not null)"
        )
    )
    counted = sorted((model.held[TABLE, key], one.on) for key, one in model.got.items() if one.counts)
    world.need(asked == counted, "asks by messages are counted otherwise", (asked, counted))


MEANING: Mapping[str, Any] = {
    "segment.write": _write,
    "segment.approve": _approve,
    "segment.send": _send,
    "segment.undo": _undo,
    "segment.release": _release,
    "segment.close": _close,
    "segment.forget": _forget,
    "feedback.answer": _answer,
}
