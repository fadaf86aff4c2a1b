"""Fits the thresholds of the bands on graded pairs, and says how well they hold.

    .venv/bin/python -m benchmarks.bands FOLDER [--write]

FOLDER keeps the database of the sample region. The graded pairs are those of data/gold: requests and alumni for the
roles, wishes and courses for what alumni are served with. Of each the ten best by their texts count, since a band is
seen in a list. The threshold of a band is the least mean of the texts from which the share of `GOAL` is graded 2 or 3.
What else counts in a grade is not graded, so its part of a threshold comes from the ten best of the lists of the sample
region: nearly all of those have it.

The first table is measured on pairs that the thresholds were not fitted on: each query is left out once. The second
counts the bands of the lists of the sample region. `--write` writes matcher/matching/bands.toml.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.scale.pools import TODAY, sample_store, stored
from matcher.domain.answers import BANDS
from matcher.domain.consent import Consent
from matcher.domain.kinds import KIND_CODES, KINDS, OFFERING, Direction, Purpose, RequestKind
from matcher.domain.records import Alumnus, Offering, RecordKind, Request
from matcher.engine import open_engine
from matcher.matching import bands, ranking
from matcher.matching.question import Question
from matcher.matching.signals import SIGNALS
from matcher.matching.weights import Weights, shipped
from matcher.pool import Pool
from matcher.pool.build import build_pool, texts_of
from matcher.pool.builder import Sources
from matcher.pool.columns import Float64, Int64, day_number
from matcher.pool.pairs import Pairs
from matcher.ports import Encoder, SecondEncoder
from matcher.questions import read
from models.encoder import opened
from models.evaluation import gold
from models.evaluation.evaluate import remembering
from models.meaning import FOLDER

GOAL = {"strong": 0.80, "good": 0.50, "possible": 0.20}
"""The share of the pairs from a threshold on that is graded 2 or 3.

For `strong` the goal is raised by `STEP` until this share also holds of pairs on which the threshold was not fitted:
those of the query that was left out.
"""
STEP = 0.02
COMMON = {"strong": 0.25, "good": 0.10, "possible": 0.02}
"""The share of the ten best of the region's lists that has less points besides its texts than a threshold counts."""
FITS = 2.0
"""The least mean grade of the two judges of a pair that fits."""
SHOWN = 10
_HEAD = """\
# Thresholds of the bands per kind: written by `python -m benchmarks.bands FOLDER --write` for the weights of that
# moment; run it again when weights, signals or the encoder change. How they are fitted stands there.
# topic: of the mean of the signals that compare texts; least: of the whole grade; usual: what an unknown signal counts.
"""
Judgements = NDArray[np.float64]


@dataclass(frozen=True)
class Graded:
    """The mean of the texts of each pair and its grade, shape (queries, SHOWN) each, best first; NaN unknown."""

    texts: Judgements
    grades: Judgements

    def without(self, query: int) -> Graded:
        """All queries but one."""
        return Graded(np.delete(self.texts, query, axis=0), np.delete(self.grades, query, axis=0))

    def threshold(self, goal: float) -> float:
        """The least text from which this share of the pairs fits, between that pair and the next."""
        known = ~np.isnan(self.texts)
        order = np.argsort(-self.texts[known])
        texts, fit = self.texts[known][order], self.grades[known][order] >= FITS
        share = np.cumsum(fit) / np.arange(1, len(fit) + 1)
        enough = np.flatnonzero(share >= goal)
        last = int(enough[-1]) if len(enough) else 0
        return float((texts[last] + texts[min(last + 1, len(texts) - 1)]) / 2)

    def goals(self) -> list[float]:
        """The share that each threshold is fitted for."""
        goal = GOAL["strong"]
        while goal < 1 and self.left_out_share(goal) < GOAL["strong"]:
            goal += STEP
        return [min(goal, 1.0), *(GOAL[band] for band in BANDS[1:])]

    def left_out_share(self, goal: float) -> float:
        """The share that fits of what is at or above the threshold for this goal of all other queries."""
        of_query = zip(range(len(self.texts)), self.texts, self.grades, strict=True)
        chosen = np.concatenate(
            [grades[texts >= self.without(query).threshold(goal)] for query, texts, grades in of_query]
        )
        return float((chosen >= FITS).mean()) if len(chosen) else 1.0


