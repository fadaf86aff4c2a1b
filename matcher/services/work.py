"""What waits for somebody, as counts beside the menu of each page: cheap, and of nobody."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.domain.kinds import Purpose
from matcher.policy import Action, Asker
from matcher.services import invitations
from matcher.services.app import App


@dataclass(frozen=True, slots=True)
class Counts:
    """`requests`: the asker's own that are open. `questions`: put to the asking alumnus, and without an answer.

    `closed`: purposes that the asker's school does not use.
    """

    requests: int = 0
    questions: int = 0
    closed: frozenset[Purpose] = frozenset()


def counts(app: App, asker: Asker) -> Counts:
    """What waits for the asker; 0 for what the asker has no right to. One read, by indexes."""
    with app.store.read() as records:
        closed = records.school_settings.closed().get(asker.school or "", frozenset())
        own = records.demands.open_of(asker.key) if asker.key and asker.may(Action.REQUESTS_CLOSE) else 0
    if asker.alumnus_key is not None and asker.may(Action.REPLY):
        asked = invitations.questions(app, asker, unanswered=True)
        return Counts(questions=sum(not (one.is_over or one.is_full) for one in asked), closed=closed)
    return Counts(requests=own, closed=closed)
