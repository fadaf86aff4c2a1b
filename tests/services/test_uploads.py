"""What was sent is imported whatever happens to the process that does it, and leaves nothing behind."""

from __future__ import annotations

import io
import multiprocessing
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from matcher.domain.records import RecordKind
from matcher.errors import InvalidValue, UnknownId
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.repositories.uploads import ASKED, DONE, FAILED, UNDONE, WRITING, Upload
from matcher.services import backups, retention, undo, uploads
from matcher.services.app import App, WithoutEngine
from matcher.services.uploads import Sent
from matcher.spreadsheets.memory import forget_dead, in_memory
from matcher.store.backups import FileBackups
from matcher.store.sql_store import SqlStore
from tests.support import fresh, sending, stores
from tests.support.apps import Engine
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.lists import rows_of, text_table
from tests.support.stores import open_store, reading, writing
from tests.support.worlds import AS_OF

SPAWN = multiprocessing.get_context("spawn")
PATIENCE = 120
SENDER = Asker(5, Role.COORDINATOR, "Noord")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'a.db'}"


@pytest.fixture
def app(url: str) -> Iterator[App]:
    store = open_store(url)
    fresh.migrate(store)
    made = app_with(store)
    yield made
    store.close()


def app_with(store: SqlStore) -> App:
    return Engine(store, HashEncoder(), store._clock).app


def later(url: str, passed: timedelta) -> App:
    """The installation as another process has it, some time later."""
    moment = FixedClock(AS_OF).now() + passed
    return app_with(SqlStore(url, FixedClock(moment.date(), moment.time())))


def sent(
    app: App, count: int, *, at_once: bool = True, file: str = "lijst.csv", content: bytes | None = None
) -> Upload:
    body = io.BytesIO(text_table(rows_of(count)) if content is None else content)
    return uploads.send(app, SENDER, Sent(file, RecordKind.ALUMNI, body, at_once=at_once))


def people(app: App) -> int:
    return int(reading(app.store).records.count(RecordKind.ALUMNI))


@contextmanager
def temporary_files_in(folder: Path) -> Iterator[None]:
    """As in the process that was killed."""
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    yield
    tempfile.tempdir = before


@pytest.mark.parametrize(
    ("sent_as", "kept_as"),
    [
        ("C:\\lijsten\\a.csv", "a.csv"),
        ("/etc/passwd", "passwd"),
        ("../../x.xlsx", "x.xlsx"),
        ("..", "lijst"),
        ("", "lijst"),
        ("\0a\nb.csv", "ab.csv"),
        ("\ud800.csv", "csv"),
        ("é" * 300 + ".xlsx", "é" * 72 + ".xlsx"),
    ],
)
def test_the_name_of_a_file_is_a_name(sent_as: str, kept_as: str) -> None:
    """Without a folder, printable, short enough for any disk, with its ending."""
    assert uploads.name_of(sent_as) == kept_as


@pytest.mark.parametrize("writes", [1, 2, 3, 4])
def test_a_killed_process_leaves_it_to_another(app: App, url: str, tmp_path: Path, writes: int) -> None:
    """Killed after any write: whole batches are in, another process does the rest, and nobody is there twice.

    It is one import, which is taken back at once.
    """
    upload, folder = sent(app, 3500), tmp_path / "temporary"
    folder.mkdir()
    victim = SPAWN.Process(target=sending.die_while_importing, args=(url, str(folder), writes))
    victim.start()
    victim.join(PATIENCE)
    assert victim.exitcode == -signal.SIGKILL
    assert people(app) % 1000 == 0
    assert [path for path in folder.rglob("*") if path.is_file() and path.suffix == ".csv"] == []
    with temporary_files_in(folder):
        forget_dead()
    assert list(folder.glob("alumnimatch-list-*")) == []
    assert uploads.work(app, JOB) is None, "it may still be alive"
    other = later(url, timedelta(minutes=5))
    ended = uploads.work(other, JOB)
    assert ended is not None
    assert (ended.state, ended.attempts) == (DONE, 2)
    assert people(app) == 3500
    assert uploads.told_of(ended, "nl")["new"] + uploads.told_of(ended, "nl")["same"] == 3500
    assert uploads.work(other, JOB) is None
    assert upload.id == ended.id
    (kept,) = undo.listed(other, SENDER)
    assert (kept.id, kept.created) == (uploads.told_of(ended, "nl")["import_id"], 3500)
    assert uploads.undo(other, SENDER, upload.id).outcome["undone"]["removed"] == 3500
    assert people(app) == 0
    other.store.close()


