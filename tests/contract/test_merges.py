"""Two records of one person become one, and two again: nothing is lost, and nothing that was taken back revives."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from matcher.domain.aftercare import AftercareContact, How, Outcome
from matcher.domain.invitations import InvitationState
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.own_list import Reason as NotWanted
from matcher.domain.records import Alumnus, Qualification, RecordKind
from matcher.domain.talks import Appointment
from matcher.errors import InvalidValue
from matcher.policy import COMMAND_LINE, Role
from matcher.repositories import Transaction
from matcher.repositories.values import Side, Unmerged, Upsert
from matcher.store import schema
from matcher.store.consent_rules import IMPORT, PERSON, RETENTION, Held
from matcher.store.merge_rules import MERGED_FIELDS, merged_consents
from matcher.store.sql_store import SqlStore
from tests.contract.test_undo import tables
from tests.support import stores
from tests.support.records import FULL, FULL_ALUMNUS, LEAST, SCHOOL, TODAY
from tests.support.stores import reading, upsert, writing

ALUMNI = RecordKind.ALUMNI
TWINS = {
    "first_name": "Noor",
    "last_name": "van den Berg",
    "qualifications": (Qualification(crebo="25655", year=2014),),
}


def test_a_pair_is_not_lost_among_namesakes(store: SqlStore) -> None:
    """Years are compared before pairs are counted: many of one name and other years hide nobody."""
    others: dict[str, dict[str, Any]] = {
        f"A-{year}": TWINS | {"qualifications": (Qualification(crebo="25655", year=year),)}
        for year in range(1990, 2015)
    }
    add(store, **others, **{"Z-1": TWINS, "Z-2": TWINS})
    found = [(pair.first, pair.second) for pair in reading(store).duplicates.pairs(SCHOOL, 3)]
    assert ("Z-1", "Z-2") in found


def add(store: SqlStore, **people: dict[str, Any]) -> list[int]:
    """Alumni by number; their random keys."""
    rows = [Upsert(row, number, SCHOOL, values) for row, (number, values) in enumerate(people.items(), 2)]
    upsert(store, ALUMNI, rows)
    return [stores.key_of(store, ALUMNI, number) for number in people]


def merge(store: SqlStore, kept: int, gone: int, **chosen: Side) -> str:
    return str(writing(store).duplicates.merge(kept, gone, chosen))


def undo(store: SqlStore, merge_id: str) -> Unmerged:
    done = writing(store).merges.undo(merge_id)
    assert isinstance(done, Unmerged)
    return done


def one(store: SqlStore, key: int) -> Alumnus:
    (record,) = reading(store).records.by_key(ALUMNI, [key]).values()
    assert isinstance(record, Alumnus)
    return record


def used(store: SqlStore, key: int) -> None:
    """Everything that can hang on an alumnus."""
    upsert(store, RecordKind.REQUESTS, [Upsert(2, "R-1", SCHOOL, LEAST[RecordKind.REQUESTS])])
    request = stores.key_of(store, RecordKind.REQUESTS, "R-1")
    stores.add_to_ledger(store, LedgerLine(key, request, LedgerEvent.ASKED, TODAY))
    account = writing(store).accounts.save("x", f"urn:{key}", Role.ALUMNUS, SCHOOL, key)
    writing(store).sessions.open(account.key)
    writing(store).outbox.add(key, "email_changed", address="old@x.example", values={})
    writing(store).links.new(key, "reply 1", timedelta(days=1))
    writing(store).conflicts.declare(request, key)
    for hours in (2, 3):
        calendar = writing(store).calendars.add(key, "subscription", "https://agenda.example/1.ics")
        evening = (datetime(2027, 3, 2, 18, tzinfo=UTC), datetime(2027, 3, 2, 18 + hours, tzinfo=UTC))
        next_day = (evening[0] + timedelta(days=1), evening[1] + timedelta(days=1))
        writing(store).calendars.put(calendar, [evening, next_day], events=2, remarks={})
    writing(store).people.correct(key, "email", f"new{key}@x.example")
    writing(store).consents.state(key, Purpose.MENTOR, given=False)
    writing(store).consents.set_objection(key, objects=True)
    writing(store).mail_stops.add(key, "everything")
    writing(store).digests.choose(key)
    writing(store).closed_addresses.close(f"new{key}@x.example", "5.1.1")
    writing(store).inbox.doubt(key, request, "doubt", "eigen woorden")
    writing(store).aftercare.add(AftercareContact(key, TODAY, How.PHONE, Outcome.WORK))
    writing(store).aftercare_cases.object(key, "eigen bezwaar")
    upsert(store, RecordKind.OFFERINGS, [Upsert(2, "C-1", "Leerhuis", LEAST[RecordKind.OFFERINGS])])
    course = stores.key_of(store, RecordKind.OFFERINGS, "C-1")
    writing(store).talks.new(key)
    writing(store).appointments.add(Appointment(0, key, 7, evening[0], "thuiszorg"))
    writing(store).shortlists.put(key, course, "eigen notitie")
    writing(store).not_for_me.add(key, NotWanted.TOO_FAR, offering_key=course)
    writing(store).disputes.open(key, request, None, "eigen vraag")
    writing(store).own_meanings.say(key, "lassen", "https://concept.example/1", confirmed=False)
    store.write(lambda tx: tx.note("looked", {"alumnus": key}), by=COMMAND_LINE)


def test_pairs_have_their_reasons(store: SqlStore) -> None:
    """Address, phone, number but for marks, name with year; not name alone, not another school, not two people."""
    people: dict[str, dict[str, Any]] = {
        "A-1": {"email": "a@x.example", "phone": "06-12345678"},
        "A-2": {"email": "A@X.example"},
        "A-3": {"phone": "+31 6 12345678"},
        "0007": {},
        "7": {},
        "B-1": TWINS,
        "B-2": {**TWINS, "first_name": "NOOR"},
        "B-3": {**TWINS, "qualifications": (Qualification(crebo="25655", year=2020),)},
    }
    add(store, **people)
    upsert(store, ALUMNI, [Upsert(2, "Z-1", "Elders", people["A-1"])])
    found = {(pair.first, pair.second): pair.because for pair in reading(store).duplicates.pairs(SCHOOL)}
    assert found == {
        ("A-1", "A-2"): ("email",),
        ("A-1", "A-3"): ("phone",),
        ("0007", "7"): ("number",),
        ("B-1", "B-2"): ("name_year",),
    }
    keys = [stores.key_of(store, ALUMNI, number, SCHOOL) for number in ("A-2", "A-1")]
    assert writing(store).duplicates.differ(*keys) is True
    assert writing(store).duplicates.differ(*reversed(keys)) is False
    assert ("A-1", "A-2") not in {(pair.first, pair.second) for pair in reading(store).duplicates.pairs(SCHOOL)}
    assert reading(store).duplicates.pairs("Elders") == []


def test_remembered_pairs_are_those_of_now(store: SqlStore) -> None:
    """A reading remembers them, a transaction looks anew: alike after whatever changes alumni, and of whom left too."""
    left = TODAY.replace(year=TODAY.year - 1)
    one, two, twin, other = add(
        store,
        **{
            "A-1": {"email": "a@x.example"},
            "A-2": {"email": "a@x.example", "left_on": left},
            "B-1": TWINS,
            "B-2": TWINS,
        },
    )

    def alike() -> tuple[int, int]:
        now = writing(store)
        pairs, leavers = now.duplicates.pairs(SCHOOL), now.aftercare.leavers(left, SCHOOL)
        assert reading(store).duplicates.pairs(SCHOOL) == pairs == reading(store).duplicates.pairs(SCHOOL)
        assert (
            reading(store).aftercare.leavers(left, SCHOOL) == leavers == reading(store).aftercare.leavers(left, SCHOOL)
        )
        return len(pairs), len(leavers)

    assert alike() == (2, 1)
    writing(store).people.correct(one, "email", "b@x.example")
    assert alike() == (1, 1)
    done = merge(store, twin, other)
    assert alike() == (0, 1)
    undo(store, done)
    assert alike() == (1, 1)
    writing(store).duplicates.differ(twin, other)
    assert alike() == (0, 1)
    upsert(store, ALUMNI, [Upsert(2, "B-1", SCHOOL, {"left_on": left})])
    assert alike() == (0, 2)
    add(store, **{"C-1": {"email": "b@x.example"}})
    assert alike() == (1, 2)
    writing(store).people.erase(one, [])
    assert alike() == (0, 2)
    writing(store).people.erase(two, [])
    assert alike() == (0, 1)


def test_a_merge_keeps_what_both_have(store: SqlStore) -> None:
    """The kept one first, empty fields from the other, lists united; ledger, log, mail and links go along."""
    kept, gone = add(
        store,
        **{
            "A-1": {"town": "Zwolle", "skills": ("lassen",), "offers": frozenset({RequestKind.MENTOR})},
            "A-2": {**FULL_ALUMNUS, "town": "Kampen"},
        },
    )
    used(store, gone)
    looked = len(reading(store).audit.about(gone))
    merge(store, kept, gone)
    record, contact = one(store, kept), reading(store).people.contact(kept)
    assert (record.alumnus_id, record.town, record.employer) == ("A-1", "Zwolle", FULL_ALUMNUS["employer"])
    assert record.skills == ("lassen", *FULL_ALUMNUS["skills"])
    assert record.offers == {RequestKind.MENTOR, *FULL_ALUMNUS["offers"]}
    assert contact is not None
    assert contact.email == f"new{gone}@x.example"
    assert reading(store).people.stated_fields(kept) == {"email"}
    assert [line.event for line in reading(store).ledger.of(kept)] == [LedgerEvent.ASKED]
    assert len(reading(store).calendars.of(kept)) == 2
    assert [(end - start).seconds for start, end in reading(store).calendars.busy()[kept]] == [3 * 3600] * 2
    assert len(reading(store).audit.about(kept)) == looked + 1
    assert reading(store).consents.objects_since(kept) is not None
    assert reading(store).records.by_key(ALUMNI, [gone]) == {}
    assert reading(store).merges.number_of(SCHOOL, "A-2") == "A-1"
    assert reading(store).audit.verify().wrong is None


@pytest.mark.parametrize("kept_first", [True, False])
def test_an_undo_gives_both_back(store: SqlStore, *, kept_first: bool) -> None:
    """Every table is as before, the log verifies, and a second undo finds nothing."""
    keys = add(store, **{"A-1": FULL_ALUMNUS, "A-2": {"first_name": "Noor"}, "A-3": {}})
    used(store, keys[0])
    writing(store).duplicates.differ(keys[0], keys[2])
    before = tables(store)
    about = {key: len(reading(store).audit.about(key)) for key in keys}
    kept, gone = keys[:2] if kept_first else keys[1::-1]
    merge_id = merge(store, kept, gone)
    assert tables(store) != before
    assert undo(store, merge_id).left == ()
    assert tables(store) == before
    assert len(reading(store).audit.about(gone)) == about[gone] + 1  # the undo
    assert reading(store).audit.verify().wrong is None
    with pytest.raises(KeyError):
        undo(store, merge_id)


FIELDS = {name: st.sampled_from([None, FULL[ALUMNI][name]]) for name in ("email", "town", "skills", "qualifications")}
PERSON_ = st.fixed_dictionaries({**FIELDS, "last_name": st.sampled_from([None, "Berg", "Dijk"])})
SAID = st.lists(st.tuples(st.sampled_from(Purpose), st.booleans()), max_size=3)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.tuples(PERSON_, PERSON_),
    said=st.tuples(SAID, SAID),
    chosen=st.dictionaries(st.sampled_from(MERGED_FIELDS), st.sampled_from([Side.KEPT, Side.GONE])),
)
def test_merge_then_undo_is_nothing(
    store: SqlStore, people: tuple[Any, Any], said: tuple[Any, Any], chosen: dict[str, Side]
) -> None:
    """Whatever both hold and whatever is chosen: afterwards the database is what it was."""
    keys = add(store, **{"A-1": people[0], "A-2": people[1]})
    for key, words in zip(keys, said, strict=True):
        for purpose, given_ in words:
            writing(store).consents.state(key, purpose, given=given_)
    before = tables(store)
    assert undo(store, merge(store, *keys, **chosen)).left == ()
    assert tables(store) == before


def test_what_changed_since_stays_and_is_named(store: SqlStore) -> None:
    """A correction and a withdrawal after the merge: the field stays, and the withdrawal holds for both."""
    kept, gone = add(store, **{"A-1": {"town": "Zwolle"}, "A-2": {"sector": "zorg", "town": "Kampen"}})
    for key in (kept, gone):
        writing(store).consents.state(key, Purpose.MENTOR, given=True)
    merge_id = merge(store, kept, gone)
    writing(store).people.correct(kept, "town", "Ommen")
    writing(store).consents.state(kept, Purpose.MENTOR, given=False)
    writing(store).consents.set_objection(kept, objects=True)
    assert undo(store, merge_id).left == ("mentor", "objection", "town")
    assert (one(store, kept).town, one(store, gone).town) == ("Ommen", "Kampen")
    assert (one(store, kept).sector, one(store, gone).sector) == (None, "zorg")
    for key in (kept, gone):
        (consent,) = reading(store).consents.of(key)
        assert consent.withdrawn_on is not None
        assert reading(store).consents.objects_since(key) is not None


def test_the_last_merge_is_undone_first(store: SqlStore) -> None:
    """Three records of one person: each undo gives one back, in order."""
    a, b, c = add(store, **{"A-1": {}, "A-2": {}, "A-3": {"town": "Ommen"}})
    before = tables(store)
    first = merge(store, b, c)
    second = merge(store, a, b)
    assert reading(store).merges.former_numbers(a) == ["A-2", "A-3"]
    with pytest.raises(InvalidValue) as refused:
        undo(store, first)
    assert refused.value.values["id"] == second
    undo(store, second)
    undo(store, first)
    assert tables(store) == before


def test_the_same_file_makes_no_second_person(store: SqlStore) -> None:
    """The former number is the person: both rows in one file change nothing, the former one alone changes them."""
    rows = [Upsert(2, "A-1", SCHOOL, {"town": "Zwolle"}), Upsert(3, "A-2", SCHOOL, {"town": "Kampen"})]
    upsert(store, ALUMNI, rows)
    kept, gone = (stores.key_of(store, ALUMNI, number) for number in ("A-1", "A-2"))
    merge(store, kept, gone)
    for given_rows in (rows, rows[::-1]):
        results = upsert(store, ALUMNI, given_rows)
        assert {(one.id, one.outcome) for one in results} == {("A-1", "unchanged")}
    assert one(store, kept).town == "Zwolle"
    (alone,) = upsert(store, ALUMNI, [Upsert(3, "A-2", SCHOOL, {"town": "Ommen"})])
    assert (alone.id, alone.outcome, one(store, kept).town) == ("A-1", "updated", "Ommen")
    assert reading(store).records.count(ALUMNI) == 1


@pytest.mark.parametrize("number", ["A-2", "0012"])
def test_what_is_foreseen_of_another_number_is_what_comes_of_it(store: SqlStore, number: str) -> None:
    """A row by a former number, or one with other zeros, changes the person who is there: no preview says otherwise."""
    kept, gone, _ = add(store, **{"A-1": TWINS, "A-2": {}, "12": TWINS})
    merge(store, kept, gone)
    rows = [Upsert(2, number, SCHOOL, {**TWINS, "function": "lasser", "skills": ("lassen",)})]
    (foreseen,) = reading(store).imports.preview(ALUMNI, rows)
    (done,) = upsert(store, ALUMNI, rows)
    assert (foreseen.id, foreseen.outcome) == (done.id, done.outcome)
    assert done.outcome == "updated"


def test_an_undo_of_the_import_leaves_the_merged(store: SqlStore) -> None:
    """The import that made both takes neither away, and names the one who is there."""
    rows = [Upsert(2, "A-1", SCHOOL, {"town": "Zwolle"}), Upsert(3, "A-2", SCHOOL, {"town": "Zwolle"})]
    import_id = str(writing(store).imports.begin(ALUMNI, SCHOOL, "list.xlsx"))
    writing(store).imports.upsert(ALUMNI, rows[1:], import_id=import_id)
    upsert(store, ALUMNI, rows[:1])
    kept, gone = (stores.key_of(store, ALUMNI, number) for number in ("A-1", "A-2"))
    merge(store, kept, gone)
    undone = writing(store).imports.undo(import_id)
    assert [(left.id, left.because) for left in undone.left] == [("A-1", "changed")]
    assert reading(store).records.count(ALUMNI) == 1


def test_an_undo_of_the_import_that_made_the_kept_one_leaves_the_merged(store: SqlStore) -> None:
    """Who was there before that import, and says no more than the one who came with it, is not removed with it."""
    (gone,) = add(store, **{"A-1": {"town": "Zwolle"}})
    import_id = str(writing(store).imports.begin(ALUMNI, SCHOOL, "list.xlsx"))
    rows = [Upsert(2, "A-2", SCHOOL, {"town": "Zwolle"})]
    writing(store).imports.upsert(ALUMNI, rows, import_id=import_id)
    kept = stores.key_of(store, ALUMNI, "A-2")
    merge_id = merge(store, kept, gone)
    later = [Upsert(2, "A-2", SCHOOL, {"sector": "zorg"})]
    writing(store).imports.upsert(ALUMNI, later, import_id=import_id)  # the same import goes on
    undo(store, merge_id)
    merge(store, kept, gone)
    undone = writing(store).imports.undo(import_id)
    assert [(left.id, left.because) for left in undone.left] == [("A-2", "changed")]
    assert reading(store).records.count(ALUMNI) == 1


def test_once_apart_an_import_is_taken_back_as_before(store: SqlStore) -> None:
    """A merge that was undone is in no import's way."""
    (gone,) = add(store, **{"A-1": {}})
    import_id = str(writing(store).imports.begin(ALUMNI, SCHOOL, "list.xlsx"))
    writing(store).imports.upsert(ALUMNI, [Upsert(2, "A-2", SCHOOL, {"town": "Ommen"})], import_id=import_id)
    undo(store, merge(store, stores.key_of(store, ALUMNI, "A-2"), gone))
    undone = writing(store).imports.undo(import_id)
    assert (undone.removed, undone.left) == (1, ())


