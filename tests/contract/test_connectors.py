"""Sources that are kept and read by themselves, on each database, from a server on this machine."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import create_engine, text

from api.dns import DnsResolver
from api.findings import in_words
from api.source_server import opened
from matcher.domain.moments import stored
from matcher.domain.records import RecordKind, Registration
from matcher.errors import InvalidValue, UnknownId
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.repositories.sources import ABANDONED, KeptSource
from matcher.repositories.values import Upsert
from matcher.services import connectors, directory, due_sources, feeds, health, offers, retention, undo
from matcher.services.app import App
from matcher.services.connectors import EVERY, Removed, Shown, Wanted
from matcher.services.due_sources import RESUMED, SPREAD
from matcher.services.health import Site
from matcher.sources import STUDENTS
from matcher.store import schema
from matcher.store.encryption import Encrypted
from matcher.store.sql_store import ENCRYPTED, SqlStore
from tests.sources.documents import course_6, offering_6, program
from tests.support import fresh, stores
from tests.support.apps import Engine, app_of
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.source_servers import Answer, Asked, EdudexSource, OeapiSource, said, serving

ADMINISTRATOR = Asker(7, Role.ADMINISTRATOR, "Noord")
COURSE = str(course_6()["courseId"])
TOKEN = "geheim-van-de-bron"  # noqa: S105 - of a server of these tests
DAY = timedelta(days=1, seconds=SPREAD)
LOCAL = partial(opened, local=True, wait=lambda _: None)


@dataclass
class Told(OeapiSource):
    """A server that does something before it answers."""

    before: Callable[[Asked], Any] = field(default=lambda _: None)
    broken_page: str = ""

    def answer(self, asked: Asked) -> Answer:
        self.before(asked)
        broken = self.broken_page and asked.query.get("pageNumber") == self.broken_page
        return said({}, 500) if broken else super().answer(asked)


@pytest.fixture
def app(store: SqlStore, clock: FixedClock) -> App:
    return app_of(Engine(store, HashEncoder(), clock))


def server(count: int = 12, **settings: Any) -> Told:
    made = [offering_6(courseOfferingId=f"O-{number:02}", courseId=None) for number in range(count)]
    return Told(courses=[course_6()], offerings={COURSE: made}, page_size=5, **settings)


def wanted(url: str, **changes: Any) -> Wanted:
    return replace(Wanted("Regio", "oeapi", url, TOKEN), **changes)


def added(app: App, url: str, *, is_on: bool = True, **changes: Any) -> int:
    key = connectors.save(app, ADMINISTRATOR, wanted(url, **changes))
    if is_on:
        connectors.switch(app, ADMINISTRATOR, key, is_on=True)
    return key


def work(app: App, **settings: Any) -> KeptSource | None:
    return due_sources.work(app, JOB, LOCAL, **settings)


def read(app: App, key: int) -> Shown:
    """The source after it was read: it has to be due."""
    assert work(app) is not None
    return shown(app, key)


def shown(app: App, key: int) -> Shown:
    return connectors.one(app, ADMINISTRATOR, key)


def counts(one: Shown) -> tuple[int, ...]:
    assert one.last is not None
    return one.last.created, one.last.updated, one.last.unchanged, one.last.gone, one.last.refused


def is_open(app: App) -> set[str]:
    return {one.offering_id for one in stores.offerings(app.store) if one.registration is not Registration.CLOSED}


def advance(app: App, by: timedelta) -> None:
    clock: Any = app.clock
    clock.advance(by)


def test_a_source_is_tried_then_read_every_day(app: App) -> None:
    """Off at first; a trial writes nothing; then each day, and what did not change is not sent again."""
    with serving(source := server(token=TOKEN, versions="ETag")) as url:
        key = added(app, url, is_on=False)
        assert work(app) is None
        connectors.ask(app, ADMINISTRATOR, key, trial=True)
        one = read(app, key)
        assert one.source.preview is not None
        assert {name: one.source.preview[name] for name in ("created", "gone")} == {"created": 12, "gone": 0}
        assert (one.last, stores.offerings(app.store), work(app)) == (None, [], None)
        with pytest.raises(InvalidValue) as refused:
            connectors.ask(app, ADMINISTRATOR, key, trial=False)
        assert refused.value.code == "source_off"
        connectors.switch(app, ADMINISTRATOR, key, is_on=True)
        one = read(app, key)
        assert (counts(one), one.source.preview, one.source.problem) == ((12, 0, 0, 0, 0), None, None)
        assert one.source.next_at is not None
        ahead = one.source.next_at - stored(app.clock.now())
        assert timedelta(days=1) <= ahead < DAY
        assert work(app) is None
        advance(app, DAY)
        source.asked.clear()
        assert counts(read(app, key)) == (0, 0, 12, 0, 0)
        assert {asked.told for asked in source.asked} == {304, 404}
        advance(app, DAY)
        source.asked.clear()
        source.offerings[COURSE][0] |= {"maxNumberStudents": 99}
        assert counts(read(app, key)) == (0, 1, 11, 0, 0)
        assert sum(asked.told == 200 for asked in source.asked) == 1
    noted = [(entry.action, entry.role) for entry in stores.log(app.store) if entry.action.startswith("sources.")]
    assert noted.count(("sources.run", "job")) == 3
    assert ("sources.manage", "administrator") in noted
    assert {entry.details["source"] for entry in stores.log(app.store) if entry.action == "sources.run"} == {key}


def test_a_token_is_shown_to_nobody_and_sent_to_its_server_alone(app: App) -> None:
    """Not in what is listed or logged; another server in the address does not get it."""
    with serving(server(token=TOKEN)) as url:
        key = added(app, url)
        assert counts(read(app, key))[0] == 12
        assert shown(app, key).has_token
        told = [repr(connectors.listed(app, ADMINISTRATOR)), repr(shown(app, key)), repr(stores.log(app.store))]
        with app.store.read() as records:
            told.append(repr(records.connectors.all()))
        assert not any(TOKEN in one for one in told)
        connectors.save(app, ADMINISTRATOR, wanted(f"{url}/anders", token=None), key)
        assert shown(app, key).has_token
        with serving(other := server()) as elsewhere:
            connectors.save(app, ADMINISTRATOR, wanted(elsewhere, token=None), key)
            assert not shown(app, key).has_token
            assert counts(read(app, key))[2] == 12
            assert not any("authorization" in asked.headers for asked in other.asked)
        connectors.save(app, ADMINISTRATOR, wanted(url, token=TOKEN), key)
        connectors.save(app, ADMINISTRATOR, wanted(url, token=""), key)
        assert not shown(app, key).has_token


def test_a_failure_is_kept_and_tried_again_later(app: App) -> None:
    """A quarter of an hour later, then twice that; what was answered before is not asked again."""
    with serving(source := server()) as url:
        key = added(app, url)
        source.broken_page = "2"
        one = read(app, key)
        assert one.source.problem is not None
        assert (one.source.problem["code"], one.last, stores.offerings(app.store)) == ("source_busy", None, [])
        pauses = []
        for _ in range(2):
            assert one.source.next_at is not None
            pauses.append(one.source.next_at - stored(app.clock.now()))
            advance(app, pauses[-1])
            one = read(app, key)
        assert timedelta(minutes=15) <= pauses[0] < timedelta(minutes=26)
        assert timedelta(minutes=30) <= pauses[1] < timedelta(minutes=41)
        source.broken_page = ""
        source.asked.clear()
        assert one.source.next_at is not None
        advance(app, one.source.next_at - stored(app.clock.now()))
        one = read(app, key)
        assert (counts(one)[0], one.source.problem, one.source.failures) == (12, None, 0)
        assert "1" not in {asked.query["pageNumber"] for asked in source.asked if "offerings" in asked.path}


def told_of_sources(app: App) -> list[tuple[str, str]]:
    """What the doctor finds of sources: the code, and its sentence."""
    found = health.examine(app, COMMAND_LINE, Site(cache=Path("none")), DnsResolver([]))
    return [(one.code, in_words("nl", one)[0]) for one in found if one.code.startswith("source")]


def test_the_doctor_names_a_source_that_keeps_failing(app: App) -> None:
    """From the third time on, with since when and why; read again, or switched off, it is named no more."""
    with serving(source := server()) as url:
        assert told_of_sources(app) == []
        key = added(app, url)
        read(app, key)
        assert told_of_sources(app) == [("sources_well", "De bron van cursussen wordt gelezen.")]
        advance(app, DAY)
        source.next_answers = [said({}, 401)] * 3
        for times in range(1, 4):
            one = read(app, key).source
            assert (one.failures, one.failing_since is None, len(told_of_sources(app))) == (times, False, 1)
            assert (told_of_sources(app)[0][0] == "source_failing") == (times == 3)
            assert one.next_at is not None
            advance(app, one.next_at - stored(app.clock.now()))
        said_ = told_of_sources(app)[0][1]
        assert said_.startswith("De bron Regio lezen lukt niet sinds 2 maart 2027")
        assert "Voor het laatst gelezen op 1 maart 2027" in said_
        assert "(401)" in said_
        assert read(app, key).source.failing_since is None
        assert told_of_sources(app)[0][0] == "sources_well"
        source.next_answers = [said({}, 401)] * 3
        advance(app, DAY)
        for _ in range(3):
            work(app)
            advance(app, timedelta(hours=2))
        assert told_of_sources(app)[0][0] == "source_failing"
        connectors.switch(app, ADMINISTRATOR, key, is_on=False)
        assert told_of_sources(app) == []


def test_the_doctor_names_a_source_that_is_held_or_that_nobody_reads(app: App) -> None:
    with serving(source := server(20)) as url:
        key = added(app, url)
        advance(app, timedelta(hours=25))
        code, told = told_of_sources(app)[0]
        assert (code, "nog nooit gelezen" in told) == ("source_late", True)
        read(app, key)
        source.offerings[COURSE] = source.offerings[COURSE][:1]
        advance(app, DAY)
        read(app, key)
        code, told = told_of_sources(app)[0]
        assert (code, "eerst 20 cursussen en toen 1" in told) == ("source_held", True)


def test_a_process_that_stops_leaves_the_rest_to_another(app: App) -> None:
    """What it had asked is not asked again, as long as that is not too long ago."""
    with serving(source := server()) as url:
        key = added(app, url)
        assert work(app, stopped=lambda: len(source.asked) >= 3) is not None
        assert stores.offerings(app.store) == []
        first = {(asked.path, asked.query.get("pageNumber")) for asked in source.asked if asked.told == 200}
        source.asked.clear()
        assert counts(read(app, key))[0] == 12
        assert not first & {(asked.path, asked.query.get("pageNumber")) for asked in source.asked}
        advance(app, DAY)
        source.asked.clear()
        assert work(app, stopped=lambda: len(source.asked) >= 3) is not None
        advance(app, RESUMED)
        source.asked.clear()
        assert counts(read(app, key))[2] == 12
        assert first <= {(asked.path, asked.query.get("pageNumber")) for asked in source.asked}


@pytest.mark.parametrize("what", ["off", "change", "taken"])
def test_what_changes_while_a_source_is_read_stops_the_write(app: App, what: str) -> None:
    """Switched off, changed, or taken by another process, which thought this one dead: this one writes nothing."""
    with serving(source := server()) as url:
        key = added(app, url)
        others: list[KeptSource | None] = []

        def meanwhile(asked: Asked) -> None:
            if asked.query.get("pageNumber") == "2" and not others:
                others.append(None)
                if what == "off":
                    connectors.switch(app, ADMINISTRATOR, key, is_on=False)
                elif what == "change":
                    connectors.save(app, ADMINISTRATOR, wanted(url, region="1000-1001"), key)
                else:
                    advance(app, ABANDONED)
                    others.append(work(app))

        source.before = meanwhile
        after = work(app)
        assert after is not None
        runs = len(shown(app, key).runs)
        assert (runs, len(stores.offerings(app.store))) == ((1, 12) if what == "taken" else (0, 0))
        assert after.is_on == (what != "off")
        assert (after.problem, after.taken_at) == (None, None)


def test_a_source_is_read_by_one_process_at_a_time(app: App) -> None:
    with serving(source := server()) as url:
        added(app, url)
        others: list[object] = []
        source.before = lambda _: others.append(work(app))
        assert work(app) is not None
        assert set(others) == {None}


def test_what_was_held_is_what_is_agreed_to(app: App) -> None:
    """A tenth is held; agreeing names what it was; a source that then has something else is held again."""
    with serving(source := server(20)) as url:
        key = added(app, url)
        read(app, key)
        advance(app, DAY)
        rest = source.offerings[COURSE]
        source.offerings[COURSE] = rest[:2]
        one = read(app, key)
        held = one.source.held
        assert held is not None
        assert (held["before"], held["now"], len(one.runs), len(is_open(app))) == (20, 2, 1, 20)
        for digest in ("", "x" * 64):
            with pytest.raises(InvalidValue) as refused:
                connectors.agree(app, ADMINISTRATOR, key, digest)
            assert refused.value.code == "source_not_held"
        connectors.agree(app, ADMINISTRATOR, key, held["digest"])
        source.offerings[COURSE] = rest[:1]
        again = read(app, key).source.held
        assert again is not None
        assert (again["now"], len(is_open(app))) == (1, 20)
        with pytest.raises(InvalidValue):
            connectors.agree(app, ADMINISTRATOR, key, held["digest"])
        connectors.agree(app, ADMINISTRATOR, key, again["digest"])
        one = read(app, key)
        assert (counts(one), is_open(app), one.source.held) == ((0, 19, 1, 19, 0), {"O-00"}, None)


def test_a_trial_of_what_would_be_held_says_so(app: App) -> None:
    with serving(source := server(10)) as url:
        key = added(app, url)
        read(app, key)
        source.offerings[COURSE] = []
        connectors.ask(app, ADMINISTRATOR, key, trial=True)
        one = read(app, key)
        assert one.source.preview is not None
        assert one.source.preview["problem"]["code"] == "source_shrunk"
        assert one.source.held is None


def test_nothing_is_read_by_a_clock_that_is_far_off(app: App) -> None:
    with serving(source := server()) as url:
        added(app, url)
        retention.run(app, JOB, log_months=24)
        advance(app, timedelta(days=400))
        assert work(app) is None
        assert source.asked == []
        advance(app, timedelta(days=-399))
        assert work(app) is not None


def test_providers_and_region_are_kept_to(app: App) -> None:
    """What is of another provider is refused and counted; what is outside the region does not come in."""
    here = {"addresses": [{"addressType": "teaching", "city": "Zwolle", "postCode": "8011 AA", "countryCode": "NL"}]}
    far = {"addresses": [{"addressType": "teaching", "city": "Breda", "postCode": "4811 AA", "countryCode": "NL"}]}
    source = server(3)
    places = (here, far, here)
    given = source.offerings[COURSE]
    source.offerings[COURSE] = [one | place for one, place in zip(given, places, strict=True)]
    source.offerings[COURSE][2] |= {"organisationId": "Zuid", "organisation": None}
    with serving(source) as url:
        key = added(app, url, providers=(" ROC Vechtdal", ""), region="7400-8299")
        one = read(app, key)
    assert [course.offering_id for course in stores.offerings(app.store)] == ["O-00"]
    assert counts(one) == (1, 0, 0, 0, 1)
    assert "Zuid" in one.report["nl"]["refused"][0]
    assert "1" in next(line for line in one.report["en"]["notes"] if "7400-8299" in line)


def test_a_catalogue_of_edudex_is_read_by_itself_too(app: App) -> None:
    source = EdudexSource(programmes={"P-1": program()}, changed={"P-1": "2027-01-10T10:00:00Z"})
    source.programmes["P-1"]["programClassification"]["programId"] = "P-1"
    with serving(source) as url:
        key = added(app, f"{url}/organizations/vechtdal/dynamiccatalogs/regio", form="edudex")
        assert counts(read(app, key))[0] == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "  "}, "source_no_name"),
        ({"name": "x" * 81}, "source_no_name"),
        ({"name": "Ander"}, "source_name_taken"),
        ({"form": "xml"}, "source_choice"),
        ({"every_hours": 5}, "source_choice"),
        ({"url": "bron.example"}, "source_no_url"),
        ({"url": ""}, "source_no_url"),
        ({"url": "https://bron.example/ x"}, "source_no_url"),
        ({"form": "edudex"}, "source_catalogue"),
        ({"region": "Zwolle"}, "source_region"),
    ],
)
def test_what_is_filled_in_wrongly_is_refused(app: App, changes: dict[str, Any], code: str) -> None:
    added(app, "https://ander.example", name="Ander")
    for key in (None, added(app, "https://bron.example")):
        with pytest.raises(InvalidValue) as refused:
            connectors.save(app, ADMINISTRATOR, replace(wanted("https://bron.example"), **changes), key)
        assert refused.value.code == code
    assert [one.source.name for one in connectors.listed(app, ADMINISTRATOR)] == ["Ander", "Regio"]


def test_a_source_is_removed_and_its_courses_stay(app: App) -> None:
    """No key and no answers are left; its courses are changed here, and still count as come from elsewhere."""
    with serving(source := server(2, token=TOKEN, versions="ETag")) as url:
        key = added(app, url)
        read(app, key)
        assert connectors.removable(app, ADMINISTRATOR, key).courses == 2
        assert connectors.remove(app, ADMINISTRATOR, key, close=False) == Removed(0, None)
        advance(app, DAY)
        source.asked.clear()
        assert (work(app), source.asked, connectors.listed(app, ADMINISTRATOR)) == (None, [], [])
        assert feeds.runs(app, COMMAND_LINE) == []
        assert is_open(app) == {"O-00", "O-01"}
        kept = stores.read(app.store, lambda records: records.connectors.find(key))
        assert kept is not None
        assert (kept.token, kept.url, kept.is_on) == ("", "", False)
        assert stores.read(app.store, lambda records: records.connectors.report(key)) == {}
        course = stores.offerings(app.store)[0]
        assert offers.of_sources(app, COMMAND_LINE, [course]) == {}
        offers.save(app, COMMAND_LINE, replace(course, title="Van ons"), offering_id=course.offering_id)
        assert directory.made_here(app.store, stores.offerings(app.store)) == []
        steps = [one.details["step"] for one in stores.log(app.store) if one.action == "sources.manage"]
        assert steps == ["remove", "on", "add"]


@pytest.mark.parametrize("at_once", [1, 5000])
def test_the_courses_of_a_source_close_with_it(app: App, at_once: int) -> None:
    """But for those of another source too, some in a transaction; as one import, which can be taken back."""
    with serving(source := server(4)) as url:
        key = added(app, url, providers=("ROC Vechtdal",))
        read(app, key)
        source.offerings[COURSE] = source.offerings[COURSE][:1]
        read(app, added(app, url, name="Ander", providers=("ROC Vechtdal",)))
        assert connectors.removable(app, ADMINISTRATOR, key).courses == 3
        with pytest.raises(InvalidValue) as refused:
            connectors.remove(app, ADMINISTRATOR, key, close=True, most=2)
        assert (refused.value.code, len(is_open(app))) == ("source_more", 4)
        removed = connectors.remove(app, ADMINISTRATOR, key, close=True, most=3, at_once=at_once)
        assert (removed.closed, is_open(app)) == (3, {"O-00"})
        assert [one.source.name for one in connectors.listed(app, ADMINISTRATOR)] == ["Ander"]
        assert removed.import_id is not None
        undo.undo(app, COMMAND_LINE, removed.import_id)
        assert is_open(app) == {"O-00", "O-01", "O-02", "O-03"}


def test_another_source_may_bring_the_courses_of_one_that_was_removed(app: App) -> None:
    """Of the same name or not, as those courses are nobody's; one that another has by then is refused."""
    with serving(source := server(2)) as url:
        key = added(app, url)
        read(app, key)
        connectors.remove(app, ADMINISTRATOR, key, close=True)
        other = added(app, url, name="Ander")
        source.offerings[COURSE] = source.offerings[COURSE][:1]
        assert counts(read(app, other)) == (0, 1, 0, 0, 0)
        source.offerings[COURSE] = [*server(2).offerings[COURSE]]
        again = added(app, url)
        assert again != key
        assert counts(read(app, again)) == (0, 1, 0, 0, 1)


