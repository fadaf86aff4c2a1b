"""sync, sources: courses and alumni from other systems."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import Format, Language, Output
from api.commands.output import console, write_json
from api.commands.records import show_report
from api.commands.session import Session, choice, day, session_of, shown_progress
from api.source_server import opened
from matcher.errors import InvalidValue, UnreadableFile
from matcher.policy import COMMAND_LINE
from matcher.sources import STUDENTS
from matcher.sources.documents import ZONE

if TYPE_CHECKING:
    from matcher.services.sourcing import Synced, Syncing
    from matcher.sources.servers import Ask


def sync(
    context: typer.Context,
    form: str,
    source: Annotated[str, typer.Option("--source")],
    file: Annotated[Path | None, typer.Argument()] = None,
    url: Annotated[str | None, typer.Option("--url")] = None,
    token_file: Annotated[Path | None, typer.Option("--token-file")] = None,
    since: Annotated[str | None, typer.Option("--since")] = None,
    provider: Annotated[str | None, typer.Option("--provider", "--school")] = None,
    allow: Annotated[list[str] | None, typer.Option("--allow")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    even_so: Annotated[bool, typer.Option("--even-so")] = False,
    delta: Annotated[bool, typer.Option("--delta")] = False,
    local: Annotated[bool, typer.Option("--local")] = False,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Makes the courses of a source what its document or its server says; takes in the alumni of a student system."""
    from matcher.services.sourcing import Syncing

    session = session_of(context)
    wanted = choice(session, form, "source_forms")
    if (file is None) == (url is None):
        raise InvalidValue("source_where")
    with shown_progress(session, "progress.importing") as progress:
        how = Syncing(
            source, provider or "", allow or None, since=day(since), dry_run=dry_run, agreed=even_so, whole=not delta,
            progress=progress,
        )  # fmt: skip
        if file is not None:
            done = _of_file(session, file, wanted, how)
        else:
            if wanted == STUDENTS and delta:
                raise InvalidValue("students_no_delta")
            with opened(token_in(token_file), local=local) as ask:
                done = _of_server(session, ask, url or "", wanted, how)
    _show(session, done, source, output)


def _of_file(session: Session, file: Path, form: str, how: Syncing) -> Synced:
    """Reads a document of a source."""
    from matcher.services import feeds, students

    app = session.store_app
    if form == STUDENTS:
        return students.sync_file(app, COMMAND_LINE, file, how=how)
    return feeds.sync_file(app, COMMAND_LINE, file, form, how=how)


def _of_server(session: Session, ask: Ask, url: str, form: str, how: Syncing) -> Synced:
    """Reads the server of a source."""
    from matcher.services import feeds, students

    app = session.store_app
    if form == STUDENTS:
        return students.sync_server(app, COMMAND_LINE, ask, url, how=how)
    return feeds.sync_server(app, COMMAND_LINE, ask, url, form, how=how)


def _show(session: Session, done: Synced, source: str, output: Format) -> None:
    """Prints what a reading did, with the exit code of an import."""
    session.code = done.report.exit_code
    if output is Format.JSON:
        write_json({"source": source, "gone": done.gone, **done.report.to_dict(session.language)})
        return
    show_report(session, done.report)
    if done.gone:
        console().print(session.say("report.gone", count=done.gone))


def sources(
    context: typer.Context,
    remove: Annotated[str | None, typer.Option("--remove")] = None,
    close: Annotated[bool, typer.Option("--close")] = False,
    sure: Annotated[bool, typer.Option("--yes")] = False,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """The last readings of all sources, the newest first; with `--remove` one of them is removed, its courses not."""
    from matcher.services import feeds

    session = session_of(context)
    if remove is not None:
        _remove(session, remove, output, close=close, sure=sure)
        return
    if close or sure:
        raise InvalidValue("source_remove_which")
    found = feeds.runs(session.store_app, COMMAND_LINE)
    if output is Format.JSON:
        names = ("created", "updated", "unchanged", "gone", "refused", "remarks")
        write_json(
            [
                {"source": one.name, "form": one.form, "ran_at": f"{run.ran_at.isoformat(timespec='seconds')}Z"}
                | {name: getattr(run, name) for name in names}
                for one, run in found
            ]
        )
        return
    if not found:
        console().print(session.say("sources.none"))
    for one, run in found:
        values = {name: getattr(run, name) for name in ("created", "updated", "unchanged", "gone", "refused")}
        when = run.ran_at.replace(tzinfo=UTC).astimezone(ZONE)
        console().print(session.say("sources.run", source=one.name, when=f"{when:%d-%m-%Y %H:%M}", **values))


def _remove(session: Session, name: str, output: Format, *, close: bool, sure: bool) -> None:
    """Removes a source; without `sure` it says what would go, and does nothing."""
    from matcher.services import connectors

    found = connectors.removable(session.store_app, COMMAND_LINE, " ".join(name.split()))
    if not sure:
        code = "source_sure_close" if close else "source_sure"
        raise InvalidValue(code, source=found.source.name, count=found.courses)
    removed = connectors.remove(session.store_app, COMMAND_LINE, found.source.key, close=close)
    if output is Format.JSON:
        write_json({"removed": found.source.name, "closed": removed.closed, "import_id": removed.import_id})
        return
    console().print(session.say("sources.removed", source=found.source.name))
    if removed.import_id:
        console().print(session.say("sources.closed", count=removed.closed, id=removed.import_id))


def token_in(path: Path | None, *, missing: str = "source_missing") -> str | None:
    """The token of a source, from a file of its own: what is typed stays in a shell. Raises UnreadableFile(missing)."""
    if path is None:
        return None
    try:
        return path.read_text("utf-8").strip() or None
    except (OSError, ValueError):
        raise UnreadableFile(missing, file=path.name) from None
