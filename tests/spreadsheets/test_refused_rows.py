"""Rows that are refused: told with the cell and the remedy, while the others come in."""

from __future__ import annotations

from pathlib import Path

from matcher.domain.records import RecordKind
from matcher.spreadsheets.reader import read_table
from tests.support.files import TODAY, text


def test_a_damaged_number_refuses_its_row(tmp_path: Path) -> None:
    """What a spreadsheet program made of a number is no number: the row is told, and the next one is read."""
    path = text(tmp_path / "list.csv", "llnr;Roepnaam;achternaam\n1,23E+11;Sam;Vos\nA-2;Bo;Os\n")
    table = read_table(path, RecordKind.ALUMNI, school="Noord", today=TODAY)
    assert [(one.code, one.row, one.shown) for one in table.report.problems] == [("damaged_id", 2, "1,23E+11")]
    assert [upsert.id for upsert in table.upserts] == ["A-2"]
