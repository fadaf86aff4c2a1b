"""The work list of a school: what waits for a person there, and nothing that does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from matcher.domain.invitations import Approval
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.records import Moment, RecordKind
from matcher.errors import Forbidden
from matcher.policy import COMMAND_LINE, JOB, LOGIN_ROLES, Action, Asker, Role
from matcher.repositories.segments import DRAFT, KeptMessage
from matcher.repositories.uploads import ASKED, DONE
from matcher.repositories.values import Upsert
from matcher.services import aftercare, audit, demands, invitations, matching, plans, proposals, waiting, work
from matcher.services.app import App
from matcher.services.work import Job, Waiting
from tests.support import stores
from tests.support.apps import app_of
from tests.support.cards import handle
from tests.support.fakes import FixedClock
from tests.support.region import LATER, engine_in
from tests.support.stores import upsert
from tests.support.worlds import AS_OF

COORDINATOR, ELSEWHERE = Asker(81, Role.COORDINATOR, "Noord"), Asker(82, Role.COORDINATOR, "Zuid")
TEACHER = Asker(77, Role.TEACHER, "Noord")


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Two alumni who can give the lesson that is asked in two weeks, and the small region."""
    app = app_of(engine_in(tmp_path))
    values = {
        "offers": frozenset({RequestKind.GUEST_LESSON}), "consents": frozenset(Purpose), "consent_date": LATER,
        "languages": ("nl",), "function": "wondzorg",
    }  # fmt: skip
    upsert(app.store, RecordKind.ALUMNI, [
        Upsert(row, id_, "Noord", {**values, "email": f"{id_}@voorbeeld.example"})
        for row, id_ in enumerate(("B-1", "B-2"), 2)
    ])  # fmt: skip
    moment = Moment(datetime(2027, 3, 16, 13), datetime(2027, 3, 16, 15))
    lesson = {"kind": RequestKind.GUEST_LESSON, "title": "Gastles wondzorg", "moments": (moment,), "people": 1}
    upsert(app.store, RecordKind.REQUESTS, [Upsert(2, "R-5", "Noord", lesson)])
    return app


def jobs(app: App, asker: Asker = COORDINATOR) -> dict[Job, Waiting]:
    return {one.job: one for one in work.today(app, asker).jobs}


def invite(app: App, id_: str = "B-1", **more: object) -> invitations.Invited:
    return invitations.invite(app, COORDINATOR, "R-5", id_, **more)  # type: ignore[arg-type]


def answer(app: App, id_: str, *, accepts: bool) -> None:
    alumnus = stores.key_of(app.store, RecordKind.ALUMNI, id_, "Noord")
    request = stores.key_of(app.store, RecordKind.REQUESTS, "R-5", "Noord")
    asker = Asker(90, Role.ALUMNUS, "Noord", alumnus)
    invitations.reply(app, asker, request, accepts=accepts)


def test_only_a_coordinator_has_a_work_list(app: App) -> None:
    """The others have the right to none; and another school has nothing of this one."""
    for role in set(LOGIN_ROLES) - {Role.COORDINATOR}:
        with pytest.raises(Forbidden):
            work.today(app, Asker(1, role, "Noord", 5 if role is Role.ALUMNUS else None))
    invite(app)
    answer(app, "B-1", accepts=False)
    assert Job.STALLED in jobs(app)
    assert Job.STALLED not in jobs(app, ELSEWHERE)


def test_the_menu_counts_the_work_list_in_each_state(app: App) -> None:
    """Always as long as the list of now; nothing is counted again while nothing changed but what is read."""
    counted = work.Counted()
    made: list[int] = []

    def length() -> int:
        told = work.counts(app, COORDINATOR, counted).jobs
        assert told == len(work.today(app, COORDINATOR).jobs)
        return told

    def count() -> int:
        made.append(1)
        return len(work.today(app, COORDINATOR).jobs)

    before = length()
    invite(app)
    assert length() == before
    answer(app, "B-1", accepts=False)
    after = length()
    assert after == before + 1
    matching.match(app, TEACHER, "R-5")
    audit.page(app, COMMAND_LINE)
    assert stores.read(app.store, lambda records: counted.of(records, COORDINATOR, count)) == after
    assert made == []
    sent = {"school": "Noord", "kind": "alumni", "file": "lijst.xlsx", "wishes": {}}
    stores.write(app.store, lambda tx: tx.uploads.add(**sent, content=[b"a"], state=ASKED))
    assert length() == after + 1, "what is done with a file is not in the log"
    cast("FixedClock", app.clock).day += timedelta(days=20)
    length()
    assert work.counts(app, TEACHER, counted).jobs == 0
    assert work.counts(app, COORDINATOR).jobs == 0, "without a memory nothing is counted"


