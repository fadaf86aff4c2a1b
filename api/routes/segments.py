"""Segments, messages to them, and what came of the questions of a school.

Approving a message is done by a person on the page, so no route does.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.http.state import state_of
from api.login.access import may
from api.routes.common import ID, School, answer, problems
from api.schemas.segments import (
    LookOut,
    MessagesOut,
    RoundsOut,
    SegmentIn,
    SegmentOut,
    SegmentsOut,
    look_out,
    message_out,
    round_out,
    segment_out,
)
from matcher.domain.kinds import Purpose
from matcher.policy import Action, Asker
from matcher.services import feedback, segment_messages, segments

router = APIRouter(prefix="/v1", tags=["lists"])
Manager = Annotated[Asker, Depends(may(Action.SEGMENT))]
Reader = Annotated[Asker, Depends(may(Action.FEEDBACK))]


@router.get(
    "/segments", summary="The segments of the school", response_model=SegmentsOut, responses=problems(401, 404, 422)
)
def listed(request: Request, asker: Manager, school: School = None) -> Response:
    """Saved filters, with how many alumni each has today, whatever they agreed to."""
    found = segments.listed(state_of(request).app, asker, school)
    return answer(SegmentsOut(items=[segment_out(one) for one in found]))


@router.post("/segments", summary="Save a segment", response_model=SegmentOut, responses=problems(401, 404, 422))
def save(request: Request, asker: Manager, wanted: SegmentIn) -> Response:
    """Saves a filter on the alumni of the school; whoever meets it later is of it too."""
    kept = segments.add(state_of(request).app, asker, wanted.name, wanted.criteria.criteria(), school=wanted.school)
    criteria = dict(kept.criteria)
    return answer(SegmentOut(id=kept.id, school=kept.school, name=kept.name, criteria=criteria, people=None))


@router.get(
    "/segments/{segment}/audience",
    summary="Whom a message to a segment may go to",
    response_model=LookOut,
    responses=problems(401, 404, 422),
)
def audience(
    request: Request,
    asker: Manager,
    segment: Annotated[str, Path(description="Id of the segment.", examples=["K3V7QWXT"], **ID)],
    purpose: Annotated[Purpose, Query(description="What the message is for.", examples=["feedback"])],
    school: School = None,
) -> Response:
    """Counts, before and after consent: how many may have it, and how many not for which reason."""
    return answer(look_out(segments.look(state_of(request).app, asker, segment, purpose, school=school)))


@router.get(
    "/segments/messages",
    summary="The messages of the school",
    response_model=MessagesOut,
    responses=problems(401, 404, 422),
)
def messages(request: Request, asker: Manager, school: School = None) -> Response:
    """What was sent to segments, and what came of it."""
    found = segment_messages.listed(state_of(request).app, asker, school)
    return answer(MessagesOut(items=[message_out(one) for one in found]))


@router.get("/feedback", summary="What came of questions", response_model=RoundsOut, responses=problems(401, 404, 422))
def rounds(request: Request, asker: Reader, school: School = None) -> Response:
    """Answers to the questions of the school, per qualification from five on, with those of last year."""
    found = feedback.results(state_of(request).app, asker, school)
    return answer(RoundsOut(items=[round_out(one) for one in found]))
