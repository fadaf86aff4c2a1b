"""The table of kinds: one line for each kind of query, purpose and need, with everything that depends on the kind.

A number is the bit in masks and the code in columns of the pool. Databases, snapshots and collections store numbers, so
a number never changes and is never reused: a new line takes the next free one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar, cast


class RequestKind(StrEnum):
    """What a request asks alumni for; `KINDS` says what follows from the kind."""

    GUEST_LESSON = "guest_lesson"
    HYBRID_TEACHER = "hybrid_teacher"
    MENTOR = "mentor"
    NETWORK_EVENT = "network_event"
    BPV_PLACE = "bpv_place"
    REGIONAL_INSIGHT = "regional_insight"
    AMBASSADOR = "ambassador"
    FEEDBACK = "feedback"
    AFTERCARE = "aftercare"


class Purpose(StrEnum):
    """What an alumnus consents to: one for each kind of query, sharing, and what a card may show besides."""

    GUEST_LESSON = "guest_lesson"
    HYBRID_TEACHER = "hybrid_teacher"
    MENTOR = "mentor"
    NETWORK_EVENT = "network_event"
    BPV_PLACE = "bpv_place"
    REGIONAL_INSIGHT = "regional_insight"
    AMBASSADOR = "ambassador"
    FEEDBACK = "feedback"
    AFTERCARE = "aftercare"
    LLO_ADVICE = "llo_advice"
    SHARE_SCHOOLS = "share_schools"
    SHARE_EMPLOYERS = "share_employers"
    SHOW_FUNCTION = "show_function"
    SHOW_YEARS = "show_years"
    SHOW_TEXT = "show_text"


class NeedKind(StrEnum):
    """What an alumnus looks for. `none`: no offers wanted."""

    COURSE = "course"
    COACHING = "coaching"
    WORK = "work"
    FURTHER_STUDY = "further_study"
    NETWORK = "network"
    NONE = "none"


class Least(StrEnum):
    """What a question must name for a list to be worth looking at; `Kind.least` has those of which one is enough.

    TOPIC: a trade, skill, subject or qualification. CLASS: the code of a group. PLACE: a town or a region.
    """

    TOPIC = "topic"
    CLASS = "class"
    PLACE = "place"


_ANY = frozenset(Least)


class Direction(StrEnum):
    """GIVES: alumni are asked, must offer the role, and it counts against their yearly asks. NEEDS: they are served."""

    GIVES = "gives"
    NEEDS = "needs"


class Area(StrEnum):
    """The policy areas of alumni work in vocational education."""

    WORKING_CAPITAL = "A"
    COOPERATION = "B"
    LIFELONG_LEARNING = "C"
    AMBASSADORS = "D"
    QUALITY = "E"
    AFTERCARE = "F"


class Risk(StrEnum):
    """The risk class of the AI Act. HIGH: ranks people for paid work or for an employer (Annex III, point 4 (a))."""

    HIGH = "high"
    LIMITED = "limited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A line of the table of kinds of query. `word` is the word for it in spreadsheets.

    `serves`: the needs that it meets. `teaches`: the law limits the hours of people without a teaching qualification.
    `least`: a question in own words that names none of these gets no list, but a question.
    """

    number: int
    word: str
    direction: Direction
    purpose: Purpose
    area: Area
    risk: Risk
    serves: frozenset[NeedKind]
    teaches: bool = False
    least: frozenset[Least] = frozenset({Least.TOPIC})


@dataclass(frozen=True, slots=True)
class Member:
    """A line of the tables of purposes and of needs: its number, and the word for it in spreadsheets."""

    number: int
    word: str


OFFERING = "offering"
"""The code of an offering among the kinds of query."""

