"""How much each attack does, and the seed of its random choices: variables of the environment, set by `make attack`.

`ATTACK_REQUESTS`, `ATTACK_FILES`, `ATTACK_KILLS`, `ATTACK_MINUTES`, `ATTACK_SEED`. Without a seed each run has another
one, which it prints: what breaks is made again by that seed, and neither is written down in the repository.
"""

from __future__ import annotations

import os
import random
import secrets

SLOWEST = 5.0
"""Seconds after which an answer counts as a failure."""


def amount(name: str, default: float) -> float:
    """How much of this attack: requests, files, kills or minutes."""
    return float(os.environ.get(f"ATTACK_{name}", default))


def seed() -> int:
    """The seed of this run."""
    return int(os.environ.get("ATTACK_SEED") or secrets.randbelow(2**32))


def dice(name: str) -> random.Random:
    """The random choices of one attack; prints the seed that repeats them."""
    number = seed()
    say(f"{name}: ATTACK_SEED={number}")
    return random.Random(number)  # noqa: S311 - choices of a test


def say(line: str) -> None:
    """A line on standard output, at once."""
    print(line, flush=True)  # noqa: T201
