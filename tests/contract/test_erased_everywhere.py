"""After an erasure every file and every table is searched for the words of the erased, whatever other processes did.

On a SQLite file and on PostgreSQL, whose own files are read; the processes next to the one that erases are real.
"""

from __future__ import annotations

import multiprocessing
import secrets
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import create_engine, make_url, select, text, type_coerce
from sqlalchemy.types import NullType

from matcher.domain.aftercare import AftercareContact, CaseState, How, Outcome
from matcher.domain.feedback import link_of
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.own_fields import OwnKind, OwnSpec
from matcher.domain.own_list import Reason as NotWanted
from matcher.domain.records import RecordKind
from matcher.domain.talks import Appointment
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.ports import Cleanness
from matcher.repositories.segments import KeptMessage
from matcher.repositories.values import NOBODY, Side, Upsert
from matcher.services import duplicates, erasure, keys, matching, own_fields, privacy, undo
from matcher.services.app import App, WithoutEngine
from matcher.services.matching import AsSent
from matcher.store import postgres_files, schema
from matcher.store.files import CHECKED
from matcher.store.sql_store import SqlStore
from matcher.store.versions import downgrade
from tests.support import erasing, fresh, stores
from tests.support.apps import Engine
from tests.support.erasing import app_on
from tests.support.fakes import HashEncoder
from tests.support.postgres import PostgresServer
from tests.support.records import FULL_ALUMNUS
from tests.support.stores import open_store, reading, upsert, writing

SPAWN = multiprocessing.get_context("spawn")
PATIENCE = 60
GONE = "A-ZOEK-0042"
PERSON = {
    "first_name": "Zeldzaamvoornaam",
    "last_name": "Van Zeldzámachternaam",
    "email": "zeldzaam.adres@zoekmij.example",
    "phone": "06-98765432",
    "experience": "Ik kan een zeldzaamwoord uitleggen. " * 8,
    "needs": "zeldzamewens om te leren",
    "employer": "Zeldzaamwerkgever BV",
    "own:Hobby": "zeldzamehobby",
}
CONSENTED = {"consents": frozenset({Purpose.GUEST_LESSON}), "consent_date": date(2027, 2, 17)}
WORDS = [
    *(GONE, "Zeldzaamvoornaam", "Zeldzámachternaam", "zeldzaam.adres@zoekmij", "06-98765432", "zeldzaamwoord"),
    *("zeldzamewens", "Zeldzaamwerkgever", "vroeger@zoekmij", "zeldzamehobby"),
    *("zeldzaambezwaar", "zeldzaambesluit", "zeldzaamgesprek", "zeldzamenotitie", "zeldzaamverzoek"),
    "zeldzamevaardigheid",
]


@dataclass(frozen=True)
class Place:
    """One database, and a folder for the caches of its processes."""

    url: str
    folder: Path
    apps: list[App] = field(default_factory=list)

    @property
    def cache(self) -> Path:
        return self.folder / "own"

    def app(self) -> App:
        self.apps.append(app_on(self.url, self.cache))
        return self.apps[-1]


