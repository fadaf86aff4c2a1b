"""A real Dask scheduler with workers on loopback, as an operator starts them; gone afterwards."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.ports import free_port

START = 60.0
"""Seconds within which a process must have started."""


@dataclass
class Dask:
    """A scheduler and its workers."""

    address: str
    scheduler: subprocess.Popen[bytes]
    folder: Path
    environment: dict[str, str]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def hire(self, environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Starts one more worker: one thread, no nanny to restart it. Does not wait for it."""
        words = ("worker", self.address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny")
        folder = ("--local-directory", str(self.folder))
        worker = started(*words, *folder, folder=self.folder, environment=self.environment | (environment or {}))
        self.workers.append(worker)
        return worker


def started(*words: str, folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """`dask ...` with the interpreter of the tests, in this folder; its output is discarded."""
    command = [sys.executable, "-m", "dask", *words, "--no-dashboard"]
    nothing = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=folder, env=environment, stdin=nothing, stdout=nothing, stderr=nothing)


@contextmanager
def cluster(folder: Path, workers: int, *, scheme: str = "tcp", **environment: str) -> Iterator[Dask]:
    """A scheduler on a free port and `workers` starting workers; all are killed at the end."""
    settings = {**os.environ, "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error", **environment}
    port = free_port()
    words = ("scheduler", "--host", f"{scheme}://127.0.0.1", "--port", str(port))
    scheduler = started(*words, folder=folder, environment=settings)
    dask = Dask(f"{scheme}://127.0.0.1:{port}", scheduler, folder, settings)
    try:
        for _ in range(workers):
            dask.hire()
        until(lambda: listens(port) or scheduler.poll() is not None)
        assert scheduler.poll() is None, "the scheduler did not start"
        yield dask
    finally:
        for process in (*dask.workers, scheduler):
            process.kill()
            process.wait()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(condition: Callable[[], object], seconds: float = START) -> None:
    """Waits for a condition; fails when it takes too long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)
