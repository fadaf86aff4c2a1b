"""Rankings over HTTP of two checkouts in turns: how many a second, how long each takes, and the processor time.

    .venv/bin/python benchmarks/versions/rate.py OLD NEW FOLDER                   # made by the region benchmark of OLD
    .venv/bin/python benchmarks/versions/rate.py OLD NEW FOLDER --role teacher --turns 20

Each checkout works on a copy of the database of FOLDER, which it brings to its own version of the tables, with the log
on and `serve --workers 2`; the second encoder, which one of them may not have, is off. Both servers are up all the
time and are asked in turns, so that what else the machine does hits both: for `new` answers (every request once) and
for `mixed` ones (of three, two are of some requests that everybody asks for). The clients are processes on the same
machine that ask for one answer after another. The processor time is that of all processes of a server. The ratio is
that of the turns, with quartiles; the shares of the times are of all turns together.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing.pool import Pool
from operator import attrgetter
from pathlib import Path
from urllib.parse import quote

import numpy as np
from checkouts import TICKS, Question, Version, issue_token
from compare import choose_requests, compare, describe

POPULAR, SHARE = 20, 2 / 3
"""Of the mixed answers: requests that everybody asks for, and the share of them."""
STAYS = 50
"""Answers after which a client opens another connection, so that each worker gets its part."""
READY = 20
"""Times in a row that a server says it is ready: each worker gets ready by itself."""
IDLE_MS = 30.0
"""Of processor in a second: with less a server has done what it does ahead."""
FIRST = 200
"""Answers that are not counted: the first derive things of the pool that all others use."""
SHARES = (50, 95, 99)


class OneEncoder(Version):
    """A checkout without its second encoder, where it has one."""

    def environment(self, database: str = "alumnimatch.db") -> dict[str, str]:
        """As of any version."""
        has_second = (self.tree / "models" / "meaning.py").exists()
        return super().environment(database) | ({"ALUMNIMATCH_MEANING": "off"} if has_second else {})


@dataclass(frozen=True)
class Work:
    """What one client asks: the requests as they are sent."""

    port: int
    sent: Sequence[bytes]


def ask(work: Work) -> tuple[list[float], int, float]:
    """One client: milliseconds of each answer, how many were no ranking, and the seconds that all took."""
    times, wrong = [], 0
    connection: socket.socket | None = None
    start = time.perf_counter()
    for number, sent in enumerate(work.sent):
        if connection is None or number % STAYS == 0:
            if connection is not None:
                connection.close()
            connection = socket.create_connection(("127.0.0.1", work.port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        began = time.perf_counter()
        connection.sendall(sent)
        status = read_answer(connection)
        times.append(1000 * (time.perf_counter() - began))
        wrong += status != b"200"
    return times, wrong, time.perf_counter() - start


def read_answer(connection: socket.socket) -> bytes:
    """The status of an answer of stated length, read to its end; with little work: it takes of what it measures."""
    data = connection.recv(1 << 18)
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += connection.recv(1 << 18)
    head = data[:end].lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    missing = length - (len(data) - end - 4)
    while missing > 0:
        missing -= len(connection.recv(min(missing, 1 << 18)))
    return data[9:12]


def prepare(version: Version, folder: Path) -> None:
    """A copy of the database with the tables of this version, and the pool; made once."""
    if (version.folder / "cache").exists():
        return
    shutil.rmtree(version.folder, ignore_errors=True)
    version.folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / "alumnimatch.db")) as connection:
        connection.execute("VACUUM INTO ?", (str(version.folder / "alumnimatch.db"),))
    version.run("settings")
    version.run("index", "build")


@contextmanager
def serving(version: Version, workers: int) -> Iterator[tuple[int, int]]:
    """A new server of this version, on both processors: its port and process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--workers", str(workers)]
    with (version.folder / "server.log").open("a") as log:
        process = subprocess.Popen(words, cwd=version.folder, env=version.environment(), stdout=log, stderr=log)  # noqa: S603 - ours
    try:
        wait(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def wait(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until every worker is ready and at rest. Ends the run where the server does."""
    ready, asked = 0, b"GET /ready HTTP/1.1\r\nHost: here\r\n\r\n"
    began = time.perf_counter()
    while ready < READY:
        if process.poll() is not None or time.perf_counter() - began > 300:
            msg = "no server; see its server.log"
            raise SystemExit(msg)
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                connection.sendall(asked)
                ready = ready + 1 if read_answer(connection) == b"200" else 0
        except OSError:
            ready = 0
        time.sleep(0.02)
    busy = IDLE_MS
    while busy >= IDLE_MS:
        before = spent(process.pid)
        time.sleep(1)
        busy = spent(process.pid) - before


def spent(process: int) -> float:
    """Milliseconds of processor that a process and all that it started have used."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return 1000 * (int(words[11]) + int(words[12])) / TICKS + sum(spent(int(child)) for child in children)


@dataclass(frozen=True)
class Turn:
    """What the clients together saw of a server: milliseconds of each answer, answers a second, processor of each."""

    times: Sequence[float]
    rate: float
    cpu_ms: float


def measure(clients: Pool, server: tuple[int, int], parts: Sequence[Sequence[bytes]]) -> Turn:
    """One turn. Ends the run where an answer is no ranking."""
    port, process = server
    before = spent(process)
    results = clients.map(ask, [Work(port, part) for part in parts], chunksize=1)
    cpu = spent(process) - before
    times = [one for found, _, _ in results for one in found]
    wrong = sum(count for _, count, _ in results)
    if wrong:
        msg = f"{wrong} answers were no ranking"
        raise SystemExit(msg)
    return Turn(times, sum(len(found) / took for found, _, took in results), cpu / len(times))


def shared(sent: Sequence[bytes], clients: int) -> list[Sequence[bytes]]:
    """A part for each client."""
    return [sent[number::clients] for number in range(clients)]


def draw(requests: Sequence[Question], turns: int, answers: int) -> Iterator[tuple[str, list[Question]]]:
    """What is asked, turn by turn: nobody else asks for what is new, now or later. Both versions are asked the same."""
    dice = random.Random(1)  # noqa: S311 - for a benchmark
    shuffled = iter(dice.sample(requests, len(requests)))
    yield "first", list(islice(shuffled, FIRST))
    popular = list(islice(shuffled, POPULAR))
    own = round(answers * (1 - SHARE))
    for _ in range(turns):
        yield "new", list(islice(shuffled, answers))
        mixed = [*islice(shuffled, own), *(dice.choice(popular) for _ in range(answers - own))]
        yield "mixed", dice.sample(mixed, len(mixed))


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path, help="a checkout")
    parser.add_argument("new", type=Path, help="another checkout")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--answers", type=int, default=120, help="of each turn")
    parser.add_argument("--turns", type=int, default=12)
    parser.add_argument("--role", choices=("coordinator", "teacher"), default="coordinator")
    given = parser.parse_args()
    folder = given.folder.resolve()
    versions = [
        OneEncoder(name, tree.resolve(), folder / "rate" / name)
        for name, tree in (("old", given.old), ("new", given.new))
    ]
    for version in versions:
        prepare(version, folder)
    requests = choose_requests(folder, sys.maxsize)
    turns: dict[str, dict[str, list[Turn]]] = {}
    with ExitStack() as stack:
        clients = stack.enter_context(multiprocessing.get_context("spawn").Pool(given.clients))
        servers = {version.name: stack.enter_context(serving(version, given.workers)) for version in versions}
        for number, (kind, questions) in enumerate(draw(requests, given.turns, given.answers)):
            for version in versions if number // 2 % 2 else versions[::-1]:
                sent = [asked(*question, issue_token(version, given.role)) for question in questions]
                turn = measure(clients, servers[version.name], shared(sent, given.clients))
                line = {"answers": kind, "version": version.name, "a second": turn.rate, "processor": turn.cpu_ms}
                print(json.dumps(line | {"load": os.getloadavg()[0]}), flush=True)
                turns.setdefault(kind, {"old": [], "new": []})[version.name].append(turn)
    print("\n| answers | figure | old | new | new : old |\n|---|---|---|---|---|")
    for kind in ("new", "mixed"):
        old, new = (turns[kind][name] for name in ("old", "new"))
        for figure, of in (("a second", attrgetter("rate")), ("processor ms", attrgetter("cpu_ms"))):
            print(f"| {kind} | {figure} | {' | '.join(compare([*map(of, old)], [*map(of, new)]))} |")
        for share in SHARES:
            both = [float(np.percentile([one for turn in side for one in turn.times], share)) for side in (old, new)]
            print(f"| {kind} | {share} % within, ms | {both[0]:.1f} | {both[1]:.1f} | {both[1] / both[0]:.2f} |")
    print(f"\nold {describe(given.old)}, new {describe(given.new)}, {given.role}, {given.turns} turns of ", end="")
    print(f"{given.answers}; load {os.getloadavg()[0]:.1f} of {os.cpu_count()}")


def asked(request: str, school: str, token: str) -> bytes:
    """A question for a ranking as it is sent."""
    path = f"/v1/requests/{quote(request, safe='')}/matches?school={quote(school)}"
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


if __name__ == "__main__":
    main()
