"""Statements that SQLAlchemy compiles once in a process, and not anew for each of the stores that tests open."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, event

from matcher.store.encryption import keyring_of

_MOST = 5000
"""Statements that are kept; then it begins anew."""


class Compiled(dict[Hashable, Any]):
    """SQLAlchemy's cache, for every database of one kind; it asks with the dialect of one engine at the front."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_shared(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        if len(self) >= _MOST:
            self.clear()
        super().__setitem__(_shared(key), compiled)


_COMPILED = Compiled()


def share() -> None:
    """From now on every engine of this process uses what another compiled, unless it has keys of its own."""
    event.listen(Engine, "engine_connect", _use)


def _use(connection: Connection) -> None:
    if keyring_of(connection.dialect) is None:  # a statement that was compiled holds the keys of its dialect
        connection.execution_options(compiled_cache=_COMPILED)


def _shared(key: tuple[Dialect, *tuple[Hashable, ...]]) -> Hashable:
    dialect, *rest = key
    return (dialect.name, *rest)
