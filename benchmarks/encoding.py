"""Whether a text has the same bits in any company, and what it costs to make it so.

    .venv/bin/python benchmarks/encoding.py [--texts 256]

Texts of the sample region, by our encoder (batches of one shape) and by sentence-transformers' own `encode`, which
sorts and pads by what else is in the batch; each once in the given order and once reversed. Printed: texts a second,
and how many vectors differ in any bit between the two orders, before and after rounding to int8.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.canonical import canonical
from models.encoder import SentenceTransformerEncoder

SAMPLE = Path(__file__).parents[1] / "data" / "sample" / "requests.csv"


def texts_of_sample(count: int) -> list[str]:
    """Titles, descriptions and both of the sample's requests: short and long."""
    with SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    texts = [row["titel"] for row in rows] + [f"{row['titel']}. {row['omschrijving']}" for row in rows]
    texts += [row["omschrijving"] for row in rows if row["omschrijving"]]
    return list(dict.fromkeys(texts))[:count]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=256)
    given = parser.parse_args()
    from sentence_transformers import SentenceTransformer

    texts = texts_of_sample(given.texts)
    ours = SentenceTransformerEncoder()
    plain = SentenceTransformer(str(ours.folder), device="cpu")

    def library(asked: Sequence[str]) -> np.ndarray:
        return np.asarray(plain.encode(list(asked), normalize_embeddings=True, show_progress_bar=False))

    ways: dict[str, Callable[[Sequence[str]], Any]] = {"ours": ours.embed, "sentence-transformers": library}
    for embed in ways.values():
        embed(texts[:16])  # loads the model
    print(f"{'':24}{'texts/s':>9}{'differ, float':>15}{'differ, int8':>14}   of {len(texts)}")
    for name, embed in ways.items():
        began = time.perf_counter()
        one = embed(texts)
        took = time.perf_counter() - began
        other = embed(texts[::-1])[::-1]
        differ = int((one != other).any(axis=1).sum())
        rounded = int((canonical(one, ours.scale) != canonical(other, ours.scale)).any(axis=1).sum())
        print(f"{name:24}{len(texts) / took:9.0f}{differ:15}{rounded:14}")


if __name__ == "__main__":
    main()
