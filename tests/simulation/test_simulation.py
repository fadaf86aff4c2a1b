"""Regions of three schools of forty, each from a seed, on both databases: whatever happens, the rules hold.

A failure prints the command that plays it again and its shortest history; `make simulate` plays more of them.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from matcher.domain.consent import Terms
from tests.simulation.checks import whole
from tests.simulation.database import Maker, Postgres, Sqlite
from tests.simulation.history import covering, numbers_in, play, ranges, schedule, shortest, told
from tests.simulation.processes import TERMS
from tests.simulation.region import mark_of
from tests.simulation.steps import SETUP, VERBS, Step, do, step_of
from tests.simulation.world import Violation, World
from tests.support.postgres import NoServer, postgres_server
from tests.support.sources import calls, trees

STEPS = {"sqlite": (1700, (1, 2, 3)), "postgresql": (1000, (4, 5))}
"""How many steps of which seeds `make long` plays."""
FEW = {"sqlite": (170, 1), "postgresql": (30, 4)}
"""How many steps of which seed are played each time, besides one of each verb."""
SHORT = 60
"""Steps of a history that is played several times."""


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Sqlite:
    return Sqlite(tmp_path_factory.mktemp("simulated"))


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Postgres]:
    try:
        with postgres_server() as server:
            yield Postgres(server)
    except NoServer as missing:
        if os.environ.get("ALUMNIMATCH_CI") == "1":
            raise
        pytest.skip(f"no PostgreSQL server here: {missing} not found")


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Mail that fails is not news here."""
    caplog.set_level(logging.ERROR)


_LONGEST = 70


def _row(number: int, **more: Any) -> dict[str, Any]:
    """A row of a school's own list."""
    told = {"version": 1, "without_number": False, "known": False, "qualified": False}
    return {"number": number, **told, "cells": {}, "twice": False, "damaged": False, **more}


def _list(number: int, *rows: dict[str, Any], **more: Any) -> Step:
    """A school's own list, whose withdrawals are accepted."""
    told = {"school": 1, "words": 1, "without": [], "consent": "words", "days": 10, "by": "coordinator"}
    accepted = ("large_change", "withdrawals")
    return do("import_list", number, rows=[*rows], accept=accepted, twice=False, **{"at_once": 1000, **told, **more})


def _pair(**more: Any) -> dict[str, Any]:
    """The first two alumni of a school that has two."""
    return {"school": 1, "first": 0, "second": 1, "alike": False, "turn": True, "by": "operator", **more}


