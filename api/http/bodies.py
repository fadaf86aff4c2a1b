"""Bodies of requests: how large one may be, and how a file that someone sends is held until it is in.

A file is sent to a few addresses only, by whoever may import. It is held in a file without a name: the system drops it
with the process, whatever ends that.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from tempfile import SpooledTemporaryFile
from typing import IO

from starlette.requests import Request
from starlette.types import Message, Receive

from matcher.calendars.values import LIMITS
from matcher.spreadsheets.bounds import BOUNDS

MOST_BYTES = 256 * 1024
"""Bytes of a body."""
MOST_SENT = BOUNDS.file + 1024 * 1024
"""Bytes of a body with a file, with what stands around it."""
SENT_TO = frozenset({"/inlezen", "/v1/imports"})
"""The addresses to which files are sent."""
CALENDARS_TO = "/mij/agenda/bestand"
"""The address to which an alumnus sends a calendar."""
MOST_CALENDAR = LIMITS.size + MOST_BYTES
SLOWEST = 50_000
"""Bytes in a second with which a file is sent at least."""
_IN_MEMORY = 1024 * 1024
_MESSAGE = 64 * 1024


def takes_file(method: str, path: str) -> bool:
    """Whether a request may bring a file."""
    return method == "POST" and path in SENT_TO


def most_bytes(method: str, path: str) -> int:
    """Bytes that the body of a request may have."""
    if method == "POST" and path == CALENDARS_TO:
        return MOST_CALENDAR
    return MOST_SENT if takes_file(method, path) else MOST_BYTES


def stated_length(headers: Mapping[str, str]) -> int | None:
    """The length that a request states; None where it states none, or no number."""
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else None


async def held(body: AsyncIterator[bytes]) -> IO[bytes]:
    """The whole body, in a file without a name."""
    file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - whoever reads it closes it
    try:
        async for part in body:
            file.write(part)
    except BaseException:  # the client is gone
        file.close()
        raise
    file.seek(0)
    return file


def replayed(body: IO[bytes], rest: Receive) -> Receive:
    """What a client sent, for an app: the body in parts, then whatever `rest` gives."""
    ended = False

    async def receive() -> Message:
        nonlocal ended
        if ended:
            return await rest()
        part = body.read(_MESSAGE)
        ended = len(part) < _MESSAGE
        return {"type": "http.request", "body": part, "more_body": not ended}

    return receive


def large(request: Request) -> bool:
    """Whether a request brings a file that is larger than any other body may be."""
    length = stated_length(request.headers)
    return takes_file(request.method, request.url.path) and length is not None and length > MOST_BYTES
