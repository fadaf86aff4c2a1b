"""Accounts, sessions, tokens, links, the log and erasure, on every database."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE, VISITOR, Asker, Role
from matcher.ports import Upsert
from matcher.store import accounts, old_doors, schema
from matcher.store.old_doors import OldDoors as SqlStore
from tests.support.records import FULL_ALUMNUS, FULL_REQUEST, TODAY, shift

WHO = Asker(7, Role.TEACHER, "Noord")


def added(store: SqlStore, id_: str = "A-1", school: str = "Noord", **values: object) -> int:
    store.upsert(RecordKind.ALUMNI, [Upsert(1, id_, school, FULL_ALUMNUS | values)], today=TODAY)
    (found,) = store.find(RecordKind.ALUMNI, id_, school)
    return found.key


def test_an_account_is_made_once(store: SqlStore) -> None:
    """The same login is the same account; its role and school are those of the last time."""
    first = store.account("https://login.example", "p1", Role.TEACHER, "Noord")
    again = store.account("https://login.example", "p1", Role.COORDINATOR, "Zuid")
    other = store.account("https://other.example", "p1", Role.TEACHER, "Noord")
    assert first.key == again.key != other.key
    assert store.granted("https://login.example", "p1") == again
    assert store.granted("https://login.example", "p2") is None


def test_sessions_end(store: SqlStore) -> None:
    """By logging out, by time, and with their account; what is kept opens nothing."""
    asker = store.account("x", "p1", Role.TEACHER, "Noord")
    secret, second = store.open_session(asker.key), store.open_session(asker.key)
    found = store.session(secret)
    assert found is not None
    assert found.asker == asker
    with store._database.reading() as connection:
        kept = connection.execute(select(schema.sessions.c.token_hash)).scalars().all()
    assert secret not in kept
    assert store.session(str(kept[0])) is None
    store.close_session(secret)
    assert store.session(secret) is None
    assert store.session(second) is not None
    shift(store, schema.sessions, "expires_at", -accounts.SESSION)
    assert store.session(second) is None


def test_a_session_that_is_left_alone_ends(store: SqlStore) -> None:
    """After an hour without use; use is noted, and begins the hour anew."""
    asker = store.account("x", "p1", Role.TEACHER, "Noord")
    secret = store.open_session(asker.key)
    minute = timedelta(minutes=1)
    shift(store, schema.sessions, "seen_at", -(accounts.IDLE - minute))
    assert store.session(secret) is not None
    shift(store, schema.sessions, "seen_at", -(accounts.IDLE - minute))
    assert store.session(secret) is not None, "the first look was noted"
    shift(store, schema.sessions, "seen_at", -(accounts.IDLE + minute))
    assert store.session(secret) is None
    assert store.open_sessions(asker.key) == []


def test_one_sees_and_ends_ones_own_sessions(store: SqlStore) -> None:
    """All of an account, and of nobody else; or of everybody at once."""
    asker, other = (store.account("x", name, Role.TEACHER, "Noord") for name in ("p1", "p2"))
    first, second, third = (store.open_session(key) for key in (asker.key, asker.key, other.key))
    assert [one.here for one in store.open_sessions(asker.key, second)] in ([True, False], [False, True])
    assert store.close_sessions(asker.key) == 2
    assert (store.session(first), store.session(second)) == (None, None)
    assert store.session(third) is not None
    assert store.close_sessions() == 1
    assert store.session(third) is None


def test_a_link_works_once(store: SqlStore) -> None:
    """For its purpose, within fifteen minutes, and of many who click at once for one."""
    key = added(store)
    secret = store.new_link(key, "login")
    assert store.use_link(secret, "reply") is None
    won: list[int | None] = []
    clicks = [threading.Thread(target=lambda: won.append(store.use_link(secret, "login"))) for _ in range(8)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert sorted(won, key=str) == [key] + [None] * 7
    late = store.new_link(key, "login")
    shift(store, schema.links, "expires_at", -old_doors.LINK)
    assert store.use_link(late, "login") is None
    with pytest.raises(KeyError):
        store.new_link(key + 1, "login")


def test_the_log_is_a_chain(store: SqlStore) -> None:
    """Entries are numbered and sealed; the verdict counts them and gives the last seal."""
    assert store.verify().entries == 0
    numbers = [store.log(WHO, "match", {"shown": [[5, 0.25]], "top": top}) for top in range(5)]
    assert numbers == [1, 2, 3, 4, 5]
    verdict = store.verify()
    assert (verdict.entries, verdict.wrong) == (5, None)
    newest = store.entries(limit=2)
    assert [entry.id for entry in newest] == [5, 4]
    assert newest[0].details == {"shown": [[5, 0.25]], "top": 4}
    assert [entry.id for entry in store.entries("Noord", before=3)] == [2, 1]
    assert store.entries("Zuid") == []


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
        store.log(WHO, "match", {"top": top})
    store._database.write(lambda connection: connection.execute(harm) and None)
    verdict = store.verify()
    assert verdict.wrong in {3, 4, 9}
    assert verdict.entries == (4 if verdict.wrong == 9 else 2)


def test_the_end_of_the_log_shows_by_its_last_seal(store: SqlStore) -> None:
    """Taking entries from the end breaks no seal, but the last one is another than was written down."""
    for top in range(3):
        store.log(WHO, "match", {"top": top})
    before = store.verify().last
    store._database.write(lambda c: c.execute(schema.audit.delete().where(schema.audit.c.id == 3)) and None)
    after = store.verify()
    assert after.wrong is None
    assert after.last != before


def test_old_entries_go_and_the_rest_stays_sound(store: SqlStore) -> None:
    """Of a log that is shortened by time the rest still verifies; the newest entry always stays."""
    for top in range(4):
        store.log(WHO, "match", {"top": top})
    assert store.forget_log(datetime(2020, 1, 1)) == 0
    assert store.forget_log(datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)) == 3
    assert store.verify().entries == 2, "the newest, and that others were taken out"
    store.log(WHO, "match", {"top": 9})
    assert store.verify().wrong is None
    later = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    assert store.forget_log(later) == 2
    assert store.verify().wrong is None


def test_a_log_without_its_beginning_is_noticed(store: SqlStore) -> None:
    """Only what the log itself says was forgotten may be missed: before the first, and after it once more."""
    for top in range(4):
        store.log(WHO, "match", {"top": top})
    cut = schema.audit.delete().where(schema.audit.c.id < 3)
    store._database.write(lambda connection: connection.execute(cut) and None)
    assert store.verify().wrong == 3
    store.forget_log(datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1))
    assert store.verify().wrong is None
    store.log(WHO, "match", {"top": 9})
    again = schema.audit.delete().where(schema.audit.c.id < 5)
    store._database.write(lambda connection: connection.execute(again) and None)
    assert store.verify().wrong == 5


def test_many_write_the_log_at_once(store: SqlStore) -> None:
    """Threads that log together make one chain without a gap."""

    def write() -> None:
        for _ in range(10):
            store.log(WHO, "match", {})

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.verify() == type(store.verify())(40, store.verify().last, None)


def test_entries_about_somebody_are_found(store: SqlStore) -> None:
    """By the key, wherever it stands, and by who did it; not in text. The newest first, and no more than asked for."""
    key, other = added(store), added(store, "A-2")
    store.log(WHO, "match", {"shown": [[key, 0.5], [other, 0.25]]})
    store.log(WHO, "match", {"shown": [[other, 0.5]], "text": str(key)})
    store.log(WHO, "person.read", {"alumnus": key})
    store.log(Asker(8, Role.ALUMNUS, "Noord", key), "login", {})
    assert [entry.id for entry in store.entries_about(key)] == [4, 3, 1]
    assert [entry.id for entry in store.entries_about(other)] == [2, 1]
    assert [entry.id for entry in store.entries_about(key, limit=1)] == [4]


def test_a_school_knows_what_others_did_with_its_alumni(store: SqlStore) -> None:
    """Another school, the command line, a token of every school: with the own alumni alone; and what concerns all."""
    north, south = added(store, "A-1", "Noord"), added(store, "A-1", "Zuid")
    other = Asker(9, Role.TEACHER, "Zuid")
    store.log(other, "match", {"shown": [[north, 0.5], [south, 0.25]]})
    store.log(other, "match", {"shown": [[south, 0.25]]})
    store.log(None, "contact", {"alumni": [south, north]})
    store.log(Asker(3, Role.COORDINATOR), "person.read", {"alumnus": south})
    store.log(None, "import", {"rows": 3})
    store.log(VISITOR, "login.failed", {"reason": "token_unknown"})
    told = {entry.id: entry.details for entry in store.entries("Noord")}
    assert sorted(told) == [1, 3, 5, 6]
    assert told[1]["shown"] == [[north, 0.5]]
    assert told[3]["alumni"] == [north]
    assert [entry.id for entry in store.entries("Zuid")] == [6, 5, 4, 3, 2, 1]
    store.erase(north, [], today=TODAY)
    assert "person.erase" in {entry.action for entry in store.entries("Noord", limit=1)}
    assert "person.erase" not in {entry.action for entry in store.entries("Zuid", limit=1)}


def test_an_objection_overrules_every_consent(store: SqlStore) -> None:
    """However the records are read no consent is in force; afterwards they are as they were."""
    key = added(store)
    before = store.by_key(RecordKind.ALUMNI, [key])[key].consents  # type: ignore[union-attr]
    assert before
    store.state_objection(key, objects=True, today=TODAY)
    assert store.objects_since(key) == TODAY
    for found in (*store.alumni(), *store.find(RecordKind.ALUMNI, "A-1"), *store.page(RecordKind.ALUMNI)):
        assert found.consents == ()  # type: ignore[union-attr]
    assert len(store.kept_consents(key)) == len(before)
    store.state_objection(key, objects=False, today=TODAY)
    assert store.by_key(RecordKind.ALUMNI, [key])[key].consents == before  # type: ignore[union-attr]
    with pytest.raises(KeyError):
        store.state_objection(key + 1, objects=True, today=TODAY)


def test_erased_is_gone_from_every_table(store: SqlStore) -> None:
    """No table holds the key, the address or a word of the person; counts of the log stay."""
    key = added(store, email="weg@voorbeeld.example", experience="zeldzaamwoord")
    account = store.account("x", "alumnus", Role.ALUMNUS, "Noord", key)
    secret = store.open_session(account.key)
    store.new_link(key, "login")
    store.write(lambda tx: tx.outbox.add(key, "email_changed", address="weg@voorbeeld.example"), by=COMMAND_LINE)
    store.log(WHO, "match", {"shown": [[key, 0.5]]})
    revision = store.revision()
    assert store.erase(key, [], today=TODAY, by=account)
    assert not store.erase(key, [], today=TODAY)
    assert store.session(secret) is None
    assert store.revision() == revision + 1
    with store._database.reading() as connection:
        for table in schema.metadata.sorted_tables:
            rows = str(connection.execute(select(table)).all())
            assert "weg@voorbeeld" not in rows
            assert "zeldzaamwoord" not in rows
            if table.name != "audit":
                assert str(key) not in rows
    assert store.verify().wrong is None


def test_erased_does_not_come_back(store: SqlStore) -> None:
    """By the same id, or by the same address under another id; others come in as always."""
    key = added(store, email="weg@voorbeeld.example")
    store.erase(key, [], today=TODAY)
    rows = [
        Upsert(2, "A-1", "Noord", {"town": "Zwolle"}),
        Upsert(3, "A-2", "Zuid", {"email": " WEG@voorbeeld.example "}),
        Upsert(4, "A-3", "Noord", {"email": "ander@voorbeeld.example"}),
        Upsert(5, "A-1", "Zuid", {}),
    ]
    results = store.upsert(RecordKind.ALUMNI, rows, today=TODAY)
    assert [result.outcome for result in results] == ["unchanged", "unchanged", "created", "created"]
    assert [[code for code, _ in result.warnings] for result in results] == [
        ["erased_before"],
        ["erased_before"],
        [],
        [],
    ]
    assert store.count(RecordKind.ALUMNI) == 2


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
    store.correct(key, "email", "vroeger@voorbeeld.example")
    store._database.write(
        lambda c: c.execute(schema.alumni.update().values(stated_fields=None)) and None
    )  # so that the next import may change it
    added(store, email="nu@voorbeeld.example")
    store.erase(key, [], today=TODAY)
    assert "former" not in str(_rows(store, schema.former_addresses))
    values = {"town": "Zwolle"} | ({"email": email} if email else {})
    (result,) = store.upsert(RecordKind.ALUMNI, [Upsert(2, id_, school, values)], today=TODAY)
    assert (result.outcome, result.warnings[-1][0]) == ("unchanged", "erased_before")
    assert store.count(RecordKind.ALUMNI) == 0


def _rows(store: SqlStore, table: Any) -> list[Any]:
    with store._database.reading() as connection:
        return list(connection.execute(select(table)).all())


def test_a_mark_between_digits_tells_two_ids_apart(store: SqlStore) -> None:
    """1-23 was erased; 12-3 is somebody else."""
    store.erase(added(store, "1-23", email=None), [], today=TODAY)
    (result,) = store.upsert(RecordKind.ALUMNI, [Upsert(2, "12-3", "Noord", {})], today=TODAY)
    assert result.outcome == "created"


def test_requests_lose_an_erased_asker(store: SqlStore) -> None:
    """By any address of before; the request stays, and an import does not bring the address back."""
    key = added(store, email="vroeger@voorbeeld.example")
    lesson = FULL_REQUEST | {"requester": "Vroeger@voorbeeld.example"}
    rows = [Upsert(2, "R-1", "Noord", lesson), Upsert(3, "R-2", "Noord", lesson | {"requester": "x@y.example"})]
    store.upsert(RecordKind.REQUESTS, rows, today=TODAY)
    store.correct(key, "email", "nu@voorbeeld.example")
    store.erase(key, [], today=TODAY)
    assert len(_rows(store, schema.requesters)) == 1
    assert store.entries(limit=1)[0].details == {"alumnus": key, "requests_without_asker": 1}
    again = store.upsert(RecordKind.REQUESTS, rows, today=TODAY)
    assert [[code for code, _ in one.warnings] for one in again] == [["asker_erased_before"], []]
    assert len(_rows(store, schema.requesters)) == 1
    assert store.count(RecordKind.REQUESTS) == 2


def test_who_has_no_address_takes_no_asker_along(store: SqlStore) -> None:
    """Nobody's address is not the address of whoever asked without one."""
    key = added(store, email=None)
    lesson = FULL_REQUEST | {"requester": "x@y.example"}
    rows = [Upsert(2, "R-1", "Noord", lesson), Upsert(3, "R-2", "Noord", lesson | {"requester": None})]
    store.upsert(RecordKind.REQUESTS, rows, today=TODAY)
    before = _rows(store, schema.requesters)
    store.erase(key, [], today=TODAY)
    assert _rows(store, schema.requesters) == before
    assert store.entries(limit=1)[0].details == {"alumnus": key, "requests_without_asker": 0}


