"""The pages of what an organisation offers: its list, the form, and how many alumni it would help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData
from starlette.responses import Response

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may, may_rank
from api.web import cards
from api.web.flash import done
from api.web.forms import Id, Posted
from api.web.record_forms import RecordForm, told
from api.web.render import address, render
from matcher import explain
from matcher.domain.records import Offering, RecordKind
from matcher.errors import InvalidValue
from matcher.locale import Language, say
from matcher.policy import Action, Asker
from matcher.services import offers

router = APIRouter(include_in_schema=False)
AREA = "offers"
FORM = RecordForm(
    RecordKind.OFFERINGS,
    AREA,
    names=(
        "title", "description", "skills", "level", "start", "end", "day_parts", "form", "town", "price", "seats",
        "apply_until", "funding", "admission", "url",
    ),
    first=frozenset({"title", "description", "start", "form", "town", "price"}),
    long=frozenset({"description", "skills", "admission"}),
    needed=("title",),
)  # fmt: skip
_MOST_COUNTED = 40
"""Courses of which the list says how many alumni they fit; those that have begun fit nobody any more."""
Provider = Annotated[Asker, Depends(may(Action.OFFERINGS_SAVE))]


@router.get("/aanbod")
def listed(
    request: Request,
    language: PageLanguage,
    asker: Provider,
    first: Annotated[str, Query(alias="eerste", max_length=200)] = "",
    count: Annotated[str, Query(alias="tel", max_length=20)] = "",
) -> HTMLResponse:
    """What the organisation offers, and how many alumni each of the first fits; `first`: what was just saved.

    `count`: not empty where the asker wants them all counted, which takes longer.
    """
    state = state_of(request)
    today = state.app.clock.today()
    listed = sorted(offers.mine(state.app, asker), key=lambda one: one.offering_id != first)
    ahead = [one for one in listed if not offers.has_begun(one, today)]
    counted = ahead[:_MOST_COUNTED] if state.warm and asker.may(Action.AUDIENCE_COUNT) else []
    pairs = None if count else offers.PAIRS_AT_ONCE
    reached = offers.reaches(state.app, asker, counted, pairs=pairs) if counted else {}
    if not state.warm:
        state.start_warming()
    sources = offers.of_sources(state.app, asker, listed)
    rows = [
        {
            "title": one.title,
            "about": cards.about(language, one)[1:],
            "change": address("aanbod-wijzigen", one.offering_id),
            "helps": address("aanbod", one.offering_id, "helpt"),
            "fits": _fits(language, reached[one.key].fits) if one.key in reached else "",
            "begun": offers.has_begun(one, today),
            "source": sources.get(one.key, ""),
        }
        for one in listed
    ]
    return render(request, language, "offers.html", {"rows": rows, "uncounted": len(counted) - len(reached)}, area=AREA)


def _fits(language: Language, count: int) -> str:
    return say(language, "offers.helps.count", count=count) if count else say(language, "offers.helps.small")


@router.get("/aanbod-maken")
def new(request: Request, language: PageLanguage, asker: Provider) -> HTMLResponse:
    """An empty form."""
    del asker
    return _form(request, language, FORM.empty())


@router.post("/aanbod-maken", dependencies=[Depends(form_is_ours)])
def make(request: Request, language: PageLanguage, asker: Provider, sent: Posted) -> Response:
    """Makes what is offered; shows the form again where something is wrong."""
    return _save(request, language, asker, sent)


@router.get("/aanbod-wijzigen/{offering_id}")
def edit(request: Request, language: PageLanguage, asker: Provider, offering_id: Id) -> HTMLResponse:
    """The form with what is offered."""
    app = state_of(request).app
    there = offers.offering(app, asker, offering_id)
    source = offers.of_sources(app, asker, [there]).get(there.key)
    if source is not None:
        why = say(language, "errors.errors.offering_of_source", source=source)
        values = {"title": there.title, "about": cards.about(language, there)[1:], "why": why}
        return render(request, language, "offer_source.html", values, area=AREA)
    return _form(request, language, FORM.texts(language, there), offering_id)


@router.post("/aanbod-wijzigen/{offering_id}", dependencies=[Depends(form_is_ours)])
def change(request: Request, language: PageLanguage, asker: Provider, sent: Posted, offering_id: Id) -> Response:
    """Changes what is offered; shows the form again where something is wrong."""
    return _save(request, language, asker, sent, offering_id)


@router.get("/aanbod/{offering_id}/helpt")
def helps(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.AUDIENCE_COUNT)],
    offering_id: Id,
) -> HTMLResponse:
    """How many alumni it would help: counts, and no names."""
    app = state_of(request).app
    course, reach = offers.offering(app, asker, offering_id), offers.reach(app, asker, offering_id)
    left_out = [explain.excluded_sentence(code, count, language) for code, count in reach.excluded.items()]
    values = {"title": course.title, "reach": reach, "left_out": left_out}
    return render(request, language, "offer_helps.html", values, area=AREA)


def _save(request: Request, language: Language, asker: Asker, sent: FormData, offering_id: str = "") -> Response:
    app, texts = state_of(request).app, FORM.sent(sent)
    try:
        offered = Offering(offering_id="", provider="", **FORM.values(texts))  # type: ignore[arg-type]
        if offering_id:
            there = offers.offering(app, asker, offering_id)
            offered = replace(there, **{name: getattr(offered, name) for name in FORM.names})
        saved = offers.save(app, asker, offered, offering_id=offering_id)
    except InvalidValue as problem:
        return _form(request, language, texts, offering_id, problem)
    return done(address("aanbod", eerste=saved), "aanbod-bewaard")


def _form(
    request: Request,
    language: Language,
    texts: Mapping[str, str],
    offering_id: str = "",
    problem: InvalidValue | None = None,
) -> HTMLResponse:
    labels = FORM.labels(language)
    shown = {
        "fields": FORM.view(language, texts, labels),
        "unfolded": bool(problem or offering_id),
        "offering_id": offering_id,
        "action": address("aanbod-wijzigen", offering_id) if offering_id else "/aanbod-maken",
        "problem": told(language, problem, labels),
    }
    return render(request, language, "offer_form.html", shown, 422 if problem else 200, area=AREA)
