"""Segments: saved filters on the alumni of a school, and whom of a segment a message may go to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from matcher.domain.consent import StoredConsent, Terms
from matcher.domain.kinds import KINDS, Purpose, RequestKind
from matcher.domain.places import Coordinates, distance_km
from matcher.domain.records import Qualification
from matcher.errors import InvalidValue
from matcher.text import fold

LONGEST_NAME = 80
LONGEST_SUBJECT = 120
LONGEST_TEXT = 5000
MOST_KM = 300
FIRST_YEAR, LAST_YEAR = 1950, 2100
PURPOSES: tuple[Purpose, ...] = (*(KINDS[kind].purpose for kind in RequestKind), Purpose.LLO_ADVICE)
"""The purposes that a message to a segment can have: each of them is something that alumni agree to."""
EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class Criteria:
    """What the alumni of a segment have in common; None and empty say nothing.

    `year_from`, `year_to`: year of leaving of a qualification, which also has the `level` (1-4) and is `qualification`
    (a crebo code, or part of the name). `left_from`, `left_to`: the day of leaving. `sector`, `function`: part of it.
    `place` and `km`: who lives within so many kilometres. `asked`: whether they were ever asked; `gave`, `received`:
    whether they did within a year. `purpose`: a consent that is in force.
    """

    year_from: int | None = None
    year_to: int | None = None
    qualification: str = ""
    level: int | None = None
    left_from: date | None = None
    left_to: date | None = None
    sector: str = ""
    function: str = ""
    place: str = ""
    km: float | None = None
    asked: bool | None = None
    gave: bool | None = None
    received: bool | None = None
    purpose: Purpose | None = None

    def written(self) -> dict[str, Any]:
        """As JSON, without what says nothing."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in said.items()
            if value not in {None, ""}
        }


def read_criteria(written: Mapping[str, Any]) -> Criteria:
    """The criteria of `Criteria.written`."""
    days = {name: date.fromisoformat(written[name]) for name in ("left_from", "left_to") if name in written}
    purpose = {"purpose": Purpose(written["purpose"])} if "purpose" in written else {}
    known = {field.name for field in fields(Criteria)}
    return Criteria(**{**{name: value for name, value in written.items() if name in known}, **days, **purpose})


def checked(criteria: Criteria) -> Criteria:
    """The criteria with texts put right. Raises InvalidValue: `segment_year`, `segment_range`, `segment_place`."""
    texts = {name: " ".join(getattr(criteria, name).split())[:LONGEST_NAME] for name in _TEXTS}
    for year in (criteria.year_from, criteria.year_to):
        if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
            raise InvalidValue("segment_year", value=year)
    for first, last in ((criteria.year_from, criteria.year_to), (criteria.left_from, criteria.left_to)):
        if first is not None and last is not None and first > last:  # type: ignore[operator]
            raise InvalidValue("segment_range")
    if criteria.level is not None and not 1 <= criteria.level <= 4:
        raise InvalidValue("segment_level", value=criteria.level)
    km = 1 if criteria.km is None else criteria.km
    if bool(texts["place"]) != (criteria.km is not None) or not 0 < km <= MOST_KM:
        raise InvalidValue("segment_place", most=MOST_KM)
    said = {field.name: getattr(criteria, field.name) for field in fields(criteria)}
    return Criteria(**{**said, **texts})


_TEXTS = ("qualification", "sector", "function", "place")


class LeftOut(StrEnum):
    """Why an alumnus of a segment gets no message, the first that holds."""

    OBJECTS = "objects"
    NO_CONSENT = "no_consent"
    PAUSED = "paused"
    SPENT = "spent"
    ASKED = "asked"
    NO_ADDRESS = "no_address"
    CLOSED = "closed"
    STOPPED = "stopped"


