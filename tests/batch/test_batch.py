"""All recommendations at once are the recommendations one by one, however they are shared out, and after a stop."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.batch import NOTHING, Chunk, Job, Processes, TopK, chunks_of, top_for_all
from matcher.batch.chunks import FinishedChunks
from matcher.errors import ClusterError, UnknownId
from matcher.matching import ranking
from matcher.matching.weights import shipped
from matcher.policy import COMMAND_LINE
from matcher.pool.snapshot import forget
from matcher.ports import LastErasure
from matcher.services import batches, exports
from matcher.services.batches import Recommendations
from tests.matching.test_ranking import demand_pairs
from tests.support.apps import Engine, terminal, top_of
from tests.support.region import ALUMNI, engine_in
from tests.support.worlds import AS_OF, World, worlds


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_in(tmp_path)


class Shuffled:
    """Does the parts in another order, each as it would arrive elsewhere."""

    def __init__(self, seed: int) -> None:
        self.dice = np.random.default_rng(seed)

    def top_of(self, work: Job, parts: Sequence[Chunk]) -> Iterator[tuple[Chunk, TopK]]:
        for number in self.dice.permutation(len(parts)).tolist():
            sent: Job = pickle.loads(pickle.dumps(work.chunk(parts[number])))  # noqa: S301 - our own
            yield parts[number], sent.done()


@given(worlds(), st.integers(1, 5), st.sampled_from((None, 1, 2, 3, 5)), st.integers(0, 3))
def test_equals_one_by_one(world: World, k: int, part: int | None, seed: int) -> None:
    """For every alumnus the same demands in the same order, with the same bits, for courses and for requests.

    In parts of any size, done in any order by whoever gets no more than is sent.
    """
    pool = world.pool
    for target, demands in (("offerings", pool.offerings), ("requests", pool.requests)):
        best = top_for_all(pool, target, shipped(), AS_OF, k, size=part, workers=Shuffled(seed))
        for person in range(len(pool.people)):
            pairs = ranking.apply_rules(demand_pairs(pool, demands, person)).pairs
            alone = ranking.top(pairs, k, shipped())
            listed = best.rows[person] != NOTHING
            assert best.rows[person][listed].tolist() == alone.rows.tolist()
            assert best.scores[person][listed].tolist() == alone.scores.tolist()


@pytest.mark.parametrize("people", [0, 1, 7, 100_000, 5_000_000])
@pytest.mark.parametrize("size", [None, 1000])
def test_everybody_is_in_one_part(people: int, size: int | None) -> None:
    """All parts together are everybody, none is empty or too large, and they are the same every time."""
    parts = chunks_of(people, size)
    rows = sorted((part.start, part.stop) for part in parts)
    assert sum(map(len, parts)) == people
    assert [start for start, _ in rows[1:]] == [stop for _, stop in rows[:-1]]
    assert all(0 < len(part) <= (size or 65_536) for part in parts)
    assert sorted(part.number for part in parts) == list(range(len(parts)))
    assert parts == chunks_of(people, size)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_processes_share_the_work(engine: Engine, workers: int) -> None:
    """In parts of one alumnus over several processes: as `recommend` says, score by score."""
    pool, best = engine.pool(), top_of(engine, "offerings", 5, workers=Processes(workers), size=1)
    table = exports.recommendations(engine.app, COMMAND_LINE, Recommendations(pool, "offerings", best))
    for (school, alumnus), rows in table.groupby(["school", "alumnus"], observed=True):
        alone = terminal(engine).recommend(alumnus, "offerings", school=school, top=5)
        told = [(match.candidate_id, match.owner, match.score, match.band or "none") for match in alone.matches]
        listed = rows.assign(band=rows["band"].cat.add_categories("none").fillna("none"))
        assert list(listed[["offering", "owner", "score", "band"]].itertuples(index=False, name=None)) == told
        assert rows["rank"].tolist() == list(range(1, len(rows) + 1))
    assert len(table) > 0


class Stopping:
    """Does so many parts and then goes wrong; remembers which it was asked for."""

    def __init__(self, after: int) -> None:
        self.after, self.asked = after, list[Chunk]()

    def top_of(self, work: Job, parts: Sequence[Chunk]) -> Iterator[tuple[Chunk, TopK]]:
        self.asked = list(parts)
        yield from Processes().top_of(work, parts[: self.after])
        if self.after < len(parts):
            raise ClusterError("cluster_lost", address="")


def test_a_run_that_was_stopped_goes_on(engine: Engine, tmp_path: Path) -> None:
    """What was done is not done again, whoever did it, and leaves nothing behind; a damaged part is done again."""
    pool, whole = engine.pool(), top_of(engine, "offerings", 3)
    people, keep = len(pool.people), tmp_path / "batch"
    with pytest.raises(ClusterError):
        top_of(engine, "offerings", 3, size=2, keep=keep, workers=Stopping(3))
    files = sorted(keep.iterdir())
    assert len(files) == 3
    files[0].write_bytes(b"half")
    told: list[tuple[int, int]] = []
    again = Stopping(people)
    best = top_of(engine, "offerings", 3, size=2, keep=keep, workers=again, progress=lambda *far: told.append(far))
    left = [len(part) for part in again.asked]
    assert len(left) == -(-people // 2) - 2
    assert np.array_equal(whole.rows, best.rows)
    assert np.array_equal(whole.scores, best.scores)
    assert told[0] == (people - sum(left), people), "the speed is that of this run"
    assert told[-1] == (people, people)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert list(keep.iterdir()) == []


def test_nothing_is_taken_over_from_another_question(engine: Engine, tmp_path: Path) -> None:
    """Another day, another k, other demands, other parts: another name. What others left goes after a day."""
    pool = engine.pool()
    works = [Job(pool, pool.offerings, engine.weights, day, k) for day in (1, 2) for k in (1, 2)]
    names = {
        FinishedChunks.of(tmp_path, work, *more).name for work in works for more in (("offerings", 1), ("requests", 2))
    }
    assert len(names) == 8
    keep = tmp_path / "batch"
    keep.mkdir()
    old, new = keep / "batch-old-0.npz", keep / "batch-new-0.npz"
    for left, age in ((old, 90_000), (new, 0)):
        left.touch()
        os.utime(left, (time.time() - age,) * 2)
    top_of(engine, "offerings", 3, keep=keep)
    assert list(keep.iterdir()) == [new], "of another run that may be going on"
    assert forget(tmp_path, LastErasure(2, datetime(2026, 1, 1), 2)) == []
    assert list(keep.iterdir()) == []


def test_nothing_of_anybody_is_sent(engine: Engine) -> None:
    """What goes to another machine holds no word that somebody stated, no name, no school and no random key."""
    pool = engine.pool()
    said = [value for row in ALUMNI for value in (row.owner, *asdict(row)["values"].values())]
    flat = [word for value in said for word in (value if isinstance(value, tuple) else [value])]
    flat += [*pool.vocabulary.skills, *pool.vocabulary.places]
    words = {word for word in flat if isinstance(word, str) and len(word) > 3}
    assert {"wijkverpleegkundige", "wondzorg", "Noord", "Zwolle", "wondzorg leren"} <= words
    keys = [key.to_bytes(8, "little") for key in pool.people.key.tolist()]
    for demands in (pool.offerings, pool.requests):
        work = Job(pool, demands, shipped(), 1, 3)
        sent = pickle.dumps(work.chunk(Chunk(0, 0, len(pool.people))))
        assert demands.key.tobytes() in sent, "numbers are found where they are"
        assert not [key for key in keys if key in sent]
        assert not [word for word in words if word.encode() in sent]


def test_a_file_can_be_read_again(engine: Engine, tmp_path: Path) -> None:
    """Both kinds; of one school where asked; a word that a spreadsheet would run is escaped in a .csv."""
    run = batches.recommend_all(engine.app, COMMAND_LINE, "offerings", top=5, school="Noord")
    table = exports.recommendations(engine.app, COMMAND_LINE, run)
    assert set(table["school"]) == {"Noord"}
    with pytest.raises(UnknownId, match="unknown_school"):
        batches.recommend_all(engine.app, COMMAND_LINE, "offerings", school="Nergens")
    assert exports.write_table(table, tmp_path / "all.parquet") == len(table)
    again = pd.read_parquet(tmp_path / "all.parquet")
    assert again["score"].tolist() == table["score"].tolist()
    table["offering"] = table["offering"].cat.rename_categories(lambda name: f"={name}")
    exports.write_table(table, tmp_path / "all.csv")
    read = pd.read_csv(tmp_path / "all.csv", sep=";")
    assert read["offering"].str.startswith("'=").all()
    assert sorted(path.name for path in tmp_path.glob("*all*")) == ["all.csv", "all.parquet"]
