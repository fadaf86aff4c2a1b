"""A region while its history is played: its processes, its database, the model, and what is looked at after each step.

An act (`tests.simulation.acts`) does one thing through a use case and says beforehand whether it must be done or
refused, and with which entries in the log. What the model knows follows from the log alone: whatever was committed has
its entry, and an entry that the model does not allow is a violation, whoever made it.
"""

from __future__ import annotations

import hashlib
import json
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from matcher.domain.consent import Terms
from matcher.domain.records import RecordKind
from matcher.errors import AlumnimatchError
from matcher.policy import Asker
from matcher.pool.build import texts_of
from matcher.services.app import App
from matcher.store.keys import keys_from
from matcher.store.sql_store import SqlStore
from tests.simulation.copies import Taken
from tests.simulation.database import Database, moment
from tests.simulation.journal import Announced, Diary, end_step
from tests.simulation.lists import Line
from tests.simulation.model import Demand, Model, Person
from tests.simulation.past import Row
from tests.simulation.post import Link, Post
from tests.simulation.processes import TERMS, Process, Stopped
from tests.simulation.region import PROCESSES, SCHOOLS, START, Wanted, id_of
from tests.simulation.sources import NAMES, Id, Server
from tests.simulation.steps import Step
from tests.support.fakes import FixedClock

T = TypeVar("T")
NOTHING: Sequence[str] = ()


class Violation(Exception):
    """What must never be was. `rule`: which; a shorter history shows the same if it breaks the same rule."""

    def __init__(self, rule: str, details: object = "") -> None:
        super().__init__(f"{rule}: {details}")
        self.rule = rule


@dataclass
class Frame:
    """A step while it is done. `expected`: the entries that it makes in the log, in order; None if it is not said."""

    step: Step
    expected: list[str] | None = field(default_factory=list)
    planned: Sequence[str] = ()
    observed: list[str] = field(default_factory=list)
    disturbed: bool = False
    """Whether another process came in between, so that nothing is certain beforehand."""
    stopped: bool = False
    batches: list[Sequence[Line]] = field(default_factory=list)
    """What is imported, by transaction, and how many rows of the file are refused."""
    refused: int = 0
    import_id: str = ""
    used: Collection[int] = ()
    """Alumni on whom something hangs that the model does not know of: a session, a link, mail."""
    left: Mapping[int, str] = field(default_factory=dict)
    """Whom an undo left, and why."""
    demands: Sequence[Wanted] = ()
    person: Person | None = None
    demand: Demand | None = None
    """Whom and what it is about, for whoever comes in between."""
    value: object = None
    """What is imported, or corrected, of which the log says only that it was."""


@dataclass
class Browser:
    """A session of somebody, as the browser knows it."""

    secret: str
    asker: Asker
    created: datetime
    seen: datetime
    ended: bool = False

    def end(self) -> None:
        """It has ended."""
        self.ended = True


@dataclass
class Moved:
    """What hung on somebody who was merged: accounts by their keys, links by their secrets."""

    accounts: set[int] = field(default_factory=set)
    links: set[str] = field(default_factory=set)


