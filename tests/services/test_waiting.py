"""Undo, the term to answer, the one reminder, the waiting list: what a clock and an asker do to invitations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from matcher.domain.demands import State, Why
from matcher.domain.invitations import Answer, AnswerKind, InvitationState, InvitationWords, Reason
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent
from matcher.domain.records import Moment, RecordKind
from matcher.errors import Forbidden, InvalidValue, UnknownId
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.ports import Letter
from matcher.repositories.values import Mail, Upsert
from matcher.services import (
    demands,
    due,
    duplicates,
    inbox,
    invitations,
    ledger,
    matching,
    messages,
    privacy,
    subscriptions,
    waiting,
)
from matcher.services.app import App
from tests.support import stores
from tests.support.apps import app_of
from tests.support.bounces import bounce
from tests.support.cards import handle
from tests.support.region import LATER, engine_in
from tests.support.stores import mails, upsert
from tests.support.worlds import AS_OF

TEACHER = Asker(77, Role.TEACHER, "Noord")
COORDINATOR = Asker(81, Role.COORDINATOR, "Noord")
WORDS = InvitationWords(why="je werkt in de wondzorg", what="een gastles", when="16 maart", how_long="een uur")
ALUMNI = ("B-1", "B-2", "B-3")


class Post:
    """A mail server that keeps what it takes."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Letter]] = []

    def send(self, to: str, subject: str, text: str, *, message_id: str = "", letter: object = None) -> None:
        del message_id, letter
        self.taken.append((to, Letter(subject, text)))

    def abort(self) -> None:
        raise AssertionError


@pytest.fixture
def app(tmp_path: Path) -> App:
    """The region with three alumni of Noord for one place of a request, on 16 March."""
    app = app_of(engine_in(tmp_path))
    values = {
        "offers": frozenset({RequestKind.GUEST_LESSON}), "consents": frozenset(Purpose), "consent_date": LATER,
        "function": "wondzorg", "pc4": "8011",
    }  # fmt: skip
    upsert(app.store, RecordKind.ALUMNI, [
        Upsert(row, id_, "Noord", {**values, "email": f"{id_.lower()}@voorbeeld.example"})
        for row, id_ in enumerate(ALUMNI, 2)
    ])  # fmt: skip
    moment = Moment(datetime(2027, 3, 16, 13), datetime(2027, 3, 16, 15))
    lesson = {"kind": RequestKind.GUEST_LESSON, "title": "Gastles wondzorg", "moments": (moment,), "people": 1}
    upsert(app.store, RecordKind.REQUESTS, [
        Upsert(2, "R-5", "Noord", {**lesson, "requester": "docent@voorbeeld.example"})
    ])  # fmt: skip
    return app


def key_of(app: App, id_: str, kind: RecordKind = RecordKind.ALUMNI) -> int:
    return stores.key_of(app.store, kind, id_, "Noord")


def request_key(app: App) -> int:
    return key_of(app, "R-5", RecordKind.REQUESTS)


def oneself(app: App, id_: str) -> Asker:
    return Asker(0, Role.ALUMNUS, "Noord", key_of(app, id_))


def invite(app: App, id_: str = "B-1", **more: Any) -> invitations.Invited:
    return invitations.invite(app, COORDINATOR, "R-5", id_, **more)


def queue(app: App, *ids: str) -> None:
    for id_ in ids:
        invite(app, id_, waits=True)


def send(app: App) -> list[tuple[str, Letter]]:
    """Eleven minutes later all mail is out."""
    later(app, timedelta(minutes=11))
    post = Post()
    messages.deliver(app, JOB, post, lambda mail, _: Letter(mail.message, repr(sorted(mail.values.items()))))
    return post.taken


def later(app: App, by: timedelta) -> None:
    clock: Any = app.clock
    clock.advance(by)


def says(app: App, id_: str, answer: Answer) -> invitations.Question:
    return invitations.reply(app, oneself(app, id_), request_key(app), answer=answer)


def states(app: App) -> dict[str, InvitationState]:
    return {one.name: one.invitation.state for one in invitations.outline(app, COORDINATOR, "R-5")}


def events(app: App, id_: str = "B-1") -> list[LedgerEvent]:
    with app.store.read() as records:
        return [line.event for line in records.ledger.entries(key_of(app, id_))]


def written(app: App) -> list[tuple[str, str]]:
    return sorted((mail.message, mail.state) for mail in mails(app.store))


