"""Reading the source that is due: taken by one process, asked by the answers of before, tried again where it fails.

What a process needs is in the row of the source, so that any process reads it, and goes on where another stopped: what
a server answered is kept as long as a reading goes on. No transaction is open while a server is asked. Whoever reads a
source took it; a write asks inside itself whether that still holds.
"""

from __future__ import annotations

import hashlib
import time
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from matcher.domain.moments import stored
from matcher.errors import AlumnimatchError, JobRefused, StoreError
from matcher.locale import LANGUAGES, Language
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.repositories.sources import NO_FAILURES, KeptAnswer, KeptSource
from matcher.services import jobs, sourcing
from matcher.services.app import App
from matcher.services.sourcing import Reading, Synced

if TYPE_CHECKING:
    from matcher.sources.servers import Answer, Ask, Memory
    from matcher.spreadsheets.report import Report

FIRST_PAUSE = timedelta(minutes=15)
"""After a reading that failed; doubled each time, up to the hours between two readings."""
SPREAD = 600
"""Seconds over which sources that are due together are spread, so that no server is asked on the hour by all."""
RESUMED = timedelta(hours=3)
"""How long a reading that was broken off goes on where it was; after that it begins again."""
_LATER = frozenset({"source_busy", "source_too_slow", "source_unreachable", "source_run_too_long"})
"""Failures after which what was answered before is good; after others all is asked again."""
MOST_LINES = 100
"""Remarks of a reading that are kept."""
FLUSH, FLUSH_SECONDS, FLUSH_BYTES = 25, 10.0, 4_000_000
"""Answers that are written together; after so long, or with so many bytes, earlier."""


class Stopped(Exception):
    """The process is to end, or another took the source: its work is left as it is."""


class Opened(Protocol):
    """Opens a server of courses with a token, empty for none, and with what it answered before."""

    def __call__(self, token: str, memory: Memory) -> AbstractContextManager[Ask]:
        """The server, for as long as the block lasts."""
        ...


def work(app: App, asker: Asker, opened: Opened, *, stopped: Callable[[], bool] = lambda: False) -> KeptSource | None:
    """Reads one source that is due; returns it as it then is, None where none is due.

    Nothing is read by a clock that is far from the last day seen. What goes wrong is kept with the source, and tried
    again later. Raises Forbidden, StoreError.
    """
    asker.scope(Action.SOURCES_RUN)
    with app.store.read() as records:
        if jobs.refusals(records, app.job_limits, 0) or not _due(records):
            return None
    taken = app.store.write(_take, by=asker)
    if taken is None:
        return None
    try:
        values = _outcome(app, asker, taken, opened, stopped)
    except Stopped:
        values = {}

    def end(tx: Transaction) -> KeptSource | None:
        kept = tx.connectors.find(taken.key)
        if kept is not None and kept.is_as_taken(taken):
            tx.connectors.put(taken.key, taken_at=None, **values)
            if values.get("began_at", kept.began_at) is None:  # it was read to its end
                tx.source_answers.forget(taken.key, taken.began_at, bare=True)
        return tx.connectors.find(taken.key)

    return app.store.write(end, by=asker)


def _due(records: Records) -> KeptSource | None:
    """The source that waits longest."""
    now = stored(records.now)
    due = [one for one in records.connectors.all() if one.is_due(now)]
    return min(due, key=lambda one: (one.next_at or one.created_at, one.name), default=None)


def _take(tx: Transaction) -> KeptSource | None:
    """Takes it, so that no other process does; one that was broken off goes on."""
    source, now = _due(tx), stored(tx.now)
    if source is None:
        return None
    began = source.began_at
    goes_on = began is not None and now - RESUMED < began <= now
    taken = {"attempts": source.attempts + 1, "taken_at": now, "began_at": began if goes_on else now}
    tx.connectors.put(source.key, **taken)
    return tx.connectors.find(source.key)


def _outcome(
    app: App, asker: Asker, taken: KeptSource, opened: Opened, stopped: Callable[[], bool]
) -> dict[str, object]:
    """Reads a source, and what that changes in its row. Raises Stopped, StoreError."""
    try:
        done = _read(app, asker, taken, opened, stopped)
    except (Stopped, StoreError):
        raise
    except AlumnimatchError as error:
        return _failed(app, taken, error)
    if taken.is_trial:
        counts = {name: getattr(done.report, name) for name in ("created", "updated", "unchanged", "refused")}
        preview = {**counts, "gone": done.gone, "at": stored(app.clock.now()).isoformat()}
        return {"is_trial": False, "began_at": None, "preview": preview, "report": _lines(done.report)}
    again = {"next_at": _next(app, taken, _between(taken)), "report": _lines(done.report)}
    return {**NO_FAILURES, "problem": None, "began_at": None, "preview": None, **again}


