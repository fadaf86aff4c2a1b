"""An invitation rests on what is so when it is written; the reply, and name and address after a yes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import RecordKind
from matcher.errors import Forbidden, InputError, InvalidValue, NotLoggedIn, UnknownId
from matcher.matching import rules
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import LogEntry, Upsert
from matcher.services import conflicts, demands, erasure, invitations, privacy
from matcher.services.app import App
from matcher.services.conflicts import Pair
from tests.support import stores
from tests.support.apps import app_of
from tests.support.cards import handle
from tests.support.races import Gated, Stopped, Stopping
from tests.support.region import alumnus, engine_in
from tests.support.stores import mails, upsert
from tests.support.worlds import AS_OF

TEACHER = Asker(77, Role.TEACHER, "Noord")
ADVISER = Asker(78, Role.ADVISER, "Noord")
COORDINATOR = Asker(81, Role.COORDINATOR, "Noord")
TWO_WEEKS = timedelta(days=14)


@pytest.fixture
def app(tmp_path: Path) -> App:
    """The region, with an alumnus of Zuid who shares with schools and another request of Noord."""
    app = app_of(engine_in(tmp_path))
    shares = alumnus(2, "Z-1", "Zuid", function="wondzorg")
    lesson = {"kind": RequestKind.GUEST_LESSON, "title": "Nog een gastles"}
    upsert(app.store, RecordKind.ALUMNI, [shares, Upsert(3, "A-1", "Noord", {"email": "a1@voorbeeld.example"})])
    upsert(app.store, RecordKind.REQUESTS, [Upsert(2, "R-3", "Noord", lesson)])
    return app


def key_of(app: App, id_: str, kind: RecordKind = RecordKind.ALUMNI, school: str = "Noord") -> int:
    return stores.key_of(app.store, kind, id_, school)


def oneself(app: App, id_: str = "A-1") -> Asker:
    return Asker(79, Role.ALUMNUS, "Noord", key_of(app, id_))


def card(app: App, id_: str, school: str = "Noord") -> str:
    return handle(app.store, "R-1", id_, of=school)


def entries(app: App, action: str) -> list[LogEntry]:
    with app.store.read() as records:
        return list(records.audit.stream(actions=[action]))


def lines(app: App, id_: str = "A-1") -> list[LedgerEvent]:
    with app.store.read() as records:
        return [line.event for line in records.ledger.entries(key_of(app, id_))]


def add_line(app: App, id_: str, event: LedgerEvent, request_id: str = "R-1", on: date = AS_OF) -> None:
    line = LedgerLine(key_of(app, id_), key_of(app, request_id, RecordKind.REQUESTS), event, on)
    app.store.write(lambda tx: tx.ledger.add(line), by=COMMAND_LINE)


def link(app: App, id_: str = "A-1", request_id: str = "R-1") -> str:
    purpose = f"reply {key_of(app, request_id, RecordKind.REQUESTS)}"
    return app.store.write(lambda tx: tx.links.new(key_of(app, id_), purpose, TWO_WEEKS), by=COMMAND_LINE)


# ---- inviting


def test_an_invitation_is_a_line_an_entry_and_a_mail(app: App) -> None:
    """Written together; the mail has the school alone, and a link for this question is made when it is sent."""
    invited = invitations.invite(app, TEACHER, "R-1", card(app, "A-1"))
    assert lines(app) == [LedgerEvent.ASKED]
    (entry,) = entries(app, "invite")
    request_key = key_of(app, "R-1", RecordKind.REQUESTS)
    assert (entry.actor, entry.details["alumnus"], entry.details["rank"]) == (77, key_of(app, "A-1"), invited.rank)
    (mail,) = mails(app.store)
    assert (mail.key, mail.alumnus_key, mail.message) == (invited.mail, key_of(app, "A-1"), "invited")
    assert (mail.values, mail.link, mail.address) == ({"school": "Noord"}, f"reply {request_key}", None)


def consent_is_withdrawn(app: App) -> None:
    privacy.give(app, COMMAND_LINE, Purpose.GUEST_LESSON, given=False, alumnus_id="A-1", school="Noord")


def alumnus_objects(app: App) -> None:
    privacy.object_to_ranking(app, COMMAND_LINE, objects=True, alumnus_id="A-1", school="Noord")


def corrected(field: str, value: object) -> Callable[[App], None]:
    def change(app: App) -> None:
        privacy.correct(app, COMMAND_LINE, field, value, alumnus_id="A-1", school="Noord")

    return change


def budget_is_spent(app: App) -> None:
    corrected("max_asks_per_year", 1)(app)
    add_line(app, "A-1", LedgerEvent.ASKED, "R-3")


def conflict_is_declared(app: App) -> None:
    conflicts.declare(app, COMMAND_LINE, Pair("R-1", "A-1", "Noord"))


def request_has(**values: object) -> Callable[[App], None]:
    def change(app: App) -> None:
        upsert(app.store, RecordKind.REQUESTS, [Upsert(2, "R-1", "Noord", values)])

    return change


CHANGES: list[tuple[str, Callable[[App], None]]] = [
    ("no_consent", consent_is_withdrawn),
    ("no_consent", alumnus_objects),
    ("paused", corrected("paused_until", date(2027, 9, 1))),
    ("not_offered", corrected("offers", frozenset({RequestKind.MENTOR}))),
    ("budget_spent", budget_is_spent),
    ("declined_before", lambda app: add_line(app, "A-1", LedgerEvent.DECLINED)),
    ("conflict", conflict_is_declared),
    ("closed", lambda app: add_line(app, "A-2", LedgerEvent.ACCEPTED)),
    ("closed", request_has(closes_on=AS_OF - timedelta(days=1))),
    ("no_common_slot", corrected("day_parts", 1)),
    ("no_common_language", corrected("languages", ("tr",))),
    ("legal_hours", request_has(hours_per_week=20.0)),
    ("no_certificate", request_has(certificate_required=True)),
    ("not_recognised", request_has(company_required=True)),
]


def changed_after_the_ranking(app: App, change: Callable[[App], object]) -> App:
    """The same installation, where something else is committed after the ranking and before the next write."""
    changes = [change]

    def gate() -> None:
        while changes:
            changes.pop()(app)

    gated: Any = Gated(app.store, gate)
    return App(gated, app.engine, app.clock, app.terms)


ABOUT_THE_PERSON = {rule.CODE for rule in rules.ABOUT_THE_PERSON}


@pytest.mark.parametrize("asker", [TEACHER, COORDINATOR], ids=["teacher", "coordinator"])
@pytest.mark.parametrize(("code", "change"), CHANGES)
def test_what_changed_since_the_ranking_wins(app: App, asker: Asker, code: str, change: Callable[[App], None]) -> None:
    """The invitation is refused, and leaves no line, no entry and no mail.

    A coordinator is told what changed, a teacher only what is about the request: a step of the alumnus is the error of
    an unknown id.
    """
    named = card(app, "A-1") if asker is TEACHER else "A-1"
    with pytest.raises(InputError) as refused:
        invitations.invite(changed_after_the_ranking(app, change), asker, "R-1", named)
    hidden = asker is TEACHER and code in ABOUT_THE_PERSON
    assert refused.value.code == ("unknown_pair" if hidden else f"changed_{code}")
    assert "R-1" not in {question.request.request_id for question in invitations.questions(app, oneself(app))}
    assert (entries(app, "invite"), mails(app.store)) == ([], [])


def test_a_coordinator_is_told_which_rule_changed(app: App) -> None:
    """Whoever may list alumni is told the rule itself, by the id of the spreadsheet."""
    coordinator = Asker(75, Role.COORDINATOR, "Noord")
    with pytest.raises(InvalidValue, match="changed_no_consent"):
        invitations.invite(changed_after_the_ranking(app, consent_is_withdrawn), coordinator, "R-1", "A-1")


def test_an_alumnus_of_another_school_who_no_longer_shares_is_not_invited(app: App) -> None:
    """Consent to sharing with schools, withdrawn after the ranking."""

    def change(app: App) -> None:
        privacy.give(app, COMMAND_LINE, Purpose.SHARE_SCHOOLS, given=False, alumnus_id="Z-1")

    later = changed_after_the_ranking(app, change)
    with pytest.raises(UnknownId, match="unknown_pair"):
        invitations.invite(later, TEACHER, "R-1", card(app, "Z-1", "Zuid"))
    assert entries(app, "invite") == []
    privacy.give(app, COMMAND_LINE, Purpose.SHARE_SCHOOLS, given=True, alumnus_id="Z-1")
    assert invitations.invite(app, TEACHER, "R-1", card(app, "Z-1", "Zuid")).rank


def test_an_alumnus_who_was_erased_meanwhile_is_unknown(app: App) -> None:
    """As one who never was."""
    later = changed_after_the_ranking(app, lambda app: erasure.erase(app, COMMAND_LINE, "A-1", school="Noord"))
    with pytest.raises(UnknownId):
        invitations.invite(later, TEACHER, "R-1", card(app, "A-1"))
    assert entries(app, "invite") == []


def test_the_same_question_is_asked_once(app: App) -> None:
    """By another teacher who saw the same list, too."""
    other = Asker(80, Role.TEACHER, "Noord")
    later = changed_after_the_ranking(app, lambda app: invitations.invite(app, other, "R-1", card(app, "A-1")))
    with pytest.raises(InvalidValue, match="invited_already"):
        invitations.invite(later, TEACHER, "R-1", card(app, "A-1"))
    assert [entry.actor for entry in entries(app, "invite")] == [80]


def test_an_ask_of_a_year_ago_is_no_longer_counted(app: App) -> None:
    """The budget of a day is that of the 365 days up to it, by the clock of the transaction."""
    corrected("max_asks_per_year", 1)(app)
    add_line(app, "A-1", LedgerEvent.ASKED, "R-3", on=AS_OF)
    with pytest.raises(InvalidValue, match="not_in_the_list"):
        invitations.invite(app, COORDINATOR, "R-1", "A-1")
    with pytest.raises(UnknownId, match="unknown_pair"):
        invitations.invite(app, TEACHER, "R-1", card(app, "A-1"))
    upsert(app.store, RecordKind.REQUESTS, [Upsert(2, "R-1", "Noord", {"moments": ()})])
    clock: Any = app.clock
    clock.day = AS_OF + timedelta(days=366)
    assert invitations.invite(app, TEACHER, "R-1", card(app, "A-1")).rank


# ---- replying


def test_a_reply_is_in_the_log(app: App) -> None:
    """With the alumnus as the one who did it; the question has the reply."""
    invitations.invite(app, TEACHER, "R-1", card(app, "A-1"))
    me = oneself(app)
    (question,) = invitations.questions(app, me)
    assert question.reply is None
    replied = invitations.reply(app, me, question.request.key, accepts=True)
    assert replied == invitations.question(app, me, question.request.key)
    assert replied.reply is LedgerEvent.ACCEPTED
    (entry,) = entries(app, "reply")
    assert (entry.actor, entry.role, entry.details["alumnus"]) == (79, "alumnus", me.alumnus_key)
    assert invitations.states(app, TEACHER, "R-1") == {me.alumnus_key: LedgerEvent.ACCEPTED}


def test_a_no_takes_a_yes_back_and_nothing_else_does(app: App) -> None:
    """A yes after a no, and the same reply again, are refused and change nothing; no line is ever removed."""
    invitations.invite(app, TEACHER, "R-1", card(app, "A-1"))
    me, key = oneself(app), key_of(app, "R-1", RecordKind.REQUESTS)
    invitations.reply(app, me, key, accepts=True)
    with pytest.raises(InvalidValue, match="replied_already"):
        invitations.reply(app, me, key, accepts=True)
    invitations.reply(app, me, key, accepts=False)
    for accepts in (True, False):
        with pytest.raises(InvalidValue, match="replied_already"):
            invitations.reply(app, me, key, accepts=accepts)
    taken_back = [LedgerEvent.ACCEPTED, LedgerEvent.RETRACTED, LedgerEvent.DECLINED]
    assert lines(app) == [LedgerEvent.ASKED, *taken_back]
    assert invitations.states(app, TEACHER, "R-1") == {me.alumnus_key: LedgerEvent.RETRACTED}
    assert invitations.helpers(app, TEACHER, "R-1") == []
    assert invitations.with_yes(app, TEACHER, 5) == []
    assert [entry.details["accepts"] for entry in entries(app, "reply")] == [True, False]


def test_only_a_question_that_was_asked_is_answered(app: App) -> None:
    """Another's question is unknown."""
    invitations.invite(app, TEACHER, "R-1", card(app, "A-1"))
    with pytest.raises(UnknownId, match="no_such_question"):
        invitations.reply(app, oneself(app, "A-2"), key_of(app, "R-1", RecordKind.REQUESTS), accepts=True)
    assert entries(app, "reply") == []


