"""The first yes: what alumni are asked before anybody ranks them, who may be asked, and what each answer means."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from matcher.domain.kinds import KINDS, OFFERED, SHOWN_ON_CARDS, NeedKind, Purpose, RequestKind

FIRST, FACTS, DOOR = "first", "facts", "door"
"""The purposes of the links by mail: to the questions, to the three facts, and to confirm an address."""
FIRST_LASTS = timedelta(days=60)
"""How long the link to the questions works: the answers are shown there, and can be changed."""
FACTS_LASTS = timedelta(days=30)
NEWCOMER_LASTS = timedelta(days=7)
"""How long somebody who came in by a door has to confirm the address."""
REMIND_AFTER = timedelta(days=14)
YEAR = timedelta(days=365)
YOUNGEST = 16
"""Who is younger needs the consent of a parent (AVG 8), so the door refuses them."""
MOST_ASKS = 12
"""The most asks in a year that the questions offer."""
_NOT_BY_THE_PERSON = "retention"


class Want(StrEnum):
    """What an alumnus may want of the school, as the first question names it."""

    NETWORK = "network"
    WORK = "work"
    COACHING = "coaching"
    COURSES = "courses"


@dataclass(frozen=True, slots=True)
class _Wanted:
    need: NeedKind
    purpose: Purpose


_WANTS: Mapping[Want, _Wanted] = {
    Want.NETWORK: _Wanted(NeedKind.NETWORK, Purpose.NETWORK_EVENT),
    Want.WORK: _Wanted(NeedKind.WORK, Purpose.AFTERCARE),
    Want.COACHING: _Wanted(NeedKind.COACHING, Purpose.AFTERCARE),
    Want.COURSES: _Wanted(NeedKind.COURSE, Purpose.LLO_ADVICE),
}
WANTED: Mapping[Want, Purpose] = {want: line.purpose for want, line in _WANTS.items()}
"""The purpose that each want is about."""
GIVEN: tuple[RequestKind, ...] = tuple(kind for kind in OFFERED if kind is not RequestKind.NETWORK_EVENT)
"""What the second question names; who wants a network is invited for meetings by the first."""
ASKED_FOR: frozenset[Purpose] = (
    frozenset(line.purpose for line in _WANTS.values())
    | frozenset(KINDS[kind].purpose for kind in GIVEN)
    | SHOWN_ON_CARDS
)
"""The purposes that the questions are about; a consent for any other is left as it is."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to the four questions.

    `day_parts`: the mask of `matcher.domain.day_parts`, None for any. `asks`: how often a year at most, in [0,
    MOST_ASKS]; None for no preference. `shown`: of `SHOWN_ON_CARDS`. Raises ValueError for anything else.
    """

    wants: frozenset[Want] = frozenset()
    gives: frozenset[RequestKind] = frozenset()
    day_parts: int | None = None
    asks: int | None = None
    shown: frozenset[Purpose] = frozenset()

    def __post_init__(self) -> None:
        """Refuses what no question offers."""
        if not self.gives <= set(GIVEN) or not self.shown <= SHOWN_ON_CARDS:
            msg = "an answer to no question"
            raise ValueError(msg)
        if (self.asks is not None and not 0 <= self.asks <= MOST_ASKS) or not 0 <= (self.day_parts or 0) < 1 << 21:
            msg = "an answer out of range"
            raise ValueError(msg)

    @property
    def purposes(self) -> frozenset[Purpose]:
        """What these answers agree to. What a card may show counts only beside something to be shown for."""
        used = frozenset(_WANTS[want].purpose for want in self.wants)
        used |= frozenset(KINDS[kind].purpose for kind in self.gives)
        return used | self.shown if used else used

    @property
    def offers(self) -> frozenset[RequestKind]:
        """The roles that the alumnus offers by these answers."""
        meets = {RequestKind.NETWORK_EVENT} if Want.NETWORK in self.wants else set()
        return self.gives | meets

    @property
    def needs(self) -> frozenset[NeedKind]:
        """What the alumnus looks for; `NONE` for nothing."""
        return frozenset(_WANTS[want].need for want in self.wants) or frozenset({NeedKind.NONE})


def answers_of(
    offers: Collection[RequestKind] | None,
    needs: Collection[NeedKind] | None,
    agreed: Collection[Purpose],
    *,
    day_parts: int | None,
    asks: int | None,
) -> Answers:
    """The answers that a record shows: what was answered is what is offered, looked for and agreed to."""
    given = frozenset(kind for kind in GIVEN if kind in (offers or ()) and KINDS[kind].purpose in agreed)
    wants = frozenset(want for want, line in _WANTS.items() if line.need in (needs or ()) and line.purpose in agreed)
    most = None if asks is None else min(max(asks, 0), MOST_ASKS)
    return Answers(wants, given, day_parts, most, frozenset(SHOWN_ON_CARDS & set(agreed)))


class KeptConsent(Protocol):
    """The facts of a consent that decide whether its holder may be asked."""

    @property
    def withdrawn_on(self) -> date | None:
        """The day on which it was withdrawn; None if it was not."""
        ...

    @property
    def last_withdrawn_on(self) -> date | None:
        """The day on which it was withdrawn before; None if it never was."""
        ...

    @property
    def withdrawn_by(self) -> str | None:
        """Who withdrew it; `retention` for a term that ended."""
        ...


class LeftOut(StrEnum):
    """Why somebody is not asked for a first yes, the first that holds."""

    OBJECTS = "objects"
    WITHDREW = "withdrew"
    AGREED = "agreed"
    ASKED = "asked"
    NO_ADDRESS = "no_address"
    NO_MAIL = "no_mail"
    """All mail was stopped, or the address is closed: one reason, so that neither is told of a single alumnus."""


def left_out(
    consents: Iterable[KeptConsent], *, objects: bool, asked: bool = False, reachable: bool = True, mailed: bool = True
) -> LeftOut | None:
    """Why an alumnus is not asked; None for who may be. A term that ended is no withdrawal, and no agreement either."""
    consents = list(consents)
    if objects:
        return LeftOut.OBJECTS
    if any(_was_withdrawn(consent) for consent in consents):
        return LeftOut.WITHDREW
    if any(consent.withdrawn_on is None for consent in consents):
        return LeftOut.AGREED
    if asked:
        return LeftOut.ASKED
    if not reachable:
        return LeftOut.NO_ADDRESS
    return None if mailed else LeftOut.NO_MAIL


def _was_withdrawn(consent: KeptConsent) -> bool:
    if consent.withdrawn_on is not None:
        return consent.withdrawn_by != _NOT_BY_THE_PERSON
    return consent.last_withdrawn_on is not None


def door_link(newcomer: int) -> str:
    """The purpose of the link with which somebody who came in by a door confirms the address."""
    return f"{DOOR} {newcomer}"


def newcomer_of(purpose: str) -> int | None:
    """The key of who confirms an address by a link; None for a link with another purpose."""
    kind, _, key = purpose.partition(" ")
    return int(key) if kind == DOOR and key else None


def is_old_enough(born_on: date, today: date) -> bool:
    """Whether somebody born on a day is 16 or older."""
    had_birthday = (today.month, today.day) >= (born_on.month, born_on.day)
    return today.year - born_on.year - (not had_birthday) >= YOUNGEST


def leaves_on(year: int, today: date) -> date:
    """When a student who leaves in a year is taken to leave: with the summer, or at the end of the year after that."""
    summer = date(year, 7, 31)
    return summer if summer >= today else date(year, 12, 31)
