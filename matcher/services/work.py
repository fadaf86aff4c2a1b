"""What waits for somebody, as counts beside the menu of each page: cheap, and of nobody."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.policy import Action, Asker
from matcher.services import invitations
from matcher.services.app import App


@dataclass(frozen=True, slots=True)
class Counts:
    """`requests`: the asker's own that are open. `questions`: put to the asking alumnus, and without an answer."""

    requests: int = 0
    questions: int = 0


def counts(app: App, asker: Asker) -> Counts:
    """What waits for the asker; 0 for what the asker has no right to. One read, by indexes."""
    with app.store.read() as records:
        own = asker.may(Action.REQUESTS_CLOSE) and asker.key
        alumnus = asker.alumnus_key if asker.may(Action.REPLY) else None
        return Counts(
            records.demands.open_of(asker.key) if own else 0,
            0 if alumnus is None else invitations.waiting(records, alumnus),
        )
