"""The pool of the newest revision: loaded, brought up to date or built when the database has changed.

Derived state only: a snapshot on disk is used when it is of this revision and encoder, and rebuilt, with a warning,
when it is damaged. One thread builds; the others wait for it, but for lists that may go on by the state before
(`matcher.engine.behind`). A ranking uses the pool that it started with.
"""

from __future__ import annotations

import hashlib
import logging
import socket
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from matcher.domain.consent import Terms
from matcher.domain.crebo import newest
from matcher.domain.records import Alumnus, Offering, RecordKind, Request
from matcher.engine.behind import Builder, is_fresh, left_behind
from matcher.engine.links import KeptLinks
from matcher.engine.vectors import TextVectors
from matcher.errors import Overloaded, SnapshotError, StoreError
from matcher.memory import many_objects
from matcher.pool import Pool
from matcher.pool.alumni_texts import AlumniTexts
from matcher.pool.build import build_pool, texts_of
from matcher.pool.builder import Sources
from matcher.pool.codes import hash_begins, hash_number
from matcher.pool.compare import differences
from matcher.pool.own_matches import demanded
from matcher.pool.snapshot import Seen, folder_of, forget, hold, load, mapped, save
from matcher.pool.update import changes_of, is_too_much, orphaned_texts, patched, redecided
from matcher.ports import Int8Matrix, LastErasure, Progress, SecondEncoder, Store
from matcher.repositories import Records

READ_AT_ONCE = 24
"""So many new texts are read by the second encoder while a question waits: at most a second. More are read ahead."""
_BUILDS = 3
"""So often another process builds a pool while more comes in; then this one does."""
_Record = TypeVar("_Record", Alumnus, Request, Offering)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Snapshots:
    """The snapshots of one encoder in a folder; without a folder, none."""

    folder: Path | None
    encoder: str
    days: int
    """How long a snapshot is held once an alumnus was ranked by it."""
    second: str = ""
    """The id of the second encoder; empty without one."""
    seen: Seen = field(default_factory=Seen, repr=False, compare=False)

    def load(self, origin: str, second: str | None = None) -> Pool | None:
        """The pool of this state; None if there is no snapshot of it. Raises SnapshotError for a damaged one.

        `second`: the second encoder that it must have, empty for none; None for that of this installation if there is
        such a snapshot, else none.
        """
        if self.folder is None:
            return None
        for wanted in dict.fromkeys([self.second, ""]) if second is None else [second]:
            pool = load(self.folder, origin, self.encoder, wanted, self.seen)
            if pool is not None:
                return pool
        return None

    def load_whole(self, origin: str, second: str | None = None) -> Pool | None:
        """`load`; None for a damaged one too, with a warning."""
        try:
            return self.load(origin, second)
        except SnapshotError as error:
            log.warning("%s", error)
            return None

    def has(self, origin: str) -> bool:
        """Whether there is a snapshot of this state, whole or not."""
        folder = self.folder
        return folder is not None and any(
            folder_of(folder, origin, self.encoder, second).is_dir() for second in {self.second, ""}
        )

    def has_second(self, origin: str) -> bool:
        """Whether there is a snapshot of this state that the second encoder has read."""
        return self.folder is not None and folder_of(self.folder, origin, self.encoder, self.second).is_dir()

    def save(self, pool: Pool) -> Path | None:
        """Saves a snapshot and returns its folder; None, with a warning, if that fails."""
        if self.folder is None:
            return None
        try:
            return save(pool, self.folder, held_days=self.days, seen=self.seen)
        except OSError as error:
            log.warning("%s", SnapshotError("snapshot_not_saved", problem=error.strerror or ""))
            return None

    def mapped(self, pool: Pool, folder: Path) -> Pool:
        """The pool with its columns in the files of its snapshot, as far as those are there."""
        try:
            return mapped(pool, folder, self.seen)
        except SnapshotError:  # another process has just removed it
            return pool

    def hold(self, pool: Pool) -> None:
        """Holds the snapshot of a pool by which an alumnus was ranked, so that the ranking can be replayed."""
        if self.folder is not None:
            hold(self.folder, pool.origin, pool.encoder, pool.second_id)

    def forget(self, erasure: LastErasure) -> bool:
        """Removes what is from before an erasure; False, with a warning, if something could not be removed."""
        left = [] if self.folder is None else forget(self.folder, erasure, self.seen)
        if left:
            log.warning("%s", SnapshotError("snapshot_not_removed", count=len(left)))
        return not left

    @cached_property
    def name(self) -> str:
        """A digest of this machine and folder, by which the database knows it; empty without a folder."""
        if self.folder is None:
            return ""
        place = f"{socket.gethostname()}\0{self.folder.resolve()}"
        return hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()[:16]


