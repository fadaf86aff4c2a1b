"""What of two alumni can be one row only once they are one: replies to a request, and what an import did; and back.

A no to a request counts, whoever of the two said it; no import takes anything back of an alumnus who was merged since.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, select

from matcher.domain.ledger import LedgerEvent
from matcher.store import schema
from matcher.store.kept_rows import Content, rows_of, typed
from matcher.store.undo import MERGED

_REPLIES = (LedgerEvent.ACCEPTED.value, LedgerEvent.DECLINED.value)


# ---- replies


def unite_replies(connection: Connection, kept: int, gone: int) -> Content:
    """Leaves one reply to each request that both replied to: a no, or else the first yes.

    To be called before the rows of `gone` move. Returns what `part_replies` needs: the rows that are `removed`, and the
    ids of those that stay (`after`).
    """
    by_request = defaultdict[int, list[Content]](list)
    for row in _replies(connection, kept, gone):
        by_request[row["request_key"]].append(row)
    removed, after = list[Content](), list[int]()
    for rows in by_request.values():
        first = min(
            rows, key=lambda row: (row["event"] != LedgerEvent.DECLINED.value, row["alumnus_key"] != kept, row["id"])
        )
        after.append(first["id"])
        removed += [row for row in rows if row is not first]
    table = schema.ledger
    connection.execute(table.delete().where(table.c.id.in_([row["id"] for row in removed])))
    return {"removed": removed, "after": after}


def part_replies(connection: Connection, kept: int, gone: int, state: Content) -> None:
    """Gives each the own replies back, once the rows of `gone` have moved back.

    What was replied since is a reply of each who was asked, in the place of an earlier one.
    """
    table, before = schema.ledger, set(state.get("after", ()))
    now = _replies(connection, kept, gone)
    since = [row for row in now if row["alumnus_key"] == kept and row["id"] not in before] if state else []
    anew = {row["request_key"] for row in since}
    there = set(connection.execute(select(schema.requests.c.key)).scalars())
    old = [row for row in state.get("removed", ()) if row["request_key"] not in anew and row["request_key"] in there]
    if old:
        connection.execute(table.insert(), [typed(table, row) for row in old])
    asked = select(table.c.alumnus_key, table.c.request_key).where(
        table.c.event == LedgerEvent.ASKED.value, table.c.request_key.in_(anew)
    )
    pairs = {(row[0], row[1]) for row in connection.execute(asked.where(table.c.alumnus_key.in_([kept, gone])))}
    for row in since:
        request = row["request_key"]
        if (gone, request) not in pairs:
            continue
        of_gone = (table.c.alumnus_key == gone, table.c.request_key == request, table.c.event.in_(_REPLIES))
        connection.execute(table.delete().where(*of_gone))
        if (kept, request) in pairs:
            copy = {name: value for name, value in typed(table, row).items() if name != "id"}
            connection.execute(table.insert(), {**copy, "alumnus_key": gone})
        else:
            connection.execute(table.update().where(table.c.id == row["id"]).values(alumnus_key=gone))


def _replies(connection: Connection, *keys: int) -> list[Content]:
    table = schema.ledger
    where: Any = table.c.alumnus_key.in_(keys) & table.c.event.in_(_REPLIES) & table.c.request_key.is_not(None)
    return sorted(rows_of(connection, table, where), key=lambda row: int(row["id"]))


# ---- what imports did


def move_changes(connection: Connection, kept: int, gone: int) -> Content:
    """Lets no undo of an import take anything back of either; returns what `part_changes` needs."""
    table = schema.import_changes
    theirs = rows_of(connection, table, table.c.alumnus_key == gone)
    own = connection.execute(select(table.c.id, table.c.import_key, table.c.after).where(table.c.alumnus_key == kept))
    own_rows = [tuple(row) for row in own]
    has = {import_key for _, import_key, _ in own_rows}
    free = [row["id"] for row in theirs if row["import_key"] not in has]
    connection.execute(table.update().where(table.c.id.in_(free)).values(alumnus_key=kept))
    connection.execute(table.update().where(table.c.alumnus_key == kept, table.c.after != "").values(after=MERGED))
    return {"imports": theirs, "own_imports": {str(id_): after for id_, _, after in own_rows}}


def part_changes(connection: Connection, kept: int, state: Content) -> None:
    """Gives each back what imports did to them, but for what is forgotten, or was left for good since."""
    table, imports = schema.import_changes, schema.imports
    rows = [typed(table, row) for row in state["imports"]]
    connection.execute(table.delete().where(table.c.id.in_([row["id"] for row in rows])))
    still = set(connection.execute(select(imports.c.key)).scalars())
    if there := [row for row in rows if row["import_key"] in still]:
        connection.execute(table.insert(), there)
    for id_, after in state.get("own_imports", {}).items():
        same = (table.c.id == int(id_), table.c.alumnus_key == kept, table.c.after == MERGED)
        connection.execute(table.update().where(*same).values(after=after))
