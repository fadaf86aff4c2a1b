"""An erased alumnus is gone where another process was at work too: from vectors of old texts, and what it saves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from matcher.domain.records import Alumnus, RecordKind
from matcher.errors import OtherNumbers
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.pool.build import texts_of
from matcher.pool.snapshot import files_in, load
from matcher.ports import Int8Matrix, Progress
from matcher.repositories.values import OtherNumber, Upsert
from matcher.services import erasure
from matcher.store.removals import FORGOTTEN_DAYS
from tests.support import stores
from tests.support.apps import Engine, app_of
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.races import Gated
from tests.support.region import alumnus, correct, engine_in
from tests.support.stores import reading
from tests.support.worlds import AS_OF


def another(engine: Engine, encoder: HashEncoder | None = None, *, cache: Path | None = None) -> Engine:
    """Another process with the same database and the same folder, or one of its own."""
    return Engine(engine.store, encoder or HashEncoder(), FixedClock(AS_OF), cache=cache or engine.cache)


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


def mapped_of_removed(folder: Path) -> tuple[int, int]:
    """How many files below a folder this process has mapped, and how many of those have been removed."""
    lines = [line for line in Path("/proc/self/maps").read_text().splitlines() if str(folder) in line]
    return len(lines), sum(line.endswith("(deleted)") for line in lines)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="the system does not tell what is mapped")
def test_nothing_of_a_snapshot_of_before_stays_mapped(tmp_path: Path) -> None:
    """A file that is mapped stays on disk though it is removed: here not, and elsewhere until the next question."""
    engine = engine_in(tmp_path, cache=tmp_path / "cache")
    many = [alumnus(20 + number, f"M-{number}", function="wondzorg") for number in range(600)]
    stores.upsert(engine.store, RecordKind.ALUMNI, many)
    engine.pool()
    mapped, removed = mapped_of_removed(tmp_path)
    assert mapped
    assert not removed
    erasure.erase(app_of(engine), COMMAND_LINE, "M-5")
    assert mapped_of_removed(tmp_path)[1] == 0
    other = another(engine)
    other.pool()
    erasure.erase(app_of(engine), COMMAND_LINE, "M-6")
    other.pool()  # the next question of a process that had it
    assert mapped_of_removed(tmp_path)[1] == 0


# ---- one person under two numbers

BOTH = {"email": "een@voorbeeld.example", "phone": "06 1234 5678", "first_name": "Jo", "last_name": "Jansén"}
SAME: list[tuple[str, str, dict[str, object], tuple[str, ...]]] = [
    ("B-9", "Zuid", {"email": " EEN@voorbeeld.example"}, ("email",)),
    ("B-9", "Zuid", {"phone": "+31 6-12345678"}, ("phone",)),
    ("B-9", "Noord", {"phone": "0031612345678", "email": "een@voorbeeld.example"}, ("email", "phone")),
    ("B-9", "Noord", {"first_name": "JO ", "last_name": "Jansen"}, ("name",)),
    ("a 002", "Noord", {}, ("number",)),
    ("B-9", "Zuid", {"first_name": "Jo", "last_name": "Jansén"}, ()),
    ("a 002", "Zuid", {}, ()),
    ("B-9", "Noord", {"email": "twee@voorbeeld.example", "phone": "0612345679"}, ()),
]


@pytest.mark.parametrize(("id_", "school", "values", "because"), SAME)
def test_one_person_under_two_numbers_is_named(
    tmp_path: Path, id_: str, school: str, values: dict[str, object], because: tuple[str, ...]
) -> None:
    """Before the erasure, which can be made to depend on it; and the proof says that the other still exists."""
    app = app_of(engine_in(tmp_path))
    first = Upsert(2, "A-2", "Noord", BOTH)
    stores.upsert(app.store, RecordKind.ALUMNI, [first])
    stores.upsert(app.store, RecordKind.ALUMNI, [Upsert(3, id_, school, values)])
    named = [(id_, school, because)] if because else []

    def seen(others: Sequence[OtherNumber]) -> list[tuple[str, str, tuple[str, ...]]]:
        return [(other.alumnus_id, other.school, other.because) for other in others]

    assert seen(erasure.others(app, COMMAND_LINE, "A-2")) == named
    if because:
        before = len(stores.alumni(app.store))
        with pytest.raises(OtherNumbers) as refused:
            erasure.erase(app, COMMAND_LINE, "A-2", unless_others=True)
        assert refused.value.values["choices"] == [f"{id_} ({school})"]
        assert len(stores.alumni(app.store)) == before
    erased = erasure.erase(app, COMMAND_LINE, "A-2", unless_others=not because)
    assert (seen(erased.others), erased.found_in) == (named, ())
    assert stores.find(app.store, RecordKind.ALUMNI, id_, school)
    app.store.close()


@pytest.mark.parametrize(
    ("asker", "visible"),
    [
        (Asker(7, Role.COORDINATOR, "Noord"), {"B-1", "B-3"}),
        (Asker(7, Role.COORDINATOR), {"B-1", "B-2", "B-3", "B-4"}),
        (COMMAND_LINE, {"B-1", "B-2", "B-3", "B-4"}),
    ],
)
def test_others_are_named_to_an_asker_that_may_erase_them(tmp_path: Path, asker: Asker, visible: set[str]) -> None:
    """A coordinator hears nothing of another school; an alumnus of records with the own address alone."""
    app = app_of(engine_in(tmp_path))
    rows = [
        Upsert(2, "A-2", "Noord", BOTH),
        Upsert(3, "B-1", "Noord", {"email": BOTH["email"], "phone": BOTH["phone"]}),
        Upsert(4, "B-2", "Zuid", {"email": BOTH["email"]}),
        Upsert(5, "B-3", "Noord", {"phone": BOTH["phone"]}),
        Upsert(6, "B-4", "Zuid", {"phone": BOTH["phone"]}),
    ]
    stores.upsert(app.store, RecordKind.ALUMNI, rows)
    assert {other.alumnus_id for other in erasure.others(app, asker, "A-2", school="Noord")} == visible
    key = stores.key_of(app.store, RecordKind.ALUMNI, "A-2", "Noord")
    oneself = erasure.others(app, Asker(8, Role.ALUMNUS, "Noord", key))
    assert [(other.alumnus_id, other.because) for other in oneself] == [("B-1", ("email",)), ("B-2", ("email",))]
    app.store.close()


def test_another_number_that_appears_meanwhile_is_seen(tmp_path: Path) -> None:
    """The search for other numbers is over before the transaction that erases; what changed since is searched there."""
    app = app_of(engine_in(tmp_path))
    stores.upsert(app.store, RecordKind.ALUMNI, [Upsert(2, "A-2", "Noord", BOTH)])
    same = Upsert(3, "B-1", "Zuid", {"phone": BOTH["phone"]})
    meanwhile = Gated(app.store, lambda: stores.upsert(app.store, RecordKind.ALUMNI, [same]))
    with pytest.raises(OtherNumbers) as refused:
        erasure.erase(replace(app, store=meanwhile), COMMAND_LINE, "A-2", unless_others=True)
    assert refused.value.values["choices"] == ["B-1 (Zuid)"]
    assert stores.find(app.store, RecordKind.ALUMNI, "A-2", "Noord")
    app.store.close()


def test_the_same_person_is_not_looked_for_while_all_other_writers_wait(tmp_path: Path) -> None:
    """Unless something changed meanwhile. Nobody's telephone number is read for it: it is found by its form."""
    engine = engine_in(tmp_path)
    stores.upsert(engine.store, RecordKind.ALUMNI, [Upsert(2, "A-2", "Noord", BOTH)])
    statements: list[str] = []
    database = engine.store._database  # type: ignore[attr-defined]
    event.listen(database.engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    erasure.erase(app_of(engine), COMMAND_LINE, "A-2")
    begins = statements.index("BEGIN IMMEDIATE")
    assert [at < begins for at, statement in enumerate(statements) if "phone_key = ?" in statement] == [True]
    engine.store.close()


# ---- what is left to finish


def test_a_folder_that_is_no_longer_used_is_named_with_its_day(tmp_path: Path) -> None:
    """A process that is gone for ever does not keep an erasure unfinished: its folder cannot be seen from here.

    After more than a year it is no longer named.
    """
    engine = engine_in(tmp_path, cache=tmp_path / "cache")
    Engine(engine.store, HashEncoder(), FixedClock(AS_OF), cache=tmp_path / "gone").pool()
    for days, unfinished, unseen in ((0, {"folders_behind"}, set()), (8, set(), {"folders_gone"})):
        engine.clock.advance(timedelta(days=days))  # type: ignore[attr-defined]
        erased = erasure.erase(app_of(engine), COMMAND_LINE, "A-2" if days == 0 else "A-3")
        assert {place.code for place in erased.unfinished} == unfinished
        assert {place.code for place in erased.unseen} == {"backups"} | unseen
        (behind,) = [place for place in erased.places if place.code.startswith("folders")]
        assert behind.values == {"count": 1, "day": AS_OF}
    engine.clock.advance(timedelta(days=FORGOTTEN_DAYS))  # type: ignore[attr-defined]
    erased = erasure.erase(app_of(engine), COMMAND_LINE, "A-1", school="Noord")
    assert not [place for place in erased.places if place.code.startswith("folders")]


@dataclass
class Disturbance:
    """Something that happens once, before use number `at`. `uses`: what was asked so far."""

    at: int
    meanwhile: Callable[[], object]
    uses: list[str] = field(default_factory=list)
    has_begun: bool = False
    is_over: bool = False

    def before(self, use: str) -> None:
        """Once it has begun, counts this use."""
        if self.has_begun:
            self.uses.append(use)
            if len(self.uses) == self.at:
                self.happen()

    def happen(self) -> None:
        """Unless it has."""
        if not self.is_over:
            self.is_over = True
            self.meanwhile()


class Disturbed:
    """A store, or a part of one, in whose uses something comes between."""

    def __init__(self, part: Any, disturbance: Disturbance) -> None:
        self._part, self._disturbance = part, disturbance

    def __getattr__(self, name: str) -> Any:
        part = getattr(self._part, name)
        if name in {"cache_folders", "vectors"}:
            return Disturbed(part, self._disturbance)
        self._disturbance.before(name)
        return part


ASKING: dict[str, tuple[bool, Callable[[Engine], object]]] = {
    "its pool is brought up to date": (True, lambda engine: engine.pool()),
    "its pool is built": (False, lambda engine: engine.pool()),
    "its pool is built again": (False, lambda engine: engine.parts.current.rebuild()),
}


@pytest.mark.parametrize(("has_pool", "asking"), ASKING.values(), ids=ASKING.keys())
def test_whenever_another_process_erases_the_next_question_leaves_nothing(
    tmp_path: Path, has_pool: bool, asking: Callable[[Engine], object]
) -> None:
    """Whatever a process asks of the database, another one, with a folder of its own, may erase right before that.

    After the next question no snapshot has the alumnus, also one that is held, and the folder is not waited for.
    """
    at = uses = 0
    while at <= uses:  # and once after the last use
        at += 1
        (folder := tmp_path / str(at)).mkdir()
        eraser = engine_in(folder, cache=folder / "other")
        (alumnus,) = reading(eraser.store).records.find(RecordKind.ALUMNI, "A-2", "Noord")
        earlier = another(eraser, cache=folder / "own")
        earlier.parts.current.snapshots.hold(earlier.pool())
        erasing = Disturbance(at, partial(erasure.erase, app_of(eraser), COMMAND_LINE, "A-2"))
        store: Any = Disturbed(eraser.store, erasing)
        asker = Engine(store, HashEncoder(), eraser.clock, cache=folder / "own")
        if has_pool:
            asker.pool()
        correct(eraser, "function", "dakdekker", "A-3")
        erasing.has_begun = True
        asking(asker)
        uses = len(erasing.uses)
        erasing.happen()
        asker.pool()
        assert waits_for(eraser, folder / "own", alumnus.key) == [], erasing.uses[:at]
        eraser.store.close()
    assert uses


def waits_for(engine: Engine, own: Path, key: int) -> list[object]:
    """The files of a folder with a random key, and the folders that the erasure waits for."""
    left = [path.name for path in files_in(own) if key.to_bytes(8, "little") in path.read_bytes()]
    return [*left, *engine.store.cache_folders.behind(engine.parts.current.snapshots.name)]


def test_a_process_that_was_killed_once_it_had_saved_is_finished_by_one_that_takes_its_snapshot(tmp_path: Path) -> None:
    """A process that erases takes the newest snapshot into memory first: that leaves nothing either."""
    eraser = engine_in(tmp_path, cache=tmp_path / "other")
    (alumnus,) = reading(eraser.store).records.find(RecordKind.ALUMNI, "A-2", "Noord")
    killed = another(eraser, cache=tmp_path / "own")
    killed.parts.current.snapshots.hold(killed.pool())
    erasure.erase(app_of(eraser), COMMAND_LINE, "A-2")
    killed.parts.current.snapshots.save(eraser.pool())
    assert waits_for(eraser, tmp_path / "own", alumnus.key)
    taking = another(eraser, cache=tmp_path / "own")
    taking.parts.current.recall()
    taking.pool()
    assert waits_for(eraser, tmp_path / "own", alumnus.key) == []


def test_a_batch_of_before_the_erasure_is_not_finished_from_its_chunks(tmp_path: Path) -> None:
    """Chunks of an earlier state go, wherever they came from; those of the state after it stay."""
    engine = engine_in(tmp_path, cache=tmp_path / "cache")
    before = engine.pool().revision
    folder = tmp_path / "cache" / "batch"
    folder.mkdir()
    old = [
        folder / name for name in (f"batch-{before}-abc-0.npz", "batch-abc-0.npz", f"batch-{before}-abc-1.writing.npz")
    ]
    for file in old:
        file.write_bytes(b"x")
    erasure.erase(app_of(engine), COMMAND_LINE, "A-2")
    assert [file for file in old if file.exists()] == []
    after = folder / f"batch-{engine.pool().revision}-abc-0.npz"
    after.write_bytes(b"x")
    says(engine, "dakdekker", "A-3")
    engine.pool()
    assert after.exists()
