"""A firm moment at a busy time is not met, in either direction, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
from hypothesis import given

from matcher.domain.busy import busy_day_parts
from matcher.matching.rules import no_common_slot
from matcher.pool import Pool
from matcher.pool.build import build_pool
from matcher.pool.columns import UNKNOWN, day_number
from matcher.pool.pairs import Pairs
from tests.support.worlds import AS_OF, World, worlds


def _met(world: World, pool: Pool, person: int, request: int) -> list[bool]:
    """By day and name of the day part: a plain recount of which moments left this person can make."""
    key = int(pool.people.key[person])
    busy = dict(busy_day_parts(world.sources.busy.get(key, ())))
    free = int(pool.people.day_parts[person])
    asked = next(one for one in world.sources.requests if one.key == pool.requests.key[request])
    met = []
    for moment, mask in zip(asked.moments, pool.requests.moments.row(request).tolist(), strict=True):
        if moment.start.date() < AS_OF:
            continue
        at, taken = moment.start, False
        while at < moment.end:
            part = 0 if at.hour < 12 else 1 if at.hour < 18 else 2
            taken |= bool(busy.get(at.date(), 0) >> part & 1)
            at += timedelta(minutes=30)
        met.append(not taken and (free == UNKNOWN or free & mask == mask))
    return met


@given(worlds())
def test_moments_are_met_as_a_plain_recount_says(world: World) -> None:
    """For every pair, as a request that looks for people, as a person who looks, and one by one."""
    pool, day = world.pool, day_number(AS_OF)
    people, requests = range(len(pool.people)), range(len(pool.requests))
    expected = [[_met(world, pool, person, request) for person in people] for request in requests]
    for request in requests:
        pairs = Pairs.with_everybody(pool, pool.requests, request, day)
        total, met = pairs.over_moments
        assert total.tolist() == [len(one) for one in expected[request]]
        assert met.tolist() == [sum(one) for one in expected[request]]
        assert no_common_slot.passes(pairs).tolist() == [not one or any(one) for one in expected[request]]
        some = pairs.take(np.arange(len(pool.people))[::-2])
        assert some.over_moments[1].tolist() == met[::-2].tolist()
        for person in people:
            assert pairs.moments_met(person, request).tolist() == expected[request][person]
    for person in people:
        rows = np.arange(len(pool.requests))
        pairs = Pairs(pool, pool.people, pool.requests, "demands", person, rows, day)
        assert pairs.over_moments[1].tolist() == [sum(expected[request][person]) for request in rows]


@given(worlds())
def test_without_a_calendar_nothing_changes(world: World) -> None:
    """Alumni without a calendar meet as many moments as in a pool without calendars."""
    plain = build_pool(replace(world.sources, busy={}))
    assert len(plain.people.busy.values) == 0
    kept = np.array([int(key) not in world.sources.busy for key in world.pool.people.key], np.bool_)
    for request in range(len(plain.requests)):
        one, other = (
            Pairs.with_everybody(pool, pool.requests, request, day_number(AS_OF)) for pool in (world.pool, plain)
        )
        assert one.over_moments[1][kept].tolist() == other.over_moments[1][kept].tolist()
        assert (one.over_moments[1] <= other.over_moments[1]).all()
