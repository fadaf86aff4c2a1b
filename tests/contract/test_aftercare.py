"""The register of aftercare on both databases: no line is lost, and no objection over merges and back-ups."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from matcher.domain.aftercare import AftercareContact, CaseState, How, Outcome, counting
from matcher.domain.records import Pathway, Qualification, RecordKind
from matcher.errors import InvalidValue
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import aftercare
from matcher.services.app import WithoutEngine
from matcher.store.journal import Journal
from matcher.store.sql_store import SqlStore
from tests.contract.test_backups import Site
from tests.support import fresh, stores
from tests.support.fakes import FixedClock
from tests.support.records import SCHOOL, TODAY
from tests.support.region import ALUMNI as REGION
from tests.support.stores import reading, writing

ALUMNI = RecordKind.ALUMNI
COORDINATOR = Asker(77, Role.COORDINATOR, SCHOOL)
WRITERS, ROUNDS = 8, 10
ACTIONS = ("aftercare.object", "aftercare.write", "aftercare.decide")


def add(store: SqlStore, *numbers: str, school: str = SCHOOL, **values: object) -> list[int]:
    rows = [Upsert(row, number, school, values) for row, number in enumerate(numbers, 2)]
    stores.upsert(store, ALUMNI, rows)
    return [stores.key_of(store, ALUMNI, number, school) for number in numbers]


def called(key: int, outcome: Outcome = Outcome.NO_CONTACT, days: int = 0) -> AftercareContact:
    return AftercareContact(key, TODAY - timedelta(days=days), How.PHONE, outcome)


def test_a_line_is_read_as_it_was_written(store: SqlStore, clock: FixedClock) -> None:
    """With who wrote it, oldest first; no revision comes of it, and an unknown alumnus is refused."""
    one, other = add(store, "A-1", "A-2")
    revisions = stores.revision(store)
    agreed = AftercareContact(one, TODAY, How.MEETING, Outcome.NEITHER, TODAY + timedelta(days=9))
    second = writing(store, COORDINATOR).aftercare.add(agreed)
    first = writing(store).aftercare.add(called(one, days=3))
    clock.advance(timedelta(minutes=1))
    third = writing(store).aftercare.add(AftercareContact(one, TODAY, corrects=second))
    lines = reading(store).aftercare.contacts(one, other)
    assert [line.key for line in lines] == [first, second, third]
    assert (lines[1].how, lines[1].outcome, lines[1].again_on, lines[1].actor, lines[1].role) == (
        How.MEETING, Outcome.NEITHER, TODAY + timedelta(days=9), 77, "coordinator",
    )  # fmt: skip
    assert (lines[0].actor, lines[0].role, lines[0].corrects) == (None, "command_line", None)
    assert [line.key for line in counting(lines)] == [first]
    assert reading(store).aftercare.people() == [one]
    assert stores.revision(store) == revisions
    with pytest.raises(KeyError):
        writing(store).aftercare.add(called(17))


def test_who_may_have_left_is_found_by_day_or_year(store: SqlStore) -> None:
    """Of the school that is asked for; a stated day goes before the year of a course."""
    cook = Qualification("25180", "Kok", 2, Pathway.BOL, TODAY.year - 1)
    since = TODAY - timedelta(days=365)
    (by_day,) = add(store, "A-1", left_on=since)
    (by_year,) = add(store, "A-2", qualifications=(Qualification(name="Bakker", year=2001), cook))
    add(store, "A-3", left_on=since - timedelta(days=1), qualifications=(cook,))
    add(store, "A-4", qualifications=(Qualification(name=f"Kok {TODAY.year}]", year=2001),))
    add(store, "A-5")
    (elsewhere,) = add(store, "A-6", school="Elders", qualifications=(cook,))
    assert set(reading(store).aftercare.leavers(since, SCHOOL)) == {by_day, by_year}
    assert set(reading(store).aftercare.leavers(since)) == {by_day, by_year, elsewhere}


@pytest.mark.parametrize("writers", [2, WRITERS])
def test_people_who_write_at_once_lose_nothing(
    store: SqlStore, database_url: str, clock: FixedClock, writers: int
) -> None:
    """Each line of each of them is there once."""
    (key,) = add(store, "A-1")
    begin = threading.Barrier(writers)

    def work(number: int) -> list[int]:
        own = SqlStore(database_url, clock)
        by = Asker(100 + number, Role.COORDINATOR, SCHOOL)
        begin.wait(60)
        keys = [writing(own, by).aftercare.add(called(key, days=turn)) for turn in range(ROUNDS)]
        own.close()
        return keys

    with ThreadPoolExecutor(writers) as pool:
        written = [one for keys in pool.map(work, range(writers)) for one in keys]
    lines = reading(store).aftercare.contacts(key)
    assert sorted(line.key for line in lines) == sorted(written)
    assert {line.actor for line in lines} == {100 + number for number in range(writers)}


def test_no_contact_follows_an_objection(store: SqlStore, database_url: str, clock: FixedClock) -> None:
    """Whoever writes at the same moment is either before it, or refused; and two who decide do not both."""
    (key,) = add(store, "A-1", left_on=TODAY - timedelta(days=50))
    begin = threading.Barrier(3)
    entry = aftercare.Entry(How.PHONE, Outcome.NO_CONTACT)

    def work(number: int) -> int:
        own = SqlStore(database_url, clock)
        app, by, done = WithoutEngine(own, clock), Asker(100 + number, Role.COORDINATOR, SCHOOL), 0
        begin.wait(60)
        for _ in range(ROUNDS):
            if number == 0:
                aftercare.object_to(app, by, objects=True, alumnus_id="A-1")
            else:
                with suppress(InvalidValue):
                    aftercare.add(app, by, "A-1", entry)
                    done += 1
        begin.wait(60)
        if number:
            with suppress(InvalidValue):
                aftercare.decide(app, by, "A-1", upheld=False, because=f"door {number}")
                done += 1000
        own.close()
        return done

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(work, range(3)))
    entries = {action: [one.id for one in stores.log(store, limit=500) if one.action == action] for action in ACTIONS}
    (objected,) = entries["aftercare.object"]
    assert all(number < objected for number in entries["aftercare.write"])
    assert len(entries["aftercare.write"]) == len(reading(store).aftercare.contacts(key)) == sum(done) % 1000
    assert len(entries["aftercare.decide"]) == sum(done) // 1000 == 1


def test_one_objection_stands_at_a_time(store: SqlStore, clock: FixedClock) -> None:
    """Open until a person decides; upheld it stays until it is withdrawn, rejected one may object again."""
    one, other = add(store, "A-1", "A-2")
    cases = writing(store, COORDINATOR).aftercare_cases
    assert [cases.object(one, said) for said in ("liever niet", "nog eens")] == [True, False]
    assert not cases.settle(other, CaseState.UPHELD)
    clock.advance(timedelta(days=1))
    assert cases.settle(one, CaseState.REJECTED, "we bellen één keer")
    assert not cases.settle(one, CaseState.UPHELD), "decided once"
    assert cases.object(one)
    assert [case.alumnus_key for case in reading(store).aftercare_cases.open(SCHOOL)] == [one]
    assert reading(store).aftercare_cases.open("Elders") == []
    assert cases.settle(one, CaseState.UPHELD)
    assert not cases.object(one)
    assert [cases.settle(one, CaseState.WITHDRAWN) for _ in range(2)] == [True, False]
    first, second = reading(store).aftercare_cases.of(one, other)
    assert (first.state, first.said, first.because, first.actor) == (
        CaseState.REJECTED, "liever niet", "we bellen één keer", 77,
    )  # fmt: skip
    assert first.decided_at == first.made_at + timedelta(days=1)
    assert second.state is CaseState.WITHDRAWN
    with pytest.raises(KeyError):
        cases.object(17)


def test_who_is_in_the_register_is_not_taken_back_with_an_import(store: SqlStore) -> None:
    """As of anybody of whom something happened since."""
    import_id = writing(store).imports.begin(ALUMNI, SCHOOL, "in.xlsx")
    rows = [Upsert(row, f"A-{row}", SCHOOL, {"town": "Zwolle"}) for row in (2, 3, 4)]
    writing(store).imports.upsert(ALUMNI, rows, import_id=import_id)
    reached, objecting, _ = [stores.key_of(store, ALUMNI, f"A-{row}") for row in (2, 3, 4)]
    writing(store).aftercare.add(called(reached))
    writing(store).aftercare_cases.object(objecting)
    undone = writing(store).imports.undo(import_id)
    assert (undone.removed, {one.id for one in undone.left}) == (1, {"A-2", "A-3"})


def test_a_merge_keeps_the_lines_of_both_and_an_undo_parts_them(store: SqlStore) -> None:
    """What came since stays with the one who stayed, but an objection counts for both."""
    kept, gone = add(store, "A-1", "A-2")
    own, theirs = (writing(store).aftercare.add(called(key)) for key in (kept, gone))
    merge = writing(store).duplicates.merge(kept, gone, {})
    assert {line.key for line in reading(store).aftercare.contacts(kept)} == {own, theirs}
    since = writing(store).aftercare.add(called(kept, Outcome.WORK))
    assert writing(store).aftercare_cases.object(kept, "stop")
    writing(store).merges.undo(merge)
    assert {line.key for line in reading(store).aftercare.contacts(kept)} == {own, since}
    assert {line.key for line in reading(store).aftercare.contacts(gone)} == {theirs}
    assert {case.alumnus_key for case in reading(store).aftercare_cases.open()} == {kept, gone}


def test_each_keeps_its_own_objection(store: SqlStore) -> None:
    """Two that stood before a merge are each one's own again; while they are one, one decision is about both."""
    kept, gone = add(store, "A-1", "A-2")
    for key in (kept, gone):
        assert writing(store).aftercare_cases.object(key)
    merge = writing(store).duplicates.merge(kept, gone, {})
    assert writing(store).aftercare_cases.settle(kept, CaseState.REJECTED, "nodig")
    writing(store).merges.undo(merge)
    states = {case.alumnus_key: case.state for case in reading(store).aftercare_cases.of(kept, gone)}
    assert states == {kept: CaseState.REJECTED, gone: CaseState.REJECTED}


