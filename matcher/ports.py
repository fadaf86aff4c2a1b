"""What the domain needs from outside, as Protocols of a few methods; adapters are chosen in `api/wiring.py`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.policy import Asker
from matcher.repositories import Records, Transaction
from matcher.traces import Traces

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
        """Canonical vectors, shape (len(texts), scale.dimension); a zero row for a text without known words."""
        ...

    def embed(self, texts: Sequence[str], *, progress: Progress | None = None) -> Float32Matrix:
        """The same before quantisation: unit vectors, or zeros, for other tools."""
        ...

    def shares(self, query: str, texts: Sequence[str], pairs: Sequence[Sequence[tuple[str, str]]]) -> list[list[float]]:
        """For each text the part of its cosine with the query that each of these pairs of words, or names, has.

        The first of a pair stands in the query, the second in the text. 0 where the encoder cannot attribute the cosine
        to words. The company of other texts changes no bit.
        """
        ...

    def of_words(self, word_list: Sequence[str]) -> WordVectors:
        """Each word by itself, folded as `matcher.text.fold` does; zeros where words have no vector of their own."""
        ...


@dataclass(frozen=True, slots=True)
class WordVectors:
    """Words by themselves: canonical unit vectors, shape (n, dimension), and how rare each word is, shape (n,).

    Both are zero for a word that says nothing, or that the encoder does not know.
    """

    vectors: Int8Matrix
    rarity: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class VectorScale:
    """How a float vector becomes int8 and how a dot product becomes a similarity.

    canonical = clip(rint(unit vector x factor), -levels, levels); cosine = dot / factor^2.
    `levels` is such that a dot product stays below 2^24, hence exact in float32.
    `calibration` are the (cosine, value) points of a strictly increasing piecewise-linear map to [0, 1]; `words` the
    same for the share of words that meet. Without points words have no vectors of their own. `baseline`: the points
    (words of a text, mean share of them that unrelated texts meet), both rising; without them nothing is taken out.
    """

    dimension: int
    factor: float
    levels: int
    calibration: tuple[tuple[float, float], ...]
    words: tuple[tuple[float, float], ...] = ()
    baseline: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class SecondEncoder:
    """The encoder of the signal `meaning`: its id, and how its vectors become a similarity."""

    id: str
    scale: VectorScale


class Progress(Protocol):
    """Receives the progress of a long task."""

    def __call__(self, done: int, total: int) -> None:
        """`done` of `total` units are finished."""
        ...


class VectorIndex(Protocol):
    """Exact or approximate search by inner product over canonical vectors of the rows of a pool."""

    @property
    def exact(self) -> bool:
        """Whether it is proven that no row left out by a search has a larger dot product than the last one returned."""
        ...

    def search(self, query: NDArray[np.int8], k: int, rows: Rows | None = None) -> tuple[Rows, NDArray[np.int32]]:
        """The k rows with the largest dot product, among `rows` (sorted, unique) or all: (row numbers, dots).

        Ordered by dot product descending, then row number ascending; fewer than k when there are fewer rows. An
        approximate index returns k good ones. Raises IndexUnavailable if a remote index cannot be reached.
        """
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent. `html`: the same sentences marked up; empty for text alone.

    `headers`: more headers, each sent as one unbroken line. `returns_to`: the address that a bounce goes to, if not the
    sender's. `calendar`: an iCalendar object, and `method` its METHOD; empty for none.
    """

    subject: str
    text: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    returns_to: str = ""
    calendar: str = ""
    method: str = ""


