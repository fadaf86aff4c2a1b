"""Mail by SMTP, with Python's own library: one message to one person, over TLS unless the server is this machine."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from matcher.errors import ConfigurationError, MailError

TIMEOUT = 20
_LOCAL = {"127.0.0.1", "::1", "localhost"}


class SmtpMailer:
    """Implements `matcher.ports.Mailer`. `url`: `smtp://user:password@host:587` (STARTTLS) or `smtps://host`.

    Raises ConfigurationError for an address that cannot be one; it may hold a password, so it is not quoted.
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

    def send(self, to: str, subject: str, text: str) -> None:
        """Sends it. Raises MailError."""
        message = EmailMessage()
        try:
            message["From"], message["To"], message["Subject"] = self._sender, to, subject
            message["Auto-Submitted"] = "auto-generated"
            message.set_content(text)
            with self._connected() as server:
                server.send_message(message)
        except (OSError, smtplib.SMTPException, ValueError) as problem:
            raise MailError("mail_not_sent", problem=type(problem).__name__) from None

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT)
            if self._host not in _LOCAL:
                server.starttls(context=context)
        if self._parts.username:
            server.login(unquote(self._parts.username), unquote(self._parts.password or ""))
        return server
