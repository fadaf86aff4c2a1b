"""`/metrics` of several workers: right before one dies, and right afterwards."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2
import pytest

from api.http.presence import Presence
from matcher.domain.records import RecordKind
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.region import alumnus, store_in
from tests.support.server import PATIENCE, ROOT, started, token_of
from tests.support.worlds import AS_OF


class Workers:
    """`alumnimatch serve --workers 2` in processes of its own."""

    def __init__(self, address: str, figures: Path, store: SqlStore, headers: dict[str, str]) -> None:
        self.address, self.figures, self.store, self.headers = address, figures, store, headers

    def ask(self, path: str) -> httpx2.Response:
        """An answer on a connection of its own, so by any of the workers."""
        return httpx2.get(self.address + path, headers=self.headers, timeout=PATIENCE)

    def processes(self) -> set[int]:
        """The workers that have shown themselves in the folder of figures."""
        return {int(path.stem.removeprefix("worker_")) for path in self.figures.glob("worker_*.lock")}

    def metrics(self) -> dict[str, float]:
        answer = self.ask("/metrics")
        assert answer.status_code == 200
        lines = re.findall(r"^(\w+(?:\{[^}]*\})?) (\S+)$", answer.text, flags=re.MULTILINE)
        return {name: float(value) for name, value in lines}

    def until(self, true: Callable[[dict[str, float]], bool], meanwhile: str = "/health") -> dict[str, float]:
        """The metrics as soon as this is true of them; asks something in between. Fails after a while."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                self.ask(meanwhile)
                found = self.metrics()
            except httpx2.TransportError:  # the connection was one of the worker that is killed, or none listens yet
                continue
            if true(found):
                return found
        pytest.fail(f"{self.metrics()}, workers {self.processes()}")


@contextmanager
def workers(folder: Path) -> Iterator[Workers]:
    store = store_in(folder)
    headers = token_of(store)
    settings = {
        "ALUMNIMATCH_DATABASE_URL": f"sqlite:///{folder / 'region.db'}",
        "ALUMNIMATCH_CACHE_DIR": str(folder / "cache"),
        "ALUMNIMATCH_TODAY": AS_OF.isoformat(),
        "ALUMNIMATCH_METRICS": "true",
        "ALUMNIMATCH_LOG_LEVEL": "error",
        "TMPDIR": str(folder / "temporary"),
    }
    (folder / "temporary").mkdir()
    with (
        closing(store),
        started(os.environ | settings, folder / "serve.log", "--workers", "2") as (server, process),
    ):
        figures = first_folder(folder / "temporary", process)
        yield Workers(server.address, figures, store, headers)
    assert list((folder / "temporary").glob("alumnimatch-metrics-*")) == []


def first_folder(temporary: Path, process: subprocess.Popen[bytes]) -> Path:
    """The folder of figures, once the server has made it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        for folder in temporary.glob("alumnimatch-metrics-*"):
            return folder
    pytest.fail("the server has not started")


def requests_of(metrics: dict[str, float]) -> float:
    return sum(value for name, value in metrics.items() if name.startswith("alumnimatch_request_seconds_count"))


def test_metrics_are_right_after_a_worker_died(tmp_path: Path) -> None:
    """The state of a killed worker is gone, its counts are not, and the worker that takes its place is counted."""
    with workers(tmp_path) as served:
        old = stores.revision(served.store)
        ready = served.until(
            lambda found: len(served.processes()) == 2 and found["alumnimatch_pool_revision"] == old,
            "/v1/requests/R-1/matches?school=Noord",
        )
        assert ready["alumnimatch_revision"] == old
        killed = min(
            number for number in served.processes() if (served.figures / f"histogram_{number}.db").exists()
        )  # one that has answered something
        os.kill(killed, signal.SIGKILL)
        stores.upsert(served.store, RecordKind.ALUMNI, [alumnus(99, "A-99", function="wondzorg")])
        new = stores.revision(served.store)
        assert new > old

        def taken_over(found: dict[str, float]) -> bool:
            return len(served.processes() - {killed}) == 2 and found["alumnimatch_pool_revision"] == new

        now = served.until(taken_over, "/v1/requests/R-1/matches?school=Noord")
        assert now["alumnimatch_revision"] == new
        assert now["alumnimatch_pool_alumni"] == ready["alumnimatch_pool_alumni"] == 10, "the eleventh does not show"
        assert requests_of(now) > requests_of(ready)
        assert killed not in served.processes()
        assert list(served.figures.glob(f"gauge_*_{killed}.db")) == []
        assert list(served.figures.glob(f"histogram_{killed}.db")) != []


def test_only_what_the_dead_say_of_themselves_goes(tmp_path: Path) -> None:
    """A process that ended leaves its counts; one that lives keeps everything; a file without content is removed."""
    code = (
        "import os, sys; from pathlib import Path; from api.http.presence import Presence; "
        "kept = Presence(Path(sys.argv[1])); print(os.getpid(), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as other:
        assert other.stdout is not None
        number = int(other.stdout.readline())
        mine = Presence(tmp_path)
        for name in ("gauge_livemin", "gauge_livemostrecent", "counter", "histogram"):
            for process in (number, os.getpid()):
                (tmp_path / f"{name}_{process}.db").write_bytes(b"1234" if name != "histogram" else b"")
        before = sorted(path.name for path in tmp_path.iterdir())
        mine.forget_dead()
        assert sorted(path.name for path in tmp_path.iterdir()) == before
        other.kill()
    mine.forget_dead()
    mine.close()
    gone = {f"gauge_livemin_{number}.db", f"gauge_livemostrecent_{number}.db", f"histogram_{number}.db"}
    assert {path.name for path in tmp_path.iterdir()} == set(before) - gone - {f"worker_{number}.lock"}
