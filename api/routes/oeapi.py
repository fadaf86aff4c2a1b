"""Courses and their runs as an Open Education API v6, to read only (openonderwijsapi.nl).

Which version is asked for stands in `Accept`: `application/vnd.oeapi+json; version=6.1`. Problems are as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from email.utils import parseaddr
from enum import IntEnum
from functools import partial
from typing import Annotated, Literal, TypeVar
from urllib.parse import quote, urlsplit
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.http.state import state_of
from api.login.access import may
from api.routes.common import problems
from matcher.domain.moments import day_in_netherlands
from matcher.domain.records import Offering
from matcher.errors import NotAcceptable, UnknownId
from matcher.exchange import oeapi
from matcher.exchange.catalogue import Catalogue, Course
from matcher.exchange.document import Document
from matcher.policy import Action, Asker
from matcher.services import catalogue
from matcher.text import fold

PREFIX = "/v1/oeapi"
MEDIA_TYPE = "application/vnd.oeapi+json"
router = APIRouter(prefix=PREFIX, tags=["oeapi"])
Reader = Annotated[Asker, Depends(may(Action.OFFERINGS_LIST))]
_PATHS = (
    "/", "/courses", "/courses/{courseId}", "/courses/{courseId}/course-offerings",
    "/course-offerings/{courseOfferingId}", "/organisations", "/organisations/{organisationId}",
    "/organisations/{organisationId}/courses", "/organisations/{organisationId}/course-offerings",
)  # fmt: skip
T = TypeVar("T")
_TITLE = "Verzorgende in de wijk"


class PageSizes(IntEnum):
    """How many items a page may have."""

    TEN = 10
    TWENTY = 20
    FIFTY = 50
    HUNDRED = 100
    MOST = 250


class OeapiItem(BaseModel):
    """A course, a run or an organisation, with the fields of the specification."""

    model_config = ConfigDict(extra="allow")

    name: list[dict[str, str]] = Field(examples=[[{"language": "nl", "value": _TITLE}]])


class OeapiPage(BaseModel):
    """One page of these."""

    pageSize: int = Field(examples=[10])  # noqa: N815 - as the specification spells it
    pageNumber: int = Field(examples=[1])  # noqa: N815
    hasPreviousPage: bool = Field(examples=[False])  # noqa: N815
    hasNextPage: bool = Field(examples=[True])  # noqa: N815
    totalPages: int = Field(examples=[8])  # noqa: N815
    items: list[OeapiItem]


class OeapiService(BaseModel):
    """What this service is, and what it can do."""

    model_config = ConfigDict(extra="allow")

    contactEmail: str = Field(examples=["beheer@school.example"])  # noqa: N815
    specification: str = Field(examples=["https://match.school.example/openapi.json"])


def accepted(request: Request) -> str:
    """The media type of the answer, by `Accept`. Raises NotAcceptable where it names none that we have."""
    header = request.headers.get("accept", "").strip() or "*/*"
    asked = [_range(one) for one in header.split(",") if one.strip()]
    for name, values in asked:
        if values.get("q", "1").strip() in {"0", "0.0", "0.00", "0.000"}:
            continue
        version = values.get("version")
        if name == MEDIA_TYPE and (version is None or _supported(version)):
            return f"{MEDIA_TYPE}; version={version if version in oeapi.VERSIONS else oeapi.VERSIONS[0]}"
        if name in {"*/*", "application/*", "application/json"}:
            return "application/json"
    versions = [values["version"] for name, values in asked if name == MEDIA_TYPE and "version" in values]
    requested = (versions[0] if versions else asked[0][0])[:40] if asked else ""
    supported = list(oeapi.VERSIONS)
    raise NotAcceptable(
        "version_not_acceptable", requested=requested, supported=supported, versions=", ".join(supported)
    )


def _supported(version: str) -> bool:
    return version in {*oeapi.VERSIONS, "6"}


def _range(text: str) -> tuple[str, dict[str, str]]:
    """A media range and its parameters, in small letters."""
    name, *parameters = (part.strip() for part in text.split(";"))
    pairs = (one.partition("=") for one in parameters)
    return name.lower(), {key.strip().lower(): value.strip().strip('"') for key, _, value in pairs}


Accepted = Annotated[str, Depends(accepted)]
Size = Annotated[PageSizes, Query(alias="pageSize", description="Items on a page.", examples=[10])]
Number = Annotated[int, Query(alias="pageNumber", ge=1, le=1_000_000, description="Which page, from 1.", examples=[1])]
Words = Annotated[
    str | None,
    Query(alias="q", max_length=200, description="In the name or the description.", examples=["verzorgende"]),
]
TeachingLanguage = Annotated[
    str | None,
    Query(alias="teachingLanguage", max_length=20, description="The language of the lessons.", examples=["nl"]),
]
Mode = Annotated[
    str | None, Query(alias="modeOfDelivery", max_length=40, description="How it is given.", examples=["online"])
]
Code = Annotated[
    str | None,
    Query(alias="primaryCode", max_length=200, description="The code of the course.", examples=["cursus-wondzorg"]),
]
StateOf = Annotated[
    Literal["active", "inactive"] | None,
    Query(alias="state", description="Whether one can apply.", examples=["active"]),
]
Since = Annotated[
    date | datetime | None,
    Query(description="Runs that begin from this day; today where absent.", examples=["2027-03-01"]),
]
Until = Annotated[
    date | datetime | None,
    Query(description="Runs that are over by this day.", examples=["2027-12-31"]),
]
CourseIdIn = Annotated[
    UUID, Path(alias="courseId", description="Id of the course.", examples=["123e4567-e89b-12d3-a456-426614174000"])
]
RunIdIn = Annotated[
    UUID,
    Path(alias="courseOfferingId", description="Id of the run.", examples=["123e4567-e89b-12d3-a456-426614174000"]),
]
OrganisationIdIn = Annotated[
    UUID,
    Path(
        alias="organisationId",
        description="Id of the organisation.",
        examples=["123e4567-e89b-12d3-a456-426614174000"],
    ),
]


class Filters:
    """What the items of a list must have; each is left out where it is not asked for."""

    def __init__(
        self,
        words: Words = None,
        language: TeachingLanguage = None,
        mode: Mode = None,
        code: Code = None,
    ) -> None:
        self._words = fold(words or "")
        self._language = language
        self._mode = mode
        self._code = code
        self._asks = bool(self._words or language or mode or code)

    def page(self, items: Sequence[T], write: Callable[[T], Document], number: int, size: int) -> Document:
        """A page of the items that have all of it; only where something is asked for each of them is written."""
        if self._asks:
            items = [one for one in items if self._keeps(write(one))]
        return oeapi.page(items, number, size, write)

    def _keeps(self, one: Document) -> bool:
        texts = (text["value"] for name in ("name", "description") for text in one.get(name, ()))
        if self._words and not any(self._words in fold(text) for text in texts):
            return False
        if self._language and not any(_same(self._language, here) for here in one.get("teachingLanguages", ())):
            return False
        if self._mode and self._mode not in one.get("modesOfDelivery", ()):
            return False
        return not self._code or self._code == one["primaryCode"]["code"]


Filtered = Annotated[Filters, Depends()]


class Period:
    """Which runs are listed, by when they are and by state."""

    def __init__(self, state: StateOf = None, since: Since = None, until: Until = None) -> None:
        self.state = state
        self._since, self._until = _day(since), _day(until)

    def of(self, runs: Iterable[Offering], today: date) -> list[Offering]:
        """Those of these runs, in the order in which they begin."""
        since = today if self._since is None else self._since
        kept = [one for one in runs if oeapi.begins_between(one, since, self._until)]
        if self.state is not None:
            kept = [one for one in kept if oeapi.state(one, today) == self.state]
        return sorted(kept, key=lambda one: (one.start or date.max, one.offering_id))


InPeriod = Annotated[Period, Depends()]


def _same(asked: str, here: str) -> bool:
    """Whether a language is the asked one: nl is nl-NL too."""
    return asked.partition("-")[0].lower() == here.partition("-")[0].lower()


def _day(moment: date | datetime | None) -> date | None:
    if isinstance(moment, datetime):
        return day_in_netherlands(moment) if moment.tzinfo else moment.date()
    return moment


@router.get("/", summary="This service", response_model=OeapiService, responses=problems(401, 403, 406))
def service(request: Request, asker: Reader, media: Accepted) -> Response:
    """Who to write to, and what can be asked for."""
    del asker
    settings = state_of(request).settings
    base = _base(request)
    contact = parseaddr(settings.mail_from or "")[1] or f"postmaster@{urlsplit(base).hostname}"
    return _sent(
        {
            "contactEmail": contact,
            "specification": f"{base}/openapi.json",
            "documentation": "https://openonderwijsapi.nl/",
            "supportedConsumers": [],
            "supportedOperations": [{"verbs": ["GET"], "path": quote(path)} for path in _PATHS],
            "supportedExpands": [],
        },
        media,
    )


@router.get("/courses", summary="Courses", response_model=OeapiPage, responses=problems(401, 403, 406, 422))
def courses(
    request: Request, asker: Reader, media: Accepted, wanted: Filtered, size: Size = PageSizes.TEN, number: Number = 1
) -> Response:
    """Every course, by provider and name; one that has no run ahead too."""
    found = _seen(request, asker)
    return _sent(wanted.page([*found.courses.values()], oeapi.course, number, size), media)


@router.get(
    "/courses/{courseId}", summary="A course", response_model=OeapiItem, responses=problems(401, 403, 404, 406, 422)
)
def course(request: Request, asker: Reader, media: Accepted, course_id: CourseIdIn) -> Response:
    """One course, as its latest run tells it."""
    return _sent(oeapi.course(_course(_seen(request, asker), course_id)), media)


@router.get(
    "/courses/{courseId}/course-offerings",
    summary="Runs of a course",
    response_model=OeapiPage,
    responses=problems(401, 403, 404, 406, 422),
)
def runs_of_course(
    request: Request,
    asker: Reader,
    media: Accepted,
    course_id: CourseIdIn,
    wanted: Filtered,
    period: InPeriod,
    size: Size = PageSizes.TEN,
    number: Number = 1,
) -> Response:
    """The runs of one course, the first to begin first; those that began before today with `since` alone."""
    today = _today(request)
    runs = period.of(_course(_seen(request, asker), course_id).runs, today)
    return _sent(wanted.page(runs, partial(oeapi.run, today=today), number, size), media)


@router.get(
    "/course-offerings/{courseOfferingId}",
    summary="A run of a course",
    response_model=OeapiItem,
    responses=problems(401, 403, 404, 406, 422),
)
def run(request: Request, asker: Reader, media: Accepted, run_id: RunIdIn) -> Response:
    """One run, as it stands today: when, where, for how much, and whether one can apply."""
    found = _found(_seen(request, asker).runs.get(str(run_id)), run_id)
    return _sent(oeapi.run(found, _today(request)), media)


@router.get("/organisations", summary="Providers", response_model=OeapiPage, responses=problems(401, 403, 406, 422))
def organisations(
    request: Request, asker: Reader, media: Accepted, wanted: Filtered, size: Size = PageSizes.TEN, number: Number = 1
) -> Response:
    """Those who offer courses here, by name."""
    return _sent(wanted.page([*_seen(request, asker).providers.values()], oeapi.organisation, number, size), media)


@router.get(
    "/organisations/{organisationId}",
    summary="A provider",
    response_model=OeapiItem,
    responses=problems(401, 403, 404, 406, 422),
)
def organisation(request: Request, asker: Reader, media: Accepted, organisation_id: OrganisationIdIn) -> Response:
    """One of those who offer courses here."""
    return _sent(oeapi.organisation(_provider(_seen(request, asker), organisation_id)), media)


@router.get(
    "/organisations/{organisationId}/courses",
    summary="Courses of a provider",
    response_model=OeapiPage,
    responses=problems(401, 403, 404, 406, 422),
)
def courses_of_organisation(
    request: Request,
    asker: Reader,
    media: Accepted,
    organisation_id: OrganisationIdIn,
    wanted: Filtered,
    size: Size = PageSizes.TEN,
    number: Number = 1,
) -> Response:
    """Every course of one provider, by name."""
    found = _seen(request, asker)
    provider = _provider(found, organisation_id)
    own = [one for one in found.courses.values() if one.about.provider == provider]
    return _sent(wanted.page(own, oeapi.course, number, size), media)


@router.get(
    "/organisations/{organisationId}/course-offerings",
    summary="Runs of a provider",
    response_model=OeapiPage,
    responses=problems(401, 403, 404, 406, 422),
)
def runs_of_organisation(
    request: Request,
    asker: Reader,
    media: Accepted,
    organisation_id: OrganisationIdIn,
    wanted: Filtered,
    period: InPeriod,
    size: Size = PageSizes.TEN,
    number: Number = 1,
) -> Response:
    """The runs of one provider, the first to begin first; those that began before today with `since` alone."""
    found = _seen(request, asker)
    provider = _provider(found, organisation_id)
    today = _today(request)
    runs = period.of((one for one in found.runs.values() if one.provider == provider), today)
    return _sent(wanted.page(runs, partial(oeapi.run, today=today), number, size), media)


def _seen(request: Request, asker: Asker) -> Catalogue:
    state = state_of(request)
    return catalogue.seen(state.app, asker, state.catalogue())


def _today(request: Request) -> date:
    return state_of(request).app.clock.today()


def _base(request: Request) -> str:
    return (state_of(request).settings.base_url or str(request.base_url)).rstrip("/")


def _course(found: Catalogue, course_id: UUID) -> Course:
    return _found(found.courses.get(str(course_id)), course_id)


def _provider(found: Catalogue, organisation_id: UUID) -> str:
    return _found(found.providers.get(str(organisation_id)), organisation_id)


def _found(one: T | None, id_: UUID) -> T:
    if one is None:
        raise UnknownId("unknown_here", id=str(id_))
    return one


def _sent(document: Document, media: str) -> Response:
    return Response(orjson.dumps(document), 200, {"Vary": "Accept"}, media)
