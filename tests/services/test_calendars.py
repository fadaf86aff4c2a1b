"""When alumni are busy: calendars come, are read again, and go with whoever takes them back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from matcher.domain.busy import Interval
from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.errors import Forbidden, InvalidValue, JobRefused, UnreadableFile
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.repositories.calendars import FILE, SUBSCRIPTION
from matcher.services import calendars, erasure, matching, privacy
from matcher.services.app import App, JobLimits
from tests.support import stores
from tests.support.apps import app_of
from tests.support.fakes import FixedClock
from tests.support.region import engine_in
from tests.support.worlds import AS_OF

URL = "https://agenda.example/geheim/1.ics"


class Internet:
    """Addresses, and what each gives now."""

    def __init__(self, **pages: bytes) -> None:
        self.pages = pages

    def fetch(self, url: str) -> bytes:
        """What an address gives."""
        assert url == URL
        if "page" not in self.pages:
            raise InvalidValue("calendar_unreachable")
        return self.pages["page"]


def calendar(*days: str, until: str = "") -> bytes:
    """A calendar with evenings of two hours, and one title that is nobody's business."""
    events = "".join(
        f"BEGIN:VEVENT\nUID:{day}\nSUMMARY:Afspraak bij de huisarts\nDTSTART;TZID=Europe/Amsterdam:{day}T190000\n"
        f"DURATION:PT2H\n{until}END:VEVENT\n"
        for day in days
    )
    return f"BEGIN:VCALENDAR\n{events}END:VCALENDAR\n".replace("\n", "\r\n").encode()


@pytest.fixture
def app(tmp_path: Path) -> App:
    return app_of(engine_in(tmp_path, cache=tmp_path / "cache"))


def alumnus(app: App, id_: str = "A-1") -> Asker:
    return Asker(77, Role.ALUMNUS, "Noord", stores.key_of(app.store, RecordKind.ALUMNI, id_, "Noord"))


def busy(app: App) -> list[Interval]:
    found = stores.read(app.store, lambda records: records.calendars.busy())
    return [interval for intervals in found.values() for interval in intervals]


EVENING = (datetime(2027, 3, 2, 18, tzinfo=UTC), datetime(2027, 3, 2, 20, tzinfo=UTC))


def test_a_file_becomes_busy_times(app: App, tmp_path: Path) -> None:
    """Of a file its busy times are kept, what was not understood as numbers, and no word of it anywhere."""
    kept = calendars.import_file(app, alumnus(app), calendar("20270302", "2027"))
    assert (kept.kind, kept.url, kept.events, kept.remarks) == (FILE, None, 1, {"bad_event": 1})
    assert busy(app) == [EVENING]
    assert calendars.mine(app, alumnus(app)) == [kept]
    assert calendars.mine(app, alumnus(app, "A-2")) == []
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not any(b"huisarts" in path.read_bytes() for path in files)


def test_what_is_no_calendar_is_refused(app: App) -> None:
    """A file that is none changes nothing, and a sixth calendar, or the same address twice, is refused."""
    asker = alumnus(app)
    with pytest.raises(UnreadableFile):
        calendars.import_file(app, asker, b"PK")
    calendars.subscribe(app, asker, URL, Internet(page=calendar("20270302")))
    with pytest.raises(InvalidValue, match="calendar_twice"):
        calendars.subscribe(app, asker, URL, Internet(page=calendar("20270302")))
    for _ in range(calendars.MOST - 1):
        calendars.import_file(app, asker, calendar("20270303"))
    with pytest.raises(InvalidValue, match="calendars_full"):
        calendars.import_file(app, asker, calendar("20270303"))
    assert len(calendars.mine(app, asker)) == calendars.MOST


def test_a_subscription_is_read_again(app: App) -> None:
    """The daily job reads it again; one that cannot be read keeps what it was, with the problem."""
    asker, internet = alumnus(app), Internet(page=calendar("20270302"))
    kept = calendars.subscribe(app, asker, URL, internet)
    assert (kept.kind, kept.url) == (SUBSCRIPTION, URL)
    revision = stores.read(app.store, lambda records: records.changes.revision())
    assert calendars.refresh(app, JOB, internet) == calendars.Refreshed(1, 0, 0)
    assert stores.read(app.store, lambda records: records.changes.revision()) == revision, "nothing changed"
    internet.pages["page"] = calendar("20270303")
    assert calendars.refresh(app, JOB, internet).read == 1
    assert busy(app) == [tuple(at + timedelta(days=1) for at in EVENING)]
    internet.pages.clear()
    assert calendars.refresh(app, JOB, internet) == calendars.Refreshed(0, 1, 0)
    assert [one.problem for one in calendars.mine(app, asker)] == ["calendar_unreachable"]
    assert len(busy(app)) == 1
    internet.pages["page"] = b"<html>"
    calendars.refresh(app, JOB, internet)
    assert [one.problem for one in calendars.mine(app, asker)] == ["calendar_none"]
    internet.pages["page"] = calendar("20270304")
    calendars.refresh(app, JOB, internet)
    assert [one.problem for one in calendars.mine(app, asker)] == [""]


