"""A private PostgreSQL server for tests: its own folder, user, password and loopback port; gone afterwards."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from tests.support.ports import free_port

_NUMBERS = count(1)
_MEMORY, _ROOM = Path("/dev/shm"), 6 << 30  # noqa: S108 - a private folder in it
"""Files in memory: a database is 330 files, made and removed in a third of the time. And the bytes it has to have."""


class NoServer(Exception):
    """No server program is installed."""


def _binary(name: str) -> str:
    newest_first = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    path = shutil.which(name) or next(map(str, newest_first), None)
    if path is None:
        raise NoServer(name)
    return str(Path(path).resolve())


def _unprivileged() -> list[str]:
    """The prefix that drops root privileges, with which the server refuses to run."""
    if os.geteuid() != 0:
        return []
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = names.get("postgres") or names.get("nobody")
    setpriv = shutil.which("setpriv")
    if user is None or setpriv is None:
        raise NoServer("setpriv")
    return [setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _home() -> Path | None:
    """Where a server has its files; None for where the machine keeps what is temporary."""
    return _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ROOM else None


@dataclass(frozen=True)
class PostgresServer:
    """A running server. `url()` creates an empty database and returns its URL."""

    port: int
    password: str

    def url_of(self, database: str, password: str | None = None) -> str:
        return f"postgresql://tester:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def url(self) -> str:
        import psycopg
        from psycopg import sql

        name = f"test_{os.getpid()}_{next(_NUMBERS)}"
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url_of(name)

    def drop(self, url: str) -> None:
        """Removes a database of `url()` and ends every connection to it."""
        import psycopg
        from psycopg import sql

        name = sql.Identifier(url.rpartition("/")[2])
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


@contextmanager
def standby_of(server: PostgresServer) -> Iterator[PostgresServer]:
    """A standby with the state that the server has now, which follows no one. Raises NoServer without the programs."""
    pg_ctl = _binary("pg_ctl")
    pg_basebackup = str(Path(pg_ctl).with_name("pg_basebackup"))
    prefix = _unprivileged()
    with tempfile.TemporaryDirectory(prefix="alumnimatch-standby-", ignore_cleanup_errors=True) as name:
        folder, port = Path(name), free_port()
        if prefix:
            os.chown(folder, *(int(part.split("=")[1]) for part in prefix[1:3]))
        options: dict[str, Any] = {"cwd": folder, "env": os.environ | {"PGPASSWORD": server.password}, "timeout": 120}

        def run(*command: str) -> None:
            with (folder / "output").open("a+b") as output:
                subprocess.run([*prefix, *command], stdout=output, stderr=output, check=True, **options)

        data = str(folder / "data")
        address = ("-h", "127.0.0.1", "-p", str(server.port), "-U", "tester")
        run(pg_basebackup, *address, "-D", data, "-X", "stream", "--checkpoint=fast", "--no-sync")
        run("touch", f"{data}/standby.signal")
        settings = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_connections=50 -c hot_standby=on"
        run(pg_ctl, "--pgdata", data, "-w", "-t", "60", "-o", settings, "start")
        try:
            yield PostgresServer(port, server.password)
        finally:
            run(pg_ctl, "--pgdata", data, "-w", "-m", "immediate", "stop")


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Starts a server and stops it. Raises NoServer where none is installed."""
    initdb, pg_ctl = _binary("initdb"), _binary("pg_ctl")
    prefix = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="alumnimatch-pg-", dir=_home()))
    password = secrets.token_hex(16)
    (folder / "password").write_text(password)
    if prefix:
        user, group = (int(part.split("=")[1]) for part in prefix[1:3])
        for path in (folder, folder / "password"):
            os.chown(path, user, group)
    data = folder / "data"

    def run(*command: str) -> None:
        # the server inherits output pipes, and reading them would wait for its end: a file does not
        with (folder / "output").open("a+b") as output:
            done = subprocess.run(
                [*prefix, *command], cwd=folder, stdout=output, stderr=output, check=False, timeout=120
            )
            if done.returncode:
                output.seek(0)
                raise RuntimeError(output.read().decode(errors="replace")[-2000:])

    try:
        run(
            *(initdb, "--pgdata", str(data), "--username=tester", "--auth=scram-sha-256", "--encoding=UTF8"),
            *("--locale=C.UTF-8", "--no-sync", f"--pwfile={folder / 'password'}"),
        )
        for attempt in range(5):
            port = free_port()
            options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_connections=50"
            try:
                run(pg_ctl, "--pgdata", str(data), "-w", "-t", "60", "-o", options, "start")
            except RuntimeError:  # another program took the port meanwhile
                if attempt == 4:
                    raise
            else:
                break
        try:
            yield PostgresServer(port, password)
        finally:
            run(pg_ctl, "--pgdata", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
