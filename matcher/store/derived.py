"""What follows from the records of alumni alone, worked out once for each state of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Derived:
    """Keeps results for the newest state that was read; those of any other state are gone. May be shared by threads."""

    def __init__(self) -> None:
        self._held: tuple[str, dict[tuple[object, ...], Any]] = ("", {})

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
