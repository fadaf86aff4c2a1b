"""Our encoders as models of WorkRB, and our gold set and the local sets of MELO as tasks of it. Needs WorkRB.

`models.evaluation.workrb_run` is the command; it says what to do where WorkRB is not installed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from workrb.models import ModelInterface
from workrb.tasks import LabelType, MELORanking, RankingDataset, RankingTask
from workrb.tasks.abstract.ranking_base import RankingTaskGroup
from workrb.types import DatasetSplit, Language, ModelInputType

from models.evaluation import gold
from models.evaluation.workrb_data import ESCO_VERSION, MELO, Ranked, of_gold, of_melo

Similarity = Callable[[Sequence[str], Sequence[str]], NDArray[np.float64]]
"""Maps queries and targets to scores, shape (queries, targets)."""


class SimilarityModel(ModelInterface):  # type: ignore[misc]
    """A way to compare texts as a model of WorkRB: what a text is (a title, a profile) makes no difference to it."""

    def __init__(self, name: str, description: str, similarity: Similarity) -> None:
        self._name, self._description, self._similarity = name, description, similarity

    @property
    def name(self) -> str:
        """Under which results are kept."""
        return self._name

    @property
    def description(self) -> str:
        """One sentence."""
        return self._description

    @property
    def classification_label_space(self) -> list[str] | None:
        """None: it has no head with classes, and ranks their names."""
        return None

    def _compute_rankings(
        self,
        queries: list[str],
        targets: list[str],
        query_input_type: ModelInputType | None = None,
        target_input_type: ModelInputType | None = None,
    ) -> torch.Tensor:
        del query_input_type, target_input_type
        return torch.from_numpy(self._similarity(queries, targets).astype(np.float32))

    def _compute_classification(
        self,
        texts: list[str],
        targets: list[str],
        input_type: ModelInputType,
        target_input_type: ModelInputType | None = None,
    ) -> torch.Tensor:
        return self._compute_rankings(texts, targets, input_type, target_input_type)


def dataset(name: str, ranked: Ranked) -> RankingDataset:
    """Ranked texts as a dataset of WorkRB, which drops blanks around texts and texts that stand there twice."""
    return RankingDataset(
        ranked.queries, ranked.indices, ranked.targets, dataset_id=name, target_relevance=ranked.grades or None
    )


class GoldRanking(RankingTask):  # type: ignore[misc]
    """A part of the gold set as a task: requests of a school for alumni, or wishes of alumni for courses, graded."""

    def __init__(self, part: str, query: ModelInputType, target: ModelInputType, **more: Any) -> None:
        self._part, self._query, self._target = part, query, target
        super().__init__(languages=["nl"], split="test", **more)

    @property
    def name(self) -> str:
        """The name of the part."""
        return f"Alumnimatch gold, {self._part}"

    @property
    def description(self) -> str:
        """What it measures."""
        return f"{self._part}: texts in people's own words (Dutch, some courses English), graded 0 to 3 by two judges"

    @property
    def task_group(self) -> RankingTaskGroup:
        """People ranked for a request; courses for a wish are of the same kind."""
        return RankingTaskGroup.CANDIDATE_RANKING

    @property
    def label_type(self) -> LabelType:
        """Several may be right."""
        return LabelType.MULTI_LABEL

    @property
    def supported_query_languages(self) -> list[Language]:
        """Dutch."""
        return [Language.NL]

    @property
    def supported_target_languages(self) -> list[Language]:
        """Dutch; 8 of the 40 courses are English, which a school in the Netherlands has too."""
        return [Language.NL]

    @property
    def query_input_type(self) -> ModelInputType:
        """The nearest of the kinds that WorkRB knows."""
        return self._query

    @property
    def target_input_type(self) -> ModelInputType:
        """The nearest of the kinds that WorkRB knows."""
        return self._target

    @property
    def default_metrics(self) -> list[str]:
        """With nDCG, which counts the grades."""
        return ["ndcg@10", "map", "rp@10", "mrr"]

    @property
    def binary_relevance_threshold(self) -> float:
        """From 2 (fits well) on a pair is right, for what knows no grades."""
        return 2.0

    def load_dataset(self, dataset_id: str, split: DatasetSplit) -> RankingDataset:
        """The part; it has no validation set. Raises ValueError."""
        if split is not DatasetSplit.TEST:
            msg = f"{self.name} has a test split alone"
            raise ValueError(msg)
        (judged,) = (one for one in gold.read() if one.name == self._part)
        return dataset(dataset_id, of_gold(judged))


class LocalMelo(MELORanking):  # type: ignore[misc]
    """MELO from files on disk: the Dutch sets, which are what `DATA` has."""

    def __init__(self, data: Path) -> None:
        self._data = data
        super().__init__(languages=["nl", "en"], split="test")

    def languages_to_dataset_ids(self, languages: list[Language]) -> list[str]:
        """The two Dutch sets, whichever languages are asked for."""
        del languages
        return list(MELO)

    def load_dataset(self, dataset_id: str, split: DatasetSplit) -> RankingDataset:
        """As WorkRB's own, from disk. Raises OSError, KeyError."""
        del split
        return dataset(dataset_id, of_melo(self._data, dataset_id))


def esco_folder(cache: Path, language: str) -> Path:
    """Where WorkRB looks for ESCO in a language, below a folder for caches: by the name of its language as a path."""
    return Path(cache / "wteb" / "esco" / ESCO_VERSION / Language(language))


def gold_tasks() -> list[RankingTask]:
    """Both parts of the gold set."""
    brief, profile = ModelInputType.PROJECT_BRIEF_STRING, ModelInputType.CANDIDATE_PROFILE_STRING
    return [
        GoldRanking("requests to alumni", brief, profile),
        GoldRanking("wishes to courses", ModelInputType.SEARCH_QUERY_STRING, brief),
    ]
