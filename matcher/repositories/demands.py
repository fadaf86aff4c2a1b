"""The repositories of the life of a request, and of its invitations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from matcher.domain.demands import Experience, Phase, Step, Why
from matcher.domain.invitations import AnswerKind, InvitationState, Reason
from matcher.domain.ledger import Deviation


@dataclass(frozen=True, slots=True)
class KeptState:
    """What is stored of a request. `owner`: the random id of the account that made it, if known."""

    phase: Phase = Phase.OPEN
    owner: int | None = None
    reason: Why | None = None
    students: int | None = None
    experience: Experience | None = None


@dataclass(frozen=True, slots=True)
class KeptStep:
    """One step of a request: what, when (UTC), by which account in which role, and why."""

    step: Step
    at: datetime
    actor: int | None
    role: str
    reason: Why | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """Someone who was asked for a request, or is on its waiting list (`place`, from 1). Moments are UTC, without zone.

    `words`: JSON of the lines of the mail. `reason`: why not the first of the list. `moment`: chosen by the alumnus, in
    local time; `said`: what the alumnus wrote.
    """

    key: int
    alumnus_key: int
    request_key: int
    state: InvitationState
    place: int | None
    rank: int
    reason: Deviation | None
    words: str | None
    mail: int | None
    created_at: datetime
    asked_at: datetime | None
    undo_until: datetime | None
    deadline: date | None
    remind_on: date | None
    reminded_at: datetime | None
    answered_at: datetime | None
    answer: AnswerKind | None
    why_not: Reason | None
    moment: datetime | None
    until: date | None
    said: str | None
    approved_by: int | None
    approved_role: str

    @property
    def was_made(self) -> bool:
        """Whether the alumnus was asked: not of a place on the waiting list or a proposal, also where that ended."""
        return self.asked_at is not None


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A letter of the asker to all alumni who come for a request: when (UTC), by which account, in which role.

    `text` is empty once its term is over.
    """

    key: int
    text: str
    at: datetime
    actor: int | None
    role: str


class RequestLetters(Protocol):
    """Letters to all alumni who come for a request."""

    def add(self, request_key: int, text: str) -> int:
        """Adds one by the asker of the transaction; returns its key. Raises KeyError."""
        ...

    def of_request(self, request_key: int) -> list[KeptLetter]:
        """Those of a request, the oldest first."""
        ...

    def text(self, key: int) -> str:
        """The text of one; empty where it is gone, or its term is over."""
        ...

    def forget(self, before: datetime) -> int:
        """Empties those from before a moment (UTC); returns how many."""
        ...


class Demands(Protocol):
    """What people did with requests."""

    def state(self, request_key: int) -> KeptState:
        """What is stored of a request; an open one without an owner where nothing is."""
        ...

    def states(self, keys: Sequence[int]) -> dict[int, KeptState]:
        """The same for several, by random key."""
        ...

    def new_id(self) -> str:
        """A random id for a request that comes without one; no two are the same request, however alike."""
        ...

    def take(self, request_key: int, step: Step, phase: Phase, *, reason: Why | None = None, **facts: Any) -> None:
        """Records a step by the asker of the transaction, and the phase from then on. Raises KeyError.

        `facts`: `students` and `experience` of what was held; `owner` of what was made.
        """
        ...

    def steps(self, request_key: int) -> list[KeptStep]:
        """Every step of a request, the oldest first."""
        ...

    def stopped(self) -> frozenset[int]:
        """Random keys of the requests for which no one is asked: concepts, withdrawn ones, and those that are over."""
        ...

    def owned(self, owner: int, limit: int) -> list[int]:
        """Random keys of the requests of an account, the one that changed last first."""
        ...

    def open_of(self, owner: int) -> int:
        """How many requests of an account are open."""
        ...


class Invitations(Protocol):
    """Who was asked for which request, or waits to be."""

    def add(self, alumnus_key: int, request_key: int, state: InvitationState, **values: Any) -> int:
        """Adds one, decided by the asker of the transaction; returns its key. Raises KeyError.

        `values`: of the other attributes of `Invitation`.
        """
        ...

    def of_request(self, request_key: int) -> list[Invitation]:
        """Those of a request, in the order in which they were made; the waiting list in its own order."""
        ...

    def of(self, alumnus_key: int) -> list[Invitation]:
        """Those of an alumnus, the oldest first."""
        ...

    def newest(self, alumnus_key: int, request_key: int) -> Invitation | None:
        """The last one of an alumnus for a request; None for none, as of an ask from before this was kept."""
        ...

    def change(self, key: int, was: InvitationState, values: Mapping[str, Any]) -> bool:
        """Changes one that is in this state; False if it is not, or is gone."""
        ...

    def proposed(self, limit: int, school: str | None) -> list[Invitation]:
        """Those that wait for somebody to approve them, for requests of a school or any, the newest first."""
        ...

    def forget_words(self, ended: datetime, agreed: datetime) -> int:
        """Empties the lines of the mail, and what the alumnus wrote, of invitations that ended; returns how many.

        Those that ended before `ended` (UTC), their moment too; of a yes without a moment, or one who was never asked,
        before `agreed`.
        """
        ...

    def due(self) -> list[int]:
        """Random keys of the requests of which an invitation is due for something today, in order."""
        ...
