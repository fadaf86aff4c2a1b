"""Who a row of an import is about: found again without a number, and possible duplicates named, never merged."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from matcher.domain.kinds import RequestKind
from matcher.domain.records import Qualification, RecordKind
from matcher.repositories.values import SameAs, Upsert
from matcher.store.keys import new_number
from matcher.store.marks import phone_key
from matcher.store.sql_store import SqlStore
from matcher.text import is_given_number
from tests.support import stores
from tests.support.records import SCHOOL
from tests.support.stores import reading, upsert, writing

ALUMNI = RecordKind.ALUMNI
COOK = (Qualification("25180", "Kok", 2, None, 2014),)
PERSON: dict[str, object] = {"first_name": "Noor", "infix": "van den", "last_name": "Berg", "email": "noor@x.example"}


def unnamed(number: int, **values: object) -> Upsert:
    """A row without an id."""
    return Upsert(number, "", SCHOOL, values)


def test_a_person_without_a_number_gets_one_and_is_found_again(store: SqlStore) -> None:
    """A readable number; the same file twice, in another order, makes nobody twice and changes nothing."""
    rows = [unnamed(number, **PERSON | {"email": f"p{number}@x.example"}) for number in range(2, 40)]
    results = upsert(store, ALUMNI, rows)
    ids = {result.id for result in results}
    assert (len(ids), {result.outcome for result in results}) == (38, {"created"})
    assert all(re.fullmatch("[B-DF-HJ-NP-TV-XZ][2-9B-DF-HJ-NP-TV-XZ]{7}", id_) for id_ in ids)
    again = upsert(store, ALUMNI, rows[::-1])
    assert {result.outcome for result in again} == {"unchanged"}
    assert [result.id for result in again[::-1]] == [result.id for result in results]
    (new,) = reading(store).imports.preview(ALUMNI, [unnamed(2, first_name="Nieuw", last_name="Mens")])
    assert (new.outcome, new.id) == ("created", "")


@pytest.mark.parametrize(
    ("then", "is_same"),
    [
        (PERSON, True),
        (PERSON | {"infix": None, "last_name": "VAN DEN BERG", "email": " Noor@X.example"}, True),
        ({**PERSON, "email": None, "phone": "+31 6 12345678"}, True),
        ({**PERSON, "email": None, "qualifications": (Qualification(name="KOK", year=2014),)}, True),
        ({**PERSON, "email": "other@x.example", "qualifications": COOK}, False),
        ({**PERSON, "email": None, "qualifications": (Qualification(name="Kok", year=2015),)}, False),
        ({**PERSON, "email": None}, False),
        ({**PERSON, "first_name": "Noortje"}, False),
        ({"email": "noor@x.example"}, False),
    ],
)
def test_who_is_the_same(store: SqlStore, then: dict[str, object], is_same: bool) -> None:
    """The whole name with an address, a telephone number, or a qualification and its year; never less."""
    known = upsert(store, ALUMNI, [unnamed(2, **PERSON, phone="06-12345678", qualifications=COOK)])[0].id
    (result,) = upsert(store, ALUMNI, [unnamed(2, **then)])
    assert (result.id == known, result.outcome == "created") == (is_same, not is_same)
    shares = {"email", "phone"} & set(then) if not is_same else set()
    shares -= {name for name in shares if then[name] in {None, "other@x.example"}}
    if not is_same and then.get("first_name") == "Noor" and then["email"] != "other@x.example":
        shares.add("only_name")
    assert [(one.id, set(one.because), one.row) for one in result.same_as] == [(known, shares, None)] * bool(shares)


def test_another_school_knows_nobody(store: SqlStore) -> None:
    """Whom one school has is neither found nor named at another."""
    upsert(store, ALUMNI, [Upsert(2, "12", "Noord", PERSON)])
    results = upsert(store, ALUMNI, [Upsert(2, "", "Zuid", PERSON), Upsert(3, "012", "Zuid", {})])
    assert [(result.outcome, result.same_as) for result in results] == [("created", ())] * 2


def test_numbers_that_differ_in_marks_are_named(store: SqlStore) -> None:
    """Zeros, capitals and dashes: a new record, with the other one named, in the database and in the same file."""
    upsert(store, ALUMNI, [Upsert(2, "a-0012", SCHOOL, {})])
    rows = [Upsert(3, "A12", SCHOOL, {}), Upsert(4, "A 12", SCHOOL, {}), Upsert(5, "A-0120", SCHOOL, {})]
    dry = reading(store).imports.preview(ALUMNI, rows)
    results = upsert(store, ALUMNI, rows)
    assert dry == results
    assert [result.same_as for result in results] == [
        (SameAs("a-0012", ("number",)),),
        (SameAs("a-0012", ("number",)), SameAs("A12", ("number",), 3)),
        (),
    ]
    assert [result.same_as for result in upsert(store, ALUMNI, rows)] == [()] * 3


def test_two_rows_of_one_file_about_one_person(store: SqlStore) -> None:
    """With the same name and address the second writes nothing and says of which row; by year it is someone else."""
    first, second = upsert(store, ALUMNI, [unnamed(2, **PERSON), unnamed(3, **PERSON, town="Zwolle")])
    assert (second.outcome, second.id, second.same_as[0].row) == ("unchanged", first.id, 2)
    named = Upsert(2, first.id, SCHOOL, {"town": "Kampen"})
    assert upsert(store, ALUMNI, [named, unnamed(3, **PERSON, town="Zwolle")])[1].outcome == "unchanged"
    (found,) = stores.alumni(store)
    assert found.town == "Kampen"
    cooks = [unnamed(number, first_name="Jan", last_name="Jansen", qualifications=COOK) for number in (2, 3)]
    results = upsert(store, ALUMNI, cooks)
    assert [result.outcome for result in results] == ["created", "created"]
    assert [result.id for result in upsert(store, ALUMNI, cooks)] == sorted(result.id for result in results)


def test_a_corrected_address_is_found(store: SqlStore) -> None:
    """What the person stated counts: name, address and telephone number as they are now."""
    (made,) = upsert(store, ALUMNI, [unnamed(2, **PERSON)])
    key = stores.key_of(store, ALUMNI, made.id)
    writing(store).people.correct(key, "email", "new@x.example")
    writing(store).people.correct(key, "last_name", "Dijk")
    row = unnamed(2, **{**PERSON, "last_name": "Dijk", "email": "new@x.example"})
    assert upsert(store, ALUMNI, [row])[0].id == made.id


def test_the_same_request_or_course_is_found_again(store: SqlStore) -> None:
    """Without an id column the same list twice makes nothing twice; two that are the same are two."""
    lesson: dict[str, object] = {"kind": RequestKind.GUEST_LESSON, "title": "Gastles", "period_from": date(2027, 3, 1)}
    requests = [unnamed(2, **lesson), unnamed(3, **lesson), unnamed(4, **lesson | {"period_from": date(2028, 3, 1)})]
    courses = [unnamed(2, title="Taal", start=date(2027, 9, 1)), unnamed(3, title="Taal", start=date(2027, 10, 1))]
    for kind, rows in ((RecordKind.REQUESTS, requests), (RecordKind.OFFERINGS, courses)):
        made = upsert(store, kind, rows)
        assert {result.outcome for result in made} == {"created"}
        again = upsert(store, kind, [replace(row, row=row.row + 10) for row in rows])
        assert {result.outcome for result in again} == {"unchanged"}
        assert {result.id for result in again} == {result.id for result in made}


@pytest.mark.parametrize(("one", "other"), [("06-12345678", "+31 6 12345678"), ("0031612345678", "(06) 12 34 56 78")])
def test_telephone_numbers_are_compared_without_marks(one: str, other: str) -> None:
    """The code of the Netherlands and the zero are one."""
    assert phone_key(one) == phone_key(other) == "612345678"


NAMED: dict[str, object] = {"first_name": "Jan", "last_name": "Jansen"}


@pytest.mark.parametrize(
    ("first", "then", "is_same"),
    [
        ({}, {}, True),
        ({}, {"last_name": "JANSEN"}, True),
        ({}, {"function": "kok"}, True),
        ({"function": "kok"}, {"function": None}, True),
        ({"town": "Zwolle"}, {}, True),
        ({"town": "Zwolle"}, {"town": "ZWOLLE"}, True),
        ({}, {"town": "Zwolle", "email": "jan@x.example", "qualifications": COOK}, True),
        ({"qualifications": COOK}, {"qualifications": (Qualification(name="kok"),)}, True),
        ({"qualifications": COOK}, {"qualifications": (Qualification(name="Bakker", year=2014),)}, False),
        ({"qualifications": COOK}, {"qualifications": ()}, False),
        ({"town": "Zwolle"}, {"town": "Kampen"}, False),
        ({"email": "jan@x.example"}, {"email": "other@x.example"}, False),
        ({"email": "jan@x.example"}, {"email": None}, False),
        ({"phone": "0612345678"}, {"phone": "0687654321"}, False),
        ({"postcode": "8011 AB"}, {"postcode": "8011 AC"}, False),
    ],
)
def test_a_name_alone(store: SqlStore, first: dict[str, object], then: dict[str, object], is_same: bool) -> None:
    """It is enough for the only one who came in without a number, where nothing contradicts; else someone new."""
    (made,) = upsert(store, ALUMNI, [unnamed(2, **NAMED, **first)])
    row = unnamed(2, **NAMED | then)
    (dry,) = reading(store).imports.preview(ALUMNI, [row])
    (result,) = upsert(store, ALUMNI, [row])
    assert (result.id == made.id, dry.outcome == result.outcome) == (is_same, True)
    (again,) = upsert(store, ALUMNI, [row])
    assert (again.id, again.outcome) == (result.id, "unchanged")


def test_a_name_of_somebody_with_a_number_or_of_several(store: SqlStore) -> None:
    """Such a row is someone new, with the others named; the same row again is that new one."""
    upsert(store, ALUMNI, [Upsert(2, "A-1", SCHOOL, NAMED)])
    (second,) = upsert(store, ALUMNI, [unnamed(2, **NAMED)])
    assert (second.outcome, second.same_as) == ("created", (SameAs("A-1", ("only_name",)),))
    assert upsert(store, ALUMNI, [unnamed(2, **NAMED)])[0] == replace(second, outcome="unchanged", same_as=())
    (third,) = upsert(store, ALUMNI, [unnamed(2, **NAMED, town="Zwolle")])
    assert third.id == second.id
    fourth, fifth = upsert(store, ALUMNI, [
        replace(unnamed(2, **NAMED, town="Zwolle"), shares_name=True),
        replace(unnamed(3, **NAMED, town=None, function="kok"), shares_name=True),
    ])  # fmt: skip
    assert (fourth.id, fifth.outcome) == (second.id, "created")
    assert {one.id for one in fifth.same_as} == {"A-1", second.id}
    (sixth,) = upsert(store, ALUMNI, [unnamed(2, **NAMED, function="bakker")])
    assert (sixth.outcome, {one.id for one in sixth.same_as}) == ("created", {"A-1", second.id, fifth.id})


def test_what_the_person_stated_contradicts_nothing(store: SqlStore) -> None:
    """An old list is still about whoever said where they live now."""
    row = unnamed(2, **NAMED, town="Zwolle")
    (made,) = upsert(store, ALUMNI, [row])
    writing(store).people.correct(stores.key_of(store, ALUMNI, made.id), "town", "Kampen")
    (result,) = upsert(store, ALUMNI, [row])
    assert (result.id, result.outcome) == (made.id, "unchanged")


def test_nobody_without_a_name_comes_in_twice(store: SqlStore) -> None:
    """A row with an address or a telephone number and no name is whoever came in so."""
    rows = [unnamed(2, email="noor@x.example"), unnamed(3, phone="0612345678", town="Zwolle")]
    first = upsert(store, ALUMNI, rows)
    assert [(one.id, one.outcome) for one in upsert(store, ALUMNI, rows)] == [(one.id, "unchanged") for one in first]


def test_numbers_that_are_given_are_known_again() -> None:
    """And are none that a school gives: a letter with digits."""
    assert all(is_given_number(new_number()) for _ in range(2000))
    assert not any(map(is_given_number, ["S2345678", "20230001", "A-12", "", "BCDF234", "bcdf2345"]))


def test_an_erased_name_does_not_come_back(store: SqlStore) -> None:
    """Whoever had nothing but a name and was erased is barred in the list they came from; others of it come in."""
    rows = [unnamed(2, **NAMED), unnamed(3, first_name="Fenna", last_name="Proef")]
    made = upsert(store, ALUMNI, rows)
    writing(store).people.erase(stores.key_of(store, ALUMNI, made[0].id), ())
    again = upsert(store, ALUMNI, rows)
    assert [(one.outcome, one.id, [code for code, _ in one.warnings]) for one in again] == [
        ("unchanged", "", ["erased_before"]),
        ("unchanged", made[1].id, []),
    ]
    assert upsert(store, ALUMNI, [unnamed(2, **NAMED, email="another@x.example")])[0].outcome == "created"


def test_a_number_that_lost_its_zeros_is_told(store: SqlStore) -> None:
    """With the same name it is the same person; the report says under which number."""
    upsert(store, ALUMNI, [Upsert(2, "00123", SCHOOL, NAMED)])
    (result,) = upsert(store, ALUMNI, [Upsert(2, "123", SCHOOL, NAMED)])
    assert (result.id, result.outcome) == ("00123", "unchanged")
    assert result.warnings == (("zeros_differ", {"id": "123", "known": "00123"}),)
