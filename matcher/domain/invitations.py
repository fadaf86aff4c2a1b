"""Invitations: how long each step may take, and what an alumnus can answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from matcher.domain.ledger import LedgerEvent
from matcher.domain.records import Request

DISTANCES = (10, 25, 50)
"""Kilometres that are proposed to an alumnus for whom a place is too far."""


class InvitationState(StrEnum):
    """Where an invitation stands.

    `QUEUED`: on the waiting list. `LAPSED`: the term to answer is over. `UNDONE`: before the mail was sent. `RELEASED`:
    by the asker, after it. `FILLED`: others took the places. `CANCELLED`: the request was withdrawn. `UNREACHED`: the
    mail reached nobody. `SKIPPED`: on the waiting list, and could no longer be asked; or the alumnus answered another
    one for the same request. `PROPOSED`: waits for somebody else to approve it (`Approval`), before anything is asked.
    """

    QUEUED = "queued"
    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LATER = "later"
    OTHER_DAY = "other_day"
    RETRACTED = "retracted"
    LAPSED = "lapsed"
    UNDONE = "undone"
    RELEASED = "released"
    FILLED = "filled"
    CANCELLED = "cancelled"
    UNREACHED = "unreached"
    SKIPPED = "skipped"
    PROPOSED = "proposed"


NOT_ASKED = frozenset({InvitationState.QUEUED, InvitationState.PROPOSED})
"""The states before anything is asked."""


class Approval(StrEnum):
    """Whose decision it is that an alumnus is asked, a setting per kind: the asker's, the coordinator's, or both."""

    ASKER = "asker"
    COORDINATOR = "coordinator"
    BOTH = "both"


def may_ask_at_once(mode: Approval, *, coordinates: bool) -> bool:
    """Whether one's own invitation needs nobody else. `coordinates`: whether one may approve those of others."""
    return mode is Approval.ASKER or (mode is Approval.COORDINATOR and coordinates)


def may_approve(mode: Approval, *, coordinates: bool, proposed_by_coordinator: bool, is_own: bool) -> bool:
    """Whether one may approve a proposal: a coordinator those of others, and an asker those of a coordinator."""
    if mode is Approval.BOTH:
        return not is_own and coordinates is not proposed_by_coordinator
    return coordinates or mode is Approval.ASKER


class AnswerKind(StrEnum):
    """What an alumnus can answer."""

    YES = "yes"
    OTHER_DAY = "other_day"
    NO = "no"
    LATER = "later"
    QUESTION = "question"
    PAUSE = "pause"


class Reason(StrEnum):
    """Why not."""

    NOT_NOW = "not_now"
    TOO_FAR = "too_far"
    NOT_MY_FIELD = "not_my_field"
    NO_TIME = "no_time"
    NEVER_THIS = "never_this"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a question.

    `moment`: the one chosen, of a request with several. `until`: ask again, or paused, until that day. `text`: what is
    asked, or which other day.
    """

    kind: AnswerKind
    reason: Reason | None = None
    moment: datetime | None = None
    until: date | None = None
    text: str = ""

    @classmethod
    def of(cls, *, accepts: bool) -> Answer:
        """A plain yes or no."""
        return cls(AnswerKind.YES if accepts else AnswerKind.NO)


EVENT_OF = {
    AnswerKind.YES: LedgerEvent.ACCEPTED,
    AnswerKind.NO: LedgerEvent.DECLINED,
    AnswerKind.OTHER_DAY: LedgerEvent.LATER,
    AnswerKind.LATER: LedgerEvent.LATER,
    AnswerKind.PAUSE: LedgerEvent.LATER,
}
"""The line of the ledger of each answer; a question is none."""
STATE_OF = {
    AnswerKind.YES: InvitationState.ACCEPTED,
    AnswerKind.NO: InvitationState.DECLINED,
    AnswerKind.OTHER_DAY: InvitationState.OTHER_DAY,
    AnswerKind.LATER: InvitationState.LATER,
    AnswerKind.PAUSE: InvitationState.LATER,
}
MOST_TEXT = 2000
"""Characters of what an alumnus asks."""


@dataclass(frozen=True, slots=True)
class AnswerTerms:
    """How long an invitation can be undone, and an alumnus has to answer: settings."""

    undo: timedelta = timedelta(minutes=10)
    days: int = 7
    soon_days: int = 3
    """For a moment that is soon."""
    soon: timedelta = timedelta(weeks=3)


def needed_on(request: Request, day: date) -> date | None:
    """The day that an answer must come before: of the first moment still to come, or the last of the period."""
    ahead = [moment.start.date() for moment in request.moments if moment.start.date() >= day]
    return min(ahead) if ahead else None if request.moments else request.period_to


def deadline(asked_on: date, needed: date | None, terms: AnswerTerms) -> date:
    """The last day to answer: at least a day before it is needed, but never before the day of the ask."""
    soon = needed is not None and needed - asked_on <= terms.soon
    last = asked_on + timedelta(days=terms.soon_days if soon else terms.days)
    if needed is not None:
        last = min(last, needed - timedelta(days=1))
    return max(last, asked_on)


def reminder_day(asked_on: date, last: date) -> date | None:
    """The day of the one reminder, halfway: after the ask and before the last day; None where there is no such day."""
    days = (last - asked_on).days
    return asked_on + timedelta(days=(days + 1) // 2) if days > 1 else None


def may_remind(asked_on: date, last: date | None, day: date) -> bool:
    """Whether a person may remind on a day: after the day of the ask, and before the last day to answer."""
    return asked_on < day and last is not None and day < last


@dataclass(frozen=True, slots=True)
class InvitationWords:
    """The lines of an invitation, as the alumnus reads them; the asker may change each. Empty lines are left out."""

    why: str = ""
    what: str = ""
    when: str = ""
    how_long: str = ""
    where: str = ""
    for_whom: str = ""
    reimbursement: str = ""
    greeting: str = ""


MOST_LINE = 500
"""Characters of a line of an invitation."""


def proposed_distance(kilometres: float) -> int | None:
    """What an alumnus may want as a maximum who finds a place this far away too far; None for nothing sensible."""
    return max((one for one in DISTANCES if one < kilometres), default=None)