def test_the_erased_have_no_line_left(store: SqlStore) -> None:
    """Nor an objection; of the others everything stays."""
    one, other = add(store, "A-1", "A-2")
    for key in (one, other):
        writing(store).aftercare.add(called(key))
        writing(store).aftercare_cases.object(key, "bezwaar")
    writing(store).people.erase(one, [])
    assert reading(store).aftercare.people() == [other]
    assert reading(store).aftercare.contacts(one) == []
    assert writing(store).aftercare.forget([other], cases=False) == 1
    assert [case.alumnus_key for case in reading(store).aftercare_cases.of(other)] == [other]
    assert writing(store).aftercare.forget([other], cases=True) == 1
    assert reading(store).aftercare.people() == []


def test_what_is_said_of_an_objection_is_encrypted(database_url: str) -> None:
    """By who objects and by who decides; with the keys of contact details, and again with a new one."""
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    store = SqlStore(database_url, FixedClock(TODAY), (old,))
    fresh.migrate(store)
    store.check_keys()
    (key,) = add(store, "A-1")
    writing(store).aftercare_cases.object(key, "geheimverhaal")
    writing(store).aftercare_cases.settle(key, CaseState.REJECTED, "geheimbesluit")
    store.close()
    store = SqlStore(database_url, FixedClock(TODAY), (new, old))
    with store._database.reading() as connection:
        assert "geheim" not in str(connection.exec_driver_sql("SELECT said, because FROM aftercare_cases").all())
    assert store.reseal(by=COMMAND_LINE) > 0
    store.close()
    store = SqlStore(database_url, FixedClock(TODAY), (new,))
    (case,) = reading(store).aftercare_cases.of(key)
    assert (case.said, case.because) == ("geheimverhaal", "geheimbesluit")
    store.close()


