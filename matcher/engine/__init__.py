"""Derived state of one database: the newest pool, the vectors of texts, the indexes over the alumni, the weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from matcher.domain.consent import Terms
from matcher.engine.current import CurrentPool, Snapshots
from matcher.engine.indexes import Indexes
from matcher.engine.vectors import TextVectors
from matcher.engine.weights import WeightsInUse
from matcher.index import IndexServer
from matcher.ports import Encoder, Store


@dataclass(frozen=True, slots=True)
class Engine:
    """The derived state of one process; its parts may be shared by threads."""

    current: CurrentPool
    vectors: TextVectors
    indexes: Indexes
    weights: WeightsInUse


def open_engine(
    store: Store,
    encoder: Encoder,
    *,
    index: str = "faiss",
    server: IndexServer | None = None,
    cache: Path | None = None,
    replay_days: int = 30,
    patience: float | None = None,
    terms: Terms | None = None,
) -> Engine:
    """The engine of a store; nothing is read or built yet.

    `index`: a name in `matcher.index.MAKERS`; `server`: an index on other machines instead. `cache`: the folder of the
    snapshots, which are held for `replay_days` once an alumnus was ranked by them. `patience`: seconds that a question
    waits for another that is building the pool; None is without limit. `terms`: how long consents stay in force.
    """
    vectors = TextVectors(store, encoder)
    indexes, weights = Indexes(store, index, server), WeightsInUse(store)
    current = CurrentPool(
        store,
        vectors,
        Snapshots(cache, encoder.id, replay_days),
        terms=terms or Terms(),
        patience=patience,
        before_change=weights.forget,
        on_change=indexes.follow,
    )
    return Engine(current, vectors, indexes, weights)
