"""The derived state: rebuilding, serving from other machines, verifying, and calibrating the index."""

from __future__ import annotations

from dataclasses import asdict

from matcher.domain.records import RecordKind
from matcher.engine import calibration
from matcher.engine.calibration import Measured
from matcher.matching import thresholds
from matcher.matching.thresholds import Limits
from matcher.policy import Action, Asker
from matcher.pool import Pool
from matcher.pool.build import texts_of
from matcher.ports import Progress
from matcher.services.app import App


def build(app: App, asker: Asker, progress: Progress | None = None, *, encode_again: bool = False) -> Pool:
    """Rebuilds all derived state from the database; `encode_again`: stored vectors too. Raises Forbidden.

    The second encoder, where there is one, then reads all texts, which takes as long as it takes.
    """
    asker.scope(Action.INDEX_MANAGE)
    current = app.engine.current
    pool = current.rebuild(progress, encode_again=encode_again)
    if current.reads and pool.second is None and current.read_ahead(progress=progress):
        pool = current.pool()
    _note(app, asker, {"built": pool.revision, "encoder": pool.encoder, "encoded_again": encode_again})
    return pool


def serve(app: App, asker: Asker, progress: Progress | None = None) -> None:
    """Brings an index on other machines to the newest state; a run that was killed resumes where it left off.

    Does nothing if the index is in this process. Raises Forbidden, IndexUnavailable.
    """
    asker.scope(Action.INDEX_MANAGE)
    app.engine.indexes.serve(app.engine.current.pool(), progress)


def verify(app: App, asker: Asker) -> list[str]:
    """The parts of the derived state that differ from what the database says now: empty when all is well.

    The snapshot is compared with a newly built pool, and a sample of the stored vectors with newly encoded texts; an
    index on other machines is compared by count, by id and by content. Changes nothing. Raises Forbidden.
    """
    asker.scope(Action.INDEX_MANAGE)
    engine = app.engine
    fresh, problems = engine.current.differences()
    with app.store.read() as records:
        stream = records.records.stream
        demands = [*stream(RecordKind.REQUESTS), *stream(RecordKind.OFFERINGS)]
        texts = texts_of(stream(RecordKind.ALUMNI), demands)  # type: ignore[arg-type]
    read = engine.second.differences(texts, steps=1) if engine.second else []
    return [*problems, *engine.vectors.differences(texts), *read, *engine.indexes.differences(fresh)]


def calibrate(app: App, asker: Asker, progress: Progress | None = None) -> tuple[Limits, list[Measured]]:
    """Measures above which share of eligible alumni the index pays on this machine; stores it for the next start.

    Nothing is stored if nothing was measured (`calibration.calibrate`). Raises Forbidden, SnapshotError.
    """
    asker.scope(Action.INDEX_MANAGE)
    engine = app.engine
    pool = engine.current.pool()
    index = engine.indexes.of(pool, "can")
    limits, measured = calibration.calibrate(pool, index, app.weights, app.clock.today(), progress)
    folder = engine.current.snapshots.folder
    if measured and folder is not None:
        thresholds.keep(folder, limits, [asdict(timing) for timing in measured])
        _note(app, asker, {"calibrated": limits.score_all_share})
    return limits, measured


def _note(app: App, asker: Asker, details: dict[str, object]) -> None:
    app.store.write(lambda tx: tx.note(Action.INDEX_MANAGE, details), by=asker)
