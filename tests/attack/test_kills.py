"""Processes that import, invite, erase and send mail are killed at random moments: nothing is lost or half done."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, text
from sqlalchemy import select as rows_of

from matcher.domain.records import Alumnus, RecordKind
from matcher.services.imports import BATCH
from matcher.store import schema
from matcher.store.outbox import ABANDONED
from matcher.store.sql_store import SqlStore
from tests.attack import victim
from tests.attack.parameters import amount, dice, say
from tests.attack.server import ROOT, with_pause
from tests.contract.conftest import postgres  # noqa: F401 - a fixture
from tests.support import region
from tests.support.mail import Box, mail_server
from tests.support.postgres import PostgresServer
from tests.support.stores import open_store, reading, upsert, writing
from tests.support.worlds import AS_OF, PLACES

pytestmark = pytest.mark.long

ACTS = ("import", "invite", "erase", "mail")
PEOPLE = BATCH + 100
"""Rows of the file: two transactions."""
PATIENCE = 60
START = datetime(AS_OF.year, AS_OF.month, AS_OF.day, 8, tzinfo=UTC)
STEP = ABANDONED + timedelta(seconds=1)
"""Between two acts: what a lost sender had taken is due again."""


class Victims:
    """Processes that do one act each; `killed_after` seconds they are killed, where they have not ended by then."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._now = START

    def do(self, act: str, of: str, killed_after: float = PATIENCE) -> tuple[int, float]:
        """How the process ended, as `os.waitpid` says (9 where it was killed), and after how many seconds."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._now += STEP
        order = json.dumps({"act": act, "of": of, "now": self._now.isoformat()})
        self._process.stdin.write(order.encode() + b"\n")
        number, began = int(self._process.stdout.readline()), time.monotonic()
        ended, _, _ = select.select([self._process.stdout], [], [], killed_after)
        if not ended:
            os.kill(number, signal.SIGKILL)
        end = int(self._process.stdout.readline())
        return end, time.monotonic() - began


@contextmanager
def victims_on(url: str, log: Path) -> Iterator[tuple[Box, Victims]]:
    with mail_server() as box, log.open("wb") as errors:
        command = [sys.executable, "-m", victim.__name__, url, box.url]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors, bufsize=0, cwd=ROOT) as process:
            yield box, Victims(process)
            assert process.stdin is not None
            process.stdin.close()


class State:
    """What stands in the database, and what must hold of it after every kill."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._people = self._count(schema.alumni)

    def _count(self, table: Any, *where: Any) -> int:
        with self._store._database.reading() as connection:
            return int(connection.execute(rows_of(func.count()).select_from(table).where(*where)).scalar_one())

    def settled(self) -> None:
        """Waits until the database has ended what a killed process had begun, and is whole."""
        postgresql = self._store._database.engine.dialect.name == "postgresql"
        until = time.monotonic() + PATIENCE
        while postgresql and self._others():
            assert time.monotonic() < until
            with_pause(0.01)
        if not postgresql:
            with self._store._database.reading() as connection:
                assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        assert reading(self._store).audit.verify().wrong is None

    def _others(self) -> int:
        others = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        with self._store._database.reading() as connection:
            return int(connection.execute(others).scalar_one())

    def imported(self, functions: set[str]) -> int:
        """How many batches of the file are in: each is old or new as a whole, and in the log when it is new."""
        batches: dict[int, set[str | None]] = defaultdict(set)
        for alumnus in reading(self._store).records.stream(RecordKind.ALUMNI):
            assert isinstance(alumnus, Alumnus)
            if alumnus.alumnus_id.startswith("I-"):
                batches[int(alumnus.alumnus_id[2:]) // BATCH].add(alumnus.function)
        assert all(len(found) == 1 and found <= functions for found in batches.values()), batches
        return self._count(schema.audit, schema.audit.c.action == "import")

    def invited(self, key: int) -> bool:
        """Whether this alumnus was invited: a line of the ledger, a message and an entry in the log, or none."""
        asked = self._count(schema.ledger, schema.ledger.c.alumnus_key == key)
        mails = self._count(schema.outbox, schema.outbox.c.alumnus_key == key, schema.outbox.c.message == "invited")
        named = rows_of(schema.audit_people.c.entry).where(schema.audit_people.c.alumnus_key == key)
        entries = self._count(schema.audit, schema.audit.c.action == "invite", schema.audit.c.id.in_(named))
        assert (asked, mails, entries) in {(0, 0, 0), (1, 1, 1)}
        return asked == 1

    def erased(self, key: int, word: str) -> bool:
        """Whether this alumnus is gone: from every table with everything, or from none."""
        with self._store._database.reading() as connection:
            held = {
                table.name
                for table in schema.metadata.sorted_tables
                if (str(key) in (rows := str(connection.execute(rows_of(table)).all())) or word in rows)
            }
        there = self._count(schema.alumni, schema.alumni.c.key == key) == 1
        assert there == bool(held), held
        if there:
            assert {"alumni", "contacts", "consents"} <= held
        entries = self._count(schema.audit, schema.audit.c.action == "person.erase")
        assert entries == self._people - self._count(schema.alumni), "each erasure is in the log, and nothing else went"
        return not there

    def mails(self) -> Counter[str]:
        """How many messages are in each state."""
        with self._store._database.reading() as connection:
            return Counter(connection.execute(rows_of(schema.outbox.c.state)).scalars())


def people_in(store: SqlStore, rounds: int) -> None:
    """The small region, with alumni to invite (V-), to erase (W-) and to import (I-)."""
    writing(store).places.add(PLACES)
    days = {"function": "wondzorg", "skills": ("wondzorg",), "day_parts": region.TUESDAY}
    people = [
        region.alumnus(number, f"{letter}-{number}", email=f"{letter}{number}@voorbeeld.example", **days, **more)
        for letter in "VW"
        for number in range(rounds)
        for more in ({"experience": f"zeldzaam{letter}{number}woord"},)
    ]
    people += [region.alumnus(number, f"I-{number}", function="begin") for number in range(PEOPLE)]
    upsert(store, RecordKind.ALUMNI, [replace(one, row=place) for place, one in enumerate(people, 2)])
    upsert(store, RecordKind.REQUESTS, region.REQUESTS)


def list_with(folder: Path, function: str) -> str:
    """A list that gives everyone of I- this function."""
    path = folder / "list.csv"
    lines = [f"I-{number};Noord;{function}" for number in range(PEOPLE)]
    path.write_text("\n".join(("alumnus_id;school;functie", *lines)) + "\n", "utf-8")
    return str(path)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_killed_process_leaves_nothing_half_done(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """After each SIGKILL the database is whole and each act done as a whole or not at all; done again, it is done."""
    count, roll = max(4, int(amount("KILLS", 300)) // 2), dice(f"kills, {database}")
    server: PostgresServer | None = request.getfixturevalue("postgres") if database == "postgresql" else None
    url = server.url() if server else f"sqlite:///{tmp_path / 'kills.db'}"
    store = open_store(url)
    store.migrate()
    people_in(store, count + len(ACTS))
    state, began, kills = State(store), time.monotonic(), Counter[str]()
    keys = {alumnus.alumnus_id: alumnus.key for alumnus in reading(store).records.stream(RecordKind.ALUMNI)}
    lasts: dict[str, float] = {}
    function, rounds, mail_kills = "begin", 0, 0
    with victims_on(url, tmp_path / "victims.log") as (box, victims):
        while kills.total() < count and rounds < 4 * count:
            act, number = ACTS[rounds % len(ACTS)], rounds // len(ACTS)
            rounds += 1
            if number >= count + len(ACTS):
                break
            alumnus = f"{'W' if act == 'erase' else 'V'}-{number}"
            of = list_with(tmp_path, f"vak{number}") if act == "import" else alumnus
            entries = state.imported({function, f"vak{number}"})
            limit = roll.uniform(0, 1.1 * lasts[act]) if act in lasts else PATIENCE
            end, seconds = victims.do(act, of, limit)
            assert end in {0, signal.SIGKILL}, (tmp_path / "victims.log").read_text()
            lasts.setdefault(act, seconds)
            kills[act] += end == signal.SIGKILL
            state.settled()
            if act == "import":
                state.imported({function, f"vak{number}"})
                if end:
                    assert victims.do(act, of)[0] == 0
                function = f"vak{number}"
                assert state.imported({function}) >= entries + 2
            elif act == "invite":
                if not state.invited(keys[alumnus]):
                    assert victims.do(act, of)[0] == 0
                assert state.invited(keys[alumnus])
            elif act == "erase":
                if not state.erased(keys[alumnus], f"zeldzaamW{number}woord"):
                    assert victims.do(act, of)[0] == 0
                assert state.erased(keys[alumnus], f"zeldzaamW{number}woord")
            else:
                mail_kills += end == signal.SIGKILL
                assert set(state.mails()) <= {"sent", "sending", "waiting"}
        assert victims.do("mail", "")[0] == 0
        assert set(state.mails()) == {"sent"}
        mails = {mail.message_id: mail for mail in reading(store).outbox.page(limit=10_000)}
        arrived = Counter(name.strip("<>").partition("@")[0] for name in box.ids)
        assert set(arrived) == set(mails), "none is lost, and none is sent under another number"
        twice = {name for name, times in arrived.items() if times > 1}
        assert all(mails[name].perhaps_twice for name in twice)
        assert sum(arrived.values()) - len(arrived) <= mail_kills
        state.settled()
    store.close()
    say(f"kills, {database}: {kills.total()} ({dict(kills)}) in {rounds} acts, {time.monotonic() - began:.0f} s")
    assert kills.total() >= count
