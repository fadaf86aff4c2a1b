"""Tries that train the first encoder for a short while: from nothing by the recipe, or on from the shipped table.

The loop is a plain one, with the losses and the mix of `models.training.train`, so that a try is a change of one part.
The teacher reads `TAUGHT` of the sentences, which is enough for a short training.
"""

from __future__ import annotations

import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from benchmarks.baseline import region
from benchmarks.tries.sets import Figures, Sets, Vectors
from matcher.links import compounds
from models import catalogue, vocabulary
from models.meaning import MeaningEncoder
from models.module import NgramBag
from models.quantise import units
from models.training import corpus, train
from models.training.corpus import Corpus, Pair, batches
from models.training.losses import TaughtRelations, contrast
from models.vocabulary import Vocabulary

TAUGHT = 8_192
MINED = ("esco_names_nl", "esco_names_en", "esco_names_across", "esco_described")
"""Sets that get hard negatives: each second text names or describes one concept."""
NEAREST, APART = 10, 0.95
"""A hard negative is drawn from so many nearest texts, of those at most so near as a share of the right one."""
_TOO_NEAR, _RIGHT = -2.0, -3.0
"""In place of a cosine: texts that are drawn where there is no other, and those that never are."""
WIDER = 384
RELATED = 0.001
"""Learning rate for training on from the shipped table."""
SENTENCES, AMID, DESCRIBED = 2_000, 2_000, 1_000
"""Texts of the training data that the second encoder relates beside those of profiles and requests, of each kind."""
_BATCH = 512
Floats = NDArray[np.float32]


class Bag(Vectors):
    """A table in training as an encoder."""

    def __init__(self, name: str, module: NgramBag) -> None:
        super().__init__(name, module.get_embedding_dimension())
        self._module = module

    def embed(self, texts: Sequence[str]) -> Floats:
        """Unit vectors."""
        found = [np.zeros((0, self.scale.dimension), np.float32)]
        with torch.inference_mode():
            for start in range(0, len(texts), 1024):
                features = self._module.preprocess(list(texts[start : start + 1024]))
                found.append(self._module(features)["sentence_embedding"].numpy())
        return units(np.concatenate(found))


class WithParts(Vocabulary):
    """A vocabulary in which the parts of a compound are features of it too."""

    __slots__ = ()

    def rows_of(self, word: str) -> list[int]:
        """The rows of the word's own features, and of its parts as whole words."""
        parts = compounds.parts(word) or ()
        return sorted({*Vocabulary.rows_of(self, word), *(self.rows[part] for part in parts if part in self.rows)})


def near_topics(topics: NDArray[np.int32], size: int, dice: np.random.Generator) -> Iterator[list[int]]:
    """Places of sentences, endlessly, whole topics after each other."""
    while True:
        order = np.lexsort((dice.random(len(topics)), dice.permutation(topics.max() + 1)[topics]))
        for start in range(0, len(order) - size + 1, size):
            yield order[start : start + size].tolist()


class Mined:
    """Hard negatives of a set of pairs: texts that the shipped encoder has near to one that they do not belong to."""

    def __init__(
        self, pairs: Sequence[Pair], encoder: Callable[[list[str]], Floats], dice: np.random.Generator
    ) -> None:
        self._pairs, self._encoder, self._dice = pairs, encoder, dice
        self._texts = list(dict.fromkeys(second for _, second in pairs))
        self._place = {text: place for place, text in enumerate(self._texts)}
        self._vectors = encoder(self._texts)
        self._right: dict[str, set[int]] = {}
        for first, second in pairs:
            self._right.setdefault(first, set()).add(self._place[second])

    def of(self, batch: Sequence[int]) -> list[str]:
        """One for each pair of a batch."""
        near = self._encoder([self._pairs[place][0] for place in batch]) @ self._vectors.T
        wrong = []
        for row, place in zip(near, batch, strict=True):
            first, second = self._pairs[place]
            right = float(self._encoder([first])[0] @ self._vectors[self._place[second]])
            row[row > APART * right] = _TOO_NEAR
            row[list(self._right[first])] = _RIGHT
            nearest = np.argpartition(-row, NEAREST)[:NEAREST]
            least = _TOO_NEAR if (row[nearest] > _TOO_NEAR).any() else _RIGHT
            wrong.append(self._texts[int(self._dice.choice(nearest[row[nearest] > least]))])
        return wrong