class World:
    """One region."""

    def __init__(self, seed: int, database: Database, folder: Path, terms: Terms = TERMS) -> None:
        self.seed, self.database, self.folder = seed, database, folder
        self.clock = FixedClock(START, time(9, microsecond=seed % 1_000_000))
        self.model = Model()
        self.post = Post(self)
        self.announced: dict[str, Announced] = {}
        """What was announced to the journal, by batch, in order."""
        self.copies: list[Taken] = []
        """The back-ups that are kept."""
        journal = folder / "journal.jsonl"
        caches = (folder / "cache" / "a", folder / "cache" / "b", None)
        self.processes = [
            Process(database.url, self.clock, caches[number], terms, Diary(journal, self))
            for number in range(PROCESSES)
        ]
        self.keys: tuple[str, ...] = ()
        self.frames: list[Frame] = []
        self.browsers: list[Browser] = []
        self.links: list[Link] = []
        self.tokens: list[tuple[str, int]] = []
        """Secret and key of the tokens that work."""
        self.rankings: list[int] = []
        """Numbers of the entries of rankings that can be replayed."""
        self.tail = 0
        self.seal = "0" * 64
        self.named: dict[str, int] = {}
        """The commitments that entries were seen with, each with the alumnus it meant."""
        self.gone: dict[int, int] = {}
        """Who was erased, by the number of the entry."""
        self.exports: list[tuple[str, Path]] = []
        """Files of alumni that were exported, each with the school: they stay as they are."""
        self.codes: list[tuple[int, str]] = []
        """The codes of talks that alumni showed, each with the key of its row."""
        self.pasts: dict[str, list[Row]] = {}
        """The last list of the past of each school."""
        self.moved: dict[int, Moved] = {}
        """By the random key of whoever was merged."""
        self.apart: set[str] = set()
        """The merges that the last restore took back."""
        self.not_yet: set[int] = set()
        """Who had not come yet in the back-up that was restored last, or went with somebody who was erased since."""
        self.servers: dict[str, Server] = {name: Server.first(nth) for nth, name in enumerate(NAMES)}
        """What servers of courses have, by the name of the source that asks them."""
        self.held: dict[str, frozenset[Id]] = {}
        """The courses of readings of sources that were held, by their digest."""
        self._here: set[int] = set()
        self._seen = 0
        self._reader: tuple[tuple[str, ...], SqlStore] | None = None
        for process in self.processes:
            process.committed = self.look

    @property
    def today(self) -> date:
        """This day."""
        return self.clock.day

    @property
    def now(self) -> datetime:
        """This moment, in UTC, without a zone."""
        return self.clock.now().astimezone(UTC).replace(tzinfo=None)

    def need(self, holds: object, rule: str, details: object = "") -> None:
        """Raises Violation unless it holds."""
        if not holds:
            raise Violation(rule, details)

    # ---- steps

    def run(self, step: Step) -> None:
        """Does one step, and looks at what came of it. Raises Violation."""
        self.clock.advance(timedelta(seconds=step.later))
        self._do(step)

    def _do(self, step: Step) -> None:
        from tests.simulation.acts import ACTS

        frame = Frame(step)
        process = self.processes[step.process]
        with keys_from(Random(f"{self.seed} {step.number} {len(self.frames)} keys")):
            self.frames.append(frame)
            app = process.app(self.keys)
            between = None if step.meanwhile is None else self._between(frame, step.meanwhile)
            process.life.begin(step.stop, step.at, between)
            try:
                ACTS[step.verb](self, app, step)
            except Stopped:
                frame.stopped = True
                process.stop()
            except Violation:
                raise
            except Exception as error:
                where = "".join(traceback.format_exception(error)[-6:])
                rule = f"an error that nobody expects: {type(error).__name__}"
                raise Violation(rule, f"{step}\n{where}") from error
            self.catch_up()
            end_step(self.announced.values(), self.tail)
            process.life.begin()
            self.frames.pop()
        self._compare(frame)

    def _between(self, frame: Frame, other: Step) -> Callable[[], None]:
        def run() -> None:
            frame.disturbed = True
            self.catch_up()
            self._do(other)

        return run

    def _compare(self, frame: Frame) -> None:
        """Whether the log says what was done, and nothing else."""
        if frame.expected is None or (frame.disturbed and not frame.stopped):
            return
        if frame.stopped:
            plan = [*frame.expected, *frame.planned][: len(frame.observed)]
            self.need(frame.disturbed or frame.observed == plan, "a step that stopped made other entries", frame)
        else:
            self.need(frame.observed == frame.expected, "the log says something else than what was done", frame)

    def call(
        self,
        use: Callable[[], T],
        *,
        log: Sequence[str] | None = (),
        refused: str | Sequence[str] = "",
        log_refused: Mapping[str, Sequence[str]] | None = None,
    ) -> T | None:
        """Runs a use case; None if it is refused.

        `refused`: the code with which it must be, empty for not at all; several are allowed, where the model does not
        say. `log`: the entries that it makes if it is done, None if that is not said; `log_refused`: where it makes
        some though it is refused.
        """
        frame = self.frames[-1]
        allowed = (refused,) if isinstance(refused, str) else refused
        frame.planned = log or ()
        if allowed and all(allowed):  # a refusal may have its entry, after which a process may stop too
            frame.planned = next((found for code in allowed if (found := (log_refused or {}).get(code))), ())
        if log is None:
            frame.expected = None
        result: T | None = None
        try:
            result = use()
            code = ""
        except AlumnimatchError as error:
            code = error.code
        if not frame.disturbed:
            rule = f"refused or done, against the rules: {frame.step.verb}"
            self.need(code in allowed, rule, f"{frame.step} {code!r} {allowed}")
        if frame.expected is not None:
            frame.expected += (log_refused or {}).get(code, ()) if code else log or ()
        frame.planned = ()
        self.catch_up()
        return result

    @contextmanager
    def noticing(self, action: str, effect: Callable[[], object]) -> Iterator[None]:
        """Runs `effect` if the step has made an entry of this action by the end, also where its process stopped."""
        try:
            yield
        finally:
            self.catch_up()
            if action in self.frames[-1].observed:
                effect()

    @property
    def certain(self) -> bool:
        """Whether nobody came in between in the step that is done now."""
        return not self.frames[-1].disturbed

    # ---- the log

    def look(self) -> None:
        """Right after a commit: whom its entries are about, and who is gone; after an erasure nothing tells."""
        rows, seen = self.database.rows, self._seen
        for table in ("audit_people", "audit_refused"):
            of_new = f"select entry, alumnus_key, salt from {table} where entry > ?"  # noqa: S608 - our own tables
            for entry, key, salt in rows(of_new, seen):
                said = f"{entry} {key} refused" if table == "audit_refused" else f"{entry} {key}"
                sealed = hashlib.sha256(bytes(salt) + said.encode()).hexdigest()
                self.named[f"who:{sealed[:32]}"] = key
        here = {key for (key,) in rows("select key from alumni")}
        gone = sorted(self._here - here)
        for number, action in rows("select id, action from audit where id > ? order by id", seen):
            self._seen = number
            if action == "person.erase":
                self.gone[number] = gone.pop(0)
        self._here = here

    def look_from(self, tail: int, here: set[int]) -> None:
        """From where a back-up ends, with the alumni that were in it: what is done again comes after that."""
        self._seen, self._here = tail, here

    def _opened(self, value: Any, number: int) -> Any:
        match value:
            case dict():
                return {name: self._opened(item, number) for name, item in value.items()}
            case list():
                return [self._opened(item, number) for item in value]
            case "erased":
                return self.gone.get(number, value)
            case str():
                return self.named.get(value, value)
            case _:
                return value

    def catch_up(self) -> None:
        """Reads what was added to the log: its chain, and what it says was done."""
        from tests.simulation.ledger import apply

        rows = self.database.rows(
            "select id, at, actor, role, school, action, details, previous, digest from audit where id > ? order by id",
            self.tail,
        )
        for number, at, actor, role, school, action, details, previous, digest in rows:
            made = moment(at)
            self.need(number == self.tail + 1 and previous == self.seal, "the chain of the log is broken", number)
            content = json.dumps([previous, number, made.isoformat(), actor, role, school, action, details])
            self.need(hashlib.sha256(content.encode()).hexdigest() == digest, "an entry does not fit its seal", number)
            self.need(made == self.now, "an entry of another moment", (number, made, self.now))
            self.tail, self.seal = number, digest
            frame = self.frames[-1]
            frame.observed.append(action)
            apply(self, frame, action, self._opened(json.loads(details), number), actor, role, number)

    # ---- who is meant

    def person(self, step: Step) -> Person | None:
        """The alumnus that a step is about: of the step that it comes between, if it is about the same.

        Else with that number; if there is none and the step picks, another one.
        """
        same = self.same(step)
        if same is not None and same.person is not None:
            return same.person if same.person.key in self.model.people else None
        school, number = SCHOOLS[step.values["school"]], step.values["person"]
        person = self.model.numbered_as(school, id_of(number))
        if person is None and step.values.get("pick"):
            own = sorted(other for name, other in self.model.named if name == school)
            if own:
                person = self.model.named[school, own[number % len(own)]]
        self.frames[-1].person = person
        return person

    def demand(self, step: Step) -> Demand | None:
        """The request that a step is about; that of the step that it comes between, if it is about the same."""
        same = self.same(step)
        if same is not None and same.demand is not None:
            return same.demand
        demand = self.frames[-1].demand = self.model.numbered.get(step.values["request"])
        return demand

    def same(self, step: Step) -> Frame | None:
        """The step that this one comes between, if it is about the same."""
        return self.frames[-2] if step.values.get("same") and len(self.frames) > 1 else None

    def pick(self, things: Sequence[T], nth: int) -> T | None:
        """One of several, the newest first; None where there are none."""
        return things[-1 - nth % len(things)] if things else None

    def end_sessions(self, chosen: Callable[[Browser], bool]) -> None:
        """Those sessions have ended."""
        for browser in self.browsers:
            browser.ended = browser.ended or chosen(browser)

    def move(self, gone: int, kept: int) -> None:
        """What hung on somebody who was merged hangs on the one who stayed."""
        moved = self.moved[gone] = Moved()
        for browser in self.browsers:
            if browser.asker.alumnus_key == gone:
                browser.asker = replace(browser.asker, alumnus_key=kept)
                moved.accounts.add(browser.asker.key)
        for link in [*self.links, *self.post.sending]:
            if link.alumnus == gone:
                link.alumnus = kept
                moved.links.add(link.secret)
        post = self.post
        post.untold[kept] += post.untold[gone]
        for key, request in [pair for pair in post.invited if pair[0] == gone]:
            ids = post.invited.pop((key, request))
            post.invited[kept, request] = post.invited.get((kept, request), frozenset()) | ids

    def move_back(self, gone: int, kept: int) -> None:
        """What hung on somebody who is apart again, and was there before, hangs on that one again."""
        moved = self.moved.pop(gone, Moved())
        for browser in self.browsers:
            if browser.asker.alumnus_key == kept and browser.asker.key in moved.accounts:
                browser.asker = replace(browser.asker, alumnus_key=gone)
        for link in [*self.links, *self.post.sending]:
            if link.alumnus == kept and link.secret in moved.links:
                link.alumnus = gone
        post = self.post
        post.untold[gone] = post.untold[kept]
        for request, _ in self.model.people[gone].asks:
            sent = post.invited.get((kept, request), frozenset())
            if sent:
                post.invited[gone, request] = sent

    def enter(self, asker: Asker, secret: str) -> None:
        """Somebody logged in."""
        self.browsers.append(Browser(secret, asker, self.now, self.now))

    def app_of(self, number: int) -> App:
        """The installation as one process sees it."""
        return self.processes[number].app(self.keys)

    def remember_texts(self, keys: Collection[int] | None = None) -> None:
        """Takes note of the texts of the alumni of now: of these, or of everybody."""
        with self.reading() as records:
            table, alumni = records.records, RecordKind.ALUMNI
            found = table.stream(alumni) if keys is None else table.by_key(alumni, [*keys]).values()
            for alumnus in found:
                if alumnus.key in self.model.people:  # else an entry of a later batch says so
                    self.model.people[alumnus.key].texts |= set(texts_of([alumnus], []))

    def texts_now(self) -> Collection[str]:
        """Hashes of the texts of everybody and everything here."""
        with self.reading() as records:
            stream = records.records.stream
            demands = [*stream(RecordKind.REQUESTS), *stream(RecordKind.OFFERINGS)]
            return texts_of(stream(RecordKind.ALUMNI), demands)

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """What a reader of its own sees."""
        if self._reader is not None and self._reader[0] != self.keys:
            self.stop_reading()
        if self._reader is None:
            self._reader = self.keys, SqlStore(self.database.url, self.clock, self.keys)
        with self._reader[1].read() as records:
            yield records

    def stop_reading(self) -> None:
        """No connection is left that another database would be in the way of."""
        if self._reader is not None:
            self._reader[1].close()
            self._reader = None
        self.database.close()

    def close(self) -> None:
        """Every process stops."""
        for process in self.processes:
            process.stop()
        self.stop_reading()
