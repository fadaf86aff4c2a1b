"""The signal of words that meet: by example, next to the texts themselves, on cards and after an erasure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.records import Alumnus, RecordKind, Request
from matcher.likeness import Meeting
from matcher.matching import ranking
from matcher.matching.signals import words
from matcher.meeting import calibrated, nearest, shares
from matcher.pool import Pool
from matcher.pool.build import build_pool, texts_of
from matcher.pool.builder import Sources
from matcher.pool.cards import cards_of
from matcher.pool.columns import NO_WORD, day_number
from matcher.pool.pairs import Pairs
from matcher.pool.rare_words import rare_among, word_number
from matcher.pool.recode import words_used
from matcher.pool.texts import can_text, demand_text
from models.encoder import opened
from tests.support.pair import WILLING, alumnus, request
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
        (),
        encoder.of_words,
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
