"""The log as people may read it, and the keys of contact details."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
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


def test_entries_are_searched(app: App) -> None:
    """By role, action, day and alumnus, in parts that go on where one stopped; another's alumnus is unknown."""
    note(app, "A-2", "Noord")
    for action in ("contact", "login", "contact"):
        stores.write(app.store, lambda tx, action=action: tx.note(action, {}, by=Asker(8, Role.TEACHER, "Zuid")))
    own = note(app, "A-1", "Zuid")

    def numbers(**wanted: object) -> list[int]:
        return [one.id for one in audit.search(app, OFFICER, audit.Wanted(**wanted)).entries]  # type: ignore[arg-type]

    every = numbers()
    assert len(every) == 4
    assert len(numbers(role=Role.TEACHER)) == 3
    assert len(numbers(action="contact")) == 3
    assert len(numbers(role=Role.TEACHER, action="contact")) == 2
    assert numbers(alumnus_id=" A-1 ") == every[:1]
    today = app.clock.today()
    assert numbers(since=today, until=today) == every
    assert numbers(since=today + timedelta(days=1)) == numbers(until=today - timedelta(days=1)) == []
    first = audit.search(app, OFFICER, audit.Wanted(action="contact"), limit=2)
    assert first.older == first.entries[-1].id
    rest = audit.search(app, OFFICER, audit.Wanted(action="contact"), before=first.older, limit=2)
    assert [one.id for one in (*first.entries, *rest.entries)] == numbers(action="contact")
    assert rest.older is None
    assert audit.actions(app, OFFICER) == ["contact", "login"]
    with pytest.raises(UnknownId):
        numbers(alumnus_id="A-3")
    shown = audit.entry(app, OFFICER, every[0])
    assert [record.alumnus_id for record in shown.alumni.values()] == ["A-1"]  # type: ignore[attr-defined]
    assert set(shown.alumni) == {own}


def test_an_entry_of_others_is_unknown(app: App) -> None:
    """What Noord did with its own is not there for Zuid, and neither is a number that never was."""
    note(app, "A-2", "Noord")
    (there,) = stores.log(app.store)
    for number in (there.id, there.id + 1, 0):
        with pytest.raises(UnknownId):
            audit.entry(app, OFFICER, number)
    assert audit.entry(app, COMMAND_LINE, there.id).entry.id == there.id


def test_a_check_is_kept_with_its_day(app: App) -> None:
    """None before the first; then the last, with its moment, as many entries as there were, and nothing wrong."""
    note(app, "A-1", "Zuid")
    assert audit.last_check(app, OFFICER) is None
    assert audit.check(app, OFFICER).wrong is None
    kept = audit.last_check(app, OFFICER)
    assert kept is not None
    assert (kept.at, kept.entries, kept.wrong) == (app.clock.now(), 1, None)
