"""What several parts of the store do inside a write: the time, new random keys, marks, whether somebody is there."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from matcher.store import schema


def utc_now() -> datetime:
    """Now, in UTC, as the tables keep it."""
    return datetime.now(UTC).replace(tzinfo=None)


def new_key() -> int:
    """A random key: 63 bits, never 0."""
    return secrets.randbits(63) or 1


def need_alumnus(connection: Connection, key: int) -> None:
    """Raises KeyError where there is no alumnus with this key."""
    table = schema.alumni
    if connection.execute(select(table.c.key).where(table.c.key == key)).first() is None:
        raise KeyError(key)


def keep_mark(connection: Connection, name: str, value: str) -> str:
    """Keeps a value under this name, unless one is kept there already; returns what is kept."""
    table = schema.marks
    kept: str | None = connection.execute(select(table.c.value).where(table.c.name == name)).scalar()
    if kept is None:
        connection.execute(table.insert(), {"name": name, "value": value})
    return value if kept is None else kept