@pytest.mark.parametrize("accepts", [True, False])
def test_a_link_goes_on_showing_how_it_stands(app: App, accepts: bool) -> None:
    """After the reply too, which is in the log as the alumnus's, who needs no account; a second one is refused."""
    invitations.invite(app, TEACHER, "R-1", card(app, "A-1"))
    secret = link(app)
    assert invitations.question_of_link(app, secret).reply is None
    question = invitations.reply_by_link(app, secret, accepts=accepts)
    assert question.reply is (LedgerEvent.ACCEPTED if accepts else LedgerEvent.DECLINED)
    (entry,) = entries(app, "reply")
    assert (entry.actor, entry.role, entry.school) == (None, "alumnus", "Noord")
    assert entry.details["alumnus"] == key_of(app, "A-1")
    assert invitations.question_of_link(app, secret) == question
    with pytest.raises(InvalidValue, match="replied_already"):
        invitations.reply_by_link(app, secret, accepts=True)
    clock: Any = app.clock
    clock.advance(TWO_WEEKS)
    with pytest.raises(NotLoggedIn, match="reply_spent"):
        invitations.question_of_link(app, secret)


def test_a_reply_that_is_refused_leaves_the_link(app: App) -> None:
    """Both are written, or neither: also where the process stops between them."""
    invitations.invite(app, TEACHER, "R-1", card(app, "A-1"))
    secret = link(app)

    stopping: Any = Stopping(app.store)
    with pytest.raises(Stopped):
        invitations.reply_by_link(App(stopping, app.engine, app.clock), secret, accepts=True)
    assert lines(app) == [LedgerEvent.ASKED]
    assert invitations.question_of_link(app, secret).reply is None
    invitations.reply(app, oneself(app), key_of(app, "R-1", RecordKind.REQUESTS), accepts=False)
    with pytest.raises(InvalidValue, match="replied_already"):
        invitations.reply_by_link(app, secret, accepts=True)
    assert invitations.question_of_link(app, secret).reply is LedgerEvent.DECLINED


