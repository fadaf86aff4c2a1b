"""The outermost middleware: security headers, a limit on the size of requests, and the access log."""

from __future__ import annotations

import logging
import secrets
import time

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http import errors, failures
from api.http.metrics import Metrics
from api.http.paths import keep_slashes

log = logging.getLogger("alumnimatch.access")

MOST_BYTES = 256 * 1024
CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class OuterMiddleware:
    """Adds headers to every answer, turns every error into a problem, and logs nothing that people typed."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, secure: bool = False) -> None:
        self.app = app
        self.metrics = metrics
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status, number = time.perf_counter(), 0, secrets.token_hex(8)
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
            if too_long(request):
                failure = failures.too_large(errors.language_of(request), MOST_BYTES // 1024)
                await errors.response_of(request, failure)(scope, receive, guarded)
            else:
                await self.app(scope, receive, guarded)
        except Exception as error:  # noqa: BLE001 - the last net: a problem instead of a broken connection
            response = errors.unforeseen(request, error)
            if not status:
                await response(scope, receive, guarded)
        finally:
            route = getattr(scope.get("route"), "path", "-")
            spent, method = time.perf_counter() - started, "HEAD" if head else scope["method"]
            self.metrics.answered(method, route, status, spent)
            log.info("%s %s %s %d %.0f ms", number, method, route, status, spent * 1000)


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
    length = request.headers.get("content-length", "")
    if length:
        return not length.isdigit() or int(length) > MOST_BYTES
    return "transfer-encoding" in request.headers
