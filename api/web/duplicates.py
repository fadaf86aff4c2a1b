"""The pages of possible duplicates: pairs with the reason, two alumni side by side, merging them and undoing that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may
from api.web import wording
from api.web.flash import done
from api.web.forms import Number, Posted
from api.web.import_view import label_of
from api.web.pager import pager
from api.web.render import address, render
from matcher.errors import InvalidValue
from matcher.locale import Language, lookup, say
from matcher.policy import Action, Asker
from matcher.repositories.values import Side
from matcher.services import duplicates
from matcher.services.app import StoreApp
from matcher.services.duplicates import Comparison, One
from matcher.services.privacy import plain

router = APIRouter(include_in_schema=False)
Merger = Annotated[Asker, Depends(may(Action.PERSON_MERGE))]
First = Annotated[str, Query(alias="een", max_length=200)]
Second = Annotated[str, Query(alias="twee", max_length=200)]
School = Annotated[str, Query(alias="school", max_length=200)]
FirstSent = Annotated[str, Form(alias="een", max_length=200)]
SecondSent = Annotated[str, Form(alias="twee", max_length=200)]
SchoolSent = Annotated[str, Form(alias="school", max_length=200)]
SIDES = ("een", "twee", "beide")
_OF_FIRST = {"een": Side.KEPT, "twee": Side.GONE, "beide": Side.BOTH}
_OF_SECOND = {"een": Side.GONE, "twee": Side.KEPT, "beide": Side.BOTH}
_PER_PAGE = 50
"""Pairs on a page."""
_UNITED = frozenset({"qualifications", "skills", "offers"})
_FOLLOWING = frozenset({"infix", "pc4"})


@dataclass(frozen=True)
class RowView:
    """A field of both alumni in words: which are on offer, and which is taken if nobody chooses."""

    name: str
    label: str
    first: str
    second: str
    sides: tuple[str, ...]
    chosen: str


def notice(app: StoreApp, asker: Asker, language: Language) -> str:
    """How many pairs may be one person; empty for none, or for whoever may not merge them."""
    pairs = duplicates.possible(app, asker) if asker.may(Action.PERSON_MERGE) else []
    return say(language, "duplicates.count", count=len(pairs)) if pairs else ""


@router.get("/dubbelen")
def listed(request: Request, language: PageLanguage, asker: Merger, page: Number = 1) -> HTMLResponse:
    """The pairs that may be one person, with the reason, by page, and the merges that can be undone."""
    app = state_of(request).app
    found = duplicates.possible(app, asker)
    part = pager(page, _PER_PAGE, len(found), "dubbelen")
    pairs = [
        {
            "pair": pair,
            "because": ", ".join(say(language, f"duplicates.because.{code}") for code in pair.because),
            "link": address("dubbelen", "vergelijk", een=pair.first, twee=pair.second, school=pair.school),
        }
        for pair in found[(page - 1) * _PER_PAGE : page * _PER_PAGE]
    ]
    merges = duplicates.merged(app, asker)
    values = {
        "pairs": pairs,
        "pager": part,
        "merges": merges,
        "is_full": len(found) >= duplicates.MOST_LISTED,
    }
    return render(request, language, "duplicates.html", values, area="duplicates")


@router.get("/dubbelen/vergelijk")
def compared(
    request: Request, language: PageLanguage, asker: Merger, first: First, second: Second, school: School = ""
) -> HTMLResponse:
    """Two alumni side by side."""
    found = duplicates.compared(state_of(request).app, asker, first, second, school=school or None)
    values = {
        "found": found,
        "rows": _rows(language, found),
        "own": {name: (found.kept.own.get(name, ""), found.gone.own.get(name, "")) for name in _own_names(found)},
        "consents": [_consents(language, one) for one in (found.kept, found.gone)],
        "school": found.kept.alumnus.school,
        "numbers": (found.kept.alumnus.alumnus_id, found.gone.alumnus.alumnus_id),
    }
    return render(request, language, "duplicates_compare.html", values, area="duplicates")


@router.post("/dubbelen/voeg-samen", dependencies=[Depends(form_is_ours)])
def merge(request: Request, asker: Merger, form: Posted) -> Response:
    """Makes one alumnus of two, with the sides that were chosen."""
    if form.get("zeker") != "ja":
        raise InvalidValue("merge_not_confirmed")
    first, second = str(form.get("een") or ""), str(form.get("twee") or "")
    stays_first = form.get("blijft") != "twee"
    sides = _OF_FIRST if stays_first else _OF_SECOND
    chosen = {
        name.removeprefix("veld."): sides[str(value)]
        for name, value in form.items()
        if name.startswith("veld.") and value in sides
    }
    chosen = {name: side for name, side in chosen.items() if side is not Side.BOTH or name in _UNITED}
    kept, gone = (first, second) if stays_first else (second, first)
    school = str(form.get("school") or "") or None
    merge_id = duplicates.merge(state_of(request).app, asker, kept, gone, chosen, school=school)
    return done(address("dubbelen"), "samengevoegd", nummer=merge_id)


@router.post("/dubbelen/verschillend", dependencies=[Depends(form_is_ours)])
def different(
    request: Request, asker: Merger, first: FirstSent, second: SecondSent, school: SchoolSent = ""
) -> Response:
    """Remembers that these are two people."""
    duplicates.different(state_of(request).app, asker, first, second, school=school or None)
    return RedirectResponse(address("dubbelen", gedaan="verschillend"), 303)


@router.post("/dubbelen/ongedaan", dependencies=[Depends(form_is_ours)])
def undo(request: Request, asker: Merger, merge_id: Annotated[str, Form(alias="nummer", max_length=20)]) -> Response:
    """Makes two alumni again."""
    undone = duplicates.undo_merge(state_of(request).app, asker, merge_id)
    return done(address("dubbelen"), "veranderd" if undone.left else "ongedaan")


def _rows(language: Language, found: Comparison) -> list[RowView]:
    """The fields in which either has something."""
    first, second = (_values(one) for one in (found.kept, found.gone))
    rows = []
    for name, side in found.sides.items():
        left, right = (_text(language, name, values) for values in (first, second))
        if name in _FOLLOWING or not (left or right):
            continue
        label = lookup(language, f"fields.alumni.{name}.label") or label_of(language, name)
        chosen = {Side.KEPT: "een", Side.GONE: "twee", Side.BOTH: "beide"}[side]
        rows.append(RowView(name, label, left, right, SIDES if name in _UNITED else SIDES[:2], chosen))
    return rows


def _own_names(found: Comparison) -> list[str]:
    """The own fields in which either has something."""
    return list({**found.kept.own, **found.gone.own})


def _values(one: One) -> Mapping[str, Any]:
    record = {name: plain(getattr(one.alumnus, name)) for name in one.alumnus.__dataclass_fields__ if name != "contact"}
    contact = asdict(one.contact)
    last = " ".join(part for part in (contact["infix"], contact["last_name"]) if part)
    postcode = contact["postcode"] or record["pc4"]
    return {**record, **contact, "last_name": last or None, "postcode": postcode}


def _text(language: Language, name: str, values: Mapping[str, Any]) -> str:
    value = values.get(name)
    return "" if value in (None, [], ()) else wording.field_value(language, name, value)


def _consents(language: Language, one: One) -> list[str]:
    """What an alumnus agreed to, and took back."""
    lines = []
    for consent in one.consents:
        state = "given" if consent.withdrawn_on is None else "withdrawn"
        day = consent.given_on if consent.withdrawn_on is None else consent.withdrawn_on
        on = wording.short_day(language, day) if day else say(language, "duplicates.no_day")
        purpose = say(language, f"words.purpose.{consent.purpose.value}")
        lines.append(say(language, f"duplicates.consent_{state}", purpose=purpose, day=on))
    return [*lines, say(language, "duplicates.objects")] if one.objects else lines
