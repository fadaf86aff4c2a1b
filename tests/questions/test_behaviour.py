"""A hundred inputs of each kind that is no question yet, or that says what is not wanted."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from random import Random
from string import ascii_lowercase

import pytest

from matcher.domain.kinds import KINDS
from matcher.gazetteer.table import table
from matcher.questions import Reading, read
from matcher.services.questions import named
from tests.questions.measure import ASKED_ON, ROOT, known_words

TABLES = tomllib.loads((ROOT / "tests/questions/behaviour.toml").read_text("utf-8"))
LARGE_TOWNS = [
    "Zwolle", "Deventer", "Almelo", "Enschede", "Apeldoorn", "Groningen", "Leeuwarden", "Amersfoort", "Rotterdam",
    "Eindhoven", "Nijmegen", "Haarlem", "Alkmaar", "Tilburg", "Dordrecht", "Maastricht", "Doetinchem",
    "Harderwijk", "Hoogeveen", "Terneuzen",
]  # fmt: skip


def reading(text: str) -> Reading:
    return read(text, today=ASKED_ON, known=known_words())


def has_list(read_: Reading) -> bool:
    """Whether a list would be made of it, as `matcher.services.questions` decides."""
    return read_.kind is not None and bool(named(read_) & KINDS[read_.kind].least)


@pytest.mark.parametrize("kind", ["greetings", "general"])
def test_what_names_nothing_has_no_list_and_no_topic(kind: str) -> None:
    """A hundred greetings, and a hundred words of asking by themselves: no word is made a topic."""
    texts = TABLES[kind]
    assert len(set(texts)) >= 100
    read_ = {text: reading(text) for text in texts}
    assert {text: one.topic for text, one in read_.items() if one.topic} == {}
    assert [text for text, one in read_.items() if has_list(one)] == []


def test_random_letters_have_no_list() -> None:
    """Of two hundred texts of random letters, with a word for a kind or without, none has a list."""
    letters = Random(5)  # noqa: S311 - the same texts each time
    for number in range(200):
        word = "".join(letters.choices(ascii_lowercase, k=letters.randint(5, 11)))
        text = word if number % 2 else f"gastles {word}"
        assert not has_list(reading(text)), text


@pytest.mark.parametrize("sentence", TABLES["unwanted"][0]["sentences"])
def test_what_is_not_wanted_is_out_of_the_topic(sentence: str) -> None:
    """`geen X`, `niet uit de X` and the like: X is told as not wanted and is no topic, and Y is the topic."""
    group = TABLES["unwanted"][0]
    for wanted in group["wanted"]:
        for other in group["not_wanted"]:
            read_ = reading(sentence.replace("X", other).replace("Y", wanted))
            assert (read_.topic, read_.not_topic) == ((wanted,), (other,))


def _slips(name: str) -> set[str]:
    """Slips that people make: a letter too few or twice, two letters the other way round."""
    inner = range(2, len(name) - 1)
    fewer = {name[:at] + name[at + 1 :] for at in inner}
    more = {name[: at + 1] + name[at:] for at in inner}
    turned = {name[:at] + name[at + 1] + name[at] + name[at + 2 :] for at in inner if at + 1 < len(name)}
    return (fewer | more | turned) - {name}


def test_misspelt_towns_are_asked_about() -> None:
    """Of slips in twenty names nearly all are read as the town and asked about; none is taken as sure."""
    right = tried = 0
    for town in LARGE_TOWNS:
        for slip in sorted(_slips(town)):
            if slip.lower() in table().named:
                continue
            read_ = reading(f"gastles lassen in {slip}")
            tried += 1
            if read_.place is not None and read_.place.name == town:
                right += 1
                assert not read_.place.sure, slip
                assert "place_meant" in {doubt.code for doubt in read_.doubts}, slip
    assert tried > 200
    assert right / tried > 0.95


def test_what_a_slip_may_mean_does_not_depend_on_the_process() -> None:
    """Of words that are as near the same one is proposed, whatever the seed of hashes."""
    code = (
        "from matcher.questions.vocabulary import Vocabulary\n"
        "words = frozenset(f'lassing{letter}' for letter in 'abcdfghjklmnpqrtvwxz')\n"
        "print(Vocabulary(lambda: words).near('lassings'))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2", "3", "4")
    }
    assert said == {b"lassinga\n"}
