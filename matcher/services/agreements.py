"""What was agreed, told to both with the moment for their calendars: a yes, a change of it, and that it is off.

Only for a request with one moment: which of several it is going to be, two people settle. The mail to the alumnus names
the school and the kind of help, that to who made the request no alumnus.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from enum import StrEnum

from matcher.domain.records import Moment, Request
from matcher.repositories import Transaction

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class Step(StrEnum):
    """What is told: the names of the messages to the alumnus."""

    AGREED = "agreed"
    MOVED = "agreed_moved"
    OFF = "agreed_off"


TO_ASKER = {
    Step.AGREED: "agreed_asker",
    Step.MOVED: "agreed_moved_asker",
    Step.OFF: "agreed_off_asker",
}
"""The messages to who made the request."""


def moment_of(request: Request) -> Moment | None:
    """The moment of a request, where it has one and not several."""
    return request.moments[0] if len(request.moments) == 1 else None


def chosen(request: Request, begin: datetime | None) -> Moment | None:
    """The moment of a request that begins then; None for none."""
    return next((one for one in request.moments if one.start == begin), None)


def tell(tx: Transaction, request: Request, alumnus_key: int, step: Step, moment: Moment | None = None) -> bool:
    """Tells both in the transaction of what happened; False where there is no moment to tell.

    `moment`: which was agreed; by default the only one of the request.
    """
    at = moment or moment_of(request)
    if at is None:
        return False
    values = {
        "school": request.school or "",
        "kind": request.kind.value,
        "town": request.town or "",
        "start": at.start.isoformat(),
        "end": at.end.isoformat(),
        "uid": hashlib.sha256(f"{request.key}.{alumnus_key}".encode()).hexdigest()[:32],
        "sequence": str(0 if step is Step.AGREED else int((tx.now - _EPOCH).total_seconds() // 60)),
    }
    tx.outbox.add(alumnus_key, step.value, values=values, request_key=request.key)
    if tx.people.requester(request.key):
        tx.outbox.add(None, TO_ASKER[step], values=values, request_key=request.key)
    return True


def tell_reply(
    tx: Transaction,
    request: Request,
    alumnus_key: int,
    *,
    accepts: bool,
    had_agreed: bool,
    at: datetime | None = None,
) -> bool:
    """Tells both of a yes, or of a no that takes an earlier yes back; nothing of another no. Returns whether it did.

    `at`: the beginning of the moment that was chosen, where there are several.
    """
    if not (accepts or had_agreed):
        return False
    return tell(tx, request, alumnus_key, Step.AGREED if accepts else Step.OFF, chosen(request, at))