def test_what_an_undo_restores_takes_no_row_of_another(store: SqlStore) -> None:
    """Numbers of rows that a merge freed are used again: what an import did to someone else since can be undone."""
    kept, gone = add(store, **{"A-1": {}, "A-2": {}})
    import_id = str(writing(store).imports.begin(ALUMNI, SCHOOL, "first.xlsx"))
    rows = [Upsert(2, "A-1", SCHOOL, {"town": "Ommen"}), Upsert(3, "A-2", SCHOOL, {"town": "Ommen"})]
    writing(store).imports.upsert(ALUMNI, rows, import_id=import_id)
    merge_id = merge(store, kept, gone)
    other = str(writing(store).imports.begin(ALUMNI, SCHOOL, "second.xlsx"))
    writing(store).imports.upsert(ALUMNI, [Upsert(2, "A-3", SCHOOL, {})], import_id=other)
    undo(store, merge_id)
    assert writing(store).imports.undo(other).removed == 1
    assert writing(store).imports.undo(import_id).restored == 2


EVENTS = {"asked": LedgerEvent.ASKED, "yes": LedgerEvent.ACCEPTED, "no": LedgerEvent.DECLINED}


def _told(store: SqlStore, key: int, request: int, *events: str) -> None:
    for event in events:
        stores.add_to_ledger(store, LedgerLine(key, request, EVENTS[event], TODAY))


