"""import, template and export: spreadsheets in and out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import Format, Language, Output, School
from api.commands.output import console, print_indented, write_json
from api.commands.session import Session, choice, session_of, shown_progress
from matcher.domain.records import RecordKind
from matcher.errors import InvalidValue
from matcher.policy import COMMAND_LINE

if TYPE_CHECKING:
    from matcher.domain.kinds import Purpose
    from matcher.spreadsheets.report import Report
    from matcher.spreadsheets.targets import Target, Wishes

MOST_LINES = 34
"""Lines of a report on screen; JSON has everything."""
_LEAST_LINES, _LINE = 2, 74
"""Lines of each part of it at least, and characters of a line."""

File = Annotated[Path, typer.Argument()]
Force = Annotated[bool, typer.Option("--force")]


def import_records(
    context: typer.Context,
    kind: str,
    file: File,
    school: School = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    mapping: Annotated[Path | None, typer.Option("--mapping")] = None,
    sheet: Annotated[str | None, typer.Option("--sheet")] = None,
    accept: Annotated[list[str] | None, typer.Option("--accept")] = None,
    answer: Annotated[list[str] | None, typer.Option("--answer")] = None,
    own_field: Annotated[list[str] | None, typer.Option("--own-field")] = None,
    remarks: Annotated[Path | None, typer.Option("--remarks")] = None,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Imports a spreadsheet into the database."""
    from matcher.services import history, imports
    from matcher.spreadsheets.annotate import write_annotated

    session = session_of(context)
    wanted = choice(session, kind, "import_kinds")
    if wanted == "undo":
        _undo(session, str(file), output)
        return
    wishes = _wishes(mapping, sheet, accept or [], answer or [], own_field or [])
    if remarks is not None:
        may_write(remarks, (".xlsx",), force=False)
    with shown_progress(session, "progress.importing") as progress:
        if wanted == "places":
            report = imports.import_places(session.store_app, COMMAND_LINE, file, dry_run=dry_run)
        elif wanted == "history":
            report = history.bring(session.store_app, COMMAND_LINE, file, school=school, sheet=sheet, dry_run=dry_run)
        else:
            report = imports.import_records(
                session.store_app,
                COMMAND_LINE,
                file,
                RecordKind(wanted),
                school=school,
                dry_run=dry_run,
                wishes=wishes,
                progress=progress,
            )
    if remarks is not None and wanted not in {"places", "history"}:
        with writing(remarks):
            write_annotated(file, remarks, RecordKind(wanted), report.to_dict(session.language), session.language)
    tell_report(session, report, output)


def _undo(session: Session, import_id: str, output: Format) -> None:
    """Takes one import back, and names what it leaves."""
    from matcher.services import undo
    from matcher.spreadsheets.columns import headers_of

    done = undo.undo(session.store_app, COMMAND_LINE, import_id)
    session.code = 1 if done.left else 0
    if output is Format.JSON:
        left = [
            {"id": item.id, "owner": item.owner, "because": item.because, "fields": headers_of(item.fields, done.kind)}
            for item in done.left
        ]
        counts = {"kind": done.kind.value, "restored": done.restored, "removed": done.removed, "left": left}
        write_json({"import_id": import_id, **counts, "before": done.before and done.before.isoformat()})
        return
    terminal = console()
    if done.before is not None:
        terminal.print(session.say("undo.before", day=done.before))
        return
    terminal.print(session.say("undo.done", restored=done.restored, removed=done.removed))
    if done.left:
        terminal.print(session.say("undo.left", count=len(done.left)))
        for item in done.left[:MOST_LINES]:
            code, fields = f"undo.{item.because}", headers_of(item.fields, done.kind)
            code = f"{code}_fields" if fields else code
            text = session.say(code, id=item.id, owner=item.owner, fields=", ".join(fields))
            print_indented(terminal, text, 2, "- ")
        if len(done.left) > MOST_LINES:
            print_indented(terminal, session.say("report.more", count=len(done.left) - MOST_LINES), 2)


def own_columns(said: list[str]) -> dict[str, Target | None]:
    """Columns to keep as own fields: `Hobby`, or `Hobby=Vrije tijd | keuze | niet persoonlijk`."""
    from matcher.spreadsheets.own import OWN
    from matcher.spreadsheets.targets import Target

    parts = [text.partition("=") for text in said]
    return {header.strip(): Target(OWN, word.strip() or None) for header, _, word in parts}


