"""The life of a request: made, changed, copied, opened, withdrawn, closed; and who was asked for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import AfterValidator, ConfigDict, Field
from starlette.responses import Response

from api.http.paths import with_slashes
from api.http.state import state_of
from api.login.access import may, opening
from api.routes.common import ID, RequestId, School, answer, problems
from api.schemas.days import Day
from api.schemas.rankings import Model
from api.schemas.requests import RequestIn
from matcher.domain.demands import MOST_STUDENTS, Experience, State, Step, Why
from matcher.domain.demands import Standing as Stands
from matcher.domain.invitations import InvitationState, Reason
from matcher.domain.records import Request as Wish
from matcher.policy import Action, Asker
from matcher.services import demands, invitations, proposals

router = APIRouter(prefix="/v1", tags=["requests"])
Saver = Annotated[Asker, Depends(may(Action.REQUESTS_SAVE))]
Closer = Annotated[Asker, Depends(may(Action.REQUESTS_CLOSE))]
ADDRESS = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


class SavedRequestIn(RequestIn):
    """A request as it is stored."""

    requester: str | None = Field(
        default=None,
        max_length=320,
        pattern=ADDRESS,
        description="Who asks: an address.",
        examples=["d@school.example"],
    )
    closes_on: Day | None = Field(default=None, description="The last day to ask; its own last day at the latest.")
    team: str | None = Field(default=None, max_length=200, description="The team that asks.", examples=["Zorg"])

    def saved(self) -> Wish:
        """The domain value."""
        more = {"requester": self.requester, "closes_on": self.closes_on, "team": self.team or None}
        return replace(self.to_domain(), **more)  # type: ignore[arg-type]


class NewRequestIn(SavedRequestIn):
    """A request to be made."""

    concept: bool = Field(default=False, description="Not open yet: no one is asked for it.")


class MadeOut(Model):
    """The request was made."""

    id: str = Field(examples=["QQ7DBB35"])


class StepOut(Model):
    """One step of a request."""

    step: Step = Field(examples=["opened"])
    at: datetime = Field(description="UTC.")
    role: str = Field(examples=["teacher"])
    reason: Why | None = None


class StandingOut(Model):
    """Where a request stands today."""

    id: str = Field(examples=["R-12"])
    state: State = Field(examples=["asked"])
    people: int = Field(description="Places in all.", examples=[2])
    agreed: int = Field(description="Alumni who said yes.", examples=[1])
    waiting: int = Field(description="Alumni who may still answer.", examples=[1])
    places_left: int = Field(examples=[1])
    closes: date | None = Field(description="The last day to ask.")
    students: int | None = Field(description="How many heard it, once it was held.")
    experience: Experience | None = None
    steps: list[StepOut]


class WithdrawIn(Model):
    """Why a request is withdrawn."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "no_longer_needed"}]})

    reason: Why = Field(examples=["no_longer_needed"])


class AbsentIn(Model):
    """An alumnus who said yes and was not there."""

    id: str = Field(min_length=1, max_length=200, examples=["A-0007"])
    school: str = Field(min_length=1, max_length=200, examples=["ROC Vechtdal"])


class CloseIn(Model):
    """What came of a request."""

    held: bool = Field(examples=[True])
    students: int | None = Field(default=None, ge=0, le=MOST_STUDENTS, examples=[24])
    experience: Experience | None = Field(default=None, examples=["good"])
    reason: Why | None = Field(default=None, description="Why it was not held.", examples=["illness"])
    absent: list[AbsentIn] = Field(default=[], description="Who said yes and was not there, as `helpers` names them.")


class ClosedOut(Model):
    """The request is over."""

    contributed: int = Field(description="Alumni for whom it is a contribution.", examples=[1])


class AskedOut(Model):
    """Somebody who was asked, or is on the waiting list."""

    alumnus: str = Field(description="As on the card, or the number.", examples=["A-0007"])
    state: InvitationState = Field(examples=["asked"])
    place: int | None = Field(description="Place on the waiting list.")
    deadline: date | None = Field(description="The last day to answer.")
    can_undo: bool = Field(description="Whether the mail is not out yet.")
    why_not: Reason | None = None
    moment: datetime | None = Field(description="The moment that was chosen, in local time.")
    said: str | None = Field(description="What the alumnus wrote.")


class AskedListOut(Model):
    """Everyone who was asked for a request."""

    invitations: list[AskedOut]


class TakenBackOut(Model):
    """The ask no longer counts."""

    undone: bool = Field(description="In time: the alumnus never heard of it.", examples=[True])


@router.post("/requests", summary="Make a request", response_model=MadeOut, responses=problems(401, 404, 422))
def create(request: Request, asker: Saver, asked: NewRequestIn) -> Response:
    """A request of one's own school, open at once or as a concept. It closes on its own last day at the latest."""
    return answer(MadeOut(id=demands.create(state_of(request).app, asker, asked.saved(), concept=asked.concept)))


@router.put("/requests/{id}", summary="Change a request", response_model=MadeOut, responses=problems(401, 404, 422))
def edit(
    request: Request, asker: Saver, request_id: RequestId, asked: SavedRequestIn, school: School = None
) -> Response:
    """The request has these fields from now on; once somebody was asked its kind and days stay."""
    demands.edit(state_of(request).app, asker, request_id, asked.saved(), school=school)
    return answer(MadeOut(id=request_id))


