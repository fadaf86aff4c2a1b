"""What a school chooses when it sets up: the steps, their choices, and what follows from the areas that it works on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from matcher.domain.invitations import Approval
from matcher.domain.kinds import KINDS, Area, Purpose, RequestKind
from matcher.errors import InvalidValue

AREAS = "areas"
"""The setting that says which policy areas a school works on: their letters with commas."""
DECIDES = "decides"
"""The setting that says whose decision it is that an alumnus is asked."""
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
        Choice("balance", ("both", "first", "count")),
    ),
    "registration": (
        Choice("register", ("lists", "system", "doors"), several=True),
        Choice(DECIDES, tuple(mode.value for mode in Approval)),
    ),
    "rhythm": (Choice("asks", ("1", "2", "4", "6")), Choice("letter", ("once", "weekly"))),
    "privacy": (
        Choice("basis", ("consent", "interest")),
        Choice("checked", ("dpia", "officer", "council", "processors"), several=True),
    ),
}
"""The steps in their order, each with its choices."""
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


def closed_purposes(areas: frozenset[Area]) -> frozenset[Purpose]:
    """The purposes of areas that were not chosen: consents for them are kept, and not used."""
    return frozenset(kind.purpose for kind in KINDS.values() if kind.area not in areas)


def open_kinds(areas: frozenset[Area]) -> frozenset[RequestKind]:
    """The kinds of request of these areas."""
    return frozenset(kind for kind in RequestKind if KINDS[kind].area in areas)
