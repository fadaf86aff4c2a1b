"""A plan of a real region: within rights, in the log before it is shown, and nothing else is written."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from matcher.domain.kinds import RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import Moment, OnlineMode, RecordKind
from matcher.errors import Forbidden, InvalidValue, UnknownId
from matcher.planning.relax import Because, Change
from matcher.policy import COMMAND_LINE, LOGIN_ROLES, Action, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import approval, erasure, matching, messages, plans, privacy, reports, retention
from matcher.services.plans import PairNamed, Wishes
from tests.support import stores
from tests.support.apps import Engine
from tests.support.region import alumnus, engine_in
from tests.support.stores import upsert
from tests.support.worlds import AS_OF

MARCH = (date(2027, 3, 1), date(2027, 3, 31))
COORDINATOR = Asker(77, Role.COORDINATOR, "Noord")
TUESDAY = Moment(datetime(2027, 3, 16, 13), datetime(2027, 3, 16, 15))
LATER = Moment(datetime(2027, 4, 20, 13), datetime(2027, 4, 20, 15))


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_in(tmp_path)


def lesson(row: int, id_: str, owner: str = "Noord", **values: object) -> Upsert:
    base = {"kind": RequestKind.GUEST_LESSON, "title": "Gastles wondzorg", "skills": ("wondzorg",), "town": "Zwolle"}
    return Upsert(row, id_, owner, base | values)


def plan(engine: Engine, asker: Asker = COMMAND_LINE, **options: object) -> plans.PeriodPlan:
    return plans.make(engine.app, asker, *MARCH, **options)  # type: ignore[arg-type]


def pairs(made: plans.PeriodPlan) -> list[tuple[str, str]]:
    return [(line.request_id, line.alumnus_id) for line in made.assignments]


def test_the_score_is_that_of_the_ranking(engine: Engine) -> None:
    """Each place has an alumnus of the list of its request, with the same score to the last bit, and a moment of it."""
    made = plan(engine)
    assert [request for request, _ in pairs(made)] == ["R-1", "R-2"]
    for line in made.assignments:
        ranking = matching.match(engine.app, COMMAND_LINE, line.request_id)
        assert {one.candidate_id: one.score for one in ranking.matches}[line.alumnus_id] == line.score
    lesson_, aftercare = made.assignments
    assert lesson_.moment in {
        (datetime(2027, 3, 16, 13), datetime(2027, 3, 16, 15)),
        (datetime(2027, 3, 18, 13), datetime(2027, 3, 18, 15)),
    }
    assert aftercare.moment is None
    assert made.unfilled == ()
    assert (made.objective.places, made.objective.served, made.objective.most_served) == (2, 2, 2)
    assert made.objective.worth <= made.bound


def test_what_is_planned_is_in_the_log_and_nothing_else_is_written(engine: Engine) -> None:
    """An entry for the plan and one for each request with those who are in it; no ask, no mail, the same ledger."""
    before, revision = stores.reading(engine.store).ledger.all(), stores.revision(engine.store)
    newest = stores.log(engine.store, limit=1)
    made = plan(engine, COORDINATOR)
    entries = [one for one in stores.log(engine.store, limit=100) if one not in newest]
    assert {(one.action, one.role) for one in entries} == {("plan", "coordinator")}
    shown = [details for one in entries if (details := one.details).get("shown")]
    keys = {stores.key_of(engine.store, RecordKind.ALUMNI, line.alumnus_id, "Noord") for line in made.assignments}
    assert {key for details in shown for key, _ in details["shown"]} == keys
    assert {details["purpose"] for details in shown} == {"guest_lesson", "aftercare"}
    (whole,) = [one.details for one in entries if "shown" not in one.details]
    assert (whole["from"], whole["to"], whole["fairness"], whole["served"]) == ("2027-03-01", "2027-03-31", 0.5, 2)
    assert (stores.reading(engine.store).ledger.all(), stores.revision(engine.store)) == (before, revision)
    assert messages.listed(engine.app, COMMAND_LINE) == []


def named(line: plans.Planned) -> PairNamed:
    return PairNamed(line.request_id, line.alumnus_id)


def test_a_plan_made_again_keeps_what_was_fixed_and_leaves_out_whom_a_person_did_not_want(engine: Engine) -> None:
    """A pin and a ban hold, also in the plan after the next, until they are taken back; nothing else changes."""
    first = plan(engine, COORDINATOR)
    lesson_, aftercare = first.assignments
    ban = Wishes(first.id, bans=[named(lesson_)])
    second = plan(engine, COORDINATOR, wishes=ban)
    assert second.changed == 1
    assert named(lesson_) not in [named(line) for line in second.assignments]
    assert aftercare in second.assignments
    third = plan(engine, COORDINATOR, wishes=Wishes(second.id))
    assert (third.changed, third.assignments) == (0, second.assignments)
    fixed = plan(engine, COORDINATOR, wishes=Wishes(third.id, pins=[named(lesson_)]))
    assert [line.pinned for line in fixed.assignments if named(line) == named(lesson_)] == [True]
    freed = plan(engine, COORDINATOR, wishes=Wishes(fixed.id, forget=True))
    assert not any(line.pinned for line in freed.assignments)


def test_who_cannot_be_fixed_is_told_without_saying_who_exists(engine: Engine) -> None:
    """An alumnus who does not fit, who is not there, or of a school that does not share: one and the same answer."""
    for id_ in ("B-1", "A-404"):
        with pytest.raises(InvalidValue) as told:
            plan(engine, COORDINATOR, wishes=Wishes(pins=[PairNamed("R-1", id_)]))
        assert told.value.code == "pin_impossible"
    with pytest.raises(UnknownId):
        plan(engine, COORDINATOR, wishes=Wishes(pins=[PairNamed("R-404", "A-1")]))
    assert plan(engine, COORDINATOR, wishes=Wishes(bans=[PairNamed("R-1", "A-404")])).unfilled == ()


def test_a_plan_of_another_school_is_not_there(engine: Engine) -> None:
    made = plan(engine, school="Noord")
    elsewhere = Asker(78, Role.COORDINATOR, "Zuid")
    for call in (
        lambda: plan(engine, elsewhere, wishes=Wishes(made.id)),
        lambda: approval.opened(engine.app, elsewhere, made.id),
        lambda: approval.approve(engine.app, elsewhere, made.id),
    ):
        with pytest.raises(UnknownId):
            call()


def test_a_person_approves_and_everybody_is_invited_once(engine: Engine) -> None:
    """Nobody before; then each has an ask and a mail; again invites nobody, and the plan says so.

    Aftercare is about work: whoever invites for it has looked at others first, also from a plan.
    """
    made = plan(engine, COORDINATOR)
    chosen = partial(approval.approve, engine.app, COORDINATOR, made.id)
    (refused,) = chosen(chosen=lambda row: row.request.request_id == "R-2")
    assert refused.problem == "see_others_first"
    waits = approval.opened(engine.app, COORDINATOR, made.id)
    assert waits is not None
    assert {row.line.state for row in waits.rows} == {"planned"}, "it can still be asked"
    assert [(one.request_id, count) for one, count in waits.look_first] == [("R-2", 1)]
    matching.match(engine.app, COORDINATOR, "R-2")
    assert messages.listed(engine.app, COMMAND_LINE) == []
    outcomes = approval.approve(engine.app, COORDINATOR, made.id)
    assert [one.problem for one in outcomes] == ["", ""]
    assert len(messages.listed(engine.app, COMMAND_LINE)) == 2
    assert approval.approve(engine.app, COORDINATOR, made.id) == []
    opened = approval.opened(engine.app, COORDINATOR, made.id)
    assert opened is not None
    assert {row.line.state for row in opened.rows} == {"invited"}
    assert not opened.look_first
    asked = [line for line in stores.reading(engine.store).ledger.all() if line.event is LedgerEvent.ASKED]
    assert len([line for line in asked if line.on == AS_OF]) == 2


def test_a_plan_after_invitations_tells_them_and_what_stayed_is_no_news(engine: Engine) -> None:
    """Of two places one is asked: the plan after it has the other again, which is the same as before."""
    made = plan(engine, COORDINATOR)
    approval.approve(engine.app, COORDINATOR, made.id, chosen=lambda row: row.request.request_id == "R-1")
    again = approval.opened(engine.app, COORDINATOR, plan(engine, COORDINATOR, wishes=Wishes(made.id)).id)
    assert again is not None
    assert [row.request.request_id for row in again.rows] == ["R-2"]
    assert (list(again.difference or ()), again.asked) == ([0, 0, 0], 1)


def test_who_withdrew_since_the_plan_is_not_invited(engine: Engine) -> None:
    """The others are; the line says why, in the words of an invitation from the list."""
    upsert(engine.store, RecordKind.REQUESTS, [lesson(4, "R-4")])
    matching.match(engine.app, COORDINATOR, "R-2")
    made = plan(engine, COORDINATOR)
    gone = made.assignments[0]
    privacy.object_to_ranking(engine.app, COMMAND_LINE, objects=True, alumnus_id=gone.alumnus_id, school="Noord")
    outcomes = [(one.row.alumnus.alumnus_id, one.problem) for one in approval.approve(engine.app, COORDINATOR, made.id)]
    assert len(outcomes) == 3
    assert {bool(problem) for alumnus_id, problem in outcomes if alumnus_id == gone.alumnus_id} == {True}
    others = [problem for alumnus_id, problem in outcomes if alumnus_id != gone.alumnus_id]
    assert (len(others) > 0, set(others)) == (True, {""})
    assert len(messages.listed(engine.app, COMMAND_LINE)) == len(others)


def test_who_was_asked_and_did_not_answer_holds_the_place(engine: Engine) -> None:
    """Until an answer or a release: planning again asks nobody else for it."""
    made = plan(engine, COORDINATOR)
    approval.approve(engine.app, COORDINATOR, made.id, chosen=lambda row: row.request.request_id == "R-1")
    assert [line.request_id for line in plan(engine, COORDINATOR).assignments] == ["R-2"]
    (asked,) = [line for line in stores.reading(engine.store).ledger.all() if line.on == AS_OF and line.request_key]
    for event in (LedgerEvent.RELEASED, LedgerEvent.DECLINED, LedgerEvent.LATER):
        again = LedgerLine(asked.alumnus_key, asked.request_key, event, AS_OF)
        stores.write(engine.store, lambda tx, line=again: tx.ledger.add(line))  # type: ignore[misc]
        assert "R-1" in [line.request_id for line in plan(engine, COORDINATOR).assignments]


def test_only_what_was_chosen_is_invited(engine: Engine) -> None:
    made = plan(engine, COORDINATOR)
    outcomes = approval.approve(engine.app, COORDINATOR, made.id, chosen=lambda row: row.request.request_id == "R-1")
    assert [one.row.request.request_id for one in outcomes] == ["R-1"]


def test_whoever_is_erased_is_in_no_plan(engine: Engine) -> None:
    """The lines go with the alumnus; what is known of somebody names the plan before."""
    made = plan(engine, COORDINATOR)
    who = made.assignments[0].alumnus_id
    known = privacy.known(engine.app, COMMAND_LINE, who, school="Noord")
    assert {one["state"] for one in known["plans"]} == {"planned"}
    erasure.erase(engine.app, COMMAND_LINE, who, school="Noord")
    opened = approval.opened(engine.app, COORDINATOR, made.id)
    assert opened is not None
    assert who not in [row.alumnus.alumnus_id for row in opened.rows]
    assert plan(engine, COORDINATOR, wishes=Wishes(made.id)).changed is not None


def test_old_plans_are_forgotten(engine: Engine) -> None:
    """90 days after the last day, by the daily job."""
    made = plan(engine, COORDINATOR)
    engine.clock.advance(MARCH[1] + timedelta(days=90) - AS_OF)  # type: ignore[attr-defined]
    retention.run(engine.app, COMMAND_LINE, log_months=24, even_so=True)
    assert approval.opened(engine.app, COORDINATOR, made.id) is not None
    engine.clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
    retention.run(engine.app, COMMAND_LINE, log_months=24, even_so=True)
    with pytest.raises(UnknownId):
        approval.opened(engine.app, COORDINATOR, made.id)


def test_a_plan_keeps_who_could_be_asked_instead(engine: Engine) -> None:
    """At most three a request, none of them planned or banned, of its own list and with an ask left; they are noted."""
    made = plan(engine, COORDINATOR)
    opened = approval.opened(engine.app, COORDINATOR)
    assert opened is not None
    planned = {(row.request.request_id, row.alumnus.alumnus_id) for row in opened.rows}
    spares = [(row.request.request_id, row.alumnus.alumnus_id) for row in opened.spares]
    assert planned == set(pairs(made))
    assert spares
    assert not set(spares) & planned
    assert max(spares.count((request, one)) for request, one in spares) == 1
    for request in {request for request, _ in spares}:
        listed = {one.candidate_id: one for one in matching.match(engine.app, COMMAND_LINE, request).matches}
        mine = [row for row in (*opened.rows, *opened.spares) if row.request.request_id == request]
        assert len(mine) <= 1 + plans.SPARES
        assert all(row.line.band == listed[row.alumnus.alumnus_id].band for row in mine)
    noted = [key for one in stores.log(engine.store, limit=100) for key in one.details.get("alumni", ())]
    assert {row.alumnus.key for row in opened.spares} <= set(noted)
    again = plan(engine, COORDINATOR, wishes=Wishes(made.id, bans=[PairNamed(*spares[0])]))
    reopened = approval.opened(engine.app, COORDINATOR, again.id)
    assert reopened is not None
    assert spares[0] not in [(row.request.request_id, row.alumnus.alumnus_id) for row in reopened.spares]
    assert reopened.difference == [0, 0, 0]


def test_a_plan_tells_who_could_come_and_what_moved(engine: Engine) -> None:
    """The candidates of a week of each request; of a ban whether somebody else came, or nobody."""
    made = plan(engine, COORDINATOR)
    opened = approval.opened(engine.app, COORDINATOR, made.id)
    assert opened is not None
    request = stores.key_of(engine.store, RecordKind.REQUESTS, "R-1", "Noord")
    assert set(opened.could) == {(request, date(2027, 3, 15))}
    assert opened.could[request, date(2027, 3, 15)] >= 2
    assert (opened.difference, opened.full) == (None, 0)
    banned = [named(line) for line in made.assignments if line.request_id == "R-1"]
    moved = plan(engine, COORDINATOR, wishes=Wishes(made.id, bans=banned))
    everybody = [PairNamed("R-1", f"A-{number}", "Noord") for number in range(1, 10)]
    emptied = plan(engine, COORDINATOR, wishes=Wishes(moved.id, bans=everybody))
    told = [approval.opened(engine.app, COORDINATOR, one.id) for one in (moved, emptied)]
    assert [one and one.difference for one in told] == [[1, 0, 0], [0, 1, 0]]


def test_an_alumnus_reads_that_he_was_in_a_plan(engine: Engine) -> None:
    """What is known of someone who is planned names the plan; the bias report counts those in it as shown."""
    made = plan(engine)
    asked = {alumnus_id for _, alumnus_id in pairs(made)}
    for alumnus_id in asked:
        known = privacy.known(engine.app, COMMAND_LINE, alumnus_id, school="Noord")
        assert {entry["action"] for entry in known["log"]} == {"plan"}
    groups = reports.bias(engine.app, COMMAND_LINE, smallest=1)
    assert sum(group.shown.count for group in groups if group.by == groups[0].by) == len(asked)


@pytest.mark.parametrize("role", [role for role in LOGIN_ROLES if role is not Role.COORDINATOR])
def test_who_may_not_plan_is_refused(engine: Engine, role: Role) -> None:
    with pytest.raises(Forbidden):
        plan(engine, Asker(78, role, "Noord"))


def test_each_school_plans_its_own(engine: Engine) -> None:
    """Another school's requests are in no plan of this one; the command line plans all, or a school by name."""
    upsert(engine.store, RecordKind.REQUESTS, [lesson(4, "R-9", "Zuid")])
    assert {request for request, _ in pairs(plan(engine, COORDINATOR))} == {"R-1", "R-2"}
    assert {line.school for line in plan(engine).assignments} == {"Noord", "Zuid"}
    assert {line.school for line in plan(engine, school="Zuid").assignments} == {"Zuid"}
    for asker, school in ((COORDINATOR, "Zuid"), (COMMAND_LINE, "Nergens")):
        with pytest.raises(UnknownId):
            plan(engine, asker, school=school)


