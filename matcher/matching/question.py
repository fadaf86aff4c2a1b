"""A question: one record, for which the best candidates are sought. It is independent of any pool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from matcher.domain.kinds import Purpose, mask_of
from matcher.domain.places import Coordinates
from matcher.domain.records import Alumnus, Offering, Record, Target, owner_of, record_id
from matcher.errors import UnknownId
from matcher.matching.visibility import visible
from matcher.pool import Pool
from matcher.pool.build import demand_row
from matcher.pool.builder import OfWords
from matcher.pool.columns import Bool, Demands, code_of, day_number
from matcher.pool.own_matches import Demanded, own_match_columns, words_of
from matcher.pool.pairs import Pairs
from matcher.ports import Int8Matrix


@dataclass(frozen=True)
class Candidates:
    """All candidates of a question next to its query, before any rule."""

    pairs: Pairs
    seen: Bool | None = None
    """The pairs that the asker may see, shape (m,); None for all. A mask over all pairs is cheaper than a copy."""

    @property
    def visible(self) -> Pairs:
        """The pairs that the asker may see."""
        return self.pairs if self.seen is None else self.pairs.take(np.flatnonzero(self.seen))


@dataclass(frozen=True)
class Question:
    """Alumni for a request or an offering, or requests or offerings for an alumnus, on a day."""

    record: Record
    as_of: date
    target: Target | None = None
    """What is ranked for an alumnus; None where alumni are ranked."""
    among: str | None = None
    """If set, only alumni of this school are ranked; None for all that the asker may see."""
    vector: Int8Matrix | None = None
    """The canonical vector of a request that is in no pool, shape (dimension,)."""
    meaning: Int8Matrix | None = None
    """That of the second encoder; None without one."""
    of_words: OfWords | None = None
    """The vectors of its words, of which the pool may lack some."""
    places: Mapping[str, Coordinates] = field(default_factory=dict)
    """Coordinates for such a request, if the pool lacks them."""
    demanded: Demanded | None = None
    """What such a request demands of own fields, and who has it; None for nothing."""
    agreed: frozenset[Purpose] = frozenset()
    """What the alumnus who asks agreed to for this question alone, as by the code of a talk."""

    def candidates(self, pool: Pool) -> Candidates:
        """All pairs of the query with its candidates. Raises UnknownId for a record or school not in this pool."""
        day = day_number(self.as_of)
        if isinstance(self.record, Alumnus):
            demands = pool.offerings if self.target == "offerings" else pool.requests
            query, rows = row_of(pool.person_row, self.record), np.arange(len(demands))
            pairs = Pairs(pool, pool.people, demands, "demands", query, rows, day, covers_table=True)
            pairs = replace(pairs, agreed=mask_of(self.agreed))
            return Candidates(pairs.take(visible(pairs)))
        pool, demands, row = self._demand_in(pool)
        pairs = Pairs.with_everybody(pool, demands, row, day)
        seen = visible(pairs)
        if self.among is not None:
            seen = seen & (pairs.person("school") == code_of(self.among))
            if not np.any(seen):
                raise UnknownId("unknown_school", school=self.among)
        return Candidates(pairs, seen)

    def _demand_in(self, pool: Pool) -> tuple[Pool, Demands, int]:
        assert not isinstance(self.record, Alumnus)  # noqa: S101 - that is the other direction
        if self.vector is not None:
            record = replace(self.record, key=0)
            pool, demands = demand_row(pool, record, self.vector, self.places, self.of_words, self.meaning)
            if self.demanded is not None:
                words = replace(pool.vocabulary, own_demands=words_of([self.demanded]))
                matches = own_match_columns([self.demanded], pool.person_row)
                pool = replace(pool, vocabulary=words, own_matches=matches)
            return pool, demands, 0
        if isinstance(self.record, Offering):
            return pool, pool.offerings, row_of(pool.offering_row, self.record)
        return pool, pool.requests, row_of(pool.request_row, self.record)


def row_of(rows: Mapping[int, int], record: Record) -> int:
    """The row of a record; raises UnknownId if it was erased between question and pool."""
    if record.key not in rows:
        raise gone(record)
    return rows[record.key]


def gone(record: Record) -> UnknownId:
    """The error of a record that was erased while the question was on its way."""
    return UnknownId("unknown_id", kind="record", id=record_id(record), owner=owner_of(record))
