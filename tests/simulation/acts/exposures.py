"""Saved lists: who stands first in that of each open request, made once, by the rules of the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.domain.kinds import RequestKind
from matcher.policy import JOB
from matcher.services import exposure
from matcher.services.app import App
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World


def save_firsts(world: World, app: App, step: Step) -> None:
    """The lists that are not there yet are made: each of an open request, with somebody first who may be asked."""
    sql = "select request_key, alumnus_key from exposures"
    before = dict(world.database.rows(sql))
    done = world.call(lambda: exposure.advance(app, JOB), log=None)
    if done is None or not world.certain:
        return
    model, today, now = world.model, world.today, dict(world.database.rows(sql))
    open_ = {
        demand.key: demand
        for demand in model.demands.values()
        if demand.wanted.kind is not RequestKind.AFTERCARE and model.is_open(demand, today)
    }
    world.need(open_.keys() <= now.keys(), "an open request without a saved list", open_.keys() - now.keys())
    new = {key: first for key, first in now.items() if key not in before}
    world.need(done == len(new), "other lists are saved than were counted", (done, new))
    world.need({*before.items()} <= {*now.items()}, "a list that was saved is made again", (before, now))
    for key, first in new.items():
        world.need(key in open_, "a list of a request that is not open", key)
        fitting = {person.key for person in model.fitting(open_[key], today)}
        right = first in fitting if fitting else first is None
        world.need(right, "somebody stands first who may not be asked, or nobody where somebody may", (key, first))
    again = world.call(lambda: exposure.advance(app, JOB))
    world.need(again in {0, None}, "lists are made twice", again)


ACTS = {"save_firsts": save_firsts}
