"""Cleaning the files of the database after values were erased or overwritten, and proving that it worked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Table, Text, func, or_, select, text, type_coerce

from matcher.leftovers import copies_beside
from matcher.ports import Cleanness, Place
from matcher.store import postgres_files, schema, sqlite_files
from matcher.store.database import Database
from matcher.store.encryption import Digested, Encrypted
from matcher.store.errors import translated
from matcher.text import skill_key
from matcher.traces import Search, Traces

CHECKED = "alumnimatch_check_"
"""How the name of a database begins into which a back-up is unpacked, on a server of PostgreSQL."""
Needles = Mapping[bytes, str]
_TYPES = (Text, Encrypted, Digested)
_ROWID = "rowid"
_STORED = text(
    "SELECT '', name FROM pragma_table_info(:name) WHERE NOT (pk AND type = 'INTEGER') "
    "UNION ALL SELECT name, at FROM (SELECT one.name, coalesce(part.name, 'rowid') AS at "
    "FROM pragma_index_list(:name) AS one, pragma_index_xinfo(one.name) AS part ORDER BY one.name, part.seqno)"
)
"""The columns of a table as they stand in its rows, without the key, and in the entries of each of its indexes."""
_ROW = 'SELECT 1 FROM "{1}" WHERE instr({0}, :word) > 0 LIMIT 1'


def clean(database: Database, traces: Traces, *, large: bool) -> tuple[bool, tuple[Place, ...]]:
    """Cleans the files; whether the database's own are clean, and what is known of each place. Raises StoreUnavailable.

    `large`: also where that keeps others waiting for more than a moment.
    """
    needles = traces.needles()
    with translated(database.target):
        if database.is_sqlite:
            place = _sqlite(database, needles, large=large)
            return place.state is Cleanness.CLEAN, (place, *_copies(database))
        places = tuple(_postgres(database, needles, large=large))
        # statistics that only an administrator may write anew would have every table written anew each day
        left = [place for place in places if place.state is Cleanness.UNFINISHED and place.code != "statistics"]
        return not left and places[0].state is Cleanness.CLEAN, places


def attempt(database: Database) -> bool:
    """Cleans at once, or not at all; True if the files are clean. On PostgreSQL that would keep others waiting."""
    with translated(database.target):
        return database.is_sqlite and sqlite_files.empty_log(database.engine)


def _sqlite(database: Database, needles: Needles, *, large: bool) -> Place:
    engine = database.engine
    emptied = sqlite_files.empty_log(engine, sqlite_files.PATIENCE)
    find = partial(sqlite_files.search, engine, needles)
    try:
        remains = _only_theirs(database, needles, find()) if needles else set()
        if emptied and (remains or large):  # a page that was split long ago may hold a copy
            emptied = sqlite_files.rebuild(engine) and sqlite_files.empty_log(engine, sqlite_files.PATIENCE)
            remains = _only_theirs(database, needles, find()) if needles else set()
    except OSError:
        return Place("file_unreadable", Cleanness.UNSEEN)
    if not emptied:
        return Place("file_in_use", Cleanness.UNFINISHED)
    return Place("file", Cleanness.FOUND if remains else Cleanness.CLEAN)


def _postgres(database: Database, needles: Needles, *, large: bool) -> Iterator[Place]:
    engine = database.engine
    may = postgres_files.rights(engine)
    searched = needles if may.reads_files else {}
    tables, statistics = _rewritten(database, searched, large=large)
    renewed = statistics.state is Cleanness.CLEAN
    overwritten = large and renewed and may.switches_log and postgres_files.overwrite_log(engine)
    log = Place("log", Cleanness.CLEAN) if overwritten else Place("log_unseen", Cleanness.UNSEEN)
    if may.switches_log and not overwritten:
        log = Place("log_holds", Cleanness.UNFINISHED)
    if tables.state is Cleanness.CLEAN and searched and large:
        holds = _only_theirs(database, searched, postgres_files.search_log(engine, searched))
        log = Place("log_holds", Cleanness.UNFINISHED) if holds else Place("log", Cleanness.CLEAN)
    yield tables
    if tables.state is Cleanness.CLEAN and not renewed:
        yield statistics
    yield log
    yield from postgres_files.unseen(engine)
    yield from _copies(database)


def _rewritten(database: Database, needles: Needles, *, large: bool) -> tuple[Place, Place]:
    """The tables, after they were written anew and searched for the needles, and the planner's statistics of them."""
    engine = database.engine
    tables = postgres_files.rewrite(engine, large=large)
    if tables.state is not Cleanness.CLEAN:
        return tables, Place("statistics", Cleanness.UNFINISHED)
    statistics = postgres_files.renew_statistics(engine)
    if statistics.code != "statistics":
        return statistics, statistics
    if needles and _only_theirs(database, needles, postgres_files.search_tables(engine, needles)):
        return Place("tables", Cleanness.FOUND), statistics
    return tables, statistics


