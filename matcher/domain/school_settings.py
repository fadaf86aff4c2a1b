"""What a school chooses when it sets up: the steps, their choices, and what follows from the areas that it works on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from matcher.domain.consent import Terms
from matcher.domain.invitations import Approval
from matcher.domain.kinds import KINDS, Area, Purpose, RequestKind
from matcher.domain.weekly import Weekly
from matcher.errors import InvalidValue

AREAS = "areas"
"""The setting that says which policy areas a school works on: their letters with commas."""
DECIDES = "decides"
"""The setting that says whose decision it is that an alumnus is asked."""
ASKS = "asks"
"""How often a year alumni are asked who did not say so themselves."""
LETTER, LETTER_DAY = "letter", "letter_day"
"""Whether mail goes once a week to alumni who did not choose, and on which day it goes to all who get it so."""
FAIRNESS = "fairness"
"""How strictly a plan guards that asks are shared: a name of `FAIRNESS_LEVELS`."""
KEEP = "keep"
"""After how many months a consent ends and the school asks whether data may stay."""
CONTACT, CONTACT_MAIL = "contact", "contact_mail"
"""Whom alumni may ask about their data, and the address."""
OF_THE_POOL = frozenset({AREAS, ASKS})
"""Settings that rankings follow: each change of them is a new state of the data."""
OF_A_PERSON = frozenset({CONTACT, CONTACT_MAIL})
"""Settings that may name somebody: what they were before is not kept."""
WEEKLY, ONCE = "weekly", "once"
LETTER_DAYS = ("mon", "tue", "wed", "thu", "fri")
"""The days on which a school may have its letter go, from Monday."""
FAIRNESS_LEVELS: Mapping[str, float] = {"fit": 0.0, "usual": 0.5, "equal": 1.0}
"""How strictly asks are shared, as plans count it (`matcher.planning.problem.Price`); those that are measured."""
BASIS = "basis"
"""Whether the school mails alumni who never answered, once, for a first yes."""
BY_CONSENT, BY_INTEREST = "consent", "interest"
MONTHS = (6, 12, 18, 24)
"""The terms of keeping that a school can choose; none is longer than that of the installation."""
MOST_TEXT = 300
"""The longest text of a choice in own words."""
MOST_PARKED = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """One setting: what can be chosen; of `several` any number; without options a text in own words."""

    name: str
    options: tuple[str, ...] = ()
    several: bool = False


STEPS: Mapping[str, tuple[Choice, ...]] = {
    "people": (Choice("level", ("school", "colleges", "teams")), Choice("who"), Choice("hours")),
    "areas": (Choice(AREAS, tuple(area.value for area in Area), several=True),),
    "binding": (
        Choice("ties", ("newsletter", "meetings", "stories", "offers"), several=True),
        Choice(FAIRNESS, tuple(FAIRNESS_LEVELS)),
    ),
    "registration": (
        Choice("register", ("lists", "system", "doors"), several=True),
        Choice(DECIDES, tuple(mode.value for mode in Approval)),
    ),
    "rhythm": (
        Choice(ASKS, ("1", "2", "4", "6")),
        Choice(LETTER, (ONCE, WEEKLY)),
        Choice(LETTER_DAY, LETTER_DAYS),
    ),
    "privacy": (
        Choice(BASIS, (BY_CONSENT, BY_INTEREST)),
        Choice(KEEP, tuple(map(str, MONTHS))),
        Choice(CONTACT),
        Choice(CONTACT_MAIL),
        Choice("checked", ("dpia", "officer", "council", "processors"), several=True),
    ),
}
"""The steps in their order, each with its choices."""
OBEYED = frozenset({AREAS, FAIRNESS, DECIDES, ASKS, LETTER, LETTER_DAY, BASIS, KEEP, CONTACT, CONTACT_MAIL})
"""The choices that the program follows by itself; the others are agreements of the school, which it keeps."""
CHOICES: Mapping[str, Choice] = {choice.name: choice for choices in STEPS.values() for choice in choices}


@dataclass(frozen=True, slots=True)
class KeptSetting:
    """A choice of a school: its value, since when (UTC), and which account made it; None where that is gone."""

    name: str
    value: str
    since: datetime
    by: int | None


@dataclass(frozen=True, slots=True)
class ParkedQuestion:
    """A question that is not answered yet: of which step, what, which role finds out, and for which day."""

    key: int
    step: str
    text: str
    who: str
    until: date | None


def read_value(name: str, values: Iterable[str]) -> str:
    """A value as it is kept. Raises InvalidValue: `unknown_choice`, `text_too_long`."""
    choice = CHOICES.get(name)
    if choice is None:
        raise InvalidValue("unknown_choice", value=name)
    sent = [" ".join(value.split()) for value in values if value.strip()]
    if not choice.options:
        text = " ".join(sent)
        if len(text) > MOST_TEXT:
            raise InvalidValue("text_too_long", most=MOST_TEXT)
        return text
    strange = next((value for value in sent if value not in choice.options), None)
    if strange is not None:
        raise InvalidValue("unknown_choice", value=strange)
    return ",".join(option for option in choice.options if option in (sent if choice.several else sent[:1]))


def areas_of(value: str | None) -> frozenset[Area]:
    """The areas of a kept value: all where nothing was chosen yet."""
    chosen = frozenset(Area(letter) for letter in (value or "").split(",") if letter)
    return chosen or frozenset(Area)


def areas_in(chosen: Mapping[str, KeptSetting]) -> frozenset[Area]:
    """The areas of the choices of a school, by name."""
    kept = chosen.get(AREAS)
    return areas_of(kept.value if kept else None)


def decides_in(chosen: Mapping[str, KeptSetting]) -> Approval | None:
    """Whose decision it is that an alumnus is asked, by the choices of a school; None where nothing was chosen."""
    kept = chosen.get(DECIDES)
    return Approval(kept.value) if kept is not None and kept.value else None


def asks_in(chosen: Mapping[str, KeptSetting]) -> int | None:
    """How often a year alumni of a school are asked who did not say; None where nothing was chosen."""
    return asks_of(_value(chosen, ASKS))


def asks_of(value: str) -> int | None:
    """The same of a kept value."""
    return int(value) if value in CHOICES[ASKS].options else None


def letter_in(chosen: Mapping[str, KeptSetting], usual: Weekly) -> tuple[bool, Weekly]:
    """Whether mail goes once a week where nobody chose, and when the letter goes; `usual`: where nothing is said."""
    day = _value(chosen, LETTER_DAY)
    when = replace(usual, weekday=LETTER_DAYS.index(day)) if day in LETTER_DAYS else usual
    return _value(chosen, LETTER) == WEEKLY, when


def fairness_in(chosen: Mapping[str, KeptSetting]) -> float | None:
    """How strictly a plan shares asks, in [0, 1]; None where nothing was chosen."""
    return FAIRNESS_LEVELS.get(_value(chosen, FAIRNESS))


def terms_in(chosen: Mapping[str, KeptSetting], terms: Terms) -> Terms:
    """The terms of a school: at most so long as it chose, and never longer than those of the installation."""
    return terms_of(_value(chosen, KEEP), terms)


def terms_of(value: str, terms: Terms) -> Terms:
    """The same of a kept value."""
    return terms.at_most(int(value)) if value in CHOICES[KEEP].options else terms


def mails_first(chosen: Mapping[str, KeptSetting]) -> bool:
    """Whether alumni who never answered may be mailed once for a first yes."""
    return _value(chosen, BASIS) != BY_CONSENT


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom alumni may ask about their data: in words, and the address; either may be empty."""

    who: str = ""
    mail: str = ""

    def __bool__(self) -> bool:
        """Whether there is an address."""
        return bool(self.mail)


def contact_in(chosen: Mapping[str, KeptSetting]) -> Contact:
    """Whom alumni of a school may ask."""
    return Contact(_value(chosen, CONTACT), _value(chosen, CONTACT_MAIL))


def _value(chosen: Mapping[str, KeptSetting], name: str) -> str:
    kept = chosen.get(name)
    return kept.value if kept is not None else ""


def closed_purposes(areas: frozenset[Area]) -> frozenset[Purpose]:
    """The purposes of areas that were not chosen: consents for them are kept, and not used."""
    return frozenset(kind.purpose for kind in KINDS.values() if kind.area not in areas)


def open_kinds(areas: frozenset[Area]) -> frozenset[RequestKind]:
    """The kinds of request of these areas."""
    return frozenset(kind for kind in RequestKind if KINDS[kind].area in areas)
