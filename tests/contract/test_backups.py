"""Back-up and restore on both databases: nothing is lost, and what was taken back since stays taken back."""

from __future__ import annotations

import json
import re
import shutil
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import column, inspect, select, table, text

from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.errors import ConfigurationError, InvalidValue, StoreError, StoreUnavailable, UnreadableFile
from matcher.policy import COMMAND_LINE, VISITOR, Role
from matcher.ports import Backups
from matcher.repositories import Records
from matcher.repositories.values import Upsert
from matcher.services import access, backups, matching
from matcher.services.app import App, WithoutEngine
from matcher.store import schema
from matcher.store.backups import FileBackups
from matcher.store.dumps import DumpBackups
from matcher.store.journal import Journal
from matcher.store.sql_store import SqlStore
from matcher.store.versions import HEAD, downgrade
from tests.support import fresh, stores
from tests.support.apps import Engine
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.postgres import PostgresServer
from tests.support.region import ALUMNI, OFFERINGS, REQUESTS
from tests.support.stores import reading, writing
from tests.support.worlds import AS_OF, PLACES

PEOPLE = tuple(row.id for row in ALUMNI if row.owner == "Noord")
Tables = dict[str, list[tuple[Any, ...]]]


@dataclass
class Site:
    """An installation: its database, journal and back-ups."""

    url: str
    folder: Path
    clock: FixedClock
    journal: Journal | None
    keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.store = SqlStore(self.url, self.clock, self.keys, self.journal)

    @property
    def app(self) -> WithoutEngine:
        return WithoutEngine(self.store, self.clock)

    @property
    def copies(self) -> Backups:
        kind = FileBackups if self.url.startswith("sqlite") else DumpBackups
        return kind(self.url, self.clock, self.keys, self.journal)

    def back_up(self) -> Path:
        file = self.folder / "copy.backup"
        backups.back_up(self.app, COMMAND_LINE, self.copies, file)
        return file

    def restore(self, file: Path, **options: bool) -> backups.Restored:
        return backups.restore(self.app, COMMAND_LINE, self.copies, file, **{"sure": True, **options})

    def key(self, id_: str) -> int:
        return stores.key_of(self.store, RecordKind.ALUMNI, id_, "Noord")

    def erase(self, id_: str) -> None:
        stores.write(self.store, lambda tx: tx.people.erase(self.key(id_), []))

    def ids(self) -> set[str]:
        return {alumnus.alumnus_id for alumnus in stores.alumni(self.store) if alumnus.school == "Noord"}

    def rankings(self) -> list[Any]:
        engine = Engine(self.store, HashEncoder(), self.clock)
        app = App(self.store, engine.parts, self.clock)
        return [matching.match(app, COMMAND_LINE, "R-1", top=50).matches]

    def tables(self) -> Tables:
        return tables_of(self.store)


def tables_of(store: SqlStore) -> Tables:
    """Every row of every table, as stored."""
    with store._database.reading() as connection:
        look = inspect(connection)
        names = sorted(look.get_table_names())
        found = {name: connection.execute(select(table(name, *columns_of(look, name)))).all() for name in names}
    return {name: sorted((tuple(row) for row in rows), key=repr) for name, rows in found.items()}


def columns_of(look: Any, name: str) -> list[Any]:
    return [column(found["name"]) for found in look.get_columns(name)]


