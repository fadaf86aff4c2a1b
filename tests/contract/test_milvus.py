"""Rankings by the real Milvus: proven or not and said so, never a part as the whole, and without it only an error."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.commands.output import console
from api.commands.tables import show_ranking
from api.schemas.rankings import from_ranking
from api.settings import Settings
from benchmarks.milvus.server import RealMilvus
from matcher.domain.answers import Ranking
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.records import RecordKind
from matcher.errors import IndexUnavailable
from matcher.index import Contents
from matcher.index.milvus.collection import Collection, Kind, connected
from matcher.index.milvus.search import MilvusIndex, Patience
from matcher.index.milvus.server import MilvusServer
from matcher.policy import COMMAND_LINE
from matcher.repositories.values import Upsert
from matcher.services import erasure
from matcher.services.replay import replay
from matcher.store.sql_store import SqlStore
from models.encoder import opened
from tests.api.conftest import headers_of
from tests.support.apps import Engine, app_of, terminal
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import alumnus
from tests.support.server import wait_until_warm
from tests.support.stores import open_store, reading, upsert, writing
from tests.support.worlds import AS_OF

MANY = 9000
"""More eligible alumni than are each looked at without an index."""
WORK = ("wondzorg", "lassen", "koken", "bakken", "zorg", "thuiszorg", "techniek", "groen", "nacht", "kinderen", "ict")


def some_work(number: int) -> str:
    chosen = np.random.default_rng(number).choice(WORK, 4)
    return " ".join([*chosen, f"w{number % 97}"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("milvus")


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[SqlStore]:
    """9,000 alumni who may all be asked for R-1, and a hundred of them for R-2."""
    made = open_store(f"sqlite:///{folder / 'region.db'}")
    made.migrate()
    both = frozenset({RequestKind.GUEST_LESSON, RequestKind.MENTOR})
    people = [
        alumnus(row, f"A-{row}", function=some_work(row), town=None, **({"offers": both} if row % 90 == 0 else {}))
        for row in range(1, MANY + 1)
    ]
    upsert(made, RecordKind.ALUMNI, people)
    asked = [
        Upsert(1, "R-1", "Noord", {"kind": RequestKind.GUEST_LESSON, "title": "wondzorg thuiszorg nacht"}),
        Upsert(2, "R-2", "Noord", {"kind": RequestKind.MENTOR, "title": "lassen techniek"}),
    ]
    upsert(made, RecordKind.REQUESTS, asked)
    upsert(made, RecordKind.OFFERINGS, [Upsert(1, "C-1", "Aanbieder", {"title": "koken"})])
    yield made
    made.close()


Made = Callable[..., Engine]


@pytest.fixture(scope="module")
def engine_by(store: SqlStore, milvus: RealMilvus, folder: Path) -> Made:
    """An engine as another process has it, by kind of index and address."""

    def made(kind: Kind = "flat", url: str | None = None) -> Engine:
        patience = Patience(seconds=1.0, rest=0.0)
        server = MilvusServer(url or milvus.url, kind=kind, at_once=MANY, patience=patience)
        return Engine(store, HashEncoder(), FixedClock(AS_OF), index="milvus", server=server, cache=folder / "cache")

    return made


@pytest.fixture
def engine(engine_by: Made) -> Engine:
    """One whose server holds all, whatever the test before has done to it."""
    made = engine_by("flat")
    made.parts.indexes.serve(made.pool())
    return made


def shown(ranking: Ranking) -> list[tuple[int, float]]:
    return [(match.key, match.score) for match in ranking.matches]


def in_one_process(engine: Engine) -> Engine:
    return Engine(engine.store, HashEncoder(), engine.clock, cache=engine.cache)


def collection_of(engine: Engine, side: str = "can") -> tuple[object, str]:
    """A client of its own, and the name of the collection of the engine: what somebody may do behind our back."""
    assert isinstance(engine.server, MilvusServer)
    index = engine.parts.indexes.of(engine.pool(), side)  # type: ignore[arg-type]
    return connected(engine.server.url, ""), index.collection.name  # type: ignore[union-attr]


def whole_again(engine: Engine, request_id: str = "R-1") -> Ranking:
    """The ranking, as soon as the server gives it."""
    until = time.monotonic() + 60
    while True:
        with suppress(IndexUnavailable):
            return terminal(engine).match(request_id)
        assert time.monotonic() < until
        time.sleep(0.2)


def test_an_approximate_ranking_says_so_everywhere(
    engine_by: Made, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Scores are right; log, API, page and command line say that the list is not proven complete."""
    engine = engine_by("ivf")
    found = terminal(engine).match("R-1")
    everybody = dict(shown(terminal(in_one_process(engine)).match("R-1", top=1000)))
    assert not found.exact
    assert all(score == everybody[key] for key, score in shown(found))
    assert terminal(engine).match("R-2").exact  # a hundred: each was looked at
    terminal(engine).match("R-1")
    entry = max(reading(engine.store).audit.stream(), key=lambda one: one.id)
    assert entry.details["exact"] is False
    assert replay(app_of(engine), COMMAND_LINE, entry.id) in {"same", "not_proven"}
    show_ranking(console(), from_ranking(found, "nl"), "nl")
    assert "niet bewezen volledig" in capsys.readouterr().out
    app = create_app(engine.app, Settings(cache_dir=folder / "cache"))
    with TestClient(app, headers=headers_of(app)) as client:
        wait_until_warm()
        assert client.get("/v1/requests/R-1/matches").json()["exact"] is False
        assert client.get("/v1/requests/R-2/matches").json()["exact"] is True
        page = {"Accept": "text/html"}
        assert "niet bewezen volledig" in client.get("/aanvragen/R-1", headers=page).text
        assert "niet bewezen volledig" not in client.get("/aanvragen/R-2", headers=page).text


