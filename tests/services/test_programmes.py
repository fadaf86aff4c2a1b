"""Names of old crebo codes from RIO, on this machine: asked for once, filled in, taken back, never over one's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from api.source_server import HttpsSource
from matcher.domain.records import Pathway, Qualification, RecordKind
from matcher.errors import Forbidden, InvalidValue
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import programmes, undo
from matcher.services.app import StoreApp
from matcher.services.programmes import Completed
from tests.support import stores
from tests.support.apps import without_engine
from tests.support.source_servers import Answer, Asked, Json, Source, said, serving
from tests.support.worlds import AS_OF

CARE = {"code": "92640", "naam": "Verzorgende-IG", "naamLang": "Verzorgende-IG (oud)", "niveau": "MBO-3",
        "startdatum": "1997-08-01", "opheffingsdatum": "2016-07-31", "internationaleNaam": None}  # fmt: skip


@dataclass
class Rio(Source):
    """Qualifications by code, in the list that each stands in."""

    has: dict[str, tuple[str, list[Json]]] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Answer:
        if asked.path not in ("/mbo-kwalificaties", "/mbo-cross-over-kwalificaties"):
            return said({}, 404)
        name = {"/mbo-kwalificaties": "mboKwalificaties"}.get(asked.path, "mboCrossOverKwalificaties")
        where, items = self.has.get(asked.query["mboOpleidingserkenning"], ("", []))
        return said({"_embedded": {name: items if where == name else []}, "_links": {"self": asked.path}})


@pytest.fixture
def app(tmp_path: Path) -> Iterator[StoreApp]:
    with without_engine(tmp_path, AS_OF) as app:
        rows = {
            "A-1": (Qualification("92640", None, None, Pathway.BBL, 2005), Qualification("25480")),
            "A-2": (Qualification("92640", "verzorgende", None, None, 2006),),
            "A-3": (Qualification("26001"), Qualification("10000")),
            "A-4": (Qualification("92640", "Eigen woorden", 2),),
        }
        upserts = [Upsert(n, id_, "Noord", {"qualifications": held}) for n, (id_, held) in enumerate(rows.items(), 2)]
        stores.upsert(app.store, RecordKind.ALUMNI, upserts)
        yield app


def rio() -> Rio:
    older = {**CARE, "naamLang": "Ziekenverzorgende", "startdatum": "1990-08-01"}
    cross = {"code": "26001", "naam": "Technicus zorg", "niveau": "MBO-4", "opheffingsdatum": None}
    return Rio(has={"92640": ("mboKwalificaties", [older, CARE]), "26001": ("mboCrossOverKwalificaties", [cross])})


def complete(app: StoreApp, address: str, **settings: Any) -> Completed:
    with closing(HttpsSource(local=True, wait=lambda _: None)) as ask:
        return programmes.complete(app, COMMAND_LINE, ask, address, **settings)


def held(app: StoreApp) -> dict[str, tuple[Qualification, ...]]:
    return {one.alumnus_id: one.qualifications for one in stores.alumni(app.store)}


def test_names_and_levels_are_filled_in(app: StoreApp) -> None:
    """What was known stays; codes of the register are not asked for; each code once, and again nothing."""
    before = held(app)
    with serving(source := rio()) as address:
        assert complete(app, address, dry_run=True) == Completed(3, 2, 3, None)
        assert held(app) == before
        source.asked.clear()
        done = complete(app, address)
        assert (done.codes, done.found, done.alumni) == (3, 2, 3)
        asked = [one.query["mboOpleidingserkenning"] for one in source.asked if one.path == "/mbo-kwalificaties"]
        assert asked == ["10000", "26001", "92640"]
        assert complete(app, address) == Completed(1, 0, 0, None)
    after = held(app)
    assert after["A-1"] == (Qualification("92640", "Verzorgende-IG (oud)", 3, Pathway.BBL, 2005), before["A-1"][1])
    assert after["A-2"] == (Qualification("92640", "verzorgende", 3, None, 2006),)
    assert after["A-3"] == (Qualification("26001", "Technicus zorg", 4), Qualification("10000"))
    assert after["A-4"] == before["A-4"]
    assert done.import_id
    assert undo.undo(app, COMMAND_LINE, done.import_id).restored == 3
    assert held(app) == before


def test_what_alumni_stated_stays(app: StoreApp) -> None:
    key = stores.key_of(app.store, RecordKind.ALUMNI, "A-1", "Noord")
    own = (Qualification("92640", None, None, None, 2004),)
    stores.writing(app.store).people.correct(key, "qualifications", own)
    with serving(rio()) as address:
        complete(app, address)
    assert held(app)["A-1"] == own


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (said({}, 404), "source_not_there"),
        (said({}, 403), "source_forbidden"),
        (said({}, 503), "source_busy"),
        (said([]), "source_no_page"),
        (said(b"<html>"), "source_no_json"),
    ],
)
def test_a_server_that_is_none_changes_nothing(app: StoreApp, answer: Answer, code: str) -> None:
    before = held(app)
    source = rio()
    source.next_answers = [answer] * 12
    with serving(source) as address, pytest.raises(InvalidValue) as refused:
        complete(app, address)
    assert refused.value.code == code
    assert held(app) == before


@pytest.mark.parametrize(
    "page", [{}, {"_embedded": None}, {"_embedded": {"mboKwalificaties": {"naam": None}}}, {"_embedded": [1, "x"]}]
)
def test_an_answer_without_a_name_is_none(app: StoreApp, page: Json) -> None:
    source = rio()
    source.next_answers = [said(page)] * 6
    with serving(source) as address:
        assert complete(app, address).found == 0


def test_only_who_may_import_for_all_schools(app: StoreApp) -> None:
    with pytest.raises(Forbidden):
        programmes.complete(app, Asker(7, Role.COORDINATOR, "Noord"), lambda _: {}, "https://rio.example")  # type: ignore[arg-type,misc]
