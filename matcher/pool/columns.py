"""The columns of a pool: contiguous typed arrays, one row a record. Unknown is -1 in masks and flags, NaN in floats.

Columns of alumni may be of a smaller type than the one named here: the smallest that holds their values (`SMALL`).
Days are counted from 1970-01-01; day 0 stands for no date. Bits of masks and codes of kinds are numbers of
`domain.kinds`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.domain.kinds import KIND_CODES, KINDS, OFFERING, Direction
from matcher.domain.records import Registration
from matcher.pool.text_vectors import Texts, TextVectors
from matcher.text import card_spelling, fold

Int8 = NDArray[np.int8]
Int16 = NDArray[np.int16]
UInt8 = NDArray[np.uint8]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

NO_DAY = 0
ALWAYS = np.iinfo(np.int32).max
"""The last open day of a request that closes on none."""
SHUT = {Registration.CLOSED: 2, Registration.CANCELLED: 3}
"""What the column `full` says where a provider closed a course, or cancelled it."""
NO_CONSENT = 0
UNDATED = 2**16 - 1
"""Value in `People.consent_days` for a consent without a day."""
UNKNOWN = -1
Table = TypeVar("Table", "People", "Demands")
_EPOCH = date(1970, 1, 1)
_SHORT = 1 << 16

CAN, WANTS = 1, 2
"""Which text of an alumnus has a word: the two lowest bits of an entry of `People.common_words`."""
SIDE_BITS = 2
NO_WORD = -1
"""Number of a row of `Words` that no text needs any more, until another word takes it."""

BUSY_BITS = 3
"""The lowest bits of an entry of `People.busy`: morning, afternoon, evening."""

OFFERING_KIND = KINDS[OFFERING].number
"""The number of an offering in the column `kind`."""
_GIVES_TO_ALUMNUS = np.array([KINDS[code].direction is Direction.NEEDS for code in KIND_CODES])


def day_number(day: date | None) -> int:
    """Days since 1970-01-01; `NO_DAY` for None."""
    return NO_DAY if day is None else (day - _EPOCH).days


def consent_day(given_on: date | None) -> int:
    """The day of a consent as 16 bits, `UNDATED` for None; days before 1970-01-02 or after 2149-06-05 become those."""
    return UNDATED if given_on is None else min(max(day_number(given_on), NO_CONSENT + 1), UNDATED - 1)


def day_of(number: int) -> date:
    """The date of a day number."""
    return _EPOCH + timedelta(days=number)


def distinct(values: NDArray[Any]) -> NDArray[Any]:
    """Each value once, ascending: by sorting, in a fraction of the time of `np.unique` where there are many."""
    ordered = np.sort(values)
    return np.asarray(ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]])


def gives_to_alumnus(kinds: NDArray[np.integer[Any]]) -> Bool:
    """Whether a demand of these kinds gives to the alumnus (aftercare, offering) instead of asking; same shape."""
    return np.asarray(_GIVES_TO_ALUMNUS[kinds])


@dataclass(frozen=True, slots=True)
class Ragged:
    """A list of integers for each row: row i holds `values[starts[i]:starts[i + 1]]`."""

    starts: Int64
    values: Int32

    @classmethod
    def of(cls, lists: list[list[int]]) -> Self:
        """From a list of lists."""
        lengths = np.fromiter((len(items) for items in lists), np.int64, len(lists))
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        flat = [value for items in lists for value in items]
        return cls(starts, np.array(flat, np.int32))

    def transposed(self, width: int) -> Self:
        """The rows in which each of the values 0..width-1 occurs, ascending."""
        rows = np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.starts))
        counts = np.bincount(self.values, minlength=width)
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
        values = self.values.astype(np.uint16) if width <= _SHORT else self.values  # numpy sorts those by radix
        return type(self)(starts, rows[np.argsort(values, kind="stable")])

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.starts) - 1

    def row(self, index: int) -> Int32:
        """The values of one row."""
        return self.values[self.starts[index] : self.starts[index + 1]]

    def take(self, rows: Int64) -> Self:
        """These rows, in this order; a row may be taken more than once."""
        values, lengths = self.flat(rows)
        return type(self)(np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]), values)

    def followed_by(self, other: Self) -> Self:
        """These rows and then those of the other."""
        starts = np.concatenate([self.starts, other.starts[1:].astype(np.int64) + int(self.starts[-1])])
        return type(self)(starts, np.concatenate([self.values, other.values]))

    def with_rows(self, rows: Int64, other: Self) -> Self:
        """The same lists, but for these rows, each once: they have those of the other, in its order.

        One copy, at the speed of memory: what lies between these rows is not looked at.
        """
        order = np.argsort(rows)
        rows, (new, lengths) = rows[order], other.flat(order)
        more = lengths - (self.starts.take(rows + 1) - self.starts.take(rows))
        starts = self.starts.astype(np.int64)
        if more.any():
            behind = np.zeros(len(starts), np.int64)
            behind[rows + 1] = more
            starts += np.cumsum(behind)
        parts, end, at = [], 0, 0
        for row, length in zip(rows.tolist(), lengths.tolist(), strict=True):
            parts += [self.values[end : self.starts[row]], new[at : at + length]]
            end, at = self.starts[row + 1], at + length
        return type(self)(starts, np.concatenate([*parts, self.values[end:]]))

    def gather(self, rows: Int64) -> tuple[Int32, Int64]:
        """The values of several rows one after another, and for each the position of its row in `rows`."""
        values, lengths = self.flat(rows)
        return values, np.repeat(np.arange(len(rows)), lengths)

    def flat(self, rows: Int64) -> tuple[Int32, Int64]:
        """The values of several rows one after another, and how many there are of each."""
        begins = self.starts.take(rows)
        lengths = self.starts.take(rows + 1) - begins
        first = np.repeat(begins - np.cumsum(lengths) + lengths, lengths)
        first += np.arange(len(first))
        return self.values.take(first), lengths


def no_partial_cover() -> Ragged:
    """No requested skill is covered in part, since skills link to no concepts: no rows."""
    return Ragged(np.zeros(1, np.int64), np.zeros(0, np.int32))


@dataclass(frozen=True, slots=True, eq=False)
class Coded:  # noqa: PLW1641 - compared as an array is
    """A column of few distinct values, read like the array of them: row i holds `values[codes[i]]`."""

    values: NDArray[Any]
    """Those that some row holds, ascending."""
    codes: NDArray[np.integer[Any]]

    @classmethod
    def of(cls, column: NDArray[Any]) -> Self:
        """The same column."""
        values, codes = np.unique(column, return_inverse=True)
        return cls(values, small(codes))

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.codes)

    def __getitem__(self, rows: Any) -> NDArray[Any]:
        """The values of these rows: of one, a slice, or many."""
        if isinstance(rows, np.ndarray) and rows.dtype.kind == "i":  # in half the time
            return self.values.take(self.codes.take(rows))
        found: NDArray[Any] = self.values[self.codes[rows]]
        return found

    def __eq__(self, value: object) -> Bool:  # type: ignore[override]
        """Which rows hold a value, shape (n,)."""
        return np.asarray((self.values == value)[self.codes])

    def take(self, rows: Int64 | slice) -> Self:
        """These rows, in this order; a row may be taken more than once."""
        codes = self.codes[rows]
        used = np.bincount(codes, minlength=len(self.values)) > 0
        if used.all():
            return type(self)(self.values, codes)
        return type(self)(self.values[used], small((np.cumsum(used) - 1)[codes]))

    def followed_by(self, other: Self) -> Self:
        """These rows and then those of the other."""
        values = np.union1d(self.values, other.values)
        both = (np.searchsorted(values, one.values)[one.codes] for one in (self, other))
        return type(self)(values, small(np.concatenate(list(both))))


@dataclass(frozen=True, slots=True)
class People:
    """The alumni of a pool, n rows. No names, no contact details, no free text: random keys and codes."""

    key: Int64
    order: Int32
    """Rank of (alumnus_id, school) by code point: breaks ties."""
    school: Coded
    """Code of the school's name."""
    function: Coded
    """Code of the job as cards spell it; 0 unknown. This, sector and town are read by `matcher.disclosure` alone."""
    sector: Coded
    town: Coded
    place: Int32
    """Row in the pool's places; -1 unknown."""
    day_parts: Int32
    offers: Int16
    need_kinds: Int8
    consents: Int16
    """Bit mask over the purposes: consents that were not withdrawn, whether or not their term is over."""
    consent_days: Ragged
    """The day on which each consent of the mask was given, in the order of its bits; `UNDATED` without one.

    Which consents are in force on a day follows from it and the terms: `Pool.consents_on`.
    """
    paused_until: Int32
    max_distance: Coded
    online: Int8
    budget: Int16
    """How often they may be asked in a year, in their own words; UNKNOWN where they did not say: see `Pool.budgets`."""
    languages: Int64
    """Bit mask over the pool's languages; 0 unknown."""
    max_price: Coded
    certificate_until: Int32
    qualified_teacher: Int8
    company: Int8
    last_year: Int16
    """Year of the latest qualification; 0 unknown."""
    qualifications: Ragged
    skills: Ragged
    texts: Texts
    """Their texts, each once: kept as it is by a table of some of these alumni."""
    can_text: Int32
    """Row in `texts` of what they can do; 0 without a text."""
    wants_text: Int32
    """That of what they want."""
    card_can_text: Int32
    """Those of the two texts without rare words: see `pool.cards`."""
    card_wants_text: Int32
    common_words: Ragged
    """The words in their texts that at least `rare_words.FEWEST` alumni of the school hold, ascending.

    Each is its row in the pool's `Words`, shifted by `SIDE_BITS`, with `CAN` and `WANTS` for the texts that have it.
    """
    rare_words: Ragged
    """Those of their other words."""
    busy: Ragged
    """The days with a busy part by their calendars, ascending: the day shifted by `BUSY_BITS`, and a bit a part."""

    def __len__(self) -> int:
        """Number of alumni."""
        return len(self.key)

    @property
    def can(self) -> TextVectors:
        """Canonical vectors of what they can do, shape (n, dimension)."""
        return self.texts.of(self.can_text)

    @property
    def wants(self) -> TextVectors:
        """Canonical vectors of what they want, shape (n, dimension)."""
        return self.texts.of(self.wants_text)

    @property
    def can_meaning(self) -> TextVectors:
        """What the second encoder makes of what they can do; of no columns where the pool has none."""
        return self.texts.meanings_of(self.can_text)

    @property
    def wants_meaning(self) -> TextVectors:
        """What it makes of what they want."""
        return self.texts.meanings_of(self.wants_text)

    @property
    def card_can(self) -> TextVectors:
        """Canonical vectors of what they can do without rare words, shape (n, dimension)."""
        return self.texts.of(self.card_can_text)

    @property
    def card_wants(self) -> TextVectors:
        """Canonical vectors of what they want without rare words, shape (n, dimension)."""
        return self.texts.of(self.card_wants_text)

    def take(self, rows: Int64) -> People:
        """A table with copies of these rows, in this order; a row may be taken more than once."""
        return _taken(self, rows)


