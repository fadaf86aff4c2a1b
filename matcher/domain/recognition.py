"""Whether a company may have trainees of a programme: what SBB answered, for a company and a crebo code, on a day.

A company is kept as a digest of its number: who works where stands with the alumnus alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from matcher.domain.crebo import CREBO_FORM, entry, programme_name
from matcher.domain.differences import changed
from matcher.domain.kinds import RequestKind
from matcher.domain.records import Request

LASTS = timedelta(days=365)
"""How long an answer counts for places that begin after it."""
DEMANDED = "leerbedrijf_erkend"
"""Before the programme, in what a place demands of a company."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """An answer of `checked_on`; `until`: the last day of the recognition, where one was told."""

    company: str
    crebo: str
    recognised: bool
    checked_on: date
    until: date | None = None

    def holds(self, start: date | None) -> bool:
        """Whether the company is known to be recognised for a place that begins on a day, or is open on any."""
        day = start or self.checked_on
        return self.recognised and day <= self.checked_on + LASTS and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Placement:
    """A request for a place: by random key, its crebo code, and its first day, where one is known."""

    key: int
    crebo: str
    start: date | None

    @property
    def demand(self) -> str:
        """What it demands of a company, as own demands are written."""
        return f"{DEMANDED} = {programme_name(self.crebo)}"


def digest_of(company_id: str) -> str:
    """The digest under which a company is kept: the same for each spelling of its number."""
    return hashlib.sha256(f"leerbedrijf {company_id.strip().casefold()}".encode()).hexdigest()[:32]


def crebo_of(programme: str | None) -> str | None:
    """The crebo code of a programme, which may be written as its name; None where it has none that is known."""
    text = (programme or "").strip()
    known = entry(text, text)
    return known.crebo if known else text.upper() if CREBO_FORM.fullmatch(text.upper()) else None


def placement_of(request: Request) -> Placement | None:
    """The place that a request is for; None where it is for something else, or for a programme without a code."""
    crebo = crebo_of(request.programme) if request.kind is RequestKind.BPV_PLACE else None
    days = [moment.start.date() for moment in request.moments]
    return Placement(request.key, crebo, request.period_from or min(days, default=None)) if crebo else None


def changes(
    known: Iterable[Recognition], answers: Iterable[Recognition]
) -> tuple[dict[tuple[str, str], Recognition], dict[str, int]]:
    """Answers that are not known so, by company and crebo code, and how many are `created`, `updated`, `unchanged`."""
    before, now = ({(one.company, one.crebo): one for one in some} for some in (known, answers))
    return changed(before, now)


def recognised(answers: Iterable[Recognition], placement: Placement) -> dict[str, date]:
    """The companies, by digest, that are recognised for a place, and the day of the answer."""
    return {
        one.company: one.checked_on for one in answers if one.crebo == placement.crebo and one.holds(placement.start)
    }
