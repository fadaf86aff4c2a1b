"""How well the alumnus's education fits the asked qualification and level: the best of his or her qualifications.

Scale: 0.7 x field + 0.3 x level. Field: 1 the same qualification (by name or by crebo code), 0.5 the same domain in the
register, 0 another domain; unknown where they differ and one of them is not in the register, as codes from before 2015.
Level: 1 the same, one third less for each level of difference. When only one of the two is asked or known, that one
alone. Unknown where nothing is asked, or nothing of the alumnus's education is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from matcher.pool.columns import UNKNOWN, Bool, Float64, Int8, Int32, Int64, Qualifications
from matcher.pool.pairs import Pairs

CODE = "qualification"
FIELD_WEIGHT, LEVEL_WEIGHT = 0.7, 0.3
SAME_DOMAIN = 0.5


class Asked(NamedTuple):
    """What demands ask, by name, crebo code, domain (0 unknown) and level (-1 unknown); shape (1,) or (m,) each."""

    name: Int64
    crebo: Int64
    domain: Int64
    level: Int8

    def at(self, places: Int64) -> Asked:
        """What is asked in these pairs."""
        if len(self.name) == 1:
            return self
        return Asked(self.name[places], self.crebo[places], self.domain[places], self.level[places])


def fit(held: Qualifications, asked: Asked) -> Float64:
    """Fit of each qualification held with what is asked; broadcasts; NaN unknown."""
    other = np.where(held.domain == asked.domain, SAME_DOMAIN, 0.0)
    apart = np.where((held.domain == 0) | (asked.domain == 0), np.nan, other)
    field = np.where(same(held, asked), 1.0, apart)
    step = 1.0 - np.abs(held.level.astype(np.float64) - asked.level) / 3.0
    near = np.where((asked.level == UNKNOWN) | (held.level == UNKNOWN), np.nan, step)
    both = FIELD_WEIGHT * field + LEVEL_WEIGHT * near
    return np.where(np.isnan(field), near, np.where(np.isnan(near), field, both))


def same(held: Qualifications, asked: Asked) -> Bool:
    """Whether it is the same qualification: by name or by crebo code."""
    by_name = (held.name == asked.name) & (asked.name != 0)
    return np.asarray(by_name | ((held.crebo == asked.crebo) & (asked.crebo != 0)))


def asked_of(pairs: Pairs) -> Asked:
    """What the demands of these pairs ask."""
    columns = ("target", "target_crebo", "target_domain", "target_level")
    return Asked(*(pairs.demand(column) for column in columns))


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """The best fit of the alumnus's qualifications."""
    held, asked = pairs.pool.qualifications, asked_of(pairs)
    best = np.full(len(pairs), np.nan)
    if pairs.demand_is_query:
        table = fit(held, asked)
        entries, owner = pairs.people.qualifications.gather(pairs.rows)
        if len(owner):
            first = np.flatnonzero(np.diff(owner, prepend=-1))  # where the next person's entries begin
            best[owner[first]] = np.fmax.reduceat(table[entries], first)
        return best
    for entry in pairs.people.qualifications.row(pairs.query):
        best = np.fmax(best, fit(held.take(slice(entry, entry + 1)), asked))
    return best


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """How the best qualification relates: the same, the same domain or another, and its level beside the asked one."""
    asked = asked_of(pairs)
    found: list[dict[str, object]] = [
        {"asked_level": None if level == UNKNOWN else level, "asked": bool(name or crebo), "relation": "unknown"}
        for level, name, crebo in pairs.listed(asked.level, asked.name, asked.crebo)
    ]
    places, best = _best(pairs, asked)
    held, wanted = pairs.pool.qualifications.take(best), asked.at(places)
    cases = [same(held, wanted), (held.domain == 0) | (wanted.domain == 0), held.domain == wanted.domain]
    relations = np.select(cases, ["same", "unknown", "domain"], "other")
    for place, relation, own in zip(places.tolist(), relations.tolist(), held.level.tolist(), strict=True):
        found[place] |= {"relation": relation, "level": None if own == UNKNOWN else own}
    return found


def _best(pairs: Pairs, asked: Asked) -> tuple[Int64, Int32]:
    """The pairs whose alumnus has qualifications, and the row in `pool.qualifications` of the best fit (or the first).

    Shape (at most m,) each.
    """
    entries, owner = pairs.people.qualifications.gather(pairs.person_rows)
    if not pairs.demand_is_query:  # the same ones beside each demand
        owner, entries = np.repeat(np.arange(len(pairs)), len(entries)), np.tile(entries, len(pairs))
    fits = np.nan_to_num(fit(pairs.pool.qualifications.take(entries), asked.at(owner)), nan=-1.0)
    order = np.lexsort((-fits, owner))
    first = order[np.flatnonzero(np.diff(owner[order], prepend=-1))]
    return owner[first], entries[first]
