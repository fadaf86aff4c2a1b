"""The store: one database behind `matcher.ports.Store`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, bindparam, select

from matcher.errors import ConfigurationError
from matcher.store import tables
from matcher.store.access import Access
from matcher.store.auditing import Auditing
from matcher.store.changed import Changing
from matcher.store.engine import Database
from matcher.store.keeping import VectorKeeping
from matcher.store.mapping import email_key
from matcher.store.migrating import migrate
from matcher.store.people import People
from matcher.store.reading import chunks
from matcher.store.sealing import Sealed
from matcher.store.writing import Writing

_KEY = "contact_key"
"""The mark that says with which key contact details are sealed."""
_SEALED = ((tables.contacts, "alumnus_key"), (tables.requesters, "request_key"))


class SqlStore(Changing, Writing, VectorKeeping, Access, Auditing, People):
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
                names = [column.name for column in table.columns if isinstance(column.type, Sealed)]
                read = connection.execute(select(table.c[key], *(table.c[name] for name in names))).all()
                update = table.update().where(table.c[key] == bindparam("the_key"))
                told = [{"the_key": row[0], **dict(zip(names, row[1:], strict=True))} for row in read]
                for part in chunks([{**row, "email_key": email_key(row["email"])} for row in told]):
                    connection.execute(update, part)
                rows += len(told)
            connection.execute(tables.marks.delete().where(tables.marks.c.name == _KEY))
            connection.execute(tables.marks.insert(), {"name": _KEY, "value": seal.fingerprint if seal else ""})
            return rows

        return self._database.write(work)

    def _sealed_rows(self) -> Iterator[int]:
        with self._database.reading() as connection:
            for table, key in _SEALED:
                yield from connection.execute(select(table.c[key]).limit(1)).scalars()

    def close(self) -> None:
        """Closes the connections that are kept for reuse; the store can be used again."""
        self._database.close()
