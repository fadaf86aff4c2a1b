"""What can be seen of a database from outside: versions, clock, sizes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, inspect, select, table, text

from matcher.ports import DatabaseFacts
from matcher.store.database import Database
from matcher.store.removals import waiting_since
from matcher.store.schema import removals
from matcher.store.versions import HEAD, UNFINISHED, VERSION


def described(database: Database) -> DatabaseFacts:
    """What can be seen of a database, whatever the version of its tables. Raises StoreUnavailable.

    A SQLite file that is not there is not made.
    """
    if database.is_sqlite and not Path(database.file).exists():
        return DatabaseFacts(None, HEAD, None, 0, 0, "", 0, is_unfinished=False)
    with database.reading() as connection:
        names = inspect(connection).get_table_names()
        counts = {
            name: connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in names
        }
        now: datetime | None
        if database.is_sqlite:
            now = None
            size = sum(path.stat().st_size for path in _files(database.file))
        else:
            now = connection.execute(text("SELECT clock_timestamp()")).scalar_one().astimezone(UTC)
            size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
        largest = max(counts, key=lambda name: counts[name], default="")
        return DatabaseFacts(
            version=connection.execute(VERSION).scalar() if "alembic_version" in names else None,
            known=HEAD,
            now=now,
            size=size,
            rows=sum(counts.values()),
            largest=largest,
            largest_rows=counts.get(largest, 0),
            is_unfinished=UNFINISHED in names,
            uncleaned=waiting_since(connection) if removals.name in names else None,
        )


def _files(file: str) -> list[Path]:
    return [path for path in (Path(file), Path(f"{file}-wal")) if path.exists()]
