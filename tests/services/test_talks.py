"""Talks by code, tilted lists, what is not for somebody, and questions about lists: on a real database."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from matcher import explain
from matcher.domain.kinds import Purpose
from matcher.domain.own_list import KEPT, Reason
from matcher.domain.records import RecordKind
from matcher.domain.talks import LIST_KEPT, SIGNS, code_in, shown
from matcher.errors import InvalidValue, RateLimited, UnknownId
from matcher.matching.tilt import Tilt
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.services import browsing, disputes, matching, own_list, privacy, retention, talks
from matcher.services.app import App
from matcher.services.matching import PairOfIds
from matcher.services.replay import replay
from tests.support import stores
from tests.support.apps import Engine
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import ALL, alumnus, store_in
from tests.support.worlds import AS_OF

ADVISER, OTHER = Asker(77, Role.ADVISER, "Noord"), Asker(78, Role.ADVISER, "Noord")
ELSEWHERE, COORDINATOR = Asker(79, Role.ADVISER, "Zuid"), Asker(80, Role.COORDINATOR, "Noord")
TOMORROW = datetime(AS_OF.year, AS_OF.month, AS_OF.day, 9, tzinfo=UTC) + timedelta(days=1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(AS_OF)


@pytest.fixture
def app(tmp_path: Path, clock: FixedClock) -> Iterator[App]:
    """A region in which A-2 wants to learn, and agreed to nothing."""
    store = store_in(tmp_path, clock)
    silent = alumnus(2, "A-2", consents=frozenset())
    stores.upsert(store, RecordKind.ALUMNI, [replace(silent, values={"consents": frozenset()}, may_withdraw=True)])
    yield Engine(store, HashEncoder(), clock, cache=tmp_path / "cache").app
    store.close()


def me(app: App, id_: str = "A-2") -> Asker:
    return Asker(90, Role.ALUMNUS, "Noord", stores.key_of(app.store, RecordKind.ALUMNI, id_, "Noord"))


def refused(app: App) -> list[object]:
    """What the log has of codes that opened nothing."""
    return [
        entry.details for entry in stores.log(app.store) if entry.action == "talk.open" and "refused" in entry.details
    ]


def test_a_code_opens_the_advice_of_somebody_who_agreed_to_nothing(app: App, clock: FixedClock) -> None:
    """For the adviser who typed it, for an hour; to all others, and before and after, the alumnus does not exist."""
    with pytest.raises(UnknownId):
        matching.recommend(app, ADVISER, "A-2", "offerings")
    code = talks.new_code(app, me(app)).code
    visit = talks.open_by(app, ADVISER, f" {shown(code).lower()} ")
    assert (visit.alumnus.alumnus_id, visit.until) == ("A-2", app.clock.now() + timedelta(hours=1))
    ranking = matching.recommend(app, ADVISER, "A-2", "offerings")
    assert ranking.matches
    assert matching.why(app, ADVISER, PairOfIds("A-2", ranking.matches[0].candidate_id, school="Noord")).match
    assert [one.alumnus.alumnus_id for one in talks.desk(app, ADVISER).talks] == ["A-2"]
    for other in (OTHER, ELSEWHERE):
        with pytest.raises(UnknownId):
            browsing.alumnus(app, other, "A-2")
    clock.advance(timedelta(hours=1))
    with pytest.raises(UnknownId):
        matching.recommend(app, ADVISER, "A-2", "offerings")
    assert talks.desk(app, ADVISER).talks == []


def test_a_code_is_good_once_and_for_an_hour(app: App, clock: FixedClock) -> None:
    """And the newest of an alumnus alone; of another school it opens nothing."""
    first = talks.new_code(app, me(app)).code
    second = talks.new_code(app, me(app)).code
    assert set(first) <= set(SIGNS)
    assert not set("0O1lIL") & set(SIGNS)
    for asker, code in ((ADVISER, first), (ELSEWHERE, second), (ADVISER, ""), (ADVISER, "geen code")):
        with pytest.raises(InvalidValue, match="talk_code"):
            talks.open_by(app, asker, code)
    talks.open_by(app, ADVISER, second)
    with pytest.raises(InvalidValue, match="talk_code"):
        talks.open_by(app, OTHER, second)
    third = talks.new_code(app, me(app)).code
    clock.advance(timedelta(hours=1))
    with pytest.raises(InvalidValue, match="talk_code"):
        talks.open_by(app, OTHER, third)
    assert len(refused(app)) == 6


def test_only_a_digest_of_a_code_is_kept(app: App, tmp_path: Path) -> None:
    """Whoever reads the database cannot show it, and it is in no log."""
    code = talks.new_code(app, me(app)).code
    app.store.close()
    files = [file.read_bytes() for file in tmp_path.glob("region.db*")]
    assert files
    assert not any(code.encode() in content for content in files)


def test_five_wrong_codes_an_hour_and_no_more(app: App, clock: FixedClock) -> None:
    """Then not even a right one, for this adviser alone, until an hour after the first; each try is in the log."""
    code = talks.new_code(app, me(app)).code
    for _ in range(5):
        with pytest.raises(InvalidValue, match="talk_code"):
            talks.open_by(app, ADVISER, "22222222")
    for _ in range(2):
        with pytest.raises(RateLimited):
            talks.open_by(app, ADVISER, code)
    assert len(refused(app)) == 7
    clock.advance(timedelta(minutes=59))
    with pytest.raises(RateLimited):
        talks.open_by(app, ADVISER, code)
    assert talks.open_by(app, OTHER, code).alumnus.alumnus_id == "A-2"
    clock.advance(timedelta(minutes=1))
    assert talks.open_by(app, ADVISER, talks.new_code(app, me(app)).code).alumnus.alumnus_id == "A-2"


@pytest.mark.parametrize("ends", ["button", "objection"])
def test_an_alumnus_ends_a_talk_at_any_moment(app: App, ends: str) -> None:
    """Whoever objects to being ranked can make no code either."""
    talks.open_by(app, ADVISER, talks.new_code(app, me(app)).code)
    if ends == "button":
        talks.end(app, me(app))
    else:
        privacy.object_to_ranking(app, me(app), objects=True)
        with pytest.raises(InvalidValue, match="talk_objects"):
            talks.new_code(app, me(app))
    with pytest.raises(UnknownId):
        browsing.alumnus(app, ADVISER, "A-2")
    assert talks.mine(app, me(app)).goes_on_until is None


def test_a_tilted_list_adds_up_and_is_replayed(app: App) -> None:
    """In a talk: score is the sum of points, the log has tilt and talk, and the same list comes again to the bit."""
    talks.open_by(app, ADVISER, talks.new_code(app, me(app)).code)
    for tilt, before in ((Tilt(), None), (Tilt(90, 100, 0, 40, 100), Tilt()), (Tilt(0, 0, 0, 0, 0), Tilt(price=100))):
        found = matching.recommend_tilted(app, ADVISER, "A-2", tilt, before=before)
        assert found.ranking.matches
        assert (found.before is None) == (before is None)
        for match in found.ranking.matches:
            assert math.isclose(match.score, math.fsum(term.points for term in match.contributions), abs_tol=1e-9)
        (entry,) = stores.log(app.store, limit=1)
        assert (entry.details.get("tilt") is None) == tilt.is_usual
        assert entry.details["talk"]
        assert replay(app, COMMAND_LINE, entry.id) == "same"


def test_why_tells_of_the_list_that_was_seen(app: App) -> None:
    """With the sliders of that list the place, the score and its points are those of that list, to the bit."""
    talks.open_by(app, ADVISER, talks.new_code(app, me(app)).code)
    for tilt in (Tilt(), Tilt(90, 100, 0, 40, 100)):
        listed = matching.recommend_tilted(app, ADVISER, "A-2", tilt).ranking
        assert listed.matches
        for match in listed.matches:
            told = matching.why(app, ADVISER, PairOfIds("A-2", match.candidate_id, "alumnus", "Noord"), tilt=tilt)
            assert (told.rank, told.basis.weights) == (match.rank, listed.basis.weights)
            assert told.match
            assert told.match.score == match.score


def test_a_code_is_told_as_a_code_and_consent_as_consent(app: App) -> None:
    """What lets an adviser in is said as it is: a code of this talk, or a yes to advice."""
    talks.open_by(app, ADVISER, talks.new_code(app, me(app)).code)
    pair = PairOfIds("A-2", "C-1", "alumnus", "Noord")

    def said() -> str:
        (rule,) = (one for one in matching.why(app, ADVISER, pair).rules if one.code == "no_consent")
        assert rule.passed
        return explain.rule_sentence(rule, "nl")

    assert said().startswith("Opende dit gesprek met een code.")
    privacy.give(app, me(app), Purpose.LLO_ADVICE, given=True)
    assert said() == "Gaf toestemming voor advies over cursussen."


def test_appointments_are_of_alumni_who_may_be_advised(app: App, clock: FixedClock) -> None:
    """With a moment ahead; the adviser sees the own ones, the alumnus too, and can call one off."""
    with pytest.raises(UnknownId):
        talks.meet(app, ADVISER, "A-2", TOMORROW)
    with pytest.raises(InvalidValue, match="talk_day"):
        talks.meet(app, ADVISER, "A-1", app.clock.now())
    key = talks.meet(app, ADVISER, "A-1", TOMORROW, label="Sanne van de thuiszorg")
    desk = talks.desk(app, ADVISER)
    assert ([one.appointment.key for one in desk.later], desk.today) == ([key], [])
    assert talks.desk(app, OTHER).later == []
    assert [one.key for one in talks.mine(app, me(app, "A-1")).coming] == [key]
    clock.advance(timedelta(days=1))
    assert [one.may_open for one in talks.desk(app, ADVISER).today] == [True]
    talks.cancel(app, OTHER, key)
    assert talks.desk(app, ADVISER).today
    talks.cancel(app, ADVISER, key)
    assert talks.desk(app, ADVISER).today == []


def test_a_list_is_made_in_a_talk_and_kept_for_its_term(app: App, clock: FixedClock) -> None:
    """With notes; the alumnus reads it and cannot write it; it is in the export, and goes after its term."""
    talks.open_by(app, ADVISER, talks.new_code(app, me(app)).code)
    assert talks.choose(app, ADVISER, "A-2", "C-1", note="Werkgever vragen.")
    assert not talks.choose(app, ADVISER, "A-2", "C-1", note="Werkgever vragen.")
    talks.mail(app, ADVISER, "A-2")
    assert [one.choice.note for one in talks.chosen(app, me(app))] == ["Werkgever vragen."]
    with pytest.raises(Exception, match="not_for_this_role"):
        talks.choose(app, me(app), "A-2", "C-1", keep=False)
    known = privacy.known(app, me(app))
    assert [one["note"] for one in known["shortlist"]] == ["Werkgever vragen."]
    assert [one["message"] for one in known["mail"]] == ["shortlist"]
    assert "account" not in known["talks"][0]
    clock.advance(timedelta(hours=2))
    with pytest.raises(UnknownId):
        talks.choose(app, ADVISER, "A-2", "C-1", keep=False)
    assert privacy.known(app, me(app))["shortlist"]
    clock.advance(LIST_KEPT)
    retention.run(app, JOB, log_months=60, even_so=True)
    known = privacy.known(app, me(app))
    assert (known["shortlist"], known["talks"]) == ([], [])


def test_what_is_not_for_me_is_in_no_own_list(app: App, clock: FixedClock) -> None:
    """For a year, with a reason, and in that list alone; the list that was shown is replayed as it was."""
    own = me(app, "A-1")
    before = [match.candidate_id for match in matching.recommend(app, own, None, "offerings").matches]
    assert before
    key = own_list.decline(app, own, "offerings", before[0], Reason.TOO_FAR)
    assert own_list.decline(app, own, "offerings", before[0], Reason.NO_TIME) == key
    after = matching.recommend(app, own, None, "offerings")
    assert [match.candidate_id for match in after.matches] == before[1:]
    assert [match.rank for match in after.matches] == list(range(1, len(before)))
    assert replay(app, COMMAND_LINE, stores.log(app.store, limit=1)[0].id) == "same"
    adviser = matching.recommend(app, ADVISER, "A-1", "offerings")
    assert [match.candidate_id for match in adviser.matches] == before
    assert [(one.record.title, one.refusal.reason) for one in own_list.declined(app, own)] == [
        (adviser.matches[0].card.title, Reason.TOO_FAR)
    ]
    own_list.take_back(app, own, key)
    assert len(matching.recommend(app, own, None, "offerings").matches) == len(before)
    own_list.decline(app, own, "offerings", before[0], Reason.TOO_DEAR)
    clock.advance(KEPT + timedelta(days=1))
    retention.run(app, JOB, log_months=60, even_so=True)
    assert own_list.declined(app, own) == []


def test_an_alumnus_sees_where_they_stand_and_by_which_rule_not(app: App) -> None:
    """What the page says of each open request is what its account says, of everyone in the region."""
    seen = set()
    for number in (f"A-{one}" for one in range(1, 9)):
        for place in disputes.places(app, me(app, number)).items:
            told = disputes.account(app, me(app, number), place.request.request_id, school=place.request.school)
            failed = [rule.code for rule in told.rules if not rule.passed]
            assert place.rule == (failed[0] if failed else None)
            assert (told.rank is None) == bool(failed)
            seen.add(place.rule)
    assert {None, "no_consent", "paused"} <= seen


def test_a_question_about_a_list_is_answered_by_a_person_beside_a_replay(app: App, clock: FixedClock) -> None:
    """Of the own school alone; it waits once, the alumnus is mailed, and it goes a year after the answer."""
    matching.match(app, COORDINATOR, "R-1")
    own = me(app, "A-1")
    for _ in range(2):
        disputes.ask(app, own, "R-1", school="Noord", said="Waarom sta ik hier?")
    ((dispute, request),) = disputes.waiting(app, COORDINATOR)
    assert request is not None
    assert request.request_id == "R-1"
    case = disputes.case(app, COORDINATOR, dispute.key)
    assert (case.replayed, case.alumnus.alumnus_id, case.rank) == ("same", "A-1", case.account and case.account.rank)
    with pytest.raises(UnknownId):
        disputes.answer(app, Asker(81, Role.COORDINATOR, "Zuid"), dispute.key, "Zo zit het.")
    disputes.answer(app, COORDINATOR, dispute.key, "Je kunt op dinsdag, en dat vroeg de docent.")
    with pytest.raises(InvalidValue, match="dispute_answered"):
        disputes.answer(app, COORDINATOR, dispute.key, "Nog eens.")
    assert disputes.waiting(app, COORDINATOR) == []
    known = privacy.known(app, own)
    assert [one["answer"] for one in known["disputes"]] == ["Je kunt op dinsdag, en dat vroeg de docent."]
    assert "dispute_answered" in [one["message"] for one in known["mail"]]
    clock.advance(KEPT + timedelta(days=1))
    retention.run(app, JOB, log_months=60, even_so=True)
    assert privacy.known(app, own)["disputes"] == []


def test_use_is_told_per_month_and_not_per_refresh(app: App, clock: FixedClock) -> None:
    """The same list three times on a day is one; the next day it is another, and what one looks at oneself is none."""
    own = me(app, "A-1")
    for _ in range(3):
        matching.match(app, COORDINATOR, "R-1")
    matching.recommend(app, own, None, "offerings")
    clock.advance(timedelta(days=1))
    matching.match(app, COORDINATOR, "R-1")
    (month,) = disputes.months(app, own)
    assert (month.name, dict(month.lists)) == (f"{AS_OF:%Y-%m}", {"guest_lesson": 2})


def test_codes_are_read_as_people_type_them() -> None:
    """In any capitals, with spaces and hyphens; what has another sign is no code."""
    assert code_in(" 7k4m-2wqx ") == "7K4M2WQX"
    assert [code_in(text) for text in ("7K4M2WQ", "7K4M2WQ0", "7K4M2WQXX", "", "７K4M2WQX")] == [""] * 5


def test_consent_for_advice_is_another_than_a_code(app: App) -> None:
    """The code changes no consent: the list of alumni stays without this one."""
    talks.open_by(app, ADVISER, talks.new_code(app, me(app)).code)
    with app.store.read() as records:
        given = {one.purpose for one in records.consents.of(me(app).alumnus_key or 0) if one.withdrawn_on is None}
    assert Purpose.LLO_ADVICE not in given
    assert ALL
