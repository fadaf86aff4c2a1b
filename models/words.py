"""Words of a text, and features of a word: the word and its character n-grams. Needs only the standard library."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

VERSION = 1
"""Raise it when anything here changes: artefacts record it, and those of another version are refused."""
MOST_CHARACTERS = 20_000
"""The rest of a longer text is ignored: about 3,000 words, ten times the longest course description."""
LONGEST_WORD = 40
"""The rest of a longer word is ignored: web addresses and keys are not vocabulary."""
SHORTEST, LONGEST = 3, 6
"""Lengths of the n-grams, including the marks of begin and end (Bojanowski et al. 2017, arXiv 1607.04606)."""
_WORD = re.compile(r"[^\W_]+(?:[+#]+(?!\w))?")  # c++ and c# are words too
_OTHER = re.compile(r"[^\x00-\x7f]")
"""Characters that may be combining marks."""
_TAG = re.compile(r"<[^<>]{1,200}>")


def words(text: str) -> list[str]:
    """The words of a text, in order, folded: without case, accents and marks. Empty for a text without words.

    HTML tags are removed; entities are words like others. `h.b.o.` is three words, `3D-printen` two.
    """
    text = text[:MOST_CHARACTERS]
    if "<" in text:
        text = _TAG.sub(" ", text)
    return _WORD.findall(_folded(text))


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    # upper before casefold: some letters fold only through their capital (dotless i, long s, sharp s)
    once = _unmarked(text).upper().casefold()
    return _unmarked(once)


def _unmarked(text: str) -> str:
    """Compatibility decomposition without the combining marks: é is e, and the ligature ﬁ is fi."""
    return _OTHER.sub(_if_no_mark, unicodedata.normalize("NFKD", text))


def _if_no_mark(match: re.Match[str]) -> str:
    return "" if unicodedata.combining(match[0]) else match[0]


def features(word: str) -> Iterator[str]:
    """The word itself, and each distinct n-gram of 3 to 6 characters of `<word>`, marked with `#`.

    >>> list(features("bpv"))
    ['bpv', '#<bp', '#bpv', '#pv>', '#<bpv', '#bpv>', '#<bpv>']
    """
    yield word
    bounded = f"<{word[:LONGEST_WORD]}>"
    seen = set()
    for length in range(SHORTEST, min(LONGEST, len(bounded)) + 1):
        for start in range(len(bounded) - length + 1):
            run = bounded[start : start + length]
            if run not in seen:
                seen.add(run)
                yield f"#{run}"
