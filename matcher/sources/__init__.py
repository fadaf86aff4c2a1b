"""Feeds of other systems: documents of the sector's formats become rows of an import, with remarks.

Documents are read tolerantly: what cannot be read as its format says is left out and remarked, and the rest comes in.
Nothing here knows the database or a network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from matcher.domain.crebo import Programme
from matcher.sources import edudex, oeapi
from matcher.sources.feed import Feed

FORMS = ("edudex", "oeapi")
"""The formats: programmes of EDU-DEX; offerings and courses of OOAPI v5 or OEAPI v6."""
STUDENTS = "students"
"""Alumni of OOAPI v5 or OEAPI v6: `matcher.sources.students`."""


def read(
    form: str,
    documents: Iterable[object],
    today: date,
    *,
    provider: str = "",
    known: Mapping[str, Programme] | None = None,
) -> Feed:
    """The offerings of documents in one of the FORMS. `provider`: whose they are, where that is not in them.

    `known`: names of programmes by code, besides those of the register.
    """
    if form == "oeapi":
        return oeapi.read(documents, today, provider=provider, known=known or {})
    feed = Feed()
    for document in documents:
        edudex.add(feed, document, today, provider=provider)
    return feed
