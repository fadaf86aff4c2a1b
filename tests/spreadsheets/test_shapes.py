"""Shapes that lists have: cells over several rows of a web page, sheets that differ in a column, no header."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from matcher.locale import LANGUAGES
from matcher.spreadsheets.report import AGAIN
from matcher.spreadsheets.summary import sections
from tests.support.files import asked, codes, read, text


def page(path: Path, *rows: str) -> Path:
    return text(path, f"<html><body><table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table></body></html>")


def test_cells_over_rows_and_columns_of_a_web_page(tmp_path: Path) -> None:
    """A cell over several rows counts for each of them, and moves no other cell; a group stands over its columns."""
    path = page(
        tmp_path / "a.xls",
        "<th rowspan=2>leerlingnummer<th rowspan=2>voornaam<th colspan=2>aanbod<th rowspan=2>functie",
        "<th>gastles<th>mentor",
        "<td>1<td>Fenna<td>ja<td>nee<td rowspan=2>kok",
        "<td>2<td>Daan<td>nee<td>ja",
        "<td>3<td>Noor<td>nee<td>nee<td>bakker",
    )
    table = read(path)
    found = [(one.id, one.values["function"], len(one.values["offers"])) for one in table.upserts]  # type: ignore[arg-type]
    assert found == [("1", "kok", 1), ("2", "kok", 1), ("3", "bakker", 0)]
    assert "merges_filled" in [note.code for note in table.report.notes]


def test_the_last_cells_of_a_row_may_be_taken_too(tmp_path: Path) -> None:
    """By a cell over rows that ends it, one that goes on below the table, and a span that is no number."""
    path = page(
        tmp_path / "a.xls",
        "<th>nummer<th>voornaam<th>functie",
        "<td>1<td>Fenna<td rowspan=9>kok",
        "<td>2<td colspan=0 rowspan=x>Daan",
    )
    assert [one.values["function"] for one in read(path).upserts] == ["kok", "kok"]


def book(path: Path, *sheets: tuple[str, list[list[object]]], hidden: dict[str, int] | None = None) -> Path:
    made = Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if hidden and name in hidden:
            sheet.row_dimensions[hidden[name]].hidden = True
    made.save(path)
    return path


FIRST: list[list[object]] = [["alumnus_id", "voornaam", "functie"], ["A-1", "Fenna", "kok"], ["A-2", "Daan", "bakker"]]
LAST: list[list[object]] = [["alumnus_id", "voornaam", "woonplaats", "functie"], ["A-3", "Noor", "Zwolle", "kok"]]


@pytest.mark.parametrize("turned", [False, True])
def test_a_sheet_with_one_column_more(turned: bool, tmp_path: Path) -> None:
    """Both are read, by their headers; what one has no column for it says nothing of; and it is told."""
    sheets = [("2023", FIRST), ("2024", LAST)]
    table = read(book(tmp_path / "a.xlsx", *(sheets[::-1] if turned else sheets)))
    found = {one.id: (one.values["function"], one.values.get("town", "-")) for one in table.upserts}
    assert found == {"A-1": ("kok", "-"), "A-2": ("bakker", "-"), "A-3": ("kok", "Zwolle")}
    told = {note.code: note.values for note in table.report.notes}
    assert told["columns_differ"]["columns"] == "woonplaats"
    assert not asked(table)


def test_a_sheet_of_something_else_is_not_joined(tmp_path: Path) -> None:
    """Two columns of difference make another table, which is named."""
    other: list[list[object]] = [["alumnus_id", "voornaam", "sector", "woonplaats"], ["A-3", "Noor", "zorg", "Zwolle"]]
    table = read(book(tmp_path / "a.xlsx", ("2023", FIRST), ("2024", other)))
    assert [one.id for one in table.upserts] == ["A-1", "A-2"]
    assert "other_sheets" in [note.code for note in table.report.notes]


def test_hidden_rows_are_told_with_their_sheet(tmp_path: Path) -> None:
    """In the question and in the JSON."""
    rows: list[list[object]] = [*FIRST, ["A-4", "Sam", "kok"]]
    again: list[list[object]] = [FIRST[0], ["A-5", "Noa", "kok"], ["A-6", "Lars", "kok"]]
    report = read(book(tmp_path / "a.xlsx", ("Een", rows), ("Twee", again), hidden={"Een": 4, "Twee": 2})).report
    assert sorted(report.hidden_rows) == [4, 2 + AGAIN]
    for language in LANGUAGES:
        told = report.to_dict(language)
        assert told["hidden_rows_at"] == [{"row": 4}, {"row": 2, "sheet": "Twee"}]
        text_of = str([question["text"] for question in told["questions"]])  # type: ignore[attr-defined]
        assert "Twee" in text_of, sections(report, language)


def test_a_last_column_without_a_header(tmp_path: Path) -> None:
    """It is a column that is not known, and named by its number; in a text file too."""
    rows: list[list[object]] = [["alumnus_id", "voornaam"], ["A-1", "Fenna", "iets"], ["A-2", "Daan", None]]
    for path in (
        book(tmp_path / "a.xlsx", ("Blad1", rows)),
        text(tmp_path / "a.csv", "alumnus_id;voornaam;\nA-1;Fenna;iets\nA-2;Daan;\n"),
    ):
        table = read(path)
        assert [one.id for one in table.upserts] == ["A-1", "A-2"]
        assert codes(table) == []
        (note,) = [note for note in table.report.notes if note.code == "unknown_columns"]
        assert note.values["columns"] == "(3)"