class Facts(Protocol):
    """What of an alumnus decides whether they are of a segment, and whether a message may go to them."""

    @property
    def qualifications(self) -> Sequence[Qualification]:
        """Each qualification."""
        ...

    @property
    def sector(self) -> str | None:
        """Sector of the work."""
        ...

    @property
    def function(self) -> str | None:
        """Function."""
        ...

    @property
    def left_on(self) -> date | None:
        """The day of leaving."""
        ...

    @property
    def paused_until(self) -> date | None:
        """From when on they may be asked again."""
        ...

    @property
    def consents(self) -> Sequence[StoredConsent]:
        """Each consent, in force or not."""
        ...

    @property
    def objects(self) -> bool:
        """Whether they object to being ranked."""
        ...

    @property
    def reachable(self) -> bool:
        """Whether there is an address."""
        ...

    @property
    def closed(self) -> bool:
        """Whether mail to that address came back for good."""
        ...

    @property
    def stops(self) -> Collection[str]:
        """The scopes of the mail that they stopped."""
        ...

    @property
    def given_feedback(self) -> bool:
        """Whether they were sent questions of their school this year."""
        ...


@dataclass(frozen=True, slots=True)
class Load:
    """How often more an alumnus may be asked this year (at least 0), and what they gave and had."""

    asks_left: int
    asked: bool
    gave: bool
    received: bool


def passes(
    criteria: Criteria,
    facts: Facts,
    load: Load,
    terms: Terms,
    today: date,
    *,
    lives: Coordinates | None = None,
    near: Coordinates | None = None,
) -> bool:
    """Whether an alumnus is of a segment. `lives`: where they do; `near`: the point of `criteria.place`."""
    told = ((criteria.asked, load.asked), (criteria.gave, load.gave), (criteria.received, load.received))
    if any(wanted is not None and wanted != is_so for wanted, is_so in told):
        return False
    if not (_between(facts.left_on, criteria.left_from, criteria.left_to) and _studied(criteria, facts)):
        return False
    for part, text in ((criteria.sector, facts.sector), (criteria.function, facts.function)):
        if part and fold(part) not in fold(text or ""):
            return False
    if criteria.purpose is not None and not _agrees(facts, criteria.purpose, terms, today):
        return False
    if near is None or criteria.km is None:
        return True
    return lives is not None and distance_km(lives, near) <= criteria.km


def left_out(  # noqa: PLR0911 - one for each reason
    facts: Facts, load: Load, purpose: Purpose, terms: Terms, today: date, *, message: str, asks_feedback: bool
) -> LeftOut | None:
    """Why a message with a purpose may not go to an alumnus today; None where it may.

    `message`: the name of the mail, which can be stopped, as the kind of its purpose can. `asks_feedback`: whether it
    asks the questions of a school, which is done once a year.
    """
    if facts.objects:
        return LeftOut.OBJECTS
    if not _agrees(facts, purpose, terms, today):
        return LeftOut.NO_CONSENT
    if any(day is not None and day > today for day in (facts.paused_until, facts.left_on)):
        return LeftOut.PAUSED
    if load.asks_left == 0:
        return LeftOut.SPENT
    if asks_feedback and facts.given_feedback:
        return LeftOut.ASKED
    if not facts.reachable:
        return LeftOut.NO_ADDRESS
    if facts.closed:
        return LeftOut.CLOSED
    if {EVERYTHING, f"kind {message}", f"kind {purpose.value}"} & set(facts.stops):
        return LeftOut.STOPPED
    return None


def kind_of(purpose: Purpose) -> RequestKind | None:
    """The kind of request with this purpose; None for a purpose without one."""
    return next((kind for kind in RequestKind if KINDS[kind].purpose is purpose), None)


def _agrees(facts: Facts, purpose: Purpose, terms: Terms, today: date) -> bool:
    return not facts.objects and terms.agrees(facts.consents, purpose, today)


def _between(day: date | None, first: date | None, last: date | None) -> bool:
    if first is None and last is None:
        return True
    return day is not None and (first is None or first <= day) and (last is None or day <= last)


def _studied(criteria: Criteria, facts: Facts) -> bool:
    """Whether one and the same qualification meets all that is said of it."""
    years = (criteria.year_from, criteria.year_to)
    if years == (None, None) and criteria.level is None and not criteria.qualification:
        return True
    return any(_is_meant(criteria, one) for one in facts.qualifications)


def _is_meant(criteria: Criteria, one: Qualification) -> bool:
    first, last = criteria.year_from, criteria.year_to
    if (first is not None or last is not None) and (
        one.year is None or not (first or FIRST_YEAR) <= one.year <= (last or LAST_YEAR)
    ):
        return False
    if criteria.level is not None and one.level != criteria.level:
        return False
    wanted = fold(criteria.qualification)
    return not wanted or wanted == fold(one.crebo or "") or wanted in fold(one.name or "")
