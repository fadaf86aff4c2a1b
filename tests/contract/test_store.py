"""The contract of the store, on a SQLite file and on a real PostgreSQL: the same answers from both."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date, timedelta
from typing import cast

import numpy as np
import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import SQLAlchemyError

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.places import Coordinates
from matcher.domain.records import Alumnus, Contact, Offering, RecordKind, Request
from matcher.policy import COMMAND_LINE
from matcher.ports import Store
from matcher.repositories import Transaction
from matcher.repositories.values import Upsert
from matcher.store import schema
from matcher.store.sql_store import SqlStore
from matcher.text import town_of_key
from tests.support import stores
from tests.support.fakes import FixedClock
from tests.support.records import FULL, FULL_ALUMNUS, FULL_OFFERING, FULL_REQUEST, LEAST, SCHOOL, TODAY, row
from tests.support.stores import key_of, reading, upsert, writing

ALUMNI, REQUESTS, OFFERINGS = RecordKind.ALUMNI, RecordKind.REQUESTS, RecordKind.OFFERINGS
KINDS = list(RecordKind)
LATER = TODAY + timedelta(days=40)


def outcomes(store: Store, kind: RecordKind, *rows: Upsert) -> list[str]:
    return [result.outcome for result in upsert(store, kind, rows)]


def in_force(store: SqlStore, name: str = "A-1") -> set[Purpose]:
    (found,) = reading(store).records.find(ALUMNI, name)
    assert isinstance(found, Alumnus)
    return {consent.purpose for consent in found.consents if consent.withdrawn_on is None}


def test_the_store_is_the_port(store: SqlStore) -> None:
    """SqlStore has every method of the port, with its types (mypy checks the assignment)."""
    port: Store = store
    assert port.origin() == "0"


def test_every_field_of_an_alumnus_comes_back(store: SqlStore) -> None:
    """What was imported is read back equal, contact details only where they are asked for."""
    assert outcomes(store, ALUMNI, row(1, **FULL_ALUMNUS)) == ["created"]
    (read,) = stores.alumni(store)
    fields = {field.name for field in dataclasses.fields(Alumnus)} - {"key", "school", "alumnus_id", "contact"}
    for name in fields - {"consents"}:
        assert getattr(read, name) == FULL_ALUMNUS[name], name
    assert (read.alumnus_id, read.school, read.contact) == ("A-1", SCHOOL, Contact())
    assert {(c.purpose, c.given_on, c.source) for c in read.consents} == {
        (Purpose.GUEST_LESSON, date(2026, 9, 1), "import"),
        (Purpose.LLO_ADVICE, date(2026, 9, 1), "import"),
    }
    (exported,) = reading(store).records.stream(ALUMNI, personal=True)
    assert isinstance(exported, Alumnus)
    assert dataclasses.replace(exported, contact=Contact()) == read
    expected = Contact("Noor", "van den", "Özdemir-de Vries", "Noor@Example.nl", "06-12345678", "8011 AB")
    assert exported.contact == expected == reading(store).people.contact(read.key)
    assert 0 < read.key < 2**63


def test_every_field_of_a_request_comes_back(store: SqlStore) -> None:
    """What was imported is read back equal; the requester's address only in an export."""
    outcomes(store, REQUESTS, row(1, "R-1", **FULL_REQUEST))
    (read,) = stores.requests(store)
    for name in {field.name for field in dataclasses.fields(Request)} - {"key", "school", "request_id", "requester"}:
        assert getattr(read, name) == FULL_REQUEST[name], name
    assert (read.request_id, read.school, read.requester) == ("R-1", SCHOOL, None)
    (exported,) = reading(store).records.stream(REQUESTS, personal=True)
    assert exported == dataclasses.replace(read, requester="docent@school.nl")


