"""What-ifs are what would happen: the change made in the record gives the score that was promised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given

from matcher.domain.kinds import RequestKind
from matcher.domain.records import Alumnus
from matcher.matching import ranking
from matcher.matching.what_if import Change, changed, changes, rescored
from matcher.pool import Pool
from matcher.pool.build import build_pool
from matcher.pool.columns import Demands
from matcher.pool.recode import with_languages, with_requested_skills, with_skills
from tests.matching.test_ranking import WEIGHTS, demand_pairs, people_pairs
from tests.support.worlds import World, worlds

MADE: Mapping[str, Callable[[Alumnus, Change], Alumnus]] = {
    "day_part": lambda one, change: replace(one, day_parts=int(change.columns["day_parts"])),
    "distance": lambda one, change: replace(one, max_distance_km=change.columns["max_distance"]),
    "certificate": lambda one, _: replace(one, certificate_until=date.max),
    "online": lambda one, _: replace(one, online=True),
    "language": lambda one, change: replace(one, languages=(*one.languages, str(change.values["language"]))),
    "pause": lambda one, _: replace(one, paused_until=None),
    "offer": lambda one, change: replace(
        one, offers=(one.offers or frozenset()) | {RequestKind(str(change.values["kind"]))}
    ),
    "qualified": lambda one, _: replace(one, qualified_teacher=True),
}
"""Each change as somebody would make it; `skill` is left out, since a new holder makes a skill less rare for all."""


def score_of(pool: Pool, table: Demands, row: int, key: int) -> float:
    pairs = people_pairs(pool, table, row)
    eligible = ranking.apply_rules(pairs.at(np.array([pool.person_row[key]]))).pairs
    found = ranking.scores(eligible, ranking.similarities(eligible), WEIGHTS)
    return float(found[0]) if len(found) else float("nan")


@given(worlds(most=6))
def test_a_change_does_what_it_says(world: World) -> None:
    """Scored in a copy, whichever side asks, and made in the record and built again: the same score to the last bit."""
    pool = world.pool
    for person, key in enumerate(pool.people.key.tolist()):
        pairs = people_pairs(pool, pool.requests, 0)
        (tried,) = changes(pairs.at(np.array([person])))
        assert changes(demand_pairs(pool, pool.requests, person).at(np.array([0]))) == [tried]
        for change in tried:
            promised = rescored(changed(pairs, [person], [change]), WEIGHTS)
            mirrored = changed(demand_pairs(pool, pool.requests, person), [person], [change])
            eligible = ranking.apply_rules(mirrored.at(np.array([0]))).pairs
            other = ranking.scores(eligible, ranking.similarities(eligible), WEIGHTS)
            assert [value for value in promised if not np.isnan(value)] == other.tolist()
            if change.code in MADE:
                alumni = [MADE[change.code](one, change) if one.key == key else one for one in world.sources.alumni]
                again = build_pool(replace(world.sources, alumni=alumni))
                assert promised.tolist() == pytest.approx(
                    [score_of(again, again.requests, 0, key)], abs=0, rel=0, nan_ok=True
                )


@given(worlds())
def test_copies_score_as_the_originals(world: World) -> None:
    """Copies of everybody without any change pass the same rules with the same scores, several copies of one too."""
    pool = world.pool
    for table in (pool.requests, pool.offerings):
        for row in range(len(table)):
            pairs = people_pairs(pool, table, row)
            twice = [*pairs.rows.tolist(), *pairs.rows.tolist()]
            copied = rescored(changed(pairs, twice, [Change("none", {})] * len(twice)), WEIGHTS)
            eligible = ranking.apply_rules(pairs).pairs
            expected = np.full(len(pool.people), np.nan)
            expected[eligible.rows] = ranking.scores(eligible, ranking.similarities(eligible), WEIGHTS)
            assert np.array_equal(copied, expected[twice], equal_nan=True)


@given(worlds(most=6))
def test_what_is_tried_does_not_depend_on_codes(world: World) -> None:
    """Languages, and skills that alumni have or requests ask, have codes in the order in which a database met them."""
    pool = world.pool
    other = with_languages(pool, np.arange(len(pool.vocabulary.languages))[::-1])
    other = with_skills(other, np.arange(len(pool.vocabulary.skills))[::-1])
    other = with_requested_skills(other, np.arange(len(pool.vocabulary.requested_skills))[::-1])
    for person in range(len(pool.people)):
        assert tried_in(other, person) == tried_in(pool, person)


def tried_in(pool: Pool, person: int) -> list[tuple[tuple[str, str], str]]:
    """What is tried for an alumnus and the first request, and the skill word that is added."""
    (tried,) = changes(people_pairs(pool, pool.requests, 0).at(np.array([person])))
    return [(one.name, "" if one.skill is None else pool.vocabulary.skills[one.skill]) for one in tried]
