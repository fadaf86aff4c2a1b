"""Turns records into the columns of a pool, giving every place, language, skill and qualification a code."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from matcher.concepts import Links, OwnMeaning
from matcher.domain.busy import Interval
from matcher.domain.kinds import mask_of, number_of
from matcher.domain.ledger import LedgerLine
from matcher.domain.places import Coordinates
from matcher.domain.records import (
    Alumnus,
    Demand,
    Form,
    Offering,
    OnlineMode,
    Qualification,
    Request,
    last_day_of,
    owner_of,
)
from matcher.pool import Pool, Vocabulary
from matcher.pool.alumni_texts import AlumniTexts, TextHashes
from matcher.pool.codes import (
    ask_budget,
    busy_days,
    consent_days,
    consent_mask,
    day_parts_of,
    flag,
    hash_number,
    moments_of,
    span,
    target_codes,
    tie_order,
)
from matcher.pool.columns import (
    NO_WORD,
    OFFERING_KIND,
    SHUT,
    UNKNOWN,
    Coded,
    Demands,
    Int32,
    People,
    Ragged,
    Words,
    card_code,
    code_of,
    day_number,
)
from matcher.pool.concepts import beside_alumnus, beside_demand
from matcher.pool.own_matches import Demanded
from matcher.pool.rare_words import Rare, word_number, words_in
from matcher.pool.skills import Spellings, add_spellings, skills_in_text
from matcher.pool.text_vectors import NO_TEXT, Texts
from matcher.pool.texts import demand_text, unwanted_text
from matcher.ports import Int8Matrix, SecondEncoder, VectorScale, WordVectors
from matcher.text import fold, place_keys, skill_key, towns_of

LANGUAGES = 63
"""This many languages have a bit of their own; further ones share the last bit."""
_ONLINE_CODE = {OnlineMode.NO: 0, OnlineMode.YES: 1, OnlineMode.EITHER: 2}
_FORM_CODE = {Form.CLASSROOM: 0, Form.ONLINE: 1, Form.BLENDED: 2}


class _Codes:
    """Gives each distinct value the next integer, after those of `known`, a table that is shared and stays as it is."""

    def __init__(self, known: Mapping[str, int] | None = None) -> None:
        self._known, self._added = known or {}, dict[str, int]()

    def __call__(self, name: str) -> int:
        found = self._known.get(name)
        return self._added.setdefault(name, len(self._known) + len(self._added)) if found is None else found

    def __contains__(self, name: str) -> bool:
        return name in self._known or name in self._added

    def added(self) -> tuple[str, ...]:
        """The values after those that were known."""
        return tuple(self._added)

    def names(self) -> tuple[str, ...]:
        return (*self._known, *self._added)


class _WordCodes(dict[str, int]):
    """Gives each distinct word of texts a row in `Words`, a free one first; `known`: the rows that there are."""

    def __init__(self, known: Words) -> None:
        self.numbers: dict[int, int] = {}
        """The number of each new word, by its row."""
        self.added: dict[int, str] = {}
        """Each new word, folded, by its row."""
        self._known = known.number
        self._length = len(known)
        self._row: dict[int, int] = {}
        self._free: list[int] = np.flatnonzero(known.number == NO_WORD)[::-1].tolist()

    def in_text(self, text: str) -> set[int]:
        """The rows of the words of a text."""
        words = words_in(text)
        if len(self._known):
            sought = np.array([word_number(word) for word in words if word not in self], np.int32)
            rows = np.flatnonzero(np.isin(self._known, sought)).tolist() if len(sought) else []  # all in one pass
            self._row = {number: row for row, number in zip(rows, self._known[rows].tolist(), strict=True)} | self._row
        return set(map(self.__getitem__, words))

    def __missing__(self, word: str) -> int:
        """The row of a word that was not seen before, as it is written."""
        number = word_number(word)
        row = self._row.get(number)
        if row is None and len(earlier := np.flatnonzero(self._known == number)):  # no table of all: few are asked for
            row = self._row[number] = int(earlier[0])
        if row is None:
            row = self._free.pop() if self._free else self._length
            self._length = max(self._length, row + 1)
            self._row[number], self.numbers[row], self.added[row] = row, number, fold(word)
        self[word] = row
        return row


OfWords = Callable[[Sequence[str]], WordVectors]
"""The vectors of words by themselves: `ports.Encoder.of_words`."""


@dataclass(frozen=True)
class Sources:
    """Everything a pool is built from; `vectors` holds the canonical vector of each text by its hash."""

    revision: int
    origin: str
    encoder: str
    scale: VectorScale
    alumni: Sequence[Alumnus]
    requests: Sequence[Request]
    offerings: Sequence[Offering]
    ledger: Iterable[LedgerLine]
    conflicts: Iterable[tuple[int, int]]
    places: Mapping[str, Coordinates]
    vectors: Mapping[str, Int8Matrix]
    rare: Rare = field(default_factory=dict)
    """The rare words of each school of these alumni."""
    own_demands: Sequence[Demanded] = ()
    stopped: Collection[int] = ()
    """Random keys of the requests for which no one is asked: concepts, withdrawn ones, and those that are over."""
    of_words: OfWords | None = None
    """None: no word has a vector of its own."""
    second: SecondEncoder | None = None
    meanings: Mapping[str, Int8Matrix] = field(default_factory=dict)
    """Like `vectors`, by the second encoder."""
    first_places: Sequence[tuple[int, int]] = ()
    """Pairs (request key, alumnus key): who stands first in the saved list of which of these requests."""
    busy: Mapping[int, Sequence[Interval]] = field(default_factory=dict)
    """The busy times of alumni, by random key."""
    read: AlumniTexts | None = None
    """The texts of these alumni, where they are read already."""
    hashes: TextHashes = field(default_factory=TextHashes)
    links: Links | None = None
    """The concepts of skills; None without a vocabulary."""
    own_meanings: Mapping[int, Sequence[OwnMeaning]] = field(default_factory=dict)
    """What alumni said that own words mean, by random key."""
    newest: Mapping[str, str] = field(default_factory=dict)
    """The crebo code that took the place of an old one, by that."""

    @classmethod
    def beside(
        cls,
        pool: Pool,
        alumni: Sequence[Alumnus] = (),
        *,
        places: Mapping[str, Coordinates],
        vectors: Mapping[str, Int8Matrix],
        rare: Rare | None = None,
        of_words: OfWords | None = None,
        meanings: Mapping[str, Int8Matrix] | None = None,
        busy: Mapping[int, Sequence[Interval]] | None = None,
        own_meanings: Mapping[int, Sequence[OwnMeaning]] | None = None,
        newest: Mapping[str, str] | None = None,
    ) -> Self:
        """Sources of a few records that reuse the codes and scale of an existing pool."""
        beside = pool.revision, pool.origin, pool.encoder, pool.scale
        made = cls(*beside, alumni, (), (), (), (), places, vectors, rare or {}, of_words=of_words)
        made = replace(made, second=pool.second, meanings=meanings or {}, busy=busy or {}, links=pool.links)
        return replace(made, own_meanings=own_meanings or {}, newest=newest or {})


class _TextRows:
    """Gives each distinct text a row in `Texts`, and each distinct vector of them one; those in row 0 are empty."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._row = {"": NO_TEXT}
        self._numbers, self._vector_rows = [NO_TEXT], [NO_TEXT]
        self._row_of_vector = {bytes(sources.scale.dimension): NO_TEXT}

    def rows(self, texts: Iterable[str]) -> Int32:
        """The row of each text."""
        return np.array([self._row[text] if text in self._row else self._added(text) for text in texts], np.int32)

    def _added(self, text: str) -> int:
        hash_ = self._sources.hashes[text]
        vector = self._sources.vectors.get(hash_)
        self._numbers.append(hash_number(hash_))
        self._vector_rows.append(
            NO_TEXT if vector is None else self._row_of_vector.setdefault(vector.tobytes(), len(self._row_of_vector))
        )
        return self._row.setdefault(text, len(self._row))

    def table(self) -> Texts:
        """The texts that were given a row."""
        vectors = np.frombuffer(bytearray().join(self._row_of_vector), np.int8)
        return Texts(
            np.array(self._numbers, np.int64),
            np.array(self._vector_rows, np.int32),
            vectors.reshape(len(self._row_of_vector), -1),
            _meanings_of(list(self._row), self._sources),
        )


