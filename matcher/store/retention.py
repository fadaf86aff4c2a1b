"""Alumni asked whether their data may stay."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from matcher.store import schema
from matcher.store.unit import UnitOfWork


class RetentionTable:
    """Implements `matcher.repositories.people.RetentionTable`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def all(self) -> dict[int, tuple[date, date | None]]:
        """By random key: the day of the question, and that of the reminder."""
        table = schema.retention
        rows = self._connection.execute(select(table.c.alumnus_key, table.c.asked_on, table.c.reminded_on))
        return {row[0]: (row[1], row[2]) for row in rows}

    def of(self, key: int) -> tuple[date, date | None] | None:
        """The same for one alumnus; None without a question."""
        table = schema.retention
        statement = select(table.c.asked_on, table.c.reminded_on).where(table.c.alumnus_key == key)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else (row[0], row[1])

    def record(self, key: int, step: str) -> None:
        """The alumnus was asked (`ask`) or reminded (`remind`) today; no data revision."""
        self._unit.need_write()
        table, today = schema.retention, self._unit.today
        if step == "remind":
            self._connection.execute(table.update().where(table.c.alumnus_key == key).values(reminded_on=today))
        elif self.of(key) is None:
            self._connection.execute(table.insert(), {"alumnus_key": key, "asked_on": today})

    def clear(self, key: int) -> None:
        """The alumnus has answered."""
        self._unit.need_write()
        self._connection.execute(schema.retention.delete().where(schema.retention.c.alumnus_key == key))
