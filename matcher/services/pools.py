"""Which pool a question is answered by: the newest, the one before while that is built, or the one of a logged list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matcher.domain.records import Record, Target
from matcher.matching.observer import stage
from matcher.pool import Pool
from matcher.pool.behind import Behind
from matcher.services.app import App

NEWEST = "newest"
"""In the log of a list that was made by an earlier state: the newest one then. Whoever changed between is left out."""


def newest_pool(app: App, origin: str | None = None) -> Pool:
    """The pool of the newest state, brought up to date if necessary; `origin`: of that state, if just read.

    Others have the turn as long as it is waited for. Raises Overloaded.
    """
    current = app.engine.current
    with stage(app.observer, "pool"):
        there = current.at_hand(app.store.origin() if origin is None else origin)
        if there is not None:
            return there
        with app.aside():
            return current.pool(origin)


def pool_of_list(
    app: App,
    origin: str,
    record: Record,
    target: Target | None = None,
    among: str | None = None,
    *,
    at_once: bool = True,
) -> Pool:
    """The pool that a list for this record is made of: the newest, or (`at_once`) the one before while that is built.

    `target`: what is ranked for an alumnus; `among`: whose alumni are ranked for a course. Raises Overloaded.
    """
    before = app.engine.current.before(origin, app.clock.now()) if at_once else None
    if before is None or before.behind is None or before.behind.touches(record, target, among):
        return newest_pool(app, origin)
    return before


def pool_then(app: App, details: Mapping[str, Any], meaning: str) -> Pool | None:
    """The pool that a logged list was made of; None where it is gone, or nobody can tell who was left out.

    `meaning`: the second encoder by which it was made; empty for none.
    """
    pool, newest = app.engine.current.at(details["origin"], meaning), details.get(NEWEST)
    if pool is None or newest is None:
        return pool
    with app.store.read() as records:
        changes = records.changes.since(pool.origin, until=newest)
    if changes is None or changes.erased:
        return None
    return pool.left_behind(Behind.of(pool.people.key[:], pool.people.school[:], newest, changes, ()))
