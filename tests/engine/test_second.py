"""The second encoder in a pool: counted once it has read every text, brought along with changes, gone with erasures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matcher.domain.records import RecordKind
from matcher.engine.current import READ_AT_ONCE
from matcher.policy import COMMAND_LINE
from matcher.pool.compare import differences
from matcher.pool.texts import can_text
from matcher.ports import Int8Matrix
from matcher.services.replay import replay
from matcher.text import text_hash
from tests.support import stores
from tests.support.apps import Engine, terminal
from tests.support.fakes import HashEncoder
from tests.support.region import alumnus, engine_in
from tests.support.stores import upsert, writing

MANY = [alumnus(50 + number, f"M-{number}", function=f"beroep{number}") for number in range(READ_AT_ONCE + 1)]


def second() -> HashEncoder:
    return HashEncoder(24, "second")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """More texts than are read at once."""
    made = engine_in(tmp_path, cache=tmp_path / "cache", second=second())
    upsert(made.store, RecordKind.ALUMNI, MANY)
    return made


def test_few_texts_are_read_at_once(tmp_path: Path) -> None:
    """A small list needs no waiting; without a second encoder there is none in the pool."""
    (tmp_path / "few").mkdir()
    few = engine_in(tmp_path / "few", second=second())
    assert few.pool().second is not None
    assert few.pool().people.can_meaning.shape[1] == 24
    (tmp_path / "none").mkdir()
    none = engine_in(tmp_path / "none")
    assert none.pool().second is None
    assert none.pool().people.can_meaning.shape[1] == 0


def test_until_all_is_read_the_first_ranks_alone(engine: Engine, tmp_path: Path) -> None:
    """To the last bit: the same scores and terms as in an installation without a second encoder."""
    (tmp_path / "alone").mkdir()
    alone = engine_in(tmp_path / "alone")
    upsert(alone.store, RecordKind.ALUMNI, MANY)
    before = terminal(engine).match("R-1")
    without = terminal(alone).match("R-1")
    assert before.basis.meaning is None
    shown = [[(one.candidate_id, one.score, one.contributions) for one in of.matches] for of in (before, without)]
    assert shown[0] == shown[1]
    assert all(term.signal != "meaning" for match in before.matches for term in match.contributions)


def test_it_counts_once_every_text_is_read(engine: Engine) -> None:
    """Its share is taken from the similarity and the words; the points still add up to the score."""
    before = terminal(engine).match("R-1")
    assert engine.parts.current.read_ahead()
    after = terminal(engine).match("R-1")
    assert after.basis.meaning == "second@24"
    assert after.basis.revision == before.basis.revision
    for match in after.matches:
        weights = {term.signal: term.weight for term in match.contributions}
        likeness = weights["similarity"] + weights["words"] + weights["meaning"]
        assert weights["meaning"] == pytest.approx(0.3 * likeness)
        assert likeness == pytest.approx(0.34)
        assert match.score == sum(term.points for term in match.contributions)
    assert not terminal(engine).verify()


def test_reading_stops_when_asked_and_goes_on_where_it_was(engine: Engine) -> None:
    """What was read is stored: nothing is read twice."""
    current, reader = engine.parts.current, engine.parts.second
    assert reader is not None
    assert not current.read_ahead(lambda: True)
    assert current.read_ahead()
    read = reader.encoder.texts_encoded  # type: ignore[attr-defined]
    assert len(read) == len(set(read))
    assert current.read_ahead()
    assert len(read) == len(set(read))


def test_a_change_brings_its_text_along(engine: Engine) -> None:
    """A few new texts are read with the change: the pool is the one that would be built anew."""
    engine.parts.current.read_ahead()
    upsert(engine.store, RecordKind.ALUMNI, [alumnus(2, "A-1", function="stratenmaker")])
    pool = engine.pool()
    assert pool.second is not None
    assert not terminal(engine).verify()
    (person,) = [one for one in stores.alumni(engine.store) if one.alumnus_id == "A-1" and one.school == "Noord"]
    made = second().encode([can_text(person)])[0]
    assert np.array_equal(pool.people.can_meaning[pool.person_row[person.key]], made)


def test_a_large_change_waits_to_be_read(engine: Engine) -> None:
    """Meanwhile the first ranks alone, and nobody is ranked by a text that was not read."""
    engine.parts.current.read_ahead()
    more = [alumnus(200 + number, f"N-{number}", function=f"vak{number}") for number in range(READ_AT_ONCE + 1)]
    upsert(engine.store, RecordKind.ALUMNI, more)
    assert engine.pool().second is None
    assert terminal(engine).match("R-1").basis.meaning is None
    assert engine.parts.current.read_ahead()
    assert engine.pool().second is not None
    fresh, problems = engine.parts.current.differences()
    assert not problems
    assert not differences(engine.pool(), fresh)


def test_another_process_uses_what_one_has_read(engine: Engine) -> None:
    """By the snapshot, at its next question; it reads no text itself."""
    other = Engine(engine.store, HashEncoder(), engine.clock, cache=engine.cache, second=second())
    assert other.pool().second is None
    assert engine.parts.current.read_ahead()
    assert other.pool().second is not None
    assert not other.parts.second.encoder.texts_encoded  # type: ignore[union-attr]
    assert not differences(engine.pool(), other.pool())


def test_a_ranking_is_the_same_again_with_what_counted_then(engine: Engine) -> None:
    """One before the texts were read, one after; another second encoder cannot repeat the latter."""
    terminal(engine).match("R-1")
    before = stores.log(engine.store, limit=1)[0].id
    engine.parts.current.read_ahead()
    terminal(engine).match("R-1")
    after = stores.log(engine.store, limit=1)[0].id
    upsert(engine.store, RecordKind.ALUMNI, [alumnus(90, "A-90", function="kok")])
    terminal(engine).match("R-1")
    assert [replay(engine.app, COMMAND_LINE, number) for number in (before, after)] == ["same", "same"]
    newer = Engine(engine.store, HashEncoder(), engine.clock, cache=engine.cache, second=HashEncoder(16, "newer"))
    assert replay(newer.app, COMMAND_LINE, after) == "other_versions"
    off = Engine(engine.store, HashEncoder(), engine.clock, cache=engine.cache)
    assert replay(off.app, COMMAND_LINE, after) == "other_versions"
    assert replay(off.app, COMMAND_LINE, before) == "same"


def test_an_erasure_takes_what_was_read(engine: Engine) -> None:
    """The vector of a text that no one has any more is gone from the database, by either encoder."""
    upsert(engine.store, RecordKind.ALUMNI, [alumnus(91, "A-91", function="zwiebelberger")])
    engine.parts.current.read_ahead()
    (person,) = [one for one in stores.alumni(engine.store) if one.alumnus_id == "A-91"]
    hash_ = text_hash(can_text(person))
    of = engine.parts.vectors, engine.parts.second
    assert all(one is not None and one.stored([hash_]) for one in of)
    writing(engine.store).people.erase(person.key, ())
    engine.parts.current.forget_past([hash_])
    assert not any(one is not None and one.stored([hash_]) for one in of)
    assert engine.pool().second is not None


def test_a_question_that_is_not_saved_counts_too(engine: Engine) -> None:
    """Its text is read on the way, once."""
    from tests.support.pair import request

    wish = request(title="beroep3", school="Noord")
    engine.parts.current.read_ahead()
    ranking = terminal(engine).match_unsaved(wish)
    values = {
        match.candidate_id: term.value
        for match in ranking.matches
        for term in match.contributions
        if term.signal == "meaning"
    }
    assert values["M-3"] == max(values.values())
    read = len(engine.parts.second.encoder.texts_encoded)  # type: ignore[union-attr]
    terminal(engine).match_unsaved(wish)
    assert len(engine.parts.second.encoder.texts_encoded) == read  # type: ignore[union-attr]


def test_what_is_read_of_someone_who_is_erased_meanwhile_is_not_stored(tmp_path: Path) -> None:
    """The erasure comes while a block is read: nothing of it is stored, and the next reading is of the others."""
    engines: list[Engine] = []
    erased: list[int] = []

    class Slow(HashEncoder):
        """Erases the alumnus in the middle of a block."""

        def encode(self, texts: Sequence[str], **options: Any) -> Int8Matrix:
            vectors = super().encode(texts, **options)
            if not erased and any("zwiebelberger" in text for text in texts):
                writing(engines[0].store).people.erase(person.key, ())
                erased.append(person.key)
            return vectors

    engine = engine_in(tmp_path, second=Slow(24, "second"))
    engines.append(engine)
    upsert(engine.store, RecordKind.ALUMNI, [*MANY, alumnus(91, "A-91", function="zwiebelberger")])
    (person,) = [one for one in stores.alumni(engine.store) if one.alumnus_id == "A-91"]
    assert not engine.parts.current.read_ahead()
    assert erased
    hash_ = text_hash(can_text(person))
    assert engine.parts.second is not None
    assert not engine.parts.second.stored([hash_])
    assert engine.parts.current.read_ahead()
    assert not engine.parts.second.stored([hash_])
