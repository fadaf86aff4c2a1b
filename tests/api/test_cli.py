"""The command line: exit codes, sentences with a remedy, and the same JSON as the API."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from fastapi.testclient import TestClient

from api import cli
from api.commands.output import progress_lines
from api.commands.session import Session
from api.settings import Settings
from matcher.domain.records import RecordKind
from matcher.matching.thresholds import shipped
from matcher.pool.columns import day_number
from matcher.repositories.values import LogEntry
from matcher.services.app import App
from matcher.store import schema
from tests.api.conftest import Run, runner, unwrapped
from tests.support import stores
from tests.support.apps import Engine
from tests.support.fakes import FixedClock
from tests.support.region import engine_in
from tests.support.stores import open_store, reading, writing


@pytest.fixture
def region(tmp_path: Path) -> Engine:
    """The engine of the small region that commands run on."""
    return engine_in(tmp_path, cache=tmp_path / "cache")


@pytest.fixture
def run(region: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a small region; gives its exit code, output and error output."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    return runner(region, capsys)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as in production: nothing is replaced."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)

    def run_(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_


QUESTIONS = (
    (("match", "R-1"), "/v1/requests/R-1/matches"),
    (("recommend", "A-2", "--for", "offerings"), "/v1/alumni/A-2/recommendations?for=offerings"),
    (("recommend", "A-2", "--for", "requests"), "/v1/alumni/A-2/recommendations?for=requests"),
    (("audience", "C-1"), "/v1/offerings/C-1/audience"),
    (("why", "R-1", "A-6"), "/v1/explanations/R-1/A-6"),
)


@pytest.mark.parametrize(("words", "path"), QUESTIONS)
def test_json_has_the_keys_of_the_api(run: Run, client: TestClient, words: tuple[str, ...], path: str) -> None:
    """`--format json` is one JSON object on standard output with the keys of the API's answer, and nothing else."""
    code, out, error = run(*words, "--format", "json")
    assert (code, error) == (0, "")
    assert set(json.loads(out)) == set(client.get(path).json())


def test_json_scores_are_the_sum_of_their_points(run: Run) -> None:
    """To 1e-9: numbers are not rounded on the way out."""
    matches = json.loads(run("match", "R-1", "--format", "json")[1])["matches"]
    assert matches
    for match in matches:
        assert abs(match["score"] - sum(term["points"] for term in match["contributions"])) <= 1e-9


@pytest.mark.parametrize("words", [words for words, _ in QUESTIONS])
def test_tables_are_for_people_in_both_languages(run: Run, words: tuple[str, ...]) -> None:
    """A table names the candidates; English is asked for with `--lang en`."""
    dutch, english = run(*words), run(*words, "--lang", "en")
    assert dutch[0] == english[0] == 0
    assert dutch[1] != english[1]
    assert dutch[1].strip()
    assert english[1].strip()


def test_top_and_day_are_used(run: Run) -> None:
    """`--top` cuts the list and `--as-of` moves the day, in both ways of writing a date."""
    first = json.loads(run("match", "R-1", "--top", "1", "--as-of", "2027-03-02", "--format", "json")[1])
    again = json.loads(run("match", "R-1", "--top", "1", "--as-of", "02-03-2027", "--format", "json")[1])
    assert len(first["matches"]) == 1
    assert first == again
    assert first["as_of"] == "2027-03-02"


WRONG = (
    (("match", "R-99"), "R-99"),
    (("recommend", "A-1", "--for", "offerings"), "Noord; Zuid"),
    (("recommend", "A-2", "--for", "lunch"), "lunch"),
    (("match", "R-1", "--as-of", "gisteren"), "gisteren"),
    (("match", "R-1", "--top", "0"), "--top"),
    (("match",), ""),
    (("matsj", "R-1"), "match"),
    (("match", "R-1", "--format", "pdf"), "--format"),
    (("match", "R-1", "--nonsense"), "--nonsense"),
)


