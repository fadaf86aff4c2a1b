"""Pairs in the compiled kernel (`matcher.kernel`), with the constants of the rules and signals, which are said once.

Each function gives None where the reference in NumPy has to do it: without the kernel, of copies of alumni in which
something was changed, of a demand with more words than the kernel takes, where alumni or demands have codes that the
tables of the pool lack, and where the vectors of words have another length than those of texts. What is prepared of a
pool is kept with it, and what is prepared of a query with its pairs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher import kernel
from matcher.domain.balance import FIRST_PLACE
from matcher.domain.kinds import KIND_CODES
from matcher.domain.ledger import LedgerEvent
from matcher.index.exact import line_of
from matcher.matching import unwanted
from matcher.matching.rules import RULES, legal_hours, no_consent, no_interest
from matcher.matching.signals import SIGNALS, evening, preference, qualification, recency, travel, words
from matcher.meeting import FEW
from matcher.pool import DAYS_IN_YEAR, NEVER, Pool
from matcher.pool.columns import (
    BUSY_BITS,
    CAN,
    NO_DAY,
    OFFERING_KIND,
    SIDE_BITS,
    UNKNOWN,
    WANTS,
    Bool,
    Coded,
    Demands,
    Float64,
    Int64,
    People,
    Ragged,
    day_of,
    gives_to_alumnus,
)
from matcher.pool.pairs import Pairs, km_from
from matcher.ports import VectorScale
from matcher.recent import keep

_MOST_PLACES = 64
_MOST_ASKED = 512
_CHANGES = {
    "day_parts": 1, "max_distance": 2, "certificate_until": 3, "online": 4, "languages": 5, "paused_until": 7,
    "offers": 8, "qualified_teacher": 9,
}  # fmt: skip
"""By column of the alumni the number of a change of it."""
_SKILL = 6
Beside = tuple[NDArray[Any] | None, ...]
Judged = tuple[Int64, Int64, Mapping[str, int]]
"""Rows of the pairs that pass all rules, of those that pass the rules about the person, and the others by rule."""


def query_of(pairs: Pairs) -> Any:
    """The kernel's query of these pairs, made once for all that are made of them; None: see above."""
    native = kernel.native()
    if native is None or pairs.copied_from is not None or not _knows(native):
        return None
    prepared = pairs.prepared
    about = (native, pairs.pool, pairs.people, pairs.demands, pairs.query, pairs.as_of, pairs.agreed, pairs.candidates)
    if prepared.get("about") != about:  # tables are compared by identity
        prepared.clear()
        prepared["query"] = _made(native, pairs)
        prepared["about"] = _Same(about)
    return prepared["query"]


class _Same:
    """Some objects, equal to the same objects."""

    __slots__ = ("_objects",)

    def __init__(self, objects: tuple[Any, ...]) -> None:
        self._objects = objects

    def __eq__(self, others: object) -> bool:
        return isinstance(others, tuple) and all(
            one is other or (isinstance(one, int | str) and one == other)
            for one, other in zip(self._objects, others, strict=True)
        )

    __hash__ = None  # type: ignore[assignment]


def judged(pairs: Pairs, seen: Bool | None) -> Judged | None:
    """The rules of all pairs, or of those that are `seen`, shape (m,)."""
    query = query_of(pairs)
    if query is None:
        return None
    eligible, willing = _room(len(pairs))
    excluded = np.zeros(len(RULES), np.int64)
    whole = pairs.covers_table
    count, able = query.judge(seen, None if whole else _rows(pairs), eligible, willing, excluded)
    by_rule = {rule.CODE: lost for rule, lost in zip(RULES, excluded.tolist(), strict=True) if lost}
    return eligible[:count].copy(), willing[:able].copy(), by_rule


class _Room(threading.local):
    """Rows that a thread writes to and copies from: memory that is in use already costs nothing to get."""

    rows: tuple[Int64, Int64] = (np.empty(0, np.int64), np.empty(0, np.int64))


