"""The pages of giving and taking: who of a school gave, who was never asked, and the entries of one alumnus."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.error_text import error_sentence
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may
from api.routes.common import ID, NAME
from api.web import today
from api.web.downloads import FileKind, download
from api.web.forms import Number
from api.web.pager import pager
from api.web.render import address, render
from matcher.domain.ledger import MOST_HOURS, MOST_STUDENTS, Benefit
from matcher.errors import InvalidValue
from matcher.locale import Language
from matcher.policy import Action, Asker
from matcher.services import exports, ledger
from matcher.services.browsing import Slice
from matcher.services.groups import Group
from matcher.services.ledger import Entry, Show

router = APIRouter(include_in_schema=False)
Writer = Annotated[Asker, Depends(may(Action.LEDGER_WRITE))]
Year = Annotated[int | None, Query(alias="van", ge=1900, le=2200)]
YearLast = Annotated[int | None, Query(alias="tot", ge=1900, le=2200)]
Who = Annotated[str, Query(alias="wie", **ID)]
WhoSent = Annotated[str, Form(alias="wie", **ID)]
SchoolAsked = Annotated[str, Query(alias="school", **NAME)]
SchoolSent = Annotated[str, Form(alias="school", **NAME)]
PAGE = 25
GAVE = "gaf"
_SHOW = {"gaven": Show.GAVE, "nooit": Show.NEVER, "goed": Show.BALANCED, "op": Show.SPENT}
_NO_FIELD = "-"
"""In an address: whose field of study is not known."""


@router.get("/balans")
def overview(
    request: Request,
    language: PageLanguage,
    asker: Writer,
    chosen: Annotated[str, Query(alias="toon", max_length=10)] = "gaven",
    able: Annotated[str, Query(alias="kan", max_length=2)] = "",
    field: Annotated[str, Query(alias="vak", max_length=100)] = "",
    first: Year = None,
    last: YearLast = None,
    page: Number = 1,
) -> HTMLResponse:
    """Who gave, was never asked, is in balance, or may not be asked any more this year; of all or of a group."""
    chosen = chosen if chosen in _SHOW else "gaven"
    group = Group(bool(able), _field(field), first, last)
    found = ledger.overview(state_of(request).app, asker, _SHOW[chosen], Slice(page, PAGE), group=group)
    kept = {"kan": able, "vak": field, "van": first, "tot": last}
    values = {
        "found": found,
        "rows": [(one, _page_of(one.alumnus.alumnus_id, one.alumnus.school)) for one in found.rows],
        "tabs": [(name, address("balans", toon=name, **kept), found.counts[show]) for name, show in _SHOW.items()],
        "chosen": chosen,
        "able": group.able,
        "group": today.group_words(language, group),
        "segment": _segment(asker, group, chosen),
        "pager": pager(page, PAGE, found.total, "balans", toon=chosen, **kept),
    }
    return render(request, language, "balance.html", values, area="balance")


def _field(text: str) -> str | None:
    """The field that an address names: None for none, empty for alumni whose own is not known."""
    return None if not text else "" if text == _NO_FIELD else text


def _segment(asker: Asker, group: Group, chosen: str) -> str:
    """The form of a segment of these alumni, as far as a segment can say it; empty where it cannot."""
    if not asker.may(Action.SEGMENT) or group.field is not None or not (group.first or group.last):
        return ""
    asked = {"nooit": "nee", "goed": "ja", "op": "ja"}.get(chosen, "")
    return address("segmenten", jaar_van=group.first, jaar_tot=group.last, gevraagd=asked) + "#nieuw"


@router.get("/balans/groepen")
def parts(request: Request, language: PageLanguage, asker: Writer) -> HTMLResponse:
    """How asks are spread over the alumni who can be asked: in all, by field and by cohort; and what teams asked."""
    state = state_of(request)
    if not state.warm:
        state.start_warming()
        return render(request, language, "balance_groups.html", {"warm": False}, area="balance")
    found = ledger.spread(state.app, asker)
    values = {
        "warm": True,
        "whole": today.balance_view(language, found.whole),
        "tables": [
            (name, [today.balance_view(language, part) | {"name": today.group_words(language, part.group)}
                    for part in some if part.alumni])
            for name, some in (("fields", found.fields), ("cohorts", found.cohorts))
        ],
        "teams": found.teams,
    }  # fmt: skip
    return render(request, language, "balance_groups.html", values, area="balance")


@router.post("/balans/bestand", dependencies=[Depends(form_is_ours)])
def export(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.LEDGER_EXPORT))],
    kind: FileKind,
) -> Response:
    """All that the alumni of the school gave and had, in a file."""
    app = state_of(request).app
    return download("balans", app.clock.today(), kind, lambda file: exports.export_ledger(app, asker, file, language))


@router.get("/balans/alumnus")
def account(
    request: Request, language: PageLanguage, asker: Writer, who: Who, school: SchoolAsked = ""
) -> HTMLResponse:
    """What one alumnus gave and had, entry by entry, with forms to add and to correct."""
    return _account(request, language, asker, who, school)


def _account(
    request: Request,
    language: Language,
    asker: Asker,
    who: str,
    school: str,
    problem: InvalidValue | None = None,
) -> HTMLResponse:
    found = ledger.account(state_of(request).app, asker, who, school=school or None)
    values = {
        "found": found,
        "entries": list(reversed(found.entries)),
        "may_correct": {line.key for line in found.entries if line.event in ledger.ADDED} & found.counting,
        "benefits": [benefit.value for benefit in Benefit],
        "problem": error_sentence(language, problem) if problem else None,
    }
    return render(request, language, "balance_account.html", values, 422 if problem else 200, area="balance")


@router.post("/balans/erbij", dependencies=[Depends(form_is_ours)])
def add(
    request: Request,
    language: PageLanguage,
    asker: Writer,
    who: WhoSent,
    what: Annotated[str, Form(alias="wat", max_length=20)],
    school: SchoolSent = "",
    hours: Annotated[str, Form(alias="uren", max_length=10)] = "",
    students: Annotated[str, Form(alias="studenten", max_length=10)] = "",
) -> Response:
    """Adds what an alumnus gave or had, today."""
    try:
        entry = _entry(what, hours, students)
        ledger.add(state_of(request).app, asker, who, entry, school=school or None)
    except InvalidValue as problem:
        return _account(request, language, asker, who, school, problem=problem)
    return RedirectResponse(_page_of(who, school, "erbij"), 303)


@router.post("/balans/herstel", dependencies=[Depends(form_is_ours)])
def correct(
    request: Request,
    asker: Writer,
    who: WhoSent,
    entry: Annotated[int, Form(alias="regel", ge=1, le=2**63 - 1)],
    school: SchoolSent = "",
) -> Response:
    """Adds the entry by which another counts no more."""
    ledger.correct(state_of(request).app, asker, who, entry, school=school or None)
    return RedirectResponse(_page_of(who, school, "hersteld"), 303)


def _page_of(who: str, school: str, told: str = "") -> str:
    return address("balans", "alumnus", wie=who, school=school, gedaan=told)


def _entry(what: str, hours: str, students: str) -> Entry:
    """What the form says. Raises InvalidValue."""
    if what in set(Benefit):
        return Entry(benefit=Benefit(what))
    if what != GAVE:
        raise InvalidValue("entry_empty")
    return Entry(hours=_number(hours, "entry_hours", MOST_HOURS), students=_students(students))


def _students(text: str) -> int | None:
    count = _number(text, "entry_students", MOST_STUDENTS)
    if count is not None and count != int(count):
        raise InvalidValue("entry_students", most=MOST_STUDENTS)
    return None if count is None else int(count)


def _number(text: str, code: str, most: int) -> float | None:
    """A number with a comma or a point; None for nothing. Raises InvalidValue."""
    text = text.strip().replace(",", ".")
    if not text:
        return None
    if not text.isascii() or not text.replace(".", "", 1).isdigit():
        raise InvalidValue(code, most=most)
    return float(text)
