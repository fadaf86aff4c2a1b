"""The pairs of words of two texts that have a link, each with the link that proves it."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path

from matcher.links import compounds, concepts
from matcher.links.forms import common_form, common_lemma, is_never, keys_of, lemmas
from matcher.text import WORD, fold

_LONGEST_NAME = 4
_NO_WORD = (("", "", False),)
_SHORTEST = 2
_SHORTEST_PART = 4
"""Letters of a word that is named as a part of a compound, at least."""
_MOST_CHARACTERS = 20_000
"""The rest of a longer text is ignored, as the encoder does."""


class Kind(StrEnum):
    """What links two words; the first are the stronger."""

    SAME = "same"
    FORM = "form"
    SYNONYM = "synonym"
    CONCEPT = "concept"
    COMPOUND = "compound"


@dataclass(frozen=True, slots=True)
class Link:
    """Why two words may be named together: the word, lemma, part or name that they have in common, folded."""

    kind: Kind
    common: str


@dataclass(frozen=True, slots=True)
class LinkedPair:
    """A word, or a name of several words, of a question and one of an alumnus, as they are written there."""

    asked: str
    own: str
    link: Link

    @property
    def evidence(self) -> dict[str, object]:
        """As it stands in the evidence of a contribution; `proven` reads it."""
        return {"query": self.asked, "candidate": self.own, "link": self.link.kind.value, "common": self.link.common}


def proven(evidence: Mapping[str, object]) -> LinkedPair | None:
    """The pair in a piece of evidence, if it has the link that it states; else None: then it is not to be named."""
    asked, own = str(evidence.get("query", "")), str(evidence.get("candidate", ""))
    found = link(fold(asked), fold(own))
    stated = evidence.get("link"), evidence.get("common")
    return LinkedPair(asked, own, found) if found and stated == (found.kind.value, found.common) else None


Terms = Mapping[str, str]
"""The words and names in a text that say something: folded, and as first written there."""


@dataclass(frozen=True, slots=True)
class Text:
    """The words of a text, read once for all that is asked of it: folded, as written, and whether each says something.

    `composed`: whether letters with accents are one character each, as nearly always.
    """

    words: Sequence[tuple[str, str, bool]]
    composed: bool

    def followed_by(self, other: Text) -> Text:
        """The text with another behind it, after a full stop."""
        return Text([*self.words, *other.words], self.composed and other.composed)


def read(text: str) -> Text:
    """The words of a text; the rest of a longer one is ignored, as the encoder does."""
    plain = text[:_MOST_CHARACTERS]
    composed = unicodedata.is_normalized("NFC", plain)
    return Text(list(map(_read, WORD.findall(plain if composed else unicodedata.normalize("NFC", plain)))), composed)


def linked_words(
    question: str | Terms, own_text: str | Text, shown: Collection[str] = (), *, only_same: bool = False
) -> list[LinkedPair]:
    """All pairs of a word of a question and a word of an alumnus with a link, in the order of the question.

    `question`: its text, or what `terms_in` found in that, which is once for many alumni.
    Of the alumnus only words that identify no one: those of names of occupations, skills and qualifications. Not the
    words of `shown`, which the asker sees already. `only_same`: words alone that both texts have, as a card may show
    them; where rare words are taken out of a text, words that stand side by side need not have done so.
    """
    seen = {word for term in shown for word in _words_shown(term)}
    asked, own = _asked(question), terms_in(own_text, concepts.public_words())
    if only_same:
        same = (word for word in asked if word in own and " " not in word and word not in seen)
        return [LinkedPair(asked[word], own[word], found) for word in same if (found := link(word, word))]
    keys = {word: _keys(word) for word in asked}
    by_key = _by_key(
        (word for word in own if not seen.issuperset(word.split())), frozenset[str]().union(*keys.values())
    )
    near = (
        (word, other)
        for word in asked
        for other in dict.fromkeys(other for key in sorted(by_key.keys() & keys[word]) for other in by_key[key])
    )
    return [LinkedPair(asked[word], own[other], found) for word, other in near if (found := link(word, other))]


@lru_cache(1024)
def _words_shown(term: str) -> tuple[str, ...]:
    """The words of a skill, folded."""
    return tuple(WORD.findall(fold(term)))


@lru_cache(16_384)
def link(asked: str, own: str) -> Link | None:
    """The strongest link of two folded words or names; None where there is none, or one of them is never named."""
    if not (_says_something(asked) and _says_something(own)) or is_never(asked, own):
        return None
    if asked == own:
        return Link(Kind.SAME, asked)
    if form := common_form(asked, own):
        return Link(Kind.FORM, form)
    if name := concepts.are_synonyms(asked, own):
        return Link(Kind.SYNONYM, name)
    if name := concepts.are_of_one_concept(asked, own):
        return Link(Kind.CONCEPT, name)
    part = _common_part(asked, own)
    return Link(Kind.COMPOUND, part) if part else None


@lru_cache(512)
def linked_to(asked: str) -> Mapping[str, Link]:
    """The word itself and every word that may be named and is linked with it, folded, each with its link.

    Nothing for a word that is never named. Takes about 0.1 s for a word such as `techniek`, which has many.
    """
    word = fold(asked)
    starts = {key[:_SHORTEST_PART] for key in _keys(word) if not key.startswith("#")}
    name = concepts.names().get(word)
    same = {other for other, of in concepts.names().items() if name and of.concept == name.concept}
    near = {other for other in concepts.public_words() if other in same or any(start in other for start in starts)}
    forms = {word + ending for ending in ("s", "n", "e", "en", f"{word[-1:]}en")} | {word[:-cut] for cut in (1, 2, 3)}
    found = ((other, link(word, other)) for other in sorted({word, *near, *forms}))
    return {other: linked for other, linked in found if linked}


def are_too_general(question: str | Terms, words: Iterable[str]) -> bool:
    """Whether these words of a question are all general ones, and the question is narrower: zorg of acute zorg.

    General are the words that stand in the names of many trades (`heads` and `wide` of `words.toml`).
    """
    asked, general = {fold(word) for word in words}, _of_many_trades()
    if not asked or any(general.isdisjoint(lemmas(word)) for word in asked):
        return False
    return any(general.isdisjoint(lemmas(word)) for word in _asked(question) if " " not in word)


def names_in(text: str, names: Iterable[str], words: Text | None = None) -> list[str]:
    """The names, as of skills, that a text tells in other words; `words`: those of the text, where it was read already.

    Each word of the name stands there, or one that says as much: a form of it, another name of it, or a narrower word
    (thuiszorg tells zorg, zorg does not tell thuiszorg).
    """
    asked = [(name, fold(name)) for name in names]
    sought = frozenset[str]().union(*(_keys_of_name(folded) for _, folded in asked))
    words = words or read(text)
    by_key = _by_key(terms_in(words), sought)
    if words.composed:
        literal = {word for word, _, _ in words.words}
    else:
        plain = text[:_MOST_CHARACTERS]
        literal = set(WORD.findall(plain.lower()) if plain.isascii() else map(fold, WORD.findall(plain)))

    def is_told(term: str) -> bool:
        near = {other for key in _keys(term) for other in by_key.get(key, ())}
        return term in literal or any(_says_as_much(term, other) for other in near)

    return [name for name, folded in asked if _is_named(folded, is_told)]


def _is_named(name: str, is_told: Callable[[str], bool]) -> bool:
    """Whether a folded name is told as a whole, or by each of its words but those of language and of asking."""
    words = _words_of_name(name)
    return bool(words) and (is_told(name) or all(map(is_told, words)))


@lru_cache(4096)
def _words_of_name(name: str) -> tuple[str, ...]:
    """The words of a folded name, without those of language and of asking."""
    return tuple(word for word in WORD.findall(name) if word not in _lists()["function"] | _lists()["asking"])


@lru_cache(4096)
def _keys_of_name(name: str) -> frozenset[str]:
    """The keys of a folded name and of its words."""
    return _keys(name).union(*map(_keys, _words_of_name(name)))


def _by_key(terms: Iterable[str], sought: AbstractSet[str]) -> Mapping[str, list[str]]:
    """The terms that have each of these keys, in order."""
    found: dict[str, list[str]] = {}
    for term in terms:
        keys = _keys(term)
        if not keys.isdisjoint(sought):
            for key in keys & sought:
                found.setdefault(key, []).append(term)
    return found


def _says_as_much(asked: str, own: str) -> bool:
    """Whether whoever names the one, names the other: no part of a compound tells the compound, nor its first part."""
    found = link(asked, own)
    if found is None or found.kind is not Kind.COMPOUND:
        return found is not None
    parts = compounds.parts(own)
    return parts is not None and (_is(parts[1], asked) or not (_is(parts[0], asked) or _is(found.common, own)))


def _says_something(term: str) -> bool:
    return len(term) >= _SHORTEST and any(map(str.isalpha, term)) and term not in _never()


def _common_part(asked: str, own: str) -> str | None:
    """The part that a compound has in common with a word, or two compounds with one another."""
    mine, theirs = compounds.parts(asked), compounds.parts(own)
    words = _lists()
    if theirs:  # asked zorg, does thuiszorg: the narrower is some of the wider
        for part in theirs:
            if _is(part, asked) and _links_alone(part):
                return part
    if mine:  # asked kinderopvang, does opvang; but asked wondzorg, does zorg says too little
        for part in mine:
            if _is(part, own) and _links_alone(part) and not _among(part, _of_many_trades()):
                return part
    if mine and theirs and _is(mine[0], theirs[0]) and mine[0] not in words["ambiguous"]:
        one_trade = _among(mine[1], words["trade"]) and _among(theirs[1], words["trade"])
        if one_trade or common_form(mine[1], theirs[1]):
            return mine[0]
    return None


def _is(part: str, word: str) -> bool:
    return part == word or common_lemma(part, word) is not None


def _links_alone(part: str) -> bool:
    return len(part) >= _SHORTEST_PART and part not in _never() and part not in _lists()["ambiguous"]


def _among(word: str, words: frozenset[str]) -> bool:
    return not words.isdisjoint(keys_of(word))


@lru_cache(16_384)
def _keys(term: str) -> frozenset[str]:
    """Two terms without a key in common have no link."""
    keys = set(keys_of(term))
    for part in compounds.parts(term) or ():
        keys.update(keys_of(part))
    name = concepts.names().get(term)
    return frozenset(keys | {f"#{name.concept}"} if name else keys)


def _asked(question: str | Terms) -> Terms:
    return terms_in(question) if isinstance(question, str) else question


def terms_in(text: str | Text, allowed: Collection[str] | None = None) -> Terms:
    """The terms of a text that are allowed, in their order there; None: all."""
    words = (read(text) if isinstance(text, str) else text).words
    second_words = concepts.second_words()
    none: frozenset[str] = frozenset()
    terms: dict[str, str] = {}
    for at, ((word, written, says), following) in enumerate(zip(words, chain(words[1:], _NO_WORD), strict=False)):
        if following[0] in second_words.get(word, none):
            terms |= {name: named for name, named in _names_at(words[at : at + _LONGEST_NAME]) if name not in terms}
        if says and word not in terms and (allowed is None or word in allowed):
            terms[word] = written
    return terms


def _names_at(words: Sequence[tuple[str, str, bool]]) -> Iterator[tuple[str, str]]:
    """The names of more than one word with which these words begin, the longest first: folded, and as written."""
    names = concepts.names()
    for length in range(len(words), 1, -1):
        name = " ".join(word for word, _, _ in words[:length])
        if name in names:  # all its words are public
            yield name, " ".join(written for _, written, _ in words[:length])


@lru_cache(16_384)
def _read(word: str) -> tuple[str, str, bool]:
    """A word of a text: folded, as it is written, and whether it says something."""
    written = _lowered(word)
    folded = word.lower() if word.isascii() else fold(written)
    return folded, written, _says_something(folded)


def _lowered(word: str) -> str:
    return word.lower() if word[1:].islower() else word


@cache
def _never() -> frozenset[str]:
    return frozenset().union(*(_lists()[name] for name in ("function", "asking", "general")))


@cache
def _of_many_trades() -> frozenset[str]:
    return _lists()["heads"] | _lists()["wide"]


@cache
def _lists() -> Mapping[str, frozenset[str]]:
    raw = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))
    return {name: frozenset(fold(words).split()) for name, words in raw.items()}


def best(pairs: Iterable[LinkedPair], shares: Mapping[LinkedPair, float], most: int) -> list[LinkedPair]:
    """The pairs to name, each word in one of them: the largest share first, and of equals the strongest link."""
    kinds = list(Kind)

    def order(pair: LinkedPair) -> tuple[float, int]:
        return -shares.get(pair, 0.0), kinds.index(pair.link.kind)

    chosen: list[LinkedPair] = []
    used: set[str] = set()
    for pair in sorted(pairs, key=order):
        words = {*_words_of("?", pair.asked), *_words_of("!", pair.own)}
        if len(chosen) < most and used.isdisjoint(words):
            chosen.append(pair)
            used |= words
    return chosen


def _words_of(side: str, term: str) -> Iterator[str]:
    return (side + fold(word) for word in term.split())
