"""What the processes of a server use: memory, each shared page counted by its share, and open files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Use:
    """Of several processes together: PSS in MiB, and open descriptors."""

    memory: float
    descriptors: int


def family(number: int) -> Iterator[int]:
    """A process and everything that it started."""
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    waiting = [number]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += children.get(one, [])


def use_of(number: int) -> Use:
    """The use of a process and everything that it started, now."""
    memory, descriptors = 0.0, 0
    for one in family(number):
        for line in (PROC / str(one) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                memory += int(line.split()[1]) / 1024
        descriptors += len(list((PROC / str(one) / "fd").iterdir()))
    return Use(memory, descriptors)
