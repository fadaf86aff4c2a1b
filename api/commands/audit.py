"""audit: the log, verified, shown, in a file and replayed."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from string import hexdigits
from typing import Annotated

import typer

from api.commands.help import LocalCommand, new_group
from api.commands.log_export import action_in_words, as_json, write_log
from api.commands.options import Format, Language, Number, Output, School
from api.commands.output import console, write_json
from api.commands.records import Force, may_write, writing
from api.commands.session import session_of
from matcher.errors import InvalidValue
from matcher.locale import say
from matcher.policy import COMMAND_LINE
from matcher.services import audit as log

audit = new_group("audit")
_SHOWN = 50
"""Log entries shown by default."""
_SEAL_SHOWN = 16
"""Characters of a seal that are shown, and enough to recognise it."""


@audit.command("verify", cls=LocalCommand)
def verify(
    context: typer.Context,
    known: Annotated[str | None, typer.Option("--known")] = None,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Recomputes every seal of the log, and whether anything was cut off; exit code 1 if something does not fit."""
    session = session_of(context)
    verdict = log.verify(session.store_app, COMMAND_LINE, _entry_kept(known))
    session.code = 0 if verdict.wrong is None else 1
    if output is Format.JSON:
        write_json({"ok": verdict.wrong is None, **asdict(verdict)})
    elif verdict.wrong is not None:
        sentence = session.say(f"trust.log_wrong_{verdict.problem}", number=str(verdict.wrong), count=verdict.entries)
        console().print(sentence)
    else:
        newest = f"{verdict.number}:{verdict.last[:_SEAL_SHOWN]}"
        console().print(session.say("trust.log_well", count=verdict.entries, newest=newest))


def _entry_kept(text: str | None) -> tuple[int, str] | None:
    """`812:9f86d081884c7d65`, as `verify` shows the newest entry. Raises InvalidValue."""
    if text is None:
        return None
    number, _, seal = text.strip().partition(":")
    if not number.isascii() or not number.isdigit() or len(seal) < _SEAL_SHOWN or set(seal) - set(hexdigits):
        raise InvalidValue("not_an_entry", value=text[:80])
    return int(number), seal.lower()


@audit.command("show", cls=LocalCommand)
def show(
    context: typer.Context,
    top: Annotated[int, typer.Option("--top", min=1, max=10_000)] = _SHOWN,
    school: School = None,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """The newest entries of the log."""
    session = session_of(context)
    entries = log.page(session.store_app, COMMAND_LINE, school=school, limit=top)
    if output is Format.JSON:
        write_json([as_json(entry) for entry in entries])
        return
    for entry in entries:
        role = say(session.language, f"words.role.{entry.role}")
        action = action_in_words(session.language, entry.action)
        console().print(
            f"{entry.id:>6}  {entry.at:%Y-%m-%d %H:%M} UTC  {role}  {action}", markup=False, highlight=False
        )


class LogForm(StrEnum):
    """The form of an exported log: its entries as they are, or the Logboek Dataverwerkingen."""

    JSON = "json"
    LOGBOEK = "logboek"


@audit.command("export", cls=LocalCommand)
def export_log(
    context: typer.Context,
    out: Path,
    output: Annotated[LogForm, typer.Option("--format")] = LogForm.JSON,
    school: School = None,
    force: Force = False,
    lang: Language = None,
) -> None:
    """The whole log in a file."""
    session = session_of(context)
    may_write(out, (".jsonl",), force=force)
    entries = log.whole(session.store_app, COMMAND_LINE, school=school)
    activities = session.settings.processing_activities if output is LogForm.LOGBOEK else None
    with writing(out):
        count = write_log(out, entries, session.language, activities)
    console().print(session.say("trust.log_written", file=str(out), count=count))


@audit.command("replay", cls=LocalCommand)
def replay(context: typer.Context, number: Number, output: Output = Format.TABLE, lang: Language = None) -> None:
    """Replays a logged ranking; exit code 1 if the outcome is not the same."""
    from matcher.services.replay import replay as replay_entry

    session = session_of(context)
    result = replay_entry(session.app, COMMAND_LINE, number)
    session.code = 0 if result == "same" else 1
    if output is Format.JSON:
        write_json({"entry": number, "result": result})
        return
    console().print(session.say(f"trust.replay_{result}", number=str(number)))