@dataclass(frozen=True, slots=True)
class Demands:
    """Requests or offerings of a pool, m rows."""

    key: Int64
    order: Int32
    """Rank of (id, school or provider) by code point: breaks ties."""
    kind: Int8
    school: Int64
    """Code of the school's name; 0 for an offering, or a request without one."""
    place: Int32
    """The first that is known; -1 unknown."""
    places: Ragged
    """Where several towns are named, the place of each in their order, -1 unknown; else empty. The nearest counts."""
    day_parts: Int32
    """Soft wish; -1 unknown or when the moments are firm."""
    online: Int8
    """0 on the spot, 1 online, 2 either (request) or blended (offering), -1 unknown."""
    languages: Int64
    hours_per_week: Float64
    certificate: Int8
    company: Int8
    closes: Int32
    """Last day on which the demand is open; NO_DAY when unknown."""
    starts: Int32
    """First day on which an alumnus is needed; NO_DAY when unknown."""
    full: Int8
    """1 full; of an offering also one of SHUT: else 0."""
    price: Float64
    target: Int64
    """Name of the qualification aimed at, the registered one where there is one; 0 unknown."""
    target_crebo: Int64
    """Its crebo code as stated; 0 unknown."""
    target_domain: Int64
    target_level: Int8
    """1-4; -1 unknown."""
    moments: Ragged
    """Day-part masks that each firm moment needs."""
    moment_days: Ragged
    """The day of each firm moment."""
    skills: Ragged
    """Rows in the pool's requested skills."""
    unwanted: Ragged
    """What is not wanted, as the characters of a text (`matcher.matching.unwanted`); empty for nearly all."""
    words: Ragged
    """Rows in the pool's `Words` of the distinct words of the text, ascending."""
    vector: Int8
    meaning: Int8
    """The vector of the second encoder; of no columns where the pool has none."""

    def __len__(self) -> int:
        """Number of requests or offerings."""
        return len(self.key)

    def take(self, rows: Int64) -> Demands:
        """A table with copies of these rows, in this order."""
        return _taken(self, rows)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Asks, replies and benefits of the pool's alumni, one line each; lines that were undone are left out."""

    person: Int32
    request_key: Int64
    event: Int8
    day: Int32


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Pairs that may not meet: an alumnus and their own request, and declared conflicts."""

    person: Int32
    request_key: Int64


@dataclass(frozen=True, slots=True)
class FirstPlaces:
    """Who stands first in the saved list of a request; `until`: its last open day, `NO_DAY` where it is full."""

    person: Int32
    request_key: Int64
    until: Int32


@dataclass(frozen=True, slots=True)
class OwnMatches:
    """Who has what requests demand of own fields: for each such request a line with `UNKNOWN`, and one per alumnus."""

    person: Int32
    request_key: Int64


@dataclass(frozen=True, slots=True)
class Qualifications:
    """The distinct qualifications of the alumni, v rows: codes that are equal when they mean the same."""

    name: Int64
    """Name of the qualification, the registered one where there is one; 0 unknown."""
    crebo: Int64
    """Its crebo code as stated; 0 unknown."""
    domain: Int64
    """Its domain in the register; 0 unknown."""
    level: Int8
    """1-4; -1 unknown."""

    def take(self, rows: Int32 | Int64 | slice) -> Qualifications:
        """These rows, in this order."""
        return Qualifications(self.name[rows], self.crebo[rows], self.domain[rows], self.level[rows])


@dataclass(frozen=True, slots=True)
class AskedSkills:
    """The distinct skills that demands ask for, with what the pool's alumni have of each."""

    weight: Int32
    """Rarity in 1/1024, from 256 (every alumnus has it) to 1024 (none has it)."""
    people: Int32
    """How many alumni have it."""
    covered_by: Ragged
    """Rows in the alumni's skill words that cover this requested skill."""


