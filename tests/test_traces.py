"""Searching bytes for what would betray a person."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.store.file_search import found_in
from matcher.traces import SHORTEST, Search, Traces, words_of

NEEDLES = st.sets(st.binary(min_size=SHORTEST, max_size=20), min_size=1, max_size=8)


@given(NEEDLES, st.lists(st.binary(max_size=40), max_size=8), st.integers(1, 30), st.data())
def test_a_search_finds_what_is_there_and_nothing_else(
    needles: set[bytes], noise: list[bytes], size: int, data: st.DataObject
) -> None:
    """Whatever the blocks in which it is read: a needle that lies across two of them is found."""
    planted = data.draw(st.lists(st.sampled_from(sorted(needles))))
    parts = data.draw(st.permutations([*noise, *planted]))
    content = b"".join(parts)
    search = Search(needles)
    search.read(content[start : start + size] for start in range(0, len(content), size))
    assert search.found == {needle for needle in needles if needle in content}


@given(st.integers(1, 2**63 - 1))
def test_a_key_is_found_as_arrays_and_sqlite_write_it(key: int) -> None:
    """As an item of an array, as a row number and as another column."""
    needles = Traces(frozenset({key})).needles()
    with closing(sqlite3.connect(":memory:")) as database:
        for column in ("key INTEGER PRIMARY KEY", "key INTEGER"):
            database.execute(f"CREATE TABLE t_{len(column)} ({column})")
            database.execute(f"INSERT INTO t_{len(column)} VALUES (?)", (key,))  # noqa: S608 - two names of our own
            written = database.serialize()
            # the bytes of small numbers are too few to search for; keys are random 63-bit numbers
            assert key < 1 << 56 or any(needle in written for needle in needles)
    assert any(needle in np.array([7, key, 9]).tobytes() for needle in needles)


@pytest.mark.parametrize("word", ["Zeldzámachternaam", "zeldzaam@voorbeeld.example", "tekst " * 900])
def test_a_word_is_found_as_text_and_as_json(tmp_path: Path, word: str) -> None:
    """Also where only a part of a long text is left, by the process that searches files."""
    needles = Traces(words=words_of([f'["{word}", null]'])).needles()
    path = tmp_path / "file"
    for content in (
        word.encode(),
        word.encode("ascii", "backslashreplace").replace(b"\\x", b"\\u00"),
        word.encode()[:50],
    ):
        path.write_bytes(b"\0" * 5000 + content + b"\0")
        assert found_in([path, tmp_path / "missing"], needles)
    path.write_bytes(word.encode()[: SHORTEST - 1])
    assert found_in([path], needles) == set()
    with pytest.raises(OSError, match="1"):
        found_in([tmp_path], needles)


def test_what_is_short_is_not_searched_for() -> None:
    """Five letters stand in any large file by chance."""
    assert words_of(["Jan", '["nl"]', None, 3, "", "Jansen"]) == {"Jansen"}


def test_days_and_moments_are_not_searched_for() -> None:
    """Another person's day is no trace of the erased; a telephone number of as many figures is."""
    kept = '{"paused_until":"2027-08-05","phone":"0612345678","at":"2027-08-05T10:00:00.5Z","was":"2027-08-05 soms"}'
    assert words_of(["2027-03-01", "2027-03-01 08:00:00.050001", kept]) == {"0612345678", "2027-08-05 soms"}
