"""Vector indexes behind one port: `exact` (numpy, the reference), `faiss` (the default), and `milvus`, a server.

`MAKERS` makes those that live in this process; a server is an `IndexServer`, which is sent what to hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from matcher.pool.columns import People
from matcher.pool.text_vectors import Vectors
from matcher.ports import Progress, VectorIndex

Side = Literal["can", "wants"]
SIDES: tuple[Side, ...] = ("can", "wants")
Column = Literal["can", "wants", "card_can", "card_wants"]
"""A column of vectors: the two sides, and the same without rare words (`matcher.pool.cards`)."""
CARD_COLUMN: Mapping[Side, Column] = {"can": "card_can", "wants": "card_wants"}


def _exact(vectors: Vectors) -> VectorIndex:
    from matcher.index.exact import ExactIndex

    return ExactIndex(vectors)


def _faiss(vectors: Vectors) -> VectorIndex:
    from matcher.index.faiss import FaissIndex

    return FaissIndex(vectors)


MAKERS: Mapping[str, Callable[[Vectors], VectorIndex]] = {"exact": _exact, "faiss": _faiss}
"""How to make each index from canonical vectors, shape (n, dimension)."""


@dataclass(frozen=True)
class Contents:
    """What a server must hold: all alumni in one state of one database."""

    database: str
    """The identity of the database (`Records.identity`)."""
    encoder: str
    origin: str
    """The state of the data (`Records.origin`)."""
    people: People
    newest: Callable[[], str]
    """Gives the origin that the database has now; a different one means that these contents are outdated."""

    @property
    def past(self) -> bool:
        """Whether the data have changed since these contents."""
        return self.newest() != self.origin


class IndexServer(Protocol):
    """Vectors of all alumni on other machines, kept equal to the database. All methods raise IndexUnavailable."""

    def index(self, contents: Contents, side: Side) -> VectorIndex:
        """The index over one side. Sends a few changes first; with many it raises, and `bring` must send them."""
        ...

    def bring(self, contents: Contents, progress: Progress | None = None) -> None:
        """Sends what the server lacks and removes what is gone. After an interruption the next call resumes."""
        ...

    def differences(self, contents: Contents) -> list[str]:
        """How the server differs from the contents, as codes with counts. Changes nothing."""
        ...

    def forget(self, database: str, keys: Sequence[int]) -> list[int]:
        """Removes these alumni from all collections of this database; returns the keys that are still there."""
        ...
