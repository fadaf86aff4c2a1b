"""Does what it is told in processes of its own, fresh from one that has loaded the program: they can be killed.

`python -m tests.attack.victim DATABASE_URL SMTP_URL`; each line of standard input is JSON: `act` (import, invite,
erase, mail), `of` (a file or an id) and `now`, an ISO moment. It prints the number of the process, then how it ended.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from datetime import datetime
from pathlib import Path

from api.mail import SmtpMailer
from matcher.domain.moments import ZONE
from matcher.domain.records import RecordKind
from matcher.engine import open_engine
from matcher.policy import COMMAND_LINE, JOB
from matcher.services import erasure, imports, invitations
from matcher.services.app import App
from matcher.services.messages import deliver
from matcher.spreadsheets.targets import Wishes
from matcher.store.sql_store import SqlStore
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.mail_worker import compose
from tests.support.races import COORDINATOR

REQUEST = "R-1"
ACCEPTED = Wishes(accept=frozenset({"large_change"}))
"""The list changes everyone."""


def work(url: str, smtp: str, act: str, of: str, now: str) -> None:
    """One act, at this moment."""
    moment = datetime.fromisoformat(now).astimezone(ZONE)
    clock = FixedClock(moment.date(), moment.time())
    store = SqlStore(url, clock)
    app = App(store, open_engine(store, HashEncoder()), clock)
    if act == "import":
        imports.import_records(app, COMMAND_LINE, Path(of), RecordKind.ALUMNI, wishes=ACCEPTED)
    elif act == "invite":
        invitations.invite(app, COORDINATOR, REQUEST, of)
    elif act == "erase":
        erasure.erase(app, COMMAND_LINE, of, school="Noord")
    else:
        deliver(app, JOB, SmtpMailer(smtp, "alumni@school.example"), compose)
    store.close()


def main(url: str, smtp: str) -> None:
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            try:
                work(url, smtp, **json.loads(line))
            except BaseException:  # noqa: BLE001 - whatever it is, the test must see it
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print(process, flush=True)  # noqa: T201
        print(os.waitpid(process, 0)[1], flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
