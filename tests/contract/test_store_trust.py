"""Accounts, sessions, tokens, links, the log and erasure, on every database."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import Qualification, RecordKind
from matcher.policy import COMMAND_LINE, VISITOR, Asker, Role
from matcher.repositories import Transaction
from matcher.repositories.values import NOBODY, Session, Upsert
from matcher.services import lookup
from matcher.store import accounts, schema
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.fakes import FixedClock
from tests.support.records import FULL_ALUMNUS, FULL_REQUEST, TODAY
from tests.support.stores import note, reading, upsert, writing

WHO = Asker(7, Role.TEACHER, "Noord")
LINK = timedelta(minutes=15)
TOMORROW = datetime.combine(TODAY, time()) + timedelta(days=1)


def added(store: SqlStore, id_: str = "A-1", school: str = "Noord", **values: object) -> int:
    upsert(store, RecordKind.ALUMNI, [Upsert(1, id_, school, FULL_ALUMNUS | values)])
    (found,) = reading(store).records.find(RecordKind.ALUMNI, id_, school)
    return found.key


def look(store: SqlStore, secret: str) -> Session | None:
    """The session with this secret, whose use is recorded where that is due."""

    def work(tx: Transaction) -> Session | None:
        session = tx.sessions.find(secret)
        if session is not None and session.stale:
            tx.sessions.mark_used(secret)
        return session

    return store.write(work, by=VISITOR)


def test_an_account_is_made_once(store: SqlStore) -> None:
    """The same login is the same account; its role and school are those of the last time."""
    first = writing(store).accounts.save("https://login.example", "p1", Role.TEACHER, "Noord")
    again = writing(store).accounts.save("https://login.example", "p1", Role.COORDINATOR, "Zuid")
    other = writing(store).accounts.save("https://other.example", "p1", Role.TEACHER, "Noord")
    assert first.key == again.key != other.key
    assert reading(store).accounts.find("https://login.example", "p1") == again
    assert reading(store).accounts.find("https://login.example", "p2") is None


def test_sessions_end(store: SqlStore, clock: FixedClock) -> None:
    """By logging out, by time, and with their account; what is kept opens nothing."""
    asker = writing(store).accounts.save("x", "p1", Role.TEACHER, "Noord")
    secret, second = writing(store).sessions.open(asker.key), writing(store).sessions.open(asker.key)
    found = look(store, secret)
    assert found is not None
    assert found.asker == asker
    with store._database.reading() as connection:
        kept = connection.execute(select(schema.sessions.c.token_hash)).scalars().all()
    assert secret not in kept
    assert look(store, str(kept[0])) is None
    writing(store).sessions.close(secret)
    assert look(store, secret) is None
    assert look(store, second) is not None
    for _ in range(20):
        assert look(store, second) is not None
        clock.advance(accounts.SESSION / 20)
    assert look(store, second) is None, "a working day has gone by, though it was never left alone"


def test_a_session_that_is_left_alone_ends(store: SqlStore, clock: FixedClock) -> None:
    """After an hour without use; use is noted, and begins the hour anew."""
    asker = writing(store).accounts.save("x", "p1", Role.TEACHER, "Noord")
    secret = writing(store).sessions.open(asker.key)
    minute = timedelta(minutes=1)
    clock.advance(accounts.IDLE - minute)
    assert look(store, secret) is not None
    clock.advance(accounts.IDLE - minute)
    assert look(store, secret) is not None, "the first look was noted"
    clock.advance(accounts.IDLE + minute)
    assert look(store, secret) is None
    assert reading(store).sessions.of(asker.key) == []


def test_one_sees_and_ends_ones_own_sessions(store: SqlStore) -> None:
    """All of an account, and of nobody else; or of everybody at once."""
    asker, other = (writing(store).accounts.save("x", name, Role.TEACHER, "Noord") for name in ("p1", "p2"))
    first, second, third = (writing(store).sessions.open(key) for key in (asker.key, asker.key, other.key))
    assert [one.here for one in reading(store).sessions.of(asker.key, second)] in ([True, False], [False, True])
    assert writing(store).sessions.close_all(asker.key) == 2
    assert (look(store, first), look(store, second)) == (None, None)
    assert look(store, third) is not None
    assert writing(store).sessions.close_all() == 1
    assert look(store, third) is None


def test_a_link_works_once(store: SqlStore, clock: FixedClock) -> None:
    """For its purpose, within fifteen minutes, and of many who click at once for one."""
    key = added(store)
    secret = writing(store).links.new(key, "login", LINK)
    assert writing(store).links.use(secret, "reply") is None
    won: list[int | None] = []
    clicks = [threading.Thread(target=lambda: won.append(writing(store).links.use(secret, "login"))) for _ in range(8)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert sorted(won, key=str) == [key] + [None] * 7
    late = writing(store).links.new(key, "login", LINK)
    clock.advance(LINK)
    assert writing(store).links.use(late, "login") is None
    with pytest.raises(KeyError):
        writing(store).links.new(key + 1, "login", LINK)


def test_the_log_is_a_chain(store: SqlStore) -> None:
    """Entries are numbered and sealed; the verdict counts them and gives the last seal."""
    assert reading(store).audit.verify().entries == 0
    numbers = [note(store, WHO, "match", {"shown": [[5, 0.25]], "top": top}) for top in range(5)]
    assert numbers == [1, 2, 3, 4, 5]
    verdict = reading(store).audit.verify()
    assert (verdict.entries, verdict.wrong) == (5, None)
    newest = stores.log(store, limit=2)
    assert [entry.id for entry in newest] == [5, 4]
    assert newest[0].details == {"shown": [[5, 0.25]], "top": 4}
    assert [entry.id for entry in stores.log(store, "Noord", before=3)] == [2, 1]
    assert stores.log(store, "Zuid") == []


@pytest.mark.parametrize(
    "harm",
    [
        schema.audit.update().where(schema.audit.c.id == 3).values(details='{"top":9}'),
        schema.audit.update().where(schema.audit.c.id == 3).values(role="coordinator"),
        schema.audit.update().where(schema.audit.c.id == 3).values(actor=8),
        schema.audit.update().where(schema.audit.c.id == 3).values(at=datetime(2020, 1, 1)),
        schema.audit.delete().where(schema.audit.c.id == 3),
        schema.audit.update().where(schema.audit.c.id == 5).values(id=9),
    ],
)
def test_a_changed_log_is_noticed(store: SqlStore, harm: Any) -> None:
    """Whatever is changed or taken out, the verdict names the first entry that no longer fits."""
    for top in range(5):
        note(store, WHO, "match", {"top": top})
    store._database.write(lambda connection: connection.execute(harm) and None)
    verdict = reading(store).audit.verify()
    assert verdict.wrong in {3, 4, 9}
    assert verdict.entries == (4 if verdict.wrong == 9 else 2)


def test_old_entries_go_and_the_rest_stays_sound(store: SqlStore) -> None:
    """Of a log that is shortened by time the rest still verifies; the newest entry always stays."""
    for top in range(4):
        note(store, WHO, "match", {"top": top})
    assert writing(store).audit.forget(datetime(2020, 1, 1)) == 0
    assert writing(store).audit.forget(TOMORROW) == 3
    assert reading(store).audit.verify().entries == 2, "the newest, and that others were taken out"
    note(store, WHO, "match", {"top": 9})
    assert reading(store).audit.verify().wrong is None
    assert writing(store).audit.forget(TOMORROW) == 2
    assert reading(store).audit.verify().wrong is None


def test_a_log_without_its_beginning_is_noticed(store: SqlStore) -> None:
    """Only what the log itself says was forgotten may be missed: before the first, and after it once more."""
    for top in range(4):
        note(store, WHO, "match", {"top": top})
    cut = schema.audit.delete().where(schema.audit.c.id < 3)
    store._database.write(lambda connection: connection.execute(cut) and None)
    assert reading(store).audit.verify().wrong == 3
    writing(store).audit.forget(TOMORROW)
    assert reading(store).audit.verify().wrong is None
    note(store, WHO, "match", {"top": 9})
    again = schema.audit.delete().where(schema.audit.c.id < 5)
    store._database.write(lambda connection: connection.execute(again) and None)
    assert reading(store).audit.verify().wrong == 5


def test_many_write_the_log_at_once(store: SqlStore) -> None:
    """Threads that log together make one chain without a gap."""

    def write() -> None:
        for _ in range(10):
            note(store, WHO, "match", {})

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verdict = reading(store).audit.verify()
    assert (verdict.entries, verdict.wrong) == (40, None)


def test_entries_about_somebody_are_found(store: SqlStore) -> None:
    """By the key, wherever it stands, and by who did it; not in text. The newest first, and no more than asked for."""
    key, other = added(store), added(store, "A-2")
    note(store, WHO, "match", {"shown": [[key, 0.5], [other, 0.25]]})
    note(store, WHO, "match", {"shown": [[other, 0.5]], "text": str(key)})
    note(store, WHO, "person.read", {"alumnus": key})
    note(store, Asker(8, Role.ALUMNUS, "Noord", key), "login", {})
    assert [entry.id for entry in reading(store).audit.about(key)] == [4, 3, 1]
    assert [entry.id for entry in reading(store).audit.about(other)] == [2, 1]
    assert [entry.id for entry in reading(store).audit.about(key, limit=1)] == [4]


def test_entries_come_with_the_alumni_that_they_name(store: SqlStore) -> None:
    """Where asked for: those that still exist, and for a school in an entry by others only its own."""
    north, south = added(store, "A-1", "Noord"), added(store, "A-2", "Zuid")
    note(store, Asker(9, Role.TEACHER, "Zuid"), "match", {"shown": [[north, 0.5], [south, 0.25]]})
    note(store, WHO, "login", {})
    audit = reading(store).audit
    assert [entry.people for entry in audit.page(people=True)] == [(), tuple(sorted((north, south)))]
    assert [entry.people for entry in audit.page("Noord", people=True) if entry.action == "match"] == [(north,)]
    assert {entry.people for entry in audit.page()} == {()}
    writing(store).people.erase(north, [])
    assert [entry.people for entry in audit.page(people=True) if entry.action == "match"] == [(south,)]


def test_a_school_knows_what_others_did_with_its_alumni(store: SqlStore) -> None:
    """Another school, the command line, a token of every school: with the own alumni alone; and what concerns all."""
    north, south = added(store, "A-1", "Noord"), added(store, "A-1", "Zuid")
    other = Asker(9, Role.TEACHER, "Zuid")
    note(store, other, "match", {"shown": [[north, 0.5], [south, 0.25]]})
    note(store, other, "match", {"shown": [[south, 0.25]]})
    note(store, COMMAND_LINE, "contact", {"alumni": [south, north]})
    note(store, Asker(3, Role.COORDINATOR), "person.read", {"alumnus": south})
    note(store, COMMAND_LINE, "import", {"rows": 3})
    note(store, VISITOR, "login.failed", {"reason": "token_unknown"})
    told = {entry.id: entry.details for entry in stores.log(store, "Noord")}
    assert sorted(told) == [1, 3, 5, 6]
    assert told[1]["shown"] == [[north, 0.5]]
    assert told[3]["alumni"] == [north]
    assert [entry.id for entry in stores.log(store, "Zuid")] == [6, 5, 4, 3, 2, 1]
    writing(store).people.erase(north, [])
    assert "person.erase" in {entry.action for entry in stores.log(store, "Noord", limit=1)}
    assert "person.erase" not in {entry.action for entry in stores.log(store, "Zuid", limit=1)}


def test_an_objection_overrules_every_consent(store: SqlStore) -> None:
    """However the records are read no consent is in force; afterwards they are as they were."""
    key = added(store)
    before = reading(store).records.by_key(RecordKind.ALUMNI, [key])[key].consents
    assert before
    writing(store).consents.set_objection(key, objects=True)
    assert reading(store).consents.objects_since(key) == TODAY
    records = reading(store).records
    for alumnus in (*stores.alumni(store), *records.find(RecordKind.ALUMNI, "A-1"), *records.page(RecordKind.ALUMNI)):
        assert alumnus.consents == ()
    assert len(reading(store).consents.of(key)) == len(before)
    writing(store).consents.set_objection(key, objects=False)
    assert reading(store).records.by_key(RecordKind.ALUMNI, [key])[key].consents == before
    with pytest.raises(KeyError):
        writing(store).consents.set_objection(key + 1, objects=True)


def test_erased_is_gone_from_every_table(store: SqlStore) -> None:
    """No table holds the key, the address or a word of the person; counts of the log stay."""
    key = added(store, email="weg@voorbeeld.example", experience="zeldzaamwoord")
    account = writing(store).accounts.save("x", "alumnus", Role.ALUMNUS, "Noord", key)
    secret = writing(store).sessions.open(account.key)
    writing(store).links.new(key, "login", LINK)
    writing(store).outbox.add(key, "email_changed", address="weg@voorbeeld.example")
    writing(store).mail_stops.add(key, "everything")
    writing(store).digests.choose(key)
    writing(store).closed_addresses.close("weg@voorbeeld.example", "5.1.1")
    writing(store).inbox.doubt(key, None, "doubt", "een zeldzaamwoord")
    note(store, WHO, "match", {"shown": [[key, 0.5]]})
    revision = stores.revision(store)
    assert writing(store, account).people.erase(key, [])
    assert not writing(store).people.erase(key, [])
    assert look(store, secret) is None
    assert stores.revision(store) == revision + 1
    with store._database.reading() as connection:
        for table in schema.metadata.sorted_tables:
            rows = str(connection.execute(select(table)).all())
            assert "weg@voorbeeld" not in rows
            assert "zeldzaamwoord" not in rows
            if table.name != "audit":
                assert str(key) not in rows
    assert reading(store).audit.verify().wrong is None


def test_erased_does_not_come_back(store: SqlStore) -> None:
    """By the same id, or by the same address under another id; others come in as always."""
    key = added(store, email="weg@voorbeeld.example")
    writing(store).people.erase(key, [])
    rows = [
        Upsert(2, "A-1", "Noord", {"town": "Zwolle"}),
        Upsert(3, "A-2", "Zuid", {"email": " WEG@voorbeeld.example "}),
        Upsert(4, "A-3", "Noord", {"email": "ander@voorbeeld.example"}),
        Upsert(5, "A-1", "Zuid", {}),
    ]
    results = upsert(store, RecordKind.ALUMNI, rows)
    assert [result.outcome for result in results] == ["unchanged", "unchanged", "created", "created"]
    assert [[code for code, _ in result.warnings] for result in results] == [
        ["erased_before"],
        ["erased_before"],
        [],
        [],
    ]
    assert reading(store).records.count(RecordKind.ALUMNI) == 2


@pytest.mark.parametrize(
    ("school", "id_", "email"),
    [
        ("Noord", "a-1", None),
        ("Noord", "A 1", None),
        ("noord", "A-01", None),
        (" NOORD", "a1", None),
        ("Noord", "A-2", "Vroeger@voorbeeld.example"),
        ("Zuid", "B-7", "nog.eerder@voorbeeld.example "),
    ],
)
def test_erased_does_not_come_back_in_another_spelling(store: SqlStore, school: str, id_: str, email: str) -> None:
    """However school and id are written, and by any address that he or she has ever had here."""
    key = added(store, email="nog.eerder@voorbeeld.example")
    writing(store).people.correct(key, "email", "vroeger@voorbeeld.example")
    store._database.write(
        lambda c: c.execute(schema.alumni.update().values(stated_fields=None)) and None
    )  # so that the next import may change it
    added(store, email="nu@voorbeeld.example")
    writing(store).people.erase(key, [])
    assert "former" not in str(_rows(store, schema.former_addresses))
    values = {"town": "Zwolle"} | ({"email": email} if email else {})
    (result,) = upsert(store, RecordKind.ALUMNI, [Upsert(2, id_, school, values)])
    assert (result.outcome, result.warnings[-1][0]) == ("unchanged", "erased_before")
    assert reading(store).records.count(RecordKind.ALUMNI) == 0


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ({"phone": "+31 6 12345678"}, "unchanged"),
        ({"last_name": "VOS", "qualifications": (Qualification("25655", year=2019),)}, "unchanged"),
        ({"qualifications": (Qualification("25655", year=2020),)}, "created"),
        ({"first_name": "Bo", "phone": "0612345678"}, "created"),
        ({"email": "sam@voorbeeld.example"}, "created"),
        ({}, "unchanged"),
    ],
)
def test_erased_does_not_come_back_without_a_number(
    store: SqlStore, values: Mapping[str, object], outcome: str
) -> None:
    """By what such a row would be about them by: the name, alone or with the phone number or qualification and year."""
    named = {"first_name": "Sam", "last_name": "Vos"}
    known = {**named, "phone": "0612345678", "qualifications": (Qualification("25655", year=2019),)}
    (first,) = upsert(store, RecordKind.ALUMNI, [Upsert(2, "", "Noord", known)])
    writing(store).people.erase(stores.key_of(store, RecordKind.ALUMNI, first.id), [])
    (result,) = upsert(store, RecordKind.ALUMNI, [Upsert(2, "", "Noord", {**named, **values})])
    assert result.outcome == outcome
    (numbered,) = upsert(store, RecordKind.ALUMNI, [Upsert(2, "A-9", "Noord", {**named, **values})])
    assert numbered.outcome == "created"


def _rows(store: SqlStore, table: Any) -> list[Any]:
    with store._database.reading() as connection:
        return list(connection.execute(select(table)).all())


def test_a_mark_between_digits_tells_two_ids_apart(store: SqlStore) -> None:
    """1-23 was erased; 12-3 is somebody else."""
    writing(store).people.erase(added(store, "1-23", email=None), [])
    (result,) = upsert(store, RecordKind.ALUMNI, [Upsert(2, "12-3", "Noord", {})])
    assert result.outcome == "created"


def test_requests_lose_an_erased_asker(store: SqlStore) -> None:
    """By any address of before; the request stays, and an import does not bring the address back."""
    key = added(store, email="vroeger@voorbeeld.example")
    lesson = FULL_REQUEST | {"requester": "Vroeger@voorbeeld.example"}
    rows = [Upsert(2, "R-1", "Noord", lesson), Upsert(3, "R-2", "Noord", lesson | {"requester": "x@y.example"})]
    upsert(store, RecordKind.REQUESTS, rows)
    writing(store).people.correct(key, "email", "nu@voorbeeld.example")
    writing(store).people.erase(key, [])
    assert len(_rows(store, schema.requesters)) == 1
    assert stores.log(store, limit=1)[0].details == {"alumnus": NOBODY, "references": 0, "requests_without_asker": 1}
    again = upsert(store, RecordKind.REQUESTS, rows)
    assert [[code for code, _ in one.warnings] for one in again] == [["asker_erased_before"], []]
    assert len(_rows(store, schema.requesters)) == 1
    assert reading(store).records.count(RecordKind.REQUESTS) == 2


def test_who_has_no_address_takes_no_asker_along(store: SqlStore) -> None:
    """Nobody's address is not the address of whoever asked without one."""
    key = added(store, email=None)
    lesson = FULL_REQUEST | {"requester": "x@y.example"}
    rows = [Upsert(2, "R-1", "Noord", lesson), Upsert(3, "R-2", "Noord", lesson | {"requester": None})]
    upsert(store, RecordKind.REQUESTS, rows)
    before = _rows(store, schema.requesters)
    writing(store).people.erase(key, [])
    assert _rows(store, schema.requesters) == before
    assert stores.log(store, limit=1)[0].details == {"alumnus": NOBODY, "references": 0, "requests_without_asker": 0}


