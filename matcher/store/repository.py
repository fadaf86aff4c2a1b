"""The store: one database behind `matcher.ports.Store`."""

from __future__ import annotations

from matcher.store.access import Access
from matcher.store.auditing import Auditing
from matcher.store.engine import Database
from matcher.store.keeping import VectorKeeping
from matcher.store.migrating import migrate
from matcher.store.people import People
from matcher.store.reading import Reading
from matcher.store.writing import Writing


class SqlStore(Reading, Writing, VectorKeeping, Access, Auditing, People):
    """A SQLite file (`sqlite:///path`) or PostgreSQL (`postgresql://...`); connects on first use.

    May be shared by threads. Raises ConfigurationError for a URL that cannot be used, StoreUnavailable from every
    method for a database that cannot be.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        super().__init__(self._database)

    def migrate(self) -> None:
        """Brings the tables to this version; one select where they are. Raises ConfigurationError('store_newer')."""
        migrate(self._database)

    def close(self) -> None:
        """Closes the connections that are kept for reuse; the store can be used again."""
        self._database.close()
