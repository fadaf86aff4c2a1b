"""simulate: logged lists once more, under other settings, before a setting is saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import Format, Language, Output, School
from api.commands.output import console, print_indented, write_json
from api.commands.session import Session, day, session_of
from matcher.errors import InvalidValue
from matcher.locale import say
from matcher.policy import COMMAND_LINE

if TYPE_CHECKING:
    from matcher.services.trials import Trial

MOST_BYTES = 100_000


def simulate(
    context: typer.Context,
    first: Annotated[str, typer.Option("--from")],
    last: Annotated[str, typer.Option("--to")],
    weights: Annotated[Path | None, typer.Option("--weights")] = None,
    asks: Annotated[int | None, typer.Option("--asks-a-year")] = None,
    meaning: Annotated[bool | None, typer.Option("--with-meaning/--without-meaning")] = None,
    months: Annotated[int | None, typer.Option("--consent-months")] = None,
    school: School = None,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Logged lists once more, under other settings."""
    from api.schemas.trials import from_trial
    from matcher.matching.trials import Settings
    from matcher.matching.weights import own
    from matcher.services import trials

    session = session_of(context)
    begin, end = day(first), day(last)
    assert begin is not None  # noqa: S101 - both options are required
    assert end is not None  # noqa: S101
    tried = None if weights is None else own(weights_in(weights))
    settings = Settings(tried, asks, meaning, months)
    made = trials.simulate(session.app, COMMAND_LINE, begin, end, settings, school=session.owner(school))
    if output is Format.JSON:
        write_json(from_trial(made, session.language))
        return
    show(session, made)
    console().print()
    console().print(say(session.language, "trials.table.not_saved"))


def weights_in(file: Path) -> str:
    """The text of a file of weights. Raises InvalidValue."""
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES).decode()
    except (OSError, UnicodeDecodeError):
        raise InvalidValue("weights_unreadable") from None


def show(session: Session, trial: Trial) -> None:
    """Prints what to know first, what changes and what it costs, the figures, and who."""
    from rich.table import Table
    from rich.text import Text

    from api.schemas.trials import above, figures, fit, outcome, persons

    language, screen = session.language, console()
    screen.print(Text(say(language, "trials.table.title", first=trial.first, last=trial.last), style="bold"))
    for sentence in above(trial, language):
        print_indented(screen, sentence, 2, "- ")
    if not trial.requests:
        return
    screen.print()
    screen.print(outcome(trial, language))
    table = Table(box=None, pad_edge=False)
    for name in ("name", "before", "after"):
        table.add_column(say(language, f"trials.figure.{name}"), justify="left" if name == "name" else "right")
    for row in figures(trial, language):
        table.add_row(*row)
    screen.print()
    screen.print(table)
    named = trial.named
    if named:
        screen.print()
        screen.print(Text(say(language, "trials.table.changed"), style="bold"))
    for one in named:
        parts = [
            say(language, f"trials.table.{name}", who=persons(who, one.school))
            for name, who in (("came", one.who_came), ("fell", one.who_fell))
            if who
        ]
        parts += [fit(one, language), "" if one.of_then else say(language, "trials.table.of_today")]
        print_indented(screen, f"{one.request_id}: {'; '.join(filter(None, parts))}", 2)
    if (others := trial.changed - len(named)) > 0:
        screen.print(say(language, "trials.table.more", count=others, named=len(named)))
