"""A file cut into components by its BEGIN and END lines, so that one that is broken leaves the others whole.

Of an event only the lines that tell its time are kept: titles, places and people are never parsed.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from matcher.calendars.values import Limits
from matcher.errors import UnreadableFile

KEPT = frozenset({
    "UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID", "SEQUENCE", "STATUS",
    "TRANSP", "DTSTAMP", "LAST-MODIFIED", "FREEBUSY", "BUSYTYPE", "PRIORITY", "METHOD", "X-WR-TIMEZONE",
})  # fmt: skip
"""The properties that are read; of a zone all are."""
ONE = frozenset({"VEVENT", "VFREEBUSY", "VAVAILABILITY", "AVAILABLE", "VTODO", "VJOURNAL", "VTIMEZONE", "VCALENDAR"})
"""Components that never stand in one of the same name."""
BUSY = frozenset({"VEVENT", "VFREEBUSY", "VAVAILABILITY"})
_NAME = re.compile(r"[A-Za-z0-9-]+")


@dataclass(slots=True)
class Block:
    """A component: its lines, unfolded, and what stands in it."""

    name: str
    lines: list[str] = field(default_factory=list)
    children: list[Block] = field(default_factory=list)
    whole: bool = True
    """False where its END is missing."""

    def text(self, value: str) -> str | None:
        """The value of its first property of this name, without parameters."""
        line = next((line for line in self.lines if name_of(line) == value), None)
        return None if line is None else line.partition(":")[2].strip()

    def source(self, *, nested: bool = False) -> str:
        """Its lines as a component of its own, those of its children too when `nested`."""
        inner = [child.source(nested=True).rstrip("\r\n") for child in self.children] if nested else []
        return "\r\n".join([f"BEGIN:{self.name}", *self.lines, *inner, f"END:{self.name}", ""])


def name_of(line: str) -> str:
    """The name of the property of a line, in capitals; empty where it has none."""
    match = _NAME.match(line)
    return match[0].upper() if match and line[match.end() : match.end() + 1] in {":", ";"} else ""


def calendars_of(data: bytes, limits: Limits, remarks: Counter[str]) -> list[Block]:
    """The calendars of a file. Raises UnreadableFile where it has none, or is larger than the limits."""
    if len(data) > limits.size:
        raise UnreadableFile("calendar_too_large", megabytes=limits.size // 1_000_000)
    reader = _Reader(limits, remarks)
    for line in _lines(data):
        name = name_of(line)
        if name == "BEGIN":
            reader.begin(line.partition(":")[2].strip().upper())
        elif name == "END":
            reader.end(line.partition(":")[2].strip().upper())
        elif name:
            reader.line(name, line)
    calendars = [block for block in reader.finish().children if block.name == "VCALENDAR"]
    if not calendars:
        raise UnreadableFile("calendar_none")
    return calendars


class _Reader:
    """Puts lines together to blocks; a block that is never ended costs itself alone."""

    def __init__(self, limits: Limits, remarks: Counter[str]) -> None:
        self._limits, self._remarks = limits, remarks
        self._open = [Block("")]
        self._count = 0

    def begin(self, kind: str) -> None:
        """Opens a block; raises UnreadableFile where there are too many, or it stands too deep."""
        self._count += 1
        if self._count > self._limits.components:
            raise UnreadableFile("calendar_too_many", most=self._limits.components)
        names = [block.name for block in self._open]
        if kind in ONE and kind in names:
            self._close(names.index(kind), broken=len(names) - names.index(kind))
        if len(self._open) > self._limits.depth:
            raise UnreadableFile("calendar_damaged")
        block = Block(kind)
        self._open[-1].children.append(block)
        self._open.append(block)

    def end(self, kind: str) -> None:
        """Ends the innermost block of this name; one that is not open is ignored."""
        names = [block.name for block in self._open]
        if kind in names[1:]:
            position = len(names) - 1 - names[::-1].index(kind)
            self._close(position, broken=len(names) - position - 1)

    def line(self, name: str, line: str) -> None:
        """Keeps a line of the innermost block, where it tells a time."""
        if name in KEPT or any(block.name == "VTIMEZONE" for block in self._open):
            self._open[-1].lines.append(line)

    def finish(self) -> Block:
        """The block around all; what is still open was cut off."""
        if len(self._open) > 1:
            self._remarks["cut_off"] += 1
            self._close(1, broken=len(self._open) - 1)
        return self._open[0]

    def _close(self, position: int, *, broken: int) -> None:
        """Ends the blocks from a position on; the last `broken` of them lack their END."""
        for block in self._open[len(self._open) - broken :]:
            block.whole = block.name == "VCALENDAR"
            if block.name in BUSY:
                self._remarks["bad_event"] += 1
        del self._open[position:]


def _lines(data: bytes) -> list[str]:
    """The lines of a file, unfolded; what is no UTF-8 is in titles, which are not read."""
    text = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"\n[ \t]", "", text).split("\n")
