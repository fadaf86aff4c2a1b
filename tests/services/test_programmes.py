"""Names of old crebo codes from RIO, on this machine: asked for once, filled in, taken back, never over one's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.source_server import HttpsSource
from matcher.domain.crebo import newest
from matcher.domain.records import Pathway, Qualification, RecordKind
from matcher.errors import Forbidden, InvalidValue, MissingColumns
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import feeds, programmes, undo
from matcher.services.app import StoreApp
from matcher.services.programmes import Completed
from matcher.services.sourcing import Syncing
from matcher.spreadsheets.report import Report
from matcher.store.sql_store import SqlStore
from tests.sources.documents import offering_6
from tests.support import fresh, stores
from tests.support.apps import Engine, terminal, without_engine
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import alumnus
from tests.support.source_servers import Answer, Asked, Json, Source, said, serving
from tests.support.worlds import AS_OF

CARE = {"code": "92640", "naam": "Verzorgende-IG", "naamLang": "Verzorgende-IG (oud)", "niveau": "MBO-3",
        "startdatum": "1997-08-01", "opheffingsdatum": "2016-07-31", "internationaleNaam": None}  # fmt: skip

RIO_CODE = "27000-SBB-ENTREEOPLEIDING"


@dataclass
class Rio(Source):
    """Qualifications by code, in the list that each stands in."""

    has: dict[str, tuple[str, list[Json]]] = field(default_factory=dict)
    whole: dict[str, Json] = field(default_factory=dict)
    """By path, as RIO has one by its own code."""

    def answer(self, asked: Asked) -> Answer:
        if asked.path in self.whole:
            return said(self.whole[asked.path])
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
    whole = {f"/mbo-cross-over-kwalificaties/{RIO_CODE}": {"code": "27000", "naam": "Instroom zorg", "niveau": "MBO-1"}}
    return Rio(
        whole=whole, has={"92640": ("mboKwalificaties", [older, CARE]), "26001": ("mboCrossOverKwalificaties", [cross])}
    )


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


def test_a_course_without_a_name_gets_that_of_its_programme(app: StoreApp, tmp_path: Path) -> None:
    """By a code of the register at once; by another crebo code, or a code of RIO, once RIO was asked and it is read."""
    codes = {"R-1": ("programme_code", "25491"), "R-2": ("programme_code", "26001"), "R-3": ("x-rio", RIO_CODE)}
    codes |= {"R-4": ("programme_code", "10000"), "R-5": ("identifier", "26001")}
    offerings = [
        offering_6(
            courseOfferingId=id_, name=None, courseId=None, otherCodes=[{"codeType": kind, "code": code}],
            primaryCode={"codeType": "identifier", "code": id_},
        )
        for id_, (kind, code) in codes.items()
    ]  # fmt: skip
    file = tmp_path / "aanbod.json"
    file.write_text(json.dumps(offerings), "utf-8")

    def sync() -> tuple[int, int, int, list[str]]:
        done = feeds.sync_file(app, COMMAND_LINE, file, "oeapi", how=Syncing("Regio", "Noord")).report
        return done.created, done.unchanged, done.refused, done.problem_sentences("nl")

    created, _, refused, told = sync()
    assert (created, refused) == (1, 4)
    assert sum("alumnimatch programmes" in line for line in told) == 3
    with serving(source := rio()) as address:
        assert complete(app, address, dry_run=True).courses == 2
        assert sync()[0] == 0
        done = complete(app, address)
        assert (done.courses, done.codes) == (2, 4)
        asked = {one.path for one in source.asked if one.query.get("mboOpleidingserkenning") is None}
        assert asked == {f"/mbo-kwalificaties/{RIO_CODE}", f"/mbo-cross-over-kwalificaties/{RIO_CODE}"}
    assert sync()[:3] == (2, 1, 2)
    assert {one.offering_id: (one.title, one.level) for one in stores.offerings(app.store)} == {
        "R-1": ("Verzorgende IG", 3), "R-2": ("Technicus zorg", 4), "R-3": ("Instroom zorg", 1),
    }  # fmt: skip


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Somebody with an old code, who wants courses; a course for the new code, one for the old, one for neither."""
    clock = FixedClock(AS_OF)
    with closing(SqlStore(f"sqlite:///{tmp_path}/region.db", clock)) as store:
        fresh.migrate(store)
        held = (Qualification("92640", "Eigen woorden"),)
        wishes = {"qualifications": held, "needs": "iets in de zorg"}
        stores.upsert(store, RecordKind.ALUMNI, [alumnus(1, "A-1", **wishes), alumnus(2, "A-2", needs="koken")])
        courses = {"NEW": "25491", "OLD": "92640", "OTHER": "25180"}
        upserts = [
            Upsert(row, id_, "Zuid", {"title": f"Cursus {id_}", "crebo": code})
            for row, (id_, code) in enumerate(courses.items(), 1)
        ]
        stores.upsert(store, RecordKind.OFFERINGS, upserts)
        yield Engine(store, HashEncoder(), clock)


