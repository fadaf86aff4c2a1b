"""What can be wrong with a SQLite file: each has its code, and none leaves half a batch."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event

from matcher.domain.kinds import Purpose
from matcher.domain.records import Alumnus, RecordKind
from matcher.errors import ConfigurationError, StoreUnavailable
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.records import FULL_ALUMNUS, row
from tests.support.stores import open_store, reading, upsert

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    made = open_store(f"sqlite:///{path}")
    made.migrate()
    yield made
    made.close()


def code_of(url: str) -> str:
    store = open_store(url)
    with pytest.raises(StoreUnavailable) as failed:
        store.migrate()
    store.close()
    return failed.value.code


def test_the_constructor_touches_nothing(path: Path) -> None:
    """A store can be made for a database that cannot be opened."""
    open_store(f"sqlite:///{path}")
    open_store("postgresql://nobody@127.0.0.1:1/nothing")
    assert not path.exists()


def test_the_promises_of_the_connection(store: SqlStore) -> None:
    """WAL, foreign keys, a busy time of 5 s and synchronous NORMAL hold on every connection."""
    with store._database.reading() as connection:
        asked = ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert found == ["wal", 1, 5000, 1]


def test_a_new_file_is_private(store: SqlStore, path: Path) -> None:
    """Nobody but the owner can read the file with personal data, nor SQLite's files beside it."""
    upsert(store, RecordKind.ALUMNI, [row(1)])
    modes = {leaf.stat().st_mode & 0o777 for leaf in path.parent.iterdir()}
    assert modes == {0o600}


def test_files_that_are_no_database(path: Path) -> None:
    """A missing folder, a folder and a file of another kind are told apart; the file is left as it was."""
    assert code_of(f"sqlite:///{path.parent}/missing/store.db") == "database_unreachable"
    assert code_of(f"sqlite:///{path.parent}") == "database_unreachable"
    path.write_bytes(b"voornaam;achternaam\n" * 100)
    assert code_of(f"sqlite:///{path}") == "database_not_a_database"
    assert path.read_bytes() == b"voornaam;achternaam\n" * 100


def test_a_database_of_another_program(path: Path) -> None:
    """One with a table of the same name is refused and left as it was."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE alumni (naam TEXT)")
    store = open_store(f"sqlite:///{path}")
    with pytest.raises(ConfigurationError, match="store_foreign"):
        store.migrate()
    store.close()


def test_tables_that_are_not_there(path: Path) -> None:
    """A store that was never migrated says so."""
    store = open_store(f"sqlite:///{path}")
    with pytest.raises(StoreUnavailable, match="database_not_migrated"):
        upsert(store, RecordKind.ALUMNI, [row(1)])
    store.close()


def test_another_writer_that_does_not_end(store: SqlStore, path: Path) -> None:
    """A write that waits in vain is `database_locked`; reading goes on meanwhile."""
    store.close()
    event.listen(store._database.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=0"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="database_locked"):
            upsert(store, RecordKind.ALUMNI, [row(1)])
        assert stores.revision(store) == 0
        other.execute("ROLLBACK")
    assert upsert(store, RecordKind.ALUMNI, [row(1)])[0].outcome == "created"


def test_a_full_disk_leaves_the_old_state(store: SqlStore) -> None:
    """A batch that does not fit is not there at all, and the next one can be written."""
    upsert(store, RecordKind.ALUMNI, [row(1)])
    store.close()
    event.listen(
        store._database.engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count=120")
    )
    with pytest.raises(StoreUnavailable, match="database_disk_full"):
        upsert(store, RecordKind.ALUMNI, [row(number, experience="x" * 1000) for number in range(900)])
    assert (reading(store).records.count(RecordKind.ALUMNI), stores.revision(store)) == (1, 1)
    assert upsert(store, RecordKind.ALUMNI, [row(2)])[0].outcome == "created"


READ_ONLY = """
import os, sys
from matcher.domain.records import RecordKind
from matcher.errors import StoreUnavailable
from tests.support.records import row
from tests.support.stores import open_store, upsert
folder = sys.argv[1]
url = f"sqlite:///{folder}/store.db"
store = open_store(url)
store.migrate()
upsert(store, RecordKind.ALUMNI, [row(1)])
store.close()
os.chmod(f"{folder}/store.db", 0o444)
os.chmod(folder, 0o555)
if os.geteuid() == 0:
    os.setresuid(65534, 65534, 65534)
for made, call in (
    (open_store(url), lambda store: upsert(store, RecordKind.ALUMNI, [row(2)])),
    (open_store(url.replace("store.db", "new.db")), lambda store: store.migrate()),
):
    try:
        call(made)
    except StoreUnavailable as error:
        print(error.code)
