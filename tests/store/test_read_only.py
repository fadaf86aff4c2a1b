"""A database that can only be read is read, and says clearly that it cannot be written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.region import store_in

ROOT = Path(__file__).parents[2]
RIGHTS = {"the file": (0o444, 0o755), "the folder": (0o644, 0o555), "both": (0o444, 0o555)}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A region in a folder whose rights a test takes away; given back so that it can be removed."""
    store_in(tmp_path).close()
    yield tmp_path
    tmp_path.chmod(0o755)


def without_rights() -> list[str]:
    """The prefix with which root too may only do what the rights of a file say."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root may write everything, and setpriv is missing")
    return [setpriv, "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command on the region, with the rights that its file and folder give."""
    environment = os.environ | {
        "ALUMNIMATCH_DATABASE_URL": f"sqlite:///{folder / 'region.db'}",
        "ALUMNIMATCH_TODAY": "2027-03-01",
        "ALUMNIMATCH_ENCODER": "encoder-nl-en",
    }
    with tempfile.TemporaryDirectory() as cache:
        return subprocess.run(
            [*without_rights(), sys.executable, "-m", "api.cli", *words],
            capture_output=True, text=True, cwd=ROOT, check=False, env=environment | {"ALUMNIMATCH_CACHE_DIR": cache},
        )  # fmt: skip


@pytest.mark.parametrize("what", RIGHTS)
def test_a_file_without_write_rights_is_read(what: str, folder: Path) -> None:
    """Commands that read do so, building a pool of texts that were never encoded too; one that writes says why not."""
    of_file, of_folder = RIGHTS[what]
    (folder / "region.db").chmod(of_file)
    folder.chmod(of_folder)
    for words in (("audit", "verify"), ("audit", "show"), ("token", "list"), ("index", "verify")):
        done = run(folder, *words)
        assert (done.returncode, done.stderr) == (0, ""), words
    refused = run(folder, "match", "R-1", "--school", "Noord")
    assert refused.returncode == 3
    assert "Bekijken kan wel" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert {path.name for path in folder.iterdir()} <= {"region.db", "region.db-wal", "region.db-shm"}


def test_a_file_that_someone_else_writes_is_read_as_it_is(folder: Path) -> None:
    """While another process has it open, its log beside it is read too."""
    with closing(sqlite3.connect(folder / "region.db", isolation_level=None)) as writer:
        writer.execute("INSERT INTO installation_values VALUES ('only in the log', '1')")
        for path in folder.iterdir():
            path.chmod(0o444)
        folder.chmod(0o555)
        code = (
            "import sys\nfrom matcher.store.sql_store import SqlStore\nfrom api.wiring import SystemClock\n"
            "with SqlStore(sys.argv[1], SystemClock()).read() as records:\n"
            "    print(records.installation.get('only in the log'))"
        )
        done = subprocess.run(
            [*without_rights(), sys.executable, "-c", code, f"sqlite:///{folder / 'region.db'}"],
            capture_output=True, text=True, cwd=ROOT, check=False,
        )  # fmt: skip
        assert done.stdout.strip() == "1", done.stderr


def test_a_file_that_is_missing_is_not_called_read_only(folder: Path) -> None:
    """Where there is no file, and none can be made, the error is another."""
    (folder / "region.db").unlink()
    folder.chmod(0o555)
    done = run(folder, "audit", "show")
    assert done.returncode == 3
    assert "Bekijken kan wel" not in done.stderr
