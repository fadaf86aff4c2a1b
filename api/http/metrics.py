"""Metrics for Prometheus: durations, refusals, and how far this process lags behind the data.

Labels are routes, codes and kinds; no personal data. Several workers share the folder `PROMETHEUS_MULTIPROC_DIR`: a
scrape of any covers all, what each has counted, living or dead, and the state of those that live, after their latest
answer.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from api.http.presence import FOLDER, Presence
from matcher.matching.observer import Stage
from matcher.policy import JOB, VISITOR
from matcher.services import messages
from matcher.services.browsing import revision

if TYPE_CHECKING:
    from matcher.pool import Pool
    from matcher.services.app import App

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE"})
SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


def _in_tens(count: int) -> int:
    """A count of alumni, to tens: between two scrapes an exact one tells the step of one alumnus."""
    return 10 * round(count / 10)


class Metrics:
    """The metrics of one process."""

    def __init__(self) -> None:
        folder = os.environ.get(FOLDER)
        self._presence = Presence(Path(folder)) if folder else None
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self.pool: Callable[[], Pool | None] = lambda: None
        """The pool in the memory of this process."""
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "alumnimatch_request_seconds",
            "Time of an answer",
            ["method", "route", "status"],
            registry=self._registry,
            buckets=SECONDS,
        )
        self._refused = Counter(
            "alumnimatch_refused", "Refused at the door or by a limit", ["code"], registry=self._registry
        )
        self._newest = Gauge(
            "alumnimatch_revision", "Newest data revision", registry=self._registry, multiprocess_mode="livemostrecent"
        )
        self._held = Gauge(
            "alumnimatch_pool_revision",
            "Data revision of the pool in memory; 0 before the first; of workers, the oldest",
            registry=self._registry,
            multiprocess_mode="livemin",
        )
        self._alumni = Gauge(
            "alumnimatch_pool_alumni",
            "Alumni in the pool, in tens; of workers, the most",
            registry=self._registry,
            multiprocess_mode="livemax",
        )
        self._read = Gauge(
            "alumnimatch_pool_meaning",
            "1 where the second encoder counts in the pool, else 0; of workers, the least",
            registry=self._registry,
            multiprocess_mode="livemin",
        )
        self._mails = Gauge(
            "alumnimatch_mails",
            "Messages in the outbox",
            ["state"],
            registry=self._registry,
            multiprocess_mode="livemostrecent",
        )
        self._stages = Histogram(
            "alumnimatch_ranking_stage_seconds",
            "Time of a stage of a ranking",
            ["stage"],
            registry=self._registry,
            buckets=(0.0005, 0.001, 0.002, *SECONDS),
        )
        self._rankings = Counter(
            "alumnimatch_rankings", "Rankings, by whether they are proven", ["exact"], registry=self._registry
        )
        self._eligible = Counter(
            "alumnimatch_eligible", "Candidates that passed every rule, in tens", registry=self._registry
        )
        self._verified = Counter(
            "alumnimatch_verified", "Candidates whose similarity was computed, in tens", registry=self._registry
        )
        self._vectors = Counter(
            "alumnimatch_query_vectors", "Vectors of texts that are not kept", ["found"], registry=self._registry
        )

    def stage_finished(self, stage: Stage, seconds: float) -> None:
        """See `RankingObserver.stage_finished`."""
        self._stages.labels(stage).observe(seconds)

    def ranked(self, eligible: int, verified: int, *, exact: bool) -> None:
        """See `RankingObserver.ranked`."""
        self._rankings.labels(str(exact).lower()).inc()
        self._eligible.inc(_in_tens(eligible))
        self._verified.inc(_in_tens(verified))

    def query_vector(self, *, found: bool) -> None:
        """See `RankingObserver.query_vector`."""
        self._vectors.labels(str(found).lower()).inc()

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one answer; `route` is its pattern, never the address as typed."""
        self._requests.labels(method if method in METHODS else "OTHER", route, str(status)).observe(seconds)
        self.follow()

    def follow(self) -> None:
        """Takes over the state of the pool in memory, which changes with answers and once after the start."""
        pool = self.pool()
        self._held.set(pool.revision if pool else 0)
        self._alumni.set(_in_tens(len(pool.people)) if pool else 0)
        self._read.set(int(pool is not None and pool.second is not None))

    def refused(self, code: str) -> None:
        """Counts one refusal."""
        self._refused.labels(code).inc()

    def exposition(self, app: App) -> tuple[bytes, str]:
        """All metrics as text, and their media type. Raises StoreUnavailable."""
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess

        self._newest.set(revision(app, VISITOR))
        self.follow()
        for state, count in messages.count(app, JOB).items():
            self._mails.labels(state).set(count)
        registry = self._registry
        if self._presence is not None:
            self._presence.forget_dead()
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry), CONTENT_TYPE_LATEST
