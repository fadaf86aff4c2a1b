"""The thread of a server process that sends the mail of the outbox, so that no page waits for a mail server."""

from __future__ import annotations

import logging
import threading

from matcher.errors import StoreError
from matcher.policy import JOB
from matcher.ports import Mailer
from matcher.services import messages
from matcher.services.app import App
from matcher.services.messages import Compose

log = logging.getLogger("alumnimatch")

LOOK_SECONDS = 30.0
"""How often it looks for mail that other processes have written."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 60.0
"""How long it leaves a server alone that cannot be reached: doubled each time, up to a minute. In seconds."""
GRACE_SECONDS = 2.0
"""How long what is being sent may take when the process is asked to stop."""
_LAST_SECONDS = 15.0


class Sender:
    """Sends in a thread of its own from `start` to `stop`: at once after a commit, and by the clock for retries."""

    def __init__(self, app: App, mailer: Mailer, compose: Compose) -> None:
        self._app, self._mailer, self._compose = app, mailer, compose
        self._woken, self._stopping = threading.Event(), threading.Event()
        self._pause = 0.0
        self._thread = threading.Thread(target=self._run, name="mail")  # no daemon: it finishes its note

    def start(self) -> None:
        """Begins to send; what is due goes out at once."""
        self._app.store.on_mail = self.wake
        self._thread.start()

    def wake(self) -> None:
        """There may be something to send; returns at once."""
        self._woken.set()

    def stop(self) -> None:
        """Ends within seconds: what is being sent is broken off after `GRACE_SECONDS`, and noted as such."""
        if self._app.store.on_mail == self.wake:
            self._app.store.on_mail = None
        self._stopping.set()
        self._woken.set()
        self._thread.join(GRACE_SECONDS)
        if self._thread.is_alive():
            self._mailer.abort()
            self._thread.join(_LAST_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            if self._deliver():
                self._pause = 0.0
                self._woken.wait(self._until_due())
            else:
                self._pause = min(max(self._pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
                self._stopping.wait(self._pause)  # new mail does not knock at a closed door

    def _deliver(self) -> bool:
        """One round; False where the mail server or the database cannot be reached."""
        try:
            sent = messages.deliver(self._app, JOB, self._mailer, self._compose, stopped=self._stopping.is_set)
        except StoreError as error:
            log.warning("mail_waits_for_database %s", error.code)
        except Exception as error:  # noqa: BLE001 - the thread is the only one: it must not end by one message
            log.warning("mail_failed %s", type(error).__name__)
        else:
            return sent.reachable
        return False

    def _until_due(self) -> float:
        """Seconds until the next message is due, in [0, LOOK_SECONDS]."""
        try:
            seconds = messages.seconds_until_due(self._app, JOB)
        except StoreError:
            return LOOK_SECONDS
        return LOOK_SECONDS if seconds is None else min(seconds, LOOK_SECONDS)
