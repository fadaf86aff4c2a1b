"""Writing: JSON alone on standard output, tables with rich, and a progress bar. Rich is loaded when a table is made."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import BaseModel

from matcher.ports import Progress

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

EVERY = 60.0
"""Seconds between two lines that say how far a task is, where there is no terminal."""
_SPEED_OVER = 3600
"""Seconds over which the speed is counted: a step of a large task may take minutes."""
MOST_COLUMNS = 110
PLAIN_COLUMNS = 80


def write_json(value: BaseModel | Mapping[str, object] | list[object]) -> None:
    """One JSON document and a line end on standard output; numbers are not rounded."""
    data = json_bytes(value)
    sys.stdout.flush()
    write_bytes(data)


def json_bytes(value: BaseModel | Mapping[str, object] | list[object]) -> bytes:
    """One JSON document and a line end."""
    import orjson

    from api.schemas.rankings import to_json

    data = (
        to_json(value, indent=True)
        if isinstance(value, BaseModel)
        else orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY)
    )
    return data + b"\n"


def write_bytes(data: bytes) -> None:
    """UTF-8 on standard output, whatever the terminal's own encoding."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(data.decode("utf-8"))
    else:
        buffer.write(data)
        buffer.flush()


def console(*, error: bool = False) -> Console:
    """Where tables go: coloured on a terminal, plain and 80 columns wide in a pipe."""
    from rich.console import Console

    stream = sys.stderr if error else sys.stdout
    _make_unicode_safe(stream)
    terminal = Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=False)
    terminal.width = min(terminal.width, MOST_COLUMNS) if terminal.is_terminal else PLAIN_COLUMNS
    return terminal


def print_indented(terminal: Console, text: str | Text, left: int, mark: str = "") -> None:
    """A paragraph some columns from the left, wrapped behind its mark; no spaces at the ends of lines."""
    from rich.text import Text

    whole = Text(text) if isinstance(text, str) else text
    for number, line in enumerate(whole.wrap(terminal, terminal.width - left - len(mark))):
        line.rstrip()
        terminal.print(Text(" " * left + (" " * len(mark) if number else mark)).append_text(line))


def say_error(text: str) -> None:
    """One line on standard error."""
    _make_unicode_safe(sys.stderr)
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _make_unicode_safe(stream: object) -> None:
    """An old code page prints a question mark where it has no letter, and does not stop the program."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """A bar on standard error, with how long it will still take, that goes away when it is done."""
    from rich.progress import Progress as Bar

    with Bar(console=console(error=True), transient=True, speed_estimate_period=_SPEED_OVER) as bar:
        task = bar.add_task(title, total=None)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield tell


def progress_lines(say: Callable[..., str], clock: Callable[[], float] = time.monotonic) -> Progress:
    """A line on standard error about once a minute, for a log: how far it is and how long it will still take.

    `say` makes the line of `share` (percent) and `left` (h:mm:ss). The first that is told is where this run began.
    """
    began: list[tuple[float, int]] = []
    told = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal told
        now = clock()
        if not began:
            began.append((now, done))
            told = now
        start, had = began[0]
        if now - told < EVERY or not had < done < total:
            return
        told = now
        left = timedelta(seconds=round((now - start) * (total - done) / (done - had)))
        say_error(say(share=100 * done // total, left=str(left)))

    return tell
