"""Everything that the clock does, besides the daily job: in the rounds of the sender of mail, and before that job."""

from __future__ import annotations

from collections.abc import Callable

from matcher.policy import Asker
from matcher.services import campaigns, door, facts, inbox, jobs, segment_messages, waiting
from matcher.services.app import App

DUE: tuple[Callable[[App, Asker], object], ...] = (
    waiting.advance,
    campaigns.advance,
    door.advance,
    facts.advance,
    segment_messages.advance,
    inbox.advance,
)
"""Each does what is due and no more, and may be called at any moment by any number of processes."""


def advance(app: App, asker: Asker) -> list[object]:
    """Does all that is due; returns what each says of it; nothing by a clock that is far from the last day seen.

    Raises Forbidden, StoreUnavailable.
    """
    with app.store.read() as records:
        if jobs.refusals(records, app.job_limits, 0):
            return []
    return [one(app, asker) for one in DUE]
