"""Two who were one are two again: what only the other had is at the first no more, whatever is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from matcher.domain.consent import Withdrawals
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.own_fields import OwnKind, OwnSpec
from matcher.domain.records import Qualification, RecordKind
from matcher.policy import COMMAND_LINE
from matcher.repositories.values import Side, Undone, Unmerged, Upsert
from matcher.services import imports
from matcher.services.app import WithoutEngine
from matcher.spreadsheets.questions import ACCEPTED
from matcher.spreadsheets.report import Report
from matcher.spreadsheets.targets import Wishes
from matcher.store import schema
from matcher.store.erasure import addresses_of, digests_of, former_of
from matcher.store.sql_store import SqlStore
from tests.contract.test_merges import one
from tests.contract.test_undo import shown, tables
from tests.support import stores
from tests.support.fakes import FixedClock
from tests.support.records import SCHOOL, TODAY
from tests.support.stores import reading, upsert, writing

ALUMNI = RecordKind.ALUMNI
DAY = TODAY - timedelta(days=40)
OTHER: dict[str, Any] = {
    "first_name": "Zeldzaamvoornaam",
    "email": "zeldzaam@zoekmij.example",
    "phone": "06-98765432",
    "postcode": "9871 ZZ",
    "employer": "Zeldzaamwerkgever",
    "experience": "Zeldzaamwoord",
    "skills": ("zeldzaamheid", "lassen"),
    "qualifications": (Qualification(crebo="25655", name="Zeldzaamvak", year=2014),),
    "offers": frozenset({RequestKind.MENTOR}),
    "consents": frozenset({Purpose.MENTOR}),
    "consent_date": DAY,
    "own:Hobby": "zeldzamehobby",
}
"""What the other has, in fields that are empty at the first."""
WORDS = ("zeldza", "06-98765432", "9871 zz", "zoekmij")
SINCE: dict[str, Any] = {
    "first_name": "Nieuw",
    "email": "nieuw@x.example",
    "phone": "06-11111111",
    "postcode": "8011 AB",
    "employer": "Nieuw",
    "experience": "Nieuw",
    "skills": ("zeldzaamheid", "lassen", "plannen"),
    "qualifications": (*OTHER["qualifications"], Qualification(crebo="25656")),
    "offers": frozenset({RequestKind.MENTOR, RequestKind.FEEDBACK}),
    "consents": frozenset({Purpose.FEEDBACK}),
    "consent_date": TODAY,
    "own:Hobby": "nieuw",
}
"""What an import says while they are one: all else, and more in lists."""


def two(store: SqlStore, first: Mapping[str, Any] | None = None) -> tuple[int, int]:
    """Two alumni, of whom the second has all that is rare; their random keys."""
    writing(store).own_fields.add(SCHOOL, OwnSpec("Hobby", OwnKind.TEXT))
    own = {"last_name": "Berg", "skills": ("lassen",), **(first or {})}
    upsert(store, ALUMNI, [Upsert(2, "A-1", SCHOOL, own), Upsert(3, "B-2", SCHOOL, {"last_name": "Dijk", **OTHER})])
    return stores.key_of(store, ALUMNI, "A-1"), stores.key_of(store, ALUMNI, "B-2")


def bring(store: SqlStore, values: Mapping[str, Any], number: str = "A-1") -> str:
    """An import about one alumnus; its id."""
    import_id = str(writing(store).imports.begin(ALUMNI, SCHOOL, "list.xlsx"))
    row = Upsert(2, number, SCHOOL, dict(values), may_withdraw=True)
    writing(store).imports.upsert(ALUMNI, [row], import_id=import_id)
    return import_id


def take_back(store: SqlStore, import_id: str) -> Undone:
    done = writing(store).imports.undo(import_id)
    assert isinstance(done, Undone)
    return done


def merge(store: SqlStore, kept: int, gone: int, **chosen: Side) -> str:
    return str(writing(store).duplicates.merge(kept, gone, chosen))


def part(store: SqlStore, merge_id: str) -> Unmerged:
    done = writing(store).merges.undo(merge_id)
    assert isinstance(done, Unmerged)
    return done


def erase(store: SqlStore, key: int) -> None:
    assert stores.write(store, lambda tx: tx.people.erase(key, []))


def words_left(store: SqlStore) -> dict[str, list[str]]:
    """The rows of any table that hold a rare word."""
    with store._database.reading() as connection:
        found = {
            table.name: [str(tuple(row)) for row in connection.execute(table.select())]
            for table in schema.metadata.sorted_tables
        }
    rare = {name: [row for row in rows if any(word in row.lower() for word in WORDS)] for name, rows in found.items()}
    return {name: rows for name, rows in rare.items() if rows}


def in_force(store: SqlStore, key: int) -> set[Purpose]:
    return {one.purpose for one in reading(store).consents.of(key) if one.withdrawn_on is None}


@pytest.mark.parametrize("number", ["A-1", "B-2"])
@pytest.mark.parametrize("imports", [1, 2])
@pytest.mark.parametrize("apart_first", [True, False])
def test_an_import_taken_back_gives_nothing_of_the_other(
    store: SqlStore, number: str, imports: int, *, apart_first: bool
) -> None:
    """Every field, list, consent and own field is as before both; then the other is erased, and no word is left."""
    kept, gone = two(store, {"last_name": None} if imports == 2 else {})
    before = shown(tables(store))
    merge_id = merge(store, kept, gone)
    brought = [bring(store, SINCE, number)]
    if imports == 2:
        brought.append(bring(store, {**OTHER, "town": "Ommen"}, number))
    if apart_first:
        left = part(store, merge_id).left
        assert {"skills", "feedback"} & {*left}
        assert in_force(store, kept) == set()
    for import_id in reversed(brought):
        take_back(store, import_id)
    if not apart_first:
        assert part(store, merge_id).left == ()
    assert shown(tables(store)) == before
    erase(store, gone)
    assert words_left(store) == {}
    assert reading(store).audit.verify().wrong is None


def test_what_was_said_since_stays_without_what_the_other_had(store: SqlStore) -> None:
    """A list keeps what was added and what each had; a value of the other goes; whoever is erased takes all of it."""
    kept, gone = two(
        store, {"employer": "Eigen", "qualifications": (Qualification(crebo="25655", name="Zeldzaamvak"),)}
    )
    merge_id = merge(store, kept, gone)
    bring(store, {**SINCE, "employer": OTHER["employer"], "experience": None})
    assert {"employer", "skills", "qualifications", "offers", "experience", "email"} <= {*part(store, merge_id).left}
    person = one(store, kept)
    assert (person.employer, person.skills, person.offers) == ("Eigen", ("lassen", "plannen"), {RequestKind.FEEDBACK})
    assert [known.year for known in person.qualifications] == [None, None]
    assert {known.crebo for known in person.qualifications} == {"25655", "25656"}
    contact = reading(store).people.contact(kept)
    assert contact is not None
    assert (contact.first_name, contact.email, person.experience) == ("Nieuw", "nieuw@x.example", None)


@pytest.mark.parametrize("stays", [False, True])
def test_what_a_list_said_under_the_other_number_is_of_the_other(store: SqlStore, *, stays: bool) -> None:
    """A new value, list or address in the row of the other, who is erased: no word of it is left at the first.

    Nor after the alumnus let the data stay, which makes all that imports did final.
    """
    kept, gone = two(store)
    merge_id = merge(store, kept, gone)
    bring(store, {"email": "zeldzaam2@zoekmij.example", "employer": "Zeldzaamnieuw", "skills": ("zeldzaam",)}, "B-2")
    bring(store, {"email": "zeldzaam3@zoekmij.example", "town": "Zeldzaamplaats"}, "B-2")
    bring(store, {"function": "kok", "experience": "Eigen"}, "A-1")
    if stays:
        writing(store).consents.renew(kept, [])
    assert {"email", "employer", "skills", "town", "function"} <= {*part(store, merge_id).left}
    person = one(store, kept)
    assert (person.function, person.experience, person.employer, person.skills) == ("kok", "Eigen", None, ("lassen",))
    with store._database.reading() as connection:
        assert stays or former_of(connection, kept) == set()
        changes = str([row.before for row in connection.execute(schema.import_changes.select())])
    assert "B-2" not in changes
    erase(store, gone)
    assert words_left(store) == {}


def test_a_consent_of_since_is_of_neither_and_a_withdrawal_of_both(store: SqlStore) -> None:
    """Given by the list of one or the word of one: nobody can tell of whom. Taken back and given: as taken back."""
    kept, gone = two(store)
    for key in (kept, gone):
        for purpose in (Purpose.FEEDBACK, Purpose.GUEST_LESSON):
            writing(store).consents.state(key, purpose, given=True)
    merge_id = merge(store, kept, gone)
    for purpose, words in {
        Purpose.LLO_ADVICE: (True,),
        Purpose.FEEDBACK: (False,),
        Purpose.GUEST_LESSON: (False, True),
        Purpose.MENTOR: (False,),
    }.items():
        for word in words:
            writing(store).consents.state(kept, purpose, given=word)
    left = part(store, merge_id).left
    assert {"llo_advice", "feedback", "mentor"} <= {*left}
    assert in_force(store, kept) == in_force(store, gone) == set()
    assert all(held.given_on is None for held in reading(store).consents.of(kept) if held.purpose is Purpose.MENTOR)


@pytest.mark.parametrize("by_list", [True, False])
def test_a_no_of_since_is_of_both_also_of_who_had_said_nothing(store: SqlStore, *, by_list: bool) -> None:
    """A list of before that day gives it to neither; taking back the list that said it gives back both's silence."""
    kept, gone = two(store)
    before = shown(tables(store))
    merge_id = merge(store, kept, gone)
    if by_list:
        import_id = bring(store, {"withdrawals": Withdrawals({Purpose.FEEDBACK: DAY}, None)})
    else:
        writing(store).consents.state(kept, Purpose.FEEDBACK, given=False)
    part(store, merge_id)
    for key, number in ((kept, "A-1"), (gone, "B-2")):
        (held,) = [one for one in reading(store).consents.of(key) if one.purpose is Purpose.FEEDBACK]
        assert (held.given_on, held.withdrawn_on) == (None, DAY if by_list else TODAY)
        later = bring(store, {"consents": frozenset({Purpose.FEEDBACK}), "consent_date": DAY}, number)
        assert Purpose.FEEDBACK not in in_force(store, key)
        if by_list:
            take_back(store, later)
    if by_list:
        take_back(store, import_id)
        assert shown(tables(store)) == before


