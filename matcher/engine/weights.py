"""The weights by which a process ranks: those of the database, read again with each new state of the data."""

from __future__ import annotations

import threading

from matcher.errors import InvalidValue
from matcher.matching.weights import Weights, own, shipped
from matcher.ports import Store


class WeightsInUse:
    """The weights in use; may be shared by threads. Another process that changes them makes a new state of the data."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._weights: Weights | None = None

    def forget(self) -> None:
        """Reads them again at the next question: before a pool of another state is used."""
        with self._lock:
            self._weights = None

    def now(self) -> Weights:
        """The weights in use. Raises StoreUnavailable, and InvalidValue for what another version had written."""
        with self._lock:
            if self._weights is None:
                with self._store.read() as records:
                    used = records.rankings.in_use()
                self._weights = of_text(used.weights if used else None)
            return self._weights


def of_text(text: str | None) -> Weights:
    """The weights of a kept ranking."""
    return shipped() if text is None else own(text)


def readable(text: str | None) -> Weights | None:
    """The same; None for what another version of the program had written and this one cannot use."""
    try:
        return of_text(text)
    except InvalidValue:
        return None


def encoder_in_use(store: Store) -> str | None:
    """The name of the encoder of the ranking in use; None where that of the settings counts. Read at a start."""
    with store.read() as records:
        used = records.rankings.in_use()
    return used.encoder if used else None
