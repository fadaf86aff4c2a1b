"""How well the education of the alumnus fits the requested qualification and level, by the best of all qualifications.

Scale: 0.7 x field + 0.3 x level. Field: 1 the same qualification (by name or by crebo code), 0.5 the same domain in the
register, 0 another domain; unknown where they differ and one is not in the register, as codes from before 2015 are not.
Level: 1 the same, a third less for each level of difference. Where only one of the two is requested or known, that one
alone. Unknown where nothing is requested, or nothing is known of the education.
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


class Target(NamedTuple):
    """Requested name, crebo code, domain (codes; 0 unknown) and level (-1 unknown); shape (1,) or (m,) each."""

    name: Int64
    crebo: Int64
    domain: Int64
    level: Int8

    def at(self, positions: Int64) -> Target:
        """The targets at these positions among the pairs."""
        if len(self.name) == 1:
            return self
        return Target(self.name[positions], self.crebo[positions], self.domain[positions], self.level[positions])


def fit(held: Qualifications, target: Target) -> Float64:
    """Fit of qualifications with targets, element by element with broadcasting; NaN unknown."""
    other = np.where(held.domain == target.domain, SAME_DOMAIN, 0.0)
    apart = np.where((held.domain == 0) | (target.domain == 0), np.nan, other)
    field = np.where(same(held, target), 1.0, apart)
    step = 1.0 - np.abs(held.level.astype(np.float64) - target.level) / 3.0
    near = np.where((target.level == UNKNOWN) | (held.level == UNKNOWN), np.nan, step)
    both = FIELD_WEIGHT * field + LEVEL_WEIGHT * near
    return np.where(np.isnan(field), near, np.where(np.isnan(near), field, both))


def same(held: Qualifications, target: Target) -> Bool:
    """Whether they are the same qualification, by name or by crebo code."""
    by_name = (held.name == target.name) & (target.name != 0)
    return np.asarray(by_name | ((held.crebo == target.crebo) & (target.crebo != 0)))


def targets_of(pairs: Pairs) -> Target:
    """The qualifications that the demands of these pairs request."""
    columns = ("target", "target_crebo", "target_domain", "target_level")
    return Target(*(pairs.demand(column) for column in columns))


def values(pairs: Pairs, similar: Float64) -> Float64:  # noqa: ARG001 - every signal takes the same
    """The fit of the best qualification of each alumnus."""
    held, targets = pairs.pool.qualifications, targets_of(pairs)
    best = np.full(len(pairs), np.nan)
    if pairs.demand_is_query:
        table = fit(held, targets)
        entries, owner = pairs.people.qualifications.gather(pairs.rows)
        if len(owner):
            first = np.flatnonzero(np.diff(owner, prepend=-1))  # where the entries of the next alumnus begin
            best[owner.take(first)] = np.fmax.reduceat(table.take(entries), first)
        return best
    for entry in pairs.people.qualifications.row(pairs.query):
        best = np.fmax(best, fit(held.take(slice(entry, entry + 1)), targets))
    return best


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """How the best qualification relates to the target (same, domain, other or unknown), and the levels of both."""
    targets = targets_of(pairs)
    rows: list[dict[str, object]] = [
        {"asked_level": None if level == UNKNOWN else level, "asked": bool(name or crebo), "relation": "unknown"}
        for level, name, crebo in pairs.listed(targets.level, targets.name, targets.crebo)
    ]
    positions, best = _best(pairs, targets)
    held, target = pairs.pool.qualifications.take(best), targets.at(positions)
    cases = [same(held, target), (held.domain == 0) | (target.domain == 0), held.domain == target.domain]
    relations = np.select(cases, ["same", "unknown", "domain"], "other")
    for position, relation, level in zip(positions.tolist(), relations.tolist(), held.level.tolist(), strict=True):
        rows[position] |= {"relation": relation, "level": None if level == UNKNOWN else level}
    return rows


def _best(pairs: Pairs, targets: Target) -> tuple[Int64, Int32]:
    """Positions of the pairs whose alumnus has qualifications, and the row of the best fit in `pool.qualifications`.

    Of equal fits that which is asked, by which the account says so; the first row where no fit is known. Both of one
    shape, at most (m,).
    """
    entries, owner = pairs.people.qualifications.gather(pairs.person_rows)
    if not pairs.demand_is_query:  # the qualifications of one alumnus, repeated for each demand
        owner, entries = np.repeat(np.arange(len(pairs)), len(entries)), np.tile(entries, len(pairs))
    held, target = pairs.pool.qualifications.take(entries), targets.at(owner)
    fits = np.nan_to_num(fit(held, target), nan=-1.0)
    order = np.lexsort((~same(held, target), -fits, owner))
    first = order[np.flatnonzero(np.diff(owner[order], prepend=-1))]
    return owner[first], entries[first]
