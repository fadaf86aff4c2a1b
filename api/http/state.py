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
from api.messages import Messages
from api.settings import Settings, build_job_limits, build_terms
from matcher.domain.records import Offering
from matcher.ports import Mailer
from matcher.services.app import App
from matcher.services.directory import Courses, Directory, newest_courses, newest_directory

if TYPE_CHECKING:
    from matcher.engine.current import Engine
    from matcher.store.old_doors import OldDoors as SqlStore

log = logging.getLogger("alumnimatch")


@dataclass
class State:
    """The state of one process; thread-safe."""

    engine: Engine
    settings: Settings
    mailer: Mailer | None = None
    messages: Messages = field(init=False)
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
        self.messages = Messages(self.store, self.settings, self.mailer)
        self.room = RankingSlots(self.settings.rankings_at_once, self.settings.wait_seconds)
        self.limits = Limits(login=self.settings.rate_login, ranking=self.settings.rate_ranking)

    @property
    def store(self) -> SqlStore:
        """The database, with its lists by page."""
        return cast("SqlStore", self.engine.store)

    @property
    def app(self) -> App:
        """What the use cases work with."""
        return App(
            self.engine.store,
            self.engine,
            self.engine.clock,
            build_terms(self.settings),
            build_job_limits(self.settings),
            sends_mail=self.mailer is not None,
        )

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
        except Exception as error:  # noqa: BLE001 - /ready and the next question say it; the server stays up
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
