"""Derived state of one database: the newest pool, vectors of texts, indexes over the alumni, weights, answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from matcher.domain.consent import Terms
from matcher.engine.current import Apart, CurrentPool, Snapshots
from matcher.engine.indexes import Indexes
from matcher.engine.remembered import Remembered
from matcher.engine.vectors import TextVectors
from matcher.engine.weights import WeightsInUse
from matcher.index import IndexServer
from matcher.pool import Pool
from matcher.ports import Encoder, Store

SECOND_BLOCK = 64
"""Texts that the second encoder reads before they are stored: a second or two."""


@dataclass(frozen=True, slots=True)
class Engine:
    """The derived state of one process; its parts may be shared by threads."""

    current: CurrentPool
    vectors: TextVectors
    indexes: Indexes
    weights: WeightsInUse
    second: TextVectors | None = None
    """The vectors of the second encoder; None without one."""
    remembered: Remembered = field(default_factory=Remembered)
    """Answers of the newest pool."""


def open_engine(
    store: Store,
    encoder: Encoder,
    *,
    index: str = "faiss",
    server: IndexServer | None = None,
    second: Encoder | None = None,
    cache: Path | None = None,
    replay_days: int = 30,
    patience: float | None = None,
    terms: Terms | None = None,
    apart: Apart | None = None,
) -> Engine:
    """The engine of a store; nothing is read or built yet.

    `second`: the encoder of the signal `meaning`. `index`: a name in `matcher.index.MAKERS`; `server`: an index on
    other machines instead. `cache`: the folder of the
    snapshots, which are held for `replay_days` once an alumnus was ranked by them. `patience`: seconds that a question
    waits for another that is building the pool; None is without limit. `terms`: how long consents stay in force.
    `apart`: another process that builds pools of many alumni.
    """
    vectors = TextVectors(store, encoder)
    meanings = None if second is None else TextVectors(store, second, SECOND_BLOCK)
    indexes, weights, remembered = Indexes(store, index, server), WeightsInUse(store), Remembered()

    def follow(pool: Pool) -> None:
        remembered.follow(pool)
        indexes.follow(pool)

    current = CurrentPool(
        store,
        vectors,
        Snapshots(cache, encoder.id, replay_days, second.id if second else ""),
        terms=terms or Terms(),
        second=meanings,
        patience=patience,
        apart=apart,
        before_change=weights.forget,
        on_change=follow,
    )
    return Engine(current, vectors, indexes, weights, meanings, remembered)
