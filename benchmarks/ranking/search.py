"""The int8 index beside the float32 one and numpy: one search for the ten nearest, over random canonical vectors.

    .venv/bin/python benchmarks/ranking/search.py [--rows 100000] [--dimension 256]

In turns in one run; all three must give the same ten dot products. Printed: median milliseconds, and times the float32
flat index of FAISS.
"""

from __future__ import annotations

import argparse
import time

import faiss
import numpy as np

from matcher.index.exact import ExactIndex
from matcher.index.faiss import FaissIndex
from models.quantise import canonical, scale_of


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=60)
    given = parser.parse_args()
    dice = np.random.default_rng(5)
    units = dice.normal(size=(given.rows, given.dimension)).astype(np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    vectors = canonical(units, scale_of(given.dimension, ((-1.0, 0.0), (1.0, 1.0))))
    floats = faiss.IndexFlatIP(given.dimension)
    floats.add(vectors.astype(np.float32))
    ours, reference = FaissIndex(vectors), ExactIndex(vectors)
    searches = {
        "FAISS float32 flat": lambda query: floats.search(query.astype(np.float32)[None], 10)[0][0],
        "FaissIndex (int8)": lambda query: ours.search(query, 10)[1],
        "ExactIndex (numpy)": lambda query: reference.search(query, 10)[1],
    }
    times: dict[str, list[float]] = {name: [] for name in searches}
    for query in vectors[dice.integers(given.rows, size=given.rounds)]:
        answers = []
        for name, search in searches.items():
            began = time.perf_counter()
            answers.append(search(query))
            times[name].append(1000 * (time.perf_counter() - began))
        assert all((answer == answers[0]).all() for answer in answers)
    base = float(np.median(times["FAISS float32 flat"]))
    for name, values in times.items():
        print(f"{name:20}{np.median(values):8.2f} ms{np.median(values) / base:8.2f} x float32")


if __name__ == "__main__":
    main()
