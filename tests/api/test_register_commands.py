"""recognitions and programmes by the command line: from a list, and from servers on this machine."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from matcher.domain.kinds import RequestKind
from matcher.domain.records import Qualification, RecordKind
from matcher.repositories.values import Upsert
from tests.api.conftest import Run, runner, unwrapped
from tests.support import stores
from tests.support.region import alumnus, engine_in
from tests.support.source_servers import Answer, Asked, Source, said, serving


class Registers(Source):
    """RIO, and a server that knows every company."""

    def answer(self, asked: Asked) -> Answer:
        if "mboOpleidingserkenning" in asked.query:
            found = [{"naam": "Verzorgende-IG", "niveau": "MBO-3"}] if asked.path == "/mbo-kwalificaties" else []
            return said({"_embedded": {"mboKwalificaties": found}})
        return said({"erkend": 1, "tot": None})


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a small region with a place, a company and another old code."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    engine = engine_in(tmp_path, cache=tmp_path / "cache")
    person = alumnus(2, "A-51", company_id="100001", qualifications=(Qualification("92640"),))
    stores.upsert(engine.store, RecordKind.ALUMNI, [person])
    place = {"kind": RequestKind.BPV_PLACE, "title": "Plek in de keuken", "programme": "Kok"}
    stores.upsert(engine.store, RecordKind.REQUESTS, [Upsert(2, "R-8", "Noord", place)])
    return runner(engine, capsys)


def test_recognitions(run: Run, tmp_path: Path) -> None:
    """1 where a row is refused, 2 where nothing can be read or both ways are asked for."""
    file, head = tmp_path / "erkenningen.csv", "leerbedrijf_id;crebo;erkend;gecontroleerd op\n"
    lately, before = (date.today() - timedelta(days=days) for days in (5, 60))
    file.write_text(f"{head}100001;25180;nee;{lately}\n;25180;ja;{lately}\n")
    code, out, _ = run("recognitions", str(file), "--format", "json")
    assert (code, json.loads(out)["new"], json.loads(out)["refused"]) == (1, 1, 1)
    code, out, _ = run("recognitions", str(file), "--dry-run")
    assert (code, "1 hetzelfde" in unwrapped(out)) == (1, True)
    with serving(Registers()) as address:
        asked = ("recognitions", "--url", address, "--local")
        assert "0 keer nagevraagd" in unwrapped(run(*asked)[1])
        file.write_text(f"{head}100001;25180;nee;{before}\n")
        assert run("recognitions", str(file))[0] == 0
        assert "1 keer nagevraagd, 1 keer erkend" in unwrapped(run(*asked)[1])
        for wrong in (("recognitions",), (*asked, str(file)), (*asked, "--dry-run")):
            assert run(*wrong)[0] == 2
    file.write_text("naam\nx\n")
    code, _, error = run("recognitions", str(file))
    assert (code, "leerbedrijf_id" in error) == (2, True)


def test_programmes(run: Run) -> None:
    code, _, error = run("programmes", "--url", "http://127.0.0.1:1")
    assert (code, "https" in error) == (2, True)
    with serving(Registers()) as address:
        asked = ("programmes", "--url", address, "--local")
        assert "bij 2 alumni" in unwrapped(run(*asked, "--dry-run")[1])
        code, out, _ = run(*asked, "--format", "json")
        done = json.loads(out)
        assert (code, done["codes"], done["found"], done["alumni"]) == (0, 2, 2, 2)
        assert run("import", "undo", done["import_id"])[0] == 0
        assert "import undo" in unwrapped(run(*asked)[1])
        assert "niets veranderd" in unwrapped(run(*asked)[1])