def test_a_reading_stops_where_its_source_is_removed(app: App) -> None:
    """Before its next write; no answer of its server is left."""
    with serving(source := server()) as url:
        key = added(app, url)

        def meanwhile(asked: Asked) -> None:
            if asked.query.get("pageNumber") == "2" and connectors.listed(app, ADMINISTRATOR):
                connectors.remove(app, ADMINISTRATOR, key, close=True)

        source.before = meanwhile
        work(app)
        assert stores.offerings(app.store) == []
        kept = stores.read(app.store, lambda records: records.connectors.find(key))
        assert kept is not None
        assert (kept.taken_at, kept.problem, kept.removed_at is None) == (None, None, False)
        assert connectors.listed(app, ADMINISTRATOR) == []


def test_what_is_not_there(app: App) -> None:
    removed = added(app, "https://weg.example", name="Weg")
    connectors.remove(app, ADMINISTRATOR, removed, close=False)
    for act in (
        lambda: connectors.removable(app, ADMINISTRATOR, "Weg"),
        lambda: connectors.removable(app, ADMINISTRATOR, removed),
        lambda: connectors.remove(app, ADMINISTRATOR, removed, close=True),
        lambda: connectors.switch(app, ADMINISTRATOR, removed, is_on=True),
        lambda: connectors.one(app, ADMINISTRATOR, 1),
        lambda: connectors.save(app, ADMINISTRATOR, wanted("https://bron.example"), 1),
        lambda: connectors.switch(app, ADMINISTRATOR, 1, is_on=True),
        lambda: connectors.ask(app, ADMINISTRATOR, 1, trial=True),
        lambda: connectors.agree(app, ADMINISTRATOR, 1, "x"),
    ):
        with pytest.raises(UnknownId):
            act()


