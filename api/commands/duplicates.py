"""duplicates: alumni who may be one person, merging them, and undoing that."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from api.commands.help import LocalCommand, new_group
from api.commands.options import Format, Language, Output, School
from api.commands.output import console, print_indented, write_json
from api.commands.session import session_of
from matcher.locale import say
from matcher.policy import COMMAND_LINE

duplicates = new_group("duplicates")
Kept = Annotated[str, typer.Argument()]
Gone = Annotated[str, typer.Argument()]


@duplicates.command("list", cls=LocalCommand)
def list_(context: typer.Context, school: School = None, output: Output = Format.TABLE, lang: Language = None) -> None:
    """Names the pairs that may be one person, with the reason."""
    from matcher.services import duplicates as service

    session = session_of(context)
    pairs = service.possible(session.store_app, COMMAND_LINE, session.owner(school))
    if output is Format.JSON:
        write_json({"pairs": [asdict(pair) for pair in pairs]})
        return
    terminal = console()
    terminal.print(say(session.language, "duplicates.found", count=len(pairs)))
    for pair in pairs:
        why = ", ".join(say(session.language, f"duplicates.because.{code}") for code in pair.because)
        line = say(
            session.language, "duplicates.line", first=pair.first, second=pair.second, school=pair.school, why=why
        )
        print_indented(terminal, line, 2, "- ")


@duplicates.command("merge", cls=LocalCommand)
def merge(
    context: typer.Context,
    kept: Kept,
    gone: Gone,
    school: School = None,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Makes one alumnus of two; the first number stays."""
    from matcher.services import duplicates as service

    session = session_of(context)
    merge_id = service.merge(session.store_app, COMMAND_LINE, kept, gone, school=session.owner(school))
    if output is Format.JSON:
        write_json({"merge_id": merge_id})
        return
    console().print(say(session.language, "duplicates.merged", kept=kept, gone=gone, id=merge_id))


@duplicates.command("undo", cls=LocalCommand)
def undo(context: typer.Context, merge_id: str, output: Output = Format.TABLE, lang: Language = None) -> None:
    """Makes two alumni again, and names what was changed since."""
    from matcher.services import duplicates as service

    session = session_of(context)
    done = service.undo_merge(session.store_app, COMMAND_LINE, merge_id)
    session.code = 1 if done.left else 0
    if output is Format.JSON:
        write_json(asdict(done))
        return
    console().print(say(session.language, "duplicates.undone", kept=done.kept, gone=done.gone))
    if done.left:
        console().print(say(session.language, "duplicates.left", kept=done.kept, fields=", ".join(done.left)))