def test_only_what_is_open_in_the_period(engine: Engine) -> None:
    """Later moments, later periods and what is closed are not planned; what names no day is."""
    rows = [
        lesson(4, "R-4", moments=(LATER,)),
        lesson(5, "R-5", period_from=date(2027, 4, 1), period_to=date(2027, 5, 1)),
        lesson(6, "R-6", period_from=date(2027, 2, 1), period_to=date(2027, 3, 1)),
        lesson(7, "R-7", closes_on=date(2027, 2, 28)),
        lesson(8, "R-8"),
    ]
    upsert(engine.store, RecordKind.REQUESTS, rows)
    made = plan(engine)
    assert {request for request, _ in pairs(made)} | {one.request_id for one in made.unfilled} == {
        "R-1", "R-2", "R-6", "R-8",
    }  # fmt: skip


def test_nobody_is_asked_more_than_is_left(engine: Engine) -> None:
    """One alumnus who may be asked once more, two requests: the other place says why and what would fill it."""
    upsert(
        engine.store,
        RecordKind.ALUMNI,
        [alumnus(20, f"A-{number}", max_asks_per_year=0) for number in range(1, 10)]
        + [alumnus(30, "B-1", function="ijsmaker", skills=("ijs maken",), max_asks_per_year=1)],
    )
    upsert(
        engine.store,
        RecordKind.REQUESTS,
        [lesson(row, f"R-{row}", title="Gastles ijs maken", skills=("ijs maken",)) for row in (11, 12)],
    )
    made = plan(engine)
    assert pairs(made)[0] == ("R-11", "B-1")
    (other,) = [one for one in made.unfilled if one.request_id == "R-12"]
    assert (other.places, other.because, other.change) == (1, Because.BUDGET, Change.ONE_MORE_ASK)


