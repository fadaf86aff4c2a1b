"""Losses for training: a plain contrastive one, and relations taught by a monolingual model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


def contrast(first: Tensor, second: Tensor, wrong: Tensor | None, temperature: float, nested: Sequence[int]) -> Tensor:
    """The contrastive loss in both directions, at each of the nested dimensions; `wrong`: more texts to tell apart."""
    right = torch.arange(len(first))
    total = first.new_zeros(())
    for size in nested:
        ours, theirs = (functional.normalize(part[:, :size], dim=1) for part in (first, second))
        scores = ours @ theirs.T / temperature
        more = scores
        if wrong is not None:
            more = torch.cat([scores, ours @ functional.normalize(wrong[:, :size], dim=1).T / temperature], dim=1)
        total = total + functional.cross_entropy(more, right) + functional.cross_entropy(scores.T, right)
    return torch.div(total, 2 * len(nested))


class TaughtRelations(nn.Module):
    """Makes translated sentences (Dutch, English) relate to each other as the teacher relates the English ones.

    For each sentence of the batch, the softmax over its similarities to all English ones is compared with the teacher's
    (Kullback-Leibler), from Dutch, from English, and among the Dutch. Labels are rows of `taught`, the teacher's unit
    vectors, shape (sentences, dimension).
    """

    def __init__(self, model: nn.Module, taught: Tensor, temperature: float, nested: Iterable[int]) -> None:
        super().__init__()
        self.model = model
        self.taught = taught
        self.temperature = temperature
        self.nested = tuple(nested)

    def forward(self, sentence_features: Iterable[dict[str, Tensor]], labels: Tensor) -> Tensor:
        """The loss, a scalar: the mean over nested dimensions and directions."""
        dutch, english = (self.model(features)["sentence_embedding"] for features in sentence_features)
        known = self.taught[labels.flatten()]
        relations = known @ known.T
        itself = torch.eye(len(relations), dtype=torch.bool)
        others = relations.masked_fill(itself, -1.0)
        total = dutch.new_zeros(())
        for size in self.nested:
            nl, en = (functional.normalize(vectors[:, :size], dim=1) for vectors in (dutch, english))
            total = total + self._differ(nl @ en.T, relations) + self._differ(en @ nl.T, relations)
            total = total + self._differ((nl @ nl.T).masked_fill(itself, -1.0), others)
            total = total + self._differ((en @ en.T).masked_fill(itself, -1.0), others)
        return torch.div(total, 2 * len(self.nested))

    def _differ(self, ours: Tensor, theirs: Tensor) -> Tensor:
        target = functional.softmax(theirs / self.temperature, dim=1)
        ours = functional.log_softmax(ours / self.temperature, dim=1)
        return functional.kl_div(ours, target, reduction="batchmean")

    def get_config_dict(self) -> dict[str, Any]:
        """The settings that the library records."""
        return {"temperature": self.temperature, "nested": self.nested}
