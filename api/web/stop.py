"""The page behind the link with which a mail can be stopped, without logging in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login import access
from api.login.access import Code
from api.web.render import render
from matcher.locale import Language, say
from matcher.services import subscriptions
from matcher.services.subscriptions import Level, Levels

router = APIRouter(include_in_schema=False)
CHOICES: dict[str, Level | None] = {
    "vraag": Level.REQUEST,
    "soort": Level.KIND,
    "alles": Level.EVERYTHING,
    "niets": None,
}
"""What the form sends."""
RHYTHMS = {"apart": False, "week": True}
"""Whether mail goes once a week, as the form sends it."""
_NAMES = {level: name for name, level in CHOICES.items()}


@router.get("/stoppen/{code}", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
def show(request: Request, language: PageLanguage, code: Code) -> HTMLResponse:
    """What can be stopped and what is; a program that follows every link of a mail stops nothing by it.

    Raises NotLoggedIn.
    """
    levels = subscriptions.levels_of_link(state_of(request).app, code)
    return _page(request, language, levels, saved=False)


@router.post("/stoppen/{code}", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
def stop(
    request: Request,
    language: PageLanguage,
    code: Code,
    choice: Annotated[str, Form(alias="niveau", max_length=20)] = "",
    rhythm: Annotated[str, Form(alias="ritme", max_length=20)] = "",
) -> HTMLResponse:
    """Stops mail at once, as often as it is sent; without a choice all of it, as a mail program asks (RFC 8058).

    Also says whether mail goes once a week. A mail program has no session, so no form token is asked for. Raises
    NotLoggedIn.
    """
    level = CHOICES.get(choice, Level.EVERYTHING)
    levels = subscriptions.stop_by_link(state_of(request).app, code, level, weekly=RHYTHMS.get(rhythm))
    return _page(request, language, levels, saved=True)


def _page(request: Request, language: Language, levels: Levels, *, saved: bool) -> HTMLResponse:
    subject = levels.subject
    group = "kind" if subject.request else "message"
    kind = say(language, f"words.{group}.{subject.kind}")
    words = {
        Level.REQUEST: say(language, "letters.stopping.request"),
        Level.KIND: say(language, "letters.stopping.kind", kind=kind),
        Level.EVERYTHING: say(language, "letters.stopping.everything"),
    }
    rhythms = {False: say(language, "letters.stopping.each"), True: say(language, "letters.stopping.weekly")}
    stopped = [level for level in Level if level in levels.stopped]
    values = {
        "school": levels.school,
        "what": kind,
        "stopped": [words[level] for level in stopped],
        "chosen": _NAMES[stopped[-1] if stopped else None],
        "choices": [
            *((_NAMES[level], words[level]) for level in levels.choices),
            ("niets", say(language, "letters.stopping.nothing")),
        ],
        "rhythms": [(name, rhythms[weekly]) for name, weekly in RHYTHMS.items()],
        "rhythm": next(name for name, weekly in RHYTHMS.items() if weekly is levels.weekly),
        "saved": saved,
    }
    return render(request, language, "stop.html", values, area="letters")
