"""An erased alumnus is gone where another process was at work too: from vectors of old texts, and what it saves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from matcher.domain.records import Alumnus, RecordKind
from matcher.policy import COMMAND_LINE
from matcher.pool.build import texts_of
from matcher.pool.snapshot import load
from matcher.ports import Int8Matrix, Progress
from matcher.services import erasure
from tests.support import stores
from tests.support.apps import Engine, app_of
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import correct, engine_in
from tests.support.stores import reading
from tests.support.worlds import AS_OF


def another(engine: Engine, encoder: HashEncoder | None = None) -> Engine:
    """Another process with the same database and the same folder."""
    return Engine(engine.store, encoder or HashEncoder(), FixedClock(AS_OF), cache=engine.cache)


def says(engine: Engine, function: str, id_: str = "A-2") -> set[str]:
    """Gives an alumnus another text; returns the hashes of the texts of that alumnus."""
    correct(engine, "function", function, id_)
    (alumnus,) = reading(engine.store).records.find(RecordKind.ALUMNI, id_, "Noord")
    assert isinstance(alumnus, Alumnus)
    return set(texts_of([alumnus], []))


def test_a_text_that_only_another_process_had_goes_too(tmp_path: Path) -> None:
    """The vector of a text that came and went between two pools of the process that erases."""
    engine = engine_in(tmp_path, cache=tmp_path / "cache")
    engine.pool()
    between = says(engine, "dakdekker")
    another(engine).pool()
    assert engine.store.vectors.load(engine.encoder.id, between)
    says(engine, "schilder")
    engine.pool()
    assert erasure.erase(app_of(engine), COMMAND_LINE, "A-2").found_in == ()
    used = texts_of(stores.alumni(engine.store), [*stores.requests(engine.store), *stores.offerings(engine.store)])
    assert not engine.store.vectors.load(engine.encoder.id, between - set(used))
    assert engine.store.vectors.load(engine.encoder.id, used).keys() == set(used), "those of others stay"


class Interrupted(HashEncoder):
    """In the middle of the first text something else happens."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self._meanwhile: list[Callable[[], object]] = [meanwhile]

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Int8Matrix:
        """As its parent."""
        while self._meanwhile:
            self._meanwhile.pop()()
        return super().encode(texts, progress=progress)


def test_a_snapshot_that_was_being_made_is_not_kept(tmp_path: Path) -> None:
    """Another process reads, an alumnus is erased, and then it saves what it read, with the erased alumnus in it."""
    engine = engine_in(tmp_path, cache=tmp_path / "cache")
    engine.pool()
    (gone,) = reading(engine.store).records.find(RecordKind.ALUMNI, "A-2", "Noord")
    slow = another(engine, Interrupted(lambda: erasure.erase(app_of(engine), COMMAND_LINE, "A-2")))
    slow.pool()
    says(engine, "dakdekker", "A-3")
    before = slow.pool()
    assert gone.key in before.person_row, "it was read before"
    slow.parts.current.snapshots.hold(before)
    assert load(tmp_path / "cache", before.origin, before.encoder) is None
    assert gone.key not in slow.pool().person_row