def test_every_field_of_an_offering_comes_back(store: SqlStore) -> None:
    """What was imported is read back equal."""
    outcomes(store, OFFERINGS, row(1, "O-1", "ROC", **FULL_OFFERING))
    (read,) = stores.offerings(store)
    for name in {field.name for field in dataclasses.fields(Offering)} - {"key", "provider", "offering_id"}:
        assert getattr(read, name) == FULL_OFFERING[name], name
    assert (read.offering_id, read.provider) == ("O-1", "ROC")
    assert reading(store).records.stream(OFFERINGS, personal=True) == [read]


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_of_required_fields_has_the_defaults_of_the_domain(store: SqlStore, kind: RecordKind) -> None:
    """What was never said reads as the domain's own default; a cleared field does too."""
    outcomes(store, kind, row(1, "X-1", **LEAST[kind]), row(2, "X-2", **FULL[kind]))
    outcomes(store, kind, row(2, "X-2", **{**dict.fromkeys(FULL[kind], None), **LEAST[kind]}))
    (least,), (cleared,) = reading(store).records.find(kind, "X-1"), reading(store).records.find(kind, "X-2")
    ids = {"alumnus_id", "request_id", "offering_id", "key", "consents"}
    for field in dataclasses.fields(least):
        if field.name not in ids:
            assert getattr(least, field.name) == getattr(cleared, field.name), field.name
            if field.name not in {"school", "provider", *LEAST[kind]}:
                assert getattr(least, field.name) == (None if field.default is dataclasses.MISSING else field.default)


def test_empty_is_not_unknown(store: SqlStore) -> None:
    """A set that is known to be empty stays apart from an unknown one."""
    outcomes(store, ALUMNI, row(1, offers=frozenset(), need_kinds=None, day_parts=0), row(2, offers=None))
    empty, unknown = reading(store).records.page(ALUMNI)
    assert isinstance(empty, Alumnus)
    assert isinstance(unknown, Alumnus)
    assert (empty.offers, empty.need_kinds, empty.day_parts) == (frozenset(), None, 0)
    assert (unknown.offers, unknown.day_parts) == (None, None)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_rows_again_change_nothing(store: SqlStore, clock: FixedClock, kind: RecordKind) -> None:
    """An import is idempotent, on a later day too, and an unchanged one makes no revision."""
    rows = [row(number, **FULL[kind]) for number in range(3)]
    assert outcomes(store, kind, *rows) == ["created"] * 3
    assert stores.revision(store) == 1
    clock.day = LATER
    assert outcomes(store, kind, *rows) == ["unchanged"] * 3
    assert stores.revision(store) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_the_file_has_changes(store: SqlStore, kind: RecordKind) -> None:
    """An absent field stays, a None clears, and the key never changes."""
    outcomes(store, kind, row(1, "X-1", **FULL[kind]))
    (before,) = reading(store).records.stream(kind, personal=True)
    assert outcomes(store, kind, row(1, "X-1", pc4="9712", town=None)) == ["updated"]
    (after,) = reading(store).records.stream(kind, personal=True)
    assert after == dataclasses.replace(before, pc4="9712", town=None)
    assert stores.revision(store) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_dry_run_says_the_same_and_writes_nothing(store: SqlStore, kind: RecordKind) -> None:
    """A dry run gives the results that the import gives, and leaves records and revision alone."""
    outcomes(store, kind, row(1, **FULL[kind]), row(2, **FULL[kind]))
    before = reading(store).records.stream(kind, personal=True)
    rows = [row(1, **FULL[kind]), row(2, **{**FULL[kind], "pc4": "1000"}), row(3, **FULL[kind])]
    dry = reading(store).imports.preview(kind, rows)
    assert [result.outcome for result in dry] == ["unchanged", "updated", "created"]
    assert (reading(store).records.stream(kind, personal=True), stores.revision(store)) == (before, 1)
    assert upsert(store, kind, rows) == dry


def test_contact_details_that_change_are_an_update(store: SqlStore) -> None:
    """Contact details are compared, added and cleared like any field."""
    assert outcomes(store, ALUMNI, row(1)) == ["created"]
    key = key_of(store, ALUMNI, "A-1")
    assert reading(store).people.contact(key) is None
    assert outcomes(store, ALUMNI, row(1, phone="1")) == ["updated"]
    assert outcomes(store, ALUMNI, row(1, phone="1")) == ["unchanged"]
    assert outcomes(store, ALUMNI, row(1, phone=None, email="a@b.nl")) == ["updated"]
    assert reading(store).people.contact(key) == Contact(email="a@b.nl")


def test_a_postcode_gives_its_four_digits(store: SqlStore) -> None:
    """A row with a postcode and no four digits sets these too."""
    outcomes(store, ALUMNI, row(1, postcode="8011 AB"))
    assert stores.alumni(store)[0].pc4 == "8011"


