"""recognitions: which companies may have trainees of which programmes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import Format, Language, Output
from api.commands.output import console, write_json
from api.commands.records import tell_report
from api.commands.session import session_of
from api.commands.sources import token_in
from api.source_server import opened
from matcher.errors import InvalidValue
from matcher.policy import COMMAND_LINE


def recognitions(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument()] = None,
    url: Annotated[str | None, typer.Option("--url")] = None,
    token_file: Annotated[Path | None, typer.Option("--token-file")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    local: Annotated[bool, typer.Option("--local")] = False,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Keeps which companies are recognised for which programmes: of a table, or of a server that is asked."""
    from matcher.services import recognition

    session = session_of(context)
    if (file is None) == (url is None) or (url is not None and dry_run):
        raise InvalidValue("source_where")
    if file is not None:
        report = recognition.read_file(session.store_app, COMMAND_LINE, file, dry_run=dry_run)
        tell_report(session, report, output)
        return
    with opened(token_in(token_file), local=local) as ask:
        counts = recognition.ask_server(session.store_app, COMMAND_LINE, ask, url or "")
    if output is Format.JSON:
        write_json(counts)
        return
    console().print(session.say("recognitions.asked", **counts))
