"""The signal of words that meet: by example, next to the texts themselves, on cards and after an erasure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.records import Alumnus, RecordKind, Request
from matcher.likeness import Meeting
from matcher.matching import ranking
from matcher.matching.signals import words
from matcher.meeting import Points, calibrated, corrected, nearest, shares
from matcher.pool import Pool
from matcher.pool.build import build_pool, texts_of
from matcher.pool.builder import Sources
from matcher.pool.cards import cards_of
from matcher.pool.columns import NO_WORD, day_number
from matcher.pool.pairs import Pairs
from matcher.pool.rare_words import word_number
from matcher.pool.recode import words_used
from matcher.pool.texts import can_text, demand_text
from models.encoder import opened
from tests.support.pair import WILLING, alumnus, request
from tests.support.rare import rare_among
from tests.support.region import alumnus as in_region
from tests.support.region import engine_in
from tests.support.stores import upsert, writing
from tests.support.worlds import AS_OF, PLACES, World, worlds

LONG = request(
    title="Wondzorg in de wijk",
    description="Vertel over verband, decubitus en rapporteren",
)
NURSE = alumnus(key=1, function="Verpleegkundige", experience="verband leggen, decubitus voorkomen, rapporteren")
WELDER = alumnus(key=3, alumnus_id="A-3", function="Lasser", experience="constructies lassen, tekening lezen, slijpen")

COOKING = "koken snijden bakken menu"
HISTORY = alumnus(
    key=4,
    alumnus_id="A-4",
    function="Lasser",
    experience="constructies lassen, tekening lezen, slijpen, boren, frezen, draaien, monteren van leidingen, pompen "
    "en ketels, onderhoud aan machines op een scheepswerf, hydrauliek, elektromotoren, lagers vervangen, storingen "
    "zoeken, planning maken, leerlingen begeleiden, veilig werken op hoogte, heftruck rijden, kwaliteit controleren",
)
"""Nothing that is asked, in many more words than 16."""
BASELINE = ((16.0, 0.15), (32.0, 0.2), (64.0, 0.25), (128.0, 0.3))
baselines = st.tuples(
    st.lists(st.integers(1, 200), min_size=2, max_size=5, unique=True).map(sorted),
    st.lists(st.integers(1, 99), min_size=5, max_size=5, unique=True).map(sorted),
).map(lambda both: tuple((float(own), share / 100) for own, share in zip(*both, strict=False)))
"""Tables of what unrelated texts meet, by the words of the own text."""


def pool_of(people: list[Alumnus], demand: Request) -> Pool:
    encoder = opened()
    rare = rare_among(people)
    texts = texts_of(people, [demand], rare)
    vectors = dict(zip(texts, encoder.encode(list(texts.values())), strict=True))
    sources = Sources(
        1,
        "1 here",
        encoder.id,
        encoder.scale,
        people,
        [demand],
        [],
        [],
        [],
        PLACES,
        vectors,
        rare,
        of_words=encoder.of_words,
    )
    return build_pool(sources)


def pairs_of(pool: Pool) -> Pairs:
    return Pairs(pool, pool.people, pool.requests, "people", 0, np.arange(len(pool.people)), day_number(AS_OF))


def values_of(pool: Pool) -> dict[int, float]:
    pairs = pairs_of(pool)
    values = pairs.each(words.values(pairs, ranking.similarities(pairs)))
    return dict(zip(pool.people.key.tolist(), values.tolist(), strict=True))


def test_it_is_the_share_of_the_texts_themselves() -> None:
    """What the pool computes from its words is what the two texts give by themselves, calibrated."""
    encoder = opened()
    found = values_of(pool_of([NURSE, WELDER], LONG))
    met, enough = Meeting(encoder, [can_text(NURSE), can_text(WELDER)]).shares([demand_text(LONG)])
    assert enough.all()
    expected = calibrated(encoder.scale.words, met[0]).tolist()
    assert [found[1], found[3]] == expected
    assert found[1] > found[3] + 0.3


@pytest.mark.parametrize(
    ("own", "share", "expected"),
    [
        (0, 0.3, 0.3),
        (16, 0.123, 0.123),
        (32, 0.1, 0.075),  # as much of .15 as it is of .2
        (32, 0.2, 0.15),
        (32, 0.6, 0.575),  # as far from .15 to 1 as it is from .2
        (48, 0.225, 0.15),
        (64, 0.1, 0.06),
        (128, 0.65, 0.575),
        (5000, 0.65, 0.575),
        (5000, 0.0, 0.0),
        (5000, 1.0, 1.0),
    ],
)
def test_what_a_long_text_meets_by_chance_is_taken_out(own: int, share: float, expected: float) -> None:
    """By hand: nothing up to 16 words, and no more beyond 128 than there; without a table nothing."""
    (found,) = corrected(BASELINE, np.array([share]), np.array([own])).tolist()
    assert found == pytest.approx(expected, abs=1e-12)
    if own <= 16 or share in {0, 1}:
        assert found == expected
    assert corrected((), np.array([share]), np.array([own])).tolist() == [share]


@given(baselines, st.lists(st.floats(0, 1), max_size=20), st.lists(st.integers(0, 300), max_size=6))
def test_what_is_left_rises_with_what_meets(baseline: Points, met: list[float], lengths: list[int]) -> None:
    """For each length, from 0 to 1 and never above what meets; never more for a longer text; alone as in company."""
    shares_met, own = np.array(sorted([0.0, *met, 1.0])), np.array(sorted([0, *lengths]))
    left = corrected(baseline, shares_met[:, None], own)
    assert (left[0] == 0).all()
    assert (left[-1] == 1).all()
    assert (np.diff(left, axis=0) >= -1e-15).all()
    assert (np.diff(left, axis=0)[np.diff(shares_met) > 1e-9] > 0).all()
    assert (np.diff(left, axis=1) <= 1e-15).all()
    assert (left <= shares_met[:, None] + 1e-15).all()
    assert (left[:, own <= baseline[0][0]] == shares_met[:, None]).all()
    for row, share in enumerate(shares_met):
        for column, length in enumerate(own):
            assert corrected(baseline, np.array([share]), np.array([length])).tolist() == [left[row, column]]


def test_a_long_history_is_worth_no_more_for_its_length() -> None:
    """Of another trade, in many words: less than without the correction. Shorter texts keep their value."""
    pool = pool_of([NURSE, WELDER, HISTORY], LONG)
    assert pool.scale.baseline == opened().scale.baseline
    found = values_of(pool)
    before = values_of(replace(pool, scale=replace(pool.scale, baseline=())))
    texts = Meeting(opened(), [can_text(HISTORY)])
    assert texts.own > 32
    assert found[4] < before[4] - 0.05
    assert (found[1], found[3]) == (before[1], before[3])
    met, _ = texts.shares([demand_text(LONG)])
    assert found[4] == calibrated(opened().scale.words, met[0])[0]


@given(worlds())
def test_it_is_the_same_in_both_directions_alone_and_in_company(world: World) -> None:
    """The same bits for a demand among alumni, an alumnus among demands, and a pair alone; on cards too."""
    day = day_number(AS_OF)
    for pool in (world.pool, cards_of(world.pool)):
        people = np.arange(len(pool.people))
        for table in (pool.requests, pool.offerings):
            demands = np.arange(len(table))
            for row in demands:
                of_demand = Pairs(pool, pool.people, table, "people", row, people, day)
                together = _within_bound(of_demand)
                for person in people:
                    (alone,) = _within_bound(of_demand.at(people[[person]]))
                    of_person = _within_bound(Pairs(pool, pool.people, table, "demands", person, demands, day))
                    assert np.array_equal([alone, of_person[row]], [together[person]] * 2, equal_nan=True)


def _within_bound(pairs: Pairs) -> np.ndarray:
    """The values, which are at most the bound."""
    similar = ranking.similarities(pairs)
    values, most = pairs.each(words.values(pairs, similar)), pairs.each(words.most(pairs, similar))
    assert ((values <= most) | np.isnan(values)).all()
    return values


@given(st.lists(st.sampled_from(HISTORY.experience.replace(",", "").split()), max_size=40, unique=True))
def test_more_of_something_else_is_no_more_than_the_bound(experience: list[str]) -> None:
    """However long a text of another trade is: its value is at most the bound, which does not know its length."""
    pairs = pairs_of(pool_of([alumnus(key=4, function="Lasser", experience=" ".join(experience)), NURSE], LONG))
    plain = pairs_of(replace(pairs.pool, scale=replace(pairs.pool.scale, baseline=())))
    assert (_within_bound(pairs) <= _within_bound(plain)).all()


def test_short_texts_keep_the_similarity() -> None:
    """Where both texts have a word or two the value is the similarity; where either is long it is that of the words."""
    short = request(title="Wondzorg")
    for person, demand, same in (
        (alumnus(key=1, function="Verpleegkundige"), short, True),
        (NURSE, short, False),
        (alumnus(key=1, function="Verpleegkundige"), LONG, False),
    ):
        pool = pool_of([person], demand)
        similar = ranking.similarities(pairs_of(pool))
        assert (values_of(pool)[1] == float(similar[0])) is same


@pytest.mark.parametrize(
    ("person", "demand"), [(WILLING, LONG), (NURSE, request(title="de het een")), (WILLING, request(title="qwerty"))]
)
def test_without_a_known_word_it_is_unknown(person: Alumnus, demand: Request) -> None:
    """Where either text says nothing that the encoder knows."""
    assert np.isnan(values_of(pool_of([person], demand))[person.key])


def test_on_cards_rare_words_meet_nothing() -> None:
    """A word that one alumnus of the school holds moves the list of whoever may list alumni, and no card."""
    others = [alumnus(key=10 + row, alumnus_id=f"B-{row}", function="Kok", experience=COOKING) for row in range(6)]
    asked = request(title="Vertel over koken", description="menu, snijden en imkerij met bijenvolken")
    plain = alumnus(key=1, function="Kok", experience=COOKING)
    keeper = alumnus(key=1, function="Kok", experience=f"{COOKING} imkerij bijenvolken")
    without, with_it = pool_of([*others, plain], asked), pool_of([*others, keeper], asked)
    assert values_of(with_it)[1] > values_of(without)[1]
    assert values_of(cards_of(with_it)) == values_of(cards_of(without))


def test_an_erasure_takes_the_words(tmp_path: Path) -> None:
    """A word that only the erased alumnus had is no longer in the pool, nor is its vector: its row is free."""
    engine = engine_in(tmp_path)
    upsert(engine.store, RecordKind.ALUMNI, [in_region(40, "V-1", experience="zwiebelberger imkerij")])
    pool = engine.pool()
    number = word_number("zwiebelberger")
    (row,) = np.flatnonzero(pool.words.number == number).tolist()
    key = next(person.key for person in engine_alumni(engine) if person.alumnus_id == "V-1")
    writing(engine.store).people.erase(key, ())
    updated = engine.parts.current.updated(pool)
    assert updated is not None
    assert number not in updated.words.number
    assert updated.words.number[row] == NO_WORD
    assert not updated.words.vector[row].any()
    assert (words_used(updated) == (updated.words.number != NO_WORD)).all()


def engine_alumni(engine: object) -> list[Alumnus]:
    from tests.support import stores

    return list(stores.alumni(engine.store))  # type: ignore[attr-defined]


@given(worlds())
def test_every_word_of_the_pool_is_of_a_text(world: World) -> None:
    """No row of the words is without a text that has it, and no number comes twice."""
    pool = world.pool
    assert words_used(pool).all()
    assert len(np.unique(pool.words.number)) == len(pool.words)


@given(st.integers(0, 2**32 - 1), st.lists(st.lists(st.integers(0, 9), max_size=6), min_size=1, max_size=8))
def test_a_text_is_alike_alone_and_in_company(seed: int, texts: list[list[int]]) -> None:
    """The share of a text is that of the largest products by hand, whatever stands beside it."""
    dice = np.random.default_rng(seed)
    own = dice.integers(-127, 128, (10, 16)).astype(np.int8)
    asked, rarity = dice.integers(-127, 128, (3, 16)).astype(np.int8), dice.integers(1, 249, 3).astype(np.uint8)
    starts = np.cumsum([0, *map(len, texts)])
    together = shares(
        nearest(asked, own, np.array([word for text in texts for word in text], np.int64), starts), rarity, 300.0
    )
    dots = asked.astype(np.int64) @ own.astype(np.int64).T
    for text, share in zip(texts, together.tolist(), strict=True):
        alone = nearest(asked, own, np.array(text, np.int64), np.array([0, len(text)]))
        assert shares(alone, rarity, 300.0)[0] == share
        best = [max((0, *dots[row, text].tolist())) for row in range(3)]
        met = sum(int(weight) * near for weight, near in zip(rarity, best, strict=True))
        assert share == pytest.approx(min(1.0, met / (int(rarity.sum()) * 300.0**2)))
