"""Fetching the calendar of a subscription: an address that an alumnus types must not lead into our own network.

Only https, on a name that leads to public addresses alone. The connection is made to the address that was looked at,
not to what the name says a moment later; each redirect is looked at in the same way. Size and time are bounded.
"""

from __future__ import annotations

import time
from urllib.parse import urljoin

from api import public_addresses
from matcher.calendars.values import LIMITS
from matcher.errors import InvalidValue

REDIRECTS = 3


class HttpsCalendars:
    """Implements `matcher.ports.CalendarSource`. `local`: also http and addresses of this machine, for tests."""

    def __init__(self, *, seconds: float = 20.0, size: int = LIMITS.size, local: bool = False) -> None:
        self._seconds, self._size, self._local = seconds, size, local

    def fetch(self, url: str) -> bytes:
        """The content at an address. Raises InvalidValue.

        Its code: `calendar_address` (not https, or not public), `calendar_unreachable`, `calendar_answer` (with the
        `status` of the answer), `calendar_too_large`, `calendar_too_slow`.
        """
        import httpx2

        until = time.monotonic() + self._seconds
        try:
            with httpx2.Client(timeout=self._seconds, trust_env=False) as client:
                for _ in range(REDIRECTS + 1):
                    content, redirect = self._get(client, url, until)
                    if redirect is None:
                        return content
                    url = urljoin(url, redirect)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError):
            raise InvalidValue("calendar_unreachable") from None
        raise InvalidValue("calendar_unreachable")

    def _get(self, client: object, url: str, until: float) -> tuple[bytes, str | None]:
        """The content, or where it is now."""
        import httpx2

        assert isinstance(client, httpx2.Client)  # noqa: S101 - typed here: the library is loaded when it is needed
        try:
            host, address = public_addresses.target(url, local=self._local)
        except public_addresses.NotPublicError:
            raise InvalidValue("calendar_address") from None
        there, named = public_addresses.direct(url, host, address)
        headers = {**named, "Accept": "text/calendar, */*;q=0.1", "Accept-Encoding": "identity"}
        extensions = {"sni_hostname": host}
        with client.stream("GET", there, headers=headers, extensions=extensions, follow_redirects=False) as answer:
            if answer.is_redirect:
                return b"", answer.headers["location"]
            if answer.status_code != 200:
                raise InvalidValue("calendar_answer", status=answer.status_code)
            content = bytearray()
            for part in answer.iter_raw():
                content += part
                if len(content) > self._size:
                    raise InvalidValue("calendar_too_large", megabytes=self._size // 1_000_000)
                if time.monotonic() > until:
                    raise InvalidValue("calendar_too_slow", seconds=round(self._seconds))
        return bytes(content), None