def spoken(store: SqlStore, key: int) -> None:
    """What hangs on talks with an adviser, and what the alumnus said of lists."""
    upsert(store, RecordKind.OFFERINGS, [Upsert(2, "C-1", "Leerhuis", {"title": "Een cursus"})])
    course = stores.key_of(store, RecordKind.OFFERINGS, "C-1")
    request = stores.key_of(store, RecordKind.REQUESTS, "R-1")
    writing(store).talks.new(key)
    meeting = Appointment(0, key, 7, datetime(2027, 3, 2, tzinfo=UTC), "een zeldzaamgesprek")
    writing(store).appointments.add(meeting)
    writing(store).shortlists.put(key, course, "een andere notitie")
    writing(store).shortlists.put(key, course, "een zeldzamenotitie")
    writing(store).not_for_me.add(key, NotWanted.TOO_FAR, offering_key=course)
    writing(store).disputes.open(key, request, None, "een zeldzaamverzoek")
    writing(store).own_meanings.say(key, "zeldzamevaardigheid", "https://concept.example/1", confirmed=False)


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    store = open_store(database_url)
    fresh.migrate(store)
    rows = [Upsert(number, f"A-{number}", "Noord", {**FULL_ALUMNUS, "email": None}) for number in range(2, 30)]
    writing(store).own_fields.add("Noord", OwnSpec("Hobby", OwnKind.TEXT))
    upsert(store, RecordKind.ALUMNI, [*rows, Upsert(99, GONE, "Noord", {**FULL_ALUMNUS, **PERSON})])
    key = stores.key_of(store, RecordKind.ALUMNI, GONE)
    account = writing(store).accounts.save("x", "urn:zeldzaamwoord", Role.ALUMNUS, "Noord", key)
    writing(store).sessions.open(account.key)
    asked = [Upsert(2, "R-1", "Noord", {"kind": RequestKind.MENTOR, "title": "Een mentor"})]
    upsert(store, RecordKind.REQUESTS, asked)
    writing(store).grades.draw([(stores.key_of(store, RecordKind.REQUESTS, "R-1"), key)])
    (pair,) = reading(store).grades.sitting(COMMAND_LINE.key)
    writing(store).grades.put(pair.key, 3)
    writing(store).outbox.add(key, "email_changed", address="vroeger@zoekmij.example", values={"note": "zeldzaamwoord"})
    writing(store).aftercare_cases.object(key, "een zeldzaambezwaar")
    writing(store).aftercare_cases.settle(key, CaseState.REJECTED, "een zeldzaambesluit")
    writing(store).aftercare.add(AftercareContact(key, date(2027, 2, 17), How.PHONE, Outcome.WORK))
    spoken(store, key)
    asked_and_answered(store, key)
    if "postgres" in database_url:  # as autovacuum does: the planner's statistics then hold values too
        with store._database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    store.close()
    place = Place(database_url, tmp_path)
    yield place
    for app in place.apps:
        app.store.close()


def asked_and_answered(store: SqlStore, key: int) -> None:
    """A message to a group went to the alumnus, whose answers to its questions were counted."""
    message = KeptMessage(
        *(0, "", "Noord", "Iedereen", {}, "feedback", "Vragen", "Zeg het.", [{"form": "scale", "text": "Hoe goed?"}]),
        *("sent", datetime(2027, 3, 1), None, "coordinator"),
    )
    kept = writing(store).segment_messages.add(message)
    entry = writing(store).ledger.add(LedgerLine(key, None, LedgerEvent.ASKED, date(2027, 3, 1)))
    mail = writing(store).outbox.add(key, "segment_feedback", values={"segment": str(kept.key)}, link=link_of(kept.key))
    writing(store).segment_messages.add_people(kept.key, [(key, entry, mail)])
    (person,) = reading(store).segment_messages.people(alumnus_key=key)
    writing(store).segment_messages.put(person.key, "asked", {"answered": True})
    words = {1: "Groet, Zeldzámachternaam", 2: "Mail zeldzaam.adres@zoekmij.example", 3: "of bel 06-98765432"}
    writing(store).feedback.count(kept.key, "25655", {0: "4"}, words)


def imported_before(place: Place) -> None:
    """An import that can be taken back, and with it what it overwrote."""
    store = open_store(place.url)
    import_id = writing(store).imports.begin(RecordKind.ALUMNI, "Noord", "list.xlsx")
    changed = {name: None if name == "email" else f"Anders {name}" for name in PERSON}
    for values in (changed, PERSON):
        row = Upsert(99, GONE, "Noord", values)
        writing(store).imports.upsert(RecordKind.ALUMNI, [row], import_id=import_id)
    store.close()


def files_of(place: Place) -> Iterator[Path]:
    """Every file of the caches, and of the database; for PostgreSQL its tables and its write-ahead log."""
    yield from (path for path in place.folder.rglob("*") if path.is_file())
    if "postgres" not in place.url:
        return
    store = open_store(place.url)
    with store._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        home = Path(connection.execute(text("SHOW data_directory")).scalar_one())
        connection.execute(text("CHECKPOINT"))
        own = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar_one()
    store.close()
    for folder in (home / "base" / str(own), home / "pg_wal"):
        yield from (path for path in folder.rglob("*") if path.is_file())


def read_elsewhere(path: Path) -> bytes:
    """A file as another process reads it: SQLite would lose its locks on one that is closed in this process."""
    return subprocess.run(["cat", path], capture_output=True, check=True).stdout


