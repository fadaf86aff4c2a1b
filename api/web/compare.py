"""Two or three of a list side by side: what their rows show, and no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import may_rank
from api.web import cards
from api.web.cards import RowView
from api.web.forms import Id, Short, Top, Wish, named_at_school, wish
from api.web.render import address, render
from api.web.teacher import inviter_of_unsaved, without_done
from matcher.domain.answers import Ranking
from matcher.domain.kinds import RequestKind
from matcher.locale import Language, say
from matcher.policy import Action, Asker
from matcher.services import browsing, matching, questions

router = APIRouter(include_in_schema=False)
FEWEST, MOST = 2, 3
Chosen = Annotated[list[str] | None, Query(alias="kies", max_length=100)]


@dataclass(frozen=True)
class Line:
    """One line of the comparison: its name, what each has of it, and whether they differ."""

    name: str
    label: str
    cells: Sequence[object]
    differs: bool


@router.get("/zoeken/vergelijk")
def of_question(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.MATCH_UNSAVED)],
    asked: Annotated[Wish, Depends(wish)],
    chosen: Chosen = None,
) -> HTMLResponse:
    """Those of the list of a question that is not saved."""
    wanted = asked.wanted(RequestKind.GUEST_LESSON)
    answer = questions.ask(state_of(request).app, asker, wanted, top=asked.top, at_once=True)
    kept = without_done(request)
    here, back = f"/zoeken/waarom?{kept}", f"/zoeken?{kept}#lijst"
    inviter = inviter_of_unsaved(request, asker)
    return _page(request, language, answer.ranking, None, here, back, chosen or [], inviter)


@router.get("/aanvragen/{request_id}/vergelijk")
def of_request(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.MATCH)],
    request_id: Id,
    chosen: Chosen = None,
    school: Short = "",
    top: Top = 10,
) -> HTMLResponse:
    """Those of the list of a saved request."""
    app = state_of(request).app
    record = browsing.request(app, asker, request_id, school or None)
    ranking = matching.match(app, asker, request_id, school=record.school or "", top=top, at_once=True)
    back = f"{address('aanvragen', request_id, school=school, top=top)}#lijst"
    action = address("aanvragen", request_id, "uitnodiging")
    inviter = {"method": "get", "action": action, "school": record.school or "", "states": {}, "mails": {}}
    may_invite = asker.may(Action.INVITE)
    shown_to = inviter if may_invite else None
    return _page(request, language, ranking, record.school, "", back, chosen or [], shown_to, record.town)


def _page(
    request: Request,
    language: Language,
    ranking: Ranking | None,
    school: str | None,
    here: str,
    back: str,
    chosen: Sequence[str],
    inviter: object,
    town: str | None = None,
) -> HTMLResponse:
    wanted = {named_at_school(value) for value in chosen}
    view = cards.ranking_view(language, ranking, school, here=here, town=town) if ranking else {"cards": []}
    rows: list[RowView] = [row for row in view["cards"] if (row.id, row.owner) in wanted][:MOST]
    values = {
        "rows": rows,
        "behind": view.get("behind", ""),
        "lines": _lines(language, rows) if len(rows) >= FEWEST else [],
        "back": back,
        "inviter": inviter,
    }
    return render(request, language, "compare.html", values)


def _lines(language: Language, rows: Sequence[RowView]) -> list[Line]:
    """What the rows show, line by line; a line that none has anything of is left out."""
    shown: dict[str, Callable[[RowView], object]] = {
        "who": lambda row: row.about,
        "band": lambda row: row.band,
        "days": lambda row: row.days,
        "distance": lambda row: row.brief.distance,
        "facts": lambda row: row.brief.facts,
        "caution": lambda row: row.brief.caution,
    }
    lines = []
    for name, of in shown.items():
        cells = [of(row) for row in rows]
        if any(cells):
            differs = any(cell != cells[0] for cell in cells)
            lines.append(Line(name, say(language, f"asking.compare.{name}"), cells, differs))
    return lines
