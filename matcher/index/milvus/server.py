"""The server: which collections hold what, and how they are brought to the state of the database.

Each row has a digest of all that it holds. Bringing reads the digests, and sends what differs: a run that was killed
goes on where it left off, and one that finds nothing to do costs one reading. While a collection is being written its
mark is the negative of that of the new state, so nobody takes it for whole.
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
from matcher.index.milvus.collection import Collection, Kind, connected, told
from matcher.index.milvus.rows import changed_rows, digests, entities, mark_of, ranges
from matcher.index.milvus.search import MilvusIndex, Patience
from matcher.pool.columns import People
from matcher.ports import Int8Matrix, Progress, Rows

_PREFIX = "alumnimatch"
_READ = 8000
"""Digests read at a time."""
_WRITE = 2000
"""Rows made ready at a time."""
_READ_NOW = 100_000
"""So many alumni are compared while somebody waits for a ranking; more is work for `index build`."""
_SAMPLED = 64
_PAUSE = 0.2


@dataclass(frozen=True)
class _Change:
    """What a collection needs: rows to send, keys to remove."""

    send: Rows
    remove: Sequence[int]

    def __len__(self) -> int:
        return len(self.send) + len(self.remove)


@dataclass
class MilvusServer:
    """`IndexServer` on a Milvus at this address; thread-safe. Nothing is asked of it before the first search."""

    url: str
    token: str = ""
    kind: Kind = "ivf"
    replicas: int = 1
    at_once: int = 5000
    """So many alumni are sent while somebody waits for a ranking; more is work for `index build`."""
    patience: Patience = field(default_factory=Patience)
    _client: Any = field(default=None, init=False)
    _known: dict[str, MilvusIndex] = field(default_factory=dict, init=False)
    """The index that was made last for each collection."""
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False)

    def index(self, contents: Contents, side: Side) -> MilvusIndex:
        """See `IndexServer.index`. Another process that is writing is waited for, a few seconds."""
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
                    with suppress(IndexUnavailable):  # a server that is busy does it later by itself
                        collection.settle()
                self._remembered(collection, contents, side)
            kept = {self._name(contents, side) for side in SIDES}
            for name in self._names(contents.database):
                if name not in kept:
                    with told():
                        self._connected().drop_collection(name)

    def differences(self, contents: Contents) -> list[str]:
        """See `IndexServer.differences`."""
        found = []
        for side in SIDES:
            collection = self._collection(contents, side)
            with told():
                there = collection.client.has_collection(collection.name)
            if not there:
                found.append(f"milvus {side}")
                continue
            collection.ensure()
            change = _difference(collection, contents.people, side, newest=True)
            marked = collection.marked() == mark_of(contents.origin)
            wrong = _wrong_vectors(collection, contents.people, getattr(contents.people, side))
            counted = {"differ": len(change.send), "foreign": len(change.remove), "mark": not marked, "vectors": wrong}
            found += [f"milvus {side} {what} {int(count)}" for what, count in counted.items() if count]
        return found

    def forget(self, database: str, keys: Sequence[int]) -> list[int]:
        """See `IndexServer.forget`: every collection of this database is looked in, whatever its encoder."""
        found: set[int] = set()
        for name in self._names(database):
            collection = Collection(self._connected(), name, self.kind, 0, self.replicas)
            collection.load()
            collection.delete(keys)
            found.update(collection.keys_among(keys))
        return sorted(found)

    def _adopted(self, contents: Contents, side: Side, known: MilvusIndex | None, until: float) -> MilvusIndex:
        """The index over a state that the collection is at, or is brought to here with few changes."""
        collection = self._collection(contents, side)
        collection.ensure()
        mark = mark_of(contents.origin)
        while (there := collection.marked()) == -mark and time.monotonic() < until:
            time.sleep(_PAUSE)
        if contents.past:  # not ours to write any more: a search finds that out too
            return MilvusIndex(collection, contents, side, self.patience)
        if there == mark:
            collection.mark(mark)  # from now on this process sees at least what led to it
        else:
            before = known.contents if known is not None and there == mark_of(known.contents.origin) else None
            self._follow(collection, contents, side, before)
        return self._remembered(collection, contents, side)

    def _follow(self, collection: Collection, contents: Contents, side: Side, before: Contents | None) -> None:
        """Brings a collection along with few changes: from a state that is known, or by reading what it holds."""
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
        """Sends and removes, then sets the mark; where the data have changed meanwhile it stays unset."""
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
        made = self._known[collection.name] = MilvusIndex(collection, contents, side, self.patience)
        return made

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
        with told():
            return [name for name in client.list_collections() if name.startswith(f"{_prefix(database)}_")]


def _prefix(database: str) -> str:
    return f"{_PREFIX}_{hashlib.sha256(database.encode()).hexdigest()[:12]}"


def _difference(collection: Collection, people: People, side: Side, *, newest: bool = False) -> _Change:
    """What a collection lacks, has otherwise, or has too much, by the digests of its rows."""
    order = np.argsort(people.key, kind="stable")
    vectors: Int8Matrix = getattr(people, side)
    send, remove = [], []
    for after, up_to in ranges(people.key, _READ):
        here = order[np.searchsorted(people.key, after, "right", sorter=order) :][: 2 * _READ]
        here = here[people.key[here] <= up_to]
        wanted = dict(zip(people.key[here].tolist(), digests(people, vectors, here).tolist(), strict=True))
        held = dict(collection.held(after, up_to, newest=newest))
        send += [row for row, key in zip(here.tolist(), wanted, strict=True) if held.get(key) != wanted[key]]
        remove += [key for key in held if key not in wanted]
    return _Change(np.array(sorted(send), np.int64), remove)


def _wrong_vectors(collection: Collection, people: People, vectors: Int8Matrix) -> int:
    """How many of a sample of vectors are not those of the pool; who is not there is counted elsewhere."""
    some = np.arange(len(people))[:: max(1, len(people) // _SAMPLED)][:_SAMPLED]
    keys = people.key[some].tolist()
    held = collection.vectors(keys) if keys else {}
    return sum(
        not np.array_equal(held[key], vectors[row]) for key, row in zip(keys, some.tolist(), strict=True) if key in held
    )


def _part(progress: Progress | None, number: int, of: int) -> Progress | None:
    """The progress of one of some equal parts."""
    if progress is None:
        return None
    tell = progress

    def part(done: int, total: int) -> None:
        tell(number * total + done, of * total)

    return part