def of(app: App, message: str) -> list[Mail]:
    return [mail for mail in mails(app.store) if mail.message == message]


# ---- undo


def test_an_ask_is_undone_within_ten_minutes_as_if_it_was_never_made(app: App) -> None:
    """No mail, an ask that does not count, nothing for the alumnus to see; and it can be made again."""
    invite(app, words=WORDS)
    assert invitations.take_back(app, COORDINATOR, "R-5", "B-1") is True
    assert (states(app), events(app)) == ({"B-1": InvitationState.UNDONE}, [LedgerEvent.ASKED, LedgerEvent.RELEASED])
    assert written(app) == [("invited", "dropped")]
    assert invitations.questions(app, oneself(app, "B-1")) == []
    with pytest.raises(UnknownId, match="no_such_question"):
        says(app, "B-1", Answer.of(accepts=True))
    invite(app)
    assert [one.reply for one in invitations.questions(app, oneself(app, "B-1"))] == [None]


def test_mail_waits_ten_minutes(app: App) -> None:
    """Not out after nine, out after ten: then an ask can be given back, which the alumnus hears."""
    invite(app)
    later(app, timedelta(minutes=9, seconds=59))
    post = Post()
    messages.deliver(app, JOB, post, lambda mail, secret: Letter(mail.message, secret))
    assert post.taken == []
    assert [one.can_undo for one in invitations.outline(app, COORDINATOR, "R-5")] == [True]
    later(app, timedelta(seconds=1))
    assert [one.can_undo for one in invitations.outline(app, COORDINATOR, "R-5")] == [False]
    messages.deliver(app, JOB, post, lambda mail, secret: Letter(mail.message, secret))
    assert [to for to, _ in post.taken] == ["b-1@voorbeeld.example"]
    assert invitations.take_back(app, COORDINATOR, "R-5", "B-1") is False
    assert states(app) == {"B-1": InvitationState.RELEASED}
    assert events(app) == [LedgerEvent.ASKED, LedgerEvent.RELEASED]
    assert [mail.state for mail in of(app, "released")] == ["waiting"]
    with pytest.raises(InvalidValue, match="nothing_to_take_back"):
        invitations.take_back(app, COORDINATOR, "R-5", "B-1")


def test_a_teacher_takes_back_by_the_handle_of_the_card(app: App) -> None:
    """And sees who was asked by handle, never by number."""
    called = handle(app.store, "R-5", "B-1")
    invitations.invite(app, TEACHER, "R-5", called)
    (one,) = invitations.outline(app, TEACHER, "R-5")
    assert (one.name, one.can_undo) == (called, True)
    with pytest.raises(InvalidValue, match="nothing_to_take_back"):
        invitations.take_back(app, TEACHER, "R-5", "B-1")
    assert invitations.take_back(app, TEACHER, "R-5", called) is True


def test_the_mail_has_the_lines_that_the_asker_saw(app: App) -> None:
    """They are kept with the invitation, and the mail itself stores none of them."""
    invite(app, words=WORDS)
    (mail,) = mails(app.store)
    assert mail.values == {"school": "Noord"}
    ((_, letter),) = send(app)
    assert "je werkt in de wondzorg" in letter.text
    assert "2027-03-04" in letter.text


def test_the_preview_says_by_when_and_whether_it_can_wait(app: App) -> None:
    """Three days for a moment within three weeks; nothing is asked by looking."""
    draft = invitations.preview(app, COORDINATOR, "R-5", "B-1")
    assert (draft.deadline, draft.can_wait, draft.needs_reason) == (AS_OF + timedelta(days=3), False, False)
    assert (events(app), mails(app.store)) == ([], [])
    invite(app, "B-2")
    assert invitations.preview(app, COORDINATOR, "R-5", "B-1").can_wait


# ---- the term to answer


