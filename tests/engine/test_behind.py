"""Lists that go on by the state before while another process builds the pool of the newest one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.domain.school_settings import AREAS
from matcher.engine.behind import AFTER_FAILURE, FAILED, OLDEST, Builder, last_failure, left_behind
from matcher.engine.current import Apart
from matcher.errors import Overloaded
from matcher.policy import COMMAND_LINE, Action
from matcher.pool import Pool
from matcher.pool.behind import MOST_CHANGED, NO_SCHOOL, Behind
from matcher.pool.columns import code_of
from matcher.pool.compare import differences
from matcher.pool.update import MOST
from matcher.repositories.values import Changes, Upsert
from matcher.services import erasure, privacy, replay
from tests.support import stores
from tests.support.apps import Engine, app_of, terminal
from tests.support.fakes import HashEncoder
from tests.support.region import correct
from tests.support.slow import SECONDS, Slow, built_slowly, many
from tests.support.stores import upsert, writing


@pytest.fixture
def slow(tmp_path: Path) -> Slow:
    return Slow(tmp_path)


@pytest.fixture
def engine(tmp_path: Path, slow: Slow) -> Iterator[Engine]:
    """An engine with a pool, of a region in which another school has enough alumni too."""
    with built_slowly(tmp_path, slow) as made:
        yield made


def built(engine: Engine, slow: Slow) -> None:
    slow.goes.set()
    engine.parts.current.wait(SECONDS)


def anew(engine: Engine) -> Pool:
    """The pool of a process that begins."""
    return Engine(engine.store, HashEncoder(), engine.clock).pool()


def ids(ranking: object) -> list[str]:
    return [match.candidate_id for match in ranking.matches]  # type: ignore[attr-defined]


def test_the_next_list_is_there_at_once(engine: Engine, slow: Slow) -> None:
    """It says since when its data are old, the log has the state that it was made of, and once more it is the same."""
    ask, before = terminal(engine), engine.pool()
    first = ask.match("R-1")
    engine.clock.advance(timedelta(minutes=3))  # type: ignore[attr-defined]
    many(engine)
    answer = ask.match("R-1", at_once=True)
    assert (ids(answer), answer.eligible) == (ids(first), first.eligible)
    assert answer.behind_since == engine.clock.now()
    assert (answer.basis.origin, answer.basis.newest) == (before.origin, engine.store.origin())
    (entry,) = stores.log(engine.store, limit=1)
    assert (entry.details["origin"], entry.details["newest"]) == (before.origin, engine.store.origin())
    assert "newest" not in stores.log(engine.store, limit=2)[1].details
    built(engine, slow)
    now = ask.match("R-1", at_once=True)
    assert (now.behind_since, now.basis.newest, now.basis.origin) == (None, None, engine.store.origin())
    assert replay.replay(app_of(engine), COMMAND_LINE, entry.id) == "same"
    assert (slow.asked, slow.most) == (1, 1)
    assert differences(engine.pool(), anew(engine)) == []


def test_whoever_changed_is_left_out_at_once(engine: Engine, slow: Slow) -> None:
    """Also who changes while it is built; what is logged then is the same once more, without them."""
    ask = terminal(engine)
    shown = ids(ask.match("R-1"))
    assert {"A-1", "A-2"} <= set(shown)
    many(engine)
    privacy.give(app_of(engine), COMMAND_LINE, Purpose.GUEST_LESSON, given=False, alumnus_id="A-1", school="Noord")
    answer = ask.match("R-1", at_once=True)
    assert answer.behind_since is not None
    assert ids(answer) == [id_ for id_ in shown if id_ != "A-1"]
    assert [match.rank for match in answer.matches] == [*range(1, len(shown))]
    (entry,) = stores.log(engine.store, limit=1)
    key = stores.key_of(engine.store, RecordKind.ALUMNI, "A-1", "Noord")
    assert str(key) not in str(entry.details), "nothing says who was left out"
    built(engine, slow)
    engine.pool()
    assert replay.replay(app_of(engine), COMMAND_LINE, entry.id) == "same"


def test_a_list_of_what_changed_waits(engine: Engine, slow: Slow) -> None:
    """Who changed a request wants its list as it is now; and so does who wants the newest."""
    many(engine)
    upsert(engine.store, RecordKind.REQUESTS, [Upsert(2, "R-1", "Noord", {"title": "Gastles lassen"})])
    assert terminal(engine).match("R-2", at_once=True).behind_since is not None
    with ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(terminal(engine).match, name, at_once=name == "R-1") for name in ("R-1", "R-2")]
        assert not any(one.done() for one in waiting)
        slow.goes.set()
        for one in waiting:
            answer = one.result(SECONDS)
            assert (answer.behind_since, answer.basis.origin) == (None, engine.store.origin())
    assert (slow.asked, slow.most) == (1, 1)


def test_courses_and_whom_they_help(engine: Engine) -> None:
    """Lists for an alumnus and for a course go on too; of an alumnus who changed, or a school that did, they wait."""
    ask, pool = terminal(engine), engine.pool()
    many(engine)
    assert ask.recommend("A-9", "offerings", school="Noord", at_once=True).behind_since is not None
    assert ask.audience("C-1", school="Noord", at_once=True).behind_since is not None
    behind = engine.parts.current.before(engine.store.origin(), engine.clock.now())
    assert behind is not None
    assert behind.behind is not None
    nine, course = (
        stores.find(engine.store, kind, id_)[0]
        for kind, id_ in ((RecordKind.ALUMNI, "A-9"), (RecordKind.OFFERINGS, "C-1"))
    )
    keys, school = pool.people.key[:], pool.people.school[:]

    def after(changes: Changes, now: tuple[str, ...] = ("Noord", "Zuid")) -> Behind:
        return Behind.of(keys, school, "2 here", changes, now)

    nothing, noord = after(Changes()), frozenset(keys[school == code_of("Noord")].tolist())
    assert not nothing.touches(nine, "offerings")
    assert not nothing.touches(course, among="Noord")
    assert after(Changes(frozenset({nine.key}))).touches(nine, "requests")
    assert after(Changes(offerings=frozenset({course.key}))).touches(nine, "offerings")
    assert not after(Changes(offerings=frozenset({course.key}))).touches(nine, "requests")
    assert after(Changes(noord)).touches(course, among="Noord")
    assert not after(Changes(noord)).touches(course, among="Zuid")
    few = frozenset(sorted(noord)[: len(noord) // MOST_CHANGED])
    assert not after(Changes(few)).touches(course, among="Noord")
    assert after(Changes(), ("Noord", "Zuid", "West")).touches(nine, "requests")
    assert after(Changes(), ("Noord",)).other_schools == {code_of("Zuid"), NO_SCHOOL}


@pytest.mark.parametrize("change", ["an erasure", "an area", "unknown", "nothing"])
def test_where_lists_wait(engine: Engine, slow: Slow, change: str) -> None:
    """What may only be obeyed at once, and what nobody can tell."""
    pool = engine.pool()
    slow.goes.set()
    changes: dict[str, Callable[[], object]] = {
        "an erasure": lambda: erasure.erase(app_of(engine), COMMAND_LINE, "A-4", school="Noord"),
        "an area": lambda: writing(engine.store).school_settings.choose("Noord", AREAS, "A"),
        "unknown": lambda: writing(engine.store).places.remove(["town:zwolle"]),
        "nothing": lambda: None,
    }
    changes[change]()
    with engine.store.read() as records:
        assert left_behind(pool, records, records.changes.since(pool.origin)) is None


def test_small_changes_and_a_process_with_nothing_in_memory(engine: Engine, tmp_path: Path, slow: Slow) -> None:
    """The first are merged as ever, and the latter waits: nobody hears of a state before."""
    correct(engine, "function", "kok", "A-4")
    assert terminal(engine).match("R-1", at_once=True).behind_since is None
    assert slow.asked == 0
    new = Engine(engine.store, HashEncoder(), engine.clock, cache=tmp_path / "elsewhere", apart=Apart(slow.build, 1))
    many(engine)
    assert new.parts.current.before(engine.store.origin(), engine.clock.now()) is None
    few = Engine(engine.store, HashEncoder(), engine.clock, cache=tmp_path / "few")
    few.pool()
    assert few.parts.current.before(engine.store.origin(), engine.clock.now()) is None, "built here, in a moment"


def test_a_server_follows_what_nobody_asked_for(engine: Engine, slow: Slow) -> None:
    """Once nothing came in for a moment: small changes are merged, and the pool of a large import is built."""
    current = engine.parts.current
    correct(engine, "function", "kok", "A-4")
    assert current.follow("") == engine.store.origin()
    assert not current.ready, "more may come in"
    current.follow(engine.store.origin())
    assert current.ready
    many(engine)
    seen = current.follow(current.follow(""))
    assert (slow.goes.is_set(), current.ready) == (False, False)
    built(engine, slow)
    assert (slow.asked, current.ready, current.follow(seen)) == (1, True, engine.store.origin())
    assert Engine(engine.store, HashEncoder(), engine.clock).parts.current.follow(seen) == seen


def test_an_old_state_is_not_used(engine: Engine, slow: Slow) -> None:
    """From so long after it was the newest no longer questions wait."""
    many(engine)
    current, moment = engine.parts.current, engine.clock.now()
    assert current.before(engine.store.origin(), moment + OLDEST) is not None
    assert current.before(engine.store.origin(), moment + OLDEST + timedelta(seconds=1)) is None
    assert slow.most <= 1


def test_a_build_that_fails_is_told(engine: Engine, tmp_path: Path, slow: Slow) -> None:
    """Lists go on, it is not tried again at once, and what comes next and succeeds takes the word back."""
    cache, ask = tmp_path / "cache", terminal(engine)
    slow.fails = True
    many(engine)
    assert ask.match("R-1", at_once=True).behind_since is not None
    built(engine, slow)
    told = last_failure(cache)
    assert told is not None
    assert told.error == "EncoderError"
    assert ask.match("R-1", at_once=True).behind_since is not None
    assert slow.asked == 1, "it is tried again later"
    slow.fails = False
    assert ask.match("R-1").behind_since is None
    assert last_failure(cache) is None
    assert OLDEST.total_seconds() > AFTER_FAILURE


def test_what_comes_in_while_it_is_built(engine: Engine, slow: Slow) -> None:
    """It is merged into what was built; a second large import is built after it, by the other process again."""
    many(engine)
    ask = terminal(engine)
    assert ask.match("R-1", at_once=True).behind_since is not None

    slow.come += [lambda: correct(engine, "function", "lasser", "A-4"), lambda: many(engine, "Oost")]
    built(engine, slow)
    assert (slow.asked, engine.pool().origin) == (1, engine.store.origin())
    assert differences(engine.pool(), anew(engine)) == []
    many(engine, "West")
    answer = ask.match("R-1")
    assert (slow.asked, answer.basis.origin) == (3, engine.store.origin())
    assert differences(engine.pool(), anew(engine)) == []


def test_what_keeps_coming_in(engine: Engine, slow: Slow) -> None:
    """Lists go on by what was built last; in the end this process builds."""
    before = engine.pool()
    many(engine)
    slow.goes.set()
    slow.come += [lambda: many(engine, "Oost"), lambda: many(engine, "West"), lambda: many(engine, "Midden")]
    assert terminal(engine).match("R-1").basis.origin == engine.store.origin()
    assert slow.asked == 3
    assert len(engine.pool().people) == len(before.people) + 4 * (MOST + 1)
    assert differences(engine.pool(), anew(engine)) == []


def test_one_builds_at_a_time() -> None:
    """Whoever asks meanwhile starts none; another that waited in vain is no failure."""
    goes, begun = threading.Event(), []

    def build() -> None:
        begun.append(1)
        assert goes.wait(SECONDS)
        raise Overloaded("being_built")

    builder = Builder(build, None)
    for _ in range(5):
        builder.start()
    goes.set()
    builder.wait(SECONDS)
    assert len(begun) == 1
    builder.start()
    builder.wait(SECONDS)
    assert len(begun) == 2


def test_a_file_that_says_nothing(tmp_path: Path) -> None:
    """No failure is known where there is none, and where it cannot be read."""
    assert last_failure(tmp_path) is None
    (tmp_path / FAILED).write_bytes(b"\xff")
    assert last_failure(tmp_path) is None
    assert last_failure(tmp_path / FAILED) is None


def test_the_log_says_what_was_asked(engine: Engine) -> None:
    """A list of the state before is logged as any other."""
    many(engine)
    terminal(engine).match("R-1", at_once=True)
    assert stores.log(engine.store, limit=1)[0].action == Action.MATCH
