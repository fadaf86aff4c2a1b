"""A mail that came back, as a mail server writes it."""

from __future__ import annotations

_BOUNCE = """\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.voorbeeld.example>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{id}@mx.voorbeeld.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Uw bericht kon niet worden bezorgd.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.voorbeeld.example

Final-Recipient: rfc822; {address}
Action: failed
Status: {status}

--b--
"""


def bounce(to: str, address: str, *, status: str = "5.1.1", id_: str = "b1") -> bytes:
    """Mail to `address` that came back to `to`, the reply address of it. `id_`: the name in the Message-ID."""
    return _BOUNCE.format(to=to, address=address, status=status, id=id_).encode()
