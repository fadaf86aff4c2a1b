"""The sheets of a workbook, read by a process of its own: a small file can keep openpyxl at work for hours.

The process ends when it takes too long or too much memory, whatever it is doing, and the import says so.
"""

from __future__ import annotations

import io
import multiprocessing
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.errors import UnreadableFile
from matcher.spreadsheets.bounds import MEGABYTE, Bounds, Size

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext

NOT_CALCULATED = "#FORMULA"
"""Stands for a formula whose result was never saved."""
_ENCRYPTED = 0x1
"""The bit of a part of a zip file that has a password."""
_FORMULA_TAG = re.compile(rb"<(?:\w+:)?f[ />]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a visible sheet that are not empty: number in Excel, and cells."""

    name: str
    rows: Sequence[tuple[int, list[object]]]


def read_sheets(path: Path, bounds: Bounds) -> list[Sheet]:
    """The visible sheets. Raises UnreadableFile, also for a workbook that exceeds the bounds."""
    context, seconds = _processes(), bounds.seconds_for(path)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_read, args=(theirs, path, bounds), daemon=True)
    try:
        process.start()
    except (OSError, EOFError):  # this user, or this machine, may start no further process
        ours.close()
        raise UnreadableFile("reader_not_started", file=path.name) from None
    finally:
        theirs.close()
    try:
        if not ours.poll(seconds):
            raise UnreadableFile("reads_too_long", file=path.name, seconds=round(seconds))
        answer: list[Sheet] | tuple[str, dict[str, object]] = ours.recv()
    except EOFError:  # it was ended by the limit on its memory
        raise UnreadableFile("needs_too_much_memory", file=path.name) from None
    finally:
        process.kill()
        process.join()
        ours.close()
    if isinstance(answer, tuple):
        raise UnreadableFile(answer[0], **answer[1])
    return answer


@cache
def _processes() -> ForkServerContext | SpawnContext:
    """How processes start: where possible from one that has no threads, since a fork copies the locks of others."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", __name__, "openpyxl"])
    return context


def _read(answers: Connection, path: Path, bounds: Bounds) -> None:
    """Reads in the process: sends the sheets, or the code and values of an error."""
    _limit_memory(bounds.memory)
    try:
        answers.send(list(_sheets(path.name, path.read_bytes(), bounds)))
    except UnreadableFile as error:
        answers.send((error.code, error.values))
    except MemoryError:
        answers.send(("needs_too_much_memory", {"file": path.name}))
    except Exception as error:  # noqa: BLE001 - zipfile, its decompressors, openpyxl and its XML parser raise almost anything
        answers.send(("damaged", {"file": path.name, "problem": type(error).__name__}))


def _limit_memory(most: int) -> None:
    if sys.platform != "linux":  # elsewhere this limit does not hold, or does not exist
        return
    import resource

    with suppress(OSError, ValueError):
        used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
        most += used  # address space, of which libraries reserve much that they never touch
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _sheets(name: str, data: bytes, bounds: Bounds) -> Iterator[Sheet]:
    from openpyxl import load_workbook

    _check_parts(name, data, bounds)
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    pages = [page for page in book.worksheets if page.sheet_state == "visible"]
    if not pages:
        raise UnreadableFile("no_sheets", file=name)
    unsolved = _formulas(name, data, bounds)
    size = Size(name, bounds)
    for page in pages:
        yield Sheet(page.title, list(_rows(page, unsolved.get(page.title, {}), size)))


def _check_parts(name: str, data: bytes, bounds: Bounds) -> None:
    """Raises UnreadableFile for a workbook with a password, or one whose stated size when unpacked is too large."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        parts = book.infolist()
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise UnreadableFile("old_or_locked", file=name)
    if sum(part.file_size for part in parts) > bounds.unpacked:
        raise UnreadableFile("too_large_unpacked", file=name, most=bounds.unpacked // MEGABYTE)


def _formulas(name: str, data: bytes, bounds: Bounds) -> dict[str, dict[int, list[int]]]:
    """Positions of formulas: sheet -> row number -> columns from 0. Stops early if there are none."""
    from openpyxl import load_workbook

    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        pages = [part for part in parts.namelist() if part.startswith("xl/worksheets/") and part.endswith(".xml")]
        if not any(_FORMULA_TAG.search(parts.read(part)) for part in pages):
            return {}
    size = Size(name, bounds)
    formulas: dict[str, dict[int, list[int]]] = {}
    for page in load_workbook(io.BytesIO(data), read_only=True).worksheets:
        page.reset_dimensions()
        for number, cells in enumerate(page.iter_rows(), 1):
            size.add_row(len(cells))
            positions = [position for position, cell in enumerate(cells) if cell.data_type == "f"]
            if positions:
                formulas.setdefault(page.title, {})[number] = positions
    return formulas


def _rows(page: Any, formulas: Mapping[int, Sequence[int]], size: Size) -> Iterator[tuple[int, list[object]]]:
    page.reset_dimensions()  # some programs write a wrong size of the sheet
    for number, row in enumerate(page.iter_rows(), 1):
        size.add_row(len(row))
        cells = [_shown(cell) for cell in row]
        for position in formulas.get(number, ()):
            if cells[position] is None:  # never calculated; an empty cell would clear the value in the database
                cells[position] = NOT_CALCULATED
        if any(cell is not None for cell in cells):
            yield number, cells


def _shown(cell: Any) -> object:
    """The value as displayed: an integer with the leading zeros of its format (00012)."""
    value = cell.value
    if type(value) is int and set(cell.number_format) == {"0"}:
        return str(value).zfill(len(cell.number_format)) if len(cell.number_format) > 1 else value
    return value
