"""Checkouts that are compared: their command line, their server and its clients, and their rankings in a process.

For `compare.py` in this folder. Only what every version offers is used here; `inside.py` looks inside.
"""

from __future__ import annotations

import csv
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote, urlencode

TODAY = "2027-03-01"
INSIDE = Path(__file__).with_name("inside.py")
IDLE = 3.0
"""Seconds after which a connection is opened anew: the server closes those that are idle for 5."""
CPU = {max(os.sched_getaffinity(0))}
"""All that is measured runs on the same processor, and those who ask where there is room: else one version may have had
the busier processor for as long as a process lived."""
TICKS = os.sysconf("SC_CLK_TCK")
Question = tuple[str, str]
"""A request by its id, or the title of one that is not saved; and the school that asks."""


@dataclass(frozen=True)
class Outcome:
    """A command that has ended."""

    seconds: float
    cpu_s: float
    peak_mb: float
    output: str


@dataclass(frozen=True)
class Version:
    """A checkout, with a database and a folder of derived state of its own."""

    name: str
    """`old` or `new`."""
    tree: Path
    folder: Path

    def environment(self, database: str = "alumnimatch.db") -> dict[str, str]:
        """Its packages before any that are installed, its own files, and no limits in the way."""
        return os.environ | {
            "PYTHONPATH": str(self.tree),
            "ALUMNIMATCH_DATABASE_URL": f"sqlite:///{self.folder / database}",
            "ALUMNIMATCH_CACHE_DIR": str(self.folder / "cache"),
            "ALUMNIMATCH_TODAY": TODAY,
            "ALUMNIMATCH_RATE_RANKING": "10000000/minute",
            "ALUMNIMATCH_RATE_LOGIN": "10000000/minute",
            "ALUMNIMATCH_LOG_LEVEL": "warning",
            # else two processes with the same code differ, by what each happens to get, for as long as they live
            "PYTHONHASHSEED": "0",
            "MALLOC_ARENA_MAX": "1",
        }

    def start(self, words: list[str], database: str = "alumnimatch.db", **streams: Any) -> subprocess.Popen[bytes]:
        """A process with the packages of this version."""
        process = subprocess.Popen(words, cwd=self.folder, env=self.environment(database), **streams)  # noqa: S603 - ours
        os.sched_setaffinity(process.pid, CPU)
        return process

    def run(self, *words: str, database: str = "alumnimatch.db") -> Outcome:
        """Runs a command, all of whose input can be used."""
        began = time.perf_counter()
        process = self.start([sys.executable, "-m", "api.cli", *words], database, stdout=subprocess.PIPE)
        assert process.stdout is not None
        output = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            msg = f"{self.name}: {' '.join(words)} ended with {process.returncode}"
            raise SystemExit(msg)
        seconds = time.perf_counter() - began
        return Outcome(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)


@cache
def issue_token(version: Version, role: str, school: str | None = None) -> str:
    """A token for a role at a school, or at all of them; the same one every time."""
    scope = ("--school", school) if school else ("--every-school",)
    output = version.run("token", "new", "benchmark", "--role", role, *scope, "--format", "json").output
    return str(json.loads(output)["token"])


@dataclass(frozen=True)
class Answer:
    """What a server sent, and what that took until all of it was there: on the clock, and of its processor."""

    status: int
    text: str
    cookie: str
    ms: float
    cpu_ms: float
    """In steps of ten."""

    @property
    def matches(self) -> list[dict[str, Any]]:
        """The list, where this is a ranking."""
        return list(json.loads(self.text)["matches"])


