"""The pages of a request: the lists, the form, the invitation before it is sent, and each step."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData
from starlette.responses import Response

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.invitation_lines import proposed
from api.login.access import form_is_ours, may, may_rank, opening
from api.web import cards
from api.web.downloads import FileKind, download
from api.web.flash import done
from api.web.forms import Id, Posted, SentId, SentSchool, Short, named_at_school
from api.web.record_forms import RecordForm, told
from api.web.render import address, render
from matcher import explain
from matcher.domain.day_parts import DAY_PARTS, mask_of_day_parts
from matcher.domain.demands import MINE, Experience, Next, State, Why
from matcher.domain.invitations import MOST_LINE, NOT_ASKED, InvitationState, InvitationWords
from matcher.domain.kinds import RequestKind
from matcher.domain.ledger import REASONS
from matcher.domain.moments import aware, day_in_netherlands
from matcher.domain.records import Moment, OnlineMode, RecordKind
from matcher.domain.records import Request as Wish
from matcher.errors import InvalidValue
from matcher.locale import Language, lookup, say
from matcher.policy import Action, Asker
from matcher.repositories.demands import Invitation
from matcher.services import calendars, demands, exports, invitations, proposals
from matcher.services.demands import Overview
from matcher.spreadsheets import forms

router = APIRouter(include_in_schema=False)
Saver = Annotated[Asker, Depends(may(Action.REQUESTS_SAVE))]
Closer = Annotated[Asker, Depends(may(Action.REQUESTS_CLOSE))]
Inviter = Annotated[Asker, Depends(may(Action.INVITE))]


LINES = ("what", "when", "how_long", "where", "for_whom", "reimbursement", "why", "greeting")
"""The lines of an invitation in the order of its form."""
STEPS = (State.CONCEPT, State.OPEN, State.ASKED, State.AGREED)
AREA = "demands"
FORM = RecordForm(
    RecordKind.REQUESTS,
    AREA,
    names=(
        "kind", "title", "description", "programme", "level", "skills", "moments", "day_parts", "period_from",
        "period_to", "town", "online", "people", "company_required", "requester", "team", "closes_on",
    ),
    first=frozenset({"kind", "title", "description", "moments", "town", "people"}),
    long=frozenset({"description", "moments", "day_parts", "skills"}),
    needed=("kind", "title"),
)  # fmt: skip
GROUPS = (
    ("mine", [one.value for one in Next if one in MINE]),
    ("alumni", [Next.WAIT.value]),
    ("agreed", [Next.COMING.value]),
    ("over", [Next.OVER.value]),
)
"""The groups of a list of requests, by what each waits for."""


# ---- lists


@router.get("/aanvragen")
def listed(
    request: Request,
    language: PageLanguage,
    asker: Closer,
    whose: Annotated[Literal["mine", "team", "school", "approve"], Query(alias="van")] = "mine",
) -> HTMLResponse:
    """The requests of the asker, of the same team, of the school, or with what waits for approval; how each stands."""
    app = state_of(request).app
    awaiting = proposals.awaiting(app, asker) if asker.may(Action.INVITE) else ()
    counts = {one.request.key: one.count for one in awaiting}
    listed = demands.with_keys(app, asker, list(counts)) if whose == "approve" else demands.listed(app, asker, whose)
    rows = [
        {
            "title": one.request.title,
            "link": address("aanvragen", one.request.request_id, school=one.request.school),
            "kind": one.request.kind.value,
            "state": one.standing.state.value,
            "left": one.standing.left,
            "wanted": one.standing.wanted,
            "closes": one.standing.closes,
            "proposed": counts.get(one.request.key, 0),
            "next": one.waits_for.value,
        }
        for one in listed
    ]
    groups = [(name, [row for row in rows if row["next"] in steps]) for name, steps in GROUPS]
    values = {
        "groups": [(name, members) for name, members in groups if members],
        "whose": whose,
        "awaiting": sum(counts.values()),
        "approvals": bool(app.approvals or awaiting),
    }
    return render(request, language, "requests.html", values, area=AREA)


@router.post("/aanvragen/bestand", dependencies=[Depends(form_is_ours)])
def export(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.EXPORT_MATCHES)],
    kind: FileKind,
) -> Response:
    """Who is in the lists of the school's open requests, and who was asked, in a file."""
    app = state_of(request).app
    return download("matches", app.clock.today(), kind, lambda file: exports.export_matches(app, asker, file, language))


