"""Sources that are kept: where each is asked, with what token and how often, and reading the one that is due.

What a process needs is in the row of the source, so that any process reads it, and goes on where another stopped: what
a server answered is kept as long as a reading goes on. No transaction is open while a server is asked. Whoever reads a
source took it; a write asks inside itself whether that still holds.
"""

from __future__ import annotations

import hashlib
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from matcher.domain.moments import stored
from matcher.errors import AlumnimatchError, InvalidValue, JobRefused, StoreError, UnknownId
from matcher.locale import LANGUAGES, Language
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.repositories.sources import KeptAnswer, KeptRun, KeptSource
from matcher.services import jobs, sourcing
from matcher.services.app import App, StoreApp
from matcher.services.sourcing import Reading, Synced
from matcher.sources import STUDENTS

if TYPE_CHECKING:
    from matcher.sources.servers import Answer, Ask, Memory
    from matcher.spreadsheets.report import Report

EVERY = (0, 6, 24, 168)
"""Hours between two readings that can be chosen; 0 for never by itself."""
MOST_NAME, MOST_URL, MOST_TOKEN, MOST_REGION, MOST_PROVIDERS = 80, 2000, 4000, 400, 200
"""Characters of a name, an address, a token and a region, and providers of one source."""
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
_AFRESH: Mapping[str, object] = {"is_trial": False, "preview": None, "failures": 0, "problem": None, "began_at": None}


class Stopped(Exception):
    """The process is to end, or another took the source: its work is left as it is."""


class Opened(Protocol):
    """Opens a server of courses with a token, empty for none, and with what it answered before."""

    def __call__(self, token: str, memory: Memory) -> AbstractContextManager[Ask]:
        """The server, for as long as the block lasts."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a source is to be read: see `matcher.repositories.sources.KeptSource`.

    `token`: None leaves it as it is, empty takes it away.
    """

    name: str
    form: str
    url: str
    token: str | None = None
    provider: str = ""
    providers: tuple[str, ...] = ()
    region: str = ""
    every_hours: int = 24


@dataclass(frozen=True, slots=True)
class Shown:
    """A source without its token, with its last reading (None for none), and the remarks of that by language."""

    source: KeptSource
    has_token: bool
    last: KeptRun | None
    is_at_work: bool
    report: Mapping[str, Any]
    runs: tuple[KeptRun, ...] = ()


def listed(app: StoreApp, asker: Asker) -> list[Shown]:
    """All sources of courses by name. Raises Forbidden."""
    asker.scope(Action.SOURCES_MANAGE)
    with app.store.read() as records:
        last, now = records.connectors.last_runs(), stored(records.now)
        return [_shown(one, last.get(one.key), now) for one in records.connectors.all() if one.form != STUDENTS]


def one(app: StoreApp, asker: Asker, key: int, *, most: int = 20) -> Shown:
    """One of these, with its last readings and its remarks. Raises Forbidden, UnknownId."""
    asker.scope(Action.SOURCES_MANAGE)
    with app.store.read() as records:
        source = _found(records, key)
        runs = tuple(run for _, run in records.sources.runs(most, key))
        shown = _shown(source, runs[0] if runs else None, stored(records.now))
        return replace(shown, report=records.connectors.report(key), runs=runs)


def _shown(source: KeptSource, last: KeptRun | None, now: datetime) -> Shown:
    return Shown(replace(source, token=""), bool(source.token), last, source.is_taken(now), {})


def save(app: StoreApp, asker: Asker, wanted: Wanted, key: int | None = None) -> int:
    """Keeps a new source, which is off, or changes one; returns its random key.

    A token goes to the server that it was given for: with another server in the address it is forgotten. Raises
    Forbidden, UnknownId, InvalidValue (`source_no_name`, `source_name_taken`, `source_form`, `source_no_url`,
    `source_catalogue`, `source_region`).
    """
    asker.scope(Action.SOURCES_MANAGE)
    checked = _checked(wanted)

    def work(tx: Transaction) -> int:
        before = None if key is None else _found(tx, key)
        same = tx.sources.named(checked.name)
        if same is not None and (before is None or same.key != before.key):
            raise InvalidValue("source_name_taken", source=checked.name)
        if before is not None and before.form != checked.form and tx.sources.brought(by=before.key):
            raise InvalidValue("source_form", source=before.name, form=before.form)
        source = before or tx.sources.add(checked.name, checked.form)
        tx.connectors.put(source.key, **_settings(checked, source, stored(tx.now)))
        tx.source_answers.forget(source.key)
        tx.note(Action.SOURCES_MANAGE, {"source": source.key, "step": "change" if before else "add"})
        return source.key

    return app.store.write(work, by=asker)


def _settings(wanted: Wanted, source: KeptSource, now: datetime) -> dict[str, object]:
    """The columns of a source that is to be read in this way; what went wrong under other settings is forgotten."""
    token = source.token if urlsplit(source.url)[:2] == urlsplit(wanted.url)[:2] else ""
    if wanted.token is not None:
        token = wanted.token
    next_at = now if source.is_on and wanted.every_hours else None
    return {
        "name": wanted.name, "form": wanted.form, "url": wanted.url, "token": token or None,
        "provider": wanted.provider, "providers": wanted.providers, "region": wanted.region,
        "every_hours": wanted.every_hours, "version": source.version + 1, "taken_at": None, "next_at": next_at,
        **_AFRESH,
    }  # fmt: skip