def relations(engine: Engine) -> dict[str, object]:
    """How the diploma of A-1 relates to each course."""
    found = {}
    for id_ in ("NEW", "OLD", "OTHER"):
        match = terminal(engine).why("A-1", id_).match
        assert match is not None
        found[id_] = next(one.evidence["relation"] for one in match.contributions if one.signal == "qualification")
    return found


def links(engine: Engine, folder: Path, text: str, **settings: Any) -> Report:
    file = folder / "codes.csv"
    file.write_text(text, "utf-8")
    return programmes.read_links(engine.app, COMMAND_LINE, file, **settings)


def test_an_old_code_meets_the_code_in_its_place(engine: Engine, tmp_path: Path) -> None:
    """Also over a code between them, which may come in later; the diploma stays, and meets the old code too."""
    before = {"NEW": "unknown", "OLD": "same", "OTHER": "unknown"}
    assert relations(engine) == before
    assert links(engine, tmp_path, "oud;nieuw\n92640;95530\n", dry_run=True).created == 1
    assert links(engine, tmp_path, "oud;nieuw\n92640;95530\n").created == 1
    assert relations(engine) == before
    assert links(engine, tmp_path, "oude code;nieuwe code\n92640;95530\n95530;25491\n").created == 1
    assert relations(engine) == {"NEW": "same", "OLD": "same", "OTHER": "other"}
    assert terminal(engine).verify() == []
    assert held(engine.app)["A-1"] == (Qualification("92640", "Eigen woorden"),)
    report = links(engine, tmp_path, "oud;nieuw\n95530;\n92640;95530\n")
    assert (report.created, report.updated, report.unchanged) == (0, 1, 1)
    assert relations(engine) == before
    assert terminal(engine).verify() == []


def test_rows_of_codes_that_cannot_be_used_are_refused(engine: Engine, tmp_path: Path) -> None:
    report = links(engine, tmp_path, "oud;nieuw\nx;25491\n92640;92640\n\n92640;2\n95530;25491\n")
    assert (report.created, report.refused) == (1, 3)
    with pytest.raises(InvalidValue, match="crebo_link_circle"):
        links(engine, tmp_path, "oud;nieuw\n25491;92640\n92640;95530\n")
    with pytest.raises(MissingColumns):
        links(engine, tmp_path, "a;b\n95530;25491\n")
    assert stores.read(engine.store, lambda records: records.programmes.successors()) == {"95530": "25491"}


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")))
def test_every_code_leads_to_one_that_stands(replaced: dict[str, str]) -> None:
    """The last of its chain; those that lead into a circle lead nowhere."""
    found = newest(replaced)
    assert all(new not in replaced for new in found.values())
    for old in replaced:
        code, steps = old, 0
        while code in replaced and steps <= len(replaced):
            code, steps = replaced[code], steps + 1
        assert found.get(old) == (code if code not in replaced else None)


def test_only_who_may_import_for_all_schools(app: StoreApp) -> None:
    with pytest.raises(Forbidden):
        programmes.complete(app, Asker(7, Role.COORDINATOR, "Noord"), lambda _: {}, "https://rio.example")  # type: ignore[arg-type,misc]
