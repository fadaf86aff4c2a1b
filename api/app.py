"""The web application: routes, pages, errors and headers around one engine."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from starlette.middleware.sessions import SessionMiddleware

from api import apart, wiring
from api.error_text import error_sentence
from api.http import errors
from api.http.middleware import OuterMiddleware
from api.http.openapi import Api
from api.http.state import State
from api.login import pages as login
from api.login.access import check, cookie_name
from api.routes import (
    aftercare,
    conflicts,
    corrections,
    drafts,
    figures,
    health,
    imports,
    inbox,
    ledger,
    lists,
    matches,
    oeapi,
    people,
    plans,
    questions,
    requests,
    segments,
    skills,
    trials,
)
from api.settings import Settings
from api.source_server import opened
from api.web import (
    administrator,
    adviser,
    alumnus,
    balance,
    calendar,
    catalogue,
    compare,
    coordinator,
    duplicates,
    explanation,
    feedback,
    first_yes,
    gatherings,
    grades,
    helping,
    home,
    mine,
    offers,
    own_fields,
    privacy_officer,
    replies,
    reply,
    setup,
    stop,
    talk,
    teacher,
    theme,
    users,
    welcome,
    wishes,
)
from api.web import aftercare as aftercare_pages
from api.web import figures as web_figures
from api.web import plans as board
from api.web import requests as web_requests
from api.web import segments as groups
from api.web import skills as meanings
from api.web import sources as web_sources
from api.web import trials as flights
from api.web.render import static_files
from matcher.errors import AlumnimatchError
from matcher.ports import Mailer

if TYPE_CHECKING:
    from matcher.services.app import App
    from matcher.services.due_sources import Opened

ABOUT = """
Matches alumni of Dutch vocational schools (mbo) to roles at the school and to courses. Every match carries the terms
of its score: `score` is the sum of `points`. A computer ranks and explains; a person decides.

Sentences come in Dutch or English, by `Accept-Language`. Errors are RFC 9457 problems (`application/problem+json`).
No answer holds a name, an e-mail address, a telephone number or free text of an alumnus, but for `/v1/people`, which
answers what is known about a person to that person, or to the coordinator of the own school on his or her request.

Send a token (`Authorization: Bearer am_...`; `alumnimatch token new`). What it may do is in the table of rights.
"""
TAGS = [
    {"name": "matches", "description": "Rankings and their explanation."},
    {"name": "lists", "description": "What there is to ask about, by page."},
    {"name": "oeapi", "description": "Courses as an Open Education API v6 (openonderwijsapi.nl), to read only."},
    {"name": "people", "description": "What a person may ask: what is known, consent, erasure. And the log."},
    {"name": "requests", "description": "The life of a request, and who was asked for it."},
    {"name": "figures", "description": "What was asked and what came of it, in counts."},
    {"name": "imports", "description": "Lists of the own school in, and back."},
    {"name": "health", "description": "For operators."},
]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Builds the first pool while the server already answers, and sends mail until it stops."""
    state = cast("State", app.state.held)
    state.start_warming()
    state.start_sending()
    state.start_fetching()
    state.importer.start()
    state.reader.start()
    state.follower.start()
    state.sources.start()
    yield
    await run_in_threadpool(state.stop)


def create_app(app: App, settings: Settings, mailer: Mailer | None = None, *, sources: Opened = opened) -> FastAPI:
    """The app around an engine; reads nothing from the environment. `sources`: opens servers of courses."""
    web = Api(
        title="alumnimatch",
        version="1",
        summary="Alumni for requests, courses and roles for alumni, with reasons that are exactly the score.",
        description=ABOUT,
        openapi_tags=TAGS,
        docs_url=None,  # these load scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
        redirect_slashes=False,
    )
    web.state.held = State(app, settings, mailer, sources)
    web.state.login_service = login.checked(settings, web.state.held)
    errors.install(web, check)
    pages = (
        home,
        login,
        reply,
        welcome,
        web_requests,
        stop,
        compare,
        offers,
        catalogue,
        teacher,
        talk,
        adviser,
        alumnus,
        mine,
        calendar,
        explanation,
        grades,
        board,
        flights,
        balance,
        web_figures,
        wishes,
        coordinator,
        aftercare_pages,
        first_yes,
        groups,
        feedback,
        gatherings,
        duplicates,
        own_fields,
        meanings,
        replies,
        privacy_officer,
        administrator,
        theme,
        users,
        web_sources,
        setup,
        helping,
    )
    api = (
        matches,
        questions,
        plans,
        trials,
        requests,
        lists,
        oeapi,
        drafts,
        people,
        aftercare,
        segments,
        ledger,
        figures,
        corrections,
        skills,
        conflicts,
        imports,
        inbox,
        health,
    )
    for part in (*api, *pages):
        web.router.routes += part.router.routes  # `include_router` would build each anew, at the first request
    web.mount("/static", static_files(), name="static")
    if web.state.login_service is not None and settings.secret_key is not None:
        web.add_middleware(
            SessionMiddleware,  # state, nonce and verifier between redirect and return; then an eduID to be linked
            secret_key=settings.secret_key.get_secret_value(),
            session_cookie=cookie_name(settings, "alumnimatch-login"),
            max_age=900,
            path="/inloggen",
            same_site="lax",
            https_only=settings.secure,
        )
    web.add_middleware(
        OuterMiddleware,
        secure=settings.secure,
        metrics=web.state.held.metrics,
        at_once=settings.requests_at_once,
        seconds=settings.answer_seconds,
    )
    return web


def from_environment() -> FastAPI:
    """The app as `alumnimatch serve` and other ASGI servers run it.

    Ends the process with exit code 3 and a sentence where the environment is wrong: a setting, or the database.
    """
    try:
        return _from_environment()
    except AlumnimatchError as error:
        sys.stderr.write(error_sentence(wiring.language_of_environment(), error) + "\n")
        raise SystemExit(3) from None


def _from_environment() -> FastAPI:
    settings = wiring.load_settings()
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    return create_app(wiring.build_app(settings, apart.build), settings, wiring.build_mailer(settings))
