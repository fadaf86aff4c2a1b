"""The pages of who asks: inviting an alumnus, and who said yes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may
from api.routes.people import helper_out
from api.web.forms import Id, Short
from api.web.render import address, render
from matcher.domain.ledger import Deviation
from matcher.policy import Action, Asker
from matcher.services import invitations

router = APIRouter(include_in_schema=False)


@router.post("/aanvragen/{request_id}/uitnodigen", dependencies=[Depends(form_is_ours)])
def invite(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.INVITE))],
    after: BackgroundTasks,
    request_id: Id,
    alumnus: Annotated[str, Form(min_length=1, max_length=200)],
    school: Annotated[str, Form(max_length=200)] = "",
    alumnus_school: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[Deviation | None, Form(alias="reden")] = None,
) -> Response:
    """A person decides to ask this alumnus."""
    state = state_of(request)
    invited = invitations.invite(
        state.engine,
        asker,
        request_id,
        alumnus,
        school=school or None,
        candidate_school=alumnus_school or None,
        reason=reason,
    )
    after.add_task(state.tell_invited, invited, asker)
    return RedirectResponse(address("aanvragen", request_id, school=school), 303)


@router.get("/aanvragen/{request_id}/ja")
def helpers(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.CONTACT))],
    request_id: Id,
    school: Short = "",
) -> HTMLResponse:
    """Name and address of who said yes."""
    found = invitations.helpers(state_of(request).engine, asker, request_id, school=school or None)
    values = {
        "helpers": [helper_out(one) for one in found],
        "back": address("aanvragen", request_id, school=school),
    }
    return render(request, language, "helpers.html", values)
