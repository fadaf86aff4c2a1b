"""Keeps canonical vectors by hash of text and encoder: derived data, so no data revision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from matcher.ports import Int8Matrix
from matcher.store import schema
from matcher.store.database import Database
from matcher.store.records import chunks


class VectorTable:
    """Implements `matcher.ports.Vectors`. Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, encoder: str, hashes: Iterable[str]) -> dict[str, Int8Matrix]:
        """The vectors that are there, each int8 of shape (dimension,), read-only."""
        table = schema.vectors
        statement = select(table.c.text_hash, table.c.data).where(table.c.encoder == encoder)
        found: dict[str, Int8Matrix] = {}
        with self._database.reading() as connection:
            for part in chunks(dict.fromkeys(hashes)):
                rows = connection.execute(statement.where(table.c.text_hash.in_(part)))
                found.update((text_hash, np.frombuffer(data, np.int8)) for text_hash, data in rows)
        return found

    def save(self, encoder: str, vectors: Mapping[str, Int8Matrix]) -> None:
        """Adds vectors; existing ones stay."""
        rows = [
            {"encoder": encoder, "text_hash": text_hash, "data": vectors[text_hash].astype(np.int8, "C").tobytes()}
            for text_hash in sorted(vectors)
        ]
        if not rows:
            return

        def work(connection: Connection) -> None:
            insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            connection.execute(insert(schema.vectors).on_conflict_do_nothing(), rows)

        self._database.write(work)

    def drop(self, encoder: str, beginnings: Iterable[str]) -> None:
        """Removes the vectors of texts whose hash begins so."""
        table = schema.vectors
        between = (table.c.text_hash >= bindparam("first"), table.c.text_hash < bindparam("after"))
        begins = table.delete().where(table.c.encoder == encoder, *between)
        rows = [{"first": beginning, "after": f"{beginning}g"} for beginning in beginnings]  # g: behind every digit
        if rows:
            self._database.write(lambda connection: connection.execute(begins, rows) and None)

    def prune(self, encoder: str, used: Iterable[str]) -> int:
        """Removes vectors whose text is no longer anybody's; returns how many.

        `used`: hashes of texts, or what they begin with, all of one length.
        """
        table, kept = schema.vectors, set(used)
        length = len(next(iter(kept), ""))
        statement = table.delete().where(table.c.encoder == encoder, table.c.text_hash == bindparam("gone"))

        def work(connection: Connection) -> int:
            hashes = connection.execute(select(table.c.text_hash).where(table.c.encoder == encoder)).scalars()
            gone = [{"gone": text_hash} for text_hash in hashes if text_hash[:length] not in kept]
            if gone:
                connection.execute(statement, gone)
            return len(gone)

        return self._database.write(work)
