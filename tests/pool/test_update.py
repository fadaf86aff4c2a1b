"""What changed is put into the pool before, and says what a pool built anew says."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection, select

from matcher.disclosure.profiles import steps_of
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.places import Coordinates
from matcher.domain.records import Alumnus, RecordKind, Request, record_id
from matcher.errors import InvalidValue
from matcher.matching.visibility import visible
from matcher.policy import COMMAND_LINE
from matcher.pool import OfPeople, Pool
from matcher.pool.build import NO_REQUEST, texts_of
from matcher.pool.builder import LANGUAGES
from matcher.pool.cards import cards_of
from matcher.pool.columns import BUSY_BITS, code_of, day_number, day_of
from matcher.pool.compare import differences
from matcher.pool.pairs import Pairs
from matcher.pool.texts import can_text
from matcher.pool.update import MOST
from matcher.repositories.values import Changes, Upsert
from matcher.services import erasure, privacy
from matcher.store import schema
from matcher.store.revisions import MOST_NAMED, add_revision
from matcher.text import text_hash, town_of_key
from tests.support import stores
from tests.support.apps import Engine, app_of, terminal
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import alumnus, correct, engine_in, remove
from tests.support.stores import reading, upsert, writing
from tests.support.worlds import AS_OF


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    made = engine_in(tmp_path, cache=tmp_path / "cache")
    made.pool()
    return made


def anew(engine: Engine) -> Pool:
    """The pool of a process that begins."""
    return Engine(engine.store, HashEncoder(), FixedClock(AS_OF)).pool()


def key_of(engine: Engine, kind: RecordKind, id_: str) -> int:
    return stores.key_of(engine.store, kind, id_, "Noord")


def withdraw(engine: Engine) -> None:
    privacy.give(app_of(engine), COMMAND_LINE, Purpose.GUEST_LESSON, given=False, alumnus_id="A-2")


def withdraw_sharing(engine: Engine) -> None:
    privacy.give(app_of(engine), COMMAND_LINE, Purpose.SHARE_SCHOOLS, given=False, alumnus_id="A-2")


def objects(engine: Engine) -> None:
    privacy.object_to_ranking(app_of(engine), COMMAND_LINE, objects=True, alumnus_id="A-2")


def pause(engine: Engine) -> None:
    correct(engine, "paused_until", "2027-09-01", "A-2")


def text(engine: Engine) -> None:
    correct(engine, "function", "timmerman", "A-2")


def accepts(engine: Engine) -> None:
    alumnus_key, request = key_of(engine, RecordKind.ALUMNI, "A-2"), key_of(engine, RecordKind.REQUESTS, "R-1")
    for event in (LedgerEvent.ASKED, LedgerEvent.ACCEPTED):
        stores.add_to_ledger(engine.store, LedgerLine(alumnus_key, request, event, AS_OF))


def releases(engine: Engine) -> None:
    """Asked, undone, and asked again for the same request."""
    alumnus_key, request = key_of(engine, RecordKind.ALUMNI, "A-2"), key_of(engine, RecordKind.REQUESTS, "R-1")
    for event in (
        LedgerEvent.ASKED,
        LedgerEvent.RELEASED,
        LedgerEvent.ASKED,
        LedgerEvent.ACCEPTED,
        LedgerEvent.RETRACTED,
    ):
        writing(engine.store).ledger.add(LedgerLine(alumnus_key, request, event, AS_OF))


def leads(engine: Engine) -> None:
    """Stands first in the list of a request."""
    alumnus_key, request = key_of(engine, RecordKind.ALUMNI, "A-2"), key_of(engine, RecordKind.REQUESTS, "R-1")
    writing(engine.store).exposures.save({request: alumnus_key})


def busy(engine: Engine) -> None:
    key = key_of(engine, RecordKind.ALUMNI, "A-2")
    calendars = writing(engine.store).calendars
    one, other = (calendars.add(key, "file") for _ in range(2))
    start = datetime(2027, 3, 2, 12, tzinfo=UTC)
    for calendar in (one, other):
        calendars.put(calendar, [(start, start + timedelta(hours=40))], events=1, remarks={})
    assert calendars.remove(key, other) == 1


@pytest.mark.parametrize("change", [withdraw, objects, pause, text, accepts, releases, leads, busy])
def test_what_a_click_changes_is_put_in(engine: Engine, change) -> None:  # type: ignore[no-untyped-def]
    """No column differs from that of a pool built anew; what did not change is not copied."""
    before = engine.pool()
    change(engine)
    assert engine.parts.current.updated(before) is not None, "it is not built anew"
    after = engine.pool()
    assert after.origin != before.origin
    assert differences(after, anew(engine)) == []
    assert terminal(engine).verify() == []
    names = [one.name for one in fields(before.people)]
    same = [name for name in names if getattr(after.people, name) is getattr(before.people, name)]
    assert len(same) >= len(names) - 7, "a job changes its code for cards; a text its number, words and vector, twice"
    new = Engine(engine.store, HashEncoder(), FixedClock(AS_OF))
    assert terminal(engine).match("R-1") == terminal(new).match("R-1")
    assert terminal(engine).audience("C-1") == terminal(new).audience("C-1")


def test_busy_times_come_and_go(engine: Engine) -> None:
    """What a calendar says busy is in the pool, in place of nothing; with the calendar it goes."""
    before = engine.pool()
    busy(engine)
    after = engine.pool()
    row = after.person_row[key_of(engine, RecordKind.ALUMNI, "A-2")]
    assert [(day_of(one >> BUSY_BITS), one & 7) for one in after.people.busy.row(row).tolist()] == [
        (date(2027, 3, 2), 0b110), (date(2027, 3, 3), 0b111), (date(2027, 3, 4), 0b001),
    ]  # fmt: skip
    assert len(after.people.busy.values) == 3
    assert writing(engine.store).calendars.remove(key_of(engine, RecordKind.ALUMNI, "A-2")) == 1
    assert (
        differences(engine.pool(), replace(before, revision=engine.pool().revision, origin=engine.pool().origin)) == []
    )


def test_a_request_that_has_everybody_is_full(engine: Engine) -> None:
    """The yes that fills it closes it, in the pool that was changed too."""
    request = reading(engine.store).records.find(RecordKind.REQUESTS, "R-1")[0]
    assert isinstance(request, Request)
    assert request.people == 1
    accepts(engine)
    assert terminal(engine).match("R-1").excluded["closed"] > 0


def imports(engine: Engine) -> None:
    """Somebody new, somebody else, and a skill that two have now; a town that was never named."""
    new = alumnus(2, "A-5b", skills=("EHBO", "kaasmaken"), languages=("pl",), town="Nergens", function="kaasmaker")
    writing(engine.store).places.add({"town:nergens": Coordinates(52.9, 6.1)})
    upsert(engine.store, RecordKind.ALUMNI, [new, alumnus(3, "A-3", function="lasser", skills=())])


def correct_skills(engine: Engine) -> None:
    correct(engine, "skills", "EHBO; Wondzorg", "A-2")


def correct_town(engine: Engine) -> None:
    correct(engine, "town", "Kampen", "A-2")


def becomes_the_asker(engine: Engine) -> None:
    correct(engine, "email", "docent@voorbeeld.example", "A-2")


def saves_a_request(engine: Engine) -> None:
    """Without skills: those that are common are read in its text; and by somebody who is an alumnus."""
    becomes_the_asker(engine)
    values = {"kind": RequestKind.GUEST_LESSON, "title": "Wondzorg", "requester": "Docent@voorbeeld.example"}
    upsert(engine.store, RecordKind.REQUESTS, [Upsert(2, "R-0", "Noord", values)])


def closes_a_request(engine: Engine) -> None:
    rows = [Upsert(2, "R-1", "Noord", {"closes_on": date(2027, 2, 1), "skills": ("WONDZORG",)})]
    upsert(engine.store, RecordKind.REQUESTS, rows)


def changes_courses(engine: Engine) -> None:
    rows = [
        Upsert(2, "C-0", "Aanbieder", {"title": "Wondzorg", "language": "en", "town": "Maastricht"}),
        Upsert(3, "C-2", "Aanbieder", {"title": "Lassen", "skills": ("Lassen", "MIG-lassen"), "price": 90.0}),
    ]
    upsert(engine.store, RecordKind.OFFERINGS, rows)


def erases(engine: Engine) -> None:
    accepts(engine)
    erasure.erase(app_of(engine), COMMAND_LINE, "A-2")


def conflicts(engine: Engine) -> None:
    pair = key_of(engine, RecordKind.REQUESTS, "R-1"), key_of(engine, RecordKind.ALUMNI, "A-2")
    writing(engine.store).conflicts.declare(*pair)


def everything(engine: Engine) -> None:
    for change in (imports, correct_skills, saves_a_request, changes_courses, withdraw, erases):
        change(engine)


@pytest.mark.parametrize(
    "change",
    [
        imports, correct_skills, correct_town, becomes_the_asker, saves_a_request, closes_a_request, changes_courses,
        erases, conflicts, everything,
    ],
)  # fmt: skip
def test_whatever_changes_is_put_in(engine: Engine, change) -> None:  # type: ignore[no-untyped-def]
    """Everybody who comes, changes or goes, requests and courses too, and what follows from it for others."""
    before = engine.pool()
    change(engine)
    assert engine.parts.current.updated(before) is not None, "it is not built anew"
    new = Engine(engine.store, HashEncoder(), FixedClock(AS_OF))
    assert differences(before, new.pool()) != []
    assert differences(engine.pool(), new.pool()) == []
    assert terminal(engine).verify() == []
    for request in reading(engine.store).records.page(RecordKind.REQUESTS):
        assert isinstance(request, Request)
        assert terminal(engine).match(request) == terminal(new).match(request)
    for course in reading(engine.store).records.page(RecordKind.OFFERINGS):
        assert terminal(engine).audience(record_id(course)) == terminal(new).audience(record_id(course))
    for one in reading(engine.store).records.page(RecordKind.ALUMNI):
        assert isinstance(one, Alumnus)
        assert terminal(engine).recommend(one, "offerings") == terminal(new).recommend(one, "offerings")
        why = {"school": "Noord", "candidate_school": one.school}
        assert terminal(engine).why("R-1", one.alumnus_id, **why) == terminal(new).why("R-1", one.alumnus_id, **why)


@pytest.mark.parametrize(
    "change",
    [
        withdraw, withdraw_sharing, objects, pause, text, accepts, leads, busy, imports, correct_skills, correct_town,
        saves_a_request, changes_courses, erases, everything,
    ],
)  # fmt: skip
def test_what_was_derived_still_holds(engine: Engine, change) -> None:  # type: ignore[no-untyped-def]
    """What the pool before knew of its alumni is kept where it holds: it is what the new pool derives itself."""
    before, days = engine.pool(), (day_number(AS_OF - timedelta(days=900)), day_number(AS_OF))
    schools = [code_of("Noord"), code_of("Zuid"), code_of("Een werkgever")]
    for day in days:
        before.loads(day)
        _seen(before, schools, day)
    _derived(before)
    cards_of(before)
    change(engine)
    after = engine.parts.current.updated(before)
    assert after is not None
    fresh = replace(after, of_people=OfPeople())
    for name, told in _derived(after).items():
        assert np.array_equal(told, _derived(fresh)[name]), name
    for day in reversed(days):
        for one, other in zip(_seen(after, schools, day), _seen(fresh, schools, day), strict=True):
            assert np.array_equal(one, other)
        assert np.array_equal(after.consents_on(day), fresh.consents_on(day))
        for name in ("asks_in_year", "days_since_ask", "given", "received", "first_places"):
            assert np.array_equal(getattr(after.loads(day), name), getattr(fresh.loads(day), name)), name
    assert dict(after.person_row) == dict(fresh.person_row)
    assert differences(cards_of(after), cards_of(fresh)) == []


def _derived(pool: Pool) -> dict[str, np.ndarray]:
    return {
        "can": pool.has_text("can"),
        "wants": pool.has_text("wants"),
        "schools": pool.schools,
        "steps": steps_of(pool),
    }


def _seen(pool: Pool, schools: list[int], day: int) -> list[np.ndarray]:
    """Whom each of these askers may see."""
    demands = pool.requests.take(np.zeros(len(schools), np.int64))
    demands = replace(demands, school=np.array(schools, np.int64))
    return [visible(Pairs.with_everybody(pool, demands, row, day)) for row in range(len(schools))]


def test_a_request_that_goes(engine: Engine) -> None:
    """What was given stays given; of which request it was is not known any more."""
    accepts(engine)
    before = engine.pool()
    key = key_of(engine, RecordKind.REQUESTS, "R-1")
    remove(engine.store, RecordKind.REQUESTS, key)  # type: ignore[arg-type]
    after = engine.parts.current.updated(before)
    assert after is not None
    assert key in before.ledger.request_key
    assert after.ledger.request_key.tolist() == [NO_REQUEST, NO_REQUEST]
    assert differences(engine.pool(), anew(engine)) == []


def test_a_skill_in_the_text_of_who_lists_no_word(engine: Engine) -> None:
    """A dash is no skill: the text is read, and read again when a skill in it becomes common."""
    values = {"kind": RequestKind.GUEST_LESSON, "title": "Lassen", "skills": ("-",)}
    upsert(engine.store, RecordKind.REQUESTS, [Upsert(2, "R-9", "Noord", values)])
    asked = key_of(engine, RecordKind.REQUESTS, "R-9")
    before = engine.pool()
    correct(engine, "skills", "lassen", "A-2")
    after = engine.parts.current.updated(before)
    assert after is not None
    found = [len(pool.requests.skills.row(pool.request_row[asked])) for pool in (before, after)]
    assert found == [0, 1]
    assert differences(engine.pool(), anew(engine)) == []


def test_who_is_erased_leaves_no_word(engine: Engine) -> None:
    """A skill and a town that only one person stated are nowhere in the pool and its snapshot afterwards."""
    imports(engine)
    assert "kaasmaken" in engine.pool().vocabulary.skills
    erasure.erase(app_of(engine), COMMAND_LINE, "A-5b")
    names = engine.pool().vocabulary
    assert "kaasmaken" not in {*names.skills, *names.requested_skills}
    assert "town:nergens" not in names.places
    assert "pl" not in names.languages
    assert engine.cache is not None
    files = [path.read_bytes() for path in engine.cache.rglob("*") if path.is_file()]
    assert files
    assert not any(b"kaasmaken" in file or b"nergens" in file for file in files)


def test_who_shares_the_address_of_an_erased_asker_may_be_met(engine: Engine) -> None:
    """The request loses its asker, so nobody with that address conflicts with it any more."""
    saves_a_request(engine)
    rows = [Upsert(2, "A-3", "Noord", {"email": "docent@voorbeeld.example"})]
    upsert(engine.store, RecordKind.ALUMNI, rows)
    other, before = key_of(engine, RecordKind.ALUMNI, "A-3"), engine.pool()
    assert before.person_row[other] in before.conflicts.person
    erasure.erase(app_of(engine), COMMAND_LINE, "A-2")
    after = engine.pool()
    assert after.person_row[other] not in after.conflicts.person
    assert differences(after, anew(engine)) == []


def test_rows_are_put_in_order_again(engine: Engine) -> None:
    """Who offers and agreed to the same stands together again once too many stand apart, or somebody comes."""
    upsert(engine.store, RecordKind.ALUMNI, [alumnus(row, f"B-{row}") for row in range(300)])
    first = [one.key for one in reading(engine.store).records.page(RecordKind.ALUMNI, limit=200)]
    apart, in_the_middle = first[::2], first[101]
    key = engine.pool().people.key
    for some in (apart[:10], apart[10:]):
        for one in some:
            writing(engine.store).consents.state(one, Purpose.MENTOR, given=False)
        assert (engine.pool().people.key is key) == (some == apart[:10])
    assert engine.pool().people.key.tolist() == anew(engine).people.key.tolist()
    writing(engine.store).consents.state(in_the_middle, Purpose.GUEST_LESSON, given=False)
    assert engine.pool().people.key.tolist() != anew(engine).people.key.tolist()
    upsert(engine.store, RecordKind.ALUMNI, [alumnus(2, "B-new")])
    assert engine.pool().people.key.tolist() == anew(engine).people.key.tolist()


def test_an_erasure_begins_with_the_snapshot(engine: Engine) -> None:
    """A process that ranked nobody yet, as that of a command, takes the person out of the pool on disk."""
    assert engine.cache is not None
    new = Engine(engine.store, HashEncoder(), FixedClock(AS_OF), cache=engine.cache)
    current = new.parts.current
    current.recall()
    assert current.in_memory is not None
    assert differences(current.in_memory, engine.pool()) == []
    erasure.erase(app_of(new), COMMAND_LINE, "A-2")
    assert differences(new.pool(), anew(engine)) == []
    assert len(list((engine.cache / "snapshots").iterdir())) == 1


def test_more_than_a_batch_is_built_anew(engine: Engine) -> None:
    """So many records are merged at most; all the same it is known which they are."""
    before = engine.pool()
    rows = [alumnus(row, f"B-{row}") for row in range(MOST + 1)]
    upsert(engine.store, RecordKind.ALUMNI, rows[:MOST])
    assert engine.parts.current.updated(before) is not None
    upsert(engine.store, RecordKind.ALUMNI, rows[MOST:])
    assert engine.parts.current.updated(before) is None, "two revisions are about too many together"
    before = engine.pool()
    upsert(engine.store, RecordKind.ALUMNI, [replace(row, values={"function": "kok"}) for row in rows])
    changes = reading(engine.store).changes.since(before.origin)
    assert changes is not None
    assert len(changes.alumni) == len(rows)
    assert engine.parts.current.updated(before) is None
    assert differences(engine.pool(), anew(engine)) == []


def test_of_very_many_it_is_not_known_who_changed(engine: Engine) -> None:
    """A revision names so many records at most; of more everything is read again."""
    before = engine.pool()
    about = Changes(frozenset(range(1, MOST_NAMED + 2)))

    def work(connection: Connection) -> None:
        add_revision(connection, "test", len(about), about, datetime.now())

    engine.store._database.write(work)  # type: ignore[attr-defined]
    assert reading(engine.store).changes.since(before.origin) is None
    assert engine.parts.current.updated(before) is None


def test_what_changed_up_to_a_later_state(engine: Engine) -> None:
    """Nothing that came after it counts; of a state that this database never had nothing is known."""
    before = engine.pool().origin
    withdraw(engine)
    middle = engine.store.origin()
    closes_a_request(engine)
    one = key_of(engine, RecordKind.ALUMNI, "A-2")
    changes = reading(engine.store).changes
    assert changes.since(before, until=middle) == Changes(frozenset({one}))
    assert changes.since(before, until=before) == Changes()
    assert changes.since(before, until=middle.replace("20", "19")) is None
    told = changes.since(before, until=middle)
    assert told is not None
    assert told.began is not None
    assert middle.endswith(told.began.replace(tzinfo=None).isoformat())


def test_too_many_languages_are_built_anew(engine: Engine) -> None:
    """Beyond so many they share a bit, and who shares it depends on the order of the build."""
    before = engine.pool()
    rows = [alumnus(row, f"B-{row}", languages=(f"taal {row}",)) for row in range(LANGUAGES)]
    upsert(engine.store, RecordKind.ALUMNI, rows)
    assert engine.parts.current.updated(before) is None
    assert differences(engine.pool(), anew(engine)) == []


def test_new_coordinates_of_a_known_town_are_built_anew(engine: Engine) -> None:
    """Everybody there is somewhere else now."""
    before = engine.pool()
    writing(engine.store).places.add({"town:zwolle": Coordinates(52.6, 6.1)})
    assert engine.parts.current.updated(before) is None
    assert differences(engine.pool(), anew(engine)) == []


def test_new_postcodes_and_a_schools_own_town_are_merged(engine: Engine) -> None:
    """Whoever has that postcode is where it is, and of a name of several towns the school's own counts for it alone."""
    upsert(
        engine.store,
        RecordKind.ALUMNI,
        [alumnus(2, "A-8", pc4="8011", town="Zwolle"), alumnus(3, "A-9", town="Bergen")],
    )
    before = engine.pool()
    own = town_of_key("Bergen", "Noord")
    added = {
        "pc4:8011": Coordinates(52.51, 6.09),
        own: Coordinates(51.6, 6.0),
        town_of_key("Bergen", "Zuid"): Coordinates(52.7, 4.7),
    }
    writing(engine.store).places.add(added)
    after = engine.parts.current.updated(before)
    assert after is not None
    assert differences(engine.pool(), anew(engine)) == []
    names = engine.pool().vocabulary.places
    assert {"pc4:8011", own} <= set(names)
    assert town_of_key("Bergen", "Zuid") not in names


