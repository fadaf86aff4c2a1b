"""What is kept of mail that was stopped, came back, or came in: on both databases, and over merges and back-ups."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE
from matcher.repositories.values import Upsert
from matcher.store.journal import Journal
from matcher.store.sql_store import SqlStore
from tests.contract.test_backups import Site
from tests.support import fresh, stores
from tests.support.fakes import FixedClock
from tests.support.records import SCHOOL, TODAY
from tests.support.region import ALUMNI as REGION
from tests.support.stores import reading, writing

ALUMNI = RecordKind.ALUMNI
SHARED = "samen@voorbeeld.example"


def add(store: SqlStore, *numbers: str, email: str | None = None) -> list[int]:
    rows = [Upsert(row, number, SCHOOL, {"email": email}) for row, number in enumerate(numbers, 2)]
    stores.upsert(store, ALUMNI, rows)
    return [stores.key_of(store, ALUMNI, number) for number in numbers]


def test_mail_is_stopped_once_and_goes_on_once(store: SqlStore) -> None:
    """The second time changes nothing; another scope stands apart."""
    (key,) = add(store, "A-1")
    assert [writing(store).mail_stops.add(key, scope) for scope in ("everything", "everything", "kind mentor")] == [
        True,
        False,
        True,
    ]
    assert reading(store).mail_stops.of(key) == {"everything": TODAY, "kind mentor": TODAY}
    assert [writing(store).mail_stops.remove(key, "everything") for _ in range(2)] == [True, False]
    assert set(reading(store).mail_stops.of(key)) == {"kind mentor"}
    with pytest.raises(KeyError):
        writing(store).mail_stops.add(key + 1, "everything")


def test_an_address_is_closed_for_everybody_who_has_it(store: SqlStore) -> None:
    """In any spelling, and for whoever gets it later; another address of the same person is open."""
    one, other = add(store, "A-1", "A-2", email=SHARED)
    assert writing(store).closed_addresses.close(" SAMEN@voorbeeld.example", "5.1.1") == 2
    assert writing(store).closed_addresses.close(SHARED, "5.7.1") == 0, "once"
    assert writing(store).closed_addresses.close("niemand@voorbeeld.example", "5.1.1") == 0
    assert writing(store).closed_addresses.has(SHARED)
    assert not writing(store).closed_addresses.has("niemand@voorbeeld.example")
    writing(store).people.correct(one, "email", "nieuw@voorbeeld.example")
    assert not writing(store).closed_addresses.has("nieuw@voorbeeld.example")
    assert [closed.status for closed in reading(store).closed_addresses.of(one)] == ["5.1.1"]
    assert not writing(store).closed_addresses.reopen(one), "hers is open"
    assert writing(store).closed_addresses.reopen(other)
    assert not writing(store).closed_addresses.has(SHARED)


def test_a_closed_address_is_known_whoever_has_it_by_now(store: SqlStore) -> None:
    """Also once the one whom mail came back from has another: in any spelling, of all and among some."""
    one, other, third = add(store, "A-1", "A-2", "A-3", email=SHARED)
    writing(store).people.correct(third, "email", "derde@voorbeeld.example")
    assert writing(store).closed_addresses.unreachable() == frozenset()
    writing(store).closed_addresses.close(SHARED, "5.1.1")
    assert writing(store).closed_addresses.unreachable() == {one, other}
    for key in (one, other):
        writing(store).people.correct(key, "email", f"{key}@voorbeeld.example")
    assert writing(store).closed_addresses.unreachable() == frozenset()
    writing(store).people.correct(third, "email", SHARED.upper())
    assert writing(store).closed_addresses.unreachable() == {third}
    assert writing(store).closed_addresses.unreachable([one, third]) == {third}
    assert writing(store).closed_addresses.unreachable([one]) == frozenset()


def test_a_message_is_dealt_with_once_and_a_doubt_has_its_term(store: SqlStore, clock: FixedClock) -> None:
    """By school, the oldest first; what was read is gone, and so is what nobody read in time."""
    (key,) = add(store, "A-1")
    assert [writing(store).inbox.take("d1") for _ in range(2)] == [True, False]
    first = writing(store).inbox.doubt(key, None, "doubt", "misschien wel")
    clock.advance(timedelta(days=2))
    second = writing(store).inbox.doubt(key, None, "yes", "ja, en neem ik iemand mee?")
    assert [one.key for one in reading(store).inbox.page(school=SCHOOL)] == [first, second]
    assert reading(store).inbox.page(school="Zuid") == []
    assert reading(store).inbox.page(key=second)[0].text == "ja, en neem ik iemand mee?"
    now = reading(store).inbox.page(key=second)[0].at
    assert writing(store).inbox.forget(now - timedelta(days=1), now - timedelta(days=1)) == 1
    assert [one.key for one in reading(store).inbox.page()] == [second]
    assert writing(store).inbox.take("d1"), "of which the record is gone too"
    assert [writing(store).inbox.done(second) for _ in range(2)] == [True, False]


def test_what_an_alumnus_wrote_is_encrypted(database_url: str) -> None:
    """With the keys of contact details, and again with a new one."""
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    store = SqlStore(database_url, FixedClock(TODAY), (old,))
    fresh.migrate(store)
    store.check_keys()
    (key,) = add(store, "A-1")
    writing(store).inbox.doubt(key, None, "doubt", "geheimverhaal")
    store.close()
    store = SqlStore(database_url, FixedClock(TODAY), (new, old))
    with store._database.reading() as connection:
        assert "geheim" not in str(connection.exec_driver_sql("SELECT text FROM inbox_doubts").scalar())
    assert store.reseal(by=COMMAND_LINE) > 0
    store.close()
    store = SqlStore(database_url, FixedClock(TODAY), (new,))
    assert reading(store).inbox.page()[0].text == "geheimverhaal"
    store.close()


def test_whoever_stopped_mail_as_one_did_so_for_both(store: SqlStore) -> None:
    """Before a merge for the one alone; of what was stopped since nobody can tell who it was."""
    kept, gone = add(store, "A-1", "A-2")
    writing(store).mail_stops.add(kept, "kind mentor")
    writing(store).mail_stops.add(gone, "everything")
    merge = writing(store).duplicates.merge(kept, gone, {})
    assert set(reading(store).mail_stops.of(kept)) == {"kind mentor", "everything"}
    writing(store).mail_stops.add(kept, "request 7")
    writing(store).merges.undo(merge)
    assert set(reading(store).mail_stops.of(kept)) == {"kind mentor", "request 7"}
    assert set(reading(store).mail_stops.of(gone)) == {"everything", "request 7"}


def test_a_stop_survives_a_restored_back_up(database_url: str, tmp_path: Path) -> None:
    """Stopped since the back-up, it is stopped after it; what was stopped and begun again is not."""
    site = Site(database_url, tmp_path, FixedClock(TODAY), Journal(tmp_path / "journal"))
    fresh.migrate(site.store)
    stores.upsert(site.store, ALUMNI, [row for row in REGION if row.owner == "Noord"])
    writing(site.store).mail_stops.add(site.key("A-3"), "kind mentor")
    file = site.back_up()
    writing(site.store).mail_stops.add(site.key("A-1"), "everything")
    writing(site.store).mail_stops.add(site.key("A-2"), "everything")
    writing(site.store).mail_stops.remove(site.key("A-2"), "everything")
    site.restore(file)
    stops = {one: set(reading(site.store).mail_stops.of(site.key(one))) for one in ("A-1", "A-2", "A-3")}
    assert stops == {"A-1": {"everything"}, "A-2": set(), "A-3": {"kind mentor"}}
    assert reading(site.store).mail_stops.of(site.key("A-1")) == {
        "everything": date(TODAY.year, TODAY.month, TODAY.day)
    }
    site.store.close()
