"""The courses that other systems and search engines may read."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.domain.records import Offering
from matcher.exchange.catalogue import Catalogue, Course, catalogue_of
from matcher.exchange.oeapi import begins_between
from matcher.policy import Action, Asker
from matcher.services.app import StoreApp


def seen(app: StoreApp, asker: Asker, whole: Catalogue) -> Catalogue:
    """The part of the catalogue that an asker may list: a provider's own, or that of every provider. Raises Forbidden.

    `whole`: of the newest state of the data.
    """
    del app
    owner = asker.owner(Action.OFFERINGS_LIST)
    if owner is None:
        return whole
    return catalogue_of(run for run in whole.runs.values() if run.provider == owner)


def public(app: StoreApp, asker: Asker, whole: Catalogue, course_id: str) -> tuple[Course, Sequence[Offering]] | None:
    """A course with its runs that have not begun, for anybody; None where there is none.

    `whole`: of the newest state of the data. Courses are no secret: whether pages of them are open is a setting.
    """
    del asker
    course = whole.courses.get(course_id)
    runs = [run for run in course.runs if begins_between(run, app.clock.today(), None)] if course else []
    return (course, runs) if course and runs else None
