"""First and last name of a name in one text.

nameparser knows "van der", but leaves "in 't", "uit den", "ten" and "el" in a middle name, and a second first name and
a part of a last name alike: `Anna Maria Proef` and `Jan Proef Toets` are not told to be unsure.
"""

from __future__ import annotations

import re

from matcher.spreadsheets.cells.reading import CellProblem
from matcher.text import fold

PARTICLES = frozenset(
    {
        "van", "de", "der", "den", "ter", "ten", "te", "het", "'t", "’t", "`t", "t", "in", "op", "aan", "bij", "onder",
        "over", "uit", "voor", "tot", "tho", "thoe", "toe", "la", "le", "les", "du", "des", "del", "della", "di", "da",
        "dal", "dos", "das", "do", "von", "zu", "zur", "zum", "vom", "el", "al", "ben", "bin", "ibn", "ait", "aït",
        "ould", "abu", "y", "d'", "l'", "'s", "vd", "v.d.", "v/d", "v.", "vdr", "v.d", "van't", "in't", "op't",
    }
)  # fmt: skip
"""Words that begin a last name, in small letters."""
_NEVER_FIRST = frozenset({"van", "der", "den", "ter", "ten", "te", "von", "het", "'t", "uit", "v.d.", "vd"})
_TITLES = re.compile(r"(?:dhr|mevr|mw|mej|mevrouw|meneer|drs|ing|prof|mr|mrs|ms|ir|dr|bc)\.?", re.IGNORECASE)
_INITIALS = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]?\.?|[A-Z]")
_SEVERAL = re.compile(r"\s(?:en|and|e/o|of)\s|[&/;]")


def parts_of(text: str) -> tuple[str | None, str | None, list[CellProblem], bool]:
    """First name, last name, titles left out, and whether that is sure. The parts hold every letter of the text."""
    plain = " ".join(text.split())
    plain, titles = _without_titles(plain)
    left = [CellProblem("title", text=title) for title in titles]
    if _SEVERAL.search(plain) or re.search(r"[\d@]", plain) or plain.count(",") > 1:
        return None, plain, left, False
    if "," in plain:
        last, _, rest = (part.strip() for part in plain.partition(","))
        if last and rest:
            return (*_turned(last, rest), left, True)
        plain = last or rest
    words = _words(plain)
    if len(words) < 2 or _begins_last_name(words[0]):
        return (None, plain, left, False) if plain else (None, None, left, False)
    start = next((at for at in range(1, len(words)) if _is_particle(words[at])), None)
    if start is not None and start < len(words) - 1:
        return " ".join(words[:start]), " ".join(words[start:]), left, True
    if len(words) == 2 or all(_INITIALS.fullmatch(word) for word in words[:-1]):
        return " ".join(words[:-1]), words[-1], left, True
    return words[0], " ".join(words[1:]), left, False


def _words(plain: str) -> list[str]:
    """The words of a name; one in brackets, or a single dash, belongs to the word before it."""
    words: list[str] = []
    for word in plain.split(" "):
        if words and (word.startswith("(") or word in {"-", "–"} or words[-1].endswith((" -", " –"))):
            words[-1] += f" {word}"
        else:
            words.append(word)
    return words


def _is_particle(word: str) -> bool:
    return word in PARTICLES or (word[:1].isupper() and len(word) > 1 and word.lower() in PARTICLES)


def _begins_last_name(word: str) -> bool:
    """Whether a name that begins with this word has no first name: Ben, Al and Di are first names too."""
    return word in PARTICLES or word.lower() in _NEVER_FIRST


def _turned(last: str, rest: str) -> tuple[str | None, str]:
    """`Proef, J. van der` and `van der Proef, Jan`."""
    words = rest.split(" ")
    start = len(words)
    while start and words[start - 1].lower() in PARTICLES:
        start -= 1
    first, particles = " ".join(words[:start]), " ".join(words[start:])
    return first or None, f"{particles} {last}".strip()


def _without_titles(plain: str) -> tuple[str, list[str]]:
    words, titles = plain.split(" "), []
    while len(words) > 1 and _TITLES.fullmatch(words[0]):
        titles.append(words.pop(0))
    if len(words) > 1 and fold(" ".join(words[:2])) == "de heer":
        titles.append(" ".join(words[:2]))
        words = words[2:]
    while len(words) > 2 and re.fullmatch(r"(?:bsc|msc|llm|phd|m\.?d|b\.?a)\.?", words[-1], re.IGNORECASE):
        titles.append(words.pop())
    return " ".join(words), titles
