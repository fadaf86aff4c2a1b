"""The job on other machines: Dask distributed, an existing scheduler with workers.

A task is a chunk of the alumni with all that it needs (`Job.chunk`): a worker needs this program, but no database, no
settings and no shared folder. Each alumnus is sent once; no more chunks are under way than there are threads, and each
is fetched as soon as it is done, so neither data nor answers pile up in the scheduler. If a worker is killed, Dask
gives its chunk to another.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matcher.batch.chunks import program
from matcher.batch.job import Chunk, Job, TopK
from matcher.errors import ClusterError

if TYPE_CHECKING:
    from distributed import Client, Future

_AHEAD = 1
"""Chunks queued at the scheduler, so that an idle worker need not wait for the next."""
_LOOK = 1.0
"""Seconds between checks whether there are workers."""


@dataclass(frozen=True)
class Cluster:
    """The workers of the Dask scheduler at this address, `tcp://host:8786` or `tls://host:8786`.

    The certificates for TLS come from Dask's own configuration. Needs the package `distributed`.
    """

    address: str
    timeout: float = 5.0
    """Seconds to wait for the scheduler."""
    patience: float = 60.0
    """Seconds to wait for a worker when there is none."""

    def top_of(self, job: Job, chunks: Sequence[Chunk]) -> Iterator[tuple[Chunk, TopK]]:
        """The best of each chunk, in any order. Raises ClusterError."""
        if not chunks:
            return
        with self._connected() as client:
            yield from self._shared_out(client, job, deque(chunks))

    def _shared_out(self, client: Client, job: Job, waiting: deque[Chunk]) -> Iterator[tuple[Chunk, TopK]]:
        running: dict[Future[Any], Chunk] = {}
        idle_since = time.monotonic()
        while waiting or running:
            threads = sum(client.nthreads().values())
            if threads:
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since > self.patience:
                raise ClusterError("cluster_empty", address=self.address)
            while waiting and len(running) < threads + _AHEAD:
                chunk = waiting.popleft()
                running[client.submit(_done, job.chunk(chunk), program(), pure=False, key=_key(chunk))] = chunk
            for future in _finished(client, running):
                chunk = running.pop(future)
                if future.status == "error":
                    raise ClusterError("cluster_failed", problem=type(future.exception()).__name__)
                best = future.result()
                if best is None:
                    raise ClusterError("cluster_differs")
                yield chunk, best

    @contextmanager
    def _connected(self) -> Iterator[Client]:
        """A client of the scheduler; whatever goes wrong with the connection is a ClusterError."""
        import dask
        from distributed import CancelledError, Client

        quiet = {"distributed.admin.large-graph-warning-threshold": "1 GB", "distributed.comm.timeouts.connect": "5 s"}
        with dask.config.set(quiet), _silent():
            self._check_address()
            try:
                client = Client(self.address, timeout=self.timeout, set_as_default=False)
            except (OSError, ValueError):
                raise ClusterError("cluster_unreachable", address=self.address) from None
            try:
                yield client
            except (OSError, CancelledError):
                raise ClusterError("cluster_lost", address=self.address) from None
            finally:
                # distributed cannot close a client while one of its attempts to connect is running out of time
                with suppress(RuntimeError):
                    client.close(timeout=self.timeout)

    def _check_address(self) -> None:
        """Raises ClusterError for a protocol other than tcp or tls, and for TLS without certificates."""
        from distributed.security import Security

        way = self.address.split("://")[0] if "://" in self.address else "tcp"
        try:
            usable = way == "tcp" or (way == "tls" and Security().get_connection_args("client")["ssl_context"])
        except OSError:  # a certificate that cannot be read
            usable = False
        if not usable:
            raise ClusterError("cluster_address", address=self.address)


def _done(job: Job, program_of_caller: str) -> TopK | None:
    """A task for a worker; None if the worker runs a different program, which might answer differently."""
    if program_of_caller != program():
        return None
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        return job.done()


def _key(chunk: Chunk) -> str:
    """The name of a task; no two runs share one."""
    import uuid

    return f"alumnimatch-{chunk.number}-{uuid.uuid4().hex}"


def _finished(client: Client, running: dict[Future[Any], Chunk]) -> list[Future[Any]]:
    """The finished tasks, after waiting a while for the first."""
    from distributed import TimeoutError as TookLong
    from distributed import wait

    try:
        with client.as_current():
            return list(wait(list(running), timeout=_LOOK, return_when="FIRST_COMPLETED").done)
    except TookLong:
        return []


@contextmanager
def _silent() -> Iterator[None]:
    """Silences Dask's own log of lost connections: here an error reports them, in the user's language."""
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "distributed"]
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
