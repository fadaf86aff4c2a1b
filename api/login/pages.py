"""Coming in and going out: by the school's login service, a link by mail, a token, or in the demo by picking a role."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.http.languages import PageLanguage
from api.http.state import State, state_of
from api.login import access
from api.login.access import LINK_ISSUER, Code
from api.login.oidc import BACK, LoginService
from api.settings import Settings
from api.web.render import render
from matcher.domain.records import RecordKind, owner_of
from matcher.errors import ConfigurationError, Forbidden, NotLoggedIn, UnknownId
from matcher.policy import LOGIN_ROLES, Role

router = APIRouter(include_in_schema=False)
DEMO = "demo"
"""The way in, the issuer of its accounts, and the mark of the demo's database (`api.demo`)."""
_TO = "naar"

Where = Annotated[str, Query(alias=_TO, max_length=500)]


def inside(address: str) -> str:
    """An address of ours to go on to; the home page for anything else, so that no link leads elsewhere."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if plain else "/"


@router.get("/inloggen", dependencies=[Depends(access.open_to_all)])
def page(request: Request, language: PageLanguage, to: Where = "/") -> HTMLResponse:
    """How to come in."""
    state = state_of(request)
    values: dict[str, object] = {"way": state.settings.login, "to": inside(to), "roles": [], "schools": []}
    values["mail"] = state.mailer is not None
    if state.settings.login == DEMO:
        shown_first = state.store.mark(DEMO)
        schools = sorted(state.store.schools(), key=lambda name: name != shown_first)
        values |= {"roles": [role.value for role in LOGIN_ROLES], "schools": schools}
    return render(request, language, "login.html", values)


@router.post("/inloggen/demo", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
def demo(
    request: Request,
    role: Annotated[Role, Form(alias="rol")],
    school: Annotated[str, Form(max_length=200)],
    alumnus: Annotated[str, Form(alias="alumnus", max_length=200)] = "",
    to: Annotated[str, Form(alias=_TO, max_length=500)] = "/",
) -> Response:
    """In the demo: as whom one likes. Raises Forbidden where this is not the demo, UnknownId."""
    state = state_of(request)
    if state.settings.login != DEMO:
        raise Forbidden("login_elsewhere")
    if school not in state.store.schools():
        raise UnknownId("unknown_school", school=school)
    key, subject = None, f"{role.value} {school}"
    if role is Role.ALUMNUS:
        found = state.store.find(RecordKind.ALUMNI, alumnus.strip(), school)
        if not found:
            raise UnknownId("unknown_id", kind="alumnus", id=alumnus.strip(), owner=school)
        key = found[0].key
        subject = f"{subject} {key}"
    asker = state.store.account(DEMO, subject, role, school, key)
    response = RedirectResponse("/mij" if role is Role.ALUMNUS else inside(to), 303)
    access.log_in(request, response, asker)
    return response


@router.post("/inloggen/token", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
def by_token(
    request: Request,
    token: Annotated[str, Form(max_length=200)],
    to: Annotated[str, Form(alias=_TO, max_length=500)] = "/",
) -> Response:
    """With a token of the command line: for a laptop without a login service. Raises NotLoggedIn."""
    state = state_of(request)
    found = state.store.token(token.strip(), state.engine.clock.today())
    if found is None:
        raise NotLoggedIn("token_unknown")
    asker = state.store.token_account(found)
    response = RedirectResponse(inside(to), 303)
    access.log_in(request, response, asker)
    return response


@router.post("/inloggen/link", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
def ask_link(
    request: Request,
    language: PageLanguage,
    email: Annotated[str, Form(max_length=320)],
) -> HTMLResponse:
    """A link by mail for an alumnus. The answer and its time are the same whether the address is known or not."""
    state = state_of(request)
    if state.mailer is not None:
        state.ask_login_link(email.strip())
    return render(request, language, "link.html", {"code": None})


@router.get("/inloggen/link/{code}", dependencies=[Depends(access.open_to_all)])
def show_link(request: Request, language: PageLanguage, code: Code) -> HTMLResponse:
    """The page of a link: a button, for programs that look at mail open every link in it."""
    return render(request, language, "link.html", {"code": code})


@router.post("/inloggen/link/{code}", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
def use_link(request: Request, code: Code) -> Response:
    """Uses a link up. Raises NotLoggedIn for one that is unknown, used or too old."""
    store = state_of(request).store
    key = store.use_link(code, LINK_ISSUER)
    found = store.by_key(RecordKind.ALUMNI, [key]) if key is not None else {}
    if key is None or not found:
        raise NotLoggedIn("link_spent")
    asker = store.account(LINK_ISSUER, str(key), Role.ALUMNUS, owner_of(found[key]), key)
    response = RedirectResponse("/mij", 303)
    access.log_in(request, response, asker)
    return response


@router.get("/inloggen/school", dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
async def start(request: Request, to: Where = "/") -> Response:
    """To the login service of the school."""
    service = _service(request)
    request.session[_TO] = inside(to)
    return await service.start(request)


@router.get(BACK, dependencies=[Depends(access.open_to_all), Depends(access.login_attempt)])
async def back(request: Request) -> Response:
    """Back from the login service."""
    service = _service(request)
    claims = await service.finish(request)
    to = inside(str(request.session.pop(_TO, "/")))
    request.session.clear()
    response = RedirectResponse(to, 303)

    def enter() -> None:
        access.log_in(request, response, service.principal(claims, state_of(request).store))

    await run_in_threadpool(enter)
    return response


@router.post("/uitloggen", dependencies=[Depends(access.open_to_all), Depends(access.form_is_ours)])
def leave(request: Request) -> Response:
    """Ends the session."""
    response = RedirectResponse("/inloggen", 303)
    access.log_out(request, response)
    return response


@router.get("/sessies")
def sessions(request: Request, language: PageLanguage, asker: access.Anybody) -> HTMLResponse:
    """Where the account that asks is logged in."""
    state = state_of(request)
    secret = request.cookies.get(access.cookie_name(state.settings), "")
    values = {"sessions": state.store.open_sessions(asker.key, secret)}
    return render(request, language, "sessions.html", values)


@router.post("/sessies/einde", dependencies=[Depends(access.form_is_ours)])
def leave_everywhere(request: Request, asker: access.Anybody) -> Response:
    """Ends every session of the account that asks, this one too."""
    state = state_of(request)
    count = state.store.close_sessions(asker.key)
    state.store.log(asker, "logout.everywhere", {"sessions": count})
    response = RedirectResponse("/inloggen", 303)
    access.forget(request, response)
    return response


def _service(request: Request) -> LoginService:
    found = request.app.state.login_service
    if found is None:
        raise Forbidden("login_elsewhere")
    return cast("LoginService", found)


def checked(settings: Settings, state: State) -> LoginService | None:
    """The login service, where the settings ask for one. Raises ConfigurationError for a way in that is not safe."""
    if settings.login == "oidc":
        return LoginService(settings)
    if settings.login == DEMO and state.store.mark(DEMO) is None:
        raise ConfigurationError("login_demo_foreign")
    return None
