"""Asking a server of courses over HTTPS: patiently where it is busy, within bounds, and never into our own network."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING

from api import public_addresses
from matcher.errors import InvalidValue
from matcher.sources.servers import PLAIN

if TYPE_CHECKING:
    import httpx2

TRIES = 4
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same question may succeed."""
LONGEST_WAIT = 60.0
"""Seconds between two tries, also where the server asks for more."""
_REFUSALS = {401: "source_login", 403: "source_forbidden", 404: "source_not_there", 406: "source_version"}


class HttpsSource:
    """Implements `matcher.sources.servers.Ask`. `token`: what the server gave us, sent to this server alone.

    `key_header`: the header in which it goes as it is; without one it is a bearer token.
    `seconds`: for one answer; `size`: its most bytes. `local`: also http and addresses of this machine, for tests.
    `wait` sleeps so many seconds.
    """

    def __init__(
        self,
        token: str | None = None,
        *,
        key_header: str = "",
        seconds: float = 60.0,
        size: int = 50_000_000,
        local: bool = False,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._token, self._seconds, self._size, self._local, self._wait = token, seconds, size, local, wait
        self._key_header = key_header

    @cached_property
    def _client(self) -> httpx2.Client:
        """Keeps a connection open from one question to the next."""
        import httpx2

        return httpx2.Client(timeout=self._seconds, trust_env=False)

    def close(self) -> None:
        """Ends the connection."""
        if "_client" in self.__dict__:
            self._client.close()

    def __call__(self, url: str, /, *, accept: str = PLAIN, body: object = None) -> object:
        """The JSON that the server answers; a redirect is not followed, as the token is for this address alone.

        Raises InvalidValue: `source_address` (not https, or not public), `source_unreachable`, `source_login` (401),
        `source_forbidden` (403), `source_not_there` (404), `source_version` (406), `source_busy` (still, after some
        tries), `source_answer` (any other status), `source_answer_too_large`, `source_too_slow`, `source_no_json`.
        """
        import orjson

        for attempt in range(1, TRIES + 1):
            status, content, after = self._once(url, accept, body)
            if status == 200:
                try:
                    return orjson.loads(content)
                except orjson.JSONDecodeError:
                    raise InvalidValue("source_no_json", bytes=len(content)) from None
            if status not in BUSY:
                raise InvalidValue(_REFUSALS.get(status, "source_answer"), status=status)
            if attempt < TRIES:
                spread = random.uniform(0.5, 1.5)  # noqa: S311 - so that not all ask again at once
                self._wait(min(LONGEST_WAIT, after if after is not None else 2.0**attempt * spread))
        raise InvalidValue("source_busy", status=status, tries=TRIES)

    def _once(self, url: str, accept: str, body: object) -> tuple[int, bytes, float | None]:
        """Status and content of one answer, and after how many seconds to ask again, where it says."""
        import httpx2
        import orjson

        until = time.monotonic() + self._seconds
        try:
            host, address = public_addresses.target(url, local=self._local)
            there, headers = public_addresses.direct(url, host, address)
            headers |= {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": "alumnimatch"}
            if self._token:
                bearer = {"Authorization": f"Bearer {self._token}"}
                headers |= {self._key_header: self._token} if self._key_header else bearer
            content = None
            if body is not None:
                content, headers["Content-Type"] = orjson.dumps(body), PLAIN
            with self._client.stream(
                "POST" if content is not None else "GET", there, content=content, headers=headers,
                extensions={"sni_hostname": host}, follow_redirects=False,
            ) as answer:  # fmt: skip
                if answer.status_code != 200:
                    return answer.status_code, b"", _seconds_of(answer.headers.get("Retry-After"))
                given = bytearray()
                for part in answer.iter_raw():
                    given += part
                    if len(given) > self._size:
                        raise InvalidValue("source_answer_too_large", megabytes=self._size // 1_000_000)
                    if time.monotonic() > until:
                        raise InvalidValue("source_too_slow", seconds=round(self._seconds))
                return 200, bytes(given), None
        except public_addresses.NotPublicError:
            raise InvalidValue("source_address") from None
        except httpx2.TimeoutException:
            raise InvalidValue("source_too_slow", seconds=round(self._seconds)) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError):
            raise InvalidValue("source_unreachable") from None


def _seconds_of(text: str | None) -> float | None:
    """What `Retry-After` says: seconds, or a moment."""
    if not text:
        return None
    try:
        if text.strip().isdecimal():
            return float(text)
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
