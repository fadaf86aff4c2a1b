"""What leaving rare words out costs: how well the right alumni are found, on cards and by askers who see all words.

    .venv/bin/python benchmarks/attacks/cards.py FOLDER

nDCG@10 of the gold set (requests in people's own words, graded alumni) by similarity alone: with whole texts, with the
words left out of the alumni that fewer than five of their school hold, and for comparison with those words left out of
the question instead. The school is one of the sample region with the gold alumni added; or the gold alumni alone, the
smallest school. Then the sample region itself: how many alumni and requests have rare words, and how much of the ten
best of each request stays. FOLDER keeps the database of the sample region.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from api.wiring import FixedClock
from benchmarks.scale.pools import TODAY, sample_store
from matcher.domain.records import RecordKind
from matcher.engine import open_engine
from matcher.matching import ranking
from matcher.matching.question import Question
from matcher.pool import Pool
from matcher.pool.cards import cards_of
from matcher.pool.rare_words import FEWEST, card_text, numbers_in, numbers_of
from matcher.pool.texts import demand_text
from matcher.services.app import App
from models.catalogue import DEFAULT
from models.encoder import opened
from models.evaluation import gold
from models.evaluation.evaluate import of_judged, similarity_of

SCHOOL = "ROC Vechtdal"


def rare_of(texts: Sequence[str], others: Counter[int]) -> set[int]:
    """The numbers of the words that fewer than five hold, of these texts and others."""
    counts = Counter(others)
    for text in texts:
        counts.update(numbers_in(text))
    return {number for number in counts if counts[number] < FEWEST}


def top(pool: Pool, app: App, question: Question) -> list[int]:
    """The rows of the ten best."""
    return [int(row) for row in ranking.rank(pool, question, app.weights).best.rows]


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    store, encoder = sample_store(given.folder), opened(cache=given.folder / "cache")
    app = App(store, open_engine(store, encoder), FixedClock(TODAY))
    pool = app.engine.current.pool()
    with store.read() as records:
        alumni = list(records.records.stream(RecordKind.ALUMNI))
        requests = list(records.records.stream(RecordKind.REQUESTS))
    school: Counter[int] = Counter()
    for alumnus in alumni:
        if alumnus.school == SCHOOL:  # type: ignore[union-attr]
            school.update(numbers_of(alumnus))  # type: ignore[arg-type]
    judged = gold.read()[0]

    similarity = similarity_of(DEFAULT)

    def quality(queries: list[str], candidates: list[str]) -> float:
        return of_judged(replace(judged, queries=queries, candidates=candidates), similarity)

    print(f"gold, whole texts                          {quality(judged.queries, judged.candidates):.3f}")
    for name, others in (("school of the sample", school), ("school of 60", Counter())):
        rare = rare_of(judged.candidates, others)
        without = [card_text(text, rare) for text in judged.candidates]
        held = Counter(others)
        for text in judged.candidates:
            held.update(numbers_in(text))
        asked = [card_text(text, {n for n in numbers_in(text) if held[n] < FEWEST}) for text in judged.queries]
        print(f"gold, {name:<20} alumni without    {quality(judged.queries, without):.3f}")
        print(f"gold, {name:<20} question without  {quality(asked, judged.candidates):.3f}")
    few = np.diff(pool.people.rare_words.starts)
    words = few + np.diff(pool.people.common_words.starts)
    print(f"sample: {np.mean(few > 0):.2f} of the alumni have a rare word, {few.mean():.1f} of {words.mean():.1f}")
    lost = [sum(school[number] < FEWEST for number in numbers_in(demand_text(one))) for one in requests]  # type: ignore[arg-type]
    share = np.mean(np.array(lost) > 0)
    print(f"sample: {share:.2f} of the requests would lose words if questions lost them, {np.mean(lost):.1f} each")
    day = app.clock.today()
    both = [(top(pool, app, Question(one, day)), top(cards_of(pool), app, Question(one, day))) for one in requests]
    shares = [len({*whole} & {*card}) / len(whole) for whole, card in both if whole]
    first = [whole[0] == card[0] for whole, card in both if whole]
    print(f"sample: {np.mean(shares):.2f} of the ten best stay on cards, and {np.mean(first):.2f} of the first")


if __name__ == "__main__":
    main()
