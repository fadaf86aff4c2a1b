"""Replies that people could have written, below the quotes of the programs they write with: how many are read right.

`replies.tsv` was there when the rules were made; `unseen.tsv` was written afterwards, and no rule was changed for it.
"""

from __future__ import annotations

from collections import Counter
from email.message import EmailMessage
from pathlib import Path

import pytest

from matcher.replies.incoming import Kind, incoming
from matcher.replies.quoting import own_words
from matcher.replies.reading import Answer, Reading, read

HERE = Path(__file__).parent
MAILBOX = "antwoord@school.example"
TOKEN = "abcdefghijklmnopqrstuvwxyz234567"  # noqa: S105 - of nobody
OURS = (
    "Hallo,\n\nNoord heeft een vraag aan je als oud-student. Bekijk de vraag en zeg in één klik ja of nee; inloggen"
    " hoeft niet:\n\nhttps://match.example/antwoord/x\n\nJe mag deze mail ook gewoon beantwoorden: ja, nee, nu niet of"
    " stop is genoeg."
)
"""What is quoted has every answer in it."""


def quoted(text: str = OURS, mark: str = "> ") -> str:
    return "\n".join(f"{mark}{line}".rstrip() for line in text.splitlines())


PROGRAMS = {
    "none": "{0}",
    "gmail": "{0}\n\nOp di 3 nov 2026 om 14:02 schreef Noord <antwoord@school.example>:\n\n" + quoted(),
    "gmail_long": "{0}\n\nOp di 3 nov 2026 om 14:02 schreef Noord, met een lange naam\n<antwoord@school.example>:\n\n"
    + quoted(),
    "gmail_en": "{0}\n\nOn Tue, Nov 3, 2026 at 2:02 PM Noord <antwoord@school.example> wrote:\n\n" + quoted(),
    "thunderbird": "{0}\n\nOp 03-11-2026 om 14:02 schreef Noord:\n" + quoted(),
    "thunderbird_below": "Op 03-11-2026 om 14:02 schreef Noord:\n" + quoted() + "\n\n{0}",
    "apple": "{0}\n\n> Op 3 nov 2026 om 14:02 heeft Noord <antwoord@school.example> het volgende geschreven:\n>\n"
    + quoted(),
    "iphone": "{0}\n\nVerstuurd vanaf mijn iPhone\n\n> Op 3 nov 2026 om 14:02 heeft Noord <antwoord@school.example> het"
    " volgende geschreven:\n> \n" + quoted(),
    "outlook": "{0}\n\n________________________________\nVan: Noord <antwoord@school.example>\nVerzonden: dinsdag 3"
    " november 2026 14:02\nAan: Ik <ik@voorbeeld.example>\nOnderwerp: Noord heeft een vraag aan je\n\n" + OURS,
    "outlook_bare": "{0}\n\nVan: Noord <antwoord@school.example>\nVerzonden: dinsdag 3 november 2026 14:02\nAan: Ik"
    " <ik@voorbeeld.example>\nOnderwerp: Noord heeft een vraag aan je\n\n" + OURS,
    "outlook_app": "{0}\n\nOutlook voor Android downloaden<https://aka.ms/x>\n________________________________\nFrom:"
    " Noord <antwoord@school.example>\nSent: Tuesday, November 3, 2026 2:02:00 PM\nTo: Ik <ik@voorbeeld.example>\n"
    "Subject: Noord heeft een vraag aan je\n\n" + OURS,
    "samsung": "{0}\n\nVerzonden vanaf mijn Galaxy\n\n-------- Oorspronkelijk bericht --------\nVan: Noord"
    " <antwoord@school.example>\nDatum: 03-11-2026 14:02 (GMT+01:00)\nAan: ik@voorbeeld.example\nOnderwerp: Noord heeft"
    " een vraag aan je\n\n" + OURS,
    "other": "{0}\n\nNoord <antwoord@school.example> schreef op 3 november 2026 14:02:\n\n" + quoted(),
    "signature": "{0}\n\n-- \nIk, van het bedrijf\nstop met printen, nee tegen papier\n",
}
"""How each program puts the mail that is answered below or above what is written."""


def lines(name: str) -> list[tuple[Answer, str]]:
    rows = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [(Answer(answer), text.replace("\\n", "\n")) for answer, _, text in (row.partition("\t") for row in rows)]


REPLIES, UNSEEN = lines("replies.tsv"), lines("unseen.tsv")


def wrong(replies: list[tuple[Answer, str]], program: str = "none") -> list[tuple[str, str, str]]:
    """What is read otherwise: the words, what they mean, and what was read."""
    form = PROGRAMS[program]
    found = [(answer, text, read(own_words(form.format(text))).answer) for answer, text in replies]
    return [(text, answer.value, said.value) for answer, text, said in found if said is not answer]


