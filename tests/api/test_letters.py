"""Letters as the mail server got them, byte by byte."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

import pytest

from api.letters import in_html, tagged, written
from api.mail import SmtpMailer
from api.messages import Composer
from api.settings import Settings
from matcher.errors import MailRefused
from matcher.ports import Letter
from matcher.repositories.values import Beside, Mail, Whom
from matcher.services.subscriptions import NEEDED
from tests.support.mail import Box, mail_server
from tests.support.outbox import a_mail

TOKEN = "k" * 32
SITE = "https://match." + "zeer-lange-naam-van-een-school." * 5 + "example"


@pytest.fixture
def box() -> Iterator[Box]:
    with mail_server() as made:
        yield made


def composer(**settings: object) -> Composer:
    given: dict[str, object] = {"base_url": SITE, "reply_address": "antwoord@school.example", **settings}
    return Composer(Settings(**given))  # type: ignore[arg-type]


def sent(box: Box, mail: Mail, secret: str = "", **settings: object) -> tuple[bytes, EmailMessage]:
    """What the server got of a mail: its bytes, and as a program reads them."""
    letter = composer(**settings)(mail, secret)
    mailer = SmtpMailer(box.url, "alumni@school.example")
    mailer.send("a@voorbeeld.example", letter.subject, letter.text, message_id="1f.2e", letter=letter)
    return box.raw[-1], message_from_bytes(box.raw[-1], policy=default)


def header(raw: bytes, name: str) -> bytes:
    """The one line of a header, as it came; an error where it goes on on a second line."""
    (line,) = re.findall(rb"(?m)^" + name.encode() + rb": ([^\r]*)\r\n(?![ \t])", raw)
    return bytes(line)


def test_the_way_to_stop_is_in_one_piece(box: Box) -> None:
    """An address of more than 200 characters, on one line, unencoded, with the header that makes it one click."""
    raw, _ = sent(box, a_mail("invited", link="reply 7", beside=Beside(TOKEN)), "s" * 43)
    url = f"{SITE}/stoppen/{TOKEN}".encode()
    assert len(url) > 200
    address = f"antwoord+{TOKEN}@school.example".encode()
    assert header(raw, "List-Unsubscribe") == b"<" + url + b">, <mailto:" + address + b"?subject=stop>"
    assert header(raw, "List-Unsubscribe-Post") == b"List-Unsubscribe=One-Click"
    assert header(raw, "Reply-To") == address
    assert box.senders[-1].encode() == address, "a bounce comes to the mailbox too"
    assert max(map(len, raw.splitlines())) <= 998


def test_everything_is_plain_ascii(box: Box) -> None:
    """Also where the words are not: no server has to know 8BITMIME, and what is read is what was written."""
    raw, message = sent(box, a_mail("invited", school="Café ’t Zuiden", link="reply 7"), "s" * 43)
    assert raw.isascii()
    assert "8bit" not in raw.decode("ascii").lower()
    assert "Café ’t Zuiden heeft een vraag" in str(message["Subject"])
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        assert "Café ’t Zuiden" in part.get_content()


class Page(HTMLParser):
    """What a mail program shows of HTML: words, and where each link leads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words, self.links, self.tags = "", list[tuple[str, str]](), list[tuple[str, dict[str, str | None]]]()
        self._in_link = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "a":
            self.links.append((dict(attrs)["href"] or "", ""))
        self._in_link = tag == "a" or (self._in_link and tag != "br")

    def handle_endtag(self, tag: str) -> None:
        self._in_link = self._in_link and tag != "a"

    def handle_data(self, data: str) -> None:
        self.words += data
        if self._in_link:
            self.links[-1] = (self.links[-1][0], self.links[-1][1] + data)