def graded(pool: Pool, kind: str, grades: Judgements, weights: Weights, *, demand_asks: bool) -> Graded:
    """The graded pairs of a pool that holds the texts of the gold set; `grades`: shape (alumni, demands)."""
    table = pool.offerings if kind == OFFERING else pool.requests
    texts = np.full(grades.shape, np.nan)
    for row in range(len(table)):
        pairs = Pairs.with_everybody(pool, table, row, day_number(TODAY))
        texts[pool.people.key - 1, int(table.key[row]) - 1] = bands.texts_of(
            pairs, ranking.similarities(pairs), weights
        )
    if demand_asks:
        texts, grades = texts.T, grades.T
    best = np.argsort(-np.nan_to_num(texts, nan=-1.0), axis=1, kind="stable")[:, :SHOWN]
    return Graded(np.take_along_axis(texts, best, axis=1), np.take_along_axis(grades, best, axis=1))


def gold_pool(
    encoder: Encoder, second: Encoder | None, alumni: Sequence[Alumnus], demands: Sequence[Request | Offering]
) -> Pool:
    """A pool of these records alone."""
    texts = texts_of(alumni, demands)
    vectors = dict(zip(texts, encoder.encode(list(texts.values())), strict=True))
    meanings = {} if second is None else dict(zip(texts, second.encode(list(texts.values())), strict=True))
    reader = None if second is None else SecondEncoder(second.id, second.scale)
    requests = [one for one in demands if isinstance(one, Request)]
    offerings = [one for one in demands if isinstance(one, Offering)]
    about = 1, "gold", encoder.id, encoder.scale
    words = encoder.of_words
    records = alumni, requests, offerings
    return build_pool(Sources(*about, *records, (), (), {}, vectors, of_words=words, second=reader, meanings=meanings))


def gold_of(kind: str, encoder: Encoder, weights: Weights, second: Encoder | None = None) -> Graded:
    """The graded pairs next to a demand of this kind: requests and alumni, or wishes and courses."""
    roles, wishes = gold.read()
    asks = KINDS[kind].direction is Direction.GIVES
    judged = roles if asks else wishes
    people, demands = (judged.candidates, judged.queries) if asks else (judged.queries, judged.candidates)
    grades = judged.grades.T if asks else judged.grades
    agreed = tuple(Consent(purpose) for purpose in Purpose)
    alumni = [
        Alumnus(
            alumnus_id=f"A{key:03}", school="S", key=key, consents=agreed, **{"experience" if asks else "needs": text}
        )
        for key, text in enumerate(people, 1)
    ]
    records: list[Request | Offering] = [
        Offering(offering_id=f"O{key:03}", provider="P", title=text, key=key)
        if kind == OFFERING
        else Request(request_id=f"R{key:03}", school="S", kind=RequestKind(kind), title=text, key=key)
        for key, text in enumerate(demands, 1)
    ]
    return graded(gold_pool(encoder, second, alumni, records), kind, grades, weights, demand_asks=asks)


def kinds_of_requests() -> list[str | None]:
    """What each request of the gold set asks for, as a question in own words is read."""
    readings = [read(text, today=TODAY) for text in gold.read()[0].queries]
    return [reading.kind.value if reading.kind else None for reading in readings]


def lists_of(pool: Pool, weights: Weights, records: Sequence[Any]) -> Iterator[tuple[str, Pairs]]:
    """The ten best of every list of the region, with the kind of the demand: requests, and courses for alumni."""
    for record in records:
        if isinstance(record, Request):
            outcome = ranking.rank(pool, Question(record, TODAY), weights, k=SHOWN)
            yield record.kind.value, outcome.eligible.pairs.at(outcome.best.rows)
        elif isinstance(record, Alumnus) and record.key % 10 == 0:
            outcome = ranking.rank(pool, Question(record, TODAY, "offerings"), weights, k=SHOWN)
            yield OFFERING, outcome.eligible.pairs.at(outcome.best.rows)


def usual_of(lists: Sequence[tuple[str, Pairs]]) -> Float64:
    """By signal the mean of the values that are known in these lists."""
    values = [
        np.concatenate([pairs.each(signal.values(pairs, ranking.similarities(pairs))) for _, pairs in lists])
        for signal in SIGNALS
    ]
    return np.round([float(np.nanmean(value)) if (~np.isnan(value)).any() else 0.5 for value in values], 2)


