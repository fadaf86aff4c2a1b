"""Sentences of the locale files, whatever they are about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.lists import format_list
from hypothesis import given
from hypothesis import strategies as st

import matcher.locale
from matcher.locale import LANGUAGES, Language, area, either, written


def sentences(node: Any, name: str) -> Iterator[tuple[str, str]]:
    """Every text of an area with its key."""
    if isinstance(node, str):
        yield name, node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from sentences(value, f"{name}.{key}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_formats_a_value_itself(language: Language) -> None:
    """A value is text by the time it is filled in (1.234,5): a format of numbers in a sentence would fail."""
    areas = sorted(path.stem for path in (Path(matcher.locale.__file__).parent / language).glob("*.toml"))
    found = [pair for name in areas for pair in sentences(area(language, name), name)]
    assert len(found) > 500
    for key, text in found:
        assert all(not spec and conversion is None for _, _, spec, conversion in Formatter().parse(text)), key


def raised_codes() -> list[str]:
    """The codes of InvalidValue that the product raises by name; those of the pages stand in the words of the pages."""
    files = sorted((Path(matcher.locale.__file__).parents[1]).rglob("*.py"))
    found = {code for file in files for code in re.findall(r'InvalidValue\(\s*"([a-z_]+)"', file.read_text("utf-8"))}
    assert len(found) > 100
    return sorted(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_wrong_value_has_a_sentence(language: Language) -> None:
    """None is told as "something went wrong" with a code."""
    areas = [name.stem for name in (Path(matcher.locale.__file__).parent / language).glob("*.toml")]
    known = {code for name in areas for code in area(language, name).get("errors", {})}
    known |= set(area(language, "importing")["problems"])
    assert [code for code in raised_codes() if code not in known] == []


@given(st.sampled_from(LANGUAGES), st.lists(st.text(st.characters(codec="utf-8"), max_size=8), max_size=7))
def test_names_are_listed_as_the_language_does(language: Language, names: list[str]) -> None:
    """However many, with braces too: what Babel makes of them, which looks the marks between them up each time."""
    assert written(language, names) == format_list(names, locale=language)
    assert either(names, language) == format_list(names, "or", locale=language)