_ROOM = _Room()


def _room(count: int) -> tuple[Int64, Int64]:
    if len(_ROOM.rows[0]) < count:
        _ROOM.rows = np.empty(count, np.int64), np.empty(count, np.int64)
    return _ROOM.rows


def failing(pairs: Pairs, *, as_person: bool = True) -> NDArray[np.int32] | None:
    """Of each pair the rules that it fails, as bits in their order; shape (m,).

    `as_person`: the rules about the person too (`rules.ABOUT_THE_PERSON`).
    """
    query = query_of(pairs)
    if query is None:
        return None
    bits = np.empty(len(pairs), np.int32)
    query.fails(_rows(pairs), as_person, bits)
    return bits


def values(pairs: Pairs, similar: Float64 | None, columns: Sequence[int]) -> Float64 | None:
    """The values of these signals, by place in `SIGNALS`, shape (signals, m).

    `similar`: the similarity of each; None where that is the first of these signals.
    """
    query = query_of(pairs)
    if query is None:
        return None
    found = np.empty((len(columns), len(pairs)))
    query.values(_rows(pairs), similar, np.array(columns, np.int64), found)
    return found


def scores(pairs: Pairs, similar: Float64 | None, weights: Float64, priors: Float64) -> Float64 | None:
    """The score of each pair; `weights`: shape (kinds, signals). `similar` as the caller knows it, or None."""
    query = query_of(pairs)
    if query is None:
        return None
    found = np.empty(len(pairs))
    query.scores(_rows(pairs), similar, None, None, weights, priors, None, None, found)
    return found


def scores_after(
    pairs: Pairs,
    changes: Sequence[tuple[str, float]],
    known: Sequence[Float64 | None],
    weights: Float64,
    priors: Float64,
) -> Float64 | None:
    """The score of each pair after one change of its alumnus each, NaN where a rule then excludes it; shape (m,).

    A change is a column of the alumni, or "skill", and its new value. `known`: similarity, words and meaning of each.
    """
    query = query_of(pairs)
    if query is None or not pairs.demand_is_query:
        return None
    what = np.array([_SKILL if column == "skill" else _CHANGES[column] for column, _ in changes], np.int64)
    to = np.array([_bits_of(value) if column == "max_distance" else int(value) for column, value in changes], np.int64)
    found = np.empty(len(pairs))
    of_each = [None if one is None else _each(one, len(pairs)) for one in known]
    query.scores(_rows(pairs), *of_each, weights, priors, what, to, found)
    return found


def _each(values_: Float64, count: int) -> Float64:
    return np.ascontiguousarray(np.broadcast_to(values_, (count,)))


def _bits_of(value: float) -> int:
    return int(np.float64(value).view(np.int64))


def best(
    pairs: Pairs, k: int, similar: Float64 | None, weights: Float64, priors: Float64
) -> tuple[Int64, Float64, int] | None:
    """Rows and scores of the k best, ties by the pool's order; and of how many the similarity was computed."""
    query = query_of(pairs)
    if query is None:
        return None
    most = max(min(k, len(pairs)), 0)
    rows, found = np.empty(most, np.int64), np.empty(most)
    count, verified = query.best(_rows(pairs), similar, weights, priors, rows, found)
    return rows[:count], found[:count], verified


def insert(  # noqa: PLR0917 - a demand, by what it counts, and the lists
    pairs: Pairs, number: int, weights: Float64, priors: Float64, rows: NDArray[np.int32], best_: Float64
) -> bool:
    """Puts the demand into the list of each alumnus, by row, where it belongs: changes both, shape (n, k) each.

    Among equal scores the one that was there first stays in front. False where the reference has to do it.
    """
    query = query_of(pairs)
    if query is None or not pairs.demand_is_query:
        return False
    query.insert(_rows(pairs), weights, priors, number, rows, best_)
    return True


