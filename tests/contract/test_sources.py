"""Courses of a source, on each database: read, read again, held, changed alone, gone and back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from matcher.domain.consent import Terms
from matcher.domain.recognition import Recognition, digest_of
from matcher.domain.records import Registration
from matcher.errors import JobRefused
from matcher.policy import COMMAND_LINE
from matcher.services import feeds, students
from matcher.services.app import StoreApp, WithoutEngine
from matcher.store.sql_store import SqlStore
from tests.sources.documents import offering_6
from tests.sources.people import enrolment_6, person_6
from tests.support import stores
from tests.support.fakes import FixedClock


def sync(app: StoreApp, folder: Path, *offerings: dict[str, object], whole: bool = True) -> tuple[int, int, int, int]:
    file = folder / "aanbod.json"
    file.write_text(json.dumps({"items": offerings}), "utf-8")
    done = feeds.sync_file(app, COMMAND_LINE, file, "oeapi", source="Regio", provider="Noord", whole=whole)
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


def test_students_on_each_database(store: SqlStore, clock: FixedClock, tmp_path: Path) -> None:
    app = WithoutEngine(store, clock, Terms())
    file = tmp_path / "studenten.json"

    def read(*numbers: int, whole: bool = True) -> tuple[int, int, int]:
        said = {"persons": [person_6(one) for one in numbers], "associations": [enrolment_6(one) for one in numbers]}
        file.write_text(json.dumps(said), "utf-8")
        report = students.sync_file(app, COMMAND_LINE, file, source="SIS", school="Noord", whole=whole).report
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
