"""Exposure follows capacity: who stands first in the list of an open request counts for that in all others.

The list is made once, when a request is opened or changed, and kept: so a ranking says the same to everyone and at any
time, and changes with the revision of the data alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import cast

import numpy as np

from matcher.domain.records import RecordKind, Request
from matcher.matching import ranking
from matcher.matching.question import Question
from matcher.matching.weights import Weights
from matcher.policy import JOB, Action, Asker
from matcher.pool import Pool
from matcher.pool.columns import ALWAYS, FirstPlaces, gives_to_alumnus
from matcher.repositories import Records, Transaction
from matcher.services.app import App
from matcher.services.pools import newest_pool
from matcher.services.requests import open_requests

AT_ONCE = 100
"""Lists that are saved in one transaction, so that other writers need not wait long."""


def advance(app: App, asker: Asker = JOB) -> int:
    """Saves who stands first in the list of each open request without a saved list; returns how many.

    One after another, those that close first first: each list knows who stands first in those before it. Raises
    Forbidden.
    """
    asker.scope(Action.EXPOSURE_SAVE)
    pool = newest_pool(app)
    asking = dict(zip(pool.requests.key.tolist(), (~gives_to_alumnus(pool.requests.kind)).tolist(), strict=True))
    with app.store.read() as records:
        saved = records.exposures.saved()
        wanted = [key for key in open_requests(pool, records.today) if key not in saved and asking[key]]
        requests = cast("dict[int, Request]", records.records.by_key(RecordKind.REQUESTS, wanted))
    done, weights = 0, app.with_weights().weights
    for start in range(0, len(wanted), AT_ONCE):
        part = [requests[key] for key in wanted[start : start + AT_ONCE] if key in requests]
        firsts, grown = first_of(pool, part, weights, app.clock.today())
        done += app.store.write(partial(_save, pool, firsts), by=asker)
        pool = grown
    return done


def first_of(pool: Pool, requests: Sequence[Request], weights: Weights, on: date) -> tuple[dict[int, int | None], Pool]:
    """Who stands first for each of these requests by random key, None for nobody, and the pool that knows of it."""
    firsts: dict[int, int | None] = {}
    for request in requests:
        rows = ranking.rank(pool, Question(request, on), weights, k=1).best.rows
        firsts[request.key] = int(pool.people.key[rows[0]]) if len(rows) else None
        if len(rows):
            pool = with_first(pool, request.key, int(rows[0]))
    return firsts, pool


def with_first(pool: Pool, request_key: int, row: int) -> Pool:
    """The pool in which the alumnus of a row stands first in the list of an open request."""
    before = pool.first_places
    first_places = FirstPlaces(
        np.append(before.person, np.int32(row)),
        np.append(before.request_key, np.int64(request_key)),
        np.append(before.until, np.int32(ALWAYS)),
    )
    return replace(pool, first_places=first_places, of_people=replace(pool.of_people, loads={}))


def _save(pool: Pool, firsts: dict[int, int | None], tx: Transaction) -> int:
    """Saves the lists of requests that are still as they were and have none yet; the others come next time."""
    changes = tx.changes.since(pool.origin, pool.person_row)
    if changes is None:
        return 0
    skipped = changes.requests | tx.exposures.saved()
    there = _there(tx, firsts)
    kept = {key: alumnus for key, alumnus in firsts.items() if key in there and key not in skipped}
    if kept:
        tx.exposures.save(kept)
        tx.note(Action.EXPOSURE_SAVE, {"requests": len(kept)})
    return len(kept)


def _there(records: Records, firsts: dict[int, int | None]) -> set[int]:
    """The requests among these that still exist, as does whoever stands first."""
    requests = records.records.by_key(RecordKind.REQUESTS, list(firsts))
    alumni = records.records.by_key(RecordKind.ALUMNI, [key for key in firsts.values() if key is not None])
    return {key for key, alumnus in firsts.items() if key in requests and (alumnus is None or alumnus in alumni)}
