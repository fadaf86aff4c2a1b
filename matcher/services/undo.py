"""Taking an import back: everything that nobody changed since."""

from __future__ import annotations

from matcher.errors import UnknownId
from matcher.policy import Action, Asker
from matcher.repositories import Transaction
from matcher.repositories.values import KeptImport, Undone
from matcher.services.app import StoreApp

MOST_LISTED = 50
"""Imports of a list, the newest first."""


def listed(app: StoreApp, asker: Asker, school: str | None = None) -> list[KeptImport]:
    """The newest imports of a school (or provider), or of all, of the last 30 days; those that were taken back too.

    Raises Forbidden, UnknownId.
    """
    owner = asker.owner(Action.IMPORT, school)
    with app.store.read() as records:
        return records.imports.listed(owner, MOST_LISTED)


def undo(app: StoreApp, asker: Asker, import_id: str) -> Undone:
    """Takes one import back in one transaction, which notes it: all of it, or nothing.

    What was changed or used since stays and is named by id. A second time nothing happens: `Undone.before` says when
    it was taken back. Raises Forbidden, UnknownId('unknown_import') for one that there is not, or that is another
    school's.
    """
    owner = asker.owner(Action.IMPORT)

    def work(tx: Transaction) -> Undone:
        kept = tx.imports.find(import_id.strip().upper())
        if kept is None or (owner is not None and kept.owner != owner):
            raise UnknownId("unknown_import", id=import_id)
        return tx.imports.undo(kept.id)

    return app.store.write(work, by=asker)
