"""Spellings of a header: without numbering, marks, units, line breaks and words that say nothing about its field."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from matcher.text import fold

LONGEST = 300
"""Characters of a header that count; what is longer is a text and no header."""
JOIN = " / "
"""Between the group and the header of two header rows (`targets.Block`)."""
_NUMBERING = re.compile(
    r"^\s*(?:(?:vraag|question|kolom|veld)\s*)?(?:[qv]?\d{1,3}[a-z]?\s*[.):\]]|[qv]\d{1,3}\b)[\s_-]*(?=\S*[^\W\d_])",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\s*[(\[{<]([^()\[\]{}<>]*)[)\]}>]\s*")
_OPTION = re.compile(r"\[([^\[\]]+)\]\s*$")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_NOT_WORD = re.compile(r"[^\w+#€]+|_+")
_DOTTED = re.compile(r"(?<=[^\W\d_]{4})\.(?=[^\W\d_]{4})")
"""Between the table and the column in an export: `Persoon.Roepnaam`."""
_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to read a header. `text`: its words, folded, with one space between them.

    `aside`: the words that were left out of it (in brackets, a group, before a slash). `option`: it is the choice at
    the end of a question of a form, as in `Wanneer kun je? [Maandag]`. `group`: it is the upper of two header rows.
    """

    text: str
    aside: str = ""
    option: bool = False
    group: bool = False


def words(text: str) -> str:
    """The words of a text, folded, with one space between them: `Tel.nr. *` becomes `tel nr`."""
    return " ".join(_NOT_WORD.sub(" ", fold(_CAMEL.sub(" ", text))).replace("#", " # ").split())


def key(text: str) -> str:
    """The letters and digits of a text, folded: `E-mail adres` becomes `emailadres`."""
    return _LETTERS.sub("", fold(text)) or fold(text).strip()


def without(text: str, neutral: Collection[str]) -> str:
    """The words that are not neutral; the text itself if none is left. `neutral`: words, one or more at a time."""
    for phrase in neutral:
        if " " in phrase:
            text = f" {text} ".replace(f" {phrase} ", " ").strip()
    return " ".join(word for word in text.split() if word not in neutral) or text


@lru_cache(maxsize=4096)
def spellings(header: str) -> tuple[Spelling, ...]:
    """The ways to read a header, the whole first: without brackets, the last of a group, the first before a slash."""
    text = _NUMBERING.sub("", header[:LONGEST].replace("\xa0", " ")).strip()
    if " " not in text:
        text = _DOTTED.sub(JOIN, text)
    found: list[Spelling] = []
    option = _OPTION.search(text)
    if option:
        found.append(Spelling(words(option[1]), words(text[: option.start()]), option=True))
    found.append(Spelling(words(text)))
    bare = _BRACKETS.sub(" ", text).strip()
    aside = words(" ".join(_BRACKETS.findall(text)))
    if aside and words(bare):
        found.append(Spelling(words(bare), aside))
    if JOIN in bare:
        group, _, last = bare.rpartition(JOIN)
        last = _NUMBERING.sub("", last)
        found.append(Spelling(words(last), " ".join([words(group), aside]).strip()))
        found.append(Spelling(words(group), " ".join([words(last), aside]).strip(), group=True))
    elif "/" in bare:
        first, _, unit = bare.partition("/")
        found.append(Spelling(words(first), " ".join([words(unit), aside]).strip()))
        found.append(Spelling(words(unit), " ".join([words(first), aside]).strip()))
    elif ":" in bare:
        first, _, last = bare.rpartition(":")
        found.append(Spelling(words(last), " ".join([words(first), aside]).strip()))
        found.append(Spelling(words(first), " ".join([words(last), aside]).strip(), group=True))
    unique = {spelling.text: spelling for spelling in reversed(found) if spelling.text}
    return tuple(spelling for spelling in found if unique.get(spelling.text) is spelling)
