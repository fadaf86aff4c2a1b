"""A list that is asked again is the one that was made, with the records of now."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from matcher.domain.answers import Ranking
from matcher.domain.kinds import RequestKind
from matcher.domain.records import RecordKind, Request
from matcher.matching import bands
from matcher.matching.question import Question
from matcher.policy import COMMAND_LINE
from matcher.pool.cards import cards_of
from matcher.repositories.values import Upsert
from matcher.services import erasure, matching
from matcher.services.app import App
from tests.support.apps import Engine, app_of
from tests.support.region import engine_in
from tests.support.stores import find, upsert
from tests.support.worlds import AS_OF


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_in(tmp_path)


def asked(engine: Engine) -> Question:
    (request,) = find(engine.store, RecordKind.REQUESTS, "R-1")
    return Question(request, AS_OF)


def made(app: App, engine: Engine, question: Question, *, cards: bool = False) -> Ranking:
    """The list as it is made where nothing is remembered: in a pool of its own."""
    return matching.ranked(app, question, 10, replace(engine.pool()), cards=cards, widened=True)


@pytest.mark.parametrize("cards", [False, True])
def test_a_list_that_is_remembered_is_the_one_that_was_made(engine: Engine, cards: bool) -> None:
    """To the last bit, with all that its records tell; of the same request by its id alone too."""
    app, pool, question = app_of(engine), engine.pool(), asked(engine)
    first, again = (matching.ranked(app, question, 10, pool, cards=cards, widened=True) for _ in range(2))
    assert first.matches
    assert repr(again) == repr(first) == repr(made(app, engine, question, cards=cards))
    assert [match.record for match in again.matches] == [match.record for match in first.matches]
    assert len(pool.answered if not cards else cards_of(pool).answered) == 1


def test_another_question_is_another_list(engine: Engine) -> None:
    """Another day, number, request or school, other bands, and a request that is not saved."""
    app, pool, question = app_of(engine), engine.pool(), asked(engine)
    matching.ranked(app, question, 10, pool)
    stricter = replace(app, bands=replace(bands.shipped(), least=bands.shipped().least + 9.0, second=None))
    assert {match.band for match in matching.ranked(stricter, question, 10, pool).matches} == {None}
    later = replace(question, as_of=AS_OF + timedelta(days=1))
    assert matching.ranked(app, later, 10, pool).basis.as_of == later.as_of
    assert len(matching.ranked(app, question, 1, pool).matches) == 1
    written = replace(cast("Request", question.record), title="Iets anders")
    assert matching.ranked(app, replace(question, record=written), 10, pool).query.title == "Iets anders"
    assert {match.owner for match in matching.ranked(app, replace(question, among="Noord"), 10, pool).matches} == {
        "Noord"
    }
    typed = replace(cast("Request", question.record), key=0, request_id="", kind=RequestKind.MENTOR)
    assert matching.match_unsaved(app, COMMAND_LINE, typed).query.kind == "mentor"


def test_nothing_is_shown_of_who_is_gone(engine: Engine) -> None:
    """Erased after the pool was made: not in the list that this pool remembers either."""
    app, pool, question = app_of(engine), engine.pool(), asked(engine)
    first = matching.ranked(app, question, 10, pool)
    gone = first.matches[0]
    erasure.erase(app, COMMAND_LINE, gone.candidate_id, school=gone.owner)
    assert gone.key not in {match.key for match in matching.ranked(app, question, 10, pool).matches}


def test_no_record_stays_in_memory(engine: Engine) -> None:
    """What is kept has no record, card or id of an alumnus."""
    pool = engine.pool()
    matching.ranked(app_of(engine), asked(engine), 10, pool)
    (kept,) = pool.answered.values()
    ranking: Ranking = pickle.loads(kept.ranking)  # noqa: S301 - made here
    assert ranking.matches
    for match in ranking.matches:
        assert (match.record, match.candidate_id, match.owner, match.card.title) == (None, "", "", None)


def test_after_a_change_a_list_is_made_again(engine: Engine) -> None:
    """Whoever is changed stands in the next list as changed."""
    app = app_of(engine)
    first = matching.match(app, COMMAND_LINE, "R-1")
    assert matching.match(app, COMMAND_LINE, "R-1") == first
    best = first.matches[0]
    paused = {"paused_until": AS_OF + timedelta(days=30)}
    upsert(engine.store, RecordKind.ALUMNI, [Upsert(1, best.candidate_id, best.owner, paused)])
    after = matching.match(app, COMMAND_LINE, "R-1")
    assert best.key not in {match.key for match in after.matches}
