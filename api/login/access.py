"""Access: the asker is a browser with a session or a system with a token; and the right that each route needs.

Every route depends on `may(...)`, or declares with `open_to_all` that it shows no personal data; a test checks each.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Annotated, Any, cast

from fastapi import Depends, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from starlette.responses import Response

from api.http.rate_limits import client_of
from api.http.state import state_of
from matcher.errors import Forbidden, NotLoggedIn, UnknownId
from matcher.policy import VISITOR, Action, Asker
from matcher.services import access
from matcher.services.access import Entry

if TYPE_CHECKING:
    from api.settings import Settings
    from matcher.repositories.values import Session
    from matcher.services.app import App

BACK = "/inloggen/terug"
"""Where a login service sends a browser back to."""
PLAIN_COOKIE = "alumnimatch"
FORM_FIELD = "formulier"
Code = Annotated[str, Path(min_length=20, max_length=100, pattern=r"^[\w-]+$")]
"""The secret of a link by mail, in an address."""
RANKINGS = frozenset(
    {
        Action.MATCH,
        Action.MATCH_UNSAVED,
        Action.PLAN,
        Action.RECOMMEND,
        Action.AUDIENCE,
        Action.EXPLAIN,
        Action.AUDIT_REPLAY,
    }
)
"""Expensive actions, which are rate-limited."""


def cookie_name(settings: Settings, plain: str = PLAIN_COOKIE) -> str:
    """The name of a cookie, by default that of the session.

    Over https with a prefix that makes browsers accept it from this host only (RFC 6265bis).
    """
    return f"__Host-{plain}" if settings.secure else plain


def set_cookie(response: Response, settings: Settings, plain: str, value: str, seconds: int | None = None) -> None:
    """Gives a browser a cookie that scripts and other sites do not see."""
    response.set_cookie(
        cookie_name(settings, plain),
        value,
        max_age=seconds,
        httponly=True,
        secure=settings.secure,
        samesite="lax",
        path="/",
    )


def session_of(request: Request, app: App | None = None) -> Session | None:
    """The session of a browser, looked up once per request, by `app` or that of the server; None without one."""
    if not hasattr(request.state, "session"):
        state = state_of(request)
        secret = request.cookies.get(cookie_name(state.settings))
        request.state.session = access.session(app or state.app, VISITOR, secret) if secret else None
    return cast("Session | None", request.state.session)


def asker(request: Request, app: App | None = None) -> Asker | None:
    """The asker of a request, looked up once, by `app` or that of the server; None if unknown.

    A cookie does not replace an invalid token.
    """
    if not hasattr(request.state, "asker"):
        state = state_of(request)
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            request.state.asker = access.token_holder(app or state.app, VISITOR, secret.strip())
            if request.state.asker is None:
                state.limits.count("token", client_of(request))
        else:
            session = None if _is_program(request) else session_of(request, app)
            request.state.asker = session.asker if session else None
    return cast("Asker | None", request.state.asker)


def _is_program(request: Request) -> bool:
    """Whether this changes something through the API: a cookie is not enough there, since other sites could use it."""
    return request.method not in {"GET", "HEAD"} and request.url.path.startswith("/v1/")


def known(request: Request, app: App | None = None) -> Asker:
    """The asker of a request, looked up by `app` or that of the server. Raises NotLoggedIn."""
    current = asker(request, app)
    if current is None:
        raise NotLoggedIn("not_logged_in")
    return current


def opening(request: Request, asker: Asker) -> AbstractContextManager[None]:
    """Around asking for one alumnus by id: an asker who does not see all alumni may be refused only so often.

    Raises RateLimited.
    """
    if asker.may(Action.ALUMNI_REGISTER):
        return nullcontext()
    return state_of(request).limits.counting(UnknownId, "refused", str(asker.key))


def may(action: Action) -> Callable[[Request], Asker]:
    """A dependency that returns the asker, if their role may do this. Raises NotLoggedIn, Forbidden.

    Raises ValueError, when the route is defined, for an action that ranks: those need `may_rank`.
    """
    if action in RANKINGS:
        raise ValueError(action.value)

    def allowed(request: Request) -> Asker:
        asker = known(request)
        asker.scope(action)
        return asker

    allowed.needs = action  # type: ignore[attr-defined]
    return allowed


def may_rank(action: Action) -> Any:
    """The `Depends` of a route that ranks: as `may`, and a slot and a turn while the route works.

    Both end when the route returns, before its answer is sent: a client that reads slowly keeps no one waiting.
    Raises also RateLimited and Overloaded.
    """

    def allowed(request: Request) -> Iterator[Asker]:
        asker = known(request)
        asker.scope(action)
        state = state_of(request)
        state.limits.count("ranking", str(asker.key))
        with state.slots:
            yield asker

    allowed.needs = action  # type: ignore[attr-defined]
    return Depends(allowed, scope="function")


def check(request: Request) -> None:
    """That whoever asks may use the route: before anybody is told what is wrong with the parameters or the body.

    Raises NotLoggedIn, Forbidden, RateLimited. Nothing for a route that is open to all.
    """
    route = request.scope.get("route")
    for one in route.dependant.dependencies if isinstance(route, APIRoute) else ():
        action = getattr(one.call, "needs", None)
        if action is not None:
            known(request).scope(action)
        elif one.call is anybody:
            known(request)


class Later:
    """Who asks, for a route that finds that out where it works: in the thread and the reading that it has anyway."""

    def __init__(self, request: Request, action: Action) -> None:
        self._request, self._action = request, action

    @contextmanager
    def reading(self) -> Iterator[tuple[App, Asker]]:
        """An app that reads one state of the data, and the asker by that state, who may do this.

        Raises NotLoggedIn, Forbidden, RateLimited.
        """
        state = state_of(self._request)
        with state.app.one_reading() as app:
            current = known(self._request, app)
            current.scope(self._action)
            state.limits.count("ranking", str(current.key))
            yield app, current


def may_rank_later(action: Action) -> Any:
    """As `may_rank`, for a route that asks who it is by `Later.reading`, and whose use case takes the turn itself.

    Whoever brings neither token nor cookie is refused at once.
    """

    async def allowed(request: Request) -> Later:
        if not ("authorization" in request.headers or cookie_name(state_of(request).settings) in request.cookies):
            raise NotLoggedIn("not_logged_in")
        return Later(request, action)

    allowed.needs = action  # type: ignore[attr-defined]
    return Depends(allowed)


async def open_to_all() -> None:
    """A dependency that declares: this shows no personal data."""


def login_attempt(request: Request) -> None:
    """A dependency of every route where secrets could be guessed; failures are counted in `api/http/errors.py`.

    Forms sent from another site are refused by their Fetch Metadata headers: otherwise that site could log a visitor in
    to someone else's account. Raises Forbidden.
    """
    if request.method != "GET" and request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        raise Forbidden("foreign_form")


def link_asked(request: Request) -> None:
    """A dependency of the form that asks for a login link: each counts, since none may be seen to fail.

    Raises RateLimited, per client address.
    """
    state_of(request).limits.count("link", client_of(request))


def anybody(request: Request) -> Asker:
    """A dependency for pages that every logged-in user may see. Raises NotLoggedIn."""
    return known(request)


async def form_is_ours(request: Request) -> None:
    """A dependency of every form: checks that it was issued to this session, not by another site. Raises Forbidden."""
    session = await run_in_threadpool(session_of, request)
    form = await request.form()
    sent = str(form.get(FORM_FIELD, ""))
    if session is None or not hmac.compare_digest(session.form_token.encode(), sent.encode("utf-8", "replace")):
        await form.close()  # a file that came with it
        raise Forbidden("foreign_form")


def need_fresh_login(request: Request) -> None:
    """A dependency for changing login details: an unattended open browser is not enough. Raises Forbidden."""
    session = session_of(request)
    if session is None or not session.fresh:
        raise Forbidden("login_not_fresh")


def session_secret(request: Request) -> str:
    """The secret of the session that this browser has; empty without one."""
    return request.cookies.get(cookie_name(state_of(request).settings), "")


def log_in(request: Request, response: Response, entry: Entry) -> None:
    """Gives the browser its new session."""
    set_cookie(response, state_of(request).settings, PLAIN_COOKIE, entry.secret)


def log_out(request: Request, response: Response) -> None:
    """Ends the session of this browser, here and in every other process."""
    session, secret = session_of(request), session_secret(request)
    if session is not None:
        access.leave(state_of(request).app, session.asker, secret)
    forget(request, response)


def forget(request: Request, response: Response) -> None:
    """Makes the browser drop its cookie and the pages that it stored."""
    settings = state_of(request).settings
    response.delete_cookie(cookie_name(settings), path="/", secure=settings.secure, httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


Anybody = Annotated[Asker, Depends(anybody)]
