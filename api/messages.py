"""The letters to alumni and to who asked them, in the sentences of the locale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from email.utils import parseaddr

from api import ics, letters
from api.ics import Meeting, Method
from api.settings import Settings
from matcher.domain.feedback import FEEDBACK
from matcher.domain.first_yes import DOOR, FACTS, FIRST
from matcher.domain.invitations import InvitationWords
from matcher.domain.moments import aware
from matcher.locale import Language, say, written
from matcher.ports import Letter
from matcher.repositories.values import Beside, Mail, Whom
from matcher.services import digest
from matcher.services.agreements import Step
from matcher.services.first_asks import MAILS
from matcher.services.messages import LOGIN, request_of
from matcher.services.segment_asks import MAILS as SEGMENT_MAILS

_PATHS = {LOGIN: "inloggen/link", FIRST: "welkom", FACTS: "klopt", DOOR: "kom-erbij/bevestig", FEEDBACK: "vijf-vragen"}
"""Where the link of each purpose leads."""
_PARTS = ("subject", "text")
EXAMPLE = "eigen-link"
"""In the place of a secret, in a letter that is shown before it goes out."""


def first_words(settings: Settings, school: str, language: Language | None = None) -> dict[str, str]:
    """The text and the basis with which alumni are asked for a first yes, as set, or else ours."""
    language = language or settings.language
    own = {"first_text": settings.first_text, "first_basis": settings.first_basis}
    return {name: text or say(language, f"first_yes.{name}", school=school) for name, text in own.items()}


@dataclass(frozen=True, slots=True)
class Composer:
    """Composes letters as `matcher.services.messages.Compose` asks, in the language and with the address of the site.

    A letter names no one. An invitation tells what is asked, in the lines that the asker saw.
    """

    settings: Settings

    def __call__(self, mail: Mail, secret: str) -> Letter:
        """The letter. `secret`: that of its link; empty for none."""
        language = self.settings.language
        headings: list[str] = []
        if mail.beside.parts:
            subject, paragraphs, labels, headings = self._weekly(mail)
        else:
            subject, text, labels = self._told(mail, secret)
            paragraphs = [text]
        if mail.beside.whom:
            paragraphs = [for_whom(language, mail.beside.whom), *paragraphs]
        letter = Letter(subject, "")
        token = mail.beside.token
        if token:
            stop = f"{self._site}/stoppen/{token}"
            letter, more = self._answerable(letter, mail, stop)
            paragraphs += more
            labels[stop] = say(language, "letters.open.stop")
        if mail.beside.contact_mail:
            paragraphs.append(contact_sentence(language, mail.beside.contact, mail.beside.contact_mail))
        letter = replace(letter, text="\n\n".join(paragraphs) + "\n")
        if "uid" in mail.values:
            meeting = self._meeting(mail)
            letter = letters.with_calendar(letter, ics.in_icalendar(meeting), meeting.method.value)
        return letters.in_html(letter, language, labels, headings)

    @property
    def _site(self) -> str:
        return (self.settings.base_url or "").rstrip("/")

    def _words(self, mail: Mail, secret: str) -> tuple[dict[str, str], dict[str, str]]:
        """What fills in the text of a message, and what its links say instead of their addresses."""
        language = self.settings.language
        words = {"school": mail.school, **_meeting_words(language, mail.values), "address": f"{self._site}/inloggen"}
        labels = {words["address"]: say(language, "letters.open.login")}
        if secret:
            kind = mail.link.partition(" ")[0]
            words["link"] = f"{self._site}/{_PATHS.get(kind, 'antwoord')}/{secret}"
            labels[words["link"]] = say(language, f"letters.open.{kind if kind in _PATHS else 'question'}")
        if mail.message in MAILS:
            words |= first_words(self.settings, mail.school)
        return words | _of_question(language, mail) | _of_segment(language, mail), labels

    def _told(self, mail: Mail, secret: str) -> tuple[str, str, dict[str, str]]:
        """The subject and the text of a message, and what its links say."""
        words, labels = self._words(mail, secret)
        subject, text = (say(self.settings.language, f"mail.{mail.message}.{part}", **words) for part in _PARTS)
        return subject, text.strip(), labels

    def _weekly(self, mail: Mail) -> tuple[str, list[str], dict[str, str], list[str]]:
        """The subject and the paragraphs of a weekly letter, what its links say, and which paragraphs are headings.

        Questions come first, each with its number and its own link.
        """
        language = self.settings.language
        numbers = {one.key: place for place, one in enumerate(_questions(mail), 1)}
        labels: dict[str, str] = {}
        headings: list[str] = []
        asked: list[str] = []
        others: list[str] = []
        for part, secret in mail.beside.parts:
            if number := numbers.get(part.key):
                words, own = self._words(part, secret)
                heading = say(language, "letters.weekly.heading", number=str(number), school=part.school)
                asked += [heading, say(language, "letters.weekly.question", **words).strip()]
                own[words["link"]] = say(language, "letters.weekly.open", number=str(number))
            else:
                heading, text, own = self._told(part, secret)
                others += [heading, text.partition("\n\n")[2]]  # without its greeting
            headings.append(heading)
            labels |= own
        words, own = self._words(mail, "")
        paragraphs = [say(language, f"letters.weekly.{name}", **words).strip() for name in ("intro", "end")]
        subject = say(language, "letters.weekly.subject", school=mail.school)
        return subject, [paragraphs[0], *asked, *others, paragraphs[1]], labels | own, headings

    def example(self, mail: Mail) -> Letter:
        """The letter as it goes out to nobody in particular: its links are an example."""
        return self(replace(mail, beside=Beside(token=EXAMPLE)), EXAMPLE if mail.link else "")

    def _meeting(self, mail: Mail) -> Meeting:
        """What was agreed, for a calendar."""
        values, sender = mail.values, parseaddr(self.settings.mail_from or "")[1]
        words = _meeting_words(self.settings.language, values)
        off = mail.message.startswith(Step.OFF.value)
        return Meeting(
            uid=f"{values['uid']}@{sender.rpartition('@')[2]}",
            sequence=int(values["sequence"]),
            method=Method.CANCEL if off else Method.REQUEST,
            start=datetime.fromisoformat(values["start"]),
            end=datetime.fromisoformat(values["end"]),
            stamp=aware(mail.created_at),
            summary=say(self.settings.language, "letters.meeting", kind=words["kind"], school=mail.school),
            organizer=sender,
            organizer_name=mail.school or sender,
            attendee=mail.beside.address,
            location=values["town"],
        )

    def _answerable(self, letter: Letter, mail: Mail, stop: str) -> tuple[Letter, list[str]]:
        """The letter with what stops mail and takes a reply, and the paragraphs that say so."""
        language, ways, headers, more = self.settings.language, [f"<{stop}>"], {}, []
        address = letters.tagged(self.settings.reply_address or "", mail.beside.token)
        if address:
            headers["Reply-To"] = address
            ways.append(f"<mailto:{address}?subject=stop>")
            letter = replace(letter, returns_to=address)
            about = len(_questions(mail))
            if about > 1:
                more.append(say(language, "letters.weekly.reply"))
            elif about == 1 or request_of(mail.link) is not None:
                more.append(say(language, "letters.reply"))
        headers["List-Unsubscribe"] = ", ".join(ways)
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        more.append(say(language, "letters.weekly.stop" if mail.beside.parts else "letters.stop", stop=stop))
        return replace(letter, headers=headers), more


def _questions(mail: Mail) -> list[Mail]:
    """The questions in a weekly letter; a number is a place in this list."""
    return digest.questions([part for part, _ in mail.beside.parts])


def _meeting_words(language: Language, values: Mapping[str, str]) -> dict[str, str]:
    """The values of a message, those of a meeting in words."""
    if "uid" not in values:
        return dict(values)
    start, end = (datetime.fromisoformat(values[name]) for name in ("start", "end"))
    when = say(language, "letters.when", day=start.date(), start=f"{start:%H:%M}", end=f"{end:%H:%M}")
    kind = say(language, f"words.kind.{values['kind']}")
    return {**values, "kind": kind[:1].upper() + kind[1:], "when": when}


def contact_sentence(language: Language, who: str, mail: str) -> str:
    """Whom alumni may ask about their data."""
    return say(language, "letters.contact_who" if who else "letters.contact", who=who, mail=mail)


def for_whom(language: Language, whom: Whom) -> str:
    """For whom a letter is, where several people have its address."""
    if whom.number:
        return say(language, "letters.whom_number", school=whom.school, number=whom.number)
    diploma = " ".join(filter(None, (whom.qualification, str(whom.year or ""))))
    key = "whom_diploma" if diploma else "whom"
    return say(language, f"letters.{key}", school=whom.school, **({"diploma": diploma} if diploma else {}))


def _of_question(language: Language, mail: Mail) -> dict[str, str]:
    """The lines of an invitation, and by when to answer, as parts of its text; empty for other mail."""
    lines = [
        say(language, f"demands.line.{one.name}", text=mail.values[one.name])
        for one in fields(InvitationWords)
        if mail.values.get(one.name)
    ]
    last = mail.values.get("deadline")
    answer_by = say(language, "demands.line.answer_by", day=date.fromisoformat(last)) if last else ""
    return {
        "lines": "\n".join([*lines, "", ""]) if lines else "",
        "answer_by": f"{answer_by} " if answer_by else "",
    }


def _of_segment(language: Language, mail: Mail) -> dict[str, str]:
    """What a message to a segment says besides its text; empty for other mail."""
    if mail.message not in SEGMENT_MAILS:
        return {}
    last = mail.values.get("closes")
    return {
        "purpose": say(language, f"words.purpose.{mail.values['purpose']}"),
        "closes": written(language, date.fromisoformat(last)) if last else "",
    }


def state_in_words(language: Language, mail: Mail) -> str:
    """The state of a message."""
    state = say(language, f"words.mail_state.{mail.state}")
    return f"{state} ({say(language, 'words.mail_state.perhaps_twice')})" if mail.perhaps_twice else state


def problem_in_words(language: Language, mail: Mail) -> str:
    """Why a message was refused or is retried, with the server's reply code; empty for no problem."""
    if not mail.problem:
        return ""
    code, _, number = mail.problem.partition(" ")
    problem = say(language, f"words.mail_problem.{code}")
    return f"{problem} ({number})" if number else problem
