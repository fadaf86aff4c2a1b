"""Aftercare (nazorg): who left the school, who comes first, and when the next contact is. Pure rules.

Source: Wet van school naar duurzaam werk, in force since 1 January 2026 (Kamerstukken 36 667, nr. 3): a school guides
its students to work or further study after they left too, and agrees with Doorstroompunt and municipalities in a
regional programme whom to help. The law names no days for a call: those are settings of the school.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from matcher.domain.consent import MONTH
from matcher.domain.records import Alumnus, Pathway, Qualification

SUMMER = (7, 31)
"""Month and day on which somebody is taken to have left of whom only the year is known: the end of a school year."""
MOST_TRIES = 3
"""After so many tries in a row without contact the usual term counts again."""


class How(StrEnum):
    """How contact was sought."""

    PHONE = "phone"
    MAIL = "mail"
    MESSAGE = "message"
    MEETING = "meeting"


class Outcome(StrEnum):
    """What came of it: at work, in education, neither of these, or nobody was reached."""

    WORK = "work"
    STUDY = "study"
    NEITHER = "none"
    NO_CONTACT = "no_contact"


class Priority(StrEnum):
    """Why somebody comes first, in this order."""

    NO_DIPLOMA = "no_diploma"
    ENTRY = "entry"
    LEVEL_TWO_BOL = "level_two_bol"
    OTHER = "other"


class CaseState(StrEnum):
    """How an objection to the register stands. While it is open or upheld nobody is contacted."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


BLOCKING = frozenset({CaseState.OPEN, CaseState.UPHELD})


@dataclass(frozen=True, slots=True)
class AftercareTerms:
    """How long after leaving a school guides (`months`) and keeps what it noted (`keep_months`), and the days between.

    `first_days`: from leaving to the first contact, and between contacts, for those who come first; `other_days` for
    all others; `retry_days` after nobody was reached; `settled_days` after somebody was at work or in education.
    `keep_months` is two years: the year of guidance, and the year in which the region accounts for it. Nothing is
    needed of a single person after that (AVG 5(1)(e)). Raises ValueError where it is shorter than the guidance.
    """

    months: int = 12
    keep_months: int = 24
    first_days: int = 30
    other_days: int = 90
    retry_days: int = 14
    settled_days: int = 150

    def __post_init__(self) -> None:
        """Refuses to forget somebody who is still guided."""
        if self.keep_months < self.months:
            msg = "kept shorter than guided"
            raise ValueError(msg)

    @property
    def guidance(self) -> timedelta:
        """How long somebody is guided."""
        return timedelta(days=round(self.months * MONTH))

    @property
    def keeping(self) -> timedelta:
        """How long contacts and objections are kept, from the day of leaving."""
        return timedelta(days=round(self.keep_months * MONTH))

    def between(self, priority: Priority) -> timedelta:
        """The usual term between two contacts, and before the first."""
        return timedelta(days=self.other_days if priority is Priority.OTHER else self.first_days)


@dataclass(frozen=True, slots=True)
class AftercareContact:
    """One line of the register. `again_on`: the day that was agreed for the next contact.

    `corrects`: the key of a line that does not count any more; such a line has neither `how` nor `outcome`. `actor`:
    the random id of an account; `key` is 0 for a line that is not stored yet. `at` is UTC.
    """

    alumnus_key: int
    on: date
    how: How | None = None
    outcome: Outcome | None = None
    again_on: date | None = None
    corrects: int | None = None
    key: int = 0
    at: datetime | None = None
    actor: int | None = None
    role: str = ""


