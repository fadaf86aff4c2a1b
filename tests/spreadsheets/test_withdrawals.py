"""Consents that were taken back, as a cell, and what an export carries of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.consent import Terms, Withdrawals
from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE
from matcher.services import exports, imports
from matcher.services.app import StoreApp, WithoutEngine
from matcher.spreadsheets.cells import CellProblem
from matcher.spreadsheets.withdrawals import read, written
from matcher.store.sql_store import SqlStore
from tests.support import fresh, stores
from tests.support.fakes import FixedClock
from tests.support.files import TODAY, text
from tests.support.stores import reading, writing

ALUMNI = RecordKind.ALUMNI
CONTENT = (
    "alumnus_id;voornaam;school;toestemming;toestemming_datum\n"
    "A-1;Noor;Noord;gastles;2026-09-01\nA-2;Sam;Noord;mentor;2026-09-01\n"
)
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@given(st.builds(Withdrawals, st.dictionaries(st.sampled_from(list(Purpose)), days), st.none() | days))
def test_what_is_written_is_read_back(withdrawals: Withdrawals) -> None:
    """Every purpose and the objection, with their days; an empty cell for nothing."""
    cell = written(withdrawals)
    assert (cell is None) == (withdrawals == Withdrawals())
    assert cell is None or read(cell) == withdrawals


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("mentor 2027-02-03; bezwaar 2027-02-10", Withdrawals({Purpose.MENTOR: date(2027, 2, 3)}, date(2027, 2, 10))),
        ("Gastles: 3-2-2027", Withdrawals({Purpose.GUEST_LESSON: date(2027, 2, 3)})),
        ("gastles 2027-02-03, gastles 2027-03-03", Withdrawals({Purpose.GUEST_LESSON: date(2027, 3, 3)})),
        ("alles 2027-02-03", Withdrawals(dict.fromkeys(Purpose, date(2027, 2, 3)))),
        ("gastles", "not_a_date"),
        ("gastles 2027-02-31", "no_such_day"),
        ("dansen 2027-02-03", "unknown_word"),
    ],
)  # fmt: skip
def test_a_cell_of_withdrawals(cell: str, expected: Withdrawals | str) -> None:
    """Days in the usual ways; the last one of a purpose; what is no withdrawal is said, with its code."""
    if isinstance(expected, Withdrawals):
        assert read(cell) == expected
        return
    with pytest.raises(CellProblem) as refused:
        read(cell)
    assert refused.value.code == expected


@pytest.fixture
def new_app(tmp_path: Path) -> Callable[[str], StoreApp]:
    """Makes an installation with an empty database; its clock stands on TODAY."""

    def make(name: str) -> StoreApp:
        clock = FixedClock(TODAY, time(12, microsecond=len(name)))
        store = SqlStore(f"sqlite:///{tmp_path}/{name}.db", clock)
        fresh.migrate(store)
        return WithoutEngine(store, clock, Terms())

    return make


def consents(app: StoreApp) -> set[tuple[str, Purpose, bool, date | None]]:
    found = set()
    for id_ in ("A-1", "A-2"):
        key = stores.key_of(app.store, ALUMNI, id_)
        found |= {
            (id_, one.purpose, one.withdrawn_on is None, one.withdrawn_on)
            for one in reading(app.store).consents.of(key)
        }
    return found


def test_an_export_carries_what_was_taken_back(new_app: Callable[[str], StoreApp], tmp_path: Path) -> None:
    """An import of it keeps that, in the same database and in an empty one; and an old export revives nothing."""
    app, old, new = new_app("a"), tmp_path / "old.csv", tmp_path / "new.xlsx"
    imports.import_records(app, COMMAND_LINE, text(tmp_path / "in.csv", CONTENT), ALUMNI)
    exports.export_records(app, COMMAND_LINE, old, ALUMNI)
    writing(app.store).consents.state(stores.key_of(app.store, ALUMNI, "A-1"), Purpose.GUEST_LESSON, given=False)
    writing(app.store).consents.set_objection(stores.key_of(app.store, ALUMNI, "A-2"), objects=True)
    exports.export_records(app, COMMAND_LINE, new, ALUMNI)
    before, revision = consents(app), stores.revision(app.store)
    for file in (new, old):
        report = imports.import_records(app, COMMAND_LINE, file, ALUMNI)
        assert (report.unchanged, consents(app), stores.revision(app.store)) == (2, before, revision)
    other = new_app("bb")
    for file in (new, old, new):
        imports.import_records(other, COMMAND_LINE, file, ALUMNI)
        key = stores.key_of(other.store, ALUMNI, "A-2")
        assert ("A-1", Purpose.GUEST_LESSON, False, TODAY) in consents(other)
        assert reading(other.store).consents.objections() == {key: TODAY}
    for one in (app, other):
        one.store.close()


def test_an_export_with_withdrawals_withdraws_nothing_silently(
    new_app: Callable[[str], StoreApp], tmp_path: Path
) -> None:
    """Where the consent is in force, its withdrawal in a file waits for an answer."""
    app = new_app("a")
    imports.import_records(app, COMMAND_LINE, text(tmp_path / "in.csv", CONTENT), ALUMNI)
    before = consents(app)
    taken = f"alumnus_id;school;ingetrokken\nA-1;Noord;alles {TODAY - timedelta(days=1)}\n"
    imports.import_records(app, COMMAND_LINE, text(tmp_path / "in.csv", taken), ALUMNI)
    assert consents(app) >= before
    app.store.close()
