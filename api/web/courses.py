"""All courses, in the order in which they begin: nothing ranks them, so also for who objects to being ranked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import may
from api.web import cards
from api.web.forms import Number, Short
from api.web.pager import pager
from api.web.render import render
from matcher.domain.records import Offering
from matcher.policy import Action, Asker
from matcher.text import fold

router = APIRouter(include_in_schema=False)
PAGE = 12


@router.get("/cursussen")
def courses(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.OFFERINGS_LIST))],
    woorden: Short = "",
    plaats: Short = "",
    page: Number = 1,
) -> HTMLResponse:
    """The courses that one can still enrol for, those that begin first on top."""
    state = state_of(request)
    today = state.engine.clock.today()
    owner = asker.owner(Action.OFFERINGS_LIST)
    found = [
        one
        for one in state.courses()
        if (owner is None or one.provider == owner)
        and (one.apply_until is None or one.apply_until >= today)
        and (one.start is None or one.start >= today)
        and all(any(word in text for text in _texts(one)) for word in fold(woorden).split())
        and fold(plaats.strip()) in fold(one.town or "")
    ]
    shown = pager(page, PAGE, len(found), "cursussen", woorden=woorden, plaats=plaats)
    values = {
        "words": woorden,
        "place": plaats,
        "courses": [
            {
                "title": one.title,
                "id": one.offering_id,
                "description": one.description,
                "facts": cards.facts(language, one),
                "url": cards.safe_url(one.url),
            }
            for one in found[(page - 1) * PAGE : page * PAGE]
        ],
        "pager": shown,
        "own": asker.alumnus_key is not None,
    }
    return render(request, language, "courses.html", values)


def _texts(one: Offering) -> Iterator[str]:
    return (fold(text) for text in (one.title, one.provider, one.description or "", *one.skills))
