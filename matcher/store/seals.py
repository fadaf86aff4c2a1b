"""Seals of the log: the digest of each entry covers that of the entry before it.

An entry holds random keys, codes, scores and versions; never a name, an address, free text or an id from a spreadsheet.
Alumni stand in it by commitments (`matcher.store.commitments`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from matcher.policy import Action, Asker, Role
from matcher.store import schema
from matcher.store.commitments import (
    BY,
    REFUSED,
    Row,
    acting,
    commitment,
    committed,
    numbers_in,
    refused_of,
    turned_away,
)
from matcher.store.keys import new_key, new_salts
from matcher.store.log_head import LogEnd
from matcher.store.records import chunks

WHOLE_INSTALLATION = ""
"""The school of entries that concern the alumni of no school and were made by the staff of none."""
_ASKED = 8
"""Keys that are looked up for a refusal, so that one that is about none takes the same statement."""
_BROKEN = "broken"
"""The digest before an entry that is added where the end of the log is not known: no entry has it."""
_ADD, _ADD_PEOPLE, _ADD_REFUSED, _ADD_SCHOOLS = (
    table.insert() for table in (schema.audit, schema.audit_people, schema.audit_refused, schema.audit_schools)
)
_ADD_SEEN = schema.audit_seen.insert()
_SCHOOLS = select(schema.alumni.c.key, schema.alumni.c.school).where(
    schema.alumni.c.key.in_(bindparam("keys", expanding=True))
)


def digest(previous: str, row: Row) -> str:
    """SHA-256 (hex) over the previous digest and all columns of the row, in a fixed order."""
    content = [previous, row["id"], row["at"].isoformat(), row["actor"], row["role"], row["school"], row["action"]]
    return hashlib.sha256(json.dumps([*content, row["details"]], ensure_ascii=True).encode()).hexdigest()


def append(
    connection: Connection,
    by: Asker | None,
    action: str,
    details: Mapping[str, Any],
    at: datetime,
    *,
    schools: Iterable[str] = (),
) -> int:
    """Adds an entry within a transaction, at a moment in UTC; returns its number.

    The alumni whose random keys it holds, and their schools, are stored with it; in the entry itself stand commitments.
    `schools`: further schools, those of alumni that no longer exist.
    """
    end = LogEnd(connection)
    number, previous = end.number, end.head.digest if end.head else _BROKEN
    asking = by.alumnus_key if by else None
    refused = refused_of(details)
    if refused is not None:
        details = {name: value for name, value in details.items() if name != REFUSED}
    keys = {*numbers_in(details), *([asking] if asking else ())}
    about = dict(schools_of(connection, keys)) if keys else {}
    hidden = [] if refused is None else _hidden(connection, refused)
    salts = dict(zip(sorted((*about, *hidden)), new_salts(len(about) + len(hidden)), strict=True))
    known = {key: commitment(salts[key], number, key) for key in about}
    details = committed(details, known)
    accounts = {}
    if by and asking in known:
        accounts[asking] = by.key
        details[BY] = acting(salts[asking], number, asking, by.key)
    if refused is not None:
        details[REFUSED] = sorted(turned_away(salts[key], number, key) for key in hidden)
    row = {
        "id": number,
        "at": at,
        "actor": (by.key or None) if by and asking is None else None,
        "role": by.role.value if by else Role.COMMAND_LINE.value,
        "school": by.school if by else None,
        "action": action,
        "details": json.dumps(details, sort_keys=True, separators=(",", ":")),
    }
    sealed = digest(previous, row)
    connection.execute(_ADD, {**row, "previous": previous, "digest": sealed})
    end.move(sealed)
    if action == Action.MATCH and row["actor"] and isinstance(details.get("query"), int):
        seen = {"actor": row["actor"], "query": details["query"], "entry": number}
        connection.execute(_ADD_SEEN, {**seen, "shown": len(details.get("shown", ()))})
    if about:
        stored = [
            {"alumnus_key": key, "entry": number, "salt": salts[key], "account": accounts.get(key)} for key in about
        ]
        connection.execute(_ADD_PEOPLE, stored)
    if hidden:
        connection.execute(_ADD_REFUSED, [{"alumnus_key": key, "entry": number, "salt": salts[key]} for key in hidden])
    named = {*about.values(), *schools}
    if not named and row["school"] is None:
        named = {WHOLE_INSTALLATION}
    if named:
        connection.execute(_ADD_SCHOOLS, [{"school": school, "entry": number} for school in sorted(named)])
    return number


def _hidden(connection: Connection, refused: Iterable[int]) -> list[int]:
    """The alumni of a refusal who exist; a negative number if there are none, which takes the same work."""
    drawn, asked = new_key(), [*refused]
    existing = [key for key, _ in schools_of(connection, [*asked, *[drawn] * (_ASKED - len(asked))])]
    return existing or [-drawn]


def schools_of(connection: Connection, keys: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Key and school of the alumni whose keys are among these numbers."""
    for part in chunks(keys):
        yield from map(tuple, connection.execute(_SCHOOLS, {"keys": part}).all())