KINDS: Mapping[str, Kind] = {
    RequestKind.GUEST_LESSON: Kind(
        number=0,
        word="gastles",
        direction=Direction.GIVES,
        purpose=Purpose.GUEST_LESSON,
        area=Area.WORKING_CAPITAL,
        risk=Risk.LIMITED,
        serves=frozenset({NeedKind.NETWORK}),
        teaches=True,
    ),
    RequestKind.HYBRID_TEACHER: Kind(
        number=1,
        word="hybride docent",
        direction=Direction.GIVES,
        purpose=Purpose.HYBRID_TEACHER,
        area=Area.WORKING_CAPITAL,
        risk=Risk.HIGH,
        serves=frozenset({NeedKind.WORK}),
        teaches=True,
    ),
    RequestKind.MENTOR: Kind(
        number=2,
        word="mentor",
        direction=Direction.GIVES,
        purpose=Purpose.MENTOR,
        area=Area.WORKING_CAPITAL,
        risk=Risk.LIMITED,
        serves=frozenset({NeedKind.NETWORK}),
    ),
    RequestKind.NETWORK_EVENT: Kind(
        number=3,
        word="netwerkevenement",
        direction=Direction.GIVES,
        purpose=Purpose.NETWORK_EVENT,
        area=Area.WORKING_CAPITAL,
        risk=Risk.LIMITED,
        serves=frozenset({NeedKind.NETWORK, NeedKind.WORK}),
        least=_ANY,
    ),
    RequestKind.BPV_PLACE: Kind(
        number=4,
        word="bpv-plaats",
        direction=Direction.GIVES,
        purpose=Purpose.BPV_PLACE,
        area=Area.COOPERATION,
        risk=Risk.HIGH,
        serves=frozenset(),
    ),
    RequestKind.REGIONAL_INSIGHT: Kind(
        number=5,
        word="regionale ontwikkelingen",
        direction=Direction.GIVES,
        purpose=Purpose.REGIONAL_INSIGHT,
        area=Area.COOPERATION,
        risk=Risk.LIMITED,
        serves=frozenset({NeedKind.NETWORK}),
        least=frozenset({Least.TOPIC, Least.PLACE}),
    ),
    RequestKind.AMBASSADOR: Kind(
        number=6,
        word="ambassadeur",
        direction=Direction.GIVES,
        purpose=Purpose.AMBASSADOR,
        area=Area.AMBASSADORS,
        risk=Risk.LIMITED,
        serves=frozenset({NeedKind.NETWORK}),
        least=_ANY,
    ),
    RequestKind.FEEDBACK: Kind(
        number=7,
        word="feedback",
        direction=Direction.GIVES,
        purpose=Purpose.FEEDBACK,
        area=Area.QUALITY,
        risk=Risk.LIMITED,
        serves=frozenset({NeedKind.NETWORK}),
        least=_ANY,
    ),
    RequestKind.AFTERCARE: Kind(
        number=8,
        word="nazorg",
        direction=Direction.NEEDS,
        purpose=Purpose.AFTERCARE,
        area=Area.AFTERCARE,
        risk=Risk.HIGH,
        serves=frozenset({NeedKind.WORK, NeedKind.FURTHER_STUDY, NeedKind.COACHING}),
        least=_ANY,
    ),
    OFFERING: Kind(
        number=9,
        word="cursus",
        direction=Direction.NEEDS,
        purpose=Purpose.LLO_ADVICE,
        area=Area.LIFELONG_LEARNING,
        risk=Risk.LIMITED,
        serves=frozenset({NeedKind.COURSE, NeedKind.FURTHER_STUDY}),
    ),
}
"""Every kind of query by its code: the request kinds, and offerings. The next free number is 10."""

