"""Which concepts a label is a name of: a table of all labels of a vocabulary, by the form in which they are equal.

A preferred label counts before an alternative one, and Dutch before English: a label that is the preferred name of one
concept and another name of a second is a name of the first alone. What schools leave out of a name comes last: the
brackets behind it ("Python (computerprogrammering)"), hyphens and spaces (MIG-lassen, miglassen), and the verb that
only says that it is done ("wondverzorging toepassen"). Such a name, and an alternative one in English, links to nothing
where several concepts have it: in Dutch lists those are chance (PLC, hardware).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from matcher.concepts.concept import LANGUAGES, Concept, Kind, Names
from matcher.text import skill_key

MOST = 12
"""A label of more concepts says nothing: it links to none."""
_MADE = 2 * len(LANGUAGES)
"""The first place of names that are made of labels, behind the preferred and the others of each language."""
_ONE_ALONE = _MADE - 1
"""From this place on a name counts for one concept alone: others in English, and what is made."""
_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")
_LAST = {"nl": frozenset({"toepassen", "uitvoeren", "verrichten", "gebruiken", "verlenen", "beheersen"})}
_FIRST = {"en": frozenset({"apply", "perform", "use", "conduct", "provide", "execute"})}
_SHORTEST = 4
"""Letters of a made label: fewer are an abbreviation of something else."""
Keys = Mapping[str, int | Sequence[int]]
"""By the key of a label the position of the concept that has it, or the positions of several, ascending."""


def label_keys(label: str, language: str) -> Iterator[str]:
    """The key of a label, then those of what schools may write for it, each once."""
    key = skill_key(label)
    bare = skill_key(_BRACKETS.sub("", label))
    words = bare.split(" ")
    shorter = bare
    if len(words) > 1 and words[-1] in _LAST.get(language, ()):
        shorter = " ".join(words[:-1])
    elif len(words) > 1 and words[0] in _FIRST.get(language, ()):
        shorter = " ".join(words[1:])
    made = [bare, shorter, *(one.replace(" ", "") for one in (key, bare, shorter) if one.replace(" ", "").isalpha())]
    yield key
    for one in dict.fromkeys(made):
        if one != key and len(one) >= _SHORTEST:
            yield one


def keys_of(concepts: Sequence[Concept], kinds: Collection[Kind]) -> Keys:
    """The labels of the concepts of these kinds: of each key those that have it in the best place."""
    best: dict[str, tuple[int, list[int]]] = {}
    for number, concept in enumerate(concepts):
        if concept.kind in kinds:
            for place, key in _places(concept):
                known = best.get(key)
                if known is None or place < known[0]:
                    best[key] = place, [number]
                elif place == known[0] and known[1][-1] != number:
                    known[1].append(number)
    return {
        key: numbers if len(numbers) > 1 else numbers[0]
        for key, (place, numbers) in sorted(best.items())
        if key and (len(numbers) == 1 or (place < _ONE_ALONE and len(numbers) <= MOST))
    }


def _places(concept: Concept) -> Iterator[tuple[int, str]]:
    """The keys of the labels of a concept with their place: 0 counts first."""
    names: tuple[Names, ...] = concept.preferred, concept.other
    for rank, labels in enumerate(names):
        for at, language in enumerate(LANGUAGES):
            for label in labels.get(language, ()):
                for made, key in enumerate(label_keys(label, language)):
                    yield (_MADE if made else 0) + rank * len(LANGUAGES) + at, key
