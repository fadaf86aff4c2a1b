"""A private Milvus for benchmarks and tests: a server or a cluster in a network with loopback only.

It is reached by a socket file.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]
_START = 120.0


class NoServer(Exception):
    """There is no server here, or it may have no network of its own."""


class NoRight(NoServer):
    """This machine lets nobody make a network namespace."""


@dataclass
class RealMilvus:
    """A running server, that can be killed and started again with the same data."""

    folder: Path
    inside: str = "benchmarks.milvus.standalone"
    """The module that runs it, which is told folder, socket file, and besides:"""
    words: tuple[str, ...] = ()
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        return f"unix:{self.folder / 'door'}"

    def start(self) -> None:
        """Starts it and waits until it answers."""
        places = (str(self.folder / "data"), str(self.folder / "door"))
        command = [*_alone(), sys.executable, "-m", self.inside, *places, *self.words]
        with (self.folder / "output").open("ab") as output:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=output, cwd=ROOT)
        until = time.monotonic() + _START
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.folder / "output").read_text(errors="replace")[-2000:])
            time.sleep(0.2)

    def kill(self) -> None:
        """Ends it as a power cut does."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(timeout=30)
            self._process = None

    def lose(self, name: str) -> None:
        """Kills one process of a cluster, as a power cut does."""
        self._tell(f"kill {name}")

    def bring_back(self, name: str) -> None:
        """Starts it again; it need not be there yet."""
        self._tell(f"start {name}")

    def _tell(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def _answers(self) -> bool:
        from pymilvus import MilvusClient

        with suppress(Exception):
            client = MilvusClient(uri=self.url, timeout=2)
            client.list_collections(timeout=2)
            client.close()
            return True
        return False


def _alone() -> list[str]:
    """The prefix that gives a process a network of its own; others than root need a user of their own for it."""
    unshare = shutil.which("unshare")
    if unshare is None:
        raise NoServer("unshare")
    for rights in ([], ["--map-root-user"]):
        command = [unshare, "--net", *rights]
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
            return command
    raise NoRight("the right to make a network namespace")


@contextmanager
def milvus_server() -> Iterator[RealMilvus]:
    """Starts a server and ends it. Raises NoServer where that cannot be."""
    _needed("pymilvus", "milvus")
    with _running() as server:
        yield server


@contextmanager
def milvus_cluster(ttl: int = 3) -> Iterator[RealMilvus]:
    """Starts a cluster with the query nodes `querynode-1` and `querynode-2`, and ends it.

    One that is killed is missed after `ttl` seconds; Milvus has 30. Raises NoServer where a cluster cannot be.
    """
    _needed("pymilvus", "milvus", "confluent_kafka")
    if shutil.which("etcd") is None:
        raise NoServer("the program etcd (Debian has it in etcd-server)")
    with _running("benchmarks.milvus.cluster", str(ttl)) as cluster:
        yield cluster


def _needed(*packages: str) -> None:
    for package in packages:
        if find_spec(package) is None:
            raise NoServer("the package " + package + " (pip install -c constraints.txt '.[milvus-test]')")


@contextmanager
def _running(inside: str = RealMilvus.inside, *words: str) -> Iterator[RealMilvus]:
    _alone()
    folder = Path(tempfile.mkdtemp(prefix="alumnimatch-milvus-"))
    made = RealMilvus(folder, inside, words)
    try:
        made.start()
        yield made
    finally:
        made.kill()
        shutil.rmtree(folder, ignore_errors=True)
