"""The app on a small region, through the composition that `serve` uses, with a hash encoder."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import cli
from api.app import create_app
from api.commands.session import Session
from api.settings import Settings
from api.source_server import opened
from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.locale import Language
from matcher.policy import Role
from matcher.repositories.values import Upsert
from matcher.services.due_sources import Opened
from matcher.store.sql_store import SqlStore
from tests.support import fresh, stores
from tests.support.apps import Engine
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import ALL, alumnus, fill
from tests.support.server import wait_until_warm
from tests.support.worlds import AS_OF

SECRETS = ("Fictievenaam", "Nepachternaam", "verzonnen@voorbeeld.example", "0600000001", "docent@voorbeeld.example")
"""Contact details of people who do not exist; no answer may hold one."""
FREE_TEXT = "geheimverhaal"
Run = Callable[..., tuple[int, str, str]]
"""Runs a command; gives its exit code, output and error output."""


def app_in(
    folder: Path,
    encoder: HashEncoder | None = None,
    clock: FixedClock | None = None,
    *,
    sources: Opened = opened,
    **settings: object,
) -> FastAPI:
    """The app on a region in this folder, in which one alumnus has every personal field filled in."""
    store = fresh.filled(folder / "region.db", clock or FixedClock(AS_OF), _fill)
    if settings.get("login") == "demo":
        stores.write(store, lambda tx: tx.installation.set_once("demo", "Noord"))
    settings = {
        "rate_login": "100000/minute",
        "rate_link": "100000/minute",
        "rate_ranking": "100000/minute",
        **settings,
    }
    given = Settings(database_url=f"sqlite:///{folder / 'region.db'}", cache_dir=folder / "cache", **settings)
    engine = Engine(store, encoder or HashEncoder(), clock or FixedClock(AS_OF))
    return create_app(engine.app, given, sources=sources)


def _fill(store: SqlStore) -> None:
    """The region, in which one alumnus has every personal field filled in."""
    fill(store)
    person = {
        "first_name": SECRETS[0],
        "last_name": SECRETS[1],
        "email": SECRETS[2],
        "phone": SECRETS[3],
        "experience": f"{FREE_TEXT} wondzorg",
    }
    hidden = alumnus(3, "A-20", "Zuid", function="wondzorg", consents=ALL - {Purpose.SHARE_SCHOOLS})
    stores.upsert(store, RecordKind.ALUMNI, [Upsert(2, "A-1", "Noord", person), hidden])


def browser_of(app: FastAPI, role: Role = Role.COORDINATOR, school: str = "Noord", alumnus: str = "A-1") -> TestClient:
    """A browser of somebody who has logged in by the demo's login."""
    browser = TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    browser.post(
        "/inloggen/demo", data={"rol": role.value, "school": school, "alumnus": alumnus}, follow_redirects=False
    )
    return browser


def plain(page: str) -> str:
    """The text of a page."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def headers_of(app: FastAPI, role: Role = Role.COORDINATOR, school: str | None = None) -> dict[str, str]:
    """What a program sends that may do what this role may, for a school or for every one."""
    _, secret = stores.write(app.state.held.app.store, lambda tx: tx.tokens.new("test", role, school))
    return {"Authorization": f"Bearer {secret}"}


@contextmanager
def running(app: FastAPI) -> Iterator[FastAPI]:
    """The app while it serves, with its first pool; afterwards its store is closed."""
    with TestClient(app):
        wait_until_warm()
        yield app
    app.state.held.store.close()


def runner(engine: Engine, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands on this engine."""

    def session(language: Language) -> Session:
        return Session(language, lambda _: engine.app, lambda _: engine.store)

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(words, session)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def unwrapped(text: str) -> str:
    """What a command printed, without the line breaks and indents that its width gave it."""
    return " ".join(text.split())


def form_token(page: str) -> str:
    """What the forms of a page prove with that they are of this session."""
    (found,) = set(re.findall(r'name="formulier" value="([^"]+)"', page))
    return str(found)


def sent(browser: TestClient, path: str, **fields: object) -> Any:
    """A form with the token of the session, and the page that it leads to."""
    return browser.post(path, data={"formulier": form_token(browser.get("/sessies").text), **fields})


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The app with the login of the demo, for the tests of one file."""
    with running(app_in(tmp_path_factory.mktemp("web"), login="demo")) as made:
        yield made


@pytest.fixture
def clock() -> FixedClock:
    """The clock of an app, which tests move."""
    return FixedClock(AS_OF)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """One app for all tests that only read."""
    made = app_in(tmp_path_factory.mktemp("api"))
    yield made
    made.state.held.store.close()


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    """A program that asks; errors of the server come as answers, as over a network."""
    with TestClient(app, raise_server_exceptions=False, headers=headers_of(app)) as made:
        wait_until_warm()
        yield made


@pytest.fixture
def teacher(app: FastAPI) -> TestClient:
    """A program of a teacher of Noord, on the app of the module."""
    return TestClient(app, raise_server_exceptions=False, headers=headers_of(app, Role.TEACHER, "Noord"))