def test_one_reminder_and_then_the_next_of_the_waiting_list(app: App) -> None:
    """Day by day: reminded once, the term ends, the next is asked at once; the first ask counts, since it was read."""
    invite(app)
    queue(app, "B-2", "B-3")
    send(app)
    assert waiting.advance(app, JOB) == waiting.Advanced()
    later(app, timedelta(days=2))
    assert waiting.advance(app, JOB) == waiting.Advanced(reminded=1)
    assert waiting.advance(app, JOB) == waiting.Advanced()
    later(app, timedelta(days=1))
    assert waiting.advance(app, JOB) == waiting.Advanced()
    later(app, timedelta(days=1))
    assert waiting.advance(app, JOB) == waiting.Advanced(ended=1, asked=1)
    assert waiting.advance(app, JOB) == waiting.Advanced()
    assert states(app) == {
        "B-1": InvitationState.LAPSED, "B-2": InvitationState.ASKED, "B-3": InvitationState.QUEUED,
    }  # fmt: skip
    assert (events(app), events(app, "B-2"), events(app, "B-3")) == ([LedgerEvent.ASKED], [LedgerEvent.ASKED], [])
    asked = [mail for mail in of(app, "invited") if mail.alumnus_key == key_of(app, "B-2")]
    assert [mail.role for mail in asked] == [Role.JOB]
    assert demands.overview(app, COORDINATOR, "R-5").standing.state is State.ASKED


def _lapses(app: App) -> None:
    send(app)
    later(app, timedelta(days=4))
    assert waiting.advance(app, JOB).ended == 1
    assert states(app) == {"B-1": InvitationState.LAPSED}


def _lapses_unsent(app: App) -> None:
    later(app, timedelta(days=4))
    assert waiting.advance(app, JOB).ended == 1
    assert [mail.state for mail in of(app, "invited")] == ["dropped"]


def _is_undone(app: App) -> None:
    assert invitations.take_back(app, COORDINATOR, "R-5", "B-1")


def _is_released(app: App) -> None:
    send(app)
    assert not invitations.take_back(app, COORDINATOR, "R-5", "B-1")


def _bounces(app: App) -> None:
    send(app)
    key, request = key_of(app, "B-1"), request_key(app)
    purpose = subscriptions.purpose_of("invited", request)
    token = stores.write(app.store, lambda tx: tx.links.new(key, purpose, timedelta(days=1), spoken=True))
    raw = bounce(f"antwoord+{token}@school.example", "b-1@voorbeeld.example")
    assert inbox.take(app, JOB, raw, "antwoord@school.example").done is inbox.Done.CLOSED


def test_a_person_may_remind_once(app: App) -> None:
    """From the day after the ask until the day before the last; the clock does not do it again."""
    invitations.invite(app, COORDINATOR, "R-1", "B-1")
    clock: Any = app.clock

    def refused() -> bool:
        (one,) = invitations.outline(app, COORDINATOR, "R-1")
        if one.can_remind:
            return False
        with pytest.raises(InvalidValue, match="no_reminder_now"):
            invitations.remind(app, COORDINATOR, "R-1", "B-1")
        return True

    assert refused()
    clock.advance(timedelta(days=1))
    assert not refused()
    invitations.remind(app, COORDINATOR, "R-1", "B-1")
    assert refused()
    clock.advance(timedelta(days=1))
    assert waiting.advance(app, JOB).reminded == 0
    assert [mail.message for mail in mails(app.store)].count("reminded") == 1


@pytest.mark.parametrize(
    ("happens", "asks"), [(_lapses, 1), (_lapses_unsent, 0), (_is_undone, 0), (_is_released, 0), (_bounces, 0)]
)
def test_a_term_that_is_over_counts_as_an_ask_and_what_reached_nobody_does_not(
    app: App, happens: Callable[[App], None], asks: int
) -> None:
    """The budget is spent by what an alumnus had to read: not by an undo, a bounce, or what the asker gave back."""
    before = ledger.mine(app, oneself(app, "B-1")).balance
    invite(app)
    assert ledger.mine(app, oneself(app, "B-1")).balance.asks_left == before.asks_left - 1
    happens(app)
    after = ledger.mine(app, oneself(app, "B-1")).balance
    assert (after.asks, after.asks_left) == (asks, before.asks_left - asks)


def test_a_yes_after_the_term_counts_as_long_as_a_place_is_free(app: App) -> None:
    """And ends the ask of the next, who hears it."""
    invite(app)
    queue(app, "B-2")
    send(app)
    later(app, timedelta(days=4))
    waiting.advance(app, JOB)
    send(app)
    assert says(app, "B-1", Answer.of(accepts=True)).reply is LedgerEvent.ACCEPTED
    assert states(app) == {"B-1": InvitationState.ACCEPTED, "B-2": InvitationState.FILLED}
    assert [mail.alumnus_key for mail in of(app, "filled")] == [key_of(app, "B-2")]
    with pytest.raises(InvalidValue, match="request_full"):
        says(app, "B-2", Answer.of(accepts=True))