def test_a_link_of_another_purpose_answers_nothing(app: App) -> None:
    """Nor does one that was made up."""
    login = app.store.write(lambda tx: tx.links.new(key_of(app, "A-1"), "login", TWO_WEEKS), by=COMMAND_LINE)
    for secret in (login, "x" * 43):
        with pytest.raises(NotLoggedIn, match="reply_spent"):
            invitations.reply_by_link(app, secret, accepts=True)


# ---- after a yes


def test_names_that_are_shown_are_in_the_log(app: App) -> None:
    """Of the alumni who said yes; where there is none, nothing is."""
    invitations.invite(app, TEACHER, "R-1", card(app, "A-1"))
    assert invitations.helpers(app, TEACHER, "R-1") == []
    assert entries(app, "contact") == []
    invitations.reply(app, oneself(app), key_of(app, "R-1", RecordKind.REQUESTS), accepts=True)
    (helper,) = invitations.helpers(app, TEACHER, "R-1")
    assert (helper.contact.email, helper.since) == ("a1@voorbeeld.example", AS_OF)
    (entry,) = entries(app, "contact")
    assert (entry.actor, entry.details["alumni"]) == (77, [helper.alumnus.key])
    assert [request.request_id for request in invitations.with_yes(app, TEACHER, 5)] == ["R-1"]