def test_who_was_asked_for_it_is_not_asked_again_and_who_said_yes_has_a_place(engine: Engine) -> None:
    """Of two places one is left when somebody said yes; who was asked holds the other, and who said no is not in it."""
    upsert(engine.store, RecordKind.REQUESTS, [lesson(4, "R-4", people=2)])
    first = [alumnus_id for request, alumnus_id in pairs(plan(engine)) if request == "R-4"]
    assert len(first) == 2
    request = stores.key_of(engine.store, RecordKind.REQUESTS, "R-4", "Noord")
    keys = [stores.key_of(engine.store, RecordKind.ALUMNI, one, "Noord") for one in first]
    add(engine, keys[0], request, LedgerEvent.ASKED, LedgerEvent.ACCEPTED)
    add(engine, keys[1], request, LedgerEvent.ASKED)
    assert "R-4" not in [request_id for request_id, _ in pairs(plan(engine))]
    add(engine, keys[1], request, LedgerEvent.DECLINED)
    again = [alumnus_id for request_id, alumnus_id in pairs(plan(engine)) if request_id == "R-4"]
    assert len(again) == 1
    assert not set(again) & set(first)


def add(engine: Engine, key: int, request: int, *events: LedgerEvent) -> None:
    """Lines of the ledger on the day itself."""
    for event in events:
        stores.writing(engine.store).ledger.add(LedgerLine(key, request, event, AS_OF))


