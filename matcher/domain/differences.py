"""What is other than it was known, and how much of it: for lists that are kept by name."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)
Value = TypeVar("Value")


def changed(before: Mapping[Name, Value], now: Mapping[Name, Value]) -> tuple[dict[Name, Value], dict[str, int]]:
    """What is not known so, by name, and how many are `created`, `updated`, `unchanged`; None is as nothing known."""
    others = {name: one for name, one in now.items() if before.get(name) != one}
    updated = len(others.keys() & before.keys())
    return others, {"created": len(others) - updated, "updated": updated, "unchanged": len(now) - len(others)}
