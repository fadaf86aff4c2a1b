"""The language of answers: Accept-Language for the API; the query, then the cookie, for pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request

from api.login.access import cookie_name
from matcher.locale import LANGUAGES, Language

COOKIE = "lang"


def negotiated(header: str | None, default: Language = "nl") -> Language:
    """The best of our languages for an Accept-Language header (RFC 9110 12.5.4), else the default."""
    preferences: list[tuple[float, int, Language]] = []
    for position, part in enumerate((header or "").split(",")):
        tag, _, parameters = part.strip().partition(";")
        main = tag.strip().lower().split("-")[0]
        quality = _quality(parameters)
        names = [default] if main == "*" else [language for language in LANGUAGES if language == main]
        if quality > 0:
            preferences += [(-quality, position, name) for name in names]
    return min(preferences)[2] if preferences else default


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


def api_language(request: Request) -> Language:
    """The language of an API answer."""
    return negotiated(request.headers.get("accept-language"))


def page_language(request: Request) -> Language:
    """The language of a page: the chosen one, else that of the settings."""
    settings = request.app.state.held.settings
    for chosen in (request.query_params.get("lang"), request.cookies.get(cookie_name(settings, COOKIE))):
        for language in LANGUAGES:
            if chosen == language:
                return language
    default: Language = settings.language
    return default


def _as_coroutine(function: Callable[[Request], Language]) -> Callable[[Request], Awaitable[Language]]:
    """The function as a coroutine: the thread that FastAPI gives a plain function takes longer than the function."""

    async def as_coroutine(request: Request) -> Language:
        return function(request)

    return as_coroutine


ApiLanguage = Annotated[Language, Depends(_as_coroutine(api_language))]
PageLanguage = Annotated[Language, Depends(_as_coroutine(page_language))]