def test_a_name_goes_with_the_term_of_the_consent(app: App) -> None:
    """On the last day of the term the name is shown; a day later it is not, though no one withdrew anything."""
    invitations.invite(app, TEACHER, "R-1", card(app, "A-1"))
    invitations.reply(app, oneself(app), key_of(app, "R-1", RecordKind.REQUESTS), accepts=True)
    with app.store.read() as records:
        (given_on,) = {consent.given_on for consent in records.consents.of(key_of(app, "A-1"))}
    assert given_on is not None
    clock: Any = app.clock
    clock.day = given_on + app.terms.days(Purpose.GUEST_LESSON)
    assert len(invitations.helpers(app, TEACHER, "R-1")) == 1
    clock.day += timedelta(days=1)
    assert invitations.helpers(app, TEACHER, "R-1") == []


@pytest.mark.parametrize(("last", "titles"), [(0, ["R-3"]), (-1, [])])
def test_requests_with_a_yes_are_listed_until_their_last_day(app: App, last: int, titles: list[str]) -> None:
    """On that day still; afterwards, or once it was told whether it was held, they are no longer what is coming."""
    dates = {"period_from": AS_OF - TWO_WEEKS, "period_to": AS_OF + timedelta(days=last)}
    upsert(app.store, RecordKind.REQUESTS, [Upsert(2, "R-3", "Noord", dates)])
    add_line(app, "A-1", LedgerEvent.ASKED, "R-3")
    add_line(app, "A-1", LedgerEvent.ACCEPTED, "R-3")
    assert [one.request_id for one in invitations.with_yes(app, TEACHER, 5)] == titles
    demands.close(app, TEACHER, "R-3", held=False)
    assert invitations.with_yes(app, TEACHER, 5) == []


