"""Ids with a slash in an address: `/v1/requests/2027%2F01/matches`.

Servers decode the address before routing, so an encoded slash would end the segment. It is replaced by a character of
the private use area until the parameter is read.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from starlette.types import Scope

_ENCODED = re.compile(rb"%2f", re.IGNORECASE)
_PLACEHOLDER = "\ue02f"


def keep_slashes(scope: Scope) -> None:
    """Replaces encoded slashes in the path by a character that ends no segment."""
    raw = scope.get("raw_path") or b""
    if _ENCODED.search(raw):
        path = raw.split(b"?", maxsplit=1)[0]
        scope["path"] = unquote(_ENCODED.sub(quote(_PLACEHOLDER).encode(), path).decode("ascii", "replace"))


def with_slashes(value: str) -> str:
    """A path parameter with its slashes restored."""
    return value.replace(_PLACEHOLDER, "/")