def _events(store: SqlStore, key: int) -> list[str]:
    names = {event: name for name, event in EVENTS.items()}
    return sorted(names[line.event] for line in reading(store).ledger.of(key))


@pytest.mark.parametrize(
    ("kept_said", "gone_said", "merged"),
    [
        (("asked", "yes"), ("asked", "no"), ["asked", "asked", "no"]),
        (("asked", "no"), ("asked", "yes"), ["asked", "asked", "no"]),
        (("asked", "yes"), ("asked", "yes"), ["asked", "asked", "yes"]),
        (("asked",), ("asked", "yes"), ["asked", "asked", "yes"]),
    ],
)
def test_a_merged_alumnus_has_one_reply(
    store: SqlStore, kept_said: tuple[str, ...], gone_said: tuple[str, ...], merged: list[str]
) -> None:
    """A no of either is a no, two who said yes are one, every ask counts; and each has the own ones back after it."""
    kept, gone = add(store, **{"A-1": {}, "A-2": {}})
    upsert(store, RecordKind.REQUESTS, [Upsert(2, "R-1", SCHOOL, LEAST[RecordKind.REQUESTS])])
    request = stores.key_of(store, RecordKind.REQUESTS, "R-1")
    _told(store, kept, request, *kept_said)
    _told(store, gone, request, *gone_said)
    before = tables(store)
    merge_id = merge(store, kept, gone)
    assert _events(store, kept) == merged
    undo(store, merge_id)
    assert tables(store) == before


