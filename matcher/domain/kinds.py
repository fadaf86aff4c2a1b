"""The kinds of request and need, the purposes of consent, and their bit masks."""

from __future__ import annotations

from enum import StrEnum


class RequestKind(StrEnum):
    """What a request asks alumni for. The order is the bit order of masks: add at the end."""

    GUEST_LESSON = "guest_lesson"
    HYBRID_TEACHER = "hybrid_teacher"
    MENTOR = "mentor"
    NETWORK_EVENT = "network_event"
    BPV_PLACE = "bpv_place"
    REGIONAL_INSIGHT = "regional_insight"
    AMBASSADOR = "ambassador"
    FEEDBACK = "feedback"
    AFTERCARE = "aftercare"


ROLE_KINDS = tuple(kind for kind in RequestKind if kind is not RequestKind.AFTERCARE)
"""The kinds that ask an alumnus to give; aftercare is for alumni who need."""


HIGH_RISK = frozenset({RequestKind.HYBRID_TEACHER, RequestKind.BPV_PLACE, RequestKind.AFTERCARE})
"""Kinds that rank people for paid work or for an employer: AI Act, Annex III, point 4 (a)."""


class Purpose(StrEnum):
    """What an alumnus consents to: one per request kind (same code), and three more. Order is bit order."""

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


class NeedKind(StrEnum):
    """What an alumnus looks for. `none` means: nothing, do not offer me anything."""

    COURSE = "course"
    COACHING = "coaching"
    WORK = "work"
    FURTHER_STUDY = "further_study"
    NETWORK = "network"
    NONE = "none"


_BITS: dict[type[StrEnum], dict[StrEnum, int]] = {
    members: {member: 1 << place for place, member in enumerate(members)}
    for members in (RequestKind, Purpose, NeedKind)
}


def mask_of(members: frozenset[RequestKind] | frozenset[NeedKind] | frozenset[Purpose]) -> int:
    """Bit mask of a set of enum members, bit i for the i-th member of their class."""
    return sum(_BITS[type(member)][member] for member in members)