class PoolBuilder:
    """Holds the codes assigned while the columns are filled; `known`, `words`: those of an existing pool."""

    def __init__(
        self,
        sources: Sources,
        known: Vocabulary | None = None,
        common_skills: frozenset[str] = frozenset(),
        words: Words | None = None,
    ) -> None:
        self.sources = sources
        self.places = _Codes(known.code_of["places"] if known else None)
        self.languages = _Codes(known.code_of["languages"] if known else None)
        self.skills = _Codes(known.code_of["skills"] if known else None)
        self.requested_skills = _Codes(known.code_of["requested_skills"] if known else None)
        self.spellings: Spellings = defaultdict(Counter)
        self.qualifications: dict[Qualification, int] = {}
        self._words = words or Words.none(sources.scale.dimension)
        self._word_codes = _WordCodes(self._words)
        self.zero = np.zeros(sources.scale.dimension, np.int8)
        self.common = common_skills
        self.accepted: Mapping[int, int] = {}
        """How many alumni accepted each request, by key."""
        self.stopped = sources.stopped
        self._code_of, self._skill_key, self._target_codes = cache(code_of), cache(skill_key), cache(target_codes)

    # ---- alumni

    def people(self) -> People:
        """The alumni of the sources, in their order."""
        alumni = self.sources.alumni
        held = [[one for item in person.qualifications for one in self._held(item)] for person in alumni]
        skills = [sorted({self.skills(name) for name in self._skills_of(person)}) for person in alumni]
        schools, shown = self._code_of, cache(card_code)
        read, rare = self.sources.read or AlumniTexts(alumni), self.sources.rare
        many, few = read.held(self._word_codes.__getitem__, rare)
        texts = _TextRows(self.sources)
        can_row, wants_row = texts.rows(read.can), texts.rows(read.wants)
        card_can_row, card_wants_row = map(texts.rows, read.on_cards(rare))

        def column(dtype: type[np.generic], value: Callable[[Alumnus], float]) -> NDArray[Any]:
            return np.fromiter((value(person) for person in alumni), dtype, len(alumni))

        return People(
            key=column(np.int64, lambda a: a.key),
            order=tie_order(alumni),
            school=Coded.of(column(np.int64, lambda a: schools(a.school))),
            function=Coded.of(column(np.int64, lambda a: shown(a.function))),
            sector=Coded.of(column(np.int64, lambda a: shown(a.sector))),
            town=Coded.of(column(np.int64, lambda a: shown(a.town))),
            place=column(np.int32, lambda a: self._place(a.pc4, a.town, a.school)),
            day_parts=column(np.int32, lambda a: UNKNOWN if a.day_parts is None else a.day_parts),
            offers=column(np.int16, lambda a: UNKNOWN if a.offers is None else mask_of(a.offers)),
            need_kinds=column(np.int8, lambda a: UNKNOWN if a.need_kinds is None else mask_of(a.need_kinds)),
            consents=column(np.int16, consent_mask),
            consent_days=Ragged.of(list(map(consent_days, alumni))),
            paused_until=column(np.int32, lambda a: max(day_number(a.paused_until), day_number(a.left_on))),
            max_distance=Coded.of(
                column(np.float64, lambda a: np.nan if a.max_distance_km is None else a.max_distance_km)
            ),
            online=column(np.int8, lambda a: flag(a.online)),
            budget=column(np.int16, ask_budget),
            languages=column(np.int64, lambda a: self._languages(a.languages)),
            max_price=Coded.of(column(np.float64, lambda a: np.nan if a.max_price is None else a.max_price)),
            certificate_until=column(np.int32, lambda a: day_number(a.certificate_until)),
            qualified_teacher=column(np.int8, lambda a: flag(a.qualified_teacher)),
            company=column(np.int8, lambda a: int(bool(a.company_id))),
            last_year=column(np.int16, lambda a: max((q.year for q in a.qualifications if q.year), default=0)),
            qualifications=Ragged.of(held),
            skills=Ragged.of(skills),
            texts=texts.table(),
            can_text=can_row,
            wants_text=wants_row,
            card_can_text=card_can_row,
            card_wants_text=card_wants_row,
            common_words=many,
            rare_words=few,
            busy=Ragged.of([busy_days(self.sources.busy.get(person.key, ())) for person in alumni]),
        )

    def words(self) -> Words:
        """The known words, and after them those of the texts read so far."""
        added = self._word_codes.added
        rows = np.fromiter(added, np.int64, len(added))
        if not len(rows):
            return self._words
        number = np.array([self._word_codes.numbers[row] for row in added], np.int32)
        if self.sources.of_words is None:
            nothing = np.zeros((len(rows), len(self.zero)), np.int8)
            return self._words.put(rows, Words(number, np.zeros(len(rows), np.uint8), nothing))
        made = self.sources.of_words(list(added.values()))
        return self._words.put(rows, Words(number, made.rarity, made.vectors))

    def _skills_of(self, person: Alumnus) -> list[str]:
        """The names of the skills of an alumnus; most stand for what their label means anywhere."""
        keys = [key for key in map(self._skill_key, person.skills) if key]
        links = self.sources.links
        if links is None:
            return keys
        beside, own = beside_alumnus(person), self.sources.own_meanings.get(person.key, ())
        return [links.name(key, person.school, beside, own) for key in keys]

    def _held(self, qualification: Qualification) -> Iterator[int]:
        """A qualification, and beside one with an old code that of the code in its place: it meets what asks either."""
        kinds = [Qualification(qualification.crebo, qualification.name, qualification.level)]
        if (now := self.sources.newest.get(qualification.crebo or "")) is not None:
            kinds.append(Qualification(now, None, qualification.level))
        for kind in kinds:
            yield self.qualifications.setdefault(kind, len(self.qualifications))

    # ---- requests and offerings

    def demands(self, demands: Sequence[Demand]) -> Demands:
        """These requests or offerings, in their order."""
        columns = [self._demand(demand) for demand in demands]
        places = [self._places(demand) for demand in demands]
        texts = [demand_text(demand) for demand in demands]

        def column(dtype: type[np.generic], name: str) -> NDArray[Any]:
            return np.array([row[name] for row in columns], dtype)

        return Demands(
            key=column(np.int64, "key"),
            order=tie_order(demands),
            kind=column(np.int8, "kind"),
            school=column(np.int64, "school"),
            place=np.array([next((one for one in of if one != UNKNOWN), UNKNOWN) for of in places], np.int32),
            places=Ragged.of([of if len(of) > 1 else [] for of in places]),
            day_parts=column(np.int32, "day_parts"),
            online=column(np.int8, "online"),
            languages=column(np.int64, "languages"),
            hours_per_week=column(np.float64, "hours"),
            certificate=column(np.int8, "certificate"),
            company=column(np.int8, "company"),
            closes=column(np.int32, "closes"),
            starts=column(np.int32, "starts"),
            full=column(np.int8, "full"),
            price=column(np.float64, "price"),
            target=column(np.int64, "target"),
            target_crebo=column(np.int64, "target_crebo"),
            target_domain=column(np.int64, "domain"),
            target_level=column(np.int8, "level"),
            moments=Ragged.of([[day_parts_of(moment) for moment in moments_of(demand)] for demand in demands]),
            moment_days=Ragged.of(
                [[day_number(item.start.date()) for item in moments_of(demand)] for demand in demands]
            ),
            skills=Ragged.of([self._asked(demand) for demand in demands]),
            unwanted=Ragged.of([unwanted_text(demand) for demand in demands]),
            words=Ragged.of([sorted(self._word_codes.in_text(text)) for text in texts]),
            vector=_table(texts, self.sources.vectors, len(self.zero), self.sources.hashes),
            meaning=_meanings_of(texts, self.sources),
        )

    def _demand(self, demand: Demand) -> dict[str, float]:
        shared = {
            "key": demand.key,
            "day_parts": UNKNOWN if demand.day_parts is None or moments_of(demand) else demand.day_parts,
        }
        if isinstance(demand, Offering):
            seats_left = None if demand.seats is None else demand.seats - (demand.enrolled or 0)
            return shared | {
                "kind": OFFERING_KIND,
                "school": 0,
                "online": UNKNOWN if demand.form is None else _FORM_CODE[demand.form],
                "languages": self._languages((demand.language,) if demand.language else ()),
                "hours": np.nan,
                "certificate": 0,
                "company": 0,
                "closes": day_number(last_day_of(demand)),
                "starts": day_number(demand.start),
                "full": _shut(demand) or int(seats_left is not None and seats_left <= 0),
                "price": np.nan if demand.price is None else demand.price,
                **self._target_codes(demand.crebo, demand.level),
            }
        first, last = span(demand)
        return shared | {
            "kind": number_of(demand.kind),
            "school": self._code_of(demand.school) if demand.school else 0,
            "online": UNKNOWN if demand.online is None else _ONLINE_CODE[demand.online],
            "languages": self._languages(demand.languages),
            "hours": np.nan if demand.hours_per_week is None else demand.hours_per_week,
            "certificate": int(demand.certificate_required),
            "company": int(demand.company_required),
            "closes": min((day for day in (day_number(demand.closes_on), last) if day), default=0),
            "starts": first,
            "full": int(demand.key in self.stopped or self.accepted.get(demand.key, 0) >= demand.people),
            "price": np.nan,
            **self._target_codes(demand.programme, demand.level),
        }

    def _asked(self, demand: Demand) -> list[int]:
        """The skills that a demand asks, in its own order: codes follow the history of the database."""
        stated = [key for key in map(self._skill_key, demand.skills) if key]
        add_spellings(self.spellings, demand.skills)
        keys = stated or skills_in_text(f"{demand.title} {demand.description or ''}", self.common)
        links = self.sources.links
        if links is not None:
            keys = [links.asked_name(key, owner_of(demand), beside_demand(demand)) for key in keys]
        return list(dict.fromkeys(self.requested_skills(key) for key in keys))

    # ---- codes and vectors

    def _place(self, pc4: str | None, town: str | None, owner: str) -> int:
        """The place of a postcode, else of a town; unknown if neither has coordinates."""
        for key in place_keys(pc4, town, owner):
            if key in self.places or key in self.sources.places:
                return self.places(key)
        return UNKNOWN

    def _places(self, demand: Demand) -> list[int]:
        """The place of a demand, or that of each of its towns where no postcode says it."""
        owner, towns = owner_of(demand), towns_of(demand.town)
        exact = self._place(demand.pc4, None, owner)
        if exact != UNKNOWN or len(towns) < 2:
            return [exact if exact != UNKNOWN else self._place(None, towns[0] if towns else None, owner)]
        return [self._place(None, town, owner) for town in towns]

    def _languages(self, languages: Iterable[str]) -> int:
        mask = 0
        for language in languages:
            code = self.languages(fold(language))
            mask |= 1 << min(code, LANGUAGES - 1)
        return mask


def _meanings_of(texts: Sequence[str], sources: Sources) -> Int8Matrix:
    """What the second encoder makes of each text, shape (texts, its dimension)."""
    return _table(texts, sources.meanings, sources.second.scale.dimension if sources.second else 0, sources.hashes)


def _table(texts: Sequence[str], vectors: Mapping[str, Int8Matrix], dimension: int, hashes: TextHashes) -> Int8Matrix:
    """The vector of each text, zero where there is none, shape (texts, dimension)."""
    table = np.zeros((len(texts), dimension), np.int8)
    for row, text in enumerate(texts) if dimension else ():
        vector = vectors.get(hashes[text]) if text else None
        if vector is not None:
            table[row] = vector
    return table


def _shut(offering: Offering) -> int:
    """One of SHUT where the provider closed a course or cancelled it; else 0."""
    return SHUT.get(offering.registration, 0) if offering.registration else 0
