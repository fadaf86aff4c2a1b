"""Figures per area as JSON, and as rows of a table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Self

from pydantic import ConfigDict, Field

from api.schemas.rankings import Model
from matcher.domain.figures import AreaFigures, Figures, Wish
from matcher.domain.kinds import Area
from matcher.services.figures import Report

HEAD = ("area", "figure", "detail", "now", "before")
"""The columns of the table."""
ALL, NONE = "all", "none"
"""In the table: every area together, and what belongs to none."""


class PeriodOut(Model):
    """Days, both included."""

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True)

    first: Annotated[date, Field(alias="from", examples=["2026-08-01"])]
    last: Annotated[date, Field(alias="to", examples=["2027-07-31"])]


class FiguresOut(Model):
    """The figures of one area in one period; a count of alumni is null where it may not be shown."""

    asked: int | None = Field(description="Asks that were not taken back.", examples=[76])
    agreed: int | None = Field(description="Yeses that were not taken back.", examples=[51])
    declined: int | None = Field(examples=[12])
    declined_by_reason: dict[str, int | None] | None = Field(
        description="Of the noes with a reason; null where it may not be shown.", examples=[{"no_time": 5}]
    )
    held: int | None = Field(description="Contributions of alumni.", examples=[43])
    students: int = Field(description="Students reached, of a request once.", examples=[812])
    received: int | None = Field(description="What alumni had of it.", examples=[9])
    filled: int = Field(description="Requests of which the last place was filled.", examples=[31])
    days_to_fill: float | None = Field(
        description="Median days to that from opening, or from the first ask of a request from a list.", examples=[4.5]
    )
    timed: int = Field(description="Requests in that median.", examples=[31])
    ended: int = Field(description="Requests that were over.", examples=[40])
    never_filled: int = Field(description="Of those, with a place that was never filled.", examples=[6])
    able: int | None = Field(description="Alumni who can be asked today.", examples=[148])
    reached: int | None = Field(description="Of those, asked at least once.", examples=[52])
    coverage: float | None = Field(description="reached / able.", examples=[0.35])
    people: int | None = Field(description="Alumni who were asked.", examples=[54])
    busiest_tenth: float | None = Field(
        description="Share of the asks that went to the tenth of those asked who were asked most.", examples=[0.21]
    )
    gini: float | None = Field(
        description="Of the asks, over all who can be asked or were: 0 all as often, towards 1 always one.",
        examples=[0.71],
    )

    @classmethod
    def of(cls, told: AreaFigures) -> Self:
        """From the domain's."""
        same = {name: getattr(told, name) for name in cls.model_fields if hasattr(told, name)}
        reasons = None if told.reasons is None else {reason.value: count for reason, count in told.reasons.items()}
        return cls(**same, declined_by_reason=reasons, busiest_tenth=told.busiest)


class AreaOut(Model):
    """An area, `all` of them together, or what belongs to none."""

    area: str = Field(examples=["A"])
    now: FiguresOut
    before: FiguresOut


class WishOut(Model):
    """How many alumni of a field and a region look for a course and had none in a year."""

    field: str | None = Field(description="null where it is not known.", examples=["Zorg en welzijn"])
    region: str | None = Field(
        description="First two digits of the postcode; `other` for all other regions of the field; null if unknown.",
        examples=["80"],
    )
    count: int | None = Field(description="null for fewer than five.", examples=[12])

    @classmethod
    def of(cls, wish: Wish) -> Self:
        """From the domain's."""
        region = "other" if wish.region is None else wish.region or None
        return cls(field=wish.field or None, region=region, count=wish.count)


class FirstPlacesOut(Model):
    """First places in lists of open requests today; null where it may not be shown."""

    places: int | None = Field(examples=[40])
    beyond: int | None = Field(description="Of an alumnus who may not be asked any more this year.", examples=[1])


class ReportOut(Model):
    """The figures of a school, or of all schools, in a period and in the one before."""

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True)

    school: str | None = Field(examples=["ROC Vechtdal"])
    first: Annotated[date, Field(alias="from", examples=["2026-08-01"])]
    last: Annotated[date, Field(alias="to", examples=["2027-07-31"])]
    before: PeriodOut
    as_of: date = Field(description="The day of who can be asked, wishes and first places.", examples=["2027-03-01"])
    smallest: int = Field(description="Counts of alumni below it are null.", examples=[1])
    areas: list[AreaOut]
    wishes: list[WishOut]
    first_places: FirstPlacesOut | None = Field(description="null for one area.")


def from_report(report: Report, area: Area | None = None) -> ReportOut:
    """As JSON; `area`: that one alone."""
    now, before = report.now.period, report.before.period
    return ReportOut(
        **{"from": now.first, "to": now.last},
        school=report.school,
        before=PeriodOut(**{"from": before.first, "to": before.last}),
        as_of=report.today,
        smallest=report.smallest,
        areas=[
            AreaOut(
                area=name,
                now=FiguresOut.of(part_of(report.now, name)),
                before=FiguresOut.of(part_of(report.before, name)),
            )
            for name in names_of(area)
        ],
        wishes=[WishOut.of(wish) for wish in report.wishes] if area in {None, Area.LIFELONG_LEARNING} else [],
        first_places=None
        if area
        else FirstPlacesOut(places=report.first_places.places, beyond=report.first_places.beyond),
    )


def names_of(area: Area | None) -> list[str]:
    """Everything, each area and what belongs to none; or the one that was asked for."""
    return [ALL, *(one.value for one in Area), NONE] if area is None else [area.value]


def part_of(told: Figures, name: str) -> AreaFigures:
    """The figures of a period by the name of an area."""
    if name == ALL:
        return told.everything
    return told.no_area if name == NONE else told.areas[Area(name)]


def rows_of(answer: ReportOut) -> Iterator[tuple[str, str, str, object, object]]:
    """Every figure as a row of `HEAD`; None for one with nothing to show, or that may not be shown."""
    for one in answer.areas:
        now, before = one.now.model_dump(), one.before.model_dump()
        for name, value in now.items():
            if name != "declined_by_reason":
                yield one.area, name, "", value, before[name]
                continue
            reasons = [value or {}, before[name] or {}]
            for reason in sorted({*reasons[0], *reasons[1]}):
                yield one.area, "declined", reason, *(counts.get(reason, 0) for counts in reasons)
    for wish in answer.wishes:
        yield Area.LIFELONG_LEARNING.value, "wishes", f"{wish.field or ''} / {wish.region or ''}", wish.count, None
    if answer.first_places is not None:
        yield ALL, "first_places", "", answer.first_places.places, None
        yield ALL, "first_places", "beyond", answer.first_places.beyond, None
