"""The page of the privacy officer: the log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import may
from api.web.render import render
from matcher.policy import Action, Asker
from matcher.services import audit

router = APIRouter(include_in_schema=False)
PAGE = 50


@router.get("/log")
def log(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.AUDIT_READ))],
    before: Annotated[int | None, Query(alias="voor", ge=1, lt=2**63)] = None,
) -> HTMLResponse:
    """What was done, when, and in which role."""
    entries = audit.page(state_of(request).app, asker, before=before, limit=PAGE)
    older = f"/log?voor={entries[-1].id}" if len(entries) == PAGE else None
    return render(request, language, "log.html", {"entries": entries, "older": older})
