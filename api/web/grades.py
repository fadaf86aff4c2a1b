"""The page on which staff say how well alumni fit requests: a request and an alumnus side by side, and four answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may, may_rank
from api.web import cards, wording
from api.web.import_view import label_of
from api.web.render import address, render
from matcher.domain import crebo
from matcher.domain.records import Alumnus, Qualification
from matcher.domain.records import Request as Demand
from matcher.locale import Language, lookup, say
from matcher.policy import Action, Asker
from matcher.repositories.grades import GRADES
from matcher.services import grades
from matcher.services.evaluation import LEAST_PAIRS, LEAST_REQUESTS
from matcher.services.grades import PAIRS
from matcher.services.privacy import plain

router = APIRouter(include_in_schema=False)
Grader = Annotated[Asker, Depends(may(Action.GRADE))]
SKIP = "over"
FACTS = ("sector", "qualifications", "skills", "town", "day_parts", "languages")
"""The fields of an alumnus that are shown under the function: no name, and nothing that the alumnus wrote."""
LABELS = {"day_parts": "reasons.signals.availability.label"}
"""Those whose label speaks to the alumnus, who does not read this page."""
CONTENT = "#inhoud"
"""Where the next pair begins: past the menu, for a thumb and for a keyboard."""


@router.get("/beoordelen")
def judging(
    request: Request,
    language: PageLanguage,
    asker: Grader,
    number: Annotated[int | None, Query(alias="nr", ge=1, le=PAIRS)] = None,
) -> HTMLResponse:
    """The pair to judge next, or an earlier one; or how much has been judged."""
    found = grades.sitting(state_of(request).app, asker, number)
    pair = found.pair
    values = {
        "found": found,
        "pair": pair,
        "pairs": PAIRS,
        "least": {"pairs": LEAST_PAIRS, "requests": LEAST_REQUESTS},
        "grades": GRADES,
        "skip": SKIP,
        "request_facts": [] if pair is None else _request_facts(language, pair.request),
        "facts": [] if pair is None else _facts(language, pair.alumnus),
        "before": address("beoordelen", nr=pair.number - 1) if pair is not None and pair.number > 1 else None,
    }
    return render(request, language, "grades.html", values, area="grades")


def _request_facts(language: Language, asked: Demand) -> list[cards.Fact]:
    extra = [
        ("programme", crebo.programme_name(asked.programme) or ""),
        ("skills", ", ".join(asked.skills)),
    ]
    more = [cards.Fact(say(language, f"grades.request.{name}"), text) for name, text in extra if text]
    return [*more, *cards.facts(language, asked)]


def _facts(language: Language, alumnus: Alumnus) -> list[cards.Fact]:
    found = []
    for name in FACTS:
        value = plain(getattr(alumnus, name))
        if value not in (None, [], ""):
            label = lookup(language, LABELS.get(name, f"fields.alumni.{name}.label")) or label_of(language, name)
            if name == "qualifications":
                text = ", ".join(_qualification(language, one) for one in alumnus.qualifications)
            else:
                text = wording.field_value(language, name, value)
            found.append(cards.Fact(label, text))
    return found


def _qualification(language: Language, one: Qualification) -> str:
    """Its name, or else its code; level and year where they are known."""
    known = crebo.register().get(one.crebo or "")
    name = one.name or (known.name if known else one.crebo or "")
    level = say(language, "grades.level", level=str(one.level)) if one.level else ""
    return " · ".join(part for part in (name, level, str(one.year or "")) if part)


@router.post("/beoordelen/nieuw", dependencies=[Depends(form_is_ours)])
def draw(request: Request, asker: Annotated[Asker, may_rank(Action.GRADE)]) -> Response:
    """Draws pairs to judge."""
    drawn = grades.draw(state_of(request).app, asker)
    return RedirectResponse(f"{address('beoordelen', gedaan='' if drawn else 'geen')}{CONTENT}", 303)


@router.post("/beoordelen", dependencies=[Depends(form_is_ours)])
def give(
    request: Request,
    asker: Grader,
    pair: Annotated[int, Form(alias="paar", ge=1, lt=2**63)],
    grade: Annotated[str, Form(alias="cijfer", pattern=rf"^([0-3]|{SKIP})$")],
) -> Response:
    """Takes what was said of a pair, and goes on to the next."""
    grades.give(state_of(request).app, asker, pair, None if grade == SKIP else int(grade))
    return RedirectResponse(f"{address('beoordelen')}{CONTENT}", 303)
