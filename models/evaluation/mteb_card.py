"""The card of our encoder for MTEB, whose Dutch benchmark is MTEB-NL (arXiv 2509.12340), and what of it can be run.

    python -m models.evaluation.mteb_card [DATA]

Prints the fields of `mteb.ModelMeta` as JSON, in the form that a request to add a model takes, checked by MTEB itself.
With DATA (docs/training.md) it also runs those tasks of `MTEB(nld, v1)` whose texts are there, by MTEB's own code: the
two of sentence similarity. The other 38 read their data from the internet.

Needs `mteb`, which is no dependency: install it in an environment of its own.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from models.encoder import opened
from models.training.corpus import table

MISSING = """MTEB is not installed. It is no part of alumnimatch. In an environment of its own, in this folder:
    python3.11 -m venv .mteb && .mteb/bin/pip install mteb rapidfuzz
    .mteb/bin/python -m models.evaluation.mteb_card"""
TEACHER = "sentence-transformers/all-MiniLM-L6-v2"
"""What its training sets are, ours are too: it told how English sentences relate."""
CARD: dict[str, Any] = {
    "name": "alumnimatch/encoder-nl-en",
    "languages": ["nld-Latn", "eng-Latn"],
    "open_weights": True,
    "revision": "67e2a859aa511f314f9af46b03ab6672297776aa6593d3ada01e5672ef8a4011",
    "release_date": "2026-11-25",
    "n_parameters": 131_072 * 256,
    "n_embedding_parameters": 131_072 * 256,
    "memory_usage_mb": 33,
    "max_tokens": None,
    "embed_dim": 256,
    "license": "cc-by-sa-4.0",
    "similarity_fn_name": "cosine",
    "framework": ["NumPy", "safetensors", "Sentence Transformers"],
    "use_instructions": False,
    "public_training_code": None,
    "public_training_data": None,
    "training_datasets": ["STSBenchmarkMultilingualSTS", "Tatoeba"],
    "model_type": ["dense"],
}
"""Of what is to be filled in on the day that it is published the fields are None: addresses of code and data.

`revision`: SHA-256 of `model.safetensors`, until the hub gives one. `max_tokens`: None, there is no limit.
`training_datasets`: names of MTEB; of the first only sentences of the training part were seen, and no score.
"""


def main(arguments: list[str] | None = None) -> int:
    """Prints the card and, with DATA, figures; returns the code of the command: 0, or 3 where MTEB is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    given = parser.parse_args(arguments)
    if find_spec("mteb") is None:
        print(MISSING, file=sys.stderr)  # noqa: T201 - a command line
        return 3
    card = _checked()
    print(json.dumps(card, indent=2))  # noqa: T201
    if given.data is not None:
        _run(given.data)
    return 0


def sick(data: Path) -> list[tuple[str, str, float]]:
    """The test part of SICK-NL: two sentences and how alike they are, from 1 to 5. Raises OSError."""
    rows = table(data / "dev/sick_nl/SICK_NL.txt.gz")
    return [
        (row["sentence_A"], row["sentence_B"], float(row["relatedness_score"]))
        for row in rows
        if row["SemEval_set"] == "TEST"
    ]


def stsb(data: Path) -> list[tuple[str, str, float]]:
    """The Dutch test part of STSb, as `sick`, from 0 to 5. Raises OSError."""
    with (data / "dev/stsb_nl/stsb-nl-test.csv").open(encoding="utf-8", newline="") as file:
        return [(first, second, float(score)) for first, second, score in csv.reader(file)]


def _checked() -> dict[str, Any]:
    """The card with the training sets of the teacher, as MTEB has it. Raises pydantic.ValidationError."""
    import mteb
    from mteb.models import ModelMeta

    more = mteb.get_model_meta(TEACHER).training_datasets or set()
    fields = CARD | {"training_datasets": {*CARD["training_datasets"], *more}}
    known = ModelMeta(loader=None, **fields)
    same: dict[str, Any] = known.model_dump(mode="json", include=set(CARD))
    same["training_datasets"] = sorted(same["training_datasets"])
    return same


def _run(data: Path) -> None:
    import mteb
    from datasets import Dataset, DatasetDict
    from mteb.models import ModelMeta
    from mteb.models.abs_encoder import AbsEncoder

    encoder = opened()

    class Ours(AbsEncoder):  # type: ignore[misc]
        """The vectors that are used: int8 with one scale."""

        mteb_model_meta = ModelMeta(loader=None, **CARD)

        def encode(self, inputs: Any, **_: Any) -> np.ndarray:
            """The vectors of the texts of all batches."""
            texts: Sequence[str] = [text for batch in inputs for text in batch["text"]]
            return encoder.encode(texts).astype(np.float32)

    for name, language, rows in (
        ("SICK-NL-STS", None, sick(data)), ("STSBenchmarkMultilingualSTS", "nl", stsb(data)),
    ):  # fmt: skip
        task = mteb.get_task(name, languages=["nld"], eval_splits=["test"])
        first, second, score = zip(*rows, strict=True)
        columns = {"sentence1": list(first), "sentence2": list(second), "score": list(score)}
        texts = DatasetDict({"test": Dataset.from_dict(columns)})
        task.dataset, task.data_loaded = {language: texts} if language else texts, True
        results = mteb.evaluate(Ours(), task, cache=None, show_progress_bar=False)
        (scores,) = results.task_results[0].scores["test"]
        told = f"{name} test ({len(rows)} pairs): cosine_spearman {scores['cosine_spearman']:.4f}"
        print(told, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
