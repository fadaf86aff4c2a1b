"""Every error as HTTP, in one place: RFC 9457 problems for programs, a friendly page for people."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from api.error_text import error_sentence, error_title
from api.http.languages import api_language, page_language
from matcher import errors
from matcher.locale import Language, lookup, say
from matcher.policy import VISITOR

log = logging.getLogger("alumnimatch")
security = logging.getLogger("alumnimatch.security")
"""What was refused at the door or by the table of rights."""

FAILED_LOGINS = frozenset({"token_unknown", "link_spent", "reply_spent", "login_refused", "login_no_role"})
"""What stands in the audit log too: somebody tried to come in."""

MEDIA_TYPE = "application/problem+json"
API_PATHS = ("/v1/", "/health", "/ready", "/openapi.json")
RETRY_SECONDS = 5

STATUS: tuple[tuple[type[errors.AlumnimatchError], int], ...] = (
    (errors.UnknownId, 404),
    (errors.AmbiguousId, 409),
    (errors.InputError, 422),
    (errors.NotLoggedIn, 401),
    (errors.RateLimited, 429),
    (errors.AccessError, 403),
    (errors.Overloaded, 503),
    (errors.StoreUnavailable, 503),
    (errors.EncoderError, 503),
    (errors.IndexUnavailable, 503),
    (errors.AlumnimatchError, 500),
)


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str = Field(examples=["query.top"])
    code: str = Field(examples=["less_than_equal"])
    detail: str = Field(examples=["Het getal is te hoog. Vul 1.000 of lager in."])


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(examples=["/problems/unknown_id"])
    title: str = Field(examples=["Niet gevonden"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["We vinden geen aanvraag met het nummer R-99. Kijk of je het goed hebt getypt."])
    instance: str = Field(examples=["/v1/requests/R-99/matches"])
    errors: list[FieldProblem] | None = Field(default=None, description="Only where fields are wrong.")
    choices: list[str] | None = Field(default=None, description="Only where an id is ambiguous.")


@dataclass(frozen=True)
class Failure:
    """An error on its way out: how it is told depends on who asked."""

    status: int
    code: str
    title: str
    detail: str
    headers: dict[str, str] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)


def wants_page(request: Request) -> bool:
    """Whether a person asked, with a browser."""
    path = request.url.path
    return not path.startswith(API_PATHS) and "text/html" in request.headers.get("accept", "")


def language_of(request: Request) -> Language:
    """The language of the error."""
    return page_language(request) if wants_page(request) else api_language(request)


def told(request: Request, failure: Failure) -> Response:
    """The response of a failure."""
    language = language_of(request)
    if wants_page(request):
        from api.web.render import error_page

        return error_page(request, language, failure)
    problem = {
        "type": f"/problems/{failure.code}",
        "title": failure.title,
        "status": failure.status,
        "detail": failure.detail,
        "instance": quote(request.url.path, safe="/:@~!$&'()*+,;=-._"),
        **failure.more,
    }
    headers = {**failure.headers, "Content-Language": language, "Vary": "Accept-Language"}
    return Response(orjson.dumps(problem), failure.status, headers, MEDIA_TYPE)


def failure_of(error: errors.AlumnimatchError, language: Language) -> Failure:
    """A domain error as a failure."""
    status = next(status for family, status in STATUS if isinstance(error, family))
    headers = {"Retry-After": str(RETRY_SECONDS)} if status == 503 else {}
    if status == 429:
        headers["Retry-After"] = str(error.values["seconds"])
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    choices = error.values.get("choices")
    more = {"choices": [str(item) for item in choices]} if isinstance(choices, Sequence) and status == 409 else {}
    return Failure(status, error.code, error_title(language, error), _sentence(language, error), headers, more)


def _sentence(language: Language, error: errors.AlumnimatchError) -> str:
    """The sentence, without places on the server: those are for who runs it, on the command line."""
    for family, code in (
        (errors.StoreError, "store_elsewhere"),
        (errors.EncoderError, "encoder_elsewhere"),
        (errors.IndexUnavailable, "index_elsewhere"),
    ):
        if isinstance(error, family):
            return say(language, f"errors.errors.{code}")
    return error_sentence(language, error)


def _general(language: Language, status: int, code: str, title: str, **values: object) -> Failure:
    detail = say(language, f"errors.errors.{code}", **values)
    return Failure(status, code, say(language, f"errors.titles.{title}"), detail)


def not_ready(language: Language) -> Failure:
    """503 while the first pool is being built."""
    failure = _general(language, 503, "not_ready", "not_ready")
    failure.headers["Retry-After"] = str(RETRY_SECONDS)
    return failure


def too_large(language: Language, most: int) -> Failure:
    """413."""
    return _general(language, 413, "too_large", "too_large", most=most)


def unforeseen(request: Request, error: Exception) -> Response:
    """500, without what went wrong inside; the log gets the place, not the message, which may hold personal data."""
    place = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s unforeseen %s\n%s", getattr(request.state, "number", "-"), type(error).__name__, place)
    failure = _general(language_of(request), 500, "unforeseen", "unforeseen", problem=type(error).__name__)
    return told(request, failure)


async def _on_domain(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.AlumnimatchError)  # noqa: S101 - registered for this class
    failure = failure_of(error, language_of(request))
    if isinstance(error, errors.AccessError):
        _note_refusal(request, error)
    if error.code in FAILED_LOGINS:
        with suppress(errors.StoreError):
            store = request.app.state.held.store
            await run_in_threadpool(store.log, VISITOR, "login.failed", {"reason": error.code})
    if failure.status >= 500 and not isinstance(error, errors.Overloaded):
        log.warning("failed %s %s", type(error).__name__, error.code)
    if error.code == "not_logged_in" and wants_page(request) and request.method == "GET":
        where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/inloggen?{urlencode({'naar': where})}", 303)
    return told(request, failure)


def _note_refusal(request: Request, error: errors.AccessError) -> None:
    """Who was refused what, for who watches over it: random key, role and route, and nothing that was typed."""
    asker = getattr(request.state, "asker", None)
    route = getattr(request.scope.get("route"), "path", "-")
    request.app.state.held.metrics.refused(error.code)
    security.warning(
        "%s refused %s %s %s actor=%s role=%s",
        getattr(request.state, "number", "-"),
        error.code,
        request.method,
        route,
        asker.key if asker else "-",
        asker.role.value if asker else "-",
    )


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    language = language_of(request)
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "GET")
        failure = _general(
            language, 405, "method_not_allowed", "method_not_allowed", method=request.method, allowed=allowed
        )
        failure.headers["Allow"] = allowed
    elif error.status_code == 404:
        code = "page_not_found" if wants_page(request) else "route_not_found"
        failure = _general(language, 404, code, "not_found")
    else:
        failure = _general(language, error.status_code, "bad_request", "bad_request")
    return told(request, failure)


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    language = language_of(request)
    fields = [_field_problem(language, item) for item in error.errors()]
    code, values = "validation", {}
    if wants_page(request):
        code = "page_validation"
        values = {"fields": "; ".join(f"{item['field'].split('.')[-1]}: {item['detail']}" for item in fields)}
    failure = _general(language, 422, code, "validation", **values)
    failure.more["errors"] = fields
    return told(request, failure)


def _field_problem(language: Language, item: dict[str, Any]) -> dict[str, str]:
    """One field problem; the value itself is not repeated: it may hold anything."""
    code = str(item["type"])
    context = {name: value for name, value in item.get("ctx", {}).items() if isinstance(value, str | int | float)}
    known = lookup(language, f"errors.fields.{code}") is not None
    detail = say(language, f"errors.fields.{code if known else 'other'}", **context)
    return {"field": ".".join(str(part) for part in item["loc"]), "code": code, "detail": detail}


def install(app: FastAPI) -> None:
    """Registers the handlers."""
    app.add_exception_handler(errors.AlumnimatchError, _on_domain)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
