"""The pages of the adviser: a list of alumni, and advice for one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import may, may_rank, opening
from api.web import advice as views
from api.web import talk, wording
from api.web.cards import left_out, ranking_view
from api.web.forms import Id, Top, people_filter
from api.web.pager import pager
from api.web.render import address, render
from matcher.domain.kinds import KINDS, OFFERING, RequestKind
from matcher.domain.own_list import reasons_of
from matcher.domain.records import Alumnus
from matcher.domain.talks import LONGEST_LABEL
from matcher.locale import Language, say
from matcher.matching.rules.no_consent import CODE as NO_CONSENT
from matcher.matching.tilt import Tilt
from matcher.policy import Action, Asker
from matcher.services import browsing, matching, own_fields, talks
from matcher.services.app import App
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
    page: Annotated[int | None, Query(alias="bladzijde", ge=1, le=1_000_000)] = None,
    code: Annotated[str, Query(max_length=40)] = "",
) -> HTMLResponse:
    """The field of a code and own appointments for whoever holds talks; a search by id, or in a list without names."""
    state = state_of(request)
    if asker.may(Action.TALK_OPEN) and page is None and not chosen.any:
        return talk.start(request, language, asker, code=code)
    page = page or 1
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
    tilt: views.Sliders,
    target: Target = "offerings",
    top: Top = 10,
    before: Annotated[str, Query(alias="was", max_length=40)] = "",
    rows: Annotated[int, Query(alias="rijen", ge=views.SHOWN, le=views.MOST_SHOWN)] = views.SHOWN,
) -> HTMLResponse:
    """Courses, or roles, for one alumnus; courses by what counts more in this talk."""
    state = state_of(request)
    with opening(request, asker):
        alumnus = browsing.alumnus(state.app, asker, alumnus_id, school)
    path = ("advies", alumnus.school, alumnus.alumnus_id)
    return advice_page(request, language, asker, alumnus, path, target, top, (tilt, Tilt.named(before)), rows)


def _tilted(
    request: Request,
    language: Language,
    asker: Asker,
    alumnus: Alumnus,
    path: Sequence[str],
    tilts: tuple[Tilt, Tilt | None],
    most: int,
) -> HTMLResponse:
    """What an alumnus can and wants, the gap, and courses by what counts more."""
    app = state_of(request).app
    found = matching.recommend_tilted(
        app,
        asker,
        alumnus.alumnus_id,
        tilts[0],
        before=tilts[1],
        school=alumnus.school,
        top=max(views.LOOKED_AT, most),
    )
    records = browsing.recommended(app, asker, found.ranking)
    may_choose = asker.may(Action.SHORTLIST)
    chosen = talks.chosen(app, asker, alumnus.alumnus_id, school=alumnus.school) if may_choose else []
    until = talks.going_on(app, asker, alumnus.key) if asker.may(Action.TALK_OPEN) else None
    stand = "" if tilts[0].is_usual else tilts[0].name
    why = address("waarom", vraag=alumnus.alumnus_id, soort="alumnus", school=alumnus.school, stand=stand)
    rows = views.rows(language, found, tilts, records, chosen, why, most)
    values = {
        "person": Person.of(alumnus),
        "own_fields": own_fields.shown(app, asker, [alumnus.key]),
        "profile": views.profile(language, alumnus, found.ranking),
        "rows": rows,
        "eligible": found.ranking.eligible,
        "excluded": left_out(language, found.ranking.excluded) if not rows else [],
        "sliders": views.sliders(language, tilts[0]),
        "stand": tilts[0].name,
        "usual": tilts[0].is_usual,
        "most": most if most > views.SHOWN else None,
        "more": _more(path, found.ranking.eligible, len(rows), stand) if most < views.MOST_SHOWN else "",
        "changed": views.changed(language, tilts, rows),
        "until": wording.clock(until) if until else "",
        "chosen": len(chosen),
        "may_choose": may_choose,
        "may_meet": asker.may(Action.TALK_OPEN),
        "path": address(*path),
        "roles": address(*path, **{"for": "requests"}),
        "label_most": LONGEST_LABEL,
    }
    return render(request, language, "talk_advice.html", values, area="talks")


def _unagreed(language: Language, app: App, alumnus: Alumnus, target: str) -> list[str]:
    """What an alumnus gave no consent for, in words, and therefore sees no courses or roles of."""
    given = {one.purpose for one in alumnus.consents if app.terms.in_force(one, app.clock.today())}
    kinds = [OFFERING] if target == "offerings" else [kind.value for kind in RequestKind]
    purposes = dict.fromkeys(KINDS[kind].purpose for kind in kinds)
    return [say(language, f"words.purpose.{one.value}") for one in purposes if one not in given]


def _more(path: Sequence[str], eligible: int, shown: int, stand: str) -> str:
    """Where the rest of a list is; '' where all of it is shown."""
    return f"{address(*path, stand=stand, rijen=views.MOST_SHOWN)}#lijst" if shown < eligible else ""


def advice_page(
    request: Request,
    language: Language,
    asker: Asker,
    alumnus: Alumnus,
    path: Sequence[str],
    target: Literal["offerings", "requests"],
    top: int,
    tilts: tuple[Tilt, Tilt | None] = (Tilt(), None),
    rows: int = views.SHOWN,
) -> HTMLResponse:
    """Courses, or roles, for an alumnus; `path`: the address of the page. `tilts`, `rows`: of an adviser's list."""
    own = asker.alumnus_key is not None
    if not own and target == "offerings":
        return _tilted(request, language, asker, alumnus, path, tilts, rows)
    state = state_of(request)
    ranking = matching.recommend(
        state.app, asker, alumnus.alumnus_id, target, school=alumnus.school, top=top, at_once=True
    )
    records = browsing.recommended(state.app, asker, ranking)
    told = {code: count for code, count in ranking.excluded.items() if not own or code != NO_CONSENT}
    shown = replace(ranking, excluded=told)  # of the consent the page says which
    here = address("mij", "advies", "waarom", **{"for": target, "top": top}) if own else ""
    values = {
        "person": Person.of(alumnus),
        "own_fields": own_fields.shown(state.app, asker, [alumnus.key]) if asker.may(Action.ALUMNI_LIST) else {},
        "own": own,
        "declining": reasons_of(target) if own else [],
        "target": target,
        "result": ranking_view(language, shown, alumnus.school, records, here=here),
        "links": {kind: address(*path, **{"for": kind}) for kind in ("offerings", "requests")},
        "further": f"{address(*path, **{'for': target, 'top': min(top * 2, 100)})}#lijst" if top < 100 else "",
        "unagreed": _unagreed(language, state.app, alumnus, target) if own and ranking.excluded.get(NO_CONSENT) else [],
    }
    return render(request, language, "advice.html", values)
