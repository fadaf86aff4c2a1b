"""Who may come in: roles of people at the own school, and tokens of its systems."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api.http.languages import PageLanguage
from api.http.state import State, state_of
from api.login.access import form_is_ours, may
from api.web.flash import done
from api.web.render import render
from matcher.errors import InvalidValue
from matcher.locale import Language
from matcher.policy import LOGIN_ROLES, Action, Asker, Role
from matcher.services import access
from matcher.services.access import IssuedToken

router = APIRouter(include_in_schema=False)
Manager = Annotated[Asker, Depends(may(Action.USERS_MANAGE))]
Name = Annotated[str, Form(alias="naam", max_length=access.MOST_NAME)]
RoleField = Annotated[Role, Form(alias="rol")]
TRIAL = "demo roles"
"""In the place of a login service in the demo, so that a role can be given and taken there."""
GRANTED = tuple(role for role in LOGIN_ROLES if role is not Role.ALUMNUS)
"""The roles that can be given; an alumnus is one by being in the register."""


@router.get("/toegang")
def users(request: Request, language: PageLanguage, asker: Manager) -> HTMLResponse:
    """Who has which role, and which tokens there are."""
    return _page(request, language, asker)


@router.post("/toegang/rol", dependencies=[Depends(form_is_ours)])
def grant(request: Request, asker: Manager, name: Name, role: RoleField) -> Response:
    """Gives somebody a role, by the name that the login service knows."""
    state = state_of(request)
    access.grant(state.app, asker, _issuer(state), name, role=role, school=asker.school)
    return done("/toegang", "rol-gegeven")


@router.post("/toegang/rol-weg", dependencies=[Depends(form_is_ours)])
def end(request: Request, asker: Manager, name: Name) -> Response:
    """Takes the role of somebody, who can still log in as a teacher where the login service says so."""
    state = state_of(request)
    access.end_account(state.app, asker, _issuer(state), name)
    return done("/toegang", "rol-weg")


@router.post("/toegang/token", dependencies=[Depends(form_is_ours)])
def new_token(request: Request, language: PageLanguage, asker: Manager, name: Name, role: RoleField) -> HTMLResponse:
    """Makes a token, and shows its secret this once: it is kept nowhere, so there is no address to come back to."""
    issued = access.new_token(state_of(request).app, asker, name, role, asker.school)
    return _page(request, language, asker, issued=issued)


@router.post("/toegang/token-weg", dependencies=[Depends(form_is_ours)])
def revoke(request: Request, asker: Manager, key: Annotated[int, Form(alias="token", ge=1, lt=2**63)]) -> Response:
    """Ends a token."""
    access.revoke_token(state_of(request).app, asker, key)
    return done("/toegang", "token-weg")


def _page(request: Request, language: Language, asker: Asker, *, issued: IssuedToken | None = None) -> HTMLResponse:
    state = state_of(request)
    issuer = _known_issuer(state)
    values = {
        "users": access.users(state.app, asker, issuer) if issuer else (),
        "has_service": bool(issuer),
        "is_trial": issuer == TRIAL,
        "tokens": access.tokens(state.app, asker),
        "roles": [role.value for role in GRANTED],
        "issued": issued,
    }
    return render(request, language, "users.html", values, area="house")


def _issuer(state: State) -> str:
    """The login service. Raises InvalidValue where there is none."""
    issuer = _known_issuer(state)
    if not issuer:
        raise InvalidValue("no_login_service")
    return issuer


def _known_issuer(state: State) -> str:
    """The login service; that of the demo where there is none, which no one logs in by; empty for neither."""
    if state.settings.oidc_issuer:
        return state.settings.oidc_issuer.rstrip("/")
    return TRIAL if state.settings.login == "demo" else ""
