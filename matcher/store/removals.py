"""What erasures, corrections and new keys leave to clean: in files of the database, and in folders with snapshots."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update

from matcher.domain.moments import aware, day_in_netherlands
from matcher.ports import CacheFolder, Clock, LastErasure
from matcher.store import schema
from matcher.store.database import Database

ERASURE, OVERWRITE, NEW_KEY = "erasure", "overwrite", "key"
"""The causes: an alumnus was erased; a personal value was replaced or cleared; contact details have another key."""
FORGOTTEN_DAYS = 400
"""Days after which a folder that was not seen any more is no longer named: longer than any holiday or repair."""
_TABLE = schema.removals
_WAITING = select(func.max(_TABLE.c.id)).where(_TABLE.c.in_files)


def add(connection: Connection, cause: str, at: datetime) -> None:
    """Records that personal values were removed, at a moment in UTC; call it after the revision was added."""
    newest = connection.execute(select(func.max(_TABLE.c.id))).scalar() or 0
    revision = connection.execute(select(func.max(schema.revisions.c.id))).scalar() or 0
    row = {"id": newest + 1, "revision": revision, "cause": cause, "removed_at": at, "in_files": True}
    connection.execute(_TABLE.insert(), row)


def waiting(connection: Connection) -> int | None:
    """The number of the newest removal that may still be in files of the database; None if none is."""
    found: int | None = connection.execute(_WAITING).scalar()
    return found


def waiting_since(connection: Connection) -> datetime | None:
    """The moment of the oldest removal that may still be in files of the database (UTC); None if none is."""
    moment = connection.execute(select(func.min(_TABLE.c.removed_at)).where(_TABLE.c.in_files)).scalar()
    return None if moment is None else aware(moment)


def finish(connection: Connection, number: int) -> None:
    """Records that files of the database hold nothing any more of removals up to this number."""
    connection.execute(update(_TABLE).where(_TABLE.c.id <= number, _TABLE.c.in_files).values(in_files=False))
    last = select(func.max(_TABLE.c.id)).where(_TABLE.c.cause == ERASURE).scalar_subquery()
    connection.execute(delete(_TABLE).where(_TABLE.c.in_files.is_(False), _TABLE.c.id != func.coalesce(last, 0)))


class CacheFolders:
    """Implements `matcher.ports.CacheFolders`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def last_erasure(self) -> LastErasure | None:
        """The newest erasure; None before the first."""
        with self._database.reading() as connection:
            return _last_erasure(connection)

    def cleaned(self, folder: str, revision: int) -> None:
        """Records that a folder was seen, and holds nothing of erasures up to a revision. Writes what has changed."""
        table, today = schema.cache_folders, self._today()
        with self._database.reading() as connection:
            row = connection.execute(select(table).where(table.c.folder == folder)).one_or_none()
        if row is not None and row.cleaned >= revision and row.seen_on >= today:
            return
        self._database.write(_recording(folder, revision, today))

    def behind(self, but: str | None = None) -> list[CacheFolder]:
        """The other folders that may hold what was erased, the last seen first."""
        table = schema.cache_folders
        with self._database.reading() as connection:
            erasure = _last_erasure(connection)
            if erasure is None:
                return []
            since = self._today() - timedelta(days=FORGOTTEN_DAYS)
            where = (table.c.cleaned < erasure.revision, table.c.folder != (but or ""), table.c.seen_on >= since)
            rows = connection.execute(select(table).where(*where).order_by(table.c.seen_on.desc(), table.c.folder))
            return [CacheFolder(row.folder, row.seen_on) for row in rows]

    def _today(self) -> date:
        return day_in_netherlands(self._clock.now())


def _last_erasure(connection: Connection) -> LastErasure | None:
    erasures = select(_TABLE.c.revision, _TABLE.c.removed_at).where(_TABLE.c.cause == ERASURE)
    row = connection.execute(erasures.order_by(_TABLE.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    newest = connection.execute(select(func.max(schema.revisions.c.id))).scalar() or 0
    return LastErasure(row.revision, row.removed_at, newest)


def _recording(folder: str, revision: int, today: date) -> Callable[[Connection], None]:
    table = schema.cache_folders

    def work(connection: Connection) -> None:
        this = table.c.folder == folder
        cleaned = connection.execute(select(table.c.cleaned).where(this)).scalar()
        connection.execute(delete(table).where(this))
        row = {"folder": folder, "cleaned": max(revision, cleaned or 0), "seen_on": today}
        connection.execute(table.insert(), row)

    return work
