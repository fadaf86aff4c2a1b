"""The row of an alumnus in a collection, and the expression that filters a search.

The expression is derived from the eligible rows: it states what they have in common, so it matches each of them,
whatever the rules are. Other rows that it matches are left out afterwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from matcher.domain.kinds import Purpose, RequestKind, number_of
from matcher.index import Side
from matcher.pool.columns import UNKNOWN, Bool, Int16, Int64, People
from matcher.pool.text_vectors import Vectors
from matcher.ports import Rows

CONSENTS = {f"consent_{purpose.value}": number_of(purpose) for purpose in Purpose}
OFFERS = {f"offer_{kind.value}": number_of(kind) for kind in RequestKind}
"""The scalar field of each bit of the mask."""
FLAGS = (*CONSENTS, *OFFERS)
NUMBERS = ("digest", "school", "paused_until")

MARK_KEY = 0
"""The key of the row that identifies the state of the data; alumni have positive keys."""
_MOST_SCHOOLS = 100
"""The most schools that an expression lists; with more it does not filter by school."""


@dataclass(frozen=True)
class Narrowing:
    """An expression on the scalar fields, and which rows of the pool match it, shape (n,)."""

    expression: str
    holds: Bool


def offers_of(people: People) -> Int16:
    """The mask of the roles that each alumnus offers, shape (n,); 0 where unknown."""
    return np.where(people.offers == UNKNOWN, 0, people.offers).astype(np.int16)


def narrowed(people: People, rows: Rows) -> Narrowing:
    """The expression that states what these rows (at least one) have in common."""
    clauses, holds = [f"key > {MARK_KEY}"], np.ones(len(people), np.bool_)
    for names, masks in ((CONSENTS, people.consents), (OFFERS, offers_of(people))):
        common = int(np.bitwise_and.reduce(masks[rows]))
        clauses += [f"{name} == true" for name, bit in names.items() if common >> bit & 1]
        holds &= (masks & common) == common
    latest = int(people.paused_until[rows].max())
    if (people.paused_until > latest).any():
        clauses.append(f"paused_until <= {latest}")
        holds &= people.paused_until <= latest
    schools = np.unique(people.school[rows])
    in_schools = np.isin(people.school[:], schools)
    if len(schools) <= _MOST_SCHOOLS and not in_schools.all():
        clauses.append(f"school in [{', '.join(map(str, schools.tolist()))}]")
        holds &= in_schools
    return Narrowing(" and ".join(clauses), holds)


def digests(people: People, vectors: Vectors, rows: Rows) -> Int64:
    """A digest of all that a collection holds of each of these alumni, shape (m,)."""
    scalars = np.column_stack([
        people.school[rows], people.consents[rows], offers_of(people)[rows], people.paused_until[rows]
    ]).astype("<i8")  # fmt: skip
    return np.fromiter(
        (_digest(vectors[row].tobytes() + scalars[position].tobytes()) for position, row in enumerate(rows.tolist())),
        np.int64,
        len(rows),
    )


def mark_of(origin: str) -> int:
    """The positive number that identifies a state of the data."""
    return _digest(origin.encode()) or 1


def _digest(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little") >> 1


def entities(people: People, vectors: Vectors, rows: Rows) -> list[dict[str, Any]]:
    """The rows of these alumni in a collection. Vectors are sent as floats, in which integers below 2^24 are exact."""
    offers, numbers = offers_of(people), digests(people, vectors, rows)
    result = []
    for position, row in enumerate(rows.tolist()):
        flags = _flags(CONSENTS, int(people.consents[row])) | _flags(OFFERS, int(offers[row]))
        scalars = {
            "key": int(people.key[row]),
            "digest": int(numbers[position]),
            "school": int(people.school[row]),
            "paused_until": int(people.paused_until[row]),
        }
        result.append({**scalars, **flags, "vector": vectors[row].astype(np.float32)})
    return result


def _flags(names: Mapping[str, int], mask: int) -> dict[str, bool]:
    return {name: bool(mask >> bit & 1) for name, bit in names.items()}


def mark_entity(value: int, dimension: int) -> dict[str, Any]:
    """The row that identifies the state: a mark, or its negative while the collection is being written."""
    nothing = {"key": MARK_KEY, "digest": value, "school": 0, "paused_until": 0, **dict.fromkeys(FLAGS, False)}
    return {**nothing, "vector": np.zeros(dimension, np.float32)}


def changed_rows(before: People, now: People, side: Side) -> tuple[Rows, list[int]]:
    """Rows of `now` that differ from `before` or are new, and keys of `before` that are gone."""
    _, old, new = np.intersect1d(before.key, now.key, assume_unique=True, return_indices=True)
    differs = np.zeros(len(new), np.bool_)
    for name in ("school", "consents", "offers", "paused_until"):
        old_column, new_column = getattr(before, name), getattr(now, name)
        if old_column is not new_column:
            differs |= old_column[old] != new_column[new]
    old_vectors, new_vectors = getattr(before, side), getattr(now, side)
    if not new_vectors.equals(old_vectors):
        differs |= (old_vectors[old] != new_vectors[new]).any(axis=1)
    added = np.ones(len(now), np.bool_)
    added[new] = differs
    gone = np.setdiff1d(before.key, now.key, assume_unique=True)
    return np.flatnonzero(added), gone.tolist()


def ranges(keys: Sequence[int] | Int64, size: int) -> list[tuple[int, int]]:
    """Ranges (after, up to) that cover all possible keys, with about `size` of the given keys in each."""
    bounds = np.sort(np.asarray(keys, np.int64))[size::size].tolist()
    return list(zip([MARK_KEY, *bounds], [*bounds, np.iinfo(np.int64).max], strict=True))