# ---- the form


@router.get("/aanvraag-maken")
def new(request: Request, language: PageLanguage, asker: Saver) -> HTMLResponse:
    """An empty form."""
    texts = FORM.empty()
    if len(asker.kinds()) == 1:
        texts["kind"] = forms.text_in(RecordKind.REQUESTS, "kind", next(iter(asker.kinds())))
    if asker.kinds() == {RequestKind.BPV_PLACE}:
        texts["company_required"] = forms.text_in(RecordKind.REQUESTS, "company_required", True)
    return _form(request, language, texts, asker=asker)


@router.post("/aanvraag-maken", dependencies=[Depends(form_is_ours)])
def make(request: Request, language: PageLanguage, asker: Saver, sent: Posted) -> Response:
    """Makes the request, open or as a concept; shows the form again where something is wrong."""
    return _save(request, language, asker, sent)


@router.get("/aanvraag-wijzigen/{request_id}")
def edit(
    request: Request,
    language: PageLanguage,
    asker: Saver,
    request_id: Id,
    school: Short = "",
    also: Annotated[str, Query(alias="ook", max_length=20)] = "",
) -> HTMLResponse:
    """The form with what the request says; `also`: one change that is filled in and marked.

    A day part that it can be then too, online too, or recognised companies alone.
    """
    there = demands.overview(state_of(request).app, asker, request_id, school=school or None).request
    changed = ""
    if also == "online":
        changed, there = "online", replace(there, online=OnlineMode.EITHER)
    elif also == "erkend":
        changed, there = "company_required", replace(there, company_required=True)
    elif also in DAY_PARTS:
        changed, there = "day_parts", replace(there, day_parts=(there.day_parts or 0) | mask_of_day_parts([also]))
    texts = FORM.texts(language, there)
    return _form(request, language, texts, request_id=request_id, school=school, asker=asker, changed=changed)


@router.post("/aanvraag-wijzigen/{request_id}", dependencies=[Depends(form_is_ours)])
def change(
    request: Request, language: PageLanguage, asker: Saver, sent: Posted, request_id: Id, school: Short = ""
) -> Response:
    """Changes the request; shows the form again where something is wrong."""
    return _save(request, language, asker, sent, request_id=request_id, school=school)


def _save(
    request: Request, language: Language, asker: Asker, sent: FormData, request_id: str = "", school: str = ""
) -> Response:
    app, texts = state_of(request).app, FORM.sent(sent)
    try:
        wish = Wish(request_id="", **FORM.values(texts))  # type: ignore[arg-type]
        if request_id:
            there = demands.overview(app, asker, request_id, school=school or None).request
            wish = replace(there, **{name: getattr(wish, name) for name in FORM.names})
            demands.edit(app, asker, request_id, wish, school=school or None)
        else:
            request_id = demands.create(app, asker, wish, concept=sent.get("stap") == "concept")
    except InvalidValue as problem:
        return _form(request, language, texts, request_id=request_id, school=school, problem=problem, asker=asker)
    return done(address("aanvragen", request_id, school=school), "aanvraag-bewaard")


