"""Would an index that only bounds the similarity make the exact ranking faster? Two bounds beside what is shipped.

    .venv/bin/python benchmarks/scale/bounds.py --alumni 1000000 --folder FOLDER

Whoever may be left out needs a bound on the own similarity that is cheaper than the similarity. Two are known:

- `cells`, as of an IVF index: each vector x belongs to a centre c, so cos(q, x) <= cos(|angle(q, c) - angle(x, c)|);
- `short`: the first principal components of each vector in a byte each, and the length of what they leave out, so
  q.x <= short(q).short(x) + |rest(q)| |rest(x)| (Cauchy and Schwarz).

Each candidate then gets the most that the combined score can be, and those that reach the tenth best get their own
similarity, as `matcher.matching.ranking` does with its shortlist. Told are the share of the eligible that this is
(ten are the least), and for `short`, which is the cheaper one to make and to ask, the time beside the shipped way and
beside scoring all; the lists are compared to the bit.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
from pools import app_with
from rankings import sampled_requests

from api.wiring import one_thread_each
from matcher.domain.records import RecordKind
from matcher.index.exact import similarity_of
from matcher.matching import ranking
from matcher.matching.question import Question
from matcher.pool.pairs import Pairs
from matcher.services.app import App

K = 10
SAMPLE = 20_000
BLOCK = 65_536
Bound = Callable[[Pairs], np.ndarray]
"""The most that the dot product of each pair can be, shape (m,)."""


def floats(vectors: np.ndarray, work: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """`work` on the vectors as floats, some at a time."""
    starts = range(0, len(vectors), BLOCK)
    return np.concatenate([work(vectors[start : start + BLOCK].astype(np.float32)) for start in starts])


def lengths(vectors: np.ndarray) -> np.ndarray:
    """Of each row."""
    return np.asarray(np.linalg.norm(vectors, axis=1))


def query_of(pairs: Pairs) -> np.ndarray:
    """The query's vector as floats."""
    return np.asarray(pairs.demands.vector[pairs.query], np.float32)


def sample_of(vectors: np.ndarray, count: int) -> np.ndarray:
    """Some of the vectors that say something, as floats."""
    chosen = np.random.default_rng(1).choice(len(vectors), min(len(vectors), count), replace=False)
    found = vectors[np.sort(chosen)].astype(np.float32)
    return found[found.any(axis=1)]


def cells(vectors: np.ndarray) -> Bound:
    """By the angle to the centre of the own cell; four times the root of the vectors in number, as FAISS advises."""
    means = faiss.Kmeans(vectors.shape[1], int(4 * np.sqrt(len(vectors))), niter=10, seed=1, spherical=True)
    means.train(sample_of(vectors, 40 * means.k))
    centres = means.centroids / lengths(means.centroids)[:, None]
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(centres)
    nearest = floats(vectors, lambda part: np.column_stack([*index.search(part, 1), lengths(part)]))
    own, length = nearest[:, 1].astype(np.int32), nearest[:, 2]
    angle = np.arccos(np.clip(nearest[:, 0] / np.maximum(length, 1), -1, 1))

    def bound(pairs: Pairs) -> np.ndarray:
        query = query_of(pairs)
        far = np.arccos(np.clip(centres @ query / np.linalg.norm(query), -1, 1))[own[pairs.rows]]
        return np.linalg.norm(query) * length[pairs.rows] * np.cos(np.abs(far - angle[pairs.rows])) + 1.0

    return bound


def short(vectors: np.ndarray, components: int) -> Bound:
    """By the first components, rounded to a byte, and the length of the rest."""
    sample = sample_of(vectors, SAMPLE).astype(np.float64)
    basis = np.linalg.eigh(sample.T @ sample)[1][:, ::-1][:, :components].astype(np.float32)
    step = floats(vectors, lambda part: np.abs(part @ basis).max(axis=1)).max() / 127
    codes = floats(vectors, lambda part: np.rint(part @ basis / step).astype(np.int8))
    rest = floats(vectors, lambda part: lengths(part - (np.rint(part @ basis / step) * step) @ basis.T)) + 0.01

    def bound(pairs: Pairs) -> np.ndarray:
        query, most = query_of(pairs), np.empty(len(pairs), np.float32)
        mine = query @ basis
        left = np.float32(np.linalg.norm(query - basis @ mine))
        for start in range(0, len(pairs), 8192):
            rows = pairs.rows[start : start + 8192]
            most[start : start + 8192] = codes.take(rows, axis=0) @ (mine * step) + rest.take(rows) * left
        return most + np.linalg.norm(mine) * step / 2 * np.sqrt(components) + 1.0  # what rounding can have cost

    return bound


