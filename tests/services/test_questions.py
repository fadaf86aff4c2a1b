"""Questions in own words: what gets a list, what gets a question, and what a saved one is."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from matcher.domain.day_parts import mask_of_day_parts
from matcher.domain.kinds import KINDS, Least, RequestKind
from matcher.domain.records import RecordKind
from matcher.errors import Forbidden, InvalidValue
from matcher.explain import reasons
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.questions import Place
from matcher.services import matching, questions, undo
from matcher.services.questions import Asked, Wanted
from matcher.text import towns_of
from tests.support.apps import Engine
from tests.support.region import engine_in
from tests.support.stores import log, reading

TEACHER = Asker(7, Role.TEACHER, "Noord")
FULL = "gastspreker wondzorg, dinsdagmiddag in maart, Zwolle, geen thuiszorg"


@pytest.fixture
def region(tmp_path: Path) -> Engine:
    return engine_in(tmp_path)


def ask(region: Engine, text: str, asker: Asker = COMMAND_LINE, **options: object) -> Asked:
    return questions.ask(region.app, asker, Wanted(text=text, school="Noord", **options))  # type: ignore[arg-type]


def codes(asked: Asked) -> set[str]:
    return {doubt.code for doubt in asked.doubts}


def test_the_list_is_that_of_the_same_request_filled_in(region: Engine) -> None:
    """A question ranks as a request with the fields that were read from it, to the bit."""
    asked = ask(region, FULL)
    assert asked.request is not None
    assert asked.ranking is not None
    assert (asked.request.title, asked.request.town) == ("wondzorg", "Zwolle")
    assert asked.request.day_parts == mask_of_day_parts(["tue-afternoon"])
    assert (asked.request.period_from, asked.request.period_to) == (date(2027, 3, 1), date(2027, 3, 31))
    same = matching.match_unsaved(region.app, COMMAND_LINE, asked.request)
    assert [(one.candidate_id, one.score) for one in asked.ranking.matches] == [
        (one.candidate_id, one.score) for one in same.matches
    ]
    assert asked.ranking.matches


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("qwerty zxcvb", "word"), ("asdfgh", "word"), ("hoi", "kind_needed"), ("hello??", "kind_needed"),
        ("gastles", "topic_needed"), ("gastspreker gezocht", "topic_needed"), ("NLP", "topic_needed"),
        ("gastles geen zorg", "topic_needed"), ("gastles qwertz", "topic_needed"),
        ("ambassadeurs", "topic_or_class_needed"),
        ("sportinstructeur gezocht", "kind_needed"), ("gastles of mentor wondzorg", "kind"),
    ],
)  # fmt: skip
def test_without_what_a_list_needs_there_is_a_question(region: Engine, text: str, code: str) -> None:
    """Nonsense, greetings, one general word and what is only not wanted have no list, and something is asked."""
    asked = ask(region, text)
    assert (asked.request, asked.ranking) == (None, None)
    assert code in codes(asked)


@pytest.mark.parametrize(
    "text", ["open dag klas VZ3A", "reünie verzorgenden", "enquete in Twente", "arbeidsmarkt in Zwolle"]
)
def test_some_kinds_need_a_class_or_a_region_only(region: Engine, text: str) -> None:
    """For an open day, a reunion and the like a class, a qualification or a region is enough."""
    assert ask(region, text).ranking is not None


def test_every_kind_says_what_a_list_of_it_needs() -> None:
    """No kind of request has a list without anything to go by."""
    for kind in RequestKind:
        assert KINDS[kind].least
        assert KINDS[kind].least <= frozenset(Least)


def test_a_misspelt_town_is_taken_and_asked_about(region: Engine) -> None:
    """Zwole is read as Zwolle, which counts for the distance, and asks whether that is right."""
    asked = ask(region, "gastles wondzorg in Zwole")
    assert asked.reading.place == Place("Zwolle", "Zwole", sure=False)
    assert codes(asked) == {"place_meant"}
    assert asked.request is not None
    assert asked.request.town == "Zwolle"


@pytest.mark.parametrize("town", ["Deventer of Kampen", "Kampen/Deventer", "Kampen, Deventer kan ook"])
def test_the_nearest_of_several_towns_counts_and_stays_so_when_it_is_saved(region: Engine, town: str) -> None:
    """Whoever lives near the second is as near as if it had been asked alone; in the request that is made of it too."""
    text = "gastles wondzorg in {}"
    both, near, far = (ask(region, text.format(one)) for one in (town, "Kampen", "Deventer"))
    points = []
    for asked in (both, near, far):
        assert asked.ranking is not None
        points.append([(one.candidate_id, one.score) for one in asked.ranking.matches])
    assert points[0] == points[1] != points[2]
    saved = questions.save(region.app, COMMAND_LINE, Wanted(text=text.format(town), school="Noord"))
    assert saved.saved is not None
    assert saved.doubts == ()
    kept = matching.match(region.app, COMMAND_LINE, saved.saved, school="Noord")
    assert [(one.candidate_id, one.score) for one in kept.matches] == points[0]
    (request,) = reading(region.store).records.find(RecordKind.REQUESTS, saved.saved, "Noord")
    assert set(towns_of(request.town)) == {"Deventer", "Kampen"}  # type: ignore[union-attr]


def test_several_towns_that_were_filled_in_are_each_looked_up(region: Engine) -> None:
    """The form takes several towns as a list does, and asks about the one that is nowhere."""
    asked = ask(region, "gastles wondzorg", changes={"place": Place("Kampen", "", also=("Qwertzuiop",))})
    assert [(doubt.text, doubt.code) for doubt in asked.doubts] == [("Qwertzuiop", "place_unknown")]
    assert asked.request is not None
    assert asked.request.town == "Kampen / Qwertzuiop"


def test_what_the_asker_changes_counts_before_the_text(region: Engine) -> None:
    """A slot that was filled in by hand replaces what was read, and ends the doubt about it."""
    changes = {"place": Place("Deventer", "Deventer"), "topic": ("lassen",)}
    asked = ask(region, "gastles wondzorg in Zwole", kind=RequestKind.MENTOR, changes=changes)
    assert asked.request is not None
    assert (asked.request.kind, asked.request.title, asked.request.town) == (RequestKind.MENTOR, "lassen", "Deventer")
    assert codes(asked) == set()


@pytest.mark.parametrize(
    ("town", "code"), [("Zwole", "place_meant"), ("Qwertzuiop", "place_unknown"), ("Valkenburg", "place_several")]
)
def test_a_town_that_was_filled_in_is_looked_up_too(region: Engine, town: str, code: str) -> None:
    """A town typed in the form that is nowhere, or in several places, is asked about: no distance follows from it."""
    asked = ask(region, "gastles wondzorg", changes={"place": Place(town, town)})
    assert code in codes(asked)
    assert asked.ranking is not None


def test_a_kind_that_is_assumed_is_said(region: Engine) -> None:
    """Where a page assumes a kind, a doubt says so; the command line and the API assume none."""
    asked = ask(region, "wondzorg", assumed=RequestKind.GUEST_LESSON)
    assert asked.ranking is not None
    assert codes(asked) == {"kind_assumed"}
    assert ask(region, "wondzorg").ranking is None


def test_a_moment_without_an_end_is_a_day_part_and_a_question(region: Engine) -> None:
    """No end is made up: the day and its part count, and the end is asked for."""
    asked = ask(region, "gastles wondzorg 9 maart 13:00")
    assert asked.request is not None
    assert (asked.request.moments, asked.request.day_parts) == ((), mask_of_day_parts(["tue-afternoon"]))
    assert asked.request.period_from == asked.request.period_to == date(2027, 3, 9)
    assert codes(asked) == {"no_end"}


def test_the_log_has_a_hash_and_no_word_of_the_question(region: Engine) -> None:
    """Neither the text of a question nor a word of it is logged."""
    ask(region, "gastles sommelier wondzorg")
    ask(region, "gastles")
    (entry,) = log(region.store)
    assert entry.action == "match.unsaved"
    assert not {"wondzorg", "sommelier"} & set(re.findall(r"\w+", repr(entry)))
    assert len(entry.details["text"]) == 64


def test_a_saved_question_is_an_open_request_and_ranks_the_same(region: Engine) -> None:
    """Saving writes one request with what was read; its list is that of the question, and the import can be undone."""
    before = ask(region, FULL)
    saved = questions.save(region.app, COMMAND_LINE, Wanted(text=FULL, school="Noord"))
    assert saved.saved is not None
    assert before.ranking is not None
    (request,) = reading(region.store).records.find(RecordKind.REQUESTS, saved.saved, "Noord")
    assert (request.title, request.town, request.description) == ("Wondzorg", "Zwolle", None)  # type: ignore[union-attr]
    assert request.not_wanted == ("thuiszorg",)  # type: ignore[union-attr]
    ranking = matching.match(region.app, COMMAND_LINE, saved.saved, school="Noord")
    assert [(one.candidate_id, one.score) for one in ranking.matches] == [
        (one.candidate_id, one.score) for one in before.ranking.matches
    ]
    (kept,) = [one for one in reading(region.store).imports.listed("Noord") if one.kind == RecordKind.REQUESTS.value][
        :1
    ]
    undo.undo(region.app, COMMAND_LINE, kept.id)
    assert reading(region.store).records.find(RecordKind.REQUESTS, saved.saved, "Noord") == []


def test_what_is_not_wanted_counts_against_in_the_question_and_once_it_is_saved(region: Engine) -> None:
    """Whoever names it stays in the list, lower, with the reason; a saved question says so too, in either direction."""
    text = "gastspreker wondzorg, Zwolle, geen wijkverpleegkundige"
    plain, asked = ask(region, "gastspreker wondzorg, Zwolle"), ask(region, text)
    assert plain.ranking is not None
    assert asked.ranking is not None
    saved = questions.save(region.app, COMMAND_LINE, Wanted(text=text, school="Noord")).saved
    assert saved is not None
    kept = matching.match(region.app, COMMAND_LINE, saved, school="Noord")
    own = matching.recommend(region.app, COMMAND_LINE, "A-1", "requests", school="Noord")
    before = {one.candidate_id: one for one in plain.ranking.matches}
    for ranking in (asked.ranking, kept):
        now = {one.candidate_id: one for one in ranking.matches}
        assert now.keys() == before.keys()
        against = {id_ for id_, one in now.items() if one.capped_by == "not_wanted"}
        assert against == {"A-1"}
        assert now["A-1"].score == pytest.approx(before["A-1"].score - 0.25)
        assert now["A-1"].band in {"possible", None}
        assert "Past bij wat je niet zoekt: wijkverpleegkundige." in reasons(now["A-1"], "nl", "asker")
        assert all(now[id_].score == one.score for id_, one in before.items() if id_ not in against)
    (mirrored,) = [one for one in own.matches if one.candidate_id == saved]
    assert mirrored.score == next(one.score for one in kept.matches if one.candidate_id == "A-1")


def test_cards_keep_their_names_when_a_question_is_saved(region: Engine) -> None:
    """A teacher sees the same handles for a question and for the request that it becomes."""
    asked = ask(region, FULL, TEACHER)
    saved = questions.save(region.app, TEACHER, Wanted(text=FULL))
    assert saved.saved is not None
    assert asked.ranking is not None
    ranking = matching.match(region.app, TEACHER, saved.saved)
    assert {one.candidate_id for one in ranking.matches} == {one.candidate_id for one in asked.ranking.matches}
    assert ranking.matches


def test_nothing_is_saved_without_a_topic(region: Engine) -> None:
    """What has no list becomes no request."""
    revision = reading(region.store).changes.revision()
    assert questions.save(region.app, COMMAND_LINE, Wanted(text="gastles", school="Noord")).saved is None
    assert reading(region.store).changes.revision() == revision


def test_who_may_not_search_may_not_ask(region: Engine) -> None:
    """An adviser may neither ask nor save, whatever the text is."""
    adviser = Asker(8, Role.ADVISER, "Noord")
    for use_case in (questions.ask, questions.save):
        with pytest.raises(Forbidden):
            use_case(region.app, adviser, Wanted(text="hoi"))


@pytest.mark.parametrize("text", ["", "   ", "x" * 5000])
def test_an_empty_or_endless_question_is_refused(region: Engine, text: str) -> None:
    """A question has at least a word and at most some pages."""
    with pytest.raises(InvalidValue):
        ask(region, text)


def test_a_request_needs_a_school(region: Engine) -> None:
    """The operator names the school of a request that is saved."""
    with pytest.raises(InvalidValue, match="school_for_request"):
        questions.save(region.app, COMMAND_LINE, Wanted(text=FULL))
