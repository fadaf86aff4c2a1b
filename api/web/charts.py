"""What charts are drawn of: lengths in pixels and percent of numbers, with the numbers beside them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from api.figure_words import count_in_words
from matcher.domain.kinds import Area
from matcher.domain.series import MOST_ASKS, Month
from matcher.gazetteer.outlines import Outline, named, outlines
from matcher.locale import Language, say, written
from matcher.services.figures import Courses, Unfilled

HEIGHT = 80
"""Pixels of the longest bar."""
DRAWN = 30
"""Municipalities on a map, at most."""
NAMED = 7
"""Municipalities whose name stands on a map, besides all of the darkest."""
LETTER, LINE = 6, 11
"""How wide a letter of a name on a map is, and how high a line, in units of its box."""
MOST_DRAWN = 60
"""With those around them, at most."""
MOST_TOWNS = 4
"""Columns of places, besides those of all others."""
PER_COURSE = (3, 10)
"""From so many wishes a course on, a municipality has the next colour."""
_ASKED, _GIVEN, _CARE = ("asked", "agreed", "held"), ("received",), ("contacts", "received")
_FILLS: Mapping[str, str] = {"asked": "f1", "agreed": "f2", "held": "f3", "received": "f3", "contacts": "f1"}
_NAMES: Mapping[str, str] = {"contacts": "figures.chart.contact"}
_TINTS = (1, 2, 5)
"""From so many places on a number has the next tint, whatever else is in the table."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart, in percent of the width and pixels from the top; `fill`: its class."""

    x: str
    width: str
    y: int
    height: int
    fill: str


@dataclass(frozen=True, slots=True)
class AreaChart:
    """An area by month. `label`: the chart in words; `most`: what the longest bar is; `rows`: the same as a table.

    `key`: class and name of each column, where those are not what is asked, agreed and held.
    """

    code: str
    name: str
    about: str
    columns: Sequence[str]
    bars: Sequence[Bar]
    letters: Sequence[tuple[str, str]]
    rows: Sequence[tuple[str, Sequence[str]]]
    totals: Sequence[str]
    most: str
    label: str
    key: Sequence[tuple[str, str]]


def area_chart(
    language: Language,
    area: Area,
    months: Sequence[Month],
    totals: Mapping[str, int | None],
    contacts: Sequence[int | None] = (),
) -> AreaChart:
    """The chart of an area: what was asked and came of it, or what alumni had where nobody is asked.

    `contacts`: of aftercare, for each of these months.
    """
    columns = _columns(area, totals)
    step = 100 / max(len(months), 1)
    counts = [
        {name: contacts[place] if name == "contacts" else getattr(one, name) for name in columns}
        for place, one in enumerate(months)
    ]
    most = max((count or 0 for by in counts for count in by.values()), default=0)
    each = 0.72 / len(columns)
    bars = [
        Bar(
            f"{step * (place + 0.14 + each * number):.1f}%",
            f"{step * each:.1f}%",
            HEIGHT - height,
            height,
            _FILLS[name],
        )
        for place, by in enumerate(counts)
        for number, name in enumerate(columns)
        if (height := round(HEIGHT * (by[name] or 0) / max(most, 1)))
    ]
    names = {name: say(language, _NAMES.get(name, f"figures.name.{name}")) for name in columns}
    said = [count_in_words(language, totals[name]) for name in columns]
    return AreaChart(
        area.value,
        say(language, f"figures.area.{area.value}"),
        say(language, f"figures.about.{area.value}"),
        list(names.values()),
        bars,
        [(f"{step * (place + 0.5):.1f}%", _letter(language, one.first)) for place, one in enumerate(months)],
        [
            (_month(language, one.first), [count_in_words(language, count) for count in by.values()])
            for one, by in zip(months, counts, strict=True)
        ],
        said,
        say(language, "figures.chart.most", count=most) if most else "",
        ", ".join(f"{name}: {count}" for name, count in zip(names.values(), said, strict=True)),
        [] if columns == _ASKED else [(_FILLS[name], words) for name, words in names.items()],
    )


def _columns(area: Area, totals: Mapping[str, int | None]) -> tuple[str, ...]:
    """What the chart of an area counts."""
    if area is Area.LIFELONG_LEARNING:
        return _GIVEN
    return _CARE if area is Area.AFTERCARE and totals["asked"] == 0 else _ASKED


@dataclass(frozen=True, slots=True)
class Column:
    """A bar with its number above and its name below."""

    x: str
    width: str
    middle: str
    height: int
    count: str
    name: str


def histogram(language: Language, times: Sequence[int | None]) -> list[Column]:
    """How many alumni were asked how often; a number that is not shown has no bar."""
    most = max((count or 0 for count in times), default=0)
    step = 100 / len(times)
    return [
        Column(
            f"{step * (place + 0.08):.1f}%",
            f"{step * 0.84:.1f}%",
            f"{step * (place + 0.5):.1f}%",
            max(round(HEIGHT * count / most), 2) if count else 0,
            count_in_words(language, count),
            f"{place}+" if place == MOST_ASKS else str(place),
        )
        for place, count in enumerate(times)
    ]


@dataclass(frozen=True, slots=True)
class Heat:
    """A table of numbers with a tint from 0, nothing, to 3, many; `key`: the name of each tint but the first."""

    key: Sequence[str]
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[tuple[int, int]]]]


