"""plan: one plan for all open requests of a period."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import Format, Language, Output, School
from api.commands.output import console, print_indented, write_json
from api.commands.records import Force, may_write, writing
from api.commands.session import Session, day, session_of
from matcher.errors import InvalidValue
from matcher.locale import say, written
from matcher.policy import COMMAND_LINE

if TYPE_CHECKING:
    from api.schemas.plans import PlanOut
    from matcher.services.plans import PairNamed, PeriodPlan


def plan(
    context: typer.Context,
    first: Annotated[str, typer.Option("--from")],
    last: Annotated[str, typer.Option("--to")],
    fairness: Annotated[float | None, typer.Option("--fairness")] = None,
    school: School = None,
    after: Annotated[str | None, typer.Option("--after")] = None,
    pins: Annotated[list[str] | None, typer.Option("--pin")] = None,
    bans: Annotated[list[str] | None, typer.Option("--ban")] = None,
    out: Annotated[Path | None, typer.Option("--out")] = None,
    force: Force = False,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """One plan for all open requests of a period."""
    from api.schemas.plans import from_plan
    from matcher.services import plan_files, plans

    session = session_of(context)
    if out is not None:
        may_write(out, (".xlsx", ".csv"), force=force)
    begin, end = day(first), day(last)
    assert begin is not None  # noqa: S101 - both options are required
    assert end is not None  # noqa: S101
    wishes = plans.Wishes(after, _pairs(pins), _pairs(bans))
    made = plans.make(session.app, COMMAND_LINE, begin, end, fairness=fairness, school=school, wishes=wishes)
    if out is not None:
        with writing(out):
            count = plan_files.write(made, out, session.language)
        console(error=output is Format.JSON).print(session.say("written.export", file=str(out), count=count))
    answer = from_plan(made, session.language)
    if output is Format.JSON:
        write_json(answer)
    else:
        _show(session, made, answer)


def _pairs(texts: list[str] | None) -> list[PairNamed]:
    """`R-12=A-7`, or `R-12=A-7@school`, as pairs. Raises InvalidValue."""
    from matcher.services.plans import PairNamed

    pairs = []
    for text in texts or []:
        request, sign, rest = text.partition("=")
        alumnus, _, school = rest.partition("@")
        if not (sign and request.strip() and alumnus.strip()):
            raise InvalidValue("plan_pair", value=text)
        pairs.append(PairNamed(request.strip(), alumnus.strip(), school.strip() or None))
    return pairs


def _show(session: Session, made: PeriodPlan, answer: PlanOut) -> None:
    from rich.table import Table
    from rich.text import Text

    from matcher.locale import decimals

    language, screen, reached = session.language, console(), made.objective
    title = say(language, "plans.table.title", first=made.first, last=made.last)
    screen.print(Text(title, style="bold"))
    if not reached.places:
        screen.print(say(language, "plans.table.nothing"))
        return
    screen.print(say(language, "plans.table.served", served=reached.served, places=reached.places))
    table = Table(box=None, pad_edge=False)
    for name in ("request", "alumnus", "score", "moment"):
        table.add_column(say(language, f"plans.table.{name}"), justify="right" if name == "score" else "left")
    for line in made.assignments:
        moment = say(language, "plans.table.to_agree")
        if line.moment is not None:
            moment = f"{written(language, line.moment[0])}-{line.moment[1]:%H:%M}"
        table.add_row(line.request_id, line.alumnus_id, decimals(language, line.score), moment)
    screen.print(table)
    if answer.unfilled:
        screen.print()
        screen.print(say(language, "plans.table.unfilled"))
    for one in answer.unfilled:
        text = say(language, "plans.table.open", request=one.request_id, count=one.places, because=one.because)
        print_indented(screen, text, 2)
        if one.cheapest_relaxation:
            print_indented(screen, one.cheapest_relaxation, 4)
    screen.print()
    screen.print(answer.price)
    if answer.changed is not None:
        screen.print(say(language, "plans.table.changed", count=answer.changed))
    screen.print(Text(say(language, "plans.table.proposal", plan=answer.plan), style="italic"))
