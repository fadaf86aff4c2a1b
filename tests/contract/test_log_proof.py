"""The log cannot be emptied, cut off, replaced or stripped of whom it is about without a trace, on every database."""

from __future__ import annotations

from datetime import timedelta
from tempfile import TemporaryDirectory

import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Delete, Insert, Table, Update, create_engine, func, select, text

from matcher.domain.records import RecordKind
from matcher.errors import ConfigurationError
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories import Transaction
from matcher.repositories.values import NOBODY, Verdict
from matcher.store import schema
from matcher.store.commitments import commitments_in
from matcher.store.log_head import START, Head, write_head
from matcher.store.seals import digest
from matcher.store.sql_store import SqlStore
from matcher.store.versions import downgrade
from tests.support import fresh, stores
from tests.support.fakes import FixedClock
from tests.support.records import TODAY, row
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
    fresh.migrate(store)
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
    fresh.migrate(plain)
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
    fresh.migrate(store)
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


REFUSALS = schema.audit_refused
HARMED: dict[str, tuple[Delete | Update | Insert, tuple[int, str]]] = {
    "a refusal of nobody": (REFUSALS.delete(), (5, "people")),
    "a refusal of somebody else": (REFUSALS.update().values(alumnus_key=5), (5, "people")),
    "another salt": (PEOPLE.update().where(PEOPLE.c.entry == 1).values(salt=bytes(16)), (1, "people")),
    "without its salt": (PEOPLE.update().where(PEOPLE.c.entry == 4).values(salt=None), (4, "people")),
    "another account": (PEOPLE.update().where(PEOPLE.c.entry == 2).values(account=9), (2, "people")),
    "no account": (PEOPLE.update().where(PEOPLE.c.entry == 2).values(account=None), (2, "people")),
}


@pytest.mark.parametrize("harmed", HARMED)
def test_no_entry_can_be_led_to_somebody_else(about: SqlStore, harmed: str) -> None:
    """Whom an entry is about is bound to it by its commitment: key, account and salt."""
    note(about, refused=[stores.key_of(about, RecordKind.ALUMNI, "A-1", "Noord")])
    assert wrong(about) == (None, None)
    statement, expected = HARMED[harmed]
    harm(about, statement)
    assert wrong(about) == expected


def test_a_row_of_another_alumnus_is_noticed(about: SqlStore) -> None:
    """An alumnus in an entry cannot be changed for another one."""
    third = added(about, "A-3", "Zuid")
    assert wrong(about) == (None, None)
    harm(about, PEOPLE.update().where(PEOPLE.c.entry == 4).values(alumnus_key=third))
    assert wrong(about) == (4, "people")


def test_an_entry_about_somebody_is_no_refusal(about: SqlStore) -> None:
    """Nobody is hidden from what was done with them by being stored as one who was not opened."""
    with about._database.reading() as connection:
        (stored,) = connection.execute(select(PEOPLE).where(PEOPLE.c.entry == 4)).mappings().all()
    moved = {name: stored[name] for name in ("alumnus_key", "entry", "salt")}
    harm(about, PEOPLE.delete().where(PEOPLE.c.entry == 4), REFUSALS.insert().values(moved))
    assert wrong(about) == (4, "people")


@pytest.mark.parametrize("stripped", STRIPPED)
def test_whom_an_entry_is_about_cannot_be_taken_away(about: SqlStore, stripped: str) -> None:
    """Emptying or changing the tables by which alumni and schools find their entries shows in the verdict."""
    statement, expected = STRIPPED[stripped]
    harm(about, statement)
    assert wrong(about) == expected


def test_an_erasure_is_no_harm(about: SqlStore) -> None:
    """The rows of an erased alumnus go with the alumnus, and the log is sound all the same."""
    key = stores.key_of(about, RecordKind.ALUMNI, "A-2", "Zuid")
    writing(about).people.erase(key, [])
    note(about)
    assert wrong(about) == (None, None)


def details_of(store: SqlStore, number: int) -> str:
    with store._database.reading() as connection:
        return connection.execute(select(AUDIT.c.details).where(AUDIT.c.id == number)).scalar_one()


def test_an_entry_holds_no_key_and_no_two_are_alike(about: SqlStore) -> None:
    """Neither of an alumnus nor of their account; the same one is written otherwise in every entry."""
    north = stores.key_of(about, RecordKind.ALUMNI, "A-1", "Noord")
    note(about, by=Asker(8, Role.ALUMNUS, "Noord", north), alumnus=north)
    stored = [details_of(about, number) for number in range(1, 6)]
    assert not any(str(north) in details for details in stored)
    with about._database.reading() as connection:
        assert set(connection.execute(select(AUDIT.c.actor).where(AUDIT.c.role == "alumnus")).scalars()) == {None}
    written = [text for details in stored for text in commitments_in(details)]
    assert len(written) == len(set(written)) == 6
    (own, *_) = stores.log(about)
    assert (own.actor, own.details) == (8, {"alumnus": north})


