"""What documents that are written have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]


def without_gaps(document: Mapping[str, Any]) -> Document:
    """The members that have a value: without null and what is empty. Zero and False are values."""
    return {name: value for name, value in document.items() if value is not None and value not in ([], {}, "")}
