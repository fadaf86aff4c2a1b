"""How long it takes to read a question in own words, in milliseconds of processor.

    python benchmarks/questions.py [FILE ...]

Without files over tests/questions/A.jsonl and B.jsonl, three times each. Loading the tables is told apart.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from matcher.questions import read
from tests.questions.measure import ASKED_ON, ROOT, known_words, questions_of

TURNS = 3


def milliseconds(text: str) -> float:
    """Processor time of reading one text."""
    begun = time.process_time()
    read(text, today=ASKED_ON, known=known_words())
    return (time.process_time() - begun) * 1000


def main(files: list[str]) -> None:
    """Prints the time to load, and the median, the 95th percentile and the longest of all readings."""
    paths = [Path(name) for name in files] or [ROOT / f"tests/questions/{name}.jsonl" for name in "AB"]
    texts = [question["text"] for path in paths for question in questions_of(path)]
    print(f"tables loaded with the first question: {milliseconds('gastles lassen in Zwole qwertx'):.0f} ms")
    for text in texts:  # patterns are compiled when they are first used
        milliseconds(text)
    times = np.array([milliseconds(text) for _ in range(TURNS) for text in texts])
    middle, most = np.percentile(times, (50, 95))
    print(f"{len(texts)} questions, {TURNS} times")
    print(f"median {middle:.1f} ms, 95 % under {most:.1f} ms, longest {times.max():.1f} ms")


if __name__ == "__main__":
    main(sys.argv[1:])