def test_the_same_id_at_two_schools_is_two_people(store: SqlStore) -> None:
    """Ids are unique per owner; find gives each, ordered by owner, or the one that is asked for."""
    outcomes(store, ALUMNI, row(1, "A-1", "Zadkine"), row(2, "A-1", "Albeda"))
    both = reading(store).records.find(ALUMNI, "A-1")
    assert [found.school for found in both if isinstance(found, Alumnus)] == ["Albeda", "Zadkine"]
    assert reading(store).records.find(ALUMNI, "A-1", "Zadkine") == both[1:]
    assert reading(store).records.find(ALUMNI, "A-1", "nobody") == reading(store).records.find(ALUMNI, "a-1") == []


def test_many_owners_in_one_batch(store: SqlStore) -> None:
    """Owners that share ids in one batch are kept apart, in a few queries."""
    rows = [row(n, f"O-{n % 40}", f"provider {n // 40}", **LEAST[OFFERINGS]) for n in range(2000)]
    assert set(outcomes(store, OFFERINGS, *rows)) == {"created"}
    some = [dataclasses.replace(one, values={"title": "Anders"}) for one in rows[::41]]
    assert outcomes(store, OFFERINGS, *some, rows[1]) == ["updated"] * 49 + ["unchanged"]
    assert sum(found.title == "Anders" for found in stores.offerings(store)) == 49


def test_a_request_without_a_school_is_unique_too(store: SqlStore) -> None:
    """Two imports of a request without a school are one request."""
    outcomes(store, REQUESTS, row(1, "R-1", "", **LEAST[REQUESTS]))
    assert outcomes(store, REQUESTS, row(1, "R-1", "", **LEAST[REQUESTS])) == ["unchanged"]
    (found,) = reading(store).records.find(REQUESTS, "R-1", "")
    assert isinstance(found, Request)
    assert found.school is None


def test_what_an_importer_must_refuse_is_refused(store: SqlStore) -> None:
    """A record twice, an unknown field or a missing required one is a mistake of the caller; nothing is written."""
    for kind, rows in (
        (ALUMNI, [row(1, "A-1"), row(2, "A-1")]),
        (ALUMNI, [row(1, birthday=TODAY)]),
        (REQUESTS, [row(1, kind=RequestKind.MENTOR)]),
        (OFFERINGS, [row(1, title=None)]),
        (OFFERINGS, [row(1, title="Cursus", seats=2**31)]),
        (OFFERINGS, [row(1, title="Cursus", price=float("nan"))]),
    ):
        with pytest.raises(ValueError, match=r"twice|unknown|required|number"):
            upsert(store, kind, rows)
    assert stores.revision(store) == 0
    assert upsert(store, ALUMNI, []) == []


def test_text_that_a_database_cannot_keep_is_cleaned(store: SqlStore) -> None:
    """NUL characters and half surrogates neither fail nor make the second import differ."""
    values: dict[str, object] = {"needs": "a\0b\ud800c", "skills": ("x\0", "\udfff")}
    assert outcomes(store, ALUMNI, row(1, **values)) == ["created"]
    assert outcomes(store, ALUMNI, row(1, **values)) == ["unchanged"]
    assert stores.alumni(store)[0].needs == "ab?c"


def test_what_a_person_stated_is_kept(store: SqlStore) -> None:
    """An import neither clears nor overwrites a stated field, and says so only where the file differs."""
    outcomes(store, ALUMNI, row(1, **FULL_ALUMNUS))
    key = key_of(store, ALUMNI, "A-1")
    for field in ("function", "phone", "postcode", "town"):
        writing(store).people.correct(key, field, FULL_ALUMNUS[field])
    values = {**FULL_ALUMNUS, "function": None, "phone": "1", "postcode": "1000 AA", "pc4": "1000", "sector": "bouw"}
    (result,) = upsert(store, ALUMNI, [row(1, **values)])
    assert result.outcome == "updated"
    assert sorted(str(values["field"]) for _, values in result.warnings) == ["function", "phone", "postcode"]
    assert {code for code, _ in result.warnings} == {"kept_stated"}
    (read,) = reading(store).records.stream(ALUMNI, personal=True)
    assert isinstance(read, Alumnus)
    assert (read.function, read.pc4, read.sector) == ("wijkverpleegkundige", "8011", "bouw")
    assert (read.contact.phone, read.contact.postcode) == ("06-12345678", "8011 AB")
    (again,) = upsert(store, ALUMNI, [row(1, **values)])
    assert (again.outcome, again.warnings) == ("unchanged", result.warnings)
    store._database.write(lambda connection: connection.execute(schema.alumni.update().values(stated_fields=None)))
    assert outcomes(store, ALUMNI, row(1, **values)) == ["updated"]


