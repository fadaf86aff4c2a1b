"""What follows from the records of alumni alone, worked out once for each state of them, or carried on to the next."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from matcher.recent import keep

T = TypeVar("T")

MOST_READ = 5_000
"""Up to this many changed records are read one by one; beyond that, reading all records is as fast."""
_MOST_CARRIED = 500
"""Results that are carried on: some for each school."""


@dataclass(frozen=True, slots=True)
class Carried(Generic[T]):
    """What is worked out of each alumnus by itself: so after a change only those who changed are read.

    `read`: of all. `again`: what it was, with these alumni read anew, some of whom may be gone. `keys`: the alumni in
    it. None of them may change what it is given: others may hold that.
    """

    read: Callable[[], T]
    again: Callable[[T, Collection[int]], T]
    keys: Callable[[T], Iterable[int]]


def per_alumnus(read: Callable[[Collection[int] | None], dict[int, T]]) -> Carried[dict[int, T]]:
    """What `read` finds of each alumnus, by key: of all, or of these, some of whom may not be in it."""

    def again(before: dict[int, T], changed: Collection[int]) -> dict[int, T]:
        found = dict(before)
        for key in changed:
            found.pop(key, None)
        return found | read(changed)

    return Carried(lambda: read(None), again, lambda found: found)


class Derived:
    """Keeps results for the newest state that was read. May be shared by threads.

    Those of any other state are gone, but for what is carried on: of that the last that was read.
    """

    def __init__(self) -> None:
        self._held: tuple[str, dict[tuple[object, ...], Any]] = ("", {})
        self._carried: dict[tuple[object, ...], tuple[str, object, Any]] = {}

    def of(self, origin: str, name: tuple[object, ...], work: Callable[[], T]) -> T:
        """The result of this name in this state (`ChangeReader.origin`); else that of `work`, which is kept."""
        held = self._held
        if held[0] != origin:
            held = self._held = (origin, {})
        results = held[1]
        if name not in results:
            results[name] = work()
        found: T = results[name]
        return found

    def carried(
        self,
        origin: str,
        name: tuple[object, ...],
        work: Carried[T],
        given: object,
        since: Callable[[str, Iterable[int]], Collection[int] | None],
    ) -> T:
        """The result of this name in this state, brought up to date from the one before, or read; it is kept.

        `given`: what it depends on besides; with another it is read. `since`: who changed since a state in which there
        were these alumni; None where nobody can tell.
        """
        before, same, result = self._carried.get(name, ("", given, None))
        if before == origin and same == given:
            known: T = result
            return known
        before = before if same == given else ""
        changed = since(before, work.keys(result)) if before else None
        found = work.read() if changed is None or len(changed) > MOST_READ else work.again(result, changed)
        keep(self._carried, name, (origin, given, found), _MOST_CARRIED)
        return found
