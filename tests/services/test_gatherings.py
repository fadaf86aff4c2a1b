"""Many asked at once, one letter to all who come, and who was there."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from matcher.domain.invitations import InvitationState, InvitationWords
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent
from matcher.domain.records import Moment, RecordKind
from matcher.errors import Forbidden, InvalidValue
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.repositories.values import Mail, Upsert
from matcher.services import demands, gatherings, invitations, messages, privacy, retention
from matcher.services.app import App
from matcher.services.gatherings import MOST_AT_ONCE, MOST_WORDS, Chosen
from matcher.services.messages import Letter
from tests.support import stores
from tests.support.apps import app_of
from tests.support.region import LATER, engine_in
from tests.support.stores import mails, upsert

COORDINATOR = Asker(81, Role.COORDINATOR, "Noord")
ALUMNI = tuple(f"B-{number}" for number in range(1, 6))


@pytest.fixture
def app(tmp_path: Path) -> App:
    """The region with five alumni of Noord for three places at an evening on 16 March."""
    app = app_of(engine_in(tmp_path))
    values = {
        "offers": frozenset({RequestKind.NETWORK_EVENT, RequestKind.HYBRID_TEACHER}), "consents": frozenset(Purpose),
        "consent_date": LATER, "function": "wondzorg", "pc4": "8011",
    }  # fmt: skip
    upsert(app.store, RecordKind.ALUMNI, [
        Upsert(row, id_, "Noord", {**values, "email": f"{id_.lower()}@voorbeeld.example"})
        for row, id_ in enumerate(ALUMNI, 2)
    ])  # fmt: skip
    moment = Moment(datetime(2027, 3, 16, 19), datetime(2027, 3, 16, 21))
    evening = {"kind": RequestKind.NETWORK_EVENT, "title": "Wondzorg nu", "moments": (moment,), "people": 3}
    teacher = {"kind": RequestKind.HYBRID_TEACHER, "title": "Docent wondzorg"}
    upsert(app.store, RecordKind.REQUESTS, [Upsert(2, "R-5", "Noord", evening), Upsert(3, "R-6", "Noord", teacher)])
    return app


def key_of(app: App, id_: str, kind: RecordKind = RecordKind.ALUMNI) -> int:
    return stores.key_of(app.store, kind, id_, "Noord")


def says(app: App, id_: str, *, yes: bool) -> None:
    oneself = Asker(0, Role.ALUMNUS, "Noord", key_of(app, id_))
    invitations.reply(app, oneself, key_of(app, "R-5", RecordKind.REQUESTS), accepts=yes)


def many(app: App, *ids: str, request: str = "R-5", **more: Any) -> list[tuple[str, str]]:
    outcomes = gatherings.invite_many(app, COORDINATOR, request, [Chosen(one) for one in ids], **more)
    return [(one.chosen.name, one.problem) for one in outcomes]


def of(app: App, message: str) -> list[Mail]:
    return [mail for mail in mails(app.store) if mail.message == message]


def test_many_are_asked_and_who_cannot_be_is_named(app: App) -> None:
    """Each once, with the same lines; one who withdrew, one who was asked and one who is unknown do not stop it."""
    privacy.give(app, COMMAND_LINE, Purpose.NETWORK_EVENT, given=False, alumnus_id="B-2", school="Noord")
    many(app, "B-1")
    words = InvitationWords(what="een avond")
    assert many(app, "B-1", "B-2", "B-9", "B-3", "B-3", "B-4", words=words) == [
        ("B-1", "invited_already"),
        ("B-2", "not_in_the_list"),
        ("B-9", "unknown_pair"),
        ("B-3", ""),
        ("B-4", ""),
    ]
    with app.store.read() as records:
        kept = records.invitations.of_request(key_of(app, "R-5", RecordKind.REQUESTS))
        ledger = [line.event for id_ in ALUMNI for line in records.ledger.entries(key_of(app, id_))]
    assert [one.state for one in kept] == [InvitationState.ASKED] * 3
    assert sorted(str(one.words) for one in kept) == ["None", '{"what": "een avond"}', '{"what": "een avond"}']
    assert ledger == [LedgerEvent.ASKED] * 3
    assert len(of(app, "invited")) == 3


def test_there_are_no_more_yeses_than_places(app: App) -> None:
    """However many were asked; the others hear that it is full."""
    many(app, *ALUMNI)
    for id_ in ALUMNI[:3]:
        says(app, id_, yes=True)
    with pytest.raises(InvalidValue, match="request_full"):
        says(app, "B-4", yes=True)
    assert len(demands.overview(app, COORDINATOR, "R-5").steps) == 0
    assert demands.overview(app, COORDINATOR, "R-5").standing.agreed == 3


@pytest.mark.parametrize(
    ("request_id", "ids", "code"),
    [
        ("R-6", ("B-1",), "one_at_a_time"),
        ("R-5", (), "choose_someone"),
        ("R-5", tuple(f"X-{number}" for number in range(MOST_AT_ONCE + 1)), "too_many_at_once"),
    ],
)
def test_what_is_not_asked_at_once(app: App, request_id: str, ids: tuple[str, ...], code: str) -> None:
    """Work, nobody, and a whole list."""
    with pytest.raises(InvalidValue, match=code):
        many(app, *ids, request=request_id)
    assert mails(app.store) == []


class Post:
    """A mail server that keeps what it takes."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []

    def send(self, to: str, subject: str, text: str, *, message_id: str = "", letter: object = None) -> None:
        del message_id, letter
        if subject == "to_all":
            self.taken.append((to, text))

    def abort(self) -> None:
        raise AssertionError


