"""Lists by page, within what the asker may see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from matcher.domain.records import RecordKind, Request, owner_of, record_id
from matcher.errors import Forbidden, UnknownId
from matcher.policy import COMMAND_LINE, VISITOR, Asker, Role
from matcher.services import browsing
from matcher.services.app import App
from matcher.services.browsing import Slice
from matcher.services.directory import Filter, newest_courses, newest_directory
from tests.support import stores
from tests.support.apps import app_of
from tests.support.region import engine_in

ALL = Slice(1, 100)
TEACHER = Asker(1, Role.TEACHER, "Noord")
ADVISER = Asker(2, Role.ADVISER, "Zuid")


@pytest.fixture
def app(tmp_path: Path) -> App:
    return app_of(engine_in(tmp_path))


@pytest.mark.parametrize("kind", RecordKind)
def test_pages_together_are_the_list(app: App, kind: RecordKind) -> None:
    """Every page has the number of all items; the pages put together are everything, by owner and id."""
    whole = browsing.page(app, COMMAND_LINE, kind, ALL)
    assert whole.total == len(whole.items) > 1
    assert [(owner_of(one), record_id(one)) for one in whole.items] == sorted(
        (owner_of(one), record_id(one)) for one in whole.items
    )
    parts = [browsing.page(app, COMMAND_LINE, kind, Slice(number, 1)) for number in range(1, whole.total + 2)]
    assert [item for part in parts for item in part.items] == list(whole.items)
    assert {part.total for part in parts} == {whole.total}


def test_a_list_is_of_ones_own_school(app: App) -> None:
    """Without naming it too; another school is unknown, and a placement officer sees placements only."""
    own = browsing.page(app, ADVISER, RecordKind.ALUMNI, ALL)
    assert {owner_of(one) for one in own.items} == {"Zuid"}
    people = browsing.people(app, ADVISER, newest_directory(app.store), Filter(), ALL)
    assert {person.school for person in people.items} == {"Zuid"}
    with pytest.raises(UnknownId):
        browsing.page(app, ADVISER, RecordKind.ALUMNI, ALL, "Noord")
    with pytest.raises(UnknownId):
        browsing.people(app, ADVISER, newest_directory(app.store), Filter(school="Noord"), ALL)
    assert browsing.page(app, Asker(3, Role.PLACEMENT, "Noord"), RecordKind.REQUESTS, ALL).total == 0
    assert browsing.page(app, TEACHER, RecordKind.REQUESTS, ALL).total == 2
    assert browsing.schools(app, ADVISER) == ("Zuid",)
    assert set(browsing.schools(app, COMMAND_LINE)) == {"Noord", "Zuid"}


def test_open_requests_come_by_page(app: App) -> None:
    """Those of the asker's school, with the number of all of them."""
    first, second = (browsing.open_page(app, TEACHER, Slice(number, 1)) for number in (1, 2))
    assert (first.total, second.total) == (2, 2)
    assert {request.request_id for page in (first, second) for request in page.items} == {"R-1", "R-2"}
    assert browsing.open_page(app, Asker(1, Role.TEACHER, "Zuid"), ALL).total == 0
    assert all(isinstance(request, Request) for request in first.items)


def test_courses_are_found_by_word_and_town(app: App) -> None:
    """Whatever case and accents; a partner sees the own courses only."""
    courses = newest_courses(app.store).offerings
    assert [one.offering_id for one in browsing.courses(app, TEACHER, courses, words="LÁSSEN")] == ["C-2"]
    assert browsing.courses(app, TEACHER, courses, town="Zwolle") == []
    assert len(browsing.courses(app, TEACHER, courses)) == 2
    assert browsing.courses(app, Asker(5, Role.PARTNER, "Elders"), courses) == []


def test_a_list_is_for_those_who_may_see_it(app: App) -> None:
    """A teacher has no list of alumni, a privacy officer no requests, a visitor nothing; the revision is for all."""
    attempts: list[Callable[[], object]] = [
        lambda: browsing.page(app, TEACHER, RecordKind.ALUMNI, ALL),
        lambda: browsing.people(app, TEACHER, newest_directory(app.store), Filter(), ALL),
        lambda: browsing.open_page(app, Asker(6, Role.PRIVACY_OFFICER, "Noord"), ALL),
        lambda: browsing.page(app, VISITOR, RecordKind.OFFERINGS, ALL),
        lambda: browsing.courses(app, VISITOR, []),
    ]
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()
    assert browsing.revision(app, VISITOR) == stores.revision(app.store) > 0
    assert stores.log(app.store) == []
