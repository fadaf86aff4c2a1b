"""aftercare: whom to contact after they left, what came of it, and the file for the regional programme."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.help import LocalCommand, new_group
from api.commands.options import Format, Language, Output, School
from api.commands.output import console, print_indented, write_json
from api.commands.records import Force, may_write, writing
from api.commands.session import Session, day, session_of
from matcher.domain.aftercare import How, Outcome
from matcher.errors import InvalidValue
from matcher.locale import say
from matcher.policy import COMMAND_LINE

if TYPE_CHECKING:
    from matcher.services.aftercare import Overview, Row

aftercare = new_group("aftercare")
MOST = 30
"""People on screen."""
_ALL = 1_000_000


@aftercare.command("list", cls=LocalCommand)
def list_(context: typer.Context, school: School = None, output: Output = Format.TABLE, lang: Language = None) -> None:
    """Shows whose turn it is."""
    from api.schemas.aftercare import listed
    from matcher.services import aftercare as register
    from matcher.services.aftercare import Show
    from matcher.services.browsing import Slice

    session = session_of(context)
    size = _ALL if output is Format.JSON else MOST
    owner = session.owner(school)
    found = register.overview(session.store_app, COMMAND_LINE, Show.DUE, Slice(1, size), school=owner)
    if output is Format.JSON:
        write_json(listed(found, Slice(1, size)).model_dump(mode="json"))
        return
    _show(session, found, owner)


def _show(session: Session, found: Overview, school: str | None) -> None:
    terminal, language, everyone = console(), session.language, sum(found.counts.values())
    if not everyone:
        terminal.print(say(language, "aftercare.told.none"))
        return
    title = {"school": school or say(language, "aftercare.title"), "count": found.total, "all": everyone}
    terminal.print(say(language, "aftercare.told.list", **title))
    for row in found.rows:
        print_indented(terminal, _line(session, row), 2, "- ")
    if found.total > len(found.rows):
        print_indented(terminal, say(language, "aftercare.told.more", count=found.total - len(found.rows)), 2)
    if found.cases:
        terminal.print(say(language, "aftercare.cases", count=found.cases))


def _line(session: Session, row: Row) -> str:
    one, language = row.standing, session.language
    outcome = f"outcome.{one.outcome.value}" if one.outcome else "row_unknown"
    return say(
        language,
        "aftercare.told.line",
        id=one.alumnus.alumnus_id,
        school=one.alumnus.school,
        priority=say(language, f"aftercare.priority.{one.leaver.priority.value}"),
        outcome=say(language, f"aftercare.{outcome}"),
        next=say(language, "aftercare.row_now", day=one.next_on),
    )


@aftercare.command("contact", cls=LocalCommand)
def contact(
    context: typer.Context,
    alumnus: Annotated[str, typer.Argument()],
    outcome: Annotated[str | None, typer.Option("--outcome")] = None,
    how: Annotated[str, typer.Option("--how")] = How.PHONE.value,
    on: Annotated[str | None, typer.Option("--on")] = None,
    again: Annotated[str | None, typer.Option("--again")] = None,
    correct: Annotated[int | None, typer.Option("--correct", min=1, max=2**63 - 1)] = None,
    school: School = None,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Writes a contact down, or says that an earlier line counts no more."""
    from matcher.services import aftercare as register

    session = session_of(context)
    app, owner = session.store_app, session.owner(school)
    if correct is not None:
        key = register.correct(app, COMMAND_LINE, alumnus, correct, school=owner)
    else:
        entry = register.Entry(How(_code(how, How)), Outcome(_code(outcome or "", Outcome)), day(on), day(again))
        key = register.add(app, COMMAND_LINE, alumnus, entry, school=owner)
    found = register.dossier(app, COMMAND_LINE, alumnus, school=owner)
    next_on = found.standing.next_on if found.standing else None
    if output is Format.JSON:
        write_json({"entry": key, "next_on": next_on and next_on.isoformat()})
        return
    language = session.language
    coming = say(language, "aftercare.next_is", day=next_on) if next_on else say(language, "aftercare.next_none")
    console().print(say(language, "aftercare.told.contact", id=found.alumnus.alumnus_id, next=coming))


def _code(value: str, words: type[How | Outcome]) -> str:
    """One of the codes. Raises InvalidValue."""
    codes = [one.value for one in words]
    if value not in codes:
        raise InvalidValue("not_a_choice", value=value[:40], choices=codes)
    return value


@aftercare.command("export", cls=LocalCommand)
def export(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out")],
    school: School = None,
    force: Force = False,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Makes the file for the regional programme."""
    from matcher.services import aftercare as register

    session = session_of(context)
    may_write(out, (".xlsx", ".csv"), force=force)
    with writing(out):
        count = register.export(session.store_app, COMMAND_LINE, out, session.language, school=session.owner(school))
    if output is Format.JSON:
        write_json({"file": str(out), "people": count})
        return
    console().print(say(session.language, "aftercare.told.exported", file=str(out), count=count))