@dataclass(frozen=True, slots=True)
class Words:
    """The distinct words of all texts, w rows: no word as it is written, but its number."""

    number: Int32
    """See `rare_words.word_number`; `NO_WORD` for a free row."""
    rarity: UInt8
    """How rare it is in the language, as the encoder knows it; 0 for a word that says nothing."""
    vector: Int8
    """Its canonical vector, shape (w, dimension)."""

    @classmethod
    def none(cls, dimension: int) -> Words:
        """No words yet."""
        return cls(np.zeros(0, np.int32), np.zeros(0, np.uint8), np.zeros((0, dimension), np.int8))

    def __len__(self) -> int:
        """Number of rows, free ones included."""
        return len(self.number)

    def take(self, rows: Int64) -> Words:
        """These rows, in this order."""
        return Words(self.number[rows], self.rarity[rows], self.vector[rows])

    def put(self, rows: Int64, words: Words) -> Words:
        """A table with these words in these rows, which may lie behind its end."""
        if not len(rows):
            return self
        table = self._longer(max(len(self), int(rows.max()) + 1))
        table.number[rows], table.rarity[rows], table.vector[rows] = words.number, words.rarity, words.vector
        return table

    def without(self, rows: Int64) -> Words:
        """A table in which these rows are free: nothing is left of their words."""
        free = len(rows)
        nothing = np.zeros((free, self.vector.shape[1]), np.int8)
        return self.put(rows, Words(np.full(free, NO_WORD, np.int32), np.zeros(free, np.uint8), nothing))

    def _longer(self, length: int) -> Words:
        """A copy with so many rows; those that are added are not filled yet."""
        more = length - len(self)
        return Words(
            np.concatenate([self.number, np.full(more, NO_WORD, np.int32)]),
            np.concatenate([self.rarity, np.zeros(more, np.uint8)]),
            np.concatenate([self.vector, np.zeros((more, self.vector.shape[1]), np.int8)]),
        )


