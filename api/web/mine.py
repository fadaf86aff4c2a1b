"""Pages of an alumnus beside the home: a code for a talk, the own lists, what data are used for, what is not for me.

And the page on which a person answers what alumni ask about lists.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api.error_text import error_sentence
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may, may_rank
from api.web import cards, waterfall, wording
from api.web.flash import done
from api.web.forms import Line, Short
from api.web.forms import Number as Page
from api.web.pager import pager
from api.web.render import address, render
from api.web.talk import qr
from matcher import explain
from matcher.domain.answers import Account, RuleOutcome
from matcher.domain.ledger import LedgerEvent
from matcher.domain.own_list import LONGEST, Reason
from matcher.domain.talks import shown
from matcher.errors import InvalidValue
from matcher.locale import Language, say
from matcher.matching.rules import declined_before
from matcher.policy import Action, Asker
from matcher.services import disputes, invitations, own_list, talks
from matcher.services.app import App
from matcher.services.browsing import Slice

router = APIRouter(include_in_schema=False)
AREA = "mine"
LISTS_PAGE = 120
"""Open requests on one page, the first to close first."""
Owner = Annotated[Asker, Depends(may(Action.DISPUTE))]
Talker = Annotated[Asker, Depends(may(Action.TALK_OFFER))]
Decliner = Annotated[Asker, Depends(may(Action.LIST_DECLINE))]
Reader = Annotated[Asker, Depends(may(Action.DISPUTE_READ))]
Number = Annotated[int, Form(alias="nummer", ge=1, lt=2**63)]


# ---- a talk


@router.get("/mij/gesprek")
def talk(request: Request, language: PageLanguage, asker: Talker) -> HTMLResponse:
    """How talks stand, and the button that makes a code."""
    return _talk(request, language, asker)


@router.post("/mij/gesprek", dependencies=[Depends(form_is_ours)])
def new_code(request: Request, language: PageLanguage, asker: Talker) -> HTMLResponse:
    """Makes a code, which this page shows once; for those who cannot have one the page, with why."""
    try:
        made = talks.new_code(state_of(request).app, asker)
    except InvalidValue as problem:
        return _talk(request, language, asker, problem=problem)
    return _talk(request, language, asker, made=made)


def _talk(
    request: Request,
    language: Language,
    asker: Asker,
    *,
    made: talks.NewCode | None = None,
    problem: InvalidValue | None = None,
) -> HTMLResponse:
    own = talks.mine(state_of(request).app, asker)
    link = f"{str(request.base_url).rstrip('/')}/advies?code={made.code}" if made else ""
    values = {
        "code": shown(made.code) if made else "",
        "until": wording.clock(made.until) if made else "",
        "waits": wording.clock(own.waits_until) if own.waits_until else "",
        "open": wording.clock(own.goes_on_until) if own.goes_on_until else "",
        "objects": own.objects,
        "coming": [wording.stamp(language, one.at.replace(tzinfo=None)) for one in own.coming],
        "link": link,
        "qr": qr(link) if link else None,
        "problem": error_sentence(language, problem) if problem else None,
    }
    return render(request, language, "me_talk.html", values, 422 if problem else 200, area="talks")


@router.post("/mij/gesprek/stop", dependencies=[Depends(form_is_ours)])
def end_talk(request: Request, asker: Talker) -> Response:
    """Ends the code and the talk."""
    talks.end(state_of(request).app, asker)
    return done("/mij/gesprek", "gesprek-uit")


# ---- what is not for me


@router.post("/mij/niet-voor-mij", dependencies=[Depends(form_is_ours)])
def decline(
    request: Request,
    asker: Decliner,
    kind: Annotated[Literal["offerings", "requests"], Form(alias="wat")],
    id_: Annotated[str, Form(alias="nummer", max_length=200)],
    reason: Annotated[Reason, Form(alias="want")],
    owner: Annotated[str, Form(alias="van", max_length=200)] = "",
    page: Annotated[str, Form(alias="bij", max_length=10)] = "",
) -> Response:
    """A course or a role is not for the asker; back to the page on which that was said."""
    key = own_list.decline(state_of(request).app, asker, kind, id_, reason, owner=owner or None)
    if page == "advies":
        return done(address("mij", "advies", **{"for": kind}), "niet-voor-mij", at="lijst", nummer=key)
    return done("/mij", "niet-voor-mij", at="past", nummer=key)


@router.post("/mij/niet-voor-mij/terug", dependencies=[Depends(form_is_ours)])
def take_back(request: Request, asker: Decliner, number: Number) -> Response:
    """It may be in the own list again."""
    own_list.take_back(state_of(request).app, asker, number)
    return done("/mij", "weer-in-lijst", at="past")


# ---- the own lists


@router.get("/mij/lijsten")
def lists(
    request: Request, language: PageLanguage, asker: Annotated[Asker, may_rank(Action.RECOMMEND)], page: Page = 1
) -> HTMLResponse:
    """Of which open requests the asker is in the list, of which not, and by which rule."""
    app = state_of(request).app
    found = disputes.places(app, asker, Slice(page, LISTS_PAGE))
    paging = pager(page, LISTS_PAGE, found.total, "mij", "lijsten")
    retracted = _retracted(app, asker)
    rows = [
        {
            "title": one.request.title,
            "kind": one.request.kind.value,
            "closes": one.request.closes_on,
            "in_list": one.rule is None,
            "because": "" if one.rule is None else _rule(language, one.rule, retracted=one.request.key in retracted),
            "hidden": one.hidden,
            "shown": one.shown,
            "asked": one.asked,
            "why": address("mij", "lijsten", "waarom", vraag=one.request.request_id, school=one.request.school),
        }
        for one in found.items
    ]
    values = {
        "count": found.total,
        "pager": paging,
        "inside": [row for row in rows if row["in_list"]],
        "outside": [
            (because, [*of])
            for because, of in groupby(
                sorted((row for row in rows if not row["in_list"]), key=itemgetter("because")), itemgetter("because")
            )
        ],
        "asked": [
            {"dispute": one, "title": request_.title if request_ else ""} for one, request_ in disputes.mine(app, asker)
        ],
    }
    return render(request, language, "me_lists.html", values, area=AREA)


@router.get("/mij/lijsten/waarom")
def why(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.RECOMMEND)],
    query: Annotated[str, Query(alias="vraag", min_length=1, max_length=200)],
    school: Short = "",
) -> HTMLResponse:
    """How the asker stands in the list of one open request, with the button that asks a person about it."""
    app = state_of(request).app
    account = disputes.account(app, asker, query, school=school or None)
    asked = {dispute.request_key for dispute, _ in disputes.mine(app, asker) if dispute.answered_at is None}
    retracted = account.query.key in _retracted(app, asker)
    match = account.match
    bars = waterfall.bars(language, match, "alumnus") if match else []
    values = {
        "title": account.query.title,
        "id": query,
        "school": school,
        "waits": account.query.key in asked,
        "longest": LONGEST,
        "second": account.basis.meaning is not None,
        "bars": bars,
        "waterfall": waterfall.waterfall(language, bars, match.score) if match else None,
        "score": match.score if match else None,
        **_account(language, account, "alumnus", lambda one: _rule(language, one.code, retracted=retracted)),
    }
    return render(request, language, "me_why.html", values, area=AREA)


def _retracted(app: App, asker: Asker) -> set[int]:
    """The requests to which the asker said yes, and took it back."""
    return {one.request.key for one in invitations.questions(app, asker) if one.reply is LedgerEvent.RETRACTED}


def _rule(language: Language, code: str, *, retracted: bool) -> str:
    """Which rule keeps the asker out of a list; a yes that was taken back is another thing than a no."""
    return say(language, f"mine.rule.{'retracted' if retracted and code == declined_before.CODE else code}")


def _account(
    language: Language, account: Account, query_kind: str, sentence: Callable[[RuleOutcome], str]
) -> dict[str, Any]:
    """The place, what speaks for it and against, and each rule that fails as a `sentence`.

    `query_kind`: whether it is said to the alumnus, `alumnus`, or to whoever asks.
    """
    return {
        "rank": account.rank,
        "eligible": account.eligible,
        "failed": [sentence(rule) for rule in account.rules if not rule.passed],
        "groups": cards.grouped(language, account.match, query_kind) if account.match else [],
    }


@router.post("/mij/lijsten/vraag", dependencies=[Depends(form_is_ours)])
def ask(
    request: Request,
    asker: Owner,
    query: Annotated[str, Form(alias="vraag", max_length=200)],
    school: Annotated[str, Form(alias="school", max_length=200)] = "",
    said: Annotated[str, Form(alias="tekst", max_length=LONGEST * 2)] = "",
) -> Response:
    """Asks a person about the list of a request."""
    disputes.ask(state_of(request).app, asker, query, school=school or None, said=said)
    return done("/mij/lijsten", "lijst-gevraagd", at="gevraagd")


@router.post("/mij/lijsten/intrek", dependencies=[Depends(form_is_ours)])
def withdraw(request: Request, asker: Owner, number: Number) -> Response:
    """No answer is needed any more."""
    disputes.withdraw(state_of(request).app, asker, number)
    return done("/mij/lijsten", "lijst-ingetrokken", at="gevraagd")


@router.get("/mij/gebruik")
def used(request: Request, language: PageLanguage, asker: Owner) -> HTMLResponse:
    """What the data of the asker were used for, per month."""
    months = [
        {
            "name": _month(language, one.name),
            "lists": [(_list(language, kind), count) for kind, count in sorted(one.lists.items())],
            "roles": [say(language, f"words.role.{role}") for role in one.roles],
            "mail": [(say(language, f"words.message.{kind}"), count) for kind, count in sorted(one.mail.items())],
        }
        for one in disputes.months(state_of(request).app, asker)
    ]
    return render(request, language, "me_usage.html", {"months": months}, area=AREA)


def _list(language: Language, kind: str) -> str:
    """A kind of list in words; one that was made for an alumnus is advice."""
    return say(language, "mine.usage.own" if kind == "alumnus" else f"words.kind.{kind}")


def _month(language: Language, name: str) -> str:
    from babel.dates import format_date

    return format_date(date.fromisoformat(f"{name}-01"), "MMMM y", locale=language)


# ---- who answers


@router.get("/vragen-over-lijsten")
def asked(request: Request, language: PageLanguage, asker: Reader) -> HTMLResponse:
    """What alumni ask about lists, and waits for an answer."""
    waiting = disputes.waiting(state_of(request).app, asker)
    values = {
        "rows": [
            {"number": one.key, "at": one.made_at.replace(tzinfo=None), "title": about.title if about else ""}
            for one, about in waiting
        ]
    }
    return render(request, language, "disputes.html", values, area=AREA)


@router.get("/vragen-over-lijsten/{number}")
def one_asked(request: Request, language: PageLanguage, asker: Reader, number: Line) -> HTMLResponse:
    """One question, beside how the pair stands now and a replay of the list."""
    case = disputes.case(state_of(request).app, asker, number)
    values = {
        "case": case,
        "number": number,
        "made_at": case.dispute.made_at.replace(tzinfo=None),
        "listed_at": case.made_at and case.made_at.replace(tzinfo=None),
        "replayed": say(language, f"mine.replayed.{case.replayed}") if case.replayed else "",
        "longest": LONGEST,
        "state": case.dispute.state.value,
    }
    if told := case.account:
        values |= _account(language, told, told.query.kind, lambda one: explain.rule_sentence(one, language))
    return render(request, language, "dispute.html", values, area=AREA)


@router.post("/vragen-over-lijsten/{number}", dependencies=[Depends(form_is_ours)])
def answer(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.DISPUTE_ANSWER))],
    number: Line,
    words: Annotated[str, Form(alias="antwoord", max_length=LONGEST * 2)] = "",
) -> Response:
    """Answers a question; the alumnus gets a mail that there is an answer."""
    disputes.answer(state_of(request).app, asker, number, words)
    return done("/vragen-over-lijsten", "lijst-beantwoord")
