"""The log as people may read it, and the keys of contact details."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from matcher.domain.records import RecordKind
from matcher.errors import Forbidden, UnknownId
from matcher.policy import COMMAND_LINE, VISITOR, Asker, Role
from matcher.services import audit, keys
from matcher.services.app import App
from tests.support import stores
from tests.support.apps import app_of
from tests.support.region import engine_in

OFFICER = Asker(4, Role.PRIVACY_OFFICER, "Zuid")


@pytest.fixture
def app(tmp_path: Path) -> App:
    return app_of(engine_in(tmp_path))


def note(app: App, alumnus_id: str, school: str) -> int:
    key = stores.key_of(app.store, RecordKind.ALUMNI, alumnus_id, school)
    stores.write(app.store, lambda tx: tx.note("contact", {"alumni": [key]}))
    return key


def test_a_privacy_officer_reads_what_is_about_the_own_school(app: App) -> None:
    """Not what was done with another school's alumni; another school's log by name is unknown; a region reads all."""
    note(app, "A-2", "Noord")
    own = note(app, "A-1", "Zuid")
    assert [entry.details["alumni"] for entry in audit.page(app, OFFICER)] == [[own]]
    with pytest.raises(UnknownId):
        audit.page(app, OFFICER, school="Noord")
    assert len(audit.page(app, COMMAND_LINE)) == 2
    assert len(audit.page(app, COMMAND_LINE, school="Noord")) == 1
    newest = audit.page(app, COMMAND_LINE, limit=1)
    assert audit.page(app, COMMAND_LINE, before=newest[0].id) != newest
    assert audit.verify(app, OFFICER).wrong is None


def test_contact_keys_rotate_in_the_log(app: App) -> None:
    """The entry says how many rows were encrypted again."""
    rows = keys.rotate(app, COMMAND_LINE).rows
    (entry,) = audit.page(app, COMMAND_LINE)
    assert (entry.action, dict(entry.details)) == ("keys.rotate", {"rows": rows})


@pytest.mark.parametrize("role", [Role.TEACHER, Role.COORDINATOR, Role.ADMINISTRATOR, Role.ALUMNUS])
def test_others_do_not_read_or_change_the_log(app: App, role: Role) -> None:
    """Refused by the table, visitors too; keys do not rotate for the privacy officer either."""
    asker = Asker(5, role, "Noord", 1)
    attempts: list[Callable[[], object]] = [
        lambda: audit.page(app, asker),
        lambda: audit.verify(app, asker),
        lambda: audit.page(app, VISITOR),
        lambda: keys.rotate(app, asker),
        lambda: keys.rotate(app, OFFICER),
    ]
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()
    assert stores.log(app.store) == []
