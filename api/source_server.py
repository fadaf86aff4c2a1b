"""Asking a server of courses over HTTPS: patiently where it is busy, within bounds, and never into our own network."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING

from api import public_addresses
from matcher.errors import InvalidValue
from matcher.sources.servers import PLAIN, Answer, Ask, Memory

if TYPE_CHECKING:
    import httpx2

TRIES = 4
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same question may succeed."""
LONGEST_WAIT = 60.0
"""Seconds between two tries, also where the server asks for more."""
LONGEST_RUN = 3600.0
"""Seconds for all questions of one reading together."""
UNCHANGED = 304
LONGEST_VERSION = 500
"""Characters of an ETag or a moment that are kept; longer ones are left out."""
_REFUSALS = {401: "source_login", 403: "source_forbidden", 404: "source_not_there", 406: "source_version"}


class HttpsSource:
    """Implements `matcher.sources.servers.Ask`. `token`: what the server gave us, sent to this server alone.

    `key_header`: the header in which it goes as it is; without one it is a bearer token.
    `memory`: what it answered before: it is asked whether that is still so, by the ETag or the day of change that it
    gave then, and what was answered in this very reading is not asked again. `seconds`: for one answer; `whole`: for
    all together; `size`: the most bytes of one. `local`: also http and addresses of this machine, for tests. `wait`
    sleeps so many seconds.
    """

    def __init__(
        self,
        token: str | None = None,
        *,
        memory: Memory | None = None,
        key_header: str = "",
        seconds: float = 60.0,
        whole: float = LONGEST_RUN,
        size: int = 50_000_000,
        local: bool = False,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._token, self._seconds, self._size, self._local, self._wait = token, seconds, size, local, wait
        self._key_header = key_header
        self._memory, self._whole = memory, whole

    @cached_property
    def _until(self) -> float:
        """When all questions must have been answered; the first sets it."""
        return time.monotonic() + self._whole

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
        tries), `source_answer` (any other status), `source_answer_too_large`, `source_too_slow`, `source_no_json`,
        `source_run_too_long`.
        """
        import orjson

        sent = None if body is None else orjson.dumps(body)
        question = f"{accept} {url} {hashlib.sha256(sent).hexdigest() if sent else ''}"
        kept = self._memory.find(question) if self._memory else None
        if kept is not None and kept.fresh:
            return orjson.loads(kept.content)
        for attempt in range(1, TRIES + 1):
            self._check_time()
            status, answer, after = self._once(url, accept, sent, kept if sent is None else None)
            if status == 200 or (status == UNCHANGED and kept is not None):
                answer = kept if status == UNCHANGED and kept is not None else answer
                try:
                    said: object = orjson.loads(answer.content)
                except orjson.JSONDecodeError:
                    raise InvalidValue("source_no_json", bytes=len(answer.content)) from None
                if self._memory:
                    self._memory.keep(question, answer)
                return said
            if status not in BUSY:
                raise InvalidValue(_REFUSALS.get(status, "source_answer"), status=status)
            if attempt < TRIES:
                spread = random.uniform(0.5, 1.5)  # noqa: S311 - so that not all ask again at once
                self._wait(min(LONGEST_WAIT, after if after is not None else 2.0**attempt * spread))
        raise InvalidValue("source_busy", status=status, tries=TRIES)

    def _check_time(self) -> None:
        """Raises InvalidValue where all questions together take too long."""
        if time.monotonic() >= self._until:
            raise InvalidValue("source_run_too_long", minutes=round(self._whole / 60))

    def _said(self, content: bytes | None, kept: Answer | None) -> dict[str, str]:
        """Headers that say who asks, what is sent, and which version of the answer is known here."""
        headers = {
            self._key_header or "Authorization": self._token
            and f"{'' if self._key_header else 'Bearer '}{self._token}",
            "Content-Type": content is not None and PLAIN,
            "If-None-Match": kept is not None and kept.etag,
            "If-Modified-Since": kept is not None and kept.modified,
        }
        return {name: value for name, value in headers.items() if isinstance(value, str) and value}

    def _once(
        self, url: str, accept: str, content: bytes | None, kept: Answer | None
    ) -> tuple[int, Answer, float | None]:
        """Status and content of one answer, and after how many seconds to ask again, where it says."""
        import httpx2

        until = min(time.monotonic() + self._seconds, self._until)
        try:
            host, address = public_addresses.target(url, local=self._local)
            there, headers = public_addresses.direct(url, host, address)
            headers |= {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": "alumnimatch"}
            headers |= self._said(content, kept)
            with self._client.stream(
                "POST" if content is not None else "GET", there, content=content, headers=headers,
                extensions={"sni_hostname": host}, follow_redirects=False,
            ) as answer:  # fmt: skip
                if answer.status_code != 200:
                    return answer.status_code, Answer(b""), _seconds_of(answer.headers.get("Retry-After"))
                given = bytearray()
                for part in answer.iter_raw():
                    given += part
                    if len(given) > self._size:
                        raise InvalidValue("source_answer_too_large", megabytes=self._size // 1_000_000)
                    if time.monotonic() > until:
                        self._check_time()
                        raise InvalidValue("source_too_slow", seconds=round(self._seconds))
                etag, modified = (_header(answer.headers, name) for name in ("ETag", "Last-Modified"))
                return 200, Answer(bytes(given), etag, modified), None
        except public_addresses.NotPublicError:
            raise InvalidValue("source_address") from None
        except httpx2.TimeoutException:
            raise InvalidValue("source_too_slow", seconds=round(self._seconds)) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError):
            raise InvalidValue("source_unreachable") from None


@contextmanager
def opened(
    token: str | None,
    memory: Memory | None = None,
    *,
    key_header: str = "",
    local: bool = False,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[Ask]:
    """A server that is asked for as long as the block lasts; see HttpsSource."""
    with closing(HttpsSource(token or None, memory=memory, key_header=key_header, local=local, wait=wait)) as asked:
        yield asked


def _header(headers: Mapping[str, str], name: str) -> str:
    """The value of a header that can be sent back as it is; empty for none, and for one that is too long."""
    value = headers.get(name, "")
    return value if len(value) <= LONGEST_VERSION and value.isascii() and value.isprintable() else ""


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
