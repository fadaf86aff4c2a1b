"""Declaring that a request and an alumnus may not meet."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.services import lookup
from matcher.services.app import StoreApp


@dataclass(frozen=True, slots=True)
class Pair:
    """A request and an alumnus by the ids of the spreadsheet, and their schools where those are needed.

    `alumnus_school` defaults to the school of the request.
    """

    request_id: str
    alumnus_id: str
    school: str | None = None
    alumnus_school: str | None = None


def declare(app: StoreApp, asker: Asker, pair: Pair) -> bool:
    """Declares that these two may not meet, from the next ranking on; False if that was declared already.

    Raises Forbidden, UnknownId, AmbiguousId.
    """
    return app.store.write(lambda tx: _set(tx, asker, pair, declared=True), by=asker)


def withdraw(app: StoreApp, asker: Asker, pair: Pair) -> bool:
    """Withdraws a declared conflict; False if there is none. Raises Forbidden, UnknownId, AmbiguousId."""
    return app.store.write(lambda tx: _set(tx, asker, pair, declared=False), by=asker)


def _set(tx: Transaction, asker: Asker, pair: Pair, *, declared: bool) -> bool:
    request_key, alumnus_key = _keys(tx, asker, pair)
    change = tx.conflicts.declare if declared else tx.conflicts.withdraw
    changed = change(request_key, alumnus_key)
    tx.note(Action.CONFLICT_DECLARE, {"query": request_key, "alumnus": alumnus_key, "declared": declared})
    return changed


def _keys(records: Records, asker: Asker, pair: Pair) -> tuple[int, int]:
    """The random keys of the request, which must be the asker's, and of the alumnus."""
    request = lookup.request(records, asker, Action.CONFLICT_DECLARE, pair.request_id, pair.school)
    with lookup.unless_of_others(asker, "unknown_id", kind="alumnus", id=pair.alumnus_id, owner=""):
        alumnus = lookup.only(records, "alumnus", pair.alumnus_id, pair.alumnus_school or request.school)
    return request.key, alumnus.key
