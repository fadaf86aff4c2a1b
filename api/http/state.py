"""What the routes of one process share: engine, settings, limits, metrics, and lists that follow the data."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from fastapi import Request

from api.http.metrics import Metrics
from api.http.rate_limits import Limits, RankingSlots
from api.settings import Settings
from matcher.domain.records import Offering
from matcher.errors import MailError
from matcher.locale import say
from matcher.policy import Actor
from matcher.ports import Mailer
from matcher.services.directory import Courses, Directory, newest_courses, newest_directory
from matcher.services.invitations import Invited

if TYPE_CHECKING:
    from matcher.engine.current import Engine
    from matcher.store.sql_store import SqlStore

log = logging.getLogger("alumnimatch")


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
    _reading_people: threading.Lock = field(default_factory=threading.Lock)
    _reading_courses: threading.Lock = field(default_factory=threading.Lock)

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

    def tell(self, alumnus_key: int, message: str, by: Actor, **values: object) -> bool:
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

    def tell_invited(self, invited: Invited, by: Actor) -> None:
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
        """The alumni of the newest state; one thread brings it up to date. Raises StoreUnavailable."""
        with self._reading_people:
            self._directory = newest_directory(self.store, self._directory)
            return self._directory

    def courses(self) -> Sequence[Offering]:
        """All courses of the newest state, those that begin first in front. Raises StoreUnavailable."""
        with self._reading_courses:
            self._courses = newest_courses(self.store, self._courses)
            return self._courses.offerings


def state_of(request: Request) -> State:
    """The state of this app."""
    return cast("State", request.app.state.held)
