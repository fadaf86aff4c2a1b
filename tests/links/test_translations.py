"""What a word is in the other language: facts alone."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import matcher.links
from matcher.links import translated
from matcher.links.concepts import names
from matcher.text import fold

TABLE = tomllib.loads((Path(matcher.links.__file__).parent / "translations.toml").read_text("utf-8"))["english"]


def test_the_table_goes_both_ways() -> None:
    """Each word of it, folded as it stands there, is found from the other."""
    for english, dutch in TABLE.items():
        assert english == fold(english)
        for word in dutch:
            assert word == fold(word)
            if word != english:
                assert word in translated(english)
                assert english in translated(word) or len(translated(word)) > 1


def test_the_preferred_names_of_one_concept_are_translations() -> None:
    """In both directions, without anybody who says what is near."""
    assert "schoorsteenveger" in translated("Chimney sweep")
    assert "chimney sweep" in translated("schoorsteenveger")
    assert translated("qwerty") == []


def test_another_name_of_a_concept_counts_only_where_it_is_near() -> None:
    """Of one concept, and with a preferred name on one side: nothing else is even asked about."""
    asked: list[str] = []

    def near(_: str, others: Sequence[str]) -> list[bool]:
        asked.extend(others)
        return [other == "boerderijbeheerder" for other in others]

    assert translated("farmer") == []
    assert translated("farmer", near) == []
    assert asked == ["boerderijmanager"]
    found = translated("farm manager", near)
    assert found[0] == "boerderijmanager"
    assert "boerderijbeheerder" in found
    assert "bedrijfsleider op een boerderij" not in found
    assert {names()[word].concept for word in asked} == {names()["farmer"].concept}
