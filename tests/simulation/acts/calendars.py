"""Calendars of alumni: a file, a subscription that the daily job reads again, and a feed out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from matcher.errors import InvalidValue
from matcher.policy import JOB
from matcher.services import calendars
from matcher.services.app import App
from tests.simulation.acts.askers import themselves
from tests.simulation.calendars import TABLE, may_have, of, subscribed
from tests.simulation.database import moment
from tests.simulation.post import Link
from tests.simulation.region import marks_in
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


class _Web:
    """Implements `matcher.ports.CalendarSource`: what stands at each address today, or that it cannot be read.

    `asked`: the addresses that were asked for.
    """

    def __init__(self, today: date) -> None:
        self._today = today
        self.asked: list[str] = []

    def fails(self, url: str) -> bool:
        """Whether an address cannot be read on this day: each in turns."""
        return (self._today.toordinal() + len(url)) % 3 == 0

    def busy_on(self, url: str) -> date:
        """The day that is busy by what stands there."""
        return self._today + timedelta(days=2 + len(url) % 5)

    def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if self.fails(url):
            raise InvalidValue("calendar_unreachable")
        return _file(self.busy_on(url))


def _file(on: date) -> bytes:
    return _FILE.format(day=f"{on:%Y%m%d}").replace("\n", "\r\n").encode()


def _url(nth: int) -> str:
    return f"https://agenda.example/{'x' * (nth % 3)}.ics"


def add_calendar(world: World, app: App, step: Step) -> None:
    """An alumnus has a file read."""
    person = world.person(step)
    if person is None:
        return
    data = _file(world.today + timedelta(days=step.values["days"]))
    full = len(of(world.model, person)) >= calendars.MOST
    refused = "calendars_full" if full else ""
    world.call(
        lambda: calendars.import_file(app, themselves(person), data),
        log=["calendar.write"],
        refused=refused if may_have(world.model, person, world.today) else "calendar_without_consent",
    )


def subscribe_calendar(world: World, app: App, step: Step) -> None:
    """An alumnus subscribes to an address, once to each, where it can be read."""
    person = world.person(step)
    if person is None:
        return
    model, web, url = world.model, _Web(world.today), _url(step.values["nth"])
    own = of(model, person)
    refused = "calendar_twice" if any(model.urls.get(key) == url for key in own) else ""
    refused = "calendars_full" if len(own) >= calendars.MOST else refused
    refused = refused if may_have(model, person, world.today) else "calendar_without_consent"
    world.frames[-1].value = url
    world.call(
        lambda: calendars.subscribe(app, themselves(person), url, web),
        log=["calendar.write"],
        refused="calendar_unreachable" if web.fails(url) else refused,
    )


def feed(world: World, app: App, step: Step) -> None:
    """An alumnus gets a secret address of their own, in the place of an earlier one, or ends it; anybody reads one."""
    what, feeds = step.values["what"], [one for one in world.links if one.purpose == calendars.FEED]
    if what == "read":
        link = world.pick(feeds, step.values["nth"])
        if link is not None:
            refused = "" if link.works(world) else "feed_spent"
            data = world.call(lambda: calendars.feed_of_link(app, link.secret), refused=refused)
            shown = "BEGIN:VCALENDAR" if data is None else data.decode()
            world.need("BEGIN:VCALENDAR" in shown, "a feed that is no calendar", shown)
            world.need(not marks_in([shown]), "a feed with a word of somebody", shown)
        return
    person = world.person(step)
    if person is None:
        return
    old = [one for one in feeds if one.alumnus == person.key and not one.used]

    def over() -> None:
        for one in old:
            one.use()

    with world.noticing("calendar.write", over):
        if what == "end":  # a row of one that is over may be cleaned away, or not yet
            perhaps = [] if not old else ["calendar.write"] if any(one.works(world) for one in old) else None
            world.call(lambda: calendars.end_feed(app, themselves(person)), log=perhaps)
            return
        secret = world.call(lambda: calendars.new_feed(app, themselves(person)), log=["calendar.write"])
    if secret is not None:
        world.links.append(Link(person.key, calendars.FEED, secret, world.now + calendars.FEED_LASTS))


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
    """The daily job removes those of alumni who agree to nothing any more, and reads subscriptions again."""
    web = _Web(world.today)
    done = world.call(
        lambda: calendars.refresh(app, JOB, web, even_so=step.values["even_so"]),
        log=None,
        refused=("", "job_touches_many", "job_day_ahead", "job_day_back"),
    )
    if done is not None and world.certain:
        model = world.model
        wrong = [one for one in model.people.values() if of(model, one) and not may_have(model, one, world.today)]
        world.need(not wrong, "a calendar of somebody who agrees to nothing", wrong)
        there = subscribed(model)
        failed = sum(map(web.fails, there.values()))
        counts = len(there) - failed, failed
        world.need((done.read, done.failed) == counts, "other subscriptions are read than there are", (done, counts))
        world.need(sorted(web.asked) == sorted(there.values()), "another address is asked", (web.asked, there))
        for key, url in there.items():
            rows = world.database.rows("select starts from busy where calendar_key = ?", key)
            right = web.fails(url) or [moment(start).date() for (start,) in rows] == [web.busy_on(url)]
            world.need(right, "busy times that are not those of the calendar", (url, rows))


ACTS = {
    "add_calendar": add_calendar,
    "subscribe_calendar": subscribe_calendar,
    "feed": feed,
    "remove_calendar": remove_calendar,
    "refresh_calendars": refresh_calendars,
}