@pytest.mark.parametrize("asked", [("kept",), ("gone",), ("kept", "gone")])
def test_a_not_now_and_an_ask_of_since_are_of_whoever_was_asked(store: SqlStore, asked: tuple[str, ...]) -> None:
    """The "not now" is of both who were asked, the ask that came to count since is of one."""
    kept, gone = add(store, **{"A-1": TWINS, "A-2": TWINS})
    upsert(store, RecordKind.REQUESTS, [Upsert(2, "R-1", SCHOOL, {"kind": RequestKind.MENTOR, "title": "Mentor"})])
    request = stores.key_of(store, RecordKind.REQUESTS, "R-1")
    keys = {"kept": kept, "gone": gone}

    def lines(key: int) -> list[LedgerEvent]:
        return [line.event for line in reading(store).ledger.of(key)]

    for name in asked:
        at = {"asked_at": datetime.combine(TODAY, datetime.min.time())}
        writing(store).invitations.add(keys[name], request, InvitationState.RELEASED, **at)
    merge_id = merge(store, kept, gone)
    for event in (LedgerEvent.ASKED, LedgerEvent.LATER):
        writing(store).ledger.add(LedgerLine(kept, request, event, TODAY))
    undo(store, merge_id)
    first = keys[asked[0]]
    assert lines(first) == [LedgerEvent.ASKED, LedgerEvent.LATER]
    (other,) = {kept, gone} - {first}
    assert lines(other) == ([LedgerEvent.LATER] if len(asked) == 2 else [])


