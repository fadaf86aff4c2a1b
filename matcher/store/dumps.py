"""Back-ups of PostgreSQL and back, by its own programs: pg_dump, pg_restore and psql.

A dump replaces all tables in one transaction, which also leaves a table that keeps this program out until the restored
data are brought to this version and corrected. So what was erased since is never seen, whatever stops in between.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.engine import URL

from matcher import atomic
from matcher.errors import ConfigurationError, StoreError, StoreUnavailable, UnreadableFile
from matcher.ports import Clock, Copy
from matcher.store.backups import UnpackedPlace, described, has_rows, prepare_copy
from matcher.store.database import Database
from matcher.store.errors import translated
from matcher.store.files import CHECKED
from matcher.store.journal import Journal
from matcher.store.migrations import REVISIONS
from matcher.store.postgres_files import waited_until
from matcher.store.versions import HEAD, UNFINISHED

_INSTALLED = Path("/usr/lib/postgresql")
"""Where Debian puts the programs of each version."""
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


class DumpPlace(UnpackedPlace):
    """A dump in the database itself, to which no one else has access yet, or in a database of its own."""

    def __init__(self, database: Database, clock: Clock, keys: Sequence[str], journal: Journal | None) -> None:
        super().__init__(database.url.render_as_string(hide_password=False), clock, keys, journal)

    def publish(self, *, keep_version: bool) -> None:
        """Lets the program in."""
        self.close(keep_version=keep_version)
        self.database.write(lambda connection: connection.execute(text(f"DROP TABLE {UNFINISHED}")) and None)
        self.database.close()


class DumpBackups:
    """Implements `matcher.ports.Backups` for PostgreSQL. `programs`: the folders to look in, if not all."""

    def __init__(
        self,
        url: str,
        clock: Clock,
        keys: Sequence[str] = (),
        journal: Journal | None = None,
        *,
        programs: Sequence[Path] | None = None,
    ) -> None:
        self._database = Database(url, keys)
        self._clock, self._keys, self._journal = clock, keys, journal
        self._folders = _folders() if programs is None else programs

    def save(self, target: Path) -> Copy:
        """A consistent copy while others go on, of pg_dump, in its own compressed format."""
        with closing(self._database):
            number = prepare_copy(self._database, self._journal)
            with atomic.write(target) as file:
                command = [self._program("pg_dump", target), "--format=custom", "--no-owner", "--no-privileges"]
                _run([*command, f"--file={file.name}", _address(self._database.url)], self._database.url)
                _version_in(self._program("pg_restore", target), Path(file.name), target)
        return described(target, number)

    def holds_data(self) -> bool:
        """Whether the database has a record or an entry of the log."""
        with closing(self._database):
            return has_rows(self._database)

    @contextmanager
    def unpack(self, source: Path, *, apart: bool) -> Iterator[DumpPlace]:
        """The dump in place of the tables; `apart`: in a database that is made for it, and removed at the end."""
        with closing(self._database):
            number = _version_in(self._program("pg_restore", source), source, source)
            if number not in REVISIONS:
                raise ConfigurationError("store_newer", version=number, known=HEAD)
            with self._other_database() if apart else self._own_database() as database:
                self._load(source, database)
                database.close()
                with DumpPlace(database, self._clock, self._keys, self._journal) as place:
                    yield place

    @contextmanager
    def _own_database(self) -> Iterator[Database]:
        self._database.close()
        if not waited_until(self._is_alone):
            raise StoreUnavailable("database_in_use", database=self._database.target)
        yield self._database

    def _is_alone(self) -> bool:
        """No other program has the database open; the server may learn only in a moment that one has ended."""
        with self._database.reading() as connection:
            return not connection.execute(_OTHERS).scalar_one()

    @contextmanager
    def _other_database(self) -> Iterator[Database]:
        name = f"{CHECKED}{secrets.token_hex(4)}"
        address = self._database.url.set(database=name).render_as_string(hide_password=False)
        try:
            self._outside_transaction(f'CREATE DATABASE "{name}" TEMPLATE template0')
        except StoreError:
            raise ConfigurationError("backup_no_right") from None
        other = Database(address, self._keys)
        try:
            yield other
        finally:
            other.close()
            self._outside_transaction(f'DROP DATABASE "{name}"')

    def _outside_transaction(self, statement: str) -> None:
        with translated(self._database.target), self._database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(statement)

    def _load(self, source: Path, database: Database) -> None:
        """Replaces all tables, and keeps this program out, in one transaction of psql."""
        with database.reading() as connection:
            names = [*inspect(connection).get_table_names()]
        drop = "".join(f'DROP TABLE IF EXISTS "{name}" CASCADE;\n' for name in names)
        with tempfile.TemporaryDirectory(prefix="alumnimatch-restore-") as work:
            before, script = Path(work) / "before.sql", Path(work) / "dump.sql"
            before.write_text(f"{drop}CREATE TABLE {UNFINISHED} (n integer);\n")
            restore = [self._program("pg_restore", source), "--no-owner", "--no-privileges", f"--file={script}"]
            _run([*restore, str(source)], database.url)
            psql = [self._program("psql", source), "--no-psqlrc", "--quiet", "--single-transaction"]
            files = [f"--file={path}" for path in (before, script)]
            _run([*psql, "--set=ON_ERROR_STOP=1", *files, _address(database.url)], database.url)

    def _program(self, name: str, file: Path) -> str:
        """The program, of the server's version or newer. Raises ConfigurationError with the command to run."""
        with self._database.reading() as connection:
            needed = int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10000
        for folder in self._folders:
            path = folder / name
            if os.access(path, os.X_OK) and _major(_output([str(path), "--version"])) >= needed:
                return str(path)
        shown = _address(self._database.url)
        commands = {
            "pg_dump": f"pg_dump --format=custom --no-owner --file={file} '{shown}'",
            "pg_restore": f"pg_restore --clean --if-exists --no-owner --dbname='{shown}' {file}",
        }
        raise ConfigurationError(
            "backup_program", program=name, version=needed, example=commands.get(name, commands["pg_restore"])
        )


def _folders() -> list[Path]:
    """Where programs may be: Debian's of each version, the newest first, and those of the search path."""
    newest = sorted(_INSTALLED.glob("*/bin"), key=lambda folder: _major(folder.parent.name), reverse=True)
    return [*newest, *map(Path, os.get_exec_path())]


def _major(words: str) -> int:
    number = re.search(r"\d+", words)
    return int(number[0]) if number else 0


def _address(url: URL) -> str:
    """The address as the programs of PostgreSQL read it, without the password."""
    return URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query).render_as_string()


def _output(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - no shell


def _run(command: Sequence[str], url: URL) -> str:
    """Runs a program with the password in its environment, not in its arguments. Raises StoreError."""
    environment = dict(os.environ) | ({"PGPASSWORD": str(url.password)} if url.password else {})
    done = subprocess.run(  # noqa: S603 - no shell
        command, capture_output=True, text=True, check=False, env=environment, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        raise StoreError("backup_program_failed", program=Path(command[0]).name, problem=str(done.returncode))
    return done.stdout


def _version_in(program: str, file: Path, shown: Path) -> str:
    """The version of the tables in a dump. Raises UnreadableFile for what is no dump of ours."""
    done = _output([program, "--data-only", "--table=alembic_version", "--file=-", str(file)])
    rows = re.search(r"^COPY .*alembic_version.*\n(\w+)\n", done, flags=re.MULTILINE)
    if rows is None:
        raise UnreadableFile("backup_unreadable", file=shown.name)
    return rows[1]
