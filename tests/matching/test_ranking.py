"""The promises of the ranking, on whole random worlds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.index import MAKERS, Side
from matcher.index.exact import ExactIndex, similarity_of
from matcher.matching import ranking, unwanted
from matcher.matching.question import Question
from matcher.matching.rules import RULES
from matcher.matching.signals import SIGNALS
from matcher.matching.thresholds import Limits
from matcher.matching.visibility import visible
from matcher.matching.weights import shipped
from matcher.pool import Pool, RowOfKey
from matcher.pool.build import build_pool, texts_of
from matcher.pool.builder import Sources
from matcher.pool.columns import Demands, day_number
from matcher.pool.pairs import Pairs
from tests.support.pair import PLAIN, alumnus
from tests.support.worlds import AS_OF, DIMENSION, PLACES, SCALE, World, worlds

WEIGHTS = shipped()
DAY = day_number(AS_OF)


def people_pairs(pool: Pool, demands: Demands, row: int) -> Pairs:
    pairs = Pairs(pool, pool.people, demands, "people", row, np.arange(len(pool.people)), DAY)
    return pairs.take(visible(pairs))


def demand_pairs(pool: Pool, demands: Demands, person: int) -> Pairs:
    pairs = Pairs(pool, pool.people, demands, "demands", person, np.arange(len(demands)), DAY)
    return pairs.take(visible(pairs))


def every_query(pool: Pool) -> list[Pairs]:
    queries = [people_pairs(pool, table, row) for table in (pool.requests, pool.offerings) for row in range(len(table))]
    queries += [
        demand_pairs(pool, table, person)
        for table in (pool.requests, pool.offerings)
        for person in range(len(pool.people))
    ]
    return queries


def by_hand(pairs: Pairs, k: int) -> list[tuple[int, float]]:
    """Every eligible pair scored on its own, one at a time, then sorted."""
    scored = []
    for row in pairs.rows.tolist():
        pair = pairs.at(np.array([row]))
        if all(pair.each(rule.passes(pair))[0] for rule in RULES):
            (terms,) = ranking.contributions(pair, ranking.similarities(pair), WEIGHTS)
            score = 0.0
            for term in terms:
                score += term.points
            order = (pairs.people if pairs.demand_is_query else pairs.demands).order[row]
            scored.append((-score, int(order), row))
    return [(row, -score) for score, _, row in sorted(scored)][:k]


@given(worlds(), st.integers(1, 8))
def test_top_equals_brute_force(world: World, k: int) -> None:
    """Top-k is what scoring every eligible pair on its own and sorting gives: same rows, same bits."""
    for pairs in every_query(world.pool):
        found = ranking.top(ranking.apply_rules(pairs).pairs, k, WEIGHTS)
        assert list(zip(found.rows.tolist(), found.scores.tolist(), strict=True)) == by_hand(pairs, k)


@given(worlds(), st.integers(1, 8))
def test_the_place_of_whoever_was_listed_is_remembered(world: World, k: int) -> None:
    """For each of the best: the place in the list, and how many are in it; only of this list, day and weights."""
    pool, other = world.pool, replace(WEIGHTS)
    for asked in world.sources.requests:
        question = Question(asked, AS_OF)
        rows = range(len(pool.people))
        assert {ranking.remembered_place(pool, question, WEIGHTS, row) for row in rows} <= {None}
        outcome = ranking.rank(pool, question, WEIGHTS, k=k)
        best = outcome.best.rows.tolist()
        for row in rows:
            place = (len(outcome.eligible.pairs), best.index(row) + 1) if row in best else None
            assert ranking.remembered_place(pool, question, WEIGHTS, row) == place
            assert ranking.remembered_place(pool, question, other, row) is None
            assert ranking.remembered_place(pool, Question(asked, AS_OF + timedelta(1)), WEIGHTS, row) is None


@given(worlds(), st.integers(1, 6), st.integers(1, 3))
def test_words_are_looked_at_only_where_they_count(world: World, k: int, first: int) -> None:
    """The bound of the words that meet leaves no one out: same rows and bits, however few are looked at first."""
    for pairs in every_query(world.pool):
        eligible = ranking.apply_rules(pairs).pairs
        found = ranking.top(eligible, k, WEIGHTS, None, Limits(verify_first=first))
        assert list(zip(found.rows.tolist(), found.scores.tolist(), strict=True)) == by_hand(pairs, k)
        similar = ranking.similarities(eligible)
        bounds = ranking.Bounds(eligible, similar, WEIGHTS)
        scores = ranking.scores(eligible, similar, WEIGHTS)
        assert (bounds.values >= scores).all()
        assert bounds.scores(np.arange(len(eligible))).tolist() == scores.tolist()


@pytest.mark.parametrize("name", MAKERS)
@given(world=worlds(), k=st.integers(1, 6), shortlist=st.integers(1, 5), first=st.integers(1, 3))
def test_the_indexed_path_gives_the_same_bits(name: str, world: World, k: int, shortlist: int, first: int) -> None:
    """Shortlist, bound and verification give exactly what scoring everybody gives, however short the shortlist."""
    pool = world.pool
    limits = Limits(score_all_below=0, score_all_share=0.0, shortlist=shortlist, verify_first=first)
    for table in (pool.requests, pool.offerings):
        for row in range(len(table)):
            pairs = ranking.apply_rules(people_pairs(pool, table, row)).pairs
            index = MAKERS[name](getattr(pool.people, ranking.side_of(table, row)))
            all_scored = ranking.top(pairs, k, WEIGHTS)
            indexed = ranking.top(pairs, k, WEIGHTS, index, limits)
            assert indexed.rows.tolist() == all_scored.rows.tolist()
            assert indexed.scores.tolist() == all_scored.scores.tolist()


@pytest.mark.parametrize(
    ("k", "level", "asked"), [(1, 60, ["can"]), (2, 60, ["can"]), (3, 60, []), (4, 60, []), (1, 0, [])]
)
def test_an_index_is_asked_for_only_where_it_is_used(k: int, level: int, asked: list[str]) -> None:
    """Not where everybody is among the k best, nor for a query without known words; the answer is the same."""
    people = [
        alumnus(alumnus_id=f"A-{key}", key=key, function="kok", skills=("koken",) * (key % 2)) for key in (3, 4, 5)
    ]
    vectors = {hash_: np.full(DIMENSION, 60, np.int8) for hash_ in texts_of(people, [PLAIN])}
    pool = build_pool(Sources(1, "1 here", "fake", SCALE, people, [PLAIN], [], [], [], PLACES, vectors))
    question = Question(PLAIN, AS_OF, vector=np.full(DIMENSION, level, np.int8))
    limits = Limits(score_all_below=0, score_all_share=0.0)
    sides: list[str] = []

    def index(side: Side) -> ExactIndex:
        sides.append(side)
        return ExactIndex(getattr(pool.people, side))

    found = ranking.rank(pool, question, WEIGHTS, index, k=k, limits=limits)
    usual = ranking.rank(pool, question, WEIGHTS, k=k)
    assert sides == asked
    assert len(found.eligible.pairs) == 3
    assert found.best.rows.tolist() == usual.best.rows.tolist()
    assert found.best.scores.tolist() == usual.best.scores.tolist()
    assert level or found.best.verified == 0


class Forgetful:
    """An approximate index: of the rows asked for it has never seen those that leave a remainder."""

    exact = False

    def __init__(self, vectors: np.ndarray, every: int) -> None:
        self._index, self._every = ExactIndex(vectors), every

    def search(self, query: np.ndarray, k: int, rows: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        assert rows is not None
        return self._index.search(query, k, rows[:: self._every])


@given(world=worlds(), k=st.integers(1, 6), shortlist=st.integers(1, 5), every=st.integers(1, 3))
def test_an_index_that_proves_nothing_is_told_of(world: World, k: int, shortlist: int, every: int) -> None:
    """Every score is right whatever an approximate index forgets; the outcome is called exact only when it is."""
    limits = ranking.Limits(score_all_below=0, score_all_share=0.0, unproven=shortlist, unproven_each=1)
    pool = world.pool
    for table in (pool.requests, pool.offerings):
        for row in range(len(table)):
            pairs = ranking.apply_rules(people_pairs(pool, table, row)).pairs
            index = Forgetful(getattr(pool.people, ranking.side_of(table, row)), every)
            everybody = ranking.top(pairs, len(pairs), WEIGHTS)
            score_of = dict(zip(everybody.rows.tolist(), everybody.scores.tolist(), strict=True))
            found = ranking.top(pairs, k, WEIGHTS, index, limits)
            assert [score_of[one] for one in found.rows.tolist()] == found.scores.tolist()
            assert found.scores.tolist() == sorted(found.scores.tolist(), reverse=True)
            if found.exact:
                assert found.rows.tolist() == everybody.rows.tolist()[:k]


@given(worlds(), st.integers(0, 2**20))
def test_whole_columns_and_copies_give_the_same(world: World, mask: int) -> None:
    """Rules over everybody with a mask are rules over copies of those seen: same rows, counts, scores and bits."""
    pool = world.pool
    for table in (pool.requests, pool.offerings):
        for row in range(len(table)):
            whole = Pairs.with_everybody(pool, table, row, DAY)
            some = np.array([bool(mask >> place & 1) for place in range(len(whole))], np.bool_)
            seen = visible(whole) & some
            by_mask = ranking.apply_rules(whole, seen)
            by_copy = ranking.apply_rules(people_pairs(pool, table, row).at(np.flatnonzero(seen)))
            assert by_mask.pairs.rows.tolist() == by_copy.pairs.rows.tolist()
            assert by_mask.excluded == by_copy.excluded
            one, other = (ranking.top(found.pairs, 5, WEIGHTS) for found in (by_mask, by_copy))
            assert (one.rows.tolist(), one.scores.tolist()) == (other.rows.tolist(), other.scores.tolist())


@given(st.lists(st.integers(0, 2**63 - 1), unique=True), st.integers(0, 2**63 - 1))
def test_the_row_of_a_key_is_found(keys: list[int], other: int) -> None:
    """As a dict would, in whatever order the rows stand."""
    found, expected = RowOfKey(np.array(keys, np.int64)), {key: row for row, key in enumerate(keys)}
    assert {key: found[key] for key in keys} == expected
    assert (len(found), set(found), other in found) == (len(keys), set(keys), other in expected)
    assert [found.get(word) for word in ("erased", None)] == [None, None]  # type: ignore[call-overload]


@given(worlds())
def test_a_pair_is_the_same_from_both_sides(world: World) -> None:
    """Whoever asks, a pair has the same visibility, the same rules, the same values and the same score."""
    pool = world.pool
    for table in (pool.requests, pool.offerings):
        for row in range(len(table)):
            forward = Pairs(pool, pool.people, table, "people", row, np.arange(len(pool.people)), DAY)
            seen = visible(forward)
            trace = [forward.each(rule.passes(forward)) for rule in RULES]
            similar = ranking.similarities(forward)
            values = [forward.each(signal.values(forward, similar)) for signal in SIGNALS]
            totals = ranking.scores(forward, similar, WEIGHTS)
            for person in range(len(pool.people)):
                back = Pairs(pool, pool.people, table, "demands", person, np.array([row]), DAY)
                assert visible(back)[0] == seen[person]
                assert [back.each(rule.passes(back))[0] for rule in RULES] == [passes[person] for passes in trace]
                near = ranking.similarities(back)
                mine = np.array([back.each(signal.values(back, near))[0] for signal in SIGNALS])
                np.testing.assert_array_equal(mine, np.array([value[person] for value in values]))
                assert ranking.scores(back, near, WEIGHTS)[0] == totals[person]


@given(worlds())
def test_contributions_are_the_score(world: World) -> None:
    """Points add up to the score, values lie in [0, 1], an unknown value is the signal's prior.

    Weights add up to 1, without what is taken off.
    """
    codes = [signal.CODE for signal in SIGNALS]
    for pairs in every_query(world.pool):
        similar = ranking.similarities(pairs)
        for score, terms in zip(
            ranking.scores(pairs, similar, WEIGHTS), ranking.contributions(pairs, similar, WEIGHTS), strict=True
        ):
            assert sum(term.points for term in terms) == pytest.approx(score, abs=1e-12)
            assert sum(term.weight for term in terms if term.signal != unwanted.CODE) == pytest.approx(1.0)
            for term in terms:
                assert 0.0 <= term.value <= 1.0
                assert term.points == term.weight * term.value
                assert term.known or term.value == WEIGHTS.priors[codes.index(term.signal)]


@given(worlds())
def test_everybody_visible_is_eligible_or_counted_once(world: World) -> None:
    """Eligible and excluded add up to the visible; each excluded pair is counted under the first rule that it fails."""
    for pairs in every_query(world.pool):
        eligible = ranking.apply_rules(pairs)
        assert len(eligible.pairs) + sum(eligible.excluded.values()) == len(pairs)
        first: dict[str, int] = {}
        for row in pairs.rows.tolist():
            pair = pairs.at(np.array([row]))
            failed = [rule.CODE for rule in RULES if not pair.each(rule.passes(pair))[0]]
            assert (row in eligible.pairs.rows) == (not failed)
            for code in failed[:1]:
                first[code] = first.get(code, 0) + 1
        assert dict(eligible.excluded) == first


@given(worlds(), st.randoms())
def test_the_order_of_the_rows_does_not_matter(world: World, random) -> None:  # type: ignore[no-untyped-def]
    """Pairs in another order have the same values, each its own."""
    for pairs in every_query(world.pool):
        mixed = np.array(random.sample(range(len(pairs)), len(pairs)), np.int64)
        straight = ranking.contributions(pairs, ranking.similarities(pairs), WEIGHTS)
        shuffled = pairs.take(mixed)
        assert ranking.contributions(shuffled, ranking.similarities(shuffled), WEIGHTS) == [
            straight[position] for position in mixed
        ]


@given(worlds())
def test_no_signal_falls_when_similarity_rises(world: World) -> None:
    """What the exact ranking relies on: a higher similarity never lowers a score."""
    for pairs in every_query(world.pool):
        levels = [ranking.scores(pairs, np.full(len(pairs), level), WEIGHTS) for level in (0.0, 0.3, 0.300001, 1.0)]
        for lower, higher in pairwise(levels):
            assert (higher >= lower).all()


@given(st.lists(st.integers(-(2**20), 2**20), min_size=1, max_size=30))
def test_calibration_is_monotone_and_batch_free(dots: list[int]) -> None:
    """A larger dot product never has a smaller similarity, and the batch does not change a bit."""
    from tests.support.worlds import SCALE

    array = np.sort(np.array(dots, np.int32))
    together = similarity_of(SCALE, array)
    assert (np.diff(together) >= 0).all()
    assert ((together >= 0) & (together <= 1)).all()
    assert [similarity_of(SCALE, array[i : i + 1])[0] for i in range(len(array))] == together.tolist()
