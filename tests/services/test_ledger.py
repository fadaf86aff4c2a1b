"""What alumni gave and had: shown, added to, corrected by an entry, and counted in the next ranking."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from matcher.domain.ledger import Benefit, LedgerEvent, LedgerLine
from matcher.domain.records import RecordKind
from matcher.errors import Forbidden, InvalidValue, UnknownId
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import ledger, matching
from matcher.services.app import App
from matcher.services.browsing import Slice
from matcher.services.ledger import Entry, Show
from tests.support import stores
from tests.support.apps import app_of
from tests.support.region import engine_in
from tests.support.stores import upsert, writing
from tests.support.worlds import AS_OF

COORDINATOR = Asker(77, Role.COORDINATOR, "Noord")
PAGE = Slice(1, 50)


@pytest.fixture
def app(tmp_path: Path) -> App:
    return app_of(engine_in(tmp_path))


def key_of(app: App, id_: str) -> int:
    return stores.key_of(app.store, RecordKind.ALUMNI, id_, "Noord")


def asks(app: App, id_: str, times: int) -> None:
    for days in range(times):
        line = LedgerLine(key_of(app, id_), None, LedgerEvent.ASKED, AS_OF - timedelta(days=days))
        writing(app.store).ledger.add(line)


def test_an_alumnus_sees_what_was_given_and_had(app: App) -> None:
    """Hours, students and each benefit of the year; what is older or corrected is an entry that does not count."""
    me = key_of(app, "A-1")
    ledger.add(app, COORDINATOR, "A-1", Entry(hours=1.5, students=24))
    for benefit in (Benefit.COURSE, Benefit.THANKS, Benefit.COURSE):
        last = ledger.add(app, COORDINATOR, "A-1", Entry(benefit=benefit))
    long_ago = LedgerLine(me, None, LedgerEvent.BENEFITED, AS_OF - timedelta(days=365), benefit=Benefit.WORK)
    writing(app.store).ledger.add(long_ago)
    ledger.correct(app, COORDINATOR, "A-1", last)
    found = ledger.mine(app, Asker(5, Role.ALUMNUS, "Noord", me))
    assert (found.balance.given, found.balance.hours, found.balance.students, found.balance.received) == (1, 1.5, 24, 2)
    assert found.benefits == {Benefit.COURSE: 1, Benefit.THANKS: 1}
    assert [line.event.value for line in found.entries] == ["benefited", "contributed"] + ["benefited"] * 3 + [
        "corrected"
    ]
    assert len(found.counting) == 4
    assert found.entries[1].school == "Noord"


def test_a_correction_is_made_once_and_of_what_may_be_corrected(app: App) -> None:
    """Asks and replies stay as they are: else a no, or the limit of asks, could be worked away."""
    entry = ledger.add(app, COORDINATOR, "A-1", Entry(students=24))
    ledger.correct(app, COORDINATOR, "A-1", entry)
    with pytest.raises(InvalidValue, match="corrected_already"):
        ledger.correct(app, COORDINATOR, "A-1", entry)
    others = ledger.add(app, COORDINATOR, "A-2", Entry(students=24))
    no = writing(app.store).ledger.add(LedgerLine(key_of(app, "A-1"), None, LedgerEvent.DECLINED, AS_OF))
    for wrong in (others, no, 999):
        with pytest.raises(InvalidValue, match="no_such_entry"):
            ledger.correct(app, COORDINATOR, "A-1", wrong)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (Entry(), "entry_empty"),
        (Entry(hours=0.0), "entry_hours"),
        (Entry(hours=1000.5), "entry_hours"),
        (Entry(hours=float("nan")), "entry_hours"),
        (Entry(students=-1), "entry_students"),
        (Entry(students=10_001), "entry_students"),
    ],
)
def test_an_entry_that_says_nothing_is_refused(app: App, entry: Entry, code: str) -> None:
    """Nothing is added."""
    with pytest.raises(InvalidValue, match=code):
        ledger.add(app, COORDINATOR, "A-1", entry)
    assert stores.reading(app.store).ledger.entries(key_of(app, "A-1")) == []


def test_a_school_sees_its_own_who_gave_who_was_never_asked_and_who_may_not_be(app: App) -> None:
    """Those who gave most come first; another school's alumni are not there, nor is what is long ago."""
    for id_, times in (("A-2", 1), ("A-4", 2)):
        for _ in range(times):
            ledger.add(app, COORDINATOR, id_, Entry(students=10))
    ledger.add(app, COMMAND_LINE, "A-1", Entry(students=10), school="Zuid")
    asks(app, "A-3", 4)
    asks(app, "A-7", 3)

    def ids(show: Show, asker: Asker = COORDINATOR) -> list[str]:
        return [row.alumnus.alumnus_id for row in ledger.overview(app, asker, show, PAGE).rows]

    assert ids(Show.GAVE) == ["A-4", "A-2"]
    assert ids(Show.SPENT) == ["A-3"]
    assert ids(Show.NEVER) == ["A-1", "A-2", "A-4", "A-5", "A-6", "A-8", "A-9"]
    assert ids(Show.GAVE, COMMAND_LINE) == ["A-4", "A-1", "A-2"]
    found = ledger.overview(app, COORDINATOR, Show.NEVER, Slice(2, 3))
    assert ([row.alumnus.alumnus_id for row in found.rows], found.total, found.alumni) == (["A-5", "A-6", "A-8"], 7, 9)
    assert found.counts == {Show.GAVE: 2, Show.NEVER: 7, Show.BALANCED: 1, Show.SPENT: 1}
    (row,) = ledger.overview(app, COORDINATOR, Show.SPENT, PAGE).rows
    assert (row.balance.asks, row.balance.asks_left) == (4, 0)


