"""What a provider offers, made by itself, and how many alumni it would help: counts, and no names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from matcher.domain.kinds import Purpose
from matcher.domain.records import Offering, RecordKind
from matcher.errors import Forbidden, InvalidValue, UnknownId
from matcher.policy import Asker, Role
from matcher.services import offers
from matcher.services.app import App
from matcher.services.offers import LEAST_COUNTED, Reach
from tests.support import stores
from tests.support.apps import app_of
from tests.support.region import alumnus, engine_in

PROVIDER = Asker(90, Role.PARTNER, "Leerhuis")
COURSE = Offering(offering_id="", provider="", title=" Cursus bijen houden ", skills=("bijen houden",), town="Zwolle")


@pytest.fixture
def app(tmp_path: Path) -> App:
    """The region."""
    return app_of(engine_in(tmp_path))


def test_a_provider_makes_and_changes_its_own_offers(app: App) -> None:
    """With an id of their own; an emptied field is cleared, and those of others do not exist."""
    id_ = offers.save(app, PROVIDER, COURSE)
    (made,) = offers.mine(app, PROVIDER)
    assert (made.offering_id, made.provider, made.title, made.town) == (
        id_,
        "Leerhuis",
        "Cursus bijen houden",
        "Zwolle",
    )
    assert offers.save(app, PROVIDER, replace(made, price=90.0, town=None), offering_id=id_) == id_
    changed = offers.offering(app, PROVIDER, id_)
    assert (changed.price, changed.town, changed.key) == (90.0, None, made.key)
    other = Asker(91, Role.PARTNER, "Ander huis")
    for use in (
        lambda: offers.offering(app, other, id_),
        lambda: offers.save(app, other, replace(COURSE, title="x"), offering_id=id_),
        lambda: offers.save(app, other, replace(COURSE, provider="Leerhuis")),
        lambda: offers.reach(app, other, id_),
        lambda: offers.offering(app, PROVIDER, "C-1"),
    ):
        with pytest.raises(UnknownId):
            use()
    assert offers.mine(app, other) == []
    with pytest.raises(Forbidden):
        offers.save(app, Asker(92, Role.TEACHER, "Noord"), COURSE)


def test_a_second_offer_of_one_title_is_another(app: App) -> None:
    """What is made changes nothing of what was there, whatever it is called."""
    first, second = (offers.save(app, PROVIDER, replace(COURSE, price=price)) for price in (10.0, 90.0))
    assert first != second
    assert {one.offering_id: one.price for one in offers.mine(app, PROVIDER)} == {first: 10.0, second: 90.0}


def test_what_begins_first_stands_first(app: App) -> None:
    """What has begun is last, and what has no first day stands before it."""
    days = {"Voorbij": date(2026, 12, 1), "Zomer": date(2027, 7, 1), "Ooit": None, "Lente": date(2027, 4, 1)}
    for title, day in days.items():
        offers.save(app, PROVIDER, replace(COURSE, title=title, start=day))
    assert [one.title for one in offers.mine(app, PROVIDER)] == ["Lente", "Zomer", "Ooit", "Voorbij"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"title": " "}, "title_needed"), ({"start": date(2027, 5, 2), "end": date(2027, 5, 1)}, "period_order")],
)
def test_what_cannot_be_offered_is_refused(app: App, wrong: dict[str, object], code: str) -> None:
    """Nothing is made."""
    with pytest.raises(InvalidValue, match=code):
        offers.save(app, PROVIDER, replace(COURSE, **wrong))  # type: ignore[arg-type]
    assert offers.mine(app, PROVIDER) == []


def test_a_list_of_courses_has_the_counts_of_each(app: App) -> None:
    """Of all where that is asked for; else of the first, and of those that were counted since the last change."""
    wish = {"needs": "bijen houden", "skills": (), "function": None}
    rows = [alumnus(number + 2, f"B-{number}", "Oost", **wish) for number in range(7)]
    stores.upsert(app.store, RecordKind.ALUMNI, rows)
    ids = [offers.save(app, PROVIDER, replace(COURSE, title=title)) for title in ("Een", "Twee", "Drie", "Vier")]
    courses = offers.mine(app, PROVIDER)
    first = [one.key for one in courses[:LEAST_COUNTED]]
    assert list(offers.reaches(app, PROVIDER, courses, pairs=0)) == first
    last = offers.reach(app, PROVIDER, courses[-1].offering_id)
    assert offers.reaches(app, PROVIDER, courses, pairs=0).keys() == {*first, courses[-1].key}
    told = offers.reaches(app, PROVIDER, courses, pairs=None)
    assert told == {one.key: offers.reach(app, PROVIDER, one.offering_id) for one in courses}
    assert told[courses[-1].key] == last
    assert any(one.fits for one in told.values())
    assert offers.reaches(app, PROVIDER, courses) == told
    assert {entry.action for entry in stores.log(app.store, limit=len(ids))} == {"audience.count"}
    stores.writing(app.store).consents.state(
        stores.key_of(app.store, RecordKind.ALUMNI, "B-0", "Oost"), Purpose.LLO_ADVICE, given=False
    )
    assert list(offers.reaches(app, PROVIDER, courses, pairs=0)) == first
    changed = offers.reaches(app, PROVIDER, courses, pairs=None)
    assert {one.eligible for one in changed.values()} == {one.eligible - 1 for one in told.values()}
    other = Asker(9, Role.PARTNER, "Een ander")
    assert offers.reaches(app, other, courses, pairs=None) == {}


@pytest.mark.parametrize("count", [3, 4, 5, 7])
def test_counts_below_five_are_not_told(app: App, count: int) -> None:
    """Of those whom a course would help, nor of those who may hear of it; the log has no more than counts."""
    wish = {"needs": "bijen houden", "skills": (), "function": None}
    rows = [alumnus(number + 2, f"B-{number}", "Oost", **wish) for number in range(count)]
    stores.upsert(app.store, RecordKind.ALUMNI, rows)
    id_ = offers.save(app, PROVIDER, COURSE)
    told = offers.reach(app, PROVIDER, id_)
    assert isinstance(told, Reach)
    assert all(one == 0 or one >= 5 for one in (told.eligible, told.fits, *told.excluded.values()))
    assert told.fits <= told.eligible
    assert told.eligible >= count
    (entry,) = stores.log(app.store, limit=1)
    assert entry.action == "audience.count"
    assert set(entry.details) <= {"query", "eligible", "fits"}
