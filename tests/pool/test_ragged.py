"""Lists of which some are replaced are those that are taken one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.pool.columns import Ragged

LISTS = st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=1, max_size=8)


@given(before=LISTS, now=LISTS, data=st.data())
def test_some_lists_are_replaced(before: list[list[int]], now: list[list[int]], data: st.DataObject) -> None:
    """Each row that is named has the new list, every other row the one that it had, whatever their lengths."""
    rows = data.draw(st.permutations(range(len(before))))[: len(now)]
    made = Ragged.of(before).with_rows(np.array(rows, np.int64), Ragged.of(now[: len(rows)]))
    wanted = dict(enumerate(before)) | dict(zip(rows, now, strict=False))
    assert [made.row(row).tolist() for row in range(len(before))] == [wanted[row] for row in range(len(before))]
    assert len(made) == len(before)
    assert made.starts[-1] == len(made.values)
