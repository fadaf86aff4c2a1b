"""What a pool derives of its alumni is worked out once, for questions that are not saved too."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from hypothesis import given

from matcher.domain.balance import balance
from matcher.domain.consent import Terms
from matcher.matching.visibility import visible
from matcher.pool import NEVER
from matcher.pool.build import demand_row
from matcher.pool.columns import day_number
from matcher.pool.pairs import Pairs
from tests.support.worlds import AS_OF, PLACES, World, requests, worlds


@given(worlds(), requests(77))
def test_an_unsaved_request_shares_what_is_derived_of_alumni(world: World, request: object) -> None:
    """Each column of the pool for the question is the very array that the pool has, not a copy of it."""
    pool, day = world.pool, day_number(AS_OF)
    extended, demands = demand_row(pool, request, np.zeros(8, np.int8), PLACES)  # type: ignore[arg-type]
    assert extended.of_people is pool.of_people
    assert extended.loads(day) is pool.loads(day)
    assert extended.consents_on(day) is pool.consents_on(day)
    assert extended.has_text("can") is pool.has_text("can")
    assert extended.schools is pool.schools
    unsaved, saved = Pairs.with_everybody(extended, demands, 0, day), Pairs.with_everybody(pool, demands, 0, day)
    assert visible(unsaved) is visible(saved)


@given(worlds())
def test_other_terms_share_nothing(world: World) -> None:
    """A pool under other terms of consent derives its columns itself."""
    other = world.pool.with_terms(Terms(months=1))
    assert other.of_people is not world.pool.of_people


@given(worlds())
def test_loads_are_the_balance_of_each(world: World) -> None:
    """What the pool counts of everybody at once is what the ledger says of one: `matcher.domain.balance`."""
    lines = world.sources.ledger
    for on in (AS_OF, AS_OF - timedelta(days=200)):
        loads = world.pool.loads(day_number(on))
        for row, key in enumerate(world.pool.people.key.tolist()):
            one = balance([line for line in lines if line.alumnus_key == key], 4, on)
            days = NEVER if one.asked_on is None else (on - one.asked_on).days
            counted = (loads.given[row], loads.received[row], loads.asks_in_year[row], loads.days_since_ask[row])
            assert counted == (one.given, one.received, one.asks, days)
