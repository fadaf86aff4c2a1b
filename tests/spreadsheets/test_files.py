"""Files of every kind: what each is, which cells it gives, and what is said of it."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.utils.datetime import MAC_EPOCH

from api.error_text import error_sentence
from matcher.errors import InputError, UnreadableFile
from matcher.locale import LANGUAGES, say
from matcher.spreadsheets.letters import Letters
from matcher.spreadsheets.marks import NOT_CALCULATED
from matcher.spreadsheets.sheets import Grid, Row
from matcher.spreadsheets.tables import find_table
from matcher.spreadsheets.targets import Block
from matcher.spreadsheets.text_file import CODE_PAGES, SEPARATORS, code_page

FILES = Path(__file__).parent / "files"
KNOWN = {"nummer", "roepnaam", "achternaam", "woonplaats", "functie", "alumnus_id", "voornaam", "aanbod"}


def recognised(cells: Sequence[object]) -> int:
    """How many cells are one of the known names."""
    return len({cell.strip().casefold() for cell in cells if isinstance(cell, str)} & KNOWN)


def table(path: Path, sheet: str | None = None) -> Block:
    """The table of a file."""
    return find_table(path, recognised, sheet=sheet)


def cells(block: Block) -> list[list[object]]:
    """The cells of its rows."""
    return [list(row.cells) for row in block.rows]


def told(block: Block) -> list[str]:
    """The codes of its remarks; each has a sentence in both languages."""
    for language in LANGUAGES:
        for code, values in block.remarks:
            assert say(language, f"files.remarks.{code}", **values)
    return [code for code, _ in block.remarks]


# ---- text files

NAMES = ("Zoë", "Renée", "François", "Élan", "Björn", "Núñez", "Michèle", "Anaïs", "Coöperatie", "één", "Müller")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", *CODE_PAGES)
WORDS = st.sampled_from([*NAMES, "Fenna", "de Vries; Proef", "a,b", "x|y", "1:2", 'zegt "ja"', "twee\nregels", ""])


@given(
    rows=st.lists(st.tuples(WORDS, WORDS, st.sampled_from(NAMES)), min_size=1, max_size=6),
    separator=st.sampled_from(SEPARATORS),
    encoding=st.sampled_from(ENCODINGS),
    told_first=st.booleans(),
    wrapped=st.booleans(),
)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_separator_and_encoding_give_the_same_table(
    tmp_path: Path,
    rows: list[tuple[str, str, str]],
    separator: str,
    encoding: str,
    told_first: bool,
    wrapped: bool,
) -> None:
    """Each separator and encoding of the list, with a line `sep=` or each row in one cell: the cells are the same."""
    if separator in "¦§" and encoding in {"mac_roman", "cp850"}:
        separator = "|"  # not in these code pages
    lines = [["nummer", "roepnaam", "functie", "woonplaats"]]
    lines += [[str(number), *row] for number, row in enumerate(rows, 1)]
    content = "\r\n".join(
        separator.join('"' + cell.replace('"', '""') + '"' if not cell.isalnum() else cell for cell in line)
        for line in lines
    )
    if wrapped and not told_first:
        content = "\r\n".join(
            '"' + separator.join(cell.replace('"', '""""') if cell.isalnum() else
                                 '""' + cell.replace('"', '""""') + '""' for cell in line) + '"'
            for line in lines
        )  # fmt: skip
    if told_first:
        content = f"sep={separator}\r\n{content}"
    path = tmp_path / "lijst.csv"
    path.write_bytes(content.encode(encoding))
    block = table(path)
    assert list(block.headers) == lines[0]
    assert cells(block) == lines[1:]
    assert [row.number for row in block.rows] == list(range(2, len(lines) + 1))


@pytest.mark.parametrize("page", CODE_PAGES)
@pytest.mark.parametrize("name", NAMES)
def test_one_name_with_an_accent_tells_the_code_page(name: str, page: str) -> None:
    """A list where one person has an accent is read as it was written."""
    content = f"nummer;roepnaam\r\n1;Fenna\r\n2;{name}\r\n".encode(page)
    assert content.decode(code_page(content)) == content.decode(page)


