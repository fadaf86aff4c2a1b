"""`report register`: the fields of the Algoritmeregister from the running configuration, nothing invented."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.commands.register import registration
from matcher.domain.consent import Terms
from matcher.domain.kinds import KINDS, Purpose, Risk
from matcher.law.register import standard
from matcher.locale import area
from matcher.policy import COMMAND_LINE
from matcher.services import reports
from tests.api.conftest import Run, runner
from tests.support.apps import Engine, app_of
from tests.support.region import engine_in
from tests.support.worlds import AS_OF

ONLY_THE_SCHOOL_KNOWS = {
    "organization", "status", "begin_date", "end_date", "contact_email", "website", "url", "proportionality",
    "lawful_basis_grouping", "process_index_url", "impacttoetsen_grouping", "impacttoetsen", "source_data_grouping",
    "provider", "publiccode", "source_id",
}  # fmt: skip


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_in(tmp_path)


@pytest.fixture
def run(engine: Engine, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a small region; gives its exit code, output and error output."""
    return runner(engine, capsys)


def fields_in(run: Run, *words: str) -> dict[str, Any]:
    code, out, error = run("report", "register", *words)
    assert (code, error) == (0, "")
    return json.loads(out)  # type: ignore[no-any-return]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_field_is_valid_or_named_for_the_school(run: Run, language: str) -> None:
    """All fields of the standard, in its order: allowed by it, or empty and named with what to fill in."""
    made = fields_in(run, "--lang", language)
    fields = standard().fields
    assert list(made["fields"]) == list(fields)
    empty = {name for name, value in made["fields"].items() if value is None}
    assert empty == ONLY_THE_SCHOOL_KNOWS | ({"lang"} if language == "en" else set())
    assert {entry["field"] for entry in made["school_fills_in"]} == empty
    assert {entry["field"] for entry in made["school_fills_in"] if entry["required"]} >= {"organization", "status"}
    assert [
        name for name, value in made["fields"].items() if value is not None and not fields[name].allows(value)
    ] == []
    assert all(entry["what"] for entry in [*made["school_fills_in"], *made["school_checks"]])
    assert {entry["field"] for entry in made["school_checks"]} <= set(fields) - empty


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_sentence_is_for_a_field_that_is_not_there(language: Any) -> None:
    """The sentences for the school are about fields of the standard, and each field that stays empty has one."""
    sentences = area(language, "report")["register"]
    assert set(sentences["fill_in"]) == ONLY_THE_SCHOOL_KNOWS
    assert set(sentences["check"]) < set(standard().fields)


def test_it_says_what_runs(engine: Engine) -> None:
    """Encoder, rules, weights, terms and risks are those of this installation: other terms give another text."""
    app = app_of(engine)
    plain = reports.configuration(app, COMMAND_LINE)
    made: Any = registration("nl", plain, 24, AS_OF)
    assert made["configuration"]["weights"] == list(app.weights.names)
    assert app.engine.vectors.encoder.id in made["fields"]["methods_and_models"]
    assert {kind: entry["risk"] for kind, entry in made["configuration"]["kinds"].items()} == {
        str(kind): line.risk.value for kind, line in KINDS.items()
    }
    assert made["fields"]["publication_category"] == "Hoog-risico AI-systeem"
    assert "24 maanden (voor elk doel hetzelfde), het logboek 24 maanden" in made["fields"]["risks"]

    shorter = replace(app, terms=Terms(18, {Purpose.AFTERCARE: 12}))
    other: Any = registration("nl", reports.configuration(shorter, COMMAND_LINE), 36, AS_OF)
    assert other["configuration"]["consent_months"]["aftercare"] == 12
    assert "12–18 maanden" in other["fields"]["risks"]
    assert "nazorg: 12" in other["fields"]["risks"]
    assert "logboek 36 maanden" in other["fields"]["risks"]


def test_without_a_kind_of_high_risk_the_category_is_lower(engine: Engine) -> None:
    """The category follows from the outcomes of the decision tree, and is not a constant."""
    now = reports.configuration(app_of(engine), COMMAND_LINE)
    limited = {kind: way for kind, way in now.outcomes.items() if way.risk is Risk.LIMITED}
    made: Any = registration("nl", replace(now, outcomes=limited), 24, AS_OF)
    assert made["fields"]["publication_category"] == "Impactvolle algoritmes"


def test_it_is_written_once(run: Run, tmp_path: Path) -> None:
    """In a file it is the same as on the screen; a file that is there, or of another kind, is left alone."""
    file = tmp_path / "register.json"
    assert run("report", "register", "--out", str(file))[0] == 0
    assert json.loads(file.read_text("utf-8")) == fields_in(run)
    assert run("report", "register", "--out", str(file))[0] == 2
    assert run("report", "register", "--out", str(tmp_path / "register.md"))[0] == 2
