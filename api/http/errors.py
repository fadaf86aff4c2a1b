"""The handlers of every error: RFC 9457 problems for programs, a friendly page for people."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Mount

from api.http.failures import MEDIA_TYPE, Failure, failure_of, general
from api.http.languages import api_language, page_language
from api.http.metrics import METHODS
from api.http.rate_limits import client_of
from api.web.render import error_page
from matcher import errors
from matcher.locale import Language, lookup, say
from matcher.policy import VISITOR
from matcher.services.access import note_failure

log = logging.getLogger("alumnimatch")
security = logging.getLogger("alumnimatch.security")
"""Refusals: of a login, or by the table of rights."""

FAILED_LOGINS = {
    "token_unknown": "login",
    "login_refused": "login",
    "login_no_role": "login",
    "link_spent": "login_link",
    "reply_spent": "reply",
    "stop_spent": "stop",
}
"""Codes of failed attempts to log in, which stand in the audit log too, and the limit that each counts for."""
MOST_FIELDS = 50
"""Wrong fields that an answer names; a body can hold thousands."""
WHOLE_ADDRESSES = "/v1/oeapi"
"""Below this path problems name their type and instance by whole addresses, as the specification of OEAPI asks."""
API_PATHS = ("/v1/", "/health", "/ready", "/openapi.json")


def wants_page(request: Request) -> bool:
    """Whether the request comes from a person with a browser."""
    path = request.url.path
    return not path.startswith(API_PATHS) and "text/html" in request.headers.get("accept", "")


def language_of(request: Request) -> Language:
    """The language of the error."""
    return page_language(request) if wants_page(request) else api_language(request)


def response_of(request: Request, failure: Failure) -> Response:
    """The response for a failure: a page for people, a problem for programs."""
    language = language_of(request)
    if wants_page(request):
        return error_page(request, language, failure)
    path = quote(request.url.path, safe="/:@~!$&'()*+,;=-._")
    base = str(request.base_url).rstrip("/") if path.startswith(WHOLE_ADDRESSES) else ""
    return problem(failure, language, base + path, base)


def problem(failure: Failure, language: Language, instance: str, base: str = "") -> Response:
    """The problem document of a failure; `instance`: the path that was asked for, empty if unknown.

    `base`: what stands before the path of its type.
    """
    document = {
        "type": f"{base}/problems/{failure.code}",
        "title": failure.title,
        "status": failure.status,
        "detail": failure.detail,
        "instance": instance,
        **failure.more,
    }
    headers = {**failure.headers, "Content-Language": language, "Vary": "Accept-Language"}
    return Response(orjson.dumps(document), failure.status, headers, MEDIA_TYPE)


def unforeseen(request: Request, error: Exception) -> Response:
    """500, without internal details; the log gets the traceback, but not the message, which may hold personal data."""
    trace = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s unforeseen %s\n%s", getattr(request.state, "number", "-"), type(error).__name__, trace)
    failure = general(language_of(request), 500, "unforeseen", "unforeseen", problem=type(error).__name__)
    return response_of(request, failure)


async def _on_domain(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.AlumnimatchError)  # noqa: S101 - registered for this class
    error = _counted(request, error)
    failure = failure_of(error, language_of(request))
    if isinstance(error, errors.AccessError):
        _note_refusal(request, error)
    if error.code in FAILED_LOGINS:
        with suppress(errors.StoreError):
            await run_in_threadpool(note_failure, request.app.state.held.app, VISITOR, error.code)
    if failure.status >= 500 and not isinstance(error, errors.Overloaded):
        log.warning("failed %s %s", type(error).__name__, error.code)
    if error.code == "not_logged_in" and wants_page(request) and request.method == "GET":
        where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/inloggen?{urlencode({'naar': where})}", 303)
    return response_of(request, failure)


def _counted(request: Request, error: errors.AlumnimatchError) -> errors.AlumnimatchError:
    """The error itself; a failed attempt that exceeds the limit of its kind and address becomes RateLimited."""
    kind = FAILED_LOGINS.get(error.code)
    if kind is not None:
        try:
            request.app.state.held.limits.count(kind, client_of(request))
        except errors.RateLimited as too_often:
            return too_often
    return error


def _note_refusal(request: Request, error: errors.AccessError) -> None:
    """Logs a refusal for security monitoring: random key, role and route, and nothing that was typed."""
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
    if error.status_code == 400 and (refusal := await _refusal(request)) is not None:  # of a body
        return refusal
    if error.status_code == 405:
        allowed = ", ".join(methods_of(request))
        failure = general(
            language, 405, "method_not_allowed", "method_not_allowed", method=request.method, allowed=allowed
        )
        failure.headers["Allow"] = allowed
    elif error.status_code == 404:
        code = "page_not_found" if wants_page(request) else "route_not_found"
        failure = general(language, 404, code, "not_found")
    else:
        failure = general(language, error.status_code, "bad_request", "bad_request")
    return response_of(request, failure)


def methods_of(request: Request) -> list[str]:
    """The methods that this address answers to, for `Allow`: those of all its routes, and HEAD wherever GET is one."""
    routes = [route for route in request.app.routes if not isinstance(route, Mount)]
    methods = {
        method
        for method in METHODS - {"HEAD"}
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    }
    return sorted(methods | {"HEAD"} if "GET" in methods else methods or {"GET", "HEAD"})  # files are read, no more


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    if (refusal := await _refusal(request)) is not None:
        return refusal
    language = language_of(request)
    fields = [_field_problem(language, item) for item in error.errors()[:MOST_FIELDS]]
    code, values = "validation", {}
    if wants_page(request):
        code = "page_validation"
        values = {"fields": "; ".join(f"{item['field'].split('.')[-1]}: {item['detail']}" for item in fields)}
    failure = general(language, 422, code, "validation", **values)
    failure.more["errors"] = fields
    return response_of(request, failure)


async def _refusal(request: Request) -> Response | None:
    """The answer to whoever may not ask at all: parameters and body are judged before, or beside, who it is."""
    try:
        await run_in_threadpool(request.app.state.check, request)
    except errors.AlumnimatchError as error:
        return await _on_domain(request, error)
    return None


def _field_problem(language: Language, item: dict[str, Any]) -> dict[str, str]:
    """One field problem; the value itself is not echoed: it may hold anything."""
    code = str(item["type"])
    context = {name: value for name, value in item.get("ctx", {}).items() if isinstance(value, str | int | float)}
    known = lookup(language, f"errors.fields.{code}") is not None
    detail = say(language, f"errors.fields.{code if known else 'other'}", **context)
    return {"field": ".".join(str(part) for part in item["loc"]), "code": code, "detail": detail}


def install(app: FastAPI, check: Callable[[Request], object]) -> None:
    """Registers the handlers. `check`: raises where whoever asks may not use the route of a request."""
    app.state.check = check
    app.add_exception_handler(errors.AlumnimatchError, _on_domain)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