def by_bound(pairs: Pairs, bound: Bound, app: App) -> ranking.Ranked:
    """The best ten: the bound for everybody, and their own similarity for those who can be among them."""
    known = pairs.pool.has_text("can")[pairs.rows]
    most = similarity_of(pairs.pool.scale, np.ceil(bound(pairs)).astype(np.int32))
    return ranking.verify_by_bound(pairs, np.where(known, most, np.nan), ~known, K, app.weights, app.limits)


def reaching(pairs: Pairs, bound: Bound, app: App) -> float:
    """The share of the eligible whose bound on the score reaches the tenth best score."""
    similar = ranking.similarities(pairs)
    tenth = np.sort(ranking.scores(pairs, similar, app.weights))[-K:][0]
    most = similarity_of(pairs.pool.scale, np.ceil(bound(pairs)).astype(np.int32))
    assert not (most < similar).any(), "a bound is never below the similarity"
    can_be = ranking.scores(pairs, np.where(np.isnan(similar), np.nan, most), app.weights)
    return float(np.mean(can_be >= tenth))


def eligible_of(app: App, count: int) -> list[Pairs]:
    """The eligible pairs of some requests."""
    found = []
    for id_, school, _ in sampled_requests(app, count):
        with app.store.read() as records:
            (request,) = records.records.find(RecordKind.REQUESTS, id_, school)
        pairs = Question(request, app.clock.today()).candidates(app.engine.current.pool()).visible
        found.append(ranking.apply_rules(pairs).pairs)
    return found


def compared(app: App, asked: list[Pairs], bound: Bound, rounds: int) -> dict[str, np.ndarray]:
    """Milliseconds of each way, shape (requests,), the median of so many rounds; in turns."""
    pool = app.engine.current.pool()
    index = app.engine.indexes.of(pool, "can")
    ways: dict[str, Callable[[Pairs], ranking.Ranked]] = {
        "shipped": lambda pairs: ranking.top(pairs, K, app.weights, index, app.limits),
        "score all": lambda pairs: ranking.top(pairs, K, app.weights, None, app.limits),
        "short": lambda pairs: by_bound(pairs, bound, app),
    }
    spent: dict[str, list[list[float]]] = {name: [] for name in ways}
    for _ in range(rounds + 1):  # the first warms the caches
        for name in ways:
            spent[name].append([])
        for pairs in asked:
            found = {}
            for name, way in ways.items():
                fresh = pairs.at(pairs.rows)  # nothing that was looked up stays
                began = time.perf_counter()
                found[name] = way(fresh)
                spent[name][-1].append(1000 * (time.perf_counter() - began))
            for other in ("score all", "short"):
                assert np.array_equal(found["shipped"].rows, found[other].rows)
                assert np.array_equal(found["shipped"].scores, found[other].scores)
    return {name: np.median(times[1:], axis=0) for name, times in spent.items()}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alumni", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--components", type=int, default=32)
    parser.add_argument("--folder", type=Path, help="keeps the sample's database")
    given = parser.parse_args()
    one_thread_each()
    app = app_with(given.alumni, given.folder)
    asked = eligible_of(app, given.requests)
    vectors = app.engine.current.pool().people.can[:]
    bounds: dict[str, tuple[float, Bound]] = {}
    for name, make in (("cells", cells), ("short", lambda those: short(those, given.components))):
        began = time.perf_counter()
        made = make(vectors)
        bounds[name] = time.perf_counter() - began, made
    print(f"{given.alumni:,} alumni, {np.median([len(pairs) for pairs in asked]):,.0f} of them eligible (median)")
    for name, (built, bound) in bounds.items():
        shares = [reaching(pairs, bound, app) for pairs in asked]
        print(
            f"{name}: made in {built:.1f} s; {np.median(shares):.1%} of the eligible reach the tenth best score, "
            f"of a tenth of the requests {np.percentile(shares, 90):.0%} and more"
        )
    times = compared(app, asked, bounds["short"][1], given.rounds)
    for name, spent in times.items():
        print(f"{name}: p50 {np.median(spent):.2f} ms, p90 {np.percentile(spent, 90):.2f} ms")


if __name__ == "__main__":
    main()