SMALL = frozenset({
    "place", "consent_days", "paused_until", "budget", "languages", "certificate_until",
    "qualifications", "skills", "common_words", "rare_words", "busy",
})  # fmt: skip
"""Columns of the alumni that are compared and looked up, and never calculated with in their own type."""
SIGNED = (np.int8, np.int16, np.int32, np.int64)
"""Types that can also be subtracted."""
_SMALLEST = (np.int8, np.uint8, np.int16, np.uint16, np.int32, np.int64)


def small(values: NDArray[Any], types: Sequence[type[np.integer[Any]]] = _SMALLEST) -> NDArray[Any]:
    """The same whole numbers in the smallest of these types that holds them all."""
    least, most = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    for type_ in types:
        if np.iinfo(type_).min <= least and most <= np.iinfo(type_).max:
            return values.astype(type_, copy=False)
    return values


def with_small_columns(people: People, before: People | None = None) -> People:
    """The same alumni; a column that is small already stays the same array, as is one of those `before`."""
    columns: dict[str, Any] = {}
    for name in SMALL:
        column = getattr(people, name)
        if before is not None and column is getattr(before, name):
            continue
        if isinstance(column, Ragged):
            starts, values = small(column.starts, SIGNED), small(column.values)
            same = starts is column.starts and values is column.values
            columns[name] = column if same else Ragged(starts, values)
        else:
            columns[name] = small(column)
    return replace(people, **columns)


def code_of(name: str) -> int:
    """A stable positive 63-bit code of a name; equal names, up to case, accents and spacing, have equal codes."""
    digest = hashlib.blake2b(fold(name).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "little") >> 1) or 1


def card_code(text: str | None) -> int:
    """The code of a text as cards spell it, 63 bits: equal codes are equal texts on a card. 0 for None or nothing."""
    shown = card_spelling(text) if text else ""
    if not shown:
        return 0
    digest = hashlib.blake2b(shown.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest, "little") >> 1) or 1


def _taken(table: Table, rows: Int64) -> Table:
    columns = {name: getattr(table, name) for name in names_of(type(table))}
    values: dict[str, Any] = {
        name: item if isinstance(item, Texts) else item.take(rows) if isinstance(item, Ragged | Coded) else item[rows]
        for name, item in columns.items()
    }
    return type(table)(**values)


TEXT_COLUMNS = ("can_text", "wants_text", "card_can_text", "card_wants_text")
"""The columns of the alumni with a row of `People.texts`."""


def names_of(table: type[People | Demands | Ledger]) -> tuple[str, ...]:
    """The column names of a table, in order."""
    return tuple(field.name for field in fields(table))
