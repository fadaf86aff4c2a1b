"""Who is not in a list, by a word: counts alone, and on cards nothing that is about one or a few alumni."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.disclosure.answers import ABOUT_REQUEST
from matcher.domain.kinds import RequestKind
from matcher.domain.records import RecordKind, Request
from matcher.errors import InvalidValue, UnknownId
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.services import demands, missed, questions
from matcher.services.app import App
from matcher.services.missed import Missed
from tests.support import stores
from tests.support.apps import app_of
from tests.support.region import alumnus, engine_in

TEACHER = Asker(77, Role.TEACHER, "Noord")
COORDINATOR = Asker(81, Role.COORDINATOR, "Noord")
NEAR, FAR, PAUSED, NO_CONSENT = "near", "far", "paused", "no_consent"
VALUES: dict[str, dict[str, object]] = {
    NEAR: {},
    FAR: {"town": "Maastricht", "max_distance_km": 10.0},
    PAUSED: {"paused_until": None},
    NO_CONSENT: {"consents": frozenset()},
}
WISH = Request(request_id="", kind=RequestKind.GUEST_LESSON, title="Gastles bijen", school="Noord", town="Zwolle")
QUESTION = questions.Wanted(text="gastles wondzorg in Zwolle", school="Noord")


def app_with(folder: Path, states: Sequence[str]) -> tuple[App, str]:
    """Beekeepers in these states, and a request in Zwolle."""
    app = app_of(engine_in(folder))
    rows = []
    for number, state in enumerate(states):
        values = dict(VALUES[state])
        if state == PAUSED:
            values["paused_until"] = app.clock.today().replace(year=2028)
        rows.append(alumnus(number + 2, f"B-{number}", "Noord", function="imker", **values))
    stores.upsert(app.store, RecordKind.ALUMNI, rows)
    return app, demands.create(app, COORDINATOR, WISH)


def test_what_a_teacher_is_told_of_a_word(tmp_path: Path) -> None:
    """How many are in the list and live too far away; nothing of those who are paused or did not agree."""
    app, id_ = app_with(tmp_path, [NEAR] * 6 + [FAR] * 5 + [PAUSED] * 7 + [NO_CONSENT] * 8)
    assert missed.of_request(app, TEACHER, id_, "imker") == Missed(6, {"too_far": 5})
    assert missed.of_request(app, TEACHER, id_, "IMKERS zwolle") == Missed(6, {})
    exact = missed.of_request(app, COORDINATOR, id_, "imker")
    assert exact == Missed(6, {"no_consent": 8, "paused": 7, "too_far": 5})
    assert missed.of_request(app, TEACHER, id_, "maastricht") == Missed(0, {"too_far": 5})


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=st.lists(st.sampled_from([NEAR, NEAR, FAR, FAR, PAUSED, NO_CONSENT]), max_size=14))
def test_nothing_of_fewer_than_five_is_told(tmp_path_factory: pytest.TempPathFactory, states: list[str]) -> None:
    """Whatever there is: each count is 0 or five or more, and of rules about the request alone."""
    app, id_ = app_with(tmp_path_factory.mktemp("missed"), states)
    told, count = missed.of_request(app, TEACHER, id_, "imker"), Counter(states)
    assert told.listed == (count[NEAR] if count[NEAR] >= 5 else 0)
    assert dict(told.excluded) == ({"too_far": count[FAR]} if count[FAR] >= 5 else {})
    assert set(told.excluded) <= set(ABOUT_REQUEST)


def test_a_word_that_few_have_is_as_one_that_nobody_has(tmp_path: Path) -> None:
    """A rare job, a name: the same answer, by the list of a request and of a question."""
    app, id_ = app_with(tmp_path, [NEAR] * 4)
    nothing = Missed(0, {})
    for word in ("imker", "Jansen", "qwerty"):
        assert missed.of_request(app, TEACHER, id_, word) == nothing
        assert missed.of_question(app, TEACHER, QUESTION, word) == nothing
    assert missed.of_request(app, COORDINATOR, id_, "imker").listed == 4


def test_a_word_is_found_in_the_other_language(tmp_path: Path) -> None:
    """English finds Dutch and the other way, names of several words too, and the answer says which words those were."""
    app = app_of(engine_in(tmp_path))
    rows = [alumnus(number + 2, f"L-{number}", function="lasser", skills=("lassen",)) for number in range(5)]
    rows += [alumnus(number + 9, f"E-{number}", function="carpenter") for number in range(5)]
    rows += [alumnus(number + 19, f"V-{number}", function="vrachtwagenchauffeur") for number in range(5)]
    stores.upsert(app.store, RecordKind.ALUMNI, rows)
    id_ = demands.create(app, COORDINATOR, WISH)
    for word, other in (
        ("welding", "lassen"),
        ("timmerman", "carpenter"),
        ("Truck driver", "vrachtwagenchauffeur"),
        ("carpenter", "timmerman"),
    ):
        for asker in (TEACHER, COORDINATOR):
            found = missed.of_request(app, asker, id_, word)
            assert found.listed == 5, word
            assert other in found.also
    assert missed.of_request(app, TEACHER, id_, "koken") == Missed(0, {}, ("cooking",))
    assert missed.of_request(app, TEACHER, id_, "qwerty").also == ()


def test_the_log_has_counts_and_no_word(tmp_path: Path) -> None:
    """What was looked for could be a name."""
    app, id_ = app_with(tmp_path, [NEAR] * 5)
    missed.of_request(app, TEACHER, id_, "imker")
    (entry,) = stores.log(app.store, limit=1)
    assert (entry.action, entry.role) == ("match.missed", "teacher")
    assert "imker" not in str(entry.details)


def test_what_cannot_be_looked_for(tmp_path: Path) -> None:
    """No word; a question without a list; a request of another school."""
    app, id_ = app_with(tmp_path, [])
    with pytest.raises(InvalidValue, match="word_needed"):
        missed.of_request(app, TEACHER, id_, " ?! ")
    assert missed.of_question(app, TEACHER, replace(QUESTION, text="hallo"), "imker") is None
    with pytest.raises(UnknownId):
        missed.of_request(app, Asker(7, Role.TEACHER, "Zuid"), id_, "imker")
    assert missed.of_request(app, COMMAND_LINE, id_, "imker", school="Noord") == Missed(0, {})
