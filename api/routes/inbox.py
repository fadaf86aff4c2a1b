"""Replies by mail that a person has to read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field
from starlette.responses import Response

from api.http.state import state_of
from api.login.access import may
from api.routes.common import ID, School, answer, problems
from api.schemas.rankings import Model
from matcher.policy import Action, Asker
from matcher.replies.reading import Answer
from matcher.services import inbox

router = APIRouter(prefix="/v1", tags=["people"])
Reader = Annotated[Asker, Depends(may(Action.REPLIES_READ))]


class ReplyOut(Model):
    """A reply that rules could not read, or that says more than they could."""

    id: str = Field(description="Names the reply until it is settled.", examples=["4611686018427387904"])
    at: datetime = Field(description="When it came in, UTC.")
    school: str = Field(examples=["ROC Vechtdal"])
    alumnus_id: str = Field(examples=["A-0007"])
    request_id: str | None = Field(description="The request that it is about; null if it does not say.")
    asked: list[str] = Field(
        description="Where it does not say: the requests that the alumnus can still answer.",
        examples=[["R-12", "R-31"]],
    )
    reading: Answer = Field(description="What rules read: `doubt`, or what they recorded or could not record any more.")
    text: str = Field(description="The own words, without what is quoted.", examples=["Ja leuk, maar pas na 15 uur"])

    @classmethod
    def of(cls, one: inbox.Waiting) -> Self:
        """From the use case's."""
        return cls(
            id=str(one.doubt.key),
            at=one.doubt.at,
            school=one.alumnus.school,
            alumnus_id=one.alumnus.alumnus_id,
            request_id=one.request.request_id if one.request else None,
            asked=[request.request_id for request in one.asked],
            reading=Answer(one.doubt.reading),
            text=one.doubt.text,
        )


class InboxOut(Model):
    """The replies that wait, the oldest first."""

    items: list[ReplyOut]


class SettleIn(Model):
    """What a person read in a reply."""

    answer: Literal["yes", "no", "later", "stop"] | None = Field(
        description="As the alumnus said it; null where nothing is to be recorded.", examples=["yes"]
    )
    request_id: str | None = Field(
        default=None,
        max_length=200,
        description="Which of `asked` it is about, where it names none.",
        examples=["R-12"],
    )


class SettledOut(Model):
    """Whether it was recorded: not where the alumnus has answered meanwhile."""

    recorded: bool = Field(examples=[True])


@router.get("/inbox", summary="Replies that wait", response_model=InboxOut, responses=problems(401, 404, 422))
def waiting(request: Request, asker: Reader, school: School = None) -> Response:
    """The replies by mail of the school's alumni that a person has to read, the oldest first. Logged as shown."""
    rows = inbox.waiting(state_of(request).app, asker, school=school)
    return answer(InboxOut(items=[ReplyOut.of(one) for one in rows]))


@router.post("/inbox/{id}", summary="Settle a reply", response_model=SettledOut, responses=problems(401, 404, 422))
def settle(
    request: Request,
    asker: Reader,
    key: Annotated[str, Path(alias="id", description="Id of the reply.", examples=["4611686018427387904"], **ID)],
    said: SettleIn,
) -> Response:
    """Records what was meant, which is confirmed to the alumnus by mail; the reply is then gone."""
    read = Answer(said.answer) if said.answer else None
    recorded = inbox.decide(state_of(request).app, asker, _key(key), read, request_id=said.request_id)
    return answer(SettledOut(recorded=recorded))


def _key(text: str) -> int:
    """The key of a reply; one that there is not for what is no key."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
