"""All recommendations at once are the recommendations one by one, in however many processes, and after a stop."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import batch, exchange, ranking, service
from matcher.batch import NOTHING, best_of_all
from matcher.engine import Engine
from matcher.errors import UnknownId
from matcher.pool.columns import day_number
from matcher.pool.snapshot import forget
from matcher.weights import shipped
from tests.matcher.region import engine_in
from tests.matcher.test_ranking import demand_pairs
from tests.worlds import AS_OF, World, worlds


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_in(tmp_path)


class Standing:
    """As much of an engine as the batch asks for."""

    def __init__(self, world: World) -> None:
        self._pool, self.weights, self.encoder, self.clock = world.pool, shipped(), self, self
        self.id = "none"

    def pool(self) -> object:
        return self._pool

    def today(self) -> object:
        return AS_OF


@given(worlds(), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_equals_one_by_one(world: World, k: int) -> None:
    """For every alumnus the same demands in the same order, with the same bits, for courses and for requests."""
    pool = world.pool
    for target, demands in (("offerings", pool.offerings), ("requests", pool.requests)):
        _, best = best_of_all(Standing(world), target, k)  # type: ignore[arg-type]
        for person in range(len(pool.people)):
            pairs = ranking.apply_rules(demand_pairs(pool, demands, person)).pairs
            alone = ranking.top(pairs, k, shipped())
            listed = best.rows[person] != NOTHING
            assert best.rows[person][listed].tolist() == alone.rows.tolist()
            assert best.scores[person][listed].tolist() == alone.scores.tolist()


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_processes_share_the_work(engine: Engine, workers: int) -> None:
    """In blocks of one demand over several processes: as `recommend` says, score by score."""
    pool, best = best_of_all(engine, "offerings", 5, workers=workers, block=1)
    table = exchange.recommendations(engine, pool, best, "offerings")
    for (school, alumnus), rows in table.groupby(["school", "alumnus"], observed=True):
        alone = service.recommend(engine, alumnus, "offerings", school=school, top=5)
        told = [(match.candidate_id, match.owner, match.score, match.band) for match in alone.matches]
        assert list(rows[["offering", "owner", "score", "band"]].itertuples(index=False, name=None)) == told
        assert rows["rank"].tolist() == list(range(1, len(rows) + 1))
    assert len(table) > 0


def test_a_run_that_was_stopped_goes_on(engine: Engine, tmp_path: Path) -> None:
    """What was done is not done again, and leaves nothing behind; of other data nothing is taken over."""
    pool = engine.pool()
    job = batch._Job(pool, pool.offerings, engine.weights, day_number(AS_OF), 3)
    file = tmp_path / "kept-0.npz"
    blocks = [np.array([0]), np.array([1])]
    whole = batch._share(job, blocks, None, None)
    batch._share(job, blocks[:1], file, None)
    told: list[int] = []
    again = batch._share(job, blocks, file, told.append)
    assert told == [2], "the first was done already"
    assert np.array_equal(whole.rows, again.rows)
    assert np.array_equal(whole.scores, again.scores)
    file.write_bytes(b"half")
    assert np.array_equal(batch._share(job, blocks, file, None).scores, whole.scores)
    names = {batch._name(replace(job, day=day, k=k), "offerings", "e", 32, 1) for day in (1, 2) for k in (1, 2)}
    assert len(names) == 4
    (tmp_path / "batch").mkdir()
    old, new = tmp_path / "batch" / "batch-old-0.npz", tmp_path / "batch" / "batch-new-0.npz"
    for left, age in ((old, 90_000), (new, 0)):
        left.touch()
        os.utime(left, (time.time() - age,) * 2)
    best_of_all(engine, "offerings", 3, keep=tmp_path / "batch")
    assert list((tmp_path / "batch").iterdir()) == [new], "of another run that may be going on"
    forget(tmp_path)
    assert not (tmp_path / "batch").exists()


def test_a_file_can_be_read_again(engine: Engine, tmp_path: Path) -> None:
    """Both kinds; of one school where asked; a word that a spreadsheet would run is escaped in a .csv."""
    pool, best = best_of_all(engine, "offerings", 5)
    table = exchange.recommendations(engine, pool, best, "offerings", "Noord")
    assert set(table["school"]) == {"Noord"}
    with pytest.raises(UnknownId, match="unknown_school"):
        exchange.recommendations(engine, pool, best, "offerings", "Nergens")
    assert exchange.write_table(table, tmp_path / "all.parquet") == len(table)
    again = pd.read_parquet(tmp_path / "all.parquet")
    assert again["score"].tolist() == table["score"].tolist()
    table["offering"] = table["offering"].cat.rename_categories(lambda name: f"={name}")
    exchange.write_table(table, tmp_path / "all.csv")
    read = pd.read_csv(tmp_path / "all.csv", sep=";")
    assert read["offering"].str.startswith("'=").all()
    assert sorted(path.name for path in tmp_path.glob("*all*")) == ["all.csv", "all.parquet"]