def test_a_no_of_since_counts_where_an_import_had_ended_it(store: SqlStore) -> None:
    """The word of the person is more than that a list was silent, for both."""
    kept, gone = two(store)
    for number in ("A-1", "B-2"):
        bring(store, {"consents": frozenset({Purpose.MENTOR}), "consent_date": DAY}, number)
        bring(store, {"consents": frozenset()}, number)
    merge_id = merge(store, kept, gone)
    writing(store).consents.state(kept, Purpose.MENTOR, given=False)
    part(store, merge_id)
    for key in (kept, gone):
        (held,) = [one for one in reading(store).consents.of(key) if one.purpose is Purpose.MENTOR]
        assert (held.withdrawn_on, held.withdrawn_by) == (TODAY, "person")


def test_the_day_of_an_earlier_no_is_of_who_said_it(store: SqlStore) -> None:
    """Once an import ended the consent of both: an earlier withdrawal was only the other's."""
    kept, gone = two(store)
    bring(store, {"withdrawals": Withdrawals({Purpose.FEEDBACK: DAY}, None)}, "B-2")
    for number in ("A-1", "B-2"):
        bring(store, {"consents": frozenset({Purpose.FEEDBACK}), "consent_date": DAY + timedelta(days=9)}, number)
    merge_id = merge(store, kept, gone)
    bring(store, {"consents": frozenset()})
    part(store, merge_id)
    for key, day in ((kept, None), (gone, DAY)):
        (held,) = [one for one in reading(store).consents.of(key) if one.purpose is Purpose.FEEDBACK]
        assert (held.withdrawn_on, held.withdrawn_by, held.last_withdrawn_on) == (TODAY, "import", day)


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("of_first", [True, False])
def test_an_objection_that_was_taken_back_meanwhile_stands_again(
    store: SqlStore, *, of_first: bool, again: bool
) -> None:
    """Nobody can tell whose word that was; and a list that said it again meanwhile takes nothing with it."""
    keys = kept, gone = two(store)
    writing(store).consents.set_objection(keys[0 if of_first else 1], objects=True)
    merge_id = merge(store, kept, gone)
    writing(store).consents.set_objection(kept, objects=False)
    import_id = bring(store, {"withdrawals": Withdrawals({}, DAY)}) if again else ""
    assert "objection" in part(store, merge_id).left
    if again:
        assert [reading(store).consents.objects_since(key) is not None for key in keys] == [True, True]
        take_back(store, import_id)
    assert [reading(store).consents.objects_since(key) is not None for key in keys] == [of_first, not of_first]


