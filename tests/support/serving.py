"""A real server on loopback: what a TestClient cannot show of connections, framing and slow readers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The address of a server on this app, whose first pool is built."""
    listener = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, name="server")
    app.state.held.start_warming()
    for warming in threading.enumerate():
        if warming.name == "warming":
            warming.join()
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        running.should_exit = True
        thread.join()
        listener.close()
        app.state.held.store.close()
