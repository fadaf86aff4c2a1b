"""What is done of a run, on disk: a file for each chunk, so that a run that was killed goes on where it was.

The name of a file says everything that decides the outcome, this program too; who did the work is no part of it. So
what a cluster began can be finished on one machine, and the other way round.
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
"""Seconds after which what a run over other data has left is nobody's any more."""


@dataclass(frozen=True)
class FinishedChunks:
    """The files of one run in a folder."""

    folder: Path
    name: str

    @classmethod
    def of(cls, folder: Path, job: Job, target: str, chunks: int) -> FinishedChunks:
        """The place of this work; what runs over other data have left is removed a day after they last did a thing."""
        values = [job.pool.origin, job.pool.encoder, target, job.day, job.k, job.weights.names, chunks, program()]
        finished = cls(folder, f"batch-{hashlib.sha256(json.dumps(values, default=str).encode()).hexdigest()[:16]}")
        for file in folder.glob("batch-*"):
            with suppress(OSError):
                if not file.name.startswith(finished.name) and time.time() - file.stat().st_mtime > _ABANDONED:
                    file.unlink()
        return finished

    def read(self, chunk: Chunk, k: int) -> TopK | None:
        """What is there of a chunk; None where nothing is, or not a whole one."""
        with suppress(OSError, ValueError, KeyError), np.load(self._file(chunk), allow_pickle=False) as stored:
            best = TopK(stored["rows"], stored["scores"])
            if best.rows.shape == best.scores.shape == (len(chunk), k):
                return best
        return None

    def write(self, chunk: Chunk, best: TopK) -> None:
        """Keeps what is done of a chunk; a file that is there is whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self._file(chunk)
        temporary = file.with_suffix(".writing.npz")
        np.savez(temporary, rows=best.rows, scores=best.scores)
        temporary.replace(file)

    def remove(self) -> None:
        """Removes it all: the run is done."""
        for file in self.folder.glob(f"{self.name}-*"):
            file.unlink(missing_ok=True)

    def _file(self, chunk: Chunk) -> Path:
        return self.folder / f"{self.name}-{chunk.number}.npz"


@cache
def program() -> str:
    """A digest of what decides an outcome besides the data: this package, file by file, and the version of NumPy."""
    stored = hashlib.sha256(np.__version__.encode())
    folder = Path(__file__).parents[1]
    for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.toml")]):
        stored.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return stored.hexdigest()[:16]
