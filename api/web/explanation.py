"""The page that explains why an alumnus is in a list, or is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.http.failures import failure_of
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import may_rank, opening
from api.schemas.rankings import perspective_of, what_ifs
from api.web import cards, waterfall, wording
from api.web.forms import Short
from api.web.render import address, render
from matcher import explain
from matcher.domain.answers import Account, Match, More, QueryInfo, Ranking
from matcher.domain.records import Request as SavedRequest
from matcher.errors import InputError, InvalidValue, UnknownId
from matcher.locale import Language, say
from matcher.matching.tilt import Tilt
from matcher.policy import Action, Asker
from matcher.services import browsing, matching
from matcher.services.app import App

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
    stand: Annotated[str, Query(max_length=40)] = "",
) -> HTMLResponse:
    """The account of one pair; `stand`: how the sliders stood in the list that it is about."""
    state = state_of(request)
    form = {"query": vraag.strip(), "candidate": kandidaat.strip(), "kind": soort, "school": school}
    form["candidate_school"] = kandidaat_school
    if not (vraag or kandidaat) and not asker.may(Action.ALUMNI_REGISTER):
        raise asker.refusal(Action.ALUMNI_REGISTER)  # the form is for whoever knows alumni by number
    values: dict[str, object] = {
        "form": form,
        "schools": browsing.schools(state.app, asker),
        "view": None,
        "problem": None,
        "back": "",
        "inviter": None,
    }
    status = 200
    if form["query"] and form["candidate"]:
        try:
            pair = matching.PairOfIds(
                form["query"], form["candidate"], soort or None, school or None, kandidaat_school or None
            )
            tilt = Tilt.named(stand)
            with opening(request, asker):
                account = matching.why(state.app, asker, pair, tilt=tilt)
            values |= _around(state.app, asker, language, pair, account, tilt)
        except InputError as error:
            failure = failure_of(error, language)
            status, values["problem"] = failure.status, failure.detail
    elif vraag or kandidaat:
        status, values["problem"] = 422, failure_of(InvalidValue("both_ids"), language).detail
    return render(request, language, "why.html", values, status)


def _around(
    app: App, asker: Asker, language: Language, pair: matching.PairOfIds, account: Account, tilt: Tilt | None
) -> dict[str, object]:
    """The account, where its list is, how this alumnus is invited, and what the asker can change."""
    query = account.query
    if query.kind == "offering":
        return {"view": account_view(language, account)}
    if query.kind == "alumnus":
        stand = tilt.name if tilt and not tilt.is_usual else ""
        to = {"for": "requests"} if account.candidate.kind != "offering" else {"stand": stand}
        back = address("advies", query.school or "", query.id, **to) if asker.may(Action.ALUMNI_LIST) else ""
        return {"view": account_view(language, account), "back": f"{back}#lijst" if back else ""}
    fields = {"alumnus": pair.candidate_id, "school": query.school, "alumnus_school": pair.candidate_school}
    action = address("aanvragen", query.id, "uitnodiging")
    inviter = {"method": "get", "action": action, "fields": [(name, value or "") for name, value in fields.items()]}
    record = browsing.request(app, asker, query.id, query.school)
    return {
        "view": account_view(language, account, lambda more: changed_saved(asker, record, more)),
        "back": f"{address('aanvragen', query.id, school=query.school)}#lijst" if asker.may(Action.MATCH) else "",
        "inviter": inviter if asker.may(Action.INVITE) else None,
    }


def changed_saved(asker: Asker, record: SavedRequest, more: More) -> str | None:
    """The form of a request with one change filled in; None where the form has no such field."""
    value = more.values.get("day_part") if more.change == "day_part" else more.change
    if not asker.may(Action.REQUESTS_SAVE) or more.change not in {"day_part", "online"} or record.moments:
        return None
    return address("aanvraag-wijzigen", record.request_id, school=record.school, ook=value)


def account_view(
    language: Language, account: Account, change: Callable[[More], str | None] = lambda _: None
) -> dict[str, Any]:
    """An account for the template. It holds nothing about a candidate that the asker may not see.

    `change`: where a change of the question is made.
    """
    match = account.match
    states = {(True, True): "passed", (True, False): "unknown"}
    return {
        "visible": account.visible,
        "rank": account.rank,
        "second": account.basis.meaning is not None,
        "eligible": account.eligible,
        "equals": account.equals,
        "query": _named(language, account.query),
        "rules": [
            (states.get((rule.passed, rule.known), "failed"), explain.rule_sentence(rule, language))
            for rule in account.rules
            if explain.applies(rule)
        ],
        "failed": [explain.rule_sentence(rule, language) for rule in account.rules if not rule.passed],
        "more": [cards.more_view(language, one, change(one)) for one in account.more],
        **match_view(language, match, account.query.kind),
        **({"candidate": _named(language, account.candidate)} if match is None or match.record else {}),
        "what_if": what_ifs(account.what_if, language, perspective_of(account.query.kind), account.rank),
        "day": wording.short_day(language, account.basis.as_of),
    }


def match_view(language: Language, match: Match | None, query_kind: str) -> dict[str, Any]:
    """What makes up the score of a match, for the template; of nothing where there is none."""
    if match is None:
        return {"match": None, "candidate": "", "about": (), "bars": (), "groups": (), "band": "", "capped": ""}
    perspective = perspective_of(query_kind)
    bars = waterfall.bars(language, match, query_kind)
    return {
        "about": cards.about_card(language, match.card),
        "waterfall": waterfall.waterfall(language, bars, match.score),
        "match": match,
        "candidate": cards.title_of(language, match),
        "bars": bars,
        "groups": cards.grouped(language, match, query_kind),
        "band": match.band or "none",
        "rounding": 0.0 if match.record else _rounding(match),
        "capped": explain.capped_sentence(match.capped_by, language, perspective) if match.capped_by else "",
    }


def _rounding(match: Match) -> float:
    """What the rounded points of a card lack of its rounded score."""
    return round(round(match.score, 2) - sum(round(term.points, 2) for term in match.contributions), 2)


def why_here(
    request: Request,
    language: Language,
    ranking: Ranking | None,
    back: str,
    *,
    kind: str,
    id_: str,
    owner: str,
    change: Callable[[More], str | None] = lambda _: None,
    inviter: Mapping[str, object] | None = None,
) -> HTMLResponse:
    """The page on why a match is in a list that has no address of its own; `back`: to that list.

    `kind`: of what is listed. `owner`: its school or provider, '' for any. Raises UnknownId where the list has none of
    that name. `change`: where a change of the question is made. `inviter`: the form that invites this alumnus.
    """
    found = ranking.matches if ranking else ()
    match = next((one for one in found if one.candidate_id == id_ and owner in {"", one.owner}), None)
    if match is None or ranking is None:
        raise UnknownId("unknown_id", kind=kind, id=id_, owner=owner)
    query_kind = ranking.query.kind
    view = match_view(language, match, query_kind) | {
        "rank": match.rank,
        "second": ranking.basis.meaning is not None,
        "behind": wording.clock(ranking.behind_since) if ranking.behind_since else "",
        "eligible": ranking.eligible,
        "equals": [one.group for one in found].count(match.group) > 1,
        "what_if": what_ifs(match.what_if, language, perspective_of(query_kind), match.rank),
        "more": [cards.more_view(language, one, change(one)) for one in ranking.more],
        "rules": (),
        "query": ranking.query.title if query_kind != "alumnus" else "",
    }
    return render(request, language, "why_here.html", {"view": view, "back": f"{back}#lijst", "inviter": inviter})


def _named(language: Language, info: QueryInfo) -> str:
    kind = say(language, f"words.kind.{info.kind}")
    return f"{info.title or kind} ({info.id})"
