"""The pages: home, the teacher's search, a saved request, the adviser's two, and why somebody is in a list or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from api.http.errors import failure_of
from api.http.languages import PageLanguage
from api.http.state import Person, State, spellings, state_of
from api.login.access import Anybody, may
from api.schemas.rankings import perspective_of, what_ifs
from api.web import cards, wording
from api.web.forms import Filter, Id, Number, Short, Wish, people_filter, wish
from api.web.pager import pager
from api.web.render import address, render
from matcher import explain
from matcher.domain.answers import Account, QueryInfo, Ranking
from matcher.domain.day_parts import DAYS, PARTS
from matcher.domain.kinds import HIGH_RISK, RequestKind, number_of
from matcher.domain.ledger import Deviation, LedgerEvent
from matcher.domain.records import Alumnus, Record, RecordKind
from matcher.domain.records import Request as Asked
from matcher.errors import InputError, InvalidValue
from matcher.locale import Language, say
from matcher.policy import Action, Asker, Role
from matcher.pool.columns import NO_DAY, code_of, day_number
from matcher.services import invitations, matching

router = APIRouter(include_in_schema=False)
Item = TypeVar("Item")

PAGE = 12
PEOPLE_PAGE = 25
Top = Annotated[int, Query(ge=1, le=100)]
Target = Annotated[Literal["offerings", "requests"], Query(alias="for")]


_INTROS = {
    Role.ALUMNUS: "intro_alumnus",
    Role.PRIVACY_OFFICER: "intro_privacy_officer",
    Role.ADMINISTRATOR: "intro_administrator",
}
"""What the home page says to who does not look for alumni."""


@router.get("/")
def home(request: Request, language: PageLanguage, asker: Anybody, page: Number = 1) -> HTMLResponse:
    """What this role can do here, and its open requests, those that close first on top."""
    state = state_of(request)
    values: dict[str, object] = {"warm": state.warm, "requests": [], "pager": None}
    values["intro"] = _INTROS.get(asker.role, "intro")
    values["listed"] = asker.may(Action.REQUESTS_LIST)
    agreed = invitations.with_yes(state.engine, asker, PAGE) if asker.may(Action.CONTACT) else []
    values["agreed"] = [_row(language, one) | {"link": _helpers_link(one), "closes": None} for one in agreed]
    if state.warm and values["listed"]:
        keys = open_requests(state, asker)
        values["pager"] = pager(page, PAGE, len(keys))
        shown = keys[(page - 1) * PAGE : page * PAGE]
        found = state.store.by_key(RecordKind.REQUESTS, shown)
        values["requests"] = [_row(language, found[key]) for key in shown if key in found]
    elif not state.warm:
        state.start_warming()
    return render(request, language, "home.html", values)


def _helpers_link(one: Asked) -> str:
    return address("aanvragen", one.request_id, "ja", school=one.school)


def open_requests(state: State, asker: Asker) -> list[int]:
    """Keys of the requests of who asks that are open today, by their last day; those without one last."""
    table = state.engine.pool().requests
    today = day_number(state.engine.clock.today())
    mine = np.isin(table.kind, [number_of(kind) for kind in asker.kinds()])
    owner = asker.owner(Action.REQUESTS_LIST)
    if owner is not None:
        mine &= table.school == code_of(owner)
    rows = np.flatnonzero(((table.closes == NO_DAY) | (table.closes >= today)) & (table.full == 0) & mine)
    last = np.where(table.closes[rows] == NO_DAY, np.iinfo(np.int32).max, table.closes[rows])
    return [int(key) for key in table.key[rows[np.lexsort((table.order[rows], last))]]]


def _row(language: Language, record: Record) -> dict[str, object]:
    assert isinstance(record, Asked)  # noqa: S101 - asked for requests
    return {
        "title": record.title,
        "kind": record.kind.value,
        "link": address("aanvragen", record.request_id, school=record.school),
        "facts": [text for name, text in cards.request_facts(language, record) if text and name in _ROW_FACTS],
        "closes": record.closes_on,
    }


_ROW_FACTS = {"school", "when", "where"}


@router.get("/zoeken")
def search(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.MATCH_UNSAVED))],
    asked: Annotated[Wish, Depends(wish)],
) -> HTMLResponse:
    """The teacher asks in own words."""
    state = state_of(request)
    schools = schools_of(state, asker)
    values: dict[str, object] = {"wish": asked, "schools": schools, "result": None, "problem": None, **_choices()}
    sent = "q" in request.query_params
    status = 200
    if asked.text:
        own = asker.owner(Action.MATCH_UNSAVED, asked.school)
        ranking = matching.match_unsaved(state.engine, asker, replace(asked.to_request(), school=own), top=asked.top)
        values["result"] = result(language, state, ranking, None)
    elif sent:
        status = 422
        values["problem"] = say(language, "errors.errors.empty_query")
    return render(request, language, "search.html", values, status)


def _choices() -> dict[str, object]:
    return {"kinds": [kind.value for kind in RequestKind], "days": DAYS, "parts_of_day": PARTS, "tops": (5, 10, 20, 50)}


@router.get("/aanvragen/{request_id}")
def saved(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.MATCH))],
    request_id: Id,
    school: Short = "",
    top: Top = 10,
) -> HTMLResponse:
    """The alumni for a saved request."""
    state = state_of(request)
    record = matching.request(state.engine, asker, Action.MATCH, request_id, school or None)
    ranking = matching.match(state.engine, asker, request_id, school=record.school or "", top=top)
    states = invitations.states(state.engine, record.key)
    helpers = sum(event is LedgerEvent.ACCEPTED for event in states.values())
    inviter = {
        "action": address("aanvragen", request_id, "uitnodigen"),
        "school": record.school or "",
        "states": {(match.owner, match.candidate_id): states.get(match.key) for match in ranking.matches},
        "reasons": [reason.value for reason in Deviation] if record.kind in HIGH_RISK else [],
    }
    values = {
        "asked": record,
        "facts": cards.facts(language, record),
        "result": result(language, state, ranking, record.school),
        "inviter": inviter if asker.may(Action.INVITE) else None,
        "helpers": helpers,
        "full": helpers >= record.people,
        "helpers_link": address("aanvragen", request_id, "ja", school=school),
        "school": school,
        "more": address("aanvragen", request_id, school=school, top=min(top * 2, 100)) if top < 100 else None,
    }
    return render(request, language, "request.html", values)


def schools_of(state: State, asker: Asker) -> Sequence[str]:
    """The schools that somebody may choose from."""
    return state.directory().schools if asker.school is None else (asker.school,)


def result(language: Language, state: State, ranking: Ranking, school: str | None) -> dict[str, Any]:
    """A ranking for the template."""
    records: Mapping[int, Record] = {}
    kind = RecordKind.ALUMNI
    if ranking.query.kind == "alumnus" and ranking.matches:
        kind = RecordKind.OFFERINGS if ranking.matches[0].kind == "offering" else RecordKind.REQUESTS
        records = state.store.by_key(kind, [match.key for match in ranking.matches])
    return {
        "query": ranking.query,
        "of": kind.value,
        "query_code": cards.query_code(ranking.query.kind),
        "school": school,
        "as_of": ranking.as_of,
        "revision": ranking.revision,
        "weights": ranking.weights,
        "eligible": ranking.eligible,
        "exact": ranking.exact,
        "cards": cards.cards(language, ranking, records, school),
        "excluded": cards.left_out(language, ranking.excluded),
        "excluded_count": sum(ranking.excluded.values()),
    }


@router.get("/advies")
def adviser(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.ALUMNI_LIST))],
    chosen: Annotated[Filter, Depends(people_filter)],
    page: Number = 1,
) -> HTMLResponse:
    """The adviser picks an alumnus: by id, or from a list without names."""
    state = state_of(request)
    directory = state.directory()
    owner = asker.owner(Action.ALUMNI_LIST, chosen.school)
    people: Sequence[Person] = [one for one in directory.people if not owner or one.school == owner]
    if chosen.any:
        people = [item for item in people if chosen.holds(item.id, item.school, item.sector, item.function)]
    query = {"nummer": chosen.id, "school": chosen.school, "sector": chosen.sector, "functie": chosen.function}
    values = {
        "chosen": chosen,
        "schools": schools_of(state, asker),
        "sectors": spellings(person.sector for person in people),
        "people": people[(page - 1) * PEOPLE_PAGE : page * PEOPLE_PAGE],
        "pager": pager(page, PEOPLE_PAGE, len(people), "advies", **query),
    }
    return render(request, language, "adviser.html", values)


@router.get("/advies/{school}/{alumnus_id}")
def advice(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.RECOMMEND))],
    school: Id,
    alumnus_id: Id,
    target: Target = "offerings",
    top: Top = 10,
) -> HTMLResponse:
    """Courses, or roles, for one alumnus."""
    state = state_of(request)
    one = matching.person(state.engine, asker, Action.RECOMMEND, alumnus_id, school)
    return _advice(request, language, asker, one, ("advies", school, alumnus_id), target, top)


@router.get("/mij/advies")
def own_advice(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.RECOMMEND))],
    target: Target = "offerings",
    top: Top = 10,
) -> HTMLResponse:
    """Courses, or roles, for the alumnus who asks."""
    one = matching.person(state_of(request).engine, asker, Action.RECOMMEND, None)
    return _advice(request, language, asker, one, ("mij", "advies"), target, top)


def _advice(
    request: Request,
    language: Language,
    asker: Asker,
    one: Alumnus,
    path: Sequence[str],
    target: Literal["offerings", "requests"],
    top: int,
) -> HTMLResponse:
    state = state_of(request)
    ranking = matching.recommend(state.engine, asker, one.alumnus_id, target, school=one.school, top=top)
    values = {
        "person": Person.of(one),
        "own": asker.alumnus_key is not None,
        "target": target,
        "result": result(language, state, ranking, one.school),
        "links": {kind: address(*path, **{"for": kind}) for kind in ("offerings", "requests")},
        "more": address(*path, **{"for": target, "top": min(top * 2, 100)}) if top < 100 else None,
    }
    return render(request, language, "advice.html", values)


@router.get("/waarom")
def why(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.EXPLAIN))],
    vraag: Short = "",
    kandidaat: Short = "",
    soort: Annotated[Literal["", "request", "offering", "alumnus"], Query()] = "",
    school: Short = "",
    kandidaat_school: Short = "",
) -> HTMLResponse:
    """The whole account of one pair."""
    state = state_of(request)
    form = {"query": vraag.strip(), "candidate": kandidaat.strip(), "kind": soort, "school": school}
    form["candidate_school"] = kandidaat_school
    values: dict[str, object] = {"form": form, "schools": schools_of(state, asker), "view": None, "problem": None}
    status = 200
    if form["query"] and form["candidate"]:
        try:
            account = matching.why(
                state.engine,
                asker,
                form["query"],
                form["candidate"],
                kind=soort or None,
                school=school or None,
                candidate_school=kandidaat_school or None,
            )
            values["view"] = account_view(language, account)
        except InputError as error:
            failure = failure_of(error, language)
            status, values["problem"] = failure.status, failure.detail
    elif vraag or kandidaat:
        status, values["problem"] = 422, failure_of(InvalidValue("both_ids"), language).detail
    return render(request, language, "why.html", values, status)


def account_view(language: Language, account: Account) -> dict[str, Any]:
    """An account for the template; of somebody who may not be seen `answers.account` told nothing but that."""
    match = account.match
    states = {(True, True): "passed", (True, False): "unknown"}
    return {
        "account": account,
        "match": match,
        "query": _named(language, account.query),
        "candidate": _named(language, account.candidate),
        "rules": [
            (states.get((rule.passed, rule.known), "failed"), explain.rule_sentence(rule, language))
            for rule in account.rules
        ],
        "failed": [explain.rule_sentence(rule, language) for rule in account.rules if not rule.passed],
        "bars": cards.bars(language, match.contributions) if match else (),
        "groups": cards.grouped(language, match, account.query.kind) if match else (),
        "stars": cards.STARS.get(match.band, 1) if match else 0,
        "what_if": what_ifs(account.what_if, language, perspective_of(account.query.kind), account.rank),
        "day": wording.short_day(language, account.as_of),
    }


def _named(language: Language, info: QueryInfo) -> str:
    kind = say(language, f"words.kind.{info.kind}")
    return f"{info.title or kind} ({info.id})"
