"""Reads what changed since a pool was built: the changed records, and others that mention the same skills."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np

from matcher.concepts import OwnMeaning, base_of
from matcher.domain.busy import Interval
from matcher.domain.crebo import newest
from matcher.domain.ledger import LedgerLine
from matcher.domain.places import Coordinates
from matcher.domain.records import Alumnus, Demand, Offering, Record, RecordKind, Request, owner_of, record_id
from matcher.pool import Pool
from matcher.pool.build import COMMON, texts_of
from matcher.pool.builder import OfWords
from matcher.pool.columns import Demands
from matcher.pool.own_matches import Demanded, demanded
from matcher.pool.rare_words import Rare
from matcher.pool.skills import Spellings, add_spellings, skills_in_text, spelling
from matcher.pool.update.merge import Ahead, rows_in
from matcher.pool.update.words import WordChanges
from matcher.ports import Int8Matrix
from matcher.repositories import Records
from matcher.repositories.values import Changes
from matcher.text import skill_key

MOST, SHARE = 1000, 50
"""Up to this many changed records, or one in `SHARE` alumni, are merged; beyond that the pool is rebuilt."""
_DEMANDS = (RecordKind.REQUESTS, RecordKind.OFFERINGS)
_NOTHING = Changes()


@dataclass(frozen=True)
class ChangedRecords:
    """The current state of everything that changed, all from one state of the data."""

    revision: int
    origin: str
    about: Changes
    """Those that are not among the records below are gone."""
    alumni: Sequence[Alumnus]
    requests: Sequence[Request]
    """Those that changed, and those for which other columns of the pool may have changed: ordered by id and owner."""
    offerings: Sequence[Offering]
    ahead: Mapping[RecordKind, Ahead]
    ledger: Sequence[LedgerLine]
    """Every line of these alumni."""
    conflicts: Sequence[tuple[int, int]]
    """Every pair (request key, alumnus key) of these alumni and of the requests that changed."""
    first_places: Sequence[tuple[int, int]]
    """Pairs (request key, alumnus key): the first places of these alumni and of the requests that changed."""
    common: frozenset[str]
    """The common skills of the pool as it will be."""
    requested_skill_names: Mapping[str, str]
    """The most frequent spelling now of each skill that the changed demands request."""
    places: Mapping[str, Coordinates]
    rare: Rare
    """The rare words of these alumni, as the schools are now."""
    own_demands: Sequence[Demanded] = ()
    """All that requests demand of own fields."""
    stopped: Collection[int] = ()
    """Random keys of the requests for which no one is asked."""
    vectors: Mapping[str, Int8Matrix] = field(default_factory=dict)
    of_words: OfWords | None = None
    meanings: Mapping[str, Int8Matrix] = field(default_factory=dict)
    busy: Mapping[int, Sequence[Interval]] = field(default_factory=dict)
    """The busy times of these alumni."""
    own_meanings: Mapping[int, Sequence[OwnMeaning]] = field(default_factory=dict)
    """What these alumni said that own words mean."""
    newest: Mapping[str, str] = field(default_factory=dict)
    """The crebo code that took the place of an old one, by that."""

    @property
    def texts(self) -> dict[str, str]:
        """The texts of these records, by hash: `vectors` is to hold theirs, and `meanings` if the pool has any."""
        return texts_of(self.alumni, [*self.requests, *self.offerings], self.rare)


def changes_of(pool: Pool, records: Records, also: Changes = _NOTHING) -> ChangedRecords | None:
    """What changed since this pool; None if unknown or too much to merge. `also`: what is other without a change."""
    about = records.changes.since(pool.origin, pool.person_row)
    if about is None or is_too_much(pool, about := about | also):
        return None
    alumni = cast("list[Alumnus]", _records(records, RecordKind.ALUMNI, about.alumni))
    words = WordChanges(pool, about.alumni, alumni)
    others = words.affected()
    if others:  # their texts are the same, but a word of theirs became rare, or is no longer
        about = replace(about, alumni=about.alumni | others)
        alumni = cast("list[Alumnus]", _records(records, RecordKind.ALUMNI, about.alumni))
    ledger = records.ledger.of(*about.alumni)
    common = _common(pool, about, alumni)
    toggled = common ^ pool.common_skills
    affected = {kind: _naming(records, kind, toggled) for kind in _DEMANDS}
    request_keys = about.requests | affected[RecordKind.REQUESTS] | _answered(pool, about, ledger)
    requests = cast("list[Request]", _records(records, RecordKind.REQUESTS, request_keys))
    offerings = cast(
        "list[Offering]", _records(records, RecordKind.OFFERINGS, about.offerings | affected[RecordKind.OFFERINGS])
    )
    by_kind: dict[RecordKind, Sequence[Record]] = dict(zip(RecordKind, (alumni, requests, offerings), strict=True))
    return ChangedRecords(
        revision=records.changes.revision(),
        origin=records.changes.origin(),
        about=about,
        alumni=alumni,
        requests=requests,
        offerings=offerings,
        ahead={
            kind: records.changes.preceding(kind, [record.key for record in listed]) for kind, listed in by_kind.items()
        },
        ledger=ledger,
        conflicts=records.conflicts.among(about.alumni, about.requests),
        first_places=records.exposures.among(about.alumni, about.requests),
        common=common,
        requested_skill_names=_spelled(pool, about, [*requests, *offerings], records),
        places=records.places.all(),
        rare=words.rare(alumni),
        own_demands=demanded(records),
        stopped=records.demands.stopped(),
        busy=records.calendars.busy(about.alumni),
        own_meanings=records.own_meanings.of(about.alumni),
        newest=newest(records.programmes.successors()) if alumni else {},
    )


def is_too_much(pool: Pool, about: Changes) -> bool:
    """Whether more changed since this pool than is merged."""
    return len(about) > max(MOST, len(pool.people) // SHARE)


def _records(records: Records, kind: RecordKind, keys: Collection[int]) -> list[Record]:
    by_key = records.records.by_key(kind, sorted(keys)).values()
    return sorted(by_key, key=lambda record: (record_id(record), owner_of(record)))


def _answered(pool: Pool, about: Changes, ledger: Sequence[LedgerLine]) -> set[int]:
    """The requests in ledger lines of the changed alumni, earlier or now: they may have become full, or open again."""
    before = pool.ledger.request_key[np.isin(pool.ledger.person, rows_in(about.alumni, pool.person_row))]
    return {key for key in (*before.tolist(), *(line.request_key or 0 for line in ledger)) if key > 0}


def _common(pool: Pool, about: Changes, alumni: Sequence[Alumnus]) -> frozenset[str]:
    """The common skills after these changes: with the skills that changed alumni state now, without removed alumni."""
    words = pool.vocabulary.skills
    change: Counter[str] = Counter()
    for alumnus in alumni:
        change.update({key for key in map(skill_key, alumnus.skills) if key})
    lists = pool.people.skills.take(rows_in(about.alumni, pool.person_row))
    change.subtract(base_of(words[code]) for code in lists.values.tolist())
    rows_of = pool.vocabulary.skill_words.rows_of
    stated = np.diff(pool.people_by_skill.starts)
    toggled = set()
    for word, difference in change.items():
        before = int(stated[rows_of.get(word, [])].sum())
        if (before >= COMMON) != (before + difference >= COMMON):
            toggled.add(word)
    return pool.common_skills ^ toggled


def _naming(records: Records, kind: RecordKind, skills: frozenset[str]) -> set[int]:
    """The demands that list no skill and mention one of these in their text."""
    if not skills:
        return set()
    return {key for key, text in records.changes.texts_without_skills(kind) if skills_in_text(text, skills)}


def _spelled(pool: Pool, about: Changes, demands: Sequence[Demand], records: Records) -> dict[str, str]:
    """The spellings of skills that the changed demands list or listed, counted over all demands that list them."""
    keys = {RecordKind.REQUESTS: about.requests, RecordKind.OFFERINGS: about.offerings}
    tables = {RecordKind.REQUESTS: pool.requests, RecordKind.OFFERINGS: pool.offerings}
    rows_of = {RecordKind.REQUESTS: pool.request_row, RecordKind.OFFERINGS: pool.offering_row}
    spellings: Spellings = defaultdict(Counter)
    for demand in demands:
        if demand.key in keys[RecordKind.REQUESTS if isinstance(demand, Request) else RecordKind.OFFERINGS]:
            add_spellings(spellings, demand.skills)
    asked = pool.vocabulary.requested_skills
    codes_of = defaultdict[str, list[int]](list)
    for code, name in enumerate(asked):
        codes_of[base_of(name)].append(code)
    before = [tables[kind].skills.take(rows_in(keys[kind], rows_of[kind])).values for kind in _DEMANDS]
    words = {base_of(asked[code]) for codes in before for code in codes.tolist()} | set(spellings)
    touched = {code for word in words for code in codes_of.get(word, ())}
    for kind in _DEMANDS:
        listing = set(_asking(tables[kind], touched)) - keys[kind]
        for skills in records.changes.listed_skills(kind, sorted(listing)):
            add_spellings(spellings, [skill for skill in skills if skill_key(skill) in words])
    return {word: spelling(spellings, word) for word in words}


def _asking(demands: Demands, codes: Iterable[int]) -> list[int]:
    """The keys of the demands that ask for one of these skills."""
    hits = np.isin(demands.skills.values, list(codes))
    owner = np.repeat(np.arange(len(demands)), np.diff(demands.skills.starts))
    keys: list[int] = demands.key[np.unique(owner[hits])].tolist()
    return keys
