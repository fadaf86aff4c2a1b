"""The server: its collections, and how they are brought to the state of the database.

Each row has a digest of its content. `bring` reads the digests and sends the rows that differ: after an interruption
the next run resumes, and a run without changes costs one read. While a collection is being written its mark is the
negative of that of the new state, so that no process takes it for complete.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from matcher.errors import IndexUnavailable
from matcher.index import SIDES, Contents, Side
from matcher.index.milvus.collection import Collection, Kind, connected, milvus_errors
from matcher.index.milvus.rows import changed_rows, digests, entities, mark_of, ranges
from matcher.index.milvus.search import MilvusIndex, Patience
from matcher.pool.columns import People
from matcher.pool.text_vectors import Vectors
from matcher.ports import Progress, Rows

_PREFIX = "alumnimatch"
_READ = 8000
"""Digests per read."""
_WRITE = 2000
"""Rows prepared at a time."""
_READ_NOW = 100_000
"""The most alumni compared while a ranking waits; more is work for `index build`."""
_SAMPLED = 64
_PAUSE = 0.2


@dataclass(frozen=True)
class _Change:
    """The update that a collection needs: rows to send, keys to remove."""

    send: Rows
    remove: Sequence[int]

    def __len__(self) -> int:
        return len(self.send) + len(self.remove)


@dataclass
class MilvusServer:
    """`IndexServer` on the Milvus at `url`; thread-safe. Connects at the first search."""

    url: str
    token: str = ""
    kind: Kind = "ivf"
    replicas: int = 1
    at_once: int = 5000
    """The most alumni sent while a ranking waits; more is work for `index build`."""
    patience: Patience = field(default_factory=Patience)
    _client: Any = field(default=None, init=False)
    _known: dict[str, MilvusIndex] = field(default_factory=dict, init=False)
    """The newest index of each collection, by its name."""
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False)

    def index(self, contents: Contents, side: Side) -> MilvusIndex:
        """See `IndexServer.index`. Waits a few seconds for another process that is writing."""
        name = self._name(contents, side)
        with self._lock:
            known = self._known.get(name)
            if known is not None and known.contents.origin == contents.origin:
                return known
            until = self.patience.until()
            try:
                return self._adopted(contents, side, known, until)
            except IndexUnavailable as problem:
                self.patience.failed(problem)
                raise

    def bring(self, contents: Contents, progress: Progress | None = None) -> None:
        """See `IndexServer.bring`. Collections of this database for other encoders and kinds are removed."""
        with self._lock:
            for number, side in enumerate(SIDES):
                collection = self._collection(contents, side)
                collection.ensure(anew=True)
                collection.mark(-mark_of(contents.origin))
                change = _difference(collection, contents.people, side)
                self._write(collection, contents, side, change, _part(progress, number, len(SIDES)))
                if len(change.send):
                    with suppress(IndexUnavailable):  # a busy server does it later by itself
                        collection.settle()
                self._remembered(collection, contents, side)
            current = {self._name(contents, side) for side in SIDES}
            for name in self._names(contents.database):
                if name not in current:
                    with milvus_errors():
                        self._connected().drop_collection(name)

    def differences(self, contents: Contents) -> list[str]:
        """See `IndexServer.differences`."""
        differences = []
        for side in SIDES:
            collection = self._collection(contents, side)
            with milvus_errors():
                exists = collection.client.has_collection(collection.name)
            if not exists:
                differences.append(f"milvus {side}")
                continue
            collection.ensure()
            change = _difference(collection, contents.people, side, newest=True)
            marked = collection.marked() == mark_of(contents.origin)
            wrong = _wrong_vectors(collection, contents.people, getattr(contents.people, side))
            counted = {"differ": len(change.send), "foreign": len(change.remove), "mark": not marked, "vectors": wrong}
            differences += [f"milvus {side} {what} {int(count)}" for what, count in counted.items() if count]
        return differences

    def forget(self, database: str, keys: Sequence[int]) -> list[int]:
        """See `IndexServer.forget`. Covers every collection of this database, whatever its encoder."""
        remaining: set[int] = set()
        for name in self._names(database):
            collection = Collection(self._connected(), name, self.kind, 0, self.replicas)
            collection.load()
            collection.delete(keys)
            remaining.update(collection.keys_among(keys))
        return sorted(remaining)

    def _adopted(self, contents: Contents, side: Side, known: MilvusIndex | None, until: float) -> MilvusIndex:
        """The index over a state that the collection has already, or is brought to now with a few changes."""
        collection = self._collection(contents, side)
        collection.ensure()
        mark = mark_of(contents.origin)
        while (marked := collection.marked()) == -mark and time.monotonic() < until:
            time.sleep(_PAUSE)
        if contents.past:  # outdated contents must not be written; a search notices too
            return MilvusIndex(collection, contents, side, self.patience)
        if marked == mark:
            collection.mark(
                mark
            )  # writing the mark pins session consistency: later reads see everything written before it
        else:
            before = known.contents if known is not None and marked == mark_of(known.contents.origin) else None
            self._follow(collection, contents, side, before)
        return self._remembered(collection, contents, side)

    def _follow(self, collection: Collection, contents: Contents, side: Side, before: Contents | None) -> None:
        """Brings a collection up to date with a few changes, from a known state or by reading its digests."""
        if before is not None:
            change = _Change(*changed_rows(before.people, contents.people, side))
        elif len(contents.people) > _READ_NOW:
            raise IndexUnavailable("index_behind")
        else:
            change = _difference(collection, contents.people, side, newest=True)
        if len(change) > self.at_once:
            raise IndexUnavailable("index_behind")
        if len(change):
            collection.mark(-mark_of(contents.origin))
        self._write(collection, contents, side, change, None)

    def _write(
        self, collection: Collection, contents: Contents, side: Side, change: _Change, progress: Progress | None
    ) -> None:
        """Sends and removes rows, then sets the mark, unless the data have changed meanwhile."""
        vectors = getattr(contents.people, side)
        collection.delete(change.remove)
        for start in range(0, len(change.send), _WRITE):
            rows = change.send[start : start + _WRITE]
            collection.write(entities(contents.people, vectors, rows))
            if progress:
                progress(start + len(rows), len(change.send))
        if not contents.past:
            collection.mark(mark_of(contents.origin))

    def _remembered(self, collection: Collection, contents: Contents, side: Side) -> MilvusIndex:
        index = self._known[collection.name] = MilvusIndex(collection, contents, side, self.patience)
        return index

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = connected(self.url, self.token)
            return self._client

    def _collection(self, contents: Contents, side: Side) -> Collection:
        dimension = getattr(contents.people, side).shape[1]
        return Collection(self._connected(), self._name(contents, side), self.kind, dimension, self.replicas)

    def _name(self, contents: Contents, side: Side) -> str:
        encoder = hashlib.sha256(contents.encoder.encode()).hexdigest()[:12]
        return f"{_prefix(contents.database)}_{encoder}_{side}_{self.kind}"

    def _names(self, database: str) -> list[str]:
        """The collections of a database."""
        client = self._connected()
        with milvus_errors():
            return [name for name in client.list_collections() if name.startswith(f"{_prefix(database)}_")]


def _prefix(database: str) -> str:
    return f"{_PREFIX}_{hashlib.sha256(database.encode()).hexdigest()[:12]}"


def _difference(collection: Collection, people: People, side: Side, *, newest: bool = False) -> _Change:
    """The update that a collection needs, by the digests of its rows."""
    order = np.argsort(people.key, kind="stable")
    vectors: Vectors = getattr(people, side)
    send, remove = [], []
    for after, up_to in ranges(people.key, _READ):
        block = order[np.searchsorted(people.key, after, "right", sorter=order) :][: 2 * _READ]
        block = block[people.key[block] <= up_to]
        expected = dict(zip(people.key[block].tolist(), digests(people, vectors, block).tolist(), strict=True))
        stored = dict(collection.held(after, up_to, newest=newest))
        send += [row for row, key in zip(block.tolist(), expected, strict=True) if stored.get(key) != expected[key]]
        remove += [key for key in stored if key not in expected]
    return _Change(np.array(sorted(send), np.int64), remove)


def _wrong_vectors(collection: Collection, people: People, vectors: Vectors) -> int:
    """How many of a sample of vectors differ from those of the pool; missing ones are counted elsewhere."""
    some = np.arange(len(people))[:: max(1, len(people) // _SAMPLED)][:_SAMPLED]
    keys = people.key[some].tolist()
    stored = collection.vectors(keys) if keys else {}
    return sum(
        not np.array_equal(stored[key], vectors[row])
        for key, row in zip(keys, some.tolist(), strict=True)
        if key in stored
    )


def _part(progress: Progress | None, number: int, of: int) -> Progress | None:
    """The progress of part `number` out of `of` equal parts."""
    if progress is None:
        return None
    report = progress

    def part(done: int, total: int) -> None:
        report(number * total + done, of * total)

    return part
