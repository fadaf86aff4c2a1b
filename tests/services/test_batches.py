"""A run over all alumni: in the log of each alumnus who is in it, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.batch import NOTHING
from matcher.domain.records import RecordKind
from matcher.errors import Forbidden
from matcher.policy import COMMAND_LINE, JOB, LOGIN_ROLES, VISITOR, Action, Asker
from matcher.services import batches, privacy
from tests.support import stores
from tests.support.apps import Engine
from tests.support.region import alumnus, engine_in


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_in(tmp_path)


def runs_about(engine: Engine, key: int) -> int:
    """How many entries of a run are about an alumnus."""
    entries = stores.read(engine.store, lambda records: records.audit.about(key))
    return sum(entry.action == Action.RECOMMEND_ALL for entry in entries)


@pytest.mark.parametrize("target", ["offerings", "requests"])
def test_a_run_is_in_the_log_of_each_alumnus_in_it_once(engine: Engine, target: str) -> None:
    """However many recommendations the alumnus has; an alumnus without any is not in the file, and not in the log."""
    run = batches.recommend_all(engine.app, COMMAND_LINE, target)  # type: ignore[arg-type]
    listed = (run.best.rows != NOTHING).sum(axis=1)
    assert listed.max() > 1 or target == "offerings"
    assert 0 < (listed > 0).sum() < len(listed)
    for key, count in zip(run.pool.people.key.tolist(), listed.tolist(), strict=True):
        assert runs_about(engine, key) == (count > 0)


def test_a_run_of_a_school_is_about_its_alumni_alone(engine: Engine) -> None:
    """The others are not in the file, so they were shown to no one."""
    batches.recommend_all(engine.app, COMMAND_LINE, "offerings", school="Zuid")
    schools = {alumnus.school for alumnus in stores.alumni(engine.store) if runs_about(engine, alumnus.key)}
    assert schools == {"Zuid"}


def test_a_long_run_is_a_few_entries(engine: Engine) -> None:
    """One for every 5,000 alumni, in one transaction, and each alumnus is in one of them."""
    rows = [alumnus(2 + number, f"B-{number}", function="wondzorg", needs="wondzorg leren") for number in range(5_200)]
    for start in range(0, len(rows), 1000):
        stores.upsert(engine.store, RecordKind.ALUMNI, rows[start : start + 1000])
    run = batches.recommend_all(engine.app, COMMAND_LINE, "offerings", top=1)
    entries = [entry for entry in stores.log(engine.store) if entry.action == Action.RECOMMEND_ALL]
    listed = [key for entry in entries for key in entry.details["alumni"]]
    assert len(entries) == 2
    assert {entry.details["listed"] for entry in entries} == {len(listed)}
    assert sorted(listed) == sorted(run.pool.people.key[(run.best.rows != NOTHING).any(axis=1)].tolist())
    assert stores.read(engine.store, lambda records: records.audit.verify()).wrong is None


def test_what_is_known_of_an_alumnus_names_the_run(engine: Engine) -> None:
    """`person export` shows that the alumnus was in such a file."""
    batches.recommend_all(engine.app, COMMAND_LINE, "offerings")
    known = privacy.known(engine.app, COMMAND_LINE, "A-9", school="Noord")
    assert [line["action"] for line in known["log"]] == ["recommend.all"]


@pytest.mark.parametrize("asker", [VISITOR, JOB, *(Asker(9, role, "Noord", 1) for role in LOGIN_ROLES)])
def test_only_the_command_line_runs_it(engine: Engine, asker: Asker) -> None:
    """Everyone else is refused, before anything is worked out or noted."""
    with pytest.raises(Forbidden):
        batches.recommend_all(engine.app, asker, "offerings")
    assert stores.log(engine.store) == []
