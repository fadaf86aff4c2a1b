"""What figures read off the pool: who can be asked, open wishes for courses, and first places without an ask left."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from matcher.domain.aftercare import AftercareContact, How, Outcome
from matcher.domain.crebo import register, sector
from matcher.domain.figures import Wish
from matcher.domain.kinds import Area, NeedKind, Purpose, RequestKind
from matcher.domain.ledger import Benefit, LedgerEvent, LedgerLine
from matcher.domain.places import Coordinates
from matcher.domain.records import Qualification, RecordKind
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import figures
from matcher.services.app import App
from matcher.services.figures import FirstPlaces
from matcher.services.reports import SMALLEST
from tests.support import stores
from tests.support.apps import app_of
from tests.support.region import ALL, alumnus, engine_in
from tests.support.worlds import AS_OF

COORDINATOR = Asker(5, Role.COORDINATOR, "Noord")
CARE, COOK = Qualification("25471", None, 4, None, 2014), Qualification("25180", None, 2, None, 2012)
COURSE = frozenset({NeedKind.COURSE})


@pytest.fixture
def app(tmp_path: Path) -> App:
    return app_of(engine_in(tmp_path))


def report(app: App, asker: Asker = COORDINATOR) -> figures.Report:
    return figures.report(app, asker, AS_OF - timedelta(days=30), AS_OF)


def add(app: App, *numbers: str, school: str = "Noord", **values: object) -> None:
    stores.upsert(
        app.store,
        RecordKind.ALUMNI,
        [alumnus(row, number, school, **values) for row, number in enumerate(numbers, 2)],
    )


def names(letter: str, count: int) -> list[str]:
    return [f"{letter}-{number}" for number in range(count)]


def wishes(app: App) -> list[Wish]:
    return [one for one in report(app).wishes if one.field]


def test_a_wish_is_of_a_field_and_a_region(app: App) -> None:
    """The field of the highest qualification, the region of the postcode or of the one nearest to the town."""
    stores.write(app.store, lambda tx: tx.places.add({
        "pc4:8011": Coordinates(52.51, 6.09), "town:londen": Coordinates(51.5, -0.12),
    }))  # fmt: skip
    add(app, *names("P", 4), need_kinds=COURSE, pc4="8011", qualifications=(COOK, CARE))
    assert wishes(app) == [Wish("Zorg en welzijn", None, None)], "fewer than five"
    add(app, *names("T", 3), need_kinds=COURSE, town="Zwolle", qualifications=(CARE,))
    add(app, *names("L", 5), need_kinds=COURSE, town="Londen", qualifications=(CARE, COOK))
    add(app, *names("U", 2), need_kinds=COURSE, town=None, qualifications=(CARE,))
    assert wishes(app) == [Wish("Zorg en welzijn", "80", 7), Wish("Zorg en welzijn", "", 7)]


@pytest.mark.parametrize(
    "values",
    [
        {"need_kinds": frozenset({NeedKind.WORK})},
        {"need_kinds": None},
        {"need_kinds": COURSE, "consents": ALL - {Purpose.LLO_ADVICE}},
        {"need_kinds": COURSE, "school": "Zuid"},
    ],
)
def test_a_wish_is_said_by_who_agreed_to_advice(app: App, values: dict[str, object]) -> None:
    """And looks for a course or further study, and is of the school."""
    add(app, *names("P", 6), **{"qualifications": (CARE,), **values})  # type: ignore[arg-type]
    assert wishes(app) == []


@pytest.mark.parametrize(
    ("benefit", "days", "is_open"),
    [
        (Benefit.COURSE, 364, False),
        (Benefit.ADVICE, 0, False),
        (Benefit.COURSE, 365, True),
        (Benefit.COACHING, 1, True),
        (Benefit.THANKS, 1, True),
    ],
)
def test_a_wish_is_open_until_there_was_a_course(app: App, benefit: Benefit, days: int, is_open: bool) -> None:
    """A course or advice of the past year, unless it was corrected."""
    add(app, *names("P", 5), need_kinds=frozenset({NeedKind.FURTHER_STUDY}), qualifications=(CARE,))
    assert [one.count for one in wishes(app)] == [5]
    key = stores.key_of(app.store, RecordKind.ALUMNI, "P-0")
    had = LedgerLine(key, None, LedgerEvent.BENEFITED, AS_OF - timedelta(days=days), school="Noord", benefit=benefit)
    entry = stores.write(app.store, lambda tx: tx.ledger.add(had))
    assert [one.count for one in wishes(app)] == [5 if is_open else None]
    undone = LedgerLine(key, None, LedgerEvent.CORRECTED, AS_OF, corrects=entry)
    stores.write(app.store, lambda tx: tx.ledger.add(undone))
    assert [one.count for one in wishes(app)] == [5]


def test_who_can_be_asked_is_who_agreed_and_offers(app: App) -> None:
    """Not who paused, offers something else or wants nothing; also who was asked as often as they said."""
    before = report(app).now
    add(app, "P-0", offers=frozenset({RequestKind.MENTOR, RequestKind.AMBASSADOR}), max_asks_per_year=1)
    add(app, "P-1", offers=frozenset({RequestKind.AMBASSADOR}), paused_until=date(2027, 6, 1))
    add(app, "P-2", offers=frozenset({RequestKind.AMBASSADOR}), consents=ALL - {Purpose.AMBASSADOR})
    add(app, "P-3", offers=frozenset(), need_kinds=frozenset({NeedKind.NONE}))
    add(app, "P-4", school="Zuid", offers=frozenset({RequestKind.AMBASSADOR}))
    more = {area: (now.able or 0) - (before.areas[area].able or 0) for area, now in report(app).now.areas.items()}
    assert more == {
        Area.WORKING_CAPITAL: 1, Area.COOPERATION: 0, Area.LIFELONG_LEARNING: 0,
        Area.AMBASSADORS: 1, Area.QUALITY: 0, Area.AFTERCARE: 2,
    }  # fmt: skip
    key = stores.key_of(app.store, RecordKind.ALUMNI, "P-0")
    ask = LedgerLine(key, None, LedgerEvent.ASKED, AS_OF, school="Noord", kind=RequestKind.AMBASSADOR)
    stores.write(app.store, lambda tx: tx.ledger.add(ask))
    told = report(app).now.areas[Area.AMBASSADORS]
    assert (told.able, told.reached, told.coverage, told.gini) == (1, 1, 1.0, 0.0)
    assert report(app).now.everything.reached == 1


def test_first_places_beyond_the_asks_left(app: App) -> None:
    """Who may be asked once and stands first twice does so once in vain; a few are not told to a region."""
    rows = [Upsert(row, f"R-{row}", "Noord", {"kind": RequestKind.MENTOR, "title": "Mentor"}) for row in (7, 8, 9)]
    stores.upsert(app.store, RecordKind.REQUESTS, rows)
    stores.upsert(app.store, RecordKind.ALUMNI, [Upsert(2, "A-1", "Noord", {"max_asks_per_year": 1})])
    one, other = (stores.key_of(app.store, RecordKind.ALUMNI, number, "Noord") for number in ("A-1", "A-2"))
    first, second, third = (stores.key_of(app.store, RecordKind.REQUESTS, row.id) for row in rows)
    assert report(app).first_places == FirstPlaces(0, 0)
    stores.write(app.store, lambda tx: tx.exposures.save({first: one, second: one, third: other}))
    assert report(app).first_places == FirstPlaces(3, 1)
    assert report(app, COMMAND_LINE).first_places == FirstPlaces(None, None)
    assert report(app, Asker(5, Role.COORDINATOR, "Zuid")).first_places == FirstPlaces(0, 0)


def test_contacts_of_aftercare_are_counted_from_the_register(app: App) -> None:
    """Those that count, of the school and the period; for whoever is of no school none below ten."""
    add(app, "P-1", "P-2")
    add(app, "Q-1", school="Zuid")
    keys = {name: stores.key_of(app.store, RecordKind.ALUMNI, name, "Noord") for name in ("P-1", "P-2")}
    other = stores.key_of(app.store, RecordKind.ALUMNI, "Q-1", "Zuid")

    def contact(alumnus_key: int, days: int, corrects: int | None = None) -> int:
        on = AS_OF - timedelta(days=days)
        how = (None, None) if corrects else (How.PHONE, Outcome.WORK)
        line = AftercareContact(alumnus_key, on, *how, corrects=corrects)
        return stores.write(app.store, lambda tx: tx.aftercare.add(line))

    wrong = contact(keys["P-1"], 3)
    contact(keys["P-1"], 2)
    contact(keys["P-1"], 2, corrects=wrong)
    contact(keys["P-2"], 30)
    contact(keys["P-2"], 31)
    contact(other, 1)
    assert report(app).contacts == (2, 1)
    assert report(app, COMMAND_LINE).contacts == (None, None)
    for _ in range(SMALLEST - 3):
        contact(other, 1)
    assert report(app, COMMAND_LINE).contacts == (SMALLEST, None)


def test_a_sector_that_the_register_names_twice_is_one() -> None:
    """With the ministry behind it or without; what else stands between brackets stays."""
    names_ = {figures.programme_field(code) for code in register()}
    assert "Voedsel, natuur en leefomgeving" in names_
    assert not any("(EZ)" in name for name in names_)
    assert sector("Zorg (welzijn)") == "Zorg (welzijn)"
