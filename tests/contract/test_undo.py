"""An import taken back: the database is as it was, but for what somebody changed since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from matcher.domain.consent import Withdrawals
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE
from matcher.repositories import Transaction
from matcher.repositories.values import NotUndone, Undone, Upsert, UpsertResult
from matcher.store import schema
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.fakes import FixedClock
from tests.support.records import FULL, LEAST, SCHOOL, TODAY
from tests.support.stores import reading, upsert, writing

ALUMNI = RecordKind.ALUMNI
KINDS = list(RecordKind)
LEFT_OUT = {"audit", "audit_people", "audit_schools", "revisions", "removals", "imports", "import_changes"}
LEFT_OUT |= {"installation_values"}


def tables(store: SqlStore) -> dict[str, list[str]]:
    """Every row of every table but the log, revisions and imports."""
    with store._database.reading() as connection:
        return {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for table in schema.metadata.sorted_tables
            if table.name not in LEFT_OUT
        }


def shown(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """The same without former addresses: digests, that of an address which is the own one again may be there or not."""
    return {name: rows for name, rows in found.items() if name != "former_addresses"}


def import_all(store: SqlStore, kind: RecordKind, *batches: Sequence[Upsert]) -> str:
    """An import of several transactions; its id."""

    def begin(tx: Transaction) -> str:
        return tx.imports.begin(kind, SCHOOL, "list.xlsx")

    def work(tx: Transaction, rows: Sequence[Upsert], import_id: str) -> list[UpsertResult]:
        return tx.imports.upsert(kind, rows, import_id=import_id)

    import_id = store.write(begin, by=COMMAND_LINE)
    for rows in batches:
        store.write(lambda tx, rows=rows: work(tx, rows, import_id), by=COMMAND_LINE)  # type: ignore[misc]
    return import_id


def undo(store: SqlStore, import_id: str) -> Undone:
    done = writing(store).imports.undo(import_id)
    assert isinstance(done, Undone)
    return done


@pytest.mark.parametrize("kind", KINDS)
def test_an_undo_gives_the_database_of_before(store: SqlStore, kind: RecordKind) -> None:
    """Records created and changed, with every field, in several transactions; the log says so and verifies."""
    least, full = LEAST[kind], FULL[kind]
    upsert(store, kind, [Upsert(2, "X-1", SCHOOL, least), Upsert(3, "X-2", SCHOOL, full)])
    before = tables(store)
    cleared = {**dict.fromkeys(full), **least}
    import_id = import_all(
        store,
        kind,
        [Upsert(2, "X-1", SCHOOL, full), Upsert(3, "X-2", SCHOOL, cleared, may_withdraw=True)],
        [Upsert(4, "X-3", SCHOOL, full), Upsert(5, "X-1", SCHOOL, full | {"town": "Kampen"})],
        [Upsert(4, "X-3", SCHOOL, least)],
    )
    assert tables(store) != before
    (kept,) = reading(store).imports.listed(SCHOOL)
    assert (kept.id, kept.file, kept.created, kept.undone_at) == (import_id, "list.xlsx", 1, None)
    assert undo(store, import_id) == Undone(kind, restored=2, removed=1)
    assert tables(store) == before
    entry = stores.log(store, limit=1)[0]
    assert entry.action == "import.undo"
    assert entry.details == {
        "kind": kind.value, "import": import_id, "restored": 2, "removed": 1, "left": 0, "references": 0
    }  # fmt: skip
    assert reading(store).audit.verify().wrong is None
    again = undo(store, import_id)
    assert (again.before is not None, again.restored, again.removed) == (True, 0, 0)
    assert reading(store).imports.find("none") is None
    with pytest.raises(KeyError):
        undo(store, "none")


def correct(store: SqlStore, key: int) -> None:
    writing(store).people.correct(key, "town", "Zwolle")


def say_yes(store: SqlStore, key: int) -> None:
    writing(store).consents.state(key, Purpose.MENTOR, given=True)


def object_to_it(store: SqlStore, key: int) -> None:
    writing(store).consents.set_objection(key, objects=True)


def later_import(store: SqlStore, key: int) -> None:
    (record,) = reading(store).records.by_key(ALUMNI, [key]).values()
    upsert(store, ALUMNI, [Upsert(2, record.alumnus_id, SCHOOL, {"sector": "zorg"})])


def ask(store: SqlStore, key: int) -> None:
    stores.add_to_ledger(store, LedgerLine(key, None, LedgerEvent.ASKED, TODAY))


def nothing(store: SqlStore, key: int) -> None:
    """A ranking in which somebody was shown is no reason to stay."""
    stores.note(store, COMMAND_LINE, "match", {"query": 1, "shown": [[key, 0.5]]})


def correct_again(store: SqlStore, key: int) -> None:
    """The town is that of before the import, and stays."""
    writing(store).people.correct(key, "town", None)


def let_stay(store: SqlStore, key: int) -> None:
    writing(store).consents.renew(key, [])


ACTS = [correct_again, let_stay, correct, say_yes, object_to_it, later_import, ask, nothing]


@pytest.mark.parametrize("act", ACTS)
def test_what_somebody_did_since_stays(store: SqlStore, act: Any) -> None:
    """Of who was there what the import alone changed goes back; whom it made stays, if changed or used since."""
    upsert(store, ALUMNI, [Upsert(2, "X-1", SCHOOL, {}), Upsert(3, "X-2", SCHOOL, {})])
    if act is correct_again:
        act(store, stores.key_of(store, ALUMNI, "X-1"))
    rows = [Upsert(number, f"X-{number}", SCHOOL, {"function": "kok"}) for number in range(1, 5)]
    import_id = import_all(store, ALUMNI, rows)
    for id_ in ("X-1", "X-3"):
        act(store, stores.key_of(store, ALUMNI, id_))
    done = undo(store, import_id)
    left = {"X-3": "changed"} if act not in {ask, nothing} else {"X-3": "in_use"} if act is ask else {}
    if act is let_stay:
        left["X-1"] = "changed"
    assert {one.id: one.because for one in done.left} == left
    assert (done.restored, done.removed) == (2 - ("X-1" in left), 2 - ("X-3" in left))
    functions = {one.alumnus_id: one.function for one in stores.alumni(store)}
    expected = {"X-1": "kok" if "X-1" in left else None, "X-2": None}
    assert functions == expected | ({"X-3": "kok"} if "X-3" in left else {})
    assert reading(store).audit.verify().wrong is None


def test_what_was_changed_since_stays_field_by_field(store: SqlStore) -> None:
    """And is named: what a person stated, what a later import changed, a consent that somebody spoke about."""
    start = {"function": "kok", "employer": "Proef", "town": "Zwolle", "email": "a@x.example", "postcode": "8011 AB"}
    upsert(store, ALUMNI, [Upsert(2, "X-1", SCHOOL, start | {"pc4": "8011"})])
    key = stores.key_of(store, ALUMNI, "X-1")
    given = {"consents": frozenset({Purpose.MENTOR, Purpose.FEEDBACK}), "consent_date": TODAY}
    new = {"function": "bakker", "employer": "Ander", "town": "Kampen", "email": "b@x.example", "postcode": "8261 AA"}
    import_id = import_all(store, ALUMNI, [Upsert(2, "X-1", SCHOOL, {**new, "pc4": "8261", **given})])
    writing(store).people.correct(key, "town", "Kampen")
    writing(store).people.correct(key, "postcode", "8261 AB")
    upsert(store, ALUMNI, [Upsert(2, "X-1", SCHOOL, {"employer": "Derde"})])
    writing(store).consents.state(key, Purpose.MENTOR, given=False)
    (trace,) = reading(store).imports.about(key)
    assert "Zwolle" not in str(trace.before)
    assert "8011" not in str(trace.before)
    done = undo(store, import_id)
    assert (done.restored, done.removed) == (0, 0)
    ((one,), _) = (done.left, None)
    assert (one.id, one.because, set(one.fields)) == ("X-1", "changed", {"town", "postcode", "employer", "consents"})
    (person,) = stores.alumni(store)
    contact = reading(store).people.contact(key)
    assert contact is not None
    assert (person.function, person.employer, person.town) == ("kok", "Derde", "Kampen")
    assert (contact.email, contact.postcode, person.pc4) == ("a@x.example", "8261 AB", "8261")
    held = {one.purpose: one.withdrawn_on for one in reading(store).consents.of(key)}
    assert held == {Purpose.MENTOR: TODAY}
    assert reading(store).audit.verify().wrong is None


def test_what_another_changed_between_two_parts_of_an_import_stays(store: SqlStore) -> None:
    """A file whose rows name somebody twice, with another import between the two: the undo takes back its own alone."""
    first, other, then = (
        {"function": "lasser", "town": "Zwolle"},
        {"function": "bakker"},
        {"town": "Kampen", "sector": "techniek"},
    )
    upsert(store, ALUMNI, [Upsert(2, "X-1", SCHOOL, {"function": "kok"})])
    import_id = import_all(store, ALUMNI, [Upsert(2, "X-1", SCHOOL, first), Upsert(3, "X-2", SCHOOL, first)])
    upsert(store, ALUMNI, [Upsert(2, "X-1", SCHOOL, other), Upsert(3, "X-2", SCHOOL, other)])
    writing(store).imports.upsert(
        ALUMNI, [Upsert(4, "X-1", SCHOOL, then), Upsert(5, "X-2", SCHOOL, then)], import_id=import_id
    )
    done = undo(store, import_id)
    assert {one.id: one.fields for one in done.left} == {"X-1": ("function",), "X-2": ()}
    there = {one.alumnus_id: (one.function, one.town, one.sector) for one in stores.alumni(store)}
    assert there == {"X-1": ("bakker", None, None), "X-2": ("bakker", "Kampen", "techniek")}


def test_what_was_chosen_or_asked_about_stays(store: SqlStore) -> None:
    """A course on the list of an alumnus, and a request of which somebody asked about the list, are in use."""
    upsert(store, ALUMNI, [Upsert(2, "A-1", SCHOOL, LEAST[ALUMNI])])
    alumnus = stores.key_of(store, ALUMNI, "A-1", SCHOOL)
    made = {kind: import_all(store, kind, [Upsert(2, "X-1", SCHOOL, LEAST[kind])]) for kind in KINDS if kind != ALUMNI}
    course, request = (
        stores.key_of(store, kind, "X-1", SCHOOL) for kind in (RecordKind.OFFERINGS, RecordKind.REQUESTS)
    )
    writing(store).shortlists.put(alumnus, course, None)
    writing(store).disputes.open(alumnus, request, None, "Waarom niet?")
    for import_id in made.values():
        done = undo(store, import_id)
        assert (done.removed, [one.because for one in done.left]) == (0, ["in_use"])


def test_an_objection_of_the_person_stays(store: SqlStore) -> None:
    """Whether a file said so before them or not."""
    upsert(store, ALUMNI, [Upsert(number, f"X-{number}", SCHOOL, {}) for number in (1, 2)])
    objects = {"function": "kok", "withdrawals": Withdrawals({}, TODAY)}
    rows = [Upsert(2, "X-1", SCHOOL, {"function": "kok"}), Upsert(3, "X-2", SCHOOL, objects)]
    import_id = import_all(store, ALUMNI, rows)
    first, second = (stores.key_of(store, ALUMNI, id_) for id_ in ("X-1", "X-2"))
    object_to_it(store, first)
    writing(store).consents.set_objection(second, objects=False)
    assert [(one.id, one.fields) for one in undo(store, import_id).left] == [("X-2", ("consents",))]
    assert set(reading(store).consents.objections()) == {first}
    assert [one.function for one in stores.alumni(store)] == [None, None]


def test_consents_go_back_and_a_later_undo_frees_an_earlier_one(store: SqlStore, clock: FixedClock) -> None:
    """What a file gave and took is undone, dates and all; a later import is taken back by itself, in any order."""
    upsert(store, ALUMNI, [Upsert(2, "X-1", SCHOOL, {"consents": frozenset({Purpose.MENTOR}), "consent_date": TODAY})])
    before = tables(store)
    clock.day = TODAY + timedelta(days=3)
    other = {"consents": frozenset({Purpose.FEEDBACK}), "withdrawals": Withdrawals({Purpose.MENTOR: clock.day}, TODAY)}
    first = import_all(store, ALUMNI, [Upsert(2, "X-1", SCHOOL, other, may_withdraw=True)])
    assert reading(store).consents.objections() == {stores.key_of(store, ALUMNI, "X-1"): TODAY}
    between = tables(store)
    second = import_all(store, ALUMNI, [Upsert(2, "X-1", SCHOOL, {"sector": "zorg"})])
    assert undo(store, second).left == ()
    assert tables(store) == between
    assert undo(store, first).left == ()
    assert tables(store) == before


def test_whom_an_undo_removed_no_revision_names(store: SqlStore) -> None:
    """Nothing leads to a person who was brought in by mistake; those who stay are still named."""
    upsert(store, ALUMNI, [Upsert(2, "X-1", SCHOOL, {})])
    import_id = import_all(store, ALUMNI, [Upsert(2, "X-1", SCHOOL, {"town": "Kampen"}), Upsert(3, "X-2", SCHOOL, {})])
    stays, goes = (str(stores.key_of(store, ALUMNI, id_)) for id_ in ("X-1", "X-2"))
    assert undo(store, import_id) == Undone(ALUMNI, restored=1, removed=1)
    with store._database.reading() as connection:
        named = str(connection.execute(select(schema.revisions.c.alumni)).all())
    assert stays in named
    assert goes not in named


def test_an_undo_below_a_later_import_names_what_it_leaves(store: SqlStore) -> None:
    """The school and the id, and nothing else of the record."""
    import_id = import_all(store, ALUMNI, [Upsert(2, "X-1", SCHOOL, {})])
    upsert(store, ALUMNI, [Upsert(2, "X-1", SCHOOL, {"sector": "zorg"})])
    assert undo(store, import_id).left == (NotUndone("X-1", SCHOOL, "changed"),)


def test_an_import_is_forgotten_with_what_its_undo_needs(store: SqlStore, clock: FixedClock) -> None:
    """What was changed before a moment stands nowhere any more; what came after it does."""
    first = import_all(store, ALUMNI, [Upsert(2, "X-1", SCHOOL, {})])
    clock.day = TODAY + timedelta(days=31)
    second = import_all(store, ALUMNI, [Upsert(2, "X-1", SCHOOL, {"town": "Zwolle"})])
    key = stores.key_of(store, ALUMNI, "X-1")
    assert [trace.import_id for trace in reading(store).imports.about(key)] == [second, first]
    assert writing(store).imports.forget(clock.now().replace(tzinfo=None) - timedelta(days=30)) == 1
    assert [kept.id for kept in reading(store).imports.listed()] == [second]
    assert [trace.import_id for trace in reading(store).imports.about(key)] == [second]


def test_an_erased_requester_stands_in_no_undo(store: SqlStore) -> None:
    """Nor one who had asked for a request before the import gave it another requester."""
    kind, lesson = RecordKind.REQUESTS, {"kind": RequestKind.MENTOR, "title": "Mentor"}
    upsert(store, ALUMNI, [Upsert(2, "X-1", SCHOOL, {"email": "me@x.example"})])
    upsert(store, kind, [Upsert(2, "R-1", SCHOOL, lesson | {"requester": "me@x.example"})])
    import_all(store, kind, [Upsert(2, "R-1", SCHOOL, lesson | {"requester": "other@x.example"})])
    with store._database.reading() as connection:
        assert "me@x.example" in str(connection.execute(select(schema.import_changes)).all())
    writing(store).people.erase(stores.key_of(store, ALUMNI, "X-1"), [])
    with store._database.reading() as connection:
        assert connection.execute(select(schema.import_changes)).all() == []


NUMBERS = st.integers(1, 5)
WORDS = st.none() | st.sampled_from(["kok", "bakker"])
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "function": WORDS,
        "first_name": WORDS,
        "email": st.none() | st.sampled_from(["a@x.example", "b@x.example"]),
        "left_on": st.none() | st.just(date(2020, 7, 1)),
        "online": st.none() | st.booleans(),
        "max_distance_km": st.none() | st.sampled_from([1.0, 12.5]),
        "consents": st.frozensets(st.sampled_from(list(Purpose)[:3])),
        "consent_date": st.none() | st.just(TODAY),
        "withdrawals": st.none() | st.builds(Withdrawals, st.just({Purpose.MENTOR: TODAY}), st.none() | st.just(TODAY)),
    },
)
BATCHES = st.lists(
    st.dictionaries(NUMBERS, st.tuples(VALUES, st.booleans()), min_size=1, max_size=4), min_size=1, max_size=3
)
SOME = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def rows_of(batch: dict[int, tuple[dict[str, object], bool]], prefix: str) -> list[Upsert]:
    return [Upsert(n, f"{prefix}-{n}", SCHOOL, values, may) for n, (values, may) in sorted(batch.items())]


@SOME
@given(
    number=st.uuids(),
    first=BATCHES,
    then=BATCHES,
    acts=st.lists(st.tuples(NUMBERS, st.sampled_from(ACTS[:-1])), max_size=3),
)
def test_any_import_can_be_taken_back(store: SqlStore, number: Any, first: Any, then: Any, acts: Any) -> None:
    """Whatever was there and whatever the import did: without changes since, every table is as it was.

    With changes since each field, consent and objection is as it was, or stays and its record is named; whom the import
    made stays whole.
    """
    prefix = number.hex
    for batch in first:
        upsert(store, ALUMNI, rows_of(batch, prefix))
    before, was = shown(tables(store)), things(store)
    import_id = import_all(store, ALUMNI, *(rows_of(batch, prefix) for batch in then))
    keys = set(_keys_changed(store, import_id))
    after = things(store)
    acted: dict[int, set[Any]] = {}
    for n, act in acts:
        if (key := {one.alumnus_id: one.key for one in stores.alumni(store)}.get(f"{prefix}-{n}")) is not None:
            act(store, key)
            acted.setdefault(key, set()).add(act)
    then_there = things(store)
    done = undo(store, import_id)
    now, ids = things(store), {one.key: one.alumnus_id for one in stores.alumni(store)}
    left = set[str]()
    for key in keys:
        spoke = acted.get(key, set())
        if key not in was:
            changed = then_there[key] != after[key] or spoke & {correct, correct_again, let_stay}
            assert (key in now) == bool(changed or ask in spoke)
            left |= {ids[key]} if key in now else set()
            continue
        stated = {"town"} if spoke & {correct, correct_again} else set()
        moved = {name for name in {*after[key], *was[key]} if was[key].get(name) != after[key].get(name)}
        stays = {name for name in moved if then_there[key].get(name) != after[key].get(name) or name in stated}
        if let_stay in spoke:
            stays = moved
        expected = then_there[key] | {name: was[key].get(name) for name in moved - stays}
        assert {name: value for name, value in expected.items() if value is not None} == now[key]
        left |= {ids[key]} if stays or let_stay in spoke else set()
    assert {one.id for one in done.left} == left
    assert done.restored + done.removed == len(keys) - len(left)
    if not acted:
        assert shown(tables(store)) == before


def things(store: SqlStore) -> dict[int, dict[str, object]]:
    """By random key: each field that has a value, each consent, and an objection."""
    found: dict[int, dict[str, object]] = {}
    objections = reading(store).consents.objections()
    for one in stores.alumni(store):
        contact = reading(store).people.contact(one.key)
        values = {name: getattr(one, name) for name in ("function", "town", "sector", "left_on", "online")}
        values |= {"distance": one.max_distance_km, "objects": objections.get(one.key)}
        values |= {"email": contact and contact.email, "first_name": contact and contact.first_name}
        values |= {f"consent {held.purpose}": held for held in reading(store).consents.of(one.key)}
        found[one.key] = {name: value for name, value in values.items() if value is not None}
    return found


def _keys_changed(store: SqlStore, import_id: str) -> list[int]:
    with store._database.reading() as connection:
        changes, imports = schema.import_changes, schema.imports
        joined = select(changes.c.alumnus_key).join_from(changes, imports).where(imports.c.id == import_id)
        return list(connection.execute(joined).scalars())