def test_an_objection_survives_a_restored_back_up(database_url: str, tmp_path: Path) -> None:
    """Made since, it is open again, also where it was upheld; withdrawn or rejected since, nobody objects."""
    site = Site(database_url, tmp_path, FixedClock(TODAY), Journal(tmp_path / "journal"))
    fresh.migrate(site.store)
    stores.upsert(site.store, ALUMNI, [row for row in REGION if row.owner == "Noord"])
    cases = writing(site.store).aftercare_cases
    file = site.back_up()
    for number in ("A-1", "A-2", "A-3", "A-4"):
        assert cases.object(site.key(number))
    cases.settle(site.key("A-2"), CaseState.UPHELD)
    cases.settle(site.key("A-3"), CaseState.REJECTED)
    cases.settle(site.key("A-4"), CaseState.WITHDRAWN)
    site.restore(file)
    assert {case.alumnus_key for case in reading(site.store).aftercare_cases.open()} == {
        site.key("A-1"),
        site.key("A-2"),
    }
    assert reading(site.store).aftercare_cases.of(site.key("A-3"), site.key("A-4")) == []
    assert reading(site.store).consents.objections() == {}, "which is another objection"
    site.store.close()


def test_a_line_outlives_a_change_of_the_record(store: SqlStore) -> None:
    """A list with another day of leaving changes no contact."""
    (key,) = add(store, "A-1", left_on=date(2026, 7, 1))
    line = writing(store).aftercare.add(called(key))
    add(store, "A-1", left_on=date(2026, 12, 31))
    assert [one.key for one in reading(store).aftercare.contacts(key)] == [line]
