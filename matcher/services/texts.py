"""The texts of alumni that a demand is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from matcher.domain.records import Alumnus, RecordKind
from matcher.matching.ranking import side_of
from matcher.pool.pairs import Pairs
from matcher.pool.texts import can_text, wants_text
from matcher.repositories import Records


def texts_of(records: Records, pairs: Pairs, keys: Sequence[int]) -> Mapping[int, str]:
    """By random key what these alumni can or want, whichever the query of the pairs is compared with.

    Alumni who are gone are absent.
    """
    text = wants_text if side_of(pairs.demands, pairs.query) == "wants" else can_text
    found = records.records.by_key(RecordKind.ALUMNI, keys, consents=False)
    return {key: text(cast("Alumnus", record)) for key, record in found.items()}
