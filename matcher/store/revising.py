"""Data revisions: one for each committed change of people, requests, offerings or places."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from matcher.store import tables
from matcher.store.rows import utc_now


def add_revision(connection: Connection, cause: str, rows: int, alumni: Iterable[int] | None = None) -> None:
    """Counts on, inside a write. `alumni`: keys of whom alone the change is about: record, consents or ledger."""
    table = tables.revisions
    newest = connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
    about = None if alumni is None else json.dumps(sorted(set(alumni)))
    row = {"id": newest + 1, "created_at": utc_now(), "cause": cause, "rows": rows, "alumni": about}
    connection.execute(table.insert(), row)
