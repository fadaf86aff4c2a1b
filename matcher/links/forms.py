"""Whether two words are forms of one: singular and plural, small, inflected, conjugated, or one trade's by a table.

Dutch and English. Rules make from a word what it may be a form of; the words that rules would have wrong stand in
`forms.toml`. A pair is a form only where one of the two is made from the other, or both from a verb of the table.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

_VOWELS = "aeiou"
_OPEN = re.compile(r"(.*[^aeiou])([aeou])([bcdfghklmnprstvwz])")
"""A stem that ends in one vowel and one consonant: `schol` of scholen."""
_DOUBLE = re.compile(r"(.*[aeiou])(bb|dd|ff|gg|kk|ll|mm|nn|pp|rr|ss|tt)")
_TWO = re.compile(r"[aeiouy]+[^aeiouy]+[aeiouy]+")
"""Two syllables: `artikel`, of which the last vowel stays short."""
_VOICED = {"v": "f", "z": "s"}
_S_PLURAL = re.compile(r".*(?:el|em|en|er|erd|aar|aard|eur|oor|ier|ie|ee|a|i|o|u|y|e|um|on|or|ol|ot|ist)")
"""Endings after which a Dutch plural has an -s; others with one stand in the table."""
_ADJECTIVE = re.compile(r".*(?:isch|ig|lijk|baar|eel|ief|end|aal|loos|zaam|rijk|matig|ieel|air|iek)")
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class _Table:
    """`irregular`: plural to singular; `verbs`: form to infinitive; `families`: word to its trades; `never`: pairs."""

    irregular: Mapping[str, str]
    plural_in_s: frozenset[str]
    adjectives: frozenset[str]
    verbs: Mapping[str, frozenset[str]]
    families: Mapping[str, frozenset[str]]
    never: frozenset[frozenset[str]]


def is_never(one: str, other: str) -> bool:
    """Whether our table says that these two words have nothing to do with each other."""
    return frozenset((one, other)) in _table().never


@lru_cache(8192)
def common_form(one: str, other: str) -> str | None:
    """The word that both folded words are forms of; None where they are not, or are the same."""
    if one == other or is_never(one, other):
        return None
    return common_lemma(one, other) or min(_trades(lemmas(one)) & _trades(lemmas(other)), default=None)


@lru_cache(8192)
def common_lemma(one: str, other: str) -> str | None:
    """The same without the table of trades: lasser and lassen have none."""
    if one == other or is_never(one, other):
        return None
    mine, theirs, verbs = lemmas(one), lemmas(other), _table().verbs
    for lemma in (one, other):
        if lemma in mine and lemma in theirs:
            return lemma
    return min(verbs.get(one, frozenset()) & verbs.get(other, frozenset()), default=None)


@lru_cache(8192)
def lemmas(word: str) -> frozenset[str]:
    """The words that this one may be a form of, itself among them."""
    table = _table()
    found = {word, *table.verbs.get(word, ())}
    irregular = next((word[: -len(plural)] + one for plural, one in table.irregular.items() if _ends(word, plural)), "")
    found.update([irregular] if irregular else (lemma for lemma in _regular(word) if len(lemma) >= _SHORTEST))
    return frozenset(found)


@lru_cache(8192)
def keys_of(word: str) -> frozenset[str]:
    """What two words must have one in common of to be forms of each other: lemmas and trades, the word among them."""
    mine = lemmas(word)
    return mine | _trades(mine)


def _ends(word: str, plural: str) -> bool:
    return word == plural or (word.endswith(plural) and len(plural) >= len("banen") and len(word) - len(plural) > 2)


def _trades(words: frozenset[str]) -> set[str]:
    families = _table().families
    return {trade for word in words for trade in families.get(word, ())}


def _regular(word: str) -> Iterator[str]:
    table = _table()
    if word.endswith("en"):
        yield from _stems(word[:-2])
        yield word[:-1]
    one = word.removesuffix("s")
    if one != word and (one in table.plural_in_s or (len(one) > _SHORTEST and _S_PLURAL.fullmatch(one))):
        yield one
    if word.endswith("ies"):
        yield word[:-3] + "y"
    if re.search(r"(?:s|x|ch|sh)es$", word):
        yield word[:-2]
    if word.endswith("ici"):
        yield word[:-1] + "us"
    if word.endswith(("lieden", "mensen")) and len(word) > len("lieden") + 2:
        yield word[:-6] + "man"
    if word.endswith("e"):
        yield from (stem for stem in _stems(word[:-1]) if _ADJECTIVE.fullmatch(stem) or stem in table.adjectives)
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) >= len(ending) + 4:
            yield word[: -len(ending)]
    yield from _large(word.removesuffix("s"))


def _stems(stem: str) -> Iterator[str]:
    """What a stem is on its own: `wond`, `las` of lass, `school` of schol, `huis` of huiz, `artikel`."""
    double, opened = _DOUBLE.fullmatch(stem), _OPEN.fullmatch(stem)
    if double:
        yield double[1] + double[2][0]
    elif opened:
        yield opened[1] + opened[2] * 2 + _VOICED.get(opened[3], opened[3])
        if _TWO.search(stem) and not stem.endswith("er"):  # words in -er have -s: serveren are no servers
            yield stem
    elif stem:
        yield stem[:-1] + _VOICED.get(stem[-1], stem[-1])


def _large(word: str) -> Iterator[str]:
    """What a small word is small of: broodje, bloemetje, boompje, woninkje."""
    if not word.endswith("je") or len(word) < len("tuinje"):
        return
    stem = word[:-2]
    if stem.endswith("et"):
        yield from _stems(stem[:-2])
        yield stem[:-2]
    if stem.endswith("nk"):
        yield stem[:-1] + "g"
    if stem.endswith(("p", "t")):
        yield stem[:-1]
    yield stem


@cache
def _table() -> _Table:
    raw = _raw()
    verbs: dict[str, set[str]] = {}
    for entry in raw["verbs"]["weak"].split():
        for form in _conjugated(entry):
            verbs.setdefault(form, set()).add(entry.replace("|", ""))
    for infinitive, forms in raw["verbs"]["strong"].items():
        for form in (*forms.split(), *_present(infinitive)):
            verbs.setdefault(form, set()).add(infinitive)
    families: dict[str, set[str]] = {}
    for trade, words in raw["families"].items():
        for word in (trade, *words.split()):
            families.setdefault(word, set()).add(trade)
    return _Table(
        raw["irregular"],
        frozenset(raw["plural_in_s"]["words"].split()),
        frozenset(raw["adjectives"]["words"].split()),
        {form: frozenset(infinitives) for form, infinitives in verbs.items()},
        {word: frozenset(trades) for word, trades in families.items()},
        frozenset(frozenset(pair.split()) for pair in raw["never"]["pairs"]),
    )


def _present(infinitive: str) -> Iterator[str]:
    """lassen, las, last, lassend, lassende."""
    stem = _stem(infinitive)
    yield from (infinitive, stem, stem if stem.endswith("t") else f"{stem}t", f"{infinitive}d", f"{infinitive}de")


def _conjugated(entry: str) -> Iterator[str]:
    """The forms of a weak verb; `op|stellen` is separable. Its dental is by 't kofschip, from the infinitive."""
    prefix, _, base = entry.rpartition("|")
    stem, sound = _stem(base), base[:-2][-1:]
    dental = "t" if sound in "tkfsp" or base[:-2].endswith(("ch", "x")) else "d"
    participle = stem if stem.endswith(dental) else stem + dental
    ge = "" if not prefix and base.startswith(("be", "ge", "her", "ont", "ver")) else "ge"
    yield from (f"{prefix}{form}" for form in _present(base))
    yield from (f"{prefix}{stem}{dental}{ending}" for ending in ("e", "en"))
    yield from (f"{prefix}{ge}{participle}", f"{prefix}{ge}{participle}e")


def _stem(infinitive: str) -> str:
    """The first person: lassen, las; maken, maak; schilderen, schilder; bouwen, bouw; repareren, repareer."""
    stem = infinitive[:-2]
    if infinitive in _short() or re.fullmatch(r".*[aeiouy].*(?:el|en|ig)", stem):
        return stem
    return next(_stems(stem), stem)


@cache
def _raw() -> Mapping[str, Any]:
    with Path(__file__).with_name("forms.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def _short() -> frozenset[str]:
    """Verbs in -eren whose stress is before it: schilder, not schildeer."""
    return frozenset(_raw()["verbs"]["short"].split())
