"""Figures for the privacy officer: right counts, honest intervals, and no small groups."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.consent import Terms
from matcher.domain.kinds import RequestKind
from matcher.domain.ledger import Deviation
from matcher.domain.records import Qualification, RecordKind
from matcher.errors import Forbidden
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import approval, invitations, matching, plans, privacy, reports
from matcher.services.reports import Share
from tests.support import stores
from tests.support.apps import Engine, app_of, terminal
from tests.support.fakes import FixedClock
from tests.support.region import LATER, alumnus, engine_in
from tests.support.stores import upsert
from tests.support.worlds import AS_OF

TEACHER = Asker(77, Role.TEACHER, "Noord")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """The region with twelve more of level 2, of whom none fits R-1."""
    made = engine_in(tmp_path)
    rows = [
        alumnus(place + 2, f"B-{place}", function="lasser", qualifications=(Qualification(level=2, year=2011),))
        for place in range(12)
    ]
    upsert(made.store, RecordKind.ALUMNI, rows)
    return made


def test_who_is_shown_and_invited_is_counted(engine: Engine) -> None:
    """Once for each person, however often; by group, among those who agreed to something."""
    for _ in range(2):
        ranking = matching.match(app_of(engine), TEACHER, "R-1", top=3)
    first = ranking.matches[0]
    invitations.invite(app_of(engine), TEACHER, "R-1", first.candidate_id)
    groups = {(group.by, group.name): group for group in reports.bias(app_of(engine), COMMAND_LINE, smallest=1)}
    schools = [group for (by, _), group in groups.items() if by == "school"]
    shown = {match.key for match in ranking.matches}
    assert sum(group.shown.count for group in schools) == len(shown)
    assert sum(group.invited.count for group in schools) == 1
    willing = [
        one for one in stores.alumni(engine.store) if any(consent.withdrawn_on is None for consent in one.consents)
    ]
    for by in ("level", "pathway", "cohort", "region", "school"):
        assert sum(group.shown.of for (of, _), group in groups.items() if of == by) == len(willing)
    assert groups["cohort", "2010-2014"].shown.of >= 12
    only = reports.bias(app_of(engine), COMMAND_LINE, "Zuid", smallest=1)
    assert {group.name for group in only if group.by == "school"} == {"Zuid"}


def test_small_groups_are_not_told(engine: Engine) -> None:
    """They are put together, or left out where even that is small."""
    for smallest in (3, 10, 1000):
        groups = reports.bias(app_of(engine), COMMAND_LINE, smallest=smallest)
        assert all(group.shown.of >= smallest for group in groups)
    assert reports.bias(app_of(engine), COMMAND_LINE, smallest=1000) == []
    assert any(group.name == "2" for group in reports.bias(app_of(engine), COMMAND_LINE) if group.by == "level")


def test_deviations_are_counted_with_their_reasons(engine: Engine) -> None:
    """Of all invitations of a kind, those of another than the first."""
    job = {"kind": RequestKind.HYBRID_TEACHER, "title": "Hybride docent lassen"}
    upsert(engine.store, RecordKind.REQUESTS, [Upsert(2, "R-9", "Noord", job)])
    offers = frozenset({RequestKind.HYBRID_TEACHER})
    rows = [Upsert(place + 2, f"B-{place}", "Noord", {"offers": offers}) for place in range(4)]
    upsert(engine.store, RecordKind.ALUMNI, rows)
    ranking = matching.match(app_of(engine), TEACHER, "R-9")
    invitations.invite(app_of(engine), TEACHER, "R-9", ranking.matches[2].candidate_id, reason=Deviation.SPREAD)
    invitations.invite(app_of(engine), TEACHER, "R-9", ranking.matches[0].candidate_id)
    (found,) = reports.overrides(app_of(engine), COMMAND_LINE)
    assert (found.kind, found.deviating, dict(found.reasons)) == (
        RequestKind.HYBRID_TEACHER,
        Share(1, 2),
        {"spread": 1},
    )
    assert reports.overrides(app_of(engine), COMMAND_LINE, "Zuid") == []


def test_who_was_invited_from_a_plan_was_not_chosen_by_a_person(engine: Engine) -> None:
    """They are counted apart, whatever their place in the list of the request."""
    coordinator = Asker(77, Role.COORDINATOR, "Noord")
    made = plans.make(engine.app, coordinator, date(2027, 3, 1), date(2027, 3, 31))
    approval.approve(engine.app, coordinator, made.id, chosen=lambda row: row.request.request_id == "R-1")
    (found,) = reports.overrides(app_of(engine), COMMAND_LINE)
    assert (found.deviating, found.planned, dict(found.reasons)) == (Share(0, 0), 1, {})


def test_the_report_says_in_which_month_consents_end(engine: Engine) -> None:
    """Each consent in force ends in one month, but for those without a day."""
    told = reports.kept(app_of(engine), COMMAND_LINE)
    assert sum(told.ending.values()) + told.undated == sum(told.consents.values())
    assert all(month.day == 1 and month >= AS_OF.replace(day=1) for month in told.ending)
    assert told.ending


def test_what_is_kept_is_counted(engine: Engine) -> None:
    """People, consents in force, objections, and what the log has."""
    terminal(engine).match("R-1")
    (one, *_) = (one for one in stores.alumni(engine.store) if one.consents)
    app = app_of(engine)
    before = reports.kept(app, COMMAND_LINE)
    privacy.object_to_ranking(app, COMMAND_LINE, objects=True, alumnus_id=one.alumnus_id, school=one.school)
    after = reports.kept(app, COMMAND_LINE)
    assert (after.alumni, after.objections - before.objections) == (before.alumni, 1)
    assert sum(after.consents.values()) < sum(before.consents.values())
    assert after.actions["match"] == 1
    assert after.log == before.log + 1


def test_a_consent_whose_term_is_over_does_not_count(engine: Engine) -> None:
    """On the last day of its term an alumnus counts, the day after the report has no one."""
    app, clock = app_of(engine), cast("FixedClock", engine.clock)
    clock.day = LATER + Terms().longest
    held = reports.kept(app, COMMAND_LINE).consents
    assert sum(held.values()) > 0
    assert reports.bias(app, COMMAND_LINE) != []
    clock.day += timedelta(days=1)
    assert sum(reports.kept(app, COMMAND_LINE).consents.values()) == 0
    assert reports.bias(app, COMMAND_LINE) == []


@pytest.mark.parametrize("role", [Role.TEACHER, Role.COORDINATOR, Role.ADMINISTRATOR])
def test_no_other_role_of_a_school_reads_reports(engine: Engine, role: Role) -> None:
    """They are for the privacy officer, and for a person with the database at hand."""
    app, asker = app_of(engine), Asker(77, role, "Noord")
    for report in (reports.bias, reports.overrides, reports.kept):
        with pytest.raises(Forbidden):
            report(app, asker)


def test_a_privacy_officer_counts_the_own_school(engine: Engine) -> None:
    """What is kept of two schools together is that of both; of one only its own alumni."""
    app = app_of(engine)
    schools = ("Noord", "Zuid")
    parts = [reports.kept(app, Asker(77, Role.PRIVACY_OFFICER, school)) for school in schools]
    whole = reports.kept(app, COMMAND_LINE)
    assert all(part.alumni for part in parts)
    assert sum(part.alumni for part in parts) == whole.alumni
    assert sum(part.requests for part in parts) == whole.requests
    assert parts[0].consents + parts[1].consents == whole.consents  # type: ignore[operator]


@given(st.integers(1, 500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_holds_the_share(numbers: tuple[int, int]) -> None:
    """Within 0 and 1, around the share, and narrower for more people."""
    one = Share(*numbers)
    low, high = one.interval
    assert 0 <= low <= one.share + 1e-12
    assert one.share - 1e-12 <= high <= 1
    more = Share(numbers[0] * 4, numbers[1] * 4).interval
    assert more[1] - more[0] < high - low


def test_the_interval_is_wilsons() -> None:
    """10 of 50: .112 to .330 (Newcombe 1998 gives the formula)."""
    low, high = Share(10, 50).interval
    assert (round(low, 3), round(high, 3)) == (0.112, 0.330)
    assert Share(0, 0).interval == (0, 1)
