"""Typing errors in the words of asking, mended before a text is read: `gastls`, `donderdagmidag`, `savonds`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from matcher.domain.calendar_names import DAY_NAMES, MONTHS
from matcher.gazetteer.table import table
from matcher.questions.everyday import everyday
from matcher.questions.vocabulary import Vocabulary
from matcher.questions.words import WORD, Pattern, Span, plain_of, texts

_SHORTEST, _LONG = 5, 7
"""Letters of a word that may be mended, and from which two errors may be."""
_GLUED = Pattern(r"(?<![\w'])s(?=(?:ochtends|morgens|middags|avonds)(?!\w))")
_SHORTENED = Pattern(
    r"(?<![\w.'-])(?:(?P<niet>nt)|(?P<ochtend>[Oo]cht)|(?P<gezocht>[Gg]ez)|(?P<gevraagd>[Gg]evr)|(?P<iemand>[Ii]em))(?:\.(?=\s+[a-z\d]))?(?![\w-])"
)
"""Words that are cut short: `nt online`, `ma ocht`, `gez.`; in capitals they are names."""
_OPENINGS = frozenset({"", ".", "!", "?", ":", "(", "-", '"'})
"""What stands before a capital that does not make a name of a word."""
_MENDED = ("function", "asking", "school")
"""The tables of general words whose misspellings are mended; a slip of another may be a word of a trade: spuiten, sluiten."""
_PARTS = ("ochtend", "middag", "avond", "morgen")


@dataclass(frozen=True, slots=True)
class Mended:
    """A text with the errors mended, and by piece of it where that stood in the text as typed."""

    text: str
    pieces: Sequence[tuple[Span, Span]] = ()

    def typed(self, span: Span) -> Span:
        """Where a piece of the mended text stood in the one that was typed."""
        return self._before(span[0], end=False), self._before(span[1], end=True)

    def _before(self, position: int, *, end: bool) -> int:
        shift = 0
        for (start, stop), (first, last) in self.pieces:
            if position < start or (position == start and not end):
                break
            if position < stop or (position == stop and end):
                return last if end else first
            shift = last - stop
        return position + shift


_WRITTEN = 25
"""How often a word is written (Zipf scale, tenths) that is one of its own: `zonde` is no slip of `zonder`."""


def _is_word(word: str) -> bool:
    known = everyday().get(word)
    return known is not None and known.often >= _WRITTEN and known.kind != "x"


@cache
def _targets() -> dict[str, list[str]]:
    """Words that matter to the reading, by their first letter: kinds, days, months, words of asking."""
    days = [f"{names[1]}{part}" for names in DAY_NAMES for part in ("", *_PARTS)]
    asking = " ".join([texts("kinds")["words"], *(texts("general")[name] for name in _MENDED)]).split()
    words = {word for word in (*asking, *days, *MONTHS) if len(word) >= _SHORTEST and word.isalpha()}
    hyphened = {word for word in texts("kinds")["words"].split() if "-" in word or "'" in word}
    groups: dict[str, list[str]] = {}
    for word in sorted(words | hyphened):
        groups.setdefault(word[0], []).append(word)
    return groups


@cache
def _kind_words() -> dict[str, list[str]]:
    """The words for kinds and for those who are asked, of six letters and more."""
    days = {names[1] + part for names in DAY_NAMES for part in _PARTS}
    known = texts("kinds")["words"].split() + _SCHOOL
    groups: dict[str, list[str]] = {}
    for word in sorted({*days, *(one for one in known if len(one) > _SHORTEST)}):
        groups.setdefault(word[0], []).append(word)
    return groups


_SCHOOL = [
    "gastles",
    "gastlessen",
    "gastspreker",
    "gastsprekers",
    "gastdocent",
    "student",
    "studenten",
    "leerling",
    "leerlingen",
    "alumnus",
    "workshop",
    "workshops",
    "vertellen",
    "opleiding",
    "mentor",
    "iemand",
    "oud-student",
    "oud-studenten",
    "oudstudenten",
    "students",
    "teachers",
    "graduate",
    "graduates",
    "tomorrow",
    "overmorgen",
    "volgende",
    "vrijdag",
    *(names[-1] for names in DAY_NAMES),
]


def mend(text: str, vocabulary: Vocabulary) -> Mended:
    """The text with unknown words that are one slip from a word of asking (two from a long word for a kind) read as that word."""
    out: list[str] = []
    pieces: list[tuple[Span, Span]] = []
    at = length = 0
    plain = plain_of(text)
    changes = [(match.start(), match.end(), "'s ") for match in _GLUED.finditer(plain)]
    changes += [(match.start(), match.end(), match.lastgroup or "") for match in _SHORTENED.finditer(text)]
    for match in WORD.finditer(plain):
        word = match[0]
        if len(word) < _SHORTEST or not word.replace("-", "").isalpha() or word in vocabulary.words or _is_word(word):
            continue
        if (
            text[match.start()].isupper() and plain[: match.start()].rstrip()[-1:] not in _OPENINGS
        ) or word in table().named:
            continue
        nearest = _nearest(word, asking=vocabulary.knows(word))
        if nearest:
            capital = text[match.start()].isupper()
            changes.append((match.start(), match.end(), nearest.capitalize() if capital else nearest))
    for start, end, written in sorted(changes):
        if start < at:
            continue
        out += [text[at:start], written]
        length += start - at
        pieces.append(((length, length + len(written)), (start, end)))
        length += len(written)
        at = end
    out.append(text[at:])
    return Mended("".join(out), pieces) if pieces else Mended(text)


def _nearest(word: str, *, asking: bool) -> str | None:
    """The word that is meant. `asking`: it is made of known words, as `studnet`, so only a word for a kind will do."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    for targets, most in ((_kind_words(), 1 if asking or len(word) < _LONG else 2), (_targets(), 0 if asking else 1)):
        hit = (
            process.extractOne(word, targets.get(word[0], ()), scorer=OSA.distance, score_cutoff=most) if most else None
        )
        if hit:
            return hit[0]
    return None