def still_holds(place: Place, words: list[str], *keys: int) -> set[tuple[str, str]]:
    """Each word with the file or table that holds it; a key as arrays, both databases and JSON write it."""
    bytes_of = {word: [word.encode(), word.lower().encode()] for word in words}
    bytes_of |= {
        str(key): [key.to_bytes(8, "big"), key.to_bytes(8, "little"), str(key).encode(), f"{key:x}".encode()]
        for key in keys
    }
    found = set()
    for path in files_of(place):
        content = path.read_bytes() if "postgres" in place.url else read_elsewhere(path)
        found |= {(word, path.name) for word, forms in bytes_of.items() if any(form in content for form in forms)}
    store = open_store(place.url)
    with store._database.reading() as connection:
        for table in schema.metadata.sorted_tables:
            raw = select(*(type_coerce(column, NullType) for column in table.columns))
            rows = str(connection.execute(raw).all()).lower()
            found |= {(word, table.name) for word in words if word.lower() in rows}
            found |= {(str(key), table.name) for key in keys if str(key) in rows or f"{key:x}" in rows}
    store.close()
    return found


def finished(process: BaseProcess) -> int | None:
    process.start()
    process.join(PATIENCE)
    return process.exitcode


def codes(places: Any, state: Cleanness) -> set[str]:
    return {place.code for place in places if place.state is state}


@contextmanager
def a_reader(url: str) -> Iterator[Callable[[], None]]:
    """Another process in the middle of a reading; call what it yields to end it."""
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=erasing.read_until_told, args=(url, theirs), daemon=True)
    process.start()
    assert ours.poll(PATIENCE)
    assert ours.recv() == "reading"

    def end() -> None:
        if process.is_alive():
            ours.send("end")
            assert ours.poll(PATIENCE)
            process.join(PATIENCE)

    try:
        yield end
        end()
    finally:
        process.kill()


def left(places: Any) -> list[Any]:
    """What is not finished, but for the log of PostgreSQL, which waits for the daily job."""
    return [place for place in places if place.state is Cleanness.UNFINISHED and place.code != "log_holds"]


def nothing_else(place: Place) -> None:
    """The process that erases is the only one; it remembers an answer that shows the erased."""
    app = place.app()
    privacy.give(app, COMMAND_LINE, Purpose.MENTOR, given=True, alumnus_id=GONE)
    can_be_asked = {"offers": frozenset({RequestKind.MENTOR}), "paused_until": None}
    upsert(app.store, RecordKind.ALUMNI, [Upsert(99, GONE, "Noord", can_be_asked)])
    key = stores.key_of(app.store, RecordKind.ALUMNI, GONE)
    text = AsSent("text", lambda ranking, _: str([one.record.experience for one in ranking.matches]).encode())
    assert b"zeldzaamwoord" in matching.as_sent(app, COMMAND_LINE, matching.asked_list(app, COMMAND_LINE, "R-1"), text)
    assert app.engine.remembered.holding([key]) == [key]
    erased = erasure.erase(app, COMMAND_LINE, GONE)
    assert (erased.found_in, left(erased.places)) == ((), [])
    assert len(app.engine.remembered) == 0
    assert codes(erased.places, Cleanness.UNSEEN) == {"backups"}
    log_left = {"log_holds"} if "postgres" in place.url else set()
    assert codes(erased.places, Cleanness.UNFINISHED) == log_left
    assert {path for _, path in still_holds(place, WORDS) if len(path) != len("000000010000000000000001")} == set()


def another_has_a_cache(place: Place) -> None:
    """Another process keeps snapshots in a folder of its own: named, until it does its part at its next question."""
    other = str(place.folder / "other")
    assert finished(SPAWN.Process(target=erasing.ask, args=(place.url, other))) == 0
    app = place.app()
    erased = erasure.erase(app, COMMAND_LINE, GONE)
    assert (erased.found_in, [one.code for one in left(erased.places)]) == ((), ["folders_behind"])
    assert left(erased.places)[0].values["count"] == 1
    assert finished(SPAWN.Process(target=erasing.ask, args=(place.url, other))) == 0
    assert erasure.erase_records(app, COMMAND_LINE, erased.keys).unfinished == ()


