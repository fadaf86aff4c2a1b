"""The pages of the adviser: a list of alumni, and advice for one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import may, may_rank, opening
from api.web.cards import ranking_view
from api.web.forms import Id, Number, Top, people_filter
from api.web.pager import pager
from api.web.render import address, render
from matcher.domain.records import Alumnus
from matcher.locale import Language
from matcher.policy import Action, Asker
from matcher.services import browsing, matching, own_fields
from matcher.services.browsing import Slice
from matcher.services.directory import Filter, Person

router = APIRouter(include_in_schema=False)
PAGE = 25
Target = Annotated[Literal["offerings", "requests"], Query(alias="for")]


@router.get("/advies")
def adviser(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.ALUMNI_LIST))],
    chosen: Annotated[Filter, Depends(people_filter)],
    page: Number = 1,
) -> HTMLResponse:
    """A search for an alumnus by id, or in a list without names."""
    state = state_of(request)
    listed = browsing.people(state.app, asker, state.directory(), chosen, Slice(page, PAGE))
    query = {"nummer": chosen.id, "school": chosen.school, "sector": chosen.sector, "functie": chosen.function}
    values = {
        "chosen": chosen,
        "schools": browsing.schools(state.app, asker),
        "sectors": listed.sectors,
        "people": listed.items,
        "own_fields": listed.own,
        "only_agreed": not asker.may(Action.ALUMNI_REGISTER),
        "pager": pager(page, PAGE, listed.total, "advies", **query),
    }
    return render(request, language, "adviser.html", values)


@router.get("/advies/{school}/{alumnus_id}")
def advice(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.RECOMMEND)],
    school: Id,
    alumnus_id: Id,
    target: Target = "offerings",
    top: Top = 10,
) -> HTMLResponse:
    """Courses, or roles, for one alumnus."""
    state = state_of(request)
    with opening(request, asker):
        alumnus = browsing.alumnus(state.app, asker, alumnus_id, school)
    return advice_page(request, language, asker, alumnus, ("advies", school, alumnus_id), target, top)


def advice_page(
    request: Request,
    language: Language,
    asker: Asker,
    alumnus: Alumnus,
    path: Sequence[str],
    target: Literal["offerings", "requests"],
    top: int,
) -> HTMLResponse:
    """Courses, or roles, for an alumnus; `path`: the address of the page."""
    state = state_of(request)
    ranking = matching.recommend(state.app, asker, alumnus.alumnus_id, target, school=alumnus.school, top=top)
    records = browsing.recommended(state.app, asker, ranking)
    own = asker.alumnus_key is not None
    here = address("mij", "advies", "waarom", **{"for": target, "top": top}) if own else ""
    values = {
        "person": Person.of(alumnus),
        "own_fields": own_fields.shown(state.app, asker, [alumnus.key]) if asker.may(Action.ALUMNI_LIST) else {},
        "own": own,
        "target": target,
        "result": ranking_view(language, ranking, alumnus.school, records, here=here),
        "links": {kind: address(*path, **{"for": kind}) for kind in ("offerings", "requests")},
        "more": address(*path, **{"for": target, "top": min(top * 2, 100)}) if top < 100 else None,
    }
    return render(request, language, "advice.html", values)