def test_a_no_asks_the_next_at_once(app: App) -> None:
    """No job has to run; it is noted as unattended work, not as what the alumnus did who said no."""
    invite(app)
    queue(app, "B-2")
    says(app, "B-1", Answer(AnswerKind.NO, Reason.NO_TIME))
    assert states(app) == {"B-1": InvitationState.DECLINED, "B-2": InvitationState.ASKED}
    with app.store.read() as records:
        noted = [(one.role, one.details["alumnus"]) for one in records.audit.stream(actions=["invite"])]
    assert noted == [("coordinator", key_of(app, "B-1")), ("job", key_of(app, "B-2"))]


def test_who_may_no_longer_be_asked_is_skipped(app: App) -> None:
    """Consent withdrawn while on the waiting list: the one behind is asked."""
    invite(app)
    queue(app, "B-2", "B-3")
    privacy.give(app, COMMAND_LINE, Purpose.GUEST_LESSON, given=False, alumnus_id="B-2", school="Noord")
    says(app, "B-1", Answer.of(accepts=False))
    assert states(app)["B-2"] is InvitationState.SKIPPED
    assert states(app)["B-3"] is InvitationState.ASKED
    assert events(app, "B-2") == []


def test_a_waiting_list_asks_nobody_by_itself(app: App) -> None:
    """Whoever made it begins; and an undo gives the place to nobody."""
    queue(app, "B-2")
    assert waiting.advance(app, JOB) == waiting.Advanced()
    invite(app)
    invitations.take_back(app, COORDINATOR, "R-5", "B-1")
    assert states(app)["B-2"] is InvitationState.QUEUED


def test_mail_that_reaches_nobody_is_no_ask(app: App) -> None:
    """It is released, and the next is asked."""
    upsert(app.store, RecordKind.ALUMNI, [Upsert(9, "B-1", "Noord", {"email": None})])
    invite(app)
    queue(app, "B-2")
    send(app)
    assert waiting.advance(app, JOB) == waiting.Advanced(ended=1, asked=1)
    assert events(app) == [LedgerEvent.ASKED, LedgerEvent.RELEASED]
    assert states(app) == {"B-1": InvitationState.UNREACHED, "B-2": InvitationState.ASKED}


def test_a_place_that_was_given_up_begins_no_waiting_list(app: App) -> None:
    """Whoever is taken off a list was not asked: the others on it wait on, until a person asks somebody."""
    queue(app, "B-1", "B-2")
    invitations.take_back(app, COORDINATOR, "R-5", "B-1")
    assert waiting.advance(app, JOB).asked == 0
    assert states(app) == {"B-1": InvitationState.UNDONE, "B-2": InvitationState.QUEUED}


def test_an_answer_belongs_to_what_was_asked(app: App) -> None:
    """A no after "another time" is of the ask, also where a place on the waiting list came and went after it."""
    invite(app)
    send(app)
    says(app, "B-1", Answer(AnswerKind.LATER))
    queue(app, "B-1")
    invitations.take_back(app, COORDINATOR, "R-5", "B-1")
    says(app, "B-1", Answer.of(accepts=False))
    assert [one.invitation.state for one in invitations.outline(app, COORDINATOR, "R-5")] == [
        InvitationState.DECLINED,
        InvitationState.UNDONE,
    ]


def test_who_never_heard_of_an_ask_does_not_hear_that_it_is_over(app: App) -> None:
    """Mail that was refused is no ask once others took the places, before the clock says so, and nothing is told."""
    invite(app)
    invite(app, "B-2")
    later(app, timedelta(minutes=11))
    messages.drop(
        app, COMMAND_LINE, next(mail.key for mail in of(app, "invited") if mail.alumnus_key == key_of(app, "B-2"))
    )
    send(app)
    says(app, "B-1", Answer.of(accepts=True))
    assert states(app) == {"B-1": InvitationState.ACCEPTED, "B-2": InvitationState.FILLED}
    assert events(app, "B-2") == [LedgerEvent.ASKED, LedgerEvent.RELEASED]
    assert not of(app, "filled")


