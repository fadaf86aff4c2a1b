"""Work on foreign input in a process of its own: a small file can keep a library at work for hours.

The process ends when it takes too long or too much memory, whatever it is doing, and an error says so.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from matcher.errors import UnreadableFile

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Failure:
    """Code and values of an error."""

    code: str
    values: dict[str, object]


def run(work: Callable[[], Result], name: str, *, seconds: float, memory: int) -> Result:
    """What `work`, which another process can be given, makes of a file of this name. Raises UnreadableFile.

    Raises it too where the work exceeds `seconds` or `memory` (bytes, on Linux), or raises any other error.
    """
    context = _processes()
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(theirs, work, name, memory), daemon=True)
    try:
        process.start()
    except (OSError, EOFError):  # this user, or this machine, may start no further process
        ours.close()
        raise UnreadableFile("reader_not_started", file=name) from None
    finally:
        theirs.close()
    try:
        if not ours.poll(seconds):
            raise UnreadableFile("reads_too_long", file=name, seconds=round(seconds))
        answer: Result | _Failure = ours.recv()
    except EOFError:  # it was ended by the limit on its memory
        raise UnreadableFile("needs_too_much_memory", file=name) from None
    finally:
        process.kill()
        process.join()
        ours.close()
    if isinstance(answer, _Failure):
        raise UnreadableFile(answer.code, **answer.values)
    return answer


@cache
def _processes() -> ForkServerContext | SpawnContext:
    """How processes start: where possible from one that has no threads, since a fork copies the locks of others."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", "matcher.spreadsheets.grid", "python_calamine"])
    return context


def _answer(answers: Connection, work: Callable[[], object], file: str, memory: int) -> None:
    """In the process: sends what the work gives, or the code and values of an error."""
    _be_silent()
    _limit_memory(memory)
    try:
        answers.send(work())
    except UnreadableFile as error:
        answers.send(_Failure(error.code, error.values))
    except ImportError as error:  # nothing is wrong with the file
        answers.send(_Failure("reader_incomplete", {"file": file, "part": error.name or "?"}))
    except MemoryError:
        answers.send(_Failure("needs_too_much_memory", {"file": file}))
    except BaseException as error:  # noqa: BLE001 - zipfile and expat raise almost anything, a panic of Rust is no Exception
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:  # a file that could not be opened for lack of it
            answers.send(_Failure("needs_too_much_memory", {"file": file}))
        else:
            answers.send(_Failure("damaged", {"file": file, "problem": type(error).__name__}))


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