PURPOSES: Mapping[Purpose, Member] = {
    Purpose.GUEST_LESSON: Member(0, "gastles"),
    Purpose.HYBRID_TEACHER: Member(1, "hybride docent"),
    Purpose.MENTOR: Member(2, "mentor"),
    Purpose.NETWORK_EVENT: Member(3, "netwerkevenement"),
    Purpose.BPV_PLACE: Member(4, "bpv-plaats"),
    Purpose.REGIONAL_INSIGHT: Member(5, "regionale ontwikkelingen"),
    Purpose.AMBASSADOR: Member(6, "ambassadeur"),
    Purpose.FEEDBACK: Member(7, "feedback"),
    Purpose.AFTERCARE: Member(8, "nazorg"),
    Purpose.LLO_ADVICE: Member(9, "llo-advies"),
    Purpose.SHARE_SCHOOLS: Member(10, "delen-met-scholen"),
    Purpose.SHARE_EMPLOYERS: Member(11, "delen-met-werkgevers"),
    Purpose.SHOW_FUNCTION: Member(12, "functie-op-kaart"),
    Purpose.SHOW_YEARS: Member(13, "jaren-op-kaart"),
    Purpose.SHOW_TEXT: Member(14, "zin-op-kaart"),
}
"""Masks of consent have room for 0-14, and no number is free: a further purpose needs a wider column of the pool."""

SHOWN_ON_CARDS = frozenset({Purpose.SHOW_FUNCTION, Purpose.SHOW_YEARS, Purpose.SHOW_TEXT})
"""What an alumnus may choose to show on cards besides what many share (`matcher.disclosure`)."""

NEEDS: Mapping[NeedKind, Member] = {
    NeedKind.COURSE: Member(0, "cursus"),
    NeedKind.COACHING: Member(1, "coaching"),
    NeedKind.WORK: Member(2, "werk"),
    NeedKind.FURTHER_STUDY: Member(3, "vervolgopleiding"),
    NeedKind.NETWORK: Member(4, "netwerk"),
    NeedKind.NONE: Member(5, "geen"),
}
"""The next free number is 6; masks of needs have room for 0-6."""


def check(members: Iterable[str], numbers: Mapping[str, int]) -> None:
    """Raises ValueError unless each member has a line in a table, and the numbers are 0, 1, 2... each once."""
    without = set(members) ^ set(numbers)
    if without:
        msg = f"not in the enum and its table alike: {', '.join(sorted(without))}"
        raise ValueError(msg)
    if sorted(numbers.values()) != list(range(len(numbers))):
        msg = f"the numbers of a table are 0, 1, 2... each once, not {sorted(numbers.values())}"
        raise ValueError(msg)


check([*RequestKind, OFFERING], {code: kind.number for code, kind in KINDS.items()})
check(Purpose, {purpose.value: line.number for purpose, line in PURPOSES.items()})
check(NeedKind, {need.value: line.number for need, line in NEEDS.items()})

KIND_CODES: tuple[str, ...] = tuple(sorted(KINDS, key=lambda code: KINDS[code].number))
"""The code of each kind of query by its number."""

HIGH_RISK = frozenset(kind for kind in RequestKind if KINDS[kind].risk is Risk.HIGH)
"""The request kinds of high risk: inviting anyone but the first in the list requires a reason."""

OFFERED = tuple(kind for kind in RequestKind if KINDS[kind].direction is Direction.GIVES)
"""The request kinds that an alumnus can offer."""

_NUMBERS: dict[type[StrEnum], dict[StrEnum, int]] = {
    RequestKind: {kind: KINDS[kind].number for kind in RequestKind},
    Purpose: {purpose: line.number for purpose, line in PURPOSES.items()},
    NeedKind: {need: line.number for need, line in NEEDS.items()},
}
_BITS = {members: {member: 1 << number for member, number in own.items()} for members, own in _NUMBERS.items()}
M = TypeVar("M", RequestKind, Purpose, NeedKind)


def number_of(member: RequestKind | Purpose | NeedKind) -> int:
    """The number of a member: its bit in masks and its code in columns."""
    return _NUMBERS[type(member)][member]


def mask_of(members: frozenset[RequestKind] | frozenset[NeedKind] | frozenset[Purpose]) -> int:
    """The bit mask of a set of members."""
    return sum(_BITS[type(member)][member] for member in members)


def members_of(members: type[M], mask: int) -> tuple[M, ...]:
    """The members whose bits are set, in the order of the enum."""
    return cast("tuple[M, ...]", _members(members, mask))


@lru_cache(1024)
def _members(members: Any, mask: int) -> tuple[Any, ...]:
    return tuple(member for member in members if _BITS[members][member] & mask)