def test_a_condition_that_one_can_do_without_is_the_change(engine: Engine) -> None:
    """Nobody is near enough for a lesson in Maastricht: whoever lives least too far could come from further."""
    upsert(
        engine.store,
        RecordKind.ALUMNI,
        [alumnus(20, f"A-{number}", max_distance_km=20.0) for number in range(1, 10)]
        + [alumnus(30, "B-1", function="ijsmaker", skills=("ijs maken",), max_distance_km=20.0)],
    )
    request = lesson(
        11, "R-11", title="Gastles ijs maken", skills=("ijs maken",), town="Maastricht", online=OnlineMode.NO
    )
    upsert(engine.store, RecordKind.REQUESTS, [request])
    (one,) = [one for one in plan(engine).unfilled if one.request_id == "R-11"]
    assert (one.because, one.change) == (Because.NO_ONE, Change.FURTHER)
    assert 100 < one.km < 250


def test_the_slider_has_its_price(engine: Engine) -> None:
    """At 0 the plan is its own measure; elsewhere no fewer are asked for the first time, for no more score."""
    plain, fair = plan(engine, fairness=0.0).objective, plan(engine, fairness=1.0).objective
    assert (plain.score, plain.first) == (plain.score_without, plain.first_without)
    assert (fair.score_without, fair.first_without) == (plain.score, plain.first)
    assert fair.score <= plain.score
    assert fair.first >= plain.first
    assert fair.served == plain.served


