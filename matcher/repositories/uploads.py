"""The repository of uploads: files that were sent to be imported, and how far each is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

LOOKING, ASKED, WRITING, DONE, FAILED, UNDONE = "looking", "asked", "writing", "done", "failed", "undone"
AT_WORK = (LOOKING, WRITING)
"""The states in which a process is to do something; in all others a person is."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent, without its content.

    `id`: random, in addresses. `school`: whose it is, empty for whoever may import for every school. `actor`, `role`:
    who sent it. `file`: its name. `size`: bytes. `wishes`: what whoever sent it said of it. `outcome`: what was read
    and done. `rows` of `rows_total` are done (0 of 0: not known yet). `attempts`: how often a process took it; with it
    a process that was thought dead is told from the one that took over. `request` and `digest`: of the key and content
    of a request that may be repeated. Moments are naive UTC.
    """

    key: int
    id: str
    school: str
    actor: int
    role: str
    kind: str
    file: str
    size: int
    state: str
    wishes: Mapping[str, Any]
    outcome: Mapping[str, Any]
    rows: int
    rows_total: int
    attempts: int
    request: str
    digest: str
    created_at: datetime
    taken_at: datetime | None
    ended_at: datetime | None


class Uploads(Protocol):
    """Files that were sent to be imported: removed within days, and with the erasure of anyone of the school."""

    def add(
        self,
        *,
        school: str,
        kind: str,
        file: str,
        wishes: Mapping[str, Any],
        content: Iterable[bytes],
        state: str = LOOKING,
        request: str = "",
        digest: str = "",
    ) -> Upload:
        """Stores a file of the asker of the transaction, to be looked at or written; `content`: its bytes, in parts."""
        ...

    def find(self, upload_id: str) -> Upload | None:
        """The upload with this id; None if there is none, or no longer."""
        ...

    def page(
        self, *, schools: Collection[str] | None = None, request: str | None = None, limit: int | None = 50
    ) -> list[Upload]:
        """The newest first: of these schools, and of a request that may be repeated; filters left out do not apply."""
        ...

    def content(self, key: int) -> Iterator[bytes]:
        """The bytes of the file, in parts."""
        ...

    def take(self, key: int | None = None) -> Upload | None:
        """Takes the oldest upload that is to be looked at or written, or the one with this key; None where none is.

        One that was taken, and of which nothing was heard for `ABANDONED`, may be taken again.
        """
        ...

    def put(self, upload: Upload, **changes: Any) -> bool:
        """Changes `state`, `wishes`, `outcome`, `rows`, `rows_total`; tells that its process lives.

        False, and nothing changes, where it is gone, is in another state, or was taken by another process since.
        """
        ...

    def remove(
        self, *, before: datetime | None = None, keys: Collection[int] | None = None, every: bool = False
    ) -> int:
        """Removes uploads from before a moment, with these keys, or all; returns how many."""
        ...
