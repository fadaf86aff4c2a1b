"""Rows in parts: each once, in order; what was taken back is not added to."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE
from matcher.repositories import Transaction
from matcher.repositories.values import UpsertResult
from matcher.services import undo
from matcher.services.in_parts import OUTCOMES, batches, counted, import_of
from tests.support.apps import without_engine
from tests.support.records import row
from tests.support.worlds import AS_OF


@given(st.lists(st.integers(), max_size=30), st.integers(1, 8))
def test_every_row_is_in_one_transaction(rows: list[int], at_once: int) -> None:
    """One without rows for no rows, and the last says that all are done."""
    made = batches(rows, at_once)
    assert [one for part, _ in made for one in part] == rows
    assert made[-1][1] == len(rows)
    assert all(len(part) == at_once for part, _ in made[:-1])


@given(st.lists(st.sampled_from(OUTCOMES)))
def test_outcomes_are_counted(outcomes: list[str]) -> None:
    """Each of them, also where it is none."""
    counts = counted(UpsertResult(number, one) for number, one in enumerate(outcomes))
    assert tuple(counts) == OUTCOMES
    assert [name for name, count in counts.items() for _ in range(count)] == sorted(outcomes, key=OUTCOMES.index)


def test_what_was_taken_back_is_not_added_to(tmp_path: Path) -> None:
    """More rows are of the import that was begun, until it is taken back: then they are of another."""
    with without_engine(tmp_path, AS_OF) as app:

        def more(started: str | None, number: int) -> str:
            def work(tx: Transaction) -> str:
                here = import_of(tx, started, RecordKind.ALUMNI, "Noord", "lijst.csv")
                tx.imports.upsert(RecordKind.ALUMNI, [row(number)], import_id=here)
                return here

            return app.store.write(work, by=COMMAND_LINE)

        first = more(None, 1)
        assert more(first, 2) == first
        assert undo.undo(app, COMMAND_LINE, first).removed == 2
        other = more(first, 3)
        assert other != first
        assert {one.id for one in undo.listed(app, COMMAND_LINE)} == {first, other}
