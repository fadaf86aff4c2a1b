"""What follows from the records of alumni alone, worked out once for each state of them, or carried on to the next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from operator import or_
from typing import Any, Generic, Protocol, TypeVar

from matcher.recent import keep

T = TypeVar("T")

MOST_READ = 5_000
"""Up to this many changed records are read one by one; beyond that, reading all records is as fast."""
_MOST_CARRIED = 500
"""Results that are carried on: some for each school."""


@dataclass(frozen=True, slots=True)
class Carried(Generic[T]):
    """What is worked out of each alumnus by itself: so after a change only those who changed are read.

    `read`: of these alumni, some of whom may be gone, or of all. `without`: what is left without these. `joined`: both
    together. `keys`: the alumni in it. `enough`: whether what is left needs no reading of all. None of them may change
    what it is given: others may hold that.
    """

    read: Callable[[Collection[int] | None], T]
    without: Callable[[T, Collection[int]], T]
    joined: Callable[[T, T], T]
    keys: Callable[[T], Iterable[int]]
    enough: Callable[[T], bool] = lambda _: True


def per_alumnus(read: Callable[[Collection[int] | None], dict[int, T]]) -> Carried[dict[int, T]]:
    """What `read` finds of each alumnus, by key."""
    return Carried(read, _without, or_, iter)


def _without(found: dict[int, T], keys: Collection[int]) -> dict[int, T]:
    left = dict(found)
    for key in keys:
        left.pop(key, None)
    return left


class Since(Protocol):
    """What happened between two states of the data."""

    def changed(self, origin: str, alumni: Iterable[int]) -> Collection[int] | None:
        """The alumni who changed since another state, in which there were these; None where nobody can tell."""
        ...

    def erased(self, origin: str) -> bool:
        """Whether anybody may have been erased since."""
        ...

    def alumni(self) -> Collection[int]:
        """The alumni of now."""
        ...


@dataclass(frozen=True, slots=True)
class _Result:
    origin: str
    given: object
    found: Any
    work: Carried[Any]


class Derived:
    """Keeps results for the newest state that was read. May be shared by threads.

    Those of any other state are gone, but for what is carried on: of that the last that was read, without those who
    were erased since. A reading of an earlier state keeps nothing of that.
    """

    def __init__(self) -> None:
        self._held: tuple[str, dict[tuple[object, ...], Any]] = ("", {})
        self._least = 0
        self._carried: dict[tuple[object, ...], _Result] = {}
        self._seen = ""
        self._lock = threading.Lock()

    def of(self, origin: str, name: tuple[object, ...], work: Callable[[], T]) -> T:
        """The result of this name in this state (`ChangeReader.origin`); else that of `work`, which is kept."""
        held = self._held
        if held[0] != origin:
            held = (origin, {})
            if _number(origin) >= self._least:  # else a reading that began before a change of this process
                self._held = held
        results = held[1]
        if name not in results:
            results[name] = work()
        found: T = results[name]
        return found

    def end(self, revision: int) -> None:
        """A revision was added by this process: what is held of earlier states is gone, and none is held any more."""
        self._least = max(self._least, revision)
        if _number(self._held[0]) < revision:
            self._held = ("", {})

    def carried(self, origin: str, name: tuple[object, ...], work: Carried[T], given: object, since: Since) -> T:
        """The result of this name in this state, brought up to date from the one before, or read; it is kept.

        `given`: what it depends on besides; with another it is read.
        """
        if origin != self._seen and _number(origin) >= _number(self._seen):
            self._forget_erased(origin, since)
        before = self._carried.get(name)
        if before is not None and before.given == given:
            if before.origin == origin:
                known: T = before.found
                return known
            changed = since.changed(before.origin, work.keys(before.found))
            if changed is not None and len(changed) <= MOST_READ:
                found = work.joined(work.without(before.found, changed), work.read(changed))
                if work.enough(found):
                    return self._keep(name, origin, given, found, work)
        return self._keep(name, origin, given, work.read(None), work)

    def _keep(self, name: tuple[object, ...], origin: str, given: object, found: T, work: Carried[T]) -> T:
        kept = _Result(origin, given, found, replace(work, read=_read_nothing))
        with self._lock:
            if origin == self._seen:  # else a later state was read, in which some may be erased
                keep(self._carried, name, kept, _MOST_CARRIED)
        return found

    def _forget_erased(self, origin: str, since: Since) -> None:
        """Takes those who were erased out of everything that is kept, whoever asks for it next."""
        there = set(since.alumni()) if self._carried and since.erased(self._seen) else None
        with self._lock:
            if there is not None:
                for name, one in list(self._carried.items()):
                    gone = set(one.work.keys(one.found)) - there
                    if gone:
                        self._carried[name] = replace(one, found=one.work.without(one.found, gone))
            self._seen = origin


def _number(origin: str) -> int:
    """The number of the revision of a state."""
    return int(origin.partition(" ")[0] or 0)


def _read_nothing(keys: Collection[int] | None) -> Any:
    """For what is kept: the connection that it was read by is none of its business."""
    raise RuntimeError(keys)
