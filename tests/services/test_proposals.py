"""Kinds of which a school wants somebody else to approve an invitation: nothing is asked before."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.demands import Why
from matcher.domain.invitations import Approval, InvitationState, InvitationWords, may_approve, may_ask_at_once
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import Moment, RecordKind
from matcher.errors import InvalidValue
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import demands, invitations, privacy, proposals, school_settings, waiting
from matcher.services.app import App
from tests.support import stores
from tests.support.apps import app_of
from tests.support.cards import handle
from tests.support.region import LATER, engine_in
from tests.support.stores import mails, upsert
from tests.support.worlds import AS_OF

TEACHER, COLLEAGUE = Asker(77, Role.TEACHER, "Noord"), Asker(78, Role.TEACHER, "Noord")
COORDINATOR, OTHER = Asker(81, Role.COORDINATOR, "Noord"), Asker(82, Role.COORDINATOR, "Zuid")
ALUMNI = ("B-1", "B-2", "B-3")
PROPOSED, ASKED, QUEUED = InvitationState.PROPOSED, InvitationState.ASKED, InvitationState.QUEUED


def app_with(tmp_path: Path, mode: Approval) -> App:
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
    upsert(app.store, RecordKind.REQUESTS, [Upsert(2, "R-5", "Noord", lesson)])
    return replace(app, approvals={RequestKind.GUEST_LESSON: mode})


@pytest.fixture
def app(tmp_path: Path) -> App:
    """The coordinator decides about guest lessons."""
    return app_with(tmp_path, Approval.COORDINATOR)


def card(app: App, id_: str) -> str:
    return handle(app.store, "R-5", id_)


def invite(app: App, id_: str = "B-1", by: Asker = TEACHER, **more: object) -> invitations.Invited:
    name = card(app, id_) if by.role is Role.TEACHER else id_
    return invitations.invite(app, by, "R-5", name, **more)  # type: ignore[arg-type]


def states(app: App) -> dict[str, InvitationState]:
    return {one.name: one.invitation.state for one in invitations.outline(app, COORDINATOR, "R-5")}


def events(app: App, id_: str = "B-1") -> list[LedgerEvent]:
    key = stores.key_of(app.store, RecordKind.ALUMNI, id_, "Noord")
    return [line.event for line in stores.reading(app.store).ledger.entries(key)]


def actions(app: App) -> list[str]:
    return [entry.action for entry in stores.log(app.store) if entry.action.startswith("invite")]


def test_a_teacher_proposes_and_the_coordinator_approves(app: App) -> None:
    """Before it no ledger line, no mail, nothing for the alumnus; then an ask as any other, with the same words."""
    invited = invite(app, words=InvitationWords(what="een gastles"))
    assert (invited.proposed, invited.mail, states(app)) == (True, None, {"B-1": PROPOSED})
    assert (events(app), mails(app.store)) == ([], [])
    assert [(one.request.request_id, one.count) for one in proposals.awaiting(app, COORDINATOR)] == [("R-5", 1)]
    assert proposals.awaiting(app, TEACHER) == []
    assert proposals.awaiting(app, OTHER) == []
    approved = proposals.approve(app, COORDINATOR, "R-5", "B-1")
    assert (approved.rank, states(app), events(app)) == (invited.rank, {"B-1": ASKED}, [LedgerEvent.ASKED])
    assert [mail.message for mail in mails(app.store)] == ["invited"]
    (kept,) = invitations.outline(app, COORDINATOR, "R-5")
    assert kept.invitation.words == '{"what": "een gastles"}'
    assert (kept.invitation.approved_by, kept.invitation.approved_role) == (81, "coordinator")
    assert actions(app) == ["invite", "invite.propose"]
    with pytest.raises(InvalidValue, match="nothing_to_approve"):
        proposals.approve(app, COORDINATOR, "R-5", "B-1")
    assert events(app) == [LedgerEvent.ASKED]


def test_the_coordinator_alone_asks_at_once(app: App) -> None:
    """And cannot be approved by a teacher what needs a coordinator."""
    assert invite(app, by=COORDINATOR).proposed is False
    invite(app, "B-2")
    for asker in (TEACHER, COLLEAGUE):
        with pytest.raises(InvalidValue, match="not_yours_to_approve"):
            proposals.approve(app, asker, "R-5", card(app, "B-2"))
    assert states(app) == {"B-1": ASKED, "B-2": PROPOSED}


def test_both_decide_where_both_must(tmp_path: Path) -> None:
    """A coordinator approves what a teacher proposes, and a teacher what a coordinator does; nobody their own."""
    app = app_with(tmp_path, Approval.BOTH)
    assert invite(app, "B-1").proposed
    assert invite(app, "B-2", by=COORDINATOR).proposed
    with pytest.raises(InvalidValue, match="not_yours_to_approve"):
        proposals.approve(app, COORDINATOR, "R-5", "B-2")
    with pytest.raises(InvalidValue, match="not_yours_to_approve"):
        proposals.approve(app, COLLEAGUE, "R-5", card(app, "B-1"))
    proposals.approve(app, COORDINATOR, "R-5", "B-1")
    proposals.approve(app, TEACHER, "R-5", card(app, "B-2"))
    assert states(app) == {"B-1": ASKED, "B-2": ASKED}


def test_a_place_on_the_waiting_list_is_approved_too(app: App) -> None:
    """It asks nobody before, and the list does nothing before somebody was asked."""
    invite(app, "B-2", waits=True)
    assert waiting.advance(app, JOB).asked == 0
    proposals.approve(app, COORDINATOR, "R-5", "B-2")
    assert (states(app), events(app, "B-2")) == ({"B-2": QUEUED}, [])
    assert waiting.advance(app, JOB).asked == 0
    invite(app, "B-1", by=COORDINATOR)
    key = stores.key_of(app.store, RecordKind.REQUESTS, "R-5", "Noord")
    oneself = Asker(0, Role.ALUMNUS, "Noord", stores.key_of(app.store, RecordKind.ALUMNI, "B-1", "Noord"))
    invitations.reply(app, oneself, key, accepts=False)
    waiting.advance(app, JOB)
    assert events(app, "B-2") == [LedgerEvent.ASKED]


def test_what_came_to_fail_since_is_not_asked(app: App) -> None:
    """Consent is looked at in the transaction that asks; the proposal stays, to be taken back."""
    invite(app)
    privacy.give(app, COMMAND_LINE, Purpose.GUEST_LESSON, given=False, alumnus_id="B-1", school="Noord")
    with pytest.raises(InvalidValue, match="changed_no_consent"):
        proposals.approve(app, COORDINATOR, "R-5", "B-1")
    assert (states(app), events(app), mails(app.store)) == ({"B-1": PROPOSED}, [], [])
    assert invitations.take_back(app, COORDINATOR, "R-5", "B-1") is True
    assert (states(app), events(app)) == ({"B-1": InvitationState.UNDONE}, [])


def test_a_proposal_is_made_once_and_ends_with_its_request(app: App) -> None:
    """Twice is refused; a withdrawn request leaves nothing to approve, and nobody hears of it."""
    invite(app)
    with pytest.raises(InvalidValue, match="waits_already"):
        invite(app)
    demands.withdraw(app, COORDINATOR, "R-5", Why.ILLNESS)
    assert states(app) == {"B-1": InvitationState.CANCELLED}
    assert (proposals.awaiting(app, COORDINATOR), mails(app.store), events(app)) == ([], [], [])


@given(st.sampled_from(Approval), st.booleans(), st.booleans(), st.booleans())
def test_somebody_can_always_decide(mode: Approval, by_coordinator: bool, coordinates: bool, is_own: bool) -> None:
    """What is proposed has someone who may approve it, and never who proposed it alone where two must."""
    everyone = [
        may_approve(mode, coordinates=one, proposed_by_coordinator=by_coordinator, is_own=False)
        for one in (True, False)
    ]
    assert any(everyone)
    allowed = may_approve(mode, coordinates=coordinates, proposed_by_coordinator=by_coordinator, is_own=is_own)
    assert not (allowed and is_own and mode is Approval.BOTH)
    assert may_ask_at_once(mode, coordinates=coordinates) is not (
        mode is Approval.BOTH or (mode is Approval.COORDINATOR and not coordinates)
    )


def test_whoever_was_asked_meanwhile_is_not_asked_again(app: App) -> None:
    """By the coordinator, say, or in a list of the past."""
    invite(app)
    key = stores.key_of(app.store, RecordKind.ALUMNI, "B-1", "Noord")
    request = stores.key_of(app.store, RecordKind.REQUESTS, "R-5", "Noord")
    stores.writing(app.store).ledger.add(LedgerLine(key, request, LedgerEvent.ASKED, AS_OF))
    with pytest.raises(InvalidValue, match="invited_already"):
        proposals.approve(app, COORDINATOR, "R-5", "B-1")
    assert (events(app), mails(app.store)) == ([LedgerEvent.ASKED], [])


def test_an_employer_asks_at_once(app: App) -> None:
    """The setting is of a school, and no coordinator sees requests of an employer."""
    partner = Asker(90, Role.PARTNER, "Bedrijf")
    (request,) = stores.reading(app.store).records.find(RecordKind.REQUESTS, "R-5", "Noord")
    assert invitations.asks_at_once(app, partner, request)  # type: ignore[arg-type]
    assert not invitations.asks_at_once(app, TEACHER, request)  # type: ignore[arg-type]


def test_a_school_chooses_who_decides(app: App) -> None:
    """Of kinds for which the installation has no setting; from then on, for whatever is asked or approved after it."""
    fixed, app = app, replace(app, approvals={})
    school_settings.choose(app, OTHER, "registration", {"decides": ["both"]})
    invite(app)
    assert states(app)["B-1"] is ASKED
    school_settings.choose(app, COORDINATOR, "registration", {"decides": ["coordinator"]})
    invite(app, "B-2")
    assert states(app)["B-2"] is PROPOSED
    assert [one.count for one in proposals.awaiting(app, COORDINATOR)] == [1]
    assert proposals.awaiting(app, TEACHER) == []
    school_settings.choose(app, COORDINATOR, "registration", {"decides": ["asker"]})
    invite(app, "B-3")
    assert states(app)["B-3"] is ASKED
    request = stores.requests(app.store)[-1]
    assert not invitations.asks_at_once(fixed, TEACHER, replace(request, kind=RequestKind.GUEST_LESSON, school="Noord"))
