"""The register of aftercare: whom to contact, what comes of it, objections, and that no ranking knows of it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from matcher.domain.aftercare import AftercareTerms, CaseState, How, Outcome, Priority
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.records import Contact, Pathway, Qualification, RecordKind
from matcher.engine import open_engine
from matcher.errors import Forbidden, InvalidValue, UnknownId
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.pool.compare import differences
from matcher.pool.snapshot import arrays_of
from matcher.repositories.values import Upsert
from matcher.services import aftercare, erasure, matching, privacy, retention
from matcher.services.aftercare import COLUMNS, Entry, Show
from matcher.services.app import App, JobLimits
from matcher.services.browsing import Slice
from tests.support import stores
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import store_in
from tests.support.worlds import AS_OF

COORDINATOR = Asker(5, Role.COORDINATOR, "Noord")
COLLEAGUE = Asker(6, Role.COORDINATOR, "Noord")
ADVISER = Asker(7, Role.ADVISER, "Noord")
ELSEWHERE = Asker(8, Role.COORDINATOR, "Zuid")
PAGE = Slice(1, 50)
LEFT = AS_OF - timedelta(days=100)
COOK = Qualification("25180", "Kok", 2, Pathway.BOL, LEFT.year)
NO_CONTACT = Entry(How.PHONE, Outcome.NO_CONTACT)
WORKS = Entry(How.PHONE, Outcome.WORK)


@dataclass
class House:
    """The region, and four who left: L-1 without diploma, L-2 entree, L-3 a cook, L-4 long ago."""

    app: App
    clock: FixedClock

    def add(self, number: str, school: str = "Noord", **values: object) -> None:
        base = {
            "first_name": f"Voornaam{number}",
            "last_name": "Achternaam",
            "phone": "06-12345678",
            "email": f"{number}@voorbeeld.example",
            "qualifications": (COOK,),
            "left_on": LEFT,
        }
        stores.upsert(self.app.store, RecordKind.ALUMNI, [Upsert(2, number, school, base | values)])

    def key(self, number: str, school: str = "Noord") -> int:
        return stores.key_of(self.app.store, RecordKind.ALUMNI, number, school)

    def alumnus(self, number: str) -> Asker:
        return Asker(9, Role.ALUMNUS, "Noord", self.key(number))

    def shown(self, show: Show = Show.DUE, asker: Asker = COORDINATOR) -> list[str]:
        return [row.standing.alumnus.alumnus_id for row in aftercare.overview(self.app, asker, show, PAGE).rows]

    def case(self, number: str) -> CaseState | None:
        case = aftercare.mine(self.app, self.alumnus(number)).case
        return None if case is None else case.state

    def noted(self, action: str) -> list[dict[str, Any]]:
        return [dict(one.details) for one in reversed(stores.log(self.app.store, limit=500)) if one.action == action]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = FixedClock(AS_OF)
    store = store_in(tmp_path, clock)
    app = App(store, open_engine(store, HashEncoder()), clock, job_limits=JobLimits(36_500, 1.0), sends_mail=True)
    made = House(app, clock)
    made.add("L-3")
    made.add("L-2", qualifications=(replace(COOK, level=1, crebo="25251"),))
    made.add("L-1", diploma=False)
    made.add("L-4", left_on=AS_OF - timedelta(days=500))
    made.add("L-5", left_on=AS_OF + timedelta(days=1))
    made.add("Z-1", "Zuid")
    yield made
    store.close()


# ---- the work list


def test_those_who_left_stand_in_the_order_in_which_to_call(house: House) -> None:
    """By priority; not who left long ago, is still a student, or is of another school. The page is in the log."""
    found = aftercare.overview(house.app, COORDINATOR, Show.DUE, PAGE)
    assert [row.standing.alumnus.alumnus_id for row in found.rows] == ["L-1", "L-2", "L-3"]
    assert [row.name for row in found.rows] == [f"Voornaam{one} Achternaam" for one in ("L-1", "L-2", "L-3")]
    assert (found.total, found.cases) == (3, 0)
    assert found.figures == {
        Priority.NO_DIPLOMA: {"": 1},
        Priority.ENTRY: {"": 1},
        Priority.LEVEL_TWO_BOL: {"": 1},
    }
    assert house.noted("aftercare.read") == [{"alumni": sorted(map(house.key, ("L-1", "L-2", "L-3")))}]
    assert house.shown(asker=ELSEWHERE) == ["Z-1"]
    assert house.shown(asker=COMMAND_LINE) == ["L-1", "L-2", "L-3", "Z-1"]


def test_a_contact_moves_somebody_down_the_list(house: House) -> None:
    """Until the day has come again; how it went counts in the figures."""
    key = aftercare.add(house.app, COORDINATOR, "L-1", NO_CONTACT)
    aftercare.add(house.app, ADVISER, "L-2", WORKS)
    assert house.shown() == ["L-3"]
    assert house.shown(Show.LATER) == ["L-1", "L-2"]
    house.clock.advance(timedelta(days=14))
    assert house.shown() == ["L-1", "L-3"]
    found = aftercare.overview(house.app, COORDINATOR, Show.DUE, PAGE)
    assert found.figures[Priority.NO_DIPLOMA] == {"no_contact": 1}
    assert found.figures[Priority.ENTRY] == {"work": 1}
    assert house.noted("aftercare.write")[0] == {"alumnus": house.key("L-1"), "entry": key}, "no outcome in the log"
    house.clock.advance(timedelta(days=270))
    assert house.shown() == ["L-5"], "who left meanwhile, and none of those of a year ago"
    assert house.shown(Show.LATER) == house.shown(Show.DONE) == []


def test_pages_follow_each_other(house: House) -> None:
    """Each alumnus on one page, in the same order."""
    pages = [aftercare.overview(house.app, COORDINATOR, Show.DUE, Slice(number, 2)).rows for number in (1, 2, 3)]
    assert [[row.standing.alumnus.alumnus_id for row in page] for page in pages] == [["L-1", "L-2"], ["L-3"], []]


def test_what_two_people_write_is_all_there(house: House) -> None:
    """The dossier has the lines of both, and one that was corrected counts no more."""
    first = aftercare.add(house.app, COORDINATOR, "L-1", NO_CONTACT)
    aftercare.add(house.app, COLLEAGUE, "L-1", replace(WORKS, on=AS_OF - timedelta(days=3)))
    aftercare.correct(house.app, COLLEAGUE, "L-1", first)
    found = aftercare.dossier(house.app, ADVISER, "L-1")
    assert {(line.actor, line.outcome) for line in found.lines} == {
        (6, Outcome.WORK),
        (5, Outcome.NO_CONTACT),
        (6, None),
    }
    assert len(found.counting) == 1
    assert first not in found.counting
    assert found.standing is not None
    assert found.standing.outcome is Outcome.WORK
    for wrong, code in ((first, "corrected_already"), (17, "no_such_contact")):
        with pytest.raises(InvalidValue, match=code):
            aftercare.correct(house.app, COORDINATOR, "L-1", wrong)
    correction = next(line.key for line in found.lines if line.corrects)
    with pytest.raises(InvalidValue, match="no_such_contact"):
        aftercare.correct(house.app, COORDINATOR, "L-1", correction)


@pytest.mark.parametrize(
    ("number", "entry", "code"),
    [
        ("L-4", WORKS, "aftercare_not_guided"),
        ("L-5", WORKS, "aftercare_not_guided"),
        ("A-8", WORKS, "aftercare_not_guided"),
        ("L-1", replace(WORKS, on=AS_OF + timedelta(days=1)), "aftercare_day"),
        ("L-1", replace(WORKS, on=LEFT - timedelta(days=1)), "aftercare_day"),
        ("L-1", replace(WORKS, again_on=AS_OF), "aftercare_again"),
        ("L-1", replace(WORKS, again_on=LEFT + timedelta(days=366)), "aftercare_again"),
    ],
)
def test_a_contact_is_of_the_time_of_guidance(house: House, number: str, entry: Entry, code: str) -> None:
    """Nothing is written of alumni who are not guided, or of a day that cannot be."""
    with pytest.raises(InvalidValue, match=code):
        aftercare.add(house.app, COORDINATOR, number, entry)
    assert house.noted("aftercare.write") == []
    assert aftercare.dossier(house.app, COORDINATOR, number).lines == []


def test_only_the_own_school_may_and_only_who_needs_to(house: House) -> None:
    """Another school's leaver is as unknown as none; the same of a teacher, a partner and the privacy officer."""
    for call in (aftercare.dossier, lambda app, by, who: aftercare.add(app, by, who, WORKS)):
        with pytest.raises(UnknownId):
            call(house.app, ELSEWHERE, "L-1")
        for role in (Role.TEACHER, Role.PLACEMENT, Role.PARTNER, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR):
            with pytest.raises(Forbidden):
                call(house.app, Asker(4, role, "Noord"), "L-1")
    with pytest.raises(UnknownId):
        aftercare.overview(house.app, COORDINATOR, Show.DUE, PAGE, school="Zuid")
    with pytest.raises(Forbidden):
        aftercare.decide(house.app, ADVISER, "L-1", upheld=True, because="nee")


