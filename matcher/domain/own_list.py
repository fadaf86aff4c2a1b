"""What an alumnus says of the own lists: what is not for them, and a list that they find wrong. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from matcher.domain.records import Target

KEPT = timedelta(days=365)
"""How long what is not for somebody stays out of the own list, and a question about a list is kept once answered."""
LONGEST = 1000
"""Characters of what is said about a list, at most."""


class Reason(StrEnum):
    """Why a course or a role is not for somebody."""

    TOO_FAR = "too_far"
    TOO_DEAR = "too_dear"
    NO_TIME = "no_time"
    NOT_MINE = "not_mine"


def reasons_of(target: Target) -> list[str]:
    """The reasons that can be given for a course or a role, as codes: a role costs nothing."""
    return [one.value for one in Reason if target == "offerings" or one is not Reason.TOO_DEAR]


class DisputeState(StrEnum):
    """How a question about a list stands."""

    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A course or a role, one of the two by random key, that is not for an alumnus."""

    key: int
    alumnus_key: int
    offering_key: int | None
    request_key: int | None
    reason: Reason
    since: date


@dataclass(frozen=True, slots=True)
class Dispute:
    """A list that an alumnus finds wrong: of a request, or of a ranking in the log (`entry`). Moments: aware, UTC.

    `said`: the words of the alumnus; `answer`: those of the account `actor`, which had this `role`.
    """

    key: int
    alumnus_key: int
    request_key: int | None
    entry: int | None
    state: DisputeState
    made_at: datetime
    said: str | None = None
    answered_at: datetime | None = None
    answer: str | None = None
    actor: int | None = None
    role: str = ""
