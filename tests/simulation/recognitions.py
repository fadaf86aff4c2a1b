"""Whether training companies are recognised, as lists said last: an answer takes the place of the one before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tests.simulation.database import day

if TYPE_CHECKING:
    from tests.simulation.world import Frame, World


@dataclass(frozen=True)
class Answer:
    """What a list says of a company and a programme."""

    company: str
    crebo: str
    recognised: bool
    on: date
    until: date | None


def read(world: World, frame: Frame, details: Mapping[str, Any]) -> None:
    """A list was read: of each company and programme its last row counts, and the log counts what that changes."""
    answers: Any = frame.value
    counts = {"created": 0, "updated": 0, "unchanged": 0}
    for of, one in last_of(answers).items():
        before = world.model.recognised.get(of)
        counts["created" if before is None else "unchanged" if before == one else "updated"] += 1
        world.model.recognised[of] = one
    told = {name: details[name] for name in counts}
    world.need(told == counts, "a list of recognitions changes something else", (counts, details))


def last_of(answers: Sequence[Answer]) -> dict[tuple[str, str], Answer]:
    """The last row of each company and programme."""
    return {(one.company, one.crebo): one for one in answers}


def need_table(world: World) -> None:
    """Each answer is the last that came, also where it takes a recognition back; and no number of a company is kept."""
    rows = world.database.rows("select company, crebo, recognised, checked_on, until from recognitions")
    there = {(company, crebo): (bool(yes), day(on), day(until)) for company, crebo, yes, on, until in rows}
    known = {
        (sha256(f"leerbedrijf {company}".encode()).hexdigest()[:32], crebo): (one.recognised, one.on, one.until)
        for (company, crebo), one in world.model.recognised.items()
    }
    world.need(there == known, "a table is not what happened: recognitions", (there, known))