def another_was_killed_while_it_wrote(place: Place) -> None:
    """A half-written snapshot of a process that was killed goes with the others."""
    killed = SPAWN.Process(target=erasing.die_while_saving, args=(place.url, str(place.cache)))
    assert finished(killed) == -signal.SIGKILL
    assert list((place.cache / "snapshots").glob("writing-*"))
    erased = erasure.erase(place.app(), COMMAND_LINE, GONE)
    assert (erased.found_in, left(erased.places)) == ((), [])


def it_stopped_after_the_commit(place: Place) -> None:
    """A process is killed between its commit and the cleaning: the next one finishes it, with a held snapshot too."""
    app = place.app()
    app.engine.current.snapshots.hold(app.engine.current.pool())
    killed = SPAWN.Process(target=erasing.die_after_the_commit, args=(place.url, str(place.cache), GONE))
    assert finished(killed) == -signal.SIGKILL
    assert list((place.cache / "snapshots").glob("pool-*/held"))
    place.app().engine.current.pool()
    assert list((place.cache / "snapshots").glob("pool-*/held")) == []


def another_reads(place: Place) -> None:
    """While another process reads, it is said that this is not finished and why; the daily job finishes it."""
    app = place.app()
    with a_reader(place.url) as end:
        erased = erasure.erase(app, COMMAND_LINE, GONE)
        assert len(codes(erased.unfinished, Cleanness.UNFINISHED) & {"file_in_use", "tables_in_use"}) == 1
        assert still_holds(place, WORDS)
        end()
    assert codes(erasure.finish(app), Cleanness.UNFINISHED) == set()


