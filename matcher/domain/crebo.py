"""The register of qualifications: crebo code -> official name, level and domain.

Facts of the Dutch statute BWBR0036352 (qualifications since 2015; statute text is free of copyright), in
`crebo.csv`. It lacks older codes: an unknown code of valid form is accepted with a warning.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from matcher.text import fold

CREBO_FORM = re.compile(r"[A-Z0-9]\d{4}")
_MINISTRY = re.compile(r" \([A-Z]+\)$")


@dataclass(frozen=True, slots=True)
class Registered:
    """One qualification in the register."""

    crebo: str
    name: str
    level: int
    domain: str


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme as somebody names it; `level` 1-4, None where it is not told."""

    name: str
    level: int | None


@cache
def register() -> dict[str, Registered]:
    """All qualifications by crebo code."""
    with Path(__file__).with_name("crebo.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader((line for line in file if not line.startswith("#")), delimiter=";")
        return {crebo: Registered(crebo, name, int(level), domain) for crebo, name, level, domain in rows}


def sector(domain: str) -> str:
    """The sector of a domain: the register names one of them twice, once with the ministry behind it, `(EZ)`."""
    return _MINISTRY.sub("", domain)


@cache
def _by_name() -> dict[str, Registered]:
    return {fold(entry.name): entry for entry in reversed(register().values())}


def entry(code: str | None, name: str | None) -> Registered | None:
    """The entry of a qualification by its crebo code, else by its name; None if the register has neither."""
    return register().get(code or "") or (by_name(name) if name else None)


def programme_name(programme: str | None) -> str | None:
    """A programme as it is told: a crebo code by the name in the register, anything else as it is."""
    known = register().get((programme or "").strip())
    return known.name if known else programme


def programme_of(code: str | None, known: Mapping[str, Programme]) -> Programme | None:
    """The programme with a code: as the register has it, else as it is known; None for neither."""
    entry_ = register().get(code or "")
    return Programme(entry_.name, entry_.level) if entry_ else known.get(code or "")


def newest(successors: Mapping[str, str]) -> dict[str, str]:
    """The code that stands in the place of each old one in the end; codes that replace each other in turn have none."""
    found = {}
    for old in successors:
        code, seen = old, {old}
        while (after := successors.get(code)) is not None and after not in seen:
            seen.add(after)
            code = after
        if after is None:
            found[old] = code
    return found


def by_name(name: str) -> Registered | None:
    """The qualification with this name, ignoring case, accents and spacing; None if there is none."""
    return _by_name().get(fold(name))