def test_taking_a_calendar_away(app: App) -> None:
    """Its busy times go with it, those of another stay; nobody takes away that of another."""
    asker = alumnus(app)
    one = calendars.import_file(app, asker, calendar("20270302"))
    calendars.import_file(app, asker, calendar("20270304"))
    assert not calendars.remove(app, alumnus(app, "A-2"), one.key)
    assert len(busy(app)) == 2
    assert calendars.remove(app, asker, one.key)
    assert not calendars.remove(app, asker, one.key)
    assert len(busy(app)) == 1


def test_without_a_consent_there_is_no_calendar(app: App) -> None:
    """With the last consent, or by an objection, all busy times go at once, and none can be given."""
    asker = alumnus(app)
    consents = stores.read(app.store, lambda records: records.consents.of(cast("int", asker.alumnus_key)))
    purposes = [one.purpose for one in consents if one.withdrawn_on is None]
    assert purposes
    calendars.import_file(app, asker, calendar("20270302"))
    for number, purpose in enumerate(purposes, 1):
        assert len(busy(app)) == 1
        privacy.give(app, asker, purpose, given=False)
        assert len(busy(app)) == (1 if number < len(purposes) else 0)
    with pytest.raises(InvalidValue, match="calendar_without_consent"):
        calendars.import_file(app, asker, calendar("20270302"))
    privacy.give(app, asker, Purpose.GUEST_LESSON, given=True)
    calendars.import_file(app, asker, calendar("20270302"))
    privacy.object_to_ranking(app, asker, objects=True)
    assert busy(app) == []


def test_the_job_ends_what_has_no_purpose(app: App) -> None:
    """A file of which all is past, or whose consents are over by their term, goes; not by a clock that is wrong."""
    calendars.import_file(app, alumnus(app), calendar("20270302"))
    assert calendars.refresh(app, JOB, Internet()).removed == 0
    clock = cast("FixedClock", app.clock)
    clock.day = AS_OF + timedelta(days=402)
    with pytest.raises(JobRefused):
        calendars.refresh(app, JOB, Internet())
    assert len(busy(app)) == 1
    late = replace(app, job_limits=JobLimits(days_ahead=36_500, share=1.0))
    assert calendars.refresh(late, JOB, Internet()).removed == 1
    assert busy(app) == []


def test_only_the_job_reads_again(app: App) -> None:
    """An alumnus reads no calendars of others again, and the job gives none."""
    with pytest.raises(Forbidden):
        calendars.refresh(app, alumnus(app), Internet())
    with pytest.raises(Forbidden):
        calendars.import_file(app, JOB, calendar("20270302"))


def test_it_is_told_and_erased(app: App) -> None:
    """An alumnus is told of each calendar and all busy times; an erasure leaves nothing of them, proven by a search."""
    asker = alumnus(app)
    calendars.subscribe(app, asker, URL, Internet(page=calendar("20270302")))
    known = privacy.known(app, asker)
    assert [one["address"] for one in known["calendars"]] == [URL]
    assert known["busy"] == [{"from": EVENING[0].isoformat(), "to": EVENING[1].isoformat()}]
    erased = erasure.erase(app, COMMAND_LINE, "A-1", school="Noord")
    assert erased.found_in == ()
    assert busy(app) == []


def test_a_ranking_knows_when_alumni_are_busy(app: App) -> None:
    """Who is busy at each moment of a request is left out by `no_common_slot`, and back when the calendar goes."""
    asker = alumnus(app)
    before = matching.match(app, COMMAND_LINE, "R-1")
    kept = calendars.import_file(app, asker, afternoons(date(2027, 3, 16)))
    assert matching.match(app, COMMAND_LINE, "R-1").excluded == before.excluded, "the other moment is free"
    both = calendars.import_file(app, asker, afternoons(date(2027, 3, 16), date(2027, 3, 18)))
    after = matching.match(app, COMMAND_LINE, "R-1")
    excluded = before.excluded.get("no_common_slot", 0) + 1
    assert after.excluded["no_common_slot"] == excluded
    for calendar_key in (kept.key, both.key):
        calendars.remove(app, asker, calendar_key)
    again = matching.match(app, COMMAND_LINE, "R-1")
    assert again.excluded == before.excluded
    assert [match.score for match in again.matches] == [match.score for match in before.matches]


def afternoons(*days: date) -> bytes:
    """A calendar with an hour of each of these afternoons."""
    events = "".join(
        f"BEGIN:VEVENT\nUID:{day}\nDTSTART:{day:%Y%m%d}T143000\nDURATION:PT1H\nEND:VEVENT\n" for day in days
    )
    return f"BEGIN:VCALENDAR\n{events}END:VCALENDAR\n".encode()
