"""Columns of an earlier pool in place of equal ones: what was made of them, such as a digest, then still holds."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from matcher.pool import Pool

_TABLES = (
    "people", "requests", "offerings", "ledger", "conflicts", "points", "qualifications", "words", "requested_skills",
    "people_by_skill", "own_matches", "first_places", "partly_by",
)  # fmt: skip


def kept(before: Pool, after: Pool) -> Pool:
    """The later pool, with the arrays and tables of the earlier one wherever those are equal."""
    tables: dict[str, Any] = {name: _kept(getattr(before, name), getattr(after, name)) for name in _TABLES}
    words = before.common_skills if before.common_skills == after.common_skills else after.common_skills
    return replace(after, **tables, common_skills=words)


def _kept(before: Any, after: Any) -> Any:
    if before is after:
        return before
    if isinstance(before, np.ndarray) and isinstance(after, np.ndarray):
        same = before.dtype == after.dtype and np.array_equal(before, after, equal_nan=before.dtype.kind == "f")
        return before if same else after
    parts = {one.name: _kept(getattr(before, one.name), getattr(after, one.name)) for one in fields(after)}
    if all(part is getattr(before, name) for name, part in parts.items()):
        return before
    return replace(after, **parts)