"""


def test_a_read_only_folder() -> None:
    """In a folder without rights an existing database is `database_read_only`, a new one cannot be opened."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, folder], cwd=ROOT, capture_output=True, text=True, check=False
        )
        Path(folder).chmod(0o755)
    assert (done.stdout.split(), done.stderr) == (["database_read_only", "database_unreachable"], "")


KILLED = """
import os, signal, sys
from sqlalchemy import event
from matcher.domain.records import RecordKind
from tests.store.test_sqlite_faults import new_rows
from tests.support.stores import open_store, upsert
url, moment = sys.argv[1], int(sys.argv[2])
store = open_store(url)
statements = batch = 0

def count(statement):
    global statements, batch
    statements += 1
    if statement == "COMMIT":
        batch = batch or statements
    if statements == moment:
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(store._database.engine, "connect", lambda connection, _: connection.set_trace_callback(count))
upsert(store, RecordKind.ALUMNI, new_rows())
print(batch)
"""
PEOPLE = 100
OLD = {**FULL_ALUMNUS, "town": "Zwolle", "phone": "1", "consents": frozenset({Purpose.MENTOR})}
NEW = {**FULL_ALUMNUS, "town": "Assen", "phone": "2", "consents": frozenset({Purpose.FEEDBACK})}


def new_rows() -> list[object]:
    return [row(number, **NEW) for number in range(2 * PEOPLE)]


def upsert_until(url: str, moment: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", KILLED, url, str(moment)], cwd=ROOT, capture_output=True, text=True, check=False
    )


def state(store: SqlStore) -> set[tuple[object, ...]]:
    return {
        (one.alumnus_id, one.town, one.contact.phone, frozenset(c.purpose for c in one.consents if not c.withdrawn_on))
        for one in reading(store).records.stream(RecordKind.ALUMNI, personal=True)
        if isinstance(one, Alumnus)
    }


def test_a_killed_import_leaves_the_old_state(path: Path, store: SqlStore) -> None:
    """SIGKILL at the first, a middle, and the last statement of a batch: all rows are old, and the batch can follow."""
    upsert(store, RecordKind.ALUMNI, [row(number, **OLD) for number in range(PEOPLE)])
    old = state(store)
    store.close()
    bytes_before = path.read_bytes()
    whole = upsert_until(f"sqlite:///{path}", 0)
    assert whole.stderr == ""
    statements = int(whole.stdout)
    assert statements > 6 * PEOPLE
    new = state(store)
    assert len(new) == 2 * PEOPLE
    for moment in (1, statements // 3, statements // 2, statements - PEOPLE, statements):
        store.close()
        for leftover in path.parent.iterdir():
            leftover.unlink()
        path.write_bytes(bytes_before)
        killed = upsert_until(f"sqlite:///{path}", moment)
        assert killed.returncode == -signal.SIGKILL
        assert (state(store), stores.revision(store)) == (old, 1)
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert upsert_until(f"sqlite:///{path}", 0).returncode == 0
    assert (state(store), stores.revision(store)) == (new, 2)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("nonsense", "database_url_invalid"),
        ("sqlite://", "database_in_memory"),
        ("sqlite:///:memory:", "database_in_memory"),
        ("mysql://me:topsecret@host/name", "database_url_unsupported"),
        ("postgresql://me:topsecret@host:port/name", "database_url_invalid"),
    ],
)
def test_an_address_that_cannot_be_used(url: str, code: str) -> None:
    """The constructor refuses what can never work, without quoting the address."""
    with pytest.raises(ConfigurationError) as refused:
        open_store(url)
    assert refused.value.code == code
    assert "topsecret" not in str(refused.value)


LIGHT = """
import sys
from tests.support.stores import open_store, revision
store = open_store(sys.argv[1])
store.migrate()
revision(store)
print(sorted({"alembic", "psycopg", "pandas", "pydantic"} & sys.modules.keys()))
"""


def test_a_migrated_database_needs_no_alembic(store: SqlStore, path: Path) -> None:
    """Importing the store and finding it up to date loads neither Alembic nor another driver."""
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, f"sqlite:///{path}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_an_erasure_during_a_long_reading_is_cleaned_up_by_the_next_write(store: SqlStore, path: Path) -> None:
    """While another process reads the state of before, the address stands in the write-ahead log; not after that."""
    upsert(store, RecordKind.ALUMNI, [row(1, email="erased@voorbeeld.example")])
    key = stores.key_of(store, RecordKind.ALUMNI, "A-1")

    def holds_address() -> bool:
        return any(b"erased@" in file.read_bytes() for file in path.parent.iterdir())

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM alumni").fetchone()
        stores.write(store, lambda tx: tx.people.erase(key, []))
        stores.write(store, lambda tx: tx.note("login.failed", {}))
        assert holds_address()
    stores.write(store, lambda tx: tx.note("login.failed", {}))
    assert not holds_address()
