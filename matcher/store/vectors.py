"""Canonical vectors by encoder and hash of text. They are derived data: writing them adds no data revision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from matcher.ports import Int8Matrix
from matcher.store import schema
from matcher.store.database import Database
from matcher.store.records import chunks, streamed
from matcher.store.revisions import origin_of

_MANY, _MOST = 5_000, 0.25
"""From so many texts on, and at least this share of those that are stored, all are read: in a fifth of the time."""


def _count(connection: Connection, encoder: str) -> int:
    stored = select(func.count()).select_from(schema.vectors).where(schema.vectors.c.encoder == encoder)
    return int(connection.execute(stored).scalar_one())


class VectorTable:
    """Implements `matcher.ports.Vectors`. Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, encoder: str, hashes: Iterable[str]) -> dict[str, Int8Matrix]:
        """The vectors that exist, each int8 of shape (dimension,), read-only."""
        table, wanted = schema.vectors, dict.fromkeys(hashes)
        every = select(table.c.text_hash, table.c.data).where(table.c.encoder == encoder)
        vectors: dict[str, Int8Matrix] = {}
        with self._database.reading() as connection:
            if len(wanted) >= _MANY and len(wanted) >= _MOST * _count(connection, encoder):
                with streamed(connection, every) as found:
                    vectors.update((hash_, np.frombuffer(data, np.int8)) for hash_, data in found if hash_ in wanted)
                return vectors
            for part in chunks(wanted):
                rows = connection.execute(every.where(table.c.text_hash.in_(part))).all()
                vectors.update((hash_, np.frombuffer(data, np.int8)) for hash_, data in rows)
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