@dataclass(frozen=True)
class Material:
    """What is trained on. `taught`: pairs of sentences of which `vectors` are those of the teacher, by `topics`."""

    read: Corpus
    taught: Sequence[Pair]
    vectors: Floats
    topics: NDArray[np.int32]
    recipe: train.Recipe


def material(data: Path, work: Path) -> Material:
    """Reads the data, and has the teacher read its sentences once; kept under `work`."""
    recipe = train.Recipe(**tomllib.loads(train.RECIPE.read_text("utf-8")))
    read = corpus.read(data, recipe.seed)
    chosen = np.random.default_rng(recipe.seed).permutation(len(read.taught))[:TAUGHT]
    taught = [read.taught[place] for place in chosen.tolist()]
    vectors = train.taught_vectors(taught, recipe, work)
    topics = train.topics_of(vectors, recipe)
    return Material(read, taught, vectors, np.asarray(topics), recipe)


def trained(
    given: Material,
    module: NgramBag,
    steps: int,
    *,
    rate: float | None = None,
    hard: bool = False,
    extra: Callable[[], Tensor] | None = None,
) -> NgramBag:
    """Trains a table for `steps` batches by the mix of the recipe, the rate falling to zero; returns it.

    `hard`: with hard negatives. `extra`: a loss that is added to each step.
    """
    recipe = given.recipe
    nested = [module.get_embedding_dimension(), *recipe.nested[1:]]
    dice = np.random.default_rng(recipe.seed)
    relations = TaughtRelations(module, torch.from_numpy(given.vectors), float(recipe.teacher["temperature"]), nested)
    names = list(recipe.mix)
    shares = np.array([recipe.mix[name] for name in names]) / sum(recipe.mix.values())
    drawn = dice.choice(len(names), steps, p=shares)
    pairs = {name: given.taught if name == train.TAUGHT else given.read.sets[name] for name in names}
    sources = {
        name: near_topics(given.topics, recipe.batch, np.random.default_rng([recipe.seed, place]))
        if name == train.TAUGHT
        else batches(pairs[name], recipe.batch, np.random.default_rng([recipe.seed, place]))
        for place, name in enumerate(names)
    }
    shipped = Bag("shipped", NgramBag.load(str(catalogue.find(catalogue.DEFAULT)))) if hard else None
    mined = {name: Mined(pairs[name], shipped.embed, np.random.default_rng(1)) for name in MINED} if shipped else {}
    optimiser = torch.optim.SparseAdam(module.parameters(), lr=rate or recipe.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: max(0.0, 1 - step / steps))
    begin = time.process_time()
    for number in drawn.tolist():
        name = names[number]
        batch = next(sources[name])
        sides = [module.preprocess([pairs[name][place][side] for place in batch]) for side in (0, 1)]
        if name == train.TAUGHT:
            loss = relations(sides, torch.tensor(batch))
        else:
            first, second = (module(side)["sentence_embedding"] for side in sides)
            texts = mined[name].of(batch) if name in mined else []
            wrong = module(module.preprocess(texts))["sentence_embedding"] if texts else None
            loss = contrast(first, second, wrong, recipe.temperature, nested)
        if extra is not None:
            loss = loss + extra()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    print(f"{steps} steps, {(time.process_time() - begin) / steps:.2f} s of processor each", flush=True)
    return module


def without_common(module: NgramBag, sentences: Sequence[str]) -> NgramBag:
    """The table without the mean direction of sentences, as `models.training.train` leaves it."""
    common = units(Bag("", module).embed(sentences).mean(axis=0, dtype=np.float64)[None].astype(np.float32))[0]
    with torch.no_grad():
        direction = torch.from_numpy(common)
        module.table.sub_(torch.outer(module.table @ direction, direction))
    return module


