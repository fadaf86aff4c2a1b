"""Talks of an alumnus with an adviser: the code that opens one, appointments, and what was chosen. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""The signs of a code: no 0 and O, no 1, I and L."""
LENGTH = 8
CODE_LASTS, TALK_LASTS = timedelta(hours=1), timedelta(hours=1)
"""How long a code can be used, and how long a talk lasts from then."""
MISSES, MISSES_WITHIN = 5, timedelta(hours=1)
"""How many wrong codes an adviser may type in how long."""
KEPT = timedelta(days=30)
"""How long a talk, and an appointment that has been, is kept."""
LIST_KEPT = timedelta(days=180)
"""How long a choice with its note is kept after it was changed last."""
LONGEST_LABEL, LONGEST_NOTE = 80, 500
MOST_CHOSEN = 12
"""Courses on the list of one alumnus."""
MOST_APPOINTMENTS = 100
"""Appointments of one adviser that are still to come."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A code that waits, or a talk (`opened_at`) with the adviser who has this account. Moments are aware, UTC."""

    key: int
    alumnus_key: int
    made_at: datetime
    until: datetime
    account: int | None = None
    opened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Appointment:
    """When an adviser sees an alumnus (aware, UTC); `label`: what the adviser knows them by."""

    key: int
    alumnus_key: int
    account: int
    at: datetime
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A course on the list of an alumnus, by random keys, with a note. `changed_at`: aware, UTC."""

    key: int
    alumnus_key: int
    offering_key: int
    note: str | None
    changed_at: datetime


def code_in(text: str) -> str:
    """A code as it is kept, from how somebody typed it: capitals, without spaces and hyphens; empty for no code."""
    signs = "".join(sign for sign in text.upper() if sign not in " -\t.")
    return signs if len(signs) == LENGTH and set(signs) <= set(SIGNS) else ""


def shown(code: str) -> str:
    """A code as people read it: in two halves."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"
