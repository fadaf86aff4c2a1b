"""Courses from a file and from servers on this machine: what is asked, what comes in, and what each failure says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.source_server import LONGEST_WAIT, TRIES, HttpsSource
from matcher.domain.records import Registration
from matcher.errors import InvalidValue
from matcher.policy import COMMAND_LINE
from matcher.services import feeds
from matcher.services.app import StoreApp
from matcher.services.feeds import Synced
from matcher.services.sourcing import Syncing
from matcher.sources.servers import Answer as Answered
from tests.api.conftest import Run, runner, unwrapped
from tests.sources.documents import course_6, offering_5, offering_6, program
from tests.support import stores
from tests.support.apps import without_engine
from tests.support.region import engine_in
from tests.support.source_servers import CATALOGUE, Answer, Asked, EdudexSource, OeapiSource, Source, said, serving
from tests.support.worlds import AS_OF

COURSE = str(course_6()["courseId"])


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


def source_6(offerings: int = 1, **settings: object) -> OeapiSource:
    made = [offering_6(courseOfferingId=f"O-{number}", courseId=None) for number in range(offerings)]
    return OeapiSource(courses=[course_6()], offerings={COURSE: made}, **settings)  # type: ignore[arg-type]


def source_5() -> OeapiSource:
    course = offering_5()["course"]
    return OeapiSource(six=False, courses=[course], offerings={course["courseId"]: [offering_5()]})


def catalogue(*programmes: str, changed: str = "2027-01-10T10:00:00Z") -> EdudexSource:
    made = EdudexSource()
    for id_ in programmes:
        made.programmes[id_] = program()
        made.programmes[id_]["programClassification"]["programId"] = id_
        made.changed[id_] = changed
    return made


def at_once(_: float) -> None:
    """Waits for nothing."""


def sync(app: StoreApp, address: str, form: str, ask: HttpsSource | None = None, **settings: Any) -> Synced:
    with closing(ask or HttpsSource(local=True, wait=at_once)) as asked:
        return feeds.sync_server(app, COMMAND_LINE, asked, address, form, how=Syncing("Bron", **settings))


def counts(done: Synced) -> tuple[int, int, int, int]:
    report = done.report
    return report.created, report.updated, report.unchanged, done.gone


def test_a_file_by_the_command_line(run: Run, tmp_path: Path) -> None:
    """Both formats, in JSON and in words; 1 where a part is refused, 2 where nothing can be read or it is held."""
    assert "alumnimatch sync" in unwrapped(run("sources")[1])
    edudex, oeapi = tmp_path / "edudex.json", tmp_path / "oeapi.json"
    edudex.write_text(json.dumps(program()), "utf-8")
    oeapi.write_text(json.dumps({"items": [course_6(), offering_6(), {"offeringId": "leeg"}]}), "utf-8")
    code, out, _ = run("sync", "edudex", str(edudex), "--source", "EDU-DEX", "--format", "json")
    report = json.loads(out)
    assert (code, report["source"], report["new"], report["gone"]) == (0, "EDU-DEX", 1, 0)
    code, out, _ = run("sync", "ooapi", str(oeapi), "--source", "ROC", "--format", "json")
    report = json.loads(out)
    assert (code, report["new"], report["refused"]) == (1, 1, 1)
    oeapi.write_text(json.dumps({"items": []}), "utf-8")
    code, _, error = run("sync", "oeapi", str(oeapi), "--source", "ROC")
    assert code == 2
    assert "--even-so" in error
    code, out, _ = run("sync", "oeapi", str(oeapi), "--source", "ROC", "--even-so")
    assert code == 0
    assert "gesloten" in unwrapped(out)
    code, out, _ = run("sources", "--format", "json")
    assert [(one["source"], one["created"], one["gone"], one["refused"]) for one in json.loads(out)] == [
        ("ROC", 0, 1, 0), ("ROC", 1, 0, 1), ("EDU-DEX", 1, 0, 0),
    ]  # fmt: skip
    assert "ROC: 0 nieuw, 1 veranderd, 0 hetzelfde, 1 verdwenen, 0 geweigerd." in unwrapped(run("sources")[1])


def test_a_source_is_removed_by_the_command_line(run: Run, tmp_path: Path) -> None:
    """By its name, once somebody is sure; its courses stay, or close."""
    file = tmp_path / "oeapi.json"
    file.write_text(json.dumps({"items": [course_6(), offering_6()]}), "utf-8")
    for options in ((), ("--close",)):
        assert run("sync", "oeapi", str(file), "--source", "ROC")[0] == 0
        code, _, error = run("sources", "--remove", "ROC", *options)
        assert (code, "--yes" in error, "(1)" in error) == (2, True, True)
        code, out, _ = run("sources", "--remove", " ROC ", *options, "--yes")
        assert code == 0
        assert "De bron ROC is weg" in unwrapped(out)
        assert ("1 cursus is gesloten" in unwrapped(out)) == bool(options)
        code, _, error = run("sources", "--remove", "ROC", "--yes")
        assert (code, "Kijk in de lijst van bronnen." in unwrapped(error)) == (2, True)
    assert "--remove" in run("sources", "--close")[2]
    assert run("sync", "oeapi", str(file), "--source", "ROC")[0] == 0
    code, out, _ = run("sources", "--remove", "ROC", "--close", "--yes", "--format", "json")
    assert json.loads(out)["closed"] == 1


def test_providers_by_the_command_line(run: Run, tmp_path: Path) -> None:
    """What a source may bring is said once, and refused rows are named with the remedy."""
    file = tmp_path / "oeapi.json"
    file.write_text(json.dumps({"items": [course_6(), offering_6()]}), "utf-8")
    words = ("sync", "oeapi", str(file), "--source", "ROC")
    code, out, _ = run(*words, "--allow", "Noord", "--allow", "Zuid")
    assert code == 1
    assert "Zet ROC Vechtdal dan bij de aanbieders" in unwrapped(out)
    assert run(*words)[0] == 1
    code, out, _ = run(*words, "--allow", "ROC Vechtdal", "--format", "json")
    assert (code, json.loads(out)["new"]) == (0, 1)


@pytest.mark.parametrize(
    ("words", "said_"),
    [
        (("sync", "edudex", "weg.json", "--source", "X"), "weg.json"),
        (("sync", "edudex", "--source", "X"), "--url"),
        (("sync", "edudex", "weg.json", "--source", "X", "--url", "https://bron.example"), "--url"),
        (("sync", "xml", "weg.json", "--source", "X"), "edu-dex"),
        (("sync", "oeapi", "--source", "X", "--url", "http://127.0.0.1:1"), "https"),
        (("sync", "oeapi", "--source", "X", "--url", "http://127.0.0.1:1", "--local"), "antwoordt niets"),
        (("sync", "oeapi", "--source", "X", "--url", "https://bron.example", "--token-file", "weg"), "weg"),
        (("sync", "oeapi", "--source", "X", "--url", "https://bron.example", "--since", "gisteren"), "gisteren"),
    ],
)
def test_what_is_asked_wrongly_is_one_sentence(run: Run, words: tuple[str, ...], said_: str) -> None:
    code, out, error = run(*words)
    assert (code, out) == (2, "")
    assert said_ in unwrapped(error)


def test_a_server_by_the_command_line(run: Run, tmp_path: Path) -> None:
    """With the token of a file, which is in no argument."""
    (tmp_path / "sleutel").write_text("geheim\n", "utf-8")
    source = source_6(token="geheim")  # noqa: S106 - of a server of this test
    with serving(source) as address:
        words = ("sync", "oeapi", "--url", address, "--source", "ROC", "--local", "--format", "json")
        code, out, _ = run(*words, "--token-file", str(tmp_path / "sleutel"))
        assert (code, json.loads(out)["new"]) == (0, 1)
        code, _, error = run(*words)
        assert code == 2
        assert "401" in error


def test_oeapi_v6_page_by_page(app: StoreApp) -> None:
    """Courses, then the offerings of each from two years ago on; an offering has its course, though it names none."""
    with serving(source := source_6(23, page_size=10)) as address:
        assert counts(sync(app, address, "oeapi")) == (23, 0, 0, 0)
        assert counts(sync(app, address, "oeapi", since=date(2027, 1, 1))) == (0, 0, 23, 0)
    offered = stores.offerings(app.store)
    assert {one.skills for one in offered} == {("wondverzorging uitvoeren",)}
    assert {one.provider for one in offered} == {"ROC Vechtdal"}
    asked = [one for one in source.asked if one.path.endswith("/course-offerings")]
    assert [one.query["pageNumber"] for one in asked] == ["1", "2", "3"] * 2
    assert {one.query["since"] for one in asked} == {"2025-03-01T00:00:00Z", "2027-01-01T00:00:00Z"}
    assert {one.query["pageSize"] for one in source.asked} == {"250"}


def test_what_was_not_asked_for_is_not_gone(app: StoreApp) -> None:
    """A server that is asked for what begins from a day on says nothing of what began before."""
    source = source_6(3)
    runs = source.offerings[COURSE]
    for run, day in zip(runs, ("2027-02-01", "2027-05-01", "2027-06-01"), strict=True):
        run |= {"startDateTime": f"{day}T09:00:00+01:00", "endDateTime": f"{day}T17:00:00+01:00"}
    with serving(source) as address:
        assert counts(sync(app, address, "oeapi")) == (3, 0, 0, 0)
        source.offerings[COURSE] = runs[2:]
        assert counts(sync(app, address, "oeapi", since=date(2027, 4, 1))) == (0, 1, 1, 1)
    closed = {one.offering_id for one in stores.offerings(app.store) if one.registration is Registration.CLOSED}
    assert closed == {"O-1"}


def test_a_list_that_is_not_given_is_not_empty(app: StoreApp) -> None:
    """A list that was there, or the offerings of a course that is: an error line, and what stood in it stays open.

    Elsewhere what is gone is closed all the same.
    """
    other = course_6() | {"courseId": "ander"}
    source = source_6(2)
    source.courses.append(other)
    source.offerings["ander"] = [offering_6(courseOfferingId=f"P-{number}", courseId=None) for number in range(2)]
    with serving(source) as address:
        assert counts(sync(app, address, "oeapi")) == (4, 0, 0, 0)
        del source.offerings["ander"]
        source.offerings[COURSE].pop()
        source.missing = {"courses/ander/course-offerings"}
        done = sync(app, address, "oeapi")
        assert (counts(done), done.report.exit_code) == ((0, 1, 1, 1), 1)
        assert "courses/ander" in done.report.problem_sentences("nl")[0]
        closed = {one.offering_id for one in stores.offerings(app.store) if one.registration is Registration.CLOSED}
        assert closed == {"O-1"}
        source.missing = {"courses"}
        source.programmes = [{"programmeId": "O", "name": "Opleiding"}]
        done = sync(app, address, "oeapi", agreed=True)
        assert (counts(done), done.report.exit_code) == ((0, 0, 0, 0), 1)
        assert "courses" in done.report.problem_sentences("en")[0]


def test_a_server_without_programmes_has_none(app: StoreApp) -> None:
    """A list that a server never had is no error."""
    with serving(source_6()) as address:
        assert sync(app, address, "oeapi").report.exit_code == 0
        assert sync(app, address, "oeapi").report.exit_code == 0


def test_ooapi_v5_is_found_by_its_refusals(app: StoreApp) -> None:
    """A server that does not speak v6 is asked for v5, once; its lists have other names."""
    with serving(source := source_5()) as address:
        assert counts(sync(app, address, "oeapi")) == (1, 0, 0, 0)
    assert [one.title for one in stores.offerings(app.store)] == ["Lassen voor beginners"]
    assert sum("version=6" in one.headers["accept"] for one in source.asked) == 2
    assert [one.query["since"] for one in source.asked if one.path.endswith("/offerings")] == ["2025-03-01"]


def test_edudex_catalogue_then_programmes(app: StoreApp) -> None:
    """All in chunks of a hundred; by lastChange only what changed; by /changes what changed and what is gone."""
    ids = [f"P-{number:03}" for number in range(120)]
    with serving(source := catalogue(*ids)) as address:
        at = address + CATALOGUE
        assert counts(sync(app, at, "edudex")) == (120, 0, 0, 0)
        assert [len(one.body["programs"]) for one in source.asked if one.body] == [100, 20]
        assert {one["clientId"] for one in source.asked[1].body["programs"]} == {"public"}
        source.asked.clear()
        source.changed["P-001"] = "2027-02-28T08:00:00Z"
        source.programmes["P-001"]["programSchedule"]["programRun"][0]["maxNumberOfParticipants"] = 3
        del source.programmes["P-002"]
        assert counts(sync(app, at, "edudex", since=date(2027, 2, 1))) == (0, 2, 0, 1)
        assert [[one["programId"] for one in each.body["programs"]] for each in source.asked if each.body] == [
            ["P-001"]
        ]
        source.asked.clear()
        source.removed["P-003"] = "2027-03-01T08:00:00Z"
        del source.programmes["P-003"]
        source.changed["P-004"] = "2027-03-01T08:00:00Z"
        done = sync(app, at + "/programs", "edudex", whole=False)
        assert counts(done) == (0, 1, 2, 1)
        assert source.asked[0].query == {"changesSince": "2027-02-28T00:00:00Z"}
    closed = {one.offering_id for one in stores.offerings(app.store) if one.registration is Registration.CLOSED}
    assert {id_.split("/")[1] for id_ in closed} == {"P-002", "P-003"}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (said({}, 401), "source_login"),
        (said({}, 403), "source_forbidden"),
        (said({}, 404), "source_catalogue_or_there"),
        (said({}, 406), "source_version"),
        (said({}, 418), "source_answer"),
        (said(b"", 302, Location="http://127.0.0.1:1/elders"), "source_answer"),
        (said(b'[{"status": "act'), "source_no_json"),
        (said(b"<html>even niet</html>"), "source_no_json"),
        (said(b"[" * 1_900), "source_no_json"),
        (said({"error": "x"}), "source_catalogue"),
        (said(b" " * 3_000), "source_answer_too_large"),
    ],
)
def test_a_refusal_is_one_sentence_and_changes_nothing(app: StoreApp, answer: Answer, code: str) -> None:
    source = catalogue("P-1")
    source.next_answers = [answer]
    with serving(source) as address, pytest.raises(InvalidValue) as refused:
        sync(app, address + CATALOGUE, "edudex", ask=HttpsSource(local=True, size=2_000, wait=at_once))
    assert refused.value.code == code.replace("catalogue_or_there", "not_there")
    assert stores.offerings(app.store) == []


def test_a_later_answer_that_fails_changes_nothing(app: StoreApp) -> None:
    """Half of a source is not a source that lost the other half."""
    with serving(source := source_6(23, page_size=10)) as address:
        sync(app, address, "oeapi")
        page = source.answer(source.asked[0])
        source.next_answers = [page, source.answer(source.asked[1]), said(b'{"items": [')]
        with pytest.raises(InvalidValue) as refused:
            sync(app, address, "oeapi")
    assert refused.value.code == "source_no_json"
    assert not any(one.registration is Registration.CLOSED for one in stores.offerings(app.store))


def test_a_busy_server_is_asked_again(app: StoreApp) -> None:
    """After as long as it says, else ever longer; four times in all."""
    waits: list[float] = []
    ask = HttpsSource(local=True, wait=waits.append)
    with serving(source := catalogue("P-1")) as address:
        source.next_answers = [said({}, 429, Retry_After="7"), said({}, 503, Retry_After="86400"), said({}, 500)]
        assert counts(sync(app, address + CATALOGUE, "edudex", ask=ask)) == (1, 0, 0, 0)
        assert waits[:2] == [7.0, LONGEST_WAIT]
        assert 4.0 <= waits[2] <= 12.0
        ask = HttpsSource(local=True, wait=waits.append)
        source.next_answers = [said({}, 429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT")] * TRIES
        with pytest.raises(InvalidValue) as refused:
            sync(app, address + CATALOGUE, "edudex", ask=ask)
    assert (refused.value.code, refused.value.values["status"]) == ("source_busy", 429)
    assert waits[3:] == [0.0] * (TRIES - 1)


def test_all_questions_together_take_no_longer_than_they_may(app: StoreApp) -> None:
    """A server that answers each in time, and goes on and on."""
    with serving(source_6(23, page_size=10)) as address:
        ask = HttpsSource(local=True, wait=at_once, whole=0.0)
        with pytest.raises(InvalidValue) as refused:
            sync(app, address, "oeapi", ask=ask)
    assert refused.value.code == "source_run_too_long"
    assert stores.offerings(app.store) == []


class Notes:
    """What a server answered, in memory; nothing of it is of this reading unless `fresh`."""

    def __init__(self) -> None:
        self.answers: dict[str, Answered] = {}
        self.fresh = False

    def find(self, question: str) -> Answered | None:
        found = self.answers.get(question)
        return found and replace(found, fresh=self.fresh)

    def keep(self, question: str, answer: Answered) -> None:
        self.answers[question] = answer


@pytest.mark.parametrize("header", ["ETag", "Last-Modified"])
def test_what_did_not_change_is_not_sent_again(app: StoreApp, header: str) -> None:
    """A server that names a version is asked whether that is still so; 304 is what it said then."""
    notes = Notes()
    source = source_6(3)
    source.versions = header
    with serving(source) as address:
        for gone, unchanged in ((0, 0), (0, 3), (1, 2)):
            if gone:
                source.offerings[COURSE].pop()
            done = sync(app, address, "oeapi", ask=HttpsSource(memory=notes, local=True, wait=at_once))
            assert (done.report.unchanged, done.gone) == (unchanged, gone)
            told = {one.told for one in source.asked} - {404}
            assert told == ({200, 304} if gone else {304} if unchanged else {200})
            source.asked.clear()


def test_what_was_answered_in_this_reading_is_not_asked_again(app: StoreApp) -> None:
    """A reading that was broken off goes on, also where the server names no version."""
    notes = Notes()
    with serving(source := source_6(3)) as address:
        sync(app, address, "oeapi", ask=HttpsSource(memory=notes, local=True, wait=at_once))
        source.asked.clear()
        notes.fresh = True
        done = sync(app, address, "oeapi", ask=HttpsSource(memory=notes, local=True, wait=at_once))
        assert counts(done) == (0, 0, 3, 0)
        assert {one.told for one in source.asked} <= {404}


def test_304_without_a_question_is_no_answer(app: StoreApp) -> None:
    source = catalogue("P-1")
    source.next_answers = [said(b"", 304)]
    with serving(source) as address, pytest.raises(InvalidValue) as refused:
        sync(app, address + CATALOGUE, "edudex", ask=HttpsSource(memory=Notes(), local=True, wait=at_once))
    assert (refused.value.code, refused.value.values["status"]) == ("source_answer", 304)


class Circle(Source):
    """A server whose list has no end."""

    def answer(self, asked: Asked) -> Answer:  # noqa: ARG002 - whatever is asked
        return said({"items": [{"x": 1}], "hasNextPage": True})


def test_a_list_without_an_end(app: StoreApp) -> None:
    with serving(Circle()) as address, pytest.raises(InvalidValue) as refused:
        sync(app, address, "oeapi")
    assert refused.value.code == "source_endless"


@pytest.mark.parametrize(
    "address", ["http://bron.example", "https://127.0.0.1", "https://localhost", "ftp://x", "https://[::1]"]
)
def test_only_the_internet_is_asked(app: StoreApp, address: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        sync(app, address, "oeapi", ask=HttpsSource())
    assert refused.value.code == "source_address"
