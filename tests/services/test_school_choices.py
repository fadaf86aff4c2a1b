"""What a school chooses is obeyed: how often, how plans share, how long, a first yes by mail, and whom to ask."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from matcher.domain.consent import Terms
from matcher.domain.kinds import Purpose
from matcher.domain.ledger import DEFAULT_ASKS_PER_YEAR, LedgerEvent, LedgerLine
from matcher.domain.records import Alumnus, RecordKind, Request
from matcher.domain.school_settings import (
    FAIRNESS_LEVELS,
    LETTER_DAYS,
    MONTHS,
    KeptSetting,
    asks_in,
    fairness_in,
    letter_in,
    read_value,
    terms_in,
)
from matcher.domain.segments import Criteria, LeftOut
from matcher.domain.weekly import Weekly
from matcher.errors import Forbidden, InvalidValue
from matcher.policy import COMMAND_LINE, JOB, VISITOR, Asker, Role
from matcher.services import (
    campaigns,
    deciding,
    invitations,
    ledger,
    matching,
    plans,
    privacy,
    replay,
    reports,
    retention,
    school_settings,
    segments,
    subscriptions,
)
from matcher.services.app import App, JobLimits
from matcher.services.matching import PairOfIds
from matcher.store import schema
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.apps import Engine, app_of
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import alumnus, engine_in
from tests.support.stores import upsert
from tests.support.worlds import AS_OF

NOORD, ZUID = Asker(5, Role.COORDINATOR, "Noord"), Asker(6, Role.COORDINATOR, "Zuid")
MARCH = (date(2027, 3, 1), date(2027, 3, 31))


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = app_of(engine_in(tmp_path, cache=tmp_path / "cache"))
    return replace(app, sends_mail=True, job_limits=JobLimits(days_ahead=36_500, share=1.0))


def choose(app: App, step: str, asker: Asker = NOORD, **values: str) -> None:
    """A minute later, so that there is a moment of before."""
    cast("FixedClock", app.clock).advance(timedelta(minutes=1))
    school_settings.choose(app, asker, step, {name: [value] for name, value in values.items()})


def key_of(app: App, id_: str, school: str = "Noord") -> int:
    return stores.key_of(app.store, RecordKind.ALUMNI, id_, school)


def asked(app: App, id_: str, times: int, school: str = "Noord") -> int:
    """So often this year, for something else; the random key."""
    key = key_of(app, id_, school)
    for _ in range(times):
        stores.write(app.store, lambda tx: tx.ledger.add(LedgerLine(key, None, LedgerEvent.ASKED, AS_OF)))
    return key


def shown(app: App) -> list[str]:
    return [match.candidate_id for match in matching.match(app, NOORD, "R-1").matches]


# ---- how often


def test_who_did_not_say_is_asked_as_often_as_the_school_chose(app: App) -> None:
    """In the list, the account and the balance; who said a number keeps it, also above that of the school."""
    key = asked(app, "A-1", 2)
    asked(app, "A-2", 2)
    privacy.correct(app, COMMAND_LINE, "max_asks_per_year", 3, alumnus_id="A-2", school="Noord")
    assert {"A-1", "A-2"} <= set(shown(app))
    choose(app, "rhythm", asks="2")
    listed = shown(app)
    assert "A-1" not in listed
    assert "A-2" in listed
    account = matching.why(app, COMMAND_LINE, PairOfIds("R-1", "A-1", school="Noord"))
    (rule,) = [one for one in account.rules if one.code == "budget_spent"]
    assert (rule.passed, rule.evidence) == (False, {"asks": 2, "budget": 2}), "a reason that is shown is a fact"
    own = Asker(8, Role.ALUMNUS, "Noord", key)
    assert ledger.mine(app, own).balance.asks_left == 0
    choose(app, "rhythm", asks="6")
    assert {"A-1", "A-2"} <= set(shown(app))
    assert ledger.mine(app, own).balance.asks_left == 4


def test_nobody_is_invited_beyond_it(app: App) -> None:
    """Whoever looked before the school chose is refused at the write, by the same rule."""
    asked(app, "A-1", 1)
    assert invitations.preview(app, NOORD, "R-1", "A-1").account.rank == 1
    choose(app, "rhythm", asks="1")
    with pytest.raises(InvalidValue, match="not_in_the_list"):
        invitations.invite(app, NOORD, "R-1", "A-1")
    (person,) = stores.read(app.store, lambda records: records.records.find(RecordKind.ALUMNI, "A-1", "Noord"))
    (request,) = stores.read(app.store, lambda records: records.records.find(RecordKind.REQUESTS, "R-1", "Noord"))
    assert isinstance(person, Alumnus)
    assert isinstance(request, Request)
    with pytest.raises(InvalidValue, match="changed_budget_spent"):
        stores.write(app.store, lambda tx: invitations.need_askable(tx, app, NOORD, request, person, "A-1"))
    whole = app.engine.current.pool()  # which is used where it is of this state
    with pytest.raises(InvalidValue, match="changed_budget_spent"):
        stores.write(
            app.store, lambda tx: invitations.need_askable(tx, app, NOORD, request, person, "A-1", whole=whole)
        )


def test_plans_and_messages_keep_to_it(app: App) -> None:
    """A plan has nobody who was asked so often, and a message to a group leaves them out."""
    for id_ in ("A-1", "A-2", "A-4", "A-7"):
        asked(app, id_, 1)
    group = segments.add(app, NOORD, "Allemaal", Criteria()).id
    before = segments.look(app, NOORD, group, Purpose.GUEST_LESSON)
    planned = {line.alumnus_id for line in plans.make(app, NOORD, *MARCH).assignments if line.request_id == "R-1"}
    assert planned <= {"A-1", "A-2", "A-4", "A-7"}
    choose(app, "rhythm", asks="1")
    look = segments.look(app, NOORD, group, Purpose.GUEST_LESSON)
    assert look.left_out[LeftOut.SPENT] - before.left_out[LeftOut.SPENT] == 4
    again = {line.alumnus_id for line in plans.make(app, NOORD, *MARCH).assignments if line.request_id == "R-1"}
    assert again.isdisjoint({"A-1", "A-2", "A-4", "A-7"})


def test_of_two_schools_each_has_its_own(app: App) -> None:
    """What Zuid chooses is for alumni of Zuid, whichever school asks."""
    first, other = asked(app, "A-1", 1), asked(app, "A-1", 1, "Zuid")
    choose(app, "rhythm", ZUID, asks="1")
    pool = app.engine.current.pool()
    budgets = dict(zip(pool.people.key.tolist(), pool.budgets.tolist(), strict=True))
    assert (budgets[first], budgets[other]) == (DEFAULT_ASKS_PER_YEAR, 1)
    assert "A-1" in shown(app)
    assert school_settings.asks_at(app, VISITOR, "Noord") == DEFAULT_ASKS_PER_YEAR
    assert school_settings.asks_at(app, VISITOR, "Zuid") == 1


def test_earlier_lists_are_made_again_with_what_applied_then(app: App) -> None:
    """Before the choice, between two, and after them: the same lists, to the last bit."""
    asked(app, "A-1", 1)
    numbers = []
    for asks in ("", "1", "6"):
        if asks:
            choose(app, "rhythm", asks=asks)
        shown(app)
        numbers.append(stores.log(app.store, limit=1)[0].id)
    for number in numbers:
        assert replay.replay(app, COMMAND_LINE, number) == "same"


def test_another_process_follows_by_its_own_snapshot(app: App, tmp_path: Path) -> None:
    """A pool that was saved does not hold the choice, only who did not say; it counts in whichever process reads it."""
    asked(app, "A-1", 1)
    choose(app, "rhythm", asks="1")
    shown(app)
    origin = app.engine.current.pool().origin
    saved = app.engine.current.snapshots.load(origin)
    assert saved is not None
    row = saved.person_row[key_of(app, "A-1")]
    assert (saved.people.budget[row], saved.tells_unsaid) == (-1, True)
    assert saved.budgets[row] == DEFAULT_ASKS_PER_YEAR
    assert saved.with_asks({"Noord": 1}).budgets[row] == 1


def test_a_snapshot_that_does_not_tell_who_said_is_for_replays_alone(app: App, tmp_path: Path) -> None:
    """One of an earlier version: a process that finds it makes the pool anew, so that a choice counts for everybody."""
    asked(app, "A-1", 1)
    current = app.engine.current
    pool = current.pool()
    folder = current.snapshots.save(replace(pool, people=replace(pool.people, budget=pool.budgets), tells_unsaid=False))
    assert folder is not None
    found = current.snapshots.load(pool.origin)
    assert found is not None
    assert not found.tells_unsaid
    other = Engine(app.store, HashEncoder(), app.clock, cache=tmp_path / "cache").parts.current
    other.recall()
    assert other.in_memory is None
    assert other.pool().people.budget[pool.person_row[key_of(app, "A-1")]] == -1


@given(st.dictionaries(st.sampled_from(["Noord", "Zuid"]), st.integers(0, 12)), st.none() | st.integers(0, 12))
def test_the_own_word_wins(chosen: dict[str, int], said: int | None) -> None:
    """As they said, else as their school chose, else the usual number."""
    person = Alumnus(alumnus_id="A", school="Noord", max_asks_per_year=said)
    expected = said if said is not None else chosen.get("Noord", DEFAULT_ASKS_PER_YEAR)
    assert deciding.most_asks(person, chosen) == expected


# ---- how plans share


def test_a_plan_shares_as_the_school_chose(app: App) -> None:
    """Where nothing else is asked; each school its own, all schools together as usual; `make` with a number wins."""
    assert plans.usual_fairness(app, NOORD) == plans.FAIRNESS
    for level, fairness in FAIRNESS_LEVELS.items():
        choose(app, "binding", fairness=level)
        assert plans.make(app, NOORD, *MARCH).objective.fairness == plans.usual_fairness(app, NOORD) == fairness
    assert plans.make(app, ZUID, *MARCH).objective.fairness == plans.FAIRNESS
    assert plans.make(app, COMMAND_LINE, *MARCH).objective.fairness == plans.FAIRNESS
    assert plans.make(app, COMMAND_LINE, *MARCH, school="Noord").objective.fairness == 1.0
    assert plans.make(app, NOORD, *MARCH, fairness=0.25).objective.fairness == 0.25


# ---- how long


def test_a_shorter_term_ends_consents_of_that_school_alone(app: App) -> None:
    """At the daily job, and then for everything; what was given yesterday stays, and nobody of Zuid loses any."""
    stores.upsert(app.store, RecordKind.ALUMNI, [alumnus(2, "A-2", consent_date=AS_OF)])
    choose(app, "privacy", keep="6")
    clock = cast("FixedClock", app.clock)
    clock.day = date(2027, 4, 10)  # half a year after those of the region were given
    told = school_settings.year(app, NOORD)
    assert told.ending[6] > 0
    assert told.ending[24] == 0
    before = retention.plan(app, JOB)
    noord = {key_of(app, f"A-{number}") for number in range(1, 10)}
    assert {key for key, _ in before.lapse} <= noord
    assert key_of(app, "A-1") in {key for key, _ in before.lapse}
    assert key_of(app, "A-2") not in {key for key, _ in before.lapse}
    retention.run(app, JOB, log_months=240)
    listed = stores.read(app.store, lambda records: records.consents.of(key_of(app, "A-1")))
    assert all(one.withdrawn_on is not None for one in listed)
    assert "A-1" not in shown(app)
    others = stores.read(app.store, lambda records: records.consents.of(key_of(app, "A-1", "Zuid")))
    assert all(one.withdrawn_on is None for one in others)
    asked_to_stay = set(retention.plan(app, JOB).ask)
    assert key_of(app, "A-1") in asked_to_stay
    assert asked_to_stay.isdisjoint({key_of(app, "A-2"), key_of(app, "A-1", "Zuid")})


def test_no_school_keeps_longer_than_the_installation(app: App) -> None:
    """It cannot be chosen; and a choice of before does not lengthen anything when the installation keeps shorter."""
    shorter = replace(app, terms=Terms(12, {Purpose.MENTOR: 6}))
    with pytest.raises(InvalidValue, match="term_too_long"):
        choose(shorter, "privacy", keep="24")
    choose(app, "privacy", keep="24")
    chosen = school_settings.look(app, NOORD).chosen
    assert terms_in(chosen, shorter.terms) == shorter.terms
    assert terms_in({}, shorter.terms) is shorter.terms


@given(st.sampled_from(MONTHS), st.integers(1, 24), st.dictionaries(st.sampled_from(Purpose), st.integers(1, 24)))
def test_a_chosen_term_is_never_longer(months: int, usual: int, own: dict[Purpose, int]) -> None:
    """Of no purpose; and it is what was chosen wherever the installation allows it."""
    terms = Terms(usual, own)
    chosen = {"keep": KeptSetting("keep", read_value("keep", [str(months)]), datetime(2027, 3, 1), None)}
    for purpose in Purpose:
        assert terms_in(chosen, terms).months_of(purpose) == min(months, terms.months_of(purpose))


# ---- a first yes, and whom to ask


def test_by_consent_alone_nobody_is_mailed_for_a_first_yes(app: App) -> None:
    """The look says so and the write refuses; the other school goes on; by interest it may again."""
    row = alumnus(2, "B-1", consents=frozenset(), email="b1@voorbeeld.example", consent_date=None)
    other = alumnus(3, "B-2", "Zuid", consents=frozenset(), email="b2@voorbeeld.example", consent_date=None)
    upsert(app.store, RecordKind.ALUMNI, [row, other])
    choose(app, "privacy", basis="consent")
    assert not campaigns.look(app, NOORD).allowed
    with pytest.raises(InvalidValue, match="first_by_consent"):
        campaigns.send(app, NOORD)
    assert campaigns.send(app, ZUID).mails == 1
    choose(app, "privacy", basis="interest")
    assert campaigns.look(app, NOORD).allowed
    assert campaigns.send(app, NOORD).mails == 1
    choose(app, "privacy", basis="consent")
    cast("FixedClock", app.clock).advance(timedelta(days=30))
    campaigns.advance(app, JOB)
    mails = {(mail.message, mail.school) for mail in stores.mails(app.store)}
    assert ("first_remind", "Noord") not in mails, "nor reminded"


def test_the_name_of_a_contact_is_not_kept_once_it_changed(app: App) -> None:
    """Anyone may know it; it has to be an address; of what it was nothing is left."""
    assert not school_settings.contact_at(app, VISITOR, "Noord")
    with pytest.raises(InvalidValue, match="not_an_address"):
        choose(app, "privacy", contact_mail="fg noord")
    choose(app, "privacy", contact="Mevrouw Zeldzaam", contact_mail="zeldzaam@noord.example")
    choose(app, "privacy", contact="de FG", contact_mail="fg@noord.example")
    contact = school_settings.contact_at(app, VISITOR, "Noord")
    assert (contact.who, contact.mail) == ("de FG", "fg@noord.example")
    assert not school_settings.contact_at(app, VISITOR, "Zuid")
    store = cast("SqlStore", app.store)
    with store._database.reading() as connection:
        for table in schema.metadata.sorted_tables:
            assert "eldzaam" not in str(connection.execute(select(table)).all()), table.name


# ---- the year beside the choices


def test_the_year_beside_the_choices(app: App) -> None:
    """How many were asked more often than each number, who chose how mail goes; not for one who sees no figures."""
    asked(app, "A-1", 3)
    key = asked(app, "A-2", 1)
    asked(app, "A-1", 6, "Zuid")
    subscriptions.choose_weekly(app, Asker(8, Role.ALUMNUS, "Noord", key), weekly=True)
    told = school_settings.year(app, NOORD)
    assert (told.alumni, told.asked, told.most) == (9, 2, 3)
    assert [told.over(asks) for asks in (1, 2, 4)] == [1, 1, 0]
    assert (told.weekly, told.each, told.said) == (1, 0, 0)
    cast("FixedClock", app.clock).day = AS_OF + timedelta(days=366)
    assert school_settings.year(app, NOORD).asked == 0
    for asker in (Asker(9, Role.TEACHER, "Noord"), COMMAND_LINE):
        with pytest.raises(Forbidden):
            school_settings.year(app, asker)


def test_a_purpose_with_a_longer_term_ends_by_the_longest_choice_too(app: App) -> None:
    """A school that chooses two years shortens what the installation keeps for three; beside it stands how many."""
    cast("FixedClock", app.clock).day = AS_OF + timedelta(days=760)
    own = dict.fromkeys(Purpose, 36)
    assert school_settings.year(replace(app, terms=Terms(24, own)), NOORD).ending[24] > 0
    assert school_settings.year(replace(app, terms=Terms(24)), NOORD).ending[24] == 0


@given(st.dictionaries(st.sampled_from(["asks", "letter", "letter_day", "fairness", "keep"]), st.text(max_size=9)))
def test_what_is_no_choice_is_none(values: dict[str, str]) -> None:
    """Whatever an earlier version kept under these names, it is a choice of now or none."""
    chosen = {name: KeptSetting(name, value, datetime(2027, 3, 1), None) for name, value in values.items()}
    assert asks_in(chosen) in {None, 1, 2, 4, 6}
    assert fairness_in(chosen) in {None, *FAIRNESS_LEVELS.values()}
    assert letter_in(chosen, Weekly(6))[1].weekday in {6, *range(len(LETTER_DAYS))}
    assert terms_in(chosen, Terms()).months in {24, *MONTHS}


def test_the_report_of_a_school_has_its_own_terms(app: App) -> None:
    """An officer of the school reads the term that it chose, and when consents end by it; of all schools, the usual."""
    officer = Asker(9, Role.PRIVACY_OFFICER, "Noord")
    usual = reports.kept(app, officer).ending
    choose(app, "privacy", keep="6")
    assert set(reports.configuration(app, officer).months.values()) == {6}
    assert set(reports.configuration(app, Asker(9, Role.PRIVACY_OFFICER, "Zuid")).months.values()) == {24}
    assert set(reports.configuration(app, COMMAND_LINE).months.values()) == {24}
    sooner = reports.kept(app, officer).ending
    assert sum(sooner.values()) == sum(usual.values()) > 0
    assert max(sooner) < min(usual)