def heat(language: Language, unfilled: Sequence[Unfilled]) -> Heat:
    """Places that nobody filled, by field and place; the places with fewest are together.

    The places stand by name and the tints are of fixed numbers, so that two periods can be laid side by side.
    """
    by_town: dict[str, int] = {}
    for one in unfilled:
        by_town[one.town] = by_town.get(one.town, 0) + one.places
    towns = sorted(sorted((town for town in by_town if town), key=lambda town: (-by_town[town], town))[:MOST_TOWNS])
    others = any(one.town not in towns for one in unfilled)
    cells: dict[str, list[int]] = {}
    for one in unfilled:
        row = cells.setdefault(one.field, [0] * (len(towns) + 1))
        row[towns.index(one.town) if one.town in towns else len(towns)] += one.places
    width = len(towns) + others
    return Heat(
        [say(language, f"figures.chart.tint_{number + 1}") for number in range(len(_TINTS))],
        [*towns, *([say(language, "figures.chart.elsewhere")] if others else [])],
        [
            (
                field or say(language, "figures.wishes.no_field"),
                [(count, bisect_right(_TINTS, count)) for count in row[:width]],
            )
            for field, row in sorted(cells.items(), key=lambda pair: (not pair[0], pair[0]))
        ],
    )


@dataclass(frozen=True, slots=True)
class Shape:
    """A municipality on a map: its outline, its class, and what it says; `label`: where its name stands, if it does."""

    path: str
    fill: str
    title: str
    label: tuple[str, int, int] | None


@dataclass(frozen=True, slots=True)
class Map:
    """A map: its box, its shapes, and the same as a table of names, wishes and courses."""

    box: str
    shapes: Sequence[Shape]
    rows: Sequence[tuple[str, str, str]]


def course_map(language: Language, courses: Sequence[Courses], least: int) -> Map | None:
    """Wishes for courses and courses by municipality, those with most; None where there are none."""
    chosen = sorted(courses, key=lambda one: (-(one.wishes or 0), -one.courses, one.municipality))[:DRAWN]
    by_name = {one.municipality: one for one in chosen}
    drawn = named(by_name)
    if not drawn:
        return None
    left, top, right, bottom = _box(drawn)
    around = _around(left, top, right, bottom)
    if len(around) <= MOST_DRAWN:
        drawn = around
        left, top, right, bottom = _box(drawn)
    large = [one.municipality for place, one in enumerate(chosen) if place < NAMED or _shade(one) == "f3"]
    labels = _labels(large, {one.name: one for one in drawn}, (left, top, right, bottom))
    few = say(language, "figures.few", least=least)
    rows = [
        (one.municipality, few if one.wishes is None else written(language, one.wishes), written(language, one.courses))
        for one in chosen
    ]
    counts = {name: (wishes, courses) for name, wishes, courses in rows}
    shapes = [
        Shape(
            one.path(left, top),
            _shade(by_name.get(one.name)),
            _told(language, one.name, counts.get(one.name, ("0", "0"))),
            labels.get(one.name),
        )
        for one in drawn
    ]
    return Map(f"0 0 {right - left} {bottom - top}", shapes, rows)


def _box(some: Sequence[Outline]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of all of them, with a rim."""
    boxes = [one.bounds for one in some]
    least = min(box[0] for box in boxes) - 1, min(box[1] for box in boxes) - 1
    return *least, max(box[2] for box in boxes) + 1, max(box[3] for box in boxes) + 1


def _around(left: int, top: int, right: int, bottom: int) -> list[Outline]:
    """The municipalities with their middle in a box: no hole stays in a map."""
    return [one for one in outlines() if left <= (middle := one.middle)[0] <= right and top <= middle[1] <= bottom]


def _told(language: Language, name: str, counts: tuple[str, str]) -> str:
    return say(language, "figures.chart.place", name=name, wishes=counts[0], courses=counts[1])


def _labels(
    names: Sequence[str], by_name: Mapping[str, Outline], box: tuple[int, int, int, int]
) -> dict[str, tuple[str, int, int]]:
    """Where these names stand, the first of them before the others: none over another, and none over the edge.

    A name that finds no room, also a line higher or lower, stands in the table alone.
    """
    left, top, right, bottom = box
    found: dict[str, tuple[str, int, int]] = {}
    for name in names:
        if name not in by_name:
            continue
        half = LETTER * len(name) / 2
        x, y = by_name[name].middle
        x = min(max(x - left, half), max(right - left - half, half))
        for moved in (0, LINE, -LINE):
            lower = min(max(y - top + moved, LINE), bottom - top)
            if all(
                abs(x - other_x) >= LETTER * len(other) / 2 + half or abs(lower - other_y) >= LINE
                for other, other_x, other_y in found.values()
            ):
                found[name] = (name, round(x), round(lower))
                break
    return found


def _shade(one: Courses | None) -> str:
    """From f0, few wishes, to f3, many of them for each course."""
    if one is None or not one.wishes:
        return "f0"
    each = one.wishes / one.courses if one.courses else PER_COURSE[-1]
    return f"f{1 + sum(each >= bound for bound in PER_COURSE)}"


def _month(language: Language, day: date) -> str:
    from babel.dates import format_date

    return str(format_date(day, "MMM y", locale=language)).replace(".", "")


def _letter(language: Language, day: date) -> str:
    from babel.dates import format_date

    return str(format_date(day, "MMMMM", locale=language)).lower()