def test_consent_is_given_dated_and_withdrawn_by_the_file(store: SqlStore, clock: FixedClock) -> None:
    """A file gives and dates; it withdraws what it no longer has only where it may, and says so before as well."""
    first, second = Purpose.GUEST_LESSON, Purpose.MENTOR
    outcomes(store, ALUMNI, row(1, consents=frozenset({first}), consent_date=None))
    assert outcomes(store, ALUMNI, row(1, town="Zwolle", consent_date=TODAY)) == ["updated"]
    assert in_force(store) == {first}
    assert outcomes(store, ALUMNI, row(1, consents=frozenset({first, second}), consent_date=TODAY)) == ["updated"]
    (read,) = reading(store).records.by_key(ALUMNI, [key_of(store, ALUMNI, "A-1")]).values()
    assert isinstance(read, Alumnus)
    assert [consent.given_on for consent in read.consents] == [TODAY, TODAY]
    assert outcomes(store, ALUMNI, row(1, consents=frozenset({first, second}))) == ["unchanged"]
    clock.day = LATER
    without = row(1, consents=None)
    (dry,) = reading(store).imports.preview(ALUMNI, [without])
    (kept,) = upsert(store, ALUMNI, [without])
    assert (dry.outcome, kept.outcome, dry.withdrawn, kept.withdrawn) == (
        "unchanged",
        "unchanged",
        *2 * [(first, second)],
    )
    assert in_force(store) == {first, second}
    (taken,) = upsert(store, ALUMNI, [dataclasses.replace(without, may_withdraw=True)])
    assert (taken.outcome, taken.withdrawn, in_force(store)) == ("updated", (first, second), set())
    assert {c.withdrawn_on for c in stores.alumni(store)[0].consents} == {LATER}
    assert {c.withdrawn_by for c in reading(store).consents.of(read.key)} == {"import"}


@pytest.mark.parametrize("given_on", [None, date(2020, 1, 1), TODAY])
def test_a_file_gives_back_what_a_file_took_that_day(store: SqlStore, clock: FixedClock, given_on: date | None) -> None:
    """Whatever its date, the row leaves each consent as it was; on the next day it gives nothing back."""
    both = frozenset({Purpose.GUEST_LESSON, Purpose.MENTOR})
    outcomes(store, ALUMNI, row(1, consents=both, consent_date=TODAY))
    key = key_of(store, ALUMNI, "A-1")
    before = reading(store).consents.of(key)
    clock.day = LATER
    upsert(store, ALUMNI, [dataclasses.replace(row(1, consents=frozenset()), may_withdraw=True)])
    back = row(1, consents=both, consent_date=given_on)
    assert outcomes(store, ALUMNI, back) == ["updated"]
    assert in_force(store) == both
    if given_on == TODAY:
        assert reading(store).consents.of(key) == before
    upsert(store, ALUMNI, [dataclasses.replace(row(1, consents=frozenset()), may_withdraw=True)])
    clock.day = LATER + timedelta(days=1)
    (result,) = upsert(store, ALUMNI, [back])
    assert (result.outcome, in_force(store)) == ("unchanged", set())
    assert {code for code, _ in result.warnings} == {"consent_stays_withdrawn"}


