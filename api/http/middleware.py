"""The outermost middleware: security headers, limits on the size, number and time of requests, and the access log."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time

from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http import bodies, errors, failures
from api.http.failures import Failure
from api.http.metrics import Metrics
from api.http.paths import keep_slashes
from api.http.rate_limits import begin_request
from api.login.access import may
from matcher.errors import AlumnimatchError
from matcher.policy import Action

log = logging.getLogger("alumnimatch.access")

MOST_AT_ONCE = 8
"""Files that a process receives at once."""
MOST_ADDRESS = 8000
"""Bytes of a path with its query (RFC 9110 4.1 asks for 8,000)."""
MOST_HEADER = 16 * 1024
"""Bytes of all headers together; `connections.py` bounds what is read before they are counted here."""
ALIVE = "/health"
"""The path that is answered however many requests are at work."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class OuterMiddleware:
    """Adds headers to every answer, turns every error into a problem, and logs nothing that people typed.

    A request is admitted when it is in as a whole, and counts until its answer begins: a client that sends or reads
    slowly holds its connection and nothing else. `at_once`: requests that may be at work; `seconds`: how long one may
    take before its client is told, while its work goes on to its end.
    """

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, secure: bool = False, at_once: int = 100, seconds: float = 120
    ) -> None:
        self.app = app
        self.metrics = metrics
        self.secure = secure
        self.at_once = at_once
        self.seconds = seconds
        self._at_work = self._receiving = 0
        self._late: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status, number = time.perf_counter(), 0, secrets.token_hex(8)
        begin_request()
        scope.setdefault("state", {})["number"] = number
        keep_slashes(scope)
        head = scope["method"] == "HEAD"
        if head:  # routed as GET, in a scope of our own: the server must go on seeing HEAD, to expect no body
            scope = {**scope, "method": "GET"}

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                add_headers(message, secure=self.secure)
                MutableHeaders(scope=message)["X-Request-ID"] = number
            elif head:
                message = {**message, "body": b""}
            await send(message)

        request = Request(scope, receive)
        try:
            failure = self._refusal(request)
            if failure is None:
                await self._admitted(request, guarded)
            else:
                await errors.response_of(request, failure)(scope, receive, guarded)
        except ClientDisconnect:
            status = status or 499
        except Exception as error:  # noqa: BLE001 - the last net: a problem instead of a broken connection
            response = errors.unforeseen(request, error)
            if not status:
                await response(scope, receive, guarded)
        finally:
            route = getattr(scope.get("route"), "path", "-")
            spent, method = time.perf_counter() - started, "HEAD" if head else scope["method"]
            self.metrics.answered(method, route, status, spent)
            log.info("%s %s %s %d %.0f ms", number, method, route, status, spent * 1000)

    def _refusal(self, request: Request) -> Failure | None:
        """What is wrong with the size of a request, before its body is read; None if it may be read."""
        if too_long(request):
            status, code, most = 413, "too_large", bodies.most_bytes(request.method, request.url.path) // 1024
        elif address_bytes(request.scope) > MOST_ADDRESS:
            status, code, most = 414, "address_too_long", MOST_ADDRESS
        elif header_bytes(request.scope) > MOST_HEADER:
            status, code, most = 431, "head_too_large", MOST_HEADER // 1024
        else:
            return None
        return failures.general(errors.language_of(request), status, code, code, most=most)

    async def _admitted(self, request: Request, send: Send) -> None:
        """Runs the app on a request that is in; refuses it while too many are at work. Raises ClientDisconnect."""
        if bodies.large(request):
            await self._take_file(request, send)
            return
        await self._run(request, received(await request.body(), request.receive), send)

    async def _take_file(self, request: Request, send: Send) -> None:
        """Takes a file from whoever may send one, and from no one else. Raises ClientDisconnect."""
        failure = await run_in_threadpool(sender_refused, request)
        if failure is None and self._receiving >= MOST_AT_ONCE:
            failure = failures.unavailable(errors.language_of(request), "crowded")
        if failure is not None:
            await errors.response_of(request, failure)(request.scope, request.receive, send)
            return
        self._receiving += 1
        try:
            body = await bodies.held(request.stream())
        finally:
            self._receiving -= 1
        with body:  # read whole by the app long before it is told that it takes too long
            await self._run(request, bodies.replayed(body, request.receive), send)

    async def _run(self, request: Request, receive: Receive, send: Send) -> None:
        """Runs the app, unless too many requests are at work."""
        if self._at_work >= self.at_once and request.url.path != ALIVE:
            failure = failures.unavailable(errors.language_of(request), "crowded")
            await errors.response_of(request, failure)(request.scope, receive, send)
            return
        await self._in_time(request, receive, send)

    async def _in_time(self, request: Request, receive: Receive, send: Send) -> None:
        """Runs the app; where its answer does not begin in time the client gets a 503, and the app ends unheard."""
        begun, too_late = asyncio.Event(), False

        async def heard(message: Message) -> None:
            begun.set()
            if not too_late:
                await send(message)

        async def run() -> None:
            try:
                await self.app(request.scope, receive, heard)
            finally:
                begun.set()

        self._at_work += 1
        work = asyncio.create_task(run())
        try:
            async with asyncio.timeout(self.seconds):
                await begun.wait()
        except TimeoutError:
            too_late = True
            self._late.add(work)
            work.add_done_callback(self._ended_late)
            failure = failures.unavailable(errors.language_of(request), "takes_too_long")
            await errors.response_of(request, failure)(request.scope, receive, send)
        except asyncio.CancelledError:
            work.cancel()
            raise
        else:
            self._at_work -= 1
            await work

    def _ended_late(self, work: asyncio.Task[None]) -> None:
        self._at_work -= 1
        self._late.discard(work)
        if not work.cancelled() and (error := work.exception()) is not None:
            log.warning("failed_late %s", type(error).__name__)


def received(body: bytes, rest: Receive) -> Receive:
    """What a client sent, for an app: the whole body, then whatever `rest` gives."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else await rest()

    return receive


def address_bytes(scope: Scope) -> int:
    """Bytes of the path and the query."""
    return len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])


def header_bytes(scope: Scope) -> int:
    """Bytes of all headers, with their separators."""
    return sum(len(name) + len(value) + 4 for name, value in scope["headers"])


def add_headers(start: Message, *, secure: bool) -> None:
    """Adds the security headers, and forbids caching unless the answer allows it. `secure`: browsers use HTTPS."""
    headers = MutableHeaders(scope=start)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if "cache-control" not in headers:
        headers["Cache-Control"] = "no-store"


def too_long(request: Request) -> bool:
    """Whether the stated size of a request exceeds the limit, or is not stated."""
    length = bodies.stated_length(request.headers)
    if "content-length" in request.headers:
        return length is None or length > bodies.most_bytes(request.method, request.url.path)
    return "transfer-encoding" in request.headers


def sender_refused(request: Request) -> Failure | None:
    """Why this client may send no file; None where it may."""
    try:
        may(Action.IMPORT)(request)
    except AlumnimatchError as error:
        return failures.failure_of(error, errors.language_of(request))
    return None