# ---- objections


def test_nobody_calls_who_objects_until_a_person_decided(house: House) -> None:
    """Rejected, with a reason, the alumnus is called again and can read it; the ranking has nothing to do with it."""
    aftercare.object_to(house.app, house.alumnus("L-1"), objects=True, said="  Ik red me wel.  ")
    assert house.shown() == ["L-2", "L-3"]
    row = aftercare.overview(house.app, COORDINATOR, Show.OBJECTS, PAGE).rows[0]
    assert (row.standing.alumnus.alumnus_id, row.name) == ("L-1", "")
    found = aftercare.dossier(house.app, COORDINATOR, "L-1")
    assert (found.contact, found.cases[0].said) == (Contact(), "Ik red me wel.")
    with pytest.raises(InvalidValue, match="aftercare_objects"):
        aftercare.add(house.app, COORDINATOR, "L-1", WORKS)
    with pytest.raises(InvalidValue, match="aftercare_because"):
        aftercare.decide(house.app, COORDINATOR, "L-1", upheld=False, because="  ")
    house.clock.advance(timedelta(days=2))
    aftercare.decide(house.app, COORDINATOR, "L-1", upheld=False, because="Je bent zonder diploma vertrokken.")
    with pytest.raises(InvalidValue, match="aftercare_no_case"):
        aftercare.decide(house.app, COORDINATOR, "L-1", upheld=True, because="toch")
    assert house.shown() == ["L-1", "L-2", "L-3"]
    case = aftercare.mine(house.app, house.alumnus("L-1")).case
    assert case is not None
    assert (case.state, case.because) == (CaseState.REJECTED, "Je bent zonder diploma vertrokken.")
    assert case.decided_at is not None
    assert (case.decided_at - case.made_at).days == 2
    assert [mail.message for mail in stores.mails(house.app.store)] == [aftercare.DECIDED]
    assert house.noted("aftercare.decide") == [{"alumnus": house.key("L-1"), "upheld": False}]
    with house.app.store.read() as records:
        assert records.consents.objections() == {}


