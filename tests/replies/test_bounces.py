"""Bounces as mail servers write them: for whom, for good or not, and whether the address is of no use any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.replies.bounces import Bounce
from matcher.replies.incoming import Kind, incoming

MAILBOX = "antwoord@school.example"
TOKEN = "abcdefghijklmnopqrstuvwxyz234567"  # noqa: S105 - of nobody
ADDRESS = "weg@voorbeeld.example"
ROWS = [line.split("\t") for line in (Path(__file__).parent / "bounces.tsv").read_text("utf-8").splitlines()]
HEADERS = """\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.voorbeeld.example>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <b1@mx.voorbeeld.example>
Auto-Submitted: auto-replied
"""
REPORT = """\
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Uw bericht kon niet worden bezorgd.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.voorbeeld.example

Final-Recipient: {kind}; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 no such user

--b
Content-Type: message/rfc822

From: alumni@school.example
To: {address}
Reply-To: antwoord+{token}@school.example
Subject: Noord heeft een vraag aan je

Ja? Nee?

--b--
"""
WORDS = """\
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.voorbeeld.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

                   The mail system

<{address}>: host mx2.voorbeeld.example[192.0.2.1] said: 550 {status} no such user
"""


def bounce(form: str = REPORT, *, to: str = f"antwoord+{TOKEN}@school.example", **values: str) -> bytes:
    given = {"kind": "rfc822", "address": ADDRESS, "action": "failed", "status": "5.1.1", "token": TOKEN} | values
    return (HEADERS.format(to=to) + form.format(**given)).encode()


def read(raw: bytes) -> Bounce:
    found = incoming(raw, MAILBOX)
    assert (found.kind, found.text) == (Kind.BOUNCE, ""), "a bounce is never an answer"
    assert found.bounce is not None
    return found.bounce


@pytest.mark.parametrize(("status", "action", "permanent", "closes", "form"), ROWS)
def test_the_class_of_the_status_decides(status: str, action: str, permanent: str, closes: str, form: str) -> None:
    """4 is for now, also where the server says that it failed; of 5 some are about the message, not the address."""
    found = read(bounce(REPORT if form == "dsn" else WORDS, status=status, action=action))
    assert found.status == status
    assert found.permanent is (permanent == "permanent")
    assert found.closes is (closes == "closes")
    if form == "dsn":
        assert found.recipients == {ADDRESS}


@pytest.mark.parametrize("kind", ["rfc822", "RFC822", "utf-8"])
def test_the_recipient_is_found_however_it_is_written(kind: str) -> None:
    """In capitals too, and as an internationalised address is written."""
    assert read(bounce(kind=kind, address="Weg@Voorbeeld.example")).recipients == {ADDRESS}


@pytest.mark.parametrize("to", [f"antwoord+{TOKEN}@school.example", "alumni@school.example"])
def test_a_bounce_is_recognised_by_what_it_returns(to: str) -> None:
    """By the address that it came to, and else by the reply address of the mail in it."""
    assert incoming(bounce(to=to), MAILBOX).token == TOKEN


def test_a_bounce_that_says_nothing_closes_nothing() -> None:
    """A note of a mail server without recipient or status."""
    found = read(bounce("Content-Type: text/plain\n\nEr ging iets mis.\n"))
    assert (found.permanent, found.closes, found.recipients) == (False, False, frozenset())


def test_a_delivery_receipt_is_no_bounce_of_anybody() -> None:
    """What was delivered has no recipient for whom it was not."""
    found = read(bounce(action="delivered", status="2.0.0"))
    assert (found.permanent, found.recipients) == (False, frozenset())


def test_a_receipt_that_it_was_read_is_no_bounce() -> None:
    """A disposition notification: no person wrote it, and nothing came back."""
    raw = bounce().replace(b"report-type=delivery-status", b"report-type=disposition-notification")
    assert incoming(raw.replace(b"MAILER-DAEMON@mx.", b"ik@"), MAILBOX).kind is Kind.AUTOMATIC
