"""Where a table is in a file: titles above, group headers, tables beside and below each other, sheets, on its side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from matcher.errors import MissingColumns
from matcher.spreadsheets.tables import find_table
from matcher.spreadsheets.targets import Block
from tests.spreadsheets.test_files import cells, recognised, told

Rows = Sequence[Sequence[object]]
HEADER = ["nummer", "roepnaam", "achternaam", "functie"]
PEOPLE = [["1", "Fenna", "Proef", "kok"], ["2", "Daan", "Toets", "bakker"], ["3", "Mila", "Test", "slager"]]


def nothing(cells: Sequence[object]) -> int:
    """Knows no header at all."""
    return 0


def made(path: Path, **sheets: Rows) -> Path:
    """A workbook with these sheets."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(list(row))
    book.save(path)
    return path


def written(path: Path, rows: Rows) -> Path:
    """A text file with these rows."""
    path.write_text("\n".join(";".join("" if cell is None else str(cell) for cell in row) for row in rows), "utf-8")
    return path


def table(path: Path, known: object = recognised) -> Block:
    """The table of a file."""
    return find_table(path, known)  # type: ignore[arg-type]


TITLES = st.lists(
    st.sampled_from(
        [[], ["Alumnilijst 2027"], ["", "Versie 3"], ["School:", "Proefschool"], ["Let op: vertrouwelijk; niet delen"],
         ["Aantal", 312], ["1-9-2026"], ["nummer"]]
    ),
    max_size=8,
)  # fmt: skip