@pytest.mark.parametrize("by", ["person", "retention", "unknown"])
def test_a_file_never_gives_back_what_it_did_not_take(store: SqlStore, by: str) -> None:
    """Withdrawn by the person, by the end of the term or by nobody knows whom: the same day's file restores nothing."""
    purpose = Purpose.MENTOR
    given = row(1, consents=frozenset({purpose}), consent_date=TODAY)
    outcomes(store, ALUMNI, given)
    key = key_of(store, ALUMNI, "A-1")
    match by:
        case "retention":
            writing(store).consents.end([(key, purpose)])
        case "person":
            upsert(store, ALUMNI, [dataclasses.replace(row(1, consents=frozenset()), may_withdraw=True)])
            writing(store).consents.state(key, purpose, given=False)
        case _:
            upsert(store, ALUMNI, [dataclasses.replace(row(1, consents=frozenset()), may_withdraw=True)])
            unknown = schema.consents.update().values(withdrawn_by=None)
            store._database.write(lambda connection: connection.execute(unknown))
    for day in (None, TODAY):
        (result,) = upsert(store, ALUMNI, [row(1, consents=frozenset({purpose}), consent_date=day)])
        assert (result.outcome, in_force(store)) == ("unchanged", set())


def test_withdrawn_consent_returns_only_with_a_later_date(store: SqlStore, clock: FixedClock) -> None:
    """No date, an older date, the day itself and a date that is still to come leave it withdrawn, with a warning."""
    purpose, everything = Purpose.GUEST_LESSON, frozenset({Purpose.GUEST_LESSON})
    outcomes(store, ALUMNI, row(1, consents=everything, consent_date=date(2026, 9, 1)))
    writing(store).consents.state(key_of(store, ALUMNI, "A-1"), purpose, given=False)
    clock.day = LATER
    warning = ("consent_stays_withdrawn", {"purpose": "guest_lesson", "withdrawn_on": TODAY})
    for given_on in (None, date(2026, 9, 1), TODAY, LATER + timedelta(days=1)):
        (result,) = upsert(store, ALUMNI, [row(1, consents=everything, consent_date=given_on)])
        assert (result.outcome, result.warnings, in_force(store)) == ("unchanged", (warning,), set())
    (result,) = upsert(store, ALUMNI, [row(1, consents=everything, consent_date=LATER)])
    assert (result.outcome, result.warnings, in_force(store)) == ("updated", (), {purpose})
    old = row(1, consents=everything, consent_date=date(2026, 9, 1))
    assert outcomes(store, ALUMNI, old) == ["unchanged"]
    assert stores.alumni(store)[0].consents[0].given_on == LATER


def test_a_part_of_a_name_stays_with_the_name_that_the_person_stated(store: SqlStore) -> None:
    """A list that writes the same name in two parts does not double the part between."""
    outcomes(store, ALUMNI, row(1, first_name="Sanne", last_name="van Dijk"))
    writing(store).people.correct(key_of(store, ALUMNI, "A-1"), "last_name", "van Dijk")
    (result,) = upsert(store, ALUMNI, [row(1, first_name="Sanne", infix="van", last_name="Dijk")])
    assert result.outcome == "unchanged"
    assert [values["field"] for _, values in result.warnings] == ["last_name"]
    contact = reading(store).people.contact(key_of(store, ALUMNI, "A-1"))
    assert contact is not None
    assert (contact.infix, contact.last_name) == (None, "van Dijk")


def test_an_import_cannot_withdraw_what_the_person_gave(store: SqlStore, clock: FixedClock) -> None:
    """Consent that the person gave stays, with a warning where the file does not have it."""
    outcomes(store, ALUMNI, row(1))
    writing(store).consents.state(key_of(store, ALUMNI, "A-1"), Purpose.MENTOR, given=True)
    clock.day = LATER
    (result,) = upsert(store, ALUMNI, [dataclasses.replace(row(1, consents=frozenset()), may_withdraw=True)])
    assert (result.outcome, result.withdrawn, in_force(store)) == ("unchanged", (), {Purpose.MENTOR})
    assert result.warnings == (("kept_stated", {"field": "consents", "purpose": "mentor"}),)