def test_what_was_taken_back_meanwhile_is_not_added_to(app: App) -> None:
    """The rest of a list of which the first part was taken back is an import of its own, and is taken back too."""
    upload = sent(app, 2500)
    uploads.work(app, JOB, stopped=lambda: people(app) > 0)
    (first,) = undo.listed(app, SENDER)
    undo.undo(app, SENDER, first.id)
    uploads.work(app, JOB)
    assert people(app) == 2500
    assert uploads.undo(app, SENDER, upload.id).state == UNDONE
    assert people(app) == 0
    assert len(undo.listed(app, SENDER)) == 2


def test_what_is_taken_back_while_it_comes_in_can_be_taken_back_again(app: App) -> None:
    """Whoever takes an import back after its first rows can take the rest back too."""
    upload = sent(app, 2500)

    def taken_back() -> bool:
        for kept in undo.listed(app, SENDER):
            undo.undo(app, SENDER, kept.id)
        return False

    uploads.work(app, JOB, stopped=taken_back)
    assert people(app) == 0
    assert uploads.undo(app, SENDER, upload.id).state == UNDONE
    assert sorted(kept.created for kept in undo.listed(app, SENDER)) == [500, 1000, 1000]


def test_a_question_in_the_middle_goes_on_with_the_same_import(app: App) -> None:
    """A list of which a part came in before its sender was asked something, or it failed, is one import in the end."""
    upload = sent(app, 2500)
    uploads.work(app, JOB, stopped=lambda: people(app) > 0)
    for write in (False, True):
        assert writing(app.store).uploads.put(one_of(app, upload), state=ASKED)
        uploads.answer(app, SENDER, upload.id, {}, write=write)
        uploads.work(app, JOB)
    assert people(app) == 2500
    (kept,) = undo.listed(app, SENDER)
    assert uploads.told_of(one_of(app, upload), "nl")["import_id"] == kept.id


def one_of(app: App, upload: Upload) -> Upload:
    return uploads.one(app, SENDER, upload.id)


def test_a_process_that_is_told_to_stop_stops(app: App) -> None:
    """After the rows at work; the upload is free for another at once, which does the rest."""
    sent(app, 3500)
    left = uploads.work(app, JOB, stopped=lambda: people(app) > 0)
    assert left is not None
    assert left.state == WRITING
    assert 0 < people(app) < 3500
    ended = uploads.work(app, JOB)
    assert ended is not None
    assert (ended.state, people(app)) == (DONE, 3500)


def test_what_is_thrown_away_meanwhile_stops(app: App) -> None:
    """Whoever sent a list throws it away while it is imported: what came in stays, the rest does not come."""
    upload = sent(app, 3500)

    def thrown_away() -> bool:
        if reading(app.store).uploads.find(upload.id):
            uploads.discard(app, SENDER, upload.id)
        return True

    assert uploads.work(app, JOB, stopped=thrown_away) is None
    assert 0 < people(app) < 3500


def test_a_file_that_ends_every_process_is_left(app: App, url: str) -> None:
    """After some tries it has failed, and is not taken again until its sender wants that."""
    upload = sent(app, 3)
    for tries in range(uploads.ATTEMPTS):
        victim = later(url, timedelta(minutes=5 * tries))
        writing(victim.store).uploads.take()  # and then it ends
        victim.store.close()
    last = later(url, timedelta(hours=1))
    ended = uploads.work(last, JOB)
    assert ended is not None
    assert (ended.state, ended.outcome["error"]["code"]) == (FAILED, "import_stopped")
    assert uploads.work(last, JOB) is None
    assert people(app) == 0
    assert uploads.one(last, SENDER, upload.id).state == FAILED
    last.store.close()


