"""The work on this machine: in this process, or shared out over processes that share the memory of the pool."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from matcher.batch.job import Chunk, Job, TopK

_WORK: list[Job] = []
"""The job as inherited by forked processes, so that the pool is not copied."""


@dataclass(frozen=True)
class Processes:
    """This many processes on this machine; only one if it cannot fork, since each would need a copy of the pool."""

    count: int = 1

    def top_of(self, job: Job, chunks: Sequence[Chunk]) -> Iterator[tuple[Chunk, TopK]]:
        """The best of each chunk, in any order."""
        if min(self.count, len(chunks)) < 2 or "fork" not in multiprocessing.get_all_start_methods():
            yield from ((chunk, job.chunk(chunk).done()) for chunk in chunks)
            return
        _WORK[:] = [job]
        processes = ProcessPoolExecutor(self.count, multiprocessing.get_context("fork"))
        try:
            running = {processes.submit(_forked, chunk): chunk for chunk in chunks}
            for done in as_completed(list(running)):
                yield running.pop(done), done.result()
        finally:
            processes.shutdown(cancel_futures=True)
            _WORK.clear()


def _forked(chunk: Chunk) -> TopK:
    return _WORK[0].chunk(chunk).done()