def banded(  # noqa: PLR0917 - pairs, and what decides their bands
    pairs: Pairs, similar: Float64, weights: Float64, usual: Float64, topic: Float64, least: Float64, texts: Float64
) -> tuple[Int64, Int64] | None:
    """The place of the band of each pair, and of what caps it or -1; shape (m,) each.

    `usual`: what an unknown signal counts as. `topic`, `least`: the thresholds, shape (kinds, 3); `texts`: the weight
    of all texts, shape (kinds,).
    """
    query = query_of(pairs)
    if query is None or len(similar) != len(pairs):
        return None
    positions, caps = np.empty(len(pairs), np.int64), np.empty(len(pairs), np.int64)
    near = np.ascontiguousarray(similar, np.float64)
    query.banded(_rows(pairs), near, weights, usual, topic, least, texts, positions, caps)
    return positions, caps


@dataclass(frozen=True, slots=True)
class Added:
    """What each change of a request adds; 0 also where it is none.

    `day_parts`: by bit those that were tried, in their order. `others`: online, no certificate, any language, fewer
    hours.
    """

    day_parts: Sequence[tuple[int, int]]
    others: Sequence[int]


def added(pairs: Pairs, weights: Float64, usual: Float64, thresholds: Sequence[float], *, online: bool) -> Added | None:
    """How many of these alumni each change of their request adds to those who are worth asking.

    `pairs`: of those who pass the rules about the person. `usual`: what an unknown signal counts as. `thresholds`: the
    weight of the texts; what they take to be strong, good and possible; the least grade that is good. `online`: whether
    online too is a change.
    """
    query = query_of(pairs)
    if query is None or not pairs.demand_is_query:
        return None
    found = np.empty(11, np.int64)
    query.added(_rows(pairs), weights, usual, np.array(thresholds, np.float64), online, found)
    bits, adds, others = found[:3].tolist(), found[3:6].tolist(), found[7:].tolist()
    return Added([(bit, more) for bit, more in zip(bits, adds, strict=True) if bit >= 0], others)


def _rows(pairs: Pairs) -> Int64:
    return np.ascontiguousarray(pairs.rows, np.int64)


# ---------------------------------------------------------------------------------------------------------------------


@cache
def _knows(native: ModuleType) -> bool:
    """Whether it has exactly these rules and signals, in this order, and skills in part: else it is an older one."""
    ours = tuple(rule.CODE for rule in RULES), tuple(one.CODE for one in SIGNALS)
    return bool(ours == (native.RULES, native.SIGNALS) and "part" in native.SIDE)


@cache
def _numbers(native: ModuleType) -> Float64:
    known = {
        "far_km": travel.FAR_KM,
        "either": travel.EITHER,
        "old_years": recency.OLD_YEARS,
        "days_in_year": DAYS_IN_YEAR,
        "never": NEVER,
        "first_place": FIRST_PLACE,
        "same_domain": qualification.SAME_DOMAIN,
        "field_weight": qualification.FIELD_WEIGHT,
        "level_weight": qualification.LEVEL_WEIGHT,
        "not_wanted": unwanted.POINTS,
        "most_hours": legal_hours.MOST_HOURS_UNQUALIFIED,
        "few_words": FEW,
        "none_bit": no_interest.NONE,
        "stated": preference.STATED,
        "evenings": evening.EVENINGS,
        "offering_kind": OFFERING_KIND,
        "side_bits": SIDE_BITS,
        "can": CAN,
        "wants": WANTS,
        "busy_bits": BUSY_BITS,
        "no_day": NO_DAY,
    }
    return np.array([known[name] for name in native.NUMBERS], np.float64)


@cache
def _kinds(native: ModuleType) -> Any:
    numbers = np.arange(len(KIND_CODES))
    return native.Table(
        [no_consent.BIT_OF_KIND, gives_to_alumnus(numbers), np.isin(numbers, legal_hours.TEACHING), preference.SERVED]
    )


