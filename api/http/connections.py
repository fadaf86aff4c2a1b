"""What one connection may cost, whatever its client does: the bytes of a header, the seconds of each part.

uvicorn has none of these bounds with httptools. A proxy in front has them too (`docs/nginx.conf`); these hold without.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from enum import Enum, auto
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from api.http import failures
from api.http.bodies import MOST_SENT, SLOWEST, stated_length, takes_file
from api.http.errors import problem
from api.http.languages import negotiated

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of no seconds."""


class Pipelined(Exception):
    """Too many requests at once on one connection."""


class Part(Enum):
    """What a client is sending."""

    NONE = auto()
    HEAD = auto()
    BODY = auto()
    REFUSED = auto()


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 of uvicorn, with bounds. The class of `uvicorn.Config(http=...)`."""

    header_bytes = 65_536
    """Bytes of a request line and headers that are read; the app refuses smaller ones, with more explanation."""
    header_seconds = 10.0
    """Seconds in which they arrive, and in which a new connection sends its first."""
    body_seconds = 30.0
    """Seconds in which a body of 256 kB arrives; a file that someone may send has more, by its length."""
    send_seconds = 60.0
    """Seconds in which a client takes an answer."""
    linger_seconds = 2.0
    """Seconds in which what a refused client still sends is thrown away, so that it can read why."""
    most_connections = 500
    """Connections of a process; a further one is closed at once. A process may usually open 1,024 files."""
    most_pipelined = 8
    """Requests that a client may send on one connection before the first is answered."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._part = Part.NONE
        self._unparsed = 0
        self._running: RequestResponseCycle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._sending: asyncio.TimerHandle | None = None

    # ---- what asyncio calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Starts the clock of the first header, unless there are too many connections."""
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            self.logger.warning("too_many_connections")
            transport.abort()
        else:
            self._start_reading(self.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops the clocks."""
        self._stop_reading()
        self._stop_sending()
        self._forget_requests()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads on, unless the header has become too long."""
        if self._part is Part.REFUSED:
            return
        self._unparsed += len(data)
        super().data_received(data)
        if self._part in {Part.BODY, Part.REFUSED} or self.transport.is_closing():
            return
        if self._unparsed > self.header_bytes:
            self._refuse(431, "head_too_large")
        elif self._reading is None and (self._part is Part.HEAD or not self._answering):
            self._start_reading(self.header_seconds)

    def pause_writing(self) -> None:
        """The client does not keep up: it gets a while to take what there is."""
        super().pause_writing()
        self._start_sending()

    # ---- what the parser calls

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._part = Part.HEAD

    def on_headers_complete(self) -> None:
        """Starts the clock of the body. Raises Pipelined, and fails for a target without a path: the parser stops."""
        if len(self.pipeline) >= self.most_pipelined:
            self._drop()
            raise Pipelined
        if not self._unsent:
            self._stop_sending()  # it took the answer before this request
        super().on_headers_complete()
        self._part = Part.BODY
        self._start_reading(self.body_seconds + self._sending_seconds())

    def _sending_seconds(self) -> float:
        """The further seconds that a file may take."""
        if not takes_file(self.scope["method"], self.scope["path"]):
            return 0.0
        length = stated_length({name.decode("latin-1"): value.decode("latin-1") for name, value in self.headers})
        return min(length or 0, MOST_SENT) / SLOWEST

    def on_message_complete(self) -> None:
        """The request is in: the next may come."""
        super().on_message_complete()
        self._part, self._unparsed = Part.NONE, 0
        self._stop_reading()

    # ---- what uvicorn calls

    def on_response_complete(self) -> None:
        """An answer that is still to be sent has a while for it, also where the connection is to close after it."""
        super().on_response_complete()
        if self._unsent > 0:
            self._start_sending()
        if self._part is Part.BODY:  # refused before it was in: a file then has no longer than any other body
            self._start_reading(self.body_seconds)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - a sentence for programmers, in English
        """A problem document where uvicorn would send a line of text."""
        if not self.transport.is_closing():
            self._refuse(400, "bad_request")

    # ----

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _forget_requests(self) -> None:
        """Lets a request that is at work end without an answer, and those that wait not begin.

        uvicorn marks only the newest request of a connection as disconnected, and the others would write to it.
        """
        self.pipeline.clear()
        if self._running is not None:
            self._running.disconnected = True
            self._running.message_event.set()

    def _drop(self) -> None:
        """Ends the connection at once; the kernel, too, drops what the client did not take."""
        self._forget_requests()
        with suppress(OSError):  # closed already
            own_socket = self.transport.get_extra_info("socket")
            own_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()

    @property
    def _answering(self) -> bool:
        """Whether an answer is being made or written."""
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def _unsent(self) -> int:
        """Bytes that wait to be taken by the client."""
        try:
            return self.transport.get_write_buffer_size()
        except RuntimeError:  # uvloop: it is closed
            return 0

    def _refuse(self, status: int, code: str) -> None:
        """Answers with a problem, in the language of the headers so far, and closes; just closes amid an answer."""
        if self._answering and (self.pipeline or self.cycle.response_started or self._part is not Part.BODY):
            self._drop()
            return
        if self._part is Part.BODY and not self._answering:  # answered before its body was in
            self.transport.close()
            self._start_sending()
            return
        headers = dict(self.headers or ())
        language = negotiated(headers.get(b"accept-language", b"").decode("latin-1"))
        failure = failures.general(language, status, code, code, most=self.header_bytes // 1024)
        response = problem(failure, language, "")
        lines = [STATUS_LINE[status], b"connection: close\r\n"]
        lines += [name + b": " + value + b"\r\n" for name, value in response.raw_headers]
        self.transport.write(b"".join([*lines, b"\r\n", bytes(response.body)]))
        self.transport.write_eof()
        self._part = Part.REFUSED
        self._forget_requests()
        # closing while data come in would reset the connection, and the client would not see the answer
        self._stop_reading()
        self._reading = self.loop.call_later(self.linger_seconds, self._drop)

    def _start_reading(self, seconds: float) -> None:
        self._stop_reading()
        self._reading = self.loop.call_later(seconds, self._reads_too_long, seconds)

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _reads_too_long(self, seconds: float) -> None:
        self._reading = None
        if self.transport.is_closing():
            return
        if self.flow.read_paused:  # it is we who do not read: an earlier request of this client is at work
            self._start_reading(seconds)
        elif self._part is Part.NONE:
            self.transport.close()
        else:
            self._refuse(408, "too_slow")

    def _start_sending(self) -> None:
        if self._sending is None:
            self._sending = self.loop.call_later(self.send_seconds, self._sends_too_long)

    def _stop_sending(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    def _sends_too_long(self) -> None:
        self._sending = None
        if self._unsent > 0:
            self._drop()
