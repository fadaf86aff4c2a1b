"""The last few results in memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matcher.recent import keep


@given(st.lists(st.integers(0, 9)), st.integers(1, 5))
def test_the_last_ones_are_kept(keys: list[int], most: int) -> None:
    """At most so many, the newest of them; each result is given as it is put in."""
    results: dict[int, str] = {}
    for number, key in enumerate(keys):
        if key not in results:
            assert keep(results, key, f"{key} {number}", most) == results[key] == f"{key} {number}"
        assert len(results) <= most
        assert key in results
