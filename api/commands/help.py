"""Help and usage errors in the language of the user; those of Typer are English only."""

from __future__ import annotations

import textwrap
from enum import Enum
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from api.commands.session import Session
from matcher.errors import InputError
from matcher.locale import Language, lookup, say

WIDTH = 80


def usage_problem(error: Exception, language: Language) -> str:
    """A usage error of Typer (a ClickException) as a sentence with a remedy."""
    context = getattr(error, "ctx", None)
    values = {"command": context.command_path if context else "alumnimatch", "name": _hint(error)}
    values["problem"] = " ".join(str(getattr(error, "message", "")).split())
    for family in type(error).__mro__:
        key = f"cli.usage.{family.__name__}"
        if lookup(language, key) is not None:
            return say(language, key, **values)
    return say(language, "cli.usage.UsageError", **values)


def _hint(error: Exception) -> str:
    parameter = getattr(error, "param", None)
    if parameter is not None:
        options = [option for option in parameter.opts if option.startswith("-")]
        return options[0] if options else str(parameter.name).upper()
    return str(getattr(error, "option_name", "") or "")


def page(context: Any) -> str:
    """The help of a command or group, at most WIDTH columns wide."""
    language = context.obj.language if isinstance(context.obj, Session) else "nl"
    command = context.command
    group = isinstance(command, TyperGroup)
    arguments = [item for item in command.params if item.param_type_name == "argument"]
    options = [item for item in command.get_params(context) if item.param_type_name == "option"]
    usage = [context.command_path, *(_metavar(item) for item in arguments)]
    usage.append(say(language, "cli.help.command_slot" if group else "cli.help.options_slot"))
    about = say(language, f"cli.commands.{_path(context)}.help")
    blocks = [say(language, "cli.help.usage", line=" ".join(usage)), *textwrap.wrap(about, WIDTH)]
    sections: list[tuple[str, list[tuple[str, str]]]] = []
    if group:
        entries = [(name, command.commands[name]) for name in command.list_commands(context)]
        prefix = "" if _path(context) == "app" else f"{_path(context)}_"
        rows = [
            (name, say(language, f"cli.commands.{prefix}{name}.short")) for name, item in entries if not item.hidden
        ]
        sections.append(("commands", rows))
    sections.append(("arguments", [(_metavar(item), _about(context, item, language)) for item in arguments]))
    rows = [("--lang LANG", say(language, "cli.parameters.lang"))] if group else []
    rows += [(_flags(item), _about(context, item, language)) for item in options]
    sections.append(("options", rows))
    for title, rows in sections:
        if rows:
            blocks += ["", say(language, f"cli.help.{title}"), *_columns(rows)]
    return "\n".join(blocks)


def _path(context: Any) -> str:
    words = context.command_path.split()[1:]
    return "_".join(words) or "app"


def _metavar(parameter: Any) -> str:
    name = str(parameter.name).upper()
    return f"[{name}]" if not parameter.required else name


def _flags(parameter: Any) -> str:
    flags = "/".join([*parameter.opts, *parameter.secondary_opts])
    if getattr(parameter, "is_flag", False) or parameter.name == "help":
        return flags
    descriptor = getattr(parameter, "type_descriptor", None)
    kind = getattr(descriptor, "annotation", str)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"{flags} {'|'.join(str(item.value) for item in kind)}"
    return f"{flags} {'N' if kind is int else str(parameter.name).upper()}"


def _about(context: Any, parameter: Any, language: Language) -> str:
    specific = lookup(language, f"cli.parameters.{_path(context)}_{parameter.name}")
    text = specific or say(language, f"cli.parameters.{parameter.name}")
    default = getattr(parameter.default, "value", parameter.default)
    if isinstance(default, str | int) and not isinstance(default, bool):
        text += " " + say(language, "cli.help.default", value=str(default))
    return text


def _columns(rows: list[tuple[str, str]]) -> list[str]:
    left = min(max(len(name) for name, _ in rows), 26) + 4
    lines = []
    for name, text in rows:
        wrapped = textwrap.wrap(text, WIDTH - left) or [""]
        if len(name) + 4 > left:
            lines.append(f"  {name}")
            lines += [" " * left + line for line in wrapped]
        else:
            lines.append(f"  {name}".ljust(left) + wrapped[0])
            lines += [" " * left + line for line in wrapped[1:]]
    return lines


class LocalCommand(TyperCommand):
    """A command with its help in the language of the user."""

    def get_help(self, ctx: Any) -> str:
        """The page."""
        return page(ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Reads the arguments; raises InputError('extra_arguments') for more than the command takes."""
        ctx.allow_extra_args = True  # or Click refuses them in English
        rest: list[str] = super().parse_args(ctx, args)
        if ctx.args:
            raise InputError("extra_arguments", values=[word[:40] for word in ctx.args[:5]], command=ctx.command_path)
        return rest


class LocalGroup(TyperGroup):
    """A group with its help in the language of the user."""

    def get_help(self, ctx: Any) -> str:
        """The page."""
        return page(ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Reads the options of the group. `--lang` was read already: it decides the language of everything."""
        rest = list(args)
        while rest and rest[0].split("=")[0] == "--lang":
            del rest[: 1 if "=" in rest[0] else 2]
        if "--help" in rest[:1]:
            rest = rest[:1]
        return list(super().parse_args(ctx, rest))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command by name; raises InputError('no_such_command') with the nearest names, if any."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            from difflib import get_close_matches

            near = get_close_matches(name, self.list_commands(ctx))
            if not near:
                raise InputError("no_such_command_at_all", name=name[:40], command=ctx.command_path)
            raise InputError("no_such_command", name=name[:40], choices=near)
        return super().resolve_command(ctx, args)


def new_group(name: str) -> typer.Typer:
    """A Typer app with our help and errors; without arguments it shows its help."""
    return typer.Typer(
        name=name,
        cls=LocalGroup,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
    )
