"""The derived state: built again, brought to other machines, verified."""

from __future__ import annotations

from matcher.policy import Action, Asker
from matcher.pool import Pool
from matcher.ports import Progress
from matcher.services.app import App


def build(app: App, asker: Asker, progress: Progress | None = None, *, encode_again: bool = False) -> Pool:
    """Rebuilds all derived state from the database; `encode_again`: stored vectors too. Raises Forbidden."""
    asker.scope(Action.INDEX_MANAGE)
    pool = app.engine.rebuild(progress, encode_again=encode_again)
    details = {"built": pool.revision, "encoder": pool.encoder, "encoded_again": encode_again}
    app.store.write(lambda tx: tx.note(Action.INDEX_MANAGE, details), by=asker)
    return pool


def serve(app: App, asker: Asker, progress: Progress | None = None) -> None:
    """Brings an index on other machines to the newest state; a run that was killed goes on where it left off.

    Nothing to do where the index is in this process. Raises Forbidden, IndexUnavailable.
    """
    asker.scope(Action.INDEX_MANAGE)
    app.engine.serve_index(progress)


def verify(app: App, asker: Asker) -> list[str]:
    """The parts of the derived state that differ from what the database says now: none when all is well.

    The snapshot is compared with a newly built pool, and a sample of the stored vectors with newly encoded texts; an
    index on other machines is compared by count, by id and by content. Changes nothing. Raises Forbidden.
    """
    asker.scope(Action.INDEX_MANAGE)
    return app.engine.verify()
