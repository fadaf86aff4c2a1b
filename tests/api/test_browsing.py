"""The list of alumni and the courses as pages follow the data."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from matcher.domain.records import RecordKind
from tests.api.conftest import app_in, headers_of
from tests.support.apps import Engine
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import alumnus
from tests.support.stores import reading, upsert, writing
from tests.support.worlds import AS_OF

PAGES = (
    "/zoeken",
    "/advies",
    "/advies?functie=WONDZORG",
    "/advies?sector=zorg&school=Zuid",
    "/advies?nummer=a-2",
    "/waarom",
    "/cursussen",
)


def test_pages_after_a_change_are_those_of_a_new_process(tmp_path: Path) -> None:
    """A process that had the lists before a change shows, to the byte, what one shows that starts after it."""
    app = app_in(tmp_path)
    store = app.state.held.store
    client = TestClient(app, headers=headers_of(app) | {"Accept": "text/html"})
    before = [client.get(path).text for path in PAGES]
    rows = [alumnus(2, "A-2", function="wondzorg", sector="Zorg"), alumnus(3, "A-20", "Zuid", sector="zórg")]
    upsert(store, RecordKind.ALUMNI, [*rows, alumnus(4, "A-21", "Oost")])
    writing(store).people.correct(reading(store).records.find(RecordKind.ALUMNI, "A-7")[0].key, "town", "Kampen")
    after = [client.get(path).text for path in PAGES]
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'region.db'}", cache_dir=tmp_path / "cache")
    new = create_app(Engine(store, HashEncoder(), FixedClock(AS_OF)).app, settings)
    again = TestClient(new, headers=headers_of(new) | {"Accept": "text/html"})
    assert after == [again.get(path).text for path in PAGES]
    changed = [path for path, old, now in zip(PAGES, before, after, strict=True) if old != now]
    assert changed == [path for path in PAGES if path != "/cursussen"]
    store.close()


@pytest.mark.parametrize("path", ["/advies", "/advies?nummer=A-20"])
def test_an_erased_alumnus_is_in_no_list(tmp_path: Path, path: str) -> None:
    """The list that this process had before an erasure is not shown after it."""
    app = app_in(tmp_path)
    store = app.state.held.store
    client = TestClient(app, headers=headers_of(app) | {"Accept": "text/html"})
    assert "/advies/Zuid/A-20" in client.get(path).text
    writing(store).people.erase(reading(store).records.find(RecordKind.ALUMNI, "A-20")[0].key, ())
    assert "/advies/Zuid/A-20" not in client.get(path).text
    store.close()
