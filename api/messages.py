"""The letters to alumni, in the sentences of the locale."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

from api.settings import Settings
from matcher.domain.first_yes import DOOR, FACTS, FIRST
from matcher.domain.invitations import InvitationWords
from matcher.locale import Language, say
from matcher.repositories.values import Mail
from matcher.services.first_asks import MAILS
from matcher.services.messages import LOGIN, Letter

_PATHS = {LOGIN: "inloggen/link", FIRST: "welkom", FACTS: "klopt", DOOR: "kom-erbij/bevestig"}
"""Where the link of each purpose leads."""


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
        site = (self.settings.base_url or "").rstrip("/")
        words = {"school": mail.school, **mail.values, "address": f"{site}/inloggen"}
        if secret:
            words["link"] = f"{site}/{_PATHS.get(mail.link.partition(' ')[0], 'antwoord')}/{secret}"
        if mail.message in MAILS:
            words |= first_words(self.settings, mail.school)
        words |= _of_question(self.settings.language, mail)
        subject, text = (
            say(self.settings.language, f"mail.{mail.message}.{part}", **words) for part in ("subject", "text")
        )
        return Letter(subject, text)


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