@pytest.mark.parametrize("program", PROGRAMS)
def test_replies_are_read_whatever_program_they_come_from(program: str) -> None:
    """All of those that the rules were made with, with the mail they answer quoted as each program does."""
    assert wrong(REPLIES, program) == []


def test_there_are_enough_of_each() -> None:
    """At least eighty, in all five answers."""
    assert len(REPLIES) >= 80
    assert min(Counter(answer for answer, _ in REPLIES).values()) >= 10


def test_replies_that_no_rule_was_made_for() -> None:
    """Nine in ten are read right (44 of 48), nobody is taken to say yes who did not, and nobody stops who did not."""
    mistakes = wrong(UNSEEN)
    assert len(UNSEEN) >= 40
    assert [one for one in mistakes if one[2] == "yes"] == []
    assert [one for one in mistakes if one[2] == "stop"] == []
    assert len(mistakes) <= len(UNSEEN) / 10, mistakes
    assert len([one for one in mistakes if one[2] != "doubt"]) <= 1, "the others are read by a person"


@pytest.mark.parametrize(
    ("text", "moment", "more"),
    [
        ("Ja, dinsdag kan", "dinsdag", False),
        ("Dat kan, woensdag om 14.00 uur is prima.", "woensdag om 14.00 uur", False),
        ("Ja graag, op 12 maart", "12 maart", False),
        ("Sure, Tuesday works for me.", "tuesday", False),
        ("Ja hoor. Ik neem mijn eigen materiaal mee en een stagiair.", "", True),
        ("Ja", "", False),
    ],
)
def test_a_yes_keeps_its_moment_and_says_whether_there_is_more(text: str, moment: str, more: bool) -> None:
    """The words that name a moment; and whether a person should read the rest."""
    assert read(text) == Reading(Answer.YES, moment, says_more=more)


@pytest.mark.parametrize("name", ["niet", "geen", "misschien", "?", "maar", "als het kan", "not", "if possible"])
@pytest.mark.parametrize("text", [text for answer, text in REPLIES if answer is Answer.YES])
def test_one_word_of_doubt_and_nobody_says_yes(text: str, name: str) -> None:
    """A yes tells who somebody is: with a negation, a condition or a question it is no yes."""
    first = text.split("\n\n", maxsplit=1)[0]
    assert read(f"{first} {name}").answer is not Answer.YES


@pytest.mark.parametrize(
    ("below", "answer"),
    [
        ("Groeten,\nIk", Answer.YES),
        ("Met vriendelijke groet,\nIk\n\nPS kan alleen na 15 uur", Answer.DOUBT),
        ("Groetjes\n\nPs: moet ik iets meenemen?", Answer.DOUBT),
        ("Groeten\n\nDisclaimer: dit bericht is niet bestemd voor anderen.", Answer.YES),
        ("Regards\n\nThis email is confidential; if you are not the intended recipient, delete all data.", Answer.YES),
        ("Regards\n\nThis message is confidential and not for others.", Answer.YES),
    ],
)
def test_what_stands_below_a_yes_is_looked_at_too(below: str, answer: Answer) -> None:
    """A postscript counts; what firms put below each mail does not."""
    assert read(f"Ja, ik kom graag.\n\n{below}").answer is answer


def test_an_own_sentence_is_no_quote() -> None:
    """What looks like the beginning of a quote and has no day in it stays."""
    assert own_words("Op dinsdag schreef ik aan Karin:\ndat ik niet kan.") == (
        "Op dinsdag schreef ik aan Karin:\ndat ik niet kan."
    )


def message(text: str, **headers: str) -> bytes:
    made = EmailMessage()
    names = {"From": "ik@voorbeeld.example", "To": f"antwoord+{TOKEN}@school.example", "Subject": "Re: een vraag"}
    for name, value in {**names, "Message-ID": "<1@voorbeeld.example>"}.items():
        made[name] = value
    for given, value in headers.items():
        name = given.replace("_", "-")
        del made[name]
        made[name] = value
    made.set_content(text)
    return made.as_bytes()


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (rule)"},
        {"Precedence": "auto_reply"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": "vakantie"},
        {"Return_Path": "<>"},
        {"Subject": "Automatisch antwoord: Noord heeft een vraag aan je"},
        {"Subject": "Re: Automatic reply: een vraag"},
        {"Subject": "Afwezig t/m 3 maart Re: een vraag"},
        {"List_Id": "<lijst.voorbeeld.example>"},
    ],
)
def test_what_no_person_wrote_is_no_answer(headers: dict[str, str]) -> None:
    """By its headers, although it says yes."""
    found = incoming(message("Ja, graag!", **headers), MAILBOX)
    assert (found.kind, found.text, found.token) == (Kind.AUTOMATIC, "", TOKEN)


