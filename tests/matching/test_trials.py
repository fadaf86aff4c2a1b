"""A list under two settings, in random worlds: unchanged settings change nothing, others nothing but what they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.consent import Terms
from matcher.domain.kinds import Purpose
from matcher.domain.records import Request
from matcher.errors import InvalidValue
from matcher.matching import ranking
from matcher.matching.question import Question
from matcher.matching.signals import words
from matcher.matching.thresholds import Limits
from matcher.matching.trials import (
    AFTER,
    BEFORE,
    Settings,
    Tally,
    both,
    can_be_heavier,
    fits,
    gini,
    heavier,
    under,
)
from matcher.matching.weights import own, shipped
from matcher.pool import OfPeople, Pool
from tests.support.worlds import AS_OF, World, worlds

OTHER = own(heavier(shipped(), "rest", 3.0))


def everybody(pool: Pool) -> np.ndarray:
    return np.ones(len(pool.people), np.bool_)


def requests_of(world: World) -> list[Request]:
    return list(world.sources.requests)


LIMITS = st.builds(Limits, verify_first=st.integers(1, 30))
"""From what is looked at first on, the others are scored only where they can be among the best."""


@given(worlds(), st.integers(1, 4), st.integers(1, 4), LIMITS)
def test_unchanged_settings_change_nothing(world: World, one: int, other: int, limits: Limits) -> None:
    """Both lists are the ranking, to the last bit, whether or not they are made apart."""
    pool, weights = world.pool, shipped()
    assert under(pool, Settings(), ()) is pool
    copies = [(pool, pool), (pool, replace(pool))], [(weights, weights), (weights, replace(weights))]
    for request in requests_of(world):
        question = Question(request, AS_OF)
        best = ranking.rank(pool, question, weights, k=max(one, other)).best
        for pools in copies[0]:
            for tried in copies[1]:
                made = both(pools, question, tried, everybody(pool), (one, other), limits)
                for ranked, count in ((made.before, one), (made.after, other)):
                    assert ranked.rows.tolist() == best.rows[:count].tolist()
                    assert ranked.scores.tobytes() == best.scores[:count].tobytes()


@given(worlds(), st.data())
def test_who_may_not_be_looked_at_is_in_no_list(world: World, data: st.DataObject) -> None:
    """Neither before nor after, nor among those who could be; the others keep their order and their scores."""
    pool, weights = world.pool, shipped()
    allowed = np.array(data.draw(st.lists(st.booleans(), min_size=len(pool.people), max_size=len(pool.people))))
    for request in requests_of(world):
        question, everyone = Question(request, AS_OF), len(pool.people)
        whole = ranking.rank(pool, question, weights, k=everyone).best
        made = both((pool, pool), question, (weights, OTHER), allowed, (everyone, everyone))
        kept = allowed[whole.rows]
        assert made.before.rows.tolist() == whole.rows[kept].tolist()
        assert made.before.scores.tobytes() == whole.scores[kept].tobytes()
        for rows in (made.after.rows, *made.eligible):
            assert allowed[rows].all()


@given(worlds(), st.integers(1, 5), LIMITS)
def test_other_weights_are_those_of_a_ranking_by_them(world: World, count: int, limits: Limits) -> None:
    """To the last bit, though both lists share what does not depend on weights."""
    for request in requests_of(world):
        question = Question(request, AS_OF)
        made = both((world.pool, world.pool), question, (shipped(), OTHER), everybody(world.pool), (2, count), limits)
        for ranked, weights, k in ((made.before, shipped(), 2), (made.after, OTHER, count)):
            best = ranking.rank(world.pool, question, weights, k=k).best
            assert ranked.rows.tolist() == best.rows.tolist()
            assert ranked.scores.tobytes() == best.scores.tobytes()


@given(worlds(), st.integers(0, 5), LIMITS)
def test_other_settings_are_those_of_a_pool_with_them(world: World, asks: int, limits: Limits) -> None:
    """Fewer asks a year, and nobody is asked more often than they said; without the second encoder."""
    stated = [person.key for person in world.sources.alumni if person.max_asks_per_year is not None]
    tried = under(world.pool, Settings(asks_a_year=asks, meaning=False), stated)
    assert tried.second is None
    by_key = {person.key: person.max_asks_per_year for person in world.sources.alumni}
    budgets = dict(zip(tried.people.key.tolist(), tried.people.budget.tolist(), strict=True))
    assert budgets == {key: asks if said is None else min(said, asks) for key, said in by_key.items()}
    for request in requests_of(world):
        question = Question(request, AS_OF)
        made = both((world.pool, tried), question, (shipped(), OTHER), everybody(tried), (9, 9), limits)
        best = ranking.rank(tried, question, OTHER, k=9).best
        assert made.after.rows.tolist() == best.rows.tolist()
        assert made.after.scores.tobytes() == best.scores.tobytes()
        assert set(made.after.rows.tolist()) <= set(made.eligible[AFTER].tolist())


@given(worlds())
def test_fit_is_measured_by_one_yardstick(world: World) -> None:
    """The mean score of a list is that of the yardstick, whatever the list was made by."""
    pool, weights = world.pool, shipped()
    for request in requests_of(world):
        made = both((pool, pool), Question(request, AS_OF), (OTHER, weights), everybody(pool), (3, 3))
        before, after = fits(made.pairs, [made.before.rows, made.after.rows], weights)
        assert (before.count, after.count) == (len(made.before.rows), len(made.after.rows))
        if after.count:
            assert after.score == pytest.approx(float(made.after.scores.mean()), abs=1e-12)
            assert before.score is not None
            assert after.scores >= before.scores - 1e-12  # no other list of as many is better by these weights
        else:
            assert (before.score, before.similarity) == (None, None)


def test_a_shorter_term_counts_and_a_longer_one_does_not() -> None:
    """Nobody comes back whose consent is over by now."""
    now = Terms(24, {Purpose.MENTOR: 6})
    assert Settings().terms(now) is now
    assert Settings(months=12).terms(now) == Terms(12, {Purpose.MENTOR: 6})
    assert Settings(months=3).terms(now) == Terms(3, {Purpose.MENTOR: 3})
    assert Settings(months=24).terms(Terms(18)) == Terms(18)


@pytest.mark.parametrize("wrong", [{"asks_a_year": -1}, {"asks_a_year": 366}, {"months": 0}, {"months": 25}])
def test_what_is_out_of_range_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InvalidValue):
        Settings(**wrong)  # type: ignore[arg-type]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=12))
def test_gini_is_the_mean_difference(counts: list[int]) -> None:
    """Half the mean absolute difference, relative to the mean; 0 where nobody is asked or all equally often."""
    values = np.array(counts, np.int32)
    if not values.sum():
        assert gini(values) == 0.0
        return
    differences = np.abs(values[:, None] - values[None, :]).mean()
    assert gini(values) == pytest.approx(differences / (2 * values.mean()), abs=1e-12)


def test_asks_are_tallied_an_alumnus() -> None:
    """Asks beyond what is left; an alumnus is asked for the first time once."""
    tally = Tally(4)
    for rows in ([0, 1], [0, 2]):
        chosen = np.array(rows, np.int64)
        tally.add(AFTER, chosen, chosen == 0)
    tally.could[:3] = True
    assert tally.asks[AFTER].tolist() == [2, 1, 1, 0]
    assert (int(tally.first[AFTER].sum()), int(tally.first[BEFORE].sum())) == (1, 0)
    assert (tally.over(AFTER, np.array([1, 1, 0, 0])), tally.over(BEFORE, np.zeros(4, np.int64))) == (2, 0)
    assert tally.gini(BEFORE) == 0.0
    assert tally.gini(AFTER) == pytest.approx(gini(np.array([2, 1, 1], np.int32)))


def test_heavier_weights_can_be_used_and_add_up() -> None:
    """As TOML that `ranking use` takes: one signal more, the others in proportion; of own weights too."""
    for base in (shipped(), own("[priors]\nrest = 0.9\n[kinds.mentor]\nversion = 9\nmeaning = 0.1\n")):
        for signal in can_be_heavier(base):
            made = own(heavier(base, signal, 2.0))
            assert np.allclose(made.table.sum(axis=1), 1.0)
            assert np.array_equal(made.priors, base.priors)
            assert np.array_equal(made.meaning, base.meaning)
        same = own(heavier(base, "rest", 1.5))
        assert same.names != base.names
        row = base.table[0]
        lifted = own(heavier(base, "travel", 3.0)).table[0]
        at = int(np.flatnonzero(lifted > row)[0])
        assert np.allclose(
            np.delete(lifted, at) * np.delete(row, at).sum(), np.delete(row, at) * np.delete(lifted, at).sum()
        )
    for signal, factor in (("rest", 9.0), ("charm", 2.0)):
        with pytest.raises(InvalidValue):
            heavier(shipped(), signal, factor)


@given(worlds(), st.integers(1, 4))
def test_words_that_are_compared_together_meet_the_same(world: World, k: int) -> None:
    """To the last bit, whichever requests are compared at once."""
    pool = world.pool
    fresh = replace(pool, of_people=OfPeople())
    compared = words.together(fresh, np.arange(len(fresh.requests)))
    for request in requests_of(world):
        words.expect(fresh, fresh.request_row[request.key], compared)
        assert len(fresh.of_people.asked) == 1
        question = Question(request, AS_OF)
        made, best = (ranking.rank(one, question, shipped(), k=k).best for one in (fresh, pool))
        assert made.rows.tolist() == best.rows.tolist()
        assert made.scores.tobytes() == best.scores.tobytes()
