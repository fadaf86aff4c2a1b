"""The best courses or roles of all alumni, in one run."""

from __future__ import annotations

from matcher.batch import Best, Workers, best_of_all
from matcher.domain.records import Target
from matcher.errors import InvalidValue
from matcher.policy import Action, Asker
from matcher.pool import Pool
from matcher.pool.snapshot import BATCH
from matcher.ports import Progress
from matcher.services.app import App
from matcher.services.matching import MOST_SHOWN


def recommend_all(
    app: App,
    asker: Asker,
    target: Target,
    *,
    top: int = 10,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> tuple[Pool, Best]:
    """`batch.best_of_all`; finished parts are stored next to the snapshots.

    Raises Forbidden, InvalidValue, ClusterError.
    """
    asker.scope(Action.RECOMMEND_ALL)
    if not 1 <= top <= MOST_SHOWN:
        raise InvalidValue("top_out_of_range", value=top, most=MOST_SHOWN)
    engine = app.engine
    keep = engine.cache / BATCH if engine.cache else None
    pool, best = best_of_all(engine, target, top, crew=workers, keep=keep, progress=progress)
    details: dict[str, object] = {"target": target, "top": top, "alumni": len(pool.people), "revision": pool.revision}
    details |= {"encoder": pool.encoder, "weights": list(engine.weights.names)}
    app.store.write(lambda tx: tx.note(Action.RECOMMEND_ALL, details), by=asker)
    return pool, best
