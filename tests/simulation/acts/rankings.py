"""Whoever ranks: teachers, advisers, coordinators, alumni for themselves, and the operator for everybody."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING

from matcher.batch import NOTHING
from matcher.disclosure import sees_cards
from matcher.domain.answers import Ranking
from matcher.domain.kinds import RequestKind
from matcher.domain.records import Request
from matcher.policy import COMMAND_LINE, Role
from matcher.services import batches, matching, replay, trials
from matcher.services.app import App
from tests.simulation.acts.askers import NO_HANDLE, UNKNOWN, advice, named, staff, themselves
from tests.simulation.acts.requests import asker_of
from tests.simulation.cards import need_card, need_cards, question
from tests.simulation.region import SCHOOLS
from tests.simulation.sources import open_keys
from tests.simulation.steps import Step
from tests.simulation.talks import declined, may_advise

if TYPE_CHECKING:
    from tests.simulation.world import World

_ALL = 1000


def _need_right(world: World, ranking: Ranking | None, expected: Collection[int], top: int) -> None:
    """Exactly those who may be ranked are, by the model at this moment."""
    if ranking is None or not world.certain:
        return
    shown = [match.key for match in ranking.matches]
    world.need(set(shown) <= set(expected), "a ranking shows who may not be shown", set(shown) - set(expected))
    world.need(ranking.eligible == len(expected), "a ranking of fewer or more", (ranking.eligible, len(expected)))
    world.need(len(shown) == min(top, len(expected)), "a ranking leaves out who may be shown", (shown, expected))


def match(world: World, app: App, step: Step) -> None:
    demand, top = world.demand(step), step.values["top"]
    if demand is None:
        return
    expected = {person.key for person in world.model.fitting(demand, world.today)}
    ranking = world.call(lambda: matching.match(app, asker_of(demand), demand.wanted.id, top=top), log=["match"])
    _need_right(world, ranking, expected, top)
    if ranking is not None:
        need_cards(world, ranking, demand.key)


def match_unsaved(world: World, app: App, step: Step) -> None:
    school, kind = SCHOOLS[step.values["school"]], RequestKind(step.values["kind"])
    wish = Request(request_id="", school=school, kind=kind, title="Gezocht", skills=("lassen",))
    model, today = world.model, world.today
    expected = {person.key for person in model.people.values() if model.may_be_given(person, kind, school, today)}
    asker = staff(Role.TEACHER, school)
    ranking = world.call(lambda: matching.match_unsaved(app, asker, wish, top=_ALL), log=["match.unsaved"])
    _need_right(world, ranking, expected, _ALL)
    if ranking is not None:
        need_cards(world, ranking, question(world, asker, wish))


def recommend(world: World, app: App, step: Step) -> None:
    model, today, person = world.model, world.today, world.person(step)
    if person is None:
        return
    if step.values["target"] == "offerings":
        expected = (
            {*model.courses.values(), *model.offers, *open_keys(model)}
            if model.may_be_advised(person, today)
            else set()
        )
    else:
        expected = {demand.key for demand in model.demands.values() if model.fits(person, demand, today)}
    if step.values["by"] == "alumnus":
        expected -= declined(model, person)
    asker = themselves(person) if step.values["by"] == "alumnus" else staff(Role.ADVISER, person.school)
    by_adviser = step.values["by"] != "alumnus"
    opened = not by_adviser or may_advise(model, person, asker.key, world.now, today)
    ranking = world.call(
        lambda: matching.recommend(app, asker, person.id, step.values["target"], top=_ALL),
        log=["recommend"],
        refused=(by_adviser and advice(world, person.school)) or ("" if opened else UNKNOWN),
        log_refused=dict.fromkeys(UNKNOWN, ("recommend",)),
    )
    _need_right(world, ranking, expected, _ALL)


def audience(world: World, app: App, step: Step) -> None:
    model, school = world.model, SCHOOLS[step.values["school"]]
    if 0 not in model.courses:
        return
    own = [person for person in model.people.values() if person.school == school]
    if not own:
        return  # a school of which an undo left nobody is unknown to a pool that is built anew
    expected = {person.key for person in own if model.may_be_advised(person, world.today)}
    ranking = world.call(lambda: matching.audience(app, staff(Role.ADVISER, school), "C-0", top=_ALL), log=["audience"])
    _need_right(world, ranking, expected, _ALL)


def why(world: World, app: App, step: Step) -> None:
    model, today = world.model, world.today
    demand, person = world.demand(step), world.person(step)
    if demand is None or person is None:
        return
    asker = asker_of(demand, step.values["by"])
    called = named(world, app, asker, demand, person)
    seen = model.visible(person, demand.wanted.school, today)
    if sees_cards(asker):
        seen = called != NO_HANDLE and model.available(person, demand, today)
    pair = matching.PairOfIds(demand.wanted.id, called, "request", candidate_school=person.school)
    account = world.call(
        lambda: matching.why(app, asker, pair),
        log=["explain"],
        refused="" if seen else "unknown_pair",
        log_refused={"unknown_pair": ("explain",)} if sees_cards(asker) else None,
    )
    if account is not None and world.certain:
        ranked = account.rank is not None
        world.need(ranked == model.fits(person, demand, today), "an account of somebody who may not be ranked", account)
        if sees_cards(asker):
            need_card(world, account, demand, person)


def recommend_all(world: World, app: App, step: Step) -> None:
    model, today = world.model, world.today
    run = world.call(lambda: batches.recommend_all(app, COMMAND_LINE, "offerings", top=2), log=["recommend.all"])
    if run is not None and world.certain:
        listed = set(run.pool.people.key[(run.best.rows != NOTHING).any(axis=1)].tolist())
        expected = {person.key for person in model.people.values() if model.may_be_advised(person, today)}
        world.need(
            listed == (expected if model.courses or model.offers or open_keys(model) else set()),
            "a run about others",
            listed ^ expected,
        )


def replay_(world: World, app: App, step: Step) -> None:
    number = world.pick(world.rankings, step.values["nth"])
    if number is not None:
        outcome = world.call(lambda: replay.replay(app, COMMAND_LINE, number), refused=("", "unknown_entry"))
        right = {"same", "newer_data", "not_kept", None}
        world.need(outcome in right, "a replay that gives something else", (number, outcome))


def simulate(world: World, app: App, step: Step) -> None:
    first, last = world.today - timedelta(days=30), world.today
    trial = world.call(lambda: trials.simulate(app, COMMAND_LINE, first, last), log=["trial"])
    if trial is None:
        return
    counted = trial.counted
    world.need(counted.same == counted.of_then, "a list of then that comes out otherwise", counted)
    world.need(trial.changed == 0 and trial.before == trial.after, "unchanged settings that change something", trial)


ACTS = {
    "match": match,
    "match_unsaved": match_unsaved,
    "recommend": recommend,
    "audience": audience,
    "why": why,
    "recommend_all": recommend_all,
    "replay": replay_,
    "simulate": simulate,
}