def _form(
    request: Request,
    language: Language,
    texts: Mapping[str, str],
    request_id: str = "",
    school: str = "",
    problem: InvalidValue | None = None,
    *,
    asker: Asker,
    changed: str = "",
) -> HTMLResponse:
    kinds = {forms.text_in(RecordKind.REQUESTS, "kind", kind) for kind in asker.kinds()}
    labels = FORM.labels(language)
    placement = forms.text_in(RecordKind.REQUESTS, "kind", RequestKind.BPV_PLACE)
    if texts["kind"] == placement or kinds == {placement}:
        labels["level"] = say(language, "demands.form.level_placement")
    hidden = frozenset() if placement in kinds else frozenset({"company_required"})
    fields = [field for field in FORM.view(language, texts, labels, changed) if field["name"] not in hidden]
    for field in fields:
        if field["name"] == "kind":
            field["choices"] = [one for one in cast("list[tuple[str, str]]", field["choices"]) if one[0] in kinds]
    shown = {
        "fields": fields,
        "changed": labels.get(changed, ""),
        "unfolded": bool(problem or (request_id and not changed)),
        "request_id": request_id,
        "action": address("aanvraag-wijzigen", request_id, school=school) if request_id else "/aanvraag-maken",
        "problem": told(language, problem, labels),
    }
    return render(request, language, "request_form.html", shown, 422 if problem else 200, area=AREA)


# ---- the invitation before it is sent


