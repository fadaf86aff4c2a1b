"""The files of a PostgreSQL database: what erased and overwritten values leave there, removed and searched.

A deleted row stays in its table's file until the table is written anew (VACUUM FULL; VACUUM only frees the space), its
values in the statistics of the planner until those are, and everything in the write-ahead log (`pg_wal`) until its
segments are overwritten: after a checkpoint they wait, as they are, to be used again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Table, text
from sqlalchemy.exc import DBAPIError

from matcher.ports import Cleanness, Place
from matcher.store import schema
from matcher.traces import Search

PATIENCE = 5.0
"""Seconds to wait for others: for transactions that began before a cleaning, and for programs that have just ended."""
LOCK_WAIT = "1s"
"""How long a table may keep others waiting before it is written anew, because a reader of it does not end."""
SMALL = 64 << 20
"""Bytes of tables and indexes up to which they are written anew at once, not by the daily job."""
SEGMENTS = 80
"""Segments of the write-ahead log up to which they are overwritten, by the daily job."""
_PAUSE = 0.1
_BLOCK = 4 << 20
_CATALOG = "pg_catalog.pg_statistic"
_HELD = text("SELECT current_setting('wal_keep_size') <> '0' OR EXISTS (SELECT FROM pg_replication_slots)")
_SIZE = text("SELECT pg_total_relation_size(CAST(:name AS regclass))")
_OLDER = text(
    "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint <= :mark"
    " OR EXISTS (SELECT FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_xmin IS NOT NULL"
    " AND (datname = current_database() OR datname IS NULL) AND age(backend_xmin) >= age(CAST(:short AS text)::xid))"
    " OR EXISTS (SELECT FROM pg_replication_slots WHERE age(xmin) >= age(CAST(:short AS text)::xid))"
)
_WRITTEN = text("SELECT right(pg_walfile_name(pg_current_wal_insert_lsn()), 16)")
_ENDS = text("SELECT min(right(name, 16)), max(right(name, 16)) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'")
_HAS_STATISTICS = text("SELECT EXISTS (SELECT FROM pg_stats WHERE schemaname = current_schema() AND tablename = :name)")
_FORGETTING = text(
    "SELECT format('ALTER TABLE %I %s', CAST(:name AS text), string_agg(format('ALTER %I TYPE %s%s', attname,"
    " format_type(atttypid, atttypmod),"
    " CASE WHEN attcollation <> typcollation THEN ' COLLATE ' || CAST(attcollation AS regcollation) END), ', '))"
    " FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid"
    " WHERE attrelid = CAST(quote_ident(:name) AS regclass) AND attnum > 0 AND NOT attisdropped"
)
_RIGHTS = text(
    "SELECT rolsuper OR (pg_has_role(current_user, 'pg_read_server_files', 'member')"
    " AND has_function_privilege('pg_read_binary_file(text,bigint,bigint,boolean)', 'execute')"
    " AND has_function_privilege('pg_ls_waldir()', 'execute')),"
    " rolsuper OR (has_function_privilege('pg_switch_wal()', 'execute') AND has_function_privilege('pg_ls_waldir()',"
    " 'execute') AND EXISTS (SELECT FROM pg_roles AS may WHERE may.rolname = 'pg_checkpoint'"
    " AND pg_has_role(current_user, may.oid, 'member')))"
    " FROM pg_roles WHERE rolname = current_user"
)


def tables_of_people() -> list[Table]:
    """The tables that hold something of an alumnus, or a word or key of one: other rows are rewritten with them."""
    alumni = schema.alumni
    others = {"requesters", "sessions", "vectors", "revisions", "audit_refused", "uploads", "upload_parts"}
    others |= {"feedback_texts"}
    return [
        table
        for table in schema.metadata.sorted_tables
        if table is alumni or table.name in others or any(key.column.table is alumni for key in table.foreign_keys)
    ]


@dataclass(frozen=True, slots=True)
class Rights:
    """What the role of this installation may do besides owning its tables."""

    reads_files: bool
    switches_log: bool


def rights(engine: Engine) -> Rights:
    """What this role may do."""
    with _autocommit(engine) as connection:
        row = connection.execute(_RIGHTS).one()
    return Rights(*row)


def rewrite(engine: Engine, *, large: bool) -> Place:
    """Writes the tables of people anew, and the planner's statistics of them; says how that went.

    Each table is locked for as long as that takes; `large`: whatever its size.
    """
    tables = [table.name for table in tables_of_people()]
    with _autocommit(engine) as connection:
        size = sum(connection.execute(_SIZE, {"name": name}).scalar_one() for name in tables)
        if size > SMALL and not large:
            return Place("tables_large", Cleanness.UNFINISHED, {"size": -(-size >> 20)})
        if not _alone(connection):
            return Place("tables_in_use", Cleanness.UNFINISHED)
        connection.execute(text(f"SET lock_timeout = '{LOCK_WAIT}'"))
        try:
            locked = [name for name in tables if not _vacuum(connection, name)]
        finally:
            connection.execute(text("RESET lock_timeout"))
    return Place("tables_in_use", Cleanness.UNFINISHED) if locked else Place("tables", Cleanness.CLEAN)


def _alone(connection: Connection) -> bool:
    """Waits for the transactions that may still see what was deleted before; False if one of them does not end.

    Those of this database that read, and those that write in any database of the server: a snapshot, that of the
    command that writes a table anew too, reaches back to the oldest of these (PostgreSQL 17, `ComputeXidHorizons`).
    """
    mark = connection.execute(text("SELECT pg_current_xact_id()::text::bigint")).scalar_one()
    values = {"mark": mark, "short": str(mark % (1 << 32))}
    return waited_until(lambda: not connection.execute(_OLDER, values).scalar_one())


def waited_until(holds: Callable[[], bool]) -> bool:
    """Asks again for as long as `PATIENCE`; whether it came to hold."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() + _PAUSE > deadline:
            return False
        time.sleep(_PAUSE)
    return True