def test_a_place_that_is_forgotten_is_nowhere(engine: Engine) -> None:
    """The pool is built without it."""
    engine.pool()
    assert writing(engine.store).places.remove(["town:zwolle", "town:unknown"]) == 1
    assert "town:zwolle" not in engine.pool().vocabulary.places
    assert differences(engine.pool(), anew(engine)) == []


def test_what_a_change_is_about(engine: Engine) -> None:
    """Since any state of this database; of another nothing is known. Who was erased shows by being gone."""
    store, origin = engine.store, engine.pool().origin
    one, request = key_of(engine, RecordKind.ALUMNI, "A-2"), key_of(engine, RecordKind.REQUESTS, "R-1")
    assert reading(store).changes.since(origin) == Changes()
    withdraw(engine)
    objects(engine)
    assert reading(store).changes.since(origin) == Changes(frozenset({one}))
    closes_a_request(engine)
    assert reading(store).changes.since(origin) == Changes(frozenset({one}), frozenset({request}))
    assert reading(store).changes.since(origin.replace("20", "19")) is None
    becomes_the_asker(engine)
    middle, known = store.origin(), engine.pool().person_row
    erasure.erase(app_of(engine), COMMAND_LINE, "A-2")
    assert reading(store).changes.since(middle, known) == Changes(frozenset({one})), "nor which requests were theirs"
    assert reading(store).changes.since(middle) == Changes(), "nothing stored tells who it was"
    assert reading(store).changes.since(origin, known) == Changes(frozenset({one}), frozenset({request}))
    with engine.store._database.reading() as connection:  # type: ignore[attr-defined]
        kept = connection.execute(select(schema.revisions.c.alumni)).scalars().all()
    assert not any(str(one) in (alumni or "") for alumni in kept)
    store._database.write(lambda connection: connection.execute(schema.audit.delete()) and None)  # type: ignore[attr-defined]
    assert reading(store).changes.since(middle, known) == Changes(frozenset({one})), "and it needs no log"