@pytest.mark.parametrize("hours", EVERY)
def test_how_often_it_is_read(app: App, hours: int) -> None:
    """As often as was chosen; 0 for when a person asks, who is told what went wrong, and it is not tried again."""
    with serving(source := server()) as url:
        key = added(app, url, every_hours=hours)
        one = read(app, key)
        if hours:
            assert one.source.next_at is not None
            assert one.source.next_at - stored(app.clock.now()) >= timedelta(hours=hours)
            return
        assert one.source.next_at is None
        connectors.ask(app, ADMINISTRATOR, key, trial=False)
        source.next_answers = [said({}, 401)]
        one = read(app, key)
        assert one.source.problem is not None
        assert (one.source.problem["code"], one.source.next_at) == ("source_login", None)


def test_readings_of_long_ago_are_forgotten(app: App) -> None:
    """After a year, but the last of each source; and answers that nobody asked for in a month."""
    with serving(server(versions="ETag")) as url:
        key = added(app, url)
        kept = []
        for _ in range(3):
            read(app, key)
            advance(app, timedelta(days=150))
            retention.run(app, COMMAND_LINE, log_months=24, even_so=True)
            kept.append(len(shown(app, key).runs))
        assert kept == [1, 2, 2]
        connectors.switch(app, ADMINISTRATOR, key, is_on=False)
        advance(app, timedelta(days=2000))
        retention.run(app, COMMAND_LINE, log_months=24, even_so=True)
        assert len(shown(app, key).runs) == 1


