"""The sample region in a real server: `alumnimatch serve` in processes of its own, with the demo's login and tokens."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from matcher.policy import COMMAND_LINE, LOGIN_ROLES, Role
from matcher.services import access
from matcher.services.app import WithoutEngine
from matcher.store.sql_store import SqlStore
from tests.support.fakes import FixedClock
from tests.support.server import ROOT, started, wait_for
from tests.support.worlds import AS_OF

SCHOOL = "ROC Vechtdal"
START = 60
"""Seconds in which a server is ready."""


@dataclass(frozen=True)
class Server:
    """A running server: its address, its log, its process, and tokens by role and school."""

    address: str
    log: Path
    process: subprocess.Popen[bytes]
    environment: Mapping[str, str]
    tokens: Mapping[Role, str]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command beside the server, on the same database."""
        command = [sys.executable, "-m", "api.cli", *words]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)

    def tracebacks(self) -> list[str]:
        """What the log says went wrong, once nothing more is written to it: the line before each traceback.

        With the other lines of the same request: its route and status.
        """
        size = -1
        while size != (size := self.log.stat().st_size):
            with_pause(0.5)
        lines = self.log.read_text("utf-8", "replace").splitlines()
        frames = [line.lstrip(" |+").startswith("File ") for line in lines]
        tracebacks, inside = [], False
        for number, line in enumerate(lines):
            begins = not inside and frames[number]
            if begins:
                tracebacks.append(lines[number - 1] if number else line)
            inside = frames[number] or (inside and line[:1] in {" ", "+", "|"})
        return [" | ".join([line, *_of_request(lines, line)]) for line in tracebacks]


def _of_request(lines: list[str], line: str) -> list[str]:
    """The other lines of the log with the number of the request that this line begins with."""
    number = line.partition(" ")[0]
    return [other for other in lines if number and other.startswith(f"{number} ") and other != line]


def environment_of(folder: Path, url: str) -> dict[str, str]:
    """The settings of a server that is attacked: no limits on how often, so that each request is really answered."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("ALUMNIMATCH_")},
        "ALUMNIMATCH_DATABASE_URL": url,
        "ALUMNIMATCH_CACHE_DIR": str(folder / "cache"),
        "ALUMNIMATCH_TODAY": AS_OF.isoformat(),
        "ALUMNIMATCH_LOGIN": "demo",
        "ALUMNIMATCH_RATE_LOGIN": "1000000/minute",
        "ALUMNIMATCH_RATE_RANKING": "1000000/minute",
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def serving(folder: Path, url: str | None = None, workers: int = 1) -> Iterator[Server]:
    """The sample region behind a server on loopback, with its pool in memory; stopped afterwards."""
    url = url or f"sqlite:///{folder / 'attacked.db'}"
    environment = environment_of(folder, url)
    with (folder / "demo.log").open("wb") as output:
        command = [sys.executable, "-m", "api.demo"]
        subprocess.run(command, cwd=ROOT, env=environment, stdout=output, stderr=output, check=True)
    tokens = _tokens(url)
    log = folder / "server.log"
    with started(environment, log, "--workers", str(workers)) as (server, process):
        wait_for(f"{server.address}/ready", process, seconds=START)
        yield Server(server.address, log, process, environment, tokens)


def _tokens(url: str) -> dict[Role, str]:
    store = SqlStore(url, FixedClock(AS_OF))
    app = WithoutEngine(store, FixedClock(AS_OF))
    tokens = {
        role: access.new_token(app, COMMAND_LINE, role.value, role, SCHOOL).secret
        for role in LOGIN_ROLES
        if role is not Role.ALUMNUS
    }
    store.close()
    return tokens


def with_pause(seconds: float) -> None:
    """Lets other processes work for a while."""
    time.sleep(seconds)
