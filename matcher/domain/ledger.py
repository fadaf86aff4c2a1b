"""Events between a request and an alumnus."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

DEFAULT_ASKS_PER_YEAR = 4


class Deviation(StrEnum):
    """Why an alumnus other than the first was invited: a code, since free text could name a person."""

    KNOWS_CLASS = "knows_class"
    EXPERIENCE = "experience"
    SPREAD = "spread"
    PRACTICAL = "practical"
    OTHER = "other"


class LedgerEvent(StrEnum):
    """What happened between a request and an alumnus; new ones at the end, the pool stores their place here.

    `LATER`: not this time, ask again. `RELEASED`: the ask was undone, reached nobody, or was given back. `RETRACTED`: a
    yes was taken back. `CORRECTED`: the line that it names does not count.
    """

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CONTRIBUTED = "contributed"
    BENEFITED = "benefited"
    LATER = "later"
    RELEASED = "released"
    RETRACTED = "retracted"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One entry of the ledger; people and requests by their random keys."""

    alumnus_key: int
    request_key: int | None
    event: LedgerEvent
    on: date
