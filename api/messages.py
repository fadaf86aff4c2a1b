"""The letters to alumni and to who asked them, in the sentences of the locale."""

from __future__ import annotations

from dataclasses import dataclass, replace

from api import letters
from api.settings import Settings
from matcher.locale import Language, say
from matcher.ports import Letter
from matcher.repositories.values import Mail, Whom
from matcher.services.messages import LOGIN, request_of


@dataclass(frozen=True, slots=True)
class Composer:
    """Composes letters as `matcher.services.messages.Compose` asks, in the language and with the address of the site.

    A letter names no one, and does not reveal the subject of a question.
    """

    settings: Settings

    def __call__(self, mail: Mail, secret: str) -> Letter:
        """The letter. `secret`: that of its link; empty for none."""
        language = self.settings.language
        site = (self.settings.base_url or "").rstrip("/")
        words = {"school": mail.school, **mail.values, "address": f"{site}/inloggen"}
        labels = {words["address"]: say(language, "letters.open.login")}
        if secret:
            path = "inloggen/link" if mail.link == LOGIN else "antwoord"
            words["link"] = f"{site}/{path}/{secret}"
            labels[words["link"]] = say(language, f"letters.open.{'login' if mail.link == LOGIN else 'question'}")
        subject, text = (say(language, f"mail.{mail.message}.{part}", **words) for part in ("subject", "text"))
        paragraphs = [for_whom(language, mail.beside.whom)] if mail.beside.whom else []
        paragraphs.append(text.strip())
        letter = Letter(subject, "")
        token = mail.beside.token
        if token:
            letter, more = self._answerable(letter, mail, f"{site}/stoppen/{token}")
            paragraphs += more
            labels[f"{site}/stoppen/{token}"] = say(language, "letters.open.stop")
        letter = replace(letter, text="\n\n".join(paragraphs) + "\n")
        return letters.in_html(letter, language, labels)

    def _answerable(self, letter: Letter, mail: Mail, stop: str) -> tuple[Letter, list[str]]:
        """The letter with what stops mail and takes a reply, and the paragraphs that say so."""
        language, ways, headers, more = self.settings.language, [f"<{stop}>"], {}, []
        address = letters.tagged(self.settings.reply_address or "", mail.beside.token)
        if address:
            headers["Reply-To"] = address
            ways.append(f"<mailto:{address}?subject=stop>")
            letter = replace(letter, returns_to=address)
            if request_of(mail.link) is not None:
                more.append(say(language, "letters.reply"))
        headers["List-Unsubscribe"] = ", ".join(ways)
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        more.append(say(language, "letters.stop", stop=stop))
        return replace(letter, headers=headers), more


def for_whom(language: Language, whom: Whom) -> str:
    """For whom a letter is, where several people have its address."""
    if whom.number:
        return say(language, "letters.whom_number", school=whom.school, number=whom.number)
    diploma = " ".join(filter(None, (whom.qualification, str(whom.year or ""))))
    key = "whom_diploma" if diploma else "whom"
    return say(language, f"letters.{key}", school=whom.school, **({"diploma": diploma} if diploma else {}))


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
