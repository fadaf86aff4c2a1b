"""A database of an older version answers as it did then, to the bit, and everything that was kept in it is still there.

`old/region.sqlite.gz` is the database, `old/answers.json.gz` what commit cfdc78c said of it on its command line, and
`old/make.py` made both. Only the command line is used here, which later versions may add to but not change.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from matcher.repositories.values import NOBODY

OLD = Path(__file__).parent / "old"
ANSWERS = json.loads(gzip.decompress((OLD / "answers.json.gz").read_bytes()))
MAY_DIFFER = frozenset({"band", "encoder", "reasons", "sentence", "terms", "what_if"})
"""Keys whose value need not be the old one: since then words are named with what links them, sentences say facts, bands
have thresholds that are fitted, and the encoder gives no vector to texts without a known word. `revision`, should a
migration ever have to make a revision.
"""
Run = Callable[..., tuple[int, Any]]


def unpack(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the old database into this folder and points the settings at it."""
    database = folder / "region.db"
    database.write_bytes(gzip.decompress((OLD / "region.sqlite.gz").read_bytes()))
    monkeypatch.setenv("ALUMNIMATCH_DATABASE_URL", f"sqlite:///{database}")
    monkeypatch.setenv("ALUMNIMATCH_CACHE_DIR", str(folder / "cache"))
    monkeypatch.setenv("ALUMNIMATCH_TODAY", ANSWERS["day"])
    monkeypatch.chdir(folder)


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The old database, for the tests to which it does not matter what was asked before."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        unpack(tmp_path_factory.mktemp("old"), monkeypatch)
        yield


@pytest.fixture
def untouched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old database as it was left."""
    unpack(tmp_path, monkeypatch)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command and returns its exit code and the JSON it prints."""

    def run_(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([*words, "--lang", "nl"])
        said = capsys.readouterr()
        assert said.out, said.err
        return code, json.loads(said.out)

    return run_


def list_changes(old: Any, new: Any, place: str = "") -> Iterator[str]:
    """Where a new answer does not say what the old one says; keys that only the new one has are no change."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key, value in old.items():
            if key not in new:
                yield f"{place}.{key} is gone"
            elif key not in MAY_DIFFER:
                yield from list_changes(value, new[key], f"{place}.{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from list_changes(before, after, f"{place}[{number}]")
    elif type(old) is not type(new) or old != new:
        yield f"{place} was {old!r:.80} and is {new!r:.80}"


@pytest.mark.usefixtures("region")
@pytest.mark.parametrize(("words", "old"), ANSWERS["asked"], ids=[" ".join(words) for words, _ in ANSWERS["asked"]])
def test_every_answer_is_the_old_one(run: Run, words: list[str], old: Any) -> None:
    """Every list and account: the same people in the same order, scores to the last bit, evidence but for its words."""
    code, new = run(*words, "--format", "json")
    assert code == 0
    assert list(list_changes(old, new)) == []


@pytest.mark.usefixtures("untouched")
def test_what_is_known_about_people_is_still_known(run: Run) -> None:
    """Records and who stated what, addresses, consents, objections, the ledger, and the log of each."""
    for words, old in ANSWERS["people"]:
        code, new = run(*words)
        assert code == 0
        assert list(list_changes(old, new)) == [], words


@pytest.mark.usefixtures("untouched")
def test_tokens_and_the_log_are_still_there(run: Run) -> None:
    """Every token, and every line of the log as it was written, but for the random key of an erased alumnus."""
    assert list(list_changes(ANSWERS["tokens"], run("token", "list", "--format", "json")[1])) == []
    (erased,) = [entry["details"]["alumnus"] for entry in ANSWERS["log"] if entry["action"] == "person.erase"]
    old = json.loads(json.dumps(ANSWERS["log"]).replace(str(erased), f'"{NOBODY}"'))
    log = run("audit", "show", "--top", "10000", "--format", "json")[1]
    assert list(list_changes(old, log[-len(old) :])) == []


@pytest.mark.usefixtures("untouched")
def test_seals_and_derived_state_are_right(run: Run) -> None:
    """Every seal of the log fits, and the pool, without a snapshot and then with one, is what the database says."""
    for _ in range(2):
        assert run("index", "verify", "--format", "json") == (0, {"ok": True, "problems": []})
        run("match", *ANSWERS["asked"][0][0][1:], "--format", "json")
    code, verdict = run("audit", "verify", "--format", "json")
    assert (code, verdict["ok"], verdict["wrong"]) == (0, True, None)
    assert verdict["entries"] >= len(ANSWERS["log"])


@pytest.mark.usefixtures("region")
@pytest.mark.parametrize(("number", "old"), ANSWERS["replays"].items())
def test_rankings_of_then_can_be_asked_again(run: Run, number: str, old: str) -> None:
    """Those of another encoder say so: its id is part of the basis. Else those of the newest data are the same."""
    code, answer = run("audit", "replay", number, "--format", "json")
    assert answer["result"] in {old, "newer_data", "other_versions"}
    assert code == (0 if answer["result"] == "same" else 1)
