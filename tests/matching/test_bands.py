"""Bands: fitted on graded pairs, capped by what a candidate lacks, and no lower for what is not known."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.bands import FITS, GOAL, gold_of
from matcher.domain.answers import BANDS, NEAR
from matcher.domain.day_parts import mask_of_day_parts
from matcher.domain.kinds import KIND_CODES, OFFERING, RequestKind
from matcher.domain.records import Offering, OnlineMode
from matcher.errors import ConfigurationError
from matcher.matching import bands
from matcher.matching.ranking import similarities
from matcher.matching.signals import meaning, words
from matcher.pool.pairs import Pairs
from models.encoder import opened
from tests.matching.test_ranking import WEIGHTS, demand_pairs, every_query
from tests.support.pair import alumnus, pair, request
from tests.support.worlds import World, worlds

SHIPPED = bands.shipped()
TUESDAY = mask_of_day_parts(["tue-afternoon"])
ABLE = alumnus(function="verzorgende", day_parts=TUESDAY, online=True)
ASKED = request(title="Gastles verzorging", day_parts=TUESDAY)


def of(pairs: Pairs) -> list[tuple[str | None, str | None]]:
    """Band and cap of each pair."""
    banded = SHIPPED.of(pairs, similarities(pairs), WEIGHTS)
    return [(banded.band(position), banded.capped_by(position)) for position in range(len(pairs))]


@pytest.mark.parametrize(
    ("person", "demand", "told"),
    [
        ({}, {}, ("strong", None)),
        ({"day_parts": None}, {}, ("strong", None)),
        ({"day_parts": mask_of_day_parts(["wed-morning"])}, {}, ("good", "availability")),
        ({"online": False}, {"online": OnlineMode.YES}, ("good", "online")),
        ({"online": None}, {"online": OnlineMode.YES}, ("strong", None)),
        ({}, {"not_wanted": ("verzorgende",)}, ("possible", "not_wanted")),
        ({"function": None}, {}, ("possible", "topic")),
    ],
)
def test_what_is_lacking_caps_and_what_is_unknown_does_not(
    person: dict[str, Any], demand: dict[str, Any], told: tuple[str | None, str | None]
) -> None:
    """Texts that are the same are strong, unless the alumnus lacks what is asked; what is unknown is no lack."""
    assert of(pair(replace(ABLE, **person), replace(ASKED, **demand))) == [told]


def test_a_course_is_strong_for_whoever_can_come_to_all_of_it() -> None:
    """All day parts of a course are needed, one of a role is enough."""
    both = TUESDAY | mask_of_day_parts(["thu-evening"])
    course = Offering(offering_id="C-1", provider="P", title="Verzorging", key=3, day_parts=both)
    person = replace(ABLE, needs="verzorging")
    ((_, cap),) = of(pair(person, course))
    assert cap == "availability"
    ((_, cap),) = of(pair(replace(person, day_parts=both), course))
    assert cap is None
    assert of(pair(person, replace(ASKED, day_parts=both))) == [("strong", None)]


def test_another_subject_has_no_band() -> None:
    """However well all else fits: nearly opposite texts are about something else."""
    pairs = pair(ABLE, ASKED)
    vectors = pairs.people.texts.vectors
    vectors[:] = -vectors
    assert of(pairs) == [(None, "topic")]


@given(worlds(most=8))
def test_a_pair_has_one_band_from_either_side(world: World) -> None:
    """The same band and cap for a request's list and for the alumnus's; whoever lacks something is never strong."""
    for pairs in every_query(world.pool):
        told = of(pairs)
        has_one = SHIPPED.has_one(pairs, similarities(pairs), WEIGHTS)
        assert has_one.tolist() == [band is not None for band, _ in told]
        assert all(cap is None or band != "strong" for band, cap in told)
        if pairs.demand_is_query:
            table = pairs.demands
            for row, own in zip(pairs.rows.tolist(), told, strict=True):
                mirrored = demand_pairs(world.pool, table, row)
                assert of(mirrored.at(np.array([pairs.query]))) == [own]


@given(worlds(most=8))
def test_who_may_be_good_is_found_without_a_look_at_all_words(world: World) -> None:
    """The bound of the words that meet leaves no one out."""
    for pairs in every_query(world.pool):
        similar = similarities(pairs)
        near, of_near = SHIPPED.may_be_good(pairs, similar, WEIGHTS)
        may = np.isin(np.arange(len(pairs)), near)
        known = ~np.isnan(similar)
        texts = bands.texts_of(pairs, similar, WEIGHTS)
        least = pairs.each(SHIPPED.for_(world.pool).topic[pairs.demand("kind"), BANDS.index("good")])
        assert (may == (texts >= least))[known].all()
        assert np.array_equal(of_near, texts[near], equal_nan=True)
        for bounded in ((words,), (words, meaning)):
            assert (bands.texts_of(pairs, similar, WEIGHTS, bounded) >= texts - 1e-12)[known].all()


@pytest.mark.parametrize("kind", [RequestKind.GUEST_LESSON.value, RequestKind.AFTERCARE.value, OFFERING])
def test_of_the_graded_pairs_that_are_strong_most_fit(kind: str) -> None:
    """At least 80 % of the pairs of the gold set at or above the threshold are graded 2 or 3; and there are some."""
    pairs = gold_of(kind, opened(), WEIGHTS)
    for column, band in enumerate(BANDS):
        chosen = pairs.texts >= SHIPPED.topic[KIND_CODES.index(kind), column]
        assert chosen.sum() >= 5
        assert (pairs.grades[chosen] >= FITS).mean() >= GOAL[band] - 0.005


@given(st.lists(st.tuples(st.sampled_from([(band, None) for band in (*BANDS, None)]), st.floats(0, 1)), max_size=12))
def test_a_group_is_of_one_band_and_nearly_one_score(matches: list[tuple[Any, float]]) -> None:
    """Numbers go up by one; within a number the band is one, and no score is farther than `NEAR` from the first."""
    matches.sort(key=lambda match: -match[1])
    numbers = bands.groups([band for band, _ in matches], [score for _, score in matches])
    assert sorted(set(numbers)) == list(range(1, len(set(numbers)) + 1))
    assert numbers == sorted(numbers)
    for number in set(numbers):
        group = [match for match, own in zip(matches, numbers, strict=True) if own == number]
        assert len({band for band, _ in group}) == 1
        assert round(group[0][1], 2) - round(group[-1][1], 2) <= NEAR + 1e-9


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("[kinds.mentor]", "[kinds.other]", "bands_missing"),
        ("[kinds.mentor]\ntopic = { strong = ", "[kinds.mentor]\ntopic = { strong = -", "bands_wrong"),
    ],
)
def test_a_file_without_a_kind_or_out_of_order_is_refused(tmp_path: Path, old: str, new: str, code: str) -> None:
    """The error names the kind."""
    text = Path(bands.__file__).with_suffix(".toml").read_text("utf-8")
    assert set(tomllib.loads(text)["kinds"]) == set(KIND_CODES)
    path = tmp_path / "bands.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=code):
        bands.read(path)
