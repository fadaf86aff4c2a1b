"""A real SMTP server on loopback, which accepts or refuses mail as a test directs."""

from __future__ import annotations

import asyncio
import os
import queue
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from tests.support.ports import free_port

OK = "250 OK"
PATIENCE = 30
"""Seconds after which a message counts as missing."""


class Box:
    """The messages that the server accepted, and its answers.

    `to_recipient` and `to_message`: its answers. `stop_at`: where it kills the process that sends to it, whose number
    it takes from `victims`: `at_rcpt`, `at_data` (the message is not taken), or `after_data` (it is).
    `hangs`: whether it is silent once it has the text of a message, until `released`; `reached` is set when it is.
    """

    def __init__(self, port: int) -> None:
        self.messages: list[Message] = []
        self.raw: list[bytes] = []
        """What came for each, as it came."""
        self.senders: list[str] = []
        """The address that a bounce of each would go to."""
        self.url = f"smtp://127.0.0.1:{port}"
        self.to_recipient = self.to_message = OK
        self.recipients: list[str] = []
        self.stop_at = ""
        self.victims: queue.Queue[int] = queue.Queue()
        self.hangs = False
        self.reached, self.released = threading.Event(), threading.Event()
        self._came = threading.Condition()

    @property
    def ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.messages]

    def wait(self, count: int) -> list[Message]:
        """All accepted messages, once there are at least this many."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.messages) >= count, PATIENCE), "no mail came"
            return list(self.messages)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self._kill("at_rcpt")
        self.recipients.append(address)
        if self.to_recipient == OK:
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self._kill("at_data"):
            return "451 stopped"
        if self.hangs:
            self.reached.set()
            await asyncio.get_running_loop().run_in_executor(None, self.released.wait, PATIENCE)
        if self.to_message == OK:
            with self._came:
                self.raw.append(envelope.content)
                self.senders.append(envelope.mail_from)
                self.messages.append(message_from_bytes(envelope.content, policy=default))
                self._came.notify_all()
        self._kill("after_data")
        return self.to_message

    def _kill(self, step: str) -> bool:
        if self.stop_at != step:
            return False
        os.kill(self.victims.get(timeout=PATIENCE), signal.SIGKILL)
        self.stop_at = ""
        return True


@contextmanager
def mail_server(port: int = 0) -> Iterator[Box]:
    """A server, on this port or a free one."""
    box = Box(port or free_port())  # the library asks for one that it can connect to
    server = Controller(box, hostname="127.0.0.1", port=int(box.url.rpartition(":")[2]))
    server.start()
    yield box
    box.released.set()
    server.stop()


@contextmanager
def hanging_server() -> Iterator[str]:
    """The URL of a mail server that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        yield f"smtp://127.0.0.1:{server.getsockname()[1]}"
