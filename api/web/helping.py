"""Help: a guide for each role with a picture, the words that are used, how programs ask, and five first steps."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from markdown_it import MarkdownIt
from markdown_it.token import Token
from starlette.responses import RedirectResponse, Response

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import Anybody, form_is_ours, set_cookie
from api.web.render import render, static_address
from api.web.tour import COOKIE, GONE, start_of
from matcher.errors import UnknownId
from matcher.locale import Language
from matcher.policy import LOGIN_ROLES, Role

router = APIRouter(include_in_schema=False)
GUIDES = Path(__file__).parent / "guides"
WORDS, PROGRAMS = "begrippen", "api"
YEAR = 365 * 24 * 3600
_CLASSES = {"p": "nl-paragraph", "a": "nl-link", "table": "plain", "img": "shot"}


@router.get("/hulp")
def own(request: Request, language: PageLanguage, asker: Anybody) -> HTMLResponse:
    """The guide of the asker's role."""
    return _page(request, language, asker.role.value, asker.role)


@router.get("/hulp/begrippen")
def words(request: Request, language: PageLanguage, asker: Anybody) -> HTMLResponse:
    """What the words of the pages mean."""
    return _page(request, language, WORDS, asker.role)


@router.get("/hulp/api")
def programs(request: Request, language: PageLanguage, asker: Anybody) -> HTMLResponse:
    """How a program asks, with examples."""
    return _page(request, language, PROGRAMS, asker.role)


@router.get("/hulp/{role}")
def of_role(request: Request, language: PageLanguage, asker: Anybody, role: str) -> HTMLResponse:
    """The guide of another role. Raises UnknownId for what is no role."""
    if role not in {one.value for one in LOGIN_ROLES}:
        raise UnknownId("unknown_page")
    return _page(request, language, role, asker.role)


@router.post("/hulp/rondleiding", dependencies=[Depends(form_is_ours)])
def end_tour(request: Request, asker: Anybody) -> Response:
    """Shows this browser the first steps no more."""
    response = RedirectResponse(start_of(asker.role), 303)
    set_cookie(response, state_of(request).settings, COOKIE, GONE, YEAR)
    return response


def _page(request: Request, language: Language, name: str, role: Role) -> HTMLResponse:
    values = {
        "guide": guide(language, name),
        "name": name,
        "own": role.value,
        "roles": [one.value for one in LOGIN_ROLES],
    }
    return render(request, language, "help.html", values, area="help")


@cache
def guide(language: Language, name: str) -> str:
    """A guide as HTML; its pictures are static files, and its parts bear the class names of all pages."""
    parser = MarkdownIt("commonmark", {"html": False})
    tokens = parser.parse((GUIDES / language / f"{name}.md").read_text("utf-8"))
    for token in tokens:
        _dress(token)
        for child in token.children or ():
            _dress(child)
    return str(parser.renderer.render(tokens, parser.options, {}))


def _dress(token: Token) -> None:
    if token.type == "heading_open":
        token.attrSet("class", f"nl-heading nl-heading--level-{token.tag[1:]}")
    elif token.nesting >= 0 and token.tag in _CLASSES:
        token.attrSet("class", _CLASSES[token.tag])
    if token.type == "image":
        picture = f"guide-{token.attrs['src']}.png"
        token.attrs["src"] = static_address(picture)
        token.attrs |= {"width": "900", "height": "560", "loading": "lazy"}
