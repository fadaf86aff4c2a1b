"""Processes next to one that erases: each is killed, stops, or goes on where a test wants it."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from matcher.policy import COMMAND_LINE
from matcher.services import erasure
from matcher.services.app import App
from tests.support.apps import Engine
from tests.support.fakes import HashEncoder
from tests.support.stores import open_store


def app_on(url: str, cache: Path) -> App:
    """An installation on a database that is there, with a cache folder of its own."""
    store = open_store(url)
    return Engine(store, HashEncoder(), store._clock, cache=cache).app


def ask(url: str, cache: str) -> None:
    """Builds or loads the newest pool, as a question does, and ends."""
    app = app_on(url, Path(cache))
    app.engine.current.pool()
    app.store.close()


def die_while_saving(url: str, cache: str) -> None:
    """Builds the pool and is killed where it has written every column of its snapshot but not the manifest."""

    def kill(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and "writing-" in str(arguments[0]) and str(arguments[0]).endswith("manifest.json"):
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(kill)
    ask(url, cache)


class DiesAfter:
    """A database whose process is killed as soon as a write is committed."""

    def __init__(self, database: Any) -> None:
        self._database = database

    def write(self, work: Any) -> None:
        self._database.write(work)
        os.kill(os.getpid(), signal.SIGKILL)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


def die_after_the_commit(url: str, cache: str, alumnus_id: str) -> None:
    """Erases an alumnus and is killed before anything else is cleaned."""
    app = app_on(url, Path(cache))
    app.store._database = DiesAfter(app.store._database)  # type: ignore[attr-defined]
    erasure.erase(app, COMMAND_LINE, alumnus_id)


def read_until_told(url: str, pipe: Any) -> None:
    """Holds a reading of the data as they are, until the pipe says that it may end."""
    store = open_store(url)
    with store.read() as records:
        records.changes.revision()
        pipe.send("reading")
        pipe.recv()
    store.close()
    pipe.send("done")