def test_an_address_of_the_other_is_not_barred_with_the_first(store: SqlStore) -> None:
    """Former addresses are each one's own again, also where an import wrote another address since."""
    kept, gone = two(store, {"email": "eigen@x.example"})
    merge_id = merge(store, kept, gone, email=Side.GONE)
    bring(store, {"email": "nieuw@x.example"})
    part(store, merge_id)
    with store._database.reading() as connection:
        own, theirs = (digests_of(connection, addresses_of(of)) for of in ("eigen@x.example", OTHER["email"]))
        assert former_of(connection, kept) == {*own}
        assert {*theirs}.isdisjoint(former_of(connection, gone))
    erase(store, kept)
    rows = [Upsert(2, "C-1", SCHOOL, {"email": OTHER["email"]}), Upsert(3, "C-2", SCHOOL, {"email": "eigen@x.example"})]
    assert [done.outcome for done in upsert(store, ALUMNI, rows)] == ["created", "unchanged"]


@pytest.mark.parametrize("other_first", [True, False])
def test_each_of_three_has_the_own_things_again(store: SqlStore, *, other_first: bool) -> None:
    """An import between two merges, or after both: taken back once all are apart, it gives nobody's to anybody."""
    kept, gone = two(store)
    upsert(store, ALUMNI, [Upsert(4, "C-3", SCHOOL, {"last_name": "Vos", "town": "Ommen", "skills": ("koken",)})])
    third = stores.key_of(store, ALUMNI, "C-3")
    before = shown(tables(store))
    merges = [merge(store, kept if not other_first else third, gone)]
    brought = [bring(store, SINCE, "B-2")]
    merges.append(merge(store, kept, third))
    brought.append(bring(store, {**SINCE, "town": "Kampen", "employer": "Derde", "skills": ("plannen", "koken")}))
    for merge_id in reversed(merges):
        part(store, merge_id)
    for import_id in reversed(brought):
        take_back(store, import_id)
    assert shown(tables(store)) == before
    erase(store, gone)
    assert words_left(store) == {}


