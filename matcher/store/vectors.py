"""Canonical vectors by encoder and hash of text. They are derived data: writing them adds no data revision."""

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
from matcher.store.revisions import origin_of


class VectorTable:
    """Implements `matcher.ports.Vectors`. Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, encoder: str, hashes: Iterable[str]) -> dict[str, Int8Matrix]:
        """The vectors that exist, each int8 of shape (dimension,), read-only."""
        table = schema.vectors
        statement = select(table.c.text_hash, table.c.data).where(table.c.encoder == encoder)
        vectors: dict[str, Int8Matrix] = {}
        with self._database.reading() as connection:
            for part in chunks(dict.fromkeys(hashes)):
                rows = connection.execute(statement.where(table.c.text_hash.in_(part)))
                vectors.update((text_hash, np.frombuffer(data, np.int8)) for text_hash, data in rows)
        return vectors

    def save(self, encoder: str, vectors: Mapping[str, Int8Matrix], *, at: str | None = None) -> bool:
        """Adds vectors; existing ones are kept. False, and nothing is added, where the data are newer than `at`."""
        rows = [
            {"encoder": encoder, "text_hash": text_hash, "data": vectors[text_hash].astype(np.int8, "C").tobytes()}
            for text_hash in sorted(vectors)
        ]
        if not rows:
            return True

        def work(connection: Connection) -> bool:
            if at is not None and origin_of(connection) != at:
                return False
            insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            connection.execute(insert(schema.vectors).on_conflict_do_nothing(), rows)
            return True

        return self._database.write(work)

    def drop(self, encoder: str, beginnings: Iterable[str]) -> None:
        """Removes the vectors of texts whose hash begins with one of `beginnings`."""
        table = schema.vectors
        between = (table.c.text_hash >= bindparam("first"), table.c.text_hash < bindparam("after"))
        begins = table.delete().where(table.c.encoder == encoder, *between)
        # "g" sorts after every hex digit: the exclusive end of the prefix range
        rows = [{"first": beginning, "after": f"{beginning}g"} for beginning in beginnings]
        if rows:
            self._database.write(lambda connection: connection.execute(begins, rows) and None)

    def prune(self, encoder: str | None, used: Iterable[str]) -> int:
        """Removes vectors whose text no record has any more, of this encoder or of all; returns how many texts.

        `used`: hashes of texts, or prefixes of hashes, all of one length.
        """
        table, prefixes = schema.vectors, set(used)
        length = len(next(iter(prefixes), ""))
        own = () if encoder is None else (table.c.encoder == encoder,)
        # by the whole key: of its second part alone each would be looked for in the whole table
        key = table.c.encoder == bindparam("of"), table.c.text_hash == bindparam("gone")

        def work(connection: Connection) -> int:
            rows = connection.execute(select(table.c.encoder, table.c.text_hash).where(*own))
            gone = [{"of": of, "gone": text_hash} for of, text_hash in rows if text_hash[:length] not in prefixes]
            if gone:
                connection.execute(table.delete().where(*key), gone)
            return len({row["gone"] for row in gone})

        return self._database.write(work)
