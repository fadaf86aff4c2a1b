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
import weakref
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from matcher.errors import SnapshotError
from matcher.pool import Pool, Vocabulary
from matcher.pool.array_digests import ArrayDigests
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
from matcher.recent import keep

FORMAT = 17
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
    "partly_by": Ragged,
}
_LATER = frozenset({"own_matches", "first_places", "partly_by"})
"""Tables that a snapshot of an earlier version does not have: there was nothing in them, so it is as good."""
BATCH = "batch"
"""Next to the snapshots: the finished chunks of a run of `matcher.batch`."""
_MANIFEST = "manifest.json"
_HELD = "held"
_VOCABULARY, _COMMON = "vocabulary", "common_skills"
"""Words, as the bytes of JSON."""
_MANIFESTS = 64
_PARTS: dict[type, tuple[str, ...] | None] = {}
"""The names of the parts of each kind of table, once they were asked for."""
_TRIES = 10
_ABANDONED = 3600
"""Age in seconds at which an unfinished snapshot is taken to have lost its writer."""


def folder_of(cache: Path, origin: str, encoder: str, second: str = "") -> Path:
    """The folder of the snapshot of this state of the database and these encoders; `second`: none if empty."""
    name = _digest(f"{origin} {encoder} {second}".rstrip().encode())[:16]
    return cache / "snapshots" / f"pool-{FORMAT}-{name}"


class Seen:
    """What this process knows of snapshots: of arrays their digests, of files what they hold. May be shared by threads.

    So a digest is made once of an array and of a file, however many snapshots share them.
    """

    def __init__(self) -> None:
        self.arrays = ArrayDigests()
        self.files: Checked = {}
        self.manifests: dict[FileState, dict[str, Any]] = {}
        self.mapped: weakref.WeakValueDictionary[str, NDArray[Any]] = weakref.WeakValueDictionary()
        """By digest the arrays that lie in a file: pools that follow each other share them."""


def save(pool: Pool, cache: Path, *, held_days: int = 0, seen: Seen | None = None) -> Path:
    """Writes the snapshot atomically and removes older ones; returns its folder. Raises OSError when it cannot.

    Snapshots behind a ranking of an alumnus (`hold`) stay for `held_days`. A column that equals that of the newest
    snapshot is shared with it on disk (a hard link), so that a small change does not copy everything.
    """
    seen = seen or Seen()
    target = folder_of(cache, pool.origin, pool.encoder, pool.second_id)
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    target.parent.mkdir(mode=0o700, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f"writing-{pool.revision}-", dir=target.parent))
    try:
        existing, into = _newest(target.parent, seen), f"{temporary}{os.sep}"
        arrays = [*arrays_of(pool), (_VOCABULARY, pool.vocabulary.as_bytes), (_COMMON, _bytes_of(pool.common_skills))]
        sums = {name: _put(f"{into}{name}.npy", array, existing, seen) for name, array in arrays}
        manifest = {
            "format": FORMAT,
            "tells_unsaid": pool.tells_unsaid,
            "revision": pool.revision,
            "origin": pool.origin,
            "encoder": pool.encoder,
            "scale": _plain(pool.scale),
            "second": _plain(pool.second) if pool.second else None,
            "sha256": sums,
        }
        text = json.dumps(manifest, ensure_ascii=False)
        (temporary / _MANIFEST).write_text(json.dumps({"sha256": _digest(text.encode()), "manifest": text}))
        keep(seen.manifests, _about(temporary / _MANIFEST), manifest, _MANIFESTS)
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
    seen.files = {state: digest for state, digest in list(seen.files.items()) if digest in sums.values()}
    return target


@cache
def _plain(of: VectorScale | SecondEncoder) -> dict[str, Any]:
    return asdict(of)


