"""A small region in a real SQLite file, with an engine on it."""

from __future__ import annotations

from datetime import date, datetime, time
from itertools import count
from pathlib import Path

from sqlalchemy import Connection

from matcher.domain.kinds import SHOWN_ON_CARDS, NeedKind, Purpose, RequestKind
from matcher.domain.records import Form, Moment, OnlineMode, Qualification, RecordKind
from matcher.policy import COMMAND_LINE
from matcher.ports import Clock
from matcher.repositories.values import Changes, Upsert
from matcher.services import privacy
from matcher.services.app import App
from matcher.spreadsheets import forms
from matcher.store.codecs import LAYOUTS
from matcher.store.revisions import add_revision
from matcher.store.sql_store import SqlStore
from tests.support import fresh, stores
from tests.support.apps import Engine
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.stores import upsert, writing
from tests.support.worlds import AS_OF, PLACES

ALL = frozenset(Purpose) - SHOWN_ON_CARDS
LATER = date(2026, 10, 1)
TUESDAY, WEDNESDAY, THURSDAY = (0b111 << 3 * day for day in (1, 2, 3))
_MOMENTS = count(1)


def alumnus(row: int, id_: str, owner: str = "Noord", **values: object) -> Upsert:
    base = {
        "offers": frozenset({RequestKind.GUEST_LESSON}),
        "consents": ALL,
        "town": "Zwolle",
        "languages": ("nl",),
        "consent_date": LATER,
    }
    return Upsert(row, id_, owner, base | values)


ALUMNI = [
    alumnus(2, "A-1", function="wijkverpleegkundige", skills=("wondzorg", "EHBO"), day_parts=TUESDAY | THURSDAY),
    alumnus(
        3, "A-2", function="verzorgende wondzorg", skills=("wondzorg",), day_parts=THURSDAY, needs="wondzorg leren"
    ),
    alumnus(4, "A-3", function="lasser", skills=("lassen",), day_parts=TUESDAY, max_distance_km=5.0, town="Kampen"),
    alumnus(5, "A-4", function="wondzorg", day_parts=WEDNESDAY),
    alumnus(6, "A-5", function="wondzorg", consents=frozenset()),
    alumnus(7, "A-6", function="wondzorg", paused_until=date(2027, 6, 1)),
    alumnus(8, "A-7", function="wondzorg", qualifications=(Qualification("25655", None, 3, None, 2014),)),
    alumnus(9, "A-1", owner="Zuid", function="kok", consents=ALL - {Purpose.SHARE_SCHOOLS}),
    alumnus(10, "A-8", function=None, needs=None, town=None, languages=()),
    alumnus(11, "A-9", function="kok", needs="ik wil wondzorg leren", need_kinds=frozenset({NeedKind.COURSE})),
]
REQUESTS = [
    Upsert(
        2,
        "R-1",
        "Noord",
        {
            "kind": RequestKind.GUEST_LESSON,
            "title": "Gastles wondzorg",
            "skills": ("wondzorg", "EHBO"),
            "town": "Zwolle",
            "programme": "25655",
            "moments": (
                Moment(datetime(2027, 3, 16, 13), datetime(2027, 3, 16, 15)),
                Moment(datetime(2027, 3, 18, 13), datetime(2027, 3, 18, 15)),
            ),
            "languages": ("nl",),
            "requester": "docent@voorbeeld.example",
        },
    ),
    Upsert(3, "R-2", "Noord", {"kind": RequestKind.AFTERCARE, "title": "Werk in de zorg", "online": OnlineMode.YES}),
]
OFFERINGS = [
    Upsert(2, "C-1", "Aanbieder", {"title": "Cursus wondzorg", "skills": ("wondzorg",), "form": Form.CLASSROOM}),
    Upsert(3, "C-2", "Aanbieder", {"title": "Cursus lassen", "skills": ("lassen",), "price": 100.0}),
]


def store_in(folder: Path, clock: Clock | None = None) -> SqlStore:
    """The region in a new SQLite file; by default with a clock that stands still on AS_OF."""
    return fresh.filled(folder / "region.db", clock or FixedClock(AS_OF), fill)


def fill(store: SqlStore) -> None:
    """Puts the region into a store with nothing in it."""
    writing(store).places.add(PLACES)
    for kind, rows in (
        (RecordKind.ALUMNI, ALUMNI),
        (RecordKind.REQUESTS, REQUESTS),
        (RecordKind.OFFERINGS, OFFERINGS),
    ):
        upsert(store, kind, rows)


def remove(store: SqlStore, kind: RecordKind, key: int) -> None:
    """Removes a request or a course, which no use case does yet; the revision records it."""

    def work(connection: Connection) -> None:
        table = LAYOUTS[kind].table
        connection.execute(table.delete().where(table.c.key == key))
        add_revision(connection, "removed", 1, Changes(**{kind.value: frozenset({key})}), datetime.now())

    store._database.write(work)


def engine_in(folder: Path, *, copied: bool = True, **settings: object) -> Engine:
    """An engine on a new region, created at a distinct moment; not `copied`: with random keys of its own."""
    clock = FixedClock(AS_OF, time(12, microsecond=next(_MOMENTS)))
    store = store_in(folder, clock) if copied else stores.open_store(f"sqlite:///{folder / 'region.db'}")
    if not copied:
        fresh.migrate(store)
        fill(store)
    return Engine(store, HashEncoder(), clock, **settings)  # type: ignore[arg-type]


def correct(engine: Engine, field: str, text: str, alumnus_id: str) -> None:
    """Corrects a field of an alumnus from form text, by the command line."""
    app = App(engine.store, engine, engine.clock)
    privacy.correct(app, COMMAND_LINE, field, forms.value_of(field, text), alumnus_id=alumnus_id)
