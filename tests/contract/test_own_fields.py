"""Own fields of schools: ten at most, decided inside the write, and values that go wherever the alumnus goes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, type_coerce
from sqlalchemy.types import NullType

from matcher.domain.kinds import RequestKind
from matcher.domain.own_fields import MOST, OwnField, OwnKind, OwnSpec, having, own_name
from matcher.domain.records import RecordKind
from matcher.errors import InvalidValue
from matcher.repositories.values import NotUndone, Side, Undone, Upsert, UpsertResult
from matcher.store import schema
from matcher.store.sql_store import SqlStore
from tests.contract.test_undo import tables
from tests.support import fresh, stores
from tests.support.records import FULL_ALUMNUS, SCHOOL
from tests.support.stores import reading, upsert, writing

ALUMNI = RecordKind.ALUMNI
HOBBY = OwnSpec("Hobby", OwnKind.CHOICE, personal=False, choices=("zeilen", "lezen"))
REMARK = OwnSpec("Opmerking", OwnKind.TEXT)
TURNS = count(1)


def made(store: SqlStore, *specs: OwnSpec, school: str = SCHOOL) -> list[OwnField]:
    return [writing(store).own_fields.add(school, spec) for spec in specs]


def written(
    store: SqlStore, people: Mapping[str, Mapping[str, Any]], import_id: str | None = None
) -> list[UpsertResult]:
    rows = [Upsert(row, number, SCHOOL, values) for row, (number, values) in enumerate(people.items(), 2)]
    results = writing(store).imports.upsert(ALUMNI, rows, import_id=import_id)
    assert isinstance(results, list)
    return results


def values(store: SqlStore, number: str) -> dict[str, str]:
    """What an alumnus has, by name of the field."""
    key = stores.key_of(store, ALUMNI, number, SCHOOL)
    names = {field.key: field.name for field in reading(store).own_fields.of(SCHOOL)}
    found: dict[int, dict[int, str]] = reading(store).own_fields.values([key])
    return {names[field]: text for field, text in found.get(key, {}).items()}


def state(store: SqlStore, number: str, field: OwnField, text: str | None) -> None:
    """The alumnus says what there is in an own field."""
    writing(store).people.correct(stores.key_of(store, ALUMNI, number, SCHOOL), own_name(field.key), text)


def stated(store: SqlStore, number: str) -> frozenset[str]:
    found: frozenset[str] = reading(store).people.stated_fields(stores.key_of(store, ALUMNI, number, SCHOOL))
    return found


def test_ten_at_most_and_one_of_each_name(store: SqlStore) -> None:
    """In any spelling of the name; another school has its own ten; what is refused writes nothing."""
    made(store, *(OwnSpec(f"Veld {number}", OwnKind.TEXT) for number in range(MOST)))
    with pytest.raises(InvalidValue, match="own_fields_full"):
        made(store, OwnSpec("Elfde", OwnKind.TEXT))
    with pytest.raises(InvalidValue, match="own_field_there"):
        made(store, OwnSpec("VELD-3", OwnKind.TEXT))
    made(store, HOBBY, school="Elders")
    assert len(reading(store).own_fields.of(SCHOOL)) == MOST
    (hobby,) = reading(store).own_fields.of("Elders")
    assert (hobby.name, hobby.kind, hobby.personal, hobby.choices) == ("Hobby", OwnKind.CHOICE, False, HOBBY.choices)
    with pytest.raises(InvalidValue, match="own_field_there"):
        writing(store).own_fields.rename(reading(store).own_fields.of(SCHOOL)[0].key, "veld_3")


def test_values_come_in_once_and_change_and_clear(store: SqlStore) -> None:
    """A row without the field leaves it, None clears, the same again changes nothing, an unknown one is named."""
    made(store, HOBBY, REMARK)
    row = {"own:hobby": "zeilen", "own:Opmerking": "belt liever"}
    assert [one.outcome for one in written(store, {"A-1": row, "A-2": {"town": "Zwolle"}})] == ["created"] * 2
    assert [one.outcome for one in written(store, {"A-1": row})] == ["unchanged"]
    assert [one.outcome for one in written(store, {"A-2": {"own:hobby": None}})] == ["unchanged"]
    assert [one.outcome for one in written(store, {"A-1": {"town": "Zwolle"}})] == ["updated"]
    assert values(store, "A-1") == {"Hobby": "zeilen", "Opmerking": "belt liever"}
    (changed,) = written(store, {"A-1": {"own:Hobby": "lezen", "own:Opmerking": None}})
    assert (changed.outcome, changed.cleared) == ("updated", ("own:Opmerking",))
    assert values(store, "A-1") == {"Hobby": "lezen"}
    (unknown,) = written(store, {"A-1": {"own:Lengte": "1,80"}})
    assert (unknown.outcome, unknown.warnings) == ("unchanged", (("own_field_unknown", {"name": "Lengte"}),))
    assert values(store, "A-2") == {}


def test_a_preview_tells_what_a_write_does(store: SqlStore) -> None:
    """Also of a field that the import itself is to make: the value counts as new, and nothing is written."""
    written(store, {"A-1": {}})
    before = tables(store)
    row = Upsert(2, "A-1", SCHOOL, {"own:Hobby": "zeilen"})
    (result,) = reading(store).imports.preview(ALUMNI, [row])
    assert (result.outcome, tables(store)) == ("updated", before)


def test_an_undo_gives_the_values_of_before(store: SqlStore) -> None:
    """Of those who were there; who came in goes with the values; what changed since is left and named."""
    made(store, HOBBY, REMARK)
    written(store, {"A-1": {"own:Hobby": "zeilen"}, "A-2": {}, "A-3": {"own:Hobby": "lezen"}})
    before = tables(store)
    import_id = writing(store).imports.begin(ALUMNI, SCHOOL, "list.xlsx")
    new = {"own:Hobby": "lezen", "own:Opmerking": "x"}
    written(store, {"A-1": new, "A-2": new, "A-3": {"own:Hobby": None}, "A-4": new}, import_id)
    written(store, {"A-1": {"own:Hobby": None}}, import_id)
    assert tables(store) != before
    assert writing(store).imports.undo(import_id) == Undone(ALUMNI, restored=3, removed=1)
    assert tables(store) == before
    import_id = writing(store).imports.begin(ALUMNI, SCHOOL, "list.xlsx")
    written(store, {"A-1": new, "A-2": new}, import_id)
    written(store, {"A-1": {"own:Hobby": "zeilen"}})
    undone = writing(store).imports.undo(import_id)
    assert (undone.restored, undone.left) == (1, (NotUndone("A-1", SCHOOL, "changed", ("Hobby",)),))
    assert values(store, "A-2") == {}


def test_a_merge_has_the_values_of_both_and_gives_them_back(store: SqlStore) -> None:
    """The kept one's count first; undone, both have what they had, but for what changed or was removed since."""
    _, remark = made(store, HOBBY, REMARK)
    kept_has, gone_has = {"own:Hobby": "zeilen"}, {"own:Hobby": "lezen", "own:Opmerking": "belt liever"}
    written(store, {"A-1": kept_has, "A-2": {**FULL_ALUMNUS, **gone_has}})
    before, before_values = tables(store), values(store, "A-2")
    one, other = (stores.key_of(store, ALUMNI, number) for number in ("A-1", "A-2"))
    chosen: dict[str, Side] = {}
    merge_id = writing(store).duplicates.merge(one, other, chosen)
    assert values(store, "A-1") == {"Hobby": "zeilen", "Opmerking": "belt liever"}
    (trace,) = reading(store).merges.about(one)
    assert (trace.before["kept"]["Hobby"], trace.before["gone"]["Hobby"]) == ("zeilen", "lezen")
    assert writing(store).merges.undo(merge_id).left == ()
    assert tables(store) == before
    merge_id = writing(store).duplicates.merge(one, other, chosen)
    written(store, {"A-1": {"own:Hobby": "lezen"}})  # as the other one has it, so it is of the other
    assert writing(store).merges.undo(merge_id).left == ("Hobby",)
    assert (values(store, "A-1"), values(store, "A-2")) == ({"Hobby": "zeilen"}, before_values)
    merge_id = writing(store).duplicates.merge(one, other, chosen)
    written(store, {"A-1": {"own:Hobby": "wandelen"}})
    writing(store).own_fields.remove(remark.key)
    assert writing(store).merges.undo(merge_id).left == ("Hobby",)
    assert (values(store, "A-1"), values(store, "A-2")) == ({"Hobby": "wandelen"}, {"Hobby": "lezen"})