_TWO = do("import_alumni", 1, school=1, rows=[(7, 0), (8, 0)], days=30, twice=False)
_ASK = {"school": 0, "person": 0, "pick": True, "request": 12, "nth": 0, "reason": True, "by": "coordinator"}
_INVITED = (
    do("import_alumni", 1, school=0, rows=[(number, 0) for number in range(12)], days=30, twice=False),
    do("make_request", 2, nth=0, kind=0, people=1, days=None, copies=False),
    do("match", 3, request=12, top=200),
    do("invite", 4, later=5, **_ASK),
    do("deliver", 5, later=700, answers=["taken"]),
)
"""Somebody is invited for a request that was made here, and gets the mail."""
_WHO = {"school": 1, "person": 7, "pick": True}
_NAMELESS = _row(60, without_number=True, qualified=True, cells={"email": 2})
_NEWCOMER = {
    "school": 1,
    "person": 5,
    "pick": True,
    "nth": 0,
    "address": "new",
    "of_list": False,
    **dict.fromkeys(("numbered", "own_number", "student", "young"), False),
}
FOUND: list[tuple[int, list[Step]]] = [
    (  # replay: a ranking by a snapshot of before an erasure, which another process had not removed, "differs"
        5,
        [
            do("import_alumni", 1, school=1, rows=[(number, 0) for number in range(24)], days=30, twice=False),
            do("import_request", 3, request=None, version=0),
            do("match", 8, process=1, later=25, request=5, top=5),
            do("match", 10, process=2, later=59, request=2, top=200),
            do("erase", 449, process=2, later=42, school=1, person=23, pick=True, by="alumnus"),
        ],
    ),
    (  # why: the alumnus was erased by another process between the reading of both records and that of the pool
        3,
        [
            do("import_request", 477, later=8, request=9, version=3),
            do("import_alumni", 560, process=2, later=35, school=0, rows=[(8, 3), (47, 3)], days=10, twice=False),
            do(
                "invite",
                645,
                later=43_067,
                at=1,
                school=0,
                person=18,
                pick=True,
                request=9,
                nth=142,
                reason=True,
                by="coordinator",
                meanwhile=do("erase", 645, process=1, school=1, person=14, pick=True, by="coordinator", same=True),
            ),
        ],
    ),
    (  # restore: somebody who came and was erased after a back-up stayed in a snapshot of another process
        5,
        [
            do("import_alumni", 1, school=1, rows=[(number, 0) for number in range(24)], days=30, twice=False),
            do("import_request", 3, request=None, version=0),
            do("backup", 4, process=2, later=1),
            do("import_alumni", 5, school=1, rows=[(30, 0)], days=30, twice=False),
            do("match", 8, later=25, request=5, top=5),
            do("erase", 9, process=2, later=42, school=1, person=30, pick=True, by="alumnus"),
            do("restore", 10, process=2, later=1, nth=0),
        ],
    ),
    (  # restore: a consent that an import had given again before the back-up was withdrawn again
        5,
        [
            do("import_alumni", 1, school=1, rows=[(7, 0)], days=30, twice=False),
            do("give", 2, later=1, school=1, person=7, pick=True, by="alumnus", purpose="guest_lesson", given=False),
            do("import_alumni", 3, later=400_000, school=1, rows=[(7, 0)], days=1, twice=False),
            do("backup", 4, later=1),
            do("restore", 5, process=1, later=1, nth=0),
        ],
    ),
    (  # restore: a consent that was perhaps never given stood, though it had been withdrawn before
        5,
        [
            do("import_alumni", 1, school=1, rows=[(7, 0)], days=30, twice=False),
            do("backup", 2, later=1),
            do("give", 3, later=1, school=1, person=7, pick=True, by="alumnus", purpose="guest_lesson", given=False),
            do(
                "give",
                4,
                later=1,
                stop=2,
                school=1,
                person=7,
                pick=True,
                by="alumnus",
                purpose="guest_lesson",
                given=True,
            ),
            do("restore", 5, process=1, later=1, nth=0),
        ],
    ),
    (  # a question: another process erased after the folder was looked at and before the pool was read
        5,
        [
            do("import_alumni", 1, school=1, rows=[(number, 0) for number in range(24)], days=30, twice=False),
            do("import_request", 3, request=None, version=0),
            do("match", 8, later=25, request=5, top=5),
            do("object", 9, process=1, later=90_000, school=1, person=2, pick=True, by="operator", objects=True),
            do(
                "match",
                10,
                later=9,
                at=1,
                request=5,
                top=5,
                meanwhile=do("erase", 10, process=1, school=1, person=23, pick=True, by="alumnus"),
            ),
        ],
    ),
    (  # the model took handles of after a back-up without a secret for those of the secret that another one has
        5,
        [
            do("import_alumni", 1, school=1, rows=[(number, 0) for number in range(24)], days=30, twice=False),
            do("import_request", 3, request=None, version=0),
            do("backup", 4),
            do("match", 5, request=6, top=10),
            do("backup", 6),
            do("restore", 7, nth=1),
            do("match", 8, request=5, top=5),
            do("restore", 9, nth=0),
            do("match", 10, request=5, top=5),
        ],
    ),
    (  # import: somebody who was erased came back by a list without numbers, by name with qualification and year
        5,
        [_list(1, _NAMELESS), do("erase", 2, later=5, by="operator", **_WHO), _list(3, _NAMELESS, later=5)],
    ),
    (  # undo: somebody who had said the same once more was counted as restored, and nothing was
        5,
        [
            do("import_alumni", 1, school=1, rows=[(7, 0)], days=30, twice=False),
            do("correct", 2, by="alumnus", field="function", choice=1, **_WHO),
            _list(3, _row(7, version=2)),
            do("correct", 4, later=5, by="alumnus", field="function", choice=1, **_WHO),
            do("undo_import", 5, later=5, nth=0, by="coordinator"),
        ],
    ),
    (  # undo: it removed somebody who had said that the data may stay
        5,
        [
            do("import_alumni", 1, school=1, rows=[(7, 0)], days=0, twice=False),
            do("keep", 2, by="alumnus", **_WHO),
            do("undo_import", 3, later=5, nth=0, by="operator"),
        ],
    ),
    (  # the model took an empty column of a list of requests for one that clears
        5,
        [
            do("import_alumni", 1, school=1, rows=[(number, 0) for number in range(24)], days=0, twice=False),
            do("import_request", 2, request=11, version=6),
            do("import_request", 3, later=1, request=11, version=7),
            do("match", 4, later=5_616_000, request=11, top=5),
        ],
    ),
    (5, [_list(1, _row(7, damaged=True), _row(8))]),  # import: a damaged number ended it with an error of ours
    (  # undo: revisions of a back-up named whom it had removed, who was erased after another restore
        5,
        [
            do("import_alumni", 1, school=1, rows=[(7, 0)], days=0, twice=False),
            do("backup", 2, later=1),
            do("undo_import", 3, later=5, nth=0, by="operator"),
            do("backup", 4, later=1),
            do("restore", 5, later=1, nth=1),
            do("erase", 6, later=5, by="operator", **_WHO),
            do("restore", 7, later=1, nth=0),
        ],
    ),
    (  # the model took an erasure whose process stopped before its commit for done, once another one had erased
        5,
        [
            do("import_alumni", 1, school=1, rows=[(7, 0)], days=30, twice=False),
            do("erase", 2, later=1, stop=5, school=1, person=7, pick=True, by="alumnus"),
            do("backup", 3, process=1, later=1),
            do("erase", 4, process=1, later=1, school=1, person=7, pick=True, by="alumnus"),
            do("backup", 5, process=1, later=1),
        ],
    ),
    (  # the same, once a back-up was restored in which the alumnus had not come yet
        5,
        [
            do("import_alumni", 1, school=1, rows=[(7, 0)], days=30, twice=False),
            do("backup", 2, process=1, later=1),
            do("import_alumni", 3, later=1, school=1, rows=[(8, 0)], days=30, twice=False),
            do("erase", 4, later=1, stop=5, school=1, person=8, pick=True, by="alumnus"),
            do("backup", 5, process=1, later=1),
            do("restore", 6, process=1, later=1, nth=1),
            do("backup", 7, process=1, later=1),
        ],
    ),
    (  # import: what a row by a former number said was dropped, since it was foreseen to change nothing
        5,
        [
            _TWO,
            do("merge", 2, later=1, chosen={"last_name": "gone", "email": "gone"}, **_pair()),
            _list(3, _row(8, version=2, cells={"email": 0}), later=5, consent="empty"),
        ],
    ),
    (  # restore: a withdrawal by two who were one was forgotten of one of them
        5,
        [
            _TWO,
            do("backup", 2, later=1),
            do("merge", 3, later=1, chosen={}, **_pair()),
            do("give", 4, later=1, by="alumnus", purpose="guest_lesson", given=False, **_WHO),
            do("restore", 5, later=1, nth=0),
        ],
    ),
    (  # restore: somebody who had been one with another and was erased came back
        5,
        [
            _TWO,
            do("merge", 2, later=1, chosen={}, **_pair()),
            do("backup", 3, later=1),
            do("undo_merge", 4, later=1, nth=0, by="operator"),
            do("erase", 5, later=1, by="operator", school=1, person=8, pick=True),
            do("restore", 6, later=1, nth=0),
        ],
    ),
    (  # undo: an import of when two were one gave the first what had been the other's, words and consents
        5,
        [
            _TWO,
            do("merge", 2, later=1, chosen={"email": "gone", "needs": "gone", "last_name": "gone"}, **_pair()),
            _list(3, _row(7, version=3), later=5, days=0),
            do("undo_merge", 4, later=1, nth=0, by="operator"),
            do("undo_import", 5, later=1, nth=0, by="operator"),
            do("erase", 6, later=1, by="operator", school=1, person=8, pick=True),
        ],
    ),
    (  # undo of a merge: what a list said of the other meanwhile stayed with the first
        5,
        [
            _TWO,
            do("merge", 2, later=1, chosen={}, **_pair()),
            _list(3, _row(8, version=3), later=5, days=0),
            do("undo_merge", 4, later=1, nth=0, by="operator"),
            do("erase", 5, later=1, by="operator", school=1, person=8, pick=True),
        ],
    ),
    (  # undo of a merge: of two who were made one while a list with both was written, the first kept the other's words
        5,
        [
            _TWO,
            _list(
                2,
                _row(7, version=3),
                _row(8, version=3),
                later=5,
                at=1,
                at_once=1,
                meanwhile=do("merge", 2, process=1, chosen={}, **_pair()),
            ),
            do("undo_merge", 3, later=1, nth=0, by="operator"),
        ],
    ),
    (  # the model took a list of the first that says what the other had for nothing said of the first
        5,
        [
            do("import_alumni", 1, school=1, rows=[(5, 0), (6, 0)], days=30, twice=False),
            do("merge", 2, later=1, chosen={}, **_pair()),
            _list(3, _row(5, version=5), later=5),
            do("undo_merge", 4, later=1, nth=0, by="operator"),
        ],
    ),
    (  # replay: a ranking with somebody who was removed with an import, or merged, "differs"
        5,
        [
            do("import_alumni", 1, school=1, rows=[(number, 0) for number in range(24)], days=30, twice=False),
            do("import_alumni", 2, school=1, rows=[(number, 0) for number in range(24, 36)], days=30, twice=False),
            do("import_request", 3, request=None, version=0),
            do("match", 4, later=25, request=5, top=200),
            do("undo_import", 5, later=5, nth=0, by="operator"),
            do("new_token", 6, school=1),
        ],
    ),
    (  # ask: somebody asked again after "another time", which was undone, was taken to think it over for ever
        5,
        [
            *_INVITED,
            do("reply", 6, later=5, nth=0, accepts=True, more="later"),
            do("invite", 7, later=5, **_ASK),
            do("take_back", 8, later=5, nth=0),
            do("see_states", 9, request=12, top=5),
        ],
    ),
    (  # ask: somebody who said yes after the ask was given back was told that it was over
        5,
        [
            *_INVITED,
            do("take_back", 6, later=5, nth=0),
            do("reply", 7, later=5, nth=0, accepts=True, more=""),
            do("deliver", 8, later=5, answers=["taken"]),
        ],
    ),
    (  # undo: what two processes had written of one list were two imports
        5,
        [
            do(
                "send_list",
                1,
                **{**_list(1, _row(7), _row(8)).values, "now": True, "accept": ("large_change", "withdrawals")},
            ),
            do("work_list", 2, later=1, stop=6, ends=False),
            do("work_list", 3, process=1, later=300, ends=False),
            do("undo_list", 4, process=1, later=1, nth=0, by="operator"),
        ],
    ),
    (  # door: a namesake never came in; import: an own export doubled the part between of a name that was stated
        5,
        [
            do("import_alumni", 1, school=1, rows=[(7, 0)], days=30, twice=False),
            do("open_door", 2, school=1, of_class=False, closes=False, stranger=False),
            do("knock", 3, later=5, **_NEWCOMER),
            do("knock", 4, later=5, **_NEWCOMER),
            do("deliver", 5, later=5, answers=["taken"]),
            do("confirm_door", 6, later=5, nth=0),
            do("confirm_door", 7, later=5, nth=1),
            do("export", 8, school=1),
            do("import_old", 9, later=5, nth=0, accept=("large_change",)),
        ],
    ),
    (  # weekly: whoever was merged or erased meanwhile got an error that nobody expected
        5,
        [
            _TWO,
            do(
                "weekly",
                2,
                at=1,
                meanwhile=do("merge", 2, process=1, chosen={}, **_pair(first=1, second=0)),
                school=1,
                person=7,
                pick=True,
                weekly=True,
            ),
            do(
                "weekly",
                3,
                at=1,
                meanwhile=do("erase", 3, process=1, same=True, by="operator", **_WHO),
                school=1,
                person=8,
                pick=True,
                weekly=True,
            ),
        ],
    ),
    (  # an own word: its alumnus was erased by another process between the reading and the write
        51,
        [
            do("import_alumni", 1, school=1, rows=[(7, 0)], days=30, twice=False),
            do("take_vocabulary", 2, version="1.1", stranger=False),
            do(
                "say_meaning",
                3,
                at=1,
                meanwhile=do("erase", 3, process=1, same=True, by="operator", **_WHO),
                **_WHO,
                **dict.fromkeys(("nth", "word", "skill"), 0),
                **dict.fromkeys(("own", "fits"), True),
                says=False,
            ),
        ],
    ),
    (  # a student system that gives a whole surname: the word between stood twice, which parting two told
        4,
        [
            do("import_alumni", 1, school=1, rows=[(7, 0), (8, 0)], days=30, twice=False),
            do("merge", 2, later=1, chosen={}, **_pair()),
            do("sync_students", 3, later=1, school=1, rows=[(7, 1)], twice=True),
            do("undo_merge", 4, later=1, nth=0, by="operator"),
        ],
    ),
]
"""The shortest histories of what was found by the simulation, with their seeds."""