def _vacuum(connection: Connection, table: str) -> bool:
    """Writes one table and its statistics anew; False if another transaction holds it for too long."""
    try:
        _forget(connection, table)
        connection.execute(text(f'VACUUM (FULL, ANALYZE) "{table}"'))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "55P03":
            raise
        return False
    return True


def _forget(connection: Connection, table: str) -> None:
    """Removes the statistics of a table without rows, which ANALYZE leaves as they were (PostgreSQL 15 to 17).

    Only another type removes them, also if it is the same one: nothing is written anew for that.
    """
    if connection.execute(text(f'SELECT FROM "{table}" LIMIT 1')).first() is not None:
        return
    if connection.execute(_HAS_STATISTICS, {"name": table}).scalar_one():
        connection.execute(text(connection.execute(_FORGETTING, {"name": table}).scalar_one()))


def renew_statistics(engine: Engine) -> Place:
    """Writes the table of the planner's statistics anew, which holds values of columns; says how that went.

    PostgreSQL only warns where it skips a table of which this role is not the owner.
    """
    with _autocommit(engine) as connection:
        filenode = text("SELECT pg_relation_filenode(CAST(:name AS regclass))")
        before = connection.execute(filenode, {"name": _CATALOG}).scalar_one()
        if not _alone(connection):
            return Place("tables_in_use", Cleanness.UNFINISHED)
        connection.execute(text(f"SET lock_timeout = '{LOCK_WAIT}'"))
        try:
            connection.execute(text(f"VACUUM (FULL) {_CATALOG}"))
        except DBAPIError as error:
            if (state := getattr(error.orig, "sqlstate", None)) not in {"55P03", "42501"}:
                raise
            return Place("tables_in_use" if state == "55P03" else "statistics", Cleanness.UNFINISHED)
        finally:
            connection.execute(text("RESET lock_timeout"))
        after = connection.execute(filenode, {"name": _CATALOG}).scalar_one()
    return Place("statistics", Cleanness.UNFINISHED if before == after else Cleanness.CLEAN)


