"""The page of a course that everybody may see, with its data for search engines; only where that is set."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import open_to_all
from api.web import cards, wording
from api.web.render import address, render
from matcher.domain.records import Registration
from matcher.errors import UnknownId
from matcher.exchange import schema_org
from matcher.exchange.catalogue import is_open
from matcher.policy import VISITOR
from matcher.services import catalogue

router = APIRouter(include_in_schema=False)


@router.get("/cursussen/{course_id}", dependencies=[Depends(open_to_all)])
def course(request: Request, language: PageLanguage, course_id: Annotated[UUID, Path()]) -> HTMLResponse:
    """A course and its runs ahead. Raises UnknownId where it has none, or pages of courses are not for everybody."""
    state = state_of(request)
    if not state.settings.open_courses:
        raise UnknownId("course_not_here")
    found = catalogue.public(state.app, VISITOR, state.catalogue(), str(course_id))
    if found is None:
        raise UnknownId("course_not_here")
    one, runs = found
    today = state.app.clock.today()
    base = (state.settings.base_url or str(request.base_url)).rstrip("/")
    document = schema_org.course(one, runs, today, base + address("cursussen", one.id))
    rows = [
        {
            "about": cards.about(language, run)[1:],
            "open": is_open(run, today),
            "cancelled": run.registration is Registration.CANCELLED,
            "until": wording.short_day(language, run.apply_until) if run.apply_until else "",
            "free": schema_org.free_places(run),
            "url": cards.safe_url(run.url),
        }
        for run in runs
    ]
    values = {"course": one.about, "runs": rows, "data": schema_org.as_script(document)}
    return render(request, language, "course.html", values, area="offers")
