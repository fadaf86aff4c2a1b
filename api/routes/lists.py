"""Lists of records, by page; alumni without identifying data."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Annotated, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field, SerializeAsAny
from starlette.responses import Response

from api.http.state import state_of
from api.login.access import may
from api.routes.common import NAME, Page, PageSize, School, answer, problems
from api.schemas.items import OfferingItem, RequestItem
from api.schemas.rankings import Model
from matcher.domain.records import Alumnus, Offering, Record, RecordKind
from matcher.domain.records import Request as Asked
from matcher.policy import Action, Asker
from matcher.services import browsing
from matcher.services.browsing import Slice

router = APIRouter(prefix="/v1", tags=["lists"])
Item = TypeVar("Item", bound=Model)


class ListOf(Model, Generic[Item]):
    """One page of a list."""

    items: list[SerializeAsAny[Item]]
    page: int = Field(examples=[1])
    page_size: int = Field(examples=[20])
    total: int = Field(description="Entries on all pages together.", examples=[812])


class AlumnusItem(Model):
    """An alumnus, pseudonymous."""

    id: str = Field(examples=["A-0007"])
    school: str = Field(examples=["ROC Vechtdal"])
    function: str | None = Field(examples=["Wijkverpleegkundige"])
    sector: str | None = Field(examples=["Zorg en welzijn"])
    town: str | None = Field(examples=["Zwolle"])
    own_fields: dict[str, str] = Field(
        description="Own fields of the school that are not personal.", examples=[{"Heeft rijbewijs": "ja"}]
    )


@router.get(
    "/alumni",
    summary="Alumni, pseudonymous",
    response_model=ListOf[AlumnusItem],
    responses=problems(401, 404, 422),
)
def alumni(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.ALUMNI_LIST))],
    page: Page = 1,
    page_size: PageSize = None,
    school: School = None,
) -> Response:
    """Id, school, function, sector and town, by school and id. Never a name, contact details or free text.

    Of own fields of the school those that it calls not personal.

    For an adviser those whose consent to advice is in force; for a coordinator all alumni of the school.
    """
    return _page(request, asker, RecordKind.ALUMNI, (page, page_size), school)


@router.get("/requests", summary="Requests", response_model=ListOf[RequestItem], responses=problems(401, 404, 422))
def requests(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.REQUESTS_LIST))],
    page: Page = 1,
    page_size: PageSize = None,
    school: School = None,
) -> Response:
    """All requests, open or not, by school and id; without the requester's address."""
    return _page(request, asker, RecordKind.REQUESTS, (page, page_size), school)


@router.get("/offerings", summary="Courses", response_model=ListOf[OfferingItem], responses=problems(401, 404, 422))
def offerings(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.OFFERINGS_LIST))],
    page: Page = 1,
    page_size: PageSize = None,
    provider: Annotated[
        str | None, Query(description="Only this provider.", examples=["Zorgacademie Oost"], **NAME)
    ] = None,
) -> Response:
    """All runs of courses, by provider and id."""
    return _page(request, asker, RecordKind.OFFERINGS, (page, page_size), provider)


def _page(
    request: Request, asker: Asker, kind: RecordKind, asked: tuple[int, int | None], owner: str | None
) -> Response:
    state = state_of(request)
    number, size = asked[0], asked[1] or state.settings.page_size
    listed = browsing.page(state.app, asker, kind, Slice(number, size), owner)
    items = [_item(record, listed.own.get(record.key, {})) for record in listed.items]
    value = ListOf[Model](items=items, page=number, page_size=size, total=listed.total)
    return answer(value, headers={"Link": links(request, number, size, listed.total)})


def links(request: Request, page: int, size: int, total: int) -> str:
    """The RFC 8288 Link header: first, prev, next and last."""
    last = max(1, ceil(total / size))
    targets = {"first": 1, "prev": min(page - 1, last), "next": page + 1 if page < last else 0, "last": last}
    filters = [(name, value) for name, value in request.query_params.multi_items() if name not in {"page", "page_size"}]
    path = request.url.path
    return ", ".join(
        f'<{path}?{urlencode([*filters, ("page", number), ("page_size", size)])}>; rel="{relation}"'
        for relation, number in targets.items()
        if number > 0
    )


def _item(record: Record, own: Mapping[str, str]) -> Model:
    match record:
        case Alumnus():
            return AlumnusItem(
                id=record.alumnus_id,
                school=record.school,
                function=record.function,
                sector=record.sector,
                town=record.town,
                own_fields=dict(own),
            )
        case Asked():
            return RequestItem.of(record)
        case Offering():
            return OfferingItem.of(record)
