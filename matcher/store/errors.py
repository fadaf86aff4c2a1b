"""Translation of database drivers' errors to codes of the error tree, without user name or password."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from matcher.errors import StoreError, StoreReadOnly, StoreUnavailable

_SQLITE = (
    ("SQLITE_NOTADB", "database_not_a_database"),
    ("SQLITE_CORRUPT", "database_damaged"),
    ("SQLITE_BUSY", "database_locked"),
    ("SQLITE_LOCKED", "database_locked"),
    ("SQLITE_CANTOPEN", "database_unreachable"),
    ("SQLITE_PERM", "database_unreachable"),
    ("SQLITE_READONLY", "database_read_only"),
    ("SQLITE_FULL", "database_disk_full"),
    ("SQLITE_IOERR", "database_disk_error"),
)
_POSTGRES = (
    ("40001", "database_locked"),
    ("40P01", "database_locked"),
    ("55P03", "database_locked"),
    ("57014", "database_locked"),
    ("25006", "database_read_only"),
    ("42501", "database_read_only"),
    ("53100", "database_disk_full"),
    ("58", "database_disk_error"),
    ("42P01", "database_not_migrated"),
    ("28", "database_login_refused"),
    ("3D000", "database_missing"),
    ("08", "database_unreachable"),
    ("57P", "database_unreachable"),
    ("53", "database_unreachable"),
)
_RETRIED = ("40001", "40P01")
_LOGIN = re.compile(r"authentica|password|no pg_hba|role .* does not exist", re.IGNORECASE)
_MISSING = re.compile(r"database .* does not exist", re.IGNORECASE)


def target_of(url: URL) -> str:
    """The database, for messages: the file, or host:port/name. Never the user name or password."""
    if url.get_backend_name() == "sqlite":
        return url.database or ""
    port = f":{url.port}" if url.port else ""
    host = (url.host or "localhost").rpartition("@")[2]  # a password may hold an @ that should have been %40
    return f"{host}{port}/{url.database or ''}"


def is_passing(error: DBAPIError) -> bool:
    """Whether it is a serialization failure or deadlock of PostgreSQL, after which the same work may succeed."""
    return getattr(error.orig, "sqlstate", None) in _RETRIED


def _code(error: BaseException, *, disconnected: bool) -> str | None:
    if isinstance(error, sqlite3.Error):
        name = getattr(error, "sqlite_errorname", None) or ""
        if name == "SQLITE_ERROR" and "no such table" in str(error):
            return "database_not_migrated"
        return next((code for prefix, code in _SQLITE if name.startswith(prefix)), None)
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return next((code for prefix, code in _POSTGRES if str(state).startswith(prefix)), None)
    if type(error).__name__ != "OperationalError" and not disconnected:
        return None
    # libpq gives no code for a refused connection, only a text
    if _LOGIN.search(str(error)):
        return "database_login_refused"
    return "database_missing" if _MISSING.search(str(error)) else "database_unreachable"


def _unavailable(code: str, target: str) -> StoreUnavailable:
    family = StoreReadOnly if code == "database_read_only" else StoreUnavailable
    return family(code, database=target)


@contextmanager
def translated(target: str) -> Iterator[None]:
    """Raises errors of the driver as StoreUnavailable, and unforeseen ones as StoreError('database_failed')."""
    try:
        yield
    except DBAPIError as error:
        lost = error.connection_invalidated or isinstance(error, InterfaceError)
        code = _code(error.orig, disconnected=lost) if error.orig is not None else None
        if code is not None:
            raise _unavailable(code, target) from error
        raise StoreError("database_failed", database=target, problem=type(error.orig).__name__) from error
    except sqlite3.Error as error:
        code = _code(error, disconnected=False)
        if code is not None:
            raise _unavailable(code, target) from error
        raise StoreError("database_failed", database=target, problem=type(error).__name__) from error
    except PoolTimeout as error:  # every connection of this process is at work
        raise StoreUnavailable("database_crowded", database=target) from error
    except SQLAlchemyError as error:
        raise StoreError("database_failed", database=target, problem=type(error).__name__) from error