def test_who_says_yes_after_all_does_not_hear_that_it_is_over(app: App) -> None:
    """A yes that comes between an ask that is given back and the mail that says so counts, and the mail is dropped."""
    invite(app)
    send(app)
    invitations.take_back(app, COORDINATOR, "R-5", "B-1")
    says(app, "B-1", Answer.of(accepts=True))
    assert "released" not in [letter.subject for _, letter in send(app)]


def test_who_stopped_mail_is_passed_over(app: App) -> None:
    """Of the waiting list only those are asked whom mail reaches: a place is not kept for anybody else."""
    invite(app)
    queue(app, "B-2", "B-3")
    with_stop = oneself(app, "B-2")
    app.store.write(lambda tx: subscriptions.stop(tx, key_of(app, "B-2"), subscriptions.EVERYTHING), by=with_stop)
    send(app)
    says(app, "B-1", Answer.of(accepts=False))
    assert states(app)["B-2"] is InvitationState.SKIPPED
    assert states(app)["B-3"] is InvitationState.ASKED


def test_an_ask_that_is_undone_after_another_time_keeps_no_place(app: App) -> None:
    """Whoever said "another time" and is asked again, which is undone, does not think it over, and can be asked."""
    invite(app)
    send(app)
    says(app, "B-1", Answer(AnswerKind.LATER))
    invite(app)
    invitations.take_back(app, COORDINATOR, "R-5", "B-1")
    assert demands.overview(app, COORDINATOR, "R-5").standing.waiting == 0
    assert invite(app).mail


def test_a_reminder_that_waits_is_dropped_once_there_is_an_answer(app: App) -> None:
    """Nobody is reminded of what they answered."""
    invite(app)
    send(app)
    later(app, timedelta(days=2))
    due.advance(app, JOB)
    says(app, "B-1", Answer.of(accepts=True))
    assert sorted(letter.subject for _, letter in send(app)) == ["agreed", "agreed_asker"]
    assert [(mail.state, mail.problem) for mail in of(app, "reminded")] == [("dropped", "answered")]


def test_a_clock_far_ahead_does_nothing(app: App) -> None:
    """As the daily job: two months ahead of all that was ever written is no day to end a term."""
    invite(app)
    queue(app, "B-2")
    send(app)
    later(app, timedelta(days=90))
    refused = waiting.advance(app, JOB).refused
    assert [one.code for one in refused] == ["job_day_ahead"]
    assert states(app)["B-1"] is InvitationState.ASKED


def test_only_unattended_work_may_advance(app: App) -> None:
    """A teacher may not."""
    with pytest.raises(Forbidden):
        waiting.advance(app, TEACHER)


# ---- answers


def test_a_yes_gives_an_address_and_can_be_taken_back(app: App) -> None:
    """The alumnus sees who asks; taken back, the asker sees it and is mailed, and the place is free again."""
    invite(app)
    queue(app, "B-2")
    yes = says(app, "B-1", Answer(AnswerKind.YES, moment=datetime(2027, 3, 16, 13)))
    assert (yes.contact, yes.moment) == ("docent@voorbeeld.example", datetime(2027, 3, 16, 13))
    no = says(app, "B-1", Answer(AnswerKind.NO, Reason.NO_TIME))
    assert (no.reply, no.contact, no.state) == (LedgerEvent.RETRACTED, None, InvitationState.RETRACTED)
    assert [mail.request_key for mail in of(app, "agreed_off_asker")] == [request_key(app)]
    assert demands.overview(app, COORDINATOR, "R-5").standing.left == 1
    matches = matching.match(app, COORDINATOR, "R-5").matches
    assert "B-1" not in [match.candidate_id for match in matches]


def test_a_moment_that_is_none_of_the_request_is_refused(app: App) -> None:
    """And nothing is written."""
    invite(app)
    with pytest.raises(InvalidValue, match="no_such_moment"):
        says(app, "B-1", Answer(AnswerKind.YES, moment=datetime(2027, 3, 17, 13)))
    assert events(app) == [LedgerEvent.ASKED]


def test_never_this_withdraws_consent_for_the_kind_at_once(app: App) -> None:
    """The next list is without; the page says what was learned."""
    invite(app)
    question = says(app, "B-1", Answer(AnswerKind.NO, Reason.NEVER_THIS))
    assert [one.code for one in question.learned] == ["never_this"]
    with app.store.read() as records:
        consents = {one.purpose: one.withdrawn_on for one in records.consents.of(key_of(app, "B-1"))}
    assert {purpose for purpose, day in consents.items() if day} == {Purpose.GUEST_LESSON}