@pytest.fixture(params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Two empty places."""
    if request.param == "sqlite":
        (tmp_path / "elsewhere").mkdir()
        yield f"sqlite:///{tmp_path}/store.db", f"sqlite:///{tmp_path}/elsewhere/store.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    made = server.url(), server.url()
    yield made
    for url in made:
        server.drop(url)


@pytest.fixture
def site(urls: tuple[str, str], tmp_path: Path) -> Iterator[Site]:
    """A region with addresses, accounts, mail and a log, and a journal."""
    folder = tmp_path / "journal"
    folder.mkdir()
    made = Site(urls[0], tmp_path, FixedClock(AS_OF), Journal(folder / "journal.jsonl"))
    fresh.migrate(made.store)
    writing(made.store).places.add(PLACES)
    for kind, rows in (
        (RecordKind.ALUMNI, ALUMNI),
        (RecordKind.REQUESTS, REQUESTS),
        (RecordKind.OFFERINGS, OFFERINGS),
    ):
        stores.upsert(made.store, kind, rows)
    emails = [Upsert(2, id_, "Noord", {"email": f"{id_}@voorbeeld.example"}) for id_ in PEOPLE]
    stores.upsert(made.store, RecordKind.ALUMNI, emails)
    yield made
    made.store.close()


def elsewhere(site: Site, urls: tuple[str, str]) -> Site:
    """The same installation, with an empty database."""
    return Site(urls[1], site.folder, site.clock, site.journal, site.keys)


CHANGED = {"installation_values", "audit", "audit_schools", "audit_people", "revisions", "removals"}
"""What a restore adds a line to."""


def test_a_restore_into_an_empty_place_brings_back_everything(site: Site, urls: tuple[str, str]) -> None:
    """Every table row by row, the rankings to the last bit, and the whole chain of the log."""
    rankings = site.rankings()
    file = site.back_up()
    before = site.tables()
    other = elsewhere(site, urls)
    site.store.close()
    restored = other.restore(file)
    after = other.tables()
    assert after.keys() == before.keys()
    for name in before.keys() - CHANGED:
        assert after[name] == before[name], name
    assert set(before["audit"]) - set(after["audit"]) == {row for row in before["audit"] if "backup" in row}
    assert other.rankings() == rankings
    assert reading(other.store).audit.verify().wrong is None
    assert (restored.alumni, restored.erased) == (len(ALUMNI), 0)
    other.store.close()


def test_the_copy_is_private_and_whole_or_absent(site: Site, tmp_path: Path) -> None:
    """Its mode is 0600, and a copy that cannot be made leaves no file."""
    file = site.back_up()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    empty = Site(site.url.replace("store.db", "none.db"), tmp_path, site.clock, None)
    if site.url.startswith("sqlite"):
        with pytest.raises(StoreError, match="backup_of_nothing"):
            empty.copies.save(tmp_path / "none.backup")
        assert not (tmp_path / "none.backup").exists()


def test_a_copy_is_one_state_while_others_write(site: Site, urls: tuple[str, str]) -> None:
    """Every write gives two alumni the same town; so they have the same one in every copy that is made meanwhile."""
    ended, begun = threading.Event(), threading.Event()
    keys = [site.key("A-2"), site.key("A-4")]
    writer = SqlStore(site.url, site.clock)

    def write_on() -> None:
        for number in count():
            stores.write(writer, lambda tx, town=f"Dorp {number}": [tx.people.correct(k, "town", town) for k in keys])
            begun.set()
            if ended.is_set():
                break

    thread = threading.Thread(target=write_on)
    thread.start()
    assert begun.wait(30)
    files = [site.folder / f"during-{number}.backup" for number in range(3)]
    for file in files:
        site.copies.save(file)
    ended.set()
    thread.join()
    writer.close()
    seen = set()
    for file in files:
        with site.copies.unpack(file, apart=True) as place:
            towns = {one.town for one in stores.alumni(place.store) if one.alumnus_id in {"A-2", "A-4"}}
            assert len(towns) == 1
            seen |= towns
    assert len(seen) > 1


def test_an_erasure_since_is_made_again(site: Site) -> None:
    """The person is gone from the restored database, a later import knows the person, and the log says so."""
    file = site.back_up()
    site.erase("A-1")
    site.erase("A-4")
    restored = site.restore(file)
    assert (restored.erased, restored.uncertain) == (2, 0)
    assert site.ids() == set(PEOPLE) - {"A-1", "A-4"}
    again = stores.upsert(site.store, RecordKind.ALUMNI, [ALUMNI[0]])
    assert [warning[0] for warning in again[0].warnings] == ["erased_before"]
    assert [entry.action for entry in stores.log(site.store, limit=3)].count("person.erase") == 2
    assert reading(site.store).audit.verify().wrong is None


def test_who_withdrew_while_being_one_did_so_for_both(site: Site) -> None:
    """A back-up from before a merge holds two: both consents are withdrawn again, and both objections made again."""
    keys = {id_: site.key(id_) for id_ in ("A-1", "A-4")}
    for key in keys.values():
        writing(site.store).consents.state(key, Purpose.MENTOR, given=True)
    file = site.back_up()
    writing(site.store).duplicates.merge(keys["A-1"], keys["A-4"], {})
    writing(site.store).consents.state(keys["A-1"], Purpose.MENTOR, given=False)
    writing(site.store).consents.set_objection(keys["A-1"], objects=True)
    restored = site.restore(file)
    assert (restored.withdrawn, restored.objections) == (2, 2)
    for key in keys.values():
        (said,) = [one for one in reading(site.store).consents.of(key) if one.purpose is Purpose.MENTOR]
        assert said.withdrawn_on is not None


def test_a_no_of_one_who_is_apart_again_holds_for_the_merged(site: Site) -> None:
    """A back-up from the time in which two were one takes in what either of them took back since."""
    kept, gone = site.key("A-1"), site.key("A-4")
    writing(site.store).consents.state(kept, Purpose.MENTOR, given=True)
    merge_id = writing(site.store).duplicates.merge(kept, gone, {})
    file = site.back_up()
    writing(site.store).merges.undo(merge_id)
    writing(site.store).consents.state(gone, Purpose.MENTOR, given=False)
    assert site.restore(file).withdrawn == 1
    (said,) = [one for one in reading(site.store).consents.of(kept) if one.purpose is Purpose.MENTOR]
    assert said.withdrawn_on is not None


def test_of_two_who_were_one_only_the_erased_is_gone(site: Site) -> None:
    """A back-up in which both are one is made two again, and the one who was erased since does not come back."""
    kept, gone = site.key("A-1"), site.key("A-4")
    merge_id = writing(site.store).duplicates.merge(kept, gone, {})
    file = site.back_up()
    writing(site.store).merges.undo(merge_id)
    stores.write(site.store, lambda tx: tx.people.erase(gone, []))
    restored = site.restore(file)
    assert (restored.erased, restored.alumni) == (1, len(ALUMNI) - 1)
    assert site.ids() == set(PEOPLE) - {"A-4"}
    assert str(gone) not in str(site.tables())
    assert reading(site.store).audit.verify().wrong is None


def test_who_is_one_for_good_with_the_erased_goes_too(site: Site) -> None:
    """A later back-up holds as one, for good, whom an earlier one had as two: no data of the erased come back."""
    earlier = Path(shutil.copy(site.back_up(), site.folder / "earlier.backup"))
    kept, gone = site.key("A-1"), site.key("A-4")
    writing(site.store).duplicates.merge(kept, gone, {})
    stores.write(site.store, lambda tx: tx.merges.forget(tx.now.replace(tzinfo=None) + timedelta(days=1)))
    later = site.back_up()
    site.restore(earlier)
    stores.write(site.store, lambda tx: tx.people.erase(gone, []))
    assert site.ids() == set(PEOPLE) - {"A-4"}
    restored = site.restore(later)
    assert (restored.erased, restored.uncertain, restored.alumni) == (1, 0, len(ALUMNI) - 2)
    assert site.ids() == set(PEOPLE) - {"A-1", "A-4"}
    assert str(gone) not in str(site.tables())
    assert reading(site.store).audit.verify().wrong is None


@pytest.mark.parametrize("objects", [False, True])
def test_who_was_one_with_the_erased_has_no_last_word(site: Site, objects: bool) -> None:
    """Two are one in the back-up; what both said since is of no one once the one they are is erased."""
    kept, gone = site.key("A-1"), site.key("A-4")
    writing(site.store).duplicates.merge(kept, gone, {})
    writing(site.store).consents.set_objection(kept, objects=True)
    file = site.back_up()
    if not objects:
        writing(site.store).consents.set_objection(kept, objects=False)
    stores.write(site.store, lambda tx: tx.people.erase(kept, []))
    restored = site.restore(file)
    assert (restored.alumni, restored.objections) == (len(ALUMNI) - 2, 0)
    assert site.ids() == set(PEOPLE) - {"A-1", "A-4"}
    assert reading(site.store).audit.verify().wrong is None


def test_an_erasure_that_never_was_is_not_one_once_they_are_merged(site: Site) -> None:
    """Its process stopped before the commit; whoever was merged since is here under another key, and comes back."""
    earlier = Path(shutil.copy(site.back_up(), site.folder / "earlier.backup"))
    kept, gone = site.key("A-1"), site.key("A-4")
    assert site.journal is not None
    store = SqlStore(site.url, site.clock, journal=HaltingJournal(site.journal.path))
    with pytest.raises(Halted):
        stores.write(store, lambda tx: tx.people.erase(gone, []))
    store.close()
    writing(site.store).duplicates.merge(kept, gone, {})
    site.back_up()
    assert site.restore(earlier).erased == 0
    assert site.ids() == set(PEOPLE)


@pytest.mark.parametrize("content", [b"", b'{"key":"0123456789abcdef"}\n'])
def test_a_journal_of_something_else_is_refused(site: Site, content: bytes) -> None:
    """One that was emptied, or of another installation, cannot tell who was erased since: no one comes back unseen."""
    file = site.back_up()
    site.erase("A-1")
    assert site.journal is not None
    site.journal.path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="journal_foreign"):
        site.restore(file)
    if site.url.startswith("sqlite"):
        assert site.ids() == set(PEOPLE) - {"A-1"}
    else:
        with pytest.raises(StoreUnavailable, match="restore_unfinished"):
            site.store.migrate()


def test_a_person_who_came_and_went_since_is_known_to_imports(site: Site) -> None:
    """Somebody imported and erased after the back-up, which does not hold that person, stays out as well."""
    file = site.back_up()
    newcomer = Upsert(2, "A-99", "Noord", {"email": "nieuw@voorbeeld.example"})
    stores.upsert(site.store, RecordKind.ALUMNI, [newcomer])
    site.erase("A-99")
    assert site.restore(file).erased == 0
    assert stores.upsert(site.store, RecordKind.ALUMNI, [newcomer])[0].outcome == "unchanged"
    assert site.ids() == set(PEOPLE)


def test_a_back_up_from_before_the_first_secret_is_corrected_too(site: Site) -> None:
    """One that another program made before the installation had a secret: the journal brings the secret."""
    site.journal = None
    file = site.back_up()
    site.journal = Journal(site.folder / "journal" / "journal.jsonl")
    site.store.close()
    site.__post_init__()
    site.erase("A-1")
    assert site.restore(file).unknown == 0
    assert site.ids() == set(PEOPLE) - {"A-1"}
    assert stores.upsert(site.store, RecordKind.ALUMNI, [ALUMNI[0]])[0].outcome == "unchanged"


def test_what_was_withdrawn_since_stays_withdrawn(site: Site) -> None:
    """Consents and objections too, by the last word of each person."""
    file = site.back_up()
    state = partial(writing(site.store).consents.state, purpose=Purpose.GUEST_LESSON)
    state(site.key("A-1"), given=False)
    state(site.key("A-2"), given=False)
    state(site.key("A-2"), given=True)
    writing(site.store).consents.set_objection(site.key("A-4"), objects=True)
    restored = site.restore(file)
    assert (restored.withdrawn, restored.objections) == (1, 1)

    def in_force(records: Records, id_: str) -> bool:
        consents = {consent.purpose: consent for consent in records.consents.of(site.key(id_))}
        return consents[Purpose.GUEST_LESSON].withdrawn_on is None

    with site.store.read() as records:
        assert not in_force(records, "A-1")
        assert in_force(records, "A-2")
        assert records.consents.objects_since(site.key("A-4")) == AS_OF


def test_a_calendar_that_was_taken_away_since_stays_away(site: Site) -> None:
    """Those of whoever took one away go again from a back-up of before, with their busy times; those of others stay."""
    calendars = writing(site.store).calendars
    evening = (datetime(2027, 3, 2, 18, tzinfo=UTC), datetime(2027, 3, 2, 20, tzinfo=UTC))
    for id_ in ("A-1", "A-2"):
        calendars.put(calendars.add(site.key(id_), "file"), [evening], events=1, remarks={})
    file = site.back_up()
    assert calendars.remove(site.key("A-1")) == 1
    site.restore(file)
    with site.store.read() as records:
        assert list(records.calendars.busy()) == [site.key("A-2")]
        assert records.calendars.of(site.key("A-1")) == []


def test_a_talk_that_was_ended_since_stays_over(site: Site) -> None:
    """A code and a talk of the back-up have ended: an alumnus may have taken them back since."""
    keys = [stores.key_of(site.store, RecordKind.ALUMNI, id_, "Noord") for id_ in PEOPLE[:2]]
    codes = [writing(site.store).talks.new(key)[0] for key in keys]
    assert writing(site.store).talks.use(codes[0], 7, None) is not None
    file = site.back_up()
    for key in keys:
        assert writing(site.store).talks.end(key)
    site.restore(file)
    assert not reading(site.store).talks.open_with(7)
    assert writing(site.store).talks.use(codes[1], 7, None) is None


def test_who_waits_at_a_door_and_was_erased_since_is_gone(site: Site) -> None:
    """Somebody who confirmed after the back-up and was erased is not an entry that waits once more."""
    door = writing(site.store).doors.open("Noord", "", None)
    writing(site.store).newcomers.add(door.code, "nieuw@voorbeeld.example", {"first_name": "Sanne"})
    writing(site.store).newcomers.add(door.code, "ander@voorbeeld.example", {"first_name": "Tim"})
    file = site.back_up()
    stores.upsert(site.store, RecordKind.ALUMNI, [Upsert(2, "A-99", "Noord", {"email": "nieuw@voorbeeld.example"})])
    writing(site.store).people.erase(stores.key_of(site.store, RecordKind.ALUMNI, "A-99", "Noord"), ())
    site.restore(file)
    there = reading(site.store).newcomers
    since = site.clock.now() - timedelta(days=30)
    assert there.waiting(since, email="nieuw@voorbeeld.example") == 0
    assert there.waiting(since, email="ander@voorbeeld.example") == 1


def test_a_consent_that_an_import_gave_again_before_the_back_up_stays(site: Site) -> None:
    """The journal knows of the withdrawal only, which is over: what was in force in the back-up is in force again."""
    writing(site.store).consents.state(site.key("A-1"), Purpose.GUEST_LESSON, given=False)
    site.clock.advance(timedelta(days=2))
    today = site.clock.today()
    values = {"consents": frozenset({Purpose.GUEST_LESSON}), "consent_date": today}
    stores.upsert(site.store, RecordKind.ALUMNI, [Upsert(2, "A-1", "Noord", values)])
    before = site.tables()["consents"]
    assert site.restore(site.back_up()).withdrawn == 0
    assert site.tables()["consents"] == before
    with site.store.read() as records:
        assert any(one.given_on == today and one.withdrawn_on is None for one in records.consents.of(site.key("A-1")))


def test_mail_is_held_and_every_door_closed(site: Site) -> None:
    """Mail of the back-up goes out only if a person releases it; sessions, links and tokens have ended."""
    key = site.key("A-1")
    writing(site.store).outbox.add(key, "invited")
    link = writing(site.store).links.new(key, "login", timedelta(days=1))
    token = access.new_token(site.app, COMMAND_LINE, "laptop", Role.COORDINATOR, "Noord")
    session = access.enter_with_token(
        App(site.store, None, site.clock),  # type: ignore[arg-type]
        VISITOR,
        token.secret,
    )
    file = site.back_up()
    restored = site.restore(file)
    assert (restored.held, restored.sessions, restored.links, restored.tokens) == (1, 1, 1, 1)
    (mail,) = stores.mails(site.store)
    assert (mail.state, mail.perhaps_twice) == ("held", True)
    assert writing(site.store).deliveries.take() is None
    assert reading(site.store).deliveries.next_due() is None
    assert reading(site.store).links.find(link) is None
    assert reading(site.store).tokens.find(token.secret) is None
    assert reading(site.store).sessions.find(session.secret) is None
    assert writing(site.store).outbox.retry(mail.key)
    assert writing(site.store).deliveries.take().key == mail.key


def test_a_database_with_data_is_not_replaced_unasked(site: Site) -> None:
    """Without `sure` nothing changes, and so it is without a journal where none is named or its file is gone."""
    file = site.back_up()
    before = site.tables()
    with pytest.raises(InvalidValue, match="restore_say_yes"):
        site.restore(file, sure=False)
    assert site.tables() == before
    site.journal = Journal(site.folder / "gone.jsonl")
    with pytest.raises(ConfigurationError, match="journal_missing"):
        site.restore(file)
    site.journal = None
    if site.url.startswith("sqlite"):
        assert site.tables() == before
        with pytest.raises(ConfigurationError, match="journal_none"):
            site.restore(file)
        assert site.tables() == before
    site.erase("A-1")
    assert site.restore(file, without_journal=True).has_journal is False
    assert site.ids() == set(PEOPLE)


def test_a_half_restored_database_lets_no_one_in(site: Site) -> None:
    """Where a restore on PostgreSQL stops in the middle, the program refuses until it was done again."""
    if site.url.startswith("sqlite"):
        pytest.skip("a SQLite file is replaced in one step")
    file = site.back_up()
    good, site.journal = site.journal, Journal(site.folder / "gone.jsonl")
    with pytest.raises(ConfigurationError, match="journal_missing"):
        site.restore(file)
    with pytest.raises(StoreUnavailable, match="restore_unfinished"):
        site.store.migrate()
    site.journal = good
    site.store.close()
    site.restore(file)
    site.store.migrate()
    assert site.ids() == set(PEOPLE)


def test_a_database_in_use_is_not_replaced(site: Site) -> None:
    """While another program has it open, nothing changes."""
    file = site.back_up()
    server = SqlStore(site.url, site.clock)
    with server.read() as records:
        assert records.changes.revision()
    with pytest.raises(StoreUnavailable, match="database_in_use"):
        site.restore(file)
    server.close()
    assert site.restore(file).alumni == len(ALUMNI)


def test_what_is_no_back_up_of_ours_is_refused(site: Site, tmp_path: Path) -> None:
    """Another file, a cut one, an empty one: nothing changes."""
    file = site.back_up()
    before = site.tables()
    whole = file.read_bytes()
    wrong = tmp_path / "wrong"
    for content in (b"", b"nothing of the kind" * 100, whole[: len(whole) // 2]):
        wrong.write_bytes(content)
        with pytest.raises((UnreadableFile, StoreError)):
            site.restore(wrong)
        assert site.tables() == before


def test_a_back_up_of_a_newer_program_is_refused(site: Site) -> None:
    """Its version is named, and nothing changes."""
    number = text("UPDATE alembic_version SET version_num = :version")
    site.store._database.write(lambda c: c.execute(number, {"version": "9999"}) and None)
    file = site.folder / "newer.backup"
    with pytest.raises(ConfigurationError, match="store_newer"):
        site.copies.save(file)
    site.store._database.write(lambda c: c.execute(number, {"version": HEAD}) and None)
    assert site.ids() == set(PEOPLE)


def test_a_back_up_of_an_older_version_is_brought_to_this_one_or_left(site: Site, urls: tuple[str, str]) -> None:
    """A database of before an upgrade is copied as it is; restored, it has the new tables, or the old ones if asked."""
    site.store._database.write(partial(downgrade, to="0006"))
    before = site.tables()
    file = site.back_up()
    assert site.tables() == before
    other = elsewhere(site, urls)
    site.store.close()
    assert other.restore(file).version == "0006"
    assert other.tables()["alembic_version"] == [(HEAD,)]
    assert other.restore(file, keep_version=True).version == "0006"
    after = other.tables()
    assert after.keys() == before.keys()
    added = {"audit", "audit_schools", "marks", "revisions"}
    assert {name for name in before if after[name] != before[name]} <= added
    assert set(before["audit"]) < set(after["audit"])
    other.store.close()


def test_a_log_from_before_an_upgrade_is_sound_after_it_was_restored(site: Site) -> None:
    """Whoever was erased since is nobody in it: as it is left for the older program, and at the next upgrade."""
    gone = site.key("A-1")
    stores.write(site.store, lambda tx: tx.note("match", {"query": 1, "shown": [[gone, 0.5]]}))
    site.store._database.write(lambda connection: downgrade(connection, to="0010"))
    file = site.folder / "old.backup"
    site.copies.save(file)
    site.store.migrate()
    site.erase("A-1")
    for keep_version in (False, True):
        site.restore(file, keep_version=keep_version)
        site.store.migrate()
        assert reading(site.store).audit.verify().wrong is None
        assert str(gone) not in str(site.tables())


def test_the_wrong_key_is_noticed_before_anything_changes(site: Site, urls: tuple[str, str]) -> None:
    """A back-up with encrypted addresses is refused where the settings have another key, or none."""
    from cryptography.fernet import Fernet

    site.keys = (Fernet.generate_key().decode(),)
    site.store.close()
    site.__post_init__()
    site.store.reseal(by=COMMAND_LINE)
    file = site.back_up()
    other = elsewhere(site, urls)
    for keys in ((), (Fernet.generate_key().decode(),)):
        other.keys = keys
        with pytest.raises(ConfigurationError, match="backup_key"):
            other.restore(file)
    other.keys = site.keys
    other.store = SqlStore(other.url, other.clock, other.keys)
    other.restore(file)
    assert reading(other.store).people.contact(other.key("A-1")).email == "A-1@voorbeeld.example"
    other.store.close()


def test_a_rehearsal_changes_nothing_but_its_date(site: Site) -> None:
    """It says how many alumni came back, and the database keeps the moment."""
    file = site.back_up()
    site.erase("A-1")
    before = site.tables()
    rehearsal = backups.rehearse(site.app, COMMAND_LINE, site.copies, file)
    assert (rehearsal.problems, rehearsal.restored.erased) == ((), 1)
    after = site.tables()
    assert {name for name in before if after[name] != before[name]} <= CHANGED
    stored = reading(site.store).installation.get(backups.LAST_REHEARSAL)
    assert json.loads(stored)["at"].startswith(AS_OF.isoformat())


def test_a_rehearsal_notices_a_broken_log(site: Site) -> None:
    """A back-up in which a line of the log was changed is named, and no rehearsal is recorded."""
    access.new_token(site.app, COMMAND_LINE, "laptop", Role.COORDINATOR, "Noord")
    site.store._database.write(lambda c: c.execute(schema.audit.update().values(action="login")) and None)
    file = site.folder / "changed.backup"
    site.copies.save(file)
    assert backups.rehearse(site.app, COMMAND_LINE, site.copies, file).problems == ("log",)
    assert reading(site.store).installation.get(backups.LAST_REHEARSAL) is None
    with pytest.raises(InvalidValue, match="backup_differs"):
        site.restore(file)


def test_a_damaged_database_can_be_replaced(site: Site) -> None:
    """What is no database any more is put aside and kept."""
    if not site.url.startswith("sqlite"):
        pytest.skip("a file of SQLite")
    file = site.back_up()
    site.store.close()
    database = Path(site.url.removeprefix("sqlite:///"))
    database.write_bytes(b"gone" * 1000)
    with pytest.raises(InvalidValue, match="restore_say_yes"):
        site.restore(file, sure=False)
    site.restore(file)
    assert site.ids() == set(PEOPLE)
    assert database.with_name("store.db.damaged").read_bytes() == b"gone" * 1000


def test_what_a_stopped_restore_left_goes_with_the_next(site: Site) -> None:
    """The folder beside the database, which holds a whole copy."""
    if not site.url.startswith("sqlite"):
        pytest.skip("a file of SQLite")
    file = site.back_up()
    left = site.folder / ".restoring-0"
    left.mkdir()
    (left / "place.db").write_bytes(file.read_bytes())
    site.restore(file)
    assert list(site.folder.glob(".restoring-*")) == []


def test_a_restore_leaves_another_that_is_at_work_alone(site: Site) -> None:
    """Its unpacked copy stays, so that neither takes an empty file for a back-up."""
    if not site.url.startswith("sqlite"):
        pytest.skip("a file of SQLite")
    file = site.back_up()
    with site.copies.unpack(file, apart=True) as place:
        site.restore(file)
        assert {one.alumnus_id for one in stores.alumni(place.store)} == set(PEOPLE)
        assert len(list(site.folder.glob(".restoring-*"))) == 1
    assert list(site.folder.glob(".restoring-*")) == []


def test_without_the_programs_of_postgresql_the_command_is_named(site: Site, tmp_path: Path) -> None:
    """Where pg_dump is missing the error says what to run, without the password."""
    if site.url.startswith("sqlite"):
        pytest.skip("SQLite needs no program")
    with pytest.raises(ConfigurationError) as refused:
        DumpBackups(site.url, site.clock, programs=(tmp_path,)).save(tmp_path / "none")
    assert refused.value.code == "backup_program"
    assert refused.value.values["example"].startswith("pg_dump --format=custom")
    assert site.url.split(":")[2].split("@")[0] not in str(refused.value.values)


def test_the_journal_names_no_one(site: Site) -> None:
    """No id, address or random key is in it, only digests; nor is there a way from one alumnus to another."""
    keys = {site.key(id_) for id_ in ("A-1", "A-2")}
    site.erase("A-1")
    writing(site.store).consents.state(site.key("A-2"), Purpose.MENTOR, given=False)
    assert site.journal is not None
    content = site.journal.path.read_text()
    acts = [act for line in content.splitlines() for act in json.loads(line).get("acts", ())]
    assert [act[0] for act in acts] == ["erase", "consent"]
    assert not any(str(key) in content for key in keys)
    assert not any(word in content.lower() for word in ("voorbeeld", "noord"))
    assert not re.search(r"(?<![\w-])a-[12](?![\w-])", content.lower())  # these signs may stand within a digest
    assert stat.S_IMODE(site.journal.path.stat().st_mode) == 0o600


def test_no_erasure_without_its_line(site: Site) -> None:
    """Where the journal cannot be written the erasure is not committed; and a line stands before the commit."""
    assert site.journal is not None
    folder = site.journal.path.parent
    shutil.rmtree(folder)
    before = site.tables()
    with pytest.raises(StoreUnavailable, match="journal_unusable"):
        site.erase("A-1")
    assert site.tables() == before
    folder.mkdir()
    site.erase("A-1")
    assert site.ids() == set(PEOPLE) - {"A-1"}


class Halted(Exception):
    """The process stopped."""


class HaltingJournal(Journal):
    """A journal whose process stops right after a line was written, before the commit, or right after the commit."""

    committed = False

    def announce(self, *arguments: Any) -> None:
        super().announce(*arguments)
        if not self.committed:
            raise Halted

    def settle(self, *_: Any, **__: Any) -> None:
        raise Halted


@pytest.mark.parametrize("committed", [False, True])
def test_a_process_that_stops_around_the_commit(site: Site, committed: bool) -> None:
    """Its line counts as long as no one knows better, and the next back-up finds out what became of it."""
    file = site.back_up()
    earlier = Path(shutil.copy(file, site.folder / "earlier.backup"))
    assert site.journal is not None
    halting = HaltingJournal(site.journal.path)
    halting.committed = committed
    store = SqlStore(site.url, site.clock, journal=halting)
    with pytest.raises(Halted):
        stores.write(store, lambda tx: tx.people.erase(site.key("A-1"), []))
    store.close()
    assert ("A-1" in site.ids()) is not committed
    assert backups.rehearse(site.app, COMMAND_LINE, site.copies, file).restored.uncertain == 1
    site.back_up()
    restored = backups.rehearse(site.app, COMMAND_LINE, site.copies, earlier).restored
    assert (restored.erased, restored.uncertain) == (int(committed), 0)


def test_a_cut_off_line_costs_only_itself(site: Site) -> None:
    """What another process left half-written is counted, and the next line stands on its own."""
    file = site.back_up()
    site.erase("A-1")
    assert site.journal is not None
    with site.journal.path.open("ab") as journal:
        journal.write(b'{"at":"2027-03-01T1')
    site.erase("A-2")
    restored = site.restore(file)
    assert (restored.erased, restored.damaged) == (2, 1)