def fitted(
    encoder: Encoder, second: Encoder | None, lists: Sequence[tuple[str, Pairs]], weights: Weights
) -> bands.Bands:
    """The thresholds of every kind."""
    usual = usual_of(lists)
    topic, least = np.zeros((len(KIND_CODES), len(BANDS))), np.zeros((len(KIND_CODES), len(BANDS)))
    for number, kind in enumerate(KIND_CODES):
        pairs = gold_of(kind, encoder, weights, second)
        rest = np.concatenate(
            [bands.rest_of(of, ranking.similarities(of), weights, usual) for of_kind, of in lists if of_kind == kind]
        )
        texts = weights.table[number, [signal.CODE in bands.TEXTS for signal in SIGNALS]].sum()
        topic[number] = [round(pairs.threshold(goal), 3) for goal in pairs.goals()]
        for column, band in enumerate(BANDS):
            points = float(np.quantile(rest, COMMON[band]))
            least[number, column] = round(texts * topic[number, column] + points, 3)
    return bands.Bands(topic, np.minimum.accumulate(least, axis=1), usual)


def left_out(pairs: Graded, chosen: Sequence[int] | None = None) -> str:
    """For each band how many pairs get it and how many of them fit, with the thresholds of all other queries."""
    counts: Counter[str] = Counter()
    fit: Counter[str] = Counter()
    goals = pairs.goals()
    for query in range(len(pairs.texts)) if chosen is None else chosen:
        others = pairs.without(query)
        thresholds = [others.threshold(goal) for goal in goals]
        for text, grade in zip(pairs.texts[query], pairs.grades[query], strict=True):
            band = next((band for band, least in zip(BANDS, thresholds, strict=True) if text >= least), "none")
            counts[band] += 1
            fit[band] += int(grade >= FITS)
    return "".join(f"  {band} {fit[band]:3}/{counts[band]:3}" for band in (*BANDS, "none")) + (
        f"   strong {fit['strong'] / max(1, counts['strong']):.2f}"
    )


def bands_of_lists(lists: Sequence[tuple[str, Pairs]], chosen: bands.Bands, weights: Weights) -> None:
    """Prints how many of the ten best have each band, by kind, and what capped them."""
    for kind in KIND_CODES:
        of_kind = [chosen.of(pairs, ranking.similarities(pairs), weights) for name, pairs in lists if name == kind]
        positions: Int64 = np.concatenate([one.positions for one in of_kind])
        caps = Counter(one.capped_by(row) for one in of_kind for row in range(len(one.caps)))
        counted = "".join(f"  {bands.named(number) or 'none'} {(positions == number).sum():4}" for number in range(4))
        capped = ", ".join(f"{code} {count}" for code, count in sorted(caps.items(), key=str) if code)
        print(f"{kind:17}{counted}   lacking: {capped}")


def written(chosen: bands.Bands) -> str:
    """The file of the bands."""
    parts = [_HEAD, *_lines(chosen, "")]
    if chosen.second is not None:
        parts += ["", "# Where the second encoder has read all texts.", *_lines(chosen.second, "second.")]
    return "\n".join(parts) + "\n"


def _lines(chosen: bands.Bands, table_of: str) -> list[str]:
    lines = [f"[{table_of}usual]"]
    lines += [f"{signal.CODE} = {value:g}" for signal, value in zip(SIGNALS, chosen.usual.tolist(), strict=True)]
    for number, kind in enumerate(KIND_CODES):
        lines += ["", f"[{table_of}kinds.{kind}]"]
        for name, table in (("topic", chosen.topic), ("least", chosen.least)):
            cells = ", ".join(f"{band} = {value:g}" for band, value in zip(BANDS, table[number].tolist(), strict=True))
            lines.append(f"{name} = {{ {cells} }}")
    return lines


def main() -> None:
    """Fits, measures, prints, and writes if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    weights = shipped()
    store, encoder, reader = sample_store(given.folder), opened(cache=given.folder / "cache"), remembering(str(FOLDER))
    current = open_engine(store, encoder, second=reader).current
    current.read_ahead()
    records = [*stored(store, RecordKind.REQUESTS), *stored(store, RecordKind.ALUMNI)]
    found = []
    for second in (None, reader):
        pool = current.pool() if second else current.pool().without_second()
        lists = [one for one in lists_of(pool, weights, records) if len(one[1])]
        chosen = fitted(encoder, second, lists, weights)
        found.append(chosen)
        roles, courses = (gold_of(kind, encoder, weights, second) for kind in (RequestKind.GUEST_LESSON, OFFERING))
        lessons = [number for number, kind in enumerate(kinds_of_requests()) if kind == RequestKind.GUEST_LESSON.value]
        print("\nwith the second encoder" if second else "without the second encoder")
        print(f"roles, left out       {left_out(roles)}")
        print(f"guest lessons, of them{left_out(roles, lessons)}")
        print(f"wishes, left out      {left_out(courses)}")
        bands_of_lists(lists, chosen, weights)
    if given.write:
        Path(bands.__file__).with_suffix(".toml").write_text(
            written(replace(found[0], second=found[1])), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
