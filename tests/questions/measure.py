"""Slots of readings next to the right ones: `python -m tests.questions.measure tests/questions/A.jsonl [--errors]`."""

from __future__ import annotations

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from matcher.questions import Reading, read
from matcher.questions.vocabulary import Vocabulary
from matcher.questions.words import plain_of

ASKED_ON = date(2026, 11, 30)
ROOT = Path(__file__).parent.parent.parent
_LINKS = frozenset(
    ["en", "of", "van", "de", "het", "in", "the", "and", "or", "of", "&", "/", "op", "voor", "met", "een", "for", "a"]
)
"""Words inside a fixed term that are no part of the comparison of topics, as in `zorg en welzijn`."""


@cache
def known_words() -> Vocabulary:
    """The words that ship with the encoder."""
    return Vocabulary(lambda: frozenset((ROOT / "models/encoder-nl-en/public-words.txt").read_text("utf-8").split()))


@dataclass(slots=True)
class Score:
    """Counts of one file: slots that the texts hold, those read right, questions wholly right, slots invented."""

    held: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    invented: Counter[str] = field(default_factory=Counter)
    questions: int = 0
    whole: int = 0
    slowest_ms: float = 0.0
    total_ms: float = 0.0
    wrong: list[tuple[str, str, str, object, object]] = field(default_factory=list)
    """Id, text, slot, right value, value read."""

    @property
    def slots(self) -> float:
        """The share of slots that the texts hold and that were read right."""
        return sum(self.right.values()) / sum(self.held.values())

    @property
    def wholly(self) -> float:
        """The share of questions of which every slot is right and none invented."""
        return self.whole / self.questions


def questions_of(path: Path) -> Iterator[dict[str, Any]]:
    """The questions of a file, a JSON object each."""
    for line in path.read_text("utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def words_of(topic: list[str]) -> frozenset[str]:
    """The words of a topic, without order and without links between them."""
    return frozenset(word for one in topic for word in re.findall(r"[^\W_]+", plain_of(one)) if word not in _LINKS)


def comparable(reading: Mapping[str, Any]) -> dict[str, object]:
    """The slots of a right reading in the form in which they are compared."""
    slots: dict[str, object] = {}
    for slot, value in reading.items():
        if slot in {"topic", "not_topic"}:
            slots[slot] = words_of(value)
        elif slot == "place":
            names = [value["name"], *value.get("also", ())] if value.get("name") else [value["region"]]
            slots[slot] = " / ".join(names)
        elif slot in {"day_parts", "not_day_parts", "moments", "languages"}:
            slots[slot] = frozenset(value)
        else:
            slots[slot] = value
    return slots


def slots_of(reading: Reading) -> dict[str, object]:
    """The slots of a reading that say something, in the same form."""
    place = reading.place
    slots: dict[str, object] = {
        "kind": reading.kind and reading.kind.value,
        "topic": words_of(list(reading.topic)),
        "not_topic": words_of(list(reading.not_topic)),
        "day_parts": frozenset(reading.day_parts),
        "not_day_parts": frozenset(reading.not_day_parts),
        "moments": frozenset(
            f"{start:%Y-%m-%d %H:%M}" + (f"-{end:%H:%M}" if end else "") for start, end in reading.moments
        ),
        "period_from": reading.period_from and reading.period_from.isoformat(),
        "period_to": reading.period_to and reading.period_to.isoformat(),
        "place": place and (" / ".join(place.towns) or place.region),
        "level": reading.level,
        "year": reading.year,
        "class": reading.class_,
        "students": reading.students,
        "people": reading.people,
        "online": reading.online,
        "certificate": reading.certificate,
        "languages": frozenset(reading.languages),
        "hours_per_week": reading.hours_per_week,
        "minutes": reading.minutes,
    }
    return {slot: value for slot, value in slots.items() if value is not None and value != frozenset()}


def measure(path: Path) -> Score:
    """The score of a file of questions."""
    score = Score()
    read("gastles lassen in Zwolle qwertx", today=ASKED_ON, known=known_words())  # loads the tables
    for question in questions_of(path):
        right = comparable(question["reading"])
        begun = time.process_time()
        got = slots_of(read(question["text"], today=ASKED_ON, known=known_words()))
        ms = (time.process_time() - begun) * 1000
        score.slowest_ms, score.total_ms = max(score.slowest_ms, ms), score.total_ms + ms
        score.questions += 1
        for slot in right:
            score.held[slot] += 1
            score.right[slot] += right[slot] == got.get(slot)
        for slot in got.keys() - right.keys():
            score.invented[slot] += 1
        wrong = [slot for slot in right.keys() | got.keys() if right.get(slot) != got.get(slot)]
        score.whole += not wrong
        score.wrong += [
            (question["id"], question["text"], slot, right.get(slot), got.get(slot)) for slot in sorted(wrong)
        ]
    return score


def main(arguments: list[str]) -> None:
    """Prints the accuracy of each slot, and with `--errors` what was read otherwise."""
    for name in (one for one in arguments if not one.startswith("--")):
        score = measure(Path(name))
        each = score.total_ms / score.questions
        print(f"{name}: {score.questions} questions, {each:.2f} ms of processor each, at most {score.slowest_ms:.1f}")
        print(
            f"slots right {score.slots:.1%}, wholly right {score.wholly:.1%}, invented {sum(score.invented.values())}"
        )
        for slot in sorted({*score.held, *score.invented}):
            print(f"  {slot:16} {score.right[slot]:3} of {score.held[slot]:3}, invented {score.invented[slot]}")
        if "--errors" in arguments:
            for id_, text, slot, right, got in score.wrong:
                plain = [sorted(value) if isinstance(value, frozenset) else value for value in (right, got)]
                print(f"{id_} {slot}: right {plain[0]} | got {plain[1]} | {text[:230]}")


if __name__ == "__main__":
    main(sys.argv[1:])
