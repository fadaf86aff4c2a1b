"""Tombstones, by which an import recognises erased people: keyed digests of ids, addresses, and names with more."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from matcher.store import schema
from matcher.store.installation import value_of
from matcher.store.keys import new_secret
from matcher.store.marks import email_key, marks_of, years_of
from matcher.store.records import chunks
from matcher.text import id_key

TOMBSTONES = "tombstones"
"""The name under which the installation stores the key of the tombstones."""


def names_of(school: str, alumnus_id: str, email: str | None) -> Sequence[str]:
    """What identifies a person in an import, in normal form: the id at the school, and the address."""
    return [f"id\0{id_key(school)}\0{id_key(alumnus_id)}", *addresses_of(email)]


def unnumbered_names_of(
    school: str, contact: Mapping[str, Any], qualifications: object, *, alone: bool
) -> Sequence[str]:
    """What identifies a person in an import of rows without numbers, as `matcher.store.who` does, but for the address.

    The whole name, with the telephone number, or with a qualification and its year; `alone`: also without those.
    """
    marks = marks_of(contact)
    name, phone = marks["name_key"], marks["phone_key"]
    if not name:
        return []
    begin = f"{id_key(school)}\0{name}"
    years = [f"year\0{begin}\0{year}\0{mark}" for year, mark in sorted(years_of(qualifications))]
    only = [f"name\0{begin}"] if alone else []
    return [*([f"phone\0{begin}\0{phone}"] if phone else []), *years, *only]


def addresses_of(email: str | None) -> Sequence[str]:
    """The name made from an address; none for an empty one."""
    key = email_key(email)
    return [f"email\0{key}"] if key else []


def remember_addresses(connection: Connection, former: Mapping[int, str]) -> None:
    """Stores digests of former addresses of alumni (by random key), for their tombstones."""
    table = schema.former_addresses
    secret = secret_of(connection) if former else ""
    for part in chunks(former.items()):
        known = {tuple(row) for row in connection.execute(select(table).where(table.c.alumnus_key.in_(dict(part))))}
        rows = [(key, digest) for key, email in part for digest in _digests(secret, addresses_of(email))]
        new = [{"alumnus_key": key, "digest": digest} for key, digest in rows if (key, digest) not in known]
        if new:
            connection.execute(table.insert(), new)


def asked_at(connection: Connection, email: str | None) -> list[int]:
    """The keys of the requests whose requester has this address, in any spelling."""
    table, key = schema.requesters, email_key(email)
    statement = select(table.c.request_key).where(table.c.email_key == key)
    return list(connection.execute(statement).scalars()) if key else []


def asked_by(connection: Connection, digests: Collection[str]) -> list[int]:
    """The keys of the requests whose requester has one of these addresses. Reads all requesters."""
    table, secret, sought = schema.requesters, secret_of(connection), frozenset(digests)
    rows = connection.execute(select(table.c.request_key, table.c.email))
    return [key for key, email in rows if not sought.isdisjoint(_digests(secret, addresses_of(email)))]


def former_of(connection: Connection, key: int) -> set[str]:
    """The digests of the former addresses of an alumnus."""
    table = schema.former_addresses
    return set(connection.execute(select(table.c.digest).where(table.c.alumnus_key == key)).scalars())


def any_erased(connection: Connection) -> bool:
    """Whether anybody was erased whom an import could bring back."""
    return connection.execute(select(schema.tombstones.c.digest).limit(1)).first() is not None


def erased(connection: Connection, names: Iterable[str]) -> dict[str, str]:
    """Those of these names that belong to erased people, by their digests."""
    table = schema.tombstones
    if not any_erased(connection):
        return {}
    listed = list(names)
    by_digest = dict(zip(_digests(secret_of(connection), listed), listed, strict=True))
    result: dict[str, str] = {}
    for part in chunks(by_digest):
        rows = connection.execute(select(table.c.digest).where(table.c.digest.in_(part))).scalars()
        result.update((digest, by_digest[digest]) for digest in rows)
    return result


def bury(connection: Connection, digests: Iterable[str], today: date) -> None:
    """Stores tombstones with these digests, unless they are there."""
    table = schema.tombstones
    for part in chunks(sorted(set(digests))):
        known = set(connection.execute(select(table.c.digest).where(table.c.digest.in_(part))).scalars())
        rows = [{"digest": digest, "erased_on": today} for digest in part if digest not in known]
        if rows:
            connection.execute(table.insert(), rows)


def digests_of(connection: Connection, names: Iterable[str]) -> list[str]:
    """The digests of these names, as in tombstones."""
    return _digests(secret_of(connection), names)


def _digests(key: str, names: Iterable[str]) -> list[str]:
    return [hmac.new(key.encode(), name.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest() for name in names]


def secret_of(connection: Connection) -> str:
    """The key of the tombstones, made at the first erasure. Without it the tombstones reveal nothing."""
    return value_of(connection, TOMBSTONES, new_secret())
