"""Playing a history, and making one that fails as short as it can be."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.simulation.checks import finish, whole
from tests.simulation.database import Maker
from tests.simulation.steps import Step, step_of
from tests.simulation.world import Violation, World

EVERY = 500
"""After so many steps everything is looked at."""


@dataclass(frozen=True)
class Outcome:
    """How a history went: the seal of its last entry in the log, or the rule that it broke, and after how many steps."""

    steps: int
    seal: str
    broken: Violation | None = None


def play(seed: int, steps: Sequence[Step], maker: Maker, *, shown: Callable[[int], object] | None = None) -> Outcome:
    """Plays a history in a new database. `shown` receives the number of steps that were done, now and then."""
    folder = Path(tempfile.mkdtemp(prefix="simulated-", dir=memory()))
    done = 0
    try:
        with maker.database() as database:
            world = World(seed, database, folder)
            try:
                for step in steps:
                    done += 1
                    world.run(step)
                    if done % EVERY == 0:
                        whole(world)
                        if shown is not None:
                            shown(done)
                finish(world)
            except Violation as violation:
                return Outcome(done, world.seal, violation)
            finally:
                world.close()
            return Outcome(done, world.seal)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def memory() -> str | None:
    """A folder in memory, where there is one: a simulated region needs no disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a folder of its own is made in it


def schedule(seed: int, count: int) -> list[Step]:
    """The first steps of a seed."""
    return [step_of(seed, number) for number in range(count)]


def shortest(seed: int, steps: Sequence[Step], rule: str, maker: Maker, *, seconds: float = 300) -> list[Step]:
    """A history as short as possible that breaks the same rule: parts are left out as long as it does, then what
    a step has besides (stopping, another in between). Stops trying after some time.
    """
    end = time.monotonic() + seconds

    def fails(tried: Sequence[Step]) -> int:
        outcome = play(seed, tried, maker)
        return outcome.steps if outcome.broken is not None and outcome.broken.rule == rule else 0

    left = list(steps)
    size = max(1, len(left) // 2)
    while size and time.monotonic() < end:
        start = len(left)
        while start > 0 and time.monotonic() < end:
            tried = [*left[: max(0, start - size)], *left[start:]]
            if len(tried) < len(left) and (count := fails(tried)):
                left = tried[:count]
            start = min(start - size, len(left))
        size //= 2
    return left


def ranges(numbers: Sequence[int]) -> str:
    """`3-5,9` for 3, 4, 5 and 9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def numbers_in(text: str) -> list[int]:
    """The numbers of `ranges`."""
    parts = [part.split("-") for part in text.split(",")]
    return [number for part in parts for number in range(int(part[0]), int(part[-1]) + 1)]


def told(seed: int, steps: Sequence[Step], violation: Violation, database: str) -> str:
    """A failure as text: the command that repeats it, and its steps as they are written in a test."""
    numbers = ranges([step.number for step in steps])
    lines = [
        f"{violation}",
        f"again: python -m tests.simulation --seed {seed} --only {numbers} --database {database}",
        f"as a test: SEED, HISTORY = {seed}, [",
        *(f"    {step!r}," for step in steps),
        "]",
    ]
    return "\n".join(lines)
