"""The pages of an alumnus: own data, consent, objection, erasure, advice and courses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.erasure_report import for_the_erased, own_others
from api.error_text import error_sentence
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login import access
from api.login.access import form_is_ours, may, may_rank
from api.messages import contact_sentence
from api.routes.people import KnownOut
from api.schemas.rankings import to_json
from api.web import cards
from api.web.adviser import Target, advice_page
from api.web.explanation import why_here
from api.web.flash import done
from api.web.forms import Number, Short, Top
from api.web.pager import pager
from api.web.render import address, render
from api.web.reply import Said, agreed, answering
from matcher import explain
from matcher.domain.answers import Ranking
from matcher.domain.consent import Consent
from matcher.domain.day_parts import DAYS, PARTS, mask_of_day_parts, names_of_day_parts
from matcher.domain.invitations import AnswerKind
from matcher.domain.kinds import KINDS, SHOWN_ON_CARDS, Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent
from matcher.domain.own_fields import LONGEST_VALUE, NO, YES, OwnField, OwnKind
from matcher.domain.own_list import reasons_of
from matcher.domain.records import Alumnus, Offering
from matcher.errors import InvalidValue
from matcher.exchange import vum
from matcher.locale import Language, say
from matcher.policy import Action, Asker
from matcher.services import (
    aftercare,
    browsing,
    erasure,
    invitations,
    ledger,
    matching,
    own_fields,
    own_list,
    privacy,
    school_settings,
    subscriptions,
    talks,
)
from matcher.services.app import App
from matcher.spreadsheets import forms
from matcher.spreadsheets.columns import choices_of

router = APIRouter(include_in_schema=False)
NEWEST = 100
"""Entries of the log behind the page of an alumnus; the file has all of them."""
COURSES_PAGE = 12
FITTING, LOOKED_AT = 10, 50
"""Courses and roles among which those of the home page are looked for."""
_CONSENT_DAYS = ("given_on", "withdrawn_on")
Reader = Annotated[Asker, Depends(may(Action.PERSON_READ))]
Writer = Annotated[Asker, Depends(may(Action.CONSENT_WRITE))]


def own(asker: Asker) -> None:
    """Raises Forbidden unless the asker is an alumnus: these pages are about the asker."""
    if asker.alumnus_key is None:
        raise asker.refusal(Action.PERSON_READ)


def _is_in_force(app: App, stored: Mapping[str, Any]) -> bool:
    """Whether a consent of `privacy.known` is in force today."""
    given_on, withdrawn_on = (date.fromisoformat(text) if (text := stored[name]) else None for name in _CONSENT_DAYS)
    return app.terms.in_force(Consent(Purpose(stored["purpose"]), given_on, withdrawn_on), app.clock.today())


@router.get("/mij")
def me(request: Request, language: PageLanguage, asker: Annotated[Asker, may_rank(Action.RECOMMEND)]) -> HTMLResponse:
    """What waits for the asker, what fits, how they stand, what they gave and had, and the way to all the rest."""
    own(asker)
    return _home(request, language, asker)


def _home(
    request: Request, language: Language, asker: Asker, problem: InvalidValue | None = None, **typed: object
) -> HTMLResponse:
    state = state_of(request)
    app, today = state.app, state.app.clock.today()
    alumnus = browsing.alumnus(app, asker, None)
    questions = invitations.questions(app, asker)
    courses = roles = None
    if state.warm:
        courses = matching.recommend(app, asker, None, "offerings", top=FITTING)
        roles = matching.recommend(app, asker, None, "requests", top=LOOKED_AT)
    else:
        state.start_warming()
    asked = {one.request.key for one in questions}
    fits = [*_fitting(language, app, asker, courses, 2), *_fitting(language, app, asker, roles, 1, asked)]
    paused = _paused(alumnus, today)
    given = [one.purpose for one in alumnus.consents if app.terms.in_force(one, today)]
    account, per_year = ledger.mine(app, asker), _per_year(app, asker, alumnus)
    values: dict[str, object] = {
        "waiting": [
            {"question": one, "why": _why_you(language, roles, one.request.key), **_asked(language, one)}
            for one in questions
            if one.reply in {None, LedgerEvent.LATER} and not one.is_over
        ],
        "agreed": agreed(language, questions),
        "answered": [
            one for one in questions if one.is_over or one.reply not in {None, LedgerEvent.LATER, LedgerEvent.ACCEPTED}
        ],
        "sends_mail": app.sends_mail,
        "fits": fits,
        "reasons": {"offerings": reasons_of("offerings"), "requests": reasons_of("requests")},
        "declined": own_list.declined(app, asker),
        "days": DAYS,
        "parts": PARTS,
        "free": names_of_day_parts(alumnus.day_parts or 0),
        "times": sorted({1, 2, 4, per_year}),
        "per_year": per_year,
        "km": _km(alumnus),
        "paused": paused,
        "account": account,
        "b": lambda key, **words: say(language, f"balance.{key}", **words),
        "most": max(account.balance.given, account.balance.received, 1),
        "on": [say(language, f"words.purpose.{one.value}") for one in given if one not in SHOWN_ON_CARDS],
        "keep": privacy.asked_to_stay(app, asker),
        "objects": talks.mine(app, asker).objects,
        "problem": error_sentence(language, problem) if problem else None,
        **typed,
    }
    return render(request, language, "me.html", values, 422 if problem else 200, area="mine")


def _fitting(
    language: Language, app: App, asker: Asker, ranking: Ranking | None, most: int, asked: Collection[int] = ()
) -> list[dict[str, object]]:
    """The first matches of a list that fit, for the home page; without what the asker was asked for already."""
    if ranking is None:
        return []
    found = [match for match in ranking.matches if match.band and match.key not in asked][:most]
    records = browsing.recommended(app, asker, replace(ranking, matches=tuple(found)))
    return [
        {
            "kind": "offerings" if match.kind == "offering" else "requests",
            "id": match.candidate_id,
            "owner": match.owner,
            "title": match.card.title,
            "about": cards.about(language, records[match.key]),
            "facts": explain.brief(match, language, "alumnus").facts[:2],
            "why": ""
            if match.kind == "offering"
            else address("mij", "lijsten", "waarom", vraag=match.candidate_id, school=match.owner),
            "url": cards.safe_url(record.url) if isinstance(record := records[match.key], Offering) else None,
        }
        for match in found
        if match.key in records
    ]


def _why_you(language: Language, roles: Ranking | None, request_key: int) -> Sequence[str]:
    """Two facts for which the asker is in the list of a request; nothing where they are not."""
    match = next((one for one in roles.matches if one.key == request_key), None) if roles else None
    return explain.brief(match, language, "alumnus").facts[:2] if match else ()


def _asked(language: Language, question: invitations.Question) -> dict[str, object]:
    """When and where of a question, and what can be answered."""
    known = dict(cards.request_facts(language, question.request))
    return {"when": known["when"], "where": known["where"], **answering(language, question)}


@router.post("/mij/stand", dependencies=[Depends(form_is_ours)])
def stand(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.RECOMMEND)],
    free: Annotated[list[str] | None, Form(alias="vrij", max_length=21)] = None,
    times: Annotated[str, Form(alias="keer", max_length=4)] = "",
    km: Annotated[str, Form(alias="km", max_length=8)] = "",
    pause: Annotated[str, Form(alias="pauze", max_length=20)] = "",
) -> Response:
    """How the asker stands: when they are free, how often they may be asked, how far they go, and a pause.

    Only what differs from what the form showed is written, also where it showed what is usual. A pause that is over is
    told, and nothing is written.
    """
    own(asker)
    app = state_of(request).app
    alumnus = browsing.alumnus(app, asker, None)
    try:
        sent = {
            "day_parts": mask_of_day_parts(free or ()),
            "max_asks_per_year": forms.value_of("max_asks_per_year", times),
            "max_distance_km": forms.value_of("max_distance_km", km),
            "paused_until": forms.value_of("paused_until", pause),
        }
        _need_ahead(sent["paused_until"], app.clock.today(), alumnus.paused_until)
    except InvalidValue as problem:
        return _home(request, language, asker, problem, km=km)
    seen = {
        "day_parts": alumnus.day_parts or 0,
        "max_asks_per_year": _per_year(app, asker, alumnus),
        "max_distance_km": forms.value_of("max_distance_km", _km(alumnus)),
        "paused_until": _paused(alumnus, app.clock.today()),
    }
    for name, value in sent.items():
        if value != seen[name] and value != getattr(alumnus, name):
            privacy.correct(app, asker, name, value)
    return done("/mij", "stand", at="stand")


def _per_year(app: App, asker: Asker, alumnus: Alumnus) -> int:
    """How often somebody may be asked in a year, as the form shows it: as they said, else as the school chose."""
    said = alumnus.max_asks_per_year
    return school_settings.asks_at(app, asker, alumnus.school) if said is None else said


def _km(alumnus: Alumnus) -> str:
    return "" if alumnus.max_distance_km is None else f"{alumnus.max_distance_km:g}"


def _paused(alumnus: Alumnus, today: date) -> date | None:
    """Until when a pause lasts; None where there is none, or it is over."""
    return alumnus.paused_until if alumnus.paused_until and alumnus.paused_until > today else None


def _need_ahead(until: object, today: date, before: date | None) -> None:
    """Raises InvalidValue for a pause that is over, unless that is what was there."""
    if isinstance(until, date) and until <= today and until != before:
        raise InvalidValue("pause_is_over")


@router.get("/mij/toestemming")
def consents(request: Request, language: PageLanguage, asker: Reader) -> HTMLResponse:
    """What the asker agreed to, since when, and what mail comes."""
    own(asker)
    state = state_of(request)
    known: dict[str, Any] = privacy.known(state.app, asker, newest=1)
    since = {one["purpose"]: one["given_on"] for one in known["consents"] if _is_in_force(state.app, one)}
    states = [
        (purpose, {"code": purpose.value, "given": purpose.value in since, "since": since.get(purpose.value)})
        for purpose in Purpose
    ]
    closed = school_settings.closed_at(state.app, asker, asker.school or "")
    rhythm = subscriptions.rhythm(state.app, asker)
    values = {
        "known": known,
        "purposes": [
            {**one, "unused": purpose in closed}
            for purpose, one in states
            if purpose not in SHOWN_ON_CARDS and (purpose not in closed or one["given"])
        ],
        "on_cards": [{**one, "unused": False} for purpose, one in states if purpose in SHOWN_ON_CARDS],
        "rhythm": rhythm,
        "weekly_day": say(language, f"words.day.{DAYS[rhythm.when.weekday]}"),
        "contact": _contact(language, state.app, asker),
        "date": date.fromisoformat,
    }
    return render(request, language, "me_consent.html", values, area="mine")


@router.get("/mij/gegevens")
def data(request: Request, language: PageLanguage, asker: Reader) -> HTMLResponse:
    """The data about the asker, where they come from, the register of aftercare, and messages."""
    own(asker)
    app = state_of(request).app
    known: dict[str, Any] = privacy.known(app, asker, newest=NEWEST)
    filled = {*known["contact"], *(item["field"] for item in known["record"])}
    values = {
        "known": known,
        "aftercare": aftercare.mine(app, asker),
        "n": lambda key, **words: say(language, f"aftercare.{key}", **words),
        "concepts": lambda key: say(language, f"concepts.{key}"),
        "longest": aftercare.LONGEST,
        "contact": _contact(language, app, asker),
        "correctable": frozenset(forms.correctable()),
        "empty": [name for name in forms.correctable() if name not in filled],
    }
    return render(request, language, "me_data.html", values, area="mine")


def _contact(language: Language, app: App, asker: Asker) -> str:
    """Whom the asker may ask about their data, in a sentence; empty where the school does not say."""
    contact = school_settings.contact_at(app, asker, asker.school or "")
    return contact_sentence(language, contact.who, contact.mail) if contact else ""


@router.get("/mij/stoppen")
def stopping(request: Request, language: PageLanguage, asker: Writer) -> HTMLResponse:
    """Objection, and the way to erasure."""
    own(asker)
    objects = talks.mine(state_of(request).app, asker).objects
    return render(request, language, "me_stop.html", {"objects": objects}, area="mine")


@router.get("/mij/verbeter")
def correcting(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.PERSON_CORRECT))],
    field: Annotated[str, Query(alias="veld", max_length=40)],
) -> HTMLResponse:
    """A form with the current value of one field."""
    own(asker)
    text = forms.text_of(field, privacy.current(state_of(request).app, asker, field))
    return _correcting(request, language, field, text)


def _correcting(
    request: Request, language: Language, field: str, text: str, problem: InvalidValue | None = None
) -> HTMLResponse:
    column = forms.correctable()[field]
    values = {
        "field": field,
        "text": text,
        "cell": column.cell,
        "choices": choices_of(column),
        "example": say(language, f"fields.alumni.{column.english}.example"),
        "problem": error_sentence(language, problem) if problem else None,
    }
    return render(request, language, "correct.html", values, 422 if problem else 200)


@router.post("/mij/verbeter", dependencies=[Depends(form_is_ours)])
def correct(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.PERSON_CORRECT))],
    field: Annotated[str, Form(alias="veld", max_length=40)],
    value: Annotated[str, Form(alias="waarde", max_length=20_000)] = "",
) -> Response:
    """Corrects a field; for an invalid value shows the form again, with the problem."""
    own(asker)
    try:
        stated = forms.value_of(field, value)
    except InvalidValue as problem:
        if field not in forms.correctable():
            raise
        return _correcting(request, language, field, value, problem)
    if field == "email":
        access.need_fresh_login(request)
    privacy.correct(state_of(request).app, asker, field, stated)
    return done("/mij/gegevens", "verbeterd", at="gegevens")


@router.get("/mij/eigen")
def correcting_own(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.PERSON_CORRECT))],
    name: Annotated[str, Query(alias="veld", max_length=100)],
) -> HTMLResponse:
    """A form with what the asker has of one own field of the school."""
    own(asker)
    return _correcting_own(request, language, *own_fields.current(state_of(request).app, asker, name))


def _correcting_own(
    request: Request, language: Language, field: OwnField, text: str, problem: InvalidValue | None = None
) -> HTMLResponse:
    values = {
        "field": field,
        "choices": (YES, NO) if field.kind is OwnKind.YES_NO else field.choices,
        "text": text,
        "most": LONGEST_VALUE,
        "problem": error_sentence(language, problem) if problem else None,
    }
    return render(request, language, "correct_own.html", values, 422 if problem else 200)


@router.post("/mij/eigen", dependencies=[Depends(form_is_ours)])
def correct_own(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.PERSON_CORRECT))],
    name: Annotated[str, Form(alias="veld", max_length=100)],
    value: Annotated[str, Form(alias="waarde", max_length=20_000)] = "",
) -> Response:
    """Corrects an own field of the school; for an invalid value shows the form again, with the problem."""
    own(asker)
    app = state_of(request).app
    try:
        own_fields.correct(app, asker, name, value)
    except InvalidValue as problem:
        return _correcting_own(request, language, own_fields.current(app, asker, name)[0], value, problem)
    return done("/mij/gegevens", "verbeterd", at="gegevens")


@router.post("/mij/antwoord", dependencies=[Depends(form_is_ours)])
def reply(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.REPLY))],
    key: Annotated[int, Form(alias="vraag", ge=1, lt=2**63)],
    answer: Said,
) -> Response:
    """Records an answer to an invitation."""
    invitations.reply(state_of(request).app, asker, key, answer=answer)
    if answer.kind is AnswerKind.YES:
        return done("/mij", "ja-gezegd", at="afgesproken")
    return done("/mij", "geantwoord", at="vragen")


@router.get("/mij/gegevens.json")
def mine(request: Request, asker: Reader) -> Response:
    """The data about the asker as a file."""
    own(asker)
    known = KnownOut(**privacy.known(state_of(request).app, asker))
    headers = {"Content-Disposition": 'attachment; filename="gegevens.json"'}
    return Response(to_json(known), 200, headers, "application/json")


@router.get("/mij/vum.json")
def vum_profile(request: Request, asker: Reader) -> Response:
    """The same facts as a VUM profile, which the asker may hand over."""
    own(asker)
    written = vum.profile(privacy.known(state_of(request).app, asker, newest=1))
    headers = {"Content-Disposition": 'attachment; filename="vum-profiel.json"'}
    return Response(orjson.dumps(written, option=orjson.OPT_INDENT_2), 200, headers, "application/json")


@router.post("/mij/toestemming", dependencies=[Depends(form_is_ours)])
def consent(
    request: Request,
    asker: Writer,
    purpose: Annotated[Purpose, Form(alias="doel")],
    given: Annotated[bool, Form(alias="geef")],
) -> Response:
    """Gives or withdraws consent for one purpose, in one click."""
    own(asker)
    privacy.give(state_of(request).app, asker, purpose, given=given)
    code = "toestemming-ja" if given else "toestemming-nee"
    return done("/mij/toestemming", code, at="toestemming", doel=purpose.value, geef=str(not given).lower())


@router.post("/mij/bewaar", dependencies=[Depends(form_is_ours)])
def keep(request: Request, asker: Writer) -> Response:
    """Keeps the data for another term."""
    own(asker)
    privacy.keep(state_of(request).app, asker)
    return done("/mij", "bewaren")


@router.post("/mij/bezwaar", dependencies=[Depends(form_is_ours)])
def objection(request: Request, asker: Writer, objects: Annotated[bool, Form(alias="bezwaar")]) -> Response:
    """Records or withdraws an objection to being ranked."""
    own(asker)
    privacy.object_to_ranking(state_of(request).app, asker, objects=objects)
    code = "bezwaar-ja" if objects else "bezwaar-nee"
    return done("/mij/stoppen", code, bezwaar=str(not objects).lower())


@router.post("/mij/nazorg", dependencies=[Depends(form_is_ours)])
def aftercare_objection(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.AFTERCARE_OBJECT))],
    objects: Annotated[bool, Form(alias="bezwaar")],
    said: Annotated[str, Form(alias="waarom", max_length=aftercare.LONGEST)] = "",
) -> Response:
    """Records or withdraws an objection to the register of aftercare, on which a person decides."""
    own(asker)
    aftercare.object_to(state_of(request).app, asker, objects=objects, said=said)
    return done("/mij/gegevens", "bezwaar-nazorg" if objects else "nazorg-weer", at="nazorg")


@router.post("/mij/mail", dependencies=[Depends(form_is_ours)])
def mail_again(request: Request, asker: Writer) -> Response:
    """All mail comes again."""
    own(asker)
    subscriptions.resume(state_of(request).app, asker)
    return done("/mij/toestemming", "mail-weer", at="mail")


@router.post("/mij/ritme", dependencies=[Depends(form_is_ours)])
def mail_rhythm(request: Request, asker: Writer, weekly: Annotated[bool, Form(alias="week")]) -> Response:
    """Mail comes once a week, or each by itself."""
    own(asker)
    subscriptions.choose_weekly(state_of(request).app, asker, weekly=weekly)
    return done("/mij/toestemming", "ritme", at="mail", week=str(not weekly).lower())


@router.get("/mij/wissen")
def sure(
    request: Request, language: PageLanguage, asker: Annotated[Asker, Depends(may(Action.PERSON_ERASE))]
) -> HTMLResponse:
    """What an erasure takes, and the button: a page with an address, which survives a refresh."""
    own(asker)
    lines = own_others(language, "others_before", erasure.others(state_of(request).app, asker))
    return render(request, language, "erase.html", {"done": False, "lines": lines})


@router.post("/mij/wissen", dependencies=[Depends(form_is_ours)])
def erase(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.PERSON_ERASE))],
    is_sure: Annotated[bool, Form(alias="zeker")] = False,
) -> Response:
    """Erases the asker, and ends the session."""
    own(asker)
    if not is_sure:
        return RedirectResponse("/mij/wissen", 303)
    erased = erasure.erase(state_of(request).app, asker)
    request.state.session = request.state.asker = None
    response = render(request, language, "erase.html", {"done": True, "lines": for_the_erased(language, erased)})
    access.log_out(request, response)
    return response


@router.get("/mij/advies")
def own_advice(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.RECOMMEND)],
    target: Annotated[Literal["offerings", "requests"] | None, Query(alias="for")] = None,
    top: Top = 10,
) -> HTMLResponse:
    """Courses, or roles, for the asker: unless they say which, what they gave consent for."""
    app = state_of(request).app
    alumnus = browsing.alumnus(app, asker, None)
    given = {one.purpose for one in alumnus.consents if app.terms.in_force(one, app.clock.today())}
    usual: Literal["offerings", "requests"] = "offerings"
    if Purpose.LLO_ADVICE not in given and given & {KINDS[kind.value].purpose for kind in RequestKind}:
        usual = "requests"
    return advice_page(request, language, asker, alumnus, ("mij", "advies"), target or usual, top)


@router.get("/mij/advies/waarom")
def own_why(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.RECOMMEND)],
    candidate: Annotated[str, Query(alias="kandidaat", min_length=1, max_length=200)],
    owner: Annotated[str, Query(alias="kandidaat_school", max_length=200)] = "",
    target: Target = "offerings",
    top: Top = 10,
) -> HTMLResponse:
    """Why a course or a role is in the list of the asker. Raises UnknownId where none of that name is."""
    app = state_of(request).app
    alumnus = browsing.alumnus(app, asker, None)
    ranking = matching.recommend(app, asker, alumnus.alumnus_id, target, school=alumnus.school, top=top, at_once=True)
    back = address("mij", "advies", **{"for": target, "top": top})
    return why_here(request, language, ranking, back, kind=target.removesuffix("s"), id_=candidate, owner=owner)


@router.get("/cursussen")
def courses(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, Depends(may(Action.OFFERINGS_LIST))],
    woorden: Short = "",
    plaats: Short = "",
    page: Number = 1,
) -> HTMLResponse:
    """The courses that are open for enrolment, the first to start on top.

    They are not ranked, so alumni who object to being ranked see them too.
    """
    state = state_of(request)
    offerings = browsing.courses(state.app, asker, state.courses(), words=woorden, town=plaats)
    shown = pager(page, COURSES_PAGE, len(offerings), "cursussen", woorden=woorden, plaats=plaats)
    values = {
        "words": woorden,
        "place": plaats,
        "courses": [
            {
                "title": offering.title,
                "id": offering.offering_id,
                "description": offering.description,
                "about": cards.about(language, offering),
                "facts": cards.facts(language, offering),
                "url": cards.safe_url(offering.url),
            }
            for offering in offerings[(page - 1) * COURSES_PAGE : page * COURSES_PAGE]
        ],
        "pager": shown,
        "own": asker.alumnus_key is not None,
    }
    return render(request, language, "courses.html", values)
