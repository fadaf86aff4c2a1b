"""figures: what was asked and what came of it, per policy area and period."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import Language, School
from api.commands.output import console, print_indented, write_bytes, write_json
from api.commands.session import Session, day, session_of
from matcher.domain.kinds import Area
from matcher.locale import Language as Locale
from matcher.locale import say
from matcher.policy import COMMAND_LINE

if TYPE_CHECKING:
    from api.schemas.figures import ReportOut
    from matcher.services.figures import Report


class FiguresFormat(StrEnum):
    """The format of figures."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


def figures(
    context: typer.Context,
    first: Annotated[str, typer.Option("--from")],
    last: Annotated[str, typer.Option("--to")],
    area: Annotated[Area | None, typer.Option("--area", case_sensitive=False)] = None,
    school: School = None,
    output: Annotated[FiguresFormat, typer.Option("--format")] = FiguresFormat.TEXT,
    lang: Language = None,
) -> None:
    """Figures per policy area, with those of the period before."""
    from api.schemas.figures import from_report
    from matcher.services.figures import report

    session = session_of(context)
    begin, end = day(first), day(last)
    assert begin is not None  # noqa: S101 - both options are required
    assert end is not None  # noqa: S101
    told = report(session.app, COMMAND_LINE, begin, end, school=session.owner(school))
    if output is FiguresFormat.TEXT:
        _show(session, told, area)
        return
    answer = from_report(told, area)
    if output is FiguresFormat.JSON:
        write_json(answer)
    else:
        write_bytes(_table(answer))


def _table(answer: ReportOut) -> bytes:
    """The rows with semicolons, as a Dutch Excel expects; numbers as in JSON."""
    from api.schemas.figures import HEAD, rows_of

    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows(rows_of(answer))
    return text.getvalue().encode()


def _show(session: Session, told: Report, area: Area | None) -> None:
    from rich.text import Text

    def t(key: str, **values: object) -> str:
        return say(session.language, f"figures.{key}", **values)

    screen, period = console(), told.now.period
    screen.print(Text(told.school or t("of_all"), style="bold"))
    screen.print(t("period", first=period.first, last=period.last))
    if period.last >= told.today:
        screen.print(t("not_over"))
    for heading, lines in _sections(session.language, told, area):
        screen.print()
        screen.print(Text(heading, style="bold"))
        for line in lines:
            print_indented(screen, line, 2, "- ")
    if told.smallest > 1:
        screen.print()
        print_indented(screen, t("few_note", least=told.smallest), 0)


def _sections(language: Locale, told: Report, area: Area | None) -> Iterator[tuple[str, list[str]]]:
    """A heading and lines for each area, for wishes and for first places; a line says so where there is nothing."""
    from api import figure_words

    def t(key: str, **values: object) -> str:
        return say(language, f"figures.{key}", **values)

    for one in figure_words.areas(language, told, area):
        lines = [t("line", name=row.name, now=row.now, before=row.before) for row in one.rows]
        yield one.name, lines or [t("quiet")]
    if area in {None, Area.LIFELONG_LEARNING}:
        wishes = figure_words.wishes(language, told.wishes)
        lines = [t("wishes.line", field=field, region=region, count=count) for field, region, count in wishes]
        yield t("wishes.title"), lines or [t("wishes.none")]
    if area is None:
        yield t("firsts.title"), [figure_words.first_places(language, told.first_places)]