@pytest.mark.parametrize("text", ["€ 250", "’s-Gravenhage", "“kom maar”", "opa’s foto’s", "9–12 uur"])
def test_signs_of_windows_are_read_as_such(text: str) -> None:
    """The signs that Word and Excel put into texts are those of Windows, also without a letter with an accent."""
    assert code_page(text.encode("cp1252")) == "cp1252"


@pytest.mark.parametrize("page", CODE_PAGES)
def test_a_chosen_code_page_is_told(tmp_path: Path, page: str) -> None:
    """Whoever imports can look whether names are right."""
    (tmp_path / "a.csv").write_bytes("nummer;roepnaam\n1;Renée\n".encode(page))
    block = table(tmp_path / "a.csv")
    assert (cells(block), block.remarks) == ([["1", "Renée"]], (("code_page", {"encoding": page}),))


def test_rows_in_one_cell(tmp_path: Path) -> None:
    """As Excel saves a list that was opened with the wrong separator: the header is not always in quotes too."""
    (tmp_path / "a.csv").write_text('nummer,roepnaam,functie\n"1,Fenna,""kok, bakker"""\n"2,Daan,"\n', "utf-8")
    block = table(tmp_path / "a.csv")
    assert cells(block) == [["1", "Fenna", "kok, bakker"], ["2", "Daan", ""]]
    assert told(block) == ["rows_in_one_cell"]


def test_a_ragged_row_in_one_cell(tmp_path: Path) -> None:
    """Where all rows stand in one cell, the one with a separator too many is a row too, and marked."""
    (tmp_path / "a.csv").write_text('"nummer;roepnaam"\n"1;Fenna"\n"2;Daan;kok"\n', "utf-8")
    block = table(tmp_path / "a.csv")
    assert [(list(row.cells), row.ragged) for row in block.rows] == [(["1", "Fenna"], False), (["2", "Daan"], True)]


def test_a_list_in_the_only_cell_of_a_row_stays(tmp_path: Path) -> None:
    """A note with a separator above a table is no row in one cell."""
    (tmp_path / "a.csv").write_text('"Let op; dit is de lijst"\n\nnummer;roepnaam;functie\n1;Fenna;kok\n', "utf-8")
    block = table(tmp_path / "a.csv")
    assert (cells(block), told(block), block.header_rows) == ([["1", "Fenna", "kok"]], [], (3,))


def test_quotes_after_a_space(tmp_path: Path) -> None:
    """Written by hand or by a script: the quotes belong to the cell all the same."""
    (tmp_path / "a.csv").write_text('"nummer"; "roepnaam"; "functie"\n"1"; "Fen;na"; "kok"\n', "utf-8")
    assert cells(table(tmp_path / "a.csv")) == [["1", "Fen;na", "kok"]]


def test_a_row_with_a_bare_separator_is_ragged(tmp_path: Path) -> None:
    """Which text was cut in two is not known, so the row is marked and not shifted."""
    (tmp_path / "a.csv").write_text("nummer,roepnaam,functie\n1,Fenna,kok,bakker\n2,Daan,kok\n", "utf-8")
    assert [row.ragged for row in table(tmp_path / "a.csv").rows] == [True, False]


# ---- damaged letters


@pytest.mark.parametrize(
    ("damaged", "right"), [("ZoÃ«", "Zoë"), ("SÃºdwest-FryslÃ¢n", "Súdwest-Fryslân"), ("â‚¬ 250", "€ 250")]
)
def test_damaged_letters_are_mended_and_counted(tmp_path: Path, damaged: str, right: str) -> None:
    """UTF-8 that was read as Windows text, in a text file and in a workbook."""
    (tmp_path / "a.csv").write_text(f"nummer;roepnaam\n1;{damaged}\n", "utf-8")
    book(tmp_path / "a.xlsx", [["nummer", "roepnaam"], ["1", damaged]])
    for name in ("a.csv", "a.xlsx"):
        block = table(tmp_path / name)
        assert (cells(block), block.remarks) == ([["1", right]], (("letters_mended", {"count": 1}),))