def test_a_letter_goes_to_each_who_comes_and_to_nobody_else(app: App) -> None:
    """Not to who takes the yes back before it is sent, nor to who withdrew consent; its text has a term."""
    with pytest.raises(InvalidValue, match="nobody_comes"):
        gatherings.write_to_all(app, COORDINATOR, "R-5", "Tot dan.")
    many(app, "B-1", "B-2", "B-3", "B-4")
    for id_ in ("B-1", "B-2", "B-3"):
        says(app, id_, yes=True)
    privacy.give(app, COMMAND_LINE, Purpose.NETWORK_EVENT, given=False, alumnus_id="B-3", school="Noord")
    assert gatherings.write_to_all(app, COORDINATOR, "R-5", " De ingang is achter. ") == 2
    says(app, "B-2", yes=False)
    says(app, "B-4", yes=True)
    assert gatherings.write_to_all(app, COORDINATOR, "R-5", "Tot dan.") == 2
    privacy.give(app, COMMAND_LINE, Purpose.NETWORK_EVENT, given=False, alumnus_id="B-4", school="Noord")
    post, clock = Post(), app.clock
    messages.deliver(app, JOB, post, lambda mail, _: Letter(mail.message, mail.values.get("words", "")))
    assert sorted(post.taken) == [
        ("b-1@voorbeeld.example", "De ingang is achter."),
        ("b-1@voorbeeld.example", "Tot dan."),
    ]
    assert all("ingang" not in str(mail.values) for mail in mails(app.store))
    kept = sorted(gatherings.letters(app, COORDINATOR, "R-5"), key=lambda one: one.text)
    assert [(one.text, one.actor, one.role) for one in kept] == [
        ("De ingang is achter.", 81, "coordinator"),
        ("Tot dan.", 81, "coordinator"),
    ]
    clock.advance(timedelta(days=181))  # type: ignore[attr-defined]
    retention.run(app, JOB, log_months=240, even_so=True)
    assert [one.text for one in gatherings.letters(app, COORDINATOR, "R-5")] == ["", ""]
    with pytest.raises(Forbidden):
        gatherings.write_to_all(app, Asker(9, Role.ADVISER, "Noord"), "R-5", "Hallo")


@pytest.mark.parametrize(("text", "code"), [("  ", "say_what"), ("x" * (MOST_WORDS + 1), "text_too_long")])
def test_a_letter_says_something(app: App, text: str, code: str) -> None:
    """And no more than fits."""
    with pytest.raises(InvalidValue, match=code):
        gatherings.write_to_all(app, COORDINATOR, "R-5", text)


def test_who_was_not_there_did_not_contribute(app: App) -> None:
    """The others did, and are thanked; with nobody there it was not held."""
    many(app, "B-1", "B-2", "B-3")
    for id_ in ("B-1", "B-2", "B-3"):
        says(app, id_, yes=True)
    app.clock.advance(timedelta(days=16))  # type: ignore[attr-defined]
    everyone = [("Noord", id_) for id_ in ("B-1", "B-2", "B-3")]
    with pytest.raises(InvalidValue, match="nobody_came"):
        demands.close(app, COORDINATOR, "R-5", held=True, absent=everyone)
    assert demands.close(app, COORDINATOR, "R-5", held=True, students=40, absent=everyone[1:2]) == 2
    with app.store.read() as records:
        gave = {
            id_
            for id_ in ALUMNI
            for line in records.ledger.of(key_of(app, id_))
            if line.event is LedgerEvent.CONTRIBUTED
        }
    assert gave == {"B-1", "B-3"}
    assert len(of(app, "thanks")) == 2