@router.get(
    "/requests/{id}/standing",
    summary="Where a request stands",
    response_model=StandingOut,
    responses=problems(401, 404, 422),
)
def standing(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.REQUESTS_LIST))],
    request_id: RequestId,
    school: School = None,
) -> Response:
    """Its state today, its places, and each step that was taken."""
    there = demands.overview(state_of(request).app, asker, request_id, school=school)
    return answer(standing_out(there))


def standing_out(there: demands.Overview) -> StandingOut:
    """Where a request stands, as JSON."""
    stands: Stands = there.standing
    return StandingOut(
        id=there.request.request_id,
        state=stands.state,
        people=stands.wanted,
        agreed=stands.agreed,
        waiting=stands.waiting,
        places_left=stands.left,
        closes=stands.closes,
        students=there.state.students,
        experience=there.state.experience,
        steps=[StepOut(step=one.step, at=one.at, role=one.role, reason=one.reason) for one in there.steps],
    )


@router.post("/requests/{id}/copy", summary="Copy a request", response_model=MadeOut, responses=problems(401, 404, 422))
def copy(request: Request, asker: Saver, request_id: RequestId, school: School = None) -> Response:
    """A concept from an earlier request, moved to the same days of the week a year later."""
    return answer(MadeOut(id=demands.copy(state_of(request).app, asker, request_id, school=school)))


@router.post("/requests/{id}/open", summary="Open a concept", response_model=MadeOut, responses=problems(401, 404, 422))
def open_concept(request: Request, asker: Saver, request_id: RequestId, school: School = None) -> Response:
    """From now on alumni are ranked for it."""
    demands.open_(state_of(request).app, asker, request_id, school=school)
    return answer(MadeOut(id=request_id))


@router.post(
    "/requests/{id}/withdraw", summary="Withdraw a request", response_model=MadeOut, responses=problems(401, 404, 422)
)
def withdraw(
    request: Request, asker: Closer, request_id: RequestId, asked: WithdrawIn, school: School = None
) -> Response:
    """Whoever was asked or said yes hears it by mail."""
    demands.withdraw(state_of(request).app, asker, request_id, asked.reason, school=school)
    return answer(MadeOut(id=request_id))


@router.post(
    "/requests/{id}/close", summary="Close a request", response_model=ClosedOut, responses=problems(401, 404, 422)
)
def close(request: Request, asker: Closer, request_id: RequestId, asked: CloseIn, school: School = None) -> Response:
    """Says whether it was held, for how many students, and how it was; a contribution of each who agreed."""
    count = demands.close(
        state_of(request).app,
        asker,
        request_id,
        held=asked.held,
        students=asked.students,
        experience=asked.experience,
        reason=asked.reason,
        absent=[(one.school, one.id) for one in asked.absent],
        school=school,
    )
    return answer(ClosedOut(contributed=count))


class ApprovedOut(Model):
    """What somebody proposed was approved."""

    rank: int = Field(description="Place in the list.", examples=[1])
    waits: bool = Field(description="Whether it is on the waiting list.", examples=[False])


@router.get(
    "/requests/{id}/invitations",
    summary="Who was asked",
    response_model=AskedListOut,
    responses=problems(401, 404, 422),
)
def asked_for(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.INVITE))],
    request_id: RequestId,
    school: School = None,
) -> Response:
    """Everyone who was asked for a request or is on its waiting list, and how each stands; never a name."""
    listed = invitations.outline(state_of(request).app, asker, request_id, school=school)
    return answer(AskedListOut(invitations=[_asked_out(one) for one in listed]))


def _asked_out(asked: invitations.Asked) -> AskedOut:
    one = asked.invitation
    return AskedOut(
        alumnus=asked.name,
        state=one.state,
        place=one.place if one.state is InvitationState.QUEUED else None,
        deadline=one.deadline,
        can_undo=asked.can_undo,
        why_not=one.why_not,
        moment=one.moment,
        said=one.said,
    )


@router.post(
    "/requests/{id}/invitations/{alumnus_id}/approval",
    summary="Approve what somebody proposed",
    response_model=ApprovedOut,
    responses=problems(401, 404, 422),
)
def approve(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.INVITE))],
    request_id: RequestId,
    alumnus_id: Annotated[
        str,
        Path(description="As on the card, or the number.", examples=["A-0007"], **ID),
        AfterValidator(with_slashes),
    ],
    school: School = None,
) -> Response:
    """The alumnus is asked, or stands on the waiting list if that was proposed; consent and rules are looked at now."""
    app = state_of(request).app
    with opening(request, asker):
        approved = proposals.approve(app, asker, request_id, alumnus_id, school=school)
    return answer(ApprovedOut(rank=approved.rank, waits=approved.mail is None))


@router.delete(
    "/requests/{id}/invitations/{alumnus_id}",
    summary="Take an invitation back",
    response_model=TakenBackOut,
    responses=problems(401, 404, 422),
)
def take_back(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.INVITE))],
    request_id: RequestId,
    alumnus_id: Annotated[
        str,
        Path(description="As on the card, or the number.", examples=["A-0007"], **ID),
        AfterValidator(with_slashes),
    ],
    school: School = None,
) -> Response:
    """Within ten minutes as if it was never made; later the alumnus hears that it is no longer needed."""
    with opening(request, asker):
        undone = invitations.take_back(state_of(request).app, asker, request_id, alumnus_id, school=school)
    return answer(TakenBackOut(undone=undone))
