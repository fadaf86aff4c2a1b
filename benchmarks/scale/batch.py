"""Everybody's recommendations at once, here and on Dask, beside asking one by one.

    .venv/bin/python benchmarks/scale/batch.py --alumni 500000 --courses 5000 --workers 2
    .venv/bin/python benchmarks/scale/batch.py --alumni 500000 --courses 5000 --dask 2

The pool is made in memory from the statistics of the sample region (`benchmarks/scale/pools.py`): each alumnus and each
course is a random one of the sample with a vector of its own. A pair is one alumnus beside one course: rules, and for
who passes them the exact score; the ten best of each alumnus are kept. `--dask N` starts a scheduler and N workers of
one thread on this machine's loopback, and sends them the work as over a network. One by one is `ranking.top` for a few
alumni: rules, scores and the best ten, without cards and reasons, so that both do the same; their answers are compared.
Seconds of CPU are those of all processes together: they say more than the clock where others use the machine.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
from pools import TODAY, app_with, with_courses

from api.wiring import one_thread_each
from matcher.batch import NOTHING, Processes, TopK, Workers, top_for_all
from matcher.batch.dask import Cluster
from matcher.matching import ranking
from matcher.matching.visibility import visible
from matcher.matching.weights import Weights
from matcher.pool import Pool
from matcher.pool.columns import day_number
from matcher.pool.pairs import Pairs


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alumni", type=int, default=100_000)
    parser.add_argument("--courses", type=int, help="else those of the sample")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--dask", type=int, help="workers of a Dask cluster, instead of processes")
    parser.add_argument("--part", type=int, help="alumni in a chunk; else as the product does")
    parser.add_argument("--one-by-one", type=int, default=300)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    one_thread_each()
    app = app_with(given.alumni, given.folder)
    if given.courses:
        app.store.pool = with_courses(app.engine.current.pool(), given.courses)  # type: ignore[attr-defined]
        app.engine.current.use(app.store.pool)  # type: ignore[attr-defined]
    pool = app.engine.current.pool()
    pairs = len(pool.people) * len(pool.offerings)
    what = f"{given.dask} Dask workers" if given.dask else f"{given.workers} processes"
    crews = scheduler_with(given.dask) if given.dask else nullcontext(Processes(given.workers))
    with crews as crew, tempfile.TemporaryDirectory() as keep:
        before, cpu = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, cpu_seconds()
        began = time.perf_counter()
        day = app.clock.today()
        best = top_for_all(pool, "offerings", app.weights, day, 10, workers=crew, size=given.part, keep=Path(keep))
        took, load = time.perf_counter() - began, os.getloadavg()[0]
        largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cpu = cpu_seconds() - cpu  # those of the cluster are known now that it has ended
    size = f"{given.alumni:,} alumni x {len(pool.offerings):,} courses"
    print(f"{size}, {what}: {took:.1f} s, {cpu:.0f} s CPU (load {load:.1f})")
    print(f"{pairs / took / 1e6:.1f} million pairs a second")
    print(f"this process at its largest: {largest / 1e3:,.0f} MB (before: {before / 1e3:,.0f})")
    each = one_by_one(pool, app.weights, best, given.one_by_one)
    times = each * given.alumni / took
    print(f"one by one: {each * 1000:.2f} ms an alumnus, {times:.0f} times as long; equal to the last bit")


def cpu_seconds() -> float:
    """Of this process and of those that it started and that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def one_by_one(pool: Pool, weights: Weights, best: TopK, count: int) -> float:
    """Seconds for one alumnus; asserts that the answers are those of the run."""
    some = np.random.default_rng(1).choice(len(pool.people), count, replace=False)
    rows = np.arange(len(pool.offerings))
    began = time.perf_counter()
    for person in some.tolist():
        alone = Pairs(pool, pool.people, pool.offerings, "demands", person, rows, day_number(TODAY), whole=True)
        found = ranking.top(ranking.apply_rules(alone.take(visible(alone))).pairs, 10, weights)
        listed = best.rows[person] != NOTHING
        assert best.rows[person][listed].tolist() == found.rows.tolist()
        assert best.scores[person][listed].tolist() == found.scores.tolist()
    return (time.perf_counter() - began) / len(some)


@contextmanager
def scheduler_with(workers: int) -> Iterator[Workers]:
    """A Dask scheduler and workers on loopback; prints how large each was at its largest."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    dask, quiet = (sys.executable, "-m", "dask"), ("--host", "127.0.0.1", "--no-dashboard")
    worker = ("worker", address, "--nthreads", "1", "--no-nanny")
    commands = [("scheduler", "--port", address.rsplit(":", 1)[1]), *[worker] * workers]
    running = [
        subprocess.Popen([*dask, *command, *quiet], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        for command in commands
    ]
    try:
        from distributed import Client

        with Client(address, timeout=60) as client:
            client.wait_for_workers(workers, timeout=60)
        yield Cluster(address)
        sizes = [_largest(process.pid) for process in running]
        print("at their largest, MB: scheduler, workers:", ", ".join(f"{size:,.0f}" for size in sizes))
    finally:
        for process in running:
            process.kill()
            process.wait()


def _largest(pid: int) -> float:
    """Megabytes that a process had in memory at its largest."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1e3


if __name__ == "__main__":
    main()