class Mailer(Protocol):
    """Sends one message to one person."""

    def send(self, to: str, subject: str, text: str, *, message_id: str = "", letter: Letter | None = None) -> None:
        """Sends the message; none of it is logged. `message_id`: the local part of the header Message-ID.

        `letter`: all parts of it, where there is more than subject and text.

        Raises MailRefused if it cannot be delivered to this recipient, MailUnreachable if the server cannot be used at
        all, MailUncertain if its answer did not come, MailError if sending may be retried later.
        """
        ...

    def abort(self) -> None:
        """Aborts the message being sent, from another thread; `send` then raises MailError."""
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

    def save(self, encoder: str, vectors: Mapping[str, Int8Matrix], *, at: str | None = None) -> bool:
        """Adds vectors; existing ones stay. `at`: only while the data are of this origin; whether they were."""
        ...

    def drop(self, encoder: str, beginnings: Iterable[str]) -> None:
        """Removes the vectors of texts whose hash has one of these prefixes."""
        ...

    def prune(self, encoder: str | None, used: Iterable[str]) -> int:
        """Removes vectors of texts that no record has any more, of this encoder or of all; returns how many.

        `used`: hashes of texts, or prefixes of hashes, all of one length.
        """
        ...


@dataclass(frozen=True, slots=True)
class LastErasure:
    """The newest erasure: its revision and moment (UTC), and the newest revision of the data now."""

    revision: int
    at: datetime
    newest: int


@dataclass(frozen=True, slots=True)
class CacheFolder:
    """A folder with snapshots: a digest of its machine and path, and the day on which a process last used it."""

    folder: str
    seen_on: date


class CacheFolders(Protocol):
    """The folders with snapshots that processes of this installation have, and which of them hold what was erased."""

    def last_erasure(self) -> LastErasure | None:
        """The newest erasure; None before the first."""
        ...

    def cleaned(self, folder: str, revision: int) -> None:
        """Records that a folder was seen, and holds nothing of erasures up to a revision."""
        ...

    def behind(self, but: str | None = None) -> list[CacheFolder]:
        """The other folders that may hold what was erased, the last seen first."""
        ...


class Cleanness(StrEnum):
    """What is known of a place after an erasure."""

    CLEAN = "clean"
    FOUND = "found"
    UNFINISHED = "unfinished"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Place:
    """A place that may hold what was removed. `code`: what is known of it, a key of the locale files (`erasure`).

    `unfinished`: it may still be there, and the sentence says what finishes it. `unseen`: nobody can see it from here.
    """

    code: str
    state: Cleanness
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What can be seen of a database: versions of its tables and of this program's, its clock, sizes.

    Nothing of people. `version`: None without tables. `now`: by its own clock; None where it has none. `size`: bytes.
    `largest`: the table with the most rows. `is_unfinished`: a restore stopped half-way. `uncleaned`: since when (UTC)
    files of the database may hold what was erased or overwritten; None if they do not.
    """

    version: str | None
    known: str
    now: datetime | None
    size: int
    rows: int
    largest: str
    largest_rows: int
    is_unfinished: bool
    uncleaned: datetime | None = None


class Resolver(Protocol):
    """Asks DNS."""

    def texts(self, name: str) -> list[str] | None:
        """The TXT records of a name, empty if there are none; None if no server answers."""
        ...

    def exists(self, name: str) -> bool | None:
        """Whether the name, or one below it, exists; None if no server answers."""
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
        """Runs `work` as the only writer, commits it with one revision and its log entries, and returns its result.

        `work` may run again from the start after a conflict, so it must affect nothing but the transaction.
        """
        ...

    def note(self, action: str, details: Mapping[str, object], *, by: Asker) -> None:
        """Adds an entry to the log and commits it, in one transaction with those that others add at the same moment.

        None of them is added where that fails, and each raises the error.
        """
        ...

    def origin(self) -> str:
        """`read().changes.origin()`, which every ranking needs."""
        ...

    @property
    def vectors(self) -> Vectors:
        """The stored vectors."""
        ...

    @property
    def cache_folders(self) -> CacheFolders:
        """The folders with snapshots."""
        ...

    def clean(self, traces: Traces | None = None, *, large: bool = False) -> tuple[Place, ...]:
        """Removes what erased and overwritten values have left in files of the database, and says how each place is.

        `traces` are then searched there. `large`: also what keeps others waiting for more than a moment.
        """
        ...

    def search(self, traces: Traces, paths: Iterable[Path]) -> bool:
        """Whether any of these files holds a key, or a word that stands in no table. Raises OSError."""
        ...

    def reseal(self, *, by: Asker) -> int:
        """Re-encrypts all contact details with the first key, all or nothing; returns how many rows. No revision."""
        ...

    def describe(self) -> DatabaseFacts:
        """What can be seen of the database, whatever the version of its tables."""
        ...

    def close(self) -> None:
        """Closes the connections that are kept for reuse; the store can be used again."""
        ...


STOPPED = "stop "
"""What the scope of stopped mail begins with among the last words of `TakenBack`."""
OBJECTS_TO_AFTERCARE = "register of aftercare"
"""There, an objection to that register; the purpose `aftercare` is the consent."""


@dataclass(slots=True)
class TakenBack:
    """What alumni took back since a back-up was made, as a journal tells it; alumni by random key.

    `erased`: who was erased, `unsure`: those of them by a process that stopped around its commit. `last_words`: by
    alumnus and purpose (empty for an objection to all ranking, `STOPPED` and a scope for mail, `calendar` for calendars
    that were taken away, `OBJECTS_TO_AFTERCARE`) since when it is withdrawn; None where it was given again.
    `tombstones`: digests by the secret that made them. `damaged`: lines that cannot be read.
    """

    erased: set[int] = field(default_factory=set)
    unsure: set[int] = field(default_factory=set)
    last_words: dict[tuple[int, str], date | None] = field(default_factory=dict)
    tombstones: dict[str, set[str]] = field(default_factory=dict)
    damaged: int = 0

    @property
    def uncertain(self) -> int:
        """How many were perhaps never erased."""
        return len(self.unsure)


@dataclass(frozen=True, slots=True)
class Copy:
    """A back-up: the version of its tables, whether that is this program's, its size in bytes and its SHA-256 (hex)."""

    version: str
    is_current: bool
    size: int
    digest: str