def test_what_a_source_that_is_off_brought_is_changed_by_hand(app: App) -> None:
    """As it will not be said again; once it is on, it has the last word."""
    with serving(server(2)) as url:
        key = added(app, url)
        read(app, key)
        course = stores.offerings(app.store)[0]
        assert offers.of_sources(app, COMMAND_LINE, [course]) == {course.key: "Regio"}
        connectors.switch(app, ADMINISTRATOR, key, is_on=False)
        assert offers.of_sources(app, COMMAND_LINE, [course]) == {}
        offers.save(app, COMMAND_LINE, replace(course, title="Van ons"), offering_id=course.offering_id)
        connectors.switch(app, ADMINISTRATOR, key, is_on=True)
        assert counts(read(app, key)) == (0, 1, 1, 0, 0)


def test_what_was_here_before_is_no_sources_until_it_may(app: App) -> None:
    """A course of a provider that is here stays as it is; named among its providers, the source has it from then on."""
    stores.upsert(app.store, RecordKind.OFFERINGS, [Upsert(1, "O-00", "ROC Vechtdal", {"title": "Van ons"})])
    with serving(server(2)) as url:
        key = added(app, url)
        assert counts(read(app, key)) == (0, 0, 0, 0, 2)
        connectors.save(app, ADMINISTRATOR, wanted(url, providers=("ROC Vechtdal",)), key)
        assert counts(read(app, key)) == (1, 1, 0, 0, 0)
    assert "Van ons" not in {one.title for one in stores.offerings(app.store)}


