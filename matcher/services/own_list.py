"""What an alumnus does not want in the own list: a fact about that list alone, which no other reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from matcher.domain.own_list import Reason, Refusal
from matcher.domain.records import Offering, RecordKind, Request, Target
from matcher.errors import UnknownId
from matcher.policy import Action, Asker
from matcher.repositories import Transaction
from matcher.services import lookup
from matcher.services.app import StoreApp


@dataclass(frozen=True, slots=True)
class Declined:
    """A course or a role that is out of the own list, and why."""

    refusal: Refusal
    record: Offering | Request


def declined(app: StoreApp, asker: Asker) -> Sequence[Declined]:
    """What the asking alumnus wants out of the own lists, the newest first. Raises Forbidden."""
    key = asker.own_key(Action.LIST_DECLINE)
    with app.store.read() as records:
        said = records.not_for_me.of(key)
        offerings = records.records.by_key(RecordKind.OFFERINGS, [one.offering_key for one in said if one.offering_key])
        requests = records.records.by_key(RecordKind.REQUESTS, [one.request_key for one in said if one.request_key])
    found = offerings | requests
    return [
        Declined(one, cast("Offering | Request", found[key]))
        for one in reversed(said)
        if (key := one.offering_key or one.request_key or 0) in found
    ]


def decline(app: StoreApp, asker: Asker, target: Target, id_: str, reason: Reason, *, owner: str | None = None) -> int:
    """A course or a role is not for the asking alumnus: it is in no own list of the next year. Returns its key.

    `owner`: the provider of the course, or the school of the request. Raises Forbidden, UnknownId, AmbiguousId.
    """

    def work(tx: Transaction) -> int:
        key = asker.own_key(Action.LIST_DECLINE)
        kind: lookup.QueryKind = "offering" if target == "offerings" else "request"
        record = cast("Offering | Request", lookup.only(tx, kind, id_, owner))
        names = {f"{kind}_key": record.key}
        if tx.not_for_me.add(key, reason, **names):
            tx.note(Action.LIST_DECLINE, {"alumnus": key, kind: record.key, "reason": reason.value})
        return next(one.key for one in tx.not_for_me.of(key) if record.key in {one.offering_key, one.request_key})

    return app.store.write(work, by=asker)


def take_back(app: StoreApp, asker: Asker, number: int) -> None:
    """What was not for the asking alumnus may be in the own list again. Raises Forbidden, UnknownId."""

    def work(tx: Transaction) -> None:
        key = asker.own_key(Action.LIST_DECLINE)
        if not tx.not_for_me.remove(key, number):
            raise UnknownId("unknown_id", kind="record", id=str(number), owner="")
        tx.note(Action.LIST_DECLINE, {"alumnus": key, "taken_back": True})

    app.store.write(work, by=asker)
