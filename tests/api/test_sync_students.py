"""Alumni from a student system, by file and from servers on this machine: what is asked, and what a failure says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.source_server import HttpsSource
from matcher.domain.records import Pathway
from matcher.errors import InvalidValue
from matcher.policy import COMMAND_LINE
from matcher.services import students
from matcher.services.app import StoreApp
from matcher.services.feeds import Synced
from matcher.services.sourcing import Syncing
from tests.api.conftest import Run, runner, unwrapped
from tests.sources.people import KEY, enrolment_5, enrolment_6, person_5, person_6, program_5, programme_6
from tests.support import stores
from tests.support.apps import without_engine
from tests.support.region import engine_in
from tests.support.source_servers import Answer, StudentSource, said, serving
from tests.support.worlds import AS_OF

LIST = "programme-offering-associations"
EXPANDED = "programme_offering,programme_offering.programme"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[StoreApp]:
    with without_engine(tmp_path, AS_OF) as app:
        yield app


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a small region; gives its exit code, output and error output."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    return runner(engine_in(tmp_path, cache=tmp_path / "cache"), capsys)


def source_6(people: int = 1, **settings: object) -> StudentSource:
    numbers = range(1, people + 1)
    return StudentSource(
        persons=[person_6(one, secondaryEmail=f"a{one}@post.example") for one in numbers],
        enrolments={KEY.format(one): [enrolment_6(one, personId=None)] for one in numbers},
        **settings,  # type: ignore[arg-type]
    )


def at_once(_: float) -> None:
    """Waits for nothing."""


def sync(app: StoreApp, address: str, ask: HttpsSource | None = None, **settings: Any) -> Synced:
    with closing(ask or HttpsSource(local=True, wait=at_once)) as asked:
        return students.sync_server(app, COMMAND_LINE, asked, address, how=Syncing("SIS", "Noord", **settings))


def counts(done: Synced) -> tuple[int, int, int]:
    report = done.report
    return report.created, report.updated, report.unchanged


def test_v6_page_by_page(app: StoreApp) -> None:
    """Persons in pages of 250, for the fields that are used alone; then the enrolments of each."""
    with serving(source := source_6(12, page_size=5)) as address:
        assert counts(sync(app, address)) == (12, 0, 0)
        assert counts(sync(app, address + "/")) == (0, 0, 12)
    asked = [one for one in source.asked if one.path == "/persons"]
    assert [one.query["pageNumber"] for one in asked] == ["1", "2", "3"] * 2
    assert {one.query["pageSize"] for one in source.asked} == {"250"}
    (fields,) = {one.query["fields"] for one in asked}
    assert "secondaryEmail" in fields
    assert not any(word in fields for word in ("Birth", "gender", "ICE", "street", "photo", "national"))
    assert {one.query["expand"] for one in source.asked if one.path != "/persons"} == {EXPANDED}
    assert {one.headers["accept"] for one in source.asked} == {"application/vnd.oeapi+json; version=6.1"}


def test_v5_is_found_by_its_refusals(app: StoreApp) -> None:
    source = StudentSource(six=False, persons=[person_5()], enrolments={KEY.format(1): [enrolment_5()]})
    with serving(source) as address:
        assert counts(sync(app, address)) == (1, 0, 0)
    (one,) = stores.alumni(app.store)
    assert (one.alumnus_id, one.qualifications[0].pathway, one.qualifications[0].crebo) == ("101", Pathway.BBL, "25480")
    asked = source.asked[-1]
    assert (asked.path, "fields" in asked.query) == (f"/persons/{KEY.format(1)}/associations", False)
    assert sum("version=6" in one.headers["accept"] for one in source.asked) == 2


def test_what_has_an_id_alone_is_asked_for_once(app: StoreApp) -> None:
    """Of a server that cannot put one record inside another."""
    offering = {**enrolment_6()["programmeOffering"], "programme": None, "programmeId": "P-VP"}
    source = source_6(3, expands=False)
    for number, items in enumerate(source.enrolments.values(), start=1):
        items[:] = [enrolment_6(number, programmeOffering=None, programmeOfferingId="O-VP")]
    source.records = {"programmes/P-VP": programme_6(), "programme-offerings/O-VP": offering}
    with serving(source) as address:
        assert counts(sync(app, address)) == (3, 0, 0)
    assert {one.qualifications[0].crebo for one in stores.alumni(app.store)} == {"25480"}
    paths = [one.path for one in source.asked]
    assert (paths.count("/programme-offerings/O-VP"), paths.count("/programmes/P-VP")) == (1, 1)


def test_v5_by_ids(app: StoreApp) -> None:
    source = StudentSource(
        six=False, persons=[person_5()], enrolments={KEY.format(1): [enrolment_5(offering="O-VP")]},
        records={"offerings/O-VP": {**enrolment_5()["offering"], "program": "P-VP"}, "programs/P-VP": program_5()},
    )  # fmt: skip
    with serving(source) as address:
        assert counts(sync(app, address)) == (1, 0, 0)
    assert stores.alumni(app.store)[0].qualifications[0].crebo == "25480"


def test_staff_is_not_asked_about(app: StoreApp) -> None:
    source = source_6(2)
    source.persons[1]["affiliations"] = ["employee"]
    with serving(source) as address:
        assert counts(sync(app, address)) == (1, 0, 0)
    assert not any(KEY.format(2) in one.path for one in source.asked)


def test_since_a_day(app: StoreApp) -> None:
    """Who was done before is not read, and a part is not compared with the whole."""
    source = source_6(12)
    with serving(source) as address:
        assert counts(sync(app, address)) == (12, 0, 0)
        source.enrolments[KEY.format(4)][0]["actualEndDateTime"] = "2025-07-01T00:00:00Z"
        assert counts(sync(app, address, since=date(2025, 1, 1))) == (0, 1, 0)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (said({}, 401), "source_login"),
        (said({}, 403), "source_forbidden"),
        (said({}, 404), "source_not_there"),
        (said({}, 406), "source_version"),
        (said({}, 400), "source_answer"),
        (said({}, 429), "source_busy"),
        (said({}, 502), "source_busy"),
        (said(b'{"items": [{"personId"'), "source_no_json"),
        (said({"error": "x"}), "source_no_page"),
    ],
)
def test_a_refusal_is_one_sentence_and_changes_nothing(app: StoreApp, answer: Answer, code: str) -> None:
    """Of the list of persons, and half-way, at the enrolments of somebody."""
    for before in (0, 2):
        with serving(source := source_6(3)) as address:
            first = [source.answer_to("persons"), source.answer_to(f"persons/{KEY.format(1)}/{LIST}")][:before]
            source.next_answers = [*first, *[answer] * 20]
            if before and answer[0] in (404, 400):
                continue  # of one person alone
            with pytest.raises(InvalidValue) as refused:
                sync(app, address)
        assert refused.value.code == code
    assert stores.alumni(app.store) == []


def test_a_server_without_enrolments(app: StoreApp) -> None:
    with serving(source := source_6(2)) as address:
        source.enrolments = {}
        source.next_answers = [source.answer_to("persons"), *[said({}, 404)] * 8]
        with pytest.raises(InvalidValue) as refused:
            sync(app, address)
    assert refused.value.code == "source_not_there"


def test_somebody_who_went_in_between(app: StoreApp) -> None:
    """A 404 for the enrolments of one person is not the end of it."""
    with serving(source := source_6(2)) as address:
        source.next_answers = [
            source.answer_to("persons"), source.answer_to(f"persons/{KEY.format(1)}/{LIST}"), said({}, 404),
        ]  # fmt: skip
        assert counts(sync(app, address)) == (1, 0, 0)


def test_by_the_command_line(run: Run, tmp_path: Path) -> None:
    """From a file and from a server; what is asked wrongly is one sentence."""
    file = tmp_path / "studenten.json"
    file.write_text(json.dumps({"persons": [person_6()], "associations": [enrolment_6()]}), "utf-8")
    words = ("sync", "studenten", str(file), "--source", "SIS", "--school", "ROC Nieuw")
    code, out, _ = run(*words, "--format", "json")
    report = json.loads(out)
    assert (code, report["source"], report["kind"], report["new"]) == (0, "SIS", "alumni", 1)
    assert run(*words)[0] == 0
    assert "SIS: 0 nieuw, 0 veranderd, 1 hetzelfde" in unwrapped(run("sources")[1])
    with serving(source_6(2)) as address:
        server = ("sync", "students", "--url", address, "--school", "ROC Nieuw", "--local")
        assert run(*server, "--source", "SIS 2")[0] == 0
        code, _, error = run(*server, "--source", "SIS 2", "--delta")
        assert (code, "--since" in error) == (2, True)
    code, _, error = run("sync", "studenten", str(file), "--source", "SIS")
    assert (code, "--school" in error) == (2, True)
