"""The lines of an invitation that are proposed to the asker: from the request, and two facts of the match."""

from __future__ import annotations

from datetime import timedelta

from api.web import wording
from matcher import explain
from matcher.domain.answers import Account
from matcher.domain.crebo import programme_name
from matcher.domain.invitations import MOST_LINE, InvitationWords
from matcher.domain.records import Request
from matcher.locale import Language, say

_FACTS = 2
"""Of the reasons of a match so many stand in an invitation."""
_ASIDE = ("balance", "rest", "recency", "other")
"""What says nothing of why an alumnus fits: told only where nothing else is."""


def proposed(language: Language, request: Request, account: Account | None = None) -> InvitationWords:
    """The lines for a request; with the account of a pair also why this alumnus. Each can be changed."""
    online = say(language, f"pages.online.{request.online.value}") if request.online else ""
    kind = say(language, f"words.kind.{request.kind.value}")
    people = say(language, "demands.proposed.people", count=request.people) if request.people > 1 else ""
    return InvitationWords(
        why=_line(_why(language, account)),
        what=_line(f"{kind}: {request.title}" + (f". {request.description}" if request.description else "")),
        when=_line(wording.when(language, request)),
        how_long=_line(_how_long(language, request)),
        where=_line(", ".join(part for part in (request.town, online) if part)),
        for_whom=_line(", ".join(part for part in (programme_name(request.programme), people) if part)),
    )


def _line(text: str) -> str:
    return text if len(text) <= MOST_LINE else text[: MOST_LINE - 1].rstrip() + "…"


def _why(language: Language, account: Account | None) -> str:
    """Two facts, as the alumnus reads them."""
    if account is None or account.match is None:
        return ""
    said = explain.Told(account.match, language, "alumnus")
    told, by_signal = said.grouped()["plus"], said.by_signal()
    aside = " ".join(by_signal.get(signal, "") for signal in _ASIDE)
    fitting = [sentence for sentence in told if sentence not in aside]
    return " ".join((fitting or told)[:_FACTS])


def _how_long(language: Language, request: Request) -> str:
    """How long it takes: of firm moments that are all as long, or the hours of a week."""
    lengths = {one.end - one.start for one in request.moments}
    if len(lengths) == 1:
        hours = lengths.pop() / timedelta(hours=1)
        return say(language, "demands.proposed.hours", hours=round(hours, 1))
    if request.hours_per_week:
        return say(language, "demands.proposed.per_week", hours=request.hours_per_week)
    return ""
