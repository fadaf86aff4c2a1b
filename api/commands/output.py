"""Output of commands: JSON, tables and progress. Rich is loaded only when it is used."""

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
"""Seconds between lines of progress without a terminal."""
_SPEED_OVER = 3600
"""Seconds over which the speed is averaged: a step of a large task may take minutes."""
MOST_COLUMNS = 110
PLAIN_COLUMNS = 80


def write_json(value: BaseModel | Mapping[str, object] | list[object]) -> None:
    """Writes one JSON document and a line end to standard output; numbers are not rounded."""
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
    """Writes UTF-8 to standard output, whatever the encoding of the terminal."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(data.decode("utf-8"))
    else:
        buffer.write(data)
        buffer.flush()


def console(*, error: bool = False) -> Console:
    """The console for tables: coloured on a terminal, plain and 80 columns wide in a pipe."""
    from rich.console import Console

    stream = sys.stderr if error else sys.stdout
    _make_unicode_safe(stream)
    terminal = Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=False)
    terminal.width = min(terminal.width, MOST_COLUMNS) if terminal.is_terminal else PLAIN_COLUMNS
    return terminal


def print_indented(terminal: Console, text: str | Text, left: int, mark: str = "") -> None:
    """Prints a paragraph indented by `left` columns, wrapped after its mark, without trailing spaces."""
    from rich.text import Text

    paragraph = Text(text) if isinstance(text, str) else text
    for number, line in enumerate(paragraph.wrap(terminal, terminal.width - left - len(mark))):
        line.rstrip()
        terminal.print(Text(" " * left + (" " * len(mark) if number else mark)).append_text(line))


def say_error(text: str) -> None:
    """Writes one line to standard error."""
    _make_unicode_safe(sys.stderr)
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _make_unicode_safe(stream: object) -> None:
    """Prints a question mark for a character that an old code page lacks, instead of failing."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """A progress bar on standard error, with the time left, that disappears at the end."""
    from rich.progress import Progress as Bar

    with Bar(console=console(error=True), transient=True, speed_estimate_period=_SPEED_OVER) as bar:
        task = bar.add_task(title, total=None)

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield report


def progress_lines(say: Callable[..., str], clock: Callable[[], float] = time.monotonic) -> Progress:
    """A line of progress on standard error about once a minute, for a log.

    `say` makes the line from `share` (percent) and `left` (h:mm:ss). The first report marks the start of this run.
    """
    began: list[tuple[float, int]] = []
    reported = 0.0

    def report(done: int, total: int) -> None:
        nonlocal reported
        now = clock()
        if not began:
            began.append((now, done))
            reported = now
        start, done_before = began[0]
        if now - reported < EVERY or not done_before < done < total:
            return
        reported = now
        left = timedelta(seconds=round((now - start) * (total - done) / (done - done_before)))
        say_error(say(share=100 * done // total, left=str(left)))

    return report
