"""Segments, messages to them, and the answers to questions of a school."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from matcher.domain.consent import Consent
from matcher.domain.feedback import Counts
from matcher.domain.ledger import LedgerLine
from matcher.domain.records import Qualification

DRAFT, APPROVED, SENT, UNDONE, CLOSED = "draft", "approved", "sent", "undone", "closed"
"""The states of a message: written; approved, while its mail is written; all mail written; taken back; over."""
ASKED, REACHED, RELEASED = "asked", "reached", "released"
"""How it stands with somebody: the mail is written; it was sent; it was not, so the ask does not count."""


@dataclass(frozen=True, slots=True)
class KeptSegment:
    """A saved filter of a school (UTC). `criteria`: JSON."""

    key: int
    id: str
    school: str
    name: str
    criteria: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """A message to a segment, which is as it was then. Moments are UTC; `actor` and `approver`: of accounts.

    `questions`: JSON, empty for a message without. `alone`: the writer approved it, for lack of anybody else.
    `closes_on`: the last day on which questions can be answered. `asked`, `sent`, `answered`: how many, once it is
    closed; None before.
    """

    key: int
    id: str
    school: str
    segment: str
    criteria: Mapping[str, Any]
    purpose: str
    subject: str
    text: str
    questions: Sequence[Mapping[str, Any]]
    state: str
    written_at: datetime
    actor: int | None
    role: str
    approver: int | None = None
    approver_role: str | None = None
    approved_on: date | None = None
    alone: bool = False
    undo_until: datetime | None = None
    closes_on: date | None = None
    asked: int | None = None
    sent: int | None = None
    answered: int | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who gets a message: the key of the line of the ledger, and of the mail. `answered`: that, not what."""

    key: int
    message_key: int
    alumnus_key: int
    entry: int
    mail: int
    state: str
    answered: bool


@dataclass(frozen=True, slots=True)
class SegmentPerson:
    """What of an alumnus decides about segments and messages (`matcher.domain.segments.Facts`).

    `budget`: asks a year, None for the usual number; `entries`: of the ledger, those that were undone too.
    """

    key: int
    qualifications: Sequence[Qualification]
    sector: str | None
    function: str | None
    pc4: str | None
    town: str | None
    left_on: date | None
    paused_until: date | None
    budget: int | None
    consents: Sequence[Consent]
    objects: bool
    reachable: bool
    closed: bool
    stops: Collection[str]
    given_feedback: bool
    entries: Sequence[LedgerLine]


@dataclass(frozen=True, slots=True)
class KeptForm:
    """Questions of a school's own (UTC). `questions`: JSON."""

    key: int
    id: str
    school: str
    name: str
    questions: Sequence[Mapping[str, Any]]
    created_at: datetime


class Segments(Protocol):
    """Saved filters, and the people that they are about."""

    def add(self, school: str, name: str, criteria: Mapping[str, Any]) -> KeptSegment:
        """A new segment of a school."""
        ...

    def listed(self, school: str | None = None, id_: str | None = None) -> list[KeptSegment]:
        """The segments of a school or of all, by name; with an id only that one."""
        ...

    def remove(self, key: int) -> bool:
        """Removes a segment; False where it is gone."""
        ...

    def people(self, school: str, keys: Sequence[int] | None = None) -> list[SegmentPerson]:
        """The alumni of a school, or those of these random keys, by key: some queries, however many there are."""
        ...


class SegmentMessages(Protocol):
    """Messages to segments, and who gets them."""

    def add(self, message: KeptMessage) -> KeptMessage:
        """A new message, by the asker of the transaction; its key, id and moment are made here."""
        ...

    def listed(
        self, school: str | None = None, *, id_: str | None = None, key: int | None = None, states: Collection[str] = ()
    ) -> list[KeptMessage]:
        """The messages of a school or of all, the newest first; those with this id or key, or in these states."""
        ...

    def change(self, key: int, states: Collection[str], values: Mapping[str, Any]) -> bool:
        """Changes a message that is in one of these states; False where it is in another, or gone."""
        ...

    def remove(self, keys: Collection[int]) -> None:
        """Removes messages, with their recipients and what was answered."""
        ...

    def add_people(self, message_key: int, people: Sequence[tuple[int, int, int]]) -> None:
        """These alumni get it: random key, key of the line of the ledger, key of the mail."""
        ...

    def people(
        self, *, message_key: int | None = None, alumnus_key: int | None = None, state: str | None = None
    ) -> list[Recipient]:
        """Who gets a message, or what an alumnus gets, in a state or in any, by key."""
        ...

    def put(self, key: int, state: str, values: Mapping[str, Any]) -> bool:
        """Changes how it stands with somebody who is in a state and did not answer; False where that is not so."""
        ...

    def unreached(self, keys: Sequence[int] | None = None) -> list[Recipient]:
        """Those whom no mail reaches, since it ended unsent, is gone or was taken back, and who are taken for asked.

        `keys`: only of these.
        """
        ...


class Feedback(Protocol):
    """Questions of schools, and the answers: counts, of nobody."""

    def add_form(self, school: str, name: str, questions: Sequence[Mapping[str, Any]]) -> KeptForm:
        """New questions of a school."""
        ...

    def forms(self, school: str | None = None, id_: str | None = None) -> list[KeptForm]:
        """The questions of a school or of all, by name; with an id only those."""
        ...

    def remove_form(self, key: int) -> bool:
        """Removes questions, also where they were asked: a message has its own copy. False where they are gone."""
        ...

    def count(self, message_key: int, group: str, answers: Mapping[int, str], texts: Mapping[int, str]) -> None:
        """Counts the answers of somebody, by number of the question; what is in own words is put beside it."""
        ...

    def counts(self, message_key: int) -> dict[int, Counts]:
        """How many gave each answer, by number of the question and by group."""
        ...

    def replace(self, message_key: int, counts: Mapping[int, Counts]) -> None:
        """Only these counts are left."""
        ...

    def texts(self, message_key: int) -> dict[int, list[str]]:
        """The answers in own words by number of the question, in the order of their letters."""
        ...

    def forget_texts(self, message_key: int, questions: Collection[int]) -> None:
        """Forgets the answers in own words to these questions."""
        ...