def test_an_import_leaves_what_the_person_stated(store: SqlStore) -> None:
    """A value, or that there is none; the row says so, before and when it is written; an undo brings nothing back."""
    hobby, remark = made(store, HOBBY, REMARK)
    import_id = writing(store).imports.begin(ALUMNI, SCHOOL, "list.xlsx")
    written(store, {"A-1": {"own:Hobby": "zeilen", "own:Opmerking": "mailt liever"}})
    row = {"own:hobby": "zeilen", "own:Opmerking": "belt liever"}
    written(store, {"A-1": row}, import_id)
    (trace,) = reading(store).imports.about(stores.key_of(store, ALUMNI, "A-1"))
    assert trace.before["fields"] == {"Opmerking": "mailt liever"}
    state(store, "A-1", hobby, "lezen")
    state(store, "A-1", remark, None)
    assert values(store, "A-1") == {"Hobby": "lezen"}
    (trace,) = reading(store).imports.about(stores.key_of(store, ALUMNI, "A-1"))
    assert "liever" not in repr((tables(store), trace)), "what it was is forgotten"
    upserts = [Upsert(2, "A-1", SCHOOL, row)]
    for results in (reading(store).imports.preview(ALUMNI, upserts), upsert(store, ALUMNI, upserts)):
        (result,) = results
        assert (result.outcome, result.warnings) == (
            "unchanged",
            (("kept_stated", {"field": "own:hobby"}), ("kept_stated", {"field": "own:Opmerking"})),
        )
    assert writing(store).imports.undo(import_id).left == (NotUndone("A-1", SCHOOL, "changed"),)
    assert values(store, "A-1") == {"Hobby": "lezen"}
    assert stated(store, "A-1") == {own_name(hobby.key), own_name(remark.key)}
    writing(store).own_fields.remove(hobby.key)
    assert stated(store, "A-1") == {own_name(remark.key)}


