"""The page of own fields of a school: which there are, another name, and away, once it was said how much goes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.error_text import error_sentence
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may
from api.web.render import address, render
from matcher.domain.own_fields import MOST
from matcher.errors import InputError, UnknownId
from matcher.locale import Language, say
from matcher.policy import Action, Asker
from matcher.services import own_fields
from matcher.services.own_fields import Listed

router = APIRouter(include_in_schema=False)
Manager = Annotated[Asker, Depends(may(Action.FIELDS_MANAGE))]
NameAsked = Annotated[str, Query(alias="veld", max_length=100)]
SchoolAsked = Annotated[str, Query(alias="school", max_length=200)]
NameSent = Annotated[str, Form(alias="veld", max_length=100)]
SchoolSent = Annotated[str, Form(alias="school", max_length=200)]


@router.get("/velden")
def listed(request: Request, language: PageLanguage, asker: Manager) -> HTMLResponse:
    """The own fields, with what they hold and how many alumni have a value."""
    return _list(request, language, asker)


def _list(request: Request, language: Language, asker: Asker, problem: str | None = None) -> HTMLResponse:
    found = own_fields.listed(state_of(request).app, asker)
    values = {
        "rows": [_row(language, one) for one in found],
        "most": MOST,
        "problem": problem,
        "names_school": asker.school is None,
    }
    return render(request, language, "own_fields.html", values, 422 if problem else 200, area="own_fields")


def _row(language: Language, one: Listed) -> dict[str, object]:
    field = one.field
    return {
        "field": field,
        "kind": say(language, f"own_fields.kind.{field.kind}"),
        "personal": say(language, f"own_fields.personal_{'yes' if field.personal else 'no'}"),
        "count": one.count,
        "remove": address("velden", "weg", veld=field.name, school=field.school),
    }


@router.post("/velden/naam", dependencies=[Depends(form_is_ours)])
def rename(
    request: Request,
    language: PageLanguage,
    asker: Manager,
    name: NameSent,
    new: Annotated[str, Form(alias="naam", max_length=100)],
    school: SchoolSent = "",
) -> Response:
    """Gives an own field another name."""
    try:
        own_fields.rename(state_of(request).app, asker, name, " ".join(new.split()), school or None)
    except InputError as error:
        return _list(request, language, asker, problem=error_sentence(language, error))
    return RedirectResponse(address("velden", gedaan="anders"), 303)


@router.get("/velden/weg")
def removing(
    request: Request, language: PageLanguage, asker: Manager, name: NameAsked, school: SchoolAsked = ""
) -> HTMLResponse:
    """Asks whether an own field is to go, and says of how many alumni something goes."""
    found = own_fields.listed(state_of(request).app, asker, school or None)
    one = next((one for one in found if one.field.name == name), None)
    if one is None:
        raise UnknownId("own_field_unknown", name=name)
    return render(request, language, "own_fields_remove.html", {"row": _row(language, one)}, area="own_fields")


@router.post("/velden/weg", dependencies=[Depends(form_is_ours)])
def remove(
    request: Request,
    asker: Manager,
    name: NameSent,
    count: Annotated[int, Form(alias="aantal", ge=0, lt=2**31)],
    school: SchoolSent = "",
) -> Response:
    """Removes an own field with what alumni have of it; not where more would go by now than the page said."""
    own_fields.remove(state_of(request).app, asker, name, school or None, most=count)
    return RedirectResponse(address("velden", gedaan="weg"), 303)
