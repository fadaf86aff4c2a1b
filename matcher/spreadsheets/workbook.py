"""The sheets of a workbook, read by a process of its own: a small file can keep a library at work for hours.

The process ends when it takes too long or too much memory, whatever it is doing, and the import says so.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from contextlib import suppress
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.errors import UnreadableFile
from matcher.spreadsheets.bounds import Bounds
from matcher.spreadsheets.packing import Packed, packed, unpacked
from matcher.spreadsheets.sheets import Grid
from matcher.spreadsheets.workbook_sheets import workbook_sheets

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext

Failure = tuple[str, dict[str, object]]
"""Code and values of an error."""


def read_sheets(path: Path, bounds: Bounds, *, sheet: str | None = None) -> list[Grid]:
    """The visible sheets, or the one named, hidden or not. Raises UnreadableFile, also where it exceeds the bounds."""
    context, seconds = _processes(), bounds.seconds_for(path)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_read, args=(theirs, path, bounds, sheet), daemon=True)
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
        answer: list[Packed] | Failure = ours.recv()
    except EOFError:  # it was ended by the limit on its memory
        raise UnreadableFile("needs_too_much_memory", file=path.name) from None
    finally:
        process.kill()
        process.join()
        ours.close()
    if isinstance(answer, tuple):
        raise UnreadableFile(answer[0], **answer[1])
    return [unpacked(sheet) for sheet in answer]


@cache
def _processes() -> ForkServerContext | SpawnContext:
    """How processes start: where possible from one that has no threads, since a fork copies the locks of others."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", __name__, "python_calamine"])
    return context


def _read(answers: Connection, path: Path, bounds: Bounds, sheet: str | None) -> None:
    """Reads in the process: sends the sheets, or the code and values of an error."""
    _be_silent()
    _limit_memory(bounds.memory)
    try:
        answers.send([packed(grid) for grid in workbook_sheets(path.name, path.read_bytes(), bounds, sheet)])
    except UnreadableFile as error:
        answers.send((error.code, error.values))
    except MemoryError:
        answers.send(("needs_too_much_memory", {"file": path.name}))
    except BaseException as error:  # noqa: BLE001 - zipfile and expat raise almost anything, a panic of Rust is no Exception
        answers.send(("damaged", {"file": path.name, "problem": type(error).__name__}))


def _be_silent() -> None:
    """What a library of Rust writes when it gives up belongs on no screen: the answer says what happened."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)


def _limit_memory(most: int) -> None:
    if sys.platform != "linux":  # elsewhere this limit does not hold, or does not exist
        return
    import resource

    with suppress(OSError, ValueError):
        used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
        most += used  # address space, of which libraries reserve much that they never touch
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
