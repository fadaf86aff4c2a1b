"""What each page costs the server at the size of a region: processor time and clock, middle and 95th percentile.

    .venv/bin/python -m benchmarks.pages FOLDER                   # a folder made by benchmarks/ranking/region.py
    .venv/bin/python -m benchmarks.pages FOLDER --only / /cijfers --times 40

On a copy of the folder's database, with the login of the demo and a past year of what was asked and given (an entry for
each fifth alumnus), over HTTP on loopback from one browser per role, a page at a time. The addresses are those of the
tests of all pages (`tests/browser/pages.py`), with alumni, requests and courses of the region in turn, so that no
answer is one that was just given. Processor time is that of the whole server. The second encoder is off: it would
read texts in the background for as long as this lasts.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles
from typing import Self

import httpx2 as httpx

from api.settings import Settings
from api.wiring import build_store
from benchmarks.ranking.region import TODAY
from matcher.policy import COMMAND_LINE, Role
from tests.browser.pages import EXAMPLES

GOAL_MS = 100
PROCESS_CLOCK = 2
"""Of the number of the clock of another process: time on the processor, as `clock_getcpuclockid` of Linux makes it."""
RESTING_MS = 20
"""A server that takes less than this in a second is at rest."""
FIRST = 2
"""Visits of each page before it is measured."""
WHAT = ("gevraagd", "ja", "gehouden")
NO_CODE = re.compile("x{32}")


def main() -> None:
    """Prints a table, the slowest page first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--only", nargs="*", help="addresses as in the table")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        region = Region(options.folder, Path(place))
        region.fill()
        with Server(region) as server:
            show(measure(server, region, options.times, options.only))


