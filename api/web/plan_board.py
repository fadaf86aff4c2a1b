"""The plan board: a kept plan as requests and weeks, for its template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from api.schemas.plans import problem_sentence
from api.web import wording
from api.web.render import address
from matcher.domain.demands import closing_day
from matcher.domain.records import Alumnus
from matcher.locale import Language, say
from matcher.repositories.plans import PLANNED
from matcher.services.approval import OpenedPlan, Row
from matcher.services.plan_files import change_sentence
from matcher.services.plans import Open

SOON = timedelta(days=7)
"""A request that closes within it is named."""
NAMED = 3
"""Requests with another alumnus that are named."""


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody in a cell. `swaps`: value and words of each choice beside leaving it as it is."""

    key: int
    who: str
    why: str
    about: str
    when: str
    band: str
    pinned: bool
    open: bool
    look_first: bool
    state: str
    problem: str
    swaps: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Cell:
    """A request in a week, or in all of them (`wide`) where its day is to be agreed.

    `could`: how many can come, None where nothing is at that moment.
    """

    week: str
    wide: bool = False
    places: list[Place] = field(default_factory=list)
    could: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A request on the board; `empty`: how many places of it stay open."""

    title: str
    about: str
    link: str
    cells: Sequence[Cell]
    empty: int


@dataclass(frozen=True, slots=True)
class Board:
    """Weeks as columns, requests as rows; what stays open, what to mind, and what is other than before.

    `look_first`: title and address of each request whose list is to be looked at before somebody is invited.
    `left_out`: title, address and reason of each open request that the plan is not about.
    """

    weeks: Sequence[tuple[str, str]]
    lines: Sequence[Line]
    unfilled: Sequence[dict[str, object]]
    minds: Sequence[str]
    difference: str
    look_first: Sequence[tuple[str, str]]
    left_out: Sequence[tuple[str, str, str]]


def board(language: Language, opened: OpenedPlan, today: date) -> Board:
    """The board of a plan."""
    requests = {row.request.key: row.request for row in opened.rows}
    open_ = {(one.request_id, one.school): one for one in opened.unfilled}
    mondays = sorted(
        {_monday(row.line.begins.date()) for row in opened.rows if row.line.begins}
        | {monday for _, monday in opened.could}
    )
    names = {monday: _week(language, monday) for monday in mondays}
    lines = []
    for request in sorted(requests.values(), key=lambda one: (closing_day(one) or date.max, one.request_id)):
        rows = [row for row in opened.rows if row.request.key == request.key]
        cells = [
            Cell(
                " ".join(names[monday]),
                could=opened.could.get((request.key, monday)),
                places=[_place(language, row, opened) for row in rows if _week_of(row) == monday],
            )
            for monday in mondays
        ]
        if any(_week_of(row) is None for row in rows) or not mondays:
            cells = [
                Cell(
                    say(language, "plans.table.to_agree"),
                    wide=True,
                    places=[_place(language, row, opened) for row in rows],
                )
            ]
        left = open_.get((request.request_id, request.school or ""))
        lines.append(
            Line(
                request.title,
                say(language, f"words.kind.{request.kind.value}"),
                address("aanvragen", request.request_id, school=request.school),
                cells,
                left.places if left else 0,
            )
        )
    return Board(
        [names[monday] for monday in mondays],
        lines,
        [_open(language, one) for one in opened.unfilled],
        _minds(language, opened, today),
        _difference(language, opened),
        [
            (request.title, address("aanvragen", request.request_id, school=request.school))
            for request, _ in opened.look_first
        ],
        [
            (one.title, address("aanvragen", one.request_id, school=one.school), say(language, f"plans.left_out.{why}"))
            for one, why in opened.left_out
        ],
    )


def who(language: Language, alumnus: Alumnus) -> str:
    """An alumnus by function."""
    return alumnus.function or say(language, "pages.card.no_title")


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _week_of(row: Row) -> date | None:
    """The Monday of the week of a line; None where its day is to be agreed."""
    return _monday(row.line.begins.date()) if row.line.begins else None


def _week(language: Language, monday: date) -> tuple[str, str]:
    """The name of a column, and its days."""
    from babel.dates import format_date

    friday = monday + timedelta(days=4)
    first = str(monday.day) if friday.month == monday.month else format_date(monday, "d MMM", locale=language)
    days = f"{first}–{format_date(friday, 'd MMM', locale=language)}".replace(".", "")
    return say(language, "plans.board.week", number=str(monday.isocalendar().week)), days


def _place(language: Language, row: Row, opened: OpenedPlan) -> Place:
    line = row.line
    when = ""
    if line.begins is not None and line.ends is not None:
        from babel.dates import format_date

        day = format_date(line.begins.date(), "EEE d MMM", locale=language).replace(".", "")
        when = f"{day}, {line.begins:%H:%M}"
    spares = [one for one in opened.spares if one.request.key == row.request.key]
    swaps = [
        (f"{line.key}:{one.line.key}", say(language, "plans.board.swap_to", who=_long(language, one))) for one in spares
    ]
    about = [row.alumnus.town or ""]
    if row.alumnus.school != row.request.school:
        about.append(row.alumnus.school)
    return Place(
        line.key,
        who(language, row.alumnus),
        address(
            "waarom",
            vraag=row.request.request_id,
            school=row.request.school,
            kandidaat=row.alumnus.alumnus_id,
            kandidaat_school=row.alumnus.school,
        ),
        " · ".join(filter(None, about)),
        when,
        line.band,
        line.pinned,
        line.state == PLANNED,
        line.state == PLANNED and row.request.key in {request.key for request, _ in opened.look_first},
        line.state,
        problem_sentence(line.problem, language) if line.problem else "",
        [*swaps, (f"{line.key}:", say(language, "plans.board.nobody"))],
    )


def _long(language: Language, row: Row) -> str:
    said = [who(language, row.alumnus), row.alumnus.town or ""]
    if row.line.band:
        said.append(say(language, f"pages.card.band_{row.line.band}"))
    return ", ".join(filter(None, said))


def _open(language: Language, one: Open) -> dict[str, object]:
    return {
        "text": say(
            language,
            "plans.table.open",
            request=one.request_id,
            count=one.places,
            because=say(language, f"plans.because.{one.because}"),
        ),
        "change": change_sentence(one, language),
        "link": address("aanvragen", one.request_id, school=one.school),
    }


def _minds(language: Language, opened: OpenedPlan, today: date) -> list[str]:
    """What to mind: who may not be asked any more, and what closes soon."""
    minds = [say(language, "plans.board.full", count=opened.full)] if opened.full else []
    requests = {row.request.key: row.request for row in opened.rows if row.line.state == PLANNED}
    for request in requests.values():
        closes = closing_day(request)
        if closes is not None and today <= closes <= today + SOON:
            day = wording.short_day(language, closes)
            minds.append(say(language, "plans.board.closes", title=request.title, day=day))
    return minds


def _difference(language: Language, opened: OpenedPlan) -> str:
    """What is other than in the plan before, in words; empty without one."""
    if opened.difference is None:
        return ""
    said = [say(language, "plans.board.moved_at", title=one.title) for one in opened.moved[:NAMED]]
    counts = dict(zip(("moved", "emptied", "filled"), opened.difference, strict=True)) | {"asked": opened.asked}
    if opened.moved:
        counts["moved"] = max(len(opened.moved) - NAMED, 0)
    said += [say(language, f"plans.board.{name}", count=count) for name, count in counts.items() if count]
    return say(language, "plans.board.other", parts=", ".join(said)) if said else say(language, "plans.board.same")