@given(st.text(alphabet=st.sampled_from("abeIJëéïüöçÉĲĳ’‘“”–&;ñåøšžğ½€ \n"), max_size=20))
@example("aÉ€")
@settings(max_examples=500, deadline=None)
def test_right_texts_stay_to_the_letter(text: str) -> None:
    """Curly quotes, the letter ĳ, accents, entities and line ends are no damage."""
    grid = Grid("a", [Row(1, [text, f"{text}&amp;", text.encode().decode("utf-8")])])
    assert Letters().mended(grid) is grid


def test_lost_letters_are_told(tmp_path: Path) -> None:
    """What cannot be mended is counted."""
    (tmp_path / "a.csv").write_text("nummer;roepnaam\n1;Ren\ufffde\n", "utf-8")
    assert table(tmp_path / "a.csv").remarks == (("letters_lost", {"count": 1}),)


# ---- workbooks


def book(path: Path, rows: Sequence[Sequence[object]]) -> Workbook:
    """A workbook with these rows, saved; to change and save again."""
    made = Workbook()
    for row in rows:
        made.active.append(row)
    made.save(path)
    return made


@pytest.mark.parametrize(
    "name", ["07-strikt-ooxml-alumni.xlsx", "08-libreoffice-alumni.ods", "09-oud-excel-alumni.xls"]
)
@pytest.mark.parametrize("ending", [None, ".xlsx", ".xls", ".csv", ""])
def test_workbooks_are_known_by_what_they_are(tmp_path: Path, name: str, ending: str | None) -> None:
    """Strict Open XML, LibreOffice and old Excel, whatever the file is called."""
    path = tmp_path / (name if ending is None else f"lijst{ending}")
    shutil.copy(FILES / name, path)
    block = table(path)
    assert [row[:3] for row in cells(block)] == [["G1", "Fenna", "Proef"], ["G2", "Daan", "Toets"]]
    assert [row[-1] for row in cells(block)] == [date(2026, 9, 1), date(2026, 9, 2)]
    assert ("marks_unseen" in told(block)) == name.endswith(".xls")


def test_what_a_cell_shows_is_kept(tmp_path: Path) -> None:
    """Leading zeros of a format, an error, a formula without a result: none of them is an empty cell."""
    made = book(
        tmp_path / "a.xlsx",
        [["nummer", "roepnaam", "functie"], [12, "Fenna", "=A2"], [13, "#N/A", 0.5], [None, None, None], [7, "", "x"]],
    )
    made.active["A2"].number_format = "00000"
    made.active["B3"].data_type = "e"
    made.save(tmp_path / "a.xlsx")
    block = table(tmp_path / "a.xlsx")
    assert cells(block) == [["00012", "Fenna", NOT_CALCULATED], [13, "#N/A", 0.5], [7, "", "x"]]
    assert [row.number for row in block.rows] == [2, 3, 5]


def test_hidden_and_struck_rows_are_marked(tmp_path: Path) -> None:
    """A row is struck where all of its filled cells are; one struck cell is not enough."""
    made = book(tmp_path / "a.xlsx", [["nummer", "roepnaam", "functie"], *([n, f"P{n}", None] for n in range(1, 5))])
    made.active.row_dimensions[3].hidden = True
    made.active["A4"].font = Font(strike=True)
    for place in ("A5", "B5"):
        made.active[place].font = Font(strike=True)
    made.save(tmp_path / "a.xlsx")
    rows = table(tmp_path / "a.xlsx").rows
    assert [(row.number, row.hidden, row.struck) for row in rows] == [
        (2, False, False), (3, True, False), (4, False, False), (5, False, True),
    ]  # fmt: skip


