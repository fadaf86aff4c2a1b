"""A private Milvus server for tests: its own folder, in a network with loopback only, reached by a socket file."""

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

ROOT = Path(__file__).parent.parent
_START = 120.0


class NoServer(Exception):
    """There is no server here, or it may have no network of its own."""


class NoRight(NoServer):
    """This machine lets nobody make a network namespace."""


@dataclass
class RealMilvus:
    """A running server, that can be killed and started again with the same data."""

    folder: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        return f"unix:{self.folder / 'door'}"

    def start(self) -> None:
        """Starts it and waits until it answers."""
        command = [*_alone(), sys.executable, "-m", "tests.milvus_inside", str(self.folder / "data")]
        with (self.folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [*command, str(self.folder / "door")], stdin=subprocess.PIPE, stdout=output, stderr=output, cwd=ROOT
            )
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
    for package in ("pymilvus", "milvus"):
        if find_spec(package) is None:
            raise NoServer("the package " + package)
    _alone()
    folder = Path(tempfile.mkdtemp(prefix="alumnimatch-milvus-"))
    server = RealMilvus(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)
