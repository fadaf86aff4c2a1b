"""Managing derived state: what changes it is in the log, and only the command line does it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from matcher.errors import Forbidden
from matcher.policy import COMMAND_LINE, JOB, LOGIN_ROLES, VISITOR, Action, Asker
from matcher.services import indexes
from matcher.services.app import App
from tests.support import stores
from tests.support.apps import Engine
from tests.support.region import engine_in


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_in(tmp_path, cache=tmp_path / "cache")


def test_a_build_is_in_the_log_and_a_look_is_not(engine: Engine) -> None:
    """With revision and encoder; verifying and calibrating where nothing is measured change nothing."""
    pool = indexes.build(engine.app, COMMAND_LINE, encode_again=True)
    assert indexes.verify(engine.app, COMMAND_LINE) == []
    assert indexes.calibrate(engine.app, COMMAND_LINE)[1] == []
    indexes.serve(engine.app, COMMAND_LINE)
    (entry,) = stores.log(engine.store)
    assert (entry.action, entry.role) == (Action.INDEX_MANAGE, "command_line")
    assert dict(entry.details) == {"built": pool.revision, "encoder": pool.encoder, "encoded_again": True}


@pytest.mark.parametrize("asker", [VISITOR, JOB, *(Asker(9, role, "Noord", 1) for role in LOGIN_ROLES)])
@pytest.mark.parametrize("work", [indexes.build, indexes.serve, indexes.verify, indexes.calibrate])
def test_only_the_command_line_manages(engine: Engine, asker: Asker, work: Callable[[App, Asker], object]) -> None:
    """Everyone else is refused, and nothing is noted."""
    with pytest.raises(Forbidden):
        work(engine.app, asker)
    assert stores.log(engine.store) == []
