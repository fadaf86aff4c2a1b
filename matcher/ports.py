"""What the domain needs from outside, as Protocols of a few methods; adapters are chosen in `api/wiring.py`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.policy import Asker
from matcher.repositories import Records, Transaction

Int8Matrix = NDArray[np.int8]
Float32Matrix = NDArray[np.float32]
Rows = NDArray[np.int64]


class Encoder(Protocol):
    """Turns texts into canonical vectors."""

    @property
    def id(self) -> str:
        """Name and hash of everything that decides the vectors: `name@sha256:...` (cheap: loads no model)."""
        ...

    @property
    def scale(self) -> VectorScale:
        """Dimension, quantisation and calibration of this encoder (cheap: loads no model)."""
        ...

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Int8Matrix:
        """Canonical vectors, shape (len(texts), scale.dimension); a zero row where a text says nothing."""
        ...

    def embed(self, texts: Sequence[str], *, progress: Progress | None = None) -> Float32Matrix:
        """The same before quantisation: unit vectors, or zeros, for other tools."""
        ...

    def similar_terms(
        self, query: str, candidates: Sequence[str], shown: Sequence[Collection[str]]
    ) -> list[tuple[SimilarTerms, ...]]:
        """For each candidate the words of the two texts that made their cosine, the largest part first.

        Only words that name no person. `shown`: for each candidate the terms that are shown already, so their words may
        be named too. Empty where no word is worth naming, or where the encoder cannot tell.
        """
        ...


@dataclass(frozen=True, slots=True)
class SimilarTerms:
    """A word of one text and one of another, as written there, and their part of the cosine of the two texts."""

    query: str
    candidate: str
    cosine: float


@dataclass(frozen=True, slots=True)
class VectorScale:
    """How a float vector becomes int8 and how a dot product becomes a similarity.

    canonical = clip(rint(unit vector x factor), -levels, levels); cosine = dot / factor^2.
    `levels` is such that a dot product stays below 2^24, hence exact in float32.
    `calibration` are the (cosine, value) points of a strictly increasing piecewise-linear map to [0, 1].
    """

    dimension: int
    factor: float
    levels: int
    calibration: tuple[tuple[float, float], ...]


class Progress(Protocol):
    """Told how far a long task is; shows it or not."""

    def __call__(self, done: int, total: int) -> None:
        """`done` of `total` units are finished."""
        ...


class VectorIndex(Protocol):
    """Exact or approximate search by inner product over canonical vectors of the rows of a pool."""

    @property
    def exact(self) -> bool:
        """Whether no row that a search leaves out has a larger dot product than the last that it gives: proven."""
        ...

    def search(self, query: NDArray[np.int8], k: int, rows: Rows | None = None) -> tuple[Rows, NDArray[np.int32]]:
        """The k rows with the largest dot product, among `rows` (sorted, unique) or all: (row numbers, dots).

        Ordered by dot product descending, then row number ascending; fewer than k when there are fewer rows. Of an
        index that is not exact they are k good ones. Raises IndexUnavailable where the index is elsewhere.
        """
        ...


class Mailer(Protocol):
    """Sends one message to one person."""

    def send(self, to: str, subject: str, text: str, *, message_id: str = "") -> None:
        """Sends it; nothing of it is logged. `message_id`: the left part of the header Message-ID.

        Raises MailRefused where this recipient will not have it, MailUnreachable where the server cannot be used at
        all, MailUncertain where its answer did not come, MailError where it may be tried again later.
        """
        ...

    def abort(self) -> None:
        """Breaks off what is being sent, from another thread; `send` then raises MailError."""
        ...


class Clock(Protocol):
    """The only source of the time."""

    def now(self) -> datetime:
        """This moment, aware, in UTC."""
        ...

    def today(self) -> date:
        """The day of `now()` in the Netherlands."""
        ...


class Vectors(Protocol):
    """Canonical vectors by hash of text and encoder: derived data, so no revision."""

    def load(self, encoder: str, hashes: Iterable[str]) -> dict[str, Int8Matrix]:
        """The stored vectors, each of shape (dimension,)."""
        ...

    def save(self, encoder: str, vectors: Mapping[str, Int8Matrix]) -> None:
        """Adds vectors; existing ones stay."""
        ...

    def drop(self, encoder: str, beginnings: Iterable[str]) -> None:
        """Removes the vectors of texts whose hash begins like this."""
        ...

    def prune(self, encoder: str, used: Iterable[str]) -> int:
        """Removes vectors of texts that no record has any more; returns how many.

        `used`: hashes of texts, or their beginnings, all of one length.
        """
        ...


T = TypeVar("T")


class Store(Protocol):
    """The database. Every method raises StoreUnavailable."""

    on_mail: Callable[[], object] | None
    """Called after a commit that adds mail to the outbox or makes some due."""

    def read(self) -> AbstractContextManager[Records]:
        """One state of the data."""
        ...

    def write(self, work: Callable[[Transaction], T], *, by: Asker) -> T:
        """What `work` returns, done as the only writer and committed, with one revision and its notes.

        `work` may run again from the start after a conflict, so it has no effect but on the transaction.
        """
        ...

    def origin(self) -> str:
        """`read().changes.origin()`, which every ranking asks."""
        ...

    @property
    def vectors(self) -> Vectors:
        """The stored vectors."""
        ...

    def clean(self) -> None:
        """Removes what an erasure may have left in files of the database."""
        ...

    def reseal(self, *, by: Asker) -> int:
        """Encrypts all contact details again with the first key, all or nothing; returns how many rows. No revision."""
        ...

    def close(self) -> None:
        """Closes the connections that are kept for reuse; the store can be used again."""
        ...
