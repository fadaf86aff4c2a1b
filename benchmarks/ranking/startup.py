"""How long a command takes from nothing to its answer, on an index that is there.

    .venv/bin/python benchmarks/ranking/startup.py FOLDER [--rounds 7]   # a folder made by benchmarks/ranking/region.py

`alumnimatch why` beside an empty Python, `import torch` (which the path must not need) and the start of the API up to
its first answer to `GET /ready`, in turns; each is a new process. Printed: median seconds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
from region import TODAY, encoder_of, store_of, stored

from api.wiring import FixedClock
from matcher.domain.kinds import RequestKind
from matcher.domain.records import RecordKind, owner_of
from matcher.engine import open_engine
from matcher.policy import COMMAND_LINE
from matcher.services import matching
from matcher.services.app import App

PORT = 8765


def command(environment: dict[str, str], *words: str) -> float:
    """Seconds that a new process takes."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
    return time.perf_counter() - began


def ready(environment: dict[str, str]) -> float:
    """Seconds until the API answers that it is ready."""
    words = [sys.executable, "-m", "api.cli", "serve", "--port", str(PORT)]
    began = time.perf_counter()
    with subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL) as server:  # noqa: S603
        try:
            while time.perf_counter() - began < 120:
                try:
                    with urlopen(f"http://127.0.0.1:{PORT}/ready", timeout=5) as answer:
                        if answer.status == 200:
                            return time.perf_counter() - began
                except (URLError, OSError):
                    time.sleep(0.01)
        finally:
            server.terminate()
    raise TimeoutError


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    store = store_of(given.folder)
    app = App(store, open_engine(store, encoder_of(given.folder), cache=given.folder / "cache"), FixedClock(TODAY))
    request = next(one for one in stored(store, RecordKind.REQUESTS) if one.kind is RequestKind.GUEST_LESSON)
    ranking = matching.match(app, COMMAND_LINE, request.request_id, school=owner_of(request), top=1)
    pair = (request.request_id, ranking.matches[0].candidate_id)
    environment = os.environ | {
        "ALUMNIMATCH_DATABASE_URL": f"sqlite:///{given.folder / 'alumnimatch.db'}",
        "ALUMNIMATCH_CACHE_DIR": str(given.folder / "cache"),
        "ALUMNIMATCH_TODAY": TODAY.isoformat(),
    }
    starts: dict[str, Callable[[], float]] = {
        "python -c pass": partial(command, environment, "-c", "pass"),
        "alumnimatch why": partial(
            command, environment, "-m", "api.cli", "why", *pair, "--school", owner_of(request), "--format", "json"
        ),
        "alumnimatch serve, ready": partial(ready, environment),
        "python -c 'import torch'": partial(command, environment, "-c", "import torch"),
    }
    times: dict[str, list[float]] = {name: [] for name in starts}
    for _ in range(given.rounds):
        for name, start in starts.items():
            times[name].append(start())
    for name, values in times.items():
        print(f"{name:28}{np.median(values):7.2f} s")


if __name__ == "__main__":
    main()