def test_an_objection_that_is_upheld_takes_the_contacts_away(house: House) -> None:
    """And keeps the alumnus out of the file and off the list, until the alumnus withdraws it."""
    aftercare.add(house.app, COORDINATOR, "L-1", WORKS)
    aftercare.object_to(house.app, COORDINATOR, objects=True, alumnus_id="L-1")
    aftercare.decide(house.app, COORDINATOR, "L-1", upheld=True, because="Werkt al.")
    assert aftercare.dossier(house.app, COORDINATOR, "L-1").lines == []
    assert house.shown(Show.OBJECTS) == ["L-1"]
    aftercare.object_to(house.app, house.alumnus("L-1"), objects=True)
    assert house.case("L-1") is CaseState.UPHELD, "a second objection changes nothing"
    aftercare.object_to(house.app, house.alumnus("L-1"), objects=False)
    assert house.case("L-1") is CaseState.WITHDRAWN
    assert house.shown() == ["L-1", "L-2", "L-3"]
    assert [details["objects"] for details in house.noted("aftercare.object")] == [True, False]
    with pytest.raises(InvalidValue, match="aftercare_words"):
        aftercare.object_to(house.app, house.alumnus("L-1"), objects=True, said="a" * 1001)


def test_both_objections_stand_apart(house: House) -> None:
    """Whoever objects to being ranked is still called, and nothing is shown of rankings then."""
    privacy.give(house.app, house.alumnus("L-1"), Purpose.AFTERCARE, given=True)
    privacy.object_to_ranking(house.app, house.alumnus("L-1"), objects=True)
    assert "L-1" in house.shown()
    assert not aftercare.dossier(house.app, COORDINATOR, "L-1").may_be_shown
    assert house.case("L-1") is None


