"""Whether the scores that a teacher sees give back the texts of alumni: an attack on a card, tried.

    .venv/bin/python benchmarks/attacks/vectors.py FOLDER --questions 100 300 1000

The attacker asks questions that are not saved, each of a few random words of the trade, and knows the encoder and its
calibration, which are public. Each similarity is turned back into a dot product; with the vectors of the questions
that gives the vector of every alumnus in the lists by ridge regression. The words of the school are then ordered by
their cosine with what was recovered: how many of the first ten does the alumnus have, and where stand the words that
fewer than five of the school have (0.5 is chance, 0 the first)?

Four sights of the same alumni: `whole` is the vector of all words with exact scores, as for askers who may list alumni
(and as every asker had it before cards), `rounded` the same with similarities to .01; `card` is the vector without rare
words with exact scores, `both` that with similarities to .01, which is what a card shows. FOLDER keeps the database of
the sample region.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from api.wiring import FixedClock
from benchmarks.scale.pools import TODAY, sample_store
from matcher.domain.kinds import RequestKind
from matcher.domain.records import Alumnus, RecordKind, Request
from matcher.engine import open_engine
from matcher.matching import ranking
from matcher.matching.question import Question
from matcher.pool import Pool
from matcher.pool.cards import cards_of
from matcher.pool.rare_words import numbers_of_row, word_number
from matcher.pool.texts import can_text, demand_text
from matcher.ports import Encoder
from matcher.services import matching
from matcher.services.app import App
from models.encoder import opened
from models.words import words

SCHOOL = "ROC Vechtdal"
IN_A_QUESTION = 5
"""Words of a question."""
SHOWN = 10
"""Words of an alumnus that the attacker would name."""
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sight:
    """What an attacker sees: on cards or not, whose vectors those are, and to what similarities are rounded."""

    name: str
    cards: bool
    column: str
    step: float
    """0 for exact ones."""


SIGHTS = (
    Sight("whole", False, "can", 0.0),
    Sight("rounded", False, "can", 0.01),
    Sight("card", True, "card_can", 0.0),
    Sight("both", True, "card_can", 0.01),
)


def questions(pool_words: Sequence[str], count: int, dice: np.random.Generator) -> Iterator[Request]:
    """Questions of random words."""
    for _ in range(count):
        chosen = " ".join(dice.choice(pool_words, IN_A_QUESTION, replace=False).tolist())
        yield Request(request_id="", kind=RequestKind.GUEST_LESSON, title=chosen, school=SCHOOL)


def similarities(pool: Pool, app: App, asked: Sequence[Request]) -> dict[int, Array]:
    """The similarity of each question with each alumnus that its list shows, by random key; NaN where not shown.

    What `matching.match_unsaved` answers for each, without the sentences: those take most of the time of 1,000 cards.
    """
    seen: dict[int, Array] = {}
    for position, request in enumerate(asked):
        vectors = app.engine.vectors
        vector = vectors.of_query(demand_text(request))
        question = Question(request, TODAY, vector=vector, of_words=vectors.of_words)
        outcome = ranking.rank(pool, question, app.weights, k=matching.MOST_SHOWN)
        shown = outcome.eligible.pairs.at(outcome.best.rows)
        values = ranking.similarities(shown)
        for key, value in zip(pool.people.key[shown.rows].tolist(), values.tolist(), strict=True):
            seen.setdefault(key, np.full(len(asked), np.nan))[position] = value
    return seen


def recovered(vectors: Array, values: Array, encoder: Encoder, step: float) -> Array:
    """The vector of an alumnus, up to its length, from similarities with questions of these vectors."""
    if step:
        values = np.round(values / step) * step
    knots = np.array(encoder.scale.calibration)
    cosines = np.interp(values, knots[:, 1], knots[:, 0])
    known = ~np.isnan(cosines) & (values > knots[0, 1]) & (values < knots[-1, 1])
    asked, cosines = vectors[known], cosines[known]
    ridge = (1.0 if step else 1e-6) * np.eye(asked.shape[1])
    return np.asarray(np.linalg.solve(asked.T @ asked + ridge, asked.T @ cosines))


def cosine(one: Array, other: Array) -> float:
    """The cosine of two vectors; 0 where one is empty."""
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / lengths if lengths else 0.0


def report(pool: Pool, alumni: Sequence[Alumnus], encoder: Encoder, sight: Sight, found: dict[int, Array]) -> str:
    """How near the recovered vectors are, and which words they tell."""
    spoken = sorted({word for alumnus in alumni for word in words(can_text(alumnus))})
    table = encoder.embed(spoken) if hasattr(encoder, "embed") else encoder.encode(spoken).astype(np.float64)
    table = table.astype(np.float64)
    near, right, rare_ranks = [], [], []
    for alumnus in alumni:
        if alumnus.key not in found:
            continue
        row = pool.person_row[alumnus.key]
        near.append(cosine(found[alumnus.key], getattr(pool.people, sight.column)[row].astype(np.float64)))
        order = np.argsort(-(table @ found[alumnus.key]), kind="stable")
        own, few = set(words(can_text(alumnus))), set(numbers_of_row(pool.people.rare_words, pool.words, row))
        right.append(sum(spoken[position] in own for position in order[:SHOWN]) / SHOWN)
        place = {spoken[position]: rank / len(spoken) for rank, position in enumerate(order.tolist())}
        rare_ranks += [place[word] for word in own if word_number(word) in few]
    first = np.mean([rank < 0.01 for rank in rare_ranks])
    return (
        f"{len(near):>4} alumni  cosine {np.mean(near):.3f}  words right {np.mean(right):.2f}  "
        f"rare words: mean rank {np.mean(rare_ranks):.3f}, in the first 1 % {first:.3f}"
    )


def main() -> None:
    """Prints a line for each number of questions and each sight."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--questions", type=int, nargs="+", default=[100, 300, 1000])
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    store, encoder = sample_store(given.folder), opened(cache=given.folder / "cache")
    app = App(store, open_engine(store, encoder), FixedClock(TODAY))
    pool, dice = app.engine.current.pool(), np.random.default_rng(given.seed)
    with store.read() as records:
        alumni = [one for one in records.records.stream(RecordKind.ALUMNI) if one.school == SCHOOL]  # type: ignore[union-attr]
    common = sorted({word for one in alumni for word in words(can_text(one)) if len(word) > 3})  # type: ignore[arg-type]
    asked = list(questions(common, max(given.questions), dice))
    vectors = encoder.encode([demand_text(request) for request in asked]).astype(np.float64)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1)
    values = {cards: similarities(cards_of(pool) if cards else pool, app, asked) for cards in (False, True)}
    for count in given.questions:
        for sight in SIGHTS:
            found = {
                key: recovered(vectors[:count], seen[:count], encoder, sight.step)
                for key, seen in values[sight.cards].items()
                if np.count_nonzero(~np.isnan(seen[:count])) > count // 2
            }
            print(f"{count:>6} questions  {sight.name:<8}", report(pool, alumni, encoder, sight, found))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