# ---- rights

REFUSED: list[tuple[Asker, Callable[[App, Asker], object]]] = [
    (ADVISER, lambda app, asker: invitations.invite(app, asker, "R-1", "A-1")),
    (ADVISER, lambda app, asker: invitations.states(app, asker, "R-1")),
    (TEACHER, invitations.questions),
    (TEACHER, lambda app, asker: invitations.question(app, asker, 1)),
    (TEACHER, lambda app, asker: invitations.reply(app, asker, 1, accepts=True)),
    (ADVISER, lambda app, asker: invitations.with_yes(app, asker, 5)),
    (ADVISER, lambda app, asker: invitations.helpers(app, asker, "R-1")),
]


@pytest.mark.parametrize(("asker", "use_case"), REFUSED)
def test_a_role_without_the_right_is_refused(app: App, asker: Asker, use_case: Callable[[App, Asker], object]) -> None:
    """Before anything is read or written."""
    with pytest.raises(Forbidden):
        use_case(app, asker)
    assert entries(app, "invite") == entries(app, "reply") == entries(app, "contact") == []


def test_another_school_knows_nothing_of_it(app: App) -> None:
    """Its requests, and the alumni who said yes to them, do not exist for a teacher of Zuid."""
    invitations.invite(app, TEACHER, "R-1", card(app, "A-1"))
    elsewhere = Asker(81, Role.TEACHER, "Zuid")
    with pytest.raises(UnknownId):
        invitations.invite(app, elsewhere, "R-1", card(app, "A-2"))
    with pytest.raises(UnknownId):
        invitations.states(app, elsewhere, "R-1")
    with pytest.raises(UnknownId):
        invitations.helpers(app, elsewhere, "R-1")
    assert invitations.with_yes(app, elsewhere, 5) == []
