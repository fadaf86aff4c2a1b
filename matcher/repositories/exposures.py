"""Who stands first in the saved list of a request."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Protocol


class Exposures(Protocol):
    """Saved lists of requests: who stood first when the request was opened or last changed."""

    def all(self) -> Iterator[tuple[int, int]]:
        """Every pair (request key, alumnus key)."""
        ...

    def among(self, alumni: Collection[int], requests: Collection[int]) -> list[tuple[int, int]]:
        """The pairs with one of these alumni or one of these requests, sorted."""
        ...

    def saved(self) -> frozenset[int]:
        """Keys of the requests with a saved list, also of those in which nobody stands."""
        ...

    def save(self, firsts: Mapping[int, int | None]) -> None:
        """Saves who stands first for each of these requests, None for nobody, in the place of what was saved."""
        ...

    def forget(self, requests: Collection[int]) -> None:
        """Forgets the saved lists of these requests, so that they are made again."""
        ...
