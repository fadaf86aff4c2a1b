"""The columnar snapshot of everything that can be ranked, at one data revision.

A pool is immutable: a change of the database makes a new one. It is derived state, and can be rebuilt at any time.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from matcher.concepts import Links, unweighed
from matcher.domain.answers import More
from matcher.domain.balance import YEAR
from matcher.domain.consent import Terms
from matcher.domain.kinds import Purpose, mask_of, number_of
from matcher.domain.ledger import DEFAULT_ASKS_PER_YEAR, LedgerEvent
from matcher.pool.asked_words import AskedWords
from matcher.pool.behind import Behind
from matcher.pool.columns import (
    NO_CONSENT,
    NO_DAY,
    SIGNED,
    UNDATED,
    AskedSkills,
    Bool,
    Coded,
    Conflicts,
    Demands,
    FirstPlaces,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    Ledger,
    OwnMatches,
    People,
    Qualifications,
    Ragged,
    Words,
    code_of,
    no_partial_cover,
    small,
)
from matcher.pool.skills import SkillWords
from matcher.ports import SecondEncoder, VectorScale

DAYS_IN_YEAR = YEAR.days
Counts = NDArray[np.integer[Any]]
"""Of the smallest type that holds them."""
Load = Literal["asks_in_year", "days_since_ask", "given", "received"]
NEVER = 1_000_000
"""Days since the last ask, for an alumnus who was never asked."""

_PURPOSES = 16
"""Bits of the mask of consents."""
_EVENT = {event: code for code, event in enumerate(LedgerEvent)}


@dataclass(frozen=True)
class Vocabulary:
    """What the integer codes of a pool stand for."""

    places: tuple[str, ...]
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    requested_skills: tuple[str, ...]
    requested_skill_names: tuple[str, ...]
    """The most frequent spelling of each requested skill."""
    own_demands: tuple[str, ...] = ()
    """What requests demand of own fields: the random key of each, a space, and the demand in words."""
    linked_by: tuple[str, ...] = ()
    """The digest of the vocabularies and decisions by which skills link to concepts (`concepts.Links`), if any do."""

    @cached_property
    def skill_words(self) -> SkillWords:
        """The alumni's skill words, searchable."""
        return SkillWords(self.skills)

    def stated_as(self, skill: int) -> str:
        """The name of a requested skill as alumni state it."""
        return unweighed(self.requested_skills[skill])

    @cached_property
    def code_of(self) -> Mapping[str, Mapping[str, int]]:
        """By the name of a list of words here the code of each: made once, not to be written to."""
        lists = {name: getattr(self, name) for name in ("places", "languages", "skills", "requested_skills")}
        return {name: {word: code for code, word in enumerate(words)} for name, words in lists.items()}

    @cached_property
    def as_bytes(self) -> NDArray[np.uint8]:
        """All words as a file has them: JSON, in bytes."""
        return np.frombuffer(json.dumps(asdict(self), ensure_ascii=False).encode(), np.uint8)


class RowOfKey(Mapping[int, int]):
    """The row of each key of a column, by binary search: a few bytes a row, where a dict takes a hundred."""

    def __init__(self, keys: Int64) -> None:
        ascending = bool((keys[1:] > keys[:-1]).all())
        self._order = range(len(keys)) if ascending else np.argsort(keys, kind="stable").astype(np.int32)
        self._keys = keys

    def __getitem__(self, key: int) -> int:
        """The row. Raises KeyError, also for what is no key: the log has a word in the place of an erased alumnus."""
        if not isinstance(key, (int, np.integer)):
            raise KeyError(key)
        position = bisect_left(self._order, key, key=self._keys.__getitem__)
        if position == len(self._order) or self._keys[row := self._order[position]] != key:
            raise KeyError(key)
        return int(row)

    def __iter__(self) -> Iterator[int]:
        """All keys, in the order of the rows."""
        return iter(self._keys.tolist())

    def __len__(self) -> int:
        """How many there are."""
        return len(self._keys)


def no_own_matches() -> OwnMatches:
    """No request demands own fields."""
    return OwnMatches(np.zeros(0, np.int32), np.zeros(0, np.int64))


def no_first_places() -> FirstPlaces:
    """No list of a request is saved."""
    return FirstPlaces(np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.int32))


@dataclass(frozen=True)
class Loads:
    """How much was asked of, given by and given to each alumnus in the year up to a day, shape (n,) each.

    The same as `matcher.domain.balance` says of one.
    """

    asks_in_year: Counts
    last_ask: Counts
    """The day of the last one; `NO_DAY` for none."""
    given: Counts
    received: Counts
    first_places: Counts
    """In how many saved lists of requests that are open on the day each stands first."""
    as_of: int

    @property
    def days_since_ask(self) -> Int32:
        """Of each alumnus, shape (n,)."""
        return self.of("days_since_ask", slice(None))

    def of(self, name: Load, rows: Int64 | slice) -> Int32:
        """One of these of some alumni, shape (m,)."""
        if name != "days_since_ask":
            column: Counts = getattr(self, name)
            return column[rows].astype(np.int32)
        last = self.last_ask[rows].astype(np.int32)
        return np.where(last == NO_DAY, np.int32(NEVER), np.int32(self.as_of) - last)


