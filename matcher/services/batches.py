"""The best courses or roles of all alumni, in one run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from matcher.batch import NOTHING, TopK, Workers, top_for_all
from matcher.domain.records import Target
from matcher.errors import InvalidValue, UnknownId
from matcher.matching.rules import RULES_VERSION
from matcher.policy import Action, Asker
from matcher.pool import Pool
from matcher.pool.columns import code_of
from matcher.pool.snapshot import BATCH
from matcher.ports import Progress
from matcher.repositories import Transaction
from matcher.services.app import App
from matcher.services.matching import MOST_SHOWN
from matcher.services.pools import newest_pool

ALUMNI_PER_ENTRY = 5000
"""Showing one alumnus's log reads each of its entries whole, so a long run is split over several entries."""


@dataclass(frozen=True, slots=True)
class Recommendations:
    """The best items for each alumnus of a pool, as rows of `target`. `school`: only its alumni; None for all."""

    pool: Pool
    target: Target
    best: TopK
    school: str | None = None


def recommend_all(
    app: App,
    asker: Asker,
    target: Target,
    *,
    top: int = 10,
    school: str | None = None,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> Recommendations:
    """The best courses or roles of every alumnus, or of a school's; finished parts are stored next to the snapshots.

    Each alumnus with a recommendation is logged once per run. Raises Forbidden, InvalidValue,
    UnknownId('unknown_school'), ClusterError.
    """
    owner = asker.owner(Action.RECOMMEND_ALL, school)
    if not 1 <= top <= MOST_SHOWN:
        raise InvalidValue("top_out_of_range", value=top, most=MOST_SHOWN)
    pool, day = newest_pool(app), app.clock.today()
    app = app.with_weights()
    own = None if owner is None else pool.people.school == code_of(owner)
    if own is not None and not own.any():
        raise UnknownId("unknown_school", school=owner)
    snapshots = app.engine.current.snapshots
    keep = snapshots.folder / BATCH if snapshots.folder else None
    best = top_for_all(pool, target, app.weights, day, top, workers=workers, keep=keep, progress=progress)
    if own is not None:
        best = TopK(np.where(own[:, None], best.rows, NOTHING), best.scores)
    listed = pool.people.key[(best.rows != NOTHING).any(axis=1)].tolist()
    basis = {"as_of": day.isoformat(), "revision": pool.revision, "origin": pool.origin, "encoder": pool.encoder}
    run = {"target": target, "top": top, "rules": RULES_VERSION, "weights": list(app.weights.names), **basis}
    for keys in _chunks(listed):  # a transaction each: a long list does not keep other writers waiting
        app.store.write(partial(_note, {**run, "alumni": keys, "listed": len(listed)}), by=asker)
    return Recommendations(pool, target, best, owner)


def _note(details: Mapping[str, object], tx: Transaction) -> None:
    tx.note(Action.RECOMMEND_ALL, details)


def _chunks(keys: list[int]) -> Iterator[list[int]]:
    """The keys of each log entry; one empty entry if no alumnus has a recommendation."""
    for start in range(0, max(1, len(keys)), ALUMNI_PER_ENTRY):
        yield keys[start : start + ALUMNI_PER_ENTRY]
