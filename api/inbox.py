"""The mailbox that replies and bounces come to: read over IMAP with Python's own library, or given by a pipe.

A message is dealt with and committed first, and marked as read after that: what stops in between is dealt with once,
since it is known by its Message-ID. What is no answer to a mail of ours stays unread, with a flag, for a person.
"""

from __future__ import annotations

import imaplib
import logging
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import unquote, urlsplit

from matcher.errors import AlumnimatchError, ConfigurationError, MailUnreachable, StoreError
from matcher.policy import JOB
from matcher.replies.incoming import LARGEST
from matcher.services import inbox
from matcher.services.app import StoreApp
from matcher.services.inbox import Done

log = logging.getLogger("alumnimatch")

CONNECT_SECONDS = 20
LOOK_SECONDS = 60.0
"""How often a server process looks in the mailbox."""
MOST = 500
"""Messages of one round; the next round takes the rest."""
_LOCAL = {"127.0.0.1", "::1", "localhost"}
_PROBLEMS = (OSError, imaplib.IMAP4.error, ssl.SSLError)


class Mailbox:
    """A mailbox over IMAP. `url`: `imaps://user:password@host/INBOX`, or `imap://` with STARTTLS.

    Raises ConfigurationError for an invalid address; it may hold a password, so it is not quoted.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username or port == -1:
            raise ConfigurationError("setting_invalid", setting="ALUMNIMATCH_INBOX_URL")
        self._parts = parts
        self._host = parts.hostname
        self._port = port or (993 if parts.scheme == "imaps" else 143)
        self._folder = unquote(parts.path.strip("/")) or "INBOX"

    def read(self, take: Callable[[bytes], bool], most: int = MOST) -> None:
        """Gives `take` each unread message that has no flag, the oldest first. Raises MailUnreachable, what it raises.

        Where it returns True the message is then marked as read; else it stays unread for a person, with a flag, so
        that it is not looked at again.
        """
        with self._connected() as server:
            found = _ok(server.uid("SEARCH", "UNSEEN", "UNFLAGGED"))
            for uid in _text(found).split()[:most]:
                answer = _ok(server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{LARGEST}>)"))
                raw = next((bytes(part[1]) for part in answer if isinstance(part, tuple)), None)
                if raw is not None:
                    flag = r"(\Seen)" if take(raw) else r"(\Flagged)"
                    _ok(server.uid("STORE", uid, "+FLAGS.SILENT", flag))

    @contextmanager
    def _connected(self) -> Iterator[imaplib.IMAP4]:
        server: imaplib.IMAP4 | None = None
        try:
            context = ssl.create_default_context()
            if self._parts.scheme == "imaps":
                server = imaplib.IMAP4_SSL(self._host, self._port, ssl_context=context, timeout=CONNECT_SECONDS)
            else:
                server = imaplib.IMAP4(self._host, self._port, timeout=CONNECT_SECONDS)
                if self._host not in _LOCAL:
                    server.starttls(context)
            server.login(unquote(self._parts.username or ""), unquote(self._parts.password or ""))
            _ok(server.select(_quoted(self._folder)))
            yield server
        except _PROBLEMS as error:
            raise MailUnreachable("inbox_unreachable", problem=type(error).__name__) from None
        finally:
            if server is not None:
                with suppress(*_PROBLEMS):
                    server.logout()
                with suppress(*_PROBLEMS):
                    server.shutdown()  # which logging out leaves out where the connection was lost


def fetch(app: StoreApp, mailbox: Mailbox, address: str) -> Mapping[Done, int]:
    """Deals with what is unread; how many messages came to what. Raises MailUnreachable, StoreError."""
    counts: Counter[Done] = Counter()

    def take(raw: bytes) -> bool:
        done = inbox.take(app, JOB, raw, address).done
        counts[done] += 1
        return done is not Done.UNKNOWN

    mailbox.read(take)
    return counts


class Fetcher:
    """Looks in the mailbox in a thread of its own, from `start` to `stop`."""

    def __init__(self, app: StoreApp, mailbox: Mailbox, address: str) -> None:
        self._app, self._mailbox, self._address = app, mailbox, address
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)

    def start(self) -> None:
        """Starts looking."""
        self._thread.start()

    def stop(self) -> None:
        """Ends; a message that is being dealt with is dealt with again, and done once."""
        self._stopping.set()
        self._thread.join(1.0)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                fetch(self._app, self._mailbox, self._address)
            except (MailUnreachable, StoreError) as error:
                log.warning("inbox_waits %s", error.code)
            except AlumnimatchError as error:
                log.warning("inbox_failed %s", error.code)
            except Exception as error:  # noqa: BLE001 - one message must not end the thread
                log.warning("inbox_failed %s", type(error).__name__)
            self._stopping.wait(LOOK_SECONDS)


def _ok(answer: tuple[str, Sequence[object]]) -> Sequence[object]:
    """What the server says. Raises IMAP4.error where it refuses."""
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(status)
    return data


def _text(answer: Sequence[object]) -> str:
    """The first line of what the server says."""
    first = next(iter(answer), None)
    return first.decode("ascii", "replace") if isinstance(first, bytes) else ""


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
