"""Values that the database stores about itself, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from matcher.store import schema

if TYPE_CHECKING:  # the log, which a unit of work writes, is sealed by values of the installation
    from matcher.store.unit import UnitOfWork


class Installation:
    """Implements `matcher.repositories.log.Installation`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def get(self, name: str) -> str | None:
        """The value; None where there is none."""
        return stored_value(self._connection, name)

    def set_once(self, name: str, value: str) -> str:
        """Stores the value, unless there is one already; returns the stored value."""
        self._unit.need_write()
        return value_of(self._connection, name, value)

    def replace(self, name: str, value: str) -> None:
        """Stores the value, replacing any other."""
        self._unit.need_write()
        replace_value(self._connection, name, value)


def stored_value(connection: Connection, name: str) -> str | None:
    """The value with this name; None where there is none."""
    table = schema.installation_values
    return connection.execute(select(table.c.value).where(table.c.name == name)).scalar()


def replace_value(connection: Connection, name: str, value: str) -> None:
    """Stores the value, replacing any other."""
    table = schema.installation_values
    connection.execute(table.delete().where(table.c.name == name))
    connection.execute(table.insert(), {"name": name, "value": value})


def value_of(connection: Connection, name: str, default: str) -> str:
    """The value with this name; stores `default` if there is none."""
    value = stored_value(connection, name)
    if value is None:
        connection.execute(schema.installation_values.insert(), {"name": name, "value": default})
    return default if value is None else value
