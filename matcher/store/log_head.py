"""The newest entry of the log, stored a second time: without it a log that is emptied or cut off would look whole.

It is an installation value, written in the transaction of each entry. Where contact details have a key it is sealed
with that key, so that whoever can write the database and has no key cannot make it up. Entries are added after what
stands here, never after what happens to be the last row: a log that was cut off stays wrong, whatever follows.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from matcher.store import schema
from matcher.store.encryption import Keyring, keyring_of

START = "0" * 64
"""The digest before the first entry."""
CONTACT_KEY = "contact_key"
"""The installation value that identifies the key by which contact details are encrypted."""
_NAME = "log_head"
_VALUES = select(schema.installation_values).where(schema.installation_values.c.name.in_([_NAME, CONTACT_KEY]))
_VALUE = select(schema.installation_values.c.value).where(schema.installation_values.c.name == _NAME)
_WRITE = schema.installation_values.update().where(schema.installation_values.c.name == _NAME)


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


def read_head(connection: Connection) -> Head | None:
    """What is stored; None where it is missing, is no head, or has a seal that is not by the key of contact details."""
    values = {row.name: row.value for row in connection.execute(_VALUES)}
    try:
        number, digest, since, *seal = values[_NAME].split(" ")
        head = Head(int(number), digest, int(since))
    except (KeyError, ValueError):
        return None
    expected = _seal(connection, head, values.get(CONTACT_KEY, ""))
    return head if seal == expected else None


def write_head(connection: Connection, head: Head) -> None:
    """Stores the head, sealed if there is a key."""
    values = {row.name: row.value for row in connection.execute(_VALUES)}
    value = " ".join([str(head), *_seal(connection, head, values.get(CONTACT_KEY, ""))])
    if not connection.execute(_WRITE.values(value=value)).rowcount:
        connection.execute(schema.installation_values.insert(), {"name": _NAME, "value": value})


def seal_head(connection: Connection) -> None:
    """Seals a head that has never been sealed, right after its migration."""
    value = connection.execute(_VALUE).scalar_one()
    number, digest, since = value.split(" ")
    write_head(connection, Head(int(number), digest, int(since)))


def _seal(connection: Connection, head: Head, fingerprint: str) -> list[str]:
    """The seal with the key of this fingerprint, if any; a word that is no seal where this process has not that key."""
    if not fingerprint:
        return []
    keyring: Keyring | None = keyring_of(connection.dialect)
    seal = None if keyring is None else keyring.seal(f"{_NAME} {head}", fingerprint)
    return ["unsealed"] if seal is None else [seal]
