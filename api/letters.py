"""Letters on the wire: text and the same in HTML, plain ASCII lines, and headers that are not broken.

`EmailMessage` writes an address of 78 characters and more in List-Unsubscribe as an encoded word, which mail programs
do not read; so the headers of a letter are written by a policy of their own. Lines of a message have at most 998 bytes
(RFC 5322, 2.1.1).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from email.message import EmailMessage
from email.policy import EmailPolicy
from html import escape

from matcher.ports import Letter

LONGEST_LINE = 998
UNBROKEN = frozenset({"list-unsubscribe", "list-unsubscribe-post", "reply-to", "message-id", "in-reply-to"})
"""Headers that are written in one line, as they are."""
_URL = re.compile(r"https?://\S+")
_PARAGRAPH = '<p style="margin:0 0 1em">{}</p>'
_HEADING = '<h2 style="margin:1.5em 0 .5em;font-size:17px">{}</h2>'
_LINK = '<a href="{}" style="color:#00439c">{}</a>'
_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
</head>
<body style="margin:0;padding:24px;background:#ffffff;color:#1a1a1a;font:16px/1.5 Arial,Helvetica,sans-serif">
<main style="max-width:36em">
<h1 style="margin:0 0 .8em;font-size:20px">{title}</h1>
{body}
</main>
</body>
</html>
"""


class Unbroken(EmailPolicy):
    """Lines of SMTP in plain ASCII; `UNBROKEN` headers are not folded."""

    def fold(self, name: str, value: str) -> str:
        """A header as it is written."""
        return self._whole(name, value) or super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        """A header as bytes."""
        whole = self._whole(name, value)
        return whole.encode("ascii") if whole else super().fold_binary(name, value)

    def _whole(self, name: str, value: str) -> str:
        if name.lower() not in UNBROKEN:
            return ""
        line = f"{name}: {value}"
        if not line.isascii() or len(line) > LONGEST_LINE:
            msg = "a header is too long or has more than ASCII"
            raise ValueError(msg)
        return line + self.linesep


POLICY = Unbroken(linesep="\r\n", cte_type="7bit")


def written(letter: Letter, *, sender: str, to: str, message_id: str = "") -> EmailMessage:
    """The message. Raises ValueError for a line break in a header, and for one that would be broken or too long."""
    message = EmailMessage(policy=POLICY)
    message["From"], message["To"], message["Subject"] = sender, to, letter.subject
    for name, value in {"Auto-Submitted": "auto-generated", **letter.headers}.items():
        message[name] = value
        POLICY.fold(name, value)  # raises here what would be raised when half of it is sent
    if message_id:
        domain = sender.rpartition("@")[2].strip(" >")
        message["Message-ID"] = f"<{message_id}@{domain}>"
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    if letter.calendar:
        params = {"method": letter.method, "name": "afspraak.ics"}
        message.add_alternative(letter.calendar, subtype="calendar", charset="utf-8", params=params)
    return message


def with_calendar(letter: Letter, calendar: str, method: str) -> Letter:
    """The letter with an iCalendar object, which mail programs show as an invitation. `method`: its METHOD."""
    return replace(letter, calendar=calendar, method=method)


def in_html(letter: Letter, language: str, labels: Mapping[str, str], headings: Collection[str] = ()) -> Letter:
    """The letter with its own sentences in HTML too: each paragraph one, each address a link.

    `labels`: what a link says instead of its address, by address. Programs that read aloud say the label, and no
    secret of forty characters. `headings`: the paragraphs that are headings.
    """
    paragraphs = [part for part in re.split(r"\n\s*\n", letter.text.strip()) if part]
    marked = [(_HEADING if part in headings else _PARAGRAPH).format(_marked(part, labels)) for part in paragraphs]
    body = "\n".join(marked)
    html = _PAGE.format(language=escape(language), title=escape(letter.subject), body=body)
    return replace(letter, html=html)


def _marked(text: str, labels: Mapping[str, str]) -> str:
    marked, end = "", 0
    for found in _URL.finditer(text):
        url = found[0].rstrip(".,;:!?)")
        marked += escape(text[end : found.start()], quote=False)
        marked += _LINK.format(escape(url), escape(labels.get(url, url), quote=False))
        end = found.start() + len(url)
    return (marked + escape(text[end:], quote=False)).replace("\n", "<br>\n")


def tagged(mailbox: str, token: str) -> str:
    """The address of a mailbox with a token in it (`antwoord+token@school.example`); empty without a mailbox."""
    local, at, domain = mailbox.rpartition("@")
    return f"{local}+{token}@{domain}" if at and local and domain else ""
