"""What a change of a request adds is what the changed request has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given

from matcher.domain.answers import More
from matcher.domain.day_parts import mask_of_day_parts
from matcher.domain.records import OnlineMode, Request
from matcher.matching import bands
from matcher.matching.question import Candidates
from matcher.matching.ranking import apply_rules, similarities
from matcher.matching.widening import MOST, more
from matcher.pool import Pool
from matcher.pool.build import build_pool
from tests.matching.test_ranking import WEIGHTS, people_pairs
from tests.support.pair import alumnus, pair, request
from tests.support.worlds import World, worlds

SHIPPED = bands.shipped()
TUESDAY, WEDNESDAY = (mask_of_day_parts([f"{day}-afternoon"]) for day in ("tue", "wed"))


def worth_asking(pool: Pool, row: int) -> set[int]:
    """The keys of the visible alumni who pass all rules, are strong or good, and lack nothing that is asked."""
    pairs = apply_rules(people_pairs(pool, pool.requests, row)).pairs
    banded = SHIPPED.of(pairs, similarities(pairs), WEIGHTS)
    return set(pool.people.key[pairs.rows[banded.worth_asking]].tolist())


def changed(asked: Request, change: More) -> Request | None:
    """The request with this change made in its record; None for a moment, which a record has with its day."""
    fields: dict[str, Any] = {
        "online": {"online": OnlineMode.EITHER},
        "certificate": {"certificate_required": False},
        "language": {"languages": ()},
        "hours": {"hours_per_week": 6.0},
    }.get(change.change, {})
    if change.change == "day_part":
        if asked.moments:
            return None
        fields = {"day_parts": (asked.day_parts or 0) | mask_of_day_parts([str(change.values["day_part"])])}
    return replace(asked, **fields)


@given(worlds(most=12))
def test_what_is_added_is_what_the_changed_request_has(world: World) -> None:
    """Counted again in a pool that was built with the changed request."""
    for row, asked in enumerate(world.sources.requests):
        told = more(Candidates(people_pairs(world.pool, world.pool.requests, row)), WEIGHTS, SHIPPED)
        assert len(told) <= MOST
        assert [one.adds for one in told] == sorted((one.adds for one in told), reverse=True)
        for change in told:
            if other := changed(asked, change):
                requests = [other if one is asked else one for one in world.sources.requests]
                again = build_pool(replace(world.sources, requests=requests))
                assert change.adds == len(worth_asking(again, row) - worth_asking(world.pool, row))


def test_another_day_part_adds_those_who_can_then() -> None:
    """Of the alumni who cannot come on the asked day part, those who can on another; nobody is counted twice."""
    able = alumnus(function="verzorgende", day_parts=WEDNESDAY)
    others = (replace(able, alumnus_id="A-2", key=5), replace(able, alumnus_id="A-3", key=6, day_parts=TUESDAY))
    pairs = pair(able, request(title="Gastles verzorging", day_parts=TUESDAY), others=others)
    pairs = pairs.at(np.arange(3))
    assert more(Candidates(pairs), WEIGHTS, SHIPPED) == (More("day_part", {"day_part": "wed-afternoon"}, 2),)


def test_nothing_is_added_where_all_can_come() -> None:
    """A change that adds nobody is not told."""
    able = alumnus(function="verzorgende", day_parts=TUESDAY)
    pairs = pair(able, request(title="Gastles verzorging", day_parts=TUESDAY))
    assert more(Candidates(pairs), WEIGHTS, SHIPPED) == ()
