"""vocabulary: vocabularies of skills, and how the labels of a school are understood."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.help import LocalCommand, new_group
from api.commands.options import Format, Language, Output, School
from api.commands.output import console, print_indented, write_json
from api.commands.session import choice, session_of
from api.commands.sources import token_in
from api.source_server import opened
from matcher.errors import InvalidValue
from matcher.policy import COMMAND_LINE

if TYPE_CHECKING:
    from matcher.repositories.vocabularies import KeptVocabulary

vocabulary = new_group("vocabulary")


@vocabulary.command("import", cls=LocalCommand)
def import_(
    context: typer.Context,
    form: str,
    files: Annotated[list[Path] | None, typer.Argument()] = None,
    version: Annotated[str, typer.Option("--version")] = "",
    url: Annotated[str | None, typer.Option("--url")] = None,
    apikey_file: Annotated[Path | None, typer.Option("--apikey-file")] = None,
    local: Annotated[bool, typer.Option("--local")] = False,
    lang: Language = None,
) -> None:
    """Uses a vocabulary from now on: ESCO from files, or CompetentNL from its endpoint."""
    from matcher.services import vocabularies
    from matcher.sources.competentnl import ADDRESS

    session = session_of(context)
    if choice(session, form, "vocabulary_forms") == "esco":
        if not files:
            raise InvalidValue("vocabulary_no_skills")
        kept = vocabularies.import_esco(session.store_app, COMMAND_LINE, files, version)
    else:
        with opened(_key(apikey_file), key_header="apikey", local=local) as ask:
            kept = vocabularies.import_competentnl(session.store_app, COMMAND_LINE, ask, url or ADDRESS)
    console().print(session.say("vocabulary.kept", **_values(kept)))
    console().print(session.say("vocabulary.licence", licence=kept.licence))


@vocabulary.command("list", cls=LocalCommand)
def list_(context: typer.Context, output: Output = Format.TABLE, lang: Language = None) -> None:
    """The vocabularies in use, with what must be said of them."""
    from matcher.services import vocabularies

    session = session_of(context)
    found = vocabularies.in_use(session.store_app, COMMAND_LINE)
    if output is Format.JSON:
        write_json({"vocabularies": [_values(one) | {"licence": one.licence, "digest": one.digest} for one in found]})
        return
    if not found:
        console().print(session.say("vocabulary.none"))
    for one in found:
        console().print(session.say("vocabulary.line", **_values(one)))
        print_indented(console(), session.say("vocabulary.licence", licence=one.licence), 2)


@vocabulary.command("stop", cls=LocalCommand)
def stop(context: typer.Context, name: str, lang: Language = None) -> None:
    """Uses a vocabulary no more."""
    from matcher.services import vocabularies

    session = session_of(context)
    vocabularies.stop(session.store_app, COMMAND_LINE, choice(session, name, "vocabulary_forms"))
    console().print(session.say("vocabulary.stopped", name=name))


@vocabulary.command("labels", cls=LocalCommand)
def labels(context: typer.Context, school: School = None, output: Output = Format.TABLE, lang: Language = None) -> None:
    """How the labels of a school are understood, and which mean nothing that a vocabulary knows."""
    from matcher.services import vocabularies

    session = session_of(context)
    found = vocabularies.labels(session.app, COMMAND_LINE, session.owner(school))
    if output is Format.JSON:
        write_json({"labels": [_document(one) for one in found]})
        return
    terminal = console()
    for one in found:
        terminal.print(session.say("vocabulary.label", label=one.key, alumni=one.alumni, asked=one.asked))
        for meaning in one.meanings:
            name, state = meaning.name(session.language), session.say(f"vocabulary.{meaning.state}")
            print_indented(terminal, session.say("vocabulary.meaning", name=name, uri=meaning.uri, state=state), 2)
        if not one.meanings:
            print_indented(terminal, session.say("vocabulary.by_name"), 2)
    linked = sum(one.is_linked for one in found)
    terminal.print(session.say("vocabulary.linked", linked=linked, count=len(found)))


@vocabulary.command("decide", cls=LocalCommand)
def decide(
    context: typer.Context,
    label: str,
    meaning: str,
    deny: Annotated[bool, typer.Option("--deny")] = False,
    take_back: Annotated[bool, typer.Option("--take-back")] = False,
    school: School = None,
    lang: Language = None,
) -> None:
    """Says that a label means a concept at a school, that it does not, or takes that back."""
    from matcher.services import vocabularies

    session = session_of(context)
    said = None if take_back else not deny
    vocabularies.decide(session.app, COMMAND_LINE, label, meaning, confirmed=said, school=session.owner(school))
    console().print(session.say("vocabulary.decided", label=label))


def _values(one: KeptVocabulary) -> dict[str, object]:
    numbers = {"skills": one.skills, "occupations": one.occupations}
    return {"name": one.name, "version": one.version, "source": one.source, **numbers}


def _document(one: object) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(one)  # type: ignore[call-overload,no-any-return]


def _key(path: Path | None) -> str:
    """The key that CompetentNL gave, from a file of its own: what is typed stays in a shell. Raises UnreadableFile."""
    key = token_in(path, missing="vocabulary_missing")
    if key is None:
        raise InvalidValue("vocabulary_key")
    return key
