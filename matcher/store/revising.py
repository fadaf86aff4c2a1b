"""Data revisions: one for each committed change of people, requests, offerings or places."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from matcher.store import tables
from matcher.store.rows import utc_now


def add_revision(connection: Connection, cause: str, rows: int) -> None:
    """Counts on, inside a write."""
    table = tables.revisions
    newest = connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
    connection.execute(table.insert(), {"id": newest + 1, "created_at": utc_now(), "cause": cause, "rows": rows})