def _checked(wanted: Wanted) -> Wanted:
    from matcher.sources import FORMS
    from matcher.sources.feed import pc4_ranges

    name, url, region = (" ".join(one.split()) for one in (wanted.name, wanted.url, wanted.region))
    if not 0 < len(name) <= MOST_NAME:
        raise InvalidValue("source_no_name")
    if wanted.form not in FORMS or wanted.every_hours not in EVERY:
        raise InvalidValue("source_choice")
    if not url.startswith(("https://", "http://")) or " " in url or len(url) > MOST_URL:
        raise InvalidValue("source_no_url")
    if wanted.form == "edudex" and "/organizations/" not in url:
        raise InvalidValue("source_catalogue", address=url)
    try:
        pc4_ranges(region)
    except ValueError:
        raise InvalidValue("source_region") from None
    providers = tuple(sorted({" ".join(one.split()) for one in wanted.providers} - {""}))[:MOST_PROVIDERS]
    token = None if wanted.token is None else wanted.token.strip()[:MOST_TOKEN]
    return replace(
        wanted, name=name, url=url, token=token, provider=wanted.provider.strip(), providers=providers,
        region=region[:MOST_REGION],
    )  # fmt: skip


def switch(app: StoreApp, asker: Asker, key: int, *, is_on: bool) -> None:
    """Has a source read by itself from now on, or no more; one that is being read then writes nothing more.

    Raises Forbidden, UnknownId, InvalidValue('source_no_url').
    """
    asker.scope(Action.SOURCES_MANAGE)

    def work(tx: Transaction) -> None:
        source = _found(tx, key)
        if is_on and not source.url:
            raise InvalidValue("source_no_url")
        values: dict[str, object] = {"is_on": is_on, "next_at": stored(tx.now) if is_on else None, "failures": 0}
        if not is_on:
            values |= {"version": source.version + 1, "taken_at": None, "is_trial": False}
        tx.connectors.put(key, **values)
        tx.note(Action.SOURCES_MANAGE, {"source": key, "step": "on" if is_on else "off"})

    app.store.write(work, by=asker)


def ask(app: StoreApp, asker: Asker, key: int, *, trial: bool) -> None:
    """Has a source read as soon as a process can; `trial`: without writing, to see what would change.

    Raises Forbidden, UnknownId, InvalidValue (`source_no_url`; `source_off` for one that is off, unless it is a trial).
    """
    asker.scope(Action.SOURCES_MANAGE)

    def work(tx: Transaction) -> None:
        source = _found(tx, key)
        if not source.url:
            raise InvalidValue("source_no_url")
        if not trial and not source.is_on:
            raise InvalidValue("source_off", source=source.name)
        values = {"is_trial": True, "preview": None} if trial else {"next_at": stored(tx.now)}
        tx.connectors.put(key, **values)
        tx.note(Action.SOURCES_MANAGE, {"source": key, "step": "try" if trial else "run"})

    app.store.write(work, by=asker)


def agree(app: StoreApp, asker: Asker, key: int, digest: str) -> None:
    """Agrees to what a reading gave that was held, by the digest of its courses; it is read again and then written.

    Where the source then has other courses, and still a tenth or less, it is held again. Raises Forbidden, UnknownId,
    InvalidValue('source_not_held') where something else is held by now, or nothing.
    """
    asker.scope(Action.SOURCES_MANAGE)

    def work(tx: Transaction) -> None:
        source = _found(tx, key)
        if source.held is None or source.held.get("digest") != digest:
            raise InvalidValue("source_not_held")
        again = {"next_at": stored(tx.now)} if source.is_on else {}
        tx.connectors.put(key, agreed=digest, held=None, problem=None, **again)
        tx.note(Action.SOURCES_MANAGE, {"source": key, "step": "agree"})

    app.store.write(work, by=asker)


def _found(records: Records, key: int) -> KeptSource:
    source = records.connectors.find(key)
    if source is None or source.form == STUDENTS:
        raise UnknownId("unknown_source")
    return source


# ---- reading the one that is due


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
    return {"failures": 0, "problem": None, "began_at": None, "preview": None, **again}


def _read(app: App, asker: Asker, taken: KeptSource, opened: Opened, stopped: Callable[[], bool]) -> Synced:
    """What a source has now, and its courses made so. Raises InvalidValue, JobRefused, Stopped, StoreError."""
    from matcher.sources import read
    from matcher.sources.servers import documents

    today = app.clock.today()
    memory = _Memory(app, asker, taken, stopped)
    try:
        with opened(taken.token, memory) as server:
            given = documents(taken.form, server, taken.url, since=None, today=today, known=taken.lists)
            feed = read(taken.form, given, today, provider=taken.provider)
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
        return {"failures": 0, "problem": problem, "began_at": None, "next_at": _next(app, taken, _between(taken))}
    failures = taken.failures + 1
    pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), _between(taken))
    tried = {"failures": failures, "problem": problem, "tried_at": stored(app.clock.now())}
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
