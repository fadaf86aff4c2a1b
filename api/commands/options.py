"""Options shared by commands. Their help stands in the locale files, under `cli.parameters`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Format(StrEnum):
    """The format of an answer."""

    TABLE = "table"
    JSON = "json"


class Lang(StrEnum):
    """The language of sentences."""

    NL = "nl"
    EN = "en"


Number = Annotated[int, typer.Argument(min=1, max=2**63 - 1)]
"""The number of an entry, a message or a token: what a database can hold."""
School = Annotated[str | None, typer.Option("--school")]
Top = Annotated[int, typer.Option("--top", min=1, max=1000)]
AsOf = Annotated[str | None, typer.Option("--as-of")]
Output = Annotated[Format, typer.Option("--format")]
Language = Annotated[Lang | None, typer.Option("--lang")]
"""Parsed before the command, whose help is in that language too; declared here for the help and the check."""
