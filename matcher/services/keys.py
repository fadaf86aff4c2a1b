"""The keys with which contact details are encrypted."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.policy import Action, Asker
from matcher.ports import Place
from matcher.services.app import StoreApp


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many rows have another key, and what is known of each place that may hold the old values."""

    rows: int
    places: tuple[Place, ...]


def rotate(app: StoreApp, asker: Asker) -> Rotated:
    """Re-encrypts all contact details with the first key of the settings, and cleans the files of the old ones.

    The log entry is written in the same transaction. Raises Forbidden.
    """
    asker.scope(Action.KEYS_ROTATE)
    return Rotated(app.store.reseal(by=asker), app.store.clean(large=True))
