"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.http import errors, failures
from api.http.languages import ApiLanguage
from api.http.state import state_of
from api.login.access import open_to_all
from api.routes.common import answer, problems
from matcher.policy import VISITOR
from matcher.services import browsing

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = Field(default="ok", examples=["ok"])


class Ready(BaseModel):
    """Questions can be answered."""

    status: Literal["ready"] = Field(default="ready", examples=["ready"])
    revision: int = Field(description="Newest data revision.", examples=[41])


@router.get("/health", dependencies=[Depends(open_to_all)], summary="Alive", response_model=Health)
async def health() -> Response:
    """The process lives; says nothing about the database."""
    return answer(Health())


@router.get("/metrics", dependencies=[Depends(open_to_all)], include_in_schema=False)
def metrics(request: Request) -> Response:
    """Figures for Prometheus, where the settings allow it."""
    state = state_of(request)
    if not state.settings.metrics:
        raise HTTPException(404)
    text, kind = state.metrics.exposition(state.app)
    return Response(text, media_type=kind)


@router.get(
    "/ready",
    dependencies=[Depends(open_to_all)],
    summary="Ready to answer",
    response_model=Ready,
    responses=problems(503),
)
def ready(request: Request, language: ApiLanguage) -> Response:
    """The database can be reached and the first pool is built."""
    state = state_of(request)
    revision = browsing.revision(state.app, VISITOR)
    if not state.warm:
        state.start_warming()
        return errors.response_of(request, failures.unavailable(language, "not_ready"))
    return answer(Ready(revision=revision))
