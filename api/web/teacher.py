"""The pages of a teacher: search, a saved request, invitations, and the alumni who said yes."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may, may_rank, opening
from api.messages import state_in_words
from api.schemas.rankings import own_values
from api.web import cards
from api.web.explanation import changed_saved, why_here
from api.web.flash import BACK, done
from api.web.forms import Id, Missed, Posted, SentId, SentSchool, Short, Top, Wish, wish
from api.web.missing import missing_view
from api.web.questions import SENT_BY, question_view
from api.web.render import address, render
from api.web.requests import AREA, standing_view, words_in
from matcher.domain.answers import More, Ranking
from matcher.domain.day_parts import DAYS, PARTS
from matcher.domain.kinds import HIGH_RISK, RequestKind
from matcher.domain.ledger import REASONS, Deviation, LedgerEvent
from matcher.domain.records import Request as SavedRequest
from matcher.locale import Language, say
from matcher.policy import Action, Asker
from matcher.services import browsing, demands, invitations, matching, messages, missed, proposals, questions

router = APIRouter(include_in_schema=False)
_SHORT = frozenset({"when", "where"})
TOPS = (5, 10, 20, 50, 100)
"""How long a list can be."""
STEPS_OF_ONE = ("open", "kopie", "intrekken", "afronden", "terughalen", "herinneren", "akkoord")
"""What can be done with one request, each with an address of its own."""


@router.get("/zoeken")
def search(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.MATCH_UNSAVED)],
    asked: Annotated[Wish, Depends(wish)],
    word: Missed = "",
) -> HTMLResponse:
    """Alumni for a question in the words of the teacher, with what was understood of it, each piece editable."""
    state = state_of(request)
    schools = browsing.schools(state.app, asker) if asker.school is None else ()  # else there is nothing to choose
    values: dict[str, object] = {
        "wish": asked,
        "schools": schools,
        "result": None,
        "problem": None,
        "answer": None,
        "inviter": None,
        "save_to": f"/zoeken?{request.url.query}",
        "kept": asked_in(request),
        "sent_by": SENT_BY,
        **_choices(),
    }
    sent = "q" in request.query_params
    status = 200
    if asked.text:
        wanted = asked.wanted(RequestKind.GUEST_LESSON)
        answer = questions.ask(state.app, asker, wanted, top=asked.top, at_once=True)
        wish = asked.completed(answer.reading)
        values |= {"answer": question_view(language, answer, wish), "wish": wish}
        if answer.ranking:
            own = own_values(state.app, asker, answer.ranking)
            values["result"] = cards.ranking_view(
                language,
                answer.ranking,
                None,
                own=own,
                here=f"/zoeken/waarom?{without_done(request)}",
                change=lambda more: changed(request, wish, more),
            )
            values["inviter"] = inviter_of_unsaved(request, asker) if answer.request else None
            values["fill_in"] = "#q"
            values["further"] = _further(request, asked.top)
            values["comparing"] = {"action": "/zoeken/vergelijk", "kept": asked_in(request)}
            told = missed.of_question(state.app, asker, wanted, word) if word.strip() else None
            values["missing"] = missing_view(language, "/zoeken", asked_in(request), word, told)
    elif sent:
        status = 422
        values["problem"] = say(language, "errors.errors.empty_query")
    return render(request, language, "search.html", values, status)


def asked_in(request: Request) -> list[tuple[str, str]]:
    """What was asked in the address of this page: its fields and values."""
    items = request.query_params.multi_items()
    return [(name, value) for name, value in items if name not in _NOT_ASKED and not name.startswith(BACK)]


def _further(request: Request, top: int) -> str:
    """The address of the same question with a longer list; empty where there is none."""
    longer = next((number for number in TOPS if number > top), None)
    kept = [one for one in asked_in(request) if one[0] != "top"]
    return f"/zoeken?{urlencode([*kept, ('top', longer)])}#lijst" if longer else ""


def without_done(request: Request) -> str:
    """The same, as the query of an address."""
    return urlencode(asked_in(request))


_NOT_ASKED = frozenset({"gedaan", "lang", "kandidaat", "kandidaat_school", "kies", "mis"})


def changed(request: Request, asked: Wish, more: More) -> str | None:
    """The address of the same question with one change; None for one that no field makes."""
    sent: dict[str, list[str]] = {
        "day_part": ["dag", *sorted(asked.day_parts or ()), str(more.values.get("day_part", ""))],
        "online": ["online", "either"],
        "certificate": ["vog", "nee"],
        "language": ["taal", ""],
        "hours": ["uren", str(more.values.get("hours", ""))],
    }
    if more.change not in sent or (more.change == "day_part" and not asked.day_parts):
        return None
    name, *values = sent[more.change]
    kept = [one for one in asked_in(request) if one[0] != name]
    return f"/zoeken?{urlencode([*kept, *((name, value) for value in values)])}#lijst"


def inviter_of_unsaved(request: Request, asker: Asker) -> dict[str, object] | None:
    """How an alumnus is invited for a question that is not saved: it is saved first."""
    if not (asker.may(Action.INVITE) and asker.may(Action.REQUESTS_SAVE)):
        return None
    return {"method": "post", "action": f"/zoeken?{without_done(request)}", "school": "", "states": {}, "mails": {}}


@router.get("/zoeken/waarom")
def why(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.MATCH_UNSAVED)],
    asked: Annotated[Wish, Depends(wish)],
    candidate: Annotated[str, Query(alias="kandidaat", min_length=1, max_length=200)],
    school: Annotated[str, Query(alias="kandidaat_school", max_length=200)] = "",
) -> HTMLResponse:
    """Why somebody is in the list of a question that is not saved. Raises UnknownId where nobody of that name is."""
    wanted = asked.wanted(RequestKind.GUEST_LESSON)
    answer = questions.ask(state_of(request).app, asker, wanted, top=asked.top, at_once=True)
    back = f"/zoeken?{without_done(request)}"
    wish = asked.completed(answer.reading)
    fields = [("alumnus", candidate), ("alumnus_school", school)]
    inviter = inviter_of_unsaved(request, asker)
    return why_here(
        request,
        language,
        answer.ranking,
        back,
        kind="alumnus",
        id_=candidate,
        owner=school,
        change=lambda more: changed(request, wish, more),
        inviter=inviter and {**inviter, "fields": fields},
    )


def _choices() -> dict[str, object]:
    return {"kinds": [kind.value for kind in RequestKind], "days": DAYS, "parts_of_day": PARTS, "tops": TOPS}


@router.post("/zoeken", dependencies=[Depends(form_is_ours)])
def save_question(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.REQUESTS_SAVE))],
    asked: Annotated[Wish, Depends(wish)],
    alumnus: Annotated[str, Form(max_length=200)] = "",
    alumnus_school: SentSchool = "",
) -> Response:
    """Saves the question of this address as an open request; goes on to invite `alumnus`, if one was chosen."""
    with opening(request, asker):
        answer = questions.save(state_of(request).app, asker, asked.wanted(RequestKind.GUEST_LESSON))
    if answer.saved is None:
        return RedirectResponse(f"/zoeken?{request.url.query}", 303)
    if alumnus:
        names = {"alumnus": alumnus, "alumnus_school": alumnus_school, "school": asked.school}
        return done(address("aanvragen", answer.saved, "uitnodiging", **names), "bewaard-uitnodigen")
    code = "bewaard-vraag" if answer.is_new else "al-bewaard"
    return done(address("aanvragen", answer.saved, school=asked.school), code)


@router.get("/aanvragen/{request_id}")
def saved(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.MATCH)],
    request_id: Id,
    school: Short = "",
    top: Top = 10,
    word: Missed = "",
) -> HTMLResponse:
    """The alumni for a saved request."""
    state = state_of(request)
    record = browsing.request(state.app, asker, request_id, school or None)
    ranking = matching.match(state.app, asker, request_id, school=record.school or "", top=top, at_once=True)
    states = invitations.states(state.app, asker, request_id, school=record.school or "")
    mails = (
        messages.invitations(state.app, asker, request_id, record.school)
        if state.mailer is not None and asker.may(Action.INVITE)
        else {}
    )
    told = None
    if word.strip():
        told = missed.of_request(state.app, asker, request_id, word, school=record.school or "")
    kept, longer = [("school", school), ("top", str(top))], min(top * 2, 100)
    helpers = sum(event is LedgerEvent.ACCEPTED for event in states.values())
    inviter = {
        "method": "get",
        "action": address("aanvragen", request_id, "uitnodiging"),
        "school": record.school or "",
        "states": {(match.owner, match.candidate_id): states.get(match.key) for match in ranking.matches},
        "mails": {
            (match.owner, match.candidate_id): state_in_words(language, mails[match.key])
            for match in ranking.matches
            if match.key in mails
        },
        "reasons": [reason.value for reason in REASONS] if record.kind in HIGH_RISK else [],
    }
    values = {
        "asked": record,
        "facts": cards.facts(language, record),
        "short": [text for name, text in cards.request_facts(language, record) if text and name in _SHORT],
        "result": cards.ranking_view(
            language,
            ranking,
            record.school,
            own=own_values(state.app, asker, ranking),
            keep=states,
            change=lambda more: changed_saved(asker, record, more),
            asked=len(states),
            town=record.town,
        ),
        "unrecognised": 0
        if record.company_required
        else sum(match.card.recognised is False for match in ranking.matches),
        "recognised_link": address("aanvraag-wijzigen", request_id, school=record.school, ook="erkend")
        if asker.may(Action.REQUESTS_SAVE)
        else "",
        "missing": missing_view(language, address("aanvragen", request_id), kept, word, told),
        "comparing": {"action": address("aanvragen", request_id, "vergelijk"), "kept": kept},
        "inviter": inviter if asker.may(Action.INVITE) else None,
        "helpers": helpers,
        "full": helpers >= record.people,
        "helpers_link": address("aanvragen", request_id, "ja", school=school),
        "together": address("aanvragen", request_id, "samen", school=school) if _needs_many(record) else None,
        "further": f"{address('aanvragen', request_id, school=school, top=longer)}#lijst" if longer > top else "",
        "fill_in": _form_of(asker, record),
        "stand": _stand(request, language, asker, record, ranking),
    }
    return render(request, language, "request.html", values, area=AREA)


def _form_of(asker: Asker, record: SavedRequest) -> str:
    """Where the fields of a request are filled in; empty for an asker who may not."""
    return (
        address("aanvraag-wijzigen", record.request_id, school=record.school) if asker.may(Action.REQUESTS_SAVE) else ""
    )


def _needs_many(record: SavedRequest) -> bool:
    """Whether many may be asked at once."""
    return record.kind not in HIGH_RISK and (record.people > 1 or record.kind is RequestKind.NETWORK_EVENT)


def _stand(
    request: Request, language: Language, asker: Asker, record: SavedRequest, ranking: Ranking
) -> dict[str, object]:
    app, id_, school = state_of(request).app, record.request_id, record.school or ""
    there = demands.overview(app, asker, id_, school=school)
    asked = invitations.outline(app, asker, id_, school=school) if asker.may(Action.INVITE) else []
    approvable = proposals.decides(app, asker, record, [one.invitation for one in asked])
    titles = None
    if not asker.may(Action.ALUMNI_LIST):
        titles = {match.candidate_id: cards.title_of(language, match) for match in ranking.matches}
    return standing_view(language, there, asked, approvable, titles=titles) | {
        "school": school,
        "id": id_,
        "edit": address("aanvraag-wijzigen", id_, school=school),
        "ja": address("aanvragen", id_, "ja", school=school),
        "agenda": address("aanvragen", id_, "agenda.ics", school=school)
        if there.standing.agreed and record.moments
        else "",
        **{step: address("aanvragen", id_, step) for step in STEPS_OF_ONE},
    }


@router.post("/aanvragen/{request_id}/uitnodigen", dependencies=[Depends(form_is_ours)])
def invite(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.INVITE))],
    sent: Posted,
    request_id: Id,
    alumnus: SentId,
    school: SentSchool = "",
    alumnus_school: SentSchool = "",
    reason: Annotated[Deviation | None, Form(alias="reden")] = None,
) -> Response:
    """Invites this alumnus, with the lines that the asker saw, or puts them on the waiting list: a person decides."""
    with opening(request, asker):
        invited = invitations.invite(
            state_of(request).app,
            asker,
            request_id,
            alumnus,
            school=school or None,
            candidate_school=alumnus_school or None,
            reason=reason,
            words=words_in(sent),
            waits=sent.get("hoe") == "wachtlijst",
        )
    code = "voorgesteld" if invited.proposed else "wachtlijst" if invited.mail is None else "gevraagd"
    return done(address("aanvragen", request_id, school=school), code, alumnus=alumnus, school=school, alleen="ja")