CASES = [
    nothing_else,
    another_has_a_cache,
    another_was_killed_while_it_wrote,
    it_stopped_after_the_commit,
    another_reads,
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_no_file_and_no_table_holds_a_word_of_the_erased(place: Place, case: Callable[[Place], None]) -> None:
    """Nor the random key, or that of the account: in tables, the log, the files of the database, and every cache."""
    imported_before(place)
    store = open_store(place.url)
    key = stores.key_of(store, RecordKind.ALUMNI, GONE)
    account = writing(store).accounts.save("x", "urn:zeldzaamwoord", Role.ALUMNUS, "Noord", key)
    teacher = Asker(7, Role.TEACHER, "Noord")
    stores.note(store, teacher, "match", {"query": 1, "shown": [[key, 0.5]]})
    stores.note(store, teacher, "explain", {"refused": [key]})
    stores.note(store, account, "consent.write", {"alumnus": key, "given": True})
    sent = {"school": "Noord", "kind": "alumni", "file": "Lijst van Zeldzaamvoornaam.csv", "wishes": {}}
    upload = writing(store).uploads.add(**sent, content=[b"zeldzaam.adres@zoekmij.example"])
    writing(store).uploads.put(upload, outcome={"preview": [{"ervaring": "zeldzaamwoord", "telefoon": "06-98765432"}]})
    store.close()
    assert {word for word, _ in still_holds(place, WORDS)} == set(WORDS)
    case(place)
    assert codes(erasure.finish(place.app()), Cleanness.UNFINISHED) == set()
    assert still_holds(place, WORDS, key, account.key) == set()
    store = open_store(place.url)
    told = [(entry.action, entry.actor, dict(entry.details)) for entry in stores.log(store) if entry.id <= 3]
    assert told == [
        ("consent.write", None, {"alumnus": NOBODY, "given": True}),
        ("explain", 7, {"refused": [NOBODY]}),
        ("match", 7, {"query": 1, "shown": [[NOBODY, 0.5]]}),
    ]
    assert reading(store).audit.verify().wrong is None
    store.close()


@pytest.mark.parametrize("by_former_number", [False, True])
def test_an_erasure_after_a_merge_leaves_nothing_of_either(place: Place, *, by_former_number: bool) -> None:
    """Neither of what the undo keeps, nor of the former number, key and log; and by either number they are found."""
    imported_before(place)
    app = place.app()
    gone = stores.key_of(app.store, RecordKind.ALUMNI, GONE)  # type: ignore[arg-type]
    upsert(app.store, RecordKind.ALUMNI, [Upsert(2, "A-SAMEN-77", "Noord", {"town": "Zeldzaamstad"})])  # type: ignore[arg-type]
    kept = stores.key_of(app.store, RecordKind.ALUMNI, "A-SAMEN-77")  # type: ignore[arg-type]
    account = writing(app.store).accounts.save("x", "urn:zeldzaamwoord", Role.ALUMNUS, "Noord", gone)
    teacher = Asker(7, Role.TEACHER, "Noord")
    stores.note(app.store, teacher, "match", {"query": 1, "shown": [[gone, 0.5], [kept, 0.4]]})
    stores.note(app.store, teacher, "explain", {"refused": [gone]})
    stores.note(app.store, account, "consent.write", {"alumnus": gone, "given": True})
    app.engine.current.pool()
    duplicates.merge(app, COMMAND_LINE, "A-SAMEN-77", GONE, {"employer": Side.KEPT}, school="Noord")
    assert reading(app.store).audit.verify().wrong is None
    app.engine.current.pool()
    erased = erasure.erase(app, COMMAND_LINE, GONE if by_former_number else "A-SAMEN-77", school="Noord")
    assert erased.found_in == ()
    assert codes(erasure.finish(app), Cleanness.UNFINISHED) == set()
    assert still_holds(place, [*WORDS, "A-SAMEN-77", "Zeldzaamstad"], gone, kept, account.key) == set()
    assert reading(app.store).audit.verify().wrong is None


def test_nothing_is_left_of_one_of_two_who_were_one(place: Place) -> None:
    """What an import wrote over while they were one does not come back to the first, whoever takes it back."""
    app = place.app()
    gone = stores.key_of(app.store, RecordKind.ALUMNI, GONE)  # type: ignore[arg-type]
    upsert(app.store, RecordKind.ALUMNI, [Upsert(2, "A-SAMEN-77", "Noord", {"town": "Zwolle"})])  # type: ignore[arg-type]
    merge_id = duplicates.merge(app, COMMAND_LINE, "A-SAMEN-77", GONE, school="Noord")
    app.engine.current.pool()
    import_id = str(writing(app.store).imports.begin(RecordKind.ALUMNI, "Noord", "list.xlsx"))
    changed = {name: f"anders{len(name)}@x.example" if name == "email" else f"Anders {name}" for name in PERSON}
    row = Upsert(2, "A-SAMEN-77", "Noord", changed)
    writing(app.store).imports.upsert(RecordKind.ALUMNI, [row], import_id=import_id)
    app.engine.current.pool()
    duplicates.undo_merge(app, COMMAND_LINE, merge_id)
    assert undo.undo(app, COMMAND_LINE, import_id).left == ()
    app.engine.current.pool()
    erased = erasure.erase(app, COMMAND_LINE, GONE, school="Noord")
    assert erased.found_in == ()
    assert codes(erasure.finish(app), Cleanness.UNFINISHED) == set()
    assert still_holds(place, WORDS, gone) == set()
    assert reading(app.store).audit.verify().wrong is None


def test_a_word_that_others_spell_differently_is_not_the_erased(place: Place) -> None:
    """A snapshot holds skills as they are compared: `kaasmakerij` is there because someone wrote `KAASMAKERIJ`."""
    app = place.app()
    rows = [
        Upsert(2, GONE, "Noord", {"skills": ("kaasmakerij",)}),
        Upsert(3, "A-2", "Noord", {"skills": ("KAASMAKERIJ",)}),
    ]
    upsert(app.store, RecordKind.ALUMNI, rows)  # type: ignore[arg-type]
    app.engine.current.pool()
    erased = erasure.erase(app, COMMAND_LINE, GONE)
    assert erased.found_in == ()
    assert erasure.erase(app, COMMAND_LINE, "A-2").found_in == ()
    assert codes(erasure.finish(app), Cleanness.UNFINISHED) == set()
    assert still_holds(place, ["kaasmakerij"]) == set()


def test_what_stands_in_every_file_is_not_the_erased(place: Place) -> None:
    """A day that others have too, as an undo keeps it, and a word that is the name of one of our columns."""
    app = place.app()
    rows = [Upsert(number, one, "Noord", CONSENTED) for number, one in ((2, GONE), (3, "A-2"))]
    upsert(app.store, RecordKind.ALUMNI, rows)  # type: ignore[arg-type]
    import_id = writing(app.store).imports.begin(RecordKind.ALUMNI, "Noord", "list.xlsx")  # type: ignore[arg-type]
    later = {**CONSENTED, "consent_date": date(2027, 2, 18), "function": "former_addresses"}
    row = Upsert(2, GONE, "Noord", later)
    writing(app.store).imports.upsert(RecordKind.ALUMNI, [row], import_id=import_id)  # type: ignore[arg-type]
    app.engine.current.pool()
    assert erasure.erase(app, COMMAND_LINE, GONE).found_in == ()
    assert codes(erasure.finish(app), Cleanness.UNFINISHED) == set()


@pytest.mark.parametrize("behind", ["a postcode", "a key in an index"])
def test_values_that_stand_one_behind_the_other_are_not_the_erased(place: Place, behind: str) -> None:
    """In a file of SQLite `Z-1234` and the postcode `5012` make `Z-12345`, and the first byte of a key may be a 5."""
    app = place.app()
    rows = [
        Upsert(2, "Z-12345", "Noord", {}),
        Upsert(3, "Z-1234", "Noord", {"pc4": "5012"} if "code" in behind else {}),
    ]
    upsert(app.store, RecordKind.ALUMNI, rows)  # type: ignore[arg-type]
    if "key" in behind:
        alumni = schema.alumni.update().where(schema.alumni.c.alumnus_id == "Z-1234").values(key=ord("5") << 56)
        app.store._database.write(lambda connection: connection.execute(alumni) and None)  # type: ignore[attr-defined]
    erased = erasure.erase(app, COMMAND_LINE, "Z-12345")
    assert erased.found_in == ()
    assert codes(erasure.finish(app), Cleanness.UNFINISHED) == set()


def test_statistics_of_the_last_one_go_too(place: Place) -> None:
    """PostgreSQL keeps the planner's statistics of a table that has no rows left as they were."""
    app = place.app()
    with app.store.read() as records:
        everyone = [one.key for one in records.records.page(RecordKind.ALUMNI, limit=100)]
    erased = erasure.erase_records(app, COMMAND_LINE, everyone)
    assert (erased.found_in, erased.unfinished, len(erased.keys)) == ((), (), 29)
    assert still_holds(place, WORDS) == set()


def corrected(place: Place) -> None:
    """An alumnus states another address, telephone number, name, hobby and text; an import had overwritten those."""
    imported_before(place)
    app = place.app()
    for name, value in (
        *(("first_name", "Anders"), ("last_name", "Geheten"), ("email", "nu@voorbeeld.example")),
        *(("phone", "0600000000"), ("experience", "Iets anders."), ("needs", None), ("employer", None)),
    ):
        privacy.correct(app, COMMAND_LINE, name, value, alumnus_id=GONE, school="Noord")
    own_fields.correct(app, COMMAND_LINE, "Hobby", "lezen", alumnus_id=GONE, school="Noord")
    for message in stores.mails(app.store):  # type: ignore[arg-type]
        writing(app.store).outbox.drop(message.key)


def imported_again(place: Place) -> None:
    """The school sends other values."""
    store = open_store(place.url)
    upsert(store, RecordKind.ALUMNI, [Upsert(2, GONE, "Noord", {**FULL_ALUMNUS, **dict.fromkeys(PERSON)})])
    for message in stores.mails(store):
        writing(store).outbox.drop(message.key)
    store.close()


def another_key(place: Place) -> None:
    """Contact details are encrypted for the first time."""
    store = open_store(place.url, Fernet.generate_key().decode())
    keys.rotate(WithoutEngine(store, store._clock), COMMAND_LINE)
    store.close()


OVERWRITTEN = [*WORDS[1:5], "zeldzamehobby"]


@pytest.mark.parametrize("change", [corrected, imported_again, another_key], ids=lambda change: change.__name__)
def test_no_file_holds_a_value_that_was_overwritten(place: Place, change: Callable[[Place], None]) -> None:
    """Though another process read the database while it changed: the daily job says so when it is finished.

    What somebody wrote in an answer that is of nobody is not overwritten with the record.
    """
    store = open_store(place.url)
    store._database.write(lambda connection: connection.execute(schema.feedback_texts.delete()))
    store.close()
    assert {word for word, _ in still_holds(place, OVERWRITTEN)} == set(OVERWRITTEN)
    with a_reader(place.url) as end:
        change(place)
        assert {word for word, _ in still_holds(place, OVERWRITTEN)} == set(OVERWRITTEN)
        end()
    places = erasure.finish(place.app())
    assert places
    assert codes(places, Cleanness.UNFINISHED) | codes(places, Cleanness.FOUND) == set()
    assert still_holds(place, OVERWRITTEN) == set()
    assert erasure.finish(place.app()) == ()


def test_no_vector_of_another_encoder_stays(place: Place) -> None:
    """What an earlier encoder made of the texts of the erased goes too, also of texts without rare words."""
    app = place.app()
    earlier = Engine(app.store, HashEncoder(name="earlier"), app.clock, cache=place.cache)
    earlier.pool()
    app.engine.current.pool()
    assert vectors_in(place, "earlier@32") == vectors_in(place, "hash@32") != set()
    before = vectors_in(place, "hash@32")
    erasure.erase(app, COMMAND_LINE, GONE)
    assert vectors_in(place, "hash@32") < before
    assert vectors_in(place, "earlier@32") <= vectors_in(place, "hash@32")


def vectors_in(place: Place, encoder: str) -> set[str]:
    store, table = open_store(place.url), schema.vectors
    with store._database.reading() as connection:
        found = connection.execute(select(table.c.text_hash).where(table.c.encoder == encoder)).scalars().all()
    store.close()
    return set(found)


@contextmanager
def copies_beside(place: Place) -> Iterator[set[str]]:
    """What rehearsals and restores leave when they are killed; the names of it."""
    if "postgres" not in place.url:
        file = Path(make_url(place.url).database or "")
        left = [file.parent / ".restoring-0", file.with_name(f"{file.name}.damaged")]
        left[0].mkdir(exist_ok=True)
        left[1].touch()
        yield {path.name for path in left}
        left[0].rmdir()
        left[1].unlink()
        return
    store, name = open_store(place.url), f"{CHECKED}{secrets.token_hex(4)}"
    with store._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield {name}
        connection.execute(text(f"DROP DATABASE {name}"))
    store.close()


def test_a_copy_that_a_stopped_restore_left_is_named(place: Place) -> None:
    """It may hold the erased whole, so it is not said that all is clean; once it is gone, it is."""
    app = place.app()
    with copies_beside(place) as names:
        erased = erasure.erase(app, COMMAND_LINE, GONE)
        (copies,) = (one for one in left(erased.places) if one.code == "copies_left")
        assert names <= set(copies.values["names"].split(", "))
    again = erasure.erase_records(app, COMMAND_LINE, erased.keys)
    assert not [one for one in left(again.places) if names & set(str(one.values.get("names")).split(", "))]


@pytest.mark.parametrize(
    "noted", ["zeldzaam.adres@ZOEKMIJ.example", "06-98765432", "Zeldzaamvoornaam Van Zeldzámachternaam"]
)
def test_what_others_wrote_of_the_erased_is_named(place: Place, noted: str) -> None:
    """A name, an address or a number in a request, a course or the text of another alumnus: never called clean."""
    app = place.app()
    lesson = {"kind": RequestKind.GUEST_LESSON, "title": "Gastles", "description": f"Vraag {noted} eens."}
    upsert(
        app.store,
        RecordKind.REQUESTS,
        [Upsert(2, "R-1", "Noord", lesson), Upsert(3, "R-2", "Noord", {**lesson, "description": "x"})],
    )
    upsert(app.store, RecordKind.OFFERINGS, [Upsert(2, "C-1", "Aanbieder", {"title": f"Les van {noted}"})])
    upsert(app.store, RecordKind.ALUMNI, [Upsert(2, "B-1", "Zuid", {"experience": f"Werkte met {noted}, 100%."})])
    coordinator = Asker(5, Role.COORDINATOR, "Noord")
    erased = erasure.erase(app, coordinator, GONE)
    places = {one.code: one.values for one in left(erased.places)}
    assert places["mentioned"] == {"count": 2, "records": "C-1 (Aanbieder), R-1 (Noord)"}
    assert places["mentioned_elsewhere"] == {"count": 1}


def test_waiting_for_a_reader_holds_no_lock(place: Place) -> None:
    """While an erasure waits for another process that reads, others write; it is still waiting after those."""
    app, other = place.app(), place.app()
    app.engine.current.pool()
    with a_reader(place.url) as end:
        waiting = threading.Thread(target=erasure.erase, args=(app, COMMAND_LINE, GONE))
        waiting.start()
        while stores.find(other.store, RecordKind.ALUMNI, GONE):
            pass
        for number in range(3):
            writing(other.store).installation.replace("test", str(number))
        assert waiting.is_alive()
        end()
    waiting.join(PATIENCE)
    assert not waiting.is_alive()


@contextmanager
def writing_elsewhere(postgres: PostgresServer) -> Iterator[None]:
    """A transaction that writes, in another database of the same server."""
    engine = create_engine(make_url(postgres.url()).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_current_xact_id()"))
        yield
    engine.dispose()


def test_a_transaction_in_another_database_of_the_server(postgres: PostgresServer, tmp_path: Path) -> None:
    """PostgreSQL keeps what was deleted after one began that has not ended, wherever: that is said, and finished."""
    url = postgres.url()
    store = open_store(url)
    fresh.migrate(store)
    upsert(store, RecordKind.ALUMNI, [Upsert(2, "A-2", "Noord", FULL_ALUMNUS), Upsert(3, GONE, "Noord", PERSON)])
    store.close()
    place = Place(url, tmp_path)
    app = place.app()
    with writing_elsewhere(postgres):
        erased = erasure.erase(app, COMMAND_LINE, GONE)
        assert erased.found_in == ()
        assert codes(left(erased.places), Cleanness.UNFINISHED) == {"tables_in_use"}
    assert codes(erasure.finish(app), Cleanness.UNFINISHED) == set()
    assert still_holds(place, WORDS[:3]) == set()
    app.store.close()


def test_no_segment_of_the_log_is_left_as_it_was(postgres: PostgresServer) -> None:
    """Not one of those either that a checkpoint keeps to use again, when checkpoints after it keep fewer."""
    store = open_store(postgres.url())
    engine = store._database.engine
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        emit = text("SELECT pg_logical_emit_message(false, 'word', 'zeldzaamwoord' || repeat('x', 4000000))")
        for _ in range(100):  # 24 segments
            connection.execute(emit)
    assert postgres_files.search_log(engine, [b"zeldzaamwoord"])
    assert postgres_files.overwrite_log(engine)
    assert postgres_files.search_log(engine, [b"zeldzaamwoord"]) == set()
    store.close()


def test_a_role_that_owns_only_its_tables(postgres: PostgresServer, tmp_path: Path) -> None:
    """The tables are written anew; what that role cannot read is named, with who can, and never called clean."""
    url, name = postgres.url(), "plain"
    superuser = open_store(url)
    with superuser._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        database = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD '{postgres.password}'"))
        connection.execute(text(f"GRANT ALL ON DATABASE {database} TO {name}"))
        connection.execute(text(f"GRANT ALL ON SCHEMA public TO {name}"))
    superuser.close()
    place = Place(url.replace("//tester:", f"//{name}:"), tmp_path)
    store = open_store(place.url)
    store.migrate()
    upsert(store, RecordKind.ALUMNI, [Upsert(2, "A-2", "Noord", FULL_ALUMNUS), Upsert(3, GONE, "Noord", PERSON)])
    store.close()
    erased = erasure.erase(place.app(), COMMAND_LINE, GONE)
    assert erased.found_in == ()
    assert codes(erased.places, Cleanness.CLEAN) == {"tables", "cache"}
    assert codes(erased.places, Cleanness.UNFINISHED) == {"statistics"}
    assert codes(erased.places, Cleanness.UNSEEN) == {"log_unseen", "backups"}
    held = {path for word, path in still_holds(Place(url, tmp_path), WORDS[:3])}
    assert all(len(path) == 24 for path in held), "in segments of the write-ahead log only"
    assert held, "which is why it may not be called clean"
    place.apps[0].store.close()


def test_no_file_keeps_the_keys_of_a_log_from_before_its_upgrade(place: Place) -> None:
    """An erasure after the upgrade that sealed the log anew finds no entry of before in the files of the database."""
    store = open_store(place.url)
    key = stores.key_of(store, RecordKind.ALUMNI, GONE)
    for _ in range(20):
        stores.write(store, lambda tx: tx.note("match", {"query": 1, "shown": [[key, 0.5]], "text": "x" * 200}))
    store._database.write(lambda connection: downgrade(connection, to="0010"))
    store.migrate()
    store.close()
    erased = erasure.erase(place.app(), COMMAND_LINE, GONE)
    assert (erased.found_in, left(erased.places)) == ((), [])
    assert {path for _, path in still_holds(place, [], key) if len(path) != len("000000010000000000000001")} == set()
