"""`audit export`: the whole log in a file, as it is and as a Logboek Dataverwerkingen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api.commands.log_export import activity_of
from matcher.domain.records import RecordKind
from matcher.errors import ConfigurationError
from tests.api.conftest import Run, runner
from tests.support import stores
from tests.support.apps import Engine
from tests.support.region import engine_in

REGISTER = "https://register.school.example/alumni"
ACTIVITIES = json.dumps({"default": REGISTER, "match": f"{REGISTER}/zoeken"})
REQUIRED = {"trace_id", "span_id", "status", "name", "start_time", "end_time", "attributes"}


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_in(tmp_path)


@pytest.fixture
def run(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands on a small region, with a register of processing activities."""
    monkeypatch.setenv("ALUMNIMATCH_PROCESSING_ACTIVITIES", ACTIVITIES)
    monkeypatch.chdir(tmp_path)
    return runner(engine, capsys)


def lines_in(run: Run, name: str, *words: str) -> list[dict[str, Any]]:
    code, _, error = run("audit", "export", name, *words)
    assert (code, error) == (0, "")
    return [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]


def test_each_alumnus_has_a_line_of_their_own(run: Run, engine: Engine) -> None:
    """A ranking is one line without a data subject, and below it one for each alumnus shown, with the fields asked."""
    shown = json.loads(run("match", "R-1", "--format", "json")[1])["matches"]
    lines = lines_in(run, "log.jsonl", "--format", "logboek")
    (parent, *children) = [line for line in lines if line["attributes"]["dpl.core.processing_activity_id"] != REGISTER]
    assert "dpl.core.data_subject_id" not in parent["attributes"]
    assert {child["parent_span_id"] for child in children} == {parent["span_id"]}
    assert {child["trace_id"] for child in children} == {parent["trace_id"]}
    keys = {stores.key_of(engine.store, RecordKind.ALUMNI, one["candidate_id"], "Noord") for one in shown}
    assert {int(child["attributes"]["dpl.core.data_subject_id"], 16) for child in children} == keys
    for line in lines:
        assert set(line) >= REQUIRED
        assert (len(bytes.fromhex(line["trace_id"])), len(bytes.fromhex(line["span_id"]))) == (16, 8)
        assert line["start_time"] == line["end_time"] > 1_000_000_000_000
        assert set(line["attributes"]) <= {
            "dpl.core.processing_activity_id",
            "dpl.core.data_subject_id",
            "dpl.core.data_subject_id_type",
        }
    assert len({line["span_id"] for line in lines}) == len(lines)


def test_one_alumnus_is_one_line(run: Run, engine: Engine) -> None:
    """An entry about one alumnus is a single line with that data subject; the trace is that of the entry's seal."""
    run("person", "export", "A-3")
    key = stores.key_of(engine.store, RecordKind.ALUMNI, "A-3", "Noord")
    newest, *_ = lines_in(run, "log.jsonl", "--format", "logboek", "--lang", "en")
    assert int(newest["attributes"]["dpl.core.data_subject_id"], 16) == key
    assert "parent_span_id" not in newest
    entry, *_ = lines_in(run, "plain.jsonl")
    assert (entry["action"], entry["seal"][:32]) == ("person.read", newest["trace_id"])


def test_after_an_erasure_no_line_leads_to_the_person(run: Run, engine: Engine) -> None:
    """The lines of what was done stay, without the erased as a data subject."""
    run("match", "R-1")
    key = stores.key_of(engine.store, RecordKind.ALUMNI, "A-2", "Noord")
    subject = f"{key:016x}"
    before = lines_in(run, "before.jsonl", "--format", "logboek")
    assert any(line["attributes"].get("dpl.core.data_subject_id") == subject for line in before)
    assert run("person", "erase", "A-2", "--yes")[0] == 0
    after = lines_in(run, "after.jsonl", "--format", "logboek")
    assert not any(line["attributes"].get("dpl.core.data_subject_id") == subject for line in after)


def test_the_log_is_written_whole(run: Run, engine: Engine) -> None:
    """Every entry once, the newest first, and a second time the same bytes; no file that is there is overwritten."""
    for _ in range(3):
        run("match", "R-1")
    entries = lines_in(run, "log.jsonl")
    numbers = [entry["id"] for entry in entries]
    assert numbers == list(range(len(numbers), 0, -1))
    assert len(numbers) == stores.log(engine.store, limit=1)[0].id
    lines_in(run, "once.jsonl", "--format", "logboek")
    lines_in(run, "twice.jsonl", "--format", "logboek")
    assert Path("once.jsonl").read_bytes() == Path("twice.jsonl").read_bytes()
    assert run("audit", "export", "log.jsonl")[0] == 2
    assert run("audit", "export", "log.csv")[0] == 2


def test_without_a_register_nothing_is_written(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The draft asks for the activity of each line: where none is set the command says so, and leaves no file."""
    monkeypatch.setenv("ALUMNIMATCH_PROCESSING_ACTIVITIES", '{"match": "https://register.school.example"}')
    file = tmp_path / "log.jsonl"
    run = runner(engine, capsys)
    run("person", "export", "A-3")
    code, _, error = run("audit", "export", str(file), "--format", "logboek")
    assert (code, file.exists()) == (3, False)
    assert "ALUMNIMATCH_PROCESSING_ACTIVITIES" in error


def test_the_nearest_activity_counts() -> None:
    """An action's own activity, else that of its first part, else the default; what is no URI is refused."""
    activities = {"default": "urn:x:0", "person": "urn:x:1", "person.erase": "urn:x:2", "import": "iets anders"}
    assert [activity_of(action, activities) for action in ("person.erase", "person.read", "match")] == [
        "urn:x:2",
        "urn:x:1",
        "urn:x:0",
    ]
    with pytest.raises(ConfigurationError):
        activity_of("import", activities)
    with pytest.raises(ConfigurationError):
        activity_of("match", {})
