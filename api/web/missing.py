"""The answer to who is not in a list, below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcher import explain
from matcher.locale import Language, say
from matcher.services.missed import Missed


@dataclass(frozen=True)
class MissingView:
    """The form below a list: where it goes, with which fields of the list, the word, and what is told of it."""

    action: str
    kept: Sequence[tuple[str, str]]
    word: str
    told: Sequence[str]


def missing_view(
    language: Language, action: str, kept: Sequence[tuple[str, str]], word: str, missed: Missed | None
) -> MissingView:
    """The form, with the answer for its word if it has one."""
    word = word.strip()
    told: list[str] = []
    if missed is not None:
        told = [explain.excluded_sentence(code, count, language) for code, count in missed.excluded.items() if count]
        if missed.listed:
            if told:
                told.insert(0, say(language, "asking.missed.out", word=word))
            told.insert(0, say(language, "asking.missed.listed", word=word, count=missed.listed))
        if not told:
            told = [say(language, "asking.missed.none", word=word)]
            if len(word.split()) > 1:
                told.append(say(language, "asking.missed.one_word"))
        if missed.also:
            told.insert(0, say(language, "asking.missed.also", word=word, also=", ".join(missed.also)))
        told.append(say(language, "asking.missed.small"))
    return MissingView(action, kept, word, told)
