"""The finished chunks of a run, one file each on disk, so that a killed run can resume.

The name of a file identifies everything that determines the outcome, including this program, but not the workers. So
a run that a cluster began can be finished on one machine, and the other way round.
"""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from matcher.batch.job import Chunk, Job, TopK

_ABANDONED = 86_400
"""Age in seconds after which files of a run over other data are taken as abandoned."""


@dataclass(frozen=True)
class FinishedChunks:
    """The files of one run in a folder."""

    folder: Path
    name: str

    @classmethod
    def of(cls, folder: Path, job: Job, target: str, chunks: int) -> FinishedChunks:
        """The files of this job; files of runs over other data are removed a day after their last change."""
        values = [job.pool.origin, job.pool.encoder, target, job.day, job.k, job.weights.names, chunks, program()]
        name = hashlib.sha256(json.dumps(values, default=str).encode()).hexdigest()[:16]
        finished = cls(folder, f"batch-{job.pool.revision}-{name}")
        for file in folder.glob("batch-*"):
            with suppress(OSError):
                if not file.name.startswith(finished.name) and time.time() - file.stat().st_mtime > _ABANDONED:
                    file.unlink()
        return finished

    def read(self, chunk: Chunk, k: int) -> TopK | None:
        """The stored answer of a chunk; None if missing or incomplete."""
        with suppress(OSError, ValueError, KeyError), np.load(self._file(chunk), allow_pickle=False) as stored:
            best = TopK(stored["rows"], stored["scores"])
            if best.rows.shape == best.scores.shape == (len(chunk), k):
                return best
        return None

    def write(self, chunk: Chunk, best: TopK) -> None:
        """Stores the answer of a chunk, atomically."""
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        file = self._file(chunk)
        temporary = file.with_suffix(".writing.npz")
        np.savez(temporary, rows=best.rows, scores=best.scores)
        temporary.replace(file)

    def remove(self) -> None:
        """Removes all files of the run, once it is done."""
        for file in self.folder.glob(f"{self.name}-*"):
            file.unlink(missing_ok=True)

    def _file(self, chunk: Chunk) -> Path:
        return self.folder / f"{self.name}-{chunk.number}.npz"


@cache
def program() -> str:
    """A digest of what determines an outcome besides the data: this package, file by file, and the version of NumPy."""
    stored = hashlib.sha256(np.__version__.encode())
    folder = Path(__file__).parents[1]
    for path in sorted(path for kind in ("*.py", "*.toml", "*.c") for path in folder.rglob(kind)):
        stored.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return stored.hexdigest()[:16]