@pytest.mark.parametrize(("seed", "history"), FOUND)
@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def test_what_was_found_stays_mended(
    database: str, seed: int, history: list[Step], request: pytest.FixtureRequest
) -> None:
    """Each history that once broke a rule breaks none."""
    assert play(seed, history, request.getfixturevalue(database)).broken is None


def _play(seed: int, steps: list[Step], maker: Maker, database: str) -> None:
    outcome = play(seed, steps, maker)
    if outcome.broken is not None:
        left = shortest(seed, steps[: outcome.steps], outcome.broken.rule, maker, seconds=60)
        pytest.fail(told(seed, left, outcome.broken, database))


@pytest.mark.parametrize("database", list(FEW))
def test_every_rule_holds_whatever_happens(database: str, request: pytest.FixtureRequest) -> None:
    """No ask over a limit, nothing shown or mailed without consent, no mail lost, the log whole, the erased gone."""
    count, seed = FEW[database]
    steps = covering(seed, count)
    assert {step.verb for step in steps} == set(VERBS)
    _play(seed, steps, request.getfixturevalue(database), database)


@pytest.mark.long
@pytest.mark.parametrize(
    ("database", "seed"), [(database, seed) for database, (_, seeds) in STEPS.items() for seed in seeds]
)
def test_every_rule_holds_for_long(database: str, seed: int, request: pytest.FixtureRequest) -> None:
    """The same in histories of a year."""
    _play(seed, schedule(seed, STEPS[database][0]), request.getfixturevalue(database), database)