def test_a_removed_own_field_is_in_no_undos_way(store: SqlStore) -> None:
    """Neither of the merge, which leaves nothing for that, nor of an import of since."""
    kept, gone = two(store)
    merge_id = merge(store, kept, gone)
    import_id = bring(store, {"own:Hobby": "nieuw", "town": "Ommen"})
    (field,) = reading(store).own_fields.of(SCHOOL)
    writing(store).own_fields.remove(field.key)
    assert part(store, merge_id).left == ("town",)
    assert take_back(store, import_id).left == ()
    assert one(store, kept).town is None
    assert one(store, gone).employer == OTHER["employer"]


@pytest.mark.parametrize("rows_between", [0, 5000])
def test_of_two_rows_about_a_merged_alumnus_one_counts(store: SqlStore, tmp_path: Path, rows_between: int) -> None:
    """That of the number of today, wherever it stands and whatever is written at once; the other is named."""
    kept, gone = two(store)
    upsert(store, ALUMNI, [Upsert(2, "C-3", SCHOOL, {})])
    merge(store, kept, gone)
    merge(store, kept, stores.key_of(store, ALUMNI, "C-3"))
    lines = ["Leerlingnummer;Achternaam;Plaats", "B-2;Berg;Ommen", *(f"X-{n};Vos;" for n in range(rows_between))]
    path = tmp_path / "list.csv"
    app = WithoutEngine(store, FixedClock(TODAY))
    wishes = Wishes(accept=frozenset(ACCEPTED))

    def taken_in(*more: str) -> Report:
        path.write_text("\n".join([*lines, *more]), encoding="utf-8")
        return imports.import_records(app, COMMAND_LINE, path, ALUMNI, school=SCHOOL, wishes=wishes, at_once=1000)

    taken_in("C-3;Berg;Kampen")
    assert one(store, kept).town == "Ommen"
    for _ in range(2):
        report = taken_in("C-3;Berg;Kampen", "A-1;Berg;Zwolle")
        assert one(store, kept).town == "Zwolle"
    assert (report.created, report.updated, report.unchanged) == (0, 0, rows_between + 3)
    told = [(note.row, note.values) for note in report.notes if note.code == "merged_person_twice"]
    today = rows_between + 4
    assert told == [(2, {"id": "A-1", "other": today}), (today - 1, {"id": "A-1", "other": today})]
