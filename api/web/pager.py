"""Paging of lists."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from api.web.render import address
from matcher.errors import UnknownId


@dataclass(frozen=True)
class Pager:
    """The position in a paged list, with links."""

    page: int
    last: int
    total: int
    previous: str | None
    next: str | None


def pager(page: int, size: int, total: int, *path: str, **query: object) -> Pager:
    """The pager of a list. Raises UnknownId for a page that does not exist."""
    last = max(1, ceil(total / size))
    if page > last:
        raise UnknownId("page_number", page=page, last=last)

    def link(number: int) -> str | None:
        return address(*path, **query, bladzijde=number) if 1 <= number <= last else None

    return Pager(page, last, total, link(page - 1), link(page + 1))
