"""Rendering of templates, and static files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from api.http.failures import Failure
from api.http.languages import COOKIE
from api.login.access import FORM_FIELD, cookie_name, set_cookie
from api.web import wording
from api.web.flash import BACK, CODE, flash_of
from api.web.menu import instead_of, is_closed, menu_of
from api.web.tour import COOKIE as TOUR
from api.web.tour import tour_of
from matcher.domain.kinds import PURPOSES
from matcher.locale import LANGUAGES, Language, decimals, say
from matcher.policy import Action
from matcher.services import work
from matcher.services.work import Counts

HERE = Path(__file__).parent
YEAR = 365 * 24 * 3600
KEPT = {"Cache-Control": f"public, max-age={YEAR}, immutable"}
"""The headers of what changes its address when it changes."""


class Static(StaticFiles):
    """Files with their hash in the address, which browsers may cache for a year."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        """The file."""
        response = super().file_response(*args, **options)
        response.headers.update(KEPT)
        return response


def static_files() -> StaticFiles:
    """The style sheet and the mark."""
    return Static(directory=HERE / "static")


@cache
def static_address(name: str) -> str:
    """The address of a static file, which changes with its content."""
    digest = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"static": static_address, "address": address}
    return environment


def template(name: str) -> Template:
    """A template, which escapes its values."""
    return _environment().get_template(name)


def address(*path: str, **query: object) -> str:
    """A link: path segments and query values are escaped; empty values are left out."""
    where = "/" + "/".join(quote(part, safe="") for part in path)
    pairs = [(name, str(value)) for name, value in query.items() if value not in {None, ""}]
    return f"{where}?{urlencode(pairs)}" if pairs else where


def render(
    request: Request,
    language: Language,
    name: str,
    values: Mapping[str, object],
    status: int = 200,
    *,
    area: str = "",
    counted: bool = True,
) -> HTMLResponse:
    """A rendered page. A language chosen in the address is stored in a cookie.

    `area`: of the sentences that are its own (`s`), besides those of all pages (`t`). `counted`: whether the menu tells
    what waits, for which the database is asked.
    """

    def t(key: str, **words_: object) -> str:
        return say(language, f"pages.{key}", **words_)

    def s(key: str, **words_: object) -> str:
        return say(language, f"{area}.{key}", **words_)

    def f(key: str, **words_: object) -> str:
        return say(language, f"shell.{key}", **words_)

    def a(key: str, **words_: object) -> str:
        return say(language, f"asking.{key}", **words_)

    def word(group: str, code: str) -> str:
        return say(language, f"words.{group}.{code}")

    def label(field: str) -> str:
        return say(language, f"fields.alumni.{field}.label")

    def day(value: date) -> str:
        return wording.short_day(language, value)

    held = request.app.state.held
    asker = getattr(request.state, "asker", None)  # set by the route; an error page does not query the database
    session = getattr(request.state, "session", None)
    counts = work.counts(held.app, asker, held.counted) if asker is not None and counted else Counts()
    common = {
        "t": t,
        "s": s,
        "f": f,
        "a": a,
        "word": word,
        "label": label,
        "day": day,
        "moment": lambda value: wording.stamp(language, value),
        "decimals": lambda value: decimals(language, value),
        "language": language,
        "here": request.url.path,
        "other_language": _other_language(request, language),
        "demo": held.settings.today is not None,
        "reads_meaning": held.app.engine.current.reads,
        "asker": asker,
        "closed": {purpose.value for purpose in counts.closed},
        "closed_words": {PURPOSES[purpose].word for purpose in counts.closed},
        "tour": tour_of(request, asker, cookie_name(held.settings, TOUR)) if session else (),
        "just_done": flash_of(request, language, area),
        "theme": held.theme,
        "closed_page": is_closed(counts, request.url.path),
        "menu": menu_of(asker, counts, request.url.path),
        "may": lambda action: asker is not None and asker.may(Action(action)),
        "shown": lambda field, value: wording.field_value(language, field, value),
        "form_token": session.form_token if session else "",
        "form_field": FORM_FIELD,
    }
    html = template(name).render({**common, **values})
    headers = {"Content-Language": language, "Vary": "Cookie"}
    response = HTMLResponse(html, status, headers)
    if request.query_params.get("lang") in LANGUAGES:
        set_cookie(response, held.settings, COOKIE, language, YEAR)
    return response


def _other_language(request: Request, language: Language) -> dict[str, str]:
    other = next(item for item in LANGUAGES if item != language)
    others = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in {"lang", CODE} and not name.startswith(BACK)
    ]
    path = quote("/" + request.url.path.lstrip("/"), safe="/%:@!$&'()*+,;=~-._")
    return {
        "code": other,
        "name": say(other, "pages.common.this_language"),
        "address": f"{path}?{urlencode([*others, ('lang', other)])}",
    }


def error_page(request: Request, language: Language, failure: Failure) -> Response:
    """An error as a page: the problem and its remedy."""
    asker = getattr(request.state, "asker", None)
    instead = instead_of(asker, request.url.path) if failure.status == HTTPStatus.FORBIDDEN else ""
    values = {"failure": failure, "instead": instead}
    response = render(request, language, "error.html", values, failure.status, counted=False)
    response.headers.update(failure.headers)
    return response
