"""Many new rows at once: SQLAlchemy takes longer to prepare each row of an insert than SQLite to write it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Table

from matcher.store.encryption import Digested, Encrypted, keyring_of


def insert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Inserts rows that all have the same columns. On SQLite values are prepared by column, by the same processors."""
    if not rows:
        return
    dialect, statement = connection.dialect, table.insert()
    if dialect.paramstyle != "qmark":
        connection.execute(statement, rows)
        return
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(rows[0]))
    columns: list[list[Any]] = []
    keyring = keyring_of(dialect)
    for name in compiled.positiontup:  # in the order of the table, whatever the order of the keys
        values = [row[name] for row in rows]
        if keyring is None and isinstance(table.c[name].type, Encrypted | Digested):
            columns.append(values)
            continue
        process = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        columns.append(values if process is None else each_once(process, values))
    connection.exec_driver_sql(compiled.string, list(zip(*columns, strict=True)))


def each_once(convert: Callable[[Any], Any], values: Sequence[Any], empty: object = None) -> list[Any]:
    """The values converted, each object that rows share once; `empty` in place of None."""
    by_id = list(map(id, values))
    done = {
        its: empty if value is None else convert(value) for its, value in dict(zip(by_id, values, strict=True)).items()
    }
    return [done[its] for its in by_id]