def _ods(path: Path, body: str) -> None:
    """A copy of the .ods with another sheet in it."""
    with zipfile.ZipFile(FILES / "08-libreoffice-alumni.ods") as old, zipfile.ZipFile(path, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            if part == "content.xml":
                text = data.decode()
                start, end = text.index("<office:spreadsheet"), text.index("</office:spreadsheet>")
                style = (
                    '<style:style style:name="weg" style:family="table-cell">'
                    '<style:text-properties style:text-line-through-style="solid"/></style:style>'
                    "</office:automatic-styles>"
                )
                text = (
                    text[:start].replace("</office:automatic-styles>", style)
                    + "<office:spreadsheet>"
                    + body
                    + text[end:]
                )
                data = text.encode()
            new.writestr(part, data)


def test_marks_of_an_ods(tmp_path: Path) -> None:
    """Filtered rows, struck text, errors and cells merged downwards, with repeated rows in between."""

    def cell(text: str, more: str = "") -> str:
        return f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p></table:table-cell>'

    def row(*inside: str, more: str = "") -> str:
        return f"<table:table-row {more}>{''.join(inside)}</table:table-row>"

    struck = 'table:style-name="weg"'
    error = 'table:formula="of:=1/0" office:string-value="" calcext:value-type="error"'
    body = (
        '<table:table table:name="Blad"><table:table-column table:number-columns-repeated="3"/>'
        + row(cell("nummer"), cell("roepnaam"), cell("functie"))
        + row('<table:table-cell table:number-columns-repeated="3"/>', more='table:number-rows-repeated="2"')
        + row(cell("1"), cell("Fenna"), cell("kok", 'table:number-rows-spanned="2"'))
        + row(cell("2"), cell("Daan"), "<table:covered-table-cell/>", more='table:visibility="filter"')
        + row(cell("3", struck), cell("Mila", struck), cell("#DIV/0!", error))
        + row(cell("4", struck), cell("Sem", struck))
        + "</table:table>"
    )
    _ods(tmp_path / "a.ods", body)
    block = table(tmp_path / "a.ods")
    assert cells(block) == [
        ["1", "Fenna", "kok"], ["2", "Daan", "kok"], ["3", "Mila", "#DIV/0!"], ["4", "Sem", ""],
    ]  # fmt: skip
    assert [(row.number, row.hidden, row.struck) for row in block.rows] == [
        (4, False, False), (5, True, False), (6, False, False), (7, False, True),
    ]  # fmt: skip
    assert told(block) == ["merges_filled"]


def test_numbers_among_dates_are_dates(tmp_path: Path) -> None:
    """A cell that lost its format in a workbook that counts from 1904, as Excel for Mac did."""
    made = book(tmp_path / "a.xlsx", [["nummer", "datum"], [44804, date(2026, 9, 1)], [44805, None]])
    made.epoch = MAC_EPOCH
    made.active["B2"] = date(2026, 9, 1)
    made.active["B3"] = 44805
    made.save(tmp_path / "a.xlsx")
    block = table(tmp_path / "a.xlsx")
    assert cells(block) == [[44804, date(2026, 9, 1)], [44805, date(2026, 9, 2)]]
    assert told(block) == ["serial_dates"]


def test_a_sheet_can_be_named(tmp_path: Path) -> None:
    """Hidden or not; a name that is not there is answered with those that are."""
    made = book(tmp_path / "a.xlsx", [["nummer", "roepnaam"], [1, "Fenna"]])
    other = made.create_sheet("Oud")
    other.append(["nummer", "achternaam"])
    other.append([2, "Toets"])
    other.sheet_state = "hidden"
    made.save(tmp_path / "a.xlsx")
    assert (cells(table(tmp_path / "a.xlsx")), told(table(tmp_path / "a.xlsx"))) == ([[1, "Fenna"]], ["hidden_sheets"])
    assert cells(table(tmp_path / "a.xlsx", " oud ")) == [[2, "Toets"]]
    with pytest.raises(UnreadableFile, match="no_such_sheet") as refused:
        table(tmp_path / "a.xlsx", "Nieuw")
    assert refused.value.values == {"file": "a.xlsx", "sheet": "Nieuw", "sheets": "Sheet"}


# ---- other kinds of files


def test_a_web_page_that_is_called_xls(tmp_path: Path) -> None:
    """Its table is read as text; scripts and other tables do not get in, a cell over two columns keeps its place."""
    (tmp_path / "a.xls").write_text(
        "<html><head><style>td{}</style></head><body><table><tr><th>nummer<th>roepnaam<th>functie</tr>"
        "<tr><td>1</td><td>Zo&euml; &amp; co<script>x()</script></td><td>kok<br>bakker</td></tr>"
        "<tr><td>2<td colspan='2'>Daan</tr></table></body></html>",
        "utf-8",
    )
    block = table(tmp_path / "a.xls")
    assert cells(block) == [["1", "Zoë & co", "kok\nbakker"], ["2", "Daan", ""]]
    assert told(block) == ["html"]


@pytest.mark.parametrize(("name", "code"), [("a.xlsx", "text_not_workbook"), ("a.csv", None), ("a.lijst", None)])
def test_a_text_whatever_it_is_called(tmp_path: Path, name: str, code: str | None) -> None:
    """A csv with the name of a workbook is read, and that is said."""
    (tmp_path / name).write_text("nummer;roepnaam\n1;Fenna\n", "utf-8")
    block = table(tmp_path / name)
    assert (cells(block), told(block)) == ([["1", "Fenna"]], [code] if code else [])


def _zip(*names: str, first: bytes = b"") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as parts:
        if first:
            parts.writestr("mimetype", first)
        for name in names:
            parts.writestr(name, b"x")
    return target.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OTHERS = {
    "pdf": b"%PDF-1.7\n",
    "document": _zip("[Content_Types].xml", "word/document.xml"),
    "slides": _zip("[Content_Types].xml", "ppt/presentation.xml"),
    "numbers": _zip("Index/Document.iwa", "preview.jpg"),
    "archive": _zip("lijst.csv"),
    "json": b'[{"nummer": 1}]\n',
    "xml": b'<?xml version="1.0"?><personen><persoon/></personen>',
    "xml_spreadsheet": b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
    "locked": OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le"),
    "old_office": OLE + bytes(500),
    "old_excel": b"\x09\x04\x06\x00\x00\x04\x10\x00" + bytes(40),
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(40),
    "contacts": b"BEGIN:VCARD\nFN:Fenna\nEND:VCARD\n",
    "calendar": b"BEGIN:VCALENDAR\nEND:VCALENDAR\n",
    "database": b"SQLite format 3\0" + bytes(100),
    "web_archive": b"MIME-Version: 1.0\nContent-Type: multipart/related\n",
    "binary": bytes(range(256)) * 20,
}


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_what_is_no_table_is_told_by_name(tmp_path: Path, code: str, ending: str) -> None:
    """Whatever its ending: what it is and what to do stands in the sentence, in both languages."""
    path = tmp_path / f"lijst.{ending}"
    path.write_bytes(OTHERS[code])
    with pytest.raises(UnreadableFile) as refused:
        table(path)
    assert refused.value.code == code
    sentences = [error_sentence(language, refused.value) for language in LANGUAGES]
    assert all(f"lijst.{ending}" in sentence for sentence in sentences)
    assert sentences[0] != sentences[1]


def test_an_odt_is_a_document(tmp_path: Path) -> None:
    """Text and spreadsheet of OpenDocument have the same parts."""
    (tmp_path / "a.ods").write_bytes(_zip("content.xml", first=b"application/vnd.oasis.opendocument.text"))
    with pytest.raises(UnreadableFile, match="document"):
        table(tmp_path / "a.ods")


@given(
    data=st.binary(max_size=400), start=st.sampled_from([b"", b"<table>", b"sep=;\n", b"\xff\xfe", b"PK\x03\x04", OLE])
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_are_unforeseen(tmp_path: Path, data: bytes, start: bytes) -> None:
    """Any bytes after any beginning: a table or an error of ours."""
    path = tmp_path / "a.xls"
    path.write_bytes(start + data)
    sentences = []
    try:
        told(table(path))
    except InputError as error:
        sentences = [error_sentence(language, error) for language in LANGUAGES]
    assert all("a.xls" in sentence for sentence in sentences)


def test_openpyxl_sees_the_same_values(tmp_path: Path) -> None:
    """Texts, numbers, truth values and dates are those of openpyxl; only an empty cell is '' and not None."""
    rows: list[list[object]] = [
        ["nummer", "roepnaam", "functie"],
        ["007", " spatie ", "NA"],
        [7, 7.5, -1],
        [True, date(2026, 9, 1), "x" * 500],
        ["1e5", "é\nü", None],
    ]
    book(tmp_path / "a.xlsx", rows)
    other = load_workbook(tmp_path / "a.xlsx").active
    assert other is not None
    expected = [
        [getattr(c, "date", lambda c=c: c)() for c in row] for row in other.iter_rows(min_row=2, values_only=True)
    ]
    assert [[None if c == "" else c for c in row] for row in cells(table(tmp_path / "a.xlsx"))] == expected
