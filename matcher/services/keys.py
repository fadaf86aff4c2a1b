"""The keys with which contact details are encrypted."""

from __future__ import annotations

from matcher.policy import Action, Asker
from matcher.services.app import StoreApp


def rotate(app: StoreApp, asker: Asker) -> int:
    """Re-encrypts all contact details with the first key of the settings; returns how many rows. Raises Forbidden.

    The log entry is written in the same transaction.
    """
    asker.scope(Action.KEYS_ROTATE)
    return app.store.reseal(by=asker)