def _lines(native: ModuleType, scale: VectorScale, second: VectorScale | None) -> Any:
    words_, base = (np.array(of or ((0.0, 0.0), (1.0, 1.0)), np.float64).T for of in (scale.words, scale.baseline))
    if len(scale.baseline) < 2:
        base = base[:, :0]
    columns: list[NDArray[np.float64] | None] = []
    for line in (line_of(scale), line_of(second) if second else None, words_, base):
        if line is None:
            columns += [None, None, None]
        else:
            x, y = line
            columns += [*map(np.ascontiguousarray, (x, y)), (y[1:] - y[:-1]) / (x[1:] - x[:-1])]
    return native.Table(columns)


def _people(native: ModuleType, people: People) -> Any:
    columns: dict[str, Any] = {
        name: getattr(people, name)
        for name in native.PEOPLE
        if name in People.__slots__ and not isinstance(getattr(people, name), Ragged | Coded)
    }
    lists = {"held": people.qualifications, "skill": people.skills, "common": people.common_words}
    lists |= {"rare": people.rare_words, "busy": people.busy}
    for name, column in lists.items():
        columns |= {f"{name}_starts": column.starts, f"{name}s" if name == "skill" else name: column.values}
    for name, coded in (("distance", people.max_distance), ("most_price", people.max_price)):
        columns |= {name: coded.values, f"{name}_code": coded.codes}
    texts = people.texts
    columns |= {"vector_row": texts.vector_row, "vectors": texts.vectors, "meanings": texts.meanings}
    return _table(native, native.PEOPLE, columns)


def _widths(people: People) -> tuple[int, ...]:
    """How many places, qualifications, words of skills, words and texts there are at least, by the codes of alumni."""
    lists = (people.qualifications.values, people.skills.values)
    words_ = max(_most(one.values) >> SIDE_BITS for one in (people.common_words, people.rare_words))
    texts = max(_most(one) for one in (people.can_text, people.wants_text))
    vectors = _most(people.texts.vector_row) < len(people.texts.vectors)
    found = (_most(people.place), *map(_most, lists), words_, texts)
    return tuple(one + 1 for one in found) if vectors else (2**62,) * len(found)


def _most(codes: NDArray[Any]) -> int:
    return int(codes.max()) if len(codes) else -1


def _demands(native: ModuleType, demands: Demands) -> tuple[Any, tuple[int, ...]]:
    """Their table, and how many places, requested skills, words and kinds there are at least, by their codes."""
    columns: dict[str, Any] = {name: getattr(demands, name) for name in native.DEMANDS if name in Demands.__slots__}
    columns |= {"hours": demands.hours_per_week}
    lists = {"places": demands.places, "moment": demands.moments, "moment_day": demands.moment_days}
    lists |= {"skill": demands.skills, "word": demands.words}
    for name, column in lists.items():
        columns |= {f"{name}_starts": column.starts, name if name == "places" else f"{name}s": column.values}
    places = max(_most(demands.place), _most(demands.places.values))
    found = places, _most(demands.skills.values), _most(demands.words.values), _most(demands.kind)
    return _table(native, native.DEMANDS, columns), tuple(one + 1 for one in found)


def _side(native: ModuleType, pool: Pool, as_of: int) -> Any:
    loads, asked = pool.loads(as_of), pool.requested_skills
    columns = {
        "consents": pool.consents_on(as_of),
        "asks": loads.asks_in_year,
        "budget": pool.budgets,
        "last_ask": loads.last_ask,
        "given": loads.given,
        "received": loads.received,
        "first_places": loads.first_places if len(pool.first_places.person) else None,
        "name": pool.qualifications.name,
        "crebo": pool.qualifications.crebo,
        "domain": pool.qualifications.domain,
        "level": pool.qualifications.level,
        "rarity": pool.words.rarity,
        "word_vectors": pool.words.vector,
        "skill_weight": asked.weight,
        "cover_starts": asked.covered_by.starts,
        "cover": asked.covered_by.values,
        "part_starts": pool.partly_by.starts if len(pool.partly_by) else None,
        "part": pool.partly_by.values if len(pool.partly_by) else None,
    }
    return _table(native, native.SIDE, columns)


