"""What a page costs does not grow with the alumni: after a change only those who changed are read.

Counted in steps of the virtual machine of SQLite: the work of its statements, which depends on no clock and no load.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event

from matcher.domain.kinds import Purpose
from matcher.domain.records import Qualification, RecordKind
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import aftercare, campaigns, duplicates, erasure, facts, reports
from matcher.services.aftercare import Show
from matcher.services.ahead import work_ahead
from matcher.services.app import App
from matcher.services.browsing import Slice
from tests.support import stores
from tests.support.apps import app_of
from tests.support.region import engine_in

FEW, MANY = 200, 1_600
COORDINATOR, OFFICER = Asker(7, Role.COORDINATOR, "Noord"), Asker(8, Role.PRIVACY_OFFICER, "Noord")
PAGES: dict[str, Callable[[App], object]] = {
    "/rapport, what is kept": lambda app: reports.kept(app, OFFICER),
    "/rapport, who is shown": lambda app: reports.bias(app, OFFICER),
    "/toestemming, who is asked": lambda app: campaigns.look(app, COORDINATOR),
    "/toestemming, who leaves": lambda app: campaigns.students(app, COORDINATOR),
    "/toestemming/gegevens": lambda app: facts.ages(app, COORDINATOR, Slice(1, 20)),
    "/dubbelen": lambda app: duplicates.possible(app, COORDINATOR),
    "/mij/wissen": lambda app: erasure.others(app, COMMAND_LINE, "A-7", school="Noord"),
    "/nazorg": lambda app: aftercare.overview(app, COORDINATOR, Show.DUE, Slice(1, 20)),
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_after_a_change_takes_no_longer_with_more_alumni(tmp_path: Path, page: str) -> None:
    """Eight times as many alumni, and the same who changed: less than half as many steps again."""
    few, many = (_steps(tmp_path / str(count), count, PAGES[page]) for count in (FEW, MANY))
    assert 0 < many < 1.5 * few


@pytest.mark.parametrize("page", PAGES)
def test_and_what_it_tells_is_what_it_would_tell_at_first(tmp_path: Path, page: str) -> None:
    """To a process that has worked nothing out before."""
    app = _house(tmp_path, FEW)
    _change(app)
    told = PAGES[page](app)
    other = stores.open_store(f"sqlite:///{app.store._database.engine.url.database}")  # type: ignore[attr-defined]
    assert PAGES[page](replace(app, store=other)) == told
    other.close()
    app.store.close()


def _house(folder: Path, alumni: int) -> App:
    """A region with so many alumni more, of whom as many as ever are alike, left lately, and never said anything."""
    folder.mkdir(exist_ok=True)
    app = app_of(engine_in(folder))
    stores.upsert(app.store, RecordKind.ALUMNI, [_row(number) for number in range(alumni)])
    work_ahead(app, lambda: False)
    return app


def _row(number: int) -> Upsert:
    values: dict[str, object] = {
        "first_name": "Jo" if number < 4 else f"Voornaam{number}",
        "last_name": "Jansen" if number < 4 else f"Achternaam{number}",
        "email": f"b{number // 2 if number < 8 else number}@voorbeeld.example",
        "qualifications": (Qualification(level=2, year=2026 if number < 5 else 2001),),
        "town": "Zwolle",
        "consents": frozenset({Purpose.MENTOR} if number % 2 else ()),
        "consent_date": date(2026, 1, 1),
    }
    return Upsert(number + 2, f"B-{number}", "Noord", values)


def _change(app: App) -> None:
    key = stores.key_of(app.store, RecordKind.ALUMNI, "B-1", "Noord")
    stores.writing(app.store).consents.state(key, Purpose.FEEDBACK, given=True)


def _steps(folder: Path, alumni: int, page: Callable[[App], object]) -> int:
    """Steps that a page takes after a change of one alumnus."""
    app = _house(folder, alumni)
    _change(app)
    steps: list[None] = []
    connections: set[sqlite3.Connection] = set()

    def count(connection: sqlite3.Connection, *_: object) -> None:
        connections.add(connection)
        connection.set_progress_handler(lambda: steps.append(None), 1)

    event.listen(app.store._database.engine, "checkout", count)  # type: ignore[attr-defined]
    page(app)
    taken = len(steps)
    for connection in connections:
        connection.set_progress_handler(None, 0)
    app.store.close()
    return taken