@pytest.mark.parametrize(("words", "named"), WRONG)
def test_wrong_input_is_exit_code_2_with_a_sentence(run: Run, words: tuple[str, ...], named: str) -> None:
    """What is wrong is named, in Dutch and in English, on standard error, without a traceback."""
    for language in ((), ("--lang", "en")):
        code, out, error = run(*words, *language)
        assert (code, out) == (2, "")
        assert named in error.replace("\n", " ")
        assert "Traceback" not in error
    assert run(*words)[2] != run(*words, "--lang", "en")[2]


def test_an_unknown_id_says_what_to_do(run: Run) -> None:
    """The sentence names kind and id and gives a remedy."""
    error = " ".join(run("match", "R-99")[2].split())
    assert "geen aanvraag met het nummer R-99" in error
    assert "Kijk of" in error
    english = " ".join(run("match", "R-99", "--lang", "en")[2].split())
    assert "R-99" in english
    assert "aanvraag" not in english


COMMANDS = (
    "import", "columns", "match", "recommend", "audience", "why", "template", "export", "encode", "settings",
    "serve", "similarity", "sync", "recognitions", "programmes",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_in_dutch_and_in_english(run: Run, command: str) -> None:
    """`--help` ends well in both languages, and no line of Dutch is left in the English one."""
    dutch, english = run(command, "--help"), run(command, "--help", "--lang", "en")
    assert dutch[0] == english[0] == 0
    assert dutch[1] != english[1]
    assert "Zo gebruik je het" in dutch[1]
    assert "Usage" not in dutch[1]
    assert "gebruik" not in english[1].casefold()


def test_help_names_every_command(run: Run) -> None:
    """`alumnimatch --help` is a table of contents."""
    code, out, _ = run("--help")
    assert code == 0
    assert all(f" {command} " in out for command in (*COMMANDS, "index"))


@pytest.mark.parametrize(
    "words", [["--help", "--lang", "en"], ["--lang", "en", "--help"], ["--lang=en", "audit", "--help"]]
)
def test_the_language_may_stand_before_the_command(run: Run, words: list[str]) -> None:
    """`--lang` is read wherever it stands, and the help of a group names it."""
    code, said, _ = run(*words)
    assert code == 0
    assert said.startswith("Usage: alumnimatch")
    assert "--lang LANG" in said


def test_a_command_that_is_nearly_one_names_that_one(run: Run) -> None:
    """The nearest commands are named where there are any, else how to see all."""
    assert run("imprt")[2] == "De opdracht imprt bestaat niet. Bedoel je: import?\n"
    assert run("status")[2] == "De opdracht status bestaat niet. Bekijk welke er zijn met alumnimatch --help.\n"


def test_words_too_many_are_named_in_the_language_of_the_user(run: Run) -> None:
    """More words than a command takes, such as a name with a space, are an error with a remedy."""
    code, _, said = run("match", "R-12", "wond", "zorg")
    assert code == 2
    assert said.startswith("Dit kan er niet bij: wond en zorg. Een naam of titel met een spatie hoort tussen")


def test_index_verify_agrees_with_a_fresh_build(run: Run) -> None:
    """Right after a build the derived state equals the database."""
    assert run("index", "build")[0] == 0
    code, out, _ = run("index", "verify", "--format", "json")
    assert code == 0
    assert json.loads(out) == {"ok": True, "problems": []}


def test_settings_lists_every_setting_without_secrets(bare: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each setting is there with its help; a password in the address of the database is not."""
    monkeypatch.setenv("ALUMNIMATCH_DATABASE_URL", "postgresql://piet:geheim123@localhost/alumni")
    code, out, _ = bare("settings", "--format", "json")
    rows = {row["name"]: row for row in json.loads(out)}
    assert code == 0
    assert set(rows) == {f"ALUMNIMATCH_{name.upper()}" for name in Settings.model_fields}
    assert all(row["help"] for row in rows.values())
    assert "geheim123" not in out
    assert "geheim123" not in bare("settings")[1]


@pytest.mark.parametrize("secret", ["ge@heim", "ge heim", "ge/heim", "heim?x=1"])
def test_no_part_of_a_password_is_shown(bare: Run, monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """However badly it was written into the address."""
    monkeypatch.setenv("ALUMNIMATCH_DATABASE_URL", f"postgresql://u:{secret}@127.0.0.1:1/x")
    for words in (("settings",), ("match", "R-1")):
        code, out, error = bare(*words)
        assert code in {0, 3}
        assert "heim" not in (out + error).replace("geheim", "")


def test_settings_are_listed_when_one_is_wrong(bare: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is the remedy that the error names, so it comes all the same."""
    monkeypatch.setenv("ALUMNIMATCH_INDEX", "magic")
    code, out, error = bare("settings")
    assert code == 3
    assert "ALUMNIMATCH_INDEX" in error
    assert all(f"ALUMNIMATCH_{name.upper()}" in out for name in Settings.model_fields)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_database_that_cannot_be_reached_is_exit_code_3(
    bare: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    """The sentence says which setting to look at."""
    monkeypatch.setenv("ALUMNIMATCH_DATABASE_URL", f"sqlite:///{tmp_path}/no/such/folder/region.db")
    code, out, error = bare("match", "R-1", "--lang", language)
    assert (code, out) == (3, "")
    assert "ALUMNIMATCH_DATABASE_URL" in error.replace("\n", "")
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("name", "value"), [("INDEX", "magic"), ("PAGE_SIZE", "many"), ("TODAY", "gisteren"), ("DATABASE_URL", "nonsense")]
)
def test_a_bad_setting_is_exit_code_3_and_named(
    bare: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The setting that cannot be used is named."""
    monkeypatch.setenv(f"ALUMNIMATCH_{name}", value)
    code, out, error = bare("match", "R-1")
    assert (code, out) == (3, "")
    assert f"ALUMNIMATCH_{name}" in error.replace("\n", " ")


def test_an_empty_database_says_what_comes_first(bare: Run) -> None:
    """Before anything is imported, a question says how to import."""
    code, _, error = bare("match", "R-1")
    assert code == 2
    assert "alumnimatch import" in " ".join(error.split())


def test_a_session_makes_its_app_once(region: Engine) -> None:
    """A command that asks twice builds once."""
    built: list[App] = []

    def build(settings: Settings) -> App:
        built.append(region.app)
        return built[-1]

    session = Session("nl", build, lambda _: region.store)
    assert session.app is session.app
    assert len(built) == 1


def test_a_token_is_made_used_and_ended(run: Run, client: TestClient) -> None:
    """Shown once; the list has it without what opens the door; a second end is a sentence."""
    made = json.loads(run("token", "new", "rooster", "--role", "docent", "--school", "Noord", "--format", "json")[1])
    code, out, _ = run("token", "list")
    assert (code, made["token"] in out, str(made["key"]) in out) == (0, False, True)
    assert json.loads(run("token", "list", "--format", "json")[1])[0]["role"] == "teacher"
    assert run("token", "revoke", str(made["key"]))[0] == 0
    code, _, error = run("token", "revoke", str(made["key"]))
    assert (code, "alumnimatch token list" in error) == (2, True)
    assert run("token", "new", "x", "--role", "alumnus", "--school", "Noord")[0] == 2
    assert run("token", "new", "x", "--role", "baas", "--school", "Noord")[0] == 2
    code, _, error = run("token", "new", "x", "--role", "docent")
    assert (code, "--every-school" in error) == (2, True)
    assert run("token", "new", "x", "--role", "docent", "--every-school")[0] == 0
    assert run("token", "new", "x", "--role", "docent", "--every-school", "--school", "Noord")[0] == 2


def _one_more(folder: Path) -> Path:
    """A spreadsheet with an alumnus who fits better than all others."""
    path = folder / "more.csv"
    head = "alumnus_id;school;voornaam;functie;vaardigheden;biedt;toestemming;toestemming_datum;woonplaats;talen\n"
    path.write_text(f"{head}Z-1;Noord;Noor;wondzorg;wondzorg, EHBO;gastles;gastles;2026-10-01;Zwolle;nl\n", "utf-8")
    return path


def test_an_import_asks_first_and_can_be_taken_back(run: Run, tmp_path: Path) -> None:
    """Exit code 4 and nothing written until it is answered; then its number takes it back, once."""
    path = tmp_path / "yes.csv"
    path.write_text("alumnus_id;school;voornaam;toestemming\nZ-1;Noord;Noor;ja\n", "utf-8")
    code, out, _ = run("import", "alumni", str(path), "--format", "json")
    report = json.loads(out)
    assert (code, report["written"], report["import_id"]) == (4, False, None)
    assert [(one["code"], one["stops"]) for one in report["questions"]] == [("consent_yes_no", True)]
    command = ("import", "alumni", str(path), "--answer", "consent_yes_no=gastles")
    code, out, _ = run(*command, "--format", "json")
    report = json.loads(out)
    assert (code, report["written"], report["new"], report["read"]) == (0, True, 1, 1)
    code, out, _ = run("import", "undo", report["import_id"], "--format", "json")
    assert (code, json.loads(out)["removed"]) == (0, 1)
    assert "al teruggedraaid" in unwrapped(run("import", "undo", report["import_id"])[1])
    assert run("import", "undo", "NIETS")[0] == 2
    assert run("import", "alumni", str(path), "--accept", "alles")[0] == 2
    assert run("import", "alumni", str(path), "--answer", "geen antwoord")[0] == 2
    assert run(*command)[0] == 0


def test_the_log_is_shown_verified_and_replayed(run: Run, tmp_path: Path) -> None:
    """What the command line did is in it; a ranking is the same on the data of then, until somebody is erased."""
    run("match", "R-1", "--top", "3")
    code, out, _ = run("audit", "show", "--top", "1")
    assert (code, "technisch beheer" in out, "zocht alumni bij een aanvraag" in out) == (0, True, True)
    number = str(json.loads(run("audit", "show", "--top", "1", "--format", "json")[1])[0]["id"])
    assert json.loads(run("audit", "verify", "--format", "json")[1])["ok"]
    assert run("audit", "replay", number)[0] == 0
    for words, path in QUESTIONS[:4]:
        run(*words)
        last = str(json.loads(run("audit", "show", "--top", "1", "--format", "json")[1])[0]["id"])
        assert json.loads(run("audit", "replay", last, "--format", "json")[1])["result"] == "same", path
    assert run("import", "alumni", str(_one_more(tmp_path)))[0] == 0
    assert json.loads(run("audit", "replay", number, "--format", "json")[1])["result"] == "same"
    run("why", "R-1", "A-2")
    other = str(json.loads(run("audit", "show", "--top", "1", "--format", "json")[1])[0]["id"])
    assert json.loads(run("audit", "replay", other, "--format", "json")[1])["result"] == "no_ranking"
    assert run("person", "erase", "A-3", "--yes")[0] == 0
    code, out, _ = run("audit", "replay", number, "--format", "json")
    assert (code, json.loads(out)["result"]) == (1, "newer_data")
    assert run("audit", "replay", "99999")[0] == 2


@pytest.mark.parametrize("name", ["OIDC_SCHOOLS", "RETENTION_TERMS"])
def test_a_setting_that_is_not_json_is_named(bare: Run, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The setting itself, not the file that it may not even stand in; what stands in it is not repeated."""
    monkeypatch.setenv(f"ALUMNIMATCH_{name}", "{geheim")
    code, _, error = bare("index", "verify")
    assert (code, f"ALUMNIMATCH_{name}" in error, "geheim" in error) == (3, True, False)


def test_a_token_is_for_a_school_that_is_here(run: Run) -> None:
    """Under the name as it is spelled here; for another none is made."""
    code, _, error = run("token", "new", "x", "--role", "teacher", "--school", "Nergens")
    assert (code, "Nergens" in error) == (2, True)
    assert json.loads(run("token", "list", "--format", "json")[1]) == []
    made = json.loads(run("token", "new", "x", "--role", "teacher", "--school", "noord", "--format", "json")[1])
    assert made["school"] == "Noord"


def test_a_small_region_has_nothing_to_calibrate(run: Run) -> None:
    """Nothing is measured, and nothing is written."""
    code, out, _ = run("index", "calibrate")
    assert (code, "8192" in out or "8.192" in out) == (0, True)
    share = shipped().score_all_share
    assert json.loads(run("index", "calibrate", "--format", "json")[1]) == {"score_all_share": share, "measured": []}


def test_a_log_that_was_changed_is_told(run: Run, tmp_path: Path) -> None:
    """By the number of the entry that does not fit, 0 too, and by the exit code."""
    run("match", "R-1")
    store = open_store(f"sqlite:///{tmp_path / 'region.db'}")
    (first,) = stores.log(store, limit=1)
    for index in (schema.audit_people, schema.audit_schools):
        store._database.write(lambda connection, index=index: connection.execute(index.delete()) and None)
    changed = schema.audit.update().where(schema.audit.c.id == first.id).values(id=0)
    store._database.write(lambda connection: connection.execute(changed) and None)
    store.close()
    code, out, _ = run("audit", "verify", "--format", "json")
    assert (code, json.loads(out)["ok"], json.loads(out)["wrong"]) == (1, False, 0)
    code, out, _ = run("audit", "verify")
    assert (code, " 0 " in out) == (1, True)


def test_a_person_is_written_as_a_page(run: Run, tmp_path: Path) -> None:
    """Everything of the JSON, in words and escaped; it stands by itself, in either language, and is not overwritten."""
    run("match", "R-1")
    store = open_store(f"sqlite:///{tmp_path / 'region.db'}")
    (one,) = reading(store).records.find(RecordKind.ALUMNI, "A-2", "Noord")
    writing(store).people.correct(one.key, "experience", "<script>wondzorg</script>")
    store.close()
    page = tmp_path / "dossier.html"
    assert run("person", "export", "A-2", "--out", str(page))[0] == 0
    told = page.read_text("utf-8")
    for expected in (
        "verzorgende wondzorg",
        "van de school",
        "van jou",
        "gastles",
        "technisch beheer",
        "guest_lesson@4",
    ):
        assert expected in told
    assert "<script>" not in told
    assert "http" not in told, "nothing comes from elsewhere"
    assert run("person", "export", "A-2", "--out", str(page))[0] == 2
    assert run("person", "export", "A-2", "--out", str(tmp_path / "d.pdf"))[0] == 2
    assert run("person", "export", "A-2", "--out", str(page), "--force", "--lang", "en")[0] == 0
    assert 'lang="en"' in page.read_text("utf-8")
    assert run("person", "export", "A-2", "--out", str(tmp_path / "d.json"))[0] == 0
    assert json.loads((tmp_path / "d.json").read_text("utf-8"))["id"] == "A-2"


def test_a_person_is_exported_and_erased(run: Run) -> None:
    """Erasing asks to be sure; afterwards there is nobody with that number."""
    known = json.loads(run("person", "export", "A-2")[1])
    assert (known["id"], known["school"]) == ("A-2", "Noord")
    code, _, error = run("person", "erase", "A-2")
    assert (code, "--yes" in error) == (2, True)
    code, out, _ = run("person", "erase", "A-2", "--yes")
    assert (code, "niets meer gevonden" in out, "back-ups" in out) == (0, True, True)
    assert "het databasebestand" in " ".join(out.split())
    assert run("person", "export", "A-2")[0] == 2


def test_keys_are_made_and_rotated(bare: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is not in use yet stops the program until it is; without one there is nothing to rotate."""
    assert bare("index", "build")[0] == 0
    assert bare("keys", "rotate")[0] == 3
    key = bare("keys", "new")[1].strip()
    monkeypatch.setenv("ALUMNIMATCH_CONTACT_KEYS", key)
    assert bare("keys", "rotate")[0] == 0
    assert bare("audit", "verify")[0] == 0
    monkeypatch.setenv("ALUMNIMATCH_CONTACT_KEYS", bare("keys", "new")[1].strip())
    code, _, error = bare("audit", "verify")
    assert (code, "keys rotate" in error) == (3, True)
    code, out, _ = bare("settings")
    assert key not in out


@pytest.mark.parametrize("words", [("audit", "replay"), ("mail", "retry"), ("mail", "drop"), ("token", "revoke")])
def test_a_number_that_no_database_holds_is_wrong_input(run: Run, words: tuple[str, str]) -> None:
    """Beyond 64 bits the command says so, with exit code 2; one that a database could hold is merely unknown."""
    assert run(*words, str(2**63))[0] == 2
    code, _, error = run(*words, str(2**63 - 1))
    assert code == 2
    assert "9.223.372.036.854.775.807" in error or "9223372036854775807" in error


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("name", ["bias", "disclosure", "dpia", "instructions"])
def test_reports_are_whole(run: Run, tmp_path: Path, name: str, language: str) -> None:
    """Markdown with its tables closed, on the screen and in a file; never over a file that is there."""
    run("match", "R-1")
    code, out, error = run("report", name, "--lang", language)
    assert (code, error) == (0, "")
    assert out.startswith("# ")
    assert "{" not in out
    for line in out.splitlines():
        assert not line.startswith("|") or line.endswith("|")
    file = tmp_path / "report.md"
    assert run("report", name, "--lang", language, "--out", str(file))[0] == 0
    assert file.read_text("utf-8").splitlines()[0] == out.splitlines()[0]
    assert run("report", name, "--out", str(file))[0] == 2
    assert run("report", name, "--out", str(file), "--force")[0] == 0


def test_the_job_of_retention_runs(run: Run) -> None:
    """What is planned is what is done, but that without mail nobody is asked."""
    planned = json.loads(run("retention", "plan", "--format", "json")[1])
    assert planned["ask"] > 0
    assert json.loads(run("retention", "run", "--format", "json")[1]) == {**planned, "ask": 0, "log": 0}
    assert run("retention", "run")[0] == 0


@pytest.mark.parametrize("ahead", ["as_of", "clock"])
def test_a_day_far_ahead_ranks_no_one_and_changes_nothing(run: Run, region: Engine, ahead: str) -> None:
    """In 2199 every term is over. That is only read: at the real day every consent is in force as before."""
    today, clock = region.clock.today(), cast("FixedClock", region.clock)
    before = region.pool().consents_on(day_number(today)).tolist()
    revision, entries = region.pool().revision, len(entries_of(region))
    shown = json.loads(run("match", "R-1", "--format", "json")[1])["matches"]
    if ahead == "clock":
        clock.day = date(2199, 1, 1)
    words = ("match", "R-1", "--format", "json", *(("--as-of", "2199-01-01") if ahead == "as_of" else ()))
    code, out, _ = run(*words)
    answer = json.loads(out)
    assert (code, answer["matches"], answer["as_of"]) == (0, [], "2199-01-01")
    assert answer["excluded"]["no_consent"] > 0
    clock.day = today
    assert region.pool().consents_on(day_number(today)).tolist() == before
    with region.store.read() as records:
        assert records.changes.revision() == revision
        assert {consent.withdrawn_on for _, consent in records.consents.all()} == {None}
    assert [entry.action for entry in entries_of(region)[entries:]] == ["match", "match"]
    assert json.loads(run("match", "R-1", "--format", "json")[1])["matches"] == shown != []


def entries_of(engine: Engine) -> list[LogEntry]:
    """The log, the oldest entry first."""
    with engine.store.read() as records:
        return list(records.audit.stream())


def test_the_job_refuses_a_wrong_clock(run: Run, region: Engine) -> None:
    """With a sentence that has a remedy and exit code 2, in the plan as a remark with code 1, until it is told to."""
    clock, options = cast("FixedClock", region.clock), {"nl": "Klopt de dag?", "en": "Is the day right?"}
    assert run("retention", "run")[0] == 0
    clock.day = date(2199, 1, 1)
    for language, sentence in options.items():
        code, _, error = run("retention", "run", "--lang", language)
        assert code == 2
        assert "2199-01-01" in error
        assert sentence in error
        assert "--even-so" in error
        code, out, error = run("retention", "plan", "--lang", language, "--format", "json")
        assert (code, sentence in error) == (1, True)
        assert set(json.loads(out)) == {"lapse", "ask", "remind", "erase"}
    with region.store.read() as records:
        assert {consent.withdrawn_on for _, consent in records.consents.all()} == {None}
    assert run("retention", "run", "--even-so")[0] == 0
    with region.store.read() as records:
        assert {consent.withdrawn_on for _, consent in records.consents.all()} == {clock.day}


def test_everybody_at_once(run: Run, tmp_path: Path) -> None:
    """To a file; either one alumnus or all; an entry in the log."""
    out = tmp_path / "all.csv"
    code, said, _ = run("recommend", "--all", "--for", "offerings", "--out", str(out), "--workers", "1")
    assert (code, "Opgeslagen" in said) == (0, True)
    assert len(out.read_text("utf-8-sig").splitlines()) > 5
    for words in (("A-2", "--all"), ("--all",), ("A-2", "--out", str(out)), ()):
        code, _, error = run("recommend", *words, "--for", "offerings")
        assert (code, "--all --out" in error) == (2, True)
    assert run("recommend", "--all", "--for", "offerings", "--out", str(out))[0] == 2, "it is there already"
    both = ("--workers", "2", "--scheduler", "tcp://here:8786")
    code, _, error = run("recommend", "--all", "--for", "offerings", "--out", str(tmp_path / "new.csv"), *both)
    assert (code, "--workers" in error) == (2, True)
    assert "voor alle" in unwrapped(run("audit", "show", "--top", "1")[1])


def test_how_long_it_will_take_is_told_in_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    """A line a minute at most, by the speed of this run: what an earlier run had done does not count."""
    now = [1000.0]
    tell = progress_lines(partial(Session("nl").say, "progress.line", title="Zoeken"), lambda: now[0])
    for seconds, done in ((0, 400), (30, 450), (60, 500), (90, 550), (240, 600), (7200, 1000)):
        now[0] = 1000.0 + seconds
        tell(done, 1000)
    told = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in told] == ["Zoeken: 50 % klaar", "Zoeken: 60 % klaar"]
    assert "ongeveer 0:05:00" in told[0]
    assert "ongeveer 0:08:00" in told[1]


def test_how_long_it_will_take_is_shown_on_a_terminal(tmp_path: Path) -> None:
    """A bar, a percentage and the time that is left, on a real terminal; gone when it is done."""
    engine_in(tmp_path)
    settings = {
        "ALUMNIMATCH_DATABASE_URL": f"sqlite:///{tmp_path / 'region.db'}",
        "ALUMNIMATCH_CACHE_DIR": str(tmp_path / "cache"),
        "TERM": "xterm",
        "COLUMNS": "100",
    }
    words = ("recommend", "--all", "--for", "offerings", "--out", "all.csv", "--workers", "1")
    terminal, its_end = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "api.cli", *words],
        cwd=tmp_path,
        env=os.environ | settings,
        stdout=subprocess.DEVNULL,
        stderr=its_end,
    ) as command:
        os.close(its_end)
        shown = b""
        with suppress(OSError):  # how a terminal says that nobody writes any more
            while read := os.read(terminal, 4096):
                shown += read
    os.close(terminal)
    assert command.returncode == 0, shown
    text = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", shown.decode())
    assert re.search(r"100% 0:00:00", text), text


def test_similarity_finds_the_nearest_lines(run: Run, tmp_path: Path) -> None:
    """For each line a list of positions, the nearest first; one without a known word is null, and last."""
    queries, texts = tmp_path / "queries.txt", tmp_path / "texts.txt"
    queries.write_text("wondzorg\nqwerty zxcvb\n", "utf-8")
    texts.write_text("lasser in de metaal\nzzzz\nverpleegkundige die wonden verbindt en verzorgt\n", "utf-8")
    code, printed, _ = run("similarity", str(queries), str(texts))
    first, second = (json.loads(line) for line in printed.splitlines())
    assert code == 0
    assert [position for position, _ in first] == [2, 0, 1]
    assert first[0][1] > first[1][1] + 0.3
    assert first[2][1] is None
    assert second == [[0, None], [1, None], [2, None]]
    assert [
        len(json.loads(line)) for line in run("similarity", str(queries), str(texts), "--top", "2")[1].splitlines()
    ] == [2, 2]
    assert run("similarity", str(queries), str(tmp_path / "none.txt"))[0] == 2