def test_reads_by_key_and_page(store: SqlStore) -> None:
    """by_key skips what is missing; pages are ordered by owner and id by code point, and counted."""
    names = ["a", "B", "ä", "Z", "10", "9"]
    outcomes(store, ALUMNI, *(row(i, name, consents=frozenset({Purpose.MENTOR})) for i, name in enumerate(names)))
    outcomes(store, ALUMNI, row(1, "0", "Zadkine"))
    everybody = reading(store).records.page(ALUMNI, limit=100)
    assert [found.alumnus_id for found in everybody if isinstance(found, Alumnus)] == [*sorted(names), "0"]
    assert reading(store).records.page(ALUMNI, SCHOOL, offset=4, limit=5) == everybody[4:6]
    records = reading(store).records
    assert (records.count(ALUMNI), records.count(ALUMNI, SCHOOL), records.count(OFFERINGS)) == (7, 6, 0)
    keys = [found.key for found in everybody]
    assert records.by_key(ALUMNI, [*keys[:2], keys[0], 5]) == {found.key: found for found in everybody[:2]}
    streamed = stores.alumni(store)
    assert sorted(streamed, key=lambda found: found.key) == streamed
    assert {found.key: found for found in streamed} == {found.key: found for found in everybody}


def test_a_requester_does_not_meet_himself(store: SqlStore) -> None:
    """One address on both sides is a conflict, whatever its case; so is a declared one; each is told once."""
    outcomes(store, ALUMNI, row(1, email="NOOR@Éxample.nl "), row(2, email="other@example.nl"), row(3))
    outcomes(store, REQUESTS, row(1, "R-1", requester="noor@éxample.nl", **LEAST[REQUESTS]))
    outcomes(store, REQUESTS, row(1, "R-2", **LEAST[REQUESTS]))
    request, noor, other = key_of(store, REQUESTS, "R-1"), key_of(store, ALUMNI, "A-1"), key_of(store, ALUMNI, "A-2")
    assert reading(store).conflicts.all() == [(request, noor)]
    for alumnus in (other, other, noor):
        writing(store).conflicts.declare(request, alumnus)
    assert sorted(reading(store).conflicts.all()) == sorted([(request, noor), (request, other)])


def test_places_are_added_replaced_and_counted(store: SqlStore) -> None:
    """Only what changed counts and makes a revision."""
    places = {f"pc4:{number}": Coordinates(52 + number / 1e5, 6.1) for number in range(1000, 9000)}
    assert writing(store).places.add(places) == 8000
    assert (reading(store).places.all(), stores.revision(store)) == (places, 1)
    assert (writing(store).places.add(places), stores.revision(store)) == (0, 1)
    assert writing(store).places.add({"pc4:1000": Coordinates(1.0, 2.0), "town:zwolle": Coordinates(52.5, 6.1)}) == 2
    assert (reading(store).places.all()["pc4:1000"], stores.revision(store)) == (Coordinates(1.0, 2.0), 2)


def test_places_are_forgotten(store: SqlStore) -> None:
    """Those that are there, in one revision; where none is, nothing changes."""
    places = {f"town:{number}": Coordinates(52.0, 6.0) for number in range(3000)}
    writing(store).places.add(places)
    assert writing(store).places.remove([*list(places)[1:], "town:unknown"]) == 2999
    assert (set(reading(store).places.all()), stores.revision(store)) == ({"town:0"}, 2)
    assert (writing(store).places.remove(["town:1"]), stores.revision(store)) == (0, 2)


def test_where_a_school_lives(store: SqlStore) -> None:
    """Each place of its alumni once: the postcode before the town, the school's own before none; no one else's."""
    outcomes(
        store,
        ALUMNI,
        row(1, "A-1", pc4="8011", town="Zwolle"),
        row(2, "A-2", town="Zwolle"),
        row(3, "A-3", town="Bergen"),
    )
    outcomes(store, ALUMNI, row(4, "A-4", town="ZWOLLE", pc4=None), Upsert(5, "A-5", "Elders", {"town": "Assen"}))
    points = [Coordinates(52.0 + number / 10, 6.0) for number in range(4)]
    own = town_of_key("Bergen", row(1).owner)
    writing(store).places.add(dict(zip(["pc4:8011", "town:zwolle", own, "town:assen"], points, strict=True)))
    around = reading(store).places.around(row(1).owner)
    assert sorted(point.latitude for point in around) == [point.latitude for point in points[:3]]


