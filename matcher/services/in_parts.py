"""Rows on their way to the store: in parts, what became of them, and the import that they are of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from matcher.domain.records import RecordKind
from matcher.repositories import Transaction
from matcher.repositories.values import UpsertResult

Row = TypeVar("Row")
OUTCOMES = ("created", "updated", "unchanged")


def batches(rows: Sequence[Row], at_once: int) -> list[tuple[Sequence[Row], int]]:
    """The rows of each transaction and how many rows are done after it; one empty transaction for no rows."""
    starts = range(0, max(len(rows), 1), at_once)
    return [(rows[start : start + at_once], min(start + at_once, len(rows))) for start in starts]


def counted(results: Iterable[UpsertResult]) -> dict[str, int]:
    """How many rows had each outcome."""
    found = [one.outcome for one in results]
    return {name: found.count(name) for name in OUTCOMES}


def import_of(tx: Transaction, started: str | None, kind: RecordKind, owner: str | None, file: str) -> str:
    """The import that more rows are of: the one that was started, or a new one where it was taken back meanwhile."""
    known = tx.imports.find(started) if started else None
    return known.id if known is not None and known.undone_at is None else tx.imports.begin(kind, owner, file)
