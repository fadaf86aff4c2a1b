"""Open requests."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import numpy as np

from matcher.domain.kinds import RequestKind, number_of
from matcher.pool import Pool
from matcher.pool.columns import NO_DAY, code_of, day_number


def open_requests(
    pool: Pool, on: date, kinds: Collection[RequestKind] = tuple(RequestKind), school: str | None = None
) -> list[int]:
    """Keys of the requests of these kinds that are neither closed nor full on a day.

    Those that close first come first, those without a last day last; ties by id and school, by code point. `school`
    limits them to one school, whose name is compared up to case, accents and spacing.
    """
    table, today = pool.requests, day_number(on)
    listed = ((table.closes == NO_DAY) | (table.closes >= today)) & (table.full == 0)
    listed &= np.isin(table.kind, [number_of(kind) for kind in kinds])
    if school is not None:
        listed &= table.school == code_of(school)
    rows = np.flatnonzero(listed)
    last_day = np.where(table.closes[rows] == NO_DAY, np.iinfo(np.int32).max, table.closes[rows])
    keys: list[int] = table.key[rows[np.lexsort((table.order[rows], last_day))]].tolist()
    return keys
