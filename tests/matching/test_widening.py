"""What a change of a request adds is what the changed request has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given

from matcher.domain.answers import More
from matcher.domain.day_parts import mask_of_day_parts
from matcher.domain.kinds import RequestKind
from matcher.domain.records import OnlineMode, Request
from matcher.matching import bands
from matcher.matching.question import Candidates
from matcher.matching.ranking import apply_rules, similarities
from matcher.matching.widening import MOST, more
from matcher.pool import Pool
from matcher.pool.build import build_pool
from matcher.pool.columns import Ragged
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


def changed(asked: Request, change: More) -> Request:
    """The request with this change made in its record; a day part is added to those that are no firm moments."""
    fields: dict[str, Any] = {
        "online": {"online": OnlineMode.EITHER},
        "certificate": {"certificate_required": False},
        "language": {"languages": ()},
        "hours": {"hours_per_week": 6.0},
        "day_part": {"day_parts": (asked.day_parts or 0) | mask_of_day_parts([str(change.values.get("day_part"))])},
    }[change.change]
    return replace(asked, **fields)


def worth_asking_then(pool: Pool, row: int, day_part: str) -> set[int]:
    """The same with a firm moment more, on the last day of the others: a record has its moments with their hours."""
    table = pool.requests
    days = table.moment_days.row(row).tolist()
    moments = [table.moments.row(other).tolist() for other in range(len(table))]
    moments[row].append(mask_of_day_parts([day_part]))
    all_days = [table.moment_days.row(other).tolist() for other in range(len(table))]
    all_days[row].append(max(days))
    other = replace(table, moments=Ragged.of(moments), moment_days=Ragged.of(all_days))
    return worth_asking(replace(pool, requests=other), row)


@given(worlds(most=12))
def test_what_is_added_is_what_the_changed_request_has(world: World) -> None:
    """Counted again in a pool that was built with the changed request; what is not told adds nobody."""
    for row, asked in enumerate(world.sources.requests):
        told = more(Candidates(people_pairs(world.pool, world.pool.requests, row)), WEIGHTS, SHIPPED)
        assert len(told) <= MOST
        assert [one.adds for one in told] == sorted((one.adds for one in told), reverse=True)
        now = worth_asking(world.pool, row)
        untold = [More(code, {}, 0) for code in _others(asked) - {one.change for one in told}]
        for change in (*told, *(untold if len(told) < MOST else ())):
            if change.change == "day_part" and len(
                people_pairs(world.pool, world.pool.requests, row).moments_left(row)
            ):
                then = worth_asking_then(world.pool, row, str(change.values["day_part"]))
            else:
                requests = [changed(asked, change) if one is asked else one for one in world.sources.requests]
                then = worth_asking(build_pool(replace(world.sources, requests=requests)), row)
            assert change.adds == len(then - now)


def _others(asked: Request) -> set[str]:
    """The changes of a request that are always tried."""
    possible = {
        "online": asked.online in {None, OnlineMode.NO}
        and bool(asked.pc4 or asked.town)
        and asked.kind is not RequestKind.BPV_PLACE,
        "certificate": asked.certificate_required,
        "language": bool(asked.languages),
        "hours": (asked.hours_per_week or 0) > 6,
    }
    return {code for code, is_possible in possible.items() if is_possible}


def test_what_was_counted_is_remembered_for_the_same_question_alone() -> None:
    """Asked again it is the same object; with other weights it is counted again."""
    able = alumnus(function="verzorgende", day_parts=WEDNESDAY)
    candidates = Candidates(pair(able, request(title="Gastles verzorging", day_parts=TUESDAY)).at(np.arange(1)))
    first = more(candidates, WEIGHTS, SHIPPED)
    assert first == (More("day_part", {"day_part": "wed-afternoon"}, 1),)
    assert more(candidates, WEIGHTS, SHIPPED) is first
    strict = replace(SHIPPED, least=SHIPPED.least + 1.0, second=None)
    assert more(candidates, WEIGHTS, strict) == ()


def test_another_day_part_adds_those_who_can_then() -> None:
    """Of the alumni who cannot come on the asked day part, those who can on another; nobody is counted twice."""
    able = alumnus(function="verzorgende", day_parts=WEDNESDAY)
    others = (replace(able, alumnus_id="A-2", key=5), replace(able, alumnus_id="A-3", key=6, day_parts=TUESDAY))
    pairs = pair(able, request(title="Gastles verzorging", day_parts=TUESDAY), others=others)
    pairs = pairs.at(np.arange(3))
    assert more(Candidates(pairs), WEIGHTS, SHIPPED) == (More("day_part", {"day_part": "wed-afternoon"}, 2),)


def test_a_placement_is_not_offered_online() -> None:
    """A lesson far away may be held online; at a company nobody works from home."""
    able = alumnus(function="verzorgende", town="Maastricht", online=True, max_distance_km=10)
    far = [
        request(kind=kind, title="Verzorging", town="Zwolle")
        for kind in (RequestKind.GUEST_LESSON, RequestKind.BPV_PLACE)
    ]
    told = [more(Candidates(pair(able, one).at(np.arange(1))), WEIGHTS, SHIPPED) for one in far]
    assert told == [(More("online", {}, 1),), ()]


def test_nothing_is_added_where_all_can_come() -> None:
    """A change that adds nobody is not told."""
    able = alumnus(function="verzorgende", day_parts=TUESDAY)
    pairs = pair(able, request(title="Gastles verzorging", day_parts=TUESDAY))
    assert more(Candidates(pairs), WEIGHTS, SHIPPED) == ()
