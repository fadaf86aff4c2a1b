"""The data about a person, consent, erasure; and the log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.erasure_report import in_words
from api.http.languages import ApiLanguage
from api.http.state import State, state_of
from api.invitation_lines import proposed
from api.login.access import may, opening
from api.routes.common import ID, AlumnusId, RequestId, School, answer, problems
from api.schemas.rankings import Model
from matcher.domain.invitations import MOST_LINE, InvitationWords
from matcher.domain.kinds import Purpose
from matcher.domain.ledger import Deviation
from matcher.locale import Language
from matcher.policy import Action, Asker
from matcher.ports import Place
from matcher.services import audit as log
from matcher.services import browsing, erasure, gatherings, invitations, privacy
from matcher.services.gatherings import MOST_AT_ONCE, MOST_WORDS, Chosen
from matcher.spreadsheets import forms

router = APIRouter(prefix="/v1", tags=["people"])
MOST = 500


class FieldOut(Model):
    """One field of the record."""

    field: str = Field(examples=["function"])
    value: Any = Field(examples=["Verzorgende"])
    source: str = Field(description="`import`, or `person` where the alumnus filled it in.", examples=["import"])


class OwnValueOut(Model):
    """What a person has of an own field of the school."""

    field: str = Field(examples=["Heeft rijbewijs"])
    value: str = Field(examples=["ja"])
    source: str = Field(description="`import`, or `person` where the alumnus filled it in.", examples=["import"])


class ConsentOut(Model):
    """Consent for one purpose, in force unless withdrawn."""

    purpose: str = Field(examples=["guest_lesson"])
    given_on: date | None
    withdrawn_on: date | None
    last_withdrawn_on: date | None
    withdrawn_by: str | None = Field(description="`person`, `import` or `retention`.", examples=["person"])
    source: str = Field(examples=["person"])
    text_version: str | None = Field(examples=[privacy.CONSENT_TEXT])


class KnownOut(Model):
    """Everything that is stored about a person, and what it was used for."""

    id: str = Field(examples=["A-0007"])
    school: str = Field(examples=["ROC Vechtdal"])
    record: list[FieldOut]
    own_fields: list[OwnValueOut] = Field(description="What the school itself keeps besides, as it names that.")
    own_fields_empty: list[str] = Field(description="Those of which nothing is kept.", examples=[["Hobby"]])
    contact: dict[str, str]
    contact_source: dict[str, str] = Field(description="`import` or `person`, for each of those.")
    consents: list[ConsentOut]
    objects_since: date | None = Field(description="Since when no one may rank this person.")
    derived: list[str] = Field(description="What was made of it: vectors of the two texts, codes, coordinates.")
    ledger: list[dict[str, Any]] = Field(description="What was asked, given and received, entry by entry.")
    first_places: list[int] = Field(description="Open requests in whose saved list the person stands first.")
    shown: list[dict[str, Any]] = Field(description="Every ranking in which the person was shown.")
    messages: list[dict[str, Any]] = Field(description="Every mail that was sent to the person, and when.")
    mail: list[dict[str, Any]] = Field(description="Mail to the person that waits, was refused or was dropped.")
    mail_stopped: list[dict[str, Any]] = Field(description="What the person wants no mail about, and since when.")
    mail_weekly: str | None = Field(description="Since when mail goes once a week by own choice; else null.")
    mail_each: str | None = Field(description="Since when each mail goes by itself by own choice; else null.")
    addresses_closed: list[dict[str, Any]] = Field(description="When mail came back from an address for good.")
    replies_unread: list[dict[str, Any]] = Field(description="Replies by mail that somebody has yet to read.")
    imports: list[dict[str, Any]] = Field(description="Imports of the last 30 days, and the values before each.")
    merges: list[dict[str, Any]] = Field(description="Merges of the last 30 days, and the values of both before each.")
    grades: list[dict[str, Any]] = Field(description="How well staff found the person to fit requests, by request.")
    segment_messages: list[dict[str, Any]] = Field(description="Messages of the school to a group, how each stands.")
    invitations: list[dict[str, Any]] = Field(description="Every invitation, how it stands, and what the person wrote.")
    plans: list[dict[str, Any]] = Field(description="What the person was planned for.")
    calendars: list[dict[str, Any]] = Field(description="Calendars that the person gave.")
    busy: list[dict[str, Any]] = Field(description="When they say busy; what for is not kept.")
    aftercare: dict[str, Any] = Field(description="Contacts after leaving the school, and objections to them.")
    talks: list[dict[str, Any]] = Field(description="Codes for a talk with an adviser, and talks; kept for 30 days.")
    appointments: list[dict[str, Any]] = Field(description="When an adviser sees the person, and as whom.")
    shortlist: list[dict[str, Any]] = Field(description="Courses that were chosen in a talk, with notes.")
    not_for_me: list[dict[str, Any]] = Field(description="What the person wants out of the own lists, and why.")
    disputes: list[dict[str, Any]] = Field(description="What the person asked about lists, and the answers.")
    own_meanings: list[dict[str, Any]] = Field(description="What the person said that words of the own skills mean.")
    former_numbers: list[str] = Field(description="Numbers of the person from before a merge.")
    logins: list[dict[str, Any]] = Field(description="Logins of other services, such as eduID, that the person linked.")
    first_yes: dict[str, Any] = Field(description="When the person was asked for a first yes, and answered.")
    facts: dict[str, Any] = Field(description="When the person last said that facts are right, and was asked that.")
    files: list[dict[str, Any]] = Field(description="Files that the school sent, kept for 30 days, that may hold them.")
    log: list[dict[str, Any]] = Field(description="Every entry of the log about the person.")


class ConsentIn(Model):
    """A consent as stated by the alumnus."""

    given: bool = Field(examples=[False])


class ConsentSet(Model):
    """The consent as it is now."""

    purpose: str = Field(examples=["guest_lesson"])
    given: bool = Field(examples=[False])


class PlaceOut(Model):
    """A place that may hold what was erased."""

    code: str = Field(examples=["backups"])
    text: str = Field(examples=["back-ups: zet je er een terug zonder journaal, wis deze persoon dan opnieuw"])


class OtherOut(Model):
    """An alumnus that may be the same person. `because`: `email`, `phone`, `number`, `name`."""

    id: str = Field(examples=["A-0071"])
    school: str = Field(examples=["ROC Vechtdal"])
    because: list[str] = Field(examples=[["email"]])


class ErasedOut(Model):
    """An erasure and its proof."""

    revision: int = Field(examples=[42])
    found_in: list[str] = Field(description="Where the person was still found; empty when all is well.", examples=[[]])
    unfinished: list[PlaceOut] = Field(description="What may still hold the person, and what finishes it.")
    unseen: list[PlaceOut] = Field(description="What cannot be seen from here.")
    others: list[OtherOut] = Field(description="Alumni that may be the same person, and still exist.")


class EntryOut(Model):
    """One line of the log: random ids, codes, scores and versions."""

    id: int = Field(examples=[812])
    at: str = Field(description="UTC.", examples=["2027-03-01T10:15:00"])
    actor: int | None = Field(description="Random id of an account or token; null is the command line.")
    role: str = Field(examples=["teacher"])
    school: str | None = Field(examples=["ROC Vechtdal"])
    action: str = Field(examples=["match"])
    details: dict[str, Any]


class LogOut(Model):
    """The newest entries first."""

    entries: list[EntryOut]
    next: int | None = Field(description="Send as `before` for older ones.", examples=[712])


@router.get("/people/{id}", summary="What is known", response_model=KnownOut, responses=problems(401, 422))
def known(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.PERSON_READ))],
    alumnus_id: AlumnusId,
    school: School = None,
) -> Response:
    """All data of a person with their source, and every ranking that listed them (AVG 13-15)."""
    known_ = privacy.known(state_of(request).app, asker, alumnus_id, school=school)
    return answer(KnownOut(**known_))


@router.put(
    "/people/{id}/consents/{purpose}",
    summary="Consent for one purpose",
    response_model=ConsentSet,
    responses=problems(401, 422),
)
def consent(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.CONSENT_WRITE))],
    alumnus_id: AlumnusId,
    purpose: Annotated[Purpose, Path(description="What for.", examples=["guest_lesson"])],
    asked: ConsentIn,
    school: School = None,
) -> Response:
    """Gives or withdraws consent, as stated by the alumnus; takes effect in the next ranking."""
    privacy.give(state_of(request).app, asker, purpose, given=asked.given, alumnus_id=alumnus_id, school=school)
    return answer(ConsentSet(purpose=purpose.value, given=asked.given))


class CorrectionIn(Model):
    """A field as it should be."""

    value: str = Field(max_length=20_000, description="As in the spreadsheet; empty clears.", examples=["Zwolle"])


class CorrectedOut(Model):
    """The field is now stated by the person: imports leave it alone."""

    field: str = Field(examples=["town"])


@router.put(
    "/people/{id}/fields/{field}",
    summary="Correct a field",
    response_model=CorrectedOut,
    responses=problems(401, 422),
)
def correct(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.PERSON_CORRECT))],
    alumnus_id: AlumnusId,
    field: Annotated[str, Path(description="Name of the field.", examples=["town"], **ID)],
    asked: CorrectionIn,
    school: School = None,
) -> Response:
    """Sets a field as stated by the alumnus (AVG 16); it survives the next import."""
    value = forms.value_of(field, asked.value)
    privacy.correct(state_of(request).app, asker, field, value, alumnus_id=alumnus_id, school=school)
    return answer(CorrectedOut(field=field))


@router.delete(
    "/people/{id}",
    summary="Erase a person",
    response_model=ErasedOut,
    responses=problems(401, 422),
)
def erase(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.PERSON_ERASE))],
    alumnus_id: AlumnusId,
    language: ApiLanguage,
    school: School = None,
    others: Annotated[
        Literal["known"] | None,
        Query(
            description="`known`: erase, though other alumni may be the same person; else 409 names them.",
            examples=["known"],
        ),
    ] = None,
) -> Response:
    """Erases all data of the person, derived data too; an import does not bring them back (AVG 17)."""
    app = state_of(request).app
    erased = erasure.erase(app, asker, alumnus_id, school=school, unless_others=others is None)
    return answer(
        ErasedOut(
            revision=erased.revision,
            found_in=list(erased.found_in),
            unfinished=_places(language, erased.unfinished),
            unseen=_places(language, erased.unseen),
            others=[
                OtherOut(id=other.alumnus_id, school=other.school, because=list(other.because))
                for other in erased.others
            ],
        )
    )


def _places(language: Language, places: Iterable[Place]) -> list[PlaceOut]:
    return [PlaceOut(code=place.code, text=in_words(language, place)) for place in places]


Line = Annotated[str, Field(max_length=MOST_LINE)]


class LinesIn(Model):
    """The lines of an invitation, as the alumnus reads them; empty ones are left out."""

    why: Line = ""
    what: Line = ""
    when: Line = ""
    how_long: Line = ""
    where: Line = ""
    for_whom: Line = ""
    reimbursement: Line = ""
    greeting: Line = ""


class InviteIn(Model):
    """Whom to invite."""

    alumnus: str = Field(min_length=1, max_length=200, examples=["A-0007"])
    alumnus_school: str | None = Field(default=None, max_length=200, examples=["ROC Vechtdal"])
    reason: Deviation | None = Field(
        default=None, description="Why not the first, where people are ranked for work.", examples=["experience"]
    )

    lines: LinesIn | None = Field(default=None, description="The lines of the mail; those of the request where absent.")
    waits: bool = Field(default=False, description="On the waiting list: asked once a place is free again.")


class OneIn(Model):
    """An alumnus of the list."""

    alumnus: str = Field(min_length=1, max_length=200, examples=["A-0007"])
    school: str | None = Field(default=None, max_length=200, examples=["ROC Vechtdal"])


class InvitedOut(Model):
    """The invitation was made."""

    rank: int = Field(description="Place in the list.", examples=[1])
    waits: bool = Field(description="Whether it is on the waiting list.", examples=[False])
    proposed: bool = Field(description="Whether somebody else is to approve it before it is sent.", examples=[False])


class HelperOut(Model):
    """An alumnus who said yes."""

    id: str = Field(examples=["A-0007"])
    school: str = Field(examples=["ROC Vechtdal"])
    since: date
    contact: dict[str, str]


class HelpersOut(Model):
    """All alumni who said yes to a request."""

    helpers: list[HelperOut]


def _words(state: State, asker: Asker, request_id: str, lines: LinesIn | None, school: str | None) -> InvitationWords:
    """The lines that were sent, or those of the request."""
    if lines is not None:
        return InvitationWords(**lines.model_dump())
    return proposed(state.settings.language, browsing.request(state.app, asker, request_id, school))


@router.post(
    "/requests/{id}/invitations",
    summary="Invite an alumnus",
    response_model=InvitedOut,
    responses=problems(401, 422),
)
def invite(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.INVITE))],
    request_id: RequestId,
    asked: InviteIn,
    school: School = None,
) -> Response:
    """Invites an alumnus from the current list; the mail is sent after ten minutes, and can be taken back until then.

    A person decides: the program asks no one whom a person did not choose.
    """
    state = state_of(request)
    words = _words(state, asker, request_id, asked.lines, school)
    with opening(request, asker):
        invited = invitations.invite(
            state.app,
            asker,
            request_id,
            asked.alumnus,
            school=school,
            candidate_school=asked.alumnus_school,
            reason=asked.reason,
            words=words,
            waits=asked.waits,
        )
    return answer(InvitedOut(rank=invited.rank, waits=asked.waits and not invited.proposed, proposed=invited.proposed))


class ManyIn(Model):
    """Whom to invite at once."""

    alumni: list[OneIn] = Field(min_length=1, max_length=MOST_AT_ONCE)
    lines: LinesIn | None = Field(default=None, description="The lines of the mail; those of the request where absent.")


class OneOut(Model):
    """What became of one of many."""

    alumnus: str = Field(examples=["A-0007"])
    school: str | None = Field(examples=["ROC Vechtdal"])
    asked: bool
    proposed: bool = Field(description="Whether somebody else is to approve it before it is sent.")
    problem: str | None = Field(description="Why not: the code of the error.", examples=["invited_already"])


class ManyOut(Model):
    """What became of each, in the order of the request."""

    outcomes: list[OneOut]


@router.post(
    "/requests/{id}/invitations-at-once",
    summary="Invite several alumni",
    response_model=ManyOut,
    responses=problems(401, 422),
)
def invite_many(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.INVITE))],
    request_id: RequestId,
    asked: ManyIn,
    school: School = None,
) -> Response:
    """Each as alone, in a transaction of its own; who cannot be asked is named, and the others are asked.

    Not for kinds that rank people for work.
    """
    state = state_of(request)
    words = _words(state, asker, request_id, asked.lines, school)
    chosen = [Chosen(one.alumnus, one.school) for one in asked.alumni]
    with opening(request, asker):
        outcomes = gatherings.invite_many(state.app, asker, request_id, chosen, school=school, words=words)
    return answer(
        ManyOut(
            outcomes=[
                OneOut(
                    alumnus=one.chosen.name,
                    school=one.chosen.school,
                    asked=not one.problem and not one.proposed,
                    proposed=one.proposed,
                    problem=one.problem or None,
                )
                for one in outcomes
            ]
        )
    )


class LetterIn(Model):
    """A letter to everybody who comes."""

    text: str = Field(min_length=1, max_length=MOST_WORDS, examples=["De ingang is aan de achterkant."])


class LetterOut(Model):
    """The letter was written."""

    mails: int = Field(description="Alumni who get it.", examples=[12])


@router.post(
    "/requests/{id}/letters",
    summary="Write to everybody who comes",
    response_model=LetterOut,
    responses=problems(401, 422),
)
def write_to_all(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.CONTACT))],
    request_id: RequestId,
    letter: LetterIn,
    school: School = None,
) -> Response:
    """To each who said yes and whose consent is in force; nobody sees who else gets it."""
    app = state_of(request).app
    return answer(LetterOut(mails=gatherings.write_to_all(app, asker, request_id, letter.text, school=school)))


@router.get(
    "/requests/{id}/helpers",
    summary="Who said yes",
    response_model=HelpersOut,
    responses=problems(401, 422),
)
def helpers(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.CONTACT))],
    request_id: RequestId,
    school: School = None,
) -> Response:
    """Name and contact details of the alumni who accepted this request; showing them is logged."""
    agreed = invitations.helpers(state_of(request).app, asker, request_id, school=school)
    return answer(HelpersOut(helpers=[helper_out(helper) for helper in agreed]))


def helper_out(helper: invitations.Helper) -> HelperOut:
    """An alumnus who accepted, as JSON."""
    alumnus, contact = helper.alumnus, privacy.filled(helper.contact)
    return HelperOut(id=alumnus.alumnus_id, school=alumnus.school, since=helper.since, contact=contact)


@router.get("/audit", summary="The log", response_model=LogOut, responses=problems(401, 404, 422))
def audit(
    request: Request,
    asker: Annotated[Asker, Depends(may(Action.AUDIT_READ))],
    before: Annotated[int | None, Query(ge=1, lt=2**63, description="Only older entries.", examples=[712])] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many at most.", examples=[100])] = 100,
    school: School = None,
) -> Response:
    """The log of actions, for the privacy officer."""
    entries = log.page(state_of(request).app, asker, school=school, before=before, limit=limit)
    shown = [
        EntryOut(
            at=entry.at.isoformat(), **{name: getattr(entry, name) for name in EntryOut.model_fields if name != "at"}
        )
        for entry in entries
    ]
    return answer(LogOut(entries=shown, next=entries[-1].id if len(entries) == limit else None))