@dataclass(frozen=True, slots=True)
class AftercareCase:
    """An objection of an alumnus to the register, and what a person decided, each in their own words. UTC."""

    key: int
    alumnus_key: int
    state: CaseState
    made_at: datetime
    said: str | None = None
    decided_at: datetime | None = None
    because: str | None = None
    actor: int | None = None
    role: str = ""


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who left: on which day, whether that day is only estimated, with which last course, how urgent."""

    left_on: date
    estimated: bool
    qualification: Qualification | None
    priority: Priority


def last_course(alumnus: Alumnus) -> Qualification | None:
    """The course of the latest year, of several the last that is listed; None where none is known."""
    return max(reversed(alumnus.qualifications), key=lambda one: one.year or 0, default=None)


def leaver(alumnus: Alumnus) -> Leaver | None:
    """Who left and when: the day of the list, else the end of the school year of the last course; None if unknown."""
    course = last_course(alumnus)
    if alumnus.left_on is not None:
        return Leaver(alumnus.left_on, False, course, priority(alumnus))
    if course is None or course.year is None:
        return None
    return Leaver(date(course.year, *SUMMER), True, course, priority(alumnus))


def priority(alumnus: Alumnus) -> Priority:
    """Who comes first: without diploma, then entree (level 1), then level 2 BOL.

    Source: the explanation of the law names young people at a risk of staying without work; those who left without a
    diploma have no basic qualification (startkwalificatie), an entree is none, and level 2 at school (BOL) ends without
    an employer, which level 2 at work (BBL) has. An unknown diploma or level is no reason.
    """
    course = last_course(alumnus)
    if alumnus.diploma is False:
        return Priority.NO_DIPLOMA
    if course is not None and course.level == 1:
        return Priority.ENTRY
    if course is not None and course.level == 2 and course.pathway is Pathway.BOL:
        return Priority.LEVEL_TWO_BOL
    return Priority.OTHER


def is_guided(one: Leaver, today: date, terms: AftercareTerms) -> bool:
    """Whether somebody left, and the guidance is not over."""
    return one.left_on <= today <= one.left_on + terms.guidance


def counting(lines: Iterable[AftercareContact]) -> list[AftercareContact]:
    """The contacts that count, the oldest first: no corrections, and nothing that was corrected."""
    lines = list(lines)
    corrected = {line.corrects for line in lines}
    contacts = [line for line in lines if line.corrects is None and line.key not in corrected]
    return sorted(contacts, key=_moment)


def _moment(line: AftercareContact) -> tuple[date, datetime, int]:
    return (line.on, line.at or datetime.min, line.key)  # noqa: DTZ901 - as stored, without a zone


def next_contact(one: Leaver, lines: Sequence[AftercareContact], terms: AftercareTerms) -> date | None:
    """The day from which somebody is to be contacted next; None where that would be after the guidance.

    `lines`: of this alumnus, in any order. A day that was agreed goes before any term. Nobody reached: after
    `retry_days`, but after `MOST_TRIES` in a row the usual term; at work or in education: after `settled_days`, since
    the law asks for work that lasts.
    """
    contacts = counting(lines)
    usual = terms.between(one.priority)
    if not contacts:
        on = one.left_on + usual
    else:
        last = contacts[-1]
        if last.again_on is not None:
            on = last.again_on
        elif last.outcome is Outcome.NO_CONTACT:
            on = last.on + (usual if _misses(contacts) >= MOST_TRIES else timedelta(days=terms.retry_days))
        elif last.outcome is Outcome.NEITHER:
            on = last.on + usual
        else:
            on = last.on + timedelta(days=terms.settled_days)
    return on if on <= one.left_on + terms.guidance else None


def _misses(contacts: Sequence[AftercareContact]) -> int:
    """How many of the last contacts in a row reached nobody."""
    count = 0
    for contact in reversed(contacts):
        if contact.outcome is not Outcome.NO_CONTACT:
            break
        count += 1
    return count


def reached(lines: Iterable[AftercareContact]) -> Outcome | None:
    """How somebody is doing by the last contact that reached them; NO_CONTACT if none did; None if none was tried."""
    contacts = counting(lines)
    if not contacts:
        return None
    found = [line.outcome for line in contacts if line.outcome is not Outcome.NO_CONTACT]
    return found[-1] if found else Outcome.NO_CONTACT


def blocks(cases: Iterable[AftercareCase]) -> AftercareCase | None:
    """The objection because of which nobody may contact the alumnus, open or upheld; None where there is none."""
    return next((case for case in cases if case.state in BLOCKING), None)


def current(cases: Sequence[AftercareCase]) -> AftercareCase | None:
    """The objection to show: the one that stands, else the last. `cases`: the oldest first."""
    return blocks(cases) or (cases[-1] if cases else None)


def work_order(on: date | None, who: Priority, today: date) -> tuple[int, int, date]:
    """By this the work list is sorted: whose day has come by priority, then the others by their day, then the rest."""
    rank = list(Priority).index(who)
    if on is None:
        return (2, rank, date.max)
    return (0, rank, on) if on <= today else (1, on.toordinal(), on)


def is_over(one: Leaver | None, lines: Sequence[AftercareContact], today: date, terms: AftercareTerms) -> bool:
    """Whether the term of what the register has of somebody is over: from leaving, else from the last line."""
    since = one.left_on if one is not None else max((line.on for line in lines), default=None)
    return since is not None and since + terms.keeping < today


def went_the_same_way(other: Alumnus, course: Qualification) -> bool:
    """Whether an alumnus did the same course, and a later one after it or found work."""
    own = [one for one in other.qualifications if _same(one, course)]
    if not own:
        return False
    year = min((one.year for one in own if one.year is not None), default=None)
    later = any(
        not _same(one, course) and one.year is not None and year is not None and one.year > year
        for one in other.qualifications
    )
    return later or bool(other.function or other.employer)


def _same(one: Qualification, other: Qualification) -> bool:
    if one.crebo and other.crebo:
        return one.crebo == other.crebo
    return bool(one.name and other.name) and (one.name or "").casefold() == (other.name or "").casefold()


def figures(standing: Iterable[tuple[Priority, Outcome | None]]) -> Mapping[Priority, Mapping[str, int]]:
    """How many of each priority, by outcome; `""` for those whom nobody tried to reach."""
    counts: dict[Priority, dict[str, int]] = {one: {} for one in Priority}
    for who, outcome in standing:
        code = outcome.value if outcome is not None else ""
        counts[who][code] = counts[who].get(code, 0) + 1
    return {who: found for who, found in counts.items() if found}
