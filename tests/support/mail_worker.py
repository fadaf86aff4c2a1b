"""Sends the mail of an outbox in processes of its own, which stop at a given point.

`python -m tests.support.mail_worker DATABASE_URL SMTP_URL`; each line of standard input is JSON: `now`, an ISO moment,
`stop`, a point of `POINTS` or none, and `workers`. It prints the numbers of the processes, then how they ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, cast

from api.mail import SmtpMailer
from matcher.domain.moments import ZONE
from matcher.policy import JOB, Asker
from matcher.ports import Letter
from matcher.repositories import Records, Transaction
from matcher.repositories.values import Mail
from matcher.services.app import App
from matcher.services.messages import deliver
from matcher.store.sql_store import SqlStore
from tests.support.fakes import FixedClock

POINTS = ("before_take", "inside_take", "after_take", "before_note", "inside_note", "after_note")


class StoppingStore:
    """A store whose process is killed at one point of sending."""

    def __init__(self, store: SqlStore, stop: str) -> None:
        self._store, self._stop = store, stop
        self._writes = 0
        self.on_mail: Callable[[], object] | None = None

    def read(self) -> AbstractContextManager[Records]:
        return self._store.read()

    def write(self, work: Callable[[Transaction], Any], *, by: Asker) -> Any:
        step = ("take", "note")[self._writes % 2]
        self._writes += 1

        def stopping(tx: Transaction) -> Any:
            result = work(tx)
            self._at(f"inside_{step}")
            return result

        self._at(f"before_{step}")
        result = self._store.write(stopping, by=by)
        self._at(f"after_{step}")
        return result

    def _at(self, point: str) -> None:
        if point == self._stop:
            os.kill(os.getpid(), signal.SIGKILL)


def compose(mail: Mail, secret: str) -> Letter:
    parts = " ".join(part.message_id for part, _ in mail.beside.parts)
    return Letter(mail.message, f"{mail.school} {secret}{parts}")


def send(url: str, smtp: str, now: str, stop: str) -> None:
    moment = datetime.fromisoformat(now).astimezone(ZONE)
    clock = FixedClock(moment.date(), moment.time())
    store = SqlStore(url, clock)
    app = App(cast("Any", StoppingStore(store, stop)), cast("Any", None), clock)
    deliver(app, JOB, SmtpMailer(smtp, "alumni@school.example"), compose)
    store.close()


def main(url: str, smtp: str) -> None:
    for line in sys.stdin:
        task = json.loads(line)
        workers = []
        for _ in range(task["workers"]):
            worker = os.fork()
            if worker == 0:
                send(url, smtp, task["now"], task["stop"])
                os._exit(0)
            workers.append(worker)
        print(json.dumps(workers), flush=True)  # noqa: T201
        print(json.dumps([os.waitpid(worker, 0)[1] for worker in workers]), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