@pytest.mark.parametrize("kept_said", [(), ("asked",), ("asked", "yes")])
def test_what_is_replied_while_they_are_one_is_of_each_who_was_asked(
    store: SqlStore, kept_said: tuple[str, ...]
) -> None:
    """Who was never asked has no reply either, and a no said meanwhile is not a yes again."""
    kept, gone = add(store, **{"A-1": {}, "A-2": {}})
    upsert(store, RecordKind.REQUESTS, [Upsert(2, "R-1", SCHOOL, LEAST[RecordKind.REQUESTS])])
    request = stores.key_of(store, RecordKind.REQUESTS, "R-1")
    _told(store, kept, request, *kept_said)
    _told(store, gone, request, "asked", "yes")
    merge_id = merge(store, kept, gone)
    writing(store).ledger.add(LedgerLine(kept, request, LedgerEvent.RETRACTED, TODAY))
    _told(store, kept, request, "no")
    undo(store, merge_id)
    assert _events(store, gone) == ["asked", "no"]
    assert _events(store, kept) == (["asked", "no"] if kept_said else [])


def test_the_name_that_a_merge_gave_up_is_barred_too(store: SqlStore) -> None:
    """Whoever was merged under the name of the other and erased does not come back by a list without numbers."""
    other: dict[str, Any] = {**TWINS, "first_name": "Eleonora"}
    kept, gone = add(store, **{"A-1": TWINS, "A-2": other})
    merge(store, kept, gone, first_name=Side.GONE)
    assert writing(store).people.erase(kept, [])
    results = upsert(store, ALUMNI, [Upsert(2, "", SCHOOL, TWINS)])
    assert [one.outcome for one in results] == ["unchanged"]


