"""The encoder as a module of sentence-transformers, for training and for use of the artefact in that library.

`modules.json` of the artefact names this module. If alumnimatch is installed with its extra `train`,
`SentenceTransformer("models/encoder-nl-en", trust_remote_code=True)` loads it; the trusted code is this file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers.base.modules.input_module import InputModule
from torch import Tensor
from torch.nn import functional

from models import vocabulary as vocabularies
from models.vocabulary import Bags, Vocabulary


class NgramBag(InputModule):
    """The mean direction of the words of a text, from vectors of their features.

    The vector of a word is the sum of the rows of its features, divided by the square root of their number; that of a
    text is the weighted sum of its words.
    """

    config_file_name: ClassVar[str] = "config.json"  # type: ignore[misc]
    tokenizer = None  # type: ignore[assignment]

    def __init__(self, vocabulary: Vocabulary, table: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.vocabulary = vocabulary
        self.table = torch.nn.Parameter(table)
        self._bags = Bags(vocabulary)

    @classmethod
    def new(cls, vocabulary: Vocabulary, dimension: int) -> Self:
        """An untrained module, initialised from the generator of torch, so that its seed determines the result."""
        return cls(vocabulary, torch.randn(len(vocabulary.rows), dimension) * 0.1)

    def preprocess(self, inputs: list[str], prompt: str | None = None, **_: Any) -> dict[str, Tensor]:  # type: ignore[override]
        """The features of texts, for `forward`."""
        bag = self._bags.of([(prompt or "") + text for text in inputs])
        arrays = {name: torch.from_numpy(getattr(bag, name)) for name in bag.__slots__}
        arrays["input_ids"] = arrays.pop(
            "features"
        )  # the name under which the library looks for the columns of a batch
        return arrays

    def forward(self, features: dict[str, Tensor], **_: Any) -> dict[str, Tensor]:
        """Adds `sentence_embedding`, shape (texts, dimension)."""
        rows = features["input_ids"]
        of_words: Tensor = _SumOfRows.apply(self.table, rows, features["word_starts"])  # type: ignore[no-untyped-call]
        of_words = of_words * features["scales"].unsqueeze(1)
        features["sentence_embedding"] = functional.embedding_bag(
            features["words"], of_words, features["text_starts"], mode="sum", per_sample_weights=features["weights"]
        )
        return features

    @property
    def max_seq_length(self) -> float:
        """No limit on the number of words."""
        return float("inf")

    def get_embedding_dimension(self) -> int:
        """Length of the vectors."""
        return self.table.shape[1]

    def save(self, output_path: str, *_: Any, **__: Any) -> None:
        """Writes the table in float32; `models.artefact` writes the quantised one that ships."""
        folder = Path(output_path)
        folder.joinpath("tokenizer.json").write_text(json.dumps(self.vocabulary.tokenizer, ensure_ascii=False), "utf-8")
        weights = torch.from_numpy(np.array(self.vocabulary.weights))
        save_file({"table": self.table.detach().contiguous(), "weights": weights}, folder / "model.safetensors")

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", **_: Any) -> Self:  # type: ignore[override]
        """Reads what `save` or `models.artefact` wrote."""
        folder = Path(model_name_or_path) / subfolder
        tensors = load_file(folder / "model.safetensors")
        table = tensors["table"].to(torch.float32)
        if "scales" in tensors:
            table = table * tensors["scales"].unsqueeze(1)
        return cls(vocabularies.read(folder / "tokenizer.json", tensors["weights"].numpy()), table)


class _SumOfRows(torch.autograd.Function):
    """embedding_bag(mode="sum") with a coalesced gradient: each used row once, in order.

    The sparse gradient of torch has a row for every use, which the optimiser sorts: three times as slow here.
    """

    @staticmethod
    def forward(ctx: Any, table: Tensor, rows: Tensor, starts: Tensor) -> Tensor:
        ctx.save_for_backward(rows, starts)
        ctx.shape = table.shape
        return functional.embedding_bag(rows, table, starts, mode="sum")

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        rows, starts = ctx.saved_tensors
        lengths = torch.diff(starts, append=torch.tensor([len(rows)]))
        bags = torch.repeat_interleave(torch.arange(len(starts)), lengths)
        order = torch.argsort(rows, stable=True)
        used, counts = torch.unique_consecutive(rows[order], return_counts=True)
        begins = torch.cumsum(counts, 0) - counts
        summed = functional.embedding_bag(bags[order], gradients[0].contiguous(), begins, mode="sum")
        gradient = torch.sparse_coo_tensor(
            used.unsqueeze(0), summed, ctx.shape, is_coalesced=True, check_invariants=False
        )
        return gradient, None, None
