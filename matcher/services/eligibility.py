"""Whether one alumnus may be asked for one request, by the data of a transaction: the rules, checked again.

A ranking is computed before a transaction begins. A write that rests on it checks the pair again here, inside the
transaction, where no other write can interfere before the commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from matcher.domain.consent import Terms
from matcher.domain.demands import STOPPED
from matcher.domain.kinds import RequestKind
from matcher.domain.records import Alumnus, Request, owner_of
from matcher.matching.rules import RULES, Rule
from matcher.matching.visibility import visible
from matcher.pool import Pool
from matcher.pool.build import build_pool
from matcher.pool.builder import Sources
from matcher.pool.columns import code_of, day_number
from matcher.pool.own_matches import demanded
from matcher.pool.pairs import Pairs
from matcher.ports import VectorScale
from matcher.repositories import Records
from matcher.text import demand_place_keys, place_keys

NOT_VISIBLE = "not_visible"
"""The code for a request whose school may not see the alumnus at all."""
_NO_VECTORS = VectorScale(1, 1.0, 1, ((-1.0, 0.0), (1.0, 1.0)))
"""The pool of one pair needs no vectors: no rule reads a text."""


def failed_rule(  # noqa: PLR0917 - a pair, the data, and what to look at
    records: Records,
    terms: Terms,
    request: Request,
    alumnus: Alumnus,
    on: date,
    rules: Sequence[Rule] = RULES,
    *,
    whole: Pool | None = None,
) -> str | None:
    """The code of the first of these rules that this pair fails on a day, or NOT_VISIBLE; None where it passes all.

    Both records as they are in `records`, with the consents of the alumnus. `whole`: a pool of all, which is used if it
    is of the state of the data in `records`; else one is made of the pair.
    """
    pair, closed, asks = None, records.school_settings.closed(), records.school_settings.asks()
    if whole is not None and whole.origin == records.changes.origin():
        pair = _pair_in(whole.with_terms(terms).with_closed(closed).with_asks(asks), request, alumnus, on)
    if pair is None:
        pool = _pool_of_pair(records, request, alumnus).with_terms(terms).with_closed(closed).with_asks(asks)
        pair = Pairs.with_everybody(pool, pool.requests, 0, day_number(on))
    if not visible(pair)[0]:
        return NOT_VISIBLE
    return next((rule.CODE for rule in rules if not rule.passes(pair)[0]), None)


def _demands(request: Request) -> bool:
    """Whether a request may demand something that only its own columns of the pool tell."""
    return bool(request.own_demands) or request.kind is RequestKind.BPV_PLACE


def _pair_in(pool: Pool, request: Request, alumnus: Alumnus, on: date) -> Pairs | None:
    """This pair in a pool; None where it lacks one of them."""
    query, row = pool.request_row.get(request.key), pool.person_row.get(alumnus.key)
    if query is None or row is None:
        return None
    return Pairs.with_everybody(pool, pool.requests, query, day_number(on)).at(np.array([row], np.int64))


def _pool_of_pair(records: Records, request: Request, alumnus: Alumnus) -> Pool:
    """A pool of one alumnus and one request, for which every rule gives the same answer as in the whole pool.

    Ledger lines of the request include those of other alumni: they count towards its places.
    """
    own = records.ledger.of(alumnus.key)
    others = [line for line in records.ledger.of_request(request.key) if line.alumnus_key != alumnus.key]
    sources = Sources(
        revision=0,
        origin="",
        encoder="",
        scale=_NO_VECTORS,
        alumni=[alumnus],
        requests=[request],
        offerings=[],
        ledger=[*own, *others],
        conflicts=records.conflicts.among([alumnus.key], []),
        places=records.places.of(
            {
                *place_keys(alumnus.pc4, alumnus.town, owner_of(alumnus)),
                *demand_place_keys(request.pc4, request.town, owner_of(request)),
            }
        ),
        vectors={},
        own_demands=demanded(records, request.key) if _demands(request) else (),
        stopped={request.key} if records.demands.state(request.key).phase in STOPPED else (),
        busy=records.calendars.busy([alumnus.key]) if request.moments else {},
    )
    pool = build_pool(sources)
    if alumnus.school == request.school:  # visible, whichever other schools there are
        return pool
    schools = np.unique(np.array([code_of(school) for school in records.directory.schools()], np.int64))
    return replace(pool, of_schools=schools)
