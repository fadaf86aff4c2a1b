"""One alumnus and one demand as a pair, for tests that state a rule or a signal by example."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from matcher.domain.consent import Consent
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerLine
from matcher.domain.records import Alumnus, Demand, Request
from matcher.pool.build import build_pool, texts_of
from matcher.pool.builder import Sources
from matcher.pool.columns import day_number
from matcher.pool.pairs import Pairs
from tests.support.worlds import AS_OF, PLACES, SCALE

WILLING = Alumnus(
    alumnus_id="A-1",
    school="Noord",
    key=1,
    offers=frozenset(RequestKind),
    consents=tuple(Consent(purpose) for purpose in Purpose),
)
"""An alumnus with every consent and no other data: passes every rule for a request without wishes."""

PLAIN = Request(request_id="R-1", kind=RequestKind.GUEST_LESSON, title="Gastles", school="Noord", key=2)


def alumnus(**fields: Any) -> Alumnus:
    """`WILLING` with some fields changed."""
    return replace(WILLING, **fields)


def request(**fields: Any) -> Request:
    """`PLAIN` with some fields changed."""
    return replace(PLAIN, **fields)


def pair(
    person: Alumnus,
    demand: Demand,
    *,
    ledger: list[LedgerLine] | None = None,
    conflicts: list[tuple[int, int]] | None = None,
    as_of: date = AS_OF,
    others: tuple[Alumnus, ...] = (),
    leads: tuple[Request, ...] = (),
) -> Pairs:
    """The pair, with the demand as query; every text has the same vector, so the cosine is that of equal texts.

    `leads`: requests in whose saved list the person stands first; the demand may be among them.
    """
    people = [person, *others]
    requests = [*([demand] if isinstance(demand, Request) else []), *(one for one in leads if one != demand)]
    offerings = [] if isinstance(demand, Request) else [demand]
    vector = np.array([60, 0, 0, 0, 0, 0, 0, 0], np.int8)
    vectors = dict.fromkeys(texts_of(people, [demand, *leads]), vector)
    sources = Sources(
        1, "1 here", "fake", SCALE, people, requests, offerings, ledger or [], conflicts or [], PLACES, vectors
    )
    pool = build_pool(replace(sources, first_places=[(one.key, person.key) for one in leads]))
    table = pool.requests if isinstance(demand, Request) else pool.offerings
    return Pairs(pool, pool.people, table, "people", 0, np.array([0]), day_number(as_of))
