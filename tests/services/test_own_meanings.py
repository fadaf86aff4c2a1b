"""What an alumnus says that an own word means: before the school, for this alumnus alone, and for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.domain.records import RecordKind
from matcher.errors import Forbidden, UnknownId
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.pool.compare import differences
from matcher.services import duplicates, erasure, own_meanings, privacy, vocabularies
from matcher.services.app import App
from matcher.services.vocabularies import Meaning
from tests.services.test_vocabularies import COORDINATOR, anew, scores, skills_of, use
from tests.support import stores
from tests.support.apps import Engine, app_of
from tests.support.concepts import METAL
from tests.support.esco import SKILLS, URI, a_skill, table
from tests.support.region import alumnus, engine_in
from tests.support.stores import upsert

CARE = f"{URI}care"
WORD = "Zorg voor Wonden"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    made = engine_in(tmp_path, cache=tmp_path / "cache")
    rows = [alumnus(20 + n, f"W-{n}", skills=(WORD, "lassen")) for n in range(3)]
    upsert(made.store, RecordKind.ALUMNI, rows)
    return made


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> App:
    made = app_of(engine)
    use(made, tmp_path / "esco")
    return made


def own(app: App, id_: str = "W-1") -> Asker:
    key = stores.key_of(app.store, RecordKind.ALUMNI, id_, "Noord")
    return Asker(9, Role.ALUMNUS, "Noord", alumnus_key=key)


def say(app: App, *, confirmed: bool | None, uri: str = CARE, id_: str = "W-1") -> None:
    own_meanings.say(app, own(app, id_), WORD, uri, confirmed=confirmed)


def meanings(app: App, id_: str = "W-1") -> tuple[Meaning, ...]:
    return next(one for one in own_meanings.mine(app, own(app, id_)) if one.word == WORD).meanings


def covers(app: App, id_: str) -> bool:
    return "wondzorg" in skills_of(app, id_)["matched"]  # type: ignore[operator]


def test_a_word_that_means_something_else_counts_for_nobody_else(app: App, engine: Engine) -> None:
    """Only for whoever said it; taken back, all is as it was, to the last bit."""
    before = scores(app)
    assert [(one.uri, one.decided, one.counts) for one in meanings(app)] == [(CARE, None, True)]
    say(app, confirmed=False)
    assert [(one.uri, one.decided, one.counts) for one in meanings(app)] == [(CARE, False, False)]
    assert {id_: covers(app, id_) for id_ in ("W-0", "W-1", "W-2")} == {"W-0": True, "W-1": False, "W-2": True}
    assert scores(app)["W-1"] < before["W-1"]
    assert differences(app.engine.current.pool(), anew(engine).pool()) == []
    say(app, confirmed=None)
    assert scores(app) == before


def test_one_word_is_put_in_where_it_stands(app: App, engine: Engine) -> None:
    """The pool is not built anew: by the one who says it, and by a school for whoever has the word."""
    for change in (
        lambda: say(app, confirmed=False),
        lambda: vocabularies.decide(app, COORDINATOR, "wondzorg", CARE, confirmed=False),
        lambda: vocabularies.decide(app, COORDINATOR, "wondzorg", f"{URI}weld", confirmed=True),
        lambda: vocabularies.decide(app, COORDINATOR, "wondzorg", CARE, confirmed=None),
        lambda: say(app, confirmed=True),
        lambda: vocabularies.decide(app, COORDINATOR, "wondzorg", f"{URI}weld", confirmed=None),
    ):
        before = engine.pool()
        change()
        assert engine.parts.current.updated(before) is not None, "it is not built anew"
        after = engine.pool()
        assert after.origin != before.origin
        assert differences(after, anew(engine).pool()) == []
        assert after.people.common_words is before.people.common_words, "what has no word of a skill is not copied"


def test_the_own_word_goes_before_that_of_the_school(app: App, engine: Engine) -> None:
    """In both directions, and what the school says of others stays."""
    upsert(engine.store, RecordKind.ALUMNI, [alumnus(40 + n, f"V-{n}", skills=(WORD,)) for n in range(3)])
    vocabularies.decide(app, COORDINATOR, WORD, CARE, confirmed=False)
    assert not covers(app, "W-1")
    say(app, confirmed=True)
    assert covers(app, "W-1")
    assert not covers(app, "W-2")
    vocabularies.decide(app, COORDINATOR, WORD, f"{URI}weld", confirmed=True)
    assert [(one.uri, one.counts) for one in meanings(app, "W-2")] == [(CARE, False), (f"{URI}weld", True)]
    own_meanings.say(app, own(app, "W-2"), WORD, f"{URI}weld", confirmed=False)
    assert not any(one.counts for one in meanings(app, "W-2"))
    assert differences(app.engine.current.pool(), anew(engine).pool()) == []


def test_a_denial_lasts(app: App, engine: Engine, tmp_path: Path) -> None:
    """A list that has the word again, a newer vocabulary and a process that begins bring nothing back."""
    say(app, confirmed=False)
    upsert(engine.store, RecordKind.ALUMNI, [alumnus(21, "W-1", skills=("breien",))])
    assert {one.word for one in own_meanings.mine(app, own(app))} == {"breien"}
    upsert(engine.store, RecordKind.ALUMNI, [alumnus(21, "W-1", skills=(WORD.upper(),))])
    assert not covers(app, "W-1")
    newer = table(SKILLS, a_skill("care", "wondverzorging", "wondzorg", "zorg voor wonden", "wondjes"))
    use(app, tmp_path / "newer", skills_nl=newer)
    vocabularies.stop(app, COMMAND_LINE, "esco")
    use(app, tmp_path / "again")
    assert not covers(app, "W-1")
    assert covers(app, "W-2")
    assert not covers(app_of(anew(engine)), "W-1")


def test_only_what_a_word_may_mean_can_be_said(app: App) -> None:
    """Of words of the own record alone: nobody states a skill by it."""
    for word, uri, confirmed, code in (
        ("wondzorg", CARE, False, "unknown_own_word"),
        (WORD, f"{URI}weld", True, "unknown_concept"),
        (WORD, f"{URI}welder", True, "unknown_concept"),
        (WORD, METAL, True, "unknown_concept"),
        (WORD, CARE, None, "unknown_concept"),  # nothing was said that could be taken back
    ):
        with pytest.raises(UnknownId) as caught:
            own_meanings.say(app, own(app), word, uri, confirmed=confirmed)
        assert caught.value.code == code


def test_nobody_says_it_for_another(app: App) -> None:
    for asker in (COORDINATOR, COMMAND_LINE, Asker(3, Role.TEACHER, "Noord")):
        with pytest.raises(Forbidden):
            own_meanings.say(app, asker, WORD, CARE, confirmed=False)
        with pytest.raises(Forbidden):
            own_meanings.mine(app, asker)


def test_whoever_is_gone_says_nothing(app: App) -> None:
    asker = own(app)
    erasure.erase(app, COMMAND_LINE, "W-1")
    with pytest.raises(UnknownId):
        own_meanings.mine(app, asker)
    for said in (True, None):
        with pytest.raises(UnknownId):
            own_meanings.say(app, asker, WORD, CARE, confirmed=said)


def test_saying_the_same_again_changes_nothing(app: App) -> None:
    say(app, confirmed=False)
    revision, logged = app.engine.current.pool().revision, len(stores.log(app.store))
    say(app, confirmed=False)
    assert (app.engine.current.pool().revision, len(stores.log(app.store))) == (revision, logged)


def test_it_is_in_what_is_known_and_goes_with_an_erasure(app: App) -> None:
    say(app, confirmed=False)
    (told,) = privacy.known(app, own(app))["own_meanings"]
    assert (told["label"], told["uri"], told["confirmed"]) == ("zorg voor wonden", CARE, False)
    assert "alumnus_key" not in told
    assert erasure.erase(app, COMMAND_LINE, "W-1").found_in == ()
    assert stores.reading(app.store).own_meanings.of() == {}


def test_of_two_who_are_one_the_newest_word_counts(app: App, engine: Engine) -> None:
    """It moves to the one who stays, and back to whose it was."""
    say(app, confirmed=False)
    engine.clock.day = engine.clock.day.replace(day=engine.clock.day.day + 1)  # type: ignore[attr-defined]
    say(app, confirmed=True, id_="W-2")
    merged = duplicates.merge(app, COMMAND_LINE, "W-1", "W-2", school="Noord")
    assert [one.decided for one in meanings(app)] == [True]
    assert differences(app.engine.current.pool(), anew(engine).pool()) == []
    duplicates.undo_merge(app, COMMAND_LINE, merged)
    assert [one.decided for id_ in ("W-1", "W-2") for one in meanings(app, id_)] == [False, True]


def test_without_a_vocabulary_words_count_by_their_name(engine: Engine) -> None:
    app = app_of(engine)
    assert [(one.word, one.meanings) for one in own_meanings.mine(app, own(app))] == [(WORD, ()), ("lassen", ())]
    with pytest.raises(UnknownId):
        say(app, confirmed=True)
