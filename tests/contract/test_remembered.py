"""Answers that are remembered: the same as if they were made again, each in the log, and nobody who was erased."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.domain.answers import Ranking
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.own_fields import OwnKind, OwnSpec
from matcher.domain.records import RecordKind
from matcher.engine.remembered import MOST_BYTES, Remembered, Told
from matcher.errors import Forbidden, StoreUnavailable
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.pool import Pool
from matcher.ports import Store
from matcher.repositories.values import Upsert
from matcher.services import erasure, matching, own_fields, privacy
from matcher.services.app import App
from matcher.services.matching import AsSent
from matcher.services.own_columns import OwnValues
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.apps import Engine
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import alumnus, correct, fill
from tests.support.stores import reading, upsert
from tests.support.worlds import AS_OF

ASKERS = {
    "coordinator of Noord": Asker(77, Role.COORDINATOR, "Noord"),
    "coordinator of all": Asker(78, Role.COORDINATOR),
    "teacher": Asker(79, Role.TEACHER, "Noord"),
    "command line": COMMAND_LINE,
}
COORDINATOR = ASKERS["coordinator of Noord"]


@dataclass
class House:
    """An installation, and how often a ranking was made to be sent."""

    engine: Engine
    made: list[str] = field(default_factory=list)

    @property
    def app(self) -> App:
        return self.engine.app

    def sent(self, form: str = "text") -> AsSent:
        """All of a ranking, and the own fields beside it."""

        def tell(ranking: Ranking, own: Mapping[int, OwnValues]) -> bytes:
            self.made.append(form)
            return repr((form, replace(ranking, basis=None), sorted(own.items()))).encode()  # type: ignore[arg-type]

        return AsSent(form, tell)

    def ask(self, asker: Asker = COORDINATOR, request: str = "R-1", form: str = "text", **options: Any) -> bytes:
        asked = matching.asked_list(self.app, asker, request, school="Noord", **options)
        return matching.as_sent(self.app, asker, asked, self.sent(form))

    def forgetful(self, url: str) -> House:
        """Another process on the same database, which remembers nothing: it is opened anew for each question."""
        other = Engine(SqlStore(url, self.engine.clock), HashEncoder(), self.engine.clock)
        other.parts = replace(other.parts, remembered=Remembered(0))
        return House(other)

    def key(self, id_: str) -> int:
        return stores.key_of(self.engine.store, RecordKind.ALUMNI, id_, "Noord")


@pytest.fixture
def house(store: SqlStore, clock: FixedClock) -> House:
    clock.day = AS_OF
    fill(store)
    return House(Engine(store, HashEncoder(), clock))


def listed(store: Store) -> list[dict[str, Any]]:
    """What the log says of lists that were shown, the first first."""
    return [dict(one.details) for one in stores.log(store) if one.action == "match"][::-1]


def test_it_is_made_once_and_logged_each_time(house: House) -> None:
    """Three askers, two of whom see the same: each has a line in the log with the same content, sealed."""
    answers = [house.ask() for _ in range(3)]
    assert (len(house.made), len(set(answers))) == (1, 1)
    first, *others = listed(house.engine.store)
    assert first["shown"]
    assert others == [first] * 2
    assert house.ask(replace(COORDINATOR, key=99)) == answers[0]
    assert len(house.made) == 1, "another account that may see the same"
    assert [one.actor for one in stores.log(house.engine.store)][:2] == [99, COORDINATOR.key]
    assert reading(house.engine.store).audit.verify().problem is None


def test_what_it_says_is_what_the_list_of_that_moment_says(house: House) -> None:
    """The line in the log is that of a list that was made for whoever asked, on cards too."""
    for asker in ASKERS.values():
        matching.match(house.app, asker, "R-1", school="Noord")
        for _ in range(2):
            house.ask(asker)
        made, *told = listed(house.engine.store)[-3:]
        assert told == [made, made]


def withdraw(house: House) -> None:
    privacy.give(house.app, COMMAND_LINE, Purpose.GUEST_LESSON, given=False, alumnus_id="A-1", school="Noord")


def give_again(house: House) -> None:
    privacy.give(house.app, COMMAND_LINE, Purpose.GUEST_LESSON, given=True, alumnus_id="A-1", school="Noord")


def other_request(house: House) -> None:
    title = f"Gastles lassen {stores.revision(house.engine.store)}"
    values = {"kind": RequestKind.GUEST_LESSON, "title": title}
    upsert(house.engine.store, RecordKind.REQUESTS, [Upsert(2, "R-1", "Noord", values)])


def new_field(house: House) -> None:
    name = f"Hobby {len(own_fields.listed(house.app, COMMAND_LINE, 'Noord'))}"
    if name != "Hobby 9":
        own_fields.add(house.app, COMMAND_LINE, OwnSpec(name, OwnKind.TEXT, personal=False), "Noord")
        own_fields.correct(house.app, COMMAND_LINE, name, "zeilen", alumnus_id="A-1", school="Noord")


def rename_field(house: House) -> None:
    for one in own_fields.listed(house.app, COMMAND_LINE, "Noord")[:1]:
        name = f"Vrije tijd {len(stores.log(house.engine.store, limit=1000))}"
        own_fields.rename(house.app, COMMAND_LINE, one.field.name, name, "Noord")


def next_day(house: House) -> None:
    cast("FixedClock", house.engine.clock).advance(timedelta(days=1))


def new_alumnus(house: House) -> None:
    number = stores.revision(house.engine.store)
    upsert(house.engine.store, RecordKind.ALUMNI, [alumnus(99, f"N-{number}", function="wijkverpleegkundige")])


def another_job(house: House) -> None:
    correct(house.engine, "function", f"verzorgende {stores.revision(house.engine.store)}", "A-2")


def erased(house: House) -> None:
    if house.app.store and stores.find(house.engine.store, RecordKind.ALUMNI, "A-7", "Noord"):
        erasure.erase(house.app, COMMAND_LINE, "A-7", school="Noord")


CHANGES: list[Callable[[House], None]] = [
    *(withdraw, give_again, other_request, new_field, rename_field, next_day, new_alumnus, another_job, erased),
]
QUESTIONS = st.tuples(
    st.sampled_from(sorted(ASKERS)), st.sampled_from(["nl", "en"]), st.sampled_from([1, 2, 10]), st.sampled_from([1, 2])
)
STEPS = st.lists(st.one_of(QUESTIONS, st.sampled_from(CHANGES)), min_size=4, max_size=16)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_it_is_always_what_would_be_made(house: House, database_url: str, steps: list[Any]) -> None:
    """Whatever changes in between, and whoever asks: as a process that remembers nothing answers it."""
    for step in steps:
        if callable(step):
            step(house)
            continue
        asker, form, top, times = step
        answers = [house.ask(ASKERS[asker], form=form, top=top) for _ in range(times)]
        forgetful = house.forgetful(database_url)
        assert answers == [forgetful.ask(ASKERS[asker], form=form, top=top)] * times
        assert len(forgetful.engine.parts.remembered) == 0
        forgetful.engine.store.close()
    assert house.engine.parts.remembered.size <= MOST_BYTES


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_after_a_change_it_is_made_again(house: House, change: Callable[[House], None]) -> None:
    """Once, and then remembered as it is now."""
    new_field(house)
    give_again(house)
    house.ask()
    change(house)
    house.made.clear()
    for _ in range(2):
        house.ask()
    assert len(house.made) == 1


def test_who_may_see_something_else_has_an_answer_of_their_own(house: House) -> None:
    """Language, how many, day, cards, and of which school the own fields are: none is the answer of another."""
    house.ask()
    for asker, options in (
        (COORDINATOR, {"form": "other"}),
        (COORDINATOR, {"top": 2}),
        (COORDINATOR, {"as_of": AS_OF - timedelta(days=1)}),
        (ASKERS["coordinator of all"], {}),
        (ASKERS["teacher"], {}),
    ):
        house.made.clear()
        house.ask(asker, **options)
        assert len(house.made) == 1, (asker, options)
    asked = matching.asked_list(house.app, COORDINATOR, "R-1")
    with pytest.raises(Forbidden):
        matching.as_sent(house.app, ASKERS["coordinator of all"], asked, house.sent())


def test_an_erasure_leaves_no_answer(house: House) -> None:
    """Neither in the process that erases, of which the proof looks there, nor in another once it is asked again."""
    other = House(Engine(house.engine.store, HashEncoder(), house.engine.clock))
    key = house.key("A-1")
    for process in (house, other):
        assert b"wijkverpleegkundige" in process.ask()
        assert process.engine.parts.remembered.holding([key]) == [key]
    assert erasure.erase(house.app, COMMAND_LINE, "A-1", school="Noord").found_in == ()
    assert len(house.engine.parts.remembered) == 0
    other.ask(request="R-2")
    assert other.engine.parts.remembered.holding([key]) == []
    for process in (house, other):
        assert b"wijkverpleegkundige" not in process.ask()


def test_the_proof_of_an_erasure_names_answers_that_are_left(house: House) -> None:
    """A memory that was not emptied is found."""
    house.ask()
    kept = Remembered()
    told = next(iter(house.engine.parts.remembered._told.values()))
    house.engine.parts = replace(house.engine.parts, remembered=kept)
    kept.follow(house.engine.pool())
    kept.keep(house.engine.pool(), "left", told)
    assert "answers" in erasure.erase(house.app, COMMAND_LINE, "A-1", school="Noord").found_in


def test_an_answer_of_before_an_erasure_is_not_kept(house: House) -> None:
    """Somebody is erased while the list is made that shows them: it is not remembered."""
    key = house.key("A-1")

    def tell(ranking: Ranking, _own: Mapping[int, OwnValues]) -> bytes:
        assert key in {match.key for match in ranking.matches}
        erasure.erase(house.app, COMMAND_LINE, "A-1", school="Noord")
        return b"with A-1"

    asked = matching.asked_list(house.app, COORDINATOR, "R-1")
    assert matching.as_sent(house.app, COORDINATOR, asked, AsSent("text", tell)) == b"with A-1"
    assert house.engine.parts.remembered.holding([key]) == []
    assert b"A-1'" not in house.ask()


class NoLog:
    """A store whose log cannot be written."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def note(self, *_: object, **__: object) -> None:
        raise StoreUnavailable("database_disk_full", database="x")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_what_cannot_be_logged_is_not_shown(house: House) -> None:
    """Remembered or made: without its line there is no answer."""
    house.ask()
    app = replace(house.app, store=cast("Store", NoLog(house.engine.store)))
    for form in ("text", "other"):
        asked = matching.asked_list(app, COORDINATOR, "R-1")
        with pytest.raises(StoreUnavailable, match="database_disk_full"):
            matching.as_sent(app, COORDINATOR, asked, house.sent(form))
    assert len(listed(house.engine.store)) == 1


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4000), st.booleans()), max_size=60))
def test_it_takes_no_more_bytes_than_it_may(asked: list[tuple[int, int, bool]]) -> None:
    """Those asked for longest ago go first; of one that is too large, or of another pool, nothing is kept."""
    most = 10_000
    memory, pool, other = Remembered(most), cast("Pool", object()), cast("Pool", object())
    memory.follow(pool)
    order: list[int] = []
    told: dict[int, Told] = {}
    for key, length, is_question in asked:
        if is_question:
            assert memory.of(pool, key) is told.get(key)
            assert memory.of(other, key) is None
        else:
            memory.keep(other, key, Told(b"", b"", frozenset()))
            one = Told(b"x" * length, json.dumps({}).encode(), frozenset({key}))
            memory.keep(pool, key, one)
            told[key] = one
        if key in told:
            order = [*(one for one in order if one != key), key]
        while sum(told[one].size for one in order) > most:
            del told[order.pop(0)]
        assert (memory.size, len(memory)) == (sum(one.size for one in told.values()), len(told))
        assert memory.size <= most
        assert memory.holding(range(10)) == sorted(told)
    memory.keep(pool, "large", Told(b"x" * most, b"", frozenset()))
    assert len(memory) == len(told)
    assert memory.of(None, 0) is None
    assert (memory.size, len(memory)) == (0, 0)
