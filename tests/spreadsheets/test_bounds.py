"""How large a file may be and how long it is read: harmless files, and low bounds at their edge."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest

from matcher.domain.records import RecordKind
from matcher.errors import UnreadableFile
from matcher.locale import LANGUAGES, say
from matcher.spreadsheets.bounds import Bounds
from matcher.spreadsheets.grid import grids_of
from matcher.spreadsheets.reader import Table, read_table
from tests.support.files import TODAY, text, workbook

HEADER = ["alumnus_id", "functie", "woonplaats"]
ROWS = [HEADER, ["A-1", "kok", "Zwolle"], ["A-2", None, "Deventer"], ["A-3", "slager", "Kampen"]]


def file_of(folder: Path, ending: str, rows: Sequence[Sequence[object]] = ROWS) -> Path:
    """The rows as a file of this kind."""
    if ending == "xlsx":
        return workbook(folder / "a.xlsx", rows)
    lines = (";".join("" if cell is None else str(cell) for cell in row) for row in rows)
    return text(folder / "a.csv", "\n".join(lines))


def read(path: Path, **bounds: float) -> Table:
    """The rows of a file within these bounds."""
    return read_table(
        path,
        RecordKind.ALUMNI,
        school="Vechtdal",
        today=TODAY,
        bounds=Bounds(**bounds),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
@pytest.mark.parametrize(
    ("bound", "most", "code"),
    [("columns", 3, "too_many_columns"), ("rows", 4, "too_many_rows"), ("cells", 12, "too_many_cells")],
)
def test_a_file_at_a_bound_is_read(tmp_path: Path, ending: str, bound: str, most: int, code: str) -> None:
    """Exactly as many as are allowed come in; one less allowed, and the file is refused with the number."""
    path = file_of(tmp_path, ending)
    assert [row.id for row in read(path, **{bound: most}).upserts] == ["A-1", "A-2", "A-3"]
    with pytest.raises(UnreadableFile, match=code) as refused:
        read(path, **{bound: most - 1})
    assert refused.value.values == {"file": path.name, "most": most - 1}
    sentences = {say(language, f"importing.errors.{code}", **refused.value.values) for language in LANGUAGES}
    assert len(sentences) == len(LANGUAGES)


def test_empty_rows_in_between_count(tmp_path: Path) -> None:
    """A row far below the others is as expensive as those between: openpyxl makes them all."""
    from openpyxl import Workbook

    book = Workbook()
    for row in ROWS:
        book.active.append(row)
    book.active.cell(1000, 1, "A-9")
    book.save(tmp_path / "a.xlsx")
    assert len(read(tmp_path / "a.xlsx", rows=1000).upserts) == 4
    with pytest.raises(UnreadableFile, match="too_many_rows"):
        read(tmp_path / "a.xlsx", rows=999)


def test_the_rows_of_all_sheets_count(tmp_path: Path) -> None:
    """Many small sheets are as expensive as one large one."""
    from openpyxl import Workbook

    book = Workbook()
    for _ in range(3):
        page = book.create_sheet()
        for row in ROWS:
            page.append(row)
    book.save(tmp_path / "a.xlsx")
    assert len(read(tmp_path / "a.xlsx", rows=12).upserts) == 3
    with pytest.raises(UnreadableFile, match="too_many_rows"):
        read(tmp_path / "a.xlsx", rows=11)


def test_a_hidden_sheet_does_not_count(tmp_path: Path) -> None:
    """It is not read, so it costs nothing: the rows of the visible sheets are at the bound."""
    from openpyxl import Workbook

    book = Workbook()
    for row in [*ROWS, ["=1+1", None, None]]:
        book.active.append(row)
    hidden = book.create_sheet()
    hidden.sheet_state = "hidden"
    for number in range(50):
        hidden.append([number])
    book.save(tmp_path / "a.xlsx")
    assert len(read(tmp_path / "a.xlsx", rows=5).report.problems) <= 1
    with pytest.raises(UnreadableFile, match="too_many_rows"):
        read(tmp_path / "a.xlsx", rows=4)


@pytest.mark.parametrize("spare", [0, -1])
def test_the_unpacked_size_is_bounded(tmp_path: Path, spare: int) -> None:
    """By what the file says; a part that is larger than it says is cut off by zipfile."""
    path = file_of(tmp_path, "xlsx")
    with ZipFile(path) as parts:
        size = sum(part.file_size for part in parts.infolist())
    if spare == 0:
        assert len(read(path, unpacked=size).upserts) == 3
    else:
        with pytest.raises(UnreadableFile, match="too_large_unpacked"):
            read(path, unpacked=size - 1)


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_reading_ends_when_its_time_is_over(tmp_path: Path, ending: str) -> None:
    """A file that takes longer than allowed is refused, and the process that read it is gone."""
    with pytest.raises(UnreadableFile, match="reads_too_long"):
        read(file_of(tmp_path, ending), most_seconds=0)
    assert multiprocessing.active_children() == []


def test_a_web_page_has_the_bounds_of_a_workbook(tmp_path: Path) -> None:
    """It is read in a process that ends at the bounds: html.parser can take hours for a megabyte."""
    path = tmp_path / "a.xls"
    path.write_text(f"<table>{'<tr><td>A-1<td>x' * 20_000}</table>", "utf-8")
    with pytest.raises(UnreadableFile, match="reads_too_long"):
        grids_of(path, len, Bounds(most_seconds=0))
    with pytest.raises(UnreadableFile, match="needs_too_much_memory"):
        grids_of(path, len, Bounds(memory=1_000_000))
    assert [len(grid.rows) for grid in grids_of(path, len)] == [20_000]
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize(("size", "seconds"), [(0, 60), (1_000_000, 120), (28_999_999, 1800), (100_000_000, 1800)])
def test_a_large_file_gets_more_time_than_a_small_one(tmp_path: Path, size: int, seconds: int) -> None:
    """A small workbook keeps an import busy for a minute at most, the largest for half an hour."""
    path = tmp_path / "a.xlsx"
    with path.open("wb") as file:
        file.truncate(size)
    assert Bounds().seconds_for(path) == pytest.approx(seconds)


def test_reading_ends_when_it_takes_too_much_memory(tmp_path: Path) -> None:
    """A workbook that takes more than allowed is refused; this process goes on, and reads the next."""
    rows = [HEADER, *([f"A-{number}", f"text {number}" * 20, None] for number in range(5000))]
    path = file_of(tmp_path, "xlsx", rows)
    with pytest.raises(UnreadableFile, match="needs_too_much_memory"):
        read(path, memory=1_000_000)
    assert len(read(path).upserts) == 5000
    assert multiprocessing.active_children() == []


NO_PROCESSES = """
import multiprocessing, sys
from pathlib import Path
from matcher.errors import UnreadableFile
from matcher.spreadsheets.bounds import BOUNDS
from matcher.spreadsheets.workbook import read_sheets
multiprocessing.set_executable(sys.argv[2])
try:
    read_sheets(Path(sys.argv[1]), BOUNDS)
