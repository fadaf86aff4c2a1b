"""Who was asked for a first yes, who came in by a door and when facts were confirmed: on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Text, select, type_coerce

from matcher.domain.first_yes import LeftOut, left_out
from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE
from matcher.repositories.values import Upsert
from matcher.store import schema
from matcher.store.sql_store import SqlStore
from tests.support import fresh, stores
from tests.support.fakes import FixedClock
from tests.support.records import SCHOOL, TODAY
from tests.support.stores import reading, upsert, writing

ALUMNI = RecordKind.ALUMNI
MAIL = "Sanne@Voorbeeld.example"
DETAILS = {"first_name": "Zeldzaamvoornaam", "number": "12"}


def add(store: SqlStore, *numbers: str, **values: object) -> list[int]:
    upsert(store, ALUMNI, [Upsert(row, number, SCHOOL, values) for row, number in enumerate(numbers, 2)])
    return [stores.key_of(store, ALUMNI, number) for number in numbers]


def test_each_alumnus_is_asked_once(store: SqlStore, clock: FixedClock) -> None:
    """A second time is refused, in any campaign; what is put is read, and of who is gone nothing."""
    one, other = add(store, "A-1", "A-2")
    campaign = writing(store).campaigns.begin(SCHOOL)
    writing(store).campaigns.add(campaign, [one])
    with pytest.raises(KeyError):
        writing(store).campaigns.add(None, [other, one])
    with pytest.raises(KeyError):
        writing(store).campaigns.add(None, [17])
    assert reading(store).campaigns.of(other) is None
    clock.advance(timedelta(days=3))
    writing(store).campaigns.put(one, sent_on=clock.today(), agreed=5)
    (ask,) = reading(store).campaigns.all(SCHOOL)
    assert (ask.written_on, ask.sent_on, ask.reminded_on, ask.agreed) == (TODAY, clock.today(), None, 5)
    assert reading(store).campaigns.all("Elders") == []
    assert [entry.key for entry in reading(store).campaigns.listed(SCHOOL)] == [campaign]
    writing(store).people.erase(one, [])
    assert reading(store).campaigns.all() == []


def test_an_import_of_who_was_asked_is_not_taken_back(store: SqlStore) -> None:
    """As of anybody who was asked something since; the same of who confirmed facts."""
    import_id = writing(store).imports.begin(ALUMNI, SCHOOL, "in.xlsx")
    rows = [Upsert(row, f"A-{row}", SCHOOL, {"town": "Zwolle"}) for row in (2, 3, 4)]
    writing(store).imports.upsert(ALUMNI, rows, import_id=import_id)
    asked, confirmed, _ = [stores.key_of(store, ALUMNI, f"A-{row}") for row in (2, 3, 4)]
    writing(store).campaigns.add(None, [asked])
    writing(store).facts.confirm(confirmed, ["town"])
    undone = writing(store).imports.undo(import_id)
    assert (undone.removed, {one.id for one in undone.left}) == (1, {"A-2", "A-3"})


def test_students_are_those_who_have_not_left(store: SqlStore, clock: FixedClock) -> None:
    """Until the day of leaving, which is no longer counted."""
    add(store, "A-1", "A-2", left_on=TODAY + timedelta(days=1))
    add(store, "A-3", left_on=TODAY)
    add(store, "A-4")
    assert reading(store).campaigns.students(SCHOOL) == 2
    assert reading(store).campaigns.students("Elders") == 0
    clock.advance(timedelta(days=1))
    assert reading(store).campaigns.students() == 0


def test_a_newcomer_is_found_by_the_newest_link_alone(store: SqlStore, clock: FixedClock) -> None:
    """And by none from before a moment; the secret itself is stored nowhere."""
    door = writing(store).doors.open(SCHOOL, "Kok", date(2027, 7, 1))
    key = writing(store).newcomers.add(door.code, MAIL, DETAILS)
    first, second = (writing(store).newcomers.new_secret(key) for _ in range(2))
    before = clock.now() - timedelta(seconds=1)
    assert reading(store).newcomers.find(first, before) is None
    found = reading(store).newcomers.find(second, before)
    assert (found.email, dict(found.details), found.door) == (MAIL, DETAILS, door.code)
    assert reading(store).newcomers.find(second, clock.now()) is None
    assert reading(store).newcomers.waiting(before, email=MAIL.upper()) == 1
    with store._database.reading() as connection:
        assert second not in str(connection.execute(select(schema.newcomers)).all())
    waiting = reading(store).newcomers.waiting
    assert (waiting(before), waiting(before, door=door.code), waiting(before, door="x"), waiting(clock.now())) == (
        1,
        1,
        0,
        0,
    )
    assert writing(store).newcomers.new_secret(17) is None
    assert writing(store).newcomers.remove(before=clock.now()) == 1
    assert reading(store).newcomers.find(second, before) is None


def test_an_erasure_takes_who_waits_at_a_door_with_it(store: SqlStore) -> None:
    """Those with the address of the erased, in any spelling, and the mail to them; nobody else."""
    (key,) = add(store, "A-1", email=MAIL)
    door = writing(store).doors.open(SCHOOL, "", None)
    mine, other = (writing(store).newcomers.add(door.code, mail, DETAILS) for mail in (MAIL.lower(), "x@y.example"))
    for newcomer, mail in ((mine, MAIL), (other, "x@y.example")):
        writing(store).outbox.add(None, "door_confirm", link=f"door {newcomer}", address=mail, school=SCHOOL)
    assert not reading(store).newcomers.was_erased(SCHOOL, "A-1", MAIL)
    writing(store).people.erase(key, [])
    with store._database.reading() as connection:
        assert connection.execute(select(schema.newcomers.c.key)).scalars().all() == [other]
    assert [mail.address for mail in stores.mails(store)] == ["x@y.example"]
    erased = reading(store).newcomers.was_erased
    assert erased(SCHOOL, "", MAIL.upper())
    assert erased(SCHOOL, "a-1", "nieuw@voorbeeld.example")
    assert not erased("Elders", "A-1", "nieuw@voorbeeld.example")
    assert not erased(SCHOOL, "", "nieuw@voorbeeld.example")


def test_whom_a_newcomer_may_be_is_found_in_any_spelling(store: SqlStore) -> None:
    """By address and by number at the same school, and by the number from before a merge."""
    one, other = add(store, "0012", email=MAIL)[0], add(store, "A-9")[0]
    upsert(store, ALUMNI, [Upsert(2, "12", "Elders", {"email": MAIL})])
    like = reading(store).newcomers.like
    assert like(SCHOOL, "12", MAIL.upper()) == ([one], [one])
    assert like(SCHOOL, "a9", "geen@voorbeeld.example") == ([], [other])
    assert like(SCHOOL, "", MAIL) == ([one], [])
    writing(store).duplicates.merge(one, other, {})
    assert like(SCHOOL, "A-9", "geen@voorbeeld.example") == ([], [one])


def test_who_came_in_is_encrypted_and_encrypted_again(database_url: str) -> None:
    """With the first key, address and details; found after the key was changed."""
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    store = stores.open_store(database_url, old)
    fresh.migrate(store)
    door = writing(store).doors.open(SCHOOL, "", None)
    key = writing(store).newcomers.add(door.code, MAIL, DETAILS)
    secret = writing(store).newcomers.new_secret(key)
    store.close()
    store = stores.open_store(database_url, new, old)
    store.reseal(by=COMMAND_LINE)
    with store._database.reading() as connection:
        raw = connection.execute(
            select(type_coerce(schema.newcomers.c.email, Text), type_coerce(schema.newcomers.c.details, Text))
        ).one()
    store.close()
    assert "anne" not in str(raw)
    assert "Zeldzaam" not in str(raw)
    store = stores.open_store(database_url, new)
    since = reading(store)._run(lambda records: records.now) - timedelta(days=1)
    assert reading(store).newcomers.find(secret, since).email == MAIL
    assert reading(store).newcomers.waiting(since, email=MAIL) == 1
    store.close()


def test_what_a_person_corrects_is_confirmed_that_day(store: SqlStore, clock: FixedClock) -> None:
    """A fact by a correction too; another field confirms nothing."""
    (key,) = add(store, "A-1", function="kok", town="Zwolle")
    assert reading(store).facts.of(key) is None
    writing(store).people.correct(key, "function", "chef-kok")
    clock.advance(timedelta(days=2))
    writing(store).facts.confirm(key, ["town"])
    writing(store).people.correct(key, "needs", "leren")
    known = reading(store).facts.all(SCHOOL)[key]
    assert known.days == {"function": TODAY, "town": clock.today()}
    with pytest.raises(KeyError):
        writing(store).facts.confirm(17, ["town"])


def test_a_bounce_holds_until_there_is_another_address(store: SqlStore) -> None:
    """The same address in another spelling is none; asking again ends it."""
    (key,) = add(store, "A-1", email=MAIL)
    writing(store).facts.bounced(key)
    assert reading(store).facts.of(key).bounced_on == TODAY
    assert reading(store).facts.elsewhere() == frozenset()
    add(store, "A-1", email=MAIL.upper())
    assert reading(store).facts.elsewhere() == frozenset()
    add(store, "A-1", email="nieuw@voorbeeld.example")
    assert reading(store).facts.elsewhere() == {key}
    writing(store).facts.ask(key)
    assert (reading(store).facts.of(key).bounced_on, reading(store).facts.elsewhere()) == (None, frozenset())


def test_a_bounce_is_over_once_mail_arrives_at_that_address(store: SqlStore) -> None:
    """Mail at another address says nothing of the one that bounced."""
    (key,) = add(store, "A-1", email=MAIL)
    assert not writing(store).facts.arrived(key), "none came back"
    writing(store).facts.bounced(key)
    add(store, "A-1", email="nieuw@voorbeeld.example")
    assert not writing(store).facts.arrived(key)
    assert reading(store).facts.of(key).bounced_on == TODAY
    add(store, "A-1", email=MAIL.upper())
    assert writing(store).facts.arrived(key)
    assert reading(store).facts.of(key).bounced_on is None


def test_days_of_facts_follow_a_merge_and_go_back(store: SqlStore) -> None:
    """Who stays takes over those of the other where there are none, and keeps the own where there are."""
    one, other, third = add(store, "A-1", "A-2", "A-3", town="Zwolle")
    writing(store).facts.confirm(other, ["town"])
    first = writing(store).duplicates.merge(one, other, {})
    assert reading(store).facts.of(one).days == {"town": TODAY}
    writing(store).facts.confirm(third, ["function"])
    second = writing(store).duplicates.merge(one, third, {})
    assert reading(store).facts.of(one).days == {"town": TODAY}
    writing(store).merges.undo(second)
    assert reading(store).facts.of(third).days == {"function": TODAY}
    writing(store).merges.undo(first)
    assert reading(store).facts.of(one) is None
    assert reading(store).facts.of(other).days == {"town": TODAY}


def test_those_on_the_list_stand_in_order(store: SqlStore) -> None:
    """Whose mail bounces first, then whoever said least, then by number; whoever has none of the facts is not on it."""
    people: dict[str, dict[str, object]] = {
        "A-1": {"function": "kok", "town": "Zwolle"},
        "A-2": {"function": "kok"},
        "A-3": {"employer": "De Zon"},
        "A-4": {"sector": "horeca"},
        "A-5": {"town": "Zwolle"},
    }
    stores.upsert(store, ALUMNI, [Upsert(row, name, SCHOOL, one) for row, (name, one) in enumerate(people.items())])
    key = {name: stores.key_of(store, ALUMNI, name) for name in people}
    stores.write(store, lambda tx: tx.facts.confirm(key["A-1"], ["function"]))
    stores.write(store, lambda tx: tx.facts.confirm(key["A-2"], ["function"]))
    stores.write(store, lambda tx: tx.facts.bounced(key["A-5"]))
    listed = {one.alumnus_id: one.days for one in reading(store).facts.oldest(SCHOOL, 10)[0]}
    assert list(listed) == ["A-5", "A-1", "A-3", "A-2"]
    assert listed["A-1"] == {"function": TODAY, "town": None}
    assert listed["A-3"] == {"employer": None}
    some, total = reading(store).facts.oldest(None, 2, 1)
    assert ([one.alumnus_id for one in some], total) == (["A-1", "A-3"], 4)


def test_what_was_said_leaves_out_of_a_campaign(store: SqlStore) -> None:
    """As the rule has it for each alumnus by itself, before and after a change; a reading remembers it until then."""
    numbers = ("A-1", "A-2", "A-3", "A-4")
    stores.upsert(store, ALUMNI, [Upsert(row, number, SCHOOL, {}) for row, number in enumerate(numbers, 2)])
    stores.upsert(store, ALUMNI, [Upsert(2, "Z-1", "Elders", {})])
    keys = [stores.key_of(store, ALUMNI, number) for number in numbers]

    def alike() -> list[LeftOut | None]:
        found = reading(store).figures.left_out(SCHOOL)
        assert found == writing(store).figures.left_out(SCHOOL) == reading(store).figures.left_out(SCHOOL)
        there = [(reading(store).consents.of(key), reading(store).consents.objects_since(key)) for key in keys]
        assert [found[key] for key in keys] == [left_out(said, objects=since is not None) for said, since in there]
        assert len(found) == len(keys)
        return [found[key] for key in keys]

    assert alike() == [None] * 4
    writing(store).consents.state(keys[0], Purpose.MENTOR, given=True)
    assert alike() == [LeftOut.AGREED, None, None, None]
    writing(store).consents.state(keys[0], Purpose.MENTOR, given=False)
    writing(store).consents.state(keys[1], Purpose.MENTOR, given=True)
    writing(store).consents.set_objection(keys[2], objects=True)
    assert alike() == [LeftOut.WITHDREW, LeftOut.AGREED, LeftOut.OBJECTS, None]


def test_addresses_and_schools(store: SqlStore) -> None:
    """Who has no address, of a school or of all; the consents of some, or of all."""
    stores.upsert(store, ALUMNI, [Upsert(2, "A-1", SCHOOL, {"email": "a@x.example"}), Upsert(3, "A-2", SCHOOL, {})])
    stores.upsert(store, ALUMNI, [Upsert(2, "Z-1", "Elders", {})])
    one, two, other = (stores.key_of(store, ALUMNI, number) for number in ("A-1", "A-2", "Z-1"))
    assert reading(store).people.unreachable(SCHOOL) == {two: SCHOOL}
    assert reading(store).people.unreachable() == {two: SCHOOL, other: "Elders"}
    for key in (one, two, other):
        writing(store).consents.state(key, Purpose.MENTOR, given=True)
    assert {key for key, _ in reading(store).consents.all([one, other, 5])} == {one, other}
    assert {key for key, _ in reading(store).consents.all()} == {one, two, other}