def mapped(pool: Pool, folder: Path, seen: Seen) -> Pool:
    """The same pool with its columns in the files of its snapshot, which processes share, and no longer in memory.

    Small ones stay in memory. Columns that were mapped for an earlier pool are those very arrays. Raises SnapshotError
    where a file is not what was written.
    """
    sums = _manifest(folder, seen)["sha256"]
    arrays = {name: _read(folder / f"{name}.npy", sums[name], seen) for name, _ in arrays_of(pool)}
    tables = {name: _laid(getattr(pool, name), name, arrays) for name in _TABLES}
    return replace(pool, points=arrays["points"], **tables)


def _laid(value: Any, path: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """A table with these arrays; itself where it has them already."""
    names = _parts_of(type(value))
    if names is None:
        return arrays[path]
    parts = {name: _laid(getattr(value, name), f"{path}.{name}", arrays) for name in names}
    return value if all(part is getattr(value, name) for name, part in parts.items()) else replace(value, **parts)


def _bytes_of(words: frozenset[str]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(sorted(words), ensure_ascii=False).encode(), np.uint8)


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


def forget(cache: Path, erasure: LastErasure, seen: Seen | None = None) -> list[Path]:
    """Removes what is from before an erasure: snapshots, held or half-written, and results of unfinished batches.

    Also what cannot be told, or is from a state that this database does not have (a back-up was restored). A process
    that is writing one at this moment then fails to. Returns what could not be removed.
    """
    folders = [*(cache / "snapshots").glob("pool-*"), *(cache / "snapshots").glob("writing-*")]
    old = [folder for folder in folders if not _is_after(erasure, *_state(folder, seen))]
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


def _state(folder: Path, seen: Seen | None) -> tuple[int, str]:
    """Revision and moment of a snapshot, or the revision in the name of a half-written one; -1 if unknown."""
    if folder.name.startswith("writing-"):
        return _revision_in(folder.name), ""
    with suppress(SnapshotError, KeyError, ValueError, AttributeError):
        revision, _, moment = str(_manifest(folder, seen)["origin"]).partition(" ")
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


FileState = tuple[int, int, int, int]
"""What tells a file from another on disk: device, number, size and moment of the last change."""
Checked = dict[FileState, str]
"""Digests of files that were read or written."""


def load(cache: Path, origin: str, encoder: str, second: str = "", seen: Seen | None = None) -> Pool | None:
    """The pool of this state of the database and encoders, or None when there is no snapshot of it.

    `seen`: files that were read before, to which this adds: most columns of the next snapshot are the same files
    (`save`), and a digest of all takes longer than anything else here.
    Raises SnapshotError('snapshot_damaged', file=...) when one file is not what the manifest says.
    """
    folder = folder_of(cache, origin, encoder, second)
    if not folder.is_dir():
        return None
    seen = seen or Seen()
    manifest = _manifest(folder, seen)
    right = {"format": FORMAT, "origin": origin, "encoder": encoder}
    if not right.items() <= manifest.items():
        raise SnapshotError("snapshot_damaged", file=_MANIFEST)
    try:
        if (manifest["second"] or {"id": ""})["id"] != second:
            raise SnapshotError("snapshot_damaged", file=_MANIFEST)
        return _pool_of(manifest, folder, seen)
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError):
        raise SnapshotError("snapshot_damaged", file=_MANIFEST) from None


