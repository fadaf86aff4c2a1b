"""Aftercare: whom to contact after they left, what came of it, and objections to that."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.http.state import state_of
from api.login.access import may
from api.routes.common import AlumnusId, Page, PageSize, School, answer, problems
from api.schemas.aftercare import AftercareOut, DossierOut, listed, opened
from api.schemas.days import Day
from api.schemas.rankings import Model
from matcher.domain.aftercare import How, Outcome
from matcher.policy import Action, Asker
from matcher.services import aftercare
from matcher.services.aftercare import LONGEST, Entry, Show
from matcher.services.browsing import Slice

router = APIRouter(prefix="/v1/aftercare", tags=["people"])
Reader = Annotated[Asker, Depends(may(Action.AFTERCARE_READ))]
Writer = Annotated[Asker, Depends(may(Action.AFTERCARE_WRITE))]
PAGE = 20


class ContactIn(Model):
    """A contact, or a try, with somebody who left."""

    how: How = Field(examples=["phone"])
    outcome: Outcome = Field(examples=["no_contact"])
    on: Day | None = Field(default=None, description="Today where absent.", examples=["2027-03-01"])
    again_on: Day | None = Field(default=None, description="Agreed for the next contact.", examples=["2027-03-15"])


class EntryAdded(Model):
    """The number of the new line."""

    entry: int = Field(examples=[1204])


class ObjectionIn(Model):
    """An alumnus objects to the register, or withdraws that."""

    objects: bool = Field(examples=[True])
    said: str = Field(default="", max_length=LONGEST, examples=["Ik red me zelf wel."])


class DecisionIn(Model):
    """What a person decides on an objection."""

    upheld: bool = Field(examples=[True])
    because: str = Field(min_length=1, max_length=LONGEST, examples=["Werkt al een half jaar."])


class Objected(Model):
    """Whether the alumnus objects."""

    objects: bool = Field(examples=[True])


@router.get("", summary="Whom to contact next", response_model=AftercareOut, responses=problems(401, 404, 422))
def overview(
    request: Request,
    asker: Reader,
    show: Annotated[
        Show, Query(description="Whose day has come, later, no more, or who objects.", examples=["due"])
    ] = Show.DUE,
    school: School = None,
    page: Page = 1,
    page_size: PageSize = None,
) -> Response:
    """Those who left in the past year, in the order in which to contact them. It rests on the legal task."""
    part = Slice(page, page_size or PAGE)
    return answer(listed(aftercare.overview(state_of(request).app, asker, show, part, school=school), part))


@router.get("/{id}", summary="Aftercare of one", response_model=DossierOut, responses=problems(401, 404, 422))
def dossier(request: Request, asker: Reader, alumnus_id: AlumnusId, school: School = None) -> Response:
    """How the guidance stands, every contact and every objection."""
    return answer(opened(aftercare.dossier(state_of(request).app, asker, alumnus_id, school=school)))


@router.post("/{id}/contacts", summary="Add a contact", response_model=EntryAdded, responses=problems(401, 404, 422))
def add(request: Request, asker: Writer, alumnus_id: AlumnusId, said: ContactIn, school: School = None) -> Response:
    """Adds a contact; what others add meanwhile stays."""
    entry = Entry(said.how, said.outcome, said.on, said.again_on)
    return answer(EntryAdded(entry=aftercare.add(state_of(request).app, asker, alumnus_id, entry, school=school)))


@router.post(
    "/{id}/contacts/{entry}/correction",
    summary="Correct a contact",
    response_model=EntryAdded,
    responses=problems(401, 404, 422),
)
def correct(
    request: Request,
    asker: Writer,
    alumnus_id: AlumnusId,
    entry: Annotated[int, Path(description="Number of the line.", ge=1, le=2**63 - 1, examples=[1204])],
    school: School = None,
) -> Response:
    """Adds a line by which a contact counts no more; nothing is removed."""
    return answer(EntryAdded(entry=aftercare.correct(state_of(request).app, asker, alumnus_id, entry, school=school)))


@router.put(
    "/{id}/objection", summary="Object to aftercare", response_model=Objected, responses=problems(401, 404, 422)
)
def object_to(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.AFTERCARE_OBJECT))],
    alumnus_id: AlumnusId,
    said: ObjectionIn,
    school: School = None,
) -> Response:
    """Until a person has decided nobody may contact the alumnus. Rankings are another objection."""
    app = state_of(request).app
    aftercare.object_to(app, asker, objects=said.objects, said=said.said, alumnus_id=alumnus_id, school=school)
    return answer(Objected(objects=said.objects))


@router.post("/{id}/decision", summary="Decide on it", response_model=Objected, responses=problems(401, 404, 422))
def decide(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.AFTERCARE_DECIDE))],
    alumnus_id: AlumnusId,
    said: DecisionIn,
    school: School = None,
) -> Response:
    """Upheld, the contacts go and nobody contacts the alumnus any more."""
    app = state_of(request).app
    aftercare.decide(app, asker, alumnus_id, upheld=said.upheld, because=said.because, school=school)
    return answer(Objected(objects=said.upheld))
