"""Random keys, numbers and secrets, and whether an alumnus exists."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from random import Random, SystemRandom

from sqlalchemy import Connection, select

from matcher.store import schema
from matcher.text import NUMBER_LETTERS, NUMBER_SIGNS, is_given_number

_SALT = 16
_SYSTEM = SystemRandom()
_SOURCE: ContextVar[Random] = ContextVar("source of keys and secrets")


def new_key() -> int:
    """A random key: 63 bits, never 0."""
    return _SOURCE.get(_SYSTEM).getrandbits(63) or 1


def new_keys(count: int) -> list[int]:
    """As many random keys."""
    drawn = _SOURCE.get(_SYSTEM).randbytes(8 * count)
    return [(one >> 1) or 1 for (one,) in struct.iter_unpack("<Q", drawn)]


def new_number() -> str:
    """A random number for a record that comes without one: readable, and a text to every spreadsheet program.

    Eight letters and digits, beginning with a letter. None that look alike, and no vowels: `1E5` is no number. Never a
    letter with digits alone, as numbers of schools are: `is_given_number` knows it again.
    """
    source = _SOURCE.get(_SYSTEM)
    while True:
        number = source.choice(NUMBER_LETTERS) + "".join(source.choice(NUMBER_SIGNS) for _ in range(7))
        if is_given_number(number):
            return number


def new_secret(size: int = 32) -> str:
    """A random secret of `size` bytes, as letters, digits, hyphens and underscores."""
    return base64.urlsafe_b64encode(_SOURCE.get(_SYSTEM).randbytes(size)).rstrip(b"=").decode()


def new_code(signs: str, length: int) -> str:
    """A random code of so many of these signs."""
    source = _SOURCE.get(_SYSTEM)
    return "".join(source.choice(signs) for _ in range(length))


def new_word() -> str:
    """A random secret of 160 bits, as 32 small letters and digits."""
    return base64.b32encode(_SOURCE.get(_SYSTEM).randbytes(20)).decode().lower()


def new_salts(count: int) -> list[bytes]:
    """As many random salts: 128 bits each."""
    drawn = _SOURCE.get(_SYSTEM).randbytes(_SALT * count)
    return [drawn[start : start + _SALT] for start in range(0, len(drawn), _SALT)]


@contextmanager
def keys_from(source: Random) -> Iterator[None]:
    """Draws keys and secrets from another source than the operating system's.

    Only for a simulation that repeats a history bit for bit: such keys can be guessed. The product never calls it.
    """
    before = _SOURCE.set(source)
    try:
        yield
    finally:
        _SOURCE.reset(before)


def need_alumnus(connection: Connection, key: int) -> None:
    """Raises KeyError if there is no alumnus with this key."""
    table = schema.alumni
    if connection.execute(select(table.c.key).where(table.c.key == key)).first() is None:
        raise KeyError(key)