# ---- what may help


def test_without_consent_nothing_is_looked_for(house: House) -> None:
    """No ranking is made, and so none is in the log; with the consent `nazorg` both are, each as always."""
    found = aftercare.matched(house.app, COORDINATOR, "L-1")
    assert (found.agrees, found.courses, found.same_way) == (False, None, ())
    assert [*house.noted("recommend"), *house.noted("match.unsaved")] == []
    mentor: dict[str, Any] = {
        "offers": frozenset({RequestKind.MENTOR}),
        "consents": frozenset({Purpose.MENTOR}),
        "consent_date": date(2026, 10, 1),
        "left_on": None,
    }
    house.add("M-1", qualifications=(replace(COOK, year=2015),), function="souschef", **mentor)
    house.add("M-2", qualifications=(replace(COOK, year=2015),), **mentor)
    house.add("M-3", qualifications=(replace(COOK, year=2015),), function="chef", **{**mentor, "consents": frozenset()})
    for purpose in (Purpose.AFTERCARE, Purpose.LLO_ADVICE):
        privacy.give(house.app, house.alumnus("L-1"), purpose, given=True)
    found = aftercare.matched(house.app, COORDINATOR, "L-1")
    assert found.agrees
    assert [match.candidate_id for match in found.same_way] == ["M-1"], "who went on, and agreed to be a mentor"
    assert {match.candidate_id for match in found.courses or ()} <= {"C-1", "C-2"}
    assert found.courses
    assert len(house.noted("recommend")) == len(house.noted("match.unsaved")) == 1
    for_adviser = aftercare.matched(house.app, ADVISER, "L-1")
    assert for_adviser.courses
    assert for_adviser.same_way == [], "an adviser ranks no alumni"
    privacy.give(house.app, house.alumnus("L-1"), Purpose.LLO_ADVICE, given=False)
    assert not aftercare.matched(house.app, COORDINATOR, "L-1").courses, "which is a consent of its own"
    assert aftercare.matched(house.app, ADVISER, "L-1").courses is None


def test_who_objects_to_the_register_is_matched_with_nothing(house: House) -> None:
    """Whatever they agreed to."""
    privacy.give(house.app, house.alumnus("L-1"), Purpose.AFTERCARE, given=True)
    aftercare.object_to(house.app, house.alumnus("L-1"), objects=True)
    found = aftercare.matched(house.app, COORDINATOR, "L-1")
    assert (found.courses, found.same_way) == (None, ())
    assert house.noted("recommend") == []


