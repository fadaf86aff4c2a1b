"""Seals of the log: the digest of each entry covers that of the entry before it.

An entry holds random keys, codes, scores and versions; never a name, an address, free text or an id from a spreadsheet.
Alumni stand in it by commitments (`matcher.store.commitments`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from matcher.policy import Action, Asker
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


@dataclass(frozen=True, slots=True)
class Note:
    """An entry that is still to be sealed: by whom, what, and further schools, those of alumni that no longer exist."""

    by: Asker
    action: str
    details: Mapping[str, Any]
    schools: tuple[str, ...] = ()


@dataclass(slots=True)
class _Rows:
    """The rows of entries, by table."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    seen: list[dict[str, Any]] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    schools: list[dict[str, Any]] = field(default_factory=list)

    def write(self, connection: Connection) -> None:
        """Adds them, a statement for each table."""
        parts = (
            (_ADD, self.entries),
            (_ADD_SEEN, self.seen),
            (_ADD_PEOPLE, self.people),
            (_ADD_REFUSED, self.refused),
            (_ADD_SCHOOLS, self.schools),
        )
        for statement, rows in parts:
            if rows:
                connection.execute(statement, rows)


def append(connection: Connection, notes: Sequence[Note], at: datetime) -> list[int]:
    """Adds entries within a transaction, in this order and at a moment in UTC; returns their numbers.

    The alumni whose random keys they hold, and their schools, are stored with them; in an entry itself stand
    commitments. What all need is read once, and each table is written once, however many they are.
    """
    if not notes:
        return []
    end = LogEnd(connection)
    told = [(refused_of(note.details), _keys_of(note)) for note in notes]
    keys = set[int]().union(*(named for _, named in told))
    of_school = dict(schools_of(connection, keys)) if keys else {}
    rows, numbers = _Rows(), []
    for note, (refused, named) in zip(notes, told, strict=True):
        hidden = [] if refused is None else _hidden(connection, refused)
        about = {key: of_school[key] for key in of_school if key in named}
        numbers.append(_seal(rows, end, note, at, about, hidden if refused is not None else None))
    rows.write(connection)
    end.write()
    return numbers


def _keys_of(note: Note) -> set[int]:
    """The random keys that an entry may name: those in its details, but for a refusal, and that of whoever asks."""
    asking = note.by.alumnus_key
    return {*numbers_in(_without_refused(note.details)), *([asking] if asking else ())}


def _without_refused(details: Mapping[str, Any]) -> Mapping[str, Any]:
    if refused_of(details) is None:
        return details
    return {name: value for name, value in details.items() if name != REFUSED}


def _seal(  # noqa: PLR0917 - an entry, where it goes, and whom it is about
    rows: _Rows, end: LogEnd, note: Note, at: datetime, about: Mapping[int, str], hidden: Sequence[int] | None
) -> int:
    """Makes the rows of the next entry; returns its number. `hidden`: whom a refusal is about, None for no refusal."""
    by, number, previous = note.by, end.number, end.head.digest if end.head else _BROKEN
    asking = by.alumnus_key
    salted = sorted((*about, *(hidden or ())))
    salts = dict(zip(salted, new_salts(len(salted)), strict=True))
    known = {key: commitment(salts[key], number, key) for key in about}
    details = committed(_without_refused(note.details), known)
    accounts = {}
    if asking in known:
        accounts[asking] = by.key
        details[BY] = acting(salts[asking], number, asking, by.key)
    if hidden is not None:
        details[REFUSED] = sorted(turned_away(salts[key], number, key) for key in hidden)
    row = {
        "id": number,
        "at": at,
        "actor": (by.key or None) if asking is None else None,
        "role": by.role.value,
        "school": by.school,
        "action": note.action,
        "details": json.dumps(details, sort_keys=True, separators=(",", ":")),
    }
    sealed = digest(previous, row)
    end.move(sealed)
    rows.entries.append({**row, "previous": previous, "digest": sealed})
    if note.action == Action.MATCH and row["actor"] and isinstance(details.get("query"), int):
        seen = {"actor": row["actor"], "query": details["query"], "entry": number}
        rows.seen.append({**seen, "shown": len(details.get("shown", ()))})
    rows.people += [
        {"alumnus_key": key, "entry": number, "salt": salts[key], "account": accounts.get(key)} for key in about
    ]
    rows.refused += [{"alumnus_key": key, "entry": number, "salt": salts[key]} for key in hidden or ()]
    named = {*about.values(), *note.schools}
    if not named and row["school"] is None:
        named = {WHOLE_INSTALLATION}
    rows.schools += [{"school": school, "entry": number} for school in sorted(named)]
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