except UnreadableFile as refused:
    print(refused.code)
"""


@pytest.mark.parametrize("program", ["/bin/false", "/nothing/here"])
def test_a_machine_that_starts_no_process_is_told(tmp_path: Path, program: str) -> None:
    """A reader that ends at once, or is not there: the file is not read, and it is not said that it is damaged."""
    path = file_of(tmp_path, "xlsx")
    command = [sys.executable, "-c", NO_PROCESSES, path, program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["reader_not_started"]


INCOMPLETE = """
import sys
from pathlib import Path
from matcher.errors import UnreadableFile
from matcher.spreadsheets.bounds import BOUNDS
from matcher.spreadsheets.workbook import read_sheets
try:
    read_sheets(Path(sys.argv[1]), BOUNDS)
except UnreadableFile as refused:
    print(refused.code, refused.values["part"])
"""


def test_a_part_that_is_missing_is_no_damaged_file(tmp_path: Path) -> None:
    """An installation without the package that reads workbooks says so: nothing is wrong with the file."""
    folder = tmp_path / "lacks"
    folder.mkdir()
    (folder / "python_calamine.py").write_text("raise ModuleNotFoundError('not installed', name='python_calamine')\n")
    command = [sys.executable, "-c", INCOMPLETE, file_of(tmp_path, "xlsx")]
    paths = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == ["reader_incomplete", "python_calamine"]
