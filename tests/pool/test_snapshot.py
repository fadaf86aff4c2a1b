"""A snapshot on disk is the pool to the last bit, or it is refused."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from matcher.errors import SnapshotError
from matcher.pool.columns import Ledger
from matcher.pool.compare import differences
from matcher.pool.snapshot import FORMAT, Seen, folder_of, forget, hold, load, mapped, save
from matcher.ports import LastErasure
from tests.support.pair import PLAIN, alumnus, pair
from tests.support.worlds import World, worlds


@given(world=worlds(most=6))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_read_is_what_was_written(world: World, tmp_path: Path) -> None:
    """Every column, vocabulary and table comes back equal."""
    save(world.pool, tmp_path)
    found = load(tmp_path, world.pool.origin, world.pool.encoder, world.pool.second_id)
    assert found is not None
    assert differences(found, world.pool) == []
    assert found.common_skills == world.pool.common_skills
    assert found.scale == world.pool.scale


@pytest.mark.parametrize("order", [np.asfortranarray, lambda array: np.repeat(array, 2, axis=-1)[..., ::2]])
def test_memory_order_does_not_count(order: Callable[[np.ndarray], np.ndarray], tmp_path: Path) -> None:
    """Arrays in Fortran order, or cut out of wider ones, are written as the same files and read as the same values."""
    pool = pair(alumnus(), PLAIN, others=(alumnus(key=5, alumnus_id="A-5", function="lasser", needs="leren"),)).pool
    tables = ("people", "requests", "offerings")
    sides = {name: replace_arrays(getattr(pool, name), order) for name in tables}
    plain, other = save(pool, tmp_path / "plain"), save(replace(pool, **sides), tmp_path / "other")
    found = load(tmp_path / "other", pool.origin, pool.encoder)
    assert found is not None
    assert differences(found, pool) == []
    written = sorted(path.name for path in plain.glob("*.npy"))
    assert len(written) > 20
    for name in written:
        assert (other / name).read_bytes() == (plain / name).read_bytes(), name


def replace_arrays(side: Any, order: Callable[[np.ndarray], np.ndarray]) -> Any:
    """A side of the pool whose arrays lie otherwise in memory."""
    names = [one.name for one in fields(side) if isinstance(getattr(side, one.name), np.ndarray)]
    return replace(side, **{name: order(getattr(side, name)) for name in names})


def test_another_origin_or_encoder_is_not_found(tmp_path: Path) -> None:
    """A snapshot answers for its own state of its own database, and its own encoder, only."""
    pool = pair(alumnus(), PLAIN).pool
    save(pool, tmp_path)
    assert load(tmp_path, "another", pool.encoder) is None
    assert load(tmp_path, pool.origin, "another") is None


def test_saving_removes_older_snapshots(tmp_path: Path) -> None:
    """Only the newest revision stays: an erased person is not kept in an old file."""
    pool = pair(alumnus(), PLAIN).pool
    save(pool, tmp_path)
    newer = save(replace(pool, origin="newer"), tmp_path)
    assert [folder.name for folder in (tmp_path / "snapshots").iterdir()] == [newer.name]


def test_what_was_ranked_by_is_held_for_its_days(tmp_path: Path) -> None:
    """A held snapshot outlives newer ones until its days are over; forgetting removes it at once."""
    pool = pair(alumnus(), PLAIN).pool
    old = save(pool, tmp_path, held_days=30)
    hold(tmp_path, pool.origin, pool.encoder)
    hold(tmp_path, "never saved", pool.encoder)

    def after(days: float, name: str) -> bool:
        then = time.time() - days * 86_400
        os.utime(old / "held", (then, then))
        save(replace(pool, origin=name), tmp_path, held_days=30)
        return old.is_dir()

    assert after(0, "b")
    assert after(29.9, "c")
    assert load(tmp_path, pool.origin, pool.encoder) is not None
    assert not after(30.1, "d")
    hold(tmp_path, "d", pool.encoder)
    forget(tmp_path, LastErasure(pool.revision + 1, datetime(2026, 1, 1), pool.revision + 1))
    assert list((tmp_path / "snapshots").iterdir()) == []


def test_what_did_not_change_is_shared_on_disk(tmp_path: Path) -> None:
    """A column is written once for all snapshots that have it; one that is damaged is written anew, not shared."""
    pool = pair(alumnus(), PLAIN).pool
    first = save(pool, tmp_path, held_days=30)
    hold(tmp_path, pool.origin, pool.encoder)
    changed = replace(pool, origin="b", people=replace(pool.people, paused_until=pool.people.paused_until + 1))
    second = save(changed, tmp_path, held_days=30)

    def new(one: Path, other: Path) -> set[str]:
        before = {path.stat().st_ino for path in one.glob("*.npy")}
        return {path.name for path in other.glob("*.npy") if path.stat().st_ino not in before}

    assert new(first, second) == {"people.paused_until.npy"}
    found = load(tmp_path, "b", pool.encoder)
    assert found is not None
    assert differences(found, changed) == []
    (second / "people.texts.vectors.npy").write_bytes(b"broken")
    third = save(replace(changed, origin="c"), tmp_path, held_days=30)
    assert "people.texts.vectors.npy" in new(second, third)
    assert load(tmp_path, "c", pool.encoder) is not None


def test_a_file_is_read_once_for_all_snapshots_that_share_it(tmp_path: Path) -> None:
    """With the digests of what was read before; one that changed since is read again, and refused if it is damaged."""
    pool = pair(alumnus(), PLAIN).pool
    later = replace(pool, origin="8 later", revision=8)
    save(pool, tmp_path, held_days=1)
    hold(tmp_path, pool.origin, pool.encoder)
    folder = save(later, tmp_path, held_days=1)
    seen = Seen()
    assert load(tmp_path, pool.origin, pool.encoder, seen=seen) is not None
    files = len(seen.files)
    assert files > 20
    again = load(tmp_path, later.origin, later.encoder, seen=seen)
    assert again is not None
    assert differences(again, later) == []
    assert len(seen.files) == files, "they share every file"
    file = next(folder.glob("people.key.npy"))
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(SnapshotError):
        load(tmp_path, later.origin, later.encoder, seen=seen)


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    """A folder that nobody has written in for an hour goes; one of now stays, for it may have a writer."""
    folder = tmp_path / "snapshots"
    for name, age in (("writing-old", 7200), ("writing-new", 0)):
        (folder / name).mkdir(parents=True)
        then = time.time() - age
        os.utime(folder / name, (then, then))
    saved = save(pair(alumnus(), PLAIN).pool, tmp_path)
    assert {item.name for item in folder.iterdir()} == {saved.name, "writing-new"}


def _without(path: Path, key: str) -> None:
    """A manifest with a right checksum that lacks something."""
    manifest = json.loads(json.loads(path.read_text())["manifest"])
    del manifest[key]
    text = json.dumps(manifest)
    path.write_text(json.dumps({"sha256": hashlib.sha256(text.encode()).hexdigest(), "manifest": text}))


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: _flip(folder / "people.texts.vectors.npy"),
        lambda folder: _flip(folder / "manifest.json"),
        lambda folder: (folder / "people.key.npy").unlink(),
        lambda folder: (folder / "manifest.json").unlink(),
        lambda folder: (folder / "people.key.npy").write_bytes(b""),
        lambda folder: (folder / "manifest.json").write_text("[]"),
        lambda folder: _without(folder / "manifest.json", "scale"),
        lambda folder: _without(folder / "manifest.json", "sha256"),
    ],
)
def test_a_damaged_snapshot_is_refused(damage, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """One bit, one missing file, or a foreign manifest: never served."""
    pool = pair(alumnus(), PLAIN).pool
    folder = save(pool, tmp_path)
    damage(folder)
    with pytest.raises(SnapshotError):
        load(tmp_path, pool.origin, pool.encoder)


def test_no_personal_text_on_disk(tmp_path: Path) -> None:
    """Names, addresses and free text of a person are in none of the files."""
    from matcher.domain.records import Contact

    person = alumnus(
        alumnus_id="geheim-nummer",
        contact=Contact("Voornaam", None, "Achternaam", "iemand@voorbeeld.example", "0600000000", "8011AB"),
        experience="mijn eigen verhaal",
        needs="mijn eigen wens",
        function="mijn functie",
    )
    save(pair(person, PLAIN).pool, tmp_path)
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in ("Voornaam", "Achternaam", "iemand@", "0600000000", "eigen verhaal", "eigen wens", "geheim-nummer"):
        assert secret.encode() not in written


def test_folder_names_tell_no_secret(tmp_path: Path) -> None:
    """The folder is named by format and a hash."""
    assert folder_of(tmp_path, "3 geheim", "x/y").name.removeprefix(f"pool-{FORMAT}-").isalnum()


def test_a_saved_pool_lies_in_its_files(tmp_path: Path) -> None:
    """Its columns become those of the files, the same to the last bit; a pool that follows shares what is the same."""
    seen, pool = Seen(), pair(alumnus(), PLAIN).pool
    many = np.arange(4096, dtype=np.int64)
    none = np.zeros(len(many), np.int32)
    pool = replace(pool, ledger=Ledger(none, many, none.astype(np.int8), none))
    laid = mapped(pool, save(pool, tmp_path, seen=seen), seen)
    assert differences(laid, pool) == []
    assert laid.vocabulary is pool.vocabulary
    assert isinstance(laid.ledger.request_key.base, np.memmap)
    later = replace(laid, origin="later", people=replace(laid.people, paused_until=laid.people.paused_until + 1))
    again = mapped(later, save(later, tmp_path, seen=seen), seen)
    assert again.ledger.request_key is laid.ledger.request_key
    assert differences(again, later) == []
    loaded = load(tmp_path, "later", pool.encoder, seen=seen)
    assert loaded is not None
    assert loaded.ledger.request_key is laid.ledger.request_key
    (tmp_path / "snapshots").rename(tmp_path / "gone")
    with pytest.raises(SnapshotError):
        mapped(again, tmp_path / "snapshots", seen)
    assert again.ledger.request_key.sum() == many.sum(), "what is mapped outlives the name of its file"
