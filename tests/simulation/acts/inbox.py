"""Mail that comes in: replies that rules read or a person, the same one twice, and mail that came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.domain.invitations import Answer as Said
from matcher.domain.invitations import AnswerKind
from matcher.policy import JOB, Role
from matcher.replies.reading import Answer
from matcher.services import inbox
from matcher.services.app import App
from matcher.services.inbox import Done
from tests.simulation.acts.askers import staff
from tests.simulation.acts.people import refusal
from tests.simulation.asking import queue
from tests.simulation.giving import Bounced
from tests.simulation.hearing import DOUBTS
from tests.simulation.model import Person
from tests.simulation.post import LETTER, Link, own_links
from tests.simulation.region import SCHOOLS
from tests.simulation.steps import Step
from tests.support.bounces import bounce as bounced

if TYPE_CHECKING:
    from tests.simulation.world import World

_MAILBOX = "antwoord@school.example"
_TEXTS = {
    Answer.YES: "Ja, graag!",
    Answer.NO: "Nee, dat lukt niet.",
    Answer.LATER: "Nu niet, later wel.",
    Answer.STOP: "stop",
    Answer.DOUBT: "Hoe laat begint het?",
}
_KINDS = {Answer.YES: AnswerKind.YES, Answer.NO: AnswerKind.NO, Answer.LATER: AnswerKind.LATER}
_REPLY = """\
From: Iemand <iemand@elders.example>
To: antwoord+{token}@school.example
Subject: Antw: een vraag
Message-ID: <{id}@elders.example>
Content-Type: text/plain; charset=utf-8

{text}
"""


def _about(world: World, link: Link) -> list[int]:
    """The requests that a mail is about: of a weekly letter its questions, unless it may have been sent twice."""
    _, message, about = link.purpose.split(" ")
    if message != LETTER:
        return [int(about)] if int(about) else []
    rows = world.database.rows(
        "select p.link from outbox p join outbox l on l.key = p.letter where p.letter = ? and p.state = 'sent' "
        "and p.alumnus_key = ? and p.message in ('invited', 'reminded') and not l.perhaps_twice "
        "order by p.created_at, p.key",
        int(about),
        link.alumnus,
    )
    return [int(purpose.split(" ")[1]) for (purpose,) in rows]


def entries(world: World, person: Person, request: int | None, answer: Answer) -> list[str]:
    """What recording an answer notes; nothing where it cannot be recorded."""
    noted = []
    if answer is Answer.STOP:
        noted += [] if "everything" in world.model.stopped(person) else ["consent.write"]
    said = AnswerKind.NO if answer is Answer.STOP else _KINDS.get(answer)
    if said is not None and request in world.model.demands and not refusal(world, person, request or 0, Said(said)):
        noted.append("reply")
    return noted


def mail_in(world: World, app: App, step: Step) -> None:
    """A reply, at times for the second time, to a mail that an alumnus got."""
    link = world.pick(own_links(world), step.values["nth"] % 30)
    if link is None:
        return
    answer = Answer(step.values["answer"])
    id_ = f"{link.secret}-{answer.value}" if step.values["again"] else f"{world.seed}-{step.number}-{len(world.frames)}"
    raw = _REPLY.format(token=link.secret, id=id_, text=_TEXTS[answer]).encode()
    person = world.frames[-1].person = world.model.people.get(link.alumnus)
    works = link.works(world)
    log: list[str] = []
    again = id_ in world.model.heard
    about = _about(world, link) if works else []
    request = about[0] if len(about) == 1 else None
    if works and not again and person is not None:
        log = entries(world, person, request, answer)
        recorded = bool(log) or answer is Answer.STOP
        log.append("inbox.reply" if recorded else "inbox.doubt")
    with world.noticing(log[-1] if log else "", lambda: world.model.heard.add(id_)):
        outcome = world.call(lambda: inbox.take(app, JOB, raw, _MAILBOX), log=log)
    if outcome is None or not world.certain:
        return
    if not works or again:
        world.need(outcome.done is (Done.AGAIN if works else Done.UNKNOWN), "an answer to nothing", (outcome, link))
    else:
        world.need(outcome.reading is answer, "another answer is read than was written", (outcome, answer))


def bounce(world: World, app: App, step: Step) -> None:
    """A mail came back, for good or for now; one for good asked nobody."""
    link = world.pick(own_links(world), step.values["nth"] % 30)
    if link is None:
        return
    person = world.frames[-1].person = world.model.people.get(link.alumnus)
    works = link.works(world)
    for_good = step.values["for_good"]
    address = person.email if person is not None and person.email and step.values["right"] else "weg@elders.example"
    id_ = f"b{world.seed}-{step.number}-{len(world.frames)}"
    status = "5.1.1" if for_good else "4.2.2"
    raw = bounced(f"antwoord+{link.secret}@school.example", address, status=status, id_=id_)
    about = _about(world, link) if works else []
    world.frames[-1].value = Bounced(link, about)
    closes = bool(person and person.email and step.values["right"] and not world.model.is_closed(person.email))
    log: list[str] | None = ["inbox.bounce", *(["facts.bounce"] if closes else [])] if works and for_good else []
    if log and any(queue(world.model, one) for one in about):
        log = None
    world.call(lambda: inbox.take(app, JOB, raw, _MAILBOX), log=log)


def read_replies(world: World, app: App, step: Step) -> None:
    """A coordinator reads the replies of the own school that nobody was sure of, and says what one means."""
    model, school = world.model, SCHOOLS[step.values["school"]]
    own = [key for key in model.doubts if model.people[model.held[DOUBTS, key]].school == school]
    asker = staff(Role.COORDINATOR, school)
    listed = world.call(lambda: inbox.waiting(app, asker), log=["replies.read"] if own else [])
    if listed is not None and world.certain:
        keys = {one.doubt.key for one in listed}
        world.need(keys == set(own), "other replies wait for a person", (keys, own))
    chosen = world.pick(sorted(own), step.values["nth"])
    if chosen is None or chosen not in model.doubts:
        return
    doubt, person = model.doubts[chosen], model.people[model.held[DOUBTS, chosen]]
    answer = None if step.values["answer"] == "doubt" else Answer(step.values["answer"])
    world.frames[-1].value, world.frames[-1].person = chosen, person
    lost = doubt.request is None and answer in _KINDS
    noted = [] if answer is None else entries(world, person, doubt.request, answer)
    recorded = world.call(
        lambda: inbox.decide(app, asker, chosen, answer),
        log=[*noted, "replies.decide"],
        refused="which_question" if lost else "",
    )
    if recorded is not None and world.certain:
        right = recorded == (bool(noted) or answer is Answer.STOP)
        world.need(right, "an answer is recorded that cannot be, or is not", (doubt, answer))


ACTS = {"mail_in": mail_in, "bounce": bounce, "read_replies": read_replies}
