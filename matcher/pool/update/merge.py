"""Merges earlier and new rows into a table, with one copy per column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.pool.codes import GROUPED_BY
from matcher.pool.columns import Coded, Demands, Int32, Int64, People, Ragged, Table, distinct, names_of
from matcher.pool.text_vectors import Texts

Ahead = Mapping[int, int | None]
"""By key of a record, the key of the record just before it by id and owner; None for the first."""

_Column = TypeVar("_Column", Ragged, Coded, NDArray[Any])
_SHARE, _LEAST = 10, 100
"""When more than one row in `_SHARE` (and more than `_LEAST`) is apart from its group, all rows are sorted again."""


@dataclass(frozen=True)
class Merge:
    """Where the rows of a merged table come from: `before` earlier rows and `now` new ones."""

    before: int
    now: int
    source: Int64
    """For each row the earlier row, or `before` + the row among the new ones."""
    replaced: Int64
    """Earlier rows that are dropped: a changed record comes back as a new row."""
    in_place: bool
    """Whether every row keeps its position, each new row taking that of the row it replaces."""

    @cached_property
    def row_of(self) -> Int32:
        """The merged row of each earlier and then each new row; -1 for a dropped row."""
        rows = np.full(self.before + self.now, -1, np.int32)
        rows[self.source] = np.arange(len(self.source), dtype=np.int32)
        return rows

    def table(self, before: Table, now: Table) -> Table:
        """The merged table; in place, a column without changes is the earlier array itself.

        Of alumni the texts remain those of before: see `update.patched`.
        """
        columns: dict[str, Any] = {}
        rows = self.row_of[self.before :].astype(np.int64)
        for name in names_of(type(before)):
            old, new = getattr(before, name), getattr(now, name)
            if isinstance(old, Texts):
                columns[name] = old
                continue
            columns[name] = old if self.in_place and _same(old, new, rows) else merged(old, new, self.source)
        return type(before)(**columns)


def merge_people(before: People, now: People, row_of: Mapping[int, int], gone: Sequence[int]) -> Merge:
    """How new rows are merged into the table; `gone`: the keys of removed alumni, `row_of`: the earlier rows.

    If no alumnus was added or removed, rows keep their positions, unless too many are apart from alumni with the same
    offers and consents. Otherwise the rows are put in the order of a rebuilt pool.
    """
    count = len(before)
    earlier_rows = np.array([row_of.get(key, -1) for key in now.key.tolist()], np.int64)
    leaving = np.array([row_of[key] for key in gone if key in row_of], np.int64)
    replaced = np.concatenate([earlier_rows[earlier_rows >= 0], leaving])
    new = count + np.arange(len(now))
    if not len(leaving) and (earlier_rows >= 0).all():
        source = np.arange(count)
        source[earlier_rows] = new
        if not _scattered(*(merged(getattr(before, name), getattr(now, name), source) for name in GROUPED_BY[1:])):
            return Merge(count, len(now), source, replaced, in_place=True)
    source = np.concatenate([np.delete(np.arange(count), replaced), new])
    order = np.lexsort([merged(getattr(before, name), getattr(now, name), source) for name in GROUPED_BY])
    return Merge(count, len(now), source[order], replaced, in_place=False)


def merge_demands(before: Demands, now: Demands, row_of: Mapping[int, int], gone: Sequence[int]) -> Merge:
    """How new rows are merged into a table of requests or offerings, which is ordered by key; see `merge_people`."""
    count = len(before)
    replaced = np.array([row_of[key] for key in (*now.key.tolist(), *gone) if key in row_of], np.int64)
    source = np.concatenate([np.delete(np.arange(count), replaced), count + np.arange(len(now))])
    order = np.argsort(merged(before.key, now.key, source))
    return Merge(count, len(now), source[order], replaced, in_place=False)


def merge_rows(before: Table, now: Table, merge: Merge, ahead: Ahead, row_of: Mapping[int, int]) -> Table:
    """The merged table, with tie-breaking ranks over all its rows.

    The new rows must be ordered by id and owner; their ranks follow from those of their neighbours, without reading
    ids.
    """
    anchors = np.full(len(now), -1, np.int64)
    index_of = {key: index for index, key in enumerate(now.key.tolist())}
    for key, index in index_of.items():
        previous = ahead[key]
        if previous is not None:
            anchors[index] = anchors[index_of[previous]] if previous in index_of else before.order[row_of[previous]]
    removed_ranks = np.sort(before.order[merge.replaced])
    old = before.order - np.searchsorted(removed_ranks, before.order) + np.searchsorted(anchors, before.order)
    new = anchors + 1 - np.searchsorted(removed_ranks, anchors, "right") + np.arange(len(now))
    order = merged(old.astype(np.int32), new.astype(np.int32), merge.source)
    table = merge.table(before, replace(now, order=new.astype(np.int32)))
    return table if np.array_equal(table.order, order) else replace(table, order=order)


def merged(before: _Column, now: _Column, source: Int64) -> _Column:
    """One column of a merged table: see `Merge.source`."""
    if isinstance(before, Ragged | Coded):
        return before.followed_by(now).take(source)
    if not len(before):
        return now[source]
    fresh = source >= len(before)
    column = before[np.where(fresh, 0, source)].astype(np.result_type(before, now), copy=False)
    column[fresh] = now[source[fresh] - len(before)]
    return column


def _same(old: _Column, new: _Column, rows: Int64) -> bool:
    """Whether the new rows equal these rows."""
    if isinstance(old, Ragged):
        replaced = old.take(rows)
        return np.array_equal(replaced.starts, new.starts) and np.array_equal(replaced.values, new.values)
    if isinstance(old, Coded):
        return np.array_equal(old[rows], new[:], equal_nan=new.values.dtype.kind == "f")
    return np.array_equal(old[rows], new, equal_nan=new.dtype.kind == "f")


def _scattered(consents: Int32, offers: Int32) -> bool:
    """Whether many rows are apart from alumni with the same offers and consents."""
    like = consents.astype(np.int64) << 16 | offers.astype(np.int64) & 0xFFFF
    runs = np.count_nonzero(np.diff(like)) + 1
    return int(runs - len(distinct(like))) > max(_LEAST, len(like) // _SHARE)


def rows_in(keys: Iterable[int], row_of: Mapping[int, int]) -> Int64:
    """The rows of these keys, as far as they are in a table, ordered by key."""
    return np.array([row_of[key] for key in sorted(keys) if key in row_of], np.int64)
