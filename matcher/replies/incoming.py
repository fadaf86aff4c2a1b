"""One message that came in: what it is, by which token it is recognised, and its own words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from enum import StrEnum
from typing import cast

from matcher.replies.bounces import Bounce, bounce_of
from matcher.replies.quoting import own_words, words_of_html

LARGEST = 10_000_000
"""Bytes of a message that is read."""
_ADDRESSES = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Forwarded-To", "Resent-To")
_TAG = r"\+([a-z2-7]{32})@"
_AUTOMATIC_SUBJECT = re.compile(
    r"^\s*(?:automatische? (?:antwoord|bericht)|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office"
    r"|afwezig(?:heid\w*)?\b|niet aanwezig|buiten kantoor|ooo\b|undeliverable|onbestelbaar|gelezen:|read:)",
    re.IGNORECASE,
)
_AUTOMATIC_TEXT = re.compile(
    r"\bout of (?:the )?office\b|\bautomatisch (?:antwoord|bericht|gegenereerd)"
    r"|\bautomati(?:c|cally generated)\b.{0,20}\b(?:reply|response|message)\b"
    r"|\b(?:geen|beperkt|niet altijd|limited|no)\b.{0,20}\b(?:toegang tot|access to)\b.{0,15}\b(?:mail|e-mail|email)\b"
    r"|\bbij (?:dringende|spoed)|\bin urgent (?:cases|matters)\b|\bwordt niet (?:gelezen|doorgestuurd)\b"
    r"|\bdoor afwezigheid\b|\bafwezig (?:van|t/m|tot en met|tot)\b|\b(?:on annual leave|on leave) (?:until|from)\b",
    re.IGNORECASE,
)


class Kind(StrEnum):
    """What a message is."""

    REPLY = "reply"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that came in.

    `digest`: SHA-256 (hex) of what identifies it. `token`: the secret of the mail that it answers; empty for none.
    `text`: the own words of a reply.
    """

    kind: Kind
    digest: str
    token: str
    text: str = ""
    bounce: Bounce | None = None


def incoming(raw: bytes, mailbox: str) -> Incoming:
    """What came in, for a mailbox (`antwoord@school.example`). Reads anything; what cannot be read has no words."""
    message = message_from_bytes(raw[:LARGEST], policy=default)
    bounce = bounce_of(message)
    digest = hashlib.sha256(_identity(message) or raw).hexdigest()
    token = _token(message, mailbox, returned=bounce is not None)
    if bounce is not None:
        return Incoming(Kind.BOUNCE, digest, token, bounce=bounce)
    if _is_automatic(message):
        return Incoming(Kind.AUTOMATIC, digest, token)
    text = own_words(_text(message))
    kind = Kind.AUTOMATIC if _AUTOMATIC_TEXT.search(text) else Kind.REPLY
    return Incoming(kind, digest, token, text if kind is Kind.REPLY else "")


def _identity(message: Message) -> bytes:
    return _header(message, "Message-ID").strip().encode("utf-8", "replace")


def _header(message: Message, name: str) -> str:
    """A header as text; empty where it is missing or cannot be read."""
    try:
        return str(message.get(name, ""))
    except (ValueError, IndexError, AttributeError, TypeError):  # `email` raises these for some broken headers
        return ""


def _token(message: Message, mailbox: str, *, returned: bool) -> str:
    """The token in an address that the message came to; of a bounce also in the mail that it returns."""
    local, _, domain = mailbox.rpartition("@")
    pattern = re.compile(re.escape(local) + _TAG + re.escape(domain) + r"(?![\w.-]*\w)", re.IGNORECASE)
    places = [_header(message, name) for name in _ADDRESSES]
    places += list(_returned(message)) if returned else []
    return next((found[1].lower() for place in places if (found := pattern.search(place))), "")


def _returned(message: Message) -> Iterator[str]:
    """The addresses in the mail that a bounce returns."""
    for part in message.walk():
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            for one in inner if isinstance(inner, list) else ():
                if isinstance(one, Message):
                    yield from (_header(one, name) for name in ("Reply-To", "List-Unsubscribe"))
        elif part.get_content_type() == "text/rfc822-headers":
            yield from (_header(message_from_bytes(_payload(part), policy=default), name) for name in ("Reply-To",))


def _is_automatic(message: Message) -> bool:
    """Whether no person wrote it (RFC 3834), or it is the answer of a calendar."""
    if _header(message, "Auto-Submitted").strip().lower().partition(";")[0] not in {"", "no"}:
        return True
    if _header(message, "Precedence").strip().lower() in {"bulk", "junk", "list", "auto_reply"}:
        return True
    names = {name.lower() for name in message}
    if names & {"x-autoreply", "x-autorespond", "x-autoresponder", "list-id", "x-auto-reply-from", "feedback-id"}:
        return True
    if _header(message, "Return-Path").strip() == "<>" or message.get_content_type() == "multipart/report":
        return True
    if any(part.get_content_type() == "text/calendar" for part in message.walk()):
        return True
    return bool(
        _AUTOMATIC_SUBJECT.match(
            re.sub(r"^(?:(?:re|antw|fw)\s*:\s*)+", "", _header(message, "Subject"), flags=re.IGNORECASE)
        )
    )


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(message: Message) -> str:
    """The plain text of a message, else the words of its HTML."""
    for kind in ("plain", "html"):
        part = cast("EmailMessage", message).get_body((kind,))
        if part is None:
            continue
        text = _decoded(part)
        text = text if kind == "plain" else words_of_html(text)
        if text.strip():
            return text
    return ""


def _decoded(part: Message) -> str:
    charset = part.get_content_charset("utf-8")
    for name in (charset, "utf-8", "cp1252"):
        try:
            return _payload(part).decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    return _payload(part).decode("latin-1")
