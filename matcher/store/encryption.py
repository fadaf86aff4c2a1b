"""Contact details as they stand in the database: encrypted, where the installation has a key.

Columns of type Sealed are encrypted (Fernet: AES-128-CBC with HMAC-SHA256, from `cryptography`), those of type Keyed
hold a keyed digest, so that equal addresses can be found without being there. Several keys: the first is used for
writing, all for reading, so that a new one can take over.
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
"""The attribute of an engine's dialect that holds its keys: a column type is told nothing else of its database."""


class Keyring:
    """The keys of one installation. Raises ConfigurationError for one that is not a Fernet key; it is not quoted."""

    def __init__(self, keys: Sequence[str]) -> None:
        from cryptography.fernet import Fernet, MultiFernet

        try:
            self._fernet: MultiFernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise ConfigurationError("setting_invalid", setting="ALUMNIMATCH_CONTACT_KEYS") from None
        self._first = keys[0].encode()
        self.fingerprint = hashlib.sha256(b"fingerprint" + self._first).hexdigest()[:16]

    def close(self, text: str) -> str:
        """As it is kept."""
        return _MARK + self._fernet.encrypt(text.encode("utf-8", "surrogatepass")).decode()

    def open(self, kept: str) -> str:
        """What was kept. Raises ConfigurationError where no key opens it."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(kept.removeprefix(_MARK)).decode("utf-8", "surrogatepass")
        except InvalidToken:
            raise ConfigurationError("contact_key_wrong") from None

    def digest(self, text: str) -> str:
        """The same for equal texts, and telling nothing of them without the key."""
        return hmac.new(self._first, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def attach(dialect: Dialect, keyring: Keyring | None) -> None:
    """Gives the columns of a database its keys."""
    setattr(dialect, _KEYRING, keyring)


def keyring_of(dialect: Dialect) -> Keyring | None:
    """The keys of a database; None where it has none."""
    keyring: Keyring | None = getattr(dialect, _KEYRING, None)
    return keyring


class Encrypted(TypeDecorator[str]):
    """Text that is encrypted where there is a key; what was written before there was one is read as it stands."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """As it is kept."""
        keyring = keyring_of(dialect)
        return value if value is None or keyring is None else keyring.close(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """What was kept. Raises ConfigurationError where no key opens it."""
        if value is None or not value.startswith(_MARK):
            return value
        keyring = keyring_of(dialect)
        if keyring is None:
            raise ConfigurationError("contact_key_missing")
        return keyring.open(value)


class Digested(TypeDecorator[str]):
    """Text that is kept as a keyed digest where there is a key: to be compared, never to be read."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """As it is kept."""
        keyring = keyring_of(dialect)
        return value if value is None or keyring is None else keyring.digest(value)
