"""Variation of hand-written texts, as if typed by different people: choices, joins, abbreviations and typos."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

HERE = Path(__file__).parent
SHORTER = {"bijvoorbeeld": "bijv.", "ongeveer": "ong.", "mijn": "m'n", "en": "&", "het": "t", "een": "n", "met": "m",
           "misschien": "mss", "eigenlijk": "eig", "verschillende": "div.", "niet": "nt", "iemand": "iem."}  # fmt: skip


@cache
def material(name: str) -> dict[str, Any]:
    """One file of hand-written texts."""
    return tomllib.loads((HERE / "region" / f"{name}.toml").read_text(encoding="utf-8"))


def vary(dice: random.Random, pattern: str, known: Mapping[str, Sequence[str]] = MappingProxyType({})) -> str:
    """The pattern with a random choice for each [a|b], and for each {name} from `known`, else from the slots."""
    slots = material("mensen")["slots"] | known
    while "[" in pattern:
        pattern = re.sub(r"\[([^\[\]]*)\]", lambda match: dice.choice(match[1].split("|")), pattern)
    return re.sub(r"\{(\w+)\}", lambda match: dice.choice(slots[match[1]]), pattern)


def some(dice: random.Random, items: Sequence[str], least: int, most: int) -> list[str]:
    """Between `least` and `most` different items, in random order."""
    return dice.sample(items, min(len(items), dice.randint(least, most)))


def fitting(items: Sequence[str | list[str]], function: str) -> list[str]:
    """The fragments that suit this job: the plain ones, and those of [functions, fragment] that list it."""
    pairs = ((function, item) if isinstance(item, str) else item for item in items)
    return [text for functions, text in pairs if function in functions]


def upper(text: str) -> str:
    """The text with its first letter as a capital, the rest unchanged."""
    return text[:1].upper() + text[1:]


def mistaken(dice: random.Random, text: str) -> str:
    """The text as typed in haste, with one to three typos."""
    words = text.split(" ")
    for _ in range(dice.randint(1, 3)):
        index = dice.randrange(len(words))
        word = words[index]
        if word.endswith("dt"):
            word = word[:-1]
        elif len(word) > 4:
            position = dice.randrange(1, len(word) - 2)
            typos = (word[:position] + word[position + 1 :], word[:position] + word[position] + word[position:],
                     word[:position] + word[position + 1] + word[position] + word[position + 2 :])  # fmt: skip
            word = dice.choice(typos)
        words[index] = word
    return " ".join(words)


def shortened(dice: random.Random, text: str) -> str:
    """The text with some words abbreviated."""
    for word in dice.sample(list(SHORTER), 4):
        text = text.replace(f" {word} ", f" {SHORTER[word]} ")
    return text


def typed(dice: random.Random, text: str) -> str:
    """The text as typed: mostly as intended, sometimes abbreviated or with typos."""
    if dice.random() < 0.12:
        text = shortened(dice, text)
    return mistaken(dice, text) if dice.random() < 0.075 else text


def styled(dice: random.Random, parts: list[str]) -> str:
    """Sentences joined in one of the ways in which people fill in a text box."""
    way = dice.random()
    if dice.random() < 0.35:
        parts = [part.removeprefix("ik ") for part in parts]
    if way < 0.56:
        text = ". ".join(upper(part) for part in parts) + dice.choice((".", ".", ".", "", "", "!"))
    elif way < 0.72:
        text = dice.choice((", ", ". ", "... ", "\n")).join(parts).lower()
    elif way < 0.78:
        text = "\n".join(f"- {part}" for part in parts)
    elif way < 0.85:
        text = upper("; ".join(parts)) + "."
    elif way < 0.93:
        text = ".\n".join(upper(part) for part in parts) + "."
    else:
        text = upper(" - ".join(parts))
    text = re.sub(r"([?!])[.!]", r"\1", re.sub(r"(?<!\.)\.\.(?!\.)", ".", text))
    return typed(dice, text)