@pytest.mark.parametrize(
    "text",
    [
        "Ik ben afwezig t/m 12 maart. Bij dringende zaken: bel de receptie.",
        "Bedankt voor je mail. Ik ben met vakantie en heb beperkt toegang tot mijn e-mail.",
        "Dit is een automatisch antwoord. Ja, ik lees uw mail zodra ik terug ben.",
        "I am out of the office until Monday.",
        "Thank you for your message. I am on annual leave until 3 March. In urgent cases call reception.",
        "Deze mailbox wordt niet gelezen.",
    ],
)
def test_an_out_of_office_without_headers_is_no_answer(text: str) -> None:
    """By its words, in both languages."""
    assert incoming(message(text), MAILBOX).kind is Kind.AUTOMATIC


def test_auto_submitted_no_is_a_person() -> None:
    """As RFC 3834 says."""
    found = incoming(message("Ja", Auto_Submitted="no"), MAILBOX)
    assert (found.kind, read(found.text).answer) == (Kind.REPLY, Answer.YES)


@pytest.mark.parametrize(
    "to",
    [
        f"antwoord+{TOKEN}@school.example",
        f"School <ANTWOORD+{TOKEN.upper()}@School.Example>",
        f"iemand@voorbeeld.example, antwoord+{TOKEN}@school.example",
    ],
)
def test_the_token_is_found_in_any_spelling(to: str) -> None:
    """Programs change capitals, and answer to all."""
    assert incoming(message("Ja", To=to), MAILBOX).token == TOKEN


@pytest.mark.parametrize(
    "to",
    [
        "antwoord@school.example",
        f"antwoord+{TOKEN}@elders.example",
        f"antwoord+{TOKEN}@school.example.elders.example",
        f"anders+{TOKEN}@school.example",
        "antwoord+kort@school.example",
    ],
)
def test_no_other_address_has_a_token(to: str) -> None:
    """Another mailbox, another domain, another length."""
    assert incoming(message("Ja", To=to), MAILBOX).token == ""


def test_the_same_message_has_the_same_digest() -> None:
    """Whatever was added on its way; without a Message-ID by all of it."""
    one, same = (incoming(message("Ja", Received=by), MAILBOX).digest for by in ("from a", "from b"))
    assert one == same
    assert incoming(message("Ja", Message_ID="<2@voorbeeld.example>"), MAILBOX).digest != one
    bare = message("Ja").replace(b"Message-ID: <1@voorbeeld.example>\n", b"")
    assert incoming(bare, MAILBOX).digest not in {one, incoming(bare + b"\nmeer", MAILBOX).digest}


def test_html_alone_is_read_too() -> None:
    """Without what Gmail and Outlook quote in it."""
    for quote in (
        '<div class="gmail_quote"><div>Op dinsdag schreef Noord:</div><blockquote>Nee of stop</blockquote></div>',
        '<div id="divRplyFwdMsg">Van: Noord</div><div>Nee of stop</div>',
        "<blockquote>Nee<br>stop</blockquote>",
    ):
        made = EmailMessage()
        made["To"] = f"antwoord+{TOKEN}@school.example"
        made.set_content(
            f"<html><head><style>p {{}}</style></head><p>Ja, <b>dinsdag</b> kan</p>{quote}", subtype="html"
        )
        assert read(incoming(made.as_bytes(), MAILBOX).text) == Reading(Answer.YES, "dinsdag")


def test_an_answer_of_a_calendar_is_no_answer() -> None:
    """Programs send it when somebody presses a button in an invitation, or by themselves."""
    made = EmailMessage()
    made["To"] = f"antwoord+{TOKEN}@school.example"
    made.set_content("Ja")
    made.add_attachment("BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR", subtype="calendar", params={"method": "REPLY"})
    assert incoming(made.as_bytes(), MAILBOX).kind is Kind.AUTOMATIC


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"To: antwoord+" + TOKEN.encode() + b"@school.example\nContent-Type: text/plain; charset=x-onbekend\n\nJa",
        b"To: =?utf-8?b?@@@?=\nSubject: =?x?q?\xff?=\n\nJa",
        b"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/plain\n\nJa",
        b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n@@@@",
        b"From: mailer-daemon@x.example\nContent-Type: multipart/report\n\nleeg",
        b"Message-ID: <\xff>\nTo: <>\n\nJa",
    ],
)
def test_what_cannot_be_read_stops_nobody(raw: bytes) -> None:
    """Broken headers, encodings and parts: something comes of it, without an error."""
    assert incoming(raw, MAILBOX).kind in set(Kind)