def test_a_flat_index_gives_the_proven_ranking(engine: Engine) -> None:
    """The same alumni with the same scores as by FAISS, to the last bit, and said to be proven."""
    found, expected = terminal(engine).match("R-1", top=25), terminal(in_one_process(engine)).match("R-1", top=25)
    assert found.eligible == MANY
    assert shown(found) == shown(expected)
    assert found.exact
    assert shown(terminal(engine).audience("C-1")) == shown(terminal(in_one_process(engine)).audience("C-1"))


@pytest.mark.parametrize(("kind", "replicas", "proven"), [("flat", 1, True), ("flat", 2, False), ("ivf", 1, False)])
def test_only_one_replica_that_looks_at_all_proves(kind: Kind, replicas: int, proven: bool) -> None:
    """Of two one may answer the counts and another the search."""
    collection = Collection(None, "any", kind, 8, replicas)
    assert MilvusIndex(collection, None, "can", Patience()).exact is proven  # type: ignore[arg-type]


def test_a_click_is_followed_in_every_process(engine: Engine, engine_by: Made) -> None:
    """Who withdraws consent is not found any more, by an engine that held the state before and by one that did not."""
    other = engine_by("flat")
    best = terminal(engine).match("R-1").matches[0].key
    assert terminal(other).match("R-1").matches[0].key == best
    writing(engine.store).consents.state(best, Purpose.GUEST_LESSON, given=False)
    for each in (engine, other, engine_by("flat")):
        found = terminal(each).match("R-1", top=25)
        assert found.exact
        assert shown(found) == shown(terminal(in_one_process(engine)).match("R-1", top=25))
        assert best not in dict(shown(found))
    writing(engine.store).consents.state(best, Purpose.GUEST_LESSON, given=True)
    assert terminal(other).match("R-1").matches[0].key == best


