"""What an alumnus may ask of us is done with its note in the log, or not at all, and for no role without the right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.errors import Forbidden, InvalidValue, UnknownId
from matcher.policy import COMMAND_LINE, JOB, VISITOR, Asker, Role
from matcher.repositories import Transaction
from matcher.repositories.values import NOBODY, LogEntry, Upsert
from matcher.services import erasure, privacy
from matcher.services.app import App
from matcher.spreadsheets import forms
from tests.support import stores
from tests.support.apps import app_of
from tests.support.fakes import FixedClock
from tests.support.races import Gated, Stopped, Stopping
from tests.support.region import LATER, engine_in
from tests.support.stores import mails
from tests.support.worlds import AS_OF

COORDINATOR = Asker(77, Role.COORDINATOR, "Noord")
ELSEWHERE = Asker(78, Role.COORDINATOR, "Zuid")
TEACHER = Asker(79, Role.TEACHER, "Noord")
OLD, NEW = "oud@voorbeeld.example", "nieuw@voorbeeld.example"


@pytest.fixture
def app(tmp_path: Path) -> App:
    """The region, where A-2 of Noord has an address and was asked whether the data may stay."""
    app = app_of(engine_in(tmp_path))
    row = Upsert(2, "A-2", "Noord", {"email": OLD, "postcode": "8011 AB", "pc4": "8011"})

    def work(tx: Transaction) -> None:
        tx.imports.upsert(RecordKind.ALUMNI, [row])
        tx.retention.record(tx.records.find(RecordKind.ALUMNI, "A-2", "Noord")[0].key, "ask")

    app.store.write(work, by=COMMAND_LINE)
    return app


def key_of(app: App, id_: str = "A-2") -> int:
    return stores.key_of(app.store, RecordKind.ALUMNI, id_, "Noord")


def oneself(app: App) -> Asker:
    return Asker(80, Role.ALUMNUS, "Noord", key_of(app))


def entries(app: App) -> list[LogEntry]:
    with app.store.read() as records:
        return list(records.audit.stream())


def withdraw(app: App, asker: Asker, id_: str | None = "A-2") -> None:
    privacy.give(app, asker, Purpose.MENTOR, given=False, alumnus_id=id_)


NOTED: list[tuple[Callable[[App, Asker], object], str, dict[str, object]]] = [
    (lambda app, asker: privacy.known(app, asker, "A-2"), "person.read", {}),
    (withdraw, "consent.write", {"purpose": "mentor", "given": False}),
    (
        lambda app, asker: privacy.correct(app, asker, "town", "Kampen", alumnus_id="A-2"),
        "person.correct",
        {"field": "town"},
    ),
    (
        lambda app, asker: privacy.object_to_ranking(app, asker, objects=True, alumnus_id="A-2"),
        "consent.write",
        {"objects": True},
    ),
    (lambda app, asker: privacy.keep(app, asker, "A-2"), "retention.keep", {}),
]


@pytest.mark.parametrize(("use_case", "action", "details"), NOTED)
@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ALUMNUS])
def test_what_is_done_is_in_the_log(
    app: App, role: Role, use_case: Callable[[App, Asker], object], action: str, details: dict[str, object]
) -> None:
    """Once, by the account that did it, with the alumnus by random key."""
    asker = COORDINATOR if role is Role.COORDINATOR else oneself(app)
    use_case(app, asker)
    (entry,) = entries(app)
    assert (entry.actor, entry.role, entry.school) == (asker.key, role.value, "Noord")
    assert (entry.action, entry.details) == (action, {"alumnus": key_of(app), **details})


def test_an_erasure_is_in_the_log(app: App) -> None:
    """By the account that did it; not even the random key of the alumnus stands there."""
    key = key_of(app)
    erased = erasure.erase(app, COORDINATOR, "A-2")
    (entry,) = entries(app)
    assert (entry.actor, entry.action, entry.details["alumnus"]) == (77, "person.erase", NOBODY)
    assert (erased.found_in, erased.keys) == ((), (key,))


USE_CASES: list[Callable[[App, Asker], object]] = [
    *(use_case for use_case, _, _ in NOTED),
    lambda app, asker: privacy.current(app, asker, "town", alumnus_id="A-2"),
    lambda app, asker: erasure.erase(app, asker, "A-2"),
]


@pytest.mark.parametrize("use_case", USE_CASES)
@pytest.mark.parametrize("asker", [TEACHER, VISITOR, JOB])
def test_a_role_without_the_right_is_refused(app: App, asker: Asker, use_case: Callable[[App, Asker], object]) -> None:
    """And nothing is written."""
    with pytest.raises(Forbidden):
        use_case(app, asker)
    assert entries(app) == []


@pytest.mark.parametrize("use_case", USE_CASES)
def test_an_alumnus_of_another_school_is_unknown(app: App, use_case: Callable[[App, Asker], object]) -> None:
    """To a coordinator of Zuid, as one who does not exist."""
    with pytest.raises(UnknownId):
        use_case(app, ELSEWHERE)
    assert entries(app) == []


def test_only_an_alumnus_is_asked_to_stay(app: App) -> None:
    """The day of the question, for the alumnus alone, until a consent or a word answers it."""
    assert privacy.asked_to_stay(app, oneself(app)) == AS_OF
    for asker in (COORDINATOR, TEACHER, COMMAND_LINE):
        with pytest.raises(Forbidden):
            privacy.asked_to_stay(app, asker)
    withdraw(app, oneself(app))
    assert privacy.asked_to_stay(app, oneself(app)) == AS_OF
    privacy.give(app, oneself(app), Purpose.MENTOR, given=True)
    assert privacy.asked_to_stay(app, oneself(app)) is None


def test_to_keep_answers_the_question_and_begins_a_new_term(app: App) -> None:
    """Consents in force count from today; one that was withdrawn stays so."""
    withdraw(app, oneself(app))
    privacy.keep(app, oneself(app))
    assert privacy.asked_to_stay(app, oneself(app)) is None
    with app.store.read() as records:
        given = {consent.purpose: consent for consent in records.consents.of(key_of(app))}
    assert given[Purpose.GUEST_LESSON].given_on == AS_OF
    assert given[Purpose.MENTOR].withdrawn_on == AS_OF


def test_to_keep_gives_no_consent_whose_term_is_over(app: App) -> None:
    """Not before the daily job has ended it either: the data may stay, but the consent was for its term only."""
    over = LATER + app.terms.longest + timedelta(days=1)
    cast("FixedClock", app.clock).day = over
    privacy.give(app, oneself(app), Purpose.MENTOR, given=True)
    cast("FixedClock", app.clock).day = over + timedelta(days=1)
    privacy.keep(app, oneself(app))
    with app.store.read() as records:
        consents = records.consents.of(key_of(app))
        in_force = {consent.purpose for consent in consents if app.terms.in_force(consent, records.today)}
        (renewed,) = (consent.given_on for consent in consents if consent.purpose is Purpose.MENTOR)
    assert (in_force, renewed) == ({Purpose.MENTOR}, over + timedelta(days=1))


def test_an_objection_that_stands_is_not_noted_again(app: App) -> None:
    """Nothing changed, so nothing is in the log."""
    for _ in range(2):
        privacy.object_to_ranking(app, oneself(app), objects=True)
    assert len(entries(app)) == 1


# ---- corrections


def test_the_old_address_hears_of_a_new_one(app: App) -> None:
    """In the transaction that replaces it; the same address, and the first one, bring no message."""
    privacy.correct(app, oneself(app), "email", OLD)
    assert mails(app.store) == []
    privacy.correct(app, oneself(app), "email", NEW)
    (mail,) = mails(app.store)
    assert (mail.alumnus_key, mail.message, mail.address) == (key_of(app), "email_changed", OLD)
    assert (mail.values, mail.actor) == ({"school": "Noord"}, 80)
    assert privacy.current(app, oneself(app), "email") == NEW
    privacy.correct(app, COORDINATOR, "email", NEW, alumnus_id="A-3")
    assert len(mails(app.store)) == 1


def test_a_correction_that_fails_tells_no_one(app: App) -> None:
    """Where the process stops before the address is replaced, no message about it is left."""
    stopping: Any = Stopping(app.store)
    with pytest.raises(Stopped):
        privacy.correct(App(stopping, app.engine, app.clock), oneself(app), "email", NEW)
    assert (mails(app.store), entries(app)) == ([], [])
    assert privacy.current(app, oneself(app), "email") == OLD


@pytest.mark.parametrize("field", ["alumnus_id", "school", "consents", "certificate_until", "company_id", "nothing"])
def test_what_the_school_states_is_no_correction(app: App, field: str) -> None:
    """Ids, consents and what the school has seen: neither read nor written as a correction."""
    with pytest.raises(InvalidValue, match="not_a_field"):
        privacy.correct(app, oneself(app), field, "x")
    with pytest.raises(InvalidValue, match="not_a_field"):
        privacy.current(app, oneself(app), field)
    assert entries(app) == []


@pytest.mark.parametrize("field", forms.correctable())
def test_a_value_as_text_is_the_value_again(app: App, field: str) -> None:
    """Whatever stands in a field: written in a form and sent back, it is the same value."""
    value = privacy.current(app, oneself(app), field)
    again = forms.value_of(field, forms.text_of(field, value))
    assert again == value or (again is None and not value)


# ---- erasure


def answered_meanwhile(app: App) -> App:
    """The same installation, where the alumnus says that the data may stay before the next write."""
    answers = [lambda: privacy.keep(app, oneself(app))]

    def gate() -> None:
        while answers:
            answers.pop()()

    gated: Any = Gated(app.store, gate)
    return App(gated, app.engine, app.clock)


def is_asked(tx: Transaction, key: int) -> bool:
    return tx.retention.of(key) is not None


def test_an_answer_before_the_erasure_wins(app: App) -> None:
    """An alumnus who said "keep" after the job had its list stays, and is not taken for one who was left behind."""
    keys = [key_of(app), key_of(app, "A-3")]
    app.store.write(lambda tx: tx.retention.record(keys[1], "ask"), by=COMMAND_LINE)
    erased = erasure.erase_records(answered_meanwhile(app), JOB, keys, still_due=is_asked)
    assert (erased.keys, erased.found_in) == ((keys[1],), ())
    assert key_of(app) == keys[0]
    assert [(entry.role, entry.action) for entry in entries(app)] == [
        ("alumnus", "retention.keep"),
        ("job", "person.erase"),
    ]


def test_each_erasure_is_a_transaction(app: App) -> None:
    """One that fails leaves those before it erased, with their entries."""
    keys = [key_of(app), key_of(app, "A-3")]

    def due(_: Transaction, key: int) -> bool:
        if key == keys[1]:
            raise Stopped
        return True

    with pytest.raises(Stopped):
        erasure.erase_records(app, JOB, keys, still_due=due)
    assert [entry.details["alumnus"] for entry in entries(app)] == [NOBODY]
    assert key_of(app, "A-3") == keys[1]


def test_who_is_gone_is_looked_for_all_the_same(app: App) -> None:
    """A second run over the same list erases no one, and proves that no one was left."""
    key = key_of(app)
    for keys in ((key,), ()):
        erased = erasure.erase_records(app, JOB, [key])
        assert (erased.keys, erased.found_in) == (keys, ())
    assert len(entries(app)) == 1


@pytest.mark.parametrize("asker", [COORDINATOR, TEACHER, VISITOR])
def test_only_the_job_erases_by_list(app: App, asker: Asker) -> None:
    """A coordinator erases one person who asks for it, by id."""
    with pytest.raises(Forbidden):
        erasure.erase_records(app, asker, [key_of(app)])
    assert key_of(app)


def test_mail_that_was_not_sent_is_known_however_much_was_sent(app: App) -> None:
    """A message that waits is named, also behind more than a hundred newer ones that went out."""

    def work(tx: Transaction) -> None:
        tx.outbox.add(key_of(app), "invited")
        for _ in range(101):
            tx.outbox.add(key_of(app), "login")

    app.store.write(work, by=COMMAND_LINE)
    assert len(privacy.known(app, COMMAND_LINE, "A-2", school="Noord")["mail"]) == 102


def test_what_is_known_is_what_was_kept_before_it_was_asked(app: App) -> None:
    """Each field with its source; the reading itself is in the log and shown the next time."""
    privacy.correct(app, oneself(app), "paused_until", date(2027, 4, 1))
    first, second = (privacy.known(app, oneself(app)) for _ in range(2))
    assert {"field": "paused_until", "value": "2027-04-01", "source": "person"} in first["record"]
    assert first["contact"]["email"] == OLD
    assert [item["action"] for item in first["log"]] == ["person.correct"]
    assert [item["action"] for item in second["log"]] == ["person.read", "person.correct"]
