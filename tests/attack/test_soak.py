"""Two workers on PostgreSQL under mixed load, for a while: memory and open files stay level, and all is answered."""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx2
import pytest

from matcher.policy import LOGIN_ROLES, Role
from tests.attack.parameters import SLOWEST, amount, dice, say
from tests.attack.processes import Use, use_of
from tests.attack.server import SCHOOL, Server, serving, with_pause
from tests.attack.test_requests import Forms, known_ids
from tests.contract.conftest import postgres  # noqa: F401 - a fixture
from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.long

CLIENTS = 3
EVERY = 2.0
"""Seconds between two measurements."""
MORE_MEMORY, MORE_DESCRIPTORS = 0.10, 10
"""Growth that counts as level: a share of the memory, and open files, from the first third to the last."""
WARM = 0.25
"""The share of the time that is not counted: pool, indexes and caches are being filled."""


class Visitor:
    """Someone who uses the program, as each role in turn."""

    def __init__(self, server: Server, roll: random.Random, ids: dict[str, list[str]]) -> None:
        self._server, self._roll, self._ids = server, roll, ids
        self.statuses: Counter[int] = Counter()
        self.problems: list[str] = []

    def work(self, until: float) -> None:
        """Logs in, looks around and asks, until that moment; connections are new for each login."""
        while time.monotonic() < until:
            role = self._roll.choice(LOGIN_ROLES)
            with httpx2.Client(base_url=self._server.address, timeout=6 * SLOWEST) as client:
                alumnus = self._roll.choice(self._ids["alumni"])
                data = {"rol": role.value, "school": SCHOOL, "alumnus": alumnus}
                self._ask(client, "POST", "/inloggen/demo", data=data)
                if role is Role.ALUMNUS:
                    self._about_oneself(client)
                for _ in range(self._roll.randint(1, 6)):
                    self._look(client)
                self._ask_by_program()

    def _look(self, client: httpx2.Client) -> None:
        request, offering = self._roll.choice(self._ids["requests"]), self._roll.choice(self._ids["offerings"])
        paths = (
            "/",
            f"/aanvragen/{request}",
            "/cursussen",
            "/zoeken?wens=wondzorg&soort=guest_lesson",
            f"/cursussen/{offering}",
        )
        self._ask(client, "GET", self._roll.choice(paths))

    def _about_oneself(self, client: httpx2.Client) -> None:
        """Opens one's own page and gives or withdraws a consent."""
        answer = self._ask(client, "GET", "/mij/toestemming")
        if answer is None or answer.status_code != 200:
            return
        forms = [form for form in Forms(answer.text).forms if form[1] == "/mij/toestemming"]
        if forms:
            method, action, fields = self._roll.choice(forms)
            self._ask(client, method, action, data=fields)

    def _ask_by_program(self) -> None:
        """A ranking, an account and a list by the API."""
        headers = {"Authorization": f"Bearer {self._server.tokens[Role.COORDINATOR]}"}
        request, alumnus = self._roll.choice(self._ids["requests"]), self._roll.choice(self._ids["alumni"])
        paths = (
            f"/v1/requests/{request}/matches",
            f"/v1/alumni/{alumnus}/recommendations?for=offerings",
            f"/v1/explanations/{request}/{alumnus}",
            "/v1/alumni",
        )
        with httpx2.Client(base_url=self._server.address, headers=headers, timeout=6 * SLOWEST) as client:
            self._ask(client, "GET", self._roll.choice(paths))
            wish = {"kind": "guest_lesson", "title": f"les over {self._roll.choice(('wondzorg', 'lassen', 'koken'))}"}
            self._ask(client, "POST", "/v1/matches", json=wish)

    def _ask(self, client: httpx2.Client, method: str, path: str, **more: object) -> httpx2.Response | None:
        began = time.monotonic()
        try:
            answer = client.request(method, path, **more)  # type: ignore[arg-type]
        except httpx2.TransportError as error:
            self.problems.append(f"{method} {path}: {type(error).__name__}")
            return None
        seconds = time.monotonic() - began
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500 or seconds > SLOWEST:
            self.problems.append(f"{method} {path}: {answer.status_code} after {seconds:.1f} s")
        return answer


def growth(before: Sequence[float], after: Sequence[float]) -> float:
    """The difference of the medians."""
    return statistics.median(after) - statistics.median(before)


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    database: PostgresServer = request.getfixturevalue("postgres")
    with serving(tmp_path, database.url(), workers=2) as running:
        yield running


def test_memory_and_descriptors_stay_level(server: Server) -> None:
    """From the first third to the last, once warm: memory grows by less than a tenth, open files by less than ten."""
    minutes, roll = amount("MINUTES", 30), dice("soak")
    visitors = [Visitor(server, random.Random(roll.random()), known_ids(server)) for _ in range(CLIENTS)]  # noqa: S311
    began = time.monotonic()
    until = began + 60 * minutes
    threads = [threading.Thread(target=visitor.work, args=(until,)) for visitor in visitors]
    for thread in threads:
        thread.start()
    measured: list[tuple[float, Use]] = []
    while time.monotonic() < until:
        with_pause(EVERY)
        measured.append((time.monotonic() - began, use_of(server.process.pid)))
    for thread in threads:
        thread.join()
    warm = [use for at, use in measured if at > WARM * 60 * minutes]
    third = max(1, len(warm) // 3)
    first, last = warm[:third], warm[-third:]
    memory = growth([use.memory for use in first], [use.memory for use in last])
    descriptors = growth([use.descriptors for use in first], [use.descriptors for use in last])
    before = statistics.median(use.memory for use in first)
    statuses = sum((visitor.statuses for visitor in visitors), Counter[int]())
    problems = [problem for visitor in visitors for problem in visitor.problems]
    tracebacks = server.tracebacks()
    for line in [*problems, *tracebacks][:30]:
        say(line)
    say(f"soak: {minutes:g} minutes, {statuses.total()} answers, by status {dict(sorted(statuses.items()))}")
    say(f"memory {before:.0f} MiB {memory:+.1f}, descriptors {descriptors:+.0f}; {len(problems)} problems")
    assert (problems, tracebacks) == ([], [])
    assert memory < MORE_MEMORY * before
    assert descriptors < MORE_DESCRIPTORS
