"""Who can be asked, whom a campaign mails, and what came of it, in words: for the page and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from api.web import wording
from matcher.domain.kinds import OFFERING
from matcher.locale import Language, say
from matcher.services.campaigns import Figures, Look
from matcher.services.reports import SMALLEST

_COUNTS = ("asked", "sent", "unsent", "reminded", "answered", "silent", "nothing")


@dataclass(frozen=True, slots=True)
class Told:
    """The figures of a campaign: a heading, counts by name, and how often there was a yes, by purpose."""

    heading: str
    school: str
    rows: list[tuple[str, str]]
    agreed: list[tuple[str, str]]


def kind_word(language: Language, kind: str) -> str:
    """The word for a kind of query."""
    return say(language, f"first_yes.kinds.{kind}" if kind == OFFERING else f"words.kind.{kind}")


def because(language: Language, reasons: Mapping[str, int]) -> list[str]:
    """Why alumni cannot be ranked, with how many of each."""
    return [say(language, f"first_yes.because.{code}", count=count) for code, count in reasons.items()]


def left_out(language: Language, look: Look) -> list[str]:
    """Who is not mailed, with how many of each reason."""
    return [
        say(language, f"first_yes.left_out.{reason}", count=count) for reason, count in look.left_out.items() if count
    ]


def figures(language: Language, one: Figures) -> Told:
    """The figures of a campaign; a count that may not be shown as words."""

    def shown(count: int | None) -> str:
        return say(language, "first_yes.figures.few", least=SMALLEST) if count is None else str(count)

    rows = [(say(language, f"first_yes.figures.{name}"), shown(getattr(one, name))) for name in _COUNTS]
    agreed = [
        (say(language, f"words.purpose.{purpose}"), shown(count)) for purpose, count in one.agreed.items() if count != 0
    ]
    heading = (
        say(language, "first_yes.figures.doors")
        if one.begun_at is None
        else say(language, "first_yes.figures.caption", moment=wording.stamp(language, one.begun_at))
    )
    return Told(heading, one.school, rows, agreed)