def test_a_school_has_one_spelling(store: SqlStore) -> None:
    """The one that is here already, or the first of the file; it is said once."""
    added(store)
    rows = [
        Upsert(2, "A-1", "NOORD", {"town": "Kampen"}),
        Upsert(3, "A-2", "noord ", {}),
        Upsert(4, "A-3", "NOORD", {}),
    ]
    results = store.upsert(RecordKind.ALUMNI, rows, today=TODAY)
    assert [result.outcome for result in results] == ["updated", "created", "created"]
    assert [[told for told in result.warnings if told[0] == "owner_as_known"] for result in results] == [
        [("owner_as_known", {"owner": "Noord"})],
        [("owner_as_known", {"owner": "Noord"})],
        [],
    ]
    asked = store.upsert(RecordKind.REQUESTS, [Upsert(2, "R-1", "noord", FULL_REQUEST)], today=TODAY)
    assert asked[0].warnings == (("owner_as_known", {"owner": "Noord"}),)
    assert store.schools() == ["Noord"]
    assert (store.owner_named("nOord"), store.owner_named("Oost")) == ("Noord", None)


def test_a_yes_can_be_taken_back(store: SqlStore) -> None:
    """A no takes its place, once; the log keeps both. No other answer changes."""
    key = added(store)
    store.upsert(RecordKind.REQUESTS, [Upsert(2, "R-1", "Noord", FULL_REQUEST)], today=TODAY)
    (request,) = store.find(RecordKind.REQUESTS, "R-1")

    def say(event: LedgerEvent) -> bool:
        return store.add_to_ledger(LedgerLine(key, request.key, event, TODAY), "reply", {"alumnus": key})

    assert say(LedgerEvent.ASKED)
    assert say(LedgerEvent.ACCEPTED)
    assert store.requests_with_yes("Noord", RequestKind, 5) == [request.key]
    assert store.requests_with_yes(None, {RequestKind.GUEST_LESSON}, 5) == [request.key]
    assert store.requests_with_yes("Zuid", RequestKind, 5) == []
    assert store.requests_with_yes("Noord", {RequestKind.BPV_PLACE}, 5) == []
    assert not say(LedgerEvent.ACCEPTED)
    assert say(LedgerEvent.DECLINED)
    assert [line.event for line in store.ledger_of_request(request.key)] == [LedgerEvent.ASKED, LedgerEvent.DECLINED]
    assert store.requests_with_yes(None, RequestKind, 5) == []
    assert not say(LedgerEvent.DECLINED)
    assert not say(LedgerEvent.ACCEPTED)
    assert len([entry for entry in store.entries() if entry.action == "reply"]) == 3


def test_a_consent_is_kept_with_its_text(store: SqlStore) -> None:
    """Which version of the text, on which day, by whom: and in the log who entered it."""
    key = added(store)
    store.state_consent(key, Purpose.MENTOR, given=True, today=TODAY, version="2026-11", by=WHO)
    (kept,) = [one for one in store.kept_consents(key) if one.purpose is Purpose.MENTOR]
    assert (kept.given_on, kept.withdrawn_on, kept.source, kept.text_version) == (TODAY, None, "person", "2026-11")
    (entry,) = store.entries(limit=1)
    assert entry.details == {"alumnus": key, "purpose": "mentor", "given": True}
