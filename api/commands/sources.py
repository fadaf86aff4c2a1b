"""sync: courses from other systems."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import Format, Language, Output
from api.commands.output import console, write_json
from api.commands.records import show_report
from api.commands.session import choice, session_of, shown_progress
from matcher.policy import COMMAND_LINE


def sync(
    context: typer.Context,
    form: str,
    file: Annotated[Path, typer.Argument()],
    source: Annotated[str, typer.Option("--source")],
    provider: Annotated[str | None, typer.Option("--provider")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    even_so: Annotated[bool, typer.Option("--even-so")] = False,
    delta: Annotated[bool, typer.Option("--delta")] = False,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Makes the courses of a source what its document says."""
    from matcher.services import feeds

    session = session_of(context)
    wanted = choice(session, form, "source_forms")
    with shown_progress(session, "progress.importing") as progress:
        done = feeds.sync_file(
            session.store_app,
            COMMAND_LINE,
            file,
            wanted,
            source=source,
            provider=provider or "",
            dry_run=dry_run,
            agreed=even_so,
            whole=not delta,
            progress=progress,
        )
    session.code = done.report.exit_code
    if output is Format.JSON:
        write_json({"source": source, "gone": done.gone, **done.report.to_dict(session.language)})
        return
    show_report(session, done.report)
    if done.gone:
        console().print(session.say("report.gone", count=done.gone))
