"""The page that explains why an alumnus is in a list, or is not."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.http.failures import failure_of
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import may_rank, opening
from api.schemas.rankings import perspective_of, what_ifs
from api.web import cards, wording
from api.web.forms import Short
from api.web.render import render
from matcher import explain
from matcher.domain.answers import Account, Match, QueryInfo, Ranking
from matcher.errors import InputError, InvalidValue, UnknownId
from matcher.locale import Language, say
from matcher.policy import Action, Asker
from matcher.services import browsing, matching

router = APIRouter(include_in_schema=False)


@router.get("/waarom")
def why(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.EXPLAIN)],
    vraag: Short = "",
    kandidaat: Short = "",
    soort: Annotated[Literal["", "request", "offering", "alumnus"], Query()] = "",
    school: Short = "",
    kandidaat_school: Short = "",
) -> HTMLResponse:
    """The account of one pair."""
    state = state_of(request)
    form = {"query": vraag.strip(), "candidate": kandidaat.strip(), "kind": soort, "school": school}
    form["candidate_school"] = kandidaat_school
    values: dict[str, object] = {
        "form": form,
        "schools": browsing.schools(state.app, asker),
        "view": None,
        "problem": None,
    }
    status = 200
    if form["query"] and form["candidate"]:
        try:
            pair = matching.PairOfIds(
                form["query"], form["candidate"], soort or None, school or None, kandidaat_school or None
            )
            with opening(request, asker):
                account = matching.why(state.app, asker, pair)
            values["view"] = account_view(language, account)
        except InputError as error:
            failure = failure_of(error, language)
            status, values["problem"] = failure.status, failure.detail
    elif vraag or kandidaat:
        status, values["problem"] = 422, failure_of(InvalidValue("both_ids"), language).detail
    return render(request, language, "why.html", values, status)


def account_view(language: Language, account: Account) -> dict[str, Any]:
    """An account for the template. It holds nothing about a candidate that the asker may not see."""
    match = account.match
    states = {(True, True): "passed", (True, False): "unknown"}
    return {
        "visible": account.visible,
        "rank": account.rank,
        "eligible": account.eligible,
        "query": _named(language, account.query),
        "rules": [
            (states.get((rule.passed, rule.known), "failed"), explain.rule_sentence(rule, language))
            for rule in account.rules
            if explain.applies(rule)
        ],
        "failed": [explain.rule_sentence(rule, language) for rule in account.rules if not rule.passed],
        **match_view(language, match, account.query.kind),
        **({"candidate": _named(language, account.candidate)} if match is None or match.record else {}),
        "what_if": what_ifs(account.what_if, language, perspective_of(account.query.kind), account.rank),
        "day": wording.short_day(language, account.basis.as_of),
    }


def match_view(language: Language, match: Match | None, query_kind: str) -> dict[str, Any]:
    """What makes up the score of a match, for the template; of nothing where there is none."""
    if match is None:
        return {"match": None, "candidate": "", "bars": (), "groups": (), "band": "", "capped": ""}
    perspective = perspective_of(query_kind)
    return {
        "match": match,
        "candidate": cards.title_of(language, match),
        "bars": cards.bars(language, match, query_kind),
        "groups": cards.grouped(language, match, query_kind),
        "band": match.band or "none",
        "capped": explain.capped_sentence(match.capped_by, language, perspective) if match.capped_by else "",
    }


def why_here(
    request: Request, language: Language, ranking: Ranking | None, back: str, *, kind: str, id_: str, owner: str
) -> HTMLResponse:
    """The page on why a match is in a list that has no address of its own; `back`: to that list.

    `kind`: of what is listed. `owner`: its school or provider, '' for any. Raises UnknownId where the list has none of
    that name.
    """
    found = ranking.matches if ranking else ()
    match = next((one for one in found if one.candidate_id == id_ and owner in {"", one.owner}), None)
    if match is None or ranking is None:
        raise UnknownId("unknown_id", kind=kind, id=id_, owner=owner)
    query_kind = ranking.query.kind
    view = match_view(language, match, query_kind) | {
        "rank": match.rank,
        "eligible": ranking.eligible,
        "what_if": what_ifs(match.what_if, language, perspective_of(query_kind), match.rank),
    }
    return render(request, language, "why_here.html", {"view": view, "back": f"{back}#lijst"})


def _named(language: Language, info: QueryInfo) -> str:
    kind = say(language, f"words.kind.{info.kind}")
    return f"{info.title or kind} ({info.id})"
