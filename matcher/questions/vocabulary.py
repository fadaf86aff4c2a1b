"""Which words are known, so that a typing error or nonsense can be told from a word that is merely rare."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import cached_property

from matcher.domain import crebo
from matcher.questions.words import Pattern, general, plain_of, table

_LINKS = ("", "s", "en", "e", "-")
_SHORTEST_PART, _LONG_STEM = 3, 4
_SHORTEST_NEAR, _NEAR = 5, 84
"""Least similarity (0-100, rapidfuzz ratio) of a known word to one that may be a slip of it."""
_ENDINGS = ("en", "s", "e", "er", "ers", "es", "je", "jes", "t", "'s", "ing", "d", "ed", "st", "ste", "ische", "isch")
_WORD = Pattern(r"[a-z]+")
_OF_SHORT = Pattern(r"([a-z0-9-]{2,})'(?:s|er|ers|ster|sters|tje|tjes|en|de|ing)")
"""An abbreviation with an ending."""


class Vocabulary:
    """Words of the register of qualifications, of the tables, and those given: of the encoder or of a pool.

    `words` gives them folded. What is slow is made when it is first asked for.
    """

    def __init__(self, words: Callable[[], Collection[str]] = frozenset) -> None:
        self._given = words

    @cached_property
    def words(self) -> frozenset[str]:
        """Every known word."""
        names = {
            word
            for entry in crebo.register().values()
            for word in _WORD.findall(plain_of(f"{entry.name} {entry.domain}"))
        }
        stems = {word for word in table("trades")["stems"] if len(word) > 2}
        return frozenset(self._given()) | names | stems | general() | table("wishes")["words"]

    @cached_property
    def _trades(self) -> tuple[str, ...]:
        return tuple(stem for stem in table("trades")["stems"] if len(stem) >= _LONG_STEM)

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(self.words | {word[:-1] for word in self.words if len(word) > 5})

    @cached_property
    def _trigrams(self) -> frozenset[str]:
        return frozenset(
            f"^{word}$"[at : at + 3]
            for word in self.words
            for at in range(len(word))
            if word.isascii() and word.isalpha()
        )

    @cached_property
    def _by_start(self) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = {}
        for word in sorted(self.words - general()):  # of two that are as near, always the same
            if len(word) >= _SHORTEST_NEAR:
                groups.setdefault(word[0], []).append(word)
        return groups

    def knows(self, word: str) -> bool:
        """Whether a folded word is known, is a form of a known one, or is made of known ones."""
        if word in table("trades")["short"]:
            return True
        if len(word) < 3:
            return word in general()
        if (short := _OF_SHORT.fullmatch(word)) and (short[1] in table("trades")["short"] or self.knows(short[1])):
            return True  # `zzp'ers`
        return all(self._knows(part) for part in re.split(r"[-'&+#]+", word) if len(part) > 1)

    def _knows(self, word: str) -> bool:
        if (
            word in self.words
            or word.isdigit()
            or any(
                word.endswith(end) and word[: -len(end)] in self._stems for end in _ENDINGS if len(word) - len(end) > 2
            )
        ):
            return True
        return len(word) > 5 and (self._compound(word) or self._of_trade(word))

    def _of_trade(self, word: str) -> bool:
        """Whether it begins or ends as the words of trades do, as uitvaartzorg does."""
        return any(word.startswith(stem) or word.endswith(stem) for stem in self._trades)

    def _compound(self, word: str) -> bool:
        for at in range(len(word) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
            if word[:at] not in self._stems:
                continue
            for link in _LINKS:
                rest = word[at:].removeprefix(link) if word[at:].startswith(link) else ""
                if len(rest) >= _SHORTEST_PART and (
                    rest in self._stems
                    or any(
                        rest.endswith(end) and rest[: -len(end)] in self._stems
                        for end in _ENDINGS
                        if len(rest) - len(end) > 2
                    )
                ):
                    return True
        return False

    def near(self, word: str) -> str | None:
        """The known word of a trade or skill that this may be a slip of: its first letter is right mostly."""
        from rapidfuzz import fuzz, process

        if len(word) < _SHORTEST_NEAR:
            return None
        hit = process.extractOne(word, self._by_start.get(word[0], ()), scorer=fuzz.ratio, score_cutoff=_NEAR)
        return hit[0] if hit else None

    def readable(self, word: str) -> bool:
        """Whether the letters follow each other as in known words, which those of `qwerty` do not."""
        letters = "".join(char for char in word if char.isalpha())
        marked = f"^{letters}$"
        grams = [marked[at : at + 3] for at in range(len(marked) - 2)]
        if not letters or not letters.isascii():
            return bool(letters)
        return sum(gram in self._trigrams for gram in grams) >= 0.75 * len(grams)
