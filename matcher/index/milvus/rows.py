"""What stands in a collection for one alumnus, and the expression that narrows a search to whom it may be about.

The expression is made from the eligible rows themselves: it names what they have in common, so it holds of each of them
whatever the rules are. Whom it holds of besides is left out afterwards, by row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from matcher.domain.kinds import Purpose, RequestKind, number_of
from matcher.pool.columns import UNKNOWN, Bool, Int16, Int64, People
from matcher.ports import Int8Matrix, Rows

CONSENTS = {f"consent_{purpose.value}": number_of(purpose) for purpose in Purpose}
OFFERS = {f"offer_{kind.value}": number_of(kind) for kind in RequestKind}
"""The field of each bit."""
FLAGS = (*CONSENTS, *OFFERS)
NUMBERS = ("digest", "school", "paused_until")

MARK_KEY = 0
"""The key of the row that tells the state of the data; alumni have positive keys."""
_MOST_SCHOOLS = 100
"""Schools that an expression lists; of more it says nothing."""


@dataclass(frozen=True)
class Narrowing:
    """An expression on the scalar fields, and of whom in the pool it holds, shape (n,)."""

    expression: str
    holds: Bool


def offers_of(people: People) -> Int16:
    """The mask of what each offers, shape (n,); unknown offers nothing."""
    return np.where(people.offers == UNKNOWN, 0, people.offers).astype(np.int16)


def narrowed(people: People, rows: Rows) -> Narrowing:
    """What these rows, at least one, have in common; it holds of each of them."""
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
    theirs = np.isin(people.school, schools)
    if len(schools) <= _MOST_SCHOOLS and not theirs.all():
        clauses.append(f"school in [{', '.join(map(str, schools.tolist()))}]")
        holds &= theirs
    return Narrowing(" and ".join(clauses), holds)


def digests(people: People, vectors: Int8Matrix, rows: Rows) -> Int64:
    """A number for everything that a collection holds of each of these alumni: equal when it is, shape (m,)."""
    scalars = np.column_stack([
        people.school[rows], people.consents[rows], offers_of(people)[rows], people.paused_until[rows]
    ]).astype("<i8")  # fmt: skip
    return np.fromiter(
        (_digest(vectors[row].tobytes() + scalars[place].tobytes()) for place, row in enumerate(rows.tolist())),
        np.int64,
        len(rows),
    )


def mark_of(origin: str) -> int:
    """A number for a state of the data; positive."""
    return _digest(origin.encode()) or 1


def _digest(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little") >> 1


def entities(people: People, vectors: Int8Matrix, rows: Rows) -> list[dict[str, Any]]:
    """These alumni as a collection holds them. Whole numbers below 2^24 are exact as floats."""
    offers, numbers = offers_of(people), digests(people, vectors, rows)
    made = []
    for place, row in enumerate(rows.tolist()):
        flags = _flags(CONSENTS, int(people.consents[row])) | _flags(OFFERS, int(offers[row]))
        scalars = {
            "key": int(people.key[row]),
            "digest": int(numbers[place]),
            "school": int(people.school[row]),
            "paused_until": int(people.paused_until[row]),
        }
        made.append({**scalars, **flags, "vector": vectors[row].astype(np.float32)})
    return made


def _flags(names: Mapping[str, int], mask: int) -> dict[str, bool]:
    return {name: bool(mask >> bit & 1) for name, bit in names.items()}


def mark_entity(value: int, dimension: int) -> dict[str, Any]:
    """The row that tells the state: a mark, or its negative while the collection is being brought there."""
    nothing = {"key": MARK_KEY, "digest": value, "school": 0, "paused_until": 0, **dict.fromkeys(FLAGS, False)}
    return {**nothing, "vector": np.zeros(dimension, np.float32)}


def changed_rows(before: People, now: People, side: str) -> tuple[Rows, list[int]]:
    """Rows of `now` that a collection has otherwise or not at all, and keys that are gone, of two states."""
    _, old, new = np.intersect1d(before.key, now.key, assume_unique=True, return_indices=True)
    differs = np.zeros(len(new), np.bool_)
    for name in ("school", "consents", "offers", "paused_until", side):
        one, other = getattr(before, name), getattr(now, name)
        if one is not other:
            unequal = one[old] != other[new]
            differs |= unequal if unequal.ndim == 1 else unequal.any(axis=1)
    added = np.ones(len(now), np.bool_)
    added[new] = differs
    gone = np.setdiff1d(before.key, now.key, assume_unique=True)
    return np.flatnonzero(added), gone.tolist()


def ranges(keys: Sequence[int] | Int64, size: int) -> list[tuple[int, int]]:
    """Stretches (after, up to) that cover all keys there can be, with about `size` of these in each."""
    bounds = np.sort(np.asarray(keys, np.int64))[size::size].tolist()
    return list(zip([MARK_KEY, *bounds], [*bounds, np.iinfo(np.int64).max], strict=True))
