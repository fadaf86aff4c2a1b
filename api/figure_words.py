"""The figures of areas in words: for the page and the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from api.schemas.figures import ALL, NONE, names_of, part_of
from matcher.disclosure.profiles import LEAST
from matcher.domain.figures import AreaFigures, Wish
from matcher.domain.kinds import Area
from matcher.locale import Language, say, written
from matcher.services.figures import FirstPlaces, Report

_GIVEN = ("received",)
_ASKED = ("asked", "agreed", "declined", "reasons", "held", "students")
_SPREAD = ("fill", "never_filled", "coverage", "busiest", "gini")
_ROWS: Mapping[str, tuple[str, ...]] = {
    ALL: (*_ASKED, *_GIVEN, *_SPREAD),
    Area.LIFELONG_LEARNING.value: _GIVEN,
    Area.AFTERCARE.value: (*_ASKED, *_GIVEN, *_SPREAD),
    NONE: ("held", "students", *_GIVEN),
}
"""The figures of each area that has others than those about asks: nobody is asked for courses, for one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure in this period and the one before, and what it means."""

    name: str
    now: str
    before: str
    what: str


@dataclass(frozen=True, slots=True)
class AreaWords:
    """The figures of an area. No `rows` where nothing happened in either period."""

    code: str
    name: str
    about: str
    rows: list[Row]


def areas(language: Language, report: Report, area: Area | None = None) -> list[AreaWords]:
    """Every area, or one; what belongs to none is left out where nothing does."""
    told = [_area(language, report, name) for name in names_of(area)]
    return [one for one in told if one.rows or one.code != NONE]


def _area(language: Language, report: Report, name: str) -> AreaWords:
    now, before = part_of(report.now, name), part_of(report.before, name)
    rows = [
        Row(
            say(language, f"figures.name.{figure}"),
            _VALUES[figure](language, now),
            _VALUES[figure](language, before),
            say(language, f"figures.what.{figure}"),
        )
        for figure in _ROWS.get(name, (*_ASKED, *_SPREAD))
        if figure != "reasons" or name == ALL or report.smallest == 1
    ]
    return AreaWords(
        name,
        say(language, f"figures.area.{name}"),
        say(language, f"figures.about.{name}"),
        [] if now.is_empty and before.is_empty else rows,
    )


def _number(name: str) -> Callable[[Language, AreaFigures], str]:
    return lambda language, told: count_in_words(language, getattr(told, name))


def count_in_words(language: Language, count: int | None) -> str:
    """A count, or that it is not shown."""
    return say(language, "figures.value.hidden") if count is None else written(language, count)


def _reasons(language: Language, told: AreaFigures) -> str:
    if told.declined == 0:
        return say(language, "figures.value.no_reasons")
    if told.declined is None or told.reasons is None or None in told.reasons.values():
        return say(language, "figures.value.hidden")
    counts = {say(language, f"words.why_not.{reason}"): count or 0 for reason, count in told.reasons.items()}
    parts = [
        say(language, "figures.value.reason", reason=reason, count=count)
        for reason, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    rest = told.declined - sum(counts.values())
    parts += [say(language, "figures.value.no_reason", count=rest)] if rest > 0 else []
    return ", ".join(parts)


def _fill(language: Language, told: AreaFigures) -> str:
    if told.days_to_fill is None:
        return say(language, "figures.value.no_fill")
    return say(language, "figures.value.days", days=told.days_to_fill, count=told.timed)


def _never_filled(language: Language, told: AreaFigures) -> str:
    if not told.ended:
        return say(language, "figures.value.no_end")
    return say(language, "figures.value.never_filled", missed=told.never_filled, count=told.ended)


def _coverage(language: Language, told: AreaFigures) -> str:
    if told.able is None or told.reached is None:
        return say(language, "figures.value.hidden")
    if told.coverage is None:
        return say(language, "figures.value.nobody_able")
    values = {"percent": round(told.coverage * 100), "reached": told.reached, "able": told.able}
    return say(language, "figures.value.coverage", **values)


def _busiest(language: Language, told: AreaFigures) -> str:
    if told.busiest is None:
        return _nobody(language, told)
    return say(language, "figures.value.percent", percent=round(told.busiest * 100))


def _gini(language: Language, told: AreaFigures) -> str:
    return _nobody(language, told) if told.gini is None else written(language, round(told.gini, 2))


def _nobody(language: Language, told: AreaFigures) -> str:
    return say(language, f"figures.value.{'nobody_asked' if told.people == 0 else 'hidden'}")


_VALUES: Mapping[str, Callable[[Language, AreaFigures], str]] = {
    **{name: _number(name) for name in ("asked", "agreed", "declined", "held", "students", "received")},
    "reasons": _reasons,
    "fill": _fill,
    "never_filled": _never_filled,
    "coverage": _coverage,
    "busiest": _busiest,
    "gini": _gini,
}


def first_places(language: Language, told: FirstPlaces) -> str:
    """Who stands first in lists of open requests, in a sentence or two."""
    if told.places is None or told.beyond is None:
        return say(language, "figures.firsts.few")
    if not told.places:
        return say(language, "figures.firsts.text_none")
    return say(language, "figures.firsts.text", places=told.places, beyond=told.beyond)


def wishes(language: Language, told: Sequence[Wish]) -> list[tuple[str, str, str]]:
    """Field, region and number of each line."""
    lines = Counter(one.field for one in told)
    return [
        (
            one.field or say(language, "figures.wishes.no_field"),
            _region(language, one, alone=lines[one.field] == 1),
            say(language, "figures.few", least=LEAST) if one.count is None else written(language, one.count),
        )
        for one in told
    ]


def _region(language: Language, one: Wish, *, alone: bool) -> str:
    """`alone`: whether it is the only line of its field."""
    if one.region is None:
        return say(language, f"figures.wishes.{'every' if alone else 'others'}")
    known = say(language, "figures.wishes.postcode", digits=one.region)
    return known if one.region else say(language, "figures.wishes.no_region")
