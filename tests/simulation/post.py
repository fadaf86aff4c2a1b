"""The mail server of the region: it takes a message, refuses it, is away, or does not say what it did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from matcher.errors import MailError, MailRefused, MailUncertain, MailUnreachable
from matcher.ports import Letter
from matcher.repositories.values import Mail
from matcher.services.messages import LOGIN, request_of

if TYPE_CHECKING:
    from tests.simulation.model import Person
    from tests.simulation.world import World

_LINKS = {LOGIN: timedelta(minutes=15)}
REPLY_LASTS = timedelta(days=14)
STEPS = {"retention_ask": "ask", "retention_remind": "remind"}


def compose(mail: Mail, secret: str) -> Letter:
    """A letter that a test can read: what it is, and the secret of its link."""
    return Letter(mail.message, f"{mail.link}|{secret}")


_TO_REQUESTERS = {"taken_back"}


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
        link, _, secret = text.partition("|")
        if subject in _TO_REQUESTERS:
            self._to_requester(to, subject, message_id)
            return
        person = self._allowed(to, subject, link, message_id)
        frame, request_key = world.frames[-1], request_of(link)
        frame.person = person
        frame.demand = None if request_key is None else world.model.demands[request_key]
        self.sending.append(Link(person.key, link, secret or message_id, world.now))
        try:
            life.opening()
        finally:
            sent = self.sending.pop()
        answer = self.answers.pop(0) if self.answers else "taken"
        self.round.append((message_id, answer))
        if answer in {"taken", "unsure_taken"}:
            self._take(person, message_id, sent, message=subject, with_link=bool(secret))
        life.point()
        match answer:
            case "later":
                raise MailError("mail_not_sent", problem="busy")
            case "refused":
                raise MailRefused("mail_not_sent", problem="recipient_refused 550")
            case "unreachable":
                raise MailUnreachable("mail_not_sent", problem="unreachable")
            case "unsure_taken" | "unsure_lost":
                raise MailUncertain("mail_not_sent", problem="no_answer")

    def _allowed(self, to: str, subject: str, link: str, message_id: str) -> Person:
        """Whether the message is claimed, is to somebody who is here, and may be sent now; its alumnus."""
        world, model = self._world, self._world.model
        rows = world.database.rows(
            "select alumnus_key, message, link, state, own_address, perhaps_twice from outbox where message_id = ?",
            message_id,
        )
        world.need(len(rows) == 1, "a mail that is not in the outbox, or twice", message_id)
        key, message, purpose, state, own_address, twice = rows[0]
        world.need((message, purpose) == (subject, link), "another mail than the one that was claimed", rows)
        world.need(state == "sending", "a mail is sent that nobody claimed", state)
        person = model.people.get(key)
        if person is None:
            world.need(False, "mail to somebody who was erased", key)
            raise AssertionError
        right = own_address or to == person.email
        world.need(right and to, "mail to another address than that of the alumnus", message)
        request_key = request_of(link)
        if request_key is not None and message == "invited":
            demand = model.demands[request_key]
            world.need(model.may_be_mailed(person, demand, world.today), "an invitation without consent", person)
        if message in STEPS:
            step = model.next_step(person, world.today)
            world.need(step == STEPS[message], "a question whether data may stay that is not due", (message, person))
        again = message_id in self.taken and message_id not in self.sent_since
        world.need(twice or not again, "a message is sent again by a sender that does not know it", message_id)
        return person

    def _to_requester(self, to: str, subject: str, message_id: str) -> None:
        """A mail to who made a request, which the server takes."""
        rows = self._world.database.rows("select message, alumnus_key from outbox where message_id = ?", message_id)
        self._world.need(rows == [(subject, None)] and to, "another mail to a requester than was written", rows)
        self.taken.setdefault(message_id, []).append(self._world.now)
        self.round.append((message_id, "taken"))

    def _take(self, person: Person, message_id: str, link: Link, *, message: str, with_link: bool) -> None:
        """The server takes the message to somebody who was here when it was handed over: erased or merged, perhaps."""
        world = self._world
        self.taken.setdefault(message_id, []).append(world.now)
        alumnus, request_key = link.alumnus, request_of(link.purpose)
        self.untold[alumnus] += 1
        if request_key is not None and message == "invited":
            before = self.invited.get((alumnus, request_key), frozenset())
            asks = world.model.people.get(alumnus, person).asks
            right = message_id in before or len(before) < sum(key == request_key for key, _ in asks)
            world.need(right, "one invitation under two Message-IDs", (before, message_id, asks))
            self.invited[alumnus, request_key] = before | {message_id}
        if with_link:
            link.ends = world.now + _LINKS.get(link.purpose, REPLY_LASTS)
            world.links.append(link)
