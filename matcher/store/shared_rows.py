"""What of two alumni can be one row only once they are one: replies to a request, and what an import did; and back.

A no to a request counts, whoever of the two said it; no import takes anything back of an alumnus who was merged since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select

from matcher.domain.ledger import LedgerEvent
from matcher.store import schema
from matcher.store.kept_rows import Content, rows_of, typed
from matcher.store.undo import ACTED, MERGED

_REPLIES = (LedgerEvent.ACCEPTED.value, LedgerEvent.DECLINED.value)


# ---- replies


def unite_replies(connection: Connection, kept: int, gone: int) -> Content:
    """Leaves one reply to each request that both replied to: a no, or else the first yes; a line undoes each other.

    To be called before the rows of `gone` move. Returns what `part_replies` needs: the ids of the lines that undo the
    others (`undoing`), those of the replies that count (`after`), and those of all lines of before (`lines`).
    """
    lines = [row["id"] for row in rows_of(connection, schema.ledger, schema.ledger.c.alumnus_key.in_((kept, gone)))]
    by_request = defaultdict[int, list[Content]](list)
    for row in _replies(connection, kept, gone):
        by_request[row["request_key"]].append(row)
    others, after = list[Content](), list[list[Any]]()
    for rows in by_request.values():
        first = min(
            rows, key=lambda row: (row["event"] != LedgerEvent.DECLINED.value, row["alumnus_key"] != kept, row["id"])
        )
        after.append([first["id"], first["event"], first["request_key"]])
        others += [row for row in rows if row is not first]
    table = schema.ledger
    undoing = [
        connection.execute(table.insert().returning(table.c.id), _undoing(row)).scalar_one()
        for row in sorted(others, key=lambda row: int(row["id"]))
    ]
    return {"undoing": undoing, "after": after, "lines": lines}


def _undoing(row: Content) -> Content:
    """The line that undoes this one, of the same day and by nobody."""
    values = typed(schema.ledger, row)
    same = {name: values[name] for name in ("alumnus_key", "request_key", "on_date", "school", "kind", "team")}
    return {**same, "event": LedgerEvent.CORRECTED.value, "corrects": row["id"]}


def part_replies(connection: Connection, kept: int, gone: int, state: Content) -> None:
    """Gives each the own replies back, once the rows of `gone` have moved back.

    What was replied or taken back since is so of each who was asked, in the place of an earlier reply.
    """
    if not state:  # of a merge from before this was kept
        return
    if "lines" in state:
        _part_asks(connection, kept, gone, state["lines"])
    table, before = schema.ledger, {(id_, event) for id_, event, *_ in state["after"]}
    replies = _replies(connection, kept, gone)
    since = [row for row in replies if (row["id"], row["event"]) not in before]
    still = {row["id"] for row in replies}
    anew = {row["request_key"] for row in since}
    anew |= {request for id_, _, *requests in state["after"] for request in requests if id_ not in still}
    there = set(connection.execute(select(schema.requests.c.key)).scalars())
    undoing = table.c.id.in_(state.get("undoing", ())) & (
        table.c.request_key.is_(None) | table.c.request_key.not_in(anew)
    )
    connection.execute(table.delete().where(undoing))
    _insert(connection, [  # merges of earlier versions
        row for row in state.get("removed", ()) if row["request_key"] not in anew and row["request_key"] in there
    ])  # fmt: skip
    asked = select(table.c.alumnus_key, table.c.request_key).where(
        table.c.event == LedgerEvent.ASKED.value, table.c.request_key.in_(anew)
    )
    pairs = {(row[0], row[1]) for row in connection.execute(asked.where(table.c.alumnus_key.in_([kept, gone])))}
    for row in since:
        _give(connection, row, [key for key in (gone, kept) if (key, row["request_key"]) in pairs] or [kept])
    _follow(connection, kept, gone)


def _give(connection: Connection, row: Content, owners: list[int]) -> None:
    """Gives a line to the first of these, and a copy to the other."""
    table = schema.ledger
    connection.execute(table.update().where(table.c.id == row["id"]).values(alumnus_key=owners[0]))
    copy = {name: value for name, value in typed(table, row).items() if name != "id"}
    if others := owners[1:]:
        connection.execute(table.insert(), [{**copy, "alumnus_key": key} for key in others])


def _part_asks(connection: Connection, kept: int, gone: int, before: Collection[int]) -> None:
    """Gives the asks that came to count since, and a "not now" that was said since, to whoever was asked.

    `before`: the ids of the lines of before the merge.
    """
    table, made = schema.ledger, schema.invitations
    asked = select(made.c.alumnus_key, made.c.request_key).where(made.c.asked_at.is_not(None))
    pairs = set(map(tuple, connection.execute(asked.where(made.c.alumnus_key.in_((kept, gone))))))
    known, words = set(before), (LedgerEvent.ASKED.value, LedgerEvent.LATER.value)
    for row in rows_of(connection, table, (table.c.alumnus_key == kept) & table.c.event.in_(words)):
        owners = [key for key in (kept, gone) if (key, row["request_key"]) in pairs] or [kept]
        if row["id"] not in known:
            _give(connection, row, owners if row["event"] == LedgerEvent.LATER.value else owners[:1])


def _follow(connection: Connection, kept: int, gone: int) -> None:
    """Gives each line that undoes another to whose the other is."""
    undoing, undone = schema.ledger, schema.ledger.alias("undone")
    owner = select(undone.c.id, undone.c.alumnus_key).where(undone.c.alumnus_key.in_([kept, gone]))
    owners: dict[int, int] = {row[0]: row[1] for row in connection.execute(owner)}
    lines = select(undoing.c.id, undoing.c.corrects, undoing.c.alumnus_key).where(
        undoing.c.alumnus_key.in_([kept, gone]), undoing.c.corrects.is_not(None)
    )
    for id_, corrects, alumnus in connection.execute(lines).all():
        if owners.get(corrects, alumnus) != alumnus:
            connection.execute(undoing.update().where(undoing.c.id == id_).values(alumnus_key=owners[corrects]))


def _insert(connection: Connection, rows: list[Content]) -> None:
    """Adds lines again, under the number that they had where nothing else has it."""
    table = schema.ledger
    taken = set(connection.execute(select(table.c.id).where(table.c.id.in_([row["id"] for row in rows]))).scalars())
    for row in rows:
        values = typed(table, row)
        if row["id"] in taken:
            del values["id"]
        connection.execute(table.insert(), values)


def _replies(connection: Connection, *keys: int) -> list[Content]:
    """The replies of these alumni to requests that are still there, and count."""
    table = schema.ledger
    rows = rows_of(connection, table, table.c.alumnus_key.in_(keys))
    undone = {row["corrects"] for row in rows if row["corrects"] is not None}
    replies = [row for row in rows if row["event"] in _REPLIES and row["request_key"] is not None]
    return sorted((row for row in replies if row["id"] not in undone), key=lambda row: int(row["id"]))


# ---- what imports did


def move_changes(connection: Connection, kept: int, gone: int) -> Content:
    """Lets no undo of an import take anything back of either; returns what `part_changes` needs."""
    table = schema.import_changes
    theirs = rows_of(connection, table, table.c.alumnus_key == gone)
    own = connection.execute(select(table.c.id, table.c.import_key, table.c.after).where(table.c.alumnus_key == kept))
    own_rows = [list(row) for row in own]
    has = {import_key for _, import_key, _ in own_rows}
    free = [row["id"] for row in theirs if row["import_key"] not in has]
    connection.execute(table.update().where(table.c.id.in_(free)).values(alumnus_key=kept))
    connection.execute(table.update().where(table.c.alumnus_key == kept, table.c.after != ACTED).values(after=MERGED))
    return {"imports": theirs, "own_imports": own_rows}


def part_changes(connection: Connection, kept: int, state: Content) -> None:
    """Gives each back what imports did to them, but for what is forgotten, or was left for good since.

    A number of a row that is gone may be that of another row now.
    """
    table, imports = schema.import_changes, schema.imports
    own, theirs = state.get("own_imports", []), [typed(table, row) for row in state["imports"]]
    has = {import_key for _, import_key, _ in own}
    moved = {row["import_key"] for row in theirs} - has
    of_kept = table.c.alumnus_key == kept
    connection.execute(table.delete().where(of_kept, table.c.import_key.in_(moved)))
    still = set(connection.execute(select(imports.c.key)).scalars())
    for row in theirs:
        if row["import_key"] in still:
            connection.execute(table.insert(), {name: value for name, value in row.items() if name != "id"})
    for id_, import_key, after in own:
        same = (table.c.id == id_, table.c.import_key == import_key, of_kept, table.c.after == MERGED)
        connection.execute(table.update().where(*same).values(after=after))
