"""Builds a pool from records and vectors, and a one-row table from a request that is not saved."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from matcher.domain import (
    Alumnus,
    Demand,
    Form,
    LedgerEvent,
    Offering,
    OnlineMode,
    Qualification,
    Request,
    RequestKind,
    mask_of,
)
from matcher.pool import Pool, Vocabulary, event_code
from matcher.pool.coding import (
    ask_budget,
    asked_skills,
    consent_mask,
    day_parts_of,
    flag,
    joined_skills,
    moments_of,
    qualification_table,
    span,
    target_codes,
    tie_order,
    unit_vectors,
)
from matcher.pool.columns import (
    OFFERING_KIND,
    UNKNOWN,
    Conflicts,
    Demands,
    Ledger,
    People,
    Ragged,
    code_of,
    day_number,
)
from matcher.pool.skills import skills_in_text
from matcher.pool.texts import can_text, demand_text, wants_text
from matcher.ports import Coordinates, Int8Matrix, LedgerLine, VectorScale
from matcher.text import fold, pc4_key, skill_key, text_hash, town_key

_NO_REQUEST = -1
"""Request key of a line whose request is gone: not 0, the key of a request that is not saved."""
_KIND_CODE = {kind: code for code, kind in enumerate(RequestKind)}
_ONLINE_CODE = {OnlineMode.NO: 0, OnlineMode.YES: 1, OnlineMode.EITHER: 2}
_FORM_CODE = {Form.CLASSROOM: 0, Form.ONLINE: 1, Form.BLENDED: 2}


@dataclass
class _Codes:
    """Gives each distinct value the next integer, from 0."""

    code: dict[str, int] = field(default_factory=dict)

    @classmethod
    def starting_with(cls, names: Iterable[str]) -> Self:
        return cls({name: code for code, name in enumerate(names)})

    def __call__(self, name: str) -> int:
        return self.code.setdefault(name, len(self.code))

    def names(self) -> tuple[str, ...]:
        return tuple(self.code)


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


def texts_of(alumni: Iterable[Alumnus], demands: Iterable[Demand]) -> dict[str, str]:
    """Every text that a pool of these records needs, by hash; empty texts left out (their vector is zero)."""
    texts: dict[str, str] = {}
    for alumnus in alumni:
        for text in (can_text(alumnus), wants_text(alumnus)):
            texts[text_hash(text)] = text
    for demand in demands:
        text = demand_text(demand)
        texts[text_hash(text)] = text
    texts.pop(text_hash(""), None)
    return texts


def ledger_columns(lines: Sequence[LedgerLine], rows: Mapping[int, int]) -> Ledger:
    """These lines as columns, shape (lines,); `rows` is the row of each alumnus by random key."""
    return Ledger(
        np.array([rows[line.alumnus_key] for line in lines], np.int32),
        np.array([_NO_REQUEST if line.request_key is None else line.request_key for line in lines], np.int64),
        np.array([event_code(line.event) for line in lines], np.int8),
        np.array([day_number(line.on) for line in lines], np.int32),
    )


def people_of(sources: Sources, known: Vocabulary) -> tuple[People, list[tuple[int, ...]], bool]:
    """The table of the alumni of these sources in the codes of a pool, and of each qualification its four codes.

    The last says whether they need a code that the pool does not have.
    """
    builder = _Builder(sources, known)
    people = builder.people()
    held = qualification_table(builder.held)
    codes: list[tuple[int, ...]] = [
        (int(name), int(crebo), int(domain), int(level))
        for name, crebo, domain, level in zip(held.name, held.crebo, held.domain, held.level, strict=True)
    ]
    now = (builder.places.names(), builder.languages.names(), builder.skills.names())
    return people, codes, now != (known.places, known.languages, known.skills)


def build_pool(sources: Sources) -> Pool:
    """The pool of these sources. Time and memory are linear in the records; no text is encoded here.

    Who offers and agreed to the same stands together: who is eligible is then read in long runs. Codes are given in the
    order of the sources, so they do not depend on that.
    """
    builder = _Builder(sources)
    people = builder.people()
    people = people.take(np.lexsort((people.key, people.consents, people.offers)))
    requests = builder.demands(sources.requests)
    offerings = builder.demands(sources.offerings)
    return builder.pool(people, requests, offerings)


def demand_row(
    pool: Pool, demand: Demand, vector: Int8Matrix, places: Mapping[str, Coordinates]
) -> tuple[Pool, Demands]:
    """A request or offering that is not in the pool, as a table of one row, and the pool whose codes it uses.

    The returned pool shares all columns with `pool`; only its places and asked skills may have grown.
    """
    text = demand_text(demand)
    sources = Sources(
        pool.revision,
        pool.origin,
        pool.encoder,
        pool.scale,
        (),
        (),
        (),
        (),
        (),
        places,
        {text_hash(text): vector} if text else {},
    )
    names = pool.vocabulary
    builder = _Builder(sources, names, pool.common_skills)
    table = builder.demands([demand])
    places_now, asked_now = builder.places.names(), builder.asked.names()
    new_asked = asked_now[len(names.asked) :]
    new_places = places_now[len(names.places) :]
    extended = replace(
        pool,
        vocabulary=replace(
            names, places=places_now, asked=asked_now, spelled=(*names.spelled, *map(builder.spelling, new_asked))
        ),
        points=np.concatenate([pool.points, unit_vectors(new_places, places)]),
        asked=joined_skills(pool.asked, asked_skills(new_asked, names.skill_words, pool.holders, len(pool.people))),
    )
    return extended, table


class _Builder:
    """Holds the codes that are handed out while the columns are filled."""

    def __init__(
        self, sources: Sources, known: Vocabulary | None = None, common_skills: frozenset[str] = frozenset()
    ) -> None:
        self.sources = sources
        self.places = _Codes.starting_with(known.places if known else ())
        self.languages = _Codes.starting_with(known.languages if known else ())
        self.skills = _Codes.starting_with(known.skills if known else ())
        self.asked = _Codes.starting_with(known.asked if known else ())
        self.spellings: dict[str, Counter[str]] = defaultdict(Counter)
        self.held: dict[Qualification, int] = {}
        self.zero = np.zeros(sources.scale.dimension, np.int8)
        self.common = common_skills
        self.accepted = Counter(line.request_key for line in sources.ledger if line.event is LedgerEvent.ACCEPTED)

    # ---- alumni

    def people(self) -> People:
        alumni = self.sources.alumni
        held = [[self._held(item) for item in person.qualifications] for person in alumni]
        skills = [sorted({self.skills(key) for key in map(skill_key, person.skills) if key}) for person in alumni]
        self.common = self._common(skills)
        schools = cache(code_of)

        def column(dtype: type[np.generic], value: Callable[[Alumnus], float]) -> NDArray[Any]:
            return np.fromiter((value(person) for person in alumni), dtype, len(alumni))

        return People(
            key=column(np.int64, lambda a: a.key),
            order=tie_order(alumni),
            school=column(np.int64, lambda a: schools(a.school)),
            place=column(np.int32, lambda a: self._place(a.pc4, a.town)),
            day_parts=column(np.int32, lambda a: UNKNOWN if a.day_parts is None else a.day_parts),
            offers=column(np.int16, lambda a: UNKNOWN if a.offers is None else mask_of(a.offers)),
            need_kinds=column(np.int8, lambda a: UNKNOWN if a.need_kinds is None else mask_of(a.need_kinds)),
            consents=column(np.int16, consent_mask),
            paused_until=column(np.int32, lambda a: day_number(a.paused_until)),
            max_distance=column(np.float64, lambda a: np.nan if a.max_distance_km is None else a.max_distance_km),
            online=column(np.int8, lambda a: flag(a.online)),
            budget=column(np.int16, ask_budget),
            languages=column(np.int64, lambda a: self._languages(a.languages)),
            max_price=column(np.float64, lambda a: np.nan if a.max_price is None else a.max_price),
            certificate_until=column(np.int32, lambda a: day_number(a.certificate_until)),
            qualified_teacher=column(np.int8, lambda a: flag(a.qualified_teacher)),
            company=column(np.int8, lambda a: int(bool(a.company_id))),
            last_year=column(np.int16, lambda a: max((q.year for q in a.qualifications if q.year), default=0)),
            qualifications=Ragged.of(held),
            skills=Ragged.of(skills),
            can=self._vectors([can_text(person) for person in alumni]),
            wants=self._vectors([wants_text(person) for person in alumni]),
        )

    def _held(self, qualification: Qualification) -> int:
        kind = Qualification(qualification.crebo, qualification.name, qualification.level)
        return self.held.setdefault(kind, len(self.held))

    def _common(self, skills: list[list[int]]) -> frozenset[str]:
        flat = [skill for row in skills for skill in row]
        holders = np.bincount(np.array(flat, np.int64), minlength=len(self.skills.code))
        return frozenset(name for name, count in zip(self.skills.names(), holders, strict=True) if count >= 2)

    # ---- requests and offerings

    def demands(self, demands: Sequence[Demand]) -> Demands:
        columns = [self._demand(demand) for demand in demands]

        def column(dtype: type[np.generic], name: str) -> NDArray[Any]:
            return np.array([row[name] for row in columns], dtype)

        return Demands(
            key=column(np.int64, "key"),
            order=tie_order(demands),
            kind=column(np.int8, "kind"),
            school=column(np.int64, "school"),
            place=column(np.int32, "place"),
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
            vector=self._vectors([demand_text(demand) for demand in demands]),
        )

    def _demand(self, demand: Demand) -> dict[str, float]:
        shared = {
            "key": demand.key,
            "place": self._place(demand.pc4, demand.town),
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
                "closes": day_number(demand.apply_until or demand.start),
                "starts": day_number(demand.start),
                "full": int(seats_left is not None and seats_left <= 0),
                "price": np.nan if demand.price is None else demand.price,
                **target_codes(demand.crebo, demand.level),
            }
        first, last = span(demand)
        return shared | {
            "kind": _KIND_CODE[demand.kind],
            "school": code_of(demand.school) if demand.school else 0,
            "online": UNKNOWN if demand.online is None else _ONLINE_CODE[demand.online],
            "languages": self._languages(demand.languages),
            "hours": np.nan if demand.hours_per_week is None else demand.hours_per_week,
            "certificate": int(demand.certificate_required),
            "company": int(demand.company_required),
            "closes": min((day for day in (day_number(demand.closes_on), last) if day), default=0),
            "starts": first,
            "full": int(self.accepted[demand.key] >= demand.people),
            "price": np.nan,
            **target_codes(demand.programme, demand.level),
        }

    def _asked(self, demand: Demand) -> list[int]:
        stated = [key for key in map(skill_key, demand.skills) if key]
        for skill in demand.skills:
            self.spellings[skill_key(skill)][" ".join(skill.split())] += 1
        found = stated or skills_in_text(f"{demand.title} {demand.description or ''}", self.common)
        return sorted({self.asked(key) for key in found})

    def spelling(self, key: str) -> str:
        """How a skill is written most often; the key itself where nobody listed it."""
        found = self.spellings.get(key)
        return max(found, key=lambda written: (found[written], written)) if found else key

    # ---- codes and vectors

    def _place(self, pc4: str | None, town: str | None) -> int:
        """The place of a postcode, else of a town; unknown where neither has coordinates."""
        for key in (pc4_key(pc4) if pc4 else "", town_key(town) if town else ""):
            if key in self.places.code or key in self.sources.places:
                return self.places(key)
        return UNKNOWN

    def _languages(self, languages: Iterable[str]) -> int:
        mask = 0
        for language in languages:
            code = self.languages(fold(language))
            mask |= 1 << min(code, 62)
        return mask

    def _vectors(self, texts: Sequence[str]) -> Int8Matrix:
        vectors = self.sources.vectors
        table = np.zeros((len(texts), len(self.zero)), np.int8)
        for row, text in enumerate(texts):
            vector = vectors.get(text_hash(text)) if text else None
            if vector is not None:
                table[row] = vector
        return table

    # ---- the whole

    def pool(self, people: People, requests: Demands, offerings: Demands) -> Pool:
        rows = {int(key): row for row, key in enumerate(people.key)}
        ledger = [line for line in self.sources.ledger if line.alumnus_key in rows]
        conflicts = [(request, rows[person]) for request, person in self.sources.conflicts if person in rows]
        names = Vocabulary(
            self.places.names(),
            self.languages.names(),
            self.skills.names(),
            self.asked.names(),
            tuple(map(self.spelling, self.asked.names())),
        )
        holders = people.skills.transposed(len(names.skills))
        return Pool(
            revision=self.sources.revision,
            origin=self.sources.origin,
            encoder=self.sources.encoder,
            scale=self.sources.scale,
            people=people,
            requests=requests,
            offerings=offerings,
            ledger=ledger_columns(ledger, rows),
            conflicts=Conflicts(
                np.array([person for _, person in conflicts], np.int32),
                np.array([request for request, _ in conflicts], np.int64),
            ),
            vocabulary=names,
            points=unit_vectors(names.places, self.sources.places),
            held=qualification_table(self.held),
            asked=asked_skills(names.asked, names.skill_words, holders, len(people)),
            holders=holders,
            common_skills=self.common,
        )
