"""Puts rows into a table: the rows of before and the new ones, in one copy a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.pool.codes import GROUPED_BY
from matcher.pool.columns import Demands, Int32, Int64, People, Ragged, Table, names_of

Ahead = Mapping[int, int | None]
"""For each of some records (by key) the one that stands just before it by id and owner; None for the first."""

_Column = TypeVar("_Column", Ragged, NDArray[Any])
_SHARE, _LEAST = 10, 100
"""Where one row in so many stands apart from its like, and so many do, all are put in order again."""


@dataclass(frozen=True)
class Merge:
    """Where the rows of a table come from: `before` rows that were there, and `now` new ones."""

    before: int
    now: int
    source: Int64
    """For each row the row of before, or `before` + the row among the new ones."""
    replaced: Int64
    """Rows of before that go: what is new of them, if anything, is a new row."""
    in_place: bool
    """Whether every row stands where it stood, and a new one where the one stood that it replaces."""

    @cached_property
    def row_of(self) -> Int32:
        """The row of each one of before, and of each new one; -1 where it is not there any more."""
        rows = np.full(self.before + self.now, -1, np.int32)
        rows[self.source] = np.arange(len(self.source), dtype=np.int32)
        return rows

    def table(self, before: Table, now: Table) -> Table:
        """The merged table; in place, a column in which nothing changed is the one of before."""
        columns: dict[str, Any] = {}
        rows = self.row_of[self.before :].astype(np.int64)
        for name in names_of(type(before)):
            old, new = getattr(before, name), getattr(now, name)
            columns[name] = old if self.in_place and _same(old, new, rows) else merged(old, new, self.source)
        return type(before)(**columns)


def merge_people(before: People, now: People, row_of: Mapping[int, int], gone: Sequence[int]) -> Merge:
    """How new rows come into the table; `gone` are the keys of who goes, `row_of` the rows of before.

    Where nobody comes or goes, rows stay where they are, unless too many stand apart from who offers and agreed to the
    same. Then, and where rows have to move in any case, they are put in the order of a pool built anew.
    """
    count = len(before)
    there = np.array([row_of.get(key, -1) for key in now.key.tolist()], np.int64)
    leaving = np.array([row_of[key] for key in gone if key in row_of], np.int64)
    replaced = np.concatenate([there[there >= 0], leaving])
    new = count + np.arange(len(now))
    if not len(leaving) and (there >= 0).all():
        source = np.arange(count)
        source[there] = new
        if not _scattered(*(merged(getattr(before, name), getattr(now, name), source) for name in GROUPED_BY[1:])):
            return Merge(count, len(now), source, replaced, in_place=True)
    source = np.concatenate([np.delete(np.arange(count), replaced), new])
    order = np.lexsort([merged(getattr(before, name), getattr(now, name), source) for name in GROUPED_BY])
    return Merge(count, len(now), source[order], replaced, in_place=False)


def merge_demands(before: Demands, now: Demands, row_of: Mapping[int, int], gone: Sequence[int]) -> Merge:
    """How new rows come into a table of requests or offerings, which is ordered by key; the rest as for people."""
    count = len(before)
    replaced = np.array([row_of[key] for key in (*now.key.tolist(), *gone) if key in row_of], np.int64)
    source = np.concatenate([np.delete(np.arange(count), replaced), count + np.arange(len(now))])
    order = np.argsort(merged(before.key, now.key, source))
    return Merge(count, len(now), source[order], replaced, in_place=False)


def merge_rows(before: Table, now: Table, merge: Merge, ahead: Ahead, row_of: Mapping[int, int]) -> Table:
    """The merged table, with ranks that break ties as among all who are there now.

    The new rows must be ordered by id and owner; only the ranks of those around them are counted, nobody's id is read.
    """
    anchors = np.full(len(now), -1, np.int64)
    place = {key: index for index, key in enumerate(now.key.tolist())}
    for key, index in place.items():
        previous = ahead[key]
        if previous is not None:
            anchors[index] = anchors[place[previous]] if previous in place else before.order[row_of[previous]]
    gone = np.sort(before.order[merge.replaced])
    old = before.order - np.searchsorted(gone, before.order) + np.searchsorted(anchors, before.order)
    new = anchors + 1 - np.searchsorted(gone, anchors, "right") + np.arange(len(now))
    order = merged(old.astype(np.int32), new.astype(np.int32), merge.source)
    table = merge.table(before, replace(now, order=new.astype(np.int32)))
    return table if np.array_equal(table.order, order) else replace(table, order=order)


def merged(before: _Column, now: _Column, source: Int64) -> _Column:
    """One column of a merged table: see `Merge.source`."""
    if isinstance(before, Ragged):
        return before.followed_by(now).take(source)
    if not len(before):
        return now[source]
    fresh = source >= len(before)
    column = before[np.where(fresh, 0, source)]
    column[fresh] = now[source[fresh] - len(before)]
    return column


def _same(old: _Column, new: _Column, rows: Int64) -> bool:
    """Whether the new rows say what stands in these rows."""
    if isinstance(old, Ragged):
        there = old.take(rows)
        return np.array_equal(there.starts, new.starts) and np.array_equal(there.values, new.values)
    return np.array_equal(old[rows], new, equal_nan=new.dtype.kind == "f")


def _scattered(consents: Int32, offers: Int32) -> bool:
    """Whether many rows stand apart from those who offer and agreed to the same."""
    like = consents.astype(np.int64) << 16 | offers.astype(np.int64) & 0xFFFF
    runs = np.count_nonzero(np.diff(like)) + 1
    return int(runs - len(np.unique(like))) > max(_LEAST, len(like) // _SHARE)