def _read(app: App, asker: Asker, taken: KeptSource, opened: Opened, stopped: Callable[[], bool]) -> Synced:
    """What a source has now, and its courses made so. Raises InvalidValue, JobRefused, Stopped, StoreError."""
    from matcher.sources import read
    from matcher.sources.servers import documents

    today = app.clock.today()
    memory = _Memory(app, asker, taken, stopped)
    with app.store.read() as records:
        known = records.programmes.names()
    try:
        with opened(taken.token, memory) as server:
            given = documents(taken.form, server, taken.url, since=None, today=today, known=taken.lists)
            feed = read(taken.form, given, today, provider=taken.provider, known=known)
    finally:
        memory.flush()  # also what was answered before it went wrong: it goes on from there
    feed.within(taken.region)
    reading = Reading(taken.name, taken.form, feed, taken.url, taken=taken, noted=Action.SOURCES_RUN)
    return sourcing.synced(app, asker, reading, dry_run=taken.is_trial)


def _failed(app: App, taken: KeptSource, error: AlumnimatchError) -> dict[str, object]:
    """What is kept of a failure, and when it is tried again."""
    values = {name: value if isinstance(value, int | str) else str(value) for name, value in error.values.items()}
    problem = {"family": type(error).__name__, "code": error.code, "values": values}
    if taken.is_trial:
        at = stored(app.clock.now()).isoformat()
        return {"is_trial": False, "began_at": None, "preview": {"problem": problem, "at": at}}
    if isinstance(error, JobRefused):  # the reading itself went well
        return {**NO_FAILURES, "problem": problem, "began_at": None, "next_at": _next(app, taken, _between(taken))}
    failures, now = taken.failures + 1, stored(app.clock.now())
    pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), _between(taken))
    tried = {"failures": failures, "problem": problem, "tried_at": now, "failing_since": taken.failing_since or now}
    again = {} if error.code in _LATER else {"began_at": None}
    return {**tried, **again, "next_at": _next(app, taken, pause)}


def _between(source: KeptSource) -> timedelta:
    return timedelta(hours=source.every_hours)


def _next(app: App, source: KeptSource, pause: timedelta) -> datetime | None:
    """The moment after a pause, spread so that not all ask at once; None where it is not read by itself."""
    if not pause:
        return None
    spread = zlib.crc32(f"{source.name} {source.attempts}".encode()) % SPREAD
    return stored(app.clock.now()) + pause + timedelta(seconds=spread)


def _lines(report: Report) -> dict[str, dict[str, list[str]]]:
    """The first remarks of a reading in words, by language, those of what was refused apart."""
    languages: tuple[Language, ...] = LANGUAGES
    return {
        language: {
            "refused": report.problem_sentences(language)[:MOST_LINES],
            "notes": report.note_sentences(language)[:MOST_LINES],
        }
        for language in languages
    }


class _Memory:
    """Implements `matcher.sources.servers.Memory`: answers of a source in the database, some at a time.

    With each flush a process tells that it is at work. Raises Stopped where it is to end, or another took the source.
    """

    def __init__(self, app: App, asker: Asker, taken: KeptSource, stopped: Callable[[], bool]) -> None:
        self._app, self._asker, self._taken, self._stopped = app, asker, taken, stopped
        self._waiting: dict[str, KeptAnswer] = {}
        self._same: set[str] = set()
        self._found: tuple[str, bytes] | None = None
        self._told = time.monotonic()

    def find(self, question: str) -> Answer | None:
        """What it answered to this question."""
        from matcher.sources.servers import Answer

        if self._stopped():
            raise Stopped
        address = _address(question)
        with self._app.store.read() as records:
            kept = records.source_answers.find(self._taken.key, address)
        if kept is None:
            return None
        self._found = address, kept.content
        began = self._taken.began_at
        fresh = began is not None and kept.asked_at >= began
        return Answer(kept.content, kept.etag, kept.modified, fresh)

    def keep(self, question: str, answer: Answer) -> None:
        """Keeps what it answers now, or that what is kept is still so."""
        address = _address(question)
        if self._found is not None and self._found[0] == address and self._found[1] is answer.content:
            self._same.add(address)
        else:
            at = stored(self._app.clock.now())
            self._waiting[address] = KeptAnswer(address, answer.content, answer.etag, answer.modified, at)
        size = sum(len(one.content) for one in self._waiting.values())
        late = time.monotonic() - self._told > FLUSH_SECONDS
        if late or len(self._waiting) + len(self._same) >= FLUSH or size > FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Writes what waits."""
        waiting, self._waiting, self._told = list(self._waiting.values()), {}, time.monotonic()
        same, self._same = self._same, set()

        def work(tx: Transaction) -> bool:
            kept = tx.connectors.find(self._taken.key)
            if kept is None or not kept.is_as_taken(self._taken):
                return False
            tx.source_answers.keep(self._taken.key, waiting)
            tx.source_answers.touch(self._taken.key, same)
            tx.connectors.put(self._taken.key, taken_at=stored(tx.now))
            return True

        if not self._app.store.write(work, by=self._asker):
            raise Stopped


def _address(question: str) -> str:
    return hashlib.sha256(question.encode("utf-8", "surrogatepass")).hexdigest()