def test_a_school_has_one_spelling(store: SqlStore) -> None:
    """The one that is here already, or the first of the file; it is said once."""
    added(store)
    rows = [
        Upsert(2, "A-1", "NOORD", {"town": "Kampen"}),
        Upsert(3, "A-2", "noord ", {}),
        Upsert(4, "A-3", "NOORD", {}),
    ]
    results = upsert(store, RecordKind.ALUMNI, rows)
    assert [result.outcome for result in results] == ["updated", "created", "created"]
    assert [[told for told in result.warnings if told[0] == "owner_as_known"] for result in results] == [
        [("owner_as_known", {"owner": "Noord"})],
        [("owner_as_known", {"owner": "Noord"})],
        [],
    ]
    asked = upsert(store, RecordKind.REQUESTS, [Upsert(2, "R-1", "noord", FULL_REQUEST)])
    assert asked[0].warnings == (("owner_as_known", {"owner": "Noord"}),)
    assert reading(store).records.schools() == ["Noord"]
    spellings = [
        stores.read(store, lambda records, name=name: lookup.owner_named(records, name)) for name in ("nOord", "Oost")
    ]
    assert spellings == ["Noord", None]


def test_requests_with_a_yes_are_found(store: SqlStore) -> None:
    """By school and kind, from the yes until it is taken back."""
    key = added(store)
    upsert(store, RecordKind.REQUESTS, [Upsert(2, "R-1", "Noord", FULL_REQUEST)])
    request = stores.key_of(store, RecordKind.REQUESTS, "R-1")
    for event in (LedgerEvent.ASKED, LedgerEvent.ACCEPTED):
        writing(store).ledger.add(LedgerLine(key, request, event, TODAY))
    ledger = reading(store).ledger
    assert ledger.requests_with_yes("Noord", RequestKind, 5) == [request]
    assert ledger.requests_with_yes(None, {RequestKind.GUEST_LESSON}, 5) == [request]
    assert ledger.requests_with_yes("Zuid", RequestKind, 5) == []
    assert ledger.requests_with_yes("Noord", {RequestKind.BPV_PLACE}, 5) == []
    writing(store).ledger.add(LedgerLine(key, request, LedgerEvent.RETRACTED, TODAY))
    assert [line.event for line in ledger.of_request(request)] == [LedgerEvent.ASKED]
    assert ledger.requests_with_yes(None, RequestKind, 5) == []


def test_a_consent_is_kept_with_its_text(store: SqlStore) -> None:
    """Which version of the text, on which day, and that it is from the alumnus."""
    key = added(store)
    writing(store, WHO).consents.state(key, Purpose.MENTOR, given=True, version="2026-11")
    (kept,) = [one for one in reading(store).consents.of(key) if one.purpose is Purpose.MENTOR]
    assert (kept.given_on, kept.withdrawn_on, kept.source, kept.text_version) == (TODAY, None, "person", "2026-11")
