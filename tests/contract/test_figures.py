"""Figures on both databases: what use cases did is counted, and nothing else; 300 people of the sample by a recount."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

import pytest

from matcher.domain.crebo import entry as registered
from matcher.domain.demands import Step, Why, closing_day
from matcher.domain.figures import ADDING_UP, ASKING, OF_PEOPLE, Wish, wishes
from matcher.domain.invitations import Answer, AnswerKind, Reason
from matcher.domain.kinds import KINDS, OFFERED, Area, NeedKind, Purpose, RequestKind
from matcher.domain.ledger import Benefit, LedgerEvent, LedgerLine, standing
from matcher.domain.records import Alumnus, Moment, RecordKind, Request
from matcher.engine import open_engine
from matcher.errors import Forbidden, InvalidValue, UnknownId
from matcher.gazetteer.table import postcodes
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories import Transaction
from matcher.repositories.values import Upsert
from matcher.services import demands, figures, invitations, ledger
from matcher.services.app import App
from matcher.services.reports import SMALLEST
from matcher.spreadsheets.reader import read_table
from matcher.store.sql_store import SqlStore
from matcher.text import pc4_key
from tests.support import stores
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.records import TODAY
from tests.support.region import LATER

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
SCHOOL, PEOPLE = "ROC Vechtdal", 300
COORDINATOR = Asker(77, Role.COORDINATOR, "Noord")
LESSON = Request(
    request_id="", kind=RequestKind.GUEST_LESSON, title="Gastles wondzorg", school="Noord", people=2, team="Zorg"
)
YEAR = (TODAY - timedelta(days=364), TODAY)


@dataclass
class House:
    """Noord with six alumni who can be asked, and a clock that is moved."""

    app: App
    clock: FixedClock

    def create(self, **values: object) -> str:
        return demands.create(self.app, COORDINATOR, Request(**{**values_of(LESSON), **values}))  # type: ignore[arg-type]

    def asks(self, id_: str, *numbers: str) -> None:
        for number in numbers:
            invitations.invite(self.app, COORDINATOR, id_, number)

    def answers(self, id_: str, number: str, answer: Answer) -> None:
        key = stores.key_of(self.app.store, RecordKind.ALUMNI, number, "Noord")
        request = stores.key_of(self.app.store, RecordKind.REQUESTS, id_, "Noord")
        invitations.reply(self.app, Asker(9, Role.ALUMNUS, "Noord", key), request, answer=answer)

    def later(self, **by: int) -> None:
        self.clock.advance(timedelta(**by))

    def report(self, asker: Asker = COORDINATOR, school: str | None = None) -> figures.Report:
        last = self.clock.today()
        return figures.report(self.app, asker, last - timedelta(days=29), last, school=school)


def values_of(request: Request) -> dict[str, object]:
    return {name: getattr(request, name) for name in ("request_id", "kind", "title", "school", "people", "team")}


@pytest.fixture
def house(store: SqlStore, clock: FixedClock) -> House:
    alumni = {
        "offers": frozenset({RequestKind.GUEST_LESSON, RequestKind.MENTOR}), "consents": frozenset(Purpose),
        "consent_date": LATER, "function": "wondzorg",
    }  # fmt: skip
    rows = [Upsert(row, f"A-{row}", "Noord", {**alumni, "email": f"a{row}@voorbeeld.example"}) for row in range(6)]
    stores.upsert(store, RecordKind.ALUMNI, rows)
    clock.time = time(12)
    return House(App(store, open_engine(store, HashEncoder()), clock), clock)


def test_what_happened_is_counted(house: House) -> None:
    """Asks, answers with reasons, an undo, a yes taken back, a lesson for a class, and what was never filled."""
    id_ = house.create()
    house.asks(id_, "A-0", "A-1", "A-2", "A-3")
    invitations.take_back(house.app, COORDINATOR, id_, "A-3")
    house.later(days=2)
    house.answers(id_, "A-0", Answer.of(accepts=True))
    house.answers(id_, "A-1", Answer(AnswerKind.NO, Reason.NO_TIME))
    house.later(days=1)
    house.answers(id_, "A-2", Answer.of(accepts=True))
    told = house.report().now.areas[Area.WORKING_CAPITAL]
    assert (told.asked, told.agreed, told.declined, told.reasons) == (3, 2, 1, {Reason.NO_TIME: 1})
    assert (told.filled, told.timed, told.days_to_fill) == (1, 1, 3.0)
    assert (told.able, told.reached, told.coverage, told.people) == (6, 3, 0.5, 3)
    assert (told.busiest, told.gini) == (pytest.approx(1 / 3), pytest.approx(0.5))

    demands.close(house.app, COORDINATOR, id_, held=True, students=24)
    missed = house.create(people=1, kind=RequestKind.MENTOR)
    demands.withdraw(house.app, COORDINATOR, missed, Why.NOBODY_FOUND)
    demands.withdraw(house.app, COORDINATOR, house.create(), Why.NO_LONGER_NEEDED)
    day = house.clock.today()
    moment = Moment(datetime.combine(day, time(13)), datetime.combine(day, time(15)))
    passed = house.create(moments=(moment,))
    assert house.report().now.everything.ended == 3, "a request is over the day after its last day"
    house.later(days=1)
    told = house.report().now.areas[Area.WORKING_CAPITAL]
    assert (told.held, told.students, told.ended, told.never_filled) == (2, 24, 4, 2)
    assert demands.overview(house.app, COORDINATOR, passed).standing.state == "expired"

    ledger.add(house.app, COORDINATOR, "A-5", ledger.Entry(benefit=Benefit.COURSE))
    wrong = ledger.add(house.app, COORDINATOR, "A-5", ledger.Entry(hours=1.5, students=30))
    now = house.report().now
    assert (now.areas[Area.LIFELONG_LEARNING].received, now.no_area.held, now.no_area.students) == (1, 1, 30)
    ledger.correct(house.app, COORDINATOR, "A-5", wrong)
    now = house.report().now
    assert (now.no_area.is_empty, now.everything.students) == (True, 24)

    house.later(days=30)
    report = house.report()
    assert report.now.everything.is_empty
    assert (report.before.everything.held, report.before.everything.asked) == (2, 3)


def test_a_concept_begins_when_it_is_opened(house: House) -> None:
    """And a request of a list, of which no day is known, with its first ask."""
    concept = demands.create(house.app, COORDINATOR, Request(**{**values_of(LESSON), "people": 1}), concept=True)  # type: ignore[arg-type]
    house.later(days=5)
    demands.open_(house.app, COORDINATOR, concept)
    listed = {"kind": RequestKind.MENTOR, "title": "Mentor wondzorg", "people": 1}
    stores.upsert(house.app.store, RecordKind.REQUESTS, [Upsert(2, "R-9", "Noord", listed)])
    house.later(days=1)
    for id_, number in ((concept, "A-0"), ("R-9", "A-1")):
        house.asks(id_, number)
    house.later(days=3)
    for id_, number in ((concept, "A-0"), ("R-9", "A-1")):
        house.answers(id_, number, Answer.of(accepts=True))
    told = house.report().now.everything
    assert (told.filled, told.timed, told.days_to_fill) == (2, 2, 3.5)


def test_another_school_is_another_story(house: House) -> None:
    """A coordinator sees the own school alone; without a school there are no counts of few alumni."""
    house.asks(house.create(), "A-0", "A-1")
    south = Asker(5, Role.COORDINATOR, "Zuid")
    assert house.report(south).now.everything.is_empty
    assert house.report(south).now.everything.able == 0
    with pytest.raises(UnknownId):
        house.report(south, "Noord")
    with pytest.raises(UnknownId):
        house.report(COMMAND_LINE, "Nergens")
    for asker in (COMMAND_LINE, Asker(5, Role.COORDINATOR)):
        told = house.report(asker, "noord")
        assert (told.school, told.smallest) == ("Noord", SMALLEST)
        assert (told.now.everything.asked, told.now.everything.people, told.now.everything.able) == (None, None, None)
        assert told.now.everything.gini is None
    for role in (Role.TEACHER, Role.ADVISER, Role.PARTNER, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR):
        with pytest.raises(Forbidden):
            house.report(Asker(5, role, "Noord"))


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (TODAY, TODAY - timedelta(days=1), "period_reversed"),
        (date(1989, 12, 31), TODAY, "figures_period"),
        (TODAY, TODAY + timedelta(days=3660), "figures_period"),
        (date(1, 1, 1), date(1, 1, 2), "figures_period"),
    ],
)
def test_a_period_has_limits(house: House, first: date, last: date, code: str) -> None:
    """The end is not before the beginning, and ten years are enough."""
    with pytest.raises(InvalidValue, match=code):
        figures.report(house.app, COORDINATOR, first, last)


# ---- 300 people of the sample


@dataclass
class Region:
    """300 alumni of a school of the sample with its requests, those of another school, and a year behind them."""

    app: App
    alumni: list[Alumnus]
    requests: list[Request]


@pytest.fixture
def region(store: SqlStore, clock: FixedClock) -> Region:
    tables = {kind: SAMPLE / name for kind, name in
              ((RecordKind.ALUMNI, "alumni.xlsx"), (RecordKind.REQUESTS, "requests.csv"))}  # fmt: skip
    for kind, path in tables.items():
        rows = read_table(path, kind, today=TODAY).upserts
        own = [one for one in rows if one.owner == SCHOOL][:PEOPLE]
        others = [one for one in rows if one.owner != SCHOOL][:40]
        stores.upsert(store, kind, [*own, *others])
    alumni = sorted(stores.alumni(store), key=lambda one: (one.school, one.alumnus_id))
    requests = sorted(stores.requests(store), key=lambda one: (one.school or "", one.request_id))
    codes = {one.pc4 for one in alumni if one.pc4} & set(postcodes())
    stores.write(store, lambda tx: tx.places.add({pc4_key(code): postcodes()[code] for code in codes}))
    store.write(lambda tx: live(tx, Random(18), alumni, requests), by=COMMAND_LINE)  # noqa: S311 - a story, no secret
    return Region(App(store, open_engine(store, HashEncoder()), clock), alumni, requests)


def live(tx: Transaction, dice: Random, alumni: list[Alumnus], requests: list[Request]) -> None:
    """A year and a half of asks, answers, lessons and benefits; some undone, some taken back, some corrected."""
    own = [one for one in alumni if one.school == SCHOOL]
    for request in requests:
        for alumnus in dice.sample(own, dice.randint(0, 6)):
            on = TODAY - timedelta(days=dice.randint(0, 540))

            def add(event: LedgerEvent, days: int = 0, **more: object) -> int:
                line = LedgerLine(alumnus.key, request.key, event, on + timedelta(days=days), **more)  # type: ignore[arg-type] # noqa: B023
                return tx.ledger.add(line)

            add(LedgerEvent.ASKED)
            match dice.randint(0, 5):
                case 0:
                    add(LedgerEvent.RELEASED)
                case 1:
                    add(LedgerEvent.DECLINED, 2)
                case 2:
                    add(LedgerEvent.ACCEPTED, 2)
                    add(LedgerEvent.RETRACTED, 3)
                    add(LedgerEvent.DECLINED, 3)
                case 3 | 4:
                    add(LedgerEvent.ACCEPTED, 2)
                    gave = add(LedgerEvent.CONTRIBUTED, 9, students=dice.choice((None, 12, 24)))
                    if not dice.randint(0, 4):
                        add(LedgerEvent.CORRECTED, 10, corrects=gave)
    for alumnus in dice.sample(own, 60):
        line = LedgerLine(alumnus.key, None, LedgerEvent.BENEFITED, TODAY - timedelta(days=dice.randint(0, 540)))
        tx.ledger.add(LedgerLine(line.alumnus_key, None, line.event, line.on, school=SCHOOL,
                                 benefit=dice.choice(list(Benefit))))  # fmt: skip


def test_300_people_of_the_sample(region: Region) -> None:
    """Each area of the school is what a loop over its lines, requests and alumni counts; so is the whole."""
    coordinator = Asker(5, Role.COORDINATOR, SCHOOL)
    report = figures.report(region.app, coordinator, *YEAR)
    with region.app.store.read() as records:
        every = records.ledger.entries(*(one.key for one in region.alumni))
    lines = [line for line in standing(every) if line.school == SCHOOL and YEAR[0] <= line.on <= YEAR[1]]
    assert len(lines) > 60
    for area, told in report.now.areas.items():
        own = [line for line in lines if line.kind is not None and KINDS[line.kind].area is area]
        events = Counter(line.event for line in own)
        assert (told.asked, told.agreed, told.declined, told.held) == tuple(
            events[one]
            for one in (LedgerEvent.ASKED, LedgerEvent.ACCEPTED, LedgerEvent.DECLINED, LedgerEvent.CONTRIBUTED)
        )
        asked = {line.alumnus_key for line in own if line.event is LedgerEvent.ASKED}
        able = {
            one.key
            for one in region.alumni
            if one.school == SCHOOL and area in {KINDS[kind].area for kind in kinds_for(region.app, one)}
        }
        assert (told.able, told.reached, told.people) == (len(able), len(able & asked), len(asked)), area
        passed = [
            one for one in region.requests
            if one.school == SCHOOL and KINDS[one.kind].area is area
            and (day := closing_day(one)) is not None and YEAR[0] <= day < TODAY
        ]  # fmt: skip
        yes = {
            one.key: len({line.alumnus_key for line in standing(every)
                          if line.request_key == one.key and line.event is LedgerEvent.ACCEPTED})
            for one in passed
        }  # fmt: skip
        assert (told.ended, told.never_filled) == (len(passed), sum(yes[one.key] < one.people for one in passed))
    parts = [*report.now.areas.values(), report.now.no_area]
    for name in ADDING_UP:
        assert sum(getattr(part, name) for part in parts) == getattr(report.now.everything, name)
    assert report.now.everything.received == sum(line.event is LedgerEvent.BENEFITED for line in lines)
    assert report.now.areas[Area.LIFELONG_LEARNING].received
    assert report.wishes == expected_wishes(region, every)
    assert any(one.count for one in report.wishes)
    assert any(one.count is None for one in report.wishes)


def kinds_for(app: App, alumnus: Alumnus) -> set[RequestKind]:
    """For what an alumnus can be asked today, by the record."""
    agreed = {one.purpose for one in alumnus.consents if app.terms.in_force(one, TODAY)}
    away = [day for day in (alumnus.paused_until, alumnus.left_on) if day is not None and day > TODAY]
    if away:
        return set()
    nothing = alumnus.need_kinds is not None and NeedKind.NONE in alumnus.need_kinds
    offered = set(alumnus.offers or ()) & set(OFFERED)
    offered |= set() if nothing else {RequestKind.AFTERCARE}
    return {kind for kind in offered if KINDS[kind].purpose in agreed and KINDS[kind].area in ASKING}


def expected_wishes(region: Region, every: list[LedgerLine]) -> list[Wish]:
    """Who wants a course, agreed to advice and had none in a year, told plainly."""
    counts: Counter[tuple[str, str]] = Counter()
    had = {
        line.alumnus_key for line in standing(every)
        if line.benefit in {Benefit.COURSE, Benefit.ADVICE} and line.on > TODAY - timedelta(days=365)
    }  # fmt: skip
    for one in region.alumni:
        agreed = {each.purpose for each in one.consents if region.app.terms.in_force(each, TODAY)}
        wants = (one.need_kinds or frozenset()) & {NeedKind.COURSE, NeedKind.FURTHER_STUDY}
        if one.school == SCHOOL and Purpose.LLO_ADVICE in agreed and wants and one.key not in had:
            known = [found for each in one.qualifications if (found := registered(each.crebo, each.name))]
            best = max((each.level for each in known), default=0)
            (domain, *_) = sorted({each.domain for each in known if each.level == best}) or [""]
            counts[domain.removesuffix(" (EZ)"), (one.pc4 or "")[:2]] += 1
    return wishes(counts, 5)


def test_a_region_of_schools_is_told_without_few_people(region: Region) -> None:
    """By the command line, of all schools: what is shown is what is counted, and no count of alumni is small."""
    report = figures.report(region.app, COMMAND_LINE, *YEAR)
    exact = [
        figures.report(region.app, Asker(5, Role.COORDINATOR, school), *YEAR).now.everything
        for school in sorted({one.school for one in region.requests if one.school})
    ]
    assert report.now.everything.asked == sum(one.asked or 0 for one in exact)
    shown = [getattr(part, name) for part in report.now.areas.values() for name in (*OF_PEOPLE, "people", "reached")]
    assert None in shown
    assert all(count is None or count == 0 or count >= SMALLEST for count in shown)


def test_steps_of_requests_are_read(region: Region) -> None:
    """A request that was withdrawn since nobody was found is over on the day on which that was said."""
    (request, *_) = [one for one in region.requests if one.school == SCHOOL and closing_day(one) is not None
                     and closing_day(one) > TODAY]  # fmt: skip # type: ignore[operator]
    demands.withdraw(region.app, COMMAND_LINE, request.request_id, Why.NOBODY_FOUND, school=SCHOOL)
    with region.app.store.read() as records:
        (facts,) = [one for one in records.figures.requests(SCHOOL) if one.key == request.key]
        assert [one.step for one in records.demands.steps(request.key)] == [Step.WITHDRAWN]
    assert (facts.changed_on, facts.reason, facts.opened_on) == (TODAY, Why.NOBODY_FOUND, None)
    assert (facts.wanted, facts.closes_on) == (request.people, closing_day(request))
