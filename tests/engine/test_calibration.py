"""From which share the index pays: what is made of figures, what is kept, and that a run changes no answer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matcher.domain.records import RecordKind
from matcher.engine import calibration
from matcher.engine.calibration import SHARES, Measured, crossing
from matcher.errors import SnapshotError
from matcher.matching import thresholds
from matcher.matching.thresholds import LIMITS, Limits, shipped
from matcher.ports import Rows, VectorIndex
from tests.support.apps import Engine, terminal
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import alumnus, store_in
from tests.support.stores import upsert
from tests.support.worlds import AS_OF


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(store_in(tmp_path), HashEncoder(), FixedClock(AS_OF))


def calibrate(
    engine: Engine, index: VectorIndex | None = None, *, least: int = LIMITS.score_all_below
) -> tuple[Limits, list[Measured]]:
    pool = engine.pool()
    index = index or engine.parts.indexes.of(pool, "can")
    return calibration.calibrate(pool, index, engine.weights, AS_OF, least=least)


@given(st.lists(st.booleans(), min_size=len(SHARES), max_size=len(SHARES)))
def test_above_the_crossing_the_index_won_everywhere(index_wins: list[bool]) -> None:
    """And at the share just below it scoring all was as fast; where the index never wins all are always scored."""
    measured = [Measured(share, 1, 1.0, 2.0 if wins else 1.0) for share, wins in zip(SHARES, index_wins, strict=True)]
    share = crossing(measured)
    assert all(wins for one, wins in zip(SHARES, index_wins, strict=True) if one > share)
    below = [wins for one, wins in zip(SHARES, index_wins, strict=True) if one <= share]
    assert not below or not below[-1]
    assert (share == 1.0) == (not index_wins[-1])


def test_what_is_measured_is_of_this_pool(engine: Engine) -> None:
    """Both ways at every share, the same lists; nothing for so few that everybody is scored anyway."""
    found, measured = calibrate(engine, least=0)
    assert [one.share for one in measured] == list(SHARES)
    assert all(one.index_ms > 0 and one.all_ms > 0 for one in measured)
    assert 0 <= found.score_all_share <= 1
    assert calibrate(engine) == (shipped(), [])


def test_an_index_that_gives_another_list_is_told(engine: Engine) -> None:
    """It is not measured how fast something wrong is."""
    many = [alumnus(number, f"B-{number}", "Noord", function="wondzorg " * (number % 5)) for number in range(600)]
    upsert(engine.store, RecordKind.ALUMNI, many)  # type: ignore[attr-defined]
    engine.pool()
    with pytest.raises(SnapshotError, match="index_wrong"):
        calibrate(engine, LastOnly(), least=0)


class LastOnly:
    """Finds one row, the last, and says that no other is as near."""

    exact = True

    def search(self, query: NDArray[np.int8], k: int, rows: Rows | None = None) -> tuple[Rows, NDArray[np.int32]]:
        """See `ports.VectorIndex.search`."""
        assert rows is not None
        assert len(query)
        return rows[-1:][:k], np.full(1, -(10**6), np.int32)


def test_limits_are_kept_for_the_next_start(tmp_path: Path) -> None:
    """As they were measured; a file that is damaged, or says what cannot be, is as if it were not there."""
    assert thresholds.kept(None) == thresholds.kept(tmp_path / "nothing") == shipped()
    path = thresholds.keep(tmp_path / "cache", Limits(score_all_share=0.31), [])
    assert thresholds.kept(tmp_path / "cache") == Limits(score_all_share=0.31)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    for text in (
        "",
        "{",
        "[]",
        "{}",
        *(json.dumps({"score_all_share": wrong}) for wrong in (-0.1, 1.1, "x", None, True)),
    ):
        path.write_text(text)
        assert thresholds.kept(tmp_path / "cache") == shipped()


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_list_is_the_same_whatever_the_limits(engine: Engine, share: float) -> None:
    """Only the time differs."""
    shipped = terminal(engine).match("R-1", school="Noord", top=5)
    engine.limits = Limits(score_all_below=0, score_all_share=share)
    assert terminal(engine).match("R-1", school="Noord", top=5).matches == shipped.matches
