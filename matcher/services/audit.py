"""The log: read and verified."""

from __future__ import annotations

from collections.abc import Iterator

from matcher.policy import Action, Asker
from matcher.repositories.values import LogEntry, Verdict
from matcher.services.app import StoreApp

_PAGE = 500


def page(
    app: StoreApp, asker: Asker, *, school: str | None = None, before: int | None = None, limit: int = 100
) -> list[LogEntry]:
    """The newest entries first, of the asker's school or the named one; `before`: only lower numbers.

    Raises Forbidden, UnknownId.
    """
    owner = asker.owner(Action.AUDIT_READ, school)
    with app.store.read() as records:
        return records.audit.page(owner, before=before, limit=limit)


def whole(app: StoreApp, asker: Asker, *, school: str | None = None) -> Iterator[LogEntry]:
    """Every entry with the alumni that it names, the newest first, as they were when the first was read.

    Of the asker's school or the named one. Close the iterator if you stop early. Raises Forbidden, UnknownId.
    """
    owner = asker.owner(Action.AUDIT_READ, school)
    return _whole(app, owner)


def _whole(app: StoreApp, owner: str | None) -> Iterator[LogEntry]:
    with app.store.read() as records:
        before = None
        while entries := records.audit.page(owner, before=before, limit=_PAGE, people=True):
            yield from entries
            before = entries[-1].id


def verify(app: StoreApp, asker: Asker, known: tuple[int, str] | None = None) -> Verdict:
    """Recomputes every seal: what, if anything, was changed, added, removed or cut off. Raises Forbidden.

    `known`: number and digest (or its beginning) of an entry as it was kept elsewhere.
    """
    asker.scope(Action.AUDIT_READ)
    with app.store.read() as records:
        return records.audit.verify(known)