def test_no_ranking_knows_of_the_register(house: House) -> None:
    """Filled with contacts and objections, no column, list, score or revision is another by a bit."""

    def rankings() -> list[Any]:
        app = replace(house.app, engine=open_engine(house.app.store, HashEncoder()))
        lists = [matching.match(app, COMMAND_LINE, one, top=50).matches for one in ("R-1", "R-2")]
        lists += [matching.audience(app, COMMAND_LINE, one, top=50).matches for one in ("C-1", "C-2")]
        return [
            *lists,
            *(matching.recommend(app, COMMAND_LINE, one, "offerings", top=50).matches for one in ("L-1", "A-9")),
        ]

    for number in ("L-1", "L-2", "L-3"):
        for purpose in Purpose:
            privacy.give(house.app, house.alumnus(number), purpose, given=True)
    before, pool = rankings(), open_engine(house.app.store, HashEncoder()).current.pool()
    revision = stores.revision(house.app.store)
    for number in ("L-1", "L-2", "L-3"):
        for outcome in Outcome:
            key = aftercare.add(house.app, COORDINATOR, number, Entry(How.MAIL, outcome))
        aftercare.correct(house.app, COORDINATOR, number, key)
    aftercare.object_to(house.app, house.alumnus("L-2"), objects=True, said="liever niet")
    aftercare.object_to(house.app, house.alumnus("L-3"), objects=True)
    aftercare.decide(house.app, COORDINATOR, "L-3", upheld=True, because="goed")
    after = open_engine(house.app.store, HashEncoder()).current.pool()
    assert stores.revision(house.app.store) == revision
    assert differences(pool, after) == []
    assert {name: array.tobytes() for name, array in arrays_of(pool)} == {
        name: array.tobytes() for name, array in arrays_of(after)
    }
    assert any(match.candidate_id == "L-1" for one in before for match in one)
    assert rankings() == before


# ---- out of it


def test_the_file_for_the_region_has_no_names(house: House, tmp_path: Path) -> None:
    """Only the columns that are documented, and nobody who objects; it is in the log of each before it is there."""
    aftercare.add(house.app, COORDINATOR, "L-1", replace(WORKS, on=AS_OF - timedelta(days=2)))
    aftercare.object_to(house.app, house.alumnus("L-2"), objects=True, said="geheimewoorden")
    file = tmp_path / "regio.csv"
    assert aftercare.export(house.app, COORDINATOR, file, "nl") == 2
    text = file.read_text("utf-8-sig")
    rows = list(csv.reader(text.splitlines(), delimiter=";"))
    assert [len(row) for row in rows] == [len(COLUMNS)] * 3
    assert {row[1] for row in rows[1:]} == {"L-1", "L-3"}
    first = next(row for row in rows if row[1] == "L-1")
    assert first == [
        *("Noord", "L-1", f"{LEFT:%Y-%m}", "nee", "2", "BOL", "nee", "zonder diploma", "1"),
        *("2027-02-27", "werkt", "2027-07-27"),
    ]
    for word in ("Voornaam", "Achternaam", "06-1234", "voorbeeld.example", "Kok", "geheimewoorden"):
        assert word not in text
    (noted,) = house.noted("aftercare.export")
    assert sorted(noted["alumni"]) == sorted(map(house.key, ("L-1", "L-3")))
    assert aftercare.export(house.app, ELSEWHERE, tmp_path / "zuid.xlsx", "en") == 1
    with pytest.raises(Forbidden):
        aftercare.export(house.app, ADVISER, tmp_path / "niet.csv", "nl")
    assert not (tmp_path / "niet.csv").exists()