def test_a_pause_holds_for_all_lists_until_its_day(app: App) -> None:
    """And is an answer to this question: ask again later."""
    invite(app)
    until = AS_OF + timedelta(days=60)
    question = says(app, "B-1", Answer(AnswerKind.PAUSE, until=until))
    assert (question.reply, question.learned[0].code, question.learned[0].until) == (LedgerEvent.LATER, "paused", until)
    assert "B-1" not in [match.candidate_id for match in matching.match(app, COORDINATOR, "R-5").matches]
    invite(app, "B-2")
    with pytest.raises(InvalidValue, match="pause_is_over"):
        says(app, "B-2", Answer(AnswerKind.PAUSE, until=AS_OF))


def test_too_far_proposes_a_distance_that_counts_once_it_is_taken_over(app: App) -> None:
    """The largest usual one that would have left the request out."""
    places = {"pc4:8011": (52.51, 6.09), "town:groningen": (53.22, 6.57)}
    from matcher.domain.places import Coordinates

    stores.write(app.store, lambda tx: tx.places.add({key: Coordinates(*at) for key, at in places.items()}))
    upsert(app.store, RecordKind.REQUESTS, [Upsert(2, "R-5", "Noord", {"town": "Groningen"})])
    invite(app)
    question = says(app, "B-1", Answer(AnswerKind.NO, Reason.TOO_FAR))
    assert [(one.code, one.km) for one in question.learned] == [("distance", 50)]
    after = invitations.shorten_distance(app, oneself(app, "B-1"), request_key(app))
    assert [one.code for one in after.learned] == ["too_far"]
    with app.store.read() as records:
        alumnus: Any = records.records.by_key(RecordKind.ALUMNI, [key_of(app, "B-1")])[key_of(app, "B-1")]
    assert alumnus.max_distance_km == 50
    with pytest.raises(InvalidValue, match="nothing_proposed"):
        invitations.shorten_distance(app, oneself(app, "B-1"), request_key(app))


def test_later_and_another_day_are_no_no(app: App) -> None:
    """They may be asked again, and may still say yes."""
    invite(app)
    says(app, "B-1", Answer(AnswerKind.OTHER_DAY, text="liever op donderdag"))
    assert (states(app), events(app)) == ({"B-1": InvitationState.OTHER_DAY}, [LedgerEvent.ASKED, LedgerEvent.LATER])
    assert [one.invitation.said for one in invitations.outline(app, COORDINATOR, "R-5")] == ["liever op donderdag"]
    assert len(of(app, "other_day")) == 1
    assert says(app, "B-1", Answer.of(accepts=True)).reply is LedgerEvent.ACCEPTED


def test_a_question_goes_to_who_asks_and_answers_nothing(app: App) -> None:
    """By mail, with the words of the alumnus, which are kept encrypted and not with the mail."""
    invite(app)
    question = says(app, "B-1", Answer(AnswerKind.QUESTION, text="Is er een beamer?"))
    assert (question.reply, question.state) == (None, InvitationState.ASKED)
    (mail,) = of(app, "question_asked")
    assert "beamer" not in repr(mail.values)
    sent = {to: letter.text for to, letter in send(app)}
    assert "Is er een beamer?" in sent["docent@voorbeeld.example"]
    with pytest.raises(InvalidValue, match="say_what"):
        says(app, "B-1", Answer(AnswerKind.QUESTION, text=" "))


def test_a_request_that_was_withdrawn_meanwhile_refuses_the_answer(app: App) -> None:
    """Whoever was writing it is told so, and nothing is written."""
    invite(app)
    send(app)
    demands.withdraw(app, COORDINATOR, "R-5", Why.OTHER)
    with pytest.raises(InvalidValue, match="request_withdrawn"):
        says(app, "B-1", Answer.of(accepts=True))
    question = invitations.question(app, oneself(app, "B-1"), request_key(app))
    assert question.withdrawn


def test_a_yes_on_the_day_after_is_too_late(app: App) -> None:
    """Of the last moment."""
    invite(app)
    clock: Any = app.clock
    clock.day = date(2027, 3, 17)
    with pytest.raises(InvalidValue, match="request_over"):
        says(app, "B-1", Answer.of(accepts=True))


