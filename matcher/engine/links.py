"""The concepts of skills as of a state of the data: vocabularies are read once, and kept while they are in use."""

from __future__ import annotations

from datetime import datetime

from matcher.concepts import Labels, Links, Scheme
from matcher.recent import keep
from matcher.repositories import Records

_MOST = 2
"""Tables of labels in memory: that in use, and that before it, for replays."""


class KeptLinks:
    """Gives the links of a moment; may be shared by threads."""

    def __init__(self) -> None:
        self._labels: dict[tuple[str, ...], Labels] = {}
        self._links: dict[str, Links] = {}

    def at(self, records: Records, moment: datetime | None = None) -> Links | None:
        """The links at a moment (UTC), or now; None where no vocabulary is in use. The same object for the same."""
        digests = tuple(one.digest for one in records.vocabularies.in_use(moment))
        if not digests:
            return None
        labels = self._labels.get(digests)
        if labels is None:
            labels = Labels([Scheme.from_bytes(records.vocabularies.content(digest)) for digest in digests])
            keep(self._labels, digests, labels, _MOST)
        made = Links(labels, digests, records.vocabularies.decisions(moment))
        known = self._links.get(made.digest)
        return keep(self._links, made.digest, made, _MOST) if known is None or known.labels is not labels else known