def _wishes(
    mapping: Path | None, sheet: str | None, accept: list[str], answers: list[str], own_fields: list[str]
) -> Wishes:
    """What was said beforehand. Raises InvalidValue for an unknown answer, and what a mapping file raises."""
    from matcher.spreadsheets.mapping_file import read_mapping
    from matcher.spreadsheets.questions import ACCEPTED
    from matcher.spreadsheets.targets import Wishes

    accepted = [word.strip() for listed in accept for word in listed.split(",")]
    for word in accepted:
        if word not in ACCEPTED:
            raise InvalidValue("not_a_choice", value=word[:40], choices=list(ACCEPTED))
    said: dict[str, str] = {}
    for text in answers:
        code, equals, value = text.partition("=")
        if not equals or not value.strip():
            raise InvalidValue("import_answer", value=text[:40])
        said[code.strip()] = value.strip()
    return Wishes(
        mapping=({} if mapping is None else dict(read_mapping(mapping))) | own_columns(own_fields),
        sheet=sheet,
        accept=frozenset(accepted),
        answers=said,
    )


def tell_report(session: Session, report: Report, output: Format) -> None:
    """The report as it is asked for; the command ends with its exit code."""
    session.code = report.exit_code
    if output is Format.JSON:
        write_json(report.to_dict(session.language))
    else:
        show_report(session, report)


def show_report(session: Session, report: Report) -> None:
    """The report on at most a screen: counts, then one line for each thing."""
    from matcher.spreadsheets.summary import sections

    terminal = console()
    counts = {name: getattr(report, name) for name in ("created", "updated", "unchanged", "refused")}
    terminal.print(session.say("report.summary", file=report.file, **counts))
    told = sections(report, session.language)
    left = MOST_LINES
    for place, (title, lines) in enumerate(told):
        terminal.print(title)
        room = max(_LEAST_LINES, left // (len(told) - place))
        shown = 0
        for line in lines:
            height = 1 + len(line) // _LINE
            if shown and height > room:
                break
            print_indented(terminal, line, 2, "- ")
            room -= height
            left -= height
            shown += 1
        if shown < len(lines):
            more = session.say("report.more", count=len(lines) - shown)
            print_indented(terminal, more, 2)
    if report.import_id is not None:
        terminal.print(session.say("report.import_id", id=report.import_id))
    if report.dry_run:
        terminal.print(session.say("report.dry_run"))
    elif report.stopped:
        terminal.print(session.say("report.stopped"))


def template(
    context: typer.Context, kind: str, out: File, school: School = None, force: Force = False, lang: Language = None
) -> None:
    """An empty spreadsheet to fill in; with a school, without the kinds of areas that it closed."""
    from matcher.spreadsheets.template import write_template

    session = session_of(context)
    wanted = RecordKind(choice(session, kind, "record_kinds"))
    may_write(out, (".xlsx",), force=force)
    closed: Collection[Purpose] = ()
    if school is not None:
        from matcher.services import school_settings

        closed = school_settings.closed_at(session.store_app, COMMAND_LINE, session.owner(school) or "")
    with writing(out):
        write_template(wanted, out, session.language, closed)
    console().print(session.say("written.template", file=str(out), kind=wanted.value))


def export(
    context: typer.Context,
    kind: str,
    out: File,
    school: School = None,
    force: Force = False,
    lang: Language = None,
) -> None:
    """Exports records of a kind, the best alumni of open requests, or what alumni gave and had, to a spreadsheet."""
    from matcher.services import exports

    session = session_of(context)
    wanted = choice(session, kind, "export_kinds")
    may_write(out, (".xlsx", ".csv"), force=force)
    with writing(out), shown_progress(session, "progress.matching") as progress:
        if wanted == "matches":
            count = exports.export_matches(
                session.app, COMMAND_LINE, out, session.language, school=school, progress=progress
            )
        elif wanted == "ledger":
            count = exports.export_ledger(session.store_app, COMMAND_LINE, out, session.language, school=school)
        else:
            count = exports.export_records(session.store_app, COMMAND_LINE, out, RecordKind(wanted), school=school)
    console().print(session.say("written.export", file=str(out), count=count))


def may_write(out: Path, endings: tuple[str, ...], *, force: bool) -> None:
    """Raises InvalidValue for a file with another ending, or one that exists."""
    if out.suffix.lower() not in endings:
        raise InvalidValue("file_ending", file=out.name, endings=list(endings))
    if out.exists() and not force:
        raise InvalidValue("file_exists", file=out.name)


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Turns a failure to write into a sentence; the writers themselves leave nothing half-written."""
    try:
        yield
    except OSError as error:
        raise InvalidValue("file_not_written", file=out.name, problem=error.strerror or "") from None