texts_of_two = st.tuples(*[st.tuples(st.none() | st.sampled_from("ab"), st.booleans())] * 4)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(both=(("a", False), (None, False), (None, True), ("b", False)), later=[])
@example(both=((None, False), ("a", True), (None, False), ("b", True)), later=[(0, None)])
@given(both=texts_of_two, later=st.lists(st.tuples(st.integers(0, 1), st.none() | st.sampled_from("abc")), max_size=2))
def test_a_merge_takes_what_was_stated(
    store: SqlStore,
    both: tuple[tuple[str | None, bool], ...],
    later: list[tuple[int, str | None]],
) -> None:
    """Of two fields of two people, each stated or not, also as nothing; undone, both have and state what they did.

    But for what the one who stayed states in between, which is theirs where the other had not said it.
    """
    names = ("Opmerking", "Vrije tijd")
    there = {field.name: field for field in reading(store).own_fields.of(SCHOOL)}
    fields = [there.get(name) or made(store, OwnSpec(name, OwnKind.TEXT))[0] for name in names]
    people = [f"A-{next(TURNS)}-{side}" for side in ("kept", "gone")]
    said = {(people[place // 2], place % 2): pair for place, pair in enumerate(both)}
    written(store, {one: {f"own:{names[at]}": said[one, at][0] for at in (0, 1)} for one in people})
    for (one, at), (text, by_person) in said.items():
        if by_person:
            state(store, one, fields[at], text)
    before, had = tables(store), [(values(store, one), stated(store, one)) for one in people]
    keys = [stores.key_of(store, ALUMNI, one, SCHOOL) for one in people]
    merge_id = writing(store).duplicates.merge(*keys, {})
    for at, name in enumerate(names):
        (kept, kept_stated), (gone, gone_stated) = said[people[0], at], said[people[1], at]
        expected = kept if kept_stated else gone if gone_stated else kept or gone
        assert values(store, people[0]).get(name) == expected
        assert (own_name(fields[at].key) in stated(store, people[0])) == (kept_stated or gone_stated)
    merged = values(store, people[0]), stated(store, people[0])
    for at, text in later:
        state(store, people[0], fields[at], text)
    now = values(store, people[0]), stated(store, people[0])
    left = writing(store).merges.undo(merge_id).left
    assert set(left) == {
        name
        for name, field in zip(names, fields, strict=True)
        if merged[0].get(name) != now[0].get(name) or own_name(field.key) in now[1] - merged[1]
    }
    if not left:
        assert tables(store) == before
    assert (values(store, people[1]), stated(store, people[1])) == had[1]
    for at, name in enumerate(names):
        last = next((text for place, text in reversed(later) if place == at), None)
        kept, gone = (had[side][0].get(name) for side in (0, 1))
        is_new = name in left and last != merged[0].get(name) and (last is None or last != gone)
        assert values(store, people[0]).get(name) == (last if is_new else kept)
        assert not is_new or own_name(fields[at].key) in stated(store, people[0])


def test_a_removed_field_takes_its_values_along(store: SqlStore) -> None:
    """Of how many is told; an undo of the import that brought them does not bring them back."""
    hobby, _ = made(store, HOBBY, REMARK)
    import_id = writing(store).imports.begin(ALUMNI, SCHOOL, "list.xlsx")
    written(store, {"A-1": {"own:Hobby": "zeilen"}, "A-2": {"own:Hobby": "lezen", "own:Opmerking": "x"}})
    written(store, {"A-1": {"own:Hobby": None}, "A-2": {"own:Hobby": "zeilen"}}, import_id)
    assert writing(store).own_fields.remove(hobby.key) == 1
    assert writing(store).imports.undo(import_id).left == ()
    assert [field.name for field in reading(store).own_fields.of(SCHOOL)] == ["Opmerking"]
    assert (values(store, "A-1"), values(store, "A-2")) == ({}, {"Opmerking": "x"})
    with pytest.raises(KeyError):
        writing(store).own_fields.remove(hobby.key)


def test_alumni_of_a_school_by_their_values(store: SqlStore) -> None:
    """All values must be there; of another school no one is found."""
    hobby, remark = made(store, HOBBY, REMARK)
    (other,) = made(store, HOBBY, school="Elders")
    upsert(store, ALUMNI, [Upsert(2, "Z-1", "Elders", {"own:Hobby": "zeilen"})])
    written(store, {"A-1": {"own:Hobby": "zeilen"}, "A-2": {"own:Hobby": "zeilen", "own:Opmerking": "x"}, "A-3": {}})
    both = sorted(stores.key_of(store, ALUMNI, number) for number in ("A-1", "A-2"))

    def find(school: str, wanted: dict[int, str]) -> list[int]:
        return having(reading(store).own_fields.of_school(school), wanted)

    assert find(SCHOOL, {hobby.key: "zeilen"}) == both
    assert find(SCHOOL, {hobby.key: "zeilen", remark.key: "x"}) == [stores.key_of(store, ALUMNI, "A-2")]
    assert (find(SCHOOL, {hobby.key: "lezen"}), find(SCHOOL, {other.key: "zeilen"})) == ([], [])


def test_values_are_encrypted_and_a_new_key_reads_them(database_url: str) -> None:
    """The table holds no text where there is a key, and `reseal` writes them with the new one."""
    from cryptography.fernet import Fernet

    from matcher.policy import COMMAND_LINE

    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    store = stores.open_store(database_url, old)
    fresh.migrate(store)
    store.check_keys()
    made(store, HOBBY)
    written(store, {"A-1": {"own:Hobby": "zeilen"}})
    with store._database.reading() as connection:
        (stored,) = connection.execute(select(type_coerce(schema.own_values.c["values"], NullType))).scalars()
    assert stored is not None
    assert "zeilen" not in stored
    store.close()
    both = stores.open_store(database_url, new, old)
    assert both.reseal(by=COMMAND_LINE) >= 1
    both.close()
    alone = stores.open_store(database_url, new)
    assert values(alone, "A-1") == {"Hobby": "zeilen"}
    alone.close()


texts = st.dictionaries(
    st.sampled_from(["Hobby", "Opmerking"]), st.none() | st.text("abcé ", min_size=1, max_size=5), max_size=2
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.sampled_from(["A-1", "A-2"]), texts), min_size=1, max_size=6))
def test_imports_are_a_plain_dictionary(store: SqlStore, rows: list[tuple[str, dict[str, str | None]]]) -> None:
    """Whatever comes in, in whatever order: each alumnus has what was said last; undone, what was there before."""
    there = {field.name for field in reading(store).own_fields.of(SCHOOL)}
    made(store, *(spec for spec in (OwnSpec("Hobby", OwnKind.TEXT), REMARK) if spec.name not in there))
    turn = next(TURNS)
    expected: dict[str, dict[str, str | None]] = {f"A-1-{turn}": {"Hobby": "eerst"}, f"A-2-{turn}": {}}
    written(store, {number: {f"own:{name}": text for name, text in own.items()} for number, own in expected.items()})
    before = tables(store)
    import_id = writing(store).imports.begin(ALUMNI, SCHOOL, "list.xlsx")
    for number, own in rows:
        written(store, {f"{number}-{turn}": {f"own:{name}": text for name, text in own.items()}}, import_id)
        expected[f"{number}-{turn}"] |= own
    for number, own in expected.items():
        assert values(store, number) == {name: text for name, text in own.items() if text is not None}
    assert writing(store).imports.undo(import_id).left == ()
    assert tables(store) == before


def test_demands_follow_the_field(store: SqlStore) -> None:
    """With another name they have it too; of another school they stay; what is demanded is not removed."""
    hobby, _ = made(store, HOBBY, REMARK)
    made(store, HOBBY, school="Elders")
    asked = {"kind": RequestKind.GUEST_LESSON, "title": "Iets", "own_demands": "hobby = zeilen; Opmerking = x"}
    rows = [Upsert(2, "R-1", SCHOOL, asked), Upsert(3, "R-2", "Elders", asked)]
    upsert(store, RecordKind.REQUESTS, [*rows, Upsert(4, "R-3", SCHOOL, {**asked, "own_demands": None})])
    first, other = (stores.key_of(store, RecordKind.REQUESTS, id_) for id_ in ("R-1", "R-2"))
    before = stores.revision(store)
    writing(store).own_fields.rename(hobby.key, "Vrije tijd")
    assert stores.revision(store) == before + 1
    found = {key: (school, text) for key, school, text in reading(store).own_fields.demands()}
    assert found == {
        first: (SCHOOL, "Vrije tijd = zeilen; Opmerking = x"),
        other: ("Elders", "hobby = zeilen; Opmerking = x"),
    }
    assert [key for key, *_ in reading(store).own_fields.demands(other)] == [other]
    with pytest.raises(InvalidValue, match="own_field_demanded"):
        writing(store).own_fields.remove(hobby.key)
    upsert(store, RecordKind.REQUESTS, [Upsert(2, "R-1", SCHOOL, {"own_demands": None})])
    assert writing(store).own_fields.remove(hobby.key) == 0
