"""The thread of a server process that sends the mail of the outbox, and does what the clock does besides.

No page waits for a mail server.
"""

from __future__ import annotations

import logging
import threading

from api.worker import Signal
from matcher.errors import StoreError
from matcher.policy import JOB
from matcher.ports import Mailer
from matcher.services import due, messages
from matcher.services.app import App
from matcher.services.messages import Compose

log = logging.getLogger("alumnimatch")

LOOK_SECONDS = 30.0
"""How often it checks for mail written by other processes."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 60.0
"""Seconds until it retries an unreachable server: doubled each time, up to a minute."""
GRACE_SECONDS = 2.0
"""How long the message being sent may still take when the process is asked to stop."""
_LAST_SECONDS = 15.0


class Sender:
    """Sends in a thread of its own from `start` to `stop`: at once after a commit, and by the clock for retries."""

    def __init__(self, app: App, mailer: Mailer, compose: Compose) -> None:
        self._app, self._mailer, self._compose = app, mailer, compose
        self._signal = Signal()
        self._pause = 0.0
        self._thread = threading.Thread(target=self._run, name="mail")  # not a daemon: it must record the outcome

    def start(self) -> None:
        """Starts sending; due mail goes out at once."""
        self._app.store.on_mail = self.wake
        self._thread.start()

    def wake(self) -> None:
        """Signals that there may be mail to send; returns at once."""
        self._signal.wake()

    def stop(self) -> None:
        """Ends within seconds: the message being sent is aborted after `GRACE_SECONDS`, and recorded as such."""
        if self._app.store.on_mail == self.wake:
            self._app.store.on_mail = None
        self._signal.end()
        self._thread.join(GRACE_SECONDS)
        if self._thread.is_alive():
            self._mailer.abort()
            self._thread.join(_LAST_SECONDS)

    def _run(self) -> None:
        while not self._signal.ended():
            self._signal.begin()
            self._advance()
            if self._deliver():
                self._pause = 0.0
                self._signal.wait(self._until_due())
            else:
                self._pause = min(max(self._pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
                self._signal.rest(self._pause)  # new mail does not shorten the pause after a failure

    def _advance(self) -> None:
        """What the clock does besides, which may add mail; what fails is tried again in the next round."""
        try:
            due.advance(self._app, JOB)
        except StoreError as error:
            log.warning("due_waits_for_database %s", error.code)
        except Exception as error:  # noqa: BLE001 - mail is to be sent all the same
            log.warning("due_failed %s", type(error).__name__)

    def _deliver(self) -> bool:
        """One round; False if the mail server or the database cannot be reached."""
        try:
            sent = messages.deliver(self._app, JOB, self._mailer, self._compose, stopped=self._signal.ended)
        except StoreError as error:
            log.warning("mail_waits_for_database %s", error.code)
        except Exception as error:  # noqa: BLE001 - this is the only sending thread: one message must not end it
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
