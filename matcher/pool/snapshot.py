"""A pool on disk: one folder of arrays with a manifest; written atomically, checked when read, memory-mapped.

A folder is named after the state of the database and the encoder. A half-written, damaged or foreign one raises
SnapshotError; the caller rebuilds from the database and says so. It holds no name, no address and no free text:
people are random keys, skills are the words that alumni state, other words of texts are numbers and vectors.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any, cast, get_type_hints

import numpy as np
from numpy.typing import NDArray

from matcher.errors import SnapshotError
from matcher.pool import Pool, Vocabulary
from matcher.pool.columns import (
    AskedSkills,
    Conflicts,
    Demands,
    FirstPlaces,
    Ledger,
    OwnMatches,
    People,
    Qualifications,
    Ragged,
    Words,
)
from matcher.ports import LastErasure, SecondEncoder, VectorScale

FORMAT = 15
"""Raised whenever the columns change."""

_TABLES: dict[str, type] = {
    "people": People,
    "requests": Demands,
    "offerings": Demands,
    "ledger": Ledger,
    "conflicts": Conflicts,
    "qualifications": Qualifications,
    "words": Words,
    "requested_skills": AskedSkills,
    "people_by_skill": Ragged,
    "own_matches": OwnMatches,
    "first_places": FirstPlaces,
}
_LATER = frozenset({"own_matches", "first_places"})
"""Tables that a snapshot of an earlier version does not have: there was nothing in them, so it is as good."""
BATCH = "batch"
"""Next to the snapshots: the finished chunks of a run of `matcher.batch`."""
_MANIFEST = "manifest.json"
_HELD = "held"
_TRIES = 10
_ABANDONED = 3600
"""Age in seconds at which an unfinished snapshot is taken to have lost its writer."""


def folder_of(cache: Path, origin: str, encoder: str, second: str = "") -> Path:
    """The folder of the snapshot of this state of the database and these encoders; `second`: none if empty."""
    name = _digest(f"{origin} {encoder} {second}".rstrip().encode())[:16]
    return cache / "snapshots" / f"pool-{FORMAT}-{name}"


def save(pool: Pool, cache: Path, *, held_days: int = 0) -> Path:
    """Writes the snapshot atomically and removes older ones; returns its folder. Raises OSError when it cannot.

    Snapshots behind a ranking of an alumnus (`hold`) stay for `held_days`. A column that equals that of the newest
    snapshot is shared with it on disk (a hard link), so that a small change does not copy everything.
    """
    target = folder_of(cache, pool.origin, pool.encoder, pool.second_id)
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    target.parent.mkdir(mode=0o700, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f"writing-{pool.revision}-", dir=target.parent))
    try:
        existing = _newest(target.parent)
        sums = {name: _put(temporary / f"{name}.npy", array, existing) for name, array in arrays_of(pool)}
        manifest = {
            "format": FORMAT,
            "tells_unsaid": pool.tells_unsaid,
            "revision": pool.revision,
            "origin": pool.origin,
            "encoder": pool.encoder,
            "scale": asdict(pool.scale),
            "second": asdict(pool.second) if pool.second else None,
            "vocabulary": asdict(pool.vocabulary),
            "common_skills": sorted(pool.common_skills),
            "sha256": sums,
        }
        text = json.dumps(manifest, ensure_ascii=False)
        (temporary / _MANIFEST).write_text(json.dumps({"sha256": _digest(text.encode()), "manifest": text}))
        if target.exists():
            shutil.rmtree(target)
        try:
            temporary.rename(target)
        except OSError:
            if not target.is_dir():  # else another process has just written the same
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _sweep(target, held_days)
    return target


def _sweep(target: Path, held_days: int) -> None:
    """Removes snapshots of other states, and the unfinished files of killed processes."""
    for other in target.parent.glob("pool-*"):
        if other != target and not _is_held(other, held_days):
            shutil.rmtree(other, ignore_errors=True)
    for abandoned in target.parent.glob("writing-*"):
        with suppress(OSError):
            if time.time() - abandoned.stat().st_mtime > _ABANDONED:
                shutil.rmtree(abandoned, ignore_errors=True)


def _is_held(folder: Path, days: int) -> bool:
    try:
        return time.time() - (folder / _HELD).stat().st_mtime < days * 86_400
    except OSError:
        return False


def hold(cache: Path, origin: str, encoder: str, second: str = "") -> None:
    """Marks this snapshot, if it exists, as used by a ranking, so that the ranking can be replayed."""
    with suppress(OSError):
        (folder_of(cache, origin, encoder, second) / _HELD).touch()


def forget(cache: Path, erasure: LastErasure) -> list[Path]:
    """Removes what is from before an erasure: snapshots, held or half-written, and results of unfinished batches.

    Also what cannot be told, or is from a state that this database does not have (a back-up was restored). A process
    that is writing one at this moment then fails to. Returns what could not be removed.
    """
    folders = [*(cache / "snapshots").glob("pool-*"), *(cache / "snapshots").glob("writing-*")]
    old = [folder for folder in folders if not _is_after(erasure, *_state(folder))]
    batches = [file for file in (cache / BATCH).glob("*") if not _is_after(erasure, _revision_in(file.name), "")]
    for path in (*old, *batches):
        if path.is_dir():
            _remove_folder(path)
        else:
            with suppress(OSError):
                path.unlink()
    return [path for path in (*old, *batches) if path.exists()]


def files_in(cache: Path) -> Iterator[Path]:
    """Every file of the snapshots, whole or not, and of unfinished batches."""
    for part in ("snapshots", BATCH):
        yield from (path for path in (cache / part).rglob("*") if path.is_file())


def _state(folder: Path) -> tuple[int, str]:
    """Revision and moment of a snapshot, or the revision in the name of a half-written one; -1 if unknown."""
    if folder.name.startswith("writing-"):
        return _revision_in(folder.name), ""
    with suppress(SnapshotError, KeyError, ValueError, AttributeError):
        revision, _, moment = str(_manifest(folder)["origin"]).partition(" ")
        return int(revision), moment
    return -1, ""


def _revision_in(name: str) -> int:
    """The revision in `writing-REVISION-...` and `batch-REVISION-...`; -1 if there is none, as in earlier versions."""
    parts = name.split("-")
    return int(parts[1]) if len(parts) > 2 and parts[1].isdecimal() else -1


def _is_after(erasure: LastErasure, revision: int, moment: str) -> bool:
    at_least = erasure.at.isoformat()
    return erasure.revision <= revision <= erasure.newest and (not moment or moment >= at_least)


def _remove_folder(folder: Path) -> None:
    for _ in range(_TRIES):  # its writer may add a file meanwhile
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return


Checked = dict[tuple[int, int, int, int], str]
"""Digests of files by what tells one from another on disk: device, number, size and moment of the last change."""


def load(cache: Path, origin: str, encoder: str, second: str = "", checked: Checked | None = None) -> Pool | None:
    """The pool of this state of the database and encoders, or None when there is no snapshot of it.

    `checked`: the digests of files that were read before, to which this adds: most columns of the next snapshot are the
    same files (`save`), and a digest of all takes longer than anything else here.
    Raises SnapshotError('snapshot_damaged', file=...) when one file is not what the manifest says.
    """
    folder = folder_of(cache, origin, encoder, second)
    if not folder.is_dir():
        return None
    manifest = _manifest(folder)
    right = {"format": FORMAT, "origin": origin, "encoder": encoder}
    if not right.items() <= manifest.items():
        raise SnapshotError("snapshot_damaged", file=_MANIFEST)
    try:
        if (manifest["second"] or {"id": ""})["id"] != second:
            raise SnapshotError("snapshot_damaged", file=_MANIFEST)
        return _pool_of(manifest, folder, {} if checked is None else checked)
    except (KeyError, TypeError, AttributeError):
        raise SnapshotError("snapshot_damaged", file=_MANIFEST) from None


def _manifest(folder: Path) -> dict[str, Any]:
    """The contents that a snapshot claims to have. Raises SnapshotError if the manifest is damaged."""
    try:
        outer = json.loads((folder / _MANIFEST).read_text())
        manifest = json.loads(outer["manifest"])
        intact = _digest(outer["manifest"].encode()) == outer["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        raise SnapshotError("snapshot_damaged", file=_MANIFEST) from None
    if not intact or not isinstance(manifest, dict):
        raise SnapshotError("snapshot_damaged", file=_MANIFEST)
    return manifest


def _pool_of(manifest: dict[str, Any], folder: Path, checked: Checked) -> Pool:
    arrays = {name: _read(folder / f"{name}.npy", digest, checked) for name, digest in manifest["sha256"].items()}
    second = manifest["second"]
    return Pool(
        revision=manifest["revision"],
        origin=manifest["origin"],
        encoder=manifest["encoder"],
        scale=_scale(manifest["scale"]),
        second=SecondEncoder(second["id"], _scale(second["scale"])) if second else None,
        vocabulary=Vocabulary(**{name: tuple(words) for name, words in manifest["vocabulary"].items()}),
        common_skills=frozenset(manifest["common_skills"]),
        tells_unsaid=manifest.get("tells_unsaid", False),
        points=arrays["points"],
        **{
            name: _table(kind, name, arrays)
            for name, kind in _TABLES.items()
            if name not in _LATER or any(path.startswith(f"{name}.") for path in arrays)
        },
    )


def _scale(values: dict[str, Any]) -> VectorScale:
    points = {name: tuple(map(tuple, one)) for name, one in values.items() if isinstance(one, list)}
    return VectorScale(**{**values, **points})


def arrays_of(pool: Pool) -> Iterator[tuple[str, NDArray[Any]]]:
    """Every array of a pool with its name."""
    yield "points", pool.points
    for name in _TABLES:
        yield from _flat(name, getattr(pool, name))


def _flat(path: str, value: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    if is_dataclass(value):
        for part in fields(value):
            yield from _flat(f"{path}.{part.name}", getattr(value, part.name))
    else:
        yield path, value


def _table(kind: type, path: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """A table of this kind from its arrays; nested tables are built first."""
    hints = get_type_hints(kind)
    nested = {name for name, hint in hints.items() if isinstance(hint, type) and is_dataclass(hint)}
    parts = {
        name: _table(hint, f"{path}.{name}", arrays) if name in nested else arrays[f"{path}.{name}"]
        for name, hint in hints.items()
    }
    return kind(**parts)


def _newest(folder: Path) -> dict[str, Path]:
    """Digest to file of the snapshot that was written last; empty if there is none or it cannot be read."""
    with suppress(OSError, SnapshotError, KeyError, AttributeError):
        written = max(folder.glob(f"pool-{FORMAT}-*/{_MANIFEST}"), key=lambda path: path.stat().st_mtime, default=None)
        if written is not None:
            sums = _manifest(written.parent)["sha256"]
            return {digest: written.with_name(f"{name}.npy") for name, digest in sums.items()}
    return {}


def _put(path: Path, array: NDArray[Any], existing: dict[str, Path]) -> str:
    """Links an existing file with this array, else writes one; returns its digest."""
    sink = _Digest()
    np.lib.format.write_array(cast("Any", sink), np.ascontiguousarray(array), allow_pickle=False)
    digest = sink.found.hexdigest()
    with suppress(OSError):
        if digest in existing and _file_digest(existing[digest]) == digest:
            os.link(existing[digest], path)
            return digest
    _write(path, array)
    return digest


class _Digest:
    """A write-only file that computes a SHA-256."""

    def __init__(self) -> None:
        self.found = hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Adds data to the digest."""
        self.found.update(data)
        return len(data)


def _write(path: Path, array: NDArray[Any]) -> None:
    with path.open("wb") as file:
        np.save(file, np.ascontiguousarray(array), allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path, digest: str, checked: Checked) -> NDArray[Any]:
    try:
        about = path.stat()
        file = about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns
        if file not in checked:
            checked[file] = _file_digest(path)
        if checked[file] != digest:
            raise SnapshotError("snapshot_damaged", file=path.name)
        array: NDArray[Any] = np.load(path, mmap_mode="r" if about.st_size > 4096 else None, allow_pickle=False)
    except (OSError, ValueError):
        raise SnapshotError("snapshot_damaged", file=path.name) from None
    return array.view(np.ndarray)


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
