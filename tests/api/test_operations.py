"""backup, restore and doctor on the command line, and the page of the administrator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import cli
from matcher.locale import LANGUAGES
from matcher.policy import Role
from tests.api.conftest import Run, app_in, headers_of
from tests.support.server import listening

ALUMNI = "alumnus_id;school;functie;toestemming;toestemming_datum\n" + "".join(
    f"A-{number};Noord;lasser;gastles;2026-10-01\n" for number in range(1, 5)
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as in production, in a folder where four alumni were imported and a journal is kept."""
    (tmp_path / "work").mkdir()
    (tmp_path / "other-disk").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("ALUMNIMATCH_ERASURE_JOURNAL", str(tmp_path / "other-disk" / "journal.jsonl"))
    Path("alumni.csv").write_text(ALUMNI, "utf-8")

    def run_(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    assert run_("import", "alumni", "alumni.csv", "--accept", "columns")[0] == 0
    return run_


def ids(run: Run) -> int:
    run("export", "alumni", "out.csv", "--force")
    return len(Path("out.csv").read_text("utf-8").splitlines()) - 1


def test_what_was_erased_since_stays_erased(run: Run) -> None:
    """A back-up, an erasure, and back: one alumnus less, which the command says in both languages."""
    code, out, error = run("backup", "copy.db")
    assert (code, error) == (0, "")
    assert "ALUMNIMATCH_CONTACT_KEYS" in out
    assert run("person", "erase", "A-2", "--yes")[0] == 0
    code, out, error = run("restore", "copy.db", "--check", "--format", "json")
    assert (code, json.loads(out)["erased"], json.loads(out)["problems"]) == (0, 1, [])
    for language, words in (("nl", "gebeurt ook als je hem echt terugzet: - één"), ("en", "really restore it: - one")):
        code, out, error = run("restore", "copy.db", "--check", "--lang", language)
        assert (code, words in " ".join(out.split())) == (0, True)
    assert ids(run) == 3
    for language, words in (("nl", "één alumnus was sindsdien gewist"), ("en", "one alumnus had been erased since")):
        code, out, error = run("restore", "copy.db", "--yes", "--lang", language)
        assert (code, error) == (0, "")
        assert words in " ".join(out.split())
    assert ids(run) == 3
    codes = {one["code"] for one in json.loads(run("doctor", "--format", "json")[1])["findings"]}
    assert "rehearsal_well" in codes, "what was really restored can be restored"


def test_refusals_are_sentences(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 2 for what was asked wrong, 3 where the installation lacks something; nothing changes."""
    run("backup", "copy.db")
    assert run("backup", "copy.db")[0] == 2
    assert run("backup", "copy.db", "--force")[0] == 0
    assert run("restore", "none.db")[0] == 2
    code, _, error = run("restore", "copy.db")
    assert (code, "--yes" in error) == (2, True)
    assert run("restore", "alumni.csv", "--yes")[0] == 2
    monkeypatch.delenv("ALUMNIMATCH_ERASURE_JOURNAL")
    code, _, error = run("restore", "copy.db", "--yes")
    assert (code, "--without-journal" in error) == (3, True)
    assert "ALUMNIMATCH_ERASURE_JOURNAL" in run("backup", "other.db")[2]
    assert run("restore", "copy.db", "--yes", "--without-journal")[0] == 0
    assert ids(run) == 4


def test_a_folder_that_is_not_there(run: Run) -> None:
    """A back-up into it is refused with a sentence."""
    code, _, error = run("backup", "nowhere/copy.db")
    assert (code, "copy.db" in error, "Traceback" in error) == (2, True, False)


def test_doctor_ends_with_1_and_names_remedies(run: Run) -> None:
    """A bare installation has faults; the back-up and its rehearsal are none once they were made."""
    code, out, error = run("doctor", "--format", "json")
    findings = {one["code"]: one for one in json.loads(out)["findings"]}
    assert (code, error, json.loads(out)["ok"]) == (1, "", False)
    assert {"backup_never", "rehearsal_never", "journal_well"} <= findings.keys()
    assert all(bool(one["remedy"]) is (one["state"] != "well") for one in findings.values())
    assert run("backup", "copy.db", "--check")[0] == 0
    assert {"backup_well", "rehearsal_well"} <= {
        one["code"] for one in json.loads(run("doctor", "--format", "json")[1])["findings"]
    }
    for language in LANGUAGES:
        assert "alumnimatch keys new" in " ".join(run("doctor", "--lang", language)[1].split())


def test_what_the_program_makes_is_for_itself_alone(run: Run) -> None:
    """The folder of search data that an import and a list make is no fault that the doctor names."""
    assert run("match", "R-1")[0] == 2
    assert run("index", "build")[0] == 0
    assert {"cache_well"} <= {one["code"] for one in json.loads(run("doctor", "--format", "json")[1])["findings"]}


def test_a_job_that_touches_many_refuses_with_a_sentence(run: Run) -> None:
    """Beforehand by exit code 1, on running by 2, with the numbers and what to do; told to, it runs."""
    rows = "".join(f"B-{number};Noord;lasser;gastles;2020-10-01\n" for number in range(30))
    Path("more.csv").write_text(ALUMNI.splitlines()[0] + "\n" + rows, "utf-8")
    assert run("import", "alumni", "more.csv", "--accept", "columns")[0] == 0
    for words, expected in ((("retention", "plan"), 1), (("retention", "run"), 2)):
        for language, said in (("nl", "30 van de 34 alumni in één keer raken, meer dan 5 %"), ("en", "more than 5 %")):
            code, _, error = run(*words, "--lang", language)
            assert (code, said in error, "--even-so" in error) == (expected, True, True), (words, error)
    assert run("retention", "run", "--even-so")[0] == 0


def test_a_plan_says_that_no_mail_can_be_sent(run: Run) -> None:
    """Whom it would ask is counted, and that nobody is asked without a mail server is said."""
    old = "C-1;Noord;lasser;gastles;2020-10-01\n"
    Path("old.csv").write_text(
        ALUMNI.splitlines()[0].replace(";functie", ";email;functie")
        + "\n"
        + old.replace(";lasser", ";c@voorbeeld.example;lasser"),
        "utf-8",
    )
    assert run("import", "alumni", "old.csv")[0] == 0
    run("retention", "run", "--even-so")
    code, _, error = run("retention", "plan")
    assert (code, "ALUMNIMATCH_SMTP_URL" in error) == (0, True), error


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    made = app_in(tmp_path_factory.mktemp("page"), base_url="https://match.school.example")
    yield made
    made.state.held.store.close()


FORWARDED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
TRUSTED, UNTRUSTED, UNSEEN = "proxy die het programma vertrouwt.", "niet vertrouwt: alle bezoekers", "hier niet te zien"


@pytest.mark.parametrize(
    ("allowed", "headers", "words"),
    [("127.0.0.1", FORWARDED, TRUSTED), ("10.9.9.9", FORWARDED, UNTRUSTED), ("127.0.0.1", {}, UNSEEN)],
)
def test_the_page_says_whether_the_proxy_is_trusted(
    app: FastAPI, allowed: str, headers: dict[str, str], words: str
) -> None:
    """By a real server's own answer to the header of the request that asks."""
    asker = headers_of(app, Role.ADMINISTRATOR, "Noord") | {"Accept": "text/html", "Accept-Language": "nl"}
    with listening(app, lifespan="off", forwarded_allow_ips=allowed) as server:
        answer = httpx2.get(f"{server.address}/toestand", headers=asker | headers)
    assert answer.status_code == 200
    assert words in answer.text


def test_the_page_is_for_administrators(app: FastAPI) -> None:
    """Others may not open it; it names no alumnus and no address."""
    for role in (Role.TEACHER, Role.COORDINATOR, Role.PRIVACY_OFFICER):
        browser = TestClient(app, headers=headers_of(app, role, "Noord") | {"Accept": "text/html"})
        assert browser.get("/toestand").status_code == 403
    browser = TestClient(app, headers=headers_of(app, Role.ADMINISTRATOR, "Noord") | {"Accept": "text/html"})
    page = browser.get("/toestand?lang=en").text
    assert "Out of order" in page
    assert "alumnimatch restore FILE --check" in page
    assert "A-1" not in page
