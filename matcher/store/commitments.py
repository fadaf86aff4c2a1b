"""Alumni in sealed entries of the log: not by their keys but by commitments, which an erasure makes mean no one.

A commitment is 128 bits of the SHA-256 of a random salt, the number of the entry and the key. The salt stands in
`audit_people`, of which the rows of an alumnus are deleted with the alumnus. Without it nothing tells whom an entry
meant, nor whether two entries meant the same one; the seals stay as they are.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select

from matcher.repositories.values import NOBODY
from matcher.store import schema
from matcher.store.records import chunks

BY, REFUSED = "by", "refused"
"""The details with the alumnus who acted, who is then its actor, and with alumni who were asked for and not opened."""
_PREFIX = "who:"
_COMMITMENT = re.compile(r'"(who:[0-9a-f]{32})"')
_REFUSAL = f'"{REFUSED}":["{_PREFIX}'
_RANDOM = 1 << 32
"""A random key is larger, but for one in two billion; an example in a test, or a count, is not."""
_ALUMNUS = "alumnus"
_ASKED_ABOUT = frozenset({"alumnus", "alumni", "shown", "candidate"})
_ASKING = frozenset({"alumnus", "alumni", "query"})
Row = Mapping[str, Any] | RowMapping
Known = Mapping[str, int]
"""The commitments of one entry whose alumni exist, with their keys."""


def commitment(salt: bytes, entry: int, key: int) -> str:
    """What stands in an entry for the alumnus with this key."""
    return f"{_PREFIX}{hashlib.sha256(b'%b%d %d' % (salt, entry, key)).hexdigest()[:32]}"


def commitments_in(details: str) -> set[str]:
    """The commitments in the details of an entry, as they are stored."""
    return set(_COMMITMENT.findall(details))


def committed(details: Mapping[str, Any], known: Mapping[int, str]) -> dict[str, Any]:
    """The details with a commitment for each key that has one, and NOBODY for alumni who are gone already."""
    people = _ASKING if details.get("purpose") == _ALUMNUS else _ASKED_ABOUT
    return {name: _committed(value, known, may_be_gone=name in people) for name, value in details.items()}


def _committed(value: object, known: Mapping[int, str], *, may_be_gone: bool) -> object:
    match value:
        case Mapping():
            return {name: _committed(item, known, may_be_gone=may_be_gone) for name, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_committed(item, known, may_be_gone=may_be_gone) for item in value]
        case str() if value.startswith(_PREFIX):
            return f" {value}"  # a school may be called anything
        case int() if not isinstance(value, bool):
            return known.get(value, NOBODY if may_be_gone and value > _RANDOM else value)
        case _:
            return value


def opened(details: str, known: Known) -> tuple[dict[str, Any], int | None]:
    """The details with keys for commitments, NOBODY for those of alumni who are not known, and the one who acted."""
    text = _COMMITMENT.sub(lambda found: str(known[found[1]]) if found[1] in known else f'"{NOBODY}"', details)
    read: dict[str, Any] = json.loads(text)
    actor = read.pop(BY, None)
    if isinstance(read.get(REFUSED), list):
        read[REFUSED] = [key for key in read[REFUSED] if not (isinstance(key, int) and key < 0)]
    return read, actor if isinstance(actor, int) else None


def refused_of(details: Mapping[str, Any]) -> list[int] | None:
    """The alumni who were asked for and not opened; None where the entry is no refusal."""
    refused = details.get(REFUSED)
    return refused if isinstance(refused, list) and all(type(key) is int for key in refused) else None


def people_in(connection: Connection, entries: Iterable[int], *, only: int | None = None) -> dict[int, Known]:
    """The alumni that each of these entries is about, of those who exist; `only`: this one, and none of the others."""
    return _stored(connection, schema.audit_people, entries, only)


def refused_in(connection: Connection, rows: Iterable[Row]) -> dict[int, Known]:
    """The alumni who were asked for and not opened, for each of these entries that is a refusal."""
    return _stored(connection, schema.audit_refused, [row["id"] for row in rows if _REFUSAL in row["details"]])


def _stored(connection: Connection, table: Table, entries: Iterable[int], only: int | None = None) -> dict[int, Known]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for part in chunks(entries):
        statement = select(table.c.entry, table.c.alumnus_key, table.c.salt).where(table.c.entry.in_(part))
        statement = statement if only is None else statement.where(table.c.alumnus_key == only)
        for entry, key, salt in connection.execute(statement):
            found[entry][commitment(salt or b"", entry, key)] = key
    return found


def take_back(connection: Connection, key: int) -> int:
    """Lets no entry lead to this alumnus any more; returns how many did. A row that fits no commitment is none."""
    audit, found = schema.audit, set()
    for table in (schema.audit_people, schema.audit_refused):
        statement = select(table.c.entry, table.c.salt, audit.c.details).join_from(table, audit)
        for entry, salt, details in connection.execute(statement.where(table.c.alumnus_key == key)):
            committed_ = commitment(salt or b"", entry, key)
            if committed_ in details:
                found.add(committed_)
        connection.execute(table.delete().where(table.c.alumnus_key == key))
    return len(found)


def numbers_in(value: object) -> Iterator[int]:
    """Every integer in a nested value, any of which may be the key of an alumnus."""
    match value:
        case Mapping():
            for item in value.values():
                yield from numbers_in(item)
        case list() | tuple() | set() | frozenset():
            for item in value:
                yield from numbers_in(item)
        case bool():
            return
        case int():
            yield value
