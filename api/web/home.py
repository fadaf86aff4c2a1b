"""The home page: the actions of a role, and its open requests."""

from __future__ import annotations

from collections.abc import Collection

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import Anybody, may
from api.web import cards, today
from api.web.forms import Number
from api.web.pager import pager
from api.web.render import address, render
from matcher.domain.demands import closing_day
from matcher.domain.records import Request as SavedRequest
from matcher.locale import Language
from matcher.policy import Action, Asker, Role
from matcher.services import browsing, invitations, ledger, work
from matcher.services.browsing import Slice

router = APIRouter(include_in_schema=False)
PAGE = 6
_INTROS = {
    Role.PRIVACY_OFFICER: "intro_privacy_officer",
    Role.ADMINISTRATOR: "intro_administrator",
}
"""The introductions for roles that do not search for alumni."""
_ELSEWHERE = {Role.ADVISER: "/advies", Role.ALUMNUS: "/mij"}
"""The page that a role begins with, where that is not this one."""
_ROW_FACTS = frozenset({"school", "when", "where"})


@router.get("/")
def home(request: Request, language: PageLanguage, asker: Anybody, page: Number = 1) -> Response:
    """The actions of this role, and its open requests, the first to close on top; some roles begin elsewhere."""
    if asker.role in _ELSEWHERE:
        asked = request.url.query
        return RedirectResponse(f"{_ELSEWHERE[asker.role]}{asked and f'?{asked}'}", 303)
    if asker.may(Action.DESK_READ):
        return _today(request, language, asker)
    state = state_of(request)
    values: dict[str, object] = {"warm": state.warm, "requests": [], "pager": None}
    values["intro"] = _INTROS.get(asker.role)
    values["listed"] = asker.may(Action.REQUESTS_LIST)
    agreed = invitations.with_yes(state.app, asker, PAGE) if asker.may(Action.CONTACT) else []
    values["agreed"] = [_row(language, record) | {"link": _helpers_link(record), "closes": None} for record in agreed]
    if state.warm and values["listed"]:
        listed = browsing.open_page(state.app, asker, Slice(page, PAGE))
        values["pager"] = pager(page, PAGE, listed.total)
        values["requests"] = [_row(language, record) for record in listed.items]
    elif not state.warm:
        state.start_warming()
    return render(request, language, "home.html", values)


def _today(request: Request, language: Language, asker: Asker) -> HTMLResponse:
    """What there is to do in a school, beside how asks are spread; who agreed, and what closes first."""
    state = state_of(request)
    found = work.today(state.app, asker, counted=state.counted)
    own = _ROW_FACTS - ({"school"} if asker.school else frozenset())
    values: dict[str, object] = {
        "warm": state.warm,
        "date": today.long_day(language, state.app.clock.today()),
        "jobs": [today.job_view(language, one) for one in found.jobs],
        "coming": [
            _row(language, one, own) | {"link": _helpers_link(one), "closes": None} for one in found.coming[:PAGE]
        ],
        "requests": [],
        "balance": None,
    }
    if state.warm:
        listed = browsing.open_page(state.app, asker, Slice(1, PAGE), found.kinds)
        values["requests"] = [_row(language, record, own) for record in listed.items]
        values["balance"] = today.balance_view(language, ledger.spread(state.app, asker).whole)
    else:
        state.start_warming()
    return render(request, language, "today.html", values, area="today")


@router.get("/alumni", dependencies=[Depends(may(Action.ALUMNI_REGISTER))])
def people(request: Request, language: PageLanguage) -> HTMLResponse:
    """The pages about alumni."""
    return render(request, language, "people.html", {})


def _helpers_link(record: SavedRequest) -> str:
    return address("aanvragen", record.request_id, "ja", school=record.school)


def _row(language: Language, record: SavedRequest, facts: Collection[str] = _ROW_FACTS) -> dict[str, object]:
    return {
        "title": record.title,
        "kind": record.kind.value,
        "link": address("aanvragen", record.request_id, school=record.school),
        "facts": [text for name, text in cards.request_facts(language, record) if text and name in facts],
        "closes": closing_day(record),
    }
