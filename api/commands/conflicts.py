"""conflict: a request and an alumnus that may not meet."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.help import LocalCommand, new_group
from api.commands.options import Format, Language, Output, School
from api.commands.output import console, write_json
from api.commands.session import session_of
from matcher.policy import COMMAND_LINE

conflict = new_group("conflict")
AlumnusSchool = Annotated[str | None, typer.Option("--candidate-school")]


@conflict.command("declare", cls=LocalCommand)
def declare(
    context: typer.Context,
    request_id: str,
    alumnus_id: str,
    school: School = None,
    candidate_school: AlumnusSchool = None,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Declares that a request and an alumnus may not meet, from the next ranking on."""
    from matcher.services import conflicts

    session = session_of(context)
    pair = conflicts.Pair(request_id, alumnus_id, session.owner(school), session.owner(candidate_school))
    changed = conflicts.declare(session.store_app, COMMAND_LINE, pair)
    if output is Format.JSON:
        write_json({"declared": True, "changed": changed})
        return
    console().print(session.say("conflict.declared" if changed else "conflict.declared_before"))


@conflict.command("withdraw", cls=LocalCommand)
def withdraw(
    context: typer.Context,
    request_id: str,
    alumnus_id: str,
    school: School = None,
    candidate_school: AlumnusSchool = None,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Withdraws a declared conflict."""
    from matcher.services import conflicts

    session = session_of(context)
    pair = conflicts.Pair(request_id, alumnus_id, session.owner(school), session.owner(candidate_school))
    changed = conflicts.withdraw(session.store_app, COMMAND_LINE, pair)
    if output is Format.JSON:
        write_json({"declared": False, "changed": changed})
        return
    console().print(session.say("conflict.withdrawn" if changed else "conflict.none"))
