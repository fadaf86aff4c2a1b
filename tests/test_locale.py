"""Sentences of the locale files, whatever they are about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

import matcher.locale
from matcher.locale import LANGUAGES, Language, area


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
