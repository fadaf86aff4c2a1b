"""A file that a library cannot read is refused with a sentence, whatever the library makes of it."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.error_text import error_sentence
from matcher.errors import InputError, UnreadableFile
from matcher.locale import LANGUAGES
from matcher.spreadsheets.bounds import BOUNDS
from matcher.spreadsheets.tables import find_table
from matcher.spreadsheets.text_file import records
from tests.support.files import read, workbook

_CENTRAL, _LOCAL, _END = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"


def _book(folder: Path) -> Path:
    return workbook(folder / "a.xlsx", [["alumnus_id", "functie"], ["A-1", "kok"]])


def _with(mark: bytes, offset: int, number: int) -> Callable[[bytes], bytes]:
    """Changes a two-byte number in every record of a zip file that begins with `mark`."""

    def change(data: bytes) -> bytes:
        changed, at = bytearray(data), -1
        while (at := data.find(mark, at + 1)) >= 0:
            struct.pack_into("<H", changed, at + offset, number)
        return bytes(changed)

    return change


def _method(number: int) -> Callable[[bytes], bytes]:
    central, local = _with(_CENTRAL, 10, number), _with(_LOCAL, 8, number)
    return lambda data: central(local(data))


def _part(name: str, content: bytes | None) -> Callable[[bytes], bytes]:
    """Replaces a part of the workbook, or leaves it out."""

    def change(data: bytes) -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
            assert name in old.namelist()
            for part in old.namelist():
                if part != name:
                    new.writestr(part, old.read(part))
                elif content is not None:
                    new.writestr(part, content)
        return target.getvalue()

    return change


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "a method that is not known": _method(93),
    "a method that nobody knows": _method(60_000),
    "a method of another part of zipfile": _method(12),
    "lzma that is none": _method(14),
    "deflated that is stored": _with(_CENTRAL, 10, 0),
    "a later version of zip": _with(_CENTRAL, 6, 99),
    "another check sum": _with(_CENTRAL, 16, 1),
    "a place outside the file": _with(_CENTRAL, 42, 65_535),
    "a list of parts outside the file": _with(_END, 16, 65_535),
    "cut off": lambda data: data[: len(data) // 2],
    "without workbook": _part("xl/workbook.xml", None),
    "a workbook that is no XML": _part("xl/workbook.xml", b"<workbook"),
    "a sheet that is no XML": _part("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row>"),
    "a sheet that is not there": _part("xl/worksheets/sheet1.xml", None),
    "styles that are none": _part("xl/styles.xml", b"<styleSheet><cellXfs count='x'><xf numFmtId='y'/></cellXfs>"),
    "a reference that is none": _part(
        "xl/worksheets/sheet1.xml",
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="x">'
        b'<c r="?!" t="s"><v>no</v></c></row></sheetData></worksheet>',
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_workbook_that_cannot_be_read_has_its_sentence(damage: str, tmp_path: Path) -> None:
    """Whatever is wrong in zip or XML, the answer is the sentence about damage with its remedy."""
    path = _book(tmp_path)
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    with pytest.raises(UnreadableFile) as caught:
        read(path)
    assert caught.value.code == "damaged"
    for language in LANGUAGES:
        assert "a.xlsx" in error_sentence(language, caught.value)


def test_a_workbook_with_a_password_says_so(tmp_path: Path) -> None:
    """Parts of a zip file with a password are told from damaged ones: the remedy is another."""
    path = _book(tmp_path)
    path.write_bytes(_with(_CENTRAL, 8, 1)(_with(_LOCAL, 6, 1)(path.read_bytes())))
    with pytest.raises(UnreadableFile) as caught:
        read(path)
    assert caught.value.code == "locked"


@given(changes=st.lists(st.tuples(st.integers(0, 2000), st.sampled_from([0, 1, 8, 12, 93, 255])), max_size=3))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_change_of_the_frame_of_a_workbook_is_unforeseen(changes: list[tuple[int, int]], tmp_path: Path) -> None:
    """Bytes of the headers and of the list of parts, changed anywhere: a table or an error of ours."""
    data = bytearray(_book(tmp_path).read_bytes())
    first = data.find(_CENTRAL)
    for position, value in changes:
        data[first + position % (len(data) - first)] = value
    path = tmp_path / "b.xlsx"
    path.write_bytes(data)
    try:
        read(path)
    except InputError:
        return


def test_a_workbook_without_a_visible_sheet_says_so(tmp_path: Path) -> None:
    """A workbook whose sheets are all hidden is refused as that; a sheet that is named is read all the same."""
    path = _book(tmp_path)
    with zipfile.ZipFile(path) as parts:
        listed = parts.read("xl/workbook.xml")
    path.write_bytes(_part("xl/workbook.xml", listed.replace(b'state="visible"', b'state="hidden"'))(path.read_bytes()))
    with pytest.raises(UnreadableFile) as caught:
        read(path)
    assert caught.value.code == "no_sheets"
    for language in LANGUAGES:
        assert "a.xlsx" in error_sentence(language, caught.value)
    assert len(find_table(path, len, sheet="sheet").rows) == 1


@given(content=st.text(alphabet=st.sampled_from("ab\"; \r\n'é"), max_size=40))
@settings(max_examples=500, deadline=None)
def test_a_csv_is_read_as_pandas_reads_it(content: str) -> None:
    """Quoted or not, ragged or not, with any line ends: the cells and the numbers of the rows are those of pandas."""
    try:
        frame = pd.read_csv(
            io.StringIO(content, newline=""), sep=";", header=None, names=list(range(42)), index_col=False, dtype=str,
            na_filter=False, skip_blank_lines=False,
        )  # fmt: skip
    except pd.errors.EmptyDataError:
        assert records("a.csv", content, ";", BOUNDS) == []
    except pd.errors.ParserError:
        with pytest.raises(UnreadableFile, match="broken_csv"):
            records("a.csv", content, ";", BOUNDS)
    else:
        expected = frame.to_numpy(dtype=object).tolist()
        assert [row + [""] * (42 - len(row)) for row in records("a.csv", content, ";", BOUNDS)] == expected
