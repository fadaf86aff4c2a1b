"""Errors of the domain as sentences with a remedy, in the language of the user."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from matcher import errors, locale
from matcher.errors import AlumnimatchError
from matcher.locale import Language, area, lookup, say

_LOCALE_GROUP = {"kind": "pages.record", "target": "pages.record", "role": "words.role"}


@cache
def _error_areas(language: Language) -> tuple[str, ...]:
    """The locale areas with a table `[errors]`, the general one first."""
    files = sorted((Path(locale.__file__).parent / language).glob("*.toml"))
    names = [file.stem for file in files if "errors" in area(language, file.stem)]
    return tuple(sorted(names, key=lambda name: name != "errors"))


def error_sentence(language: Language, error: AlumnimatchError) -> str:
    """The problem and its remedy; a general sentence if the locale files do not have the code."""
    values = {name: _in_words(language, name, value) for name, value in error.values.items()}
    keys = [f"{name}.errors.{error.code}" for name in _error_areas(language)]
    for key in [*keys, f"importing.problems.{error.code}"]:
        if lookup(language, key) is not None:
            try:
                return say(language, key, **values)
            except KeyError:  # a sentence with other values, such as for a setting and not for a cell
                continue
    return say(language, "errors.errors.unforeseen_code", code=error.code)


def kept_error_sentence(language: Language, kept: Mapping[str, Any] | None) -> str | None:
    """The sentence of an error that was kept as JSON: its family, code and values; None without one."""
    if not kept:
        return None
    family = getattr(errors, kept["family"], errors.InputError)
    return error_sentence(language, family(kept["code"], **kept["values"]))


def error_title(language: Language, error: AlumnimatchError) -> str:
    """The short name of the family of the error."""
    for family in type(error).__mro__:
        key = f"errors.titles.{family.__name__}"
        if lookup(language, key) is not None:
            return say(language, key)
    return say(language, "errors.titles.AlumnimatchError")


def _in_words(language: Language, name: str, value: object) -> object:
    """A value of an error with codes as words, and lists joined."""
    if name in _LOCALE_GROUP and isinstance(value, str):
        return lookup(language, f"{_LOCALE_GROUP[name]}.{value}") or value
    if name == "choices" and isinstance(value, list | tuple | set | frozenset):
        return "; ".join(str(choice) or say(language, "pages.common.no_school") for choice in value)
    return value
