"""What pages tell of all alumni, worked out before somebody opens one."""

from __future__ import annotations

from collections.abc import Callable

from matcher.services.app import StoreApp
from matcher.services.duplicates import MOST_LISTED


def work_ahead(app: StoreApp, ends: Callable[[], bool]) -> None:
    """Works it out, for every school; the store remembers it, and carries it on after each change.

    It stops before the next school once `ends` says so. Nothing of it is shown. Raises StoreUnavailable.
    """
    with app.store.read() as records:
        schools = records.directory.schools()
        records.figures.counted()
    for school in schools:
        if ends():
            return
        with app.store.read() as records:
            records.figures.left_out(school)
            records.people.unreachable(school)
            records.campaigns.students(school)
            records.facts.oldest(school, 1)
            records.aftercare.leavers(records.today - app.aftercare_terms.guidance, school)
            records.duplicates.pairs(school, MOST_LISTED)