def test_vectors_are_kept_per_encoder_and_pruned(store: SqlStore) -> None:
    """Vectors come back equal; saving again keeps the first; pruning removes only unused ones of that encoder."""
    random = np.random.default_rng(1)
    vectors = {f"{number:032x}": random.integers(-128, 128, 16).astype(np.int8) for number in range(12_000)}
    store.vectors.save("one@sha256:1", vectors)
    store.vectors.save("two@sha256:2", dict(list(vectors.items())[:3]))
    store.vectors.save("one@sha256:1", {f"{0:032x}": np.zeros(16, np.int8)})
    store.vectors.save("one@sha256:1", {})
    loaded = store.vectors.load("one@sha256:1", [*vectors, "missing"])
    assert loaded.keys() == vectors.keys()
    assert all(loaded[name].dtype == np.int8 and (loaded[name] == vectors[name]).all() for name in vectors)
    some, most = list(vectors)[:700], list(vectors)[:6000]  # a few are asked for by name, of most all are read
    assert [[*store.vectors.load("one@sha256:1", asked)] for asked in (some, most)] == [some, most]
    assert store.vectors.prune("one@sha256:1", list(vectors)[:2]) == 11_998
    assert len(store.vectors.load("one@sha256:1", vectors)) == 2
    assert len(store.vectors.load("two@sha256:2", vectors)) == 3
    assert stores.revision(store) == 0


def test_vectors_of_every_encoder_are_pruned_by_their_whole_key(store: SqlStore) -> None:
    """Of many encoders at once; each row is found by the index, and not by reading the table once for each."""
    vectors = {f"{number:032x}": np.zeros(4, np.int8) for number in range(20)}
    for name in ("one@sha256:1", "two@sha256:2"):
        store.vectors.save(name, vectors)
    store.vectors.save("two@sha256:2", {f"{30:032x}": np.zeros(4, np.int8)})
    statements: list[str] = []
    engine = store._database.engine
    event.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    assert store.vectors.prune(None, [name[:32] for name in list(vectors)[:2]]) == 19
    assert [len(store.vectors.load(name, vectors)) for name in ("one@sha256:1", "two@sha256:2")] == [2, 2]
    (deleting,) = (one for one in statements if one.startswith("DELETE"))
    _, _, condition = deleting.partition("WHERE")
    assert "encoder" in condition
    assert "text_hash" in condition


def test_revisions_tell_when_why_and_how_many(store: SqlStore) -> None:
    """Each committed batch leaves one line, without personal data."""
    outcomes(store, ALUMNI, row(1), row(2))
    outcomes(store, ALUMNI, row(1), row(2, town="Zwolle"))
    table = schema.revisions
    with store._database.reading() as connection:
        lines = connection.execute(select(table.c.id, table.c.cause, table.c.rows).order_by(table.c.id)).all()
    assert [tuple(line) for line in lines] == [(1, "import_alumni", 2), (2, "import_alumni", 1)]


def test_a_reading_does_not_move(store: SqlStore) -> None:
    """All questions of a reading see the state of its first one, while an import commits."""
    outcomes(store, ALUMNI, row(1))
    with store.read() as then:
        assert then.changes.revision() == 1
        outcomes(store, ALUMNI, row(1, town="Zwolle"), row(2))
        assert (then.changes.revision(), then.records.count(ALUMNI)) == (1, 1)
        assert [found.town for found in then.records.stream(ALUMNI) if isinstance(found, Alumnus)] == [None]
    assert (stores.revision(store), reading(store).records.count(ALUMNI)) == (2, 2)


def test_an_import_during_a_stream_does_not_disturb_it(store: SqlStore) -> None:
    """A stream gives the state at its start, consents included, and can be left half-way."""
    consents: dict[str, object] = {"consents": frozenset({Purpose.MENTOR})}
    outcomes(store, ALUMNI, *(row(number, **consents) for number in range(5000)))
    with store.read() as then:
        stream = cast("Iterator[Alumnus]", then.records.stream(ALUMNI))
        first = next(stream)
        emptied = [
            dataclasses.replace(row(number, consents=frozenset(), town="Zwolle"), may_withdraw=True)
            for number in range(5000)
        ]
        upsert(store, ALUMNI, emptied)
        rest = [first, *stream]
    assert len(rest) == 5000
    assert all(found.town is None and found.consents[0].withdrawn_on is None for found in rest)
    with store.read() as now:
        half = cast("Iterator[Alumnus]", now.records.stream(ALUMNI))
        assert next(half).consents[0].withdrawn_on is not None
        half.close()  # type: ignore[attr-defined]
    assert reading(store).ledger.all() == []


