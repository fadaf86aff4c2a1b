"""programmes: names of programmes that are known by code alone, from RIO, and codes that replace others."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import Format, Language, Output
from api.commands.output import console, write_json
from api.commands.records import tell_report
from api.commands.session import session_of
from api.commands.sources import token_in
from api.source_server import opened
from matcher.policy import COMMAND_LINE

RIO = "https://lod.onderwijsregistratie.nl/rio-api"


def programmes(
    context: typer.Context,
    links: Annotated[Path | None, typer.Option("--links")] = None,
    url: Annotated[str, typer.Option("--url")] = RIO,
    token_file: Annotated[Path | None, typer.Option("--token-file")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    local: Annotated[bool, typer.Option("--local")] = False,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Fills in names and levels that were told by code alone, as RIO has them; or reads which codes replace others."""
    from matcher.services import programmes as services

    session = session_of(context)
    if links is not None:
        report = services.read_links(session.store_app, COMMAND_LINE, links, dry_run=dry_run)
        tell_report(session, report, output)
        return
    with opened(token_in(token_file), local=local) as ask:
        done = services.complete(session.store_app, COMMAND_LINE, ask, url, dry_run=dry_run)
    if output is Format.JSON:
        write_json(asdict(done))
        return
    told = "programmes.foreseen" if dry_run else "programmes.done" if done.import_id else "programmes.nothing"
    values = {"codes": done.codes, "found": done.found, "alumni": done.alumni, "id": done.import_id or ""}
    console().print(session.say(told, **values))
    if done.courses:
        console().print(session.say("programmes.courses", count=done.courses))
