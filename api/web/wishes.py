"""The page of courses that alumni want and nobody gives yet, for the coordinator and for organisations."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import may_rank
from api.schemas.drafts import written
from api.web.render import address, render
from matcher.errors import UnknownId
from matcher.policy import Action, Asker
from matcher.services import wishes

router = APIRouter(include_in_schema=False)
Reader = Annotated[Asker, may_rank(Action.WISHES_READ)]


@router.get("/wensen")
def listed(request: Request, language: PageLanguage, asker: Reader) -> HTMLResponse:
    """Each field and region that a course could be made for, with the draft to download."""
    state = state_of(request)
    if not state.warm:
        state.start_warming()
    found = wishes.drafts(state.app, asker) if state.warm else ()
    rows = [
        {
            "subject": one.subject,
            "region": one.region,
            "place": one.place,
            "skills": ", ".join(one.skills),
            "count": one.count,
            "link": address("wensen", one.id),
        }
        for one in found
    ]
    return render(request, language, "wishes.html", {"warm": state.warm, "rows": rows}, area="wishes")


@router.get("/wensen/{draft_id}")
def download(request: Request, asker: Reader, draft_id: Annotated[UUID, Path()]) -> Response:
    """One draft as a file."""
    found = {one.id: one for one in wishes.drafts(state_of(request).app, asker)}
    if str(draft_id) not in found:
        raise UnknownId("unknown_here", id=str(draft_id))
    made = written(found[str(draft_id)])
    name, content = f"{made['primaryCode']['code']}.json", orjson.dumps(made, option=orjson.OPT_INDENT_2)
    return Response(content, 200, {"Content-Disposition": f'attachment; filename="{name}"'}, "application/json")
