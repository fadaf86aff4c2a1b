"""What a person has of the own fields of the school, as the person says it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import AfterValidator, Field
from starlette.responses import Response

from api.http.paths import with_slashes
from api.http.state import state_of
from api.login.access import may
from api.routes.common import ID, AlumnusId, School, answer, problems
from api.routes.people import CorrectedOut
from api.schemas.rankings import Model
from matcher.domain.own_fields import LONGEST_VALUE
from matcher.policy import Action, Asker
from matcher.services import own_fields

router = APIRouter(prefix="/v1", tags=["people"])


class OwnValueIn(Model):
    """What a person has of an own field."""

    value: str | None = Field(
        max_length=LONGEST_VALUE,
        description="A text, one of the choices, or `ja` or `nee`; null or empty clears.",
        examples=["zeilen"],
    )


OwnFieldName = Annotated[
    str,
    Path(alias="name", description="Name of the own field of the school.", examples=["Hobby"], **ID),
    AfterValidator(with_slashes),
]
Corrector = Annotated[Asker, Depends(may(Action.PERSON_CORRECT))]


@router.put(
    "/people/{id}/own-fields/{name}",
    summary="Correct an own field of the school",
    response_model=CorrectedOut,
    responses=problems(401, 422),
)
def correct_own(
    request: Request,
    asker: Corrector,
    alumnus_id: AlumnusId,
    name: OwnFieldName,
    asked: OwnValueIn,
    school: School = None,
) -> Response:
    """Sets what the person has of an own field, as stated by the alumnus (AVG 16); it survives the next import."""
    app = state_of(request).app
    field = own_fields.correct(app, asker, name, asked.value, alumnus_id=alumnus_id, school=school)
    return answer(CorrectedOut(field=field.name))


@router.delete(
    "/people/{id}/own-fields/{name}",
    summary="Empty an own field of the school",
    response_model=CorrectedOut,
    responses=problems(401, 422),
)
def clear_own(
    request: Request, asker: Corrector, alumnus_id: AlumnusId, name: OwnFieldName, school: School = None
) -> Response:
    """Takes away what is kept of an own field, as stated by the alumnus; the next import does not bring it back."""
    field = own_fields.correct(state_of(request).app, asker, name, None, alumnus_id=alumnus_id, school=school)
    return answer(CorrectedOut(field=field.name))