def test_it_is_done_with_the_rights_of_its_sender(app: App) -> None:
    """A list that names another school is refused, though a job does it: the log names the sender."""
    upload = sent(app, 0, content=b"alumnus_id;school;voornaam\nB-1;Zuid;Ada\n")
    ended = uploads.work(app, JOB)
    assert ended is not None
    assert (ended.state, ended.outcome["error"]["code"]) == (FAILED, "import_other_school")
    assert upload.id == ended.id
    assert people(app) == 0
    sent(app, 3)
    uploads.work(app, JOB)
    noted = [(entry.role, entry.actor) for entry in stores.log(app.store) if entry.action == "import"]
    assert noted == [("coordinator", 5)]


def test_the_name_of_a_file_is_in_no_log_and_no_error(app: App, caplog: pytest.LogCaptureFixture) -> None:
    """It may be that of a person: it is kept with the file alone."""
    upload = sent(app, 3, file="C:\\lijsten\\Jansen Ada.csv", content=b"\x89PNG\r\n\x1a\n")
    ended = uploads.work(app, JOB)
    assert upload.file == "Jansen Ada.csv"
    assert ended is not None
    assert ended.outcome["error"]["values"]["file"] == "Jansen Ada.csv"
    assert "Jansen" not in str([entry.details for entry in stores.log(app.store)]) + caplog.text


def test_a_school_keeps_no_more_than_so_many(app: App) -> None:
    """Then one has to be thrown away first; other schools may go on. All that are kept are listed."""
    for _ in range(uploads.MOST_KEPT):
        upload = writing(app.store, SENDER).uploads.add(
            school="Noord", kind="alumni", file="x.csv", wishes={}, content=[b""], state=ASKED
        )
    assert len(uploads.listed(app, SENDER)) == uploads.MOST_KEPT
    with pytest.raises(InvalidValue, match="import_too_many_kept"):
        sent(app, 1)
    zuid = Asker(6, Role.COORDINATOR, "Zuid")
    uploads.send(app, zuid, Sent("x.csv", RecordKind.ALUMNI, io.BytesIO(b"x")))
    uploads.discard(app, SENDER, upload.id)
    sent(app, 1)


def test_the_daily_job_removes_what_is_old(app: App, url: str) -> None:
    """After the days of the setting; so does the next file that is sent, where no job runs."""
    upload = sent(app, 3, at_once=False)
    for days, is_there in ((6, True), (8, False)):
        other = replace(later(url, timedelta(days=days)), upload_days=7)
        retention.run(other, JOB, log_months=24)
        assert (reading(app.store).uploads.find(upload.id) is not None) is is_there
        other.store.close()
    again = sent(app, 3, at_once=False)
    other = later(url, timedelta(days=31))
    sent(other, 3)
    with pytest.raises(UnknownId):
        uploads.one(app, SENDER, again.id)
    other.store.close()


def test_a_restored_back_up_has_none(app: App, url: str, tmp_path: Path) -> None:
    """What was sent before may hold whoever was erased since: a database that is restored has no file left."""
    sent(app, 3, at_once=False)
    copies = FileBackups(url, app.clock)
    copies.save(tmp_path / "copy.db")
    assert reading(app.store).uploads.page() != []
    without = WithoutEngine(app.store, app.clock)
    backups.restore(without, COMMAND_LINE, copies, tmp_path / "copy.db", sure=True, without_journal=True)
    assert reading(app.store).uploads.page() == []


def test_a_file_in_memory_is_a_file(tmp_path: Path) -> None:
    """It has a size and a path that another process can open, and is gone after the block."""
    with in_memory([b"abc", b"def"], "lijst.csv") as path:
        assert (path.read_bytes(), path.stat().st_size, path.name) == (b"abcdef", 6, "lijst.csv")
        forget_dead()
        assert path.exists()
    assert not path.exists()
    assert not path.is_symlink()