def _copies(database: Database) -> Iterator[Place]:
    """Copies of the database that a restore or a rehearsal has left, or is at work with. No one reads them again."""
    if database.is_sqlite:
        names = [path.name for path in copies_beside(Path(database.file).absolute())]
    else:
        names = postgres_files.databases(database.engine, CHECKED)
    if names:
        yield Place("copies_left", Cleanness.UNFINISHED, {"names": ", ".join(sorted(names))})


def _only_theirs(database: Database, needles: Needles, found: Collection[bytes]) -> set[bytes]:
    """What was found that no other record has: a key, or a word that stands in no table any more.

    In a file of SQLite the values of a row stand one behind the other: who has the number `A-1234` and the postcode
    `5012` puts `A-12345` there.
    """
    if not found:
        return set()
    with database.reading() as connection:
        return {needle for needle in found if not needles[needle] or not _is_held(connection, needles[needle])}


def holds(database: Database, traces: Traces, paths: Iterable[Path]) -> bool:
    """Whether any of these files holds a key, or a word that stands in no table, in any spelling. Raises OSError.

    Files that are made of the tables hold words as they are compared: who has `Lassen` puts `lassen` there.
    """
    needles = traces.needles()
    search = Search(needles)
    for path in paths:
        search.read_file(path)
    theirs = {needles[needle] for needle in _only_theirs(database, needles, search.found)}
    return "" in theirs or bool(_in_no_spelling(database, theirs))


def _is_held(connection: Connection, word: str) -> bool:
    """Whether any text of any table contains this, or a file's own description of them. Reads every table.

    SQLite writes the statements that made the tables into the file: someone's word may be the name of a column.
    """
    position = func.instr if connection.dialect.name == "sqlite" else func.strpos
    if connection.dialect.name == "sqlite":
        described = text("SELECT 1 FROM sqlite_schema WHERE instr(sql, :word) > 0 LIMIT 1")
        if connection.execute(described, {"word": word}).first():
            return True
    for source, texts in _texts():
        holds = [position(column, word) > 0 for column in texts]
        if connection.execute(select(1).select_from(source).where(or_(*holds)).limit(1)).first():
            return True
    return connection.dialect.name == "sqlite" and _is_across(connection, word)


def _is_across(connection: Connection, word: str) -> bool:
    """Whether values of a row that stand one behind the other make this, in a table or one of its indexes.

    A number stands between as bytes, of which the first or the last may be a letter of the word: that of the key, with
    which each entry of an index ends. Nothing at all stands for what is empty.
    """
    for source, _ in _texts():
        stored = defaultdict[str, list[str]](list)
        for order, name in connection.execute(_STORED, {"name": source.name}):
            stored[order].append(_stored(name))
        rows = (_ROW.format(" || ".join(values), source.name) for values in stored.values())
        if any(connection.execute(text(row), {"word": word}).first() for row in rows):
            return True
    return False


def _stored(name: str) -> str:
    """A value as SQL makes a text of how it is stored: a text is itself, of a number the first and the last byte.

    The format of SQLite: a whole number takes as few of 1, 2, 3, 4, 6 or 8 bytes as hold it, 0 and 1 take none.
    """
    value = name if name == _ROWID else f'"{name}"'
    longer = " ".join(
        f"WHEN {value} BETWEEN -{1 << 8 * size - 1} AND {(1 << 8 * size - 1) - 1} THEN {_ends(value, size)}"
        for size in (2, 3, 4, 6)
    )
    number = (
        f"CASE WHEN {value} IN (0, 1) THEN '' WHEN {value} BETWEEN -128 AND 127 THEN char({value} & 255) "
        f"{longer} ELSE {_ends(value, 8)} END"
    )
    return (
        f"CASE typeof({value}) WHEN 'text' THEN {value} WHEN 'null' THEN '' WHEN 'integer' THEN {number} "
        "ELSE char(1) END"
    )


def _ends(value: str, size: int) -> str:
    return f"char(({value} >> {8 * (size - 1)}) & 255, 1, {value} & 255)"


def _in_no_spelling(database: Database, words: Collection[str]) -> set[str]:
    """The words that no text of any table has in any spelling. Reads every table, where no earlier one has them."""
    left = {word: skill_key(word) for word in words}
    with database.reading() as connection:
        for table, texts in _texts():
            if not left:
                break
            for row in connection.execute(select(*texts).select_from(table)):
                held = " ".join(skill_key(value) for value in row if value)
                left = {word: key for word, key in left.items() if key not in held}
    return set(left)


def _texts() -> Iterator[tuple[Table, Sequence[ColumnElement[str]]]]:
    """Each table that has any, with its columns of texts, as they are stored."""
    for table in schema.metadata.sorted_tables:
        texts = [type_coerce(column, Text) for column in table.columns if isinstance(column.type, _TYPES)]
        if texts:
            yield table, texts