def test_every_encrypted_table_is_encrypted_again_with_a_new_key() -> None:
    """None is forgotten where keys are rotated."""
    tables = {
        table for table in schema.metadata.sorted_tables for one in table.columns if isinstance(one.type, Encrypted)
    }
    assert {table.name for table in tables} == {table.name for table, _ in ENCRYPTED}


def test_a_token_and_answers_are_kept_encrypted(database_url: str, clock: FixedClock) -> None:
    """They are nowhere as they are, and are read with a new key once keys were rotated."""
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    with closing(SqlStore(database_url, clock, [old])) as store, serving(server(token=TOKEN, versions="ETag")) as url:
        fresh.migrate(store)
        store.check_keys()
        key = added(app_of(Engine(store, HashEncoder(), clock)), url)
        assert work(app_of(Engine(store, HashEncoder(), clock))) is not None
        engine = create_engine(database_url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect() as connection:
            told = [
                *connection.execute(text("select token from sources")).scalars(),
                *connection.execute(text("select content from source_answers")).scalars(),
            ]
        engine.dispose()
        assert len(told) > 3
        assert all(one.startswith("sealed:") for one in told)
    with closing(SqlStore(database_url, clock, [new, old])) as store:
        store.reseal(by=COMMAND_LINE)
    with closing(SqlStore(database_url, clock, [new])) as store:
        found = stores.read(store, lambda records: records.connectors.find(key))
        assert found is not None
        assert found.token == TOKEN


def test_a_student_system_is_no_source_of_courses(app: App) -> None:
    """It is read by command, with its school: the page neither lists it nor reads it as something else."""
    made = app.store.write(lambda tx: tx.sources.add("SIS", STUDENTS), by=COMMAND_LINE)
    assert connectors.listed(app, COMMAND_LINE) == []
    for asked in (connectors.one, partial(connectors.switch, is_on=True), partial(connectors.ask, trial=True)):
        with pytest.raises(UnknownId, match="unknown_source"):
            asked(app, COMMAND_LINE, made.key)
    assert connectors.remove(app, COMMAND_LINE, made.key, close=True) == Removed(0, None)
