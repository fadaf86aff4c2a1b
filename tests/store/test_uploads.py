"""Files that were sent to be imported: kept whole, taken once, gone in time and with whoever is erased."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, type_coerce
from sqlalchemy.types import Text

from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.uploads import ASKED, DONE, WRITING, Upload
from matcher.repositories.values import Upsert
from matcher.services import keys
from matcher.services.app import WithoutEngine
from matcher.store import schema
from matcher.store.sql_store import SqlStore
from matcher.store.uploads import ABANDONED
from tests.support import fresh, stores
from tests.support.fakes import FixedClock
from tests.support.records import FULL_ALUMNUS
from tests.support.stores import reading, writing
from tests.support.worlds import AS_OF

KEY = Fernet.generate_key().decode()
SENDER = Asker(5, Role.COORDINATOR, "Noord")
PARTS = [b"Zeldzaamvoornaam;", bytes(range(256)) * 20, b""]


@pytest.fixture(params=["", KEY], ids=["plain", "encrypted"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    made = SqlStore(f"sqlite:///{tmp_path / 'a.db'}", FixedClock(AS_OF), [request.param] if request.param else [])
    fresh.migrate(made)
    made.check_keys()
    yield made
    made.close()


def added(store: SqlStore, school: str = "Noord", **more: str) -> Upload:
    wishes = {"school": school}
    upload: Upload = writing(store, SENDER).uploads.add(
        school=school, kind="alumni", file="Jansen.csv", wishes=wishes, content=PARTS, **more
    )
    return upload


def later(store: SqlStore, passed: timedelta) -> SqlStore:
    """The same database, some time later."""
    clock = FixedClock(AS_OF)
    moment = clock.now() + passed
    return SqlStore(str(store._database.engine.url), FixedClock(moment.date(), moment.time()), [KEY])


def test_what_was_sent_comes_back(store: SqlStore) -> None:
    """Its bytes, its name and what was said of it; whatever they are, and by its id alone."""
    upload = added(store, request="r", digest="d")
    assert reading(store).uploads.find(upload.id) == upload
    assert b"".join(reading(store).uploads.content(upload.key)) == b"".join(PARTS)
    assert (upload.file, upload.actor, upload.role, upload.size) == ("Jansen.csv", 5, "coordinator", 5137)
    assert reading(store).uploads.page(schools=["Zuid"]) == []
    assert reading(store).uploads.page(schools=["Noord"], request="r") == [upload]
    assert reading(store).uploads.find("nothing") is None


def test_name_content_and_outcome_are_encrypted(tmp_path: Path) -> None:
    """Where there is a key no column holds a word of them; another key reads them after a rotation, and only then."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    store = SqlStore(url, FixedClock(AS_OF), [KEY])
    fresh.migrate(store)
    store.check_keys()
    upload = added(store)
    with store._database.reading() as connection:
        for table, names in ((schema.uploads, ("file", "wishes", "outcome")), (schema.upload_parts, ("content",))):
            rows = connection.execute(select(*(type_coerce(table.c[name], Text) for name in names))).all()
            assert all(value.startswith("sealed:") for row in rows for value in row)
    other = Fernet.generate_key().decode()
    both = SqlStore(url, FixedClock(AS_OF), [other, KEY])
    keys.rotate(WithoutEngine(both, both._clock), COMMAND_LINE)
    new = SqlStore(url, FixedClock(AS_OF), [other])
    assert reading(new).uploads.find(upload.id) == upload
    assert b"".join(reading(new).uploads.content(upload.key)) == b"".join(PARTS)
    for one in (store, both, new):
        one.close()


def test_one_process_at_a_time(store: SqlStore) -> None:
    """An upload is taken once; another process takes it over when nothing was heard, and the first then stops."""
    added(store)
    first = writing(store).uploads.take()
    assert writing(store).uploads.take() is None
    assert writing(store).uploads.put(first, rows=10, rows_total=20)
    after = later(store, ABANDONED + timedelta(seconds=1))
    second = writing(after).uploads.take()
    assert (second.rows, second.attempts) == (10, 2)
    assert not writing(store).uploads.put(first, rows=15)
    assert writing(after).uploads.put(second, state=ASKED, outcome={"read": 1})
    assert not writing(after).uploads.put(second, state=DONE)
    assert writing(after).uploads.take() is None
    now = reading(after).uploads.find(first.id)
    assert (now.state, now.outcome, now.taken_at) == (ASKED, {"read": 1}, None)
    after.close()


def test_what_tells_that_it_lives_is_not_taken(store: SqlStore) -> None:
    """A process that tells it is at work keeps the upload, however long it takes."""
    added(store)
    first = writing(store).uploads.take()
    after = later(store, ABANDONED * 2)
    assert writing(after).uploads.put(first)
    assert writing(after).uploads.take() is None
    after.close()


def test_a_decision_is_taken_once(store: SqlStore) -> None:
    """Of two who press at once one starts the writing: the condition is in the change itself."""
    added(store)
    taken = writing(store).uploads.take()
    writing(store).uploads.put(taken, state=ASKED)
    asked = replace(taken, state=ASKED)
    assert writing(store).uploads.put(asked, state=WRITING)
    assert not writing(store).uploads.put(asked, state=WRITING)


def test_old_ones_go(store: SqlStore) -> None:
    """From before a moment, with all their parts; or by key, or all."""
    upload, moment = added(store), FixedClock(AS_OF).now()
    assert writing(store).uploads.remove(before=moment) == 0
    assert writing(store).uploads.remove() == 0
    assert writing(store).uploads.remove(keys=[upload.key + 1]) == 0
    assert writing(store).uploads.remove(before=moment + timedelta(days=1)) == 1
    added(store)
    assert writing(store).uploads.remove(every=True) == 1
    with store._database.reading() as connection:
        assert connection.execute(select(schema.upload_parts.c.key)).all() == []


def test_an_erasure_removes_what_may_hold_the_erased(store: SqlStore) -> None:
    """The files of the school and those for every school go with anyone of that school; another school's stay."""
    stores.upsert(store, RecordKind.ALUMNI, [Upsert(2, "A-1", "Noord", FULL_ALUMNUS)])
    kept = added(store, "Zuid")
    added(store, "Noord")
    added(store, "")
    key = stores.key_of(store, RecordKind.ALUMNI, "A-1")
    writing(store).people.erase(key, ())
    assert reading(store).uploads.page() == [kept]