def test_the_html_says_what_the_text_says(box: Box) -> None:
    """The same sentences, and each address a link that says where it leads; a language, a heading, no pictures."""
    _, message = sent(box, a_mail("invited", link="reply 7", beside=Beside(TOKEN)), "s" * 43)
    text, html = (str(message.get_body((kind,)).get_content()) for kind in ("plain", "html"))  # type: ignore[union-attr]
    page = Page(html)
    urls = re.findall(r"https?://\S+", text)
    assert [url for url, _ in page.links] == urls
    assert len(urls) == 3
    assert all(label and "://" not in label for _, label in page.links)
    sentences = [line for line in text.splitlines() if line and "://" not in line]
    assert [line for line in sentences if line not in page.words] == []
    tags = [tag for tag, _ in page.tags]
    assert ("html", {"lang": "nl"}) in page.tags
    assert (tags.count("h1"), tags.count("main")) == (1, 1)
    assert not {"img", "script", "form", "iframe", "link"} & set(tags), "nothing is fetched, nothing follows"


def test_what_comes_from_a_school_is_text() -> None:
    """A name with marks of HTML in it stays a name."""
    letter = in_html(Letter("<b>x</b>", 'Van "A&B" <script>alert(1)</script>: https://a.example/?x=1&y="2'), "nl", {})
    page = Page(letter.html)
    assert "script" not in [tag for tag, _ in page.tags]
    assert "<script>alert(1)</script>" in page.words
    assert page.links[0][0] == 'https://a.example/?x=1&y="2'
    assert "<b>x</b>" in page.words


@pytest.mark.parametrize("message", sorted(NEEDED))
def test_what_must_come_has_no_way_to_stop_it(box: Box, message: str) -> None:
    """A link to log in, and what the law asks for: no secret is made for it, so there is nothing to stop it by."""
    raw, parsed = sent(box, a_mail(message, link=message if message == "login" else ""), "s" * 43)
    assert b"List-Unsubscribe" not in raw
    assert b"Reply-To" not in raw
    assert box.senders[-1] == "alumni@school.example"
    assert "stoppen" not in str(parsed.get_body(("plain",)).get_content())  # type: ignore[union-attr]


def test_without_a_mailbox_nobody_is_asked_to_reply(box: Box) -> None:
    """No Reply-To, no sentence about it, and one way to stop."""
    raw, message = sent(box, a_mail("invited", link="reply 7", beside=Beside(TOKEN)), "s" * 43, reply_address=None)
    assert b"Reply-To" not in raw
    assert header(raw, "List-Unsubscribe") == f"<{SITE}/stoppen/{TOKEN}>".encode()
    assert "beantwoorden" not in str(message.get_body(("plain",)).get_content())  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("whom", "says"),
    [
        (Whom("Noord"), "Deze mail is voor de oud-student van Noord."),
        (Whom("Noord", 2014, "Verpleegkunde"), "met dit diploma: Verpleegkunde 2014."),
        (Whom("Noord", 2014), "met dit diploma: 2014."),
        (Whom("Noord", number="A-1"), "met studentnummer A-1."),
    ],
)
def test_a_letter_says_for_whom_it_is(whom: Whom, says: str) -> None:
    """Where two people have its address, first of all."""
    letter = composer()(a_mail("invited", link="reply 7", beside=Beside(TOKEN, whom)), "s" * 43)
    assert says in letter.text.splitlines()[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [("List-Unsubscribe", "<https://a.example/é>"), ("List-Unsubscribe", "x" * 1000), ("Reply-To", "a@b\r\nBcc: c@d")],
)
def test_a_header_that_would_be_broken_is_refused(box: Box, name: str, value: str) -> None:
    """More than ASCII, more than a line, and more than a header: nothing is sent."""
    letter = Letter("x", "y", headers={name: value})
    with pytest.raises(MailRefused):
        SmtpMailer(box.url, "a@b.example").send("c@d.example", "x", "y", letter=letter)
    assert box.raw == []


def test_a_mailbox_that_is_none_gives_no_address() -> None:
    """Only a whole address gets a token."""
    assert tagged("antwoord@school.example", "t") == "antwoord+t@school.example"
    assert [tagged(one, "t") for one in ("", "antwoord", "@school.example", "antwoord@")] == [""] * 4


def test_a_long_subject_is_folded_as_ever() -> None:
    """The unbroken lines are for the headers that need them only."""
    message = written(Letter("woord " * 40, "x"), sender="a@b.example", to="c@d.example")
    assert max(map(len, message.as_bytes().splitlines())) < 80