class Server:
    """`alumnimatch serve` of one version; ready once it is made."""

    def __init__(self, version: Version) -> None:
        self.version = version
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._used = 0.0
        began = time.perf_counter()
        with (version.folder / "server.log").open("a") as log:
            words = [sys.executable, "-m", "api.cli", "serve", "--port", str(port)]
            self._process = version.start(words, stdout=log, stderr=log)
        while self._status() != 200:
            if self._process.poll() is not None or time.perf_counter() - began > 300:
                self.close()
                msg = f"{version.name}: no server; see server.log in {version.folder}"
                raise SystemExit(msg)
            time.sleep(0.005)
        self.ready_s = time.perf_counter() - began

    def _status(self) -> int:
        try:
            return self.ask("GET", "/ready").status
        except OSError:
            self._connection.close()
            return 0

    def ask(self, method: str, path: str, sent: str | None = None, **headers: str) -> Answer:
        """One request, over a connection that stays open while requests follow each other."""
        if time.perf_counter() - self._used > IDLE:
            self._connection.close()
        spent = self.read_cpu_ms()
        began = time.perf_counter()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, path, sent.encode() if sent else None, named)
        response = self._connection.getresponse()
        text = response.read().decode()
        self._used = time.perf_counter()
        cookie = (response.getheader("Set-Cookie") or "").partition(";")[0]
        return Answer(response.status, text, cookie, 1000 * (self._used - began), self.read_cpu_ms() - spent)

    def read_cpu_ms(self) -> float:
        """Milliseconds of processor that it has used so far, to a hundredth of a second."""
        words = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return 1000 * (int(words[11]) + int(words[12])) / TICKS

    def read_peak_mb(self) -> float:
        """The most memory that it has had."""
        return read_peak_mb(self._process.pid)

    def close(self) -> None:
        """Stops it."""
        self._connection.close()
        self._process.terminate()
        self._process.wait()


def read_peak_mb(pid: int) -> float:
    """The most memory that a process has had, in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


class Client:
    """Somebody with a token: as a program, or in a browser that logged in with it."""

    def __init__(self, server: Server, token: str) -> None:
        self.server = server
        self._bearer = {"Authorization": f"Bearer {token}"}
        form = {"Content_Type": "application/x-www-form-urlencoded"}
        entered = server.ask("POST", "/inloggen/token", urlencode({"token": token, "naar": "/"}), **form)
        self._browser = {"Cookie": entered.cookie, "Accept": "text/html"}

    def call(self, method: str, path: str, sent: object = None) -> Answer:
        """Something of the API. Ends the run where the answer is none."""
        body = None if sent is None else json.dumps(sent)
        answer = self.server.ask(method, path, body, **self._bearer, Content_Type="application/json")
        return self._good(answer, path)

    def page(self, path: str) -> Answer:
        """A page. Ends the run where it is none."""
        return self._good(self.server.ask("GET", path, **self._browser), path)

    def match(self, question: Question) -> Answer:
        """A ranking for a saved request."""
        return self.call("GET", f"/v1/requests/{quote(question[0], safe='')}/matches?school={quote(question[1])}")

    def ask(self, question: Question) -> Answer:
        """A ranking for a question that is not saved."""
        sent = {"kind": "guest_lesson", "title": question[0], "school": question[1]}
        return self.call("POST", "/v1/matches", sent)

    def withdraw_first(self, question: Question) -> tuple[Answer, dict[str, Any]]:
        """Withdraws the consent of the first in a list, for what the list is about; the answer, and who that is."""
        first = self.match(question).matches[0]
        path = f"/v1/people/{quote(first['candidate_id'], safe='')}/consents/{first['kind']}"
        return self.call("PUT", f"{path}?school={quote(first['school'])}", {"given": False}), first

    def _good(self, answer: Answer, path: str) -> Answer:
        if answer.status != 200:
            msg = f"{self.server.version.name}: {answer.status} for {path}"
            raise SystemExit(msg)
        return answer


class Inside:
    """`benchmarks/versions/inside.py` with the packages of one version."""

    def __init__(self, version: Version, alumni: int | None = None) -> None:
        self._name = version.name
        words = ["--alumni", str(alumni), "--folder", str(version.folder / "pools")] if alumni else []
        self._process = version.start(
            [sys.executable, str(INSIDE), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            msg = f"{self._name}: the process that ranks has ended"
            raise SystemExit(msg)
        return json.loads(line)

    def ask(self, what: str, questions: Sequence[Question]) -> tuple[float, float]:
        """Median milliseconds of a ranking on the clock, and the mean on the processor."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({what: questions}).encode() + b"\n")
        self._process.stdin.flush()
        times = self._read()
        return median(times["wall_ms"]), times["cpu_ms"] / len(questions)

    def read_peak_mb(self) -> float:
        """The most memory that it has had."""
        return read_peak_mb(self._process.pid)

    def close(self) -> None:
        """Lets it end."""
        self._process.communicate()


def read_sample_requests(tree: Path, count: int) -> list[Question]:
    """The first requests of the sample region of a checkout, which the pools of `benchmarks/pools.py` have."""
    with (tree / "data" / "sample" / "requests.csv").open(encoding="utf-8-sig", newline="") as rows:
        return [(row["aanvraag_id"], row["school"]) for row in islice(csv.DictReader(rows, delimiter=";"), count)]
