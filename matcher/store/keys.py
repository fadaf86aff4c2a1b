"""Random keys, and whether an alumnus exists."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, select

from matcher.store import schema


def new_key() -> int:
    """A random key: 63 bits, never 0."""
    return secrets.randbits(63) or 1


def need_alumnus(connection: Connection, key: int) -> None:
    """Raises KeyError if there is no alumnus with this key."""
    table = schema.alumni
    if connection.execute(select(table.c.key).where(table.c.key == key)).first() is None:
        raise KeyError(key)