@dataclass(frozen=True)
class Apart:
    """How another process builds a pool."""

    build: Callable[[], str | None]
    """Builds the snapshot of the newest state, waits for it, and returns the origin of that state; None if it fails."""
    least: int = 5000
    """With so many alumni; for fewer its start takes longer than the building."""


@dataclass(frozen=True)
class _Before:
    """A pool, a newer state, and the pool by which lists may go on until the pool of that is there; None for none."""

    pool: Pool
    newest: str
    behind: Pool | None


class CurrentPool:
    """The newest pool of a store; may be shared by threads. `on_change` is called with each new one.

    `before_change` is called before a question can be answered by it.
    """

    def __init__(
        self,
        store: Store,
        vectors: TextVectors,
        snapshots: Snapshots,
        *,
        terms: Terms,
        second: TextVectors | None = None,
        patience: float | None = None,
        apart: Apart | None = None,
        before_change: Callable[[], object] | None = None,
        on_change: Callable[[Pool], object] | None = None,
    ) -> None:
        self.snapshots = snapshots
        self._apart = apart
        self._store = store
        self._vectors, self._second = vectors, second
        self._terms, self._links = terms, KeptLinks()
        self._patience = patience
        self._before_change, self._on_change = before_change, on_change
        self._pool: Pool | None = None
        self._lock = threading.RLock()
        self._behind: _Before | None = None
        self._is_building = False
        self._builder = Builder(self.pool, snapshots.folder)

    def pool(self, origin: str | None = None, progress: Progress | None = None) -> Pool:
        """The pool at the store's newest revision; texts without a vector are encoded, `progress` counts them.

        `origin`: that of the newest revision, where the caller has just read it. Raises Overloaded if another
        question is building the pool and takes longer than `patience`.
        """
        pool = self._pool
        if pool is not None and self._is_newest(pool, self._store.origin() if origin is None else origin):
            return pool
        with self._waiting():
            pool, newest = self._pool, self._store.origin()
            if pool is not None and self._is_newest(pool, newest):
                return pool
            with self._finishing():
                loaded = self.snapshots.load_whole(newest)
                if loaded is not None and loaded.tells_unsaid:  # one of an earlier version is good for replays alone
                    return self._replace(loaded)
                changed = None if pool is None else self.updated(pool)
                return self._replace(self._built(progress) if changed is None else self._save(changed))

    def for_others(self) -> Pool:
        """The newest pool, by a process that builds it for others.

        One that is there is built again with the second encoder, where that has read all texts since.
        """
        is_there = self.snapshots.has(self._store.origin())
        pool = self.pool()
        if is_there and self.reads and pool.second is None and self.read_ahead(lambda: True):
            return self.pool()
        return pool

    def at_hand(self, origin: str) -> Pool | None:
        """The pool of this state, where it is in memory and the one to use; None where it is yet to be made."""
        pool = self._pool
        return pool if pool is not None and self._is_newest(pool, origin) else None

    def before(self, origin: str, now: datetime) -> Pool | None:
        """The pool of the state before this one, by which lists may go on while that of this one is built.

        The build is started. None where the newest can be had at once, and where lists have to wait for it. `now`: the
        moment of the question.
        """
        pool = self._of_many
        if pool is None or self._is_newest(pool, origin):
            return None
        if not (self._is_building or self._takes_long(pool, origin)):
            return None
        behind = self._left_behind(pool, origin)
        if behind is None or not is_fresh(behind, now):
            return None
        self._builder.start()
        return behind

    def follow(self, seen: str) -> str:
        """Brings a pool of many alumni up to a state, which is still the newest: nobody has asked for it yet.

        `seen`: the newest state of a moment ago; while an import goes on there is another each time, and nothing is
        done. Returns that of now. One that takes long is built in the background. Raises Overloaded.
        """
        pool, origin = self._of_many, self._store.origin()
        if pool is not None and origin == seen and not self._is_building and not self._is_newest(pool, origin):
            if self._takes_long(pool, origin):
                self._left_behind(pool, origin)
                self._builder.start()
            else:
                self.pool(origin)
        return origin

    @property
    def _of_many(self) -> Pool | None:
        """The pool in memory, if it is of so many alumni that another process builds the next; else None."""
        pool = self._pool
        return None if pool is None or self._apart is None or len(pool.people) < self._apart.least else pool

    def _takes_long(self, pool: Pool, origin: str) -> bool:
        """Whether the pool of this state has to be built, and cannot be loaded or merged from the one before."""
        if pool.origin == origin or self.snapshots.has(origin):
            return False
        known = self._behind
        if known is not None and known.pool is pool and known.newest == origin:
            return True
        with self._store.read() as records:
            links = self._links.at(records)
            about = records.changes.since(pool.origin)
            if about is None or pool.linked_again(links) is None:
                return True
            return is_too_much(pool, about | redecided(pool, links))

    def _left_behind(self, pool: Pool, origin: str) -> Pool | None:
        """The pool without whoever changed since, where lists may go on by it; found once for each newer state."""
        known = self._behind
        if known is None or known.pool is not pool or known.newest != origin:
            self.snapshots.hold(pool)  # what is built next would remove it, and lists of it are to be made once more
            with self._store.read() as records:
                newest, changes = records.changes.origin(), records.changes.since(pool.origin)
                known = _Before(pool, newest, left_behind(pool, records, changes))
            self._behind = known
        return known.behind

    def wait(self, seconds: float | None = None) -> None:
        """Waits until a pool that is built in the background is there, or so long."""
        self._builder.wait(seconds)

    def _is_newest(self, pool: Pool, origin: str) -> bool:
        """Whether this is the pool to use: that of this state, unless the second encoder has read all texts since."""
        return pool.origin == origin and not (self.reads and pool.second is None and self.snapshots.has_second(origin))

    @property
    def reads(self) -> bool:
        """Whether there is a second encoder."""
        return self._second is not None

    def read_ahead(self, stopped: Callable[[], bool] = bool, progress: Progress | None = None) -> bool:
        """Lets the second encoder read all texts of the newest state, and uses what it made of them from then on.

        One block of texts after another, until `stopped`, so that others go on meanwhile. Whether rankings count it
        now: not where there is no second encoder, or texts have been added while it read.
        """
        if self._second is None:
            return False
        if (pool := self.pool()).second is not None:
            return True
        origin, texts = self._texts()
        if not self._second.encode_ahead(texts, origin, stopped, progress):
            return False
        with self._lock, self._finishing():
            pool = self._built(None)
            if pool.second is not None:
                self._replace(pool)
            return pool.second is not None

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """Holds the lock; raises Overloaded if another holds it too long: its pool serves the next question."""
        if not self._lock.acquire(timeout=-1 if self._patience is None else self._patience):
            raise Overloaded("being_built")
        try:
            yield
        finally:
            self._lock.release()

    @property
    def in_memory(self) -> Pool | None:
        """The pool that was used last, whatever its revision; None before the first."""
        return self._pool

    @property
    def ready(self) -> bool:
        """Whether the pool of the newest revision is in memory; raises StoreUnavailable without a database."""
        return self._pool is not None and self._pool.origin == self._store.origin()

    def at(self, origin: str, second: str = "") -> Pool | None:
        """The pool of this state of the data, read by this second encoder; None if its snapshot is gone or damaged."""
        newest = self.pool()
        if newest.origin == origin:
            if newest.second_id == second:
                return newest
            if not second:
                return newest.without_second()
        earlier = self.snapshots.load_whole(origin, second)
        return None if earlier is None else self._as_set(earlier)

    def use(self, pool: Pool) -> None:
        """Uses this pool from now on, as long as it is the newest according to the store: for measurements."""
        with self._lock:
            self._replace(pool)

    def recall(self) -> None:
        """Loads the snapshot of the newest state into memory, if there is one and no pool is loaded yet."""
        with self._lock, self._finishing():
            pool = None if self._pool is not None else self.snapshots.load_whole(self._store.origin())
            if pool is not None and pool.tells_unsaid:
                self._replace(pool)

    def rebuild(self, progress: Progress | None = None, *, encode_again: bool = False) -> Pool:
        """A pool built from the database, whatever the snapshot on disk says; with `encode_again`, all vectors too."""
        with self._lock, self._finishing():
            if encode_again:
                self._vectors.forget()
                if self._second is not None:
                    self._second.forget()
            return self._replace(self._save(self._build(progress)))

    def finish(self) -> bool:
        """Does this process's part of erasures: removes from its folder what is from before the last one.

        False if something could not be removed. Any process may have erased. Raises StoreUnavailable.
        """
        folders, snapshots = self._store.cache_folders, self.snapshots
        erasure = folders.last_erasure()
        is_clean = erasure is None or snapshots.forget(erasure)
        if snapshots.name and is_clean:
            folders.cleaned(snapshots.name, erasure.revision if erasure else 0)
        return is_clean

    @contextmanager
    def _finishing(self) -> Iterator[None]:
        """Runs `finish` once a pool was read, where it must not stop a question.

        Not before it: questions do not come here again until the data change, so an erasure that the pool already
        knows would stay in the folder as long.
        """
        try:
            yield
        finally:
            try:
                self.finish()
            except StoreError as error:  # a database that can be read only
                log.warning("erasure_not_finished %s", error.code)

    def forget_past(self, hashes: Collection[str]) -> tuple[Pool, list[str]]:
        """The newest pool, after an erasure; `finish` is the caller's.

        Removes vectors of texts that no record has any more, whichever process stored them. Returns the pool, and
        those of `hashes` that still have a vector though no record has their text.
        """
        with self._lock:
            pool = self.pool()
            used = self._texts_in(pool)
            self._vectors.keep_only(map(hash_begins, used))
            stored = self._vectors.stored(hashes)
            return pool, [hash_ for hash_ in hashes if hash_ in stored and hash_number(hash_) not in used]

    def _texts_in(self, pool: Pool) -> set[int]:
        """The numbers of the texts of all alumni in the pool, and of all requests and offerings."""
        with self._store.read() as records:
            demands = texts_of([], [*_demands(records)])
        return {*pool.people.texts.number.tolist(), *map(hash_number, demands)}

    def differences(self) -> tuple[Pool, list[str]]:
        """A pool newly built from the database, and the parts of the one in memory or on disk that differ from it."""
        fresh = build_pool(self._sources(None))
        try:
            current = self._pool if self.ready else self.snapshots.load(fresh.origin)
        except SnapshotError as error:
            return fresh, [f"snapshot {error.values.get('file', '')}".strip()]
        if current is None or not current.tells_unsaid:
            return fresh, []
        if current.second is None or fresh.second is None:  # what is still to be read is no difference
            current, fresh = current.without_second(), fresh.without_second()
        return fresh, differences(current, fresh)

    def updated(self, pool: Pool) -> Pool | None:
        """An earlier pool with later changes applied; None if it must be rebuilt.

        Vectors of texts that no record has any more are removed: a later erasure could not know whose they were.
        """
        with self._store.read() as records:
            links = self._links.at(records)
            linked = pool.linked_again(links)
            if linked is None:  # another vocabulary: nothing less than all of it
                return None
            changed = changes_of(linked, records, redecided(pool, links))
        if changed is None:
            return None
        pool = linked
        vectors, of_words = self._vectors.encode(changed.texts), self._vectors.of_words
        meanings = self._read(changed.texts) if pool.second else {}
        if meanings is None:
            pool, meanings = pool.without_second(), {}
        updated = patched(pool, replace(changed, vectors=vectors, of_words=of_words, meanings=meanings))
        if updated is not None:
            orphaned = list(map(hash_begins, orphaned_texts(pool, changed, updated)))
            for of in filter(None, (self._vectors, self._second)):
                of.drop(orphaned)
        return updated

    def _replace(self, pool: Pool) -> Pool:
        if self._before_change is not None:
            self._before_change()
        pool = self._pool = self._as_set(pool)
        self._behind = None
        if self._on_change is not None:
            self._on_change(pool)
        self._builder.succeeded()
        return pool

    def _as_set(self, pool: Pool) -> Pool:
        """The pool under the terms of consent, and what schools had chosen at the moment of its state."""
        _, _, moment = pool.origin.partition(" ")
        at = datetime.fromisoformat(moment) if moment else None
        with self._store.read() as records:
            closed, asks = records.school_settings.closed(at), records.school_settings.asks(at)
            links = self._links.at(records, at)
        return pool.with_links(links).with_terms(self._terms).with_closed(closed).with_asks(asks)

    def _build(self, progress: Progress | None) -> Pool:
        """Builds the pool from the database, and removes vectors of texts that no record has any more."""
        with many_objects():
            sources = self._sources(progress)
            self._vectors.keep_only(sources.vectors)
            return build_pool(sources)

    def _built(self, progress: Progress | None) -> Pool:
        """A new pool and its snapshot, of many alumni from another process: it takes its memory with it when it ends.

        Answers of this process go on meanwhile. Where that process made none, this one builds it.
        """
        with self._building():
            if self._apart is not None and self.snapshots.folder is not None and self._are_many(self._apart.least):
                for _ in range(_BUILDS):
                    pool = self._built_apart(self._apart)
                    if pool is None:
                        break
                    if pool.origin == self._store.origin():
                        return pool
                    self._replace(pool)  # more came in meanwhile; lists go on by this one
            return self._save(self._build(progress))

    @contextmanager
    def _building(self) -> Iterator[None]:
        self._is_building = True
        try:
            yield
        finally:
            self._is_building = False

    def _built_apart(self, apart: Apart) -> Pool | None:
        """What another process built: of the newest state, or of a later one than before; None if it failed."""
        made = apart.build()
        newest = self._store.origin()
        for origin in dict.fromkeys([newest, made or newest]):
            loaded = self.snapshots.load_whole(origin)
            if loaded is not None and loaded.tells_unsaid:
                changed = None if origin == newest else self.updated(self._as_set(loaded))
                return loaded if changed is None else self._save(changed)
        return None

    def _are_many(self, least: int) -> bool:
        with self._store.read() as records:
            return records.records.count(RecordKind.ALUMNI) >= least

    def _save(self, pool: Pool) -> Pool:
        folder = self.snapshots.save(pool)
        if folder is None:
            return pool
        # an erasure may have happened meanwhile, and cannot see this folder
        erasure = self._store.cache_folders.last_erasure()
        if erasure is not None and not self.snapshots.forget(erasure):
            return pool
        return self.snapshots.mapped(pool, folder)

    def _sources(self, progress: Progress | None) -> Sources:
        """Everything of one revision, in one read; texts are encoded afterwards, since that may take long."""
        encoder = self._vectors.encoder
        with self._store.read() as records:
            sources = Sources(
                revision=records.changes.revision(),
                origin=records.changes.origin(),
                encoder=encoder.id,
                scale=encoder.scale,
                alumni=_by_key(_stream(records, RecordKind.ALUMNI)),
                requests=_by_key(_stream(records, RecordKind.REQUESTS)),
                offerings=_by_key(_stream(records, RecordKind.OFFERINGS)),
                ledger=list(records.ledger.all()),
                conflicts=list(records.conflicts.all()),
                first_places=list(records.exposures.all()),
                own_demands=demanded(records),
                stopped=records.demands.stopped(),
                of_words=self._vectors.of_words,
                places=records.places.all(),
                vectors={},
                busy=records.calendars.busy(),
                links=self._links.at(records),
                own_meanings=records.own_meanings.of(),
                newest=newest(records.programmes.successors()),
            )
        read = AlumniTexts(sources.alumni)
        rare = read.rare()
        texts = texts_of(read, [*sources.requests, *sources.offerings], rare, sources.hashes)
        sources = replace(sources, vectors=self._vectors.encode(texts, progress), rare=rare, read=read)
        meanings = self._read(texts)
        if self._second is None or meanings is None:
            return sources
        encoder = self._second.encoder
        return replace(sources, second=SecondEncoder(encoder.id, encoder.scale), meanings=meanings)

    def _read(self, texts: Mapping[str, str]) -> dict[str, Int8Matrix] | None:
        """What the second encoder makes of these texts; None without one, or where too many are new for now."""
        return None if self._second is None else self._second.at_hand(texts, READ_AT_ONCE)

    def _texts(self) -> tuple[str, dict[str, str]]:
        """The newest state, and all its texts by hash."""
        with self._store.read() as records:
            origin = records.changes.origin()
            alumni, demands = list(_stream(records, RecordKind.ALUMNI)), [*_demands(records)]
        read = AlumniTexts(alumni)
        return origin, texts_of(read, demands, read.rare())


def _stream(records: Records, kind: RecordKind) -> Iterator[Any]:
    return records.records.stream(kind)


def _demands(records: Records) -> Iterator[Any]:
    yield from _stream(records, RecordKind.REQUESTS)
    yield from _stream(records, RecordKind.OFFERINGS)


def _by_key(records: Iterable[_Record]) -> list[_Record]:
    """In the order of the random keys: the same rows, whatever the order in which the store gives them."""
    return sorted(records, key=lambda record: record.key)
