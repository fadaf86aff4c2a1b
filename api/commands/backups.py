"""backup and restore: copies of the database, and back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import Format, Language, Output
from api.commands.output import console, print_indented, say_error, write_json
from api.commands.records import Force, writing
from api.commands.session import Session, session_of
from matcher.errors import InvalidValue
from matcher.policy import COMMAND_LINE

if TYPE_CHECKING:
    from matcher.ports import Backups
    from matcher.services.app import StoreApp
    from matcher.services.backups import Rehearsal, Restored

WithoutJournal = Annotated[bool, typer.Option("--without-journal")]
_COUNTS = (
    "erased",
    "uncertain",
    "withdrawn",
    "objections",
    "unknown",
    "damaged",
    "held",
    "sessions",
    "links",
    "tokens",
)
_NOT_IN_IT = ("keys", "cache", "journal", "settings")


def _parts(session: Session) -> tuple[StoreApp, Backups]:
    from api.wiring import build_backups

    return session.unopened_app, build_backups(session.settings)


def backup(
    context: typer.Context,
    file: Path,
    check: Annotated[bool, typer.Option("--check")] = False,
    without_journal: WithoutJournal = False,
    force: Force = False,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """A consistent copy of the database while it is in use; `--check` restores it in a temporary place."""
    from matcher.services import backups

    session = session_of(context)
    if file.exists() and not force:
        raise InvalidValue("file_exists", file=file.name)
    app, copies = _parts(session)
    with writing(file):
        copy = backups.back_up(app, COMMAND_LINE, copies, file)
    lacks_journal = without_journal or session.settings.erasure_journal is None
    if output is not Format.JSON:  # before the rehearsal: whatever comes of that, the back-up is there
        terminal = console()
        terminal.print(session.say("backup.made", file=str(file), size=round(copy.size / 1e6, 2)))
        for part in _NOT_IN_IT:
            print_indented(terminal, session.say(f"backup.without_{part}"), 2, "- ")
        if session.settings.erasure_journal is None:
            say_error(session.say("backup.no_journal"))
    rehearsal = None
    if check:
        rehearsal = backups.rehearse(app, COMMAND_LINE, copies, file, without_journal=lacks_journal)
        session.code = 1 if rehearsal.problems else 0
    if output is Format.JSON:
        write_json(
            {"file": str(file), **asdict(copy), "rehearsal": _problems(rehearsal), "not_in_it": list(_NOT_IN_IT)}
        )
    elif rehearsal is not None:
        _say_rehearsal(session, rehearsal)


def restore(
    context: typer.Context,
    file: Path,
    sure: Annotated[bool, typer.Option("--yes")] = False,
    check: Annotated[bool, typer.Option("--check")] = False,
    without_journal: WithoutJournal = False,
    keep_version: Annotated[bool, typer.Option("--keep-version")] = False,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Replaces the database by a back-up; `--check` only tries it, in a temporary place."""
    from matcher.services import backups

    session = session_of(context)
    if not file.is_file():
        raise InvalidValue("backup_not_there", file=file.name)
    app, copies = _parts(session)
    lacks_journal = without_journal or session.settings.erasure_journal is None
    if check:
        rehearsal = backups.rehearse(app, COMMAND_LINE, copies, file, without_journal=lacks_journal)
        session.code = 1 if rehearsal.problems else 0
        if output is Format.JSON:
            write_json({"problems": list(rehearsal.problems), **asdict(rehearsal.restored)})
        else:
            _say_rehearsal(session, rehearsal)
        return
    restored = backups.restore(
        app, COMMAND_LINE, copies, file, sure=sure, without_journal=without_journal, keep_version=keep_version
    )
    session.code = 1 if restored.damaged else 0
    if output is Format.JSON:
        write_json({"file": str(file), **asdict(restored)})
        return
    console().print(session.say("backup.restored", file=str(file), count=restored.alumni, version=restored.version))
    _say_counts(session, restored)
    console().print(session.say("backup.look_at"))


def _problems(rehearsal: Rehearsal | None) -> list[str] | None:
    return None if rehearsal is None else list(rehearsal.problems)


def _say_rehearsal(session: Session, rehearsal: Rehearsal) -> None:
    if rehearsal.problems:
        console().print(session.say("backup.differs", parts=", ".join(rehearsal.problems)))
        return
    console().print(session.say("backup.rehearsed", count=rehearsal.restored.alumni))
    if not rehearsal.restored.has_journal or any(getattr(rehearsal.restored, name) for name in _COUNTS):
        console().print(session.say("backup.would"))
    _say_counts(session, rehearsal.restored)


def _say_counts(session: Session, restored: Restored) -> None:
    terminal = console()
    if not restored.has_journal:
        print_indented(terminal, session.say("backup.lacks_journal"), 2, "- ")
    for name in _COUNTS:
        count = getattr(restored, name)
        if count:
            print_indented(terminal, session.say(f"backup.{name}", count=count), 2, "- ")