class Unpacked(Protocol):
    """A back-up that was unpacked where no one else uses it. Every method raises StoreUnavailable."""

    @property
    def store(self) -> Store:
        """Its data, with the tables of this program."""
        ...

    @property
    def version(self) -> str:
        """The version of the tables in the back-up."""
        ...

    def verify(self) -> list[str]:
        """The tables that differ from the back-up, `log` for a broken seal, `keys` for unreadable contact details.

        To be called before anything is changed.
        """
        ...

    def taken_back(self) -> TakenBack:
        """What its alumni took back since. Raises ConfigurationError('journal_none', 'journal_missing')."""
        ...

    def bury(self, tombstones: Mapping[str, Collection[str]]) -> int:
        """Stores tombstones by the secret that made them; returns how many digests are of another secret than its own.

        Those cannot be used: an import would not recognise these people.
        """
        ...

    def publish(self, *, keep_version: bool) -> None:
        """Replaces the database by this one, whole or not at all. `keep_version`: with the tables of the back-up.

        Raises StoreUnavailable('database_in_use').
        """
        ...


class Backups(Protocol):
    """Copies of the database, and back. Every method raises StoreUnavailable."""

    def save(self, target: Path) -> Copy:
        """A consistent copy while others go on, checked, in a file that appears whole or not at all.

        Raises ConfigurationError where a program is missing that makes it.
        """
        ...

    def holds_data(self) -> bool:
        """Whether the database holds anything that a restore would remove."""
        ...

    def unpack(self, source: Path, *, apart: bool) -> AbstractContextManager[Unpacked]:
        """A back-up in a place of its own, at this program's version. `apart`: it will not be published.

        Raises UnreadableFile, ConfigurationError, and StoreUnavailable('database_in_use').
        """
        ...


class CalendarSource(Protocol):
    """Where subscribed calendars are fetched from."""

    def fetch(self, url: str) -> bytes:
        """The content at an address. Raises InvalidValue where it may not be asked, or gives nothing of use."""
        ...
