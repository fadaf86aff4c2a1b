"""Rankings over HTTP: how many a second a server gives, how long each takes, and what HTTP adds.

    .venv/bin/python benchmarks/ranking/server.py FOLDER --clients 4 --seconds 30    # made by region.py

Starts `alumnimatch serve` on the folder's database, with the log on, as it is installed. The clients are processes on
the same machine that ask for one request after another over a connection that stays open, so with two cores they take
a part of what they measure. "alone" is one client; "in the process" is the same ranking and its JSON without HTTP.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np
from region import TODAY, encoder_of, store_of, stored

from api.schemas.rankings import from_ranking, to_json
from api.wiring import FixedClock, one_thread_each
from matcher.domain.records import RecordKind, owner_of
from matcher.engine import open_engine
from matcher.policy import COMMAND_LINE, Role
from matcher.services import access, matching
from matcher.services.app import App

PORT = 8765


def ask(paths: Sequence[str], token: str, seconds: float, seed: int) -> tuple[list[float], int]:
    """One client: milliseconds of each answer, and how many were not a ranking."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    dice, times, wrong = np.random.default_rng(seed), [], 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        connection.request("GET", paths[int(dice.integers(len(paths)))], headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        answer.read()
        times.append(1000 * (time.perf_counter() - began))
        wrong += answer.status != 200
    return times, wrong


def told(name: str, results: Sequence[tuple[list[float], int]], seconds: float) -> None:
    """One line."""
    times = np.array([one for found, _ in results for one in found])
    wrong = sum(count for _, count in results)
    shares = [float(np.percentile(times, share)) for share in (50, 95, 99)]
    print(
        "{:22} {:7.1f} a second; p50 {:.1f}, p95 {:.1f}, p99 {:.1f} ms; {} not answered".format(
            name, len(times) / seconds, *shares, wrong
        )
    )


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    one_thread_each()
    store = store_of(given.folder)
    app = App(store, open_engine(store, encoder_of(given.folder), cache=given.folder / "cache"), FixedClock(TODAY))
    app.engine.current.pool()
    requests = sorted(stored(app.store, RecordKind.REQUESTS), key=lambda one: one.request_id)[::60]
    paths = [f"/v1/requests/{quote(one.request_id)}/matches?school={quote(owner_of(one))}" for one in requests]
    token = access.new_token(app, COMMAND_LINE, "benchmark", Role.COORDINATOR, None)
    settings = {
        "ALUMNIMATCH_DATABASE_URL": f"sqlite:///{given.folder / 'alumnimatch.db'}",
        "ALUMNIMATCH_CACHE_DIR": str(given.folder / "cache"),
        "ALUMNIMATCH_TODAY": TODAY.isoformat(),
        "ALUMNIMATCH_RATE_RANKING": "10000000/minute",
        "ALUMNIMATCH_LOG_LEVEL": "warning",
        "ALUMNIMATCH_METRICS": "1",
    }
    serve = [str(Path(sys.executable).with_name("alumnimatch")), "serve", "--port", str(PORT)]
    serve += ["--workers", str(given.workers)]
    server = subprocess.Popen(serve, env=os.environ | settings)  # noqa: S603 - our own command
    try:
        _wait()
        ask(paths, token.secret, 3, 0)
        inside = []
        for one in requests * 2:
            began = time.perf_counter()
            to_json(from_ranking(matching.match(app, COMMAND_LINE, one.request_id, school=owner_of(one)), "nl"))
            inside.append(1000 * (time.perf_counter() - began))
        alone = min(given.seconds / 2, 20.0)
        told("alone", [ask(paths, token.secret, alone, 1)], alone)
        if given.workers == 1:
            print(f"{'of that, mean ms':22} {_stages()}")
        print(f"{'in the process':22} p50 {np.median(inside):.1f} ms")
        with multiprocessing.get_context("spawn").Pool(given.clients) as clients:
            work = [(paths, token.secret, given.seconds, seed) for seed in range(given.clients)]
            told(f"{given.clients} clients", clients.starmap(ask, work), given.seconds)
    finally:
        server.terminate()
        server.wait()
        access.revoke_token(app, COMMAND_LINE, token.key)


def _stages() -> dict[str, float]:
    """The mean time of a request for a ranking in the server, and of each stage of it, as `/metrics` tells."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    connection.request("GET", "/metrics")
    told = connection.getresponse().read().decode()
    line = r"alumnimatch_(ranking_stage|request)_seconds_(sum|count)\{(.*)\} (.*)"
    found: dict[str, dict[str, float]] = {}
    for kind, what, labels, value in re.findall(line, told):
        if kind == "ranking_stage" or "/matches" in labels:
            name = labels.split('"')[1] if kind == "ranking_stage" else "request"
            found.setdefault(name, {})[what] = float(value)
    return {name: round(1000 * one["sum"] / one["count"], 2) for name, one in found.items()}


def _wait() -> None:
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=1)
            connection.request("GET", "/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit("the server does not answer")


if __name__ == "__main__":
    main()
