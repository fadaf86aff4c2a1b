"""From a text to words, and from a word to its features: itself and its runs of letters. Needs nothing but Python."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator

VERSION = 1
"""Raise it when anything here changes: artefacts record it, and one made by another version is refused."""
MOST_CHARACTERS = 20_000
"""Of a longer text the rest is not read: about 3,000 words, ten times the longest course description."""
LONGEST_WORD = 40
"""Of a longer word the first characters count: a web address or a key bounces on is no vocabulary."""
SHORTEST, LONGEST = 3, 6
"""Lengths of the runs of letters, the marks of begin and end included (Bojanowski et al. 2017, arXiv 1607.04606)."""
_WORD = re.compile(r"[^\W_]+(?:[+#]+(?!\w))?")  # c++ and c# are words too
_OTHER = re.compile(r"[^\x00-\x7f]")
"""What may be a combining mark; the rest need not be looked at."""
_TAG = re.compile(r"<[^<>]{1,200}>")


def words(text: str) -> list[str]:
    """The words of a text, in order: without case, accents and marks, in one Unicode form; empty where it says nothing.

    Tags of html are left out, and entities are words like others. `h.b.o.` is three words, `3D-printen` two.
    """
    text = text[:MOST_CHARACTERS]
    if "<" in text:
        text = _TAG.sub(" ", text)
    return _WORD.findall(_folded(text))


def requested_skill_names(text: str, wanted: Collection[str]) -> dict[str, str]:
    """How the wanted words (folded) are first written in a text; a capital that only opens a word becomes small."""
    found: dict[str, str] = {}
    if not wanted:
        return found
    for word in _WORD.findall(unicodedata.normalize("NFC", text[:MOST_CHARACTERS])):
        folded = _folded(word)
        if folded in wanted and folded not in found:
            found[folded] = word.lower() if word[1:].islower() else word
            if len(found) == len(wanted):
                break
    return found


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    # upper and then casefold: some letters have a capital and not the other way round (dotless i, long s, sharp s)
    once = _unmarked(text).upper().casefold()
    return _unmarked(once)


def _unmarked(text: str) -> str:
    """Compatibility decomposition without the combining marks: é is e, and the ligature ﬁ is fi."""
    return _OTHER.sub(_if_no_mark, unicodedata.normalize("NFKD", text))


def _if_no_mark(found: re.Match[str]) -> str:
    return "" if unicodedata.combining(found[0]) else found[0]


def features(word: str) -> Iterator[str]:
    """The word itself, and every run of 3 to 6 letters of `<word>`, each once, marked with `#`.

    >>> list(features("bpv"))
    ['bpv', '#<bp', '#bpv', '#pv>', '#<bpv', '#bpv>', '#<bpv>']
    """
    yield word
    whole = f"<{word[:LONGEST_WORD]}>"
    seen = set()
    for length in range(SHORTEST, min(LONGEST, len(whole)) + 1):
        for start in range(len(whole) - length + 1):
            run = whole[start : start + length]
            if run not in seen:
                seen.add(run)
                yield f"#{run}"
