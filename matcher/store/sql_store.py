"""The store: one database behind `matcher.ports.Store`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, bindparam, select

from matcher.errors import ConfigurationError
from matcher.store import schema
from matcher.store.accounts import Access
from matcher.store.audit import Auditing
from matcher.store.changes import Changing
from matcher.store.codecs import email_key
from matcher.store.database import Database
from matcher.store.encryption import Encrypted
from matcher.store.imports import Writing
from matcher.store.people import People
from matcher.store.records import chunks
from matcher.store.vectors import VectorTable
from matcher.store.versions import migrate

_KEY = "contact_key"
"""The mark that says with which key contact details are sealed."""
_SEALED = ((schema.contacts, "alumnus_key"), (schema.requesters, "request_key"))


class SqlStore(Changing, Writing, VectorTable, Access, Auditing, People):
    """A SQLite file (`sqlite:///path`) or PostgreSQL (`postgresql://...`); connects on first use.

    May be shared by threads. Raises ConfigurationError for a URL that cannot be used, StoreUnavailable from every
    method for a database that cannot be.
    """

    def __init__(self, url: str, keys: Sequence[str] = ()) -> None:
        self._database = Database(url, keys)
        super().__init__(self._database)

    def migrate(self) -> None:
        """Brings the tables to this version; one select where they are. Raises ConfigurationError('store_newer')."""
        migrate(self._database)

    def check_keys(self) -> None:
        """That contact details are sealed with the first key. Raises ConfigurationError where they are not."""
        seal = self._database.seal
        now, kept = seal.fingerprint if seal else "", self.mark(_KEY)
        if (kept or "") == now:
            return
        if kept is None and not any(True for _ in self._sealed_rows()):
            self.set_mark(_KEY, now)
            return
        raise ConfigurationError("contact_key_missing" if seal is None else "contact_key_new")

    def reseal(self) -> int:
        """Writes all contact details anew with the first key, all or nothing; returns how many rows. No revision."""
        seal = self._database.seal

        def work(connection: Connection) -> int:
            rows = 0
            for table, key in _SEALED:
                names = [column.name for column in table.columns if isinstance(column.type, Encrypted)]
                read = connection.execute(select(table.c[key], *(table.c[name] for name in names))).all()
                update = table.update().where(table.c[key] == bindparam("the_key"))
                told = [{"the_key": row[0], **dict(zip(names, row[1:], strict=True))} for row in read]
                for part in chunks([{**row, "email_key": email_key(row["email"])} for row in told]):
                    connection.execute(update, part)
                rows += len(told)
            connection.execute(schema.marks.delete().where(schema.marks.c.name == _KEY))
            connection.execute(schema.marks.insert(), {"name": _KEY, "value": seal.fingerprint if seal else ""})
            return rows

        return self._database.write(work)

    def _sealed_rows(self) -> Iterator[int]:
        with self._database.reading() as connection:
            for table, key in _SEALED:
                yield from connection.execute(select(table.c[key]).limit(1)).scalars()

    def close(self) -> None:
        """Closes the connections that are kept for reuse; the store can be used again."""
        self._database.close()
