"""A server whose second encoder reads texts in the background, and the command that reads them all at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2

from matcher.domain.records import RecordKind
from matcher.engine.current import READ_AT_ONCE
from matcher.store.sql_store import SqlStore
from models.meaning import MeaningEncoder
from tests.support.region import alumnus, store_in
from tests.support.server import PATIENCE, ROOT, serving, token_of
from tests.support.stores import upsert
from tests.support.worlds import AS_OF

WORK = ("bakker", "lasser", "kapper", "hovenier", "monteur", "kok", "verpleegkundige", "timmerman")
MANY = [
    alumnus(50 + number, f"M-{number}", function=f"{WORK[number % 8]} in dienst {number}")
    for number in range(READ_AT_ONCE + 1)
]


def region(folder: Path) -> SqlStore:
    """With more texts than are read while a question waits."""
    store = store_in(folder)
    upsert(store, RecordKind.ALUMNI, MANY)
    return store


def test_a_server_reads_in_the_background(tmp_path: Path) -> None:
    """The first rankings are of the first encoder alone; before long every worker counts the second."""
    store = region(tmp_path)
    headers = token_of(store)
    with serving(tmp_path, store, "--workers", "2", meaning="on", log_level="error") as server:

        def ranking() -> dict[str, Any]:
            answer = httpx2.get(f"{server.address}/v1/requests/R-1/matches", headers=headers, timeout=PATIENCE)
            assert answer.status_code == 200, answer.text
            return answer.json()  # type: ignore[no-any-return]

        first = ranking()
        counted: list[dict[str, Any]] = []
        deadline = time.monotonic() + PATIENCE
        while len(counted) < 10 and time.monotonic() < deadline:  # ten in a row: each of the two workers
            answer = ranking()
            counted = [*counted, answer] if answer["basis"]["meaning"] else []
    assert first["basis"]["meaning"] in {None, MeaningEncoder().id}
    assert len(counted) == 10
    assert {answer["basis"]["meaning"] for answer in counted} == {MeaningEncoder().id}
    assert len({json.dumps(answer["matches"]) for answer in counted}) == 1
    assert all(
        "meaning" in {term["signal"] for term in match["contributions"]}
        for answer in counted
        for match in answer["matches"]
    )


def test_the_command_reads_all(tmp_path: Path) -> None:
    """`alumnimatch index build` reads every text, so the next ranking counts them; turned off, none is read."""
    store = region(tmp_path)
    environment = os.environ | {
        "ALUMNIMATCH_DATABASE_URL": str(store._database.engine.url),
        "ALUMNIMATCH_CACHE_DIR": str(tmp_path / "cache"),
        "ALUMNIMATCH_TODAY": AS_OF.isoformat(),
    }

    def run(meaning: str, *words: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "api.cli", *words, "--format", "json"]
        given = {**environment, "ALUMNIMATCH_MEANING": meaning}
        done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    assert run("on", "match", "R-1", "--school", "Noord")["basis"]["meaning"] is None
    assert run("on", "index", "build")["meaning"] == MeaningEncoder().id
    assert run("on", "match", "R-1", "--school", "Noord")["basis"]["meaning"] == MeaningEncoder().id
    assert run("on", "index", "verify")["ok"]
    assert run("off", "match", "R-1", "--school", "Noord")["basis"]["meaning"] is None
