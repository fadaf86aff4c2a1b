"""Logging in and out: by the school's login service, a link by mail, a token, or in the demo by picking a role."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.http.languages import PageLanguage
from api.http.state import State, state_of
from api.login import access
from api.login.access import BACK, Code
from api.settings import Settings
from api.web.flash import done
from api.web.render import render
from matcher.errors import ConfigurationError, Forbidden
from matcher.policy import VISITOR, Action, Asker, Role
from matcher.services import access as services

if TYPE_CHECKING:
    from api.login.oidc import LoginService

router = APIRouter(include_in_schema=False)
DEMO = "demo"
"""The setting by which visitors log in as any user."""
_TO = "naar"
_EDUID = "eduid"
_UNKNOWN, _LINKING = "/inloggen/eduid", "/inloggen/koppelen"
WAITS = timedelta(minutes=15)
"""How long an eduID that is linked to nobody can be linked: as long as a login link works."""
_TILES = (
    Role.TEACHER, Role.ALUMNUS, Role.ADVISER, Role.COORDINATOR,
    Role.PLACEMENT, Role.PARTNER, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR,
)  # fmt: skip
"""The tiles of the demo, in this order."""
_FIRST = {
    Role.ADVISER: "/advies",
    Role.PLACEMENT: "/aanvragen",
    Role.PARTNER: "/aanbod",
    Role.PRIVACY_OFFICER: "/log",
}
"""Where the job of a tile begins, if not on the home page."""

Where = Annotated[str, Query(alias=_TO, max_length=500)]


def inside(address: str) -> str:
    """A local address to redirect to; the home page for anything else, so that no link leads to another site."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if plain else "/"


@router.get("/inloggen", dependencies=[Depends(access.open_to_all)])
def page(request: Request, language: PageLanguage, to: Where = "/") -> HTMLResponse:
    """The login page."""
    state = state_of(request)
    values: dict[str, object] = {"way": state.settings.login, "to": inside(to), "tiles": [], "schools": []}
    values["mail"] = state.mailer is not None
    service = request.app.state.login_service
    values["eduid"] = service is not None and service.takes_alumni
    if state.settings.login == DEMO:
        schools = services.demo_schools(state.app, VISITOR)
        values |= {"tiles": [role.value for role in _TILES], "schools": schools}
    return render(request, language, "login.html", values, area="start")


