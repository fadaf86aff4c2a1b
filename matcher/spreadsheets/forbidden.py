"""Data that may not be stored, found by the name of a column, and by what stands in it.

GDPR 9 and 10, UAVG 46 (BSN, and the personal number of education, which is the BSN), and data that VUM calls sensitive
(the register of people who are helped to work). Such a column is left out and named; the others come in.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from matcher.spreadsheets.content import text_of
from matcher.spreadsheets.spellings import key, words

FEWEST_BSN = 10
"""Distinct numbers that all pass the eleven-test before a column is taken for one of BSNs: by chance 1 in 10^10."""
_MOST_WRONG = 0.05
_SHARE, _FEWEST = 0.6, 3
_BSN_LENGTH, _WEIGHTS = 9, (9, 8, 7, 6, 5, 4, 3, 2, -1)
_PLAIN = re.compile(r"^(?:\d{8,9}|\d{3}[. ]\d{3}[. ]\d{3}|\d{4}[. ]\d{2}[. ]\d{3})$")
_WITHIN = re.compile(r"(?<![\w+.,/@-])(?:\d{9}|\d{3}[. ]\d{3}[. ]\d{3}|\d{4}[. ]\d{2}[. ]\d{3})(?![\w/@]|[.,-]\w)")
_NAMED = re.compile(
    r"\b(?:bsn|burgerservice\w*|sofi\w*)\W{0,3}(?:nr|nummer|is)?\W{0,3}(\d[\d. -]{6,10}\d)", re.IGNORECASE
)


_COUNTRY = re.compile(r"(?:\+|\b00)\d{1,3}[ .]?(?:\(0\) ?)?$")
"""What stands before a telephone number, as in `+31 612 345 678`."""


class Sensitive(StrEnum):
    """Why a column may not be stored: the key of its sentence under `mapping.forbidden`."""

    BSN = "bsn"
    HEALTH = "health"
    ORIGIN = "origin"
    BELIEF = "belief"
    POLITICS = "politics"
    UNION = "union"
    ORIENTATION = "orientation"
    CRIMINAL = "criminal"
    REGISTER = "register"


@cache
def _table(part: str) -> Mapping[Sensitive, tuple[str, ...]]:
    with Path(__file__).with_suffix(".toml").open("rb") as file:
        return {Sensitive(why): tuple(words) for why, words in tomllib.load(file)[part].items()}


def _compiled(names: tuple[str, ...]) -> re.Pattern[str]:
    parts = [
        re.escape(words(name[:-1])) + r"\w*" if name.endswith("-") else re.escape(words(name))
        for name in names
        if not name.endswith("=")
    ]
    return re.compile(r"\b(?:" + "|".join(sorted(parts, key=len, reverse=True)) + r")\b")


@cache
def _patterns() -> Mapping[Sensitive, tuple[re.Pattern[str], frozenset[str]]]:
    """What a name may not hold, and what it may not be, for each reason."""
    return {why: (_compiled(names), frozenset(map(key, names))) for why, names in _table("names").items()}


@cache
def _values() -> Mapping[Sensitive, frozenset[str]]:
    return {why: frozenset(words) for why, words in _table("values").items()}


_LETTERS = re.compile(r"(?<=\b\w) (?=\w\b)")
"""Between letters apart, as in `b s n nummer`."""


def forbidden_name(header: str) -> Sensitive | None:
    """Why a column of this name may not be stored; None if nothing in the name says so.

    A word of the list, alone or among others; not as a part of a longer word (`gezondheidszorg`).
    """
    text, joined = _LETTERS.sub("", words(header)), key(header)
    for why, (pattern, whole) in _patterns().items():
        if joined in whole or pattern.search(text):
            return why
    return None


def forbidden_content(values: Iterable[object]) -> Sensitive | None:
    """Why a column with these values may not be stored: BSNs, or words that are only used of what is forbidden.

    `values`: cells; equal ones count once.
    """
    texts = {text_of(value) for value in values} - {""}
    numbers = {re.sub(r"\D", "", text).zfill(_BSN_LENGTH) for text in texts if _PLAIN.match(text)}
    right = sum(map(_passes, numbers))
    if right >= FEWEST_BSN and len(numbers) - right <= _MOST_WRONG * len(numbers) and 2 * len(numbers) > len(texts):
        return Sensitive.BSN
    keys = {key(text) for text in texts}
    for why, known in _values().items():
        if len(keys & known) >= _FEWEST and len(keys & known) >= _SHARE * len(keys):
            return why
    return None


def single_bsn(value: str) -> bool:
    """Whether a text holds what looks like a BSN: nine digits that pass the eleven-test, or eight behind the word BSN.

    For cells of columns that are no number, phone or postcode: one in eleven random numbers passes.
    """
    named = _NAMED.search(value)
    if named:
        digits = re.sub(r"\D", "", named[1])
        if len(digits) in {8, 9} and _passes(digits.zfill(_BSN_LENGTH)):
            return True
    return any(
        _passes(re.sub(r"\D", "", match[0])) and not _COUNTRY.search(value, 0, match.start())
        for match in _WITHIN.finditer(value)
    )


def forbidden_value(value: str) -> Sensitive | None:
    """Why one value may not be stored in a field that may hold anything: a BSN in it, or such a word and no other."""
    if single_bsn(value):
        return Sensitive.BSN
    sought = key(value)
    return next((why for why, known in _values().items() if sought in known), None)


def _passes(digits: str) -> bool:
    """The eleven-test of the BSN: nine digits, not all zero, weights 9 to 2 and -1."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return total % 11 == 0 and digits.strip("0") != "" and not digits.startswith("00")
