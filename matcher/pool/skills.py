"""The skills of alumni that cover a requested skill, and its rarity.

A skill `has` covers a skill `asked` when every word of `asked` is among the words of `has` ("complexe wondzorg"
covers "wondzorg"), or when they differ by a typo: an optimal string alignment distance of 1 from eight
letters on, of 2 from fourteen on (shorter words differ too easily: "lassen" and "lessen"). A typo makes a word that
nobody knows: "mondzorg" is no "wondzorg" (`matcher.links.known`), and a word that begins with another letter is
another word. All are relations between two strings alone, so they hold in both directions of a query.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from matcher.concepts import Labels, base_of
from matcher.links.known import are_two_words
from matcher.text import skill_key

Spellings = defaultdict[str, Counter[str]]
"""How often each skill (by its key) is written in each way."""

RARITY_UNIT = 1024
_LEAST_RARITY = 0.25
_LONGEST_PHRASE = 4


class SkillWords:
    """The skill words of the alumni of a pool, searchable by what they cover."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self.row_of = {word: row for row, word in enumerate(self.words)}
        self.by_concept: tuple[Labels, dict[int, list[int]]] | None = None
        """By concept the rows of words that have it, and whose concepts those are (`matcher.pool.concepts`)."""
        self.rows_of: dict[str, list[int]] = {}
        """By key the rows of its words: one, but where the key stands for several things (`matcher.concepts`)."""
        self._keys = tuple(map(base_of, self.words))
        self._by_token: dict[str, set[int]] = defaultdict(set)
        for row, word in enumerate(self._keys):
            self.rows_of.setdefault(word, []).append(row)
            for token in word.split(" "):
                self._by_token[token].add(row)

    def covering(self, asked: str) -> list[int]:
        """Rows of the words that cover `asked` (a skill key) by how they are spelled, ascending."""
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        rows = set.intersection(*(self._by_token.get(token, set()) for token in asked.split(" ")))
        slips = _slips_allowed(asked)
        if slips:
            near = extract(asked, self._keys, scorer=OSA.distance, score_cutoff=slips, limit=None)
            rows |= {
                row
                for word, distance, row in near
                if distance <= min(_slips_allowed(word), slips) and _may_be_one(asked, word)
            }
        return sorted(rows)


def covers(asked: str, word: str) -> bool:
    """Whether a word covers what is asked (both skill keys) by how they are spelled: as `SkillWords.covering`."""
    if set(asked.split(" ")) <= set(word.split(" ")):
        return True
    slips = min(_slips_allowed(asked), _slips_allowed(word))
    if not slips:
        return False
    from rapidfuzz.distance import OSA

    return OSA.distance(asked, word, score_cutoff=slips) <= slips and _may_be_one(asked, word)


def _slips_allowed(word: str) -> int:
    if len(word) < 8 or not word.replace(" ", "").isalpha():
        return 0
    return 1 if len(word) < 14 else 2


def _may_be_one(one: str, other: str) -> bool:
    """Whether what differs between two skills can be a slip of the pen, and not another word."""
    words, others = one.split(" "), other.split(" ")
    if len(words) != len(others):
        words, others = ["".join(words)], ["".join(others)]
    return all(a == b or (a[0] == b[0] and not are_two_words(a, b)) for a, b in zip(words, others, strict=True))


def add_spellings(spellings: Spellings, skills: Iterable[str]) -> None:
    """Counts how these skills are written."""
    for skill in skills:
        spellings[skill_key(skill)][" ".join(skill.split())] += 1


def spelling(spellings: Spellings, key: str) -> str:
    """The most frequent spelling of a skill; the key itself if no record lists it."""
    counts = spellings.get(key)
    return max(counts, key=lambda written: (counts[written], written)) if counts else key


def rarity(people_by_skill: int, people: int) -> int:
    """Weight of an asked skill in 1/1024: 0.25 + 0.75 ln((N+1)/(h+1)) / ln(N+1), the usual idf on a fixed scale."""
    if people == 0:
        return RARITY_UNIT
    share = math.log((people + 1) / (people_by_skill + 1)) / math.log(people + 1)
    return round(RARITY_UNIT * (_LEAST_RARITY + (1 - _LEAST_RARITY) * share))


def skills_in_text(text: str, known: frozenset[str]) -> list[str]:
    """Known skill keys that occur literally in a text: longest first, not overlapping, in order of appearance."""
    tokens = skill_key(text.replace(".", " ")).split(" ")
    phrases: list[str] = []
    position = 0
    while position < len(tokens):
        for length in range(min(_LONGEST_PHRASE, len(tokens) - position), 0, -1):
            phrase = " ".join(tokens[position : position + length])
            if len(phrase) > 3 and phrase in known:
                phrases.append(phrase)
                position += length
                break
        else:
            position += 1
    return list(dict.fromkeys(phrases))
