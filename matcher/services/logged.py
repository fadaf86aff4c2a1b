"""What a list that was logged rests on, and whether this installation can make it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from matcher.engine import Engine
from matcher.engine.weights import readable
from matcher.matching.rules import RULES_VERSION
from matcher.matching.weights import Weights, shipped
from matcher.repositories import Records
from matcher.repositories.values import LogEntry

_FIRST_RULES = 1
"""The version of the rules for entries that name none."""


def known_weights(in_use: Weights, records: Records) -> list[Weights]:
    """Those in use, those that come with the program, and kept ones that this version can read."""
    kept = (readable(one.weights) for one in records.rankings.listed())
    return [one for one in (in_use, shipped(), *kept) if one is not None]


def weights_named(names: str, known: Sequence[Weights]) -> Weights | None:
    """The weights with these names; None if gone. A name stands for one row, whichever weights it is in."""
    sought = set(names.split(", "))
    return next((one for one in known if sought <= set(one.names)), None)


def obstacle(engine: Engine, entry: LogEntry) -> Literal["not_kept", "other_versions", "other_rules"] | None:
    """Why this list cannot be made again, whatever the data; None if it can."""
    details = entry.details
    if not details["query"]:
        return "not_kept"
    if details["encoder"] != engine.vectors.encoder.id or not _reads(engine, meaning_of(entry)):
        return "other_versions"
    return None if details.get("rules", _FIRST_RULES) == RULES_VERSION else "other_rules"


def meaning_of(entry: LogEntry) -> str:
    """The second encoder by which this list was made; empty for none."""
    meaning: Any = entry.details.get("meaning")
    return meaning or ""


def _reads(engine: Engine, meaning: str) -> bool:
    """Whether this is the second encoder of this installation, or none."""
    return not meaning or (engine.second is not None and engine.second.encoder.id == meaning)