def overwrite_log(engine: Engine) -> bool:
    """Has every segment of the write-ahead log overwritten or removed; False if there are too many, or some are held.

    A switch fills the current segment with zeros and takes the next, a checkpoint frees those before it.
    """
    with _autocommit(engine) as connection:
        if connection.execute(_HELD).scalar_one():
            return False
        first = _next_segment(connection)
        # what the checkpoint freed was removed, or renamed to be used again: up to this name all is to be written over
        _, last = connection.execute(_ENDS).one()
        for _ in range(SEGMENTS):
            if connection.execute(_WRITTEN).scalar_one() > last:
                oldest, _ = connection.execute(_ENDS).one()
                return bool(oldest >= first)
            _next_segment(connection)
    return False


def _next_segment(connection: Connection) -> str:
    """Has the next segment of the write-ahead log written, and those before it freed; its name without a timeline."""
    connection.execute(text("SELECT pg_switch_wal()"))
    name: str = connection.execute(_WRITTEN).scalar_one()
    connection.execute(text("CHECKPOINT"))
    return name


def search_tables(engine: Engine, needles: Collection[bytes]) -> set[bytes]:
    """The needles in files of the tables of people and their indexes."""
    with _autocommit(engine) as connection:
        return _found_in(connection, _paths(connection), needles)


def search_log(engine: Engine, needles: Collection[bytes]) -> set[bytes]:
    """The needles in the write-ahead log."""
    with _autocommit(engine) as connection:
        names = connection.execute(text("SELECT name FROM pg_ls_waldir()")).scalars().all()
        return _found_in(connection, [f"pg_wal/{name}" for name in names], needles)


def _found_in(connection: Connection, paths: Iterable[str], needles: Collection[bytes]) -> set[bytes]:
    search = Search(needles)
    for path in paths:
        search.read(_blocks(connection, path))
    return search.found


def unseen(engine: Engine) -> Iterator[Place]:
    """What copies the write-ahead log elsewhere, as far as this role may know."""
    with _autocommit(engine) as connection:
        archive = connection.execute(text("SELECT current_setting('archive_mode')")).scalar_one()
        slots = connection.execute(text("SELECT count(*) FROM pg_replication_slots")).scalar_one()
        senders = connection.execute(text("SELECT count(*) FROM pg_stat_replication")).scalar_one()
    if archive != "off":
        yield Place("log_archive", Cleanness.UNSEEN)
    if slots or senders:
        yield Place("replicas", Cleanness.UNSEEN)


def databases(engine: Engine, beginning: str) -> list[str]:
    """The databases of this server whose name begins so."""
    with _autocommit(engine) as connection:
        named = text("SELECT datname FROM pg_database WHERE starts_with(datname, :beginning)")
        return list(connection.execute(named, {"beginning": beginning}).scalars())


def _paths(connection: Connection) -> Sequence[str]:
    names = [f'"{table.name}"' for table in tables_of_people()] + [_CATALOG]
    statement = text(
        "WITH tables AS (SELECT CAST(CAST(unnest(CAST(:names AS text[])) AS regclass) AS oid) AS oid),"
        " toasts AS (SELECT reltoastrelid AS oid FROM pg_class JOIN tables USING (oid) WHERE reltoastrelid <> 0),"
        " heaps AS (SELECT oid FROM tables UNION SELECT oid FROM toasts)"
        " SELECT pg_relation_filepath(oid) FROM heaps"
        " UNION SELECT pg_relation_filepath(indexrelid) FROM pg_index WHERE indrelid IN (SELECT oid FROM heaps)"
    )
    return connection.execute(statement, {"names": names}).scalars().all()


def _blocks(connection: Connection, path: str) -> Iterator[bytes]:
    driver: Any = connection.connection.driver_connection
    for number in range(1 << 20):  # a relation goes on in `path.1`, `path.2`, ... after a gigabyte
        file, start = f"{path}.{number}" if number else path, 0
        while True:
            with driver.cursor(binary=True) as cursor:
                row = cursor.execute(
                    "SELECT pg_read_binary_file(%s::text, %s::bigint, %s::bigint, true)", (file, start, _BLOCK)
                ).fetchone()
            block = row[0] if row else None
            if block:
                yield block
            if not block or len(block) < _BLOCK:
                break
            start += _BLOCK
        if block is None or start == 0 or path.startswith("pg_wal"):
            return


@contextmanager
def _autocommit(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")
