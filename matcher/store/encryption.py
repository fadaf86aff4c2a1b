"""Encryption of contact details in the database, if the installation has a key.

Columns of type Encrypted are encrypted (Fernet: AES-128-CBC with HMAC-SHA256, from `cryptography`); those of type
Digested hold a keyed digest, by which equal addresses can be found without storing them. With several keys the first is
used for writing and all for reading, so that keys can be rotated.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Dialect, Text, TypeDecorator

from matcher.errors import ConfigurationError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_MARK = "sealed:"
_KEYRING = "alumnimatch_keyring"
"""The attribute of the dialect that holds the keys: all that a column type knows of its database is the dialect."""


class Keyring:
    """The keys of one installation. Raises ConfigurationError, without the key, for one that is not a Fernet key."""

    def __init__(self, keys: Sequence[str]) -> None:
        from cryptography.fernet import Fernet, MultiFernet

        try:
            self._fernet: MultiFernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise ConfigurationError("setting_invalid", setting="ALUMNIMATCH_CONTACT_KEYS") from None
        self._first = keys[0].encode()
        self._by_fingerprint = {fingerprint(key): key.encode() for key in keys}
        self.fingerprint = fingerprint(keys[0])

    def close(self, text: str) -> str:
        """The stored form."""
        return _MARK + self._fernet.encrypt(text.encode("utf-8", "surrogatepass")).decode()

    def open(self, stored: str) -> str:
        """The text from its stored form. Raises ConfigurationError if no key decrypts it."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(stored.removeprefix(_MARK)).decode("utf-8", "surrogatepass")
        except InvalidToken:
            raise ConfigurationError("contact_key_wrong") from None

    def digest(self, text: str) -> str:
        """A keyed digest (hex): equal for equal texts, and revealing nothing of them without the key."""
        return hmac.new(self._first, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def has(self, fingerprint: str) -> bool:
        """Whether the key with this fingerprint is among the keys."""
        return fingerprint in self._by_fingerprint

    def seal(self, text: str, fingerprint: str) -> str | None:
        """A keyed digest (hex) of a text of ours, by the key with this fingerprint; None without that key."""
        key = self._by_fingerprint.get(fingerprint)
        return None if key is None else hmac.new(key, b"seal\0" + text.encode(), hashlib.sha256).hexdigest()


def fingerprint(key: str) -> str:
    """What identifies a key without revealing it."""
    return hashlib.sha256(b"fingerprint" + key.encode()).hexdigest()[:16]


def attach(dialect: Dialect, keyring: Keyring | None) -> None:
    """Makes the keys of a database available to its columns."""
    setattr(dialect, _KEYRING, keyring)


def keyring_of(dialect: Dialect) -> Keyring | None:
    """The keys of a database; None if it has none."""
    keyring: Keyring | None = getattr(dialect, _KEYRING, None)
    return keyring


class Encrypted(TypeDecorator[str]):
    """Text that is encrypted if there is a key; text written before there was one is read as it is."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """The stored form."""
        keyring = keyring_of(dialect)
        return value if value is None or keyring is None else keyring.close(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """The text from its stored form. Raises ConfigurationError if no key decrypts it."""
        if value is None or not value.startswith(_MARK):
            return value
        keyring = keyring_of(dialect)
        if keyring is None:
            raise ConfigurationError("contact_key_missing")
        return keyring.open(value)


class Digested(TypeDecorator[str]):
    """Text that is stored as a keyed digest if there is a key: it can be compared but not read."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """The stored form."""
        keyring = keyring_of(dialect)
        return value if value is None or keyring is None else keyring.digest(value)
