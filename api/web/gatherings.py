"""The pages of a request that needs many at once: inviting them together, writing to all who come, attendance."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api.error_text import error_sentence
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.invitation_lines import proposed
from api.login.access import form_is_ours, may, may_rank, opening
from api.routes.people import helper_out
from api.web import cards
from api.web.flash import done
from api.web.forms import Id, Posted, SentSchool, Short, named_at_school
from api.web.render import address, render
from api.web.requests import AREA, LINES, line_view, words_in
from matcher.domain.invitations import MOST_LINE
from matcher.domain.kinds import HIGH_RISK
from matcher.errors import InvalidValue
from matcher.locale import Language
from matcher.policy import Action, Asker
from matcher.services import browsing, demands, gatherings, invitations, matching
from matcher.services.gatherings import MOST_AT_ONCE, MOST_WORDS, Chosen, Outcome

router = APIRouter(include_in_schema=False)
USUAL = 12
"""How many are proposed at first."""


@router.get("/aanvragen/{request_id}/samen")
def choose(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.INVITE)],
    request_id: Id,
    school: Short = "",
    count: Annotated[int, Query(alias="aantal", ge=1, le=MOST_AT_ONCE)] = USUAL,
) -> HTMLResponse:
    """The first of the list who were not asked yet, each to leave out, and the mail that all of them get."""
    app = state_of(request).app
    record = browsing.request(app, asker, request_id, school or None)
    if record.kind in HIGH_RISK:
        raise InvalidValue("one_at_a_time")
    ranking = matching.match(app, asker, request_id, school=record.school or "", top=count)
    states = invitations.states(app, asker, request_id, school=record.school or "")
    view = cards.ranking_view(language, ranking, record.school)
    asked = {(match.owner, match.candidate_id) for match in ranking.matches if match.key in states}
    written_in = state_of(request).settings.language
    words = proposed(written_in, record)
    values = {
        "asked": record,
        "people": [
            {"name": one.id, "school": one.owner, "title": one.title, "at": at, "shown": one.name}
            for at, one in enumerate(view["cards"])
            if one.band != "none" and (one.owner, one.id) not in asked
        ],
        "lines": [line_view(language, name, getattr(words, name)) for name in LINES if name != "why"],
        "most": MOST_LINE,
        "lines_in_other": written_in != language,
        "count": count,
        "counts": (6, 12, 24, 60),
        "school": school,
        "action": address("aanvragen", request_id, "samen"),
        "here": address("aanvragen", request_id, "samen", school=school),
        "back": address("aanvragen", request_id, school=school),
        "undo": int(app.answer_terms.undo.total_seconds() // 60),
        "proposes": not invitations.asks_at_once(app, asker, record),
    }
    return render(request, language, "together.html", values, area=AREA)


@router.post("/aanvragen/{request_id}/samen", dependencies=[Depends(form_is_ours)])
def invite(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.INVITE))],
    sent: Posted,
    request_id: Id,
    school: SentSchool = "",
) -> HTMLResponse:
    """Asks those who were chosen, and says of whom that could not be, and why."""
    named = [named_at_school(one) for one in sent.getlist("alumnus")]
    chosen = [Chosen(name, of_school or None) for name, of_school in named]
    with opening(request, asker):
        outcomes = gatherings.invite_many(
            state_of(request).app, asker, request_id, chosen, school=school or None, words=words_in(dict(sent))
        )
    values = {
        "asked_count": sum(not one.problem and not one.proposed for one in outcomes),
        "proposed_count": sum(one.proposed for one in outcomes),
        "problems": [(one.chosen.name, _problem(language, one)) for one in outcomes if one.problem],
        "back": address("aanvragen", request_id, school=school),
    }
    return render(request, language, "together_done.html", values, area=AREA)


def _problem(language: Language, outcome: Outcome) -> str:
    return error_sentence(language, InvalidValue(outcome.problem, **outcome.values))


@router.get("/aanvragen/{request_id}/ja")
def helpers(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.CONTACT))],
    request_id: Id,
    school: Short = "",
) -> HTMLResponse:
    """Names and addresses of the alumni who said yes, a letter to all of them, and who was there."""
    app = state_of(request).app
    agreed = invitations.helpers(app, asker, request_id, school=school or None)
    there = demands.overview(app, asker, request_id, school=school or None)
    values = {
        "helpers": [helper_out(helper) for helper in agreed],
        "letters": gatherings.letters(app, asker, request_id, school=school or None),
        "most": MOST_WORDS,
        "can_close": there.can_close and asker.may(Action.REQUESTS_CLOSE),
        "school": school,
        "write": address("aanvragen", request_id, "brief"),
        "close": address("aanvragen", request_id, "afronden"),
        "back": address("aanvragen", request_id, school=school),
    }
    return render(request, language, "helpers.html", values, area=AREA)


@router.post("/aanvragen/{request_id}/brief", dependencies=[Depends(form_is_ours)])
def write(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.CONTACT))],
    request_id: Id,
    text: Annotated[str, Form(alias="tekst", max_length=10 * MOST_WORDS)],
    school: SentSchool = "",
) -> Response:
    """Mails a letter to everybody who comes."""
    gatherings.write_to_all(state_of(request).app, asker, request_id, text, school=school or None)
    return done(address("aanvragen", request_id, "ja", school=school), "brief")
