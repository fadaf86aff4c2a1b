"""Fetching the calendar of a subscription: an address that an alumnus types must not lead into our own network.

Only https, on a name that leads to public addresses alone. The connection is made to the address that was looked at,
not to what the name says a moment later; each redirect is looked at in the same way. Size and time are bounded.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from contextlib import suppress
from urllib.parse import urljoin, urlsplit

from matcher.calendars.values import LIMITS
from matcher.errors import InvalidValue

LONGEST = 2_000
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
        host, target = self._target(url)
        parts = urlsplit(url)
        netloc = f"[{target}]" if ":" in target else target
        netloc += f":{parts.port}" if parts.port else ""
        there = parts._replace(netloc=netloc, fragment="").geturl()
        named = host if parts.port is None else f"{host}:{parts.port}"
        headers = {"Host": named, "Accept": "text/calendar, */*;q=0.1", "Accept-Encoding": "identity"}
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

    def _target(self, url: str) -> tuple[str, str]:
        """The name in an address, and the public address that it leads to. Raises InvalidValue."""
        refused = InvalidValue("calendar_address")
        if len(url) > LONGEST or any(ord(sign) < 33 for sign in url):
            raise refused
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise refused from None
        if parts.scheme != "https" and not (self._local and parts.scheme == "http"):
            raise refused
        if not host or parts.username or parts.password or (port not in {None, 443} and not self._local):
            raise refused
        try:
            found = socket.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise InvalidValue("calendar_unreachable") from None
        addresses = [str(one[4][0]) for one in found]
        if not addresses or not all(self._local or is_public(address) for address in addresses):
            raise refused
        return host, addresses[0]


def is_public(address: str) -> bool:
    """Whether an IP address is on the internet: not of this machine, a private network or a link, mapped ones too."""
    with suppress(ValueError):
        one = ipaddress.ip_address(address.partition("%")[0])
        inner = [getattr(one, "ipv4_mapped", None), getattr(one, "sixtofour", None)]
        inner += list(getattr(one, "teredo", None) or ())
        each = [one, *(other for other in inner if other is not None)]
        nat64 = ipaddress.ip_network("64:ff9b::/96")
        if one.version == 6 and one in nat64:
            each.append(ipaddress.ip_address(int(one) & 0xFFFFFFFF))
        return all(other.is_global and not other.is_multicast for other in each)
    return False
