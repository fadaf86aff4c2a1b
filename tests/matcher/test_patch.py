"""A change of a few alumni is put into the pool before, and says what a pool built anew says."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from matcher import persons, service
from matcher.domain import Alumnus, LedgerEvent, Purpose, RecordKind, Request
from matcher.engine import Engine, differences
from matcher.errors import InvalidValue
from matcher.pool import Pool
from matcher.pool.build import texts_of
from matcher.pool.texts import can_text
from matcher.ports import LedgerLine
from matcher.text import text_hash
from tests.fakes import FixedClock, HashEncoder
from tests.matcher.region import alumnus, engine_in
from tests.worlds import AS_OF


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    made = engine_in(tmp_path, cache=tmp_path / "cache")
    made.pool()
    return made


def anew(engine: Engine) -> Pool:
    """The pool of a process that begins."""
    return Engine(engine.store, HashEncoder(), FixedClock(AS_OF)).pool()


def key_of(engine: Engine, kind: RecordKind, id_: str) -> int:
    return engine.store.find(kind, id_, "Noord")[0].key


def withdraw(engine: Engine) -> None:
    persons.give(engine, None, Purpose.GUEST_LESSON, given=False, alumnus_id="A-2")


def objects(engine: Engine) -> None:
    persons.object_to_ranking(engine, None, objects=True, alumnus_id="A-2")


def pause(engine: Engine) -> None:
    persons.correct(engine, None, "paused_until", "2027-09-01", alumnus_id="A-2")


def text(engine: Engine) -> None:
    persons.correct(engine, None, "function", "timmerman", alumnus_id="A-2")


def accepts(engine: Engine) -> None:
    alumnus_key, request = key_of(engine, RecordKind.ALUMNI, "A-2"), key_of(engine, RecordKind.REQUESTS, "R-1")
    for event in (LedgerEvent.ASKED, LedgerEvent.ACCEPTED):
        engine.store.add_to_ledger(LedgerLine(alumnus_key, request, event, AS_OF), "reply", {})


@pytest.mark.parametrize("change", [withdraw, objects, pause, text, accepts])
def test_what_a_click_changes_is_put_in(engine: Engine, change) -> None:  # type: ignore[no-untyped-def]
    """No column differs from that of a pool built anew; what did not change is not copied."""
    before = engine.pool()
    change(engine)
    assert engine._patched(before) is not None, "it is not built anew"
    after = engine.pool()
    assert after.origin != before.origin
    assert differences(after, anew(engine)) == []
    assert service.index_verify(engine) == []
    names = [one.name for one in fields(before.people)]
    same = [name for name in names if getattr(after.people, name) is getattr(before.people, name)]
    assert len(same) >= len(names) - 2
    new = Engine(engine.store, HashEncoder(), FixedClock(AS_OF))
    assert service.match(engine, "R-1") == service.match(new, "R-1")
    assert service.audience(engine, "C-1") == service.audience(new, "C-1")


def test_a_request_that_has_everybody_is_full(engine: Engine) -> None:
    """The yes that fills it closes it, in the pool that was changed too."""
    request = engine.store.find(RecordKind.REQUESTS, "R-1")[0]
    assert isinstance(request, Request)
    assert request.people == 1
    accepts(engine)
    assert service.match(engine, "R-1").excluded["closed"] > 0


@pytest.mark.parametrize(("field", "value"), [("skills", "EHBO"), ("town", "Kampen"), ("email", "a@b.example")])
def test_what_reaches_further_is_built_anew(engine: Engine, field: str, value: str) -> None:
    """Another skill, another place, an address: the pool is right all the same."""
    before = engine.pool()
    persons.correct(engine, None, field, value, alumnus_id="A-2")
    assert engine._patched(before) is None
    assert differences(engine.pool(), anew(engine)) == []


def test_an_import_is_built_anew(engine: Engine) -> None:
    """It may be about anybody."""
    before = engine.pool()
    engine.store.upsert(RecordKind.ALUMNI, [alumnus(2, "A-2", function="lasser")], today=AS_OF)
    withdraw(engine)
    assert engine.store.changed_since(before.origin) is None
    assert differences(engine.pool(), anew(engine)) == []


def test_whom_a_change_is_about(engine: Engine) -> None:
    """Since any state of this database; of another nothing is known, and an erasure tells of nobody."""
    store, origin = engine.store, engine.pool().origin
    assert store.changed_since(origin) == frozenset()
    withdraw(engine)
    objects(engine)
    assert store.changed_since(origin) == {key_of(engine, RecordKind.ALUMNI, "A-2")}
    assert store.changed_since(origin.replace("20", "19")) is None
    persons.erase(engine, None, "A-2")
    assert store.changed_since(origin) is None


def test_vectors_of_old_texts_go_with_an_erasure(engine: Engine) -> None:
    """What somebody said before a correction has a vector too; of others every one stays."""
    one = engine.store.find(RecordKind.ALUMNI, "A-2", "Noord")[0]
    assert isinstance(one, Alumnus)
    before = text_hash(can_text(one))
    text(engine)
    engine.pool()
    assert before in engine.store.load(engine.encoder.id, [before])
    persons.erase(engine, None, "A-2")
    with engine.store.snapshot() as records:
        used = texts_of(records.alumni(), [*records.requests(), *records.offerings()])
    assert before not in used
    kept = engine.store.load(engine.encoder.id, [before, *used])
    assert set(kept) == set(used)


@pytest.mark.parametrize("field", ["certificate_until", "qualified_teacher", "company_id"])
def test_what_is_proven_is_not_self_stated(engine: Engine, field: str) -> None:
    """A VOG, a qualification to teach and a recognised company are the school's to say."""
    with pytest.raises(InvalidValue, match="not_a_field"):
        persons.correct(engine, None, field, "2030-01-01", alumnus_id="A-2")


def test_an_index_stays_where_its_vectors_do(engine: Engine) -> None:
    """A consent makes no index anew; a text does."""
    pool = engine.pool()
    index = engine.index_of(pool, "can")
    withdraw(engine)
    assert engine.index_of(engine.pool(), "can") is index
    text(engine)
    assert engine.index_of(engine.pool(), "can") is not index
