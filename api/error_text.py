"""Sentences at the edge: an error of the domain as a sentence with its remedy, in the language of the user."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from matcher import locale
from matcher.errors import AlumnimatchError
from matcher.locale import Language, area, lookup, say

_WORDED = {"kind": "pages.record", "target": "pages.record", "role": "words.role"}


@cache
def _error_areas(language: Language) -> tuple[str, ...]:
    """The areas with a table `[errors]`, the general one first."""
    files = sorted((Path(locale.__file__).parent / language).glob("*.toml"))
    names = [file.stem for file in files if "errors" in area(language, file.stem)]
    return tuple(sorted(names, key=lambda name: name != "errors"))


def error_sentence(language: Language, error: AlumnimatchError) -> str:
    """What is wrong and what to do about it; a general sentence where the locale files do not know the code."""
    values = {name: _worded(language, name, value) for name, value in error.values.items()}
    keys = [f"{name}.errors.{error.code}" for name in _error_areas(language)]
    for key in [*keys, f"importing.problems.{error.code}"]:
        if lookup(language, key) is not None:
            try:
                return say(language, key, **values)
            except KeyError:  # a sentence for other values: of a setting, not of a cell
                continue
    return say(language, "errors.errors.unforeseen_code", code=error.code)


def error_title(language: Language, error: AlumnimatchError) -> str:
    """The short name of the family of errors that this one belongs to."""
    for family in type(error).__mro__:
        key = f"errors.titles.{family.__name__}"
        if lookup(language, key) is not None:
            return say(language, key)
    return say(language, "errors.titles.AlumnimatchError")


def _worded(language: Language, name: str, value: object) -> object:
    """Codes as words, and lists as lists."""
    if name in _WORDED and isinstance(value, str):
        return lookup(language, f"{_WORDED[name]}.{value}") or value
    if name == "choices" and isinstance(value, list | tuple | set | frozenset):
        return "; ".join(str(choice) or say(language, "pages.common.no_school") for choice in value)
    return value
