"""Declaring that a request and an alumnus may not meet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from matcher.domain.records import Alumnus, Request
from matcher.errors import AmbiguousId, UnknownId
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.services import admission, lookup
from matcher.services.app import StoreApp
from matcher.services.eligibility import failed_rule


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
    pair = _admitted(app, asker, pair)
    return app.store.write(lambda tx: _set(app, tx, asker, pair, declared=True), by=asker)


def withdraw(app: StoreApp, asker: Asker, pair: Pair) -> bool:
    """Withdraws a declared conflict; False if there is none. Raises Forbidden, UnknownId, AmbiguousId."""
    pair = _admitted(app, asker, pair)
    return app.store.write(lambda tx: _set(app, tx, asker, pair, declared=False), by=asker)


def _admitted(app: StoreApp, asker: Asker, pair: Pair) -> Pair:
    """The pair, if the asker may open this alumnus for this request, or a conflict of them was declared before.

    Raises as `declare`: to an asker who does not see all alumni, the same error for all who may not be opened.
    """
    asker.scope(Action.CONFLICT_DECLARE)
    if not admission.limited_to_cards(asker):
        return pair
    named = admission.Named(pair.request_id, pair.alumnus_id, pair.school, pair.alumnus_school or asker.school)
    action, today = Action.CONFLICT_DECLARE, app.clock.today()
    schools = sorted(admission.candidates(app, asker, action, named, today, declared=True).alumni.values())
    if not schools:
        raise UnknownId("unknown_id", kind="alumnus", id=pair.alumnus_id, owner="")
    if len(schools) > 1:
        raise AmbiguousId("ambiguous_id", kind="alumnus", id=pair.alumnus_id, choices=schools)
    return replace(pair, alumnus_school=schools[0])


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
        record = lookup.only(records, "alumnus", pair.alumnus_id, pair.alumnus_school or request.school)
        alumnus = cast("Alumnus", record)
        if asker.school is not None and not _known(app, records, request, alumnus):
            raise UnknownId("unknown_id", kind="alumnus", id=pair.alumnus_id, owner="")
    return request.key, alumnus.key


def _known(app: StoreApp, records: Records, request: Request, alumnus: Alumnus) -> bool:
    if (request.key, alumnus.key) in records.conflicts.among([alumnus.key], []):
        return True
    return failed_rule(records, app.terms, request, alumnus, records.today, ()) is None
