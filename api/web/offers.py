"""The pages of what an organisation offers: its list, the form, and how many alumni it would help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData
from starlette.responses import Response

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may, may_rank
from api.web import cards
from api.web.flash import done
from api.web.forms import Id, Posted
from api.web.render import address, render
from matcher import explain
from matcher.domain.records import Offering, RecordKind
from matcher.errors import InvalidValue
from matcher.locale import Language, say
from matcher.policy import Action, Asker
from matcher.services import offers
from matcher.spreadsheets import forms

router = APIRouter(include_in_schema=False)
AREA = "offers"
FIELDS = (
    "title", "description", "skills", "level", "start", "end", "day_parts", "form", "town", "price", "seats",
    "apply_until", "funding", "admission", "url",
)  # fmt: skip
"""The fields of what is offered in the order of its form."""
FIRST = frozenset({"title", "description", "start", "form", "town", "price"})
"""The fields that most offers need; the others stand folded."""
_MOST_COUNTED = 20
"""Courses of which the list says how many alumni they fit."""
_LONG = frozenset({"description", "skills", "admission"})
_PROBLEMS = frozenset({"field_wrong", "field_needed"})
Provider = Annotated[Asker, Depends(may(Action.OFFERINGS_SAVE))]


@router.get("/aanbod")
def listed(request: Request, language: PageLanguage, asker: Provider) -> HTMLResponse:
    """What the organisation offers, and how many alumni each of the first fits."""
    state = state_of(request)
    listed = offers.mine(state.app, asker)
    counted = listed[:_MOST_COUNTED] if state.warm and asker.may(Action.AUDIENCE_COUNT) else []
    reached = {one.key: offers.reach(state.app, asker, one.offering_id).fits for one in counted}
    if not state.warm:
        state.start_warming()
    rows = [
        {
            "title": one.title,
            "about": cards.about(language, one)[1:],
            "change": address("aanbod-wijzigen", one.offering_id),
            "helps": address("aanbod", one.offering_id, "helpt"),
            "fits": _fits(language, reached[one.key]) if one.key in reached else "",
        }
        for one in listed
    ]
    return render(request, language, "offers.html", {"rows": rows}, area=AREA)


def _fits(language: Language, count: int) -> str:
    return say(language, "offers.helps.count", count=count) if count else say(language, "offers.helps.small")


@router.get("/aanbod-maken")
def new(request: Request, language: PageLanguage, asker: Provider) -> HTMLResponse:
    """An empty form."""
    del asker
    return _form(request, language, dict.fromkeys(FIELDS, ""))


@router.post("/aanbod-maken", dependencies=[Depends(form_is_ours)])
def make(request: Request, language: PageLanguage, asker: Provider, sent: Posted) -> Response:
    """Makes what is offered; shows the form again where something is wrong."""
    return _save(request, language, asker, sent)


@router.get("/aanbod-wijzigen/{offering_id}")
def edit(request: Request, language: PageLanguage, asker: Provider, offering_id: Id) -> HTMLResponse:
    """The form with what is offered."""
    there = offers.offering(state_of(request).app, asker, offering_id)
    texts = {name: forms.text_in(RecordKind.OFFERINGS, name, getattr(there, name)) for name in FIELDS}
    return _form(request, language, texts, offering_id)


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
    app, texts = state_of(request).app, {name: str(sent.get(name, ""))[:20_000] for name in FIELDS}
    try:
        offered = _offered(texts)
        if offering_id:
            there = offers.offering(app, asker, offering_id)
            kept = {name: getattr(there, name) for name in ("nlqf", "crebo", "pc4", "enrolled", "language")}
            offered = Offering(**{**_values(offered), **kept})
        offers.save(app, asker, offered, offering_id=offering_id)
    except InvalidValue as problem:
        return _form(request, language, texts, offering_id, problem)
    return done("/aanbod", "aanbod-bewaard")


def _values(offered: Offering) -> dict[str, object]:
    return {name: getattr(offered, name) for name in ("offering_id", "provider", *FIELDS)}


def _offered(texts: Mapping[str, str]) -> Offering:
    """What a form says. Raises InvalidValue with the name of the field."""
    values: dict[str, object] = {}
    for name, text in texts.items():
        try:
            value = forms.value_in(RecordKind.OFFERINGS, name, text)
        except InvalidValue as problem:
            raise InvalidValue("field_wrong", field=name) from problem
        if value is not None:
            values[name] = value
    if "title" not in values:
        raise InvalidValue("field_needed", field="title")
    return Offering(offering_id="", provider="", **values)  # type: ignore[arg-type]


def _form(
    request: Request,
    language: Language,
    texts: Mapping[str, str],
    offering_id: str = "",
    problem: InvalidValue | None = None,
) -> HTMLResponse:
    labels = {name: say(language, f"offers.form.{name}") for name in FIELDS}
    told = None
    if problem is not None:
        values = dict(problem.values)
        if "field" in values:
            values = {"field": labels[cast("str", values["field"])]}
        area = "demands.problems" if problem.code in _PROBLEMS else "errors.errors"
        told = say(language, f"{area}.{problem.code}", **values)
    shown = {
        "fields": [
            {
                "name": name,
                "label": labels[name],
                "text": texts[name],
                "long": name in _LONG,
                "first": name in FIRST,
                "needed": name == "title",
                "choices": forms.choices_in(RecordKind.OFFERINGS, name),
                "hint": say(language, f"offers.hints.{name}"),
            }
            for name in FIELDS
        ],
        "unfolded": bool(problem or offering_id),
        "offering_id": offering_id,
        "action": address("aanbod-wijzigen", offering_id) if offering_id else "/aanbod-maken",
        "problem": told,
    }
    return render(request, language, "offer_form.html", shown, 422 if problem else 200, area=AREA)