def _table(native: ModuleType, names: Sequence[str], columns: Mapping[str, Any]) -> Any:
    found = [columns[name] for name in names]
    if not all(one is None or (one.flags.c_contiguous and one.flags.aligned) for one in found):
        found = [None if one is None else np.require(one, requirements=("C", "A")) for one in found]
    return native.Table(found)


def _kept(pool: Pool, name: str, of: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    """What is made of these objects, kept with the pool under this name: the last one of each name."""
    known = pool.of_people.kept.get(name)
    if known is None or not _is_same(known[0], of):
        known = pool.of_people.kept[name] = of, make()
    return known[1]


def _is_kept(pool: Pool, name: str, of: tuple[Any, ...]) -> bool:
    """Whether what is kept under this name was made of these objects."""
    known = pool.of_people.kept.get(name)
    return known is not None and _is_same(known[0], of)


def _is_same(some: tuple[Any, ...], others: tuple[Any, ...]) -> bool:
    return len(some) == len(others) and all(one is other for one, other in zip(some, others, strict=True))


def _made(native: ModuleType, pairs: Pairs) -> Any:
    pool, demands, row, as_of = pairs.pool, pairs.demands, pairs.query, pairs.as_of
    loads, consents = pool.loads(as_of), pool.consents_on(as_of)
    people = _kept(pool, "people", (pairs.people,), lambda: _people(native, pairs.people))
    of = (
        loads, pool.budgets, consents, pool.first_places, pool.qualifications, pool.words, pool.requested_skills,
        pool.partly_by,
    )  # fmt: skip
    if demands is pool.requests or demands is pool.offerings:
        name = "requests" if demands is pool.requests else "offerings"
        asking, asked_widths = _kept(pool, name, (demands,), lambda: _demands(native, demands))
        side = _kept(pool, "side", of, lambda: _side(native, pool, as_of))
    else:
        asking, asked_widths = _demands(native, demands)
        name = "side" if _is_kept(pool, "side", of) else "unsaved"
        side = _kept(pool, name, of, lambda: _side(native, pool, as_of))
    sizes = (len(pool.points), len(pool.qualifications.name), 2**31, len(pool.words), len(pool.people.texts))
    widths = _kept(pool, "widths", (pairs.people,), lambda: _widths(pairs.people))
    asked_sizes = len(pool.points), len(pool.requested_skills.weight), len(pool.words), len(KIND_CODES)
    needed = zip((*widths, *asked_widths), (*sizes, *asked_sizes), strict=True)
    same_length = len(pool.words) == 0 or pool.words.vector.shape[1] == pairs.people.texts.vectors.shape[1]
    if not same_length or any(width > size for width, size in needed):
        return None  # a pool whose tables are not whole, or with the words of another encoder
    covering, partly = pool.requested_skills.covered_by.values, pool.partly_by.values
    most = _kept(pool, "covering", (covering, partly), lambda: max(_most(covering), _most(partly)))
    skill_words = max(widths[2], most + 1)
    second = pool.second.scale if pool.second else None
    lines = _kept(pool, "lines", (pool.scale, second), lambda: _lines(native, pool.scale, second))
    tables = (people, asking, side, lines, _kinds(native))
    if pairs.demand_is_query:
        beside, own = _beside_demand(pairs), (0, 0)
        if beside is None:
            return None
    else:
        beside, own = _beside_person(pairs)
    return native.Query(
        tables, _numbers(native), pairs.demand_is_query, pool.without_rare, row, as_of, day_of(as_of).year,
        pairs.agreed, pool.scale.factor**2, skill_words, *own, beside,
    )  # fmt: skip


def _beside_demand(pairs: Pairs) -> Beside | None:
    """What a demand has to do with some alumni; None where too many words are asked."""
    pool, demands, row = pairs.pool, pairs.demands, pairs.query
    key = int(demands.key[row])
    asked = demands.words.row(row)
    asked = asked[pool.words.rarity[asked] > 0]
    if len(asked) > _MOST_ASKED:
        return None
    met = words.met_by(pool, asked) if len(asked) else None
    conflicts, own = pool.conflicts, pool.own_matches
    having: NDArray[Any] | None = None
    if len(own.person) and bool(np.any((own.request_key == key) & (own.person < 0))):
        having = np.zeros(len(pairs.people), np.bool_)
        having[own.person[(own.request_key == key) & (own.person >= 0)]] = True
    not_wanted = None
    if len(numbers := unwanted.numbers_not_wanted(demands, row)):
        not_wanted = np.isin(pool.words.number, np.array(sorted(numbers), np.int64))
    return (
        _km(pairs),
        _sorted(pool.event_rows(LedgerEvent.DECLINED, key, pairs.as_of)),
        _sorted(conflicts.person[conflicts.request_key == key]),
        having,
        _sorted(pairs.firsts_of_demand(row)),
        not_wanted,
        met.table if met else None,
        met.known if met else None,
        None,
        None,
        None,
    )


def _beside_person(pairs: Pairs) -> tuple[Beside, tuple[int, int]]:
    """What an alumnus has to do with all demands of the table; and how many words of both texts say something."""
    pool, demands, person = pairs.pool, pairs.demands, pairs.query
    keys, count = demands.key, len(demands)
    conflicts, own = pool.conflicts, pool.own_matches
    passing = None
    if len(own.person):
        demanding, having = own.request_key[own.person < 0], own.request_key[own.person == person]
        passing = ~np.isin(keys, demanding) | np.isin(keys, having)
    not_wanted = None
    everything = Pairs(pool, pairs.people, demands, "demands", person, np.arange(count), pairs.as_of)
    if len(demands.unwanted.values):
        not_wanted = np.ascontiguousarray(everything.each(unwanted.fits(everything)))
    gives = gives_to_alumnus(demands.kind)
    nothing: tuple[NDArray[Any] | None, int] = (None, 0)
    near_can, own_can = words.near_words(everything, CAN) if not gives.all() else nothing
    near_wants, own_wants = words.near_words(everything, WANTS) if gives.any() else nothing
    beside = (
        _km(pairs),
        _mask(keys, pool.event_requests(LedgerEvent.DECLINED, person, pairs.as_of)),
        _mask(keys, conflicts.request_key[conflicts.person == person]),
        passing,
        _mask(keys, pairs.firsts_of_person(person)),
        not_wanted,
        None,
        None,
        near_can,
        near_wants,
        pairs.covered_asks(),
    )
    return beside, (own_can, own_wants)


def _sorted(rows: NDArray[Any]) -> Int64 | None:
    return np.unique(rows).astype(np.int64) if len(rows) else None


def _mask(keys: Int64, some: Int64) -> Bool | None:
    return np.isin(keys, some) if len(some) else None


def _km(pairs: Pairs) -> Float64 | None:
    """The distance from the query to each place of the pool; None where that is unknown."""
    pool, points = pairs.pool, pairs.pool.points
    if not len(points):
        return None
    if pairs.demand_is_query:
        several = pairs.demands.places.row(pairs.query)
        places: list[int] = several.tolist() if len(several) else [int(pairs.demands.place[pairs.query])]
    else:
        places = [int(pairs.people.place[pairs.query])]
    known = [place for place in places if place != UNKNOWN]
    if not known:
        return None
    saved = pairs.demands is pool.requests or pairs.demands is pool.offerings or _is_kept(pool, "km", (points,))
    kept: dict[int, Float64] = _kept(pool, "km", (points,), dict) if saved else {}
    tables = []
    for place in known:
        table = kept.get(place)
        tables.append(keep(kept, place, km_from(points, place), _MOST_PLACES) if table is None else table)
    return tables[0] if len(tables) == 1 else np.asarray(np.fmin.reduce(tables))
