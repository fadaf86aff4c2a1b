"""What a request does not want counts against whoever names it, and nobody else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matcher.matching import unwanted
from matcher.matching.ranking import contributions, scores, similarities
from matcher.pool.build import build_pool
from matcher.pool.builder import Sources
from matcher.pool.cards import cards_of
from matcher.pool.columns import day_number
from matcher.pool.pairs import Pairs
from matcher.pool.partition import slice_of
from matcher.pool.rare_words import word_number
from tests.matching.test_ranking import WEIGHTS
from tests.support.pair import alumnus, pair, request
from tests.support.rare import rare_among
from tests.support.worlds import AS_OF, PLACES, SCALE, of_words


@pytest.mark.parametrize(
    ("words", "function", "named"),
    [
        (("thuiszorg",), "medewerker thuiszorg", ["thuiszorg"]),
        (("zorg",), "medewerker thuiszorg", ["zorg"]),
        (("lasser",), "lassers", ["lasser"]),
        (("zorg", "horeca"), "lasser", []),
        (("thuiszorg",), "zorgcoördinator", []),
        ((), "medewerker thuiszorg", []),
        (("medewerker",), "medewerker thuiszorg", []),
    ],
)
def test_a_word_its_forms_and_compounds_count(words: tuple[str, ...], function: str, named: list[str]) -> None:
    """Each with its link, from the wider word to the narrower; a word of any trade names nothing."""
    pairs = pair(alumnus(function=function), request(title="Gastles", not_wanted=words))
    (terms,) = contributions(pairs, similarities(pairs), WEIGHTS)
    told = [term for term in terms if term.signal == unwanted.CODE]
    assert [term.evidence["words"] for term in told] == ([named] if named else [])
    plain = pair(alumnus(function=function), request(title="Gastles"))
    less = scores(plain, similarities(plain), WEIGHTS) - scores(pairs, similarities(pairs), WEIGHTS)
    assert less[0] == pytest.approx(-unwanted.POINTS if named else 0.0)


def test_a_part_of_a_pool_keeps_these_words_and_no_others() -> None:
    """In whichever text of the alumnus they stand; of all other words nobody learns the number."""
    people = [
        alumnus(alumnus_id="A-1", key=1, function="lasser", needs="schilderen"),
        alumnus(alumnus_id="A-2", key=2, function="kok", needs="lasser"),
        alumnus(alumnus_id="A-3", key=3, function="kok"),
    ]
    asked = request(not_wanted=("lasser",), key=9)
    pool = build_pool(Sources(1, "1 here", "fake", SCALE, people, [asked], [], [], [], PLACES, {}, of_words=of_words))
    part = slice_of(pool, pool.requests, 0, 3, unwanted.numbers_of(pool.requests))
    pairs = Pairs.with_everybody(part, part.requests, 0, day_number(AS_OF))
    assert unwanted.fits(pairs).tolist() == [True, True, False]
    assert set(part.words.number.tolist()) == {0, word_number("lasser")}


def test_on_cards_only_words_that_enough_hold_count() -> None:
    """A word of one profile moves nobody there, so no question finds out whose it is."""
    five = [alumnus(alumnus_id=f"A-{key}", key=key, function="lasser") for key in range(1, 6)]
    alumni = [*five, replace(five[0], alumnus_id="A-6", key=6, function="kok")]
    asked = request(not_wanted=("lasser", "kok"), key=9)
    sources = Sources(1, "1 here", "fake", SCALE, alumni, [asked], [], [], [], PLACES, {}, rare_among(alumni))
    pool = build_pool(sources)
    for seen, count in ((pool, 6), (cards_of(pool), 5)):
        pairs = Pairs(seen, seen.people, seen.requests, "people", 0, np.arange(6), day_number(AS_OF))
        assert np.count_nonzero(pairs.each(unwanted.fits(pairs))) == count
