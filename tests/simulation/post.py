"""The mail server of the region: it takes a message, refuses it, is away, or does not say what it did."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from matcher.domain.first_yes import FIRST, newcomer_of
from matcher.errors import MailError, MailRefused, MailUncertain, MailUnreachable
from matcher.ports import Letter
from matcher.repositories.values import Mail
from matcher.services.messages import LOGIN, request_of
from tests.simulation import segments
from tests.simulation.asking import of_pair
from tests.simulation.firsts import LASTS, may_be_asked

if TYPE_CHECKING:
    from tests.simulation.model import Demand, Person
    from tests.simulation.world import World

_LINKS = {LOGIN: timedelta(minutes=15), FIRST: LASTS}
REPLY_LASTS = timedelta(days=14)
STEPS = {"retention_ask": "ask", "retention_remind": "remind"}


def compose(mail: Mail, secret: str) -> Letter:
    """A letter that a test can read: what it is, the secrets of its links, and the parts of a weekly one."""
    parts = [[part.message_id, part.link, secret] for part, secret in mail.beside.parts]
    return Letter(mail.message, json.dumps([mail.link, secret, mail.beside.token, parts]))


_OVER = {"filled", "released", "called_off"}
"""What tells an alumnus that it is over."""
LETTER = "digest"
NEEDED = {"login", "retention_ask", "retention_remind", "email_changed", "aftercare_decided", "dispute_answered"}
"""What was asked for, or the law asks for: also to those who stopped mail."""
ANSWERS = {"heard_yes", "heard_no", "heard_later", "heard_stop", "heard_doubt"}
_AT_ONCE = {*NEEDED, *ANSWERS, "to_all", "agreed", "agreed_moved", "agreed_off"}
"""What never waits for the letter of the week."""
_CAN_WAIT = {"filled", "released", "thanks"}
"""What always can."""
_STOPS = timedelta(days=180)


@dataclass
class Link:
    """A link that reached somebody by mail."""

    alumnus: int
    purpose: str
    secret: str
    ends: datetime
    used: bool = False

    def use(self) -> None:
        """It works no more."""
        self.used = True

    def works(self, world: World) -> bool:
        """Whether it can be used now, by somebody who is here."""
        return self.alumnus in world.model.people and not self.used and self.ends > world.now


def own_links(world: World) -> list[Link]:
    """The secrets that mails themselves have: they stop mail, and replies and bounces come back with them."""
    return [one for one in world.links if one.purpose.startswith("mail ")]


_COLUMNS = (
    "key, alumnus_key, message, link, state, own_address, perhaps_twice, attempts, letter, message_id, request_key"
)
_SEVERAL = 2


@dataclass(frozen=True)
class Written:
    """A message as it stands in the outbox. `request`: which it is about."""

    key: int
    alumnus: int | None
    message: str
    link: str
    state: str
    own_address: bool
    twice: bool
    attempts: int
    letter: int | None
    id: str
    of_request: int | None

    @property
    def request(self) -> int | None:
        """The random key of the request that it is about."""
        return self.of_request if self.of_request is not None else request_of(self.link)


_FAILS: Mapping[str, tuple[type[MailError], str]] = {
    "later": (MailError, "busy"),
    "refused": (MailRefused, "recipient_refused 550"),
    "unreachable": (MailUnreachable, "unreachable"),
    "unsure_taken": (MailUncertain, "no_answer"),
    "unsure_lost": (MailUncertain, "no_answer"),
}


class Post:
    """Implements `matcher.ports.Mailer`. `answers`: what it does with the messages of this round, in order."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.answers: list[str] = []
        self.taken: dict[str, list[datetime]] = {}
        """When it took the messages with each Message-ID."""
        self.invited: dict[tuple[int, int], frozenset[str]] = {}
        """The Message-IDs of invitations, by alumnus and request: as many as times that were asked."""
        self.untold: Counter[int] = Counter()
        """How many messages to each alumnus were taken that have no entry in the log yet."""
        self.sent_since: set[str] = set()
        """Messages that ended in a back-up that was restored, and were sent by hand between the two."""
        self.sending: list[Link] = []
        """The links of the messages that it has at this moment and has not taken yet."""
        self.round: list[tuple[str, str]] = []
        """Message-ID and answer of this round."""

    def abort(self) -> None:
        """Nothing waits here."""

    def send(self, to: str, subject: str, text: str, *, message_id: str = "", letter: Letter | None = None) -> None:  # noqa: ARG002 - the port
        """Looks whether this may be sent to this person at this moment, and answers as the schedule says."""
        world = self._world
        life = world.processes[world.frames[-1].step.process].life
        link, secret, token, told = json.loads(text)
        mail = self._written(message_id)
        if mail.alumnus is None:
            self._to_requester(to, subject, mail, secret)
            return
        person = self._person_of(to, mail)
        parts = self._parts(subject, mail, told, [message_id, link, secret])
        world.frames[-1].person = person
        closed = world.model.is_closed(to) and mail.message not in {"login", *ANSWERS}
        world.need(not closed, "mail to an address that it came back from", (person, mail))
        for part in parts or [mail]:
            self._need_allowed(person, part, link if len(parts) < _SEVERAL else None, subject)
        about = mail.key if mail.message == LETTER and len(parts) > 1 else (parts or [mail])[0].request or 0
        sent = [Link(person.key, purpose, secret or id_, world.now) for id_, purpose, secret in told]
        sent += [] if told else [Link(person.key, link, secret or message_id, world.now)]
        stops = Link(person.key, f"mail {subject} {about}", token, world.now)
        self.sending += [*sent, stops]
        try:
            life.opening()
        finally:
            del self.sending[-len(sent) - 1 :]
        answer = self.answers.pop(0) if self.answers else "taken"
        ids = [mail, *parts] if mail.message == LETTER else [mail]
        self.round += [(one.id, answer) for one in ids]
        if answer in {"taken", "unsure_taken"}:
            for one in ids:
                self.taken.setdefault(one.id, []).append(world.now)
                self.untold[stops.alumnus] += 1
            for part, one_link in zip(parts or [mail], sent, strict=True):
                self._take(person, part, one_link)
            if token:
                stops.ends = world.now + _STOPS
                world.links.append(stops)
        life.point()
        if answer != "taken":
            kind, problem = _FAILS[answer]
            raise kind("mail_not_sent", problem=problem)

    def _written(self, message_id: str) -> Written:
        """What was claimed. Raises Violation."""
        world = self._world
        rows = world.database.rows(f"select {_COLUMNS} from outbox where message_id = ?", message_id)  # noqa: S608
        world.need(len(rows) == 1, "a mail that is not in the outbox, or twice", message_id)
        mail = Written(*rows[0])
        world.need(mail.state == "sending", "a mail is sent that nobody claimed", mail)
        return mail

    def _person_of(self, to: str, mail: Written) -> Person:
        world = self._world
        person = world.model.people.get(mail.alumnus or 0)
        if person is None:
            world.need(False, "mail to somebody who was erased", mail)
            raise AssertionError
        right = mail.own_address or to == person.email
        world.need(right and to, "mail to another address than that of the alumnus", mail)
        return person

    def _parts(self, subject: str, mail: Written, told: Sequence[Any], alone: list[str]) -> list[Written]:
        """The parts of a weekly letter: those that are told, all claimed with it; one that is alone goes as itself."""
        world = self._world
        if mail.message != LETTER:
            world.need(subject == mail.message and alone[1] == mail.link, "another mail than was claimed", mail)
            return []
        rows = world.database.rows(
            f"select {_COLUMNS} from outbox where letter = ? and state = 'sending' and alumnus_key = ?",  # noqa: S608
            mail.key,
            mail.alumnus,
        )
        parts = {part.id: part for part in (Written(*row) for row in rows)}
        ids = [id_ for id_, *_ in told] or list(parts)
        world.need(set(ids) == set(parts), "a letter with other parts than were claimed", (ids, parts))
        world.need(told or (len(parts) == 1 and subject == parts[ids[0]].message), "a letter without parts", mail)
        for part in parts.values():
            world.need(part.message not in _AT_ONCE, "a mail that cannot wait is in a letter", part)
        return [parts[id_] for id_ in ids]

    def _need_allowed(self, person: Person, mail: Written, link: str | None, subject: str) -> None:
        """Whether a message may be sent to this alumnus now. `link`: what is told of it, where it goes by itself."""
        world, model = self._world, self._world.model
        world.need(link in {None, mail.link} and (link is None or subject == mail.message), "another mail", mail)
        demand = model.demands.get(mail.request or 0)
        kind = mail.message if demand is None else demand.wanted.kind.value
        free = mail.message in {*NEEDED, *ANSWERS, "agreed_moved", "agreed_off"}
        goes = free or model.mail_goes(person, kind, None if demand is None else demand.key)
        world.need(goes, "a mail that somebody stopped", (person, mail, model.stopped(person)))
        if demand is not None:
            world.frames[-1].demand = demand
            self._need_of_request(person, demand, mail.message)
        if mail.message in {segments.ASKS, segments.QUESTIONS}:
            self._need_of_message(person, mail)
        if mail.message in {"first_ask", "first_remind"}:
            ask = model.first.get(person.key)
            right = ask is not None and ask.answered is None and may_be_asked(person)
            world.need(right, "a mail for a first yes to somebody who may not be asked", (person, ask))
        if mail.message in STEPS:
            step = model.next_step(person, world.today)
            world.need(step == STEPS[mail.message], "a question whether data may stay that is not due", (mail, person))
        fresh = mail.attempts == 1 and not mail.twice and mail.letter is None
        waits = fresh and model.gets_weekly(person.key) and mail.message in _CAN_WAIT
        world.need(not waits, "a mail goes by itself to somebody who wants it once a week", (person, mail))
        again = mail.id in self.taken and mail.id not in self.sent_since
        world.need(mail.twice or not again, "a message is sent again by a sender that does not know it", mail)

    def _need_of_request(self, person: Person, demand: Demand, message: str) -> None:
        """Whether a mail about a request may go to an alumnus now."""
        world, model = self._world, self._world.model
        asks = of_pair(model, person, demand.key)
        if message in {"invited", "reminded"}:
            world.need(model.may_be_mailed(person, demand, world.today), "an invitation without consent", person)
            world.need(any(one.state == "asked" for one in asks), "a mail asks what is not asked any more", asks)
        elif message in _OVER:
            world.need(
                person.replies.get(demand.key) != "accepted" or message == "called_off",
                "somebody who comes hears that it is over",
                (person, demand),
            )
            mails = [one.mail for one in asks if one.mail is not None]
            marks = ", ".join("?" * len(mails)) or "0"
            sql = f"select attempts from outbox where key in ({marks})"  # noqa: S608 - our own table
            tried = [attempts for (attempts,) in world.database.rows(sql, *mails)]
            heard = any(tried) or demand.key in person.replies
            world.need(not tried or heard, "it is over for somebody who never heard of it", (person, message, asks))
        elif message == "agreed":
            came = any(one.state in {"accepted", "retracted"} for one in asks)
            world.need(came, "somebody hears that it is agreed who never said yes", (person, demand))
        elif message == "to_all":
            comes = model.comes(person, demand, world.today)
            world.need(comes, "a letter to somebody who does not come", (person, demand))

    def _need_of_message(self, person: Person, mail: Written) -> None:
        """Whether a message to a group may go to somebody of it now."""
        world, model = self._world, self._world.model
        sql = f"select key, message_key from {segments.TABLE} where mail = ?"  # noqa: S608 - our own table
        rows = world.database.rows(sql, mail.key)
        world.need(
            len(rows) == 1 and rows[0][0] in model.got,
            "a message to somebody who is none of those asked",
            (person, mail),
        )
        got, message = model.got[rows[0][0]], model.messages[rows[0][1]]
        world.need(message.state in {"approved", "sent"} and got.counts, "a message that was taken back goes", message)
        may = segments.may_go(model, person, message, world.today, but=1)
        world.need(may, "a message goes to somebody who may not have it", (person, message))

    def _to_requester(self, to: str, subject: str, mail: Written, secret: str) -> None:
        """A mail to whoever made a request, or comes in by a door, which the server takes."""
        self._world.need(mail.message == subject and to, "another mail than was written", mail)
        key = newcomer_of(mail.link)
        if key is not None:
            one = self._world.model.newcomers.get(key)
            self._world.need(one is not None, "mail to somebody who came in and is gone", mail)
            if one is not None:
                self._world.need(to == one.email, "mail to another address than that of whoever came in", (to, one))
                self._world.links.append(Link(0, mail.link, secret, self._world.now))
        self.taken.setdefault(mail.id, []).append(self._world.now)
        self.round.append((mail.id, "taken"))

    def _take(self, person: Person, mail: Written, link: Link) -> None:
        """The server takes a message to somebody who was here when it was handed over: erased or merged, perhaps."""
        world, request = self._world, mail.request
        alumnus = link.alumnus
        if request is not None and mail.message == "invited":
            before = self.invited.get((alumnus, request), frozenset())
            now = world.model.people.get(alumnus, person)
            made = sum(one.on is not None for one in of_pair(world.model, now, request))
            right = mail.id in before or len(before) < made
            world.need(right, "one invitation under two Message-IDs", (before, mail, made))
            self.invited[alumnus, request] = before | {mail.id}
        if link.secret != mail.id:
            link.ends = world.now + self._lasts(mail, link.purpose)
            world.links.append(link)

    def _lasts(self, mail: Written, purpose: str) -> timedelta:
        """How long a link works: that of a question until two weeks after the last day of the request, at most."""
        demand = self._world.model.demands.get(mail.request or 0)
        if purpose.startswith("feedback "):
            return timedelta(days=30)
        if purpose in _LINKS or demand is None or demand.needed is None:
            return _LINKS.get(purpose, REPLY_LASTS)
        ahead = max(demand.needed - self._world.today, timedelta(0))
        return min(ahead + REPLY_LASTS, _STOPS)