@dataclass(slots=True)
class OfPeople:
    """What a pool derives of its alumni, ledger and terms, when first needed.

    Shared by pools with the same alumni, ledger and terms, such as the pool of an unsaved question.
    """

    person_row: Mapping[int, int] | None = None
    schools: Int64 | None = None
    with_text: dict[str, Bool] = field(default_factory=dict)
    """By side."""
    seen_by: dict[tuple[int, bool, int], Bool] = field(default_factory=dict)
    """Which alumni an asker may see, by school, whether for a course, and day (`matcher.matching.visibility`)."""
    loads: dict[int, Loads] = field(default_factory=dict)
    """By day; the last one only."""
    consents: dict[int, Int16] = field(default_factory=dict)
    """By day; the last one only."""
    met: dict[tuple[int, int], tuple[Float64, int]] = field(default_factory=dict)
    """By row and text of an alumnus how near each asked word is, and of how many words; the last two.

    See `matcher.matching.signals.words`.
    """
    asked: dict[bytes, AskedWords] = field(default_factory=dict)
    """By their rows how near some asked words are to all others; the last two. See there too."""
    budgets: Int16 | None = None
    kept: dict[str, tuple[tuple[Any, ...], Any]] = field(default_factory=dict)
    """What the compiled kernel has made of which objects of the pool, by name (`matcher.matching.compiled`)."""
    events: dict[LedgerEvent, tuple[Ledger, Int64, Int32, Int32]] = field(default_factory=dict)
    """By event the ledger, and its lines of that event in the order of the requests: keys, rows of alumni, days."""
    card_steps: Int8 | None = None
    """How much of each alumnus a card may show (`matcher.disclosure.profiles`)."""
    on_cards: Any = None
    """The columns that those are made of, and what they were made of (`matcher.pool.cards.OnCards`)."""
    cards: Pool | None = None
    """The same pool without what is rare (`matcher.pool.cards`)."""


