"""Calendars of alumni: a file is read, taken away again, and read by the daily job."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from matcher.policy import JOB
from matcher.services import calendars
from matcher.services.app import App
from tests.simulation.acts.askers import themselves
from tests.simulation.calendars import TABLE, may_have, of
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World

_FILE = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//gebied//nl
BEGIN:VEVENT
UID:1
DTSTAMP:{day}T080000Z
DTSTART:{day}T090000
DTEND:{day}T120000
SUMMARY:Geheim overleg
END:VEVENT
END:VCALENDAR
"""


class _Nowhere:
    """Implements `matcher.ports.CalendarSource`: there are no subscriptions here."""

    def fetch(self, url: str) -> bytes:
        raise AssertionError(url)


def add_calendar(world: World, app: App, step: Step) -> None:
    """An alumnus has a file read."""
    person = world.person(step)
    if person is None:
        return
    day = world.today + timedelta(days=step.values["days"])
    data = _FILE.format(day=f"{day:%Y%m%d}").replace("\n", "\r\n").encode()
    full = len(of(world.model, person)) >= calendars.MOST
    refused = "calendars_full" if full else ""
    world.call(
        lambda: calendars.import_file(app, themselves(person), data),
        log=["calendar.write"],
        refused=refused if may_have(world.model, person, world.today) else "calendar_without_consent",
    )


def remove_calendar(world: World, app: App, step: Step) -> None:
    """An alumnus takes one away, and looks at the rest."""
    keys = sorted(world.model.calendars)
    key = world.pick(keys, step.values["nth"])
    if key is None:
        return
    person = world.frames[-1].person = world.model.people[world.model.held[TABLE, key]]
    removed = world.call(lambda: calendars.remove(app, themselves(person), key), log=["calendar.write"])
    if removed is not None and world.certain:
        left = world.call(lambda: calendars.mine(app, themselves(person))) or []
        world.need([one.key for one in left] == of(world.model, person), "other calendars are shown", (left, person))


def refresh_calendars(world: World, app: App, step: Step) -> None:
    """The daily job removes those of alumni who agree to nothing any more."""
    done = world.call(
        lambda: calendars.refresh(app, JOB, _Nowhere(), even_so=step.values["even_so"]),
        log=None,
        refused=("", "job_touches_many", "job_day_ahead", "job_day_back"),
    )
    if done is not None and world.certain:
        model = world.model
        wrong = [one for one in model.people.values() if of(model, one) and not may_have(model, one, world.today)]
        world.need(not wrong, "a calendar of somebody who agrees to nothing", wrong)


ACTS = {
    "add_calendar": add_calendar,
    "remove_calendar": remove_calendar,
    "refresh_calendars": refresh_calendars,
}
