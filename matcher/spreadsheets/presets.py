"""Exports of programs that many schools use: what their columns are, where the name alone would mislead."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from matcher.domain.records import RecordKind
from matcher.spreadsheets.spellings import words
from matcher.spreadsheets.synonyms import fields
from matcher.spreadsheets.targets import Target


@dataclass(frozen=True, slots=True)
class Preset:
    """The export of one program: headers that tell it, in words, and the fields of its columns (None: left out).

    `known`: where its shape is published, or that it is a guess.
    """

    name: str
    known: str
    kinds: frozenset[RecordKind]
    signature: frozenset[str]
    columns: Mapping[str, str | None]


@cache
def presets() -> tuple[Preset, ...]:
    """Every export that is known, in the order of the table."""
    with Path(__file__).with_suffix(".toml").open("rb") as file:
        table = tomllib.load(file)["preset"]
    return tuple(
        Preset(
            line["name"],
            line["known"],
            frozenset(RecordKind(kind) for kind in line.get("kinds", list(RecordKind))),
            frozenset(line["signature"]),
            {header: field or None for header, field in line["columns"].items()},
        )
        for line in table
    )


def preset_of(kind: RecordKind, headers: Sequence[str]) -> Mapping[str, Target | None]:
    """What the columns of a known export are, by header; empty for a file that is none."""
    by_words = {words(header): header for header in headers}
    for preset in presets():
        if kind in preset.kinds and preset.signature <= by_words.keys():
            return {
                by_words[name]: None if field is None else Target(field)
                for name, field in preset.columns.items()
                if name in by_words and (field is None or field in fields(kind))
            }
    return {}