def test_a_yes_that_is_taken_back_comes_first_until_somebody_is_asked(app: App) -> None:
    """Nothing waits while an answer is awaited; then the request stands on top, until the next one is asked."""
    assert jobs(app).keys().isdisjoint({Job.WITHDRAWN, Job.STALLED})
    invite(app)
    assert jobs(app).keys().isdisjoint({Job.WITHDRAWN, Job.STALLED})
    answer(app, "B-1", accepts=True)
    assert jobs(app).keys().isdisjoint({Job.WITHDRAWN, Job.STALLED})
    answer(app, "B-1", accepts=False)
    first = work.today(app, COORDINATOR).jobs[0]
    assert (first.job, first.count, [one.request_id for one in first.requests]) == (Job.WITHDRAWN, 1, ["R-5"])
    assert Job.STALLED not in jobs(app)
    invite(app, "B-2")
    assert Job.WITHDRAWN not in jobs(app)


def test_an_ask_that_nobody_answered_waits_once_its_term_is_over(app: App) -> None:
    """Not while the next of the waiting list is asked instead, and no more once the request is withdrawn or over."""
    invite(app)
    invite(app, "B-2", waits=True)
    app.clock.advance(timedelta(days=8))  # type: ignore[attr-defined]
    waiting.advance(app, JOB)
    assert Job.STALLED not in jobs(app)
    app.clock.advance(timedelta(days=5))  # type: ignore[attr-defined]
    waiting.advance(app, JOB)
    assert [one.request_id for one in jobs(app)[Job.STALLED].requests] == ["R-5"]
    app.clock.advance(timedelta(days=20))  # type: ignore[attr-defined]
    assert Job.STALLED not in jobs(app)


def test_a_request_that_was_had_is_to_be_closed(app: App) -> None:
    """Before its day it is what comes; after it, it waits until somebody says whether it was held."""
    invite(app)
    assert work.today(app, COORDINATOR).coming == []
    answer(app, "B-1", accepts=True)
    assert [one.request_id for one in work.today(app, COORDINATOR).coming] == ["R-5"]
    assert Job.CLOSING not in jobs(app)
    app.clock.advance(timedelta(days=20))  # type: ignore[attr-defined]
    assert work.today(app, COORDINATOR).coming == []
    assert [one.request_id for one in jobs(app)[Job.CLOSING].requests] == ["R-5"]
    demands.close(app, COORDINATOR, "R-5", held=True)
    assert Job.CLOSING not in jobs(app)


def test_what_is_proposed_waits_for_who_may_approve_it(app: App) -> None:
    """Until it is approved; the request is named."""
    app = replace(app, approvals={RequestKind.GUEST_LESSON: Approval.COORDINATOR})
    invitations.invite(app, TEACHER, "R-5", handle(app.store, "R-5", "B-1"))
    proposed = jobs(app)[Job.PROPOSED]
    assert (proposed.count, [one.request_id for one in proposed.requests]) == (1, ["R-5"])
    proposals.approve(app, COORDINATOR, "R-5", "B-1")
    assert Job.PROPOSED not in jobs(app)


def test_places_that_the_plan_leaves_open_name_the_cheapest_change(app: App) -> None:
    """Of the newest plan while its period lasts, and not once the request is withdrawn."""
    lesson = {"kind": RequestKind.GUEST_LESSON, "title": "Gastles wondzorg", "languages": ("fi",), "people": 2}
    upsert(app.store, RecordKind.REQUESTS, [Upsert(2, "R-6", "Noord", lesson)])
    plans.make(app, COORDINATOR, date(2027, 3, 1), date(2027, 3, 31))
    unfilled = jobs(app)[Job.UNFILLED]
    assert (unfilled.count, [one.request_id for one in unfilled.requests]) == (1, ["R-6"])
    assert unfilled.best is not None
    assert unfilled.best.change == "language"
    demands.withdraw(app, COORDINATOR, "R-6", demands.Why.NO_LONGER_NEEDED)
    assert Job.UNFILLED not in jobs(app)
    assert Job.UNFILLED not in jobs(app, ELSEWHERE)


