"""Trains the last layers of the second encoder on with pairs of ours, in torch, before it becomes a graph.

The first encoder learns from the same pairs. One thread, so that the same versions give the same weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import BertConfig, BertModel

from models import pieces
from models.pieces import Pieces
from models.quantise import units
from models.texts import prepared
from models.training import packed
from models.training.corpus import Corpus, Pair, batches
from models.training.losses import contrast
from models.training.packed import Packed

READ = 256
"""Tokens of a text that are read outside training."""
_TOGETHER = 32
_PADDING = 1
_NAMES = {
    "attention.self.query": "q", "attention.self.key": "k", "attention.self.value": "v",
    "attention.output.dense": "ao", "intermediate.dense": "fi", "output.dense": "fo",
}  # fmt: skip
_NORMS = {"attention.output.LayerNorm": "aln", "output.LayerNorm": "oln"}
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tuning:
    """The part `tuning` of `meaning.toml`, field by field."""

    steps: int
    batch: int
    layers: int
    rate: float
    temperature: float
    tokens: int
    sentences: int
    mix: Mapping[str, float]


def unpacked(model: Packed, kept: Sequence[int]) -> BertModel:
    """The transformer with the rows of these pieces."""
    config = BertConfig(
        vocab_size=len(kept), hidden_size=model.dimension, num_hidden_layers=model.layers,
        num_attention_heads=model.heads, intermediate_size=model.inner, max_position_embeddings=model.longest,
        type_vocab_size=2, layer_norm_eps=model.epsilon, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    width = model.dimension
    _, length = model.places["emb.word"]
    table = model.matrix("emb.word", length // (width // packed.BLOCK * (2 + packed.BLOCK // 2))).weights
    values = {
        "embeddings.word_embeddings.weight": table[list(kept)],
        "embeddings.position_embeddings.weight": model.values("emb.pos").reshape(-1, width),
        "embeddings.token_type_embeddings.weight": model.values("emb.type").reshape(-1, width),
        "embeddings.LayerNorm.weight": model.values("emb.ln.w"),
        "embeddings.LayerNorm.bias": model.values("emb.ln.b"),
    }
    for layer in range(model.layers):
        for theirs, ours in _of_layer(layer).items():
            rows = model.inner if ours.endswith(".fi.w") else width
            is_matrix = ours.endswith(".w") and "ln." not in ours
            values[theirs] = model.weights(ours, rows) if is_matrix else model.values(ours)
    made = BertModel(config, add_pooling_layer=False)
    made.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in values.items()}, strict=True)
    return made


def _of_layer(layer: int) -> dict[str, str]:
    """The names of the tensors of a layer: of transformers, and of the wheel."""
    return {
        f"encoder.layer.{layer}.{theirs}.{part}": f"l{layer}.{ours}.{part[0]}"
        for theirs, ours in (_NAMES | _NORMS).items()
        for part in ("weight", "bias")
    }


class Reader:
    """The transformer in float32: from texts to vectors. `before`: what stands before each text."""

    def __init__(self, model: BertModel, of_pieces: Pieces, before: str) -> None:
        self.model = model
        self.dimension: int = model.config.hidden_size
        self._pieces = of_pieces
        self._before = [pieces.BEGIN, *of_pieces.of(before)]
        self._mean, self._apart = (torch.zeros(self.dimension) for _ in range(2))

    def read(self, texts: Sequence[str], most: int) -> Tensor:
        """Vectors of texts, shape (n, dimension), without the mean and the direction of the languages."""
        rows = [self._numbers(text, most) for text in texts]
        longest = max(map(len, rows))
        tokens = torch.tensor([row + [_PADDING] * (longest - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
        states = self.model(input_ids=tokens, attention_mask=mask).last_hidden_state
        pooled = (states * mask.unsqueeze(2)).sum(dim=1) / mask.sum(dim=1, keepdim=True)
        rest = functional.normalize(pooled, dim=1) - self._mean
        return functional.normalize(rest - torch.outer(rest @ self._apart, self._apart), dim=1)

    def _numbers(self, text: str, most: int) -> list[int]:
        begin = [*self._before, *self._pieces.of(prepared(text).lower())][: most - 1]
        return [*begin, pieces.END]

    def embed(self, texts: Sequence[str]) -> Floats:
        """Unit vectors, shape (n, dimension)."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        with torch.inference_mode():
            for start in range(0, len(order), _TOGETHER):
                some = order[start : start + _TOGETHER]
                vectors[some] = self.read([texts[row] for row in some], READ).numpy()
        return units(vectors)

    def centre(self, sentences: Sequence[Pair]) -> None:
        """Measures what is taken out, on pairs of a Dutch and an English sentence."""
        self._mean, self._apart = (torch.zeros(self.dimension) for _ in range(2))
        dutch, english = (self.embed([pair[side] for pair in sentences]).mean(axis=0) for side in (0, 1))
        apart = (dutch - english) / np.linalg.norm(dutch - english)
        self._mean, self._apart = torch.from_numpy((dutch + english) / 2), torch.from_numpy(apart)


def train(reader: Reader, read: Corpus, recipe: Tuning, seed: int) -> None:
    """Trains the last layers on: each text is to find its partner in its batch, from both sides."""
    torch.set_num_threads(1)  # several add in another order
    dice = np.random.default_rng(seed)
    reader.centre([read.taught[place] for place in dice.permutation(len(read.taught))[: recipe.sentences].tolist()])
    for parameter in reader.model.parameters():
        parameter.requires_grad = False
    learning = [part for layer in reader.model.encoder.layer[-recipe.layers :] for part in layer.parameters()]
    for parameter in learning:
        parameter.requires_grad = True
    optimiser = torch.optim.AdamW(learning, lr=recipe.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: max(0.0, 1 - step / recipe.steps))
    names, shares = list(recipe.mix), np.array(list(recipe.mix.values()), np.float64)
    sources = {name: batches(read.sets[name], recipe.batch, dice) for name in names}
    for name in dice.choice(names, recipe.steps, p=shares / shares.sum()).tolist():
        pairs = [read.sets[name][place] for place in next(sources[name])]
        first, second = (reader.read([pair[side] for pair in pairs], recipe.tokens) for side in (0, 1))
        optimiser.zero_grad()
        loss = contrast(first, second, None, recipe.temperature, [reader.dimension])
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()


def tuned(model: Packed, reader: Reader, read: Corpus, recipe: Tuning, seed: int) -> Packed:
    """The model with its last layers trained on. `reader`: of the same model, which is trained."""
    train(reader, read, recipe, seed)
    state = reader.model.state_dict()
    names = {theirs: ours for layer in range(model.layers) for theirs, ours in _of_layer(layer).items()}
    last = tuple(f"l{layer}." for layer in range(model.layers - recipe.layers, model.layers))
    return replace(
        model, tuned={ours: state[theirs].numpy() for theirs, ours in names.items() if ours.startswith(last)}
    )
