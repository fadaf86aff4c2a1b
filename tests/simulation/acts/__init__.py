"""What everybody does, by verb: one module for each kind of work.

A new use case joins with a function in one of these modules, its name in `ACTS`, and its line in `steps.VERBS`; what
its entry in the log means for the model stands in `tests.simulation.ledger`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from matcher.services.app import App
from tests.simulation.acts import (
    access,
    aftercare,
    asks,
    backups,
    calendars,
    cards,
    doors,
    exposures,
    figures,
    firsts,
    inbox,
    letters,
    lists,
    mail,
    meanings,
    merges,
    offers,
    operator,
    past,
    people,
    plans,
    rankings,
    registers,
    requests,
    segments,
    settings,
    sources,
    talks,
    uploads,
)
from tests.simulation.steps import VERBS, Step

if TYPE_CHECKING:
    from tests.simulation.world import World

ACTS: Mapping[str, Callable[[World, App, Step], None]] = {
    name: act
    for module in (
        access,
        aftercare,
        asks,
        backups,
        calendars,
        cards,
        doors,
        exposures,
        figures,
        firsts,
        inbox,
        letters,
        lists,
        mail,
        meanings,
        merges,
        offers,
        operator,
        past,
        people,
        plans,
        rankings,
        registers,
        requests,
        segments,
        settings,
        sources,
        talks,
        uploads,
    )
    for name, act in module.ACTS.items()
}
assert set(ACTS) == set(VERBS), set(ACTS) ^ set(VERBS)
