"""Whether facts are still right: who is asked, how often, and what the coordinator sees of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from matcher.domain.first_yes import FACTS, YEAR
from matcher.domain.kinds import Purpose
from matcher.domain.records import Alumnus, RecordKind
from matcher.engine import open_engine
from matcher.errors import InvalidValue, NotLoggedIn, UnknownId
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import facts, privacy
from matcher.services.app import App
from matcher.services.browsing import Slice
from matcher.services.first_asks import after_bounce
from matcher.store.sql_store import SqlStore
from tests.support import fresh, stores
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.worlds import AS_OF

COORDINATOR = Asker(5, Role.COORDINATOR, "Noord")
ALUMNI = RecordKind.ALUMNI


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(AS_OF)


@pytest.fixture
def app(tmp_path: Path, clock: FixedClock) -> Iterator[App]:
    store = SqlStore(f"sqlite:///{tmp_path / 'facts.db'}", clock)
    fresh.migrate(store)
    yield App(store, open_engine(store, HashEncoder()), clock, sends_mail=True)
    store.close()


def add(app: App, *numbers: str, given_on: date | None = AS_OF, **values: object) -> None:
    """Alumni who agreed to be mentors on a day, with an address each."""
    consent = {} if given_on is None else {"consents": frozenset({Purpose.MENTOR}), "consent_date": given_on}
    rows = [
        Upsert(row, number, "Noord", {"email": f"{number}@voorbeeld.example", "function": "kok", **consent, **values})
        for row, number in enumerate(numbers, 2)
    ]
    stores.upsert(app.store, ALUMNI, rows)


def link(app: App, number: str) -> str:
    key = stores.key_of(app.store, ALUMNI, number)
    return stores.write(app.store, lambda tx: tx.links.new(key, FACTS, timedelta(days=1)))


def mailed(app: App) -> set[str]:
    names = {one.key: one.alumnus_id for one in stores.alumni(app.store)}
    return {names[mail.alumnus_key] for mail in stores.mails(app.store) if mail.alumnus_key is not None}


def test_only_who_agreed_is_asked_a_year_after(app: App, clock: FixedClock) -> None:
    """Not who has no consent in force, objects, has no address, or looked at the record since."""
    add(app, "B-1", "B-2", "B-3")
    add(app, "C-1", given_on=None)
    add(app, "C-2", email=None)
    clock.advance(timedelta(days=100))
    facts.confirm_by_link(app, link(app, "B-2"))
    privacy.object_to_ranking(app, COMMAND_LINE, objects=True, alumnus_id="B-3")
    clock.advance(YEAR - timedelta(days=101))
    assert facts.advance(app, JOB) == 0
    clock.advance(timedelta(days=1))
    assert facts.advance(app, JOB) == 1
    assert mailed(app) == {"B-1"}
    clock.advance(timedelta(days=100))
    assert facts.advance(app, JOB) == 1
    assert mailed(app) == {"B-1", "B-2"}


def test_who_does_not_answer_is_asked_again_a_year_later(app: App, clock: FixedClock) -> None:
    """Not sooner, and as long as a consent is in force: two years."""
    add(app, "B-1")
    counts = []
    for _ in range(16):
        clock.advance(YEAR // 5)
        counts.append(facts.advance(app, JOB))
    assert counts == [*([0] * 4), 1, *([0] * 4), 1, *([0] * 6)]


def test_a_school_of_many_is_asked_over_many_days(app: App, clock: FixedClock) -> None:
    """At most a hundred a day, those who were silent for longest first; nobody twice, nobody left out."""
    add(app, *(f"D-{number}" for number in range(facts.A_DAY + 20)))
    add(app, "E-1", given_on=AS_OF - timedelta(days=5))
    clock.advance(YEAR)
    assert facts.advance(app, JOB) == facts.A_DAY
    assert "E-1" in mailed(app)
    assert facts.advance(app, JOB) == 0
    clock.advance(timedelta(days=1))
    assert facts.advance(app, JOB) == 21
    assert len(stores.mails(app.store)) == facts.A_DAY + 21


def test_a_correction_is_kept_and_a_wrong_one_refused(app: App, clock: FixedClock) -> None:
    """The rest is then right; a field that is no fact is refused, and so is a link for something else."""
    add(app, "B-1", town="Zwolle", employer="Oud BV")
    clock.advance(timedelta(days=3))
    secret = link(app, "B-1")
    told = facts.confirm_by_link(app, secret, {"employer": " Nieuw BV ", "town": ""})
    assert dict(told.values) == {"function": "kok", "employer": "Nieuw BV", "town": ""}
    assert set(told.days.values()) == {clock.today()}
    add(app, "B-1", employer="Oud BV")
    (alumnus,) = stores.find(app.store, ALUMNI, "B-1")
    assert isinstance(alumnus, Alumnus)
    assert alumnus.employer == "Nieuw BV", "a list does not change what the alumnus says"
    for wrong in ({"email": "x@y.example"}, {"skills": "lassen"}):
        with pytest.raises(InvalidValue):
            facts.confirm_by_link(app, secret, wrong)
    other = stores.write(app.store, lambda tx: tx.links.new(alumnus.key, "first", timedelta(days=1)))
    for use in (facts.facts_by_link, facts.confirm_by_link):
        with pytest.raises(NotLoggedIn, match="facts_spent"):
            use(app, other)


def test_the_coordinator_sees_how_old_facts_are(app: App, clock: FixedClock) -> None:
    """Bounces first, then the oldest; a fact of the list alone has no day, and an empty one no place."""
    add(app, "B-1", "B-2", "B-3", town="Zwolle")
    add(app, "B-4", function=None)
    facts.confirm_by_link(app, link(app, "B-1"))
    clock.advance(timedelta(days=9))
    key = stores.key_of(app.store, ALUMNI, "B-3")
    stores.write(app.store, lambda tx: after_bounce(tx, key), JOB)
    listed = facts.ages(app, COORDINATOR, Slice(1, 10)).items
    assert [one.alumnus_id for one in listed] == ["B-3", "B-2", "B-1"]
    assert (listed[0].bounced_on, dict(listed[0].days)) == (clock.today(), {"function": None, "town": None})
    assert dict(listed[2].days) == {"function": AS_OF, "town": AS_OF}
    with pytest.raises(UnknownId):
        facts.ages(app, COORDINATOR, Slice(1, 10), "Zuid")
