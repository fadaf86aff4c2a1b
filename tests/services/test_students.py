"""Alumni of a student system: read once, read again, merged with what they said, held, taken back; without consent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from matcher.domain.kinds import Purpose
from matcher.domain.own_fields import OwnKind, OwnSpec
from matcher.domain.records import Alumnus, Pathway, Qualification, RecordKind
from matcher.errors import Forbidden, InvalidValue, JobRefused, UnknownId, UnreadableFile
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import Side, Upsert
from matcher.services import duplicates, feeds, students, undo
from matcher.services.app import StoreApp
from matcher.services.feeds import Synced
from matcher.services.sourcing import Syncing
from tests.sources.people import FORBIDDEN, KEY, Json, enrolment_6, person_6
from tests.support import stores
from tests.support.apps import without_engine
from tests.support.worlds import AS_OF

SCHOOL = "ROC Vechtdal"
NURSE = Qualification("25480", "Mbo-Verpleegkundige", 4, Pathway.BOL, 2024)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[StoreApp]:
    with without_engine(tmp_path, AS_OF) as app:
        yield app


def document(*numbers: int, **changes: Any) -> Json:
    """A document with these people, each with a finished programme."""
    changes = {"surname": "Berg", **changes}
    return {
        "persons": [person_6(one, mobileNumber=f"06 1234 {one:04}", **changes) for one in numbers],
        "associations": [enrolment_6(one) for one in numbers],
    }


def sync(app: StoreApp, folder: Path, said: object, **settings: Any) -> Synced:
    file = folder / "studenten.json"
    file.write_bytes(said if isinstance(said, bytes) else orjson.dumps(said))
    settings = {"source": "SIS", "asker": COMMAND_LINE, "provider": SCHOOL, **settings}
    return students.sync_file(app, settings.pop("asker"), file, how=Syncing(**settings))


def counts(done: Synced) -> tuple[int, int, int]:
    return done.report.created, done.report.updated, done.report.unchanged


def people(app: StoreApp) -> dict[str, Alumnus]:
    return {one.alumnus_id: one for one in stores.alumni(app.store)}


def put(app: StoreApp, id_: str, values: Mapping[str, object]) -> int:
    """Somebody of a list of the school; the random key."""
    stores.upsert(app.store, RecordKind.ALUMNI, [Upsert(1, id_, SCHOOL, values)])
    return people(app)[id_].key


def test_a_surname_with_all_of_it_is_taken_apart(app: StoreApp, tmp_path: Path) -> None:
    """As lists have it: whoever is there already is not called van den van den Berg."""
    key = put(app, "S-1", {"first_name": "Noor", "infix": "van den", "last_name": "Berg"})
    for surname in ("van den Berg", "Berg, van den", "Berg"):
        sync(app, tmp_path, document(1, 2, surname=surname, surnamePrefix=None))
        for who in (key, people(app)["S-2"].key):
            contact = stores.reading(app.store).people.contact(who)
            assert (contact.infix, contact.last_name) == ("van den", "Berg"), surname


def test_who_finished_comes_in_without_consent(app: StoreApp, tmp_path: Path) -> None:
    """New, the same, changed; nobody goes for being in it no more; nothing that may not be kept is anywhere."""
    done = sync(app, tmp_path, document(1, 2, 3))
    assert counts(done) == (3, 0, 0)
    one = people(app)["S-1"]
    assert (one.qualifications, one.left_on, one.diploma, one.pc4) == ((NURSE,), date(2024, 7, 5), True, "8011")
    assert not any(list(stores.reading(app.store).consents.of(who.key)) for who in people(app).values())
    contact = stores.reading(app.store).people.contact(one.key)
    assert (contact.name, contact.email, contact.phone) == ("Noor van den Berg", "noor1@post.example", "06 1234 0001")
    assert counts(sync(app, tmp_path, document(1, 2, 3))) == (0, 0, 3)
    assert counts(sync(app, tmp_path, document(1, 2, surname="Berk"))) == (0, 2, 0)
    assert set(people(app)) == {"S-1", "S-2", "S-3"}
    told = [(run.created, run.updated, run.unchanged, run.gone) for _, run in feeds.runs(app, COMMAND_LINE)]
    assert told == [(0, 2, 0, 0), (0, 0, 3, 0), (3, 0, 0, 0)]
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("test.db*"))
    assert [word for word in FORBIDDEN if word.encode() in kept] == []


def test_the_word_of_an_alumnus_wins(app: StoreApp, tmp_path: Path) -> None:
    """What they stated stays, with a remark for each difference; consent that they gave stays as it is."""
    key = put(app, "S-1", {"first_name": "Noor", "email": "oud@post.example"})
    writing = stores.writing(app.store)
    writing.people.correct(key, "email", "zelf@post.example")
    writing.people.correct(key, "qualifications", (Qualification(None, "Kok", 2, None, 2010),))
    writing.consents.state(key, Purpose.MENTOR, given=True, version="1")
    done = sync(app, tmp_path, document(1))
    one, contact = people(app)["S-1"], stores.reading(app.store).people.contact(key)
    assert (contact.email, one.qualifications[0].name, one.town) == ("zelf@post.example", "Kok", "Zwolle")
    assert [one.purpose for one in stores.reading(app.store).consents.of(key)] == [Purpose.MENTOR]
    kept = {note.values["field"] for note in done.report.notes if note.code == "kept_stated"}
    assert kept == {"email", "qualifications"}
    again = sync(app, tmp_path, document(1))
    assert counts(again) == (0, 0, 1)
    assert {note.values["field"] for note in again.report.notes if note.code == "kept_stated"} == kept


def test_what_only_a_list_knew_stays(app: StoreApp, tmp_path: Path) -> None:
    """A qualification of another school, and a part of one that the source has too."""
    other = Qualification("95530", "Kok", 2, Pathway.BBL, 2012)
    key = put(app, "S-1", {"qualifications": (other, Qualification(None, "mbo-verpleegkundige")), "skills": ("koken",)})
    assert counts(sync(app, tmp_path, document(1))) == (0, 1, 0)
    assert (people(app)["S-1"].qualifications, people(app)["S-1"].skills) == ((NURSE, other), ("koken",))
    assert people(app)["S-1"].key == key
    assert counts(sync(app, tmp_path, document(1))) == (0, 0, 1)


def test_possible_duplicates_are_proposed(app: StoreApp, tmp_path: Path) -> None:
    """Under another number with the same address: two, on the page where a person decides; merged, it stays one."""
    put(app, "OUD-9", {"first_name": "Noor", "email": "noor1@post.example", "skills": ("koken",)})
    done = sync(app, tmp_path, document(1), dry_run=True)
    assert [(one.number, one.because) for one in done.report.duplicates] == [("OUD-9", ("email",))]
    assert counts(sync(app, tmp_path, document(1))) == (1, 0, 0)
    (pair,) = duplicates.possible(app, COMMAND_LINE, SCHOOL)
    assert ({pair.first, pair.second}, pair.because) == ({"OUD-9", "S-1"}, ("email",))
    duplicates.merge(app, COMMAND_LINE, "OUD-9", "S-1", {"qualifications": Side.BOTH}, school=SCHOOL)
    assert sync(app, tmp_path, document(1)).report.created == 0
    (one,) = stores.alumni(app.store)
    assert (one.alumnus_id, one.qualifications, one.skills) == ("OUD-9", (NURSE,), ("koken",))


def test_own_fields_of_the_school(app: StoreApp, tmp_path: Path) -> None:
    """Cohort and location are kept where the school has fields of those names, and told once where it has none."""
    done = sync(app, tmp_path, document(1, 2))
    told = [note.values["name"] for note in done.report.notes if note.code == "no_own_field"]
    assert told == ["cohort", "locatie"]
    writing = stores.writing(app.store)
    cohort = writing.own_fields.add(SCHOOL, OwnSpec("Cohort", OwnKind.TEXT))
    place = writing.own_fields.add(SCHOOL, OwnSpec("Locatie", OwnKind.CHOICE, choices=("ZW2",)))
    assert counts(sync(app, tmp_path, document(1, 2))) == (0, 2, 0)
    values = stores.reading(app.store).own_fields.values([people(app)["S-1"].key])
    assert list(values.values()) == [{cohort.key: "2020-2021"}]
    assert place.key not in next(iter(values.values()))


def test_a_source_that_gives_a_tenth_is_held(app: StoreApp, tmp_path: Path) -> None:
    """Until a person says it is right; a part of it (since a day, or changes alone) is never compared."""
    sync(app, tmp_path, document(*range(1, 11)))
    for dry_run in (True, False):
        with pytest.raises(JobRefused) as refused:
            sync(app, tmp_path, document(1), dry_run=dry_run)
        assert (refused.value.code, refused.value.values["before"]) == ("students_shrunk", 10)
    assert counts(sync(app, tmp_path, document(1), whole=False)) == (0, 0, 1)
    assert counts(sync(app, tmp_path, document(1), since=date(2024, 7, 1))) == (0, 0, 1)
    with pytest.raises(JobRefused):
        sync(app, tmp_path, document(1))
    assert counts(sync(app, tmp_path, document(1, 2))) == (0, 0, 2)
    assert counts(sync(app, tmp_path, {"persons": []}, agreed=True)) == (0, 0, 0)
    assert len(people(app)) == 10


def test_it_can_be_taken_back(app: StoreApp, tmp_path: Path) -> None:
    put(app, "S-1", {"last_name": "Jansen"})
    assert counts(sync(app, tmp_path, document(1, 2), dry_run=True)) == (1, 1, 0)
    assert (set(people(app)), feeds.runs(app, COMMAND_LINE)) == ({"S-1"}, [])
    done = sync(app, tmp_path, document(1, 2))
    assert done.report.import_id
    taken = undo.undo(app, COMMAND_LINE, done.report.import_id)
    assert (taken.restored, taken.removed) == (1, 1)
    (one,) = stores.alumni(app.store)
    assert (one.qualifications, stores.reading(app.store).people.contact(one.key).last_name) == ((), "Jansen")


def test_who_was_erased_does_not_come_back(app: StoreApp, tmp_path: Path) -> None:
    sync(app, tmp_path, document(1, 2))
    stores.writing(app.store).people.erase(people(app)["S-1"].key, [])
    assert counts(sync(app, tmp_path, document(1, 2))) == (0, 0, 2)
    assert set(people(app)) == {"S-2"}


def test_what_cannot_be_used_is_left_out_and_not_repeated(app: StoreApp, tmp_path: Path) -> None:
    said = document(1, secondaryEmail="noor bij post", address={"postCode": "99", "city": "Zwolle"})
    said["persons"].append({"personId": KEY.format(2), "preferredName": "BSN 123456782"})
    said["associations"].append(enrolment_6(2))
    done = sync(app, tmp_path, said)
    assert counts(done) == (2, 0, 0)
    told = orjson.dumps(done.report.to_dict("nl")).decode()
    assert {item.field for item in done.report.left_out} == {"email", "postcode", "first_name"}
    assert not any(word in told for word in ("noor bij post", "123456782"))


@pytest.mark.parametrize(
    ("said", "settings", "error", "code"),
    [
        ({"persons": []}, {}, InvalidValue, "students_empty"),
        ({"items": [person_6()]}, {}, InvalidValue, "students_empty"),
        (document(1), {"source": " "}, InvalidValue, "source_name"),
        (document(1), {"provider": ""}, InvalidValue, "students_school"),
        (document(1), {"asker": Asker(9, Role.COORDINATOR, "Noord")}, UnknownId, ""),
        (document(1), {"asker": Asker(9, Role.TEACHER, SCHOOL)}, Forbidden, ""),
        (b'{"persons": [', {}, UnreadableFile, "no_json"),
    ],
)
def test_nothing_is_no_success(
    app: StoreApp, tmp_path: Path, said: object, settings: dict[str, Any], error: type[Exception], code: str
) -> None:
    with pytest.raises(error) as refused:
        sync(app, tmp_path, said, **settings)
    assert not code or refused.value.code == code  # type: ignore[attr-defined]
    assert (people(app), feeds.runs(app, COMMAND_LINE)) == ({}, [])


def test_numbers_that_are_bsns_are_refused(app: StoreApp, tmp_path: Path) -> None:
    nines = (f"{start}{last}" for start in range(12345678, 12345900) for last in range(10))
    weights = (*range(9, 1, -1), -1)
    bsns = [one for one in nines if sum(int(d) * w for d, w in zip(one, weights, strict=True)) % 11 == 0][:20]
    numbers = range(1, len(bsns) + 1)
    said = {
        "persons": [person_6(n, primaryCode={"codeType": "student_number", "code": bsns[n - 1]}) for n in numbers],
        "associations": [enrolment_6(n) for n in numbers],
    }
    with pytest.raises(InvalidValue) as refused:
        sync(app, tmp_path, said)
    assert refused.value.code == "students_bsn"


def test_a_source_of_courses_is_none_of_people(app: StoreApp, tmp_path: Path) -> None:
    sync(app, tmp_path, document(1))
    with pytest.raises(InvalidValue) as refused:
        feeds.sync_file(app, COMMAND_LINE, tmp_path / "studenten.json", "oeapi", how=Syncing("SIS"))
    assert refused.value.code in ("source_form", "source_empty")
    offering = {"items": [{"offeringId": "O-1", "name": "Kooklessen"}]}
    file = tmp_path / "aanbod.json"
    file.write_bytes(orjson.dumps(offering))
    feeds.sync_file(app, COMMAND_LINE, file, "oeapi", how=Syncing("Aanbod", "Noord"))
    with pytest.raises(InvalidValue) as refused:
        sync(app, tmp_path, document(1), source="Aanbod")
    assert refused.value.code == "source_form"


def test_a_school_brings_its_own_alone(app: StoreApp, tmp_path: Path) -> None:
    own = Asker(9, Role.COORDINATOR, SCHOOL)
    assert counts(sync(app, tmp_path, document(1), asker=own, provider="")) == (1, 0, 0)
    assert people(app)["S-1"].school == SCHOOL
