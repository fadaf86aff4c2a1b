"""First and last name of a name in one text.

nameparser knows "van der", but leaves "in 't", "uit den", "ten" and "el" in a middle name, and a second first name and
a part of a last name alike: `Anna Maria Proef` and `Jan Proef Toets` are not told to be unsure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

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
_STOPPED = re.compile(
    r"\s*(?:[-–,]\s*|\()(?:gestopt|uitgevallen|geen diploma|zonder diploma|afgehaakt)\b[^()]*\)?\s*$", re.IGNORECASE
)
"""What is told of the person behind the name."""
_BORN = re.compile(r"[\s,]+\(?(?:geb\.|geboren|meisjesnaam|née|nee) ?[^\W\d_].*$", re.IGNORECASE)
"""The name somebody was born with, behind the one they have."""
_CALLED = re.compile(r"\s*\(([^\W\d_][^()\d]{0,30})\)\s*")
_SHORT = {"d.": "de", "v.": "van", "vd.": "v.d."}
_SEVERAL = re.compile(r"\s(?:en|and|e/o|of)\s|[&/;]")


def parts_of(text: str) -> tuple[str | None, str | None, list[CellProblem], bool]:
    """First name, last name, titles left out, and whether that is sure. The parts hold every letter of the text."""
    plain = " ".join(text.split())
    plain, titles = _without_titles(plain)
    left = [CellProblem("title", text=title) for title in titles]
    for behind in (_STOPPED, _BORN):
        if rest := behind.search(plain):
            left.append(CellProblem("rest", text=rest[0].strip()))
            plain = plain[: rest.start()]
    plain = _three_parts(plain)
    if (call := _CALLED.search(plain)) and (called := _called(plain, call, left)):
        return called
    return _parted(plain, left)


def _parted(plain: str, left: list[CellProblem]) -> tuple[str | None, str | None, list[CellProblem], bool]:
    """As `parts_of`, of a name without titles and brackets."""
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


def turned_names(texts: Sequence[str]) -> dict[str, str]:
    """Of names of two words, those that have the last name first (`Proef Noor`), as `Proef, Noor`.

    The other names of the same column tell it: the first word is a last name in those that are sure and never a first
    name, the second the other way round.
    """
    firsts: set[str] = set()
    lasts: set[str] = set()
    for text in texts:
        first, last, _, sure = parts_of(text)
        if sure and first and last and ("," in text or infix_of(last)[0]):
            firsts.add(fold(first))
            lasts.add(fold(infix_of(last)[1]))
    found: dict[str, str] = {}
    for text in texts:
        words = text.split()
        if len(words) != 2 or "," in text:
            continue
        one, two = (fold(word) for word in words)
        if one in lasts and one not in firsts and two in firsts and two not in lasts:
            found[text] = f"{words[0]}, {words[1]}"
    return found


def _three_parts(plain: str) -> str:
    """`Boer, de, Jan` and `Boer, Jan, de` as `Boer, Jan de`."""
    parts = [part.strip() for part in plain.split(",")]
    if len(parts) == 3 and all(parts):
        for particles, first in ((parts[1], parts[2]), (parts[2], parts[1])):
            if all(word.lower() in PARTICLES for word in particles.split()):
                return f"{parts[0]}, {first} {particles}"
    return plain


def _called(
    plain: str, call: re.Match[str], left: list[CellProblem]
) -> tuple[str | None, str | None, list[CellProblem], bool] | None:
    """A name with a name to call somebody by, or initials, in brackets: `I. Proef (Iris)`, `Dirk (D.A.) Proef`.

    None where what stands in brackets is something else.
    """
    inner = call[1].strip()
    first, last, more, sure = parts_of(" ".join(f"{plain[: call.start()]} {plain[call.end() :]}".split()))
    if first is None or _CALLED.search(first) or _CALLED.search(last or ""):
        return None
    initials = all(_INITIALS.fullmatch(word) for word in first.split())
    if fold(inner) == fold(first) or (_INITIALS.fullmatch(inner) and not initials):
        return first, last, [*left, *more], sure
    if initials and inner[:1].casefold() == first[:1].casefold() and " " not in inner:
        return inner, last, [*left, *more], sure
    return None


def tidied(first: str | None, infix: str | None, last: str | None) -> tuple[str | None, str | None, str | None]:
    """The parts of a name with each where it belongs; a part that is None stays so unless another one holds it.

    The last name without the words that come before it (`van der Proef`, `Proef, van der`), the first name without
    the last name behind it, and without initials in brackets; `d.` and `v.` are written whole.
    """
    if infix:
        infix = _SHORT.get(fold(infix), infix)
    elif last:
        infix, last = infix_of(last)
    if first and (call := _CALLED.search(first)) and not first[call.end() :].strip():
        bare, inner = first[: call.start()].strip(), call[1].strip()
        if bare and (_INITIALS.fullmatch(inner) or fold(inner) == fold(bare)):
            first = bare
        elif bare and _INITIALS.fullmatch(bare) and inner[:1].casefold() == bare[:1].casefold():
            first = inner
    if first and last:
        for tail in (f"{infix} {last}" if infix else last, last):
            if fold(first).endswith(f" {fold(tail)}"):
                first = " ".join(first.split()[: -len(tail.split())])
                break
    return first, infix, last


def infix_of(last: str) -> tuple[str | None, str]:
    """The words before a last name, and the last name: of `van der Proef` and of `Proef, van der`."""
    name, comma, after = (part.strip() for part in last.partition(","))
    if comma and name and after and all(word.lower() in PARTICLES for word in after.split()):
        return after, name
    words = last.split()
    start = 0
    while start < len(words) - 1 and words[start].lower() in PARTICLES:
        start += 1
    return (" ".join(words[:start]), " ".join(words[start:])) if start else (None, last)


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
