"""Digests of arrays as they stand in files, each made once for as long as the array lives."""

from __future__ import annotations

import hashlib
import io
import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray


def digest_of(array: NDArray[Any]) -> str:
    """The SHA-256 of the file that `numpy.save` makes of an array."""
    whole, head = np.ascontiguousarray(array), io.BytesIO()
    np.lib.format.write_array_header_1_0(head, np.lib.format.header_data_from_array_1_0(whole))
    found = hashlib.sha256(head.getvalue())
    found.update(whole.view(np.uint8).data if whole.size else b"")
    return found.hexdigest()


class ArrayDigests:
    """Digests by array, not by value: the columns of a pool are shared by the pools that follow it.

    An array whose digest is kept can no longer be written.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[NDArray[Any]], str]] = {}

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._known)

    def of(self, array: NDArray[Any]) -> str:
        """The digest of an array."""
        known = self._known.get(id(array))
        if known is not None and known[0]() is array:
            return known[1]
        digest = digest_of(array)
        self.keep(array, digest)
        return digest

    def keep(self, array: NDArray[Any], digest: str) -> None:
        """Remembers a digest that was made elsewhere."""
        number = id(array)
        array.flags.writeable = False

        def forget(gone: weakref.ref[NDArray[Any]]) -> None:
            known = self._known.get(number)
            if known is not None and known[0] is gone:  # else another array has its place in memory by now
                del self._known[number]

        self._known[number] = weakref.ref(array, forget), digest
