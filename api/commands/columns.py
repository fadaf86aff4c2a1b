"""columns: which column of a file is which field."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import Format, Language, Output, School
from api.commands.output import console, write_json
from api.commands.records import Force, may_write, own_columns, writing
from api.commands.session import Session, choice, session_of
from matcher.domain.records import RecordKind
from matcher.locale import say
from matcher.policy import COMMAND_LINE

if TYPE_CHECKING:
    from matcher.services.columns import Columns
    from matcher.spreadsheets.targets import Guess

File = Annotated[Path, typer.Argument()]
Out = Annotated[Path | None, typer.Option("--out")]
Given = Annotated[Path | None, typer.Option("--mapping")]
Sheet = Annotated[str | None, typer.Option("--sheet")]


def columns(
    context: typer.Context,
    kind: str,
    file: File,
    school: School = None,
    mapping: Given = None,
    sheet: Sheet = None,
    own_field: Annotated[list[str] | None, typer.Option("--own-field")] = None,
    out: Out = None,
    force: Force = False,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Shows which column of a file is which field, and writes that down to change it."""
    from matcher.services import columns as service
    from matcher.spreadsheets.mapping_file import read_mapping, write_mapping
    from matcher.spreadsheets.targets import Wishes

    session = session_of(context)
    wanted = RecordKind(choice(session, kind, "record_kinds"))
    if out is not None:
        may_write(out, (".toml",), force=force)
    told = {} if mapping is None else dict(read_mapping(mapping))
    wishes = Wishes(mapping=told | own_columns(own_field or []), sheet=sheet)
    found = service.look(session.store_app, COMMAND_LINE, file, wanted, school=school, wishes=wishes)
    if output is Format.JSON:
        write_json(_document(found))
    else:
        _show(session, found)
    if out is not None:
        with writing(out):
            write_mapping(out, found.guesses)
        if output is Format.TABLE:
            console().print(say(session.language, "mapping.written", file=str(out)))


def _document(found: Columns) -> dict[str, object]:
    return {
        "file": found.block.file,
        "sheet": found.block.sheet,
        "known": found.known,
        "columns": [
            {
                "position": guess.position + 1,
                "header": guess.header,
                "field": None if guess.target is None else guess.target.field,
                "word": None if guess.target is None else guess.target.word,
                "how": guess.how.value,
                "sure": guess.sure,
                "forbidden": guess.forbidden,
                "others": [{"field": other.field, "word": other.word} for other in guess.others],
                "examples": list(guess.examples),
            }
            for guess in found.guesses
        ],
    }


def _show(session: Session, found: Columns) -> None:
    from rich.table import Table

    language = session.language
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for name in ("header", "field", "how"):
        table.add_column(say(language, f"mapping.table.{name}"), overflow="fold", max_width=22)
    table.add_column(say(language, "mapping.table.examples"), overflow="ellipsis", no_wrap=True)
    shown = [guess for guess in found.guesses if guess.header or guess.examples]
    for guess in shown:
        table.add_row(_name(guess), _meaning(session, guess), _how(session, guess), "\n".join(guess.examples))
    terminal = console()
    terminal.print(table)
    used = sum(guess.target is not None for guess in shown)
    terminal.print(say(language, "mapping.summary", used=used, total=len(shown), file=found.block.file))


def _name(guess: Guess) -> str:
    return " ".join(guess.header.split())[:60] or f"#{guess.position + 1}"


def _meaning(session: Session, guess: Guess) -> str:
    from matcher.spreadsheets.mapping_file import text_of_target

    if guess.forbidden is not None:
        return say(session.language, f"mapping.forbidden.{guess.forbidden}")
    if guess.target is not None:
        return text_of_target(guess.target)
    others = ", ".join(text_of_target(other) for other in guess.others[:2])
    return say(session.language, "mapping.table.unknown_maybe", others=others) if others else "-"


def _how(session: Session, guess: Guess) -> str:
    if guess.forbidden is not None:
        return "-"
    how = say(session.language, f"mapping.how.{guess.how.value}")
    return f"{how} {round(guess.sure * 100)}%" if guess.sure else how
