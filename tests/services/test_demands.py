"""The life of a request: who may take which step, what is kept of it, and what follows for those who were asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from matcher.domain.demands import Experience, Next, State, Step, Why
from matcher.domain.invitations import Answer, AnswerKind, InvitationState
from matcher.domain.kinds import RequestKind
from matcher.domain.ledger import LedgerEvent
from matcher.domain.records import Moment, RecordKind, Request
from matcher.errors import Forbidden, InvalidValue, UnknownId
from matcher.policy import Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import calendars, demands, invitations, matching
from matcher.services.app import App
from tests.support import stores
from tests.support.apps import app_of
from tests.support.region import engine_in
from tests.support.stores import mails, upsert
from tests.support.worlds import AS_OF

TEACHER = Asker(77, Role.TEACHER, "Noord")
COLLEAGUE = Asker(78, Role.TEACHER, "Noord")
COORDINATOR = Asker(81, Role.COORDINATOR, "Noord")
WISH = Request(
    request_id="", kind=RequestKind.GUEST_LESSON, title="Gastles wondzorg", school="Noord", team="Zorg", people=2,
    requester="docent@voorbeeld.example",
)  # fmt: skip


@pytest.fixture
def app(tmp_path: Path) -> App:
    """The region."""
    app = app_of(engine_in(tmp_path))
    upsert(app.store, RecordKind.ALUMNI, [Upsert(3, "A-1", "Noord", {"email": "a1@voorbeeld.example"})])
    return app


def key_of(app: App, id_: str, kind: RecordKind = RecordKind.REQUESTS) -> int:
    return stores.key_of(app.store, kind, id_, "Noord")


def state(app: App, id_: str) -> State:
    return demands.overview(app, TEACHER, id_).standing.state


def listed(app: App, id_: str, asker: Asker = COORDINATOR) -> list[str]:
    return [match.candidate_id for match in matching.match(app, asker, id_).matches]


def says_yes(app: App, request_id: str, alumnus_id: str = "A-1") -> None:
    invitations.invite(app, COORDINATOR, request_id, alumnus_id)
    me = Asker(79, Role.ALUMNUS, "Noord", key_of(app, alumnus_id, RecordKind.ALUMNI))
    invitations.reply(app, me, key_of(app, request_id), accepts=True)


def events(app: App, alumnus_id: str = "A-1") -> list[LedgerEvent]:
    with app.store.read() as records:
        return [line.event for line in records.ledger.entries(key_of(app, alumnus_id, RecordKind.ALUMNI))]


def test_a_concept_asks_nobody_until_it_is_opened(app: App) -> None:
    """Neither by its list, nor by an invitation; each step is kept with who took it."""
    id_ = demands.create(app, TEACHER, WISH, concept=True)
    assert (state(app, id_), listed(app, id_)) == (State.CONCEPT, [])
    with pytest.raises(InvalidValue, match="not_in_the_list"):
        invitations.invite(app, COORDINATOR, id_, "A-1")
    demands.open_(app, COLLEAGUE, id_)
    assert state(app, id_) is State.OPEN
    assert "A-1" in listed(app, id_)
    steps = demands.overview(app, TEACHER, id_).steps
    assert [(one.step, one.actor) for one in steps] == [(Step.CREATED, 77), (Step.OPENED, 78)]
    with pytest.raises(InvalidValue, match="not_this_step"):
        demands.open_(app, TEACHER, id_)


def test_places_are_filled_one_by_one(app: App) -> None:
    """Open, asked, agreed; a yes leaves one of two places, and a yes that is taken back gives it back."""
    id_ = demands.create(app, TEACHER, WISH)
    invitations.invite(app, COORDINATOR, id_, "A-1")
    assert state(app, id_) is State.ASKED
    me = Asker(79, Role.ALUMNUS, "Noord", key_of(app, "A-1", RecordKind.ALUMNI))
    invitations.reply(app, me, key_of(app, id_), accepts=True)
    stands = demands.overview(app, TEACHER, id_).standing
    assert (stands.state, stands.agreed, stands.left) == (State.AGREED, 1, 1)
    invitations.reply(app, me, key_of(app, id_), accepts=False)
    stands = demands.overview(app, TEACHER, id_).standing
    assert (stands.state, stands.agreed, stands.left) == (State.OPEN, 0, 2)


def test_a_request_never_closes_after_its_last_day(app: App) -> None:
    """By the form and by a change too."""
    moment = Moment(datetime(2027, 3, 16, 13), datetime(2027, 3, 16, 15))
    late = replace(WISH, moments=(moment,), closes_on=date(2027, 6, 1))
    id_ = demands.create(app, TEACHER, late)
    assert demands.overview(app, TEACHER, id_).request.closes_on == date(2027, 3, 16)
    demands.edit(app, TEACHER, id_, replace(late, moments=(), period_to=date(2027, 4, 1)))
    assert demands.overview(app, TEACHER, id_).request.closes_on == date(2027, 4, 1)


def test_a_change_keeps_id_school_and_requester(app: App) -> None:
    """What is not said is empty; what was asked may not change once somebody was asked."""
    id_ = demands.create(app, TEACHER, WISH)
    demands.edit(app, COLLEAGUE, id_, replace(WISH, title="Gastles decubitus", requester=None, team=None))
    request = demands.overview(app, TEACHER, id_).request
    assert (request.title, request.team, request.school) == ("Gastles decubitus", None, "Noord")
    with app.store.read() as records:
        assert records.people.requester(request.key) == "docent@voorbeeld.example"
    invitations.invite(app, COORDINATOR, id_, "A-1")
    with pytest.raises(InvalidValue, match="asked_already"):
        demands.edit(app, TEACHER, id_, replace(WISH, kind=RequestKind.MENTOR))
    demands.edit(app, TEACHER, id_, replace(WISH, description="Neem voorbeelden mee."))
    assert demands.overview(app, TEACHER, id_).request.description == "Neem voorbeelden mee."


def test_last_years_request_is_copied_to_the_same_day_of_the_week(app: App) -> None:
    """As a concept with the same words, of which no day has passed."""
    moment = Moment(datetime(2024, 3, 12, 13), datetime(2024, 3, 12, 15))
    upsert(app.store, RecordKind.REQUESTS, [Upsert(2, "R-OUD", "Noord", {
        "kind": RequestKind.GUEST_LESSON, "title": "Gastles", "moments": (moment,), "requester": "d@voorbeeld.example",
    })])  # fmt: skip
    id_ = demands.copy(app, TEACHER, "R-OUD")
    copied = demands.overview(app, TEACHER, id_)
    (moved,) = copied.request.moments
    assert copied.standing.state is State.CONCEPT
    assert moved.start.date() >= AS_OF > moved.start.date() - timedelta(weeks=52)
    assert (moved.start.weekday(), moved.start.time()) == (moment.start.weekday(), moment.start.time())
    assert [one.step for one in copied.steps] == [Step.COPIED]


def test_a_withdrawn_request_tells_those_who_were_asked(app: App) -> None:
    """Mail that is out is followed by another; the ask does not count, and no one can be asked or answer any more."""
    id_ = demands.create(app, TEACHER, WISH)
    invitations.invite(app, COORDINATOR, id_, "A-1")
    clock: Any = app.clock
    clock.advance(timedelta(minutes=11))
    sent = stores.write(app.store, lambda tx: tx.deliveries.take())
    assert sent is not None
    stores.write(app.store, lambda tx: tx.deliveries.finish(sent, "sent"))
    demands.withdraw(app, TEACHER, id_, Why.NO_LONGER_NEEDED)
    assert state(app, id_) is State.WITHDRAWN
    assert events(app) == [LedgerEvent.ASKED, LedgerEvent.RELEASED]
    assert sorted(mail.message for mail in mails(app.store)) == ["called_off", "invited"]
    me = Asker(79, Role.ALUMNUS, "Noord", key_of(app, "A-1", RecordKind.ALUMNI))
    question = invitations.question(app, me, key_of(app, id_))
    assert (question.withdrawn, question.state) == (True, InvitationState.CANCELLED)
    with pytest.raises(InvalidValue, match="request_withdrawn"):
        invitations.reply(app, me, key_of(app, id_), accepts=True)
    assert listed(app, id_) == []


def test_mail_that_is_not_out_is_dropped_with_the_request(app: App) -> None:
    """Then the alumnus hears nothing at all."""
    id_ = demands.create(app, TEACHER, WISH)
    invitations.invite(app, COORDINATOR, id_, "A-1")
    demands.withdraw(app, TEACHER, id_, Why.OTHER)
    assert [(mail.message, mail.state) for mail in mails(app.store)] == [("invited", "dropped")]


def test_what_was_held_is_a_contribution_with_its_day(app: App) -> None:
    """Of those who agreed, on the day of the request; they are thanked, and the two answers are kept."""
    id_ = demands.create(app, TEACHER, replace(WISH, period_from=AS_OF, period_to=AS_OF + timedelta(days=3)))
    says_yes(app, id_)
    clock: Any = app.clock
    clock.day = AS_OF + timedelta(days=5)
    assert demands.close(app, TEACHER, id_, held=True, students=24, experience=Experience.GREAT) == 1
    overview = demands.overview(app, TEACHER, id_)
    assert overview.standing.state is State.HELD
    assert (overview.state.students, overview.state.experience) == (24, Experience.GREAT)
    with app.store.read() as records:
        (given,) = [one for one in records.ledger.of_request(overview.request.key) if one.event == "contributed"]
    assert given.on == AS_OF + timedelta(days=3)
    assert "thanks" in [mail.message for mail in mails(app.store)]
    with pytest.raises(InvalidValue, match="not_this_step"):
        demands.close(app, TEACHER, id_, held=False)
    assert events(app).count(LedgerEvent.CONTRIBUTED) == 1


def test_what_was_not_held_is_no_contribution(app: App) -> None:
    """The reason is kept, and whoever agreed hears it."""
    id_ = demands.create(app, TEACHER, replace(WISH, period_from=AS_OF))
    says_yes(app, id_)
    assert demands.close(app, TEACHER, id_, held=False, reason=Why.ILLNESS) == 0
    assert (state(app, id_), demands.overview(app, TEACHER, id_).state.reason) == (State.NOT_HELD, Why.ILLNESS)
    assert LedgerEvent.CONTRIBUTED not in events(app)
    assert "called_off" in [mail.message for mail in mails(app.store)]


CLOSINGS: list[tuple[str, dict[str, Any]]] = [
    ("not_yet", {"held": True}),
    ("students_out_of_range", {"held": True, "students": -1}),
]


@pytest.mark.parametrize(("code", "asked"), CLOSINGS)
def test_a_closing_that_cannot_be_is_refused(app: App, code: str, asked: dict[str, Any]) -> None:
    """Before its first day, and with an impossible number of students."""
    id_ = demands.create(app, TEACHER, replace(WISH, period_from=AS_OF + timedelta(days=9)))
    with pytest.raises(InvalidValue, match=code):
        demands.close(app, TEACHER, id_, **asked)
    assert state(app, id_) is State.OPEN


def test_nothing_was_held_to_which_nobody_said_yes(app: App) -> None:
    """It can only be not held."""
    id_ = demands.create(app, TEACHER, WISH)
    with pytest.raises(InvalidValue, match="nobody_came"):
        demands.close(app, TEACHER, id_, held=True)


def test_lists_of_mine_my_team_and_my_school(app: App) -> None:
    """What an account made; what the same team asks, also from a list; what the school asks."""
    mine = demands.create(app, TEACHER, WISH)
    other = demands.create(app, COLLEAGUE, replace(WISH, team="Techniek"))
    upsert(app.store, RecordKind.REQUESTS, [
        Upsert(2, "R-TEAM", "Noord", {"kind": RequestKind.MENTOR, "title": "Mentor", "team": "Zorg"})
    ])  # fmt: skip
    lists = {whose: {one.request.request_id for one in demands.listed(app, TEACHER, whose)}
             for whose in ("mine", "team", "school")}  # fmt: skip
    assert lists["mine"] == {mine}
    assert lists["team"] == {mine, "R-TEAM"}
    assert lists["school"] >= {mine, other, "R-TEAM", "R-1"}


REFUSED: list[Callable[[App, Asker], object]] = [
    lambda app, asker: demands.create(app, asker, WISH),
    lambda app, asker: demands.edit(app, asker, "R-1", WISH),
    lambda app, asker: demands.copy(app, asker, "R-1"),
    lambda app, asker: demands.open_(app, asker, "R-1"),
    lambda app, asker: demands.withdraw(app, asker, "R-1", Why.OTHER),
    lambda app, asker: demands.close(app, asker, "R-1", held=True),
]


@pytest.mark.parametrize("use_case", REFUSED)
def test_a_step_is_for_who_asks_and_of_the_own_school(app: App, use_case: Callable[[App, Asker], object]) -> None:
    """An adviser may not; to a teacher of another school the request does not exist."""
    with pytest.raises(Forbidden):
        use_case(app, Asker(90, Role.ADVISER, "Noord"))
    with pytest.raises(UnknownId):
        use_case(app, Asker(91, Role.TEACHER, "Zuid"))
    assert demands.overview(app, TEACHER, "R-1").steps == []


def test_a_request_is_moved_with_those_who_agreed(app: App) -> None:
    """They come then, hear it, and it can be closed afterwards; a moment that is over is refused."""
    then = Moment(datetime(2027, 3, 2, 13), datetime(2027, 3, 2, 15))
    id_ = demands.create(app, TEACHER, replace(WISH, people=1, moments=(then,)))
    says_yes(app, id_)
    clock: Any = app.clock
    clock.day = date(2027, 3, 3)
    assert demands.overview(app, TEACHER, id_).waits_for is Next.CLOSE
    later = Moment(datetime(2027, 3, 9, 13), datetime(2027, 3, 9, 15))
    for wrong, code in ((then, "moment_is_over"), (Moment(later.start, later.start), "meeting_order")):
        with pytest.raises(InvalidValue, match=code):
            demands.move(app, TEACHER, id_, wrong)
    assert demands.move(app, TEACHER, id_, later) == 1
    overview = demands.overview(app, TEACHER, id_)
    assert (overview.request.moments, overview.waits_for) == ((later,), Next.COMING)
    assert "agreed_moved" in [mail.message for mail in mails(app.store)]
    assert b"20270309T130000" in calendars.of_request(app, TEACHER, id_)


def test_the_list_says_what_each_request_waits_for(app: App) -> None:
    """Of whoever made it: to ask, to replace a yes that was taken back; then of alumni."""
    id_ = demands.create(app, TEACHER, replace(WISH, people=1))
    me = Asker(79, Role.ALUMNUS, "Noord", key_of(app, "A-1", RecordKind.ALUMNI))

    def waits_for() -> Next:
        (one,) = demands.listed(app, TEACHER, "mine")
        return one.waits_for

    assert waits_for() is Next.ASK
    invitations.invite(app, COORDINATOR, id_, "A-1")
    assert waits_for() is Next.WAIT
    invitations.reply(app, me, key_of(app, id_), answer=Answer(AnswerKind.QUESTION, text="Waar is het?"))
    assert waits_for() is Next.ANSWER
    invitations.reply(app, me, key_of(app, id_), accepts=True)
    assert waits_for() is Next.COMING
    invitations.reply(app, me, key_of(app, id_), accepts=False)
    assert waits_for() is Next.REPLACE
    demands.withdraw(app, TEACHER, id_, Why.OTHER)
    assert waits_for() is Next.OVER
