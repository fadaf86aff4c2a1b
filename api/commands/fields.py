"""fields: own fields of a school."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.help import LocalCommand, new_group
from api.commands.options import Format, Language, Output, School
from api.commands.output import console, print_indented, write_json
from api.commands.session import session_of
from matcher.errors import InvalidValue
from matcher.locale import say
from matcher.policy import COMMAND_LINE

if TYPE_CHECKING:
    from matcher.domain.own_fields import OwnField

fields = new_group("fields")
Choices = Annotated[list[str] | None, typer.Option("--choice")]


@fields.command("list", cls=LocalCommand)
def list_(context: typer.Context, school: School = None, output: Output = Format.TABLE, lang: Language = None) -> None:
    """Names the own fields, and how many alumni have a value of each."""
    from matcher.services import own_fields

    session = session_of(context)
    found = own_fields.listed(session.store_app, COMMAND_LINE, session.owner(school))
    if output is Format.JSON:
        write_json({"fields": [{**_document(one.field), "count": one.count} for one in found]})
        return
    terminal, language = console(), session.language
    if not found:
        terminal.print(say(language, "own_fields.empty"))
    for one in found:
        personal = say(language, f"own_fields.personal_{'yes' if one.field.personal else 'no'}")
        kind = say(language, f"own_fields.kind.{one.field.kind}")
        line = say(language, "own_fields.line", name=one.field.name, kind=kind, personal=personal)
        counted = say(language, "own_fields.count", count=one.count)
        print_indented(terminal, f"{line} ({one.field.school}). {counted}", 2, "- ")
        if one.field.choices:
            print_indented(terminal, say(language, "own_fields.choices", choices=", ".join(one.field.choices)), 2)


def _document(field: OwnField) -> dict[str, object]:
    return {
        "school": field.school,
        "name": field.name,
        "kind": field.kind.value,
        "personal": field.personal,
        "choices": list(field.choices),
        "made_at": field.created_at.isoformat(timespec="seconds"),
        "made_by": field.role,
    }


@fields.command("add", cls=LocalCommand)
def add(
    context: typer.Context,
    name: str,
    school: School = None,
    kind: Annotated[str, typer.Option("--kind")] = "text",
    choice: Choices = None,
    personal: Annotated[bool, typer.Option("--personal/--not-personal")] = True,
    lang: Language = None,
) -> None:
    """Makes an own field, to be filled by imports."""
    from matcher.domain.own_fields import OwnSpec
    from matcher.services import own_fields
    from matcher.spreadsheets.own import KINDS

    session = session_of(context)
    words = {**KINDS, **{known.value: known for known in KINDS.values()}}
    if kind not in words:
        raise InvalidValue("not_a_choice", value=kind[:40], choices=list(dict.fromkeys(KINDS)))
    spec = OwnSpec(" ".join(name.split()), words[kind], personal, tuple(choice or ()))
    own_fields.add(session.store_app, COMMAND_LINE, spec, session.owner(school))
    console().print(say(session.language, "own_fields.added", name=spec.name))


@fields.command("rename", cls=LocalCommand)
def rename(context: typer.Context, name: str, new: str, school: School = None, lang: Language = None) -> None:
    """Gives an own field another name; its values stay."""
    from matcher.services import own_fields

    session, wanted = session_of(context), " ".join(new.split())
    own_fields.rename(session.store_app, COMMAND_LINE, name, wanted, session.owner(school))
    console().print(say(session.language, "own_fields.renamed", name=wanted))


@fields.command("choices", cls=LocalCommand)
def choices(
    context: typer.Context, name: str, choice: Choices = None, school: School = None, lang: Language = None
) -> None:
    """Adds to what may be chosen."""
    from matcher.services import own_fields

    session = session_of(context)
    field = own_fields.add_choices(session.store_app, COMMAND_LINE, name, choice or (), session.owner(school))
    count = len(field.choices)
    console().print(say(session.language, "own_fields.choices_added", name=field.name, count=count))


@fields.command("remove", cls=LocalCommand)
def remove(
    context: typer.Context,
    name: str,
    school: School = None,
    sure: Annotated[bool, typer.Option("--yes")] = False,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Removes an own field with the values of it; without `--yes` it says of how many alumni, and does nothing."""
    from matcher.domain.own_fields import own_key
    from matcher.services import own_fields

    session = session_of(context)
    owner, language = session.owner(school), session.language
    if not sure:
        there = own_fields.listed(session.store_app, COMMAND_LINE, owner)
        count = sum(one.count for one in there if own_key(one.field.name) == own_key(name))
        raise InvalidValue("own_field_sure", name=name[:50], count=count)
    count = own_fields.remove(session.store_app, COMMAND_LINE, name, owner)
    if output is Format.JSON:
        write_json({"removed": name, "count": count})
        return
    console().print(say(language, "own_fields.removed", name=name, count=count))