def test_a_seed_is_a_history(sqlite: Sqlite, postgresql: Postgres) -> None:
    """The same seed gives the same log to the last bit: on the other database, and again in another Python."""
    steps = schedule(21, SHORT)
    seal = play(21, steps, sqlite).seal
    assert play(21, steps, postgresql).seal == seal
    assert play(22, schedule(22, SETUP), sqlite).seal != seal
    command = [sys.executable, "-m", "tests.simulation", "--database", "sqlite", "--seed", "21", "--only"]
    settings = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([*command, f"0-{SHORT - 1}"], capture_output=True, text=True, check=True, env=settings)
    assert seal in done.stdout


@pytest.mark.parametrize(
    ("terms", "days", "rule"),
    [
        (Terms(TERMS.months, dict.fromkeys(TERMS.own, 120)), 70, "a ranking shows who may not be shown"),
        (Terms(1), 20, "a ranking of fewer or more"),
    ],
)
def test_a_rule_that_is_broken_is_found(terms: Terms, days: int, rule: str, sqlite: Sqlite) -> None:
    """An installation that lets consents stay in force too long, or too short, is caught in a few steps."""
    steps = schedule(8, SETUP)
    steps += [do("match", 100 + request, later=days * 86_400, request=request, top=200) for request in range(3)]
    outcome = play(8, steps, sqlite, terms=terms)
    assert outcome.broken is not None
    assert outcome.broken.rule == rule
    if days < _LONGEST:
        return  # how it is made shorter is looked at once
    left = shortest(8, steps[: outcome.steps], rule, sqlite, terms=terms)
    assert len(left) <= 6
    text = told(8, left, outcome.broken, "sqlite")
    assert "do('match'" in text
    assert "--seed 8 --only" in text


