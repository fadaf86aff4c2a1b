"""What the routes of one process share: engine, settings, limits, metrics, and lists that follow the data."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, cast

from fastapi import Request

from api import wiring
from api.follower import Follower
from api.http.metrics import Metrics
from api.http.rate_limits import GUESSES, Limits, RankingSlots
from api.importer import Importer
from api.inbox import Fetcher
from api.messages import Composer
from api.reader import Reader
from api.sender import Sender
from api.settings import Settings, configured
from api.source_reader import SourceReader
from api.source_server import opened
from api.theme import Theme, build_theme
from matcher.domain.records import Offering
from matcher.errors import Overloaded, StoreError, UnknownId
from matcher.exchange.catalogue import Catalogue, catalogue_of
from matcher.policy import VISITOR
from matcher.ports import Mailer
from matcher.services import door, erasure, messages
from matcher.services.ahead import work_ahead
from matcher.services.app import App
from matcher.services.directory import Courses, Directory, claims, made_here, newest_courses, newest_directory
from matcher.services.door import Entry
from matcher.services.due_sources import Opened
from matcher.services.work import Counted

if TYPE_CHECKING:
    from matcher.ports import Store

log = logging.getLogger("alumnimatch")

_LINK_TRIES = 3
"""Attempts at writing a requested link while the database is busy; each attempt waits for the database itself."""
_KNOCK_SECONDS = 0.5
"""After how long an entry at a door is written: longer than the answer takes."""
_BUILDING_SECONDS = 5.0
"""How long the end of a server waits for a pool that is being built."""
MOST_LINKS = 1000
"""Requested links that may wait to be written."""


@dataclass
class State:
    """The state of one process; thread-safe."""

    app: App
    """The app for the use cases."""
    settings: Settings
    mailer: Mailer | None = None
    opened: Opened = opened
    """Opens servers of courses."""
    sender: Sender | None = field(init=False, default=None)
    fetcher: Fetcher | None = field(init=False, default=None)
    importer: Importer = field(init=False)
    reader: Reader = field(init=False)
    follower: Follower = field(init=False)
    sources: SourceReader = field(init=False)
    limits: Limits = field(init=False)
    theme: Theme = field(init=False)
    slots: RankingSlots = field(init=False)
    metrics: Metrics = field(default_factory=Metrics)
    counted: Counted = field(default_factory=Counted)
    """How long work lists are, for the menu."""
    _links: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "links"))
    _links_waiting: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(MOST_LINKS))
    _warm: bool = False
    _warming: threading.Lock = field(default_factory=threading.Lock)
    _builder: threading.Thread | None = None
    _ends: threading.Event = field(default_factory=threading.Event)
    _directory: Directory | None = None
    _courses: Courses | None = None
    _catalogue: tuple[Courses, int, Catalogue] | None = None
    _reading_people: threading.Lock = field(default_factory=threading.Lock)
    _reading_courses: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        app = configured(self.app, self.settings, sends_mail=self.mailer is not None)
        self.slots = RankingSlots(self.settings.rankings_at_once, self.settings.wait_seconds)
        self.app = replace(app, observer=self.metrics, turn=self.slots, aside=self.slots.aside)
        self.metrics.pool = lambda: self.app.engine.current.in_memory
        self.theme = build_theme(self.settings)
        self.importer = Importer(self.app)
        self.reader = Reader(self.app)
        self.follower = Follower(self.app)
        self.sources = SourceReader(self.app, self.opened)
        self.limits = Limits(
            **dict.fromkeys(GUESSES, self.settings.rate_login),
            link=self.settings.rate_link,
            ranking=self.settings.rate_ranking,
            refused=self.settings.rate_refused,
        )

    @property
    def store(self) -> Store:
        """The database."""
        return self.app.store

    def start_sending(self) -> None:
        """Starts sending the mail of the outbox, if there is a mail server."""
        if self.mailer is not None:
            self.sender = Sender(self.app, self.mailer, Composer(self.settings))
            self.sender.start()

    def start_fetching(self) -> None:
        """Starts looking in the mailbox for replies, if there is one."""
        mailbox = wiring.build_mailbox(self.settings)
        if mailbox is not None and self.settings.reply_address:
            self.fetcher = Fetcher(self.app, mailbox, self.settings.reply_address)
            self.fetcher.start()

    def stop(self) -> None:
        """Ends background work within seconds: requested links are written, and the outcome of mail is recorded.

        A first pool that is being built is waited for: its connection goes back before the database is closed.
        """
        self._ends.set()
        self._links.shutdown()
        self.importer.stop()
        self.reader.stop()
        self.follower.stop()
        self.sources.stop()
        if self.fetcher is not None:
            self.fetcher.stop()
        if self.sender is not None:
            self.sender.stop()
        if self._builder is not None:
            self._builder.join(_BUILDING_SECONDS)
        self.app.engine.current.wait(_BUILDING_SECONDS)
        self._finish_erasures()

    def _finish_erasures(self) -> None:
        """This process's part of erasures, at its start and its end, as far as that keeps no one waiting."""
        try:
            erasure.finish(self.app, large=False)
        except StoreError as error:
            log.warning("erasure_not_finished %s", error.code)

    def knock(self, code: str, entry: Entry) -> Future[None]:
        """Puts aside who comes in by a door, in the same thread and for the same reason as a login link.

        It begins once the answer is out: what it does, or does not, for somebody would make that slower. Raises
        Overloaded when too many wait for it.
        """
        return self._in_turn(partial(self._knock, code, entry, time.monotonic() + _KNOCK_SECONDS))

    def _knock(self, code: str, entry: Entry, begins: float) -> None:
        time.sleep(max(begins - time.monotonic(), 0.0))
        for _ in range(_LINK_TRIES):
            try:
                door.knock(self.app, VISITOR, code, entry)
            except StoreError as error:
                log.warning("door_not_written %s", error.code)
            except UnknownId:  # closed meanwhile
                return
            else:
                return

    def ask_login_link(self, email: str) -> Future[None]:
        """Mails a login link to the alumni with this address.

        A separate thread looks the address up, so that response times reveal nothing about it. Raises Overloaded when
        too many wait for it.
        """
        return self._in_turn(partial(self._ask_login_link, email))

    def _in_turn(self, work: Callable[[], None]) -> Future[None]:
        if not self._links_waiting.acquire(blocking=False):
            raise Overloaded("crowded")
        asked = self._links.submit(work)
        asked.add_done_callback(lambda _: self._links_waiting.release())
        return asked

    def _ask_login_link(self, email: str) -> None:
        for _ in range(_LINK_TRIES):
            try:
                messages.ask_login_link(self.app, VISITOR, email)
            except StoreError as error:
                log.warning("link_not_written %s", error.code)
            else:
                return

    @property
    def warm(self) -> bool:
        """Whether a pool has been built since the start."""
        return self._warm

    def start_warming(self) -> None:
        """Builds the first pool in another thread, and works out what pages tell of all alumni; once at a time."""
        if not self._warm and self._warming.acquire(blocking=False):
            self._builder = threading.Thread(target=self._build, name="warming", daemon=True)
            self._builder.start()

    def _build(self) -> None:
        try:
            self._finish_erasures()
            self.app.engine.current.pool()
            self._warm = True
            self.metrics.follow()
            work_ahead(self.app, self._ends.is_set)
        except Exception as error:  # noqa: BLE001 - /ready and the next question report it; the server stays up
            log.warning("warming_failed %s", type(error).__name__)
        finally:
            self._warming.release()

    def directory(self) -> Directory:
        """The alumni of the newest state; one thread brings it up to date. Raises StoreUnavailable."""
        with self._reading_people:
            self._directory = newest_directory(self.store, self._directory)
            return self._directory

    def courses(self) -> Sequence[Offering]:
        """All courses of the newest state, by first day. Raises StoreUnavailable."""
        with self._reading_courses:
            self._courses = newest_courses(self.store, self._courses)
            return self._courses.offerings

    def catalogue(self) -> Catalogue:
        """The same as courses with their runs, for other systems. Raises StoreUnavailable."""
        with self._reading_courses:
            self._courses = newest_courses(self.store, self._courses)
            claimed = claims(self.store)
            if self._catalogue is None or self._catalogue[0] is not self._courses or self._catalogue[1] != claimed:
                made = catalogue_of(made_here(self.store, self._courses.offerings))
                self._catalogue = self._courses, claimed, made
            return self._catalogue[2]


def state_of(request: Request) -> State:
    """The state of this app."""
    return cast("State", request.app.state.held)