def held(*, days: int, withdrawn: str | None = None, source: str = IMPORT) -> Held:
    on = TODAY - timedelta(days=days)
    return Held(on, on if withdrawn else None, source, None, on if withdrawn else None, withdrawn)


@pytest.mark.parametrize(
    ("kept", "gone", "in_force"),
    [
        (held(days=1), None, True),
        (None, held(days=1), True),
        (held(days=1), held(days=9, withdrawn=PERSON), False),
        (held(days=9, withdrawn=PERSON), held(days=1, source=PERSON), False),
        (held(days=9, withdrawn=IMPORT), held(days=1), True),
        (held(days=9, withdrawn=RETENTION), held(days=1), True),
        (held(days=9, withdrawn=IMPORT), held(days=1, withdrawn=IMPORT), False),
    ],
)
def test_of_consent_the_strictest_counts(kept: Held | None, gone: Held | None, *, in_force: bool) -> None:
    """In force only where one has it and the person took it back of neither; the last withdrawal is remembered."""
    sides = [{} if one is None else {Purpose.MENTOR: one} for one in (kept, gone)]
    result = merged_consents(*sides)[Purpose.MENTOR]
    assert (result.withdrawn_on is None) is in_force
    days: list[date] = [one.last_withdrawn_on for one in (kept, gone) if one and one.last_withdrawn_on]
    assert result.last_withdrawn_on == (max(days) if days else None)
    assert merged_consents(*reversed(sides))[Purpose.MENTOR] == result


