"""The newest entry of the log, stored a second time: without it a log that is emptied or cut off would look whole.

It is an installation value, written in the transaction of each entry. Where contact details have a key it is sealed
with that key, so that whoever can write the database and has no key cannot make it up. Entries are added after what
stands here, never after what happens to be the last row: a log that was cut off stays wrong, whatever follows.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, or_, select

from matcher.store import schema
from matcher.store.encryption import Keyring, keyring_of

START = "0" * 64
"""The digest before the first entry."""
CONTACT_KEY = "contact_key"
"""The installation value that identifies the key by which contact details are encrypted."""
_NAME = "log_head"
_TABLE = schema.installation_values
_ENTRIES = select(func.max(schema.audit.c.id).label("newest")).subquery()
_VALUES = select(_ENTRIES.c.newest, _TABLE.c.name, _TABLE.c.value).select_from(
    _ENTRIES.outerjoin(_TABLE, or_(_TABLE.c.name == _NAME, _TABLE.c.name == CONTACT_KEY))
)
"""The number of the last row with each of the values: an entry is added at every ranking, by one statement fewer."""
_WRITE = _TABLE.update().where(_TABLE.c.name == _NAME).values(value=bindparam("written"))


@dataclass(frozen=True, slots=True)
class Head:
    """Number and digest of the newest entry; 0 and START before the first."""

    number: int
    digest: str
    since: int
    """The last entry of before every entry was stored with the schools that it concerns."""

    def __str__(self) -> str:
        """As it is stored and sealed."""
        return f"{self.number} {self.digest} {self.since}"


class LogEnd:
    """The end of the log within one transaction: where the next entry goes, and in the end what is the newest."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.head, self._fingerprint, newest = _read(connection)
        self.number = max(newest, self.head.number if self.head else 0) + 1
        """Of the next entry; no row has it, whatever became of the log."""

    def move(self, digest: str) -> None:
        """The next entry has this digest, and another one follows it."""
        self.head = Head(self.number, digest, self.head.since if self.head else self.number)
        self.number += 1

    def write(self) -> None:
        """Stores which entry is the newest."""
        if self.head is not None:
            _write(self._connection, self.head, self._fingerprint)


def read_head(connection: Connection) -> Head | None:
    """What is stored; None where it is missing, is no head, or has a seal that is not by the key of contact details."""
    return _read(connection)[0]


def _read(connection: Connection) -> tuple[Head | None, str, int]:
    """The head, what identifies the key of contact details (empty without one), and the number of the last row."""
    values, newest = _values(connection)
    fingerprint = values.get(CONTACT_KEY, "")
    try:
        number, digest, since, *seal = values[_NAME].split(" ")
        head = Head(int(number), digest, int(since))
    except (KeyError, ValueError):
        return None, fingerprint, newest
    return head if seal == _seal(connection, head, fingerprint) else None, fingerprint, newest


def _values(connection: Connection) -> tuple[dict[str, str], int]:
    """The stored head and fingerprint, by name, and the number of the last row of the log; 0 if it is empty."""
    rows = connection.execute(_VALUES).all()
    return {row.name: row.value for row in rows if row.name is not None}, rows[0].newest or 0


def write_head(connection: Connection, head: Head) -> None:
    """Stores the head, sealed if there is a key."""
    _write(connection, head, _read(connection)[1])


def _write(connection: Connection, head: Head, fingerprint: str) -> None:
    value = " ".join([str(head), *_seal(connection, head, fingerprint)])
    if not connection.execute(_WRITE, {"written": value}).rowcount:
        connection.execute(_TABLE.insert(), {"name": _NAME, "value": value})


def seal_head(connection: Connection) -> None:
    """Seals a head that a migration wrote without the key, right after it."""
    values, _ = _values(connection)
    number, digest, since, *_ = values[_NAME].split(" ")
    write_head(connection, Head(int(number), digest, int(since)))


def _seal(connection: Connection, head: Head, fingerprint: str) -> list[str]:
    """The seal with the key of this fingerprint, if any; a word that is no seal where this process has not that key."""
    if not fingerprint:
        return []
    keyring: Keyring | None = keyring_of(connection.dialect)
    seal = None if keyring is None else keyring.seal(f"{_NAME} {head}", fingerprint)
    return ["unsealed"] if seal is None else [seal]