@router.get("/aanvragen/{request_id}/uitnodiging")
def preview(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.INVITE)],
    request_id: Id,
    alumnus: Annotated[str, Query(min_length=1, max_length=200)],
    school: Short = "",
    alumnus_school: Short = "",
) -> HTMLResponse:
    """The mail as it will be sent, each line to change, and by when the alumnus is to answer."""
    with opening(request, asker):
        draft = invitations.preview(
            state_of(request).app,
            asker,
            request_id,
            alumnus,
            school=school or None,
            candidate_school=alumnus_school or None,
        )
    written_in = state_of(request).settings.language
    words = proposed(written_in, draft.request, draft.account)
    match = draft.account.match
    brief = explain.brief(match, language, "asker") if match else None
    values = {
        "asked": draft.request,
        "alumnus": alumnus,
        "alumnus_school": alumnus_school,
        "school": school,
        "title": cards.title_of(language, match) if match else alumnus,
        "lines": [
            line_view(language, name, getattr(words, name), placement=draft.request.kind is RequestKind.BPV_PLACE)
            for name in LINES
        ],
        "most": MOST_LINE,
        "lines_in_other": written_in != language,
        "brief": brief,
        "days": cards.strip(language, brief.day_parts) if brief else None,
        "deadline": draft.deadline,
        "reasons": [one.value for one in REASONS] if draft.needs_reason else [],
        "can_wait": draft.can_wait,
        "proposes": draft.proposes,
        "undo": int(state_of(request).app.answer_terms.undo.total_seconds() // 60),
        "action": address("aanvragen", request_id, "uitnodigen"),
        "back": address("aanvragen", request_id, school=school),
    }
    return render(request, language, "invite.html", values, area=AREA)


def line_view(language: Language, name: str, text: str, *, placement: bool = False) -> dict[str, str]:
    """A line of an invitation for its form; an empty one has an example, of a placement where it is one."""
    key = f"demands.invite.empty_{name}"
    if placement and lookup(language, f"{key}_placement"):
        key += "_placement"
    return {"name": name, "text": text, "hint": say(language, key) if not text and lookup(language, key) else ""}


def words_in(sent: Mapping[str, object]) -> InvitationWords | None:
    """The lines that the asker saw in the form; None for a form without them."""
    if not any(name in sent for name in LINES):
        return None
    return InvitationWords(**{name: str(sent.get(name, ""))[:MOST_LINE] for name in LINES})


@router.post("/aanvragen/{request_id}/terughalen", dependencies=[Depends(form_is_ours)])
def take_back(
    request: Request,
    asker: Inviter,
    request_id: Id,
    alumnus: SentId,
    school: SentSchool = "",
    only: Annotated[Literal["", "ja"], Form(alias="alleen")] = "",
) -> Response:
    """Takes an invitation back, or somebody off the waiting list; `only`: if nobody has heard of it yet."""
    with opening(request, asker):
        invitations.take_back(
            state_of(request).app, asker, request_id, alumnus, school=school or None, unheard=bool(only)
        )
    return done(address("aanvragen", request_id, school=school), "teruggehaald-vraag")


@router.post("/aanvragen/{request_id}/herinneren", dependencies=[Depends(form_is_ours)])
def remind(
    request: Request,
    asker: Inviter,
    request_id: Id,
    alumnus: SentId,
    school: SentSchool = "",
) -> Response:
    """Sends the one reminder of an invitation now."""
    with opening(request, asker):
        invitations.remind(state_of(request).app, asker, request_id, alumnus, school=school or None)
    return done(address("aanvragen", request_id, school=school), "herinnerd")


@router.get("/aanvragen/{request_id}/agenda.ics")
def calendar(
    request: Request, asker: Annotated[Asker, Depends(may(Action.CONTACT))], request_id: Id, school: Short = ""
) -> Response:
    """The moments that were agreed, for one's own calendar."""
    content = calendars.of_request(state_of(request).app, asker, request_id, school=school or None)
    headers = {"Content-Disposition": 'attachment; filename="afspraak.ics"'}
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


@router.post("/aanvragen/{request_id}/akkoord", dependencies=[Depends(form_is_ours)])
def approve(
    request: Request,
    asker: Inviter,
    request_id: Id,
    alumnus: SentId,
    school: SentSchool = "",
) -> Response:
    """Approves what somebody proposed."""
    with opening(request, asker):
        proposals.approve(state_of(request).app, asker, request_id, alumnus, school=school or None)
    return done(address("aanvragen", request_id, school=school), "goedgekeurd")


# ---- steps


@router.post("/aanvragen/{request_id}/open", dependencies=[Depends(form_is_ours)])
def open_concept(request: Request, asker: Saver, request_id: Id, school: SentSchool = "") -> Response:
    """Opens a concept."""
    demands.open_(state_of(request).app, asker, request_id, school=school or None)
    return done(address("aanvragen", request_id, school=school), "geopend")


@router.post("/aanvragen/{request_id}/kopie", dependencies=[Depends(form_is_ours)])
def copy(request: Request, asker: Saver, request_id: Id, school: SentSchool = "") -> Response:
    """A concept of the same for next year, in its form."""
    made = demands.copy(state_of(request).app, asker, request_id, school=school or None)
    return done(address("aanvraag-wijzigen", made, school=school), "gekopieerd")


@router.post("/aanvragen/{request_id}/intrekken", dependencies=[Depends(form_is_ours)])
def withdraw(
    request: Request,
    asker: Closer,
    request_id: Id,
    reason: Annotated[Why, Form(alias="reden")],
    school: SentSchool = "",
) -> Response:
    """Withdraws the request."""
    demands.withdraw(state_of(request).app, asker, request_id, reason, school=school or None)
    return done(address("aanvragen", request_id, school=school), "ingetrokken")


@router.post("/aanvragen/{request_id}/afronden", dependencies=[Depends(form_is_ours)])
def close(
    request: Request,
    asker: Closer,
    sent: Posted,
    request_id: Id,
    held: Annotated[Literal["true", "false", "verzet"], Form(alias="ging")],
    students: Annotated[str, Form(alias="studenten", max_length=10)] = "",
    experience: Annotated[Experience | Literal[""], Form(alias="hoe")] = "",
    reason: Annotated[Why | Literal[""], Form(alias="reden")] = "",
    on: Annotated[str, Form(alias="dag", max_length=10)] = "",
    begin: Annotated[str, Form(alias="begin", max_length=5)] = "",
    end: Annotated[str, Form(alias="eind", max_length=5)] = "",
    school: SentSchool = "",
) -> Response:
    """Closes the request with the two questions, or moves it to another day."""
    if held == "verzet":
        moment = _moment(on, begin, end)
        demands.move(state_of(request).app, asker, request_id, moment, school=school or None)
        return done(address("aanvragen", request_id, school=school), "verzet")
    demands.close(
        state_of(request).app,
        asker,
        request_id,
        held=held == "true",
        students=int(students) if students.strip().isdigit() else None,
        experience=experience or None,
        reason=reason or None,
        absent=[(of_school, id_) for id_, of_school in map(named_at_school, sent.getlist("afwezig"))],
        school=school or None,
    )
    return done(address("aanvragen", request_id, school=school), "afgerond")


def _moment(on: str, begin: str, end: str) -> Moment:
    """The moment of a day and two times. Raises InvalidValue('moment_needed')."""
    try:
        return Moment(datetime.fromisoformat(f"{on}T{begin}"), datetime.fromisoformat(f"{on}T{end}"))
    except ValueError as problem:
        raise InvalidValue("moment_needed") from problem


# ---- where it stands


def _lines(words: str | None) -> list[tuple[str, str]]:
    """The lines of an invitation by name, in the order of its form."""
    kept: dict[str, str] = json.loads(words) if words else {}
    return [(name, kept[name]) for name in LINES if name in kept]


def _since(one: Invitation) -> date | None:
    """The day of the last step of an invitation; None where nothing was asked yet."""
    last = one.answered_at or one.asked_at
    return day_in_netherlands(aware(last)) if last else None


def _unnamed(language: Language, number: int, title: str | None) -> str:
    """What tells somebody on a list of cards apart: a number, and the work where the list shows it."""
    one = say(language, "demands.stand.one", number=number)
    return f"{one}, {title}" if title else one


def standing_view(
    language: Language,
    there: Overview,
    asked: list[invitations.Asked],
    approvable: Collection[int] = (),
    *,
    titles: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Where a request stands, for its page: the steps of its life, who was asked, and what can be done.

    `approvable`: keys of the invitations that the asker may approve. `titles`: of the cards of a list, for an asker who
    sees cards and knows nobody by number.
    """
    stands = there.standing
    is_end = stands.state not in STEPS
    path = [state.value for state in STEPS] + [stands.state.value if is_end else State.HELD.value]
    here = path.index(stands.state.value)
    rows = [
        {
            "name": one.name,
            "shown": one.name if titles is None else _unnamed(language, number, titles.get(one.name)),
            "state": one.invitation.state.value,
            "deadline": one.invitation.deadline,
            "reminded": one.invitation.reminded_at,
            "why_not": one.invitation.why_not.value if one.invitation.why_not else "",
            "moment": cards.chosen_moment(language, one.invitation.moment),
            "said": one.invitation.said or "",
            "place": one.invitation.place,
            "since": _since(one.invitation),
            "can_undo": one.can_undo,
            "can_remind": one.can_remind,
            "can_end": one.invitation.state in {InvitationState.ASKED, *NOT_ASKED},
            "can_approve": one.invitation.key in approvable,
            "lines": _lines(one.invitation.words) if one.invitation.key in approvable else [],
        }
        for number, one in enumerate((one for one in asked if one.invitation.state.value != "undone"), 1)
    ]
    return {
        "state": stands.state.value,
        "path": [{"state": state, "here": place == here, "done": place < here} for place, state in enumerate(path)],
        "standing": stands,
        "rows": rows,
        "steps": there.steps,
        "kept": there.state,
        "next": there.waits_for.value,
        "can_close": there.can_close,
        "has_moment": bool(there.request.moments),
        "can_withdraw": there.state.phase.value in {"open", "concept"},
        "is_concept": there.state.phase.value == "concept",
        "whys": [one.value for one in Why],
        "experiences": [one.value for one in Experience],
    }
