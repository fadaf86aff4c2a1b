"""What the routes share: engine, settings, whether the first pool is there, and who is in the database by revision."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, cast

from fastapi import Request

from api.http.metrics import Metrics
from api.http.rate_limits import Limits, RankingSlots
from api.settings import Settings
from matcher.domain.records import Alumnus, Offering
from matcher.errors import MailError
from matcher.locale import say
from matcher.policy import Asker
from matcher.ports import Mailer
from matcher.services.invitations import Invited

if TYPE_CHECKING:
    from matcher.engine.current import Engine
    from matcher.store.old_doors import OldDoors as SqlStore

log = logging.getLogger("alumnimatch")


@dataclass(frozen=True, slots=True)
class Person:
    """An alumnus in a list: never a name, an address or free text."""

    id: str
    school: str
    function: str | None
    sector: str | None
    town: str | None

    @classmethod
    def of(cls, alumnus: Alumnus) -> Person:
        """The pseudonymous part of an alumnus."""
        return cls(alumnus.alumnus_id, alumnus.school, alumnus.function, alumnus.sector, alumnus.town)


@dataclass(frozen=True)
class Directory:
    """What can be browsed at one revision."""

    revision: int
    people: tuple[Person, ...]
    schools: tuple[str, ...]


@dataclass(frozen=True)
class Courses:
    """All courses at one revision, those that begin first in front."""

    revision: int
    all: tuple[Offering, ...]


@dataclass
class State:
    """The state of one process; thread-safe."""

    engine: Engine
    settings: Settings
    mailer: Mailer | None = None
    limits: Limits = field(init=False)
    room: RankingSlots = field(init=False)
    metrics: Metrics = field(default_factory=Metrics)
    _warm: bool = False
    _warming: threading.Lock = field(default_factory=threading.Lock)
    _directory: Directory | None = None
    _courses: Courses | None = None
    _reading: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.engine.watch = self.metrics
        self.room = RankingSlots(self.settings.rankings_at_once, self.settings.wait_seconds)
        self.limits = Limits(login=self.settings.rate_login, ranking=self.settings.rate_ranking)

    @property
    def store(self) -> SqlStore:
        """The database, with its lists by page."""
        return cast("SqlStore", self.engine.store)

    @property
    def base_url(self) -> str:
        """Where browsers find the pages."""
        return (self.settings.base_url or "").rstrip("/")

    def tell(self, alumnus_key: int, message: str, by: Asker | None, **values: object) -> bool:
        """Mails an alumnus a message of the locale files, where there is mail and an address; in the log with `by`.

        False where nothing was sent.

        A failure is logged, without who. `values` fill in what the message needs beside `address`.
        """
        contact = self.store.contact(alumnus_key) if self.mailer is not None else None
        if self.mailer is None or contact is None or not contact.email:
            return False
        language = self.settings.language
        told = {"address": f"{self.base_url}/inloggen", **values}
        try:
            self.mailer.send(
                contact.email,
                say(language, f"mail.{message}.subject", **told),
                say(language, f"mail.{message}.text", **told),
            )
        except MailError as error:
            log.warning("mail_not_sent %s", error.values.get("problem", ""))
            return False
        self.store.log(by, "message", {"alumnus": alumnus_key, "message": message})
        return True

    def tell_invited(self, invited: Invited, by: Asker | None) -> None:
        """Mails who was invited a link that answers this question and does nothing else; not what it is about."""
        if self.mailer is not None:
            secret = self.store.new_reply_link(invited.alumnus_key, invited.request_key)
            link = f"{self.base_url}/antwoord/{secret}"
            self.tell(invited.alumnus_key, "invited", by, school=invited.school, link=link)

    @property
    def warm(self) -> bool:
        """Whether a pool has been built since the start."""
        return self._warm

    def start_warming(self) -> None:
        """Builds the first pool in another thread; once at a time."""
        if not self._warm and self._warming.acquire(blocking=False):
            threading.Thread(target=self._build, name="warming", daemon=True).start()

    def _build(self) -> None:
        try:
            self.engine.pool()
            self._warm = True
        except Exception as error:  # noqa: BLE001 - told by /ready and by the next question; the server stays up
            log.warning("warming_failed %s", type(error).__name__)
        finally:
            self._warming.release()

    def directory(self) -> Directory:
        """The directory of the newest revision; made once per revision, by one thread."""
        revision = self.store.revision()
        held = self._directory
        if held is not None and held.revision == revision:
            return held
        with self._reading:
            if self._directory is None or self._directory.revision != revision:
                self._directory = self._read(revision)
            return self._directory

    def _read(self, revision: int) -> Directory:
        people = tuple(sorted(map(Person.of, self.store.alumni()), key=lambda person: (person.school, person.id)))
        return Directory(revision, people, spellings(person.school for person in people))

    def courses(self) -> tuple[Offering, ...]:
        """All courses of the newest revision, those that begin first in front; read once per revision."""
        revision = self.store.revision()
        held = self._courses
        if held is None or held.revision != revision:
            found = sorted(self.store.offerings(), key=lambda one: (one.start or date.max, one.title, one.key))
            held = self._courses = Courses(revision, tuple(found))
        return held.all


def spellings(words: Iterable[str | None]) -> tuple[str, ...]:
    """Each word once, by alphabet."""
    return tuple(sorted({word.strip() for word in words if word and word.strip()}))


def state_of(request: Request) -> State:
    """The state of this app."""
    return cast("State", request.app.state.held)
