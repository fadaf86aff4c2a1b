"""The glossary is about the code as it is."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

ROOT = Path(__file__).parent.parent
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")


def code_words() -> list[str]:
    """The words of the last column."""
    cells = re.findall(r"^\|.*\|.*\|([^|]+)\|$", GLOSSARY, flags=re.MULTILINE)
    return [word for cell in cells for word in re.findall(r"`(\w+)`", cell)]


def names_in_code() -> set[str]:
    """Every name that the product's code has."""
    names: set[str] = set()
    for package in ("matcher", "models", "api"):
        for path in (ROOT / package).rglob("*.py"):
            source = io.StringIO(path.read_text("utf-8"))
            names |= {
                token.string for token in tokenize.generate_tokens(source.readline) if token.type == tokenize.NAME
            }
    return names


def test_each_word_of_the_glossary_is_in_the_code() -> None:
    """A code word of the glossary is a name in the product: none is left over from before a renaming."""
    words, names = code_words(), names_in_code()
    assert len(words) > 50
    assert [word for word in words if word not in names] == []


def test_a_word_stands_once() -> None:
    """No code word is explained twice: one word, one meaning."""
    words = code_words()
    assert sorted(words) == sorted(set(words))
