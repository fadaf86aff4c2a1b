"""The workbook that comes back: everything that was in it, with remarks and colours where there is something to say."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation

from matcher.domain.records import RecordKind
from matcher.errors import UnreadableFile
from matcher.spreadsheets.annotate import (
    COLOURS,
    Remark,
    Remarks,
    Weight,
    annotated,
    made,
    read_remarks,
    remarks_of,
)
from matcher.spreadsheets.bounds import Bounds
from matcher.spreadsheets.sheets import Row
from tests.api.conftest import runner
from tests.support.lists import rows_of, workbook
from tests.support.region import engine_in

HEADERS = ("Nummer", "Naam", "Mail", "Plaats")
ROWS: list[list[object]] = [
    ["A-1", "Ada", "ada@voorbeeld.example", "Zwolle"],
    ["A-2", "Bo", "x", "Kampn"],
    ["A-3", "Cem", None, "Ommen"],
]


def book_of(rows: Sequence[Sequence[object]] = ROWS, above: int = 0) -> Workbook:
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = "Blad1"
    for number in range(above):
        page.append([f"Regel {number}"])
    page.append(list(HEADERS))
    for row in rows:
        page.append(list(row))
    return book


def data_of(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet_of(data: bytes) -> Any:
    return load_workbook(io.BytesIO(data)).active


def table(rows: Sequence[Sequence[object]] = ROWS, **more: Any) -> Remarks:
    numbered = [Row(number, row) for number, row in enumerate(rows, 2)]
    return Remarks(**{"sheet": "Blad1", "headers": HEADERS, "rows": numbered, **more})


LEFT_OUT = Remark(3, "Mail", "Dit is geen e-mailadres.", Weight.LEFT_OUT)


def colour(cell: Any) -> str:
    return str(cell.fill.fgColor.rgb)[2:]


@pytest.mark.parametrize("source", ["workbook", "text"])
def test_a_remark_stands_at_its_cell(source: str) -> None:
    """With its text and the colour of what it is, in a workbook as in one made of a .csv; no other cell changes."""
    data = data_of(book_of()) if source == "workbook" else b"Nummer;Naam;Mail;Plaats"
    page = sheet_of(made(data, table(remarks=[LEFT_OUT])))
    assert [[cell.value for cell in row] for row in page.iter_rows()] == [list(HEADERS), *ROWS]
    assert page["C3"].comment.text == "Dit is geen e-mailadres."
    assert colour(page["C3"]) == COLOURS[Weight.LEFT_OUT]
    assert [cell.coordinate for row in page.iter_rows() for cell in row if cell.comment] == ["C3"]


@pytest.mark.parametrize("source", ["workbook", "text"])
def test_a_refused_row_is_red_as_a_whole(source: str) -> None:
    """Its remark stands at the cell that refuses it, at the first where that is no one cell."""
    data = data_of(book_of()) if source == "workbook" else b"x"
    page = sheet_of(made(data, table(remarks=[Remark(4, None, "Niet ingelezen.", Weight.REFUSED)])))
    assert {colour(cell) for cell in page[4]} == {COLOURS[Weight.REFUSED]}
    assert page["A4"].comment.text == "Niet ingelezen."
    assert colour(page["A3"]) not in COLOURS.values()


def test_several_remarks_at_one_cell() -> None:
    """All are there, each once, with the colour of the heaviest; what someone wrote there before stays above them."""
    book = book_of()
    page = book.active
    assert page is not None
    page["C3"].comment = Comment("Bel haar eens", "Sam")
    remarks = [LEFT_OUT, LEFT_OUT, Remark(3, "Mail", "Misschien dezelfde.", Weight.NOTE)]
    cell = sheet_of(made(data_of(book), table(remarks=remarks)))["C3"]
    assert cell.comment.text.splitlines() == ["Bel haar eens", "Dit is geen e-mailadres.", "Misschien dezelfde."]
    assert colour(cell) == COLOURS[Weight.LEFT_OUT]


def test_what_the_workbook_had_it_keeps() -> None:
    """Other sheets, fonts, widths, drop-downs, formulas; a remark in a merged cell stands in its first."""
    book = book_of(above=2)
    page = book.active
    assert page is not None
    page["A1"].font = Font(bold=True, color="00FF0000")
    page.merge_cells("B5:B6")
    page["F5"] = "=1+1"
    page.column_dimensions["C"].width = 41
    rule = DataValidation(type="list", formula1='"ja,nee"')
    page.add_data_validation(rule)
    rule.add("D4:D9")
    book.create_sheet("Uitleg")["A1"] = "blijft"
    remark = Remark(6, "Naam", "Een opmerking", Weight.NOTE)
    back = load_workbook(io.BytesIO(made(data_of(book), table(remarks=[remark], header_row=3))))
    now = back.active
    assert now is not None
    assert back.sheetnames == ["Blad1", "Uitleg"]
    assert (back["Uitleg"]["A1"].value, now["A1"].font.bold, now["F5"].value) == ("blijft", True, "=1+1")
    assert (now.column_dimensions["C"].width, str(now.merged_cells)) == (41, "B5:B6")
    assert str(now.data_validations.dataValidation[0].sqref) == "D4:D9"
    assert now["B5"].comment is not None


def test_the_numbers_that_were_given_are_written() -> None:
    """Into the column of numbers, else into a new one: behind the last of a workbook, so that no formula is moved."""
    ids = {("", 2): "N-17", ("", 4): "N-18"}
    given = sheet_of(made(data_of(book_of()), table(ids=ids, id_header="Nummer")))
    assert [cell.value for cell in given["A"]] == ["Nummer", "N-17", "A-2", "N-18"]
    new = sheet_of(made(data_of(book_of()), table(ids=ids)))
    assert [cell.value for cell in new["E"]] == ["alumnus_id", "N-17", None, "N-18"]
    rebuilt = sheet_of(made(b"x", table(ids=ids)))
    assert [cell.value for cell in rebuilt["A"]] == ["alumnus_id", "N-17", None, "N-18"]
    assert [cell.value for cell in rebuilt["B"]] == ["Nummer", "A-1", "A-2", "A-3"]


@pytest.mark.parametrize("source", ["workbook", "text"])
def test_rows_of_several_sheets(source: str) -> None:
    """Each remark and each number stands on the sheet of its row; the sheets keep their names."""
    book = book_of()
    second = book.create_sheet("Blad2")
    for row in (HEADERS, ["A-4", "Dee", "y", "Urk"]):
        second.append(list(row))
    remarks = [LEFT_OUT, Remark(2, "Mail", "Ook niet.", Weight.LEFT_OUT, "Blad2")]
    first = [Row(number, cells, sheet="Blad1") for number, cells in enumerate(ROWS, 2)]
    rows = [*first, Row(2, ["A-4", "Dee", "y", "Urk"], sheet="Blad2")]
    told = replace(table(remarks=remarks, ids={("Blad2", 2): "N-9"}, id_header="Nummer"), rows=rows)
    back = load_workbook(io.BytesIO(made(data_of(book) if source == "workbook" else b"x", told)))
    assert back.sheetnames == ["Blad1", "Blad2"]
    assert (back["Blad1"]["C3"].comment.text, back["Blad1"]["C2"].comment) == ("Dit is geen e-mailadres.", None)
    assert (back["Blad2"]["C2"].comment.text, back["Blad2"]["A2"].value) == ("Ook niet.", "N-9")


def test_a_table_on_its_side() -> None:
    """Its rows are columns: the remark stands in the column of the record, in the row of the field."""
    book = Workbook()
    page = book.active
    assert page is not None
    for line in zip(HEADERS, *ROWS, strict=True):
        page.append(list(line))
    back = sheet_of(made(data_of(book), table(sheet=page.title, remarks=[LEFT_OUT], turned=True)))
    assert back["C3"].value == "x"
    assert back["C3"].comment is not None


@settings(max_examples=20, deadline=None)
@given(text=st.text(max_size=60))
def test_no_text_becomes_a_formula(text: str) -> None:
    """Whatever stands in a .csv, in the workbook that comes back it is a text, and so is a number that was given."""
    for start in ("=", "+", "-", "@", "\t", ""):
        rows = [[start + text, "x", None, None]]
        page = sheet_of(made(b"x", table(rows, ids={("", 2): f"={start}{text}"}, id_header="Naam")))
        assert "f" not in {page["A2"].data_type, page["B2"].data_type}


def test_the_remarks_of_a_report() -> None:
    """Each kind of the JSON with its weight; rows that are no record, withdrawals and duplicates stand at the row."""
    told: Mapping[str, Any] = {
        "rows_refused": [{"row": 5, "column": "Nummer", "value": "1E+6", "remedy": "Maak er tekst van."}],
        "left_out": [{"column": "Mail", "rows": [3, 4], "remedy": "Geen adres."}],
        "not_records": [{"row": 9, "because": "total"}],
        "withdrawals": [{"row": 2, "purposes": ["gastles", "mentor"]}],
        "possible_duplicates": [
            {"row": 3, "of": {"row": 2}, "because": ["email", "phone"]},
            {"row": 4, "of": {"id": "A-9"}, "because": ["name"]},
        ],
        "warnings": [
            {"row": 2, "column": "Plaats", "text": "Kampen?"},
            {"row": None, "column": None, "text": "heel bestand"},
        ],
    }
    found = [(remark.row, remark.column, remark.weight.name, remark.text) for remark in remarks_of(told, "nl")]
    assert found == [
        (5, "Nummer", "REFUSED", "Niet ingelezen. Maak er tekst van."),
        (3, "Mail", "LEFT_OUT", "Leeg gelaten. Geen adres."),
        (4, "Mail", "LEFT_OUT", "Leeg gelaten. Geen adres."),
        (9, None, "LEFT_OUT", "In deze rij staan geen gegevens van iemand of iets. Hij is overgeslagen."),
        (2, None, "NOTE", "Deze rij trekt toestemming in voor: gastles en mentor."),
        (3, None, "NOTE", "Misschien dezelfde persoon als rij 2: hetzelfde e-mailadres en hetzelfde telefoonnummer."),
        (4, None, "NOTE", "Misschien dezelfde persoon als A-9: dezelfde naam."),
        (2, "Plaats", "NOTE", "Kampen?"),
    ]


@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
def test_a_file_by_its_path(tmp_path: Path, ending: str) -> None:
    """Read again, and made in a process of its own; dates and rows stay where they were."""
    path = tmp_path / f"lijst{ending}"
    if ending == ".xlsx":
        path.write_bytes(data_of(book_of(above=1)))
    else:
        lines = [
            "Regel 0",
            ";".join(HEADERS),
            *(";".join("" if cell is None else str(cell) for cell in row) for row in ROWS),
        ]
        path.write_text("\n".join(lines), "utf-8")
    told = {"left_out": [{"column": "Mail", "rows": [4], "remedy": "Geen adres."}]}
    page = sheet_of(annotated(path, read_remarks(path, RecordKind.ALUMNI, told, "nl")))
    assert (page["B2"].value, page["C4"].value) == ("Naam", "x")
    assert page["C4"].comment is not None


def test_it_takes_no_more_than_reading_may(tmp_path: Path) -> None:
    """A file that takes openpyxl longer than the bounds, or more memory, ends in a sentence that says which."""
    path = tmp_path / "lang.xlsx"
    path.write_bytes(data_of(book_of([[f"A-{number}", "x", date(2026, 1, 1), "y"] for number in range(20_000)])))
    remarks = read_remarks(path, RecordKind.ALUMNI, {}, "nl")
    with pytest.raises(UnreadableFile, match="reads_too_long"):
        annotated(path, remarks, Bounds(seconds=0.05, seconds_per_megabyte=0))
    with pytest.raises(UnreadableFile, match="needs_too_much_memory"):
        annotated(path, remarks, Bounds(memory=1_000_000))


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--remarks` gives the workbook, in a dry run too, and overwrites nothing."""
    run, out = runner(engine_in(tmp_path), capsys), tmp_path / "terug.xlsx"
    path = tmp_path / "lijst.xlsx"
    path.write_bytes(workbook(rows_of(5)))
    words = ("import", "alumni", str(path), "--school", "Noord", "--dry-run", "--remarks", str(out))
    assert run(*words)[0] == 0
    page = sheet_of(out.read_bytes())
    assert page["D4"].comment is not None
    assert run(*words)[0] == 2
    assert run(*words[:-1], str(tmp_path / "x.csv"))[0] == 2
