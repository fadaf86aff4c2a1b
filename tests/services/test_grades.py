"""Judging pairs, measuring by what was said, and ranking in another way: who is shown, and what decides."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matcher import explain
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.records import RecordKind
from matcher.errors import InvalidValue, UnknownId
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import evaluation, grades, matching, privacy, retention
from matcher.services.app import App
from matcher.services.evaluation import LEAST_PAIRS, LEAST_REQUESTS
from matcher.services.grades import PAIRS
from matcher.services.replay import replay
from tests.support import stores
from tests.support.apps import Engine
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import ALL, alumnus, engine_in
from tests.support.stores import reading
from tests.support.worlds import AS_OF

COORDINATOR, ADVISER = (Asker(key, role, "Noord") for key, role in ((5, Role.COORDINATOR), (6, Role.ADVISER)))
ROW = "[kinds.guest_lesson]\nversion = 2\nweights = {{ {} }}\n"
BY_SKILLS, BY_CHANCE = ROW.format("similarity = 0.4, skills = 0.6"), ROW.format("rest = 1.0")
BY_LIKENESS = ROW.format("similarity = 1.0")
BACKWARDS = HashEncoder(name="backwards", dimension=1)
TOPICS = ("wondzorg", "lassen", "programmeren", "bakken", "metselen", "kapper")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_in(tmp_path, cache=tmp_path / "cache")


@pytest.fixture
def large(engine: Engine) -> Engine:
    """Twelve guest lessons about six topics, and ten alumni of each topic who may be asked for all of them."""
    people = [
        alumnus(row, f"B-{row}", function=f"vak {topic}", skills=(topic,), day_parts=None)
        for row, topic in enumerate(TOPICS * 10, 2)
    ]
    stores.upsert(engine.store, RecordKind.ALUMNI, people)
    lessons = [
        Upsert(
            row, f"L-{row}", "Noord", {"kind": RequestKind.GUEST_LESSON, "title": f"Les {topic}", "skills": (topic,)}
        )
        for row, topic in enumerate(TOPICS * 2, 2)
    ]
    stores.upsert(engine.store, RecordKind.REQUESTS, lessons)
    return engine


def pairs_of(app: App, asker: Asker = COORDINATOR) -> list[tuple[str, str]]:
    """The pairs of a whole sitting by their ids, as they are shown."""
    shown = [grades.sitting(app, asker, number).pair for number in range(1, PAIRS + 1)]
    return [(pair.request.request_id, pair.alumnus.alumnus_id) for pair in shown if pair is not None]


def judge_all(app: App, sittings: int, asker: Asker = COORDINATOR) -> None:
    """Says 3 of whoever knows what is asked, 0 of all others."""
    for _ in range(sittings):
        grades.draw(app, asker)
        while (pair := grades.sitting(app, asker).pair) is not None:
            knows = set(pair.request.skills) <= set(pair.alumnus.skills)
            grades.give(app, asker, pair.key, 3 if knows else 0)


def test_a_sitting_is_twenty_pairs_of_two_requests(large: Engine) -> None:
    """Each once, ten alumni for each; the best of ours are among them, and they are not in our order."""
    app = large.app
    assert grades.draw(app, COORDINATOR) == PAIRS
    pairs = pairs_of(app)
    requests = {request for request, _ in pairs}
    assert (len(set(pairs)), len(requests)) == (PAIRS, 2)
    for request in requests:
        best = matching.match(app, COMMAND_LINE, request, school="Noord").matches[0].candidate_id
        assert (request, best) in pairs
    (entry,) = [entry for entry in stores.log(app.store) if entry.action == "grade.draw"]
    assert len(entry.details["alumni"]) == len({one for _, one in pairs})


def test_the_next_sitting_is_about_other_pairs(large: Engine) -> None:
    """Requests that were judged least come first, so that seven sittings are about all fourteen; nothing twice."""
    app = large.app
    seen: list[tuple[str, str]] = []
    for _ in range(7):
        grades.draw(app, COORDINATOR)
        seen += pairs_of(app)
        while (pair := grades.sitting(app, COORDINATOR).pair) is not None:
            grades.give(app, COORDINATOR, pair.key, 1)
    assert len(seen) == len(set(seen)) == 7 * PAIRS
    assert len({request for request, _ in seen}) == 14


def test_a_sitting_goes_on_where_it_was(engine: Engine) -> None:
    """Skipped pairs do not come back; an earlier pair can be judged again, by whoever it was drawn for alone."""
    app = engine.app
    total = grades.draw(app, COORDINATOR)
    first = grades.sitting(app, COORDINATOR).pair
    assert first is not None
    grades.give(app, COORDINATOR, first.key, None)
    second = grades.sitting(app, COORDINATOR).pair
    assert second is not None
    assert (second.number, second.done, second.total) == (2, 1, total)
    grades.give(app, COORDINATOR, second.key, 3)
    again = grades.sitting(app, COORDINATOR, 2).pair
    assert again is not None
    assert (again.key, again.grade) == (second.key, 3)
    with pytest.raises(UnknownId):
        grades.give(app, ADVISER, second.key, 0)
    with pytest.raises(InvalidValue):
        grades.give(app, COORDINATOR, second.key, 4)
    assert grades.sitting(app, ADVISER).pair is None
    assert [one.grade for one in reading(app.store).grades.given()] == [3]


def test_who_may_not_be_asked_is_not_shown(engine: Engine) -> None:
    """No consent, a pause, an objection: never drawn; who withdraws afterwards is passed over at once."""
    app = engine.app
    grades.draw(app, COORDINATOR)
    shown = {one for request, one in pairs_of(app) if request == "R-1"}
    assert shown == {"A-1", "A-2", "A-7", "A-8", "A-9"}
    privacy.give(app, COMMAND_LINE, Purpose.GUEST_LESSON, given=False, alumnus_id="A-7", school="Noord")
    privacy.object_to_ranking(app, COMMAND_LINE, objects=True, alumnus_id="A-2", school="Noord")
    assert {one for request, one in pairs_of(app) if request == "R-1"} == {"A-1", "A-8", "A-9"}
    grades.draw(app, COORDINATOR)
    assert {one for request, one in pairs_of(app) if request == "R-1"} == {"A-1", "A-8", "A-9"}


def test_an_adviser_is_shown_who_agreed_to_advice(engine: Engine) -> None:
    """As in the list of alumni; and nobody of another school, who shares or not."""
    rows = [
        alumnus(2, "A-1", consents=ALL - {Purpose.LLO_ADVICE}),
        alumnus(3, "Z-1", owner="Zuid", function="wondzorg"),
    ]
    stores.upsert(engine.store, RecordKind.ALUMNI, [Upsert(*row_of(one), may_withdraw=True) for one in rows])
    app = engine.app
    for asker, seen in ((COORDINATOR, True), (ADVISER, False)):
        grades.draw(app, asker)
        shown = {one for _, one in pairs_of(app, asker)}
        assert ("A-1" in shown) is seen
        assert "A-2" in shown
        assert "Z-1" not in shown
    grades.draw(app, ADVISER)
    privacy.give(app, COMMAND_LINE, Purpose.LLO_ADVICE, given=False, alumnus_id="A-2", school="Noord")
    assert "A-2" not in {one for _, one in pairs_of(app, ADVISER)}


def row_of(one: Upsert) -> tuple[Any, ...]:
    return one.row, one.id, one.owner, one.values


def test_the_person_sees_them_and_they_end(engine: Engine) -> None:
    """In what is known about a person, and away by the daily job: open pairs after a month, grades after two years."""
    app = engine.app
    grades.draw(app, COORDINATOR)
    pair = grades.sitting(app, COORDINATOR).pair
    assert pair is not None
    grades.give(app, COORDINATOR, pair.key, 2)
    known = privacy.known(app, COMMAND_LINE, pair.alumnus.alumnus_id, school="Noord")
    assert (pair.request.key, 2) in {(one["request"], one["grade"]) for one in known["grades"]}
    assert {"grade", "grade.draw"} <= {one["action"] for one in known["log"]}
    clock = engine.clock
    assert isinstance(clock, FixedClock)
    left = []
    for days in (32, 365, 365):
        clock.advance(timedelta(days))
        retention.run(app, COMMAND_LINE, log_months=24, even_so=True)
        left.append((len(reading(app.store).grades.sitting(COORDINATOR.key)), len(reading(app.store).grades.given())))
    assert left == [(1, 1), (1, 1), (0, 0)]


def test_figures_are_of_the_ways_to_rank(large: Engine) -> None:
    """All three find what was judged good, within their intervals; of another school there is nothing."""
    app = large.app
    judge_all(app, 3)
    found = evaluation.evaluate(app, COMMAND_LINE, "Noord")
    assert set(found.ways) == set(evaluation.WAYS)
    assert found.grounds.pairs == 3 * PAIRS
    assert not found.grounds.decides
    for one in found.ways.values():
        assert 0.5 < one.low <= one.mean <= one.high <= 1
    assert evaluation.evaluate(app, COMMAND_LINE, "Zuid").ways == {}
    with pytest.raises(UnknownId):
        evaluation.evaluate(app, COMMAND_LINE, "Nergens")


def test_one_grade_for_everybody_tells_nothing(engine: Engine) -> None:
    """Then there is no figure, and other weights may be used."""
    app = engine.app
    grades.draw(app, COORDINATOR)
    while (pair := grades.sitting(app, COORDINATOR).pair) is not None:
        grades.give(app, COORDINATOR, pair.key, 2)
    found = evaluation.evaluate(app, COMMAND_LINE)
    assert (found.grounds.telling, found.ways) == (0, {})
    change = evaluation.use(app, COMMAND_LINE, BY_CHANCE)
    assert (change.used, change.difference) == (True, None)


def test_below_the_least_it_informs(large: Engine) -> None:
    """What is measured to be worse is used all the same."""
    app = large.app
    judge_all(app, 4)
    change = evaluation.use(app, COMMAND_LINE, BY_CHANCE)
    assert change.difference is not None
    assert change.difference.is_worse
    assert (change.grounds.decides, change.used) == (False, True)


def test_from_there_it_decides(large: Engine) -> None:
    """What is worse is refused, weights or encoder, and changes nothing; what is not worse is used."""
    app = large.app
    judge_all(app, 6)
    given = reading(app.store).grades.given()
    assert len(given) >= LEAST_PAIRS
    assert len({one.request_key for one in given}) >= LEAST_REQUESTS
    before = stores.revision(app.store)
    for weights, encoder in ((BY_CHANCE, None), (BY_LIKENESS, BACKWARDS)):
        change = evaluation.use(app, COMMAND_LINE, weights, encoder, "backwards" if encoder else None)
        assert (change.grounds.decides, change.used) == (True, False)
        assert change.difference is not None
        assert change.difference.is_worse
    assert (stores.revision(app.store), evaluation.kept(app, COMMAND_LINE)) == (before, [])
    change = evaluation.use(app, COMMAND_LINE, BY_SKILLS)
    assert change.used
    same = evaluation.use(app, COMMAND_LINE, None, large.encoder, "the same")
    assert same.difference is not None
    assert same.used
    assert (same.difference.low, same.difference.high) == (0.0, 0.0)
    kept = evaluation.kept(app, COMMAND_LINE)
    assert [(one.weights, one.encoder) for one in kept] == [(BY_SKILLS, "the same"), (BY_SKILLS, None)]


def test_every_process_takes_them_at_its_next_question(engine: Engine, tmp_path: Path) -> None:
    """And takes them back; what was ranked in between is the same again in a replay, before and after."""
    other = Engine(engine.store, HashEncoder(), FixedClock(AS_OF), cache=tmp_path / "other")

    def ranked() -> tuple[str, list[float]]:
        rankings = [matching.match(one.app, COMMAND_LINE, "R-1") for one in (engine, other)]
        first, second = ((one.basis.weights, [match.score for match in one.matches]) for one in rankings)
        assert first == second
        for one, ranking in zip((engine, other), rankings, strict=True):
            match = ranking.matches[0]
            account = matching.why(one.app, COMMAND_LINE, matching.PairOfIds("R-1", match.candidate_id, school="Noord"))
            assert account.match is not None
            assert (account.match.score, account.basis.weights) == (match.score, ranking.basis.weights)
        return first

    shipped = ranked()
    evaluation.use(engine.app, COMMAND_LINE, BY_SKILLS)
    by_skills = ranked()
    evaluation.use(other.app, COMMAND_LINE, BY_CHANCE)
    by_chance = ranked()
    assert len({shipped[0], by_skills[0], by_chance[0]}) == 3
    assert evaluation.back(engine.app, COMMAND_LINE).weights == BY_CHANCE
    assert ranked() == by_skills
    assert evaluation.back(other.app, COMMAND_LINE).weights == BY_SKILLS
    assert ranked() == shipped
    with pytest.raises(InvalidValue, match="nothing_before"):
        evaluation.back(engine.app, COMMAND_LINE)
    logged = [entry for entry in stores.log(engine.store, limit=1000) if entry.action == "match"]
    assert len(logged) == 10
    assert {replay(engine.app, COMMAND_LINE, entry.id) for entry in logged} == {"same"}


@pytest.mark.parametrize("signal", ["similarity", "skills", "travel", "rest"])
def test_weights_that_leave_a_signal_out_are_explained(engine: Engine, signal: str) -> None:
    """A row may hold one signal alone: a list, a card and an account come, and the points are the score."""
    evaluation.use(engine.app, COMMAND_LINE, ROW.format(f"{signal} = 1.0"))
    ranking = matching.match(engine.app, COMMAND_LINE, "R-1")
    for match in ranking.matches:
        assert [term.signal for term in match.contributions] == [signal]
        assert match.contributions[0].points == match.score
    first = ranking.matches[0].candidate_id
    account = matching.why(engine.app, COMMAND_LINE, matching.PairOfIds("R-1", first, school="Noord"))
    assert explain.reasons(account.match, "nl", "asker") is not None  # type: ignore[arg-type]
    assert matching.match(engine.app, Asker(9, Role.TEACHER, "Noord"), "R-1").matches
    assert matching.recommend(engine.app, COMMAND_LINE, first, "requests", school="Noord").matches


def test_the_shipped_file_is_the_way_back_too(engine: Engine) -> None:
    """Weights that are those shipped are kept as none, so that an upgrade brings its own."""
    import matcher.matching.weights as module

    text = (Path(module.__file__).parent / "weights.toml").read_text("utf-8")
    evaluation.use(engine.app, COMMAND_LINE, BY_SKILLS)
    evaluation.use(engine.app, COMMAND_LINE, text)
    assert [one.weights for one in evaluation.kept(engine.app, COMMAND_LINE)] == [None, BY_SKILLS]
    assert "+" not in matching.match(engine.app, COMMAND_LINE, "R-1").basis.weights


def test_what_another_version_wrote_can_be_taken_back(engine: Engine) -> None:
    """Kept weights that this program cannot use: a question says so, `back` and `use` work."""
    stores.write(engine.store, lambda tx: tx.rankings.use("[kinds.gone]\nversion = 1\n", None, {}))
    with pytest.raises(InvalidValue, match="weights_unknown"):
        matching.match(engine.app, COMMAND_LINE, "R-1")
    assert evaluation.use(engine.app, COMMAND_LINE, BY_SKILLS).used
    assert matching.match(engine.app, COMMAND_LINE, "R-1").basis.weights.startswith("guest_lesson@2+")
    evaluation.back(engine.app, COMMAND_LINE)
    evaluation.back(engine.app, COMMAND_LINE)
    assert np.isfinite(matching.match(engine.app, COMMAND_LINE, "R-1").matches[0].score)
