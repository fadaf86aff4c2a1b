"""The log cannot be emptied, cut off, replaced or stripped of whom it is about without a trace, on every database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Connection, Delete, Insert, Update, func, select

from matcher.domain.records import RecordKind
from matcher.errors import ConfigurationError
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories import Transaction
from matcher.repositories.values import Verdict
from matcher.store import schema
from matcher.store.log_head import START, Head, write_head
from matcher.store.seals import digest
from matcher.store.sql_store import SqlStore
from matcher.store.versions import downgrade
from tests.support import stores
from tests.support.fakes import FixedClock
from tests.support.records import row
from tests.support.stores import open_store, reading, upsert, writing

WHO = Asker(7, Role.TEACHER, "Noord")
KEY, OTHER = Fernet.generate_key().decode(), Fernet.generate_key().decode()
AUDIT, VALUES = schema.audit, schema.installation_values
HEAD = VALUES.c.name == "log_head"


def note(store: SqlStore, count: int = 1, by: Asker = WHO, **details: object) -> None:
    for _ in range(count):
        stores.write(store, lambda tx: tx.note("match", details), by=by)


def harm(store: SqlStore, *statements: Delete | Update | Insert) -> None:
    """What someone does who can write the database, past the program."""

    def work(connection: Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    store._database.write(work)


def verdict(store: SqlStore, known: tuple[int, str] | None = None) -> Verdict:
    return reading(store).audit.verify(known)


def wrong(store: SqlStore) -> tuple[int | None, str | None]:
    found = verdict(store)
    return found.wrong, found.problem


@pytest.mark.parametrize("entries", [0, 1, 5])
def test_an_untouched_log_is_sound(store: SqlStore, entries: int) -> None:
    """Also the empty one of a new database; the verdict gives number and digest of the newest entry."""
    note(store, entries)
    found = verdict(store)
    assert (found.entries, found.number, found.wrong, found.problem) == (entries, entries, None, None)
    assert (found.last == START) is (entries == 0)


CUTS = {
    "emptied": ([AUDIT.delete()], (1, "end")),
    "without its end": ([AUDIT.delete().where(AUDIT.c.id > 3)], (4, "end")),
    "without its last": ([AUDIT.delete().where(AUDIT.c.id == 5)], (5, "end")),
    "emptied with its head": ([AUDIT.delete(), VALUES.delete().where(HEAD)], (1, "head")),
    "without its head": ([VALUES.delete().where(HEAD)], (6, "head")),
    "with a head that is none": ([VALUES.update().where(HEAD).values(value="5")], (6, "head")),
    "with another head": ([VALUES.update().where(HEAD).values(value=f"4 {'a' * 64} 0")], (5, "end")),
}


@pytest.mark.parametrize("cut", CUTS)
def test_a_cut_is_noticed_and_stays_noticed(store: SqlStore, cut: str) -> None:
    """Whatever is cut off, the verdict names it, and entries that are written afterwards do not hide it."""
    note(store, 5)
    statements, expected = CUTS[cut]
    harm(store, *statements)
    assert wrong(store) == expected
    note(store, 3)
    again, problem = wrong(store)
    assert again is not None
    assert problem in {"entry", "beginning"}


def test_a_log_that_is_replaced_is_noticed(store: SqlStore) -> None:
    """Entries of one's own with right seals do not fit what is stored about the end; nor does one that is added."""
    note(store, 3)
    with store._database.reading() as connection:
        rows = [dict(row) for row in connection.execute(select(AUDIT).order_by(AUDIT.c.id)).mappings()]
    previous, made = START, []
    for one in rows:
        changed = {**one, "details": '{"top":9}', "previous": previous}
        previous = digest(previous, changed)
        made.append({**changed, "digest": previous})
    harm(store, AUDIT.delete(), AUDIT.insert().values(made))
    assert wrong(store) == (3, "end")


def test_an_entry_that_is_added_at_the_end_is_noticed(store: SqlStore) -> None:
    """One that fits the last by its seal is still one more than the program has written, also after the next."""
    note(store, 3)
    with store._database.reading() as connection:
        last = dict(connection.execute(select(AUDIT).where(AUDIT.c.id == 3)).mappings().one())
    added = {**last, "id": 4, "previous": last["digest"]}
    harm(store, AUDIT.insert().values({**added, "digest": digest(last["digest"], added)}))
    assert wrong(store) == (4, "end")
    note(store)
    assert wrong(store) == (5, "entry")


def test_only_the_key_makes_a_head(database_url: str) -> None:
    """With a key of contact details even a log that is replaced together with its head is noticed, before and after."""
    store = open_store(database_url, KEY)
    store.migrate()
    store.check_keys()
    note(store, 5)
    assert wrong(store) == (None, None)
    with store._database.reading() as connection:
        third = connection.execute(select(AUDIT.c.digest).where(AUDIT.c.id == 3)).scalar_one()
    forged = VALUES.update().where(HEAD).values(value=f"3 {third} 0")
    harm(store, AUDIT.delete().where(AUDIT.c.id > 3), forged)
    assert wrong(store) == (4, "head")
    note(store)
    assert wrong(store) == (4, "entry")
    store.close()


def test_without_a_key_a_head_can_be_made(store: SqlStore) -> None:
    """What docs/security.md says cannot be noticed without one; a copy of the newest entry kept elsewhere does."""
    note(store, 5)
    kept = verdict(store)
    with store._database.reading() as connection:
        third = connection.execute(select(AUDIT.c.digest).where(AUDIT.c.id == 3)).scalar_one()
    harm(store, AUDIT.delete().where(AUDIT.c.id > 3))
    store._database.write(lambda connection: write_head(connection, Head(3, third, 0)))
    assert wrong(store) == (None, None)
    shown = verdict(store, (kept.number, kept.last[:16]))
    assert (shown.wrong, shown.problem) == (5, "known")
    note(store, 2, top=9)
    assert verdict(store, (kept.number, kept.last)).problem == "known"


