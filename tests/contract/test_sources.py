"""Courses of a source, on each database: read, read again, held, changed alone, gone and back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from matcher.domain.consent import Terms
from matcher.domain.recognition import Recognition, digest_of
from matcher.domain.records import RecordKind, Registration
from matcher.errors import JobRefused
from matcher.policy import COMMAND_LINE
from matcher.services import feeds, imports, students
from matcher.services.app import StoreApp, WithoutEngine
from matcher.services.sourcing import Syncing
from matcher.store.sql_store import SqlStore
from tests.sources.documents import course_6, offering_5, offering_6
from tests.sources.people import enrolment_6, person_6
from tests.support import stores
from tests.support.fakes import FixedClock


def sync(app: StoreApp, folder: Path, *offerings: dict[str, object], **settings: Any) -> tuple[int, int, int, int]:
    file = folder / "aanbod.json"
    file.write_text(json.dumps({"items": offerings}), "utf-8")
    done = feeds.sync_file(app, COMMAND_LINE, file, "oeapi", how=Syncing("Regio", "Noord", **settings))
    report = done.report
    return report.created, report.updated, report.unchanged, done.gone


def test_a_source_on_each_database(store: SqlStore, clock: FixedClock, tmp_path: Path) -> None:
    app = WithoutEngine(store, clock, Terms())
    some = [offering_6(courseOfferingId=f"O-{number}") for number in range(10)]
    assert sync(app, tmp_path, *some) == (10, 0, 0, 0)
    assert sync(app, tmp_path, *some) == (0, 0, 10, 0)
    revision = stores.revision(store)
    with pytest.raises(JobRefused):
        sync(app, tmp_path, some[0])
    assert stores.revision(store) == revision
    assert sync(app, tmp_path, some[0] | {"maxNumberStudents": 99}, whole=False) == (0, 1, 0, 0)
    assert sync(app, tmp_path, *some[:8]) == (0, 3, 7, 2)
    closed = {one.offering_id for one in stores.offerings(store) if one.registration is Registration.CLOSED}
    assert closed == {"O-8", "O-9"}
    assert sync(app, tmp_path, *some) == (0, 2, 8, 0)
    assert not any(one.registration is Registration.CLOSED for one in stores.offerings(store))
    assert len(feeds.runs(app, COMMAND_LINE)) == 5


@pytest.mark.parametrize("version", [5, 6])
def test_courses_with_one_title_are_told_apart_by_their_own_ids(
    store: SqlStore, clock: FixedClock, tmp_path: Path, version: int
) -> None:
    """Two courses, and two runs of one, all called the same, at the same time and place; renamed, each stays itself.

    What a list of the school has under that title is neither changed by them nor taken for one of them.
    """
    app = WithoutEngine(store, clock, Terms())
    listed = tmp_path / "aanbod.csv"
    listed.write_text("aanbod_id;aanbieder;titel\nO-1;Zuid;Wondzorg\nW-1;Noord;Wondzorg\n", "utf-8")
    imports.import_records(app, COMMAND_LINE, listed, RecordKind.OFFERINGS)
    before = {(one.provider, one.offering_id): one for one in stores.offerings(store)}
    name = [{"language": "nl-NL", "value": "Wondzorg"}]

    def course(number: int) -> dict[str, object]:
        return course_6() | {"courseId": f"C-{number}", "name": name}

    def run(number: int, of: int) -> dict[str, object]:
        if version == 6:
            return offering_6(courseOfferingId=f"O-{number}", courseId=f"C-{of}", name=None)
        return offering_5(offeringId=f"O-{number}", course=f"C-{of}", name=None)

    given = [course(1), course(2), run(1, 1), run(2, 1), run(3, 2)]
    assert sync(app, tmp_path, *given, providers=["Noord"]) == (3, 0, 0, 0)
    given[1] = course(2) | {"name": [{"language": "nl-NL", "value": "Complexe wondzorg"}]}
    assert sync(app, tmp_path, *given, providers=["Noord"]) == (0, 1, 2, 0)
    there = {(one.provider, one.offering_id): one for one in stores.offerings(store)}
    assert {id_: one.title for id_, one in there.items() if id_ not in before} == {
        ("Noord", "O-1"): "Wondzorg", ("Noord", "O-2"): "Wondzorg", ("Noord", "O-3"): "Complexe wondzorg",
    }  # fmt: skip
    assert {id_: there[id_] for id_ in before} == before
    imports.import_records(app, COMMAND_LINE, listed, RecordKind.OFFERINGS)
    assert {(one.provider, one.offering_id): one for one in stores.offerings(store)} == there


def test_students_on_each_database(store: SqlStore, clock: FixedClock, tmp_path: Path) -> None:
    app = WithoutEngine(store, clock, Terms())
    file = tmp_path / "studenten.json"

    def read(*numbers: int, whole: bool = True) -> tuple[int, int, int]:
        said = {"persons": [person_6(one) for one in numbers], "associations": [enrolment_6(one) for one in numbers]}
        file.write_text(json.dumps(said), "utf-8")
        report = students.sync_file(app, COMMAND_LINE, file, how=Syncing("SIS", "Noord", whole=whole)).report
        return report.created, report.updated, report.unchanged

    assert read(*range(10)) == (10, 0, 0)
    assert read(*range(10)) == (0, 0, 10)
    assert read(1, whole=False) == (0, 0, 1)
    with pytest.raises(JobRefused):
        read(1)
    assert [(run.whole, run.unchanged) for _, run in feeds.runs(app, COMMAND_LINE)] == [
        (False, 1), (True, 10), (True, 0),
    ]  # fmt: skip


def test_recognitions_on_each_database(store: SqlStore) -> None:
    """Kept once for each company and programme; only what changed is a change of the data."""
    first = Recognition(digest_of("100001"), "25180", True, date(2027, 1, 1), date(2028, 1, 1))
    other = Recognition(digest_of("100002"), "25180", False, date(2027, 1, 1))
    put = stores.writing(store).recognitions.put
    assert put([first, other]) == {"created": 2, "updated": 0, "unchanged": 0}
    revision = stores.revision(store)
    assert put([first, other]) == {"created": 0, "updated": 0, "unchanged": 2}
    assert stores.revision(store) == revision
    newer = replace(first, checked_on=date(2027, 2, 1))
    assert put([newer, other]) == {"created": 0, "updated": 1, "unchanged": 1}
    assert set(stores.reading(store).recognitions.all()) == {newer, other}
