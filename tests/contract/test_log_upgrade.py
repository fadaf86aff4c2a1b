"""A log in which alumni stand by their keys is sealed anew at the upgrade, on every database, and can be taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Delete, ExceptionContext, Insert, Update, create_engine, event, select, text

from matcher.domain.records import RecordKind
from matcher.errors import ConfigurationError
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories import Transaction
from matcher.repositories.values import NOBODY
from matcher.store import schema
from matcher.store.sql_store import SqlStore
from matcher.store.versions import downgrade
from tests.support import fresh, stores
from tests.support.fakes import FixedClock
from tests.support.records import TODAY, row
from tests.support.stores import open_store, reading, upsert, writing

TEACHER = Asker(7, Role.TEACHER, "Noord")
KEY = Fernet.generate_key().decode()
AUDIT, VALUES = schema.audit, schema.installation_values
HEAD = VALUES.c.name == "log_head"
BEFORE = "0010"


def note(store: SqlStore, action: str = "match", by: Asker = TEACHER, **details: object) -> None:
    stores.write(store, lambda tx: tx.note(action, details), by=by)


def take_down(store: SqlStore) -> None:
    store._database.write(lambda connection: downgrade(connection, to=BEFORE))


def rows(store: SqlStore) -> list[dict[str, object]]:
    with store._database.reading() as connection:
        found = connection.execute(text("SELECT id, actor, details, digest FROM audit ORDER BY id")).mappings()
        return [dict(one) for one in found]


def value(store: SqlStore, name: str) -> str:
    with store._database.reading() as connection:
        return connection.execute(select(VALUES.c.value).where(VALUES.c.name == name)).scalar_one()


def wrong(store: SqlStore) -> tuple[int | None, str | None]:
    found = reading(store).audit.verify()
    return found.wrong, found.problem


def key_of(store: SqlStore, number: str) -> int:
    return stores.key_of(store, RecordKind.ALUMNI, number, "Noord")


@pytest.fixture(params=["", KEY], ids=["plain", "encrypted"])
def old(request: pytest.FixtureRequest, database_url: str) -> Iterator[SqlStore]:
    """A log as version 0010 wrote it: rankings, an alumnus who acts, a refusal, and an erasure; over several parts."""
    store = open_store(database_url, *filter(None, [request.param]))
    fresh.migrate(store)
    store.check_keys()
    upsert(store, RecordKind.ALUMNI, [row(number, f"A-{number}", "Noord") for number in range(2, 5)])
    one, two, three = (key_of(store, f"A-{number}") for number in range(2, 5))
    account = writing(store).accounts.save("x", "y", Role.ALUMNUS, "Noord", one)
    note(store, query=1, shown=[[one, 0.5], [two, 0.25]])
    note(store, "login", account)
    note(store, "consent.write", account, alumnus=one, given=True)
    note(store, "explain", refused=[three, two])
    note(store, "explain", refused=[])
    note(store, "reply", Asker(0, Role.ALUMNUS, "Noord", one), alumnus=one)

    def many(tx: Transaction) -> None:
        for top in range(600):
            tx.note("match", {"top": top, "alumni": [two]})

    stores.write(store, many, by=TEACHER)
    take_down(store)
    yield store
    store.close()


def test_a_downgrade_writes_keys_as_before(old: SqlStore) -> None:
    """What an earlier version reads: keys, hexadecimal texts in refusals, and accounts as actors."""
    one, two, three = (key for (key,) in _select(old, "SELECT key FROM alumni ORDER BY alumnus_id"))
    (account,) = _select(old, "SELECT key FROM accounts")[0]
    told = [(found["actor"], json.loads(str(found["details"]))) for found in rows(old)][:6]
    assert told == [
        (7, {"query": 1, "shown": [[one, 0.5], [two, 0.25]]}),
        (account, {}),
        (account, {"alumnus": one, "given": True}),
        (7, {"refused": sorted((f"{key:x}" for key in (two, three)), key=lambda key: int(key, 16))}),
        (7, {"refused": []}),
        (None, {"alumnus": one}),
    ]


def test_the_log_is_sealed_anew_and_says_where_it_ended(old: SqlStore) -> None:
    """It verifies, reads as before, holds no key of an alumnus, and its newest entry has the seal of the end before."""
    before, head = rows(old), value(old, "log_head").split(" ")
    keys = [key for (key,) in _select(old, "SELECT key FROM alumni")]
    assert any(str(key) in str(before) for key in keys)
    old.migrate()
    assert wrong(old) == (None, None)
    reseal, *_ = entries = stores.log(old, limit=1000)
    told = {"number": len(before), "seal": head[1], "erased": 0, "repaired": 0}
    assert (reseal.action, reseal.id, dict(reseal.details)) == ("log.reseal", len(before) + 1, told)
    for was, entry in zip(before, entries[:0:-1], strict=True):
        details = json.loads(str(was["details"]))
        if "refused" in details:
            details["refused"] = [int(key, 16) for key in details["refused"]]
            assert set(details["refused"]) == set(entry.details["refused"])
        else:
            assert (was["actor"], details) == (entry.actor, entry.details)
    stored = str(rows(old))
    assert not any(str(key) in stored or f"{key:x}" in stored for key in keys)
    assert {entry.action for entry in reading(old).audit.about(key_of(old, "A-2"))} >= {"login", "reply", "match"}
    assert old._database.write(lambda c: c.execute(text("SELECT count(*) FROM removals WHERE in_files")).scalar())


def test_who_was_erased_before_is_nobody(old: SqlStore) -> None:
    """A number that is the key of nothing that is there was an alumnus: it is not kept, and counted."""
    two = next(key for key, id_ in _select(old, "SELECT key, alumnus_id FROM alumni") if id_ == "A-3")
    old._database.write(lambda c: c.execute(text(f"DELETE FROM alumni WHERE key = {two}")) and None)  # noqa: S608
    old.migrate()
    assert wrong(old) == (None, None)
    reseal, *_ = entries = stores.log(old, limit=1000)
    assert reseal.details["erased"] == 602
    assert entries[-1].details["shown"][1] == [NOBODY, 0.25]
    assert str(two) not in str(rows(old))
    assert f"{two:x}" not in str(rows(old))


def test_down_and_up_and_down_again_is_the_same(old: SqlStore) -> None:
    """The entries and seals of before come back to the bit, so an earlier version goes on where it was."""
    before = rows(old)
    old.migrate()
    take_down(old)
    assert rows(old)[: len(before)] == before
    old.migrate()
    assert wrong(old) == (None, None)
    note(old)
    assert wrong(old) == (None, None)


HARMED: dict[str, tuple[list[Delete | Update | Insert], tuple[int, str]]] = {
    "an entry changed": ([AUDIT.update().where(AUDIT.c.id == 2).values(role="teacher")], (2, "entry")),
    "an entry gone": ([AUDIT.delete().where(AUDIT.c.id == 510)], (511, "entry")),
    "without its end": ([AUDIT.delete().where(AUDIT.c.id > 600)], (601, "end")),
    "with another end": ([VALUES.update().where(HEAD).values(value=f"606 {'a' * 64} 0")], (606, "end")),
    "of another school": ([schema.audit_schools.update().values(school="West")], (1, "schools")),
}


@pytest.mark.parametrize("harmed", HARMED)
def test_an_upgrade_heals_nothing(old: SqlStore, harmed: str) -> None:
    """What was wrong with the log is wrong with it afterwards, at the same entry; also after the next one."""
    statements, expected = HARMED[harmed]
    for statement in statements:
        old._database.write(lambda connection, statement=statement: connection.execute(statement) and None)
    old.migrate()
    found = wrong(old)
    assert found == expected or found[1] == "head"
    note(old)
    assert wrong(old)[0] is not None


def test_a_row_that_was_taken_away_is_put_back_and_told(old: SqlStore) -> None:
    """Entries still named the alumnus, so nothing is lost; that somebody took it away stands in the log."""
    old._database.write(lambda c: c.execute(text("DELETE FROM audit_people WHERE entry = 1")) and None)
    old.migrate()
    assert wrong(old) == (None, None)
    assert stores.log(old, limit=1)[0].details["repaired"] == 2


def test_only_the_key_seals_the_end_anew(database_url: str) -> None:
    """Where contact details are encrypted there is no upgrade without the key; an end made up by others stays so."""
    store = open_store(database_url, KEY)
    store.migrate()
    store.check_keys()
    note(store, top=1)
    note(store, top=2)
    take_down(store)
    store.close()
    without = open_store(database_url)
    with pytest.raises(ConfigurationError, match="contact_key_missing"):
        without.migrate()
    without.close()
    again = open_store(database_url, KEY)
    first = rows(again)[0]
    again._database.write(lambda c: c.execute(AUDIT.delete().where(AUDIT.c.id > 1)) and None)
    made_up = VALUES.update().where(HEAD).values(value=f"1 {first['digest']} 0")
    again._database.write(lambda c: c.execute(made_up) and None)
    again.migrate()
    assert wrong(again)[1] == "head"
    again.close()


def test_one_that_starts_waits_for_one_that_upgrades(tmp_path: Path) -> None:
    """Longer than a write waits for another: sealing a long log takes a minute, and no worker ends for it."""
    store = SqlStore(f"sqlite:///{tmp_path}/log.db", FixedClock(TODAY))
    store.migrate()
    note(store)
    take_down(store)
    other = create_engine(store._database.url)
    upgrading = other.connect()
    upgrading.exec_driver_sql("BEGIN IMMEDIATE")
    given_up = []

    def given_up_once(context: ExceptionContext) -> None:
        given_up.append(str(context.original_exception))
        upgrading.close()

    event.listen(store._database.engine, "handle_error", given_up_once)
    store.migrate()
    assert given_up == ["database is locked"]
    assert wrong(store) == (None, None)
    other.dispose()
    store.close()


def test_an_empty_log_has_no_entry_about_it(database_url: str) -> None:
    """Of a new database, and of one without any."""
    store = open_store(database_url)
    store.migrate()
    take_down(store)
    store.migrate()
    assert (rows(store), wrong(store)) == ([], (None, None))
    writing(store, COMMAND_LINE).installation.replace("x", "y")
    store.close()


def _select(store: SqlStore, sql: str) -> list[tuple[int, ...]]:
    with store._database.reading() as connection:
        return [tuple(found) for found in connection.execute(text(sql)).all()]


@pytest.mark.parametrize("forgets", [False, True], ids=["whole", "forgotten"])
def test_who_was_erased_stays_nobody_through_a_downgrade(database_url: str, clock: FixedClock, forgets: bool) -> None:
    """What erasures and forgetting count is not asked for of a log without commitments; its gaps stay gaps."""
    store = SqlStore(database_url, clock)
    store.migrate()
    upsert(store, RecordKind.ALUMNI, [row(number, f"A-{number}", "Noord") for number in range(2, 5)])
    one, two, three = (key_of(store, f"A-{number}") for number in range(2, 5))
    note(store, shown=[[two, 0.5]])
    clock.advance(timedelta(days=2))
    note(store, query=0, shown=[[one, 0.5], [two, 0.25]], top=0)
    note(store, purpose="alumnus", query=two, alumni=0, refused=0)
    note(store, refused=[one, two])
    note(store, alumni=[three, two], alumnus=two)
    writing(store).people.erase(two, [])
    if forgets:
        writing(store).audit.forget(clock.now().replace(tzinfo=None) - timedelta(days=1))
    told = [dict(entry.details) for entry in stores.log(store, limit=1000) if entry.action == "match"]
    assert wrong(store) == (None, None)
    for _ in range(2):
        take_down(store)
        store.migrate()
        assert wrong(store) == (None, None)
        again = [dict(entry.details) for entry in stores.log(store, limit=1000) if entry.action == "match"]
        assert [_sorted(details) for details in again] == [_sorted(details) for details in told]
    writing(store).people.erase(one, [])
    assert wrong(store) == (None, None)
    store.close()


def _sorted(details: dict[str, object]) -> dict[str, object]:
    """With the alumni of a refusal in an order of their own: it is that of their commitments."""
    refused = details.get("refused")
    return details | {"refused": sorted(refused, key=str)} if isinstance(refused, list) else details
