"""Every sentence that a person reads, in Dutch (first) and English, by area: `nl/reasons.toml`, `en/reasons.toml`...

A key is `area.name` or `area.group.name`. A sentence with `{count}` may have a twin `name_one`, used for a count of 1.
Numbers and dates are rounded and written here, at the edge, as the language writes them (Babel).
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")


@cache
def area(language: Language, name: str) -> dict[str, Any]:
    """The table of one area; raises FileNotFoundError where the area does not exist."""
    path = Path(__file__).parent / language / f"{name}.toml"
    with path.open("rb") as file:
        return tomllib.load(file)


def lookup(language: Language, key: str) -> str | None:
    """The raw sentence under a key, or None."""
    name, *path = key.split(".")
    node: object = area(language, name)
    for part in path:
        if not isinstance(node, dict) or part not in node:
            return None
        node = cast("dict[str, object]", node)[part]
    return node if isinstance(node, str) else None


def say(language: Language, key: str, /, **values: object) -> str:
    """The sentence under `key`, filled in. Raises KeyError for a key that is not in the locale files."""
    raw = lookup(language, f"{key}_one") if values.get("count") == 1 else None
    raw = raw if raw is not None else lookup(language, key)
    if raw is None:
        raise KeyError(key)
    return raw.format_map({name: written(language, value) for name, value in values.items()})


def written(language: Language, value: object) -> str:
    """A value as people write it: 1.234,5 in Dutch, lists with "en", dates in full."""
    from babel.dates import format_date
    from babel.lists import format_list
    from babel.numbers import format_decimal

    match value:
        case bool() | str():
            return str(value)
        case int() | float():
            return format_decimal(value, format="#,##0.##", locale=language)
        case datetime():
            return f"{format_date(value, 'd MMMM y', locale=language)} {value:%H:%M}"
        case date():
            return format_date(value, "d MMMM y", locale=language)
        case list() | tuple():
            return format_list([written(language, item) for item in value], locale=language)
        case _:
            return str(value)
