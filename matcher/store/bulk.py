"""Many new rows at once: SQLAlchemy takes longer to prepare each row of an insert than SQLite to write it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table

from matcher.store.encryption import Digested, Encrypted, keyring_of


def insert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Inserts rows that all have the same columns."""
    if rows:
        insert_columns(connection, table, {name: [row[name] for row in rows] for name in rows[0]})


def insert_columns(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Inserts rows given by column, each as long. On SQLite values are prepared by column, by the same processors."""
    if not columns or not all(columns.values()):
        return
    dialect, statement = connection.dialect, table.insert()
    if dialect.paramstyle != "qmark":
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        connection.execute(statement, rows)
        return
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(columns))
    prepared = [bound(connection, table.c[name], columns[name]) for name in compiled.positiontup]  # in its order
    connection.exec_driver_sql(compiled.string, list(zip(*prepared, strict=True)))


def bound(connection: Connection, column: Column[Any], values: Sequence[Any]) -> Sequence[Any]:
    """Values of one column as the driver takes them."""
    dialect = connection.dialect
    if isinstance(column.type, Encrypted | Digested) and keyring_of(dialect) is None:
        return values
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    return values if process is None else each_once(process, values)


def each_once(convert: Callable[[Any], Any], values: Sequence[Any], empty: object = None) -> Sequence[Any]:
    """The values converted, each object that rows share once; `empty` in place of None."""
    if not any(values) and values.count(None) == len(values):
        return [empty] * len(values)
    by_id = list(map(id, values))
    done = {
        its: empty if value is None else convert(value) for its, value in dict(zip(by_id, values, strict=True)).items()
    }
    return list(map(done.__getitem__, by_id))
