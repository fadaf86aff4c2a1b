"""Alumni in sealed entries of the log: not by their keys but by commitments, which an erasure makes mean no one.

A commitment is 128 bits of the SHA-256 of a random salt, the number of the entry and the key. The salt stands in
`audit_people`, of which the rows of an alumnus are deleted with the alumnus. Without it nothing tells whom an entry
meant, nor, by the commitments, whether two entries meant the same one; the seals stay as they are.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, CompoundSelect, Connection, RowMapping, Table, func, select, union

from matcher.repositories.values import NOBODY
from matcher.store import schema
from matcher.store.records import chunks

BY, REFUSED = "by", "refused"
"""The details with the account of the alumnus who acted, whose entry has no other actor, and with alumni who were asked
for and not opened."""
_PREFIX = "who:"
_COMMITMENT = re.compile(r'"(who:[0-9a-f]{32})"')
_REFUSAL = f'"{REFUSED}":["'
_RANDOM = 1 << 32
"""A random key is larger, but for one in two billion; an example in a test, or a count, is not."""
_ALUMNUS = "alumnus"
_ASKED_ABOUT = frozenset({"alumnus", "alumni", "shown", "candidate"})
_ASKING = frozenset({"alumnus", "alumni", "query"})
Row = Mapping[str, Any] | RowMapping
_PEOPLE: tuple[tuple[Table, Column[Any]], ...] = (
    (schema.audit_people, schema.audit_people.c.alumnus_key),
    (schema.audit_former, schema.audit_former.c.former_key),
)
"""The tables that lead from an entry to alumni, and the key that its commitment is of."""


@dataclass(slots=True)
class Named:
    """The alumni with whom one entry is stored."""

    alumni: set[int] = field(default_factory=set)
    keys: dict[str, int] = field(default_factory=dict)
    """The keys, of alumni and of the account of the one who acted, by their commitments."""
    needed: set[str] = field(default_factory=set)
    """The commitments that must be in the entry: without its own, an alumnus is there as the one who acted."""


NO_ONE = Named()


def commitment(salt: bytes, entry: int, key: int) -> str:
    """What stands in an entry for the alumnus with this key."""
    return _sealed(salt, entry, key)


def acting(salt: bytes, entry: int, key: int, account: int) -> str:
    """What stands in an entry for the account of the alumnus who acted."""
    return _sealed(salt, entry, key, account)


def turned_away(salt: bytes, entry: int, key: int) -> str:
    """What stands in an entry for an alumnus who was asked for and not opened: never the same as for another reason."""
    return _sealed(salt, entry, key, REFUSED)


def _sealed(salt: bytes, *content: object) -> str:
    return f"{_PREFIX}{hashlib.sha256(salt + ' '.join(map(str, content)).encode()).hexdigest()[:32]}"


def commitments_in(details: str) -> set[str]:
    """The commitments in the details of an entry, as they are stored."""
    return set(_COMMITMENT.findall(details))


def committed(details: Mapping[str, Any], known: Mapping[int, str]) -> dict[str, Any]:
    """The details with a commitment for each key that has one, and NOBODY for alumni who are gone already."""
    people = _ASKING if details.get("purpose") == _ALUMNUS else _ASKED_ABOUT
    return {name: _committed(value, known, may_be_gone=name in people) for name, value in details.items()}


def _committed(value: object, known: Mapping[int, str], *, may_be_gone: bool) -> object:
    match value:
        case bool() | float() | None:
            return value
        case int():
            return known.get(value, NOBODY if may_be_gone and value > _RANDOM else value)
        case str():
            return f" {value}" if value.startswith(_PREFIX) else value  # a school may be called anything
        case list() | tuple() | set() | frozenset():
            return [_committed(item, known, may_be_gone=may_be_gone) for item in value]
        case Mapping():
            return {name: _committed(item, known, may_be_gone=may_be_gone) for name, item in value.items()}
        case _:
            return value


def opened(details: str, known: Mapping[str, int]) -> tuple[dict[str, Any], int | None]:
    """The details with keys for commitments, NOBODY for those that are not known, and the account that acted."""
    text = _COMMITMENT.sub(lambda found: str(known[found[1]]) if found[1] in known else f'"{NOBODY}"', details)
    read: dict[str, Any] = json.loads(text)
    actor = read.pop(BY, None)
    if isinstance(read.get(REFUSED), list):
        read[REFUSED] = [key for key in read[REFUSED] if not (isinstance(key, int) and key < 0)]
    return read, actor if isinstance(actor, int) and actor else None


def refused_of(details: Mapping[str, Any]) -> list[int] | None:
    """The alumni who were asked for and not opened; None where the entry is no refusal."""
    refused = details.get(REFUSED)
    return refused if isinstance(refused, list) and all(type(key) is int for key in refused) else None


def people_in(
    connection: Connection, entries: Iterable[int], *, only: int | None = None, as_written: bool = False
) -> dict[int, Named]:
    """The alumni that each of these entries is about, of those who exist; `only`: this one, and none of the others.

    `as_written`: commitments lead to the keys of then, of before a merge.
    """
    found: dict[int, Named] = defaultdict(Named)
    for part in chunks(entries):
        for table, written_key in _PEOPLE:
            columns = select(table.c.entry, table.c.alumnus_key, written_key, table.c.salt, table.c.account)
            statement = columns.where(table.c.entry.in_(part))
            statement = statement if only is None else statement.where(table.c.alumnus_key == only)
            for entry, key, then, salt, account in connection.execute(statement):
                named, written = found[entry], commitment(salt or b"", entry, then)
                named.alumni.add(key)
                named.keys[written] = then if as_written else key
                if account is not None:
                    written = acting(salt or b"", entry, then, account)
                    named.keys[written] = account
                named.needed.add(written)
    return found


def entries_about(key: int) -> CompoundSelect[Any]:
    """Selects the numbers of the entries about an alumnus, those under a former key too."""
    return union(*(select(table.c.entry).where(table.c.alumnus_key == key) for table, _ in _PEOPLE))


def refused_in(connection: Connection, rows: Iterable[Row], *, only: int | None = None) -> dict[int, dict[str, int]]:
    """The alumni who were asked for and not opened, by commitment, for each of these entries that is a refusal.

    `only`: this one, and none of the others.
    """
    table, former = schema.audit_refused, schema.former_numbers
    found: dict[int, dict[str, int]] = defaultdict(dict)
    now = func.coalesce(former.c.alumnus_key, table.c.alumnus_key)
    columns = select(table, now).outerjoin_from(table, former, former.c.former_key == table.c.alumnus_key)
    for part in chunks(row["id"] for row in rows if _REFUSAL in row["details"]):
        statement = columns.where(table.c.entry.in_(part))
        statement = statement if only is None else statement.where(now == only)
        for key, entry, salt, key_now in connection.execute(statement):
            found[entry][turned_away(salt, entry, key)] = key_now
    return found


def take_back(connection: Connection, keys: Iterable[int]) -> int:
    """Lets no entry lead to these alumni any more; returns how many commitments did."""
    audit, refused, count = schema.audit, schema.audit_refused, 0
    for part in chunks(keys):
        for people, as_written in _PEOPLE:
            about = select(as_written, people.c.entry, people.c.salt, people.c.account, audit.c.details)
            for key, entry, salt, account, details in connection.execute(
                about.join_from(people, audit).where(people.c.alumnus_key.in_(part))
            ):
                written = {commitment(salt or b"", entry, key)}
                written |= set() if account is None else {acting(salt or b"", entry, key, account)}
                count += len(written & commitments_in(details))
        hidden = select(refused.c.alumnus_key, refused.c.entry, refused.c.salt, audit.c.details)
        for key, entry, salt, details in connection.execute(
            hidden.join_from(refused, audit).where(refused.c.alumnus_key.in_(part))
        ):
            count += turned_away(salt, entry, key) in commitments_in(details)
        for table in (schema.audit_people, schema.audit_former, refused):
            connection.execute(table.delete().where(table.c.alumnus_key.in_(part)))
    return count


def numbers_in(value: object) -> Iterator[int]:
    """Every integer in a nested value, any of which may be the key of an alumnus."""
    match value:
        case bool() | float() | str() | None:
            return
        case int():
            yield value
        case list() | tuple() | set() | frozenset():
            for item in value:
                yield from numbers_in(item)
        case Mapping():
            for item in value.values():
                yield from numbers_in(item)
