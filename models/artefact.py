"""The folder of our own encoder: writing, sealing and reading it, without torch. A damaged one is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from matcher.errors import EncoderError
from models import vocabulary, words
from models.vocabulary import Vocabulary

KIND = "alumnimatch-ngram-bag"
SUMS = "SHA256SUMS"
PUBLIC = "public-words.txt"
_MODULES = [{"idx": 0, "name": "0", "path": "", "type": "models.module.NgramBag"}]
_LIBRARY: dict[str, object] = {
    "model_type": "SentenceTransformer",
    "prompts": {},
    "default_prompt_name": None,
    "similarity_fn_name": "cosine",
}
Table = NDArray[np.int8]


def write(features: Vocabulary, table: NDArray[np.floating[Any]], folder: Path, *, public: Iterable[str] = ()) -> None:
    """Writes the folder: each row of `table`, shape (features, dimension), in int8 with its own scale.

    `public`: the words that may be shown from the text of a person, since they occur in a list of occupations.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scales = np.abs(table).max(axis=1) / 127
    scales = np.where(scales > 0, scales, 1).astype(np.float32)
    quantised = np.rint(table / scales[:, None]).astype(np.int8)
    arrays = {"table": quantised, "scales": scales, "weights": features.weights}
    # safetensors writes the memory of an array as it lies, whatever its order or strides, without an error
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, folder / "model.safetensors")
    config = {"kind": KIND, "words": words.VERSION, "dimension": table.shape[1], "features": table.shape[0]}
    _json(folder / "config.json", config, indent=2)
    _json(folder / "modules.json", _MODULES, indent=2)
    _json(folder / "config_sentence_transformers.json", _LIBRARY, indent=2)
    _json(folder / "tokenizer.json", features.tokenizer, indent=None)
    (folder / PUBLIC).write_text("".join(f"{word}\n" for word in sorted(set(public))), "utf-8")
    seal(folder)


def seal(folder: Path) -> None:
    """Writes the checksums of the folder, in the format of `sha256sum --check`."""
    lines = [f"{_sum(path)}  {path.name}\n" for path in sorted(folder.iterdir()) if path.name != SUMS]
    (folder / SUMS).write_text("".join(lines), "utf-8")


def ours(folder: Path) -> bool:
    """Whether a folder declares itself an artefact of this project."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and config.get("kind") == KIND


def read(folder: Path) -> tuple[Vocabulary, Table, NDArray[np.float32]]:
    """Vocabulary, table and the scale of each row. Raises EncoderError with the file and the problem."""
    name = "config.json"
    try:
        config = json.loads((folder / name).read_text("utf-8"))
        if config["words"] != words.VERSION:
            raise EncoderError("encoder_other_version", name=folder.name, file=name)
        name = first_wrong(folder)
        if name:
            raise EncoderError("encoder_damaged", name=folder.name, file=name, problem="checksum")
        name = "model.safetensors"
        tensors = load_file(folder / name)
        table, scales, weights = tensors["table"], tensors["scales"], tensors["weights"]
        shape = (int(config["features"]), int(config["dimension"]))
        if table.shape != shape or table.dtype != np.int8 or scales.shape != shape[:1] or not np.isfinite(scales).all():
            raise ValueError  # noqa: TRY301 - reported below, like all other problems
        name = "tokenizer.json"
        return vocabulary.read(folder / name, weights), table, scales
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as problem:
        raise EncoderError("encoder_damaged", name=folder.name, file=name, problem=type(problem).__name__) from None


def public(folder: Path) -> frozenset[str]:
    """The words of the artefact that may be shown. Raises EncoderError if the file cannot be read."""
    try:
        return frozenset((folder / PUBLIC).read_text("utf-8").split())
    except (OSError, ValueError) as problem:
        raise EncoderError("encoder_damaged", name=folder.name, file=PUBLIC, problem=type(problem).__name__) from None


def first_wrong(folder: Path) -> str:
    """The first file that does not match SHA256SUMS, except the model card; empty if all match."""
    name = SUMS
    try:
        for line in (folder / SUMS).read_text("utf-8").splitlines():
            expected, name = line.split("  ")
            if not name.endswith(".md") and _sum(folder / name) != expected:
                return name
    except (OSError, ValueError):
        return name
    return ""


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _json(path: Path, content: object, *, indent: int | None) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=indent) + "\n", "utf-8")