def test_an_entry_kept_elsewhere_may_have_grown_too_old(store: SqlStore, clock: FixedClock) -> None:
    """What was removed for its age is not missed; what follows is compared as ever."""
    note(store, 3)
    kept = verdict(store)
    assert verdict(store, (kept.number, kept.last)).wrong is None
    note(store)
    clock.advance(timedelta(days=2))
    assert writing(store).audit.forget(clock.now().replace(tzinfo=None) - timedelta(days=1)) == 3
    assert verdict(store, (kept.number, kept.last)).wrong is None
    assert verdict(store, (4, "0" * 64)).problem == "known"


def test_a_new_key_takes_over_the_end(database_url: str) -> None:
    """The first key, and each that follows by rotation, seals the end; a broken one is not healed by a rotation."""
    plain = open_store(database_url)
    plain.migrate()
    note(plain, 2)
    plain.close()
    for keys in ([KEY], [OTHER, KEY], [OTHER]):
        store = open_store(database_url, *keys)
        store.migrate()
        store.reseal(by=COMMAND_LINE)
        note(store)
        assert wrong(store) == (None, None), keys
        store.close()
    store = open_store(database_url, KEY, OTHER)
    harm(store, VALUES.delete().where(HEAD))
    store.reseal(by=COMMAND_LINE)
    assert wrong(store)[0] is not None
    store.close()


def test_an_older_database_gets_its_end(database_url: str) -> None:
    """At the upgrade the end is stored, and sealed; without the key of contact details there is no upgrade."""
    store = open_store(database_url, KEY)
    store.migrate()
    store.check_keys()
    note(store, 3)
    store._database.write(lambda connection: downgrade(connection, to="0007"))
    store.close()
    for keys, code in (([], "contact_key_missing"), ([OTHER], "contact_key_new")):
        without = open_store(database_url, *keys)
        with pytest.raises(ConfigurationError) as refused:
            without.migrate()
        assert refused.value.code == code
        without.close()
    upgraded = open_store(database_url, OTHER, KEY)
    upgraded.migrate()
    assert wrong(upgraded) == (None, None)
    harm(upgraded, AUDIT.delete())
    assert wrong(upgraded) == (1, "end")
    upgraded.close()


def added(store: SqlStore, number: str, school: str = "Noord") -> int:
    upsert(store, RecordKind.ALUMNI, [row(2, number, school)])
    return stores.key_of(store, RecordKind.ALUMNI, number, school)


@pytest.fixture
def about(store: SqlStore) -> SqlStore:
    """A log about alumni of two schools: rankings, an alumnus who asks, and what concerns everybody."""
    north, south = added(store, "A-1", "Noord"), added(store, "A-2", "Zuid")
    note(store, shown=[[north, 0.5], [south, 0.25]])
    note(store, by=Asker(8, Role.ALUMNUS, "Noord", north), reason="own")
    note(store, by=COMMAND_LINE, rows=3)
    note(store, by=COMMAND_LINE, alumni=[south])
    assert wrong(store) == (None, None)
    return store


PEOPLE, SCHOOLS = schema.audit_people, schema.audit_schools
STRIPPED: dict[str, tuple[Delete | Update | Insert, tuple[int, str]]] = {
    "nobody": (PEOPLE.delete(), (1, "people")),
    "nobody in one": (PEOPLE.delete().where(PEOPLE.c.entry == 4), (4, "people")),
    "no school": (SCHOOLS.delete(), (1, "schools")),
    "no school of one": (SCHOOLS.delete().where(SCHOOLS.c.entry == 4), (4, "schools")),
    "nobody concerned": (SCHOOLS.delete().where(SCHOOLS.c.school == ""), (3, "schools")),
    "a school less": (SCHOOLS.delete().where(SCHOOLS.c.school == "Zuid", SCHOOLS.c.entry == 1), (1, "schools")),
    "another school": (SCHOOLS.update().where(SCHOOLS.c.entry == 4).values(school="West"), (4, "schools")),
    "another entry": (PEOPLE.update().where(PEOPLE.c.entry == 4).values(entry=3), (3, "people")),
}  # fmt: skip


@pytest.mark.parametrize("stripped", STRIPPED)
def test_whom_an_entry_is_about_cannot_be_taken_away(about: SqlStore, stripped: str) -> None:
    """Emptying or changing the tables by which alumni and schools find their entries shows in the verdict."""
    statement, expected = STRIPPED[stripped]
    harm(about, statement)
    assert wrong(about) == expected


def test_an_erasure_is_no_harm(about: SqlStore) -> None:
    """The rows of who was erased go with the alumnus, and the log is sound all the same."""
    key = stores.key_of(about, RecordKind.ALUMNI, "A-2", "Zuid")
    writing(about).people.erase(key, [])
    note(about)
    assert wrong(about) == (None, None)


def test_a_long_log_is_read_in_parts(store: SqlStore) -> None:
    """What is wrong far into the log is found there."""
    key = added(store, "A-1")

    def many(tx: Transaction) -> None:
        for top in range(1200):
            tx.note("match", {"alumnus": key, "top": top})

    stores.write(store, many)
    assert verdict(store).entries == 1200
    harm(store, PEOPLE.delete().where(PEOPLE.c.entry == 1111))
    assert wrong(store) == (1111, "people")
    with store._database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(AUDIT)).scalar_one() == 1200