def test_an_ask_that_was_undone_is_not_mailed_however_it_is_retried(app: App) -> None:
    """An operator makes the dropped mail due again: it is dropped again."""
    invited = invite(app)
    invitations.take_back(app, COORDINATOR, "R-5", "B-1")
    assert invited.mail is not None
    messages.retry(app, COMMAND_LINE, invited.mail)
    assert send(app) == []
    assert written(app) == [("invited", "dropped")]


# ---- what counts, and for whom


def in_year(app: App, id_: str) -> int:
    """The asks of the year of an alumnus that count."""
    with app.store.read() as records:
        return sum(line.event is LedgerEvent.ASKED for line in records.ledger.of(key_of(app, id_)))


def test_a_yes_to_what_was_given_back_is_an_ask_after_all(app: App) -> None:
    """On the day that it was asked, once; a no to it is none."""
    for id_ in ("B-1", "B-2"):
        invite(app, id_)
    send(app)
    later(app, timedelta(days=1))
    for id_ in ("B-1", "B-2"):
        invitations.take_back(app, COORDINATOR, "R-5", id_)
    assert (in_year(app, "B-1"), in_year(app, "B-2")) == (0, 0)
    says(app, "B-2", Answer.of(accepts=False))
    says(app, "B-1", Answer.of(accepts=True))
    assert (in_year(app, "B-1"), in_year(app, "B-2")) == (1, 0)
    (question,) = invitations.questions(app, oneself(app, "B-1"))
    assert (question.asked_on, question.reply) == (AS_OF, LedgerEvent.ACCEPTED)
    says(app, "B-1", Answer.of(accepts=False))
    assert in_year(app, "B-1") == 1


def both_asked_are_one(app: App) -> None:
    """B-1 and B-2 are asked, and turn out to be one."""
    for id_ in ("B-1", "B-2"):
        invite(app, id_)
        send(app)
    duplicates.merge(app, COMMAND_LINE, "B-1", "B-2", school="Noord")


@pytest.mark.parametrize("accepts", [True, False])
def test_one_answer_is_for_both_who_became_one(app: App, accepts: bool) -> None:
    """No ask of theirs waits for an answer any more, and the clock finds nothing to do."""
    both_asked_are_one(app)
    says(app, "B-1", Answer.of(accepts=accepts))
    with app.store.read() as records:
        made = sorted(one.state for one in records.invitations.of(key_of(app, "B-1")))
    assert made == sorted([InvitationState.ACCEPTED if accepts else InvitationState.DECLINED, InvitationState.SKIPPED])
    later(app, timedelta(days=30))
    assert waiting.advance(app, JOB) == waiting.Advanced()
    assert of(app, "reminded") == []


def test_what_is_given_back_is_so_for_both_who_became_one(app: App) -> None:
    """Neither ask counts, and one mail says so."""
    both_asked_are_one(app)
    assert in_year(app, "B-1") == 2
    invitations.take_back(app, COORDINATOR, "R-5", "B-1")
    assert in_year(app, "B-1") == 0
    assert len(of(app, "released")) == 1
    with pytest.raises(InvalidValue, match="nothing_to_take_back"):
        invitations.take_back(app, COORDINATOR, "R-5", "B-1")


def test_others_hear_it_where_a_list_lowers_the_places(app: App) -> None:
    """With the next round, once; whoever said yes hears nothing."""
    request = {"kind": RequestKind.GUEST_LESSON, "title": "Gastles wondzorg"}
    upsert(app.store, RecordKind.REQUESTS, [Upsert(2, "R-5", "Noord", {**request, "people": 2})])
    for id_ in ("B-1", "B-2"):
        invite(app, id_)
    queue(app, "B-3")
    send(app)
    says(app, "B-1", Answer.of(accepts=True))
    assert waiting.advance(app, JOB) == waiting.Advanced()
    upsert(app.store, RecordKind.REQUESTS, [Upsert(2, "R-5", "Noord", {**request, "people": 1})])
    assert waiting.advance(app, JOB) == waiting.Advanced(ended=2)
    filled = InvitationState.FILLED
    assert states(app) == {"B-1": InvitationState.ACCEPTED, "B-2": filled, "B-3": filled}
    assert [mail.alumnus_key for mail in of(app, "filled")] == [key_of(app, "B-2")]
    assert waiting.advance(app, JOB) == waiting.Advanced()