def test_vectors_of_old_texts_go(engine: Engine) -> None:
    """Of what nobody says any more, after a correction or an erasure, nothing is kept; of others everything is."""
    one = reading(engine.store).records.find(RecordKind.ALUMNI, "A-2", "Noord")[0]
    assert isinstance(one, Alumnus)
    before = text_hash(can_text(one))

    def kept() -> set[str]:
        return set(engine.store.vectors.load(engine.encoder.id, [before, *used()]))

    def used() -> set[str]:
        demands = [*stores.requests(engine.store), *stores.offerings(engine.store)]
        return set(texts_of(stores.alumni(engine.store), demands))

    assert before in kept()
    text(engine)
    engine.pool()
    assert before not in kept() == used()
    now = used()
    erasure.erase(app_of(engine), COMMAND_LINE, "A-2")
    assert kept() == used() < now


@pytest.mark.parametrize("field", ["certificate_until", "qualified_teacher", "company_id"])
def test_what_is_proven_is_not_self_stated(engine: Engine, field: str) -> None:
    """A VOG, a qualification to teach and a recognised company are the school's to say."""
    with pytest.raises(InvalidValue, match="not_a_field"):
        correct(engine, field, "2030-01-01", "A-2")
    with pytest.raises(InvalidValue, match="not_a_field"):
        privacy.correct(app_of(engine), COMMAND_LINE, field, date(2030, 1, 1), alumnus_id="A-2")


def test_an_index_stays_where_its_vectors_do(engine: Engine) -> None:
    """A consent makes no index anew; a text does."""
    pool = engine.pool()
    index = engine.parts.indexes.of(pool, "can")
    withdraw(engine)
    assert engine.parts.indexes.of(engine.pool(), "can") is index
    text(engine)
    assert engine.parts.indexes.of(engine.pool(), "can") is not index