def test_what_cannot_be_is_refused(engine: Engine) -> None:
    for first, last, fairness, code in (
        (MARCH[1], MARCH[0], 0.5, "period_reversed"),
        (date(2027, 1, 1), date(2028, 1, 2), 0.5, "period_too_long"),
        (*MARCH, 1.01, "fairness_out_of_range"),
        (*MARCH, float("nan"), "fairness_out_of_range"),
    ):
        with pytest.raises(InvalidValue, match=code):
            plans.make(engine.app, COMMAND_LINE, first, last, fairness=fairness)
    assert Action.PLAN.value == "plan"


def test_an_empty_region_has_an_empty_plan(engine: Engine) -> None:
    made = plans.make(engine.app, COMMAND_LINE, date(2030, 1, 1), date(2030, 1, 31), school="Zuid")
    assert (made.assignments, made.unfilled, made.objective.places, made.bound) == ((), (), 0, 0.0)


def test_the_price_of_fairness_is_beside_the_same_plan_each_time(engine: Engine) -> None:
    """A plan made again around what stays has the price of the first: what it is beside keeps nothing."""
    first = plan(engine, COORDINATOR, fairness=1.0)
    again = plan(engine, COORDINATOR, fairness=1.0, wishes=Wishes(first.id)).objective
    assert (again.score_without, again.first_without) == (first.objective.score_without, first.objective.first_without)
    best = plan(engine, COORDINATOR, fairness=0.0).objective
    assert (again.score_without, again.first_without) == (best.score, best.first)


def test_a_plan_names_the_open_requests_that_it_is_not_about(engine: Engine) -> None:
    """One of other days, and one for which enough alumni were asked; nothing of another school."""
    later = lesson(11, "R-11", moments=(Moment(datetime(2027, 5, 3, 13), datetime(2027, 5, 3, 15)),))
    upsert(engine.store, RecordKind.REQUESTS, [later])
    first = plan(engine, COORDINATOR)
    approval.approve(engine.app, COORDINATOR, first.id)
    second = plan(engine, COORDINATOR)
    opened = approval.opened(engine.app, COORDINATOR, second.id)
    assert opened is not None
    why = {request.request_id: why for request, why in opened.left_out}
    assert why["R-11"] == plans.OTHER_DAYS
    assert why["R-1"] == plans.ALL_ASKED
    about = {one.request_id for one in (*second.assignments, *second.unfilled)}
    assert about.isdisjoint(why)
    assert {line.request_id for line in first.assignments} <= about | set(why)
    assert {request.school for request, _ in opened.left_out} == {"Noord"}
