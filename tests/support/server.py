"""A real server, in this process or one of its own, and clients that behave badly: they read, or send, hardly anything.

What a TestClient cannot show: connections, framing, slow readers, several processes.
"""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI

from api.http.connections import BoundedProtocol
from matcher.policy import Role
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 120
"""Seconds after which a test gives up."""


@dataclass(frozen=True)
class Server:
    """A server that listens on loopback."""

    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self, *, receive_buffer: int | None = None) -> socket.socket:
        """A connection of its own; with a small buffer the server soon notices that nothing is read."""
        connection = socket.socket()
        if receive_buffer is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(PATIENCE)
        connection.connect(("127.0.0.1", self.port))
        return connection


@contextmanager
def started(environment: Mapping[str, str], log: Path, *words: str) -> Iterator[tuple[Server, subprocess.Popen[bytes]]]:
    """`alumnimatch serve` in a process of its own, ready or not; stopped by SIGTERM. It writes to `log`."""
    port = free_port()
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), *words]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        yield Server(port), process
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def serving(folder: Path, store: SqlStore, *words: str, **settings: object) -> Iterator[Server]:
    """The same on a store in a file, once it is ready."""
    given = {
        "database_url": str(store._database.engine.url),
        "cache_dir": str(folder / "cache"),
        "today": store._clock.today().isoformat(),
        **settings,
    }
    environment = os.environ | {f"ALUMNIMATCH_{name.upper()}": str(value) for name, value in given.items()}
    with started(environment, folder / "serve.log", *words) as (server, process):
        wait_for(f"{server.address}/ready", process)
        yield server


def wait_for(
    address: str,
    process: subprocess.Popen[bytes],
    trust: ssl.SSLContext | None = None,
    status: int = 200,
    seconds: float = PATIENCE,
) -> None:
    """Until this address answers with this status. Fails when the process ends first, and after some seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
            raise AssertionError("the server ended")
        try:
            if httpx2.get(address, timeout=seconds, verify=trust or True).status_code == status:
                return
        except httpx2.TransportError:  # not listening yet
            continue
    raise AssertionError(address)


def token_of(store: SqlStore, role: Role = Role.COORDINATOR, school: str | None = None) -> dict[str, str]:
    """The header of a program that may do what this role may."""
    _, secret = stores.write(store, lambda tx: tx.tokens.new("test", role, school))
    return {"Authorization": f"Bearer {secret}"}


def request_bytes(path: str, headers: dict[str, str] | None = None, method: str = "GET") -> bytes:
    """A request as it goes over the wire."""
    sent = {"Host": "127.0.0.1", **(headers or {})}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def is_closed(connection: socket.socket) -> bool:
    """Waits until the server closes; False if it answers more than it should, or is patient for too long."""
    try:
        while connection.recv(65_536):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


@contextmanager
def listening(app: FastAPI, port: int = 0, **options: Any) -> Iterator[Server]:
    """A server on an app in this process, on a port (0 for any that is free), with options of uvicorn."""
    listener = socket.create_server(("127.0.0.1", port))
    running = uvicorn.Server(uvicorn.Config(app, **{"log_level": "error", "access_log": False, **options}))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, name="server")
    thread.start()
    try:
        yield Server(listener.getsockname()[1])
    finally:
        running.should_exit = True
        thread.join(PATIENCE)
        listener.close()


@contextmanager
def bounded(app: FastAPI, **bounds: float) -> Iterator[Server]:
    """The same with other bounds on its connections than those that `serve` has."""
    protocol = type("Protocol", (BoundedProtocol,), bounds)
    with listening(app, http=protocol, ws="none", log_level="critical") as server:
        yield server


def wait_until_warm() -> None:
    """Until the thread that builds the first pool has ended."""
    for thread in threading.enumerate():
        if thread.name == "warming":
            thread.join()


@contextmanager
def warmed(app: FastAPI) -> Iterator[str]:
    """The address of a server on an app in this process whose first pool is built; afterwards its store is closed."""
    app.state.held.start_warming()
    wait_until_warm()
    with closing(app.state.held.store), listening(app) as server:
        yield server.address