def _manifest(folder: Path, seen: Seen | None = None) -> dict[str, Any]:
    """The contents that a snapshot claims to have. Raises SnapshotError if the manifest is damaged."""
    try:
        about = _about(folder / _MANIFEST)
        if seen is not None and about in seen.manifests:
            return seen.manifests[about]
        outer = json.loads((folder / _MANIFEST).read_text())
        manifest = json.loads(outer["manifest"])
        intact = _digest(outer["manifest"].encode()) == outer["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        raise SnapshotError("snapshot_damaged", file=_MANIFEST) from None
    if not intact or not isinstance(manifest, dict):
        raise SnapshotError("snapshot_damaged", file=_MANIFEST)
    if seen is not None:
        keep(seen.manifests, about, manifest, _MANIFESTS)
    return manifest


def _pool_of(manifest: dict[str, Any], folder: Path, seen: Seen) -> Pool:
    arrays = {name: _read(folder / f"{name}.npy", digest, seen) for name, digest in manifest["sha256"].items()}
    names = json.loads(arrays[_VOCABULARY].tobytes())
    second = manifest["second"]
    return Pool(
        revision=manifest["revision"],
        origin=manifest["origin"],
        encoder=manifest["encoder"],
        scale=_scale(manifest["scale"]),
        second=SecondEncoder(second["id"], _scale(second["scale"])) if second else None,
        vocabulary=Vocabulary(**{name: tuple(words) for name, words in names.items()}),
        common_skills=frozenset(json.loads(arrays[_COMMON].tobytes())),
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
    names = _parts_of(type(value))
    if names is None:
        yield path, value
        return
    for name in names:
        yield from _flat(f"{path}.{name}", getattr(value, name))


def _parts_of(kind: type) -> tuple[str, ...] | None:
    """The names of the parts of a table; None for an array."""
    if kind not in _PARTS:
        _PARTS[kind] = tuple(part.name for part in fields(kind)) if is_dataclass(kind) else None
    return _PARTS[kind]


def _table(kind: type, path: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """A table of this kind from its arrays; nested tables are built first."""
    hints = get_type_hints(kind)
    nested = {name for name, hint in hints.items() if isinstance(hint, type) and is_dataclass(hint)}
    parts = {
        name: _table(hint, f"{path}.{name}", arrays) if name in nested else arrays[f"{path}.{name}"]
        for name, hint in hints.items()
    }
    return kind(**parts)


def _newest(folder: Path, seen: Seen) -> dict[str, str]:
    """Digest to file of the snapshot that was written last; empty if there is none or it cannot be read."""
    with suppress(OSError, SnapshotError, KeyError, AttributeError):
        written = max(folder.glob(f"pool-{FORMAT}-*/{_MANIFEST}"), key=lambda path: path.stat().st_mtime, default=None)
        if written is not None:
            sums, where = _manifest(written.parent, seen)["sha256"], f"{written.parent}{os.sep}"
            return {digest: f"{where}{name}.npy" for name, digest in sums.items()}
    return {}


def _put(path: str, array: NDArray[Any], existing: dict[str, str], seen: Seen) -> str:
    """Links an existing file with this array, else writes one; returns its digest."""
    digest = seen.arrays.of(array)
    with suppress(OSError):
        if digest in existing and _checked(existing[digest], seen) == digest:
            os.link(existing[digest], path)
            return digest
    with Path(path).open("wb") as file:
        np.save(file, np.ascontiguousarray(array), allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
    seen.files[_about(path)] = digest
    return digest


def _about(path: str | Path) -> FileState:
    about = os.stat(path)  # noqa: PTH116 - many, at every change
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns


def _checked(path: str | Path, seen: Seen) -> str:
    """The digest of a file, which is read unless it was before and did not change since. Raises OSError."""
    about = _about(path)
    if about not in seen.files:
        with Path(path).open("rb") as file:
            seen.files[about] = hashlib.file_digest(file, "sha256").hexdigest()
    return seen.files[about]


def _read(path: Path, digest: str, seen: Seen) -> NDArray[Any]:
    try:
        if _checked(path, seen) != digest:
            raise SnapshotError("snapshot_damaged", file=path.name)
        known = seen.mapped.get(digest)
        if known is not None:
            return known
        mapped = path.stat().st_size > 4096
        array: NDArray[Any] = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    except (OSError, ValueError):
        raise SnapshotError("snapshot_damaged", file=path.name) from None
    array = array.view(np.ndarray)
    seen.arrays.keep(array, digest)
    seen.mapped[digest] = array
    return array


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
