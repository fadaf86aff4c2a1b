"""Holds the pool of the newest revision and its indexes, and makes new ones when the database has changed.

Derived state only: a snapshot on disk is used when it is of this revision and encoder, and rebuilt, with a warning,
when it is damaged. One thread builds; the others wait for it. A ranking keeps the pool that it began with.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from matcher.domain.consent import Terms
from matcher.domain.records import Alumnus, Offering, RecordKind, Request
from matcher.errors import IndexUnavailable, Overloaded, SnapshotError
from matcher.index import MAKERS, Contents, IndexServer, Side
from matcher.matching.observer import RankingObserver
from matcher.matching.thresholds import LIMITS, Limits
from matcher.matching.weights import Weights, shipped
from matcher.pool import Pool
from matcher.pool.build import build_pool, texts_of
from matcher.pool.builder import Sources
from matcher.pool.codes import hash_begins, hash_number
from matcher.pool.compare import differences
from matcher.pool.snapshot import folder_of, forget, hold, load, save
from matcher.pool.update import changes_of, orphaned_texts, patched
from matcher.ports import Clock, Encoder, Int8Matrix, Progress, Records, Store, VectorIndex

_Record = TypeVar("_Record", Alumnus, Request, Offering)

log = logging.getLogger(__name__)

_ENCODE_BLOCK = 512
"""Texts encoded and saved at a time: what is done stays done when the process is killed."""

_REMEMBERED = 256
_SAMPLED = 64
"""Stored vectors that a verification makes again."""


@dataclass
class Engine:
    """The state that the use cases share; thread-safe."""

    store: Store
    encoder: Encoder
    clock: Clock
    index: str = "faiss"
    server: IndexServer | None = None
    """An index on other machines, instead of one here."""
    cache: Path | None = None
    weights: Weights = field(default_factory=shipped)
    replay_days: int = 30
    """So long a snapshot that somebody was ranked by is held."""
    limits: Limits = LIMITS
    patience: float | None = None
    """Seconds that a question waits while another builds; None is as long as it takes."""
    watch: RankingObserver | None = None
    """Who is told how long rankings take."""
    terms: Terms = field(default_factory=Terms)
    """How long consents count; every pool that is ranked by gets them."""
    _pool: Pool | None = field(default=None, init=False)
    _indexes: dict[str, VectorIndex] = field(default_factory=dict, init=False)
    _asked: dict[str, Int8Matrix] = field(default_factory=dict, init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False)

    def pool(self, progress: Progress | None = None) -> Pool:
        """The pool at the store's newest revision; texts without a vector are encoded, `progress` counts them.

        Raises Busy where another question has it built, and that takes longer than `patience`.
        """
        pool = self._pool
        if pool is not None and pool.origin == self.store.origin():
            return pool
        with self._waited():
            pool, origin = self._pool, self.store.origin()
            if pool is not None and pool.origin == origin:
                return pool
            made = self._loaded(origin)
            if made is None and pool is not None:
                made = self._patched(pool)
                made = made and self._saved(made)
            return self._replace(made or self._saved(self._built(progress)))

    @contextmanager
    def _waited(self) -> Iterator[None]:
        """Alone; raises Busy where another is not done in time: who builds goes on, and the next question has it."""
        if not self._lock.acquire(timeout=-1 if self.patience is None else self.patience):
            raise Overloaded("being_built")
        try:
            yield
        finally:
            self._lock.release()

    def _patched(self, pool: Pool) -> Pool | None:
        """The pool before with what changed since as it is now; None where it must be built anew.

        Vectors of texts that nobody has any more go: an erasure later could not know that they were somebody's.
        """
        with self.store.read() as records:
            changed = changes_of(pool, records)
        if changed is None:
            return None
        made = patched(pool, replace(changed, vectors=self.encode(changed.texts)))
        if made is not None:
            self.store.vectors.drop(self.encoder.id, map(hash_begins, orphaned_texts(pool, changed, made)))
        return made

    def use(self, pool: Pool) -> None:
        """Ranks by this pool from now on, as long as the store says that it is the newest: for measuring."""
        with self._lock:
            self._replace(pool)

    def rebuild(self, progress: Progress | None = None, *, encode_again: bool = False) -> Pool:
        """A pool built from the database, whatever the snapshot on disk says; all vectors too where asked."""
        with self._lock:
            if encode_again:
                self.store.vectors.prune(self.encoder.id, ())
            return self._replace(self._saved(self._built(progress)))

    def hold(self, pool: Pool) -> None:
        """Holds the snapshot of a pool that somebody was ranked by, so that the ranking can be asked again."""
        if self.cache is not None:
            hold(self.cache, pool.origin, pool.encoder)

    def at(self, origin: str) -> Pool | None:
        """The pool of this state of the data; None where its snapshot is no longer held, or is damaged."""
        pool = self.pool()
        if pool.origin == origin:
            return pool
        earlier = self._loaded(origin)
        return None if earlier is None else earlier.with_terms(self.terms)

    def recall(self) -> None:
        """Takes the snapshot of the newest state into memory, where there is one and nothing is there yet."""
        with self._lock:
            found = None if self._pool is not None else self._loaded(self.store.origin())
            if found is not None:
                self._replace(found)

    def forget_past(self, hashes: Collection[str]) -> tuple[Pool, list[str]]:
        """The newest pool, and no snapshot but its own: somebody was erased, and is in the others as a random key.

        Vectors of texts that nobody has any more go too, whichever process has put them there. Besides the pool those
        of these hashes that have a vector though the text is nobody's.
        """
        with self._lock:
            kept: Path | None = None
            try:
                pool = self.pool()
                kept = self.cache and folder_of(self.cache, pool.origin, pool.encoder)
                used = self._texts_in(pool)
                self.store.vectors.prune(self.encoder.id, map(hash_begins, used))
                left = self.store.vectors.load(self.encoder.id, hashes)
                return pool, [hash_ for hash_ in left if hash_number(hash_) not in used]
            finally:
                if self.cache is not None:
                    forget(self.cache, but=kept)

    def _texts_in(self, pool: Pool) -> set[int]:
        """The numbers of the texts of everybody in the pool, and of all requests and offerings."""
        with self.store.read() as records:
            demands = texts_of([], [*_demands(records)])
        people = pool.people
        return {*people.can_text.tolist(), *people.wants_text.tolist(), *map(hash_number, demands)}

    def verify(self) -> list[str]:
        """The parts of pool, snapshot and vectors that are not what database and encoder say; repairs nothing."""
        fresh = build_pool(self._sources(None))
        try:
            kept = self._pool if self.ready else self._read(fresh.origin)
        except SnapshotError as error:
            return [f"snapshot {error.values.get('file', '')}".strip(), *self._wrong_vectors()]
        found = [*(differences(kept, fresh) if kept is not None else ()), *self._wrong_vectors()]
        return found + (self.server.differences(self._contents(fresh)) if self.server else [])

    def _wrong_vectors(self) -> list[str]:
        """Whether stored vectors are those of their texts, for a sample of texts spread over all."""
        with self.store.read() as records:
            texts = texts_of(
                _stream(records, RecordKind.ALUMNI),
                [*_demands(records)],
            )
        hashes = sorted(texts)[:: max(1, len(texts) // _SAMPLED)][:_SAMPLED]
        stored = self.store.vectors.load(self.encoder.id, hashes)
        again = self.encoder.encode([texts[hash_] for hash_ in hashes])
        wrong = [
            hash_
            for hash_, vector in zip(hashes, again, strict=True)
            if hash_ in stored and not np.array_equal(stored[hash_], vector)
        ]
        return [f"vectors {len(wrong)}/{len(hashes)}"] if wrong else []

    @property
    def in_memory(self) -> Pool | None:
        """The pool that was used last, whatever its revision; None before the first."""
        return self._pool

    @property
    def ready(self) -> bool:
        """Whether the pool of the newest revision is in memory; raises StoreUnavailable without a database."""
        return self._pool is not None and self._pool.origin == self.store.origin()

    def index_of(self, pool: Pool, side: Side) -> VectorIndex | None:
        """The index over one side of the alumni of this pool; None when the pool is no longer the newest.

        Raises IndexUnavailable where it is on other machines and they do not answer.
        """
        with self._lock:
            base = self._pool
            if base is None or base.people is not pool.people:
                return None
            if self.server is None:
                if side not in self._indexes:
                    self._indexes[side] = MAKERS[self.index](getattr(pool.people, side))
                return self._indexes[side]
        return self.server.index(self._contents(base), side)

    def serve_index(self, progress: Progress | None = None) -> None:
        """Brings the index on other machines, where there is one, to the newest state. Raises IndexUnavailable."""
        if self.server is not None:
            self.server.bring(self._contents(self.pool()), progress)

    def forget_served(self, keys: Sequence[int]) -> list[int]:
        """Removes alumni from the index on other machines; those who may be there still, all when it is away."""
        try:
            return self.server.forget(self._identity(), keys) if self.server else []
        except IndexUnavailable as error:
            log.warning("%s", error)
            return list(keys)

    def _identity(self) -> str:
        with self.store.read() as records:
            return records.changes.identity()

    def _contents(self, pool: Pool) -> Contents:
        return Contents(self._identity(), pool.encoder, pool.origin, pool.people, self.store.origin)

    def encode(self, texts: Mapping[str, str], progress: Progress | None = None) -> dict[str, Int8Matrix]:
        """Canonical vectors by text hash: from the cache where they are, else encoded and cached."""
        vectors = self.store.vectors.load(self.encoder.id, texts)
        missing = [hash_ for hash_ in texts if hash_ not in vectors]
        for start in range(0, len(missing), _ENCODE_BLOCK):
            block = missing[start : start + _ENCODE_BLOCK]
            encoded = self.encoder.encode([texts[hash_] for hash_ in block])
            made = dict(zip(block, encoded, strict=True))
            self.store.vectors.save(self.encoder.id, made)
            vectors |= made
            if progress:
                progress(start + len(block), len(missing))
        return vectors

    def encode_query(self, text: str) -> Int8Matrix:
        """The canonical vector of a text that is asked but not kept: remembered in memory only, the last few."""
        vector = self._asked.get(text)
        if self.watch is not None:
            self.watch.query_vector(found=vector is not None)
        if vector is None:
            vector = self._asked[text] = self.encoder.encode([text])[0]
            while len(self._asked) > _REMEMBERED:
                self._asked.pop(next(iter(self._asked)), None)
        return vector

    def _replace(self, pool: Pool) -> Pool:
        before, pool = self._pool, pool.with_terms(self.terms)
        self._indexes = {
            side: index
            for side, index in self._indexes.items()
            if before is not None and getattr(before.people, side) is getattr(pool.people, side)
        }
        self._pool = pool
        return pool

    def _read(self, origin: str) -> Pool | None:
        return None if self.cache is None else load(self.cache, origin, self.encoder.id)

    def _loaded(self, origin: str) -> Pool | None:
        try:
            return self._read(origin)
        except SnapshotError as error:
            log.warning("%s", error)
            return None

    def _built(self, progress: Progress | None) -> Pool:
        """Built anew; vectors of texts that are nobody's any more go."""
        sources = self._sources(progress)
        self.store.vectors.prune(self.encoder.id, sources.vectors)
        return build_pool(sources)

    def _saved(self, pool: Pool) -> Pool:
        if self.cache is not None:
            try:
                folder = save(pool, self.cache, held_days=self.replay_days)
                if self.store.origin() != pool.origin:  # the change meanwhile may be an erasure, which cannot see this
                    shutil.rmtree(folder, ignore_errors=True)
            except OSError as error:
                log.warning("%s", SnapshotError("snapshot_not_saved", problem=error.strerror or ""))
        return pool

    def _sources(self, progress: Progress | None) -> Sources:
        """Everything of one revision, read at once; texts are encoded after that, since it may take long."""
        with self.store.read() as records:
            sources = Sources(
                revision=records.changes.revision(),
                origin=records.changes.origin(),
                encoder=self.encoder.id,
                scale=self.encoder.scale,
                alumni=_by_key(_stream(records, RecordKind.ALUMNI)),
                requests=_by_key(_stream(records, RecordKind.REQUESTS)),
                offerings=_by_key(_stream(records, RecordKind.OFFERINGS)),
                ledger=list(records.ledger.all()),
                conflicts=list(records.conflicts.all()),
                places=records.places.all(),
                vectors={},
            )
        texts = texts_of(sources.alumni, [*sources.requests, *sources.offerings])
        return replace(sources, vectors=self.encode(texts, progress))


def _stream(records: Records, kind: RecordKind) -> Iterator[Any]:
    return records.records.stream(kind)


def _demands(records: Records) -> Iterator[Any]:
    yield from _stream(records, RecordKind.REQUESTS)
    yield from _stream(records, RecordKind.OFFERINGS)


def _by_key(records: Iterable[_Record]) -> list[_Record]:
    """In the order of the random keys: the same rows, whatever the order in which the store gives them."""
    return sorted(records, key=lambda record: record.key)
