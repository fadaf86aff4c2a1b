"""Invitations that wait for somebody else to approve them, of the kinds of which a school wants that (`Approval`).

Nothing is asked before: no line in the ledger, no mail. Approving looks at consent, budget and all rules again, in the
transaction that asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from matcher.domain.demands import closing_day
from matcher.domain.invitations import Approval, InvitationState, may_approve
from matcher.domain.records import Alumnus, RecordKind, Request
from matcher.errors import InvalidValue
from matcher.policy import Action, Asker, Role
from matcher.repositories import Records, Transaction
from matcher.repositories.demands import Invitation
from matcher.services import asks, lookup
from matcher.services.app import App
from matcher.services.deciding import decider, deciders
from matcher.services.invitations import Invited, named, need_askable

MOST_LISTED = 200
_COORDINATES = frozenset({Role.COORDINATOR.value, Role.COMMAND_LINE.value})


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request with invitations that the asker may approve, and how many."""

    request: Request
    count: int


def awaiting(app: App, asker: Asker) -> Sequence[Waiting]:
    """The requests of the asker's school with what the asker may approve, in the order of the proposals."""
    owner = asker.owner(Action.INVITE)
    with app.store.read() as records:
        return awaiting_in(records, app, asker, owner)


def awaiting_in(records: Records, app: App, asker: Asker, owner: str | None) -> Sequence[Waiting]:
    """The same in one reading, of a school or any."""
    counts: dict[int, int] = {}
    proposed = records.invitations.proposed(MOST_LISTED, owner)
    keys = list(dict.fromkeys(one.request_key for one in proposed))
    found = cast("dict[int, Request]", records.records.by_key(RecordKind.REQUESTS, keys))
    modes = deciders(records, app, list(found.values()))
    for one in proposed:
        request = found.get(one.request_key)
        closes = closing_day(request) if request is not None else None
        is_over = closes is not None and closes < records.today
        if request is None or is_over or request.kind not in asker.kinds():
            continue
        if _decides(modes[request.key], asker, one):
            counts[request.key] = counts.get(request.key, 0) + 1
    return [Waiting(found[key], count) for key, count in counts.items()]


def decides(app: App, asker: Asker, request: Request, invitations: Iterable[Invitation]) -> frozenset[int]:
    """The keys of those of these invitations for a request that are proposals which the asker may approve."""
    with app.store.read() as records:
        mode = decider(records, app, request)
    return frozenset(one.key for one in invitations if _decides(mode, asker, one))


def _decides(mode: Approval, asker: Asker, one: Invitation) -> bool:
    return one.state is InvitationState.PROPOSED and may_approve(
        mode,
        coordinates=asker.may(Action.INVITE_APPROVE),
        proposed_by_coordinator=one.approved_role in _COORDINATES,
        is_own=bool(asker.key) and one.approved_by == asker.key,
    )


def approve(app: App, asker: Asker, request_id: str, alumnus_id: str, *, school: str | None = None) -> Invited:
    """Approves what somebody proposed: the alumnus is asked, or stands on the waiting list if that was proposed.

    `alumnus_id`: as `invitations.outline` names them. Raises Forbidden, UnknownId, AmbiguousId, and InvalidValue:
    `nothing_to_approve`, `not_yours_to_approve`, `invited_already`, and `changed_` with the code of a rule that the
    pair came to fail.
    """

    def work(tx: Transaction) -> Invited:
        request = lookup.request(tx, asker, Action.INVITE, request_id, school)
        return _approve(tx, app, asker, request, alumnus_id)

    return app.store.write(work, by=asker)


def _approve(tx: Transaction, app: App, asker: Asker, request: Request, alumnus_id: str) -> Invited:
    one = named(tx, asker, request, alumnus_id, {InvitationState.PROPOSED})
    if one is None:
        raise InvalidValue("nothing_to_approve")
    if not _decides(decider(tx, app, request), asker, one):
        raise InvalidValue("not_yours_to_approve")
    alumnus = cast("Alumnus", tx.records.by_key(RecordKind.ALUMNI, [one.alumnus_key])[one.alumnus_key])
    need_askable(tx, app, asker, request, alumnus, alumnus_id)
    details = {**asks.noted(request, alumnus.key, one.rank, one.reason), "proposed_by": one.approved_by}
    state = InvitationState.PROPOSED if one.place is None else InvitationState.QUEUED
    decided = {"approved_by": asker.key or None, "approved_role": asker.role.value, "state": state}
    if not tx.invitations.change(one.key, InvitationState.PROPOSED, decided):
        raise InvalidValue("nothing_to_approve")
    if one.place is not None:
        tx.note("invite.wait", details)
        return Invited(alumnus.key, request.key, one.rank, None)
    mail = asks.ask(tx, app.answer_terms, request, alumnus.key, one.rank, undo=app.answer_terms.undo, queued=one)
    tx.note(Action.INVITE, details)
    return Invited(alumnus.key, request.key, one.rank, mail)
