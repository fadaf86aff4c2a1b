"""The work on this machine: in this process, or shared out over processes that share the memory of the pool."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from matcher.batch.job import Best, Part, Work

_WORK: list[Work] = []
"""What a forked process finds: the pool is not copied."""


@dataclass(frozen=True)
class Processes:
    """So many processes on this machine; where it cannot fork, one, for each would need a copy of the pool."""

    count: int = 1

    def best_of(self, work: Work, parts: Sequence[Part]) -> Iterator[tuple[Part, Best]]:
        """The best of each part, in any order."""
        if min(self.count, len(parts)) < 2 or "fork" not in multiprocessing.get_all_start_methods():
            yield from ((part, work.part(part).done()) for part in parts)
            return
        _WORK[:] = [work]
        processes = ProcessPoolExecutor(self.count, multiprocessing.get_context("fork"))
        try:
            running = {processes.submit(_forked, part): part for part in parts}
            for done in as_completed(list(running)):
                yield running.pop(done), done.result()
        finally:
            processes.shutdown(cancel_futures=True)
            _WORK.clear()


def _forked(part: Part) -> Best:
    return _WORK[0].part(part).done()
