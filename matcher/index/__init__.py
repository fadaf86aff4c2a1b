"""Vector indexes behind one port: `exact` (numpy, the reference), `faiss` (default), and `milvus`, a server apart.

One map from name to maker for those that live in this process; a server is an `IndexServer`, told what to hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from matcher.pool.columns import People
from matcher.ports import Int8Matrix, Progress, VectorIndex

Side = Literal["can", "wants"]
SIDES: tuple[Side, ...] = ("can", "wants")


def _exact(vectors: Int8Matrix) -> VectorIndex:
    from matcher.index.exact import ExactIndex

    return ExactIndex(vectors)


def _faiss(vectors: Int8Matrix) -> VectorIndex:
    from matcher.index.faiss import FaissIndex

    return FaissIndex(vectors)


MAKERS: Mapping[str, Callable[[Int8Matrix], VectorIndex]] = {"exact": _exact, "faiss": _faiss}
"""How to make each index from canonical vectors, shape (n, dimension)."""


@dataclass(frozen=True)
class Contents:
    """What a server must hold: everybody in one state of one database."""

    database: str
    """Tells this database from every other (`Records.identity`)."""
    encoder: str
    origin: str
    """The state of the data (`Records.origin`)."""
    people: People
    newest: Callable[[], str]
    """The origin that the database has now: another one means that these contents are past."""

    @property
    def past(self) -> bool:
        """Whether the data have changed since."""
        return self.newest() != self.origin


class IndexServer(Protocol):
    """Vectors of everybody on other machines, kept equal to the database. All methods raise IndexUnavailable."""

    def index(self, contents: Contents, side: Side) -> VectorIndex:
        """The index over one side. Few changes are sent first; of many it raises (`bring` them)."""
        ...

    def bring(self, contents: Contents, progress: Progress | None = None) -> None:
        """Sends what the server lacks and removes what is gone; killed, the next call goes on where it left off."""
        ...

    def differences(self, contents: Contents) -> list[str]:
        """In what the server differs from the contents, as words with counts; changes nothing."""
        ...

    def forget(self, database: str, keys: Sequence[int]) -> list[int]:
        """Removes these alumni from everything of this database; those that are found all the same."""
        ...