def test_who_is_gone_before_the_entry_is_written_stands_in_none(about: SqlStore) -> None:
    """A ranking of a moment ago may list somebody who was erased meanwhile: no key of theirs enters the log."""
    key = stores.key_of(about, RecordKind.ALUMNI, "A-2", "Zuid")
    writing(about).people.erase(key, [])
    note(about, query=1, shown=[[key, 0.5]], candidate=key)
    note(about, purpose="alumnus", query=key, shown=[[2**40, 0.5]])
    note(about, refused=[key])
    told = [dict(entry.details) for entry in stores.log(about, limit=3)]
    assert told == [
        {"refused": []},
        {"purpose": "alumnus", "query": NOBODY, "shown": [[2**40, 0.5]]},
        {"query": 1, "shown": [[NOBODY, 0.5]], "candidate": NOBODY},
    ]
    with about._database.reading() as connection:
        for table in (AUDIT, REFUSALS, PEOPLE):
            assert str(key) not in str(connection.execute(select(table)).all())
    assert wrong(about) == (None, None)


def test_a_refusal_shows_nobody_to_others(about: SqlStore) -> None:
    """Neither another school nor an alumnus whom the entry is about reads who else was not opened, erased or not."""
    north = stores.key_of(about, RecordKind.ALUMNI, "A-1", "Noord")
    south = stores.key_of(about, RecordKind.ALUMNI, "A-2", "Zuid")
    third = added(about, "A-3", "Zuid")
    note(about, by=Asker(9, Role.ADVISER, None), refused=[south, third])
    note(about, by=Asker(8, Role.ALUMNUS, "Noord", north), refused=[third])
    for erased in (None, south):
        if erased:
            writing(about).people.erase(erased, [])
        log = reading(about).audit
        assert {entry.id: entry.details for entry in log.page("Noord")}[5] == {"refused": []}
        assert log.about(north)[0].details == {"refused": [NOBODY]}
        whole = log.entry(5)
        assert whole is not None
        assert third in whole.details["refused"]


def test_a_text_is_no_commitment(about: SqlStore) -> None:
    """However a school or a code is called, it takes no one's place."""
    note(about, school=f"who:{'0' * 32}")
    assert wrong(about) == (None, None)


@pytest.mark.parametrize("hidden_by", ["nothing", "an erasure", "another row", "forgetting"])
def test_an_erasure_hides_no_harm(about: SqlStore, clock: FixedClock, hidden_by: str) -> None:
    """A row that was taken away is noticed beside those that erasures take, and stays so whatever follows."""
    north = stores.key_of(about, RecordKind.ALUMNI, "A-1", "Noord")
    south = stores.key_of(about, RecordKind.ALUMNI, "A-2", "Zuid")
    third = added(about, "A-3", "Zuid")
    note(about, shown=[[north, 0.5], [third, 0.5]])
    writing(about).people.erase(south, [])
    clock.advance(timedelta(days=2))
    note(about, alumni=[north])
    assert wrong(about) == (None, None)
    newest = stores.log(about, limit=1)[0].id
    harm(about, PEOPLE.delete().where(PEOPLE.c.entry == newest))
    assert wrong(about) == (newest, "people")
    if hidden_by in {"another row", "forgetting"}:  # as if one more went with what follows
        harm(about, PEOPLE.insert().values(alumnus_key=third, entry=3, salt=bytes(16)))
    if hidden_by == "forgetting":
        writing(about).audit.forget(clock.now().replace(tzinfo=None) - timedelta(days=1))
        assert stores.log(about)[-1].id == newest
    elif hidden_by != "nothing":
        writing(about).people.erase(third, [])
    note(about)
    assert wrong(about)[1] == "people"


@pytest.mark.parametrize("table", [PEOPLE, REFUSALS], ids=["opened", "refused"])
def test_a_row_that_was_kept_takes_no_ones_place(about: SqlStore, table: Table) -> None:
    """A row of somebody erased, put back from a copy, does not make up for one that was taken away."""
    north = stores.key_of(about, RecordKind.ALUMNI, "A-1", "Noord")
    south = stores.key_of(about, RecordKind.ALUMNI, "A-2", "Zuid")
    for key in (south, north):
        note(about, **({"alumni": [key]} if table is PEOPLE else {"refused": [key]}))
    with about._database.reading() as connection:
        kept = dict(connection.execute(select(table).where(table.c.entry == 5)).mappings().one())
    writing(about).people.erase(south, [])
    assert wrong(about) == (None, None)
    harm(about, table.delete().where(table.c.entry == 6))
    plain = create_engine(about._database.url)
    with plain.begin() as connection:  # whoever writes past the program need not heed foreign keys
        if not about._database.is_sqlite:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(table.insert().values(kept))
    plain.dispose()
    assert wrong(about) == (5, "people")