class Region:
    """The copy of the database, and whom and what its addresses name."""

    def __init__(self, folder: Path, place: Path) -> None:
        self.place = place
        shutil.copy(folder / "alumnimatch.db", place / "pages.db")
        shutil.copytree(folder / "cache", place / "cache")
        self.env = os.environ | {
            "ALUMNIMATCH_DATABASE_URL": f"sqlite:///{place / 'pages.db'}",
            "ALUMNIMATCH_CACHE_DIR": str(place / "cache"),
            "ALUMNIMATCH_TODAY": TODAY.isoformat(),
            "ALUMNIMATCH_LOGIN": "demo",
            "ALUMNIMATCH_MEANING": "off",
            "ALUMNIMATCH_RATE_LOGIN": "100000/minute",
            "ALUMNIMATCH_RATE_RANKING": "100000/minute",
        }
        alumni = list(rows(folder / "alumni.csv"))
        self.school = alumni[0]["school"]
        self.alumni = [row["alumnus_id"] for row in alumni if row["school"] == self.school]
        own = [row for row in rows(folder / "requests.csv") if row["school"] == self.school]
        self.requests = [row["aanvraag_id"] for row in own if row["soort"] == "gastles"]
        offerings = list(rows(folder / "offerings.csv"))
        self.partner = offerings[0]["aanbieder"]
        self.offerings = [row["aanbod_id"] for row in offerings if row["aanbieder"] == self.partner]

    def fill(self) -> None:
        """Brings the copy to the tables of now, and writes a past year of asks into it."""
        store = build_store(Settings(database_url=self.env["ALUMNIMATCH_DATABASE_URL"], today=TODAY.isoformat()))
        store.write(lambda tx: tx.installation.set_once("demo", self.school), by=COMMAND_LINE)
        store.close()
        past = self.place / "past.csv"
        with past.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file, delimiter=";")
            table.writerow(("alumnus_id", "school", "datum", "wat", "soort", "aanvraag_id", "uren", "studenten"))
            for number, alumnus in enumerate(self.alumni[::5]):
                day = TODAY - timedelta(days=number % 360 + 1)
                table.writerow((alumnus, self.school, day, WHAT[number % 3], "gastles", "", "", ""))
        words = [sys.executable, "-m", "api.cli", "import", "history", str(past)]
        subprocess.run(words, env=self.env, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own words

    def addresses(self) -> Iterator[tuple[str, Role, Iterator[str]]]:
        """For each example of a page: itself, who opens it, and the addresses in turn."""
        for role, examples in EXAMPLES.values():
            for example in examples:
                if not NO_CODE.search(example):
                    yield example, role, self._named(example)

    def _named(self, example: str) -> Iterator[str]:
        alumni, requests = cycle(self.alumni[7::11]), cycle(self.requests)
        for offering in cycle(self.offerings):
            request = next(requests)
            at = example.replace("Noord", str(httpx.QueryParams({"x": self.school}))[2:]).replace("C-99", offering)
            at = re.sub(r"\bR-1\b", request, at)
            yield re.sub(r"\bA-\d\b", lambda _: next(alumni), at)


class Server:
    """`alumnimatch serve` on the copy; ready once it is entered."""

    def __init__(self, region: Region) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        words = [sys.executable, "-m", "api.cli", "serve", "--port", str(self.port)]
        self._log = (region.place / "server.log").open("w")
        self._process = subprocess.Popen(words, env=region.env, stdout=self._log, stderr=self._log)  # noqa: S603
        self.base = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        for _ in range(6000):
            try:
                if httpx.get(f"{self.base}/ready").status_code == httpx.codes.OK:
                    self._rest()
                    return self
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        raise SystemExit("no server")

    def _rest(self) -> None:
        """Waits until it has worked out what it works out ahead (`matcher.services.ahead`), which is of no page."""
        spent = -RESTING_MS
        while self.processor_ms() - spent >= RESTING_MS:
            spent = self.processor_ms()
            time.sleep(1)

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()
        self._log.close()

    def processor_ms(self) -> float:
        """Milliseconds of processor that it has used so far, with threads that ended."""
        return time.clock_gettime((~self._process.pid << 3) | PROCESS_CLOCK) * 1000


def measure(
    server: Server, region: Region, times: int, only: Sequence[str] | None
) -> Mapping[str, list[tuple[float, float, int, int]]]:
    """Of each page and visit: milliseconds by the clock, of processor, the status and the bytes."""
    found: dict[str, list[tuple[float, float, int, int]]] = defaultdict(list)
    browsers: dict[Role, httpx.Client] = {}
    for example, role, addresses in region.addresses():
        if only and example not in only:
            continue
        if role not in browsers:
            browsers[role] = httpx.Client(base_url=server.base, headers={"Accept": "text/html"}, timeout=120)
            if role is not Role.VISITOR:
                school = region.partner if role is Role.PARTNER else region.school
                form = {"rol": role.value, "school": school, "alumnus": region.alumni[1]}
                browsers[role].post("/inloggen/demo", data=form)
        for visit in range(FIRST + times):
            address = next(addresses)
            spent, began = server.processor_ms(), time.perf_counter()
            answer = browsers[role].get(address)
            took = (time.perf_counter() - began) * 1000
            if visit >= FIRST:
                found[example].append((took, server.processor_ms() - spent, answer.status_code, len(answer.content)))
        print(f"{example}: {median(spent for _, spent, *_ in found[example]):.0f} ms", file=sys.stderr, flush=True)
    return found


def show(found: Mapping[str, list[tuple[float, float, int, int]]]) -> None:
    """Prints the table."""
    print("| page | status | kB | processor p50 | p95 | clock p50 | p95 |\n|---|---|---|---|---|---|---|")
    lines = []
    for page, visits in found.items():
        clock, spent, status, size = (list(values) for values in zip(*visits, strict=True))
        shown = "/".join(str(one) for one in sorted(set(status)))
        lines.append((median(spent), page, shown, median(size) / 1000, p95(spent), median(clock), p95(clock)))
    for spent, page, shown, size, worst, clock, slow in sorted(lines, reverse=True):
        print(f"| {page} | {shown} | {size:.0f} | {spent:.0f} | {worst:.0f} | {clock:.0f} | {slow:.0f} |")
    over = [page for _, page, _, _, worst, _, _ in lines if worst >= GOAL_MS]
    print(f"\n{len(lines)} pages; 95 % under {GOAL_MS} ms of processor: {len(lines) - len(over)}")


def p95(values: Sequence[float]) -> float:
    """The 95th percentile."""
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a list."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file, delimiter=";")


if __name__ == "__main__":
    main()