def test_after_thirty_days_only_the_number_is_left(store: SqlStore) -> None:
    """What the undo needs goes; the former number is still found."""
    kept, gone = add(store, **{"A-1": {}, "A-2": FULL_ALUMNUS})
    merge_id = merge(store, kept, gone)
    assert [trace.merge_id for trace in reading(store).merges.about(kept)] == [merge_id]

    def forget(tx: Transaction) -> int:
        return tx.merges.forget((tx.now + timedelta(days=1)).replace(tzinfo=None))

    assert store.write(forget, by=COMMAND_LINE) == 1
    assert reading(store).merges.find(merge_id) is None
    assert reading(store).merges.number_of(SCHOOL, "A-2") == "A-1"


def test_an_erasure_takes_what_the_merge_kept(store: SqlStore) -> None:
    """Nothing of either is left, neither number comes in again, and the log verifies."""
    kept, gone = add(store, **{"A-1": {"town": "Zwolle"}, "A-2": {**FULL_ALUMNUS, "email": "gone@x.example"}})
    used(store, gone)
    merge(store, kept, gone, email=Side.KEPT)
    assert writing(store).people.erase(kept, [])
    for table in (schema.merges, schema.former_numbers, schema.audit_former, schema.import_changes, schema.ledger):
        with store._database.reading() as connection:
            assert connection.execute(select(table)).all() == []
    with store._database.reading() as connection:
        everything = "".join(str(connection.execute(select(one)).all()) for one in schema.metadata.sorted_tables)
    assert [word for word in (str(kept), str(gone), "A-2", "gone@x") if word in everything] == []
    again = [
        Upsert(2, "A-1", SCHOOL, {}),
        Upsert(3, "A-2", SCHOOL, {}),
        Upsert(4, "A-9", SCHOOL, {"email": "gone@x.example"}),
    ]
    assert {result.outcome for result in upsert(store, ALUMNI, again)} == {"unchanged"}
    assert reading(store).records.count(ALUMNI) == 0
    assert reading(store).audit.verify().wrong is None


@pytest.mark.parametrize("how", ["erased", "merged and erased", "import taken back"])
def test_whom_a_merged_alumnus_was_known_not_to_be_can_go(store: SqlStore, how: str) -> None:
    """What the undo of a merge needs names other people: no longer once they are gone. The two can still be apart."""
    kept, gone, last = add(store, **{"A-1": TWINS, "A-2": TWINS, "A-4": TWINS})
    import_id = writing(store).imports.begin(ALUMNI, SCHOOL, "list.xlsx")
    writing(store).imports.upsert(ALUMNI, [Upsert(2, "A-3", SCHOOL, TWINS)], import_id=import_id)
    other = stores.key_of(store, ALUMNI, "A-3")
    writing(store).duplicates.differ(gone, other)
    merge_id = merge(store, kept, gone)
    assert str(other) in "".join(tables(store)["merges"])
    if how == "import taken back":
        assert writing(store).imports.undo(str(import_id)).removed == 1
    else:
        if how == "merged and erased":
            merge(store, last, other)
        stores.write(store, lambda tx: tx.people.erase(last if how == "merged and erased" else other, []))
    assert not any(str(other) in row for rows in tables(store).values() for row in rows)
    undo(store, merge_id)
    numbers = {one.alumnus_id for one in stores.alumni(store)}
    assert numbers == {"A-1", "A-2"} | (set() if how == "merged and erased" else {"A-4"})
