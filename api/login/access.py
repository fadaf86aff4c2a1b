"""Who asks: a browser with a session or a system with a token; and what each route needs of the table of rights.

Every route depends on `may(...)`, or says with `open_to_all` that it shows nothing of anybody; a test looks at each.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Path, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from api.http.state import state_of
from matcher.errors import Forbidden, NotLoggedIn
from matcher.policy import VISITOR, Action, Asker
from matcher.services import access
from matcher.services.access import Entry

if TYPE_CHECKING:
    from api.settings import Settings
    from matcher.repositories.values import Session

PLAIN_COOKIE = "alumnimatch"
FORM_FIELD = "formulier"
Code = Annotated[str, Path(min_length=20, max_length=100, pattern=r"^[\w-]+$")]
"""The secret of a link by mail, in an address."""
RANKINGS = frozenset({Action.MATCH, Action.MATCH_UNSAVED, Action.RECOMMEND, Action.AUDIENCE, Action.EXPLAIN})
"""What costs time, and is limited."""


def cookie_name(settings: Settings, plain: str = PLAIN_COOKIE) -> str:
    """The name of a cookie, by default that of the session.

    Over https with a prefix by which a browser takes it from this host alone (RFC 6265bis).
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


def session_of(request: Request) -> Session | None:
    """The session of a browser, looked up once a request; None where there is none."""
    if not hasattr(request.state, "session"):
        state = state_of(request)
        secret = request.cookies.get(cookie_name(state.settings))
        request.state.session = access.session(state.app, VISITOR, secret) if secret else None
    return cast("Session | None", request.state.session)


def asker(request: Request) -> Asker | None:
    """The asker of a request, looked up once; None where it is not known.

    A cookie does not take the place of a token that opens nothing.
    """
    if not hasattr(request.state, "asker"):
        state = state_of(request)
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            request.state.asker = access.token_holder(state.app, VISITOR, secret.strip())
            if request.state.asker is None:
                login_attempt(request)
        else:
            session = None if _is_program(request) else session_of(request)
            request.state.asker = session.asker if session else None
    return cast("Asker | None", request.state.asker)


def _is_program(request: Request) -> bool:
    """Whether this changes something by the API: a cookie is not enough there, for other sites could use it."""
    return request.method not in {"GET", "HEAD"} and request.url.path.startswith("/v1/")


def known(request: Request) -> Asker:
    """Who asks. Raises NotLoggedIn."""
    found = asker(request)
    if found is None:
        raise NotLoggedIn("not_logged_in")
    return found


def may(action: Action) -> Callable[[Request], Iterator[Asker]]:
    """A dependency that gives who asks, where the table lets that role do this.

    Raises NotLoggedIn, Forbidden, and for what costs time TooOften and Busy: it has a place until it is answered.
    """

    def allowed(request: Request) -> Iterator[Asker]:
        asker = known(request)
        asker.scope(action)
        if action not in RANKINGS:
            yield asker
            return
        state = state_of(request)
        state.limits.count("ranking", str(asker.key))
        with state.room:
            yield asker

    allowed.needs = action  # type: ignore[attr-defined]
    return allowed


async def open_to_all() -> None:
    """A dependency that says: this shows nothing of anybody."""


def login_attempt(request: Request) -> None:
    """A dependency of what guesses could be made at. Raises TooOften, by the address that asks.

    A form that another site sends is refused by what the browser says of it (Fetch Metadata): else that site could
    log somebody in as somebody else. Raises Forbidden.
    """
    if request.method != "GET" and request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        raise Forbidden("foreign_form")
    state_of(request).limits.count("login", request.client.host if request.client else "")


def anybody(request: Request) -> Asker:
    """A dependency for what everybody who is logged in may see. Raises NotLoggedIn."""
    return known(request)


async def form_is_ours(request: Request) -> None:
    """A dependency of every form: it was made for this session, so no other site sent it. Raises Forbidden."""
    session = await run_in_threadpool(session_of, request)
    sent = str((await request.form()).get(FORM_FIELD, ""))
    if session is None or not hmac.compare_digest(session.form_token.encode(), sent.encode("utf-8", "replace")):
        raise Forbidden("foreign_form")


def need_fresh_login(request: Request) -> None:
    """For what changes how one logs in: a browser that was left open is not enough. Raises Forbidden."""
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