def trainings(data: Path, work: Path, steps: int, sets: Sets) -> Mapping[str, Figures]:
    """The figures of short trainings: by the recipe, and with one change each."""
    given = material(data, work)
    recipe = given.recipe
    features = {
        size: vocabulary.chosen(
            given.read.texts(), size, rare=recipe.rare, smoothing=recipe.smoothing, running=given.read.running()
        )
        for size in (recipe.features, recipe.features * recipe.dimension // WIDER)
    }
    of_recipe, fewer = features.values()
    ways = {
        "by the recipe": (of_recipe, recipe.dimension, False),
        "hard negatives": (of_recipe, recipe.dimension, True),
        "384 dimensions": (of_recipe, WIDER, False),
        "384, same bytes": (fewer, WIDER, False),
        "parts": (WithParts(of_recipe.rows, of_recipe.weights), recipe.dimension, False),
    }
    found = {}
    for name, (words, dimension, hard) in ways.items():
        torch.manual_seed(recipe.seed)
        module = trained(given, NgramBag.new(words, dimension), steps, hard=hard)
        found[name] = sets.figures(Bag(name, without_common(module, [dutch for dutch, _ in given.taught])))
        print(name, {one: round(value, 3) for one, value in found[name].items()}, flush=True)
    return found


def told(given: Material, work: Path) -> list[str]:
    """Texts that the second encoder relates: profiles and requests of the sample region, and texts of the training."""
    dice = np.random.default_rng(given.recipe.seed)

    def some(texts: Sequence[str], most: int) -> list[str]:
        return [texts[place] for place in dice.permutation(len(texts))[:most].tolist()]

    with tempfile.TemporaryDirectory(dir=work) as folder:
        asked, own = region(Path(folder))
    texts = [text for text, _ in asked + own]
    texts += some([dutch for dutch, _ in given.taught], SENTENCES)
    texts += some([first for first, _ in given.read.sets["amid"]], AMID)
    texts += some([second for _, second in given.read.sets["esco_described"]], DESCRIBED)
    return list(dict.fromkeys(texts))


def meanings(texts: Sequence[str], work: Path) -> Floats:
    """The vectors of the second encoder, kept under `work`."""
    kept = work / f"meaning-{len(texts)}.npy"
    if not kept.is_file():
        np.save(kept, MeaningEncoder(threads=1).embed(texts))
    return np.asarray(np.load(kept), np.float32)


class Related:
    """The loss of texts that are not as near to each other as the second encoder has them, a batch at each call."""

    def __init__(self, module: NgramBag, texts: Sequence[str], known: Floats, recipe: train.Recipe) -> None:
        self._module, self._texts, self._known = module, texts, torch.from_numpy(known)
        self._temperature = float(recipe.teacher["temperature"])
        self._batches = near_topics(np.zeros(len(texts), np.int32), _BATCH, np.random.default_rng(recipe.seed))

    def __call__(self) -> Tensor:
        """The Kullback-Leibler divergence between the rows of both similarities."""
        batch = next(self._batches)
        vectors = self._module(self._module.preprocess([self._texts[place] for place in batch]))["sentence_embedding"]
        ours, theirs = functional.normalize(vectors, dim=1), self._known[batch]
        itself = torch.eye(len(batch), dtype=torch.bool)
        near, wanted = ((one @ one.T).masked_fill(itself, -1.0) / self._temperature for one in (ours, theirs))
        return functional.kl_div(
            functional.log_softmax(near, dim=1), functional.softmax(wanted, dim=1), reduction="batchmean"
        )


def distillations(data: Path, work: Path, steps: int, sets: Sets) -> Mapping[str, Figures]:
    """The figures of the shipped table, trained on by the recipe, and with the relations of the second encoder too."""
    given = material(data, work)
    texts = told(given, work)
    print(f"{len(texts)} texts for the second encoder", flush=True)
    known = meanings(texts, work)
    shipped = str(catalogue.find(catalogue.DEFAULT))
    found = {"shipped": sets.figures(Bag("shipped", NgramBag.load(shipped)))}
    for name in ("trained on", "distilled"):
        module = NgramBag.load(shipped)
        extra = Related(module, texts, known, given.recipe) if name == "distilled" else None
        trained(given, module, steps, rate=RELATED, extra=extra)
        found[name] = sets.figures(Bag(name, without_common(module, [dutch for dutch, _ in given.taught])))
        print(name, {one: round(value, 3) for one, value in found[name].items()}, flush=True)
    return found
