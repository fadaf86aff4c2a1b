"""Rankings and their explanation."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import AfterValidator
from starlette.responses import Response

from api.http.languages import ApiLanguage
from api.http.paths import with_slashes
from api.http.state import state_of
from api.login.access import Later, may_rank, may_rank_later, opening
from api.routes.common import ID, NAME, AlumnusId, AsOf, OfferingId, Provider, RequestId, School, Top, answer, problems
from api.schemas.rankings import AccountOut, RankingOut, account_json, own_values, ranking_json
from api.schemas.requests import RequestIn
from matcher.policy import Action, Asker
from matcher.services import matching
from matcher.services.matching import AsSent

router = APIRouter(prefix="/v1", tags=["matches"])


@router.get(
    "/requests/{id}/matches",
    summary="Alumni for a request",
    response_model=RankingOut,
    responses=problems(401, 422),
)
def match(
    request: Request,
    language: ApiLanguage,
    later: Annotated[Later, may_rank_later(Action.MATCH)],
    request_id: RequestId,
    top: Top = 10,
    as_of: AsOf = None,
    school: School = None,
) -> Response:
    """Willing, available alumni for a saved request, best first, each with the terms of the score and the reasons."""
    with later.reading() as (reading, asker):
        asked = matching.asked_list(reading, asker, request_id, school=school, top=top, as_of=as_of)
    sent = AsSent(f"json {language}", lambda ranking, own: ranking_json(ranking, language, own))
    return answer(matching.as_sent(state_of(request).app, asker, asked, sent), language)


@router.get(
    "/alumni/{id}/recommendations",
    summary="Courses or roles for an alumnus",
    response_model=RankingOut,
    responses=problems(401, 422),
)
def recommend(
    request: Request,
    language: ApiLanguage,
    asker: Annotated[Asker, may_rank(Action.RECOMMEND)],
    alumnus_id: AlumnusId,
    target: Annotated[
        Literal["offerings", "requests"],
        Query(alias="for", description="Courses (`offerings`) or roles (`requests`).", examples=["offerings"]),
    ],
    top: Top = 10,
    as_of: AsOf = None,
    school: School = None,
) -> Response:
    """What fits this alumnus, best first: courses with the gap that each closes, or roles at a school."""
    app = state_of(request).app
    with opening(request, asker):
        ranking = matching.recommend(app, asker, alumnus_id, target, school=school, top=top, as_of=as_of, at_once=True)
    return answer(ranking_json(ranking, language), language)


@router.get(
    "/offerings/{id}/audience",
    summary="Alumni whom a course would help",
    response_model=RankingOut,
    responses=problems(401, 422),
)
def audience(
    request: Request,
    language: ApiLanguage,
    asker: Annotated[Asker, may_rank(Action.AUDIENCE)],
    offering_id: OfferingId,
    top: Top = 50,
    as_of: AsOf = None,
    provider: Provider = None,
    school: Annotated[
        str | None,
        Query(description="Only alumni of this school.", examples=["ROC Vechtdal"], **NAME),
    ] = None,
) -> Response:
    """Alumni to tell about this course, best first, among those who agreed to advice."""
    app = state_of(request).app
    ranking = matching.audience(
        app, asker, offering_id, provider=provider, school=school, top=top, as_of=as_of, at_once=True
    )
    return answer(ranking_json(ranking, language, own_values(app, asker, ranking)), language)


@router.get(
    "/explanations/{query_id}/{candidate_id}",
    summary="The whole account of one pair",
    response_model=AccountOut,
    responses=problems(401, 422),
)
def explain(
    request: Request,
    language: ApiLanguage,
    asker: Annotated[Asker, may_rank(Action.EXPLAIN)],
    query_id: Annotated[
        str,
        Path(description="Request, course or alumnus that is asked about.", examples=["R-12"], **ID),
        AfterValidator(with_slashes),
    ],
    candidate_id: Annotated[
        str,
        Path(description="Candidate, in the list or not.", examples=["A-0007"], **ID),
        AfterValidator(with_slashes),
    ],
    kind: Annotated[
        Literal["request", "offering", "alumnus"] | None,
        Query(description="What the query is, where its id can be more than one thing.", examples=["request"]),
    ] = None,
    as_of: AsOf = None,
    school: School = None,
    candidate_school: Annotated[
        str | None,
        Query(
            description="School of the candidate, where it is another than `school`.",
            examples=["ROC Vechtdal"],
            **NAME,
        ),
    ] = None,
    provider: Provider = None,
) -> Response:
    """Why a pair is in the list or not: every rule, every term of the score, the rank, and what would change it.

    To askers who may not list alumni, one 404 for an alumnus who is unknown, hidden or not available.
    """
    pair = matching.PairOfIds(query_id, candidate_id, kind, school, candidate_school, provider)
    with opening(request, asker):
        account = matching.why(state_of(request).app, asker, pair, as_of=as_of)
    return answer(account_json(account, language), language)


@router.post(
    "/matches",
    summary="Alumni for a request that is not saved",
    response_model=RankingOut,
    responses=problems(401, 404, 422),
)
def match_unsaved(
    request: Request,
    language: ApiLanguage,
    asker: Annotated[Asker, may_rank(Action.MATCH_UNSAVED)],
    asked: RequestIn,
    top: Top = 10,
    as_of: AsOf = None,
) -> Response:
    """As for a saved request; nothing is stored."""
    wish = asked.to_domain()
    wish = replace(wish, school=asker.owner(Action.MATCH_UNSAVED, wish.school))
    app = state_of(request).app
    ranking = matching.match_unsaved(app, asker, wish, top=top, as_of=as_of, at_once=True)
    return answer(ranking_json(ranking, language, own_values(app, asker, ranking)), language)