def test_people_and_files_that_wait_are_counted(app: App) -> None:
    """Replies, questions, files, messages of another, objections, aftercare, bounces, silence: each by itself."""
    store = app.store
    upsert(store, RecordKind.ALUMNI, [Upsert(2, "A-1", "Noord", {"left_on": AS_OF - timedelta(days=200)})])
    assert jobs(app)[Job.AFTERCARE].count == 1
    key = stores.key_of(store, RecordKind.ALUMNI, "A-1", "Noord")
    aftercare.object_to(app, Asker(90, Role.ALUMNUS, "Noord", key), objects=True)
    found = jobs(app)
    assert found[Job.OBJECTIONS].count == 1
    assert Job.AFTERCARE not in found
    stores.write(store, lambda tx: tx.inbox.doubt(key, None, "doubt", "misschien"))
    stores.write(store, lambda tx: tx.facts.ask(key))
    other = stores.key_of(store, RecordKind.ALUMNI, "A-2", "Noord")
    stores.write(store, lambda tx: tx.facts.bounced(other))
    by, draft = Asker(82, Role.COORDINATOR, "Noord"), partial(KeptMessage, 0, "", "Noord", "zorg", {}, "mentor")
    message = draft("Dag", "Kom je?", [], DRAFT, app.clock.now(), None, "")
    store.write(lambda tx: tx.segment_messages.add(message), by=by)
    assert Job.MESSAGES not in jobs(app, by)
    asked = stores.key_of(store, RecordKind.REQUESTS, "R-1", "Noord")
    stores.write(store, lambda tx: tx.disputes.open(other, asked, None, "waarom niet?"))
    sent = {"school": "Noord", "kind": "alumni", "file": "lijst.xlsx", "wishes": {}}
    waits = stores.write(store, lambda tx: tx.uploads.add(**sent, content=[b"a"], state=ASKED))
    stores.write(store, lambda tx: tx.uploads.add(**sent, content=[b"b"], state=DONE))
    found = jobs(app)
    assert (found[Job.REPLIES].count, found[Job.BOUNCED].count) == (1, 1)
    assert (found[Job.MESSAGES].count, found[Job.DISPUTES].count) == (1, 1)
    assert (found[Job.UPLOADS].count, found[Job.UPLOADS].file) == (1, waits.id)
    assert Job.SILENT not in found
    app.clock.advance(timedelta(days=31))  # type: ignore[attr-defined]
    assert jobs(app)[Job.SILENT].count == 1
    stores.write(store, lambda tx: tx.facts.confirm(key, ["function"]))
    assert Job.SILENT not in jobs(app)


def test_every_job_is_asked_for_by_its_own_right() -> None:
    """Whoever has the work list may do what stands on it."""
    needed = {
        Action.PLAN_APPROVE, Action.INVITE, Action.REPLIES_READ, Action.IMPORT, Action.SEGMENT_APPROVE,
        Action.AFTERCARE_DECIDE, Action.AFTERCARE_READ, Action.PERSON_MERGE, Action.CAMPAIGN,
    }  # fmt: skip
    assert all(COORDINATOR.may(action) for action in needed)
    assert not COMMAND_LINE.may(Action.DESK_READ)


def test_what_a_school_does_nothing_with_is_no_job(app: App) -> None:
    """With its area closed a request asks for nobody, and nobody who left is to be called; open again they are back."""
    left = Upsert(2, "B-1", "Noord", {"left_on": AS_OF - timedelta(days=200)})
    upsert(app.store, RecordKind.ALUMNI, [left])
    invite(app)
    answer(app, "B-1", accepts=False)
    assert {Job.STALLED, Job.AFTERCARE} <= jobs(app).keys()
    stores.write(app.store, lambda tx: tx.school_settings.choose("Noord", "areas", "B,C"))
    assert jobs(app).keys().isdisjoint({Job.STALLED, Job.AFTERCARE})
    stores.write(app.store, lambda tx: tx.school_settings.choose("Noord", "areas", "A,F"))
    assert {Job.STALLED, Job.AFTERCARE} <= jobs(app).keys()
