"""Bounces: for whom a mail could not be delivered, whether for good, and whether that is about the address.

`flufl.bounce` finds the recipients, also where a mail server reports in its own way. It takes `Action: failed` for
permanent even with a status of class 4, so the class of the status decides (RFC 3463).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_ADDRESS = re.compile(r"[^\s<>;,\"]+@[^\s<>;,\"]+")
_NOT_ADDRESS = re.compile(r"5\.(?:3\.\d+|6\.\d+|7\.\d+|2\.[234])")
"""Permanent, and about the message, the sender or a full mailbox: another mail may arrive."""
_SENDERS = re.compile(r"\b(?:mailer-daemon|mail-daemon|postmaster)@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail that was not delivered. `recipients`: addresses, in small letters. `status`: `5.1.1`; empty if unknown."""

    recipients: frozenset[str]
    permanent: bool
    status: str = ""

    @property
    def closes(self) -> bool:
        """Whether no mail to this address will arrive."""
        return self.permanent and not _NOT_ADDRESS.fullmatch(self.status)


def bounce_of(message: Message) -> Bounce | None:
    """What a bounce says; None where it is none. One that says nothing of for whom or why is temporary."""
    from flufl.bounce import all_failures

    report = message.get_content_type() == "multipart/report" and message.get_param("report-type") in {
        "delivery-status",
        None,
    }
    if not report and not _SENDERS.search(str(message.get("From", ""))):
        return None
    temporary, permanent = all_failures(message)
    reported = _reported(message)
    recipients = {_address(one) for one in (*temporary, *permanent)} | {one for one, _ in reported}
    status = next((status for _, status in reported if status), "") or _status_in_text(message)
    is_permanent = status.startswith("5") if status else bool(permanent) and not temporary
    return Bounce(frozenset(recipients - {""}), is_permanent, status)


def _reported(message: Message) -> list[tuple[str, str]]:
    """Recipient and status of each part of a report."""
    found: list[tuple[str, str]] = []
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else ():
            if not isinstance(block, Message):
                continue
            action, status = str(block.get("Action", "")).strip().lower(), _STATUS.search(str(block.get("Status", "")))
            if action and action != "delivered":
                names = ("Original-Recipient", "Final-Recipient")
                found.extend((_address(str(block.get(name, ""))), status[0] if status else "") for name in names)
    return found


def _address(value: bytes | str) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    match = _ADDRESS.search(text.rpartition(";")[2])
    return match[0].casefold() if match else ""


def _status_in_text(message: Message) -> str:
    """The first status in the words of a bounce that has no report."""
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            found = _STATUS.search(payload.decode("utf-8", "replace")) if isinstance(payload, bytes) else None
            if found:
                return found[0]
    return ""