def test_a_word_of_somebody_else_is_found_also_where_it_is_encrypted(sqlite: Sqlite, tmp_path: Path) -> None:
    """In a region with keys a word that went from one alumnus to another is seen."""
    with sqlite.database() as database:
        world = World(2, database, tmp_path, TERMS)
        try:
            world.run(_TWO)
            world.run(do("rotate_keys", 2, later=1))
            whole(world)
            (_, word), (other, _) = database.rows("select alumnus_key, last_name from contacts")
            assert mark_of("Zuid", 7) not in word
            with closing(sqlite3.connect(database.url.removeprefix("sqlite:///"))) as connection, connection:
                connection.execute("update contacts set first_name = ? where alumnus_key = ?", (word, other))
            with pytest.raises(Violation, match="a word of somebody else"):
                whole(world)
        finally:
            world.close()


def test_a_step_is_written_as_it_is_read() -> None:
    """What a failure prints is what a regression test is made of; and numbers of steps are told as ranges."""
    for step in schedule(3, 300):
        assert eval(repr(step), {"do": do}) == step  # noqa: S307 - our own text
    assert ranges([3, 4, 5, 9]) == "3-5,9"
    assert numbers_in("3-5,9") == [3, 4, 5, 9]


def test_every_verb_comes() -> None:
    """In the schedule of any seed everything happens: stops and interleavings too."""
    steps = [step_of(5, number) for number in range(6000)]
    assert {step.verb for step in steps} == set(VERBS)
    assert any(step.stop for step in steps)
    assert {step.meanwhile.verb for step in steps if step.meanwhile} >= {"erase", "give", "deliver"}


def test_the_product_draws_its_keys_from_the_system() -> None:
    """Only a simulation may choose where random keys come from."""
    assert not [path for path, tree in trees("matcher", "api", "models") for _ in calls(tree, {"keys_from"})]
