"""Declaring that a request and an alumnus may not meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from matcher.disclosure import sees_cards
from matcher.domain.records import Alumnus, RecordKind, Request
from matcher.errors import UnknownId
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.services import admission, cards, lookup
from matcher.services.app import StoreApp
from matcher.services.eligibility import failed_rule


@dataclass(frozen=True, slots=True)
class Pair:
    """A request and an alumnus by the ids of the spreadsheet, and their schools where those are needed.

    For an asker who sees cards `alumnus_id` is the handle on the card of that request. `alumnus_school` defaults to
    the school of the request.
    """

    request_id: str
    alumnus_id: str
    school: str | None = None
    alumnus_school: str | None = None


def declare(app: StoreApp, asker: Asker, pair: Pair) -> bool:
    """Declares that these two may not meet, from the next ranking on; False if that was declared already.

    Raises Forbidden, UnknownId, AmbiguousId.
    """
    _admit(app, asker, pair)
    return app.store.write(lambda tx: _set(app, tx, asker, pair, declared=True), by=asker)


def withdraw(app: StoreApp, asker: Asker, pair: Pair) -> bool:
    """Withdraws a declared conflict; False if there is none. Raises Forbidden, UnknownId, AmbiguousId."""
    _admit(app, asker, pair)
    return app.store.write(lambda tx: _set(app, tx, asker, pair, declared=False), by=asker)


def _admit(app: StoreApp, asker: Asker, pair: Pair) -> None:
    """Whether the asker may open this alumnus for this request, or a conflict of them was declared before.

    Raises as `declare`: to an asker who sees cards, the same error for all who may not be opened.
    """
    asker.scope(Action.CONFLICT_DECLARE)
    if sees_cards(asker):
        named = admission.Named(pair.request_id, pair.alumnus_id, pair.school)
        admitted = admission.candidate(app, asker, Action.CONFLICT_DECLARE, named, app.clock.today(), declared=True)
        if admitted.alumnus_key is None:
            raise UnknownId("unknown_id", kind="alumnus", id=pair.alumnus_id, owner="")


def _set(app: StoreApp, tx: Transaction, asker: Asker, pair: Pair, *, declared: bool) -> bool:
    request_key, alumnus_key = _keys(app, tx, asker, pair)
    change = tx.conflicts.declare if declared else tx.conflicts.withdraw
    changed = change(request_key, alumnus_key)
    tx.note(Action.CONFLICT_DECLARE, {"query": request_key, "alumnus": alumnus_key, "declared": declared})
    return changed


def _keys(app: StoreApp, records: Records, asker: Asker, pair: Pair) -> tuple[int, int]:
    """The random keys of the request, which must be the asker's, and of the alumnus, whom its school must see.

    Or an asker of one school would learn which alumni of another exist. A conflict that was declared can be seen.
    """
    request = lookup.request(records, asker, Action.CONFLICT_DECLARE, pair.request_id, pair.school)
    with lookup.unless_of_others(asker, "unknown_id", kind="alumnus", id=pair.alumnus_id, owner=""):
        alumnus = _alumnus(records, asker, request, pair)
        if asker.school is not None and not _known(app, records, request, alumnus):
            raise UnknownId("unknown_id", kind="alumnus", id=pair.alumnus_id, owner="")
    return request.key, alumnus.key


def _alumnus(records: Records, asker: Asker, request: Request, pair: Pair) -> Alumnus:
    """The alumnus by id, or by handle for an asker who sees cards. Raises UnknownId, AmbiguousId."""
    if not sees_cards(asker):
        return cast("Alumnus", lookup.only(records, "alumnus", pair.alumnus_id, pair.alumnus_school or request.school))
    key = cards.alumnus_key(records, request.key, pair.alumnus_id)
    alumni = records.records.by_key(RecordKind.ALUMNI, [key]) if key else {}
    if key not in alumni:
        raise UnknownId("unknown_id", kind="alumnus", id=pair.alumnus_id, owner="")
    return cast("Alumnus", alumni[key])


def _known(app: StoreApp, records: Records, request: Request, alumnus: Alumnus) -> bool:
    if alumnus.key in records.conflicts.declared(request.key):
        return True
    return failed_rule(records, app.terms, request, alumnus, records.today, ()) is None