@pytest.mark.parametrize("removed", ["an entry", "the first", "a commitment"])
def test_what_is_removed_for_its_age_hides_no_harm(about: SqlStore, clock: FixedClock, removed: str) -> None:
    """Old entries that are changed before they go do not make up for a row that was taken from one that stays."""
    north = stores.key_of(about, RecordKind.ALUMNI, "A-1", "Noord")
    south = stores.key_of(about, RecordKind.ALUMNI, "A-2", "Zuid")
    clock.advance(timedelta(days=2))
    note(about, alumni=[north])
    writing(about).people.erase(south, [])
    assert wrong(about) == (None, None)
    old = AUDIT.c.id == (1 if removed == "the first" else 4)
    harm(about, PEOPLE.delete().where(PEOPLE.c.entry == 5))
    harm(
        about,
        AUDIT.update().where(old).values(details="{}") if removed == "a commitment" else AUDIT.delete().where(old),
    )
    assert writing(about).audit.forget(clock.now().replace(tzinfo=None) - timedelta(days=1))
    assert wrong(about)[1] == "people"
    note(about, alumni=[north])
    assert wrong(about)[1] == "people"


def test_a_clock_that_is_behind_leaves_no_gap(about: SqlStore, clock: FixedClock) -> None:
    """Entries are removed from the beginning only, also if a later one was written by a server with an earlier time."""
    clock.advance(timedelta(days=2))
    note(about)
    clock.advance(timedelta(days=-1, hours=-1))
    note(about)
    clock.advance(timedelta(days=1, hours=1))
    note(about)
    assert writing(about).audit.forget(clock.now().replace(tzinfo=None) - timedelta(days=1)) == 4
    assert wrong(about) == (None, None)


def test_a_log_that_was_broken_is_sound_once_that_is_gone(about: SqlStore, clock: FixedClock) -> None:
    """When neither the changed entry remains nor an erasure that may have taken from it, nothing is unknown."""
    writing(about).people.erase(stores.key_of(about, RecordKind.ALUMNI, "A-2", "Zuid"), [])
    harm(about, AUDIT.update().where(AUDIT.c.id == 4).values(details="{}"))
    assert wrong(about) == (4, "entry")
    clock.advance(timedelta(days=2))
    note(about)
    writing(about).audit.forget(clock.now().replace(tzinfo=None) - timedelta(days=1))
    assert wrong(about) == (None, None)


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_what_erasures_take_is_always_known(data: st.DataObject) -> None:
    """Whatever is noted, erased and forgotten, in whatever order, the log verifies; and no row can be taken then."""
    clock = FixedClock(TODAY)
    with TemporaryDirectory() as folder:
        store = SqlStore(f"sqlite:///{folder}/log.db", clock)
        fresh.migrate(store)
        here = [added(store, f"A-{number}") for number in range(5)]
        for _ in range(data.draw(st.integers(3, 12))):
            match data.draw(st.sampled_from(["note", "act", "refuse", "erase", "forget"])):
                case "erase" if here:
                    writing(store).people.erase(here.pop(), [])
                case "forget":
                    clock.advance(timedelta(days=data.draw(st.integers(0, 2))))
                    writing(store).audit.forget(clock.now().replace(tzinfo=None) - timedelta(days=1))
                case "act" if here:
                    note(store, by=Asker(8, Role.ALUMNUS, "Noord", here[0]), alumnus=here[0])
                case "refuse":
                    note(store, refused=here[-2:])
                case _:
                    note(store, shown=[[key, 0.5] for key in here])
            clock.advance(timedelta(hours=data.draw(st.integers(0, 30))))
            assert wrong(store) == (None, None)
        with store._database.reading() as connection:
            rows = connection.execute(select(PEOPLE.c.entry, PEOPLE.c.alumnus_key)).all()
        if rows:
            entry, key = data.draw(st.sampled_from(sorted(map(tuple, rows))))
            harm(store, PEOPLE.delete().where(PEOPLE.c.entry == entry, PEOPLE.c.alumnus_key == key))
            assert wrong(store)[1] == "people"
            if here:
                writing(store).people.erase(here.pop(), [])
            clock.advance(timedelta(hours=23))
            note(store)
            writing(store).audit.forget(clock.now().replace(tzinfo=None) - timedelta(days=1))
            assert wrong(store)[1] == "people"
        store.close()


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
