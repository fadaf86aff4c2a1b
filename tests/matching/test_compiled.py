"""The compiled kernel gives what NumPy gives, to the last bit; without it everything works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import kernel
from matcher.batch.job import Job
from matcher.matching import bands, compiled, ranking, what_if
from matcher.matching.question import Question
from matcher.matching.rules import RULES
from matcher.matching.signals import SIGNALS
from matcher.matching.thresholds import LIMITS, shipped
from matcher.matching.tilt import Tilt, tilted
from matcher.matching.weights import Weights
from matcher.matching.weights import shipped as weights
from matcher.matching.widening import counted
from matcher.pool import OfPeople
from matcher.pool.cards import cards_of
from matcher.pool.columns import Float64, Ragged, day_number
from matcher.pool.pairs import Pairs
from tests.matching.test_ranking import demand_pairs, every_query, people_pairs
from tests.support.worlds import AS_OF, SKILLS, World, worlds

ROOT = Path(__file__).parents[2]
DAY = day_number(AS_OF)
WEIGHTS = weights()
TILTED = tilted(WEIGHTS, Tilt(price=80, evening=60, travel=30, online=40, level=70))
built = pytest.mark.skipif(not kernel.is_built(), reason="there is no compiled kernel here")
Bits = list[Any]


def bits(values: Any) -> Bits:
    """Numbers as their bits: of NaN there is one."""
    array = np.array(values, np.float64)
    return np.where(np.isnan(array), np.nan, array).view(np.int64).tolist()


def both(work: Callable[[], Any]) -> tuple[Any, Any]:
    with kernel.using("numpy"):
        reference = work()
    with kernel.using("c"):
        return reference, work()


def afresh(pairs: Pairs) -> Pairs:
    """The same pairs, with nothing that was worked out before, such as how near words are."""
    return replace(pairs, pool=replace(pairs.pool, of_people=OfPeople()), prepared={}, covering={})


def told(pairs: Pairs, k: int, by: Weights) -> list[Any]:
    """All that is found of these pairs."""
    passing = ranking.apply_rules(pairs)
    eligible = passing.pairs
    similar = ranking.similarities(eligible)
    best = ranking.top(eligible, k, by)
    shown = eligible.at(best.rows)
    near = ranking.similarities(shown)
    banded = bands.shipped().of(shown, near, by)
    terms = ranking.contributions(shown, near, by)
    return [
        passing.excluded,
        passing.willing.tolist(),
        eligible.rows.tolist(),
        bits(similar),
        bits(ranking.scores(eligible, similar, by)),
        best.rows.tolist(),
        bits(best.scores),
        best.exact,
        [[(term.signal, bits([term.value, term.points]), term.known) for term in one] for one in terms],
        banded.positions.tolist(),
        banded.caps.tolist(),
    ]


@built
@given(worlds(), st.integers(1, 8), st.sampled_from([WEIGHTS, TILTED]))
def test_lists_are_the_same(world: World, k: int, by: Weights) -> None:
    """Rules, similarities, scores, the best, their terms and bands, in both directions, on cards too."""
    for pool in (world.pool, cards_of(world.pool)):
        for pairs in every_query(pool):
            reference, found = both(lambda pairs=pairs: told(afresh(pairs), k, by))
            assert found == reference


@built
@given(worlds())
def test_each_signal_and_rule_is_the_same(world: World) -> None:
    """One by one, for every pair: also signals without weight."""
    for pairs in every_query(world.pool):
        similar = ranking.similarities(pairs)
        found = compiled.values(pairs, similar, range(len(SIGNALS)))
        failing = compiled.failing(pairs)
        assert found is not None
        assert failing is not None
        other = afresh(pairs)
        with kernel.using("numpy"):
            for column, signal in enumerate(SIGNALS):
                assert bits(found[column]) == bits(other.each(signal.values(other, similar))), signal.CODE
            for place, rule in enumerate(RULES):
                passes = other.each(rule.passes(other)).tolist()
                assert [fails >> place & 1 == 0 for fails in failing.tolist()] == passes, rule.CODE


@built
@given(worlds())
def test_changes_are_the_same(world: World) -> None:
    """What would help each alumnus, and what changes of each request would add."""
    pool = world.pool

    def tried(pairs: Pairs) -> Bits:
        found = []
        for part in (pairs, *(pairs.at(pairs.rows[row : row + 1]) for row in range(len(pairs)))):
            tried_ = what_if.changes(part)
            owners = np.repeat(np.arange(len(part)), [*map(len, tried_)])
            every = [change for some in tried_ for change in some]
            seen = ranking.looked_at(part, ranking.similarities(part), WEIGHTS).take(owners)
            persons = part.rows[owners].tolist()
            found += bits(what_if.scores_after(part, persons, every, WEIGHTS, seen)) if every else []
        return found

    for table in (pool.requests, pool.offerings):
        for row in range(len(table)):
            reference, found = both(lambda table=table, row=row: tried(Pairs.with_everybody(pool, table, row, DAY)))
            assert found == reference
    for asked in world.sources.requests:
        question = Question(asked, AS_OF)
        reference, found = both(lambda question=question: counted(question.candidates(pool), WEIGHTS, bands.shipped()))
        assert found == reference


@built
@given(worlds(), st.integers(1, 3))
def test_everybody_at_once_is_the_same(world: World, k: int) -> None:
    """The lists of all alumni, of requests and of courses."""
    for demands in (world.pool.requests, world.pool.offerings):
        job = Job(world.pool, demands, WEIGHTS, DAY, k)
        reference, found = both(job.done)
        assert found.rows.tolist() == reference.rows.tolist()
        assert bits(found.scores) == bits(reference.scores)


@built
@given(worlds(most=8), st.integers(60, 140), st.integers(1, 2))
def test_more_skills_than_a_mask_has_bits(world: World, asked: int, k: int) -> None:
    """A question with far more skills, some of them twice, and another day than the one before."""
    pool = world.pool
    some = tuple(SKILLS[number % len(SKILLS)] if number % 3 else f"vaardigheid {number}" for number in range(asked))
    wish = replace(world.sources.requests[0], skills=some)
    vector = pool.requests.vector[0]
    meaning = pool.requests.meaning[0] if pool.second else None
    for day in (AS_OF, AS_OF - timedelta(days=40)):
        question = Question(wish, day, vector=vector, meaning=meaning, of_words=world.sources.of_words)

        def work(question: Question = question) -> list[Any]:
            candidates = question.candidates(pool)
            return told(candidates.visible, k, WEIGHTS)

        reference, found = both(work)
        assert found == reference


@built
@given(worlds(), st.sampled_from(["plain", "avx2", "avx512"]))
def test_every_processor_gives_the_same(world: World, name: str) -> None:
    """The dot products of each set of instructions that this processor has."""
    native = kernel.native()
    assert native is not None

    def of_all() -> list[Float64]:
        return [bits(ranking.similarities(pairs)) for pairs in every_query(world.pool)]

    usual = of_all()
    native.use_dot(name)
    try:
        assert of_all() == usual
    finally:
        native.use_dot("best")


@built
@pytest.mark.parametrize("length", [1, 15, 16, 31, 32, 33, 64, 192, 256, 300])
def test_dot_products_of_any_length(length: int) -> None:
    """The tails that are left over beside whole registers, and the extremes of a number."""
    native = kernel.native()
    assert native is not None
    dice = np.random.default_rng(length)
    rows = np.concatenate([dice.integers(-127, 128, (5, length)), np.full((1, length), -128)]).astype(np.int8)
    expected = rows.astype(np.int64) @ rows.astype(np.int64).T
    for name in ("plain", "avx2", "avx512", "best"):
        native.use_dot(name)
        found = np.empty((6, 6), np.int32)
        native.dots(rows, rows, found)
        assert found.tolist() == expected.tolist()


@built
def test_wrong_arrays_are_refused() -> None:
    """Rows that are none and arrays of another length or type, before anything is read."""
    native = kernel.native()
    assert native is not None
    with pytest.raises(TypeError):
        native.Table([np.zeros(3, np.complex128)])
    with pytest.raises(ValueError, match="C-contiguous"):
        native.Table([np.zeros((4, 4))[:, 1]])
    with pytest.raises(TypeError):
        native.dots(np.zeros((1, 4)), np.zeros((1, 4), np.int8), np.zeros((1, 1), np.int32))


@built
@given(worlds(most=4))
def test_a_row_that_is_none_is_refused(world: World) -> None:
    """The query says so, and reads nothing."""
    pairs = every_query(world.pool)[0]
    query = compiled.query_of(pairs)
    for row in (-1, 10**9):
        with pytest.raises(IndexError):
            query.fails(np.array([row]), True, np.zeros(1, np.int32))


@built
@given(worlds(most=4), st.sampled_from(["places", "skills", "words"]))
def test_codes_that_the_pool_lacks_are_left_to_numpy(world: World, column: str) -> None:
    """Nothing is read behind the end of a table, in either direction: NumPy says that there is no such row."""
    pool = world.pool
    sizes = {"places": len(pool.points), "skills": len(pool.requested_skills.weight), "words": len(pool.words)}
    behind: dict[str, Any] = {column: Ragged.of([[sizes[column]]] * len(pool.requests))}
    lacking = replace(pool, requests=replace(pool.requests, **behind))
    for of, is_used in ((pool, True), (lacking, False)):
        for pairs in (people_pairs(of, of.requests, 0), demand_pairs(of, of.requests, 0)):
            assert (compiled.query_of(pairs) is not None) == is_used


@built
@given(worlds(most=6), st.sampled_from([3, 8, 20]))
def test_words_of_another_encoder_count_the_same(world: World, dimension: int) -> None:
    """Of vectors of any length, as where encoders are compared: those of texts stay as they are."""
    words = world.pool.words
    vectors = np.random.default_rng(dimension).integers(-60, 61, (len(words), dimension)).astype(np.int8)
    pool = replace(world.pool, words=replace(words, vector=vectors))
    for row in range(len(pool.requests)):

        def work(row: int = row) -> Bits:
            pairs = afresh(people_pairs(pool, pool.requests, row))
            return bits(ranking.scores(pairs, np.full(len(pairs), 0.5), WEIGHTS))

        reference, found = both(work)
        assert found == reference


@built
@given(worlds(most=4))
def test_a_change_that_is_none_is_refused(world: World) -> None:
    """A skill that no table has, and any change where an alumnus is the query."""
    change, skill, found = np.array([6]), np.array([-1]), np.zeros(1)
    by = WEIGHTS.of(world.pool), WEIGHTS.priors
    for pairs in (Pairs.with_everybody(world.pool, world.pool.requests, 0, DAY), every_query(world.pool)[-1]):
        query = compiled.query_of(pairs)
        with pytest.raises(ValueError, match="none"):
            query.scores(np.zeros(1, np.int64), None, None, None, *by, change, skill, found)


@pytest.mark.skipif(os.environ.get("ALUMNIMATCH_CI") != "1", reason="only CI has to have a compiler")
def test_ci_tests_the_compiled_kernel() -> None:
    """Without it all of these would be skipped there, and nobody would see it."""
    assert kernel.is_built()


def test_without_the_kernel_numpy_makes_the_lists() -> None:
    """As on a machine without a compiler: a program that cannot find it ranks all the same, and says so."""
    words = (
        "import sys; sys.modules['matcher.kernel._native'] = None\n"
        "from matcher import kernel\n"
        "from matcher.errors import ConfigurationError\n"
        "from matcher.matching.thresholds import LIMITS, shipped\n"
        "kernel.choose('auto'); assert kernel.name() == 'numpy' and not kernel.is_built() and shipped() == LIMITS\n"
        "try: kernel.choose('c')\n"
        "except ConfigurationError as error: print(error.code)\n"
        "import pytest\n"
        "sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '-n', '0', 'tests/matching/test_own_weights.py',"
        " 'tests/matching/test_compiled.py::test_which_is_used_is_chosen']))\n"
    )
    done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("kernel_missing")


def test_which_is_used_is_chosen() -> None:
    """For a while, or for the whole process; the index is asked less where the kernel is used."""
    before = kernel.name()
    with kernel.using("numpy"):
        assert (kernel.name(), shipped()) == ("numpy", LIMITS)
    assert kernel.name() == before
    if kernel.is_built():
        with kernel.using("c"):
            assert (kernel.name(), shipped().score_all_share) == ("c", 1.0)


@pytest.mark.parametrize("compiler", ["cc", "/bin/false"])
def test_a_machine_without_a_compiler_installs(compiler: str, tmp_path: Path) -> None:
    """With a compiler the kernel is built; without one that is no error, and it is left out."""
    pytest.importorskip("setuptools", minversion="77")
    if shutil.which(compiler) is None:
        pytest.skip("there is no compiler here")
    words = [
        sys.executable,
        "setup.py",
        "-q",
        "build_ext",
        "--build-lib",
        str(tmp_path),
        "--build-temp",
        str(tmp_path / "t"),
    ]
    done = subprocess.run(
        words, cwd=ROOT, env={**os.environ, "CC": compiler}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (
        [*tmp_path.glob("matcher/kernel/_native*")] == []
        if compiler == "/bin/false"
        else [*tmp_path.glob("**/_native*.so")]
    )


@built
@given(worlds(most=4))
def test_bands_and_changes_of_a_request_refuse_other_arrays(world: World) -> None:
    """Rows that are none, thresholds of another number, and what a request would gain where an alumnus asks."""
    table, one, row = WEIGHTS.of(world.pool), np.zeros(1, np.int64), np.zeros(1, np.int64)
    of = bands.shipped()
    kinds = len(of.topic)
    query = compiled.query_of(Pairs.with_everybody(world.pool, world.pool.requests, 0, DAY))
    scale = (of.topic, of.least, np.zeros(kinds))
    with pytest.raises(IndexError):
        query.banded(row - 1, None, table, of.usual, *scale, one, one.copy())
    with pytest.raises(ValueError, match="lengths"):
        query.banded(row, None, table, of.usual, of.topic[1:].copy(), *scale[1:], one, one.copy())
    with pytest.raises(ValueError, match="lengths"):
        query.banded(row, None, table, of.usual, *scale, np.zeros(2, np.int64), one)
    thresholds, found = np.zeros(5), np.zeros(11, np.int64)
    with pytest.raises(IndexError):
        query.added(row - 1, table, of.usual, thresholds, False, found)
    with pytest.raises(ValueError, match="lengths"):
        query.added(row, table, of.usual, thresholds[1:].copy(), False, found)
    with pytest.raises(ValueError, match="lengths"):
        query.added(row, table, of.usual, thresholds, False, found[1:].copy())
    with pytest.raises(ValueError, match="lengths"):
        compiled.query_of(every_query(world.pool)[-1]).added(row, table, of.usual, thresholds, False, found)