@router.post("/inloggen/demo", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
def demo(
    request: Request,
    role: Annotated[Role, Form(alias="rol")],
    school: Annotated[str, Form(max_length=200)] = "",
    alumnus: Annotated[str, Form(alias="alumnus", max_length=200)] = "",
    to: Annotated[str, Form(alias=_TO, max_length=500)] = "/",
) -> Response:
    """Logs in to the demo, as any user; without a school as the demo's own of that role, at the page of its job.

    Raises UnknownId, and Forbidden outside the demo.
    """
    state = state_of(request)
    if state.settings.login != DEMO:
        raise Forbidden("login_elsewhere")
    former = access.session_secret(request)
    entry = services.enter_demo(state.app, VISITOR, role, school, alumnus, former=former)
    asked_for = inside(to)
    first = _FIRST.get(role, "/") if asked_for == "/" and not school else asked_for
    response = RedirectResponse("/mij" if role is Role.ALUMNUS else first, 303)
    access.log_in(request, response, entry)
    return response


@router.post("/inloggen/token", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
def by_token(
    request: Request,
    token: Annotated[str, Form(max_length=200)],
    to: Annotated[str, Form(alias=_TO, max_length=500)] = "/",
) -> Response:
    """Logs in with a token of the command line: for a laptop without a login service. Raises NotLoggedIn."""
    former = access.session_secret(request)
    entry = services.enter_with_token(state_of(request).app, VISITOR, token.strip(), former=former)
    response = RedirectResponse(inside(to), 303)
    access.log_in(request, response, entry)
    return response


@router.post(
    "/inloggen/link",
    dependencies=[Depends(access.open_to_all), Depends(access.login_attempt), Depends(access.link_asked)],
)
def ask_link(
    request: Request,
    language: PageLanguage,
    email: Annotated[str, Form(max_length=320)],
) -> HTMLResponse:
    """Mails an alumnus a login link. The answer and its timing are the same whether the address is known or not."""
    state = state_of(request)
    if state.mailer is not None:
        state.ask_login_link(email.strip())
    return render(request, language, "link.html", {"code": None})


@router.get("/inloggen/link/{code}", dependencies=[Depends(access.open_to_all)])
def show_link(request: Request, language: PageLanguage, code: Code) -> HTMLResponse:
    """The page of a link: with a button, since mail scanners open every link in a message."""
    return render(request, language, "link.html", {"code": code})


@router.post("/inloggen/link/{code}", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
def use_link(request: Request, code: Code) -> Response:
    """Uses up a link. Raises NotLoggedIn for one that is unknown, used or too old."""
    former = access.session_secret(request)
    entry = services.enter_with_link(state_of(request).app, VISITOR, code, former=former)
    response = RedirectResponse("/mij" if _waiting(request) is None else _LINKING, 303)
    access.log_in(request, response, entry)
    return response


@router.get("/inloggen/school", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
async def start(request: Request, to: Where = "/") -> Response:
    """Redirects to the school's login service."""
    service = _service(request)
    request.session[_TO] = inside(to)
    return await service.start(request)


@router.get(BACK, dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
async def back(request: Request) -> Response:
    """Handles the return from the login service."""
    service = _service(request)
    claims = await service.finish(request)
    to = inside(str(request.session.pop(_TO, "/")))
    request.session.clear()
    login, app = service.login(claims), state_of(request).app

    def enter() -> Response:
        former = access.session_secret(request)
        if login.alumnus:
            entry = services.enter_with_eduid(app, VISITOR, login, former=former)
            if entry is None:
                request.session[_EDUID] = [login.issuer, login.subject, app.clock.now().isoformat()]
                return RedirectResponse(_UNKNOWN, 303)
        else:
            entry = services.enter_from_school(app, VISITOR, login, former=former)
        response = RedirectResponse("/mij" if to == "/" and entry.asker.role is Role.ALUMNUS else to, 303)
        access.log_in(request, response, entry)
        return response

    return await run_in_threadpool(enter)


@router.get(_UNKNOWN, dependencies=[Depends(access.open_to_all)])
def unknown_eduid(request: Request, language: PageLanguage) -> Response:
    """Of an eduID that is linked to nobody: asks for a login link, which proves whose record it may be linked to."""
    if _waiting(request) is None:
        return RedirectResponse("/inloggen", 303)
    return render(request, language, "eduid.html", {"mail": state_of(request).mailer is not None, "may_link": False})


@router.get(_LINKING)
def offer_linking(request: Request, language: PageLanguage, asker: access.Anybody) -> Response:
    """After a mailed link, in the browser that has the eduID: asks whether both are to be linked."""
    if _waiting(request) is None or asker.role is not Role.ALUMNUS:
        return RedirectResponse("/mij" if asker.role is Role.ALUMNUS else "/", 303)
    return render(request, language, "eduid.html", {"mail": False, "may_link": True})


@router.post(_LINKING, dependencies=[Depends(access.form_is_ours), Depends(access.need_fresh_login)])
def link(request: Request, asker: Annotated[Asker, Depends(access.may(Action.PERSON_CORRECT))]) -> Response:
    """Links the eduID of this browser to the alumnus who came in by a mailed link. Raises Forbidden."""
    waiting = _waiting(request)
    if waiting is None:
        raise Forbidden("eduid_gone")
    services.link_eduid(state_of(request).app, asker, *waiting)
    request.session.clear()
    return done("/mij", "eduid-gekoppeld")


@router.post("/sessies/eduid", dependencies=[Depends(access.form_is_ours), Depends(access.need_fresh_login)])
def unlink(request: Request, asker: Annotated[Asker, Depends(access.may(Action.PERSON_CORRECT))]) -> Response:
    """Unlinks the eduID of the asking alumnus, and ends its sessions."""
    services.unlink_eduid(state_of(request).app, asker)
    return done("/sessies", "eduid-ontkoppeld")


def _waiting(request: Request) -> tuple[str, str] | None:
    """The identity that this browser came back with from the login service in the last quarter of an hour."""
    if request.app.state.login_service is None:
        return None
    kept = request.session.get(_EDUID)
    if not isinstance(kept, list) or len(kept) != 3:
        return None
    issuer, subject, at = map(str, kept)
    since = state_of(request).app.clock.now() - datetime.fromisoformat(at)
    return (issuer, subject) if timedelta(0) <= since <= WAITS else None


@router.post("/uitloggen", dependencies=[Depends(access.open_to_all), Depends(access.form_is_ours)])
def leave(request: Request) -> Response:
    """Ends the session."""
    response = RedirectResponse("/inloggen", 303)
    access.log_out(request, response)
    return response


@router.get("/sessies")
def sessions(request: Request, language: PageLanguage, asker: access.Anybody) -> HTMLResponse:
    """The open sessions of the account."""
    secret = access.session_secret(request)
    values: dict[str, object] = {"sessions": services.sessions(state_of(request).app, asker, secret)}
    values["eduid"] = asker.role is Role.ALUMNUS and services.has_eduid(state_of(request).app, asker)
    return render(request, language, "sessions.html", values)


@router.post("/sessies/einde", dependencies=[Depends(access.form_is_ours)])
def leave_everywhere(request: Request, asker: access.Anybody) -> Response:
    """Ends every session of the account, this one too."""
    services.leave_everywhere(state_of(request).app, asker)
    response = RedirectResponse("/inloggen", 303)
    access.forget(request, response)
    return response


def _service(request: Request) -> LoginService:
    service = request.app.state.login_service
    if service is None:
        raise Forbidden("login_elsewhere")
    return cast("LoginService", service)


def checked(settings: Settings, state: State) -> LoginService | None:
    """The login service, if set. Raises ConfigurationError for an unsafe way to log in."""
    if settings.login == "oidc":
        from api.login.oidc import LoginService

        return LoginService(settings)
    if settings.login == DEMO and not services.is_demo(state.app, VISITOR):
        raise ConfigurationError("login_demo_foreign")
    return None
