"""All sentences on screen, in Dutch (first) and English, by area: `nl/reasons.toml`, `en/reasons.toml`...

A key is `area.name` or `area.group.name`. A sentence with `{count}` may have a variant `name_one` for a count of 1.
Numbers and dates are rounded and formatted here, at the edge, by the rules of the language (Babel).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from babel import Locale

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")


@cache
def area(language: Language, name: str) -> dict[str, Any]:
    """The table of one area. Raises FileNotFoundError if there is none."""
    path = Path(__file__).parent / language / f"{name}.toml"
    with path.open("rb") as file:
        return tomllib.load(file)


@lru_cache(4096)
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
    if not values:
        return _plain(language, key)
    found = parts(language, key, one=values.get("count") == 1)
    return "".join([words if name is None else written(language, values[name]) for words, name in found])


@lru_cache(8192)
def parts(language: Language, key: str, *, one: bool = False) -> tuple[tuple[str, str | None], ...]:
    """A sentence taken apart once: words, each with None, and names of values, each with no words.

    `one`: for a count of 1. Raises KeyError.
    """
    raw = lookup(language, f"{key}_one") if one else None
    raw = raw if raw is not None else lookup(language, key)
    if raw is None:
        raise KeyError(key)
    found: list[tuple[str, str | None]] = []
    for words, name, form, conversion in Formatter().parse(raw):
        if words:
            found.append((words, None))
        if name is not None:
            if form or conversion or not name.isidentifier():
                raise ValueError(key)
            found.append(("", name))
    return tuple(found)


@lru_cache(4096)
def _plain(language: Language, key: str) -> str:
    """A sentence or word without placeholders."""
    raw = lookup(language, key)
    if raw is None:
        raise KeyError(key)
    return raw.format_map({})


def written(language: Language, value: object) -> str:
    """A value as text: in Dutch 1.234,5, lists with "en", dates in full."""
    if type(value) is str:
        return value
    match value:
        case bool():
            pass
        case int() | float():
            return _number(language, value)
        case datetime():
            return f"{_date(language, value)} {value:%H:%M}"
        case date():
            return _date(language, value)
        case list() | tuple():
            return _listed(language, [written(language, item) for item in value], "standard")
    return str(value)


def either(names: Sequence[str], language: Language) -> str:
    """Names of which any will do: `Zwolle of Kampen`; empty for none."""
    return _listed(language, names, "or")


def _listed(language: Language, names: Sequence[str], style: Literal["standard", "or"]) -> str:
    """As `format_list` of Babel, which looks up the marks between names anew for each list; empty for no names."""
    if len(names) < 2:
        return "".join(names)
    pair, first, between, last = _between(language, style)
    if len(names) == 2:
        return pair.join(names)
    return f"{names[0]}{first}{between.join(names[1:-1])}{last}{names[-1]}"


@cache
def _between(language: Language, style: Literal["standard", "or"]) -> tuple[str, ...]:
    """What stands between two names, the first two of more, any others, and the last two."""
    patterns = _locale(language).list_patterns[style]
    found = [re.fullmatch(r"\{0\}(.*)\{1\}", patterns[name]) for name in ("2", "start", "middle", "end")]
    return tuple(one[1] for one in found if one)


def decimals(language: Language, value: float) -> str:
    """A number with two decimals, in the format of the language."""
    from babel.numbers import format_decimal

    return str(format_decimal(value, format="0.00", locale=_locale(language)))


@cache
def _locale(language: Language) -> Locale:
    from babel import Locale

    return Locale.parse(language)


@lru_cache(4096)
def _number(language: Language, value: float) -> str:
    from babel.numbers import format_decimal

    return str(format_decimal(value, format="#,##0.##", locale=_locale(language)))


def _date(language: Language, value: date) -> str:
    from babel.dates import format_date

    return str(format_date(value, "d MMMM y", locale=_locale(language)))
