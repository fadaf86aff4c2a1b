"""Playing a history, and making one that fails as short as it can be."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.domain.consent import Terms
from tests.simulation.checks import finish, whole
from tests.simulation.database import Maker
from tests.simulation.processes import TERMS
from tests.simulation.steps import VERBS, Step, step_of
from tests.simulation.world import Violation, World

_TOLD = 60
"""A history longer than this is told by the numbers of its steps alone."""
EVERY = 500
"""After so many steps everything is looked at."""


@dataclass(frozen=True)
class Outcome:
    """How a history went: how many steps were done, the seal of the last entry of the log, and the rule it broke."""

    steps: int
    seal: str
    broken: Violation | None = None


def play(
    seed: int, steps: Sequence[Step], maker: Maker, *, terms: Terms = TERMS, every: int = EVERY, to_the_end: bool = True
) -> Outcome:
    """Plays a history in a new database. `terms`: of the product; those of the model are always `TERMS`.

    `every`: after how many steps everything is looked at, besides the last. `to_the_end`: whether all mail is then
    sent.
    """
    folder = Path(tempfile.mkdtemp(prefix="simulated-", dir=memory()))
    done = 0
    try:
        with maker.database() as database:
            world = World(seed, database, folder, terms)
            try:
                for step in steps:
                    done += 1
                    world.run(step)
                    if done % every == 0 or done == len(steps):
                        whole(world)
                if to_the_end:
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


def covering(seed: int, count: int) -> list[Step]:
    """The first steps of a seed, and after them the next one of each verb that is not among them."""
    steps = schedule(seed, count)
    missing = set(VERBS) - {step.verb for step in steps}
    number = count
    while missing:
        step = step_of(seed, number)
        if step.verb in missing:
            missing.remove(step.verb)
            steps.append(step)
        number += 1
    return steps


def shortest(
    seed: int, steps: Sequence[Step], rule: str, maker: Maker, *, seconds: float = 300, terms: Terms = TERMS
) -> list[Step]:
    """A history as short as possible that breaks the same rule: steps are left out as long as it does.

    First all of one verb at once, then ever smaller parts. Stops trying after some time.
    """
    end = time.monotonic() + seconds

    def fails(tried: Sequence[Step], *, to_the_end: bool) -> int:
        outcome = play(seed, tried, maker, terms=terms, every=len(tried) + 1, to_the_end=to_the_end)
        return outcome.steps if outcome.broken is not None and outcome.broken.rule == rule else 0

    left = list(steps)
    to_the_end = not fails(left, to_the_end=False)

    def without(tried: list[Step]) -> list[Step]:
        count = fails(tried, to_the_end=to_the_end) if tried and time.monotonic() < end else 0
        return tried[:count]

    for verb in {step.verb: step for step in steps}:  # most verbs have nothing to do with it
        left = without([step for step in left if step.verb != verb]) or left
    size = max(1, len(left) // 2)
    while size and time.monotonic() < end:
        start = len(left)
        while start > 0 and time.monotonic() < end:
            tried = [*left[: max(0, start - size)], *left[start:]]
            left = without(tried) or left
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
    ]
    if len(steps) <= _TOLD:
        lines += [f"as a test: SEED, HISTORY = {seed}, [", *(f"    {step!r}," for step in steps), "]"]
    return "\n".join(lines)