@given(titles=TITLES, above=st.integers(0, 191), left=st.integers(0, 3), known=st.booleans(), xlsx=st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_table_is_found_wherever_it_stands(
    tmp_path: Path, titles: list[list[object]], above: int, left: int, known: bool, xlsx: bool
) -> None:
    """In the first 200 rows, under any titles, with empty rows and columns before it, its names known or not."""
    rows: list[list[object]] = [*titles, *([] for _ in range(above))]
    rows += [[*[None] * left, *row] for row in [HEADER, *PEOPLE]]
    rows = [[None if cell == "" else cell for cell in row] for row in rows]
    if xlsx:
        path = made(tmp_path / "a.xlsx", Blad=rows)
    else:
        path = written(tmp_path / "a.csv", [["" if c is None else f'"{c}"' for c in row] for row in rows])
    block = table(path, recognised if known else nothing)
    first = len(titles) + above + 1
    assert block.header_rows == (first,)
    assert block.headers == (*[""] * left, *HEADER)
    assert [list(row.cells[left:]) for row in block.rows] == PEOPLE
    assert [row.number for row in block.rows] == [first + 1, first + 2, first + 3]


# ---- two header rows


def test_groups_above_the_names(tmp_path: Path) -> None:
    """Merged across or not, a group reaches to the next one; a title above the groups is none."""
    path = tmp_path / "a.xlsx"
    book = Workbook()
    page = book.active
    for row in (
        ["Alumni van de Proefschool"],
        ["Persoon", None, None, "Wat wil je doen?", None],
        ["nummer", "roepnaam", "achternaam", "gastles", "mentor"],
        ["1", "Fenna", "Proef", "x", None],
    ):
        page.append(row)
    page.merge_cells("A1:E1")
    page.merge_cells("A2:C2")
    book.save(path)
    block = table(path)
    assert block.headers == (
        "Persoon / nummer", "Persoon / roepnaam", "Persoon / achternaam", "Wat wil je doen? / gastles",
        "Wat wil je doen? / mentor",
    )  # fmt: skip
    assert (block.header_rows, cells(block), told(block)) == ((2, 3), [["1", "Fenna", "Proef", "x", ""]], [])


def test_groups_whose_words_are_known(tmp_path: Path) -> None:
    """All three groups are names that are known as well; the row with more of them is the header."""
    groups = ["roepnaam", "", "", "functie", "", "aanbod", ""]
    names = ["nummer", "voornaam", "achternaam", "woonplaats", "alumnus_id", "gastles", "mentor"]
    block = table(written(tmp_path / "a.csv", [groups, names, ["1", "Fenna", "Proef", "Zwolle", "A1", "x", ""]]))
    assert block.header_rows == (1, 2)
    assert [name.rpartition(" / ")[2] for name in block.headers] == names


@pytest.mark.parametrize("merged", [True, False])
def test_choices_below_one_of_the_names(tmp_path: Path, merged: bool) -> None:
    """Most names stand in the first row, merged with the cell below or not; the choices of one stand in the second."""
    path = tmp_path / "a.xlsx"
    book = Workbook()
    page = book.active
    for row in (
        ["nummer", "roepnaam", "aanbod", None, None, "functie"],
        [None, None, "gastles", "mentor", "netwerk", None],
        ["1", "Fenna", "x", None, "x", "kok"],
        ["2", "Daan", None, "x", None, "bakker"],
    ):
        page.append(row)
    if merged:
        page.merge_cells("C1:E1")
        for column in "ABF":
            page.merge_cells(f"{column}1:{column}2")
    book.save(path)
    block = table(path)
    assert block.headers == ("nummer", "roepnaam", "aanbod / gastles", "aanbod / mentor", "aanbod / netwerk", "functie")
    assert (block.header_rows, [row.number for row in block.rows]) == ((1, 2), [3, 4])


@pytest.mark.parametrize("title", [["Alumnilijst"], ["School", "Proefschool"], ["Alumni", "van", "de", "school"]])
def test_a_title_is_no_group(tmp_path: Path, title: list[str]) -> None:
    """A title right above the header does not become part of the names."""
    block = table(written(tmp_path / "a.csv", [title, HEADER, *PEOPLE]))
    assert (block.headers, cells(block)) == (tuple(HEADER), PEOPLE)


def test_years_may_be_names(tmp_path: Path) -> None:
    """A column per year beside names that are known."""
    block = table(made(tmp_path / "a.xlsx", Blad=[["nummer", "roepnaam", 2025, 2026], [1, "Fenna", "x", None]]))
    assert (block.headers, cells(block)) == (("nummer", "roepnaam", "2025", "2026"), [[1, "Fenna", "x", ""]])


def test_a_title_merged_across_the_table_is_no_group(tmp_path: Path) -> None:
    """Right above the names, over all of them."""
    path = tmp_path / "a.xlsx"
    book = Workbook()
    for row in (["Alumni 2027"], HEADER, *PEOPLE):
        book.active.append(row)
    book.active.merge_cells("A1:D1")
    book.save(path)
    assert (table(path).headers, table(path).header_rows) == (tuple(HEADER), (2,))


# ---- rows


def test_cells_merged_downwards_are_filled(tmp_path: Path) -> None:
    """A school that is written once for several people belongs to each of them."""
    path = tmp_path / "a.xlsx"
    book = Workbook()
    for row in (["school", *HEADER], ["Vechtdal", *PEOPLE[0]], [None, *PEOPLE[1]], ["Deltion", *PEOPLE[2]]):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    book.save(path)
    block = table(path)
    assert [row.cells[0] for row in block.rows] == ["Vechtdal", "Vechtdal", "Deltion"]
    assert block.remarks == (("merges_filled", {"count": 1}),)


def test_a_header_that_returns_ends_no_table(tmp_path: Path) -> None:
    """Two files pasted together, or a header on each printed page: the reader names such rows as no record."""
    block = table(written(tmp_path / "a.csv", [HEADER, PEOPLE[0], HEADER, PEOPLE[1], [], HEADER, PEOPLE[2]]))
    assert [row.number for row in block.rows] == [2, 3, 4, 6, 7]
    assert [row for row in cells(block) if row != HEADER] == PEOPLE


def test_a_row_that_goes_on_is_joined(tmp_path: Path) -> None:
    """A list that runs on in the rows below its person."""
    rows = [
        [*HEADER, "vaardigheden"],
        ["1", "Fenna", "Proef", "kok", "koken"],
        ["", "", "", "", "bakken"],
        ["", "", "", "", "braden"],
        ["2", "Daan", "Toets", "bakker", "deeg"],
    ]
    block = table(written(tmp_path / "a.csv", rows))
    assert [row.cells[-1] for row in block.rows] == ["koken\nbakken\nbraden", "deeg"]
    assert block.remarks == (("rows_continued", {"count": 2, "rows": "3, 4"}),)


@pytest.mark.parametrize(
    "odd",
    [
        ["", "", "", "", "mila@voorbeeld.example"],
        ["", "", "Test", "slager", "vlees"],
        ["Totaal", "", "", "", "koken"],
        ["", "", "", "", "3"],
        ["", "", "", "slager 2", ""],
    ],
)
def test_other_rows_without_a_number_stay(tmp_path: Path, odd: list[str]) -> None:
    """A person without a number, a total, a value: not made part of somebody else."""
    rows = [[*HEADER, "vaardigheden"], ["1", "Fenna", "Proef", "kok", "koken"], odd]
    block = table(written(tmp_path / "a.csv", rows))
    assert (cells(block)[1], told(block)) == (odd, [])


def test_rows_below_the_drop_downs_are_told(tmp_path: Path) -> None:
    """LibreOffice ends the drop-downs of our template at row 1,002: below it words are not checked."""
    path = tmp_path / "a.xlsx"
    book = Workbook()
    for row in [HEADER, *PEOPLE]:
        book.active.append(row)
    lists = DataValidation(type="list", formula1='"kok,bakker"')
    lists.add("D2:D3")
    book.active.add_data_validation(lists)
    book.save(path)
    assert table(path).remarks == (("below_lists", {"row": "3"}),)


# ---- several tables


def test_tables_beside_each_other_with_the_same_names(tmp_path: Path) -> None:
    """Both are read; of an empty row in the shorter one nothing is made."""
    rows = [[*HEADER, None, *HEADER], [*PEOPLE[0], None, *PEOPLE[2]], [*PEOPLE[1], *[None] * 5]]
    block = table(made(tmp_path / "a.xlsx", Blad=rows))
    assert (cells(block), told(block)) == ([PEOPLE[0], PEOPLE[1], PEOPLE[2]], ["tables_joined"])
    assert [row.number for row in block.rows] == [2, 3, 2]


def test_tables_beside_each_other_with_some_of_the_names(tmp_path: Path) -> None:
    """The better known is read, and the other is named."""
    rows = [[*HEADER, None, "roepnaam", "achternaam", "cijfer"], [*PEOPLE[0], None, "Sem", "Toets", "7"]]
    block = table(made(tmp_path / "a.xlsx", Blad=rows))
    assert cells(block) == [PEOPLE[0]]
    assert block.remarks == (("other_tables", {"count": 1, "headers": "roepnaam, achternaam, cijfer"}),)


def test_an_empty_column_in_a_table_is_no_end(tmp_path: Path) -> None:
    """Names that do not return belong to one table, with its empty column."""
    rows = [[*HEADER, None, "woonplaats"], [*PEOPLE[0], None, "Zwolle"], [*PEOPLE[1], None, "Kampen"]]
    block = table(made(tmp_path / "a.xlsx", Blad=rows))
    assert block.headers == (*HEADER, "", "woonplaats")
    assert [row.cells[-1] for row in block.rows] == ["Zwolle", "Kampen"]


def test_a_column_without_a_name_is_kept(tmp_path: Path) -> None:
    """What stands in it may tell what it is; in a text file such cells are texts that were cut in two."""
    rows = [HEADER, [*PEOPLE[0], "fenna@voorbeeld.example"], [*PEOPLE[1], "daan@voorbeeld.example"]]
    block = table(made(tmp_path / "a.xlsx", Blad=rows))
    assert block.headers == (*HEADER, "")
    assert [row.cells[-1] for row in block.rows] == ["fenna@voorbeeld.example", "daan@voorbeeld.example"]
    assert [row.ragged for row in table(written(tmp_path / "a.csv", rows)).rows] == [True, True]


def test_a_table_below_another(tmp_path: Path) -> None:
    """With the same names in another order it is read too; with others it is named."""
    turned = ["achternaam", "nummer", "roepnaam", "functie"]
    rows = [HEADER, *PEOPLE[:2], [], ["Nieuw"], turned, ["Test", "3", "Mila", "slager"]]
    block = table(made(tmp_path / "a.xlsx", Blad=rows))
    assert [row for row in cells(block) if row[1]] == PEOPLE
    other = [HEADER, *PEOPLE, [], ["woonplaats", "roepnaam"], ["Zwolle", "Fenna"]]
    block = table(made(tmp_path / "b.xlsx", Blad=other))
    assert cells(block) == PEOPLE
    assert block.remarks == (("other_tables", {"count": 1, "headers": "woonplaats, roepnaam"}),)


def test_sheets_with_the_same_names_are_read_together(tmp_path: Path) -> None:
    """A sheet per year; a number of a row needs its sheet then. Columns in another order are put right."""
    other = ["functie", "nummer", "roepnaam", "achternaam"]
    block = table(
        made(tmp_path / "a.xlsx", a=[HEADER, PEOPLE[0]], b=[[], other, ["bakker", *PEOPLE[1][:3]]], c=[["x"]])
    )
    assert [(row.sheet, row.number, list(row.cells)) for row in block.rows] == [
        ("a", 2, PEOPLE[0]),
        ("b", 3, PEOPLE[1]),
    ]
    assert block.remarks == (("sheets_joined", {"count": 2, "sheets": "a, b"}),)


def test_a_sheet_with_other_names_is_told(tmp_path: Path) -> None:
    """With two columns of difference it may be a list of something else."""
    more = [[*HEADER, "woonplaats", "sector"], [*PEOPLE[0], "Zwolle", "zorg"]]
    block = table(made(tmp_path / "a.xlsx", a=[HEADER, *PEOPLE], b=more))
    assert (block.sheet, cells(block), block.others) == ("a", PEOPLE, ("b",))
    assert told(block) == ["other_sheets"]


def test_a_cover_sheet_is_passed_over(tmp_path: Path) -> None:
    """Notes and a summary before the list, its names known or not."""
    path = made(
        tmp_path / "a.xlsx",
        Leeswijzer=[["Overzicht"], ["Bel het bureau"]],
        Samenvatting=[["Naam van blad", "Aantal"], ["Lijst", 3]],
        Lijst=[HEADER, *PEOPLE],
    )
    for known in (recognised, nothing):
        assert (table(path, known).sheet, cells(table(path, known))) == ("Lijst", PEOPLE)


def test_a_table_on_its_side_is_turned(tmp_path: Path) -> None:
    """Names below each other, a person per column: rows are numbered by column then."""
    turned = [list(row) for row in zip(HEADER, *PEOPLE, strict=True)]
    block = table(made(tmp_path / "a.xlsx", Blad=[["Alumni"], *turned]))
    assert [name for name in block.headers if name in HEADER] == HEADER
    assert [[cell for cell in row.cells if cell] for row in block.rows] == PEOPLE
    assert ([row.number for row in block.rows], told(block)) == ([2, 3, 4], ["turned"])


@pytest.mark.parametrize(
    "rows", [[["Alleen een zin zonder tabel."]], [[1, 2], [3, 4]], [["Titel"], [], ["Nog een zin"]]]
)
def test_no_table_at_all_is_told(tmp_path: Path, rows: Rows) -> None:
    """With the number of rows that were seen."""
    with pytest.raises(MissingColumns, match="no_table") as missing:
        table(made(tmp_path / "a.xlsx", Blad=rows))
    assert missing.value.values["count"] == sum(map(bool, rows))
