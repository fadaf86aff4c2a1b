"""Mail by SMTP, with Python's own library: one message to one person, over TLS unless the server is this machine."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import unquote, urlsplit

from api import letters
from matcher.errors import ConfigurationError, MailError, MailRefused, MailUncertain, MailUnreachable
from matcher.ports import Letter

CONNECT_SECONDS = 5
ANSWER_SECONDS = 20
"""How long the server may take for the answer to one command."""
LONGEST_SECONDS = 120
"""How long one message may take in total, even if the server answers byte by byte."""
_QUIT_SECONDS = 1
_LOCAL = {"127.0.0.1", "::1", "localhost"}
_GO_AHEAD, _CLOSING = 354, 421
"""The server waits for the text of a message; it ends the connection, whatever it was asked."""


class _Connection(smtplib.SMTP):
    """A connection whose socket another thread can reach as soon as it exists."""

    unanswered = False
    """Whether the message was sent and is not yet answered."""

    def __init__(self, host: str, *, context: ssl.SSLContext | None) -> None:
        super().__init__(timeout=CONNECT_SECONDS)
        self._host = host  # for the name in certificates; `connect` does not set it
        self._context = context

    def _get_socket(self, host: str, port: int, timeout: float | None) -> socket.socket:
        plain = socket.create_connection((host, port), timeout)
        return self._context.wrap_socket(plain, server_hostname=self._host) if self._context else plain

    def data(self, msg: str | bytes) -> tuple[int, bytes]:  # type: ignore[override]
        """As in smtplib, but tracks whether an answer is pending. Raises SMTPDataError."""
        code, answer = self.docmd("data")
        if code != _GO_AHEAD:
            raise smtplib.SMTPDataError(code, answer)
        text = msg.encode("ascii") if isinstance(msg, str) else msg
        quoted = re.sub(rb"(?m)^\.", b"..", text)
        self.unanswered = True
        self.send(quoted + (b"" if quoted.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        result = self.getreply()
        self.unanswered = False
        return result


class SmtpMailer:
    """Implements `matcher.ports.Mailer`. `url`: `smtp://user:password@host:587` (STARTTLS) or `smtps://host`.

    Raises ConfigurationError for an invalid address; it may hold a password, so it is not quoted.
    """

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or port == -1 or "@" not in sender:
            raise ConfigurationError("setting_invalid", setting="ALUMNIMATCH_SMTP_URL, ALUMNIMATCH_MAIL_FROM")
        self._parts = parts
        self._host = parts.hostname
        self._port = port or (465 if parts.scheme == "smtps" else 587)
        self._sender = sender
        self._server: _Connection | None = None

    def send(self, to: str, subject: str, text: str, *, message_id: str = "", letter: Letter | None = None) -> None:
        """Sends it. Raises MailRefused, MailUnreachable, MailUncertain, MailError; see `matcher.ports.Mailer`."""
        try:
            letter = letter or Letter(subject, text)
            message = letters.written(letter, sender=self._sender, to=to, message_id=message_id)
        except ValueError:  # a line break in an address, say
            raise _problem(MailRefused, "address_invalid") from None
        with self._connected() as server:
            try:
                server.send_message(message, from_addr=letter.returns_to or None)
            except smtplib.SMTPRecipientsRefused as error:
                code = next(iter(error.recipients.values()))[0]
                raise _answered("recipient_refused", code) from None
            except smtplib.SMTPSenderRefused as error:  # for any recipient
                raise _problem(MailUnreachable, "sender_refused", error.smtp_code) from None
            except smtplib.SMTPDataError as error:
                raise _answered("message_refused", error.smtp_code) from None
            except smtplib.SMTPNotSupportedError:  # an address outside ASCII, on a server that does not support it
                raise _problem(MailRefused, "address_invalid") from None
            except UnicodeError:
                raise _problem(MailRefused, "address_invalid") from None
            except (OSError, smtplib.SMTPException):
                family = MailUncertain if server.unanswered else MailUnreachable
                raise _problem(family, "no_answer" if server.unanswered else "unreachable") from None

    def abort(self) -> None:
        """Aborts the message being sent, from another thread."""
        server = self._server
        if server is not None and server.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(server.sock, socket.SHUT_RDWR)  # TLS has a shutdown of its own, which waits

    @contextmanager
    def _connected(self) -> Iterator[_Connection]:
        """A connection that has logged in. Raises MailUnreachable."""
        context = ssl.create_default_context()
        server = _Connection(self._host, context=context if self._parts.scheme == "smtps" else None)
        self._server = server
        deadline = threading.Timer(LONGEST_SECONDS, self.abort)
        deadline.daemon = True
        deadline.start()
        try:
            self._open(server, context)
            yield server
            with suppress(OSError, smtplib.SMTPException):  # the message is already sent, whatever the answer to QUIT
                if server.sock is not None:
                    server.sock.settimeout(_QUIT_SECONDS)
                server.quit()
        finally:
            deadline.cancel()
            self._server = None
            server.close()

    def _open(self, server: _Connection, context: ssl.SSLContext) -> None:
        try:
            code, _ = server.connect(self._host, self._port)
            if code != 220:
                raise _problem(MailUnreachable, "unreachable", code)
            assert server.sock is not None  # noqa: S101 - it is connected
            server.sock.settimeout(ANSWER_SECONDS)
            if self._parts.scheme == "smtp" and self._host not in _LOCAL:
                server.starttls(context=context)
            if self._parts.username:
                server.login(unquote(self._parts.username), unquote(self._parts.password or ""))
        except smtplib.SMTPAuthenticationError as error:
            raise _problem(MailUnreachable, "login_refused", error.smtp_code) from None
        except (OSError, smtplib.SMTPException, ValueError):
            raise _problem(MailUnreachable, "unreachable") from None


def _answered(problem: str, code: int) -> MailError:
    """The error of a refusal: 421 is about the connection, other 4xx are temporary, 5xx permanent."""
    if code == _CLOSING:
        return _problem(MailUnreachable, "unreachable", code)
    return _problem(MailRefused if code >= 500 else MailError, problem, code)


def _problem(family: type[MailError], problem: str, code: int = 0) -> MailError:
    return family("mail_not_sent", problem=f"{problem} {code}" if code else problem)
