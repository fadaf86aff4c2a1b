"""Day parts as people write them: `di/do middag`, `ma t/m vr`, `avonden`, `weekend`. No library reads these."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from matcher.domain.calendar_names import DAY_NAMES
from matcher.domain.day_parts import DAYS, PARTS
from matcher.spreadsheets.cells.lists import items
from matcher.spreadsheets.cells.reading import CellProblem, Page
from matcher.spreadsheets.columns import Column, choices_of
from matcher.text import DASHES, fold

_SHORTENED = (
    ("maa", "maan"), ("din", "dins"), ("woe", "woens"), ("don", "dond"), ("vrij",), ("zat",), ("zon",),
)  # fmt: skip
_DAYS = tuple((*names, *shortened) for names, shortened in zip(DAY_NAMES, _SHORTENED, strict=True))
_PARTS = (
    (
        "ochtend",
        "ochtenden",
        "ochtends",
        "morning",
        "mornings",
        "voormiddag",
        "voormiddagen",
        "morgens",
        "ocht",
        "och",
        "oc",
    ),
    ("middag", "middagen", "middags", "afternoon", "afternoons", "namiddag", "namiddagen", "midd", "mid"),
    ("avond", "avonden", "avonds", "evening", "evenings", "avon", "avo", "av"),
)
_LETTERS = {"o": 0, "m": 1, "a": 2}
"""The parts of a day by their first letter, where the day stands before them: `di (o+m)`."""
_WHOLE_DAY = ("hele dag", "gehele dag", "de hele dag", "hele dagen", "heel de dag", "whole day", "all day", "full day")
_WEEK = (
    "doordeweeks", "doordeweekse", "doordeweekse dagen", "door de week", "werkdagen", "werkdag", "weekdagen",
    "weekdays", "weekday", "schooldagen",
)  # fmt: skip
_WEEKEND = ("weekend", "weekends", "weekenden", "weekeinde", "weekeinden")
_ALWAYS = (
    "altijd", "alle dagen", "elke dag", "iedere dag", "alle dagdelen", "24/7", "always", "every day",
    "7 dagen per week",
    "alle dagen van de week", "elk dagdeel", "ieder dagdeel", "dagelijks",
)  # fmt: skip
_LIMITS = frozenset(
    {"niet", "geen", "behalve", "uitgezonderd", "maar", "alleen", "behoudens", "muv", "m.u.v.", "m.u.v", "even",
     "oneven", "soms", "except", "not", "only", "zonder", "om", "1x", "1e", "2e", "3e", "4e", "eerste", "tweede",
     "derde", "laatste", "wisselend", "maandelijks", "tweewekelijks"}
)  # fmt: skip
"""Words that limit what stands elsewhere in the cell: nothing of such a cell is used."""
_MARKS = frozenset("/,+&-")
_JOINTS = frozenset({"", "-", "/", ",", "+", "&", "+-", "-+", ",+", "-/", "-,"})
"""What may stand between two words: `en` is `+` here; `ma- en di-middag`, `ochtend en -middag`."""
_ALL_PARTS, _ALL_DAYS = frozenset(range(3)), frozenset(range(7))
_FILLERS = frozenset(
    {
        "op",
        "de",
        "het",
        "in",
        "'s",
        "s",
        "hele",
        "heel",
        "gehele",
        "elke",
        "alle",
        "iedere",
        "ieder",
        "elk",
        "every",
        "on",
        "the",
    }
)
_TOKEN = re.compile(r"[^\s,/+&-]+|[,/+&-]")
_ARTICLE = re.compile(r"'s[ -](?=ochtends|morgens|middags|avonds)")


@dataclass(frozen=True, slots=True)
class _Word:
    """What a word of a cell stands for: days, parts of a day, or both; `glued`: `dinsdagmiddag`."""

    days: frozenset[int] = frozenset()
    parts: frozenset[int] = frozenset()
    glued: bool = False
    group: bool = False


@dataclass(slots=True)
class _Group:
    """Days, and the parts of all of them."""

    days: list[int] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)


@cache
def _table() -> Mapping[str, _Word]:
    table: dict[str, _Word] = {}
    parts = {name: number for number, names in enumerate(_PARTS) for name in names}
    for number, names in enumerate(_DAYS):
        for name in names:
            spellings = {name, f"{name}s", f"{name}en"} if len(name) > 5 else {name}
            for spelling in spellings:
                table[spelling] = _Word(frozenset({number}))
            for part, bit in {**parts, "morgen": 0}.items():
                table[name + part] = _Word(frozenset({number}), frozenset({bit}), glued=True)
    table |= {name: _Word(parts=frozenset({bit})) for name, bit in parts.items()}
    table |= dict.fromkeys((name.replace(" ", "_") for name in _WEEK), _Word(frozenset(range(5)), group=True))
    table |= dict.fromkeys(_WEEKEND, _Word(frozenset({5, 6}), group=True))
    table |= {f"weekend{name}": _Word(frozenset({5, 6}), frozenset({bit}), glued=True) for name, bit in parts.items()}
    table |= {f"{day}-{part}": table[day + part] for day in DAYS for part in PARTS}
    table["overdag"] = _Word(parts=frozenset({0, 1}))
    table["morgen"] = _Word(parts=frozenset({0}), glued=True)
    return table


_WHOLE = _Word(parts=_ALL_PARTS)


@cache
def _whole_day() -> frozenset[str]:
    return frozenset(phrase.replace(" ", "_") for phrase in _WHOLE_DAY)


@cache
def _phrases() -> Mapping[str, str]:
    """Words of several words, as one token."""
    return {phrase: phrase.replace(" ", "_") for phrase in (*_WEEK, *_ALWAYS, *_WHOLE_DAY) if " " in phrase}


@cache
def _phrase_form() -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, _phrases()), key=len, reverse=True)) + r")\b")


def mask(days: Iterable[int], parts: Iterable[int]) -> int:
    """The bits of these parts (0-2) of these days (0-6)."""
    parts = tuple(parts)
    return sum(1 << (3 * day + part) for day in set(days) for part in set(parts))


def read_day_parts(column: Column, _raw: object, text: str, page: Page) -> int | None:
    """The mask of the day parts of a cell; what is none is left out. Raises CellProblem for a cell with a limit."""
    words = set(re.findall(r"[\w.]+", fold(text)))
    if words & _LIMITS:
        raise CellProblem("day_part", word=text, choices=choices_of(column))
    bits = 0
    for item in items(text):
        found = _unit(item)
        if found is None and "," in item:
            parts = [part.strip() for part in item.split(",") if part.strip()]
            read = [(part, _unit(part)) for part in parts]
        else:
            read = [(item, found)]
        for part, own in read:
            if own is None:
                page.leave("day_part", part, word=part, choices=choices_of(column))
            else:
                bits |= own
    return bits or None


def parts_of_day(text: str) -> int | None:
    """The mask of parts (bits 0-2) of a cell in the column of one day: `o/m`, `om`, `midd.`; None for other words."""
    plain = re.sub(r"\bmi\b", "m", re.sub(r"[^a-z]+", " ", fold(text)))
    bits = 0
    for item in plain.split():
        word, letters = _table().get(item), set(item)
        if word is not None and word.parts and not word.days:
            bits |= sum(1 << part for part in word.parts)
        elif letters <= _LETTERS.keys() and len(letters) == len(item):
            bits |= sum(1 << _LETTERS[letter] for letter in letters)
        elif item not in {"en", "s"}:
            return None
    return bits or None


def _unit(text: str) -> int | None:
    """The mask of a text without semicolons; None if a word of it is unknown."""
    tokens = _tokens(text)
    if not tokens:
        return None
    if tokens in ([phrase.replace(" ", "_")] for phrase in _ALWAYS):
        return mask(_ALL_DAYS, _ALL_PARTS)
    groups = _groups(tokens)
    if groups is None:
        return None
    bits = 0
    for one in groups:
        bits |= mask(one.days or _ALL_DAYS, one.parts or _ALL_PARTS)
    return bits or None


def _tokens(text: str) -> list[str]:
    plain = fold(text).translate(DASHES).replace("’", "'").replace("_", " ")
    plain = _ARTICLE.sub("", plain)
    plain = re.sub(r"\b(?:t/m|tot en met|tm|through)\b|(?<=day) to (?=\w)", " - ", plain)
    plain = _phrase_form().sub(lambda match: _phrases()[match[0]], plain)
    plain = re.sub(r"\b(en/of|en|and|plus)\b", " + ", plain.replace("(", " ").replace(")", " "))
    plain = re.sub(r"(?<=\w)[.:](?=[\s,/+&-]|$)", " ", plain)
    joined = _table()
    whole = plain.replace(" ", "").replace("-", "")
    if whole in joined and joined[whole].glued:
        return [whole]
    return [token for token in _TOKEN.findall(plain) if token not in _FILLERS]


def _groups(tokens: list[str]) -> list[_Group] | None:
    """Days with their parts; None for an unknown word, or an order that could mean two things.

    Parts count for all days before them, up to other parts: of `ma en di middag` both readings hold the same.
    """
    groups, between = [_Group()], ""
    for token in tokens:
        if token in _MARKS:
            between += token
            continue
        if between not in _JOINTS or (between and not (groups[0].days or groups[0].parts)):
            return None
        if not _add(token, groups, between):
            return None
        between = ""
    return None if between else groups


def _add(token: str, groups: list[_Group], between: str) -> bool:
    """Adds what a word stands for to the groups; False if it cannot stand there."""
    word = _WHOLE if token in _whole_day() else _table().get(token)
    last = groups[-1]
    if word is None and token in _LETTERS and last.days:
        word = _Word(parts=frozenset({_LETTERS[token]}))
    if word is None:
        return False
    if not word.days:
        last.parts += word.parts
        return bool(last.days) or word is not _WHOLE
    if between == "-" and not last.parts and not word.parts and last.days and not word.group:
        last.days += _range(last.days[-1], min(word.days))
        return True
    if between == "-" or (last.parts and not last.days and not between):
        return False
    if last.parts or (last.days and word.parts and between == ","):
        groups.append(_Group())
    groups[-1].days += sorted(word.days)
    groups[-1].parts += sorted(word.parts)
    return True


def _range(first: int, last: int) -> list[int]:
    """The days from one to another, over the weekend if need be."""
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]