@dataclass(frozen=True)
class Pool:
    """All candidates at one revision: columns, vocabulary and derived tables."""

    revision: int
    origin: str
    """Which database at which revision: see `ports.Records.origin`."""
    encoder: str
    scale: VectorScale
    people: People
    requests: Demands
    offerings: Demands
    ledger: Ledger
    conflicts: Conflicts
    vocabulary: Vocabulary
    points: Float64
    """Places as unit vectors, shape (places, 3); NaN where the coordinates are unknown."""
    qualifications: Qualifications
    words: Words
    requested_skills: AskedSkills
    people_by_skill: Ragged
    """For each skill word the rows of the alumni who state it."""
    common_skills: frozenset[str]
    """Skill keys that at least two alumni state: recognised in the text of a request that lists no skills."""
    own_matches: OwnMatches = field(default_factory=no_own_matches)
    first_places: FirstPlaces = field(default_factory=no_first_places)
    partly_by: Ragged = field(default_factory=no_partial_cover)
    """For each requested skill the rows of the skill words that cover it in part, and not whole.

    Of no rows where skills link to no concepts.
    """
    second: SecondEncoder | None = None
    """The encoder of the columns `meaning`; None where it is turned off, or has not read all texts yet."""
    of_schools: Int64 | None = field(default=None, repr=False, compare=False)
    """The schools that count as having alumni where these are only some of them (`slice_of`); else None."""
    terms: Terms = field(default_factory=Terms, repr=False, compare=False)
    """How long consents count: a setting that the engine adds, not data, so no snapshot holds it."""
    closed: Mapping[str, frozenset[Purpose]] = field(default_factory=dict, repr=False, compare=False)
    """By school the purposes of which consents are not used; added by the engine, as the terms are."""
    asks: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)
    """By school how often alumni are asked in a year who did not say; added by the engine, as the terms are."""
    links: Links | None = field(default=None, repr=False, compare=False)
    """The concepts of skills, as of the state of its data; added by the engine, as the terms are."""
    tells_unsaid: bool = field(default=True, repr=False, compare=False)
    """Whether `People.budget` tells who did not say; in snapshots of an earlier version they have the usual number."""
    without_rare: bool = field(default=False, repr=False, compare=False)
    """Whether the words of alumni count without those that are rare (`matcher.pool.cards`)."""
    behind: Behind | None = field(default=None, repr=False, compare=False)
    """What changed since, where lists go on by this pool while a newer one is built; else None."""
    of_people: OfPeople = field(default_factory=OfPeople, repr=False, compare=False)
    widened: dict[tuple[int, int], tuple[object, object, tuple[More, ...]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What changes of a request add, by row and day, with the weights and bands that counted (`matching.widening`)."""
    listed: dict[tuple[int, int], tuple[object, int, Int64]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """The weights, the length and the best rows of the list of a request, by its row and day (`matching.ranking`)."""
    answered: dict[tuple[int, int, int, bool], Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The last lists of requests, without records (`services.remembered`)."""
    reached: dict[tuple[int, int], tuple[object, object, int, int, Mapping[str, int]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """How many alumni a course would help (`services.offers`), by its row and day, with the weights and bands."""
    able: dict[int, Bool] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Which alumni can be asked by area, by day; the last one only. See `services.groups`."""

    @property
    def second_id(self) -> str:
        """The id of the second encoder; empty where none counts."""
        return self.second.id if self.second else ""

    @property
    def schools(self) -> Int64:
        """Codes of the schools that have alumni, sorted: any other asker is an employer or similar."""
        if self.of_schools is not None:
            return self.of_schools
        if self.of_people.schools is None:
            self.of_people.schools = np.unique(self.people.school[:])
        return self.of_people.schools

    @property
    def single_school(self) -> bool:
        """Whether all alumni are of one school."""
        return len(self.schools) <= 1

    def has_text(self, side: Literal["can", "wants"]) -> Bool:
        """For which alumni the vector of this side is not zero, shape (n,)."""
        known = self.of_people.with_text.get(side)
        if known is None:
            vectors = self.people.can if side == "can" else self.people.wants
            known = self.of_people.with_text[side] = vectors.known()
        return known

    @property
    def person_row(self) -> Mapping[int, int]:
        """Row of an alumnus by key."""
        row_of = self.of_people.person_row
        if row_of is None:
            row_of = self.of_people.person_row = RowOfKey(self.people.key)
        return row_of

    @cached_property
    def request_row(self) -> Mapping[int, int]:
        """Row of a request by key."""
        return RowOfKey(self.requests.key)

    @cached_property
    def offering_row(self) -> Mapping[int, int]:
        """Row of an offering by key."""
        return RowOfKey(self.offerings.key)

    def without_second(self) -> Pool:
        """The same pool without vectors of a second encoder."""
        if self.second is None:
            return self
        texts = self.people.texts
        people = replace(self.people, texts=replace(texts, meanings=np.zeros((len(texts), 0), np.int8)))
        requests, offerings = (
            replace(table, meaning=np.zeros((len(table), 0), np.int8)) for table in (self.requests, self.offerings)
        )
        return replace(self, people=people, requests=requests, offerings=offerings, second=None, of_people=OfPeople())

    def with_terms(self, terms: Terms) -> Pool:
        """The same pool under these terms of consent."""
        return self if terms == self.terms else replace(self, terms=terms, of_people=OfPeople())

    def with_closed(self, closed: Mapping[str, frozenset[Purpose]]) -> Pool:
        """The same pool where schools closed these purposes."""
        return self if closed == self.closed else replace(self, closed=closed, of_people=OfPeople())

    def with_links(self, links: Links | None) -> Pool:
        """The same pool, of which these are the concepts of skills: by which its columns were made."""
        same = (links.digest if links else "") == (self.links.digest if self.links else "")
        return self if same else replace(self, links=links, of_people=OfPeople())

    def linked_again(self, links: Links | None) -> Pool | None:
        """The same pool, yet to be brought up to date with other decisions; None for another vocabulary."""
        if self.links is links:
            return self
        if links is None or self.links is None or links.labels is not self.links.labels:
            return None
        return replace(self, links=links)

    def with_asks(self, asks: Mapping[str, int]) -> Pool:
        """The same pool where schools chose how often alumni are asked who did not say."""
        return self if asks == self.asks else replace(self, asks=asks, of_people=OfPeople())

    def left_behind(self, behind: Behind) -> Pool:
        """The same pool, of which nobody sees the alumni who changed since."""
        return replace(self, behind=behind, of_people=replace(self.of_people, seen_by={}, cards=None))

    @property
    def budgets(self) -> Int16:
        """How often each may be asked in a year: as they said, else as the school chose, else the usual number.

        Shape (n,). Not to be written to.
        """
        if self.of_people.budgets is None:
            said, school = self.people.budget, self.people.school
            usual = np.full(len(said), DEFAULT_ASKS_PER_YEAR, np.int16)
            for name, most in self.asks.items():
                usual[school == code_of(name)] = most
            self.of_people.budgets = np.where(said >= 0, said, usual).astype(np.int16)
        return self.of_people.budgets

    def consents_on(self, day: int) -> Int16:
        """The consents in force on a day, as a bit mask over the purposes, shape (n,). Not to be written to.

        Derived once for a pool and day; the column itself where no term is over.
        """
        mask = self.of_people.consents.get(day)
        if mask is None:
            mask = self.consents_of(self.people.consents, self.people.consent_days, self.people.school, day)
            self.of_people.consents = {day: mask}
        return mask

    def consents_of(self, consents: Int16, consent_days: Ragged, school: Coded, day: int) -> Int16:
        """The same of alumni with these columns, shape (m,)."""
        return _without_closed(_consents_in_force(consents, consent_days, self.terms, day), school, self.closed)

    def loads(self, as_of: int) -> Loads:
        """The loads on a day; counted once, since every query of that day needs them."""
        loads = self.of_people.loads.get(as_of)
        if loads is None:
            loads = _count_loads(self.ledger, self.first_places, len(self.people), as_of)
            self.of_people.loads = {as_of: loads}
        return loads

    def asks_left(self, as_of: int) -> Int64:
        """How often more each alumnus may be asked on a day, 0 or more, shape (n,)."""
        left: Int64 = np.maximum(self.budgets.astype(np.int64) - self.loads(as_of).asks_in_year, 0)
        return left

    def event_rows(self, event: LedgerEvent, request_key: int, as_of: int) -> Int32:
        """Rows of the alumni with this event for this request up to a day."""
        known, ledger = self.of_people.events.get(event), self.ledger
        if known is None or known[0] is not ledger:
            lines = np.flatnonzero(ledger.event == _EVENT[event])
            lines = lines[np.argsort(ledger.request_key[lines], kind="stable")]
            known = ledger, ledger.request_key[lines], ledger.person[lines], ledger.day[lines]
            self.of_people.events[event] = known
        _, keys, people, days = known
        if not len(keys):
            return people
        first, last = np.searchsorted(keys, request_key), np.searchsorted(keys, request_key, side="right")
        rows: Int32 = people[first:last][days[first:last] <= as_of]
        return rows

    def event_requests(self, event: LedgerEvent, person: int, as_of: int) -> Int64:
        """Keys of the requests with this event for the alumnus in this row up to a day."""
        ledger = self.ledger
        keys: Int64 = ledger.request_key[
            (ledger.event == _EVENT[event]) & (ledger.person == person) & (ledger.day <= as_of)
        ]
        return keys


def _consents_in_force(consents: Int16, consent_days: Ragged, terms: Terms, day: int) -> Int16:
    first = np.zeros(_PURPOSES, np.uint16)
    for purpose in Purpose:
        first[number_of(purpose)] = min(max(day - terms.days(purpose).days, NO_CONSENT + 1), UNDATED)
    bits = np.unpackbits(consents.astype("<i2").view(np.uint8), bitorder="little")
    given = np.flatnonzero(bits)  # as many as there are days, in their order
    over = given[consent_days.values < first[given % _PURPOSES]]
    if not len(over):
        return consents
    bits[over] = 0
    return np.packbits(bits, bitorder="little").view("<i2").astype(np.int16)


def _without_closed(mask: Int16, of: Coded, closed: Mapping[str, frozenset[Purpose]]) -> Int16:
    """The consents without those that the school of each alumnus does not use."""
    for school, purposes in closed.items():
        off = np.int16(mask_of(purposes))
        mask = np.where(of == code_of(school), mask & ~off, mask).astype(np.int16)
    return mask


def event_code(event: LedgerEvent) -> int:
    """The code of an event in the ledger's columns."""
    return _EVENT[event]


def _count_loads(ledger: Ledger, first_places: FirstPlaces, people: int, as_of: int) -> Loads:
    past = ledger.day <= as_of

    def count(event: LedgerEvent, since: int) -> Counts:
        chosen = past & (ledger.event == _EVENT[event]) & (ledger.day > since)
        return counted(ledger.person[chosen])

    def counted(rows: Int32) -> Counts:
        return small(np.bincount(rows, minlength=people), SIGNED)

    asked = past & (ledger.event == _EVENT[LedgerEvent.ASKED])
    last = np.full(people, NO_DAY, np.int32)
    np.maximum.at(last, ledger.person[asked], ledger.day[asked])
    return Loads(
        as_of=as_of,
        asks_in_year=count(LedgerEvent.ASKED, as_of - DAYS_IN_YEAR),
        last_ask=small(last),
        given=count(LedgerEvent.CONTRIBUTED, as_of - DAYS_IN_YEAR),
        received=count(LedgerEvent.BENEFITED, as_of - DAYS_IN_YEAR),
        first_places=counted(first_places.person[first_places.until >= as_of]),
    )