def test_an_alumnus_sees_all_of_it(house: House) -> None:
    """AVG 15: every line and objection, by which role, and not which account."""
    key = aftercare.add(house.app, COORDINATOR, "L-1", WORKS)
    house.clock.advance(timedelta(days=1))
    aftercare.correct(house.app, COORDINATOR, "L-1", key)
    aftercare.object_to(house.app, house.alumnus("L-1"), objects=True, said="mijn woorden")
    aftercare.decide(house.app, COORDINATOR, "L-1", upheld=False, because="onze woorden")
    known = privacy.known(house.app, house.alumnus("L-1"))["aftercare"]
    assert [line.get("outcome") for line in known["contacts"]] == ["work", None]
    assert [line.get("corrects") for line in known["contacts"]] == [None, key]
    (case,) = known["objections"]
    assert (case["said"], case["because"], case["state"], case["role"]) == (
        "mijn woorden", "onze woorden", "rejected", "coordinator",
    )  # fmt: skip
    assert "actor" not in str(known)
    assert privacy.known(house.app, house.alumnus("L-3"))["aftercare"] == {}
    own = aftercare.mine(house.app, house.alumnus("L-1"))
    assert (own.guided, own.contacts, own.until) == (True, [], LEFT + AftercareTerms().guidance)


def test_erasure_takes_the_register_with_the_person(house: House) -> None:
    """AVG 17(3)(b) would let a school refuse; the law asks for guidance and figures, not for a file of one person."""
    aftercare.add(house.app, COORDINATOR, "L-1", WORKS)
    aftercare.object_to(house.app, house.alumnus("L-1"), objects=True, said="mijn woorden")
    assert erasure.erase(house.app, house.alumnus("L-1")).found_in == ()
    assert house.shown() == ["L-2", "L-3"]
    assert house.shown(Show.OBJECTS) == []
    with house.app.store.read() as records:
        assert records.aftercare.people() == []


# ---- how long


def run(house: House) -> tuple[int, ...]:
    """The daily job; who was erased."""
    return retention.run(house.app, JOB, log_months=240).erase


def test_the_daily_job_keeps_who_is_guided(house: House) -> None:
    """Without any consent; who left long ago is asked, and so is who is guided no more, or no longer wants it."""
    assert set(retention.plan(house.app, JOB).ask) & {house.key(one) for one in ("L-1", "L-2", "L-3", "L-4")} == {
        house.key("L-4")
    }
    aftercare.object_to(house.app, house.alumnus("L-2"), objects=True)
    assert house.key("L-2") not in retention.plan(house.app, JOB).ask, "as long as nobody decided"
    aftercare.decide(house.app, COORDINATOR, "L-2", upheld=True, because="goed")
    assert house.key("L-2") in retention.plan(house.app, JOB).ask
    house.add("L-6", left_on=None)
    assert "L-6" in house.shown()
    assert house.key("L-6") in retention.plan(house.app, JOB).ask, "an estimated day keeps nobody's data"
    house.clock.day = LEFT + AftercareTerms().guidance + timedelta(days=1)
    assert {house.key("L-1"), house.key("L-3")} <= set(retention.plan(house.app, JOB).ask)


def test_the_register_forgets_on_its_own_day(house: House) -> None:
    """Contacts and objections two years after leaving, whatever became of the record."""
    for number in ("L-1", "L-2"):
        aftercare.add(house.app, COORDINATOR, number, WORKS)
        privacy.give(house.app, house.alumnus(number), Purpose.GUEST_LESSON, given=True)
    aftercare.object_to(house.app, house.alumnus("L-1"), objects=True, said="woorden")
    last = LEFT + AftercareTerms().keeping
    for day, left in ((last, 2), (last + timedelta(days=1), 0)):
        house.clock.day = day
        run(house)
        with house.app.store.read() as records:
            assert len(records.aftercare.people()) == left


def test_how_long_that_is_is_a_setting(house: House) -> None:
    """With a shorter one it is forgotten sooner."""
    aftercare.add(house.app, COORDINATOR, "L-3", WORKS)
    house.app = replace(house.app, aftercare_terms=AftercareTerms(months=1, keep_months=2))
    run(house)
    with house.app.store.read() as records:
        assert records.aftercare.people() == []
