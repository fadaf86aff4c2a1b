"""The fields of the Algoritmeregister, publication standard 1.0: names, lengths and permitted values.

`algorithm_register.toml` holds them as facts, with the version that they are of.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RegisterField:
    """One field. `many`: a list of values; `permitted`: the only values, where the standard names them."""

    required: bool = False
    max_length: int | None = None
    permitted: tuple[str, ...] = ()
    many: bool = False

    def allows(self, value: object) -> bool:
        """Whether the standard takes this value. None, for not filled in, is taken by what is not required."""
        if value is None:
            return not self.required
        if self.many:
            return isinstance(value, list) and all(self._allows_text(item) for item in value)
        return self._allows_text(value)

    def _allows_text(self, value: object) -> bool:
        text = isinstance(value, str) and (self.max_length is None or len(value) <= self.max_length)
        return text and (not self.permitted or value in self.permitted)


@dataclass(frozen=True, slots=True)
class RegisterStandard:
    """The standard as published, and its fields by name, in its order."""

    name: str
    repository: str
    file: str
    commit: str
    published: date
    licence: str
    fields: Mapping[str, RegisterField]


@cache
def standard() -> RegisterStandard:
    """The table of `algorithm_register.toml`."""
    raw = tomllib.loads(Path(__file__).with_name("algorithm_register.toml").read_text("utf-8"))
    fields = {
        name: RegisterField(
            entry.get("required", False),
            entry.get("max_length"),
            tuple(entry.get("permitted", ())),
            entry.get("list", False),
        )
        for name, entry in raw["fields"].items()
    }
    return RegisterStandard(raw["standard"], **raw["source"], fields=fields)