def test_whoever_gave_has_their_turn_later(app: App) -> None:
    """The next ranking counts what was added, and no more once it is corrected."""

    def balance_of(id_: str) -> float:
        account = matching.why(app, COMMAND_LINE, matching.PairOfIds("R-1", id_, "request", "Noord", "Noord"))
        assert account.match is not None
        return next(term.value for term in account.match.contributions if term.signal == "balance")

    assert balance_of("A-1") == 1 / 2
    entry = ledger.add(app, COORDINATOR, "A-1", Entry(students=24))
    assert balance_of("A-1") == 1 / 3
    ledger.correct(app, COORDINATOR, "A-1", entry)
    assert balance_of("A-1") == 1 / 2


def test_of_others_nothing_is_seen(app: App) -> None:
    """Another school's alumnus is unknown; an alumnus sees the own account alone, and no list."""
    me = Asker(5, Role.ALUMNUS, "Noord", key_of(app, "A-2"))
    with pytest.raises(UnknownId):
        ledger.account(app, Asker(78, Role.COORDINATOR, "Zuid"), "A-2")
    with pytest.raises(UnknownId):
        ledger.account(app, me, "A-1")
    with pytest.raises(Forbidden):
        ledger.overview(app, me, Show.GAVE, PAGE)
    assert ledger.mine(app, me).alumnus.alumnus_id == "A-2"


def test_asks_are_spread_over_who_can_be_asked(app: App) -> None:
    """Each of them is in one state; fields and cohorts add up to all, and each part is what the list of it shows."""
    asks(app, "A-2", 1)
    asks(app, "A-7", 4)
    found = ledger.spread(app, COORDINATOR)
    counts = found.whole.counts
    assert (counts[Show.BALANCED], counts[Show.SPENT]) == (1, 1)
    assert sum(count or 0 for count in counts.values()) == found.whole.alumni
    assert sum(part.alumni for part in found.fields) == found.whole.alumni
    (cohort,) = [part for part in found.cohorts if part.alumni]
    assert (cohort.alumni, cohort.group.last, cohort.counts[Show.SPENT]) == (1, AS_OF.year - 11, 1)
    for part in (found.whole, *found.fields, *found.cohorts):
        listed = ledger.overview(app, COORDINATOR, Show.NEVER, PAGE, group=part.group)
        assert listed.alumni == part.alumni
        assert {show: listed.counts[show] for show in ledger.STATES} == part.counts


def test_who_cannot_be_asked_is_in_no_part(app: App) -> None:
    """Without consent, paused, or wanting no asks at all: the same alumni fewer as each of these decided."""
    whole = ledger.spread(app, COORDINATOR).whole.alumni
    upsert(app.store, RecordKind.ALUMNI, [Upsert(2, "A-1", "Noord", {"max_asks_per_year": 0})])
    upsert(app.store, RecordKind.ALUMNI, [Upsert(2, "A-2", "Noord", {"paused_until": AS_OF + timedelta(days=9)})])
    assert ledger.spread(app, COORDINATOR).whole.alumni == whole - 2


def test_what_teams_ask_counts_what_was_not_undone(app: App) -> None:
    """Of each team how many alumni, how often, and the most of one; nothing of another school, or of long ago."""
    for team, id_, days in (("Zorg", "A-1", 3), ("Zorg", "A-1", 4), ("Zorg", "A-2", 5), ("Bouw", "A-2", 6),
                            ("Oud", "A-2", 400), ("Bouw", "A-7", 1)):  # fmt: skip
        line = LedgerLine(
            key_of(app, id_), None, LedgerEvent.ASKED, AS_OF - timedelta(days=days), school="Noord", team=team
        )
        key = writing(app.store).ledger.add(line)
    undo = LedgerLine(key_of(app, "A-7"), None, LedgerEvent.RELEASED, AS_OF, corrects=key)
    writing(app.store).ledger.add(undo)
    teams = [(one.team, one.alumni, one.asks, one.most) for one in ledger.spread(app, COORDINATOR).teams]
    assert teams == [("Zorg", 2, 3, 2), ("Bouw", 1, 1, 1)]
    assert ledger.spread(app, Asker(78, Role.COORDINATOR, "Zuid")).teams == []


def test_counts_of_few_are_hidden_from_who_is_of_no_school(app: App) -> None:
    """The command line sees a part without counts where one of them is of few, and no team that asked few."""
    asks(app, "A-2", 1)
    found = ledger.spread(app, COMMAND_LINE, school="Noord")
    assert set(found.whole.counts.values()) == {None}
    assert found.teams == []