def test_a_stream_ends_with_its_reading(store: SqlStore) -> None:
    """One that is left half-way gives nothing afterwards; the next reading and write see what was committed since."""
    outcomes(store, ALUMNI, *(row(number) for number in range(5000)))
    with store.read() as then:
        streams: list[Iterator[object]] = [then.records.stream(ALUMNI), then.records.names(ALUMNI)]
        streams += [then.audit.stream()]
        for stream in streams[:2]:
            next(stream)
    other = SqlStore(store._database.engine.url.render_as_string(hide_password=False), store._clock)
    outcomes(other, ALUMNI, row(5000))
    other.close()
    with store.read() as now:
        assert now.records.count(ALUMNI) == 5001
    assert outcomes(store, ALUMNI, row(5001)) == ["created"]
    for stream in streams:
        with pytest.raises((SQLAlchemyError, AttributeError)):  # which one depends on how far it had come
            next(stream)


def test_a_person_that_goes_takes_everything_along(store: SqlStore) -> None:
    """Contact details, consents, ledger and conflicts of a removed alumnus are removed by the database."""
    outcomes(store, ALUMNI, row(1, **FULL_ALUMNUS))
    outcomes(store, REQUESTS, row(1, "R-1", **FULL_REQUEST))
    alumnus, request = key_of(store, ALUMNI, "A-1"), key_of(store, REQUESTS, "R-1")
    writing(store).conflicts.declare(request, alumnus)
    entry = {"alumnus_key": alumnus, "request_key": request, "event": "asked", "on_date": TODAY}

    store._database.write(lambda connection: connection.execute(schema.ledger.insert(), entry) and None)
    (line,) = reading(store).ledger.all()
    assert (line.alumnus_key, line.request_key, line.event, line.on) == (alumnus, request, "asked", TODAY)
    store._database.write(lambda connection: connection.execute(schema.alumni.delete()) and None)
    with store._database.reading() as connection:
        for table in (schema.contacts, schema.consents, schema.ledger, schema.conflicts):
            assert connection.execute(select(table)).all() == []


def test_nobody_is_a_key_error(store: SqlStore) -> None:
    """Stating something for a key that does not exist, or a field that does not, is a mistake of the caller."""
    with pytest.raises(KeyError):
        writing(store).people.correct(1, "town", "Zwolle")
    with pytest.raises(KeyError):
        writing(store).people.correct(1, "birthday", "2000-01-01")
    with pytest.raises(KeyError):
        writing(store).consents.state(1, Purpose.MENTOR, given=True)


def test_alumni_are_listed_by_what_may_be_shown(store: SqlStore) -> None:
    """What may be listed of every alumnus, or of those asked for; every school once."""
    with store.read() as records:
        assert (list(records.directory.alumni()), records.directory.schools()) == ([], [])
    rows = [
        row(number, f"A-{number}", owner, **FULL_ALUMNUS) for number, owner in enumerate(("Zuid", "noord", "Élan"), 1)
    ]
    upsert(store, ALUMNI, [*rows, row(4, "A-4", "Zuid")])
    people = [record for record in stores.alumni(store) if isinstance(record, Alumnus)]
    expected = {
        (
            *(person.school, person.alumnus_id, person.key, person.function, person.sector, person.town),
            None if person.alumnus_id == "A-4" else date(2026, 9, 1),
        )
        for person in people
    }
    some = {person.key for person in people[:2]}
    with store.read() as records:
        assert set(map(tuple, records.directory.alumni())) == expected
        assert set(map(tuple, records.directory.alumni(some))) == {row for row in expected if row[2] in some}
        assert list(records.directory.alumni(())) == []
        assert records.directory.schools() == ["Zuid", "noord", "Élan"]


def test_a_transaction_is_of_no_use_after_its_end(store: SqlStore) -> None:
    """A note or a change after the commit would be lost: it is a mistake of the caller, and raises."""
    ended: list[Transaction] = []
    store.write(ended.append, by=COMMAND_LINE)
    for late in (lambda: ended[0].note("import", {}), lambda: ended[0].consents.renew(1, [Purpose.MENTOR])):
        with pytest.raises(RuntimeError, match="after its end"):
            late()
