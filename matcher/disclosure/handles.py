"""The name under which an alumnus stands on the cards of one request: a handle, in place of the school's own number.

A handle is the alumnus's random key, encrypted for that request (AES-SIV, RFC 5297) with the secret of the
installation. So nothing has to be written or looked up for it:

- the same alumnus has the same handle in every list of one request, in every process and after a restart;
- without the secret, handles of two requests do not show whether they are of one alumnus, nor can one be made up: a
  handle of another request, or any other text, is none;
- with the alumnus the random key goes from the database, and the handle stands for nothing: no table has to forget it.

What a handle is bound to is its scope. That of a saved request follows from its random key. A question that is not
saved has a random scope of its own, stored for each asker for 24 hours; when the question is saved, the request keeps
it, and with it the handles (`matcher.repositories.people.Questions`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

LASTS = timedelta(hours=24)
"""How long the handles of a question that is not saved stay the same."""
_KEY_BYTES = 8
_LENGTH = 39
"""Characters of a handle: 24 bytes in base32."""


def new_secret() -> str:
    """A secret for an installation, or a scope for a question: 256 random bits, in hex."""
    return secrets.token_hex(32)


def scope_of_request(request_key: int) -> str:
    """The scope of a saved request that was not a question before."""
    return f"request:{request_key}"


@dataclass(frozen=True, slots=True)
class Handles:
    """The handles of one scope. `secret`: that of the installation, in hex."""

    secret: str
    scope: str

    def of(self, alumnus_key: int) -> str:
        """The handle of an alumnus: 39 lower-case letters and digits."""
        sealed = self._cipher.encrypt(alumnus_key.to_bytes(_KEY_BYTES, "big"), [self.scope.encode()])
        return _written(sealed)

    def key(self, handle: str) -> int | None:
        """The random key of the alumnus; None for what is no handle of this scope. Capitals are letters too."""
        text = handle.strip()
        if len(text) != _LENGTH or not text.isascii():
            return None
        try:
            sealed = base64.b32decode(text.upper() + "=")
            if _written(sealed) != text.lower():  # the last letter has bits to spare, which decoding does not look at
                return None
            return int.from_bytes(self._cipher.decrypt(sealed, [self.scope.encode()]), "big")
        except (binascii.Error, InvalidTag):
            return None

    @property
    def _cipher(self) -> AESSIV:
        return AESSIV(hashlib.blake2b(b"handles on cards", key=bytes.fromhex(self.secret), digest_size=32).digest())


def _written(sealed: bytes) -> str:
    return base64.b32encode(sealed).decode().rstrip("=").lower()
