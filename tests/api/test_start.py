"""What a process loads: no more than what it is asked needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.region import engine_in

HEAVY = (
    "pandas", "scipy", "sklearn", "onnxruntime", "ortools", "icalendar", "recurring_ical_events", "phonenumbers",
    "openpyxl", "python_calamine", "torch", "transformers", "alembic", "psycopg", "authlib", "httpx2", "fastapi",
    "rapidfuzz", "ftfy",
)  # fmt: skip
PROGRAM = f"""
import sys
from api.cli import main
code = main(sys.argv[1:])
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
print(sorted(name for name in sys.modules if name.startswith("api.commands.")), file=sys.stderr)
sys.exit(code)
"""


def test_one_ranking_loads_what_it_needs(tmp_path: Path) -> None:
    """A list and an account of a pair: no library of tables, statistics, calendars or plans, and no other command."""
    engine_in(tmp_path)
    settings = {
        "ALUMNIMATCH_DATABASE_URL": f"sqlite:///{tmp_path / 'region.db'}",
        "ALUMNIMATCH_CACHE_DIR": str(tmp_path / "cache"),
    }

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", PROGRAM, *words]
        return subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, check=False)

    assert run("index", "build").returncode == 0
    for words in (("match", "R-1", "--format", "json"), ("why", "R-1", "A-2", "--format", "json")):
        done = run(*words)
        heavy, commands = done.stderr.splitlines()[-2:]
        assert done.returncode == 0, done.stderr
        assert '"score"' in done.stdout
        assert heavy == "[]"
        assert "api.commands.matching" in commands
        assert "api.commands.trust" not in commands