def test_a_part_is_never_shown_as_the_whole(engine: Engine, folder: Path) -> None:
    """Half of the entities taken away: an error that says what to do; few eligible, lists and pages still work."""
    client, name = collection_of(engine)
    keys = engine.pool().people.key.tolist()
    for start in range(0, MANY // 2, 500):
        client.delete(name, ids=keys[start : start + 500])  # type: ignore[attr-defined]
    client.query(name, "key > 0", ["count(*)"], consistency_level="Strong")  # type: ignore[attr-defined]
    with pytest.raises(IndexUnavailable) as problem:
        terminal(engine).match("R-1")
    assert problem.value.code == "index_incomplete"
    assert len(terminal(engine).match("R-2").matches) == 10
    assert f"milvus can differ {MANY // 2}" in terminal(engine).verify()
    app = create_app(engine.app, Settings(cache_dir=folder / "cache"))
    with TestClient(app, headers=headers_of(app)) as asked:
        wait_until_warm()
        answer = asked.get("/v1/requests/R-1/matches")
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/index_incomplete")
        assert int(answer.headers["Retry-After"]) > 0
        assert asked.get("/v1/requests/R-2/matches").status_code == 200
        assert asked.get("/v1/requests").status_code == 200
        assert asked.get("/cursussen", headers={"Accept": "text/html"}).status_code == 200
    engine.parts.indexes.serve(engine.pool())
    assert terminal(engine).verify() == []
    assert shown(terminal(engine).match("R-1")) == shown(terminal(in_one_process(engine)).match("R-1"))


def test_one_vector_of_another_state_is_noticed(engine: Engine) -> None:
    """The best alumnus as if with the vector of before: as many rows, of the right state, and still not taken."""
    client, name = collection_of(engine)
    best = terminal(engine).match("R-1").matches[0].key
    (row,) = client.query(name, f"key == {best}", ["*"])  # type: ignore[attr-defined]
    client.upsert(name, [{**row, "vector": [2 * value for value in row["vector"]]}])  # type: ignore[attr-defined]
    client.query(name, "key > 0", ["count(*)"], consistency_level="Strong")  # type: ignore[attr-defined]
    with pytest.raises(IndexUnavailable):
        terminal(engine).match("R-1")
    client.delete(name, ids=[best])  # type: ignore[attr-defined]
    engine.parts.indexes.serve(engine.pool())
    assert terminal(engine).match("R-1").matches[0].key == best


def test_an_erased_person_is_gone_from_every_collection(engine: Engine) -> None:
    """From both sides, and from a collection of another encoder that was left; the proof has looked there."""
    gone = terminal(engine).match("R-1").matches[0]
    pool, server = engine.pool(), engine.server
    assert isinstance(server, MilvusServer)
    some = pool.people.take(np.unique([0, 1, 2, pool.person_row[gone.key]]))
    contents = Contents(reading(engine.store).changes.identity(), "another", pool.origin, some, engine.store.origin)
    client, name = connected(server.url, ""), server.index(contents, "wants").collection.name
    assert client.query(name, f"key == {gone.key}", ["key"], consistency_level="Strong")
    erased = erasure.erase(app_of(engine), COMMAND_LINE, gone.candidate_id, school="Noord")
    assert erased.found_in == ()
    assert len(client.list_collections()) >= 3
    for name in client.list_collections():
        client.load_collection(name)
        assert client.query(name, f"key == {gone.key}", ["key"], consistency_level="Strong") == []
    assert gone.key not in dict(shown(terminal(engine).match("R-1")))


def test_without_milvus_an_erasure_does_not_claim_its_proof(engine_by: Made, tmp_path: Path) -> None:
    """The person goes from the database; that nobody could look in the index is told."""
    engine = engine_by(url=f"unix:{tmp_path / 'nobody'}")
    someone = reading(engine.store).records.by_key(RecordKind.ALUMNI, [int(engine.pool().people.key[5])]).popitem()[1]
    erased = erasure.erase(app_of(engine), COMMAND_LINE, someone.alumnus_id, school="Noord")  # type: ignore[union-attr]
    assert erased.found_in == ("index",)


def test_the_server_may_be_killed_and_come_back(engine: Engine, milvus: RealMilvus) -> None:
    """Without it only rankings of many are refused, soon, and with what to do; back, it is used without a restart."""
    expected = shown(terminal(engine).match("R-1"))
    milvus.kill()
    try:
        begun = time.monotonic()
        with pytest.raises(IndexUnavailable) as problem:
            terminal(engine).match("R-1")
        assert problem.value.code == "index_unreachable"
        assert time.monotonic() - begun < 15
        assert len(terminal(engine).match("R-2").matches) == 10
        anybody = terminal(engine).match("R-2").matches[0].candidate_id
        assert terminal(engine).recommend(anybody, "offerings").exact
        assert terminal(engine).why("R-1", anybody).eligible > 8192
    finally:
        milvus.start()
    assert shown(whole_again(engine)) == expected


@pytest.mark.long
def test_a_build_that_was_killed_goes_on(store: SqlStore, milvus: RealMilvus, folder: Path, tmp_path: Path) -> None:
    """SIGKILL in the middle of `index build`: it is told what is missing, and a second one sends just that."""
    client = connected(milvus.url, "")
    before = set(client.list_collections())
    environment = os.environ | {
        "ALUMNIMATCH_DATABASE_URL": f"sqlite:///{folder / 'region.db'}",
        "ALUMNIMATCH_CACHE_DIR": str(tmp_path),
        "ALUMNIMATCH_INDEX": "milvus",
        "ALUMNIMATCH_MILVUS_URL": milvus.url,
        "ALUMNIMATCH_MILVUS_KIND": "flat",
    }
    building = subprocess.Popen([sys.executable, "-m", "api.cli", "index", "build"], env=environment)
    until = time.monotonic() + 60
    while not _some_sent(client, before):
        assert building.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    building.send_signal(signal.SIGKILL)
    assert building.wait() == -signal.SIGKILL
    server = MilvusServer(milvus.url, kind="flat")
    engine = Engine(store, opened("encoder-nl-en", tmp_path), FixedClock(AS_OF), server=server, cache=tmp_path)
    problems = terminal(engine).verify()
    missing = int(next(line for line in problems if line.startswith("milvus can differ")).split()[-1])
    assert 0 < missing < reading(store).records.count(RecordKind.ALUMNI)
    sent: list[int] = []
    engine.parts.indexes.serve(engine.pool(), lambda _, total: sent.append(total))
    assert sent[0] == 2 * missing  # of two sides, of which this is the first
    assert terminal(engine).verify() == []


def _some_sent(client: object, before: set[str]) -> bool:
    with suppress(Exception):
        for name in {*client.list_collections()} - before:  # type: ignore[attr-defined]
            found = client.query(name, "key > 0", ["count(*)"], consistency_level="Eventually")  # type: ignore[attr-defined]
            if found[0]["count(*)"]:
                return True
    return False
