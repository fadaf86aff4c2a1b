"""What a pool derived of its alumni, as far as it holds for the pool that follows it: rows that changed are redone."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matcher.domain.kinds import SHOWN_ON_CARDS, Purpose, mask_of
from matcher.pool import OfPeople, Pool
from matcher.pool.columns import Bool, Int8, Int64
from matcher.pool.update.merge import Merge

_SIDES: tuple[Literal["can"], Literal["wants"]] = ("can", "wants")
_ON_CARDS = ("school", "function", "sector", "town", "last_year", "qualifications")
"""The columns that decide what cards show of alumni, besides what they chose to show."""
_CHOSEN = mask_of(SHOWN_ON_CARDS)
_SHARED = mask_of(frozenset({Purpose.SHARE_SCHOOLS, Purpose.SHARE_EMPLOYERS}))


def derived(before: Pool, after: Pool, merge: Merge) -> OfPeople:
    """What is known of the alumni of `after`; where rows moved nothing that goes by row."""
    if not merge.in_place:
        return OfPeople()
    known, rows = before.of_people, np.unique(merge.replaced)
    made = OfPeople(person_row=before.person_row, card_steps=_card_steps(before, after), on_cards=known.on_cards)
    if _same(before, after, "school"):
        made.schools = known.schools
    for side in _SIDES:
        if side in known.with_text:
            made.with_text[side] = _with_text(before, after, side, rows)
    same_ledger = before.ledger is after.ledger and before.first_places is after.first_places
    made.loads = dict(known.loads) if same_ledger else {}
    made.asked = dict(known.asked) if before.words is after.words else {}
    for day, mask in list(known.consents.items()):
        of = after.people
        changed = after.consents_of(of.consents[rows], of.consent_days.take(rows), of.school.take(rows), day)
        now = _with(mask, rows, changed)
        made.consents[day] = now
        if made.schools is not None and np.array_equal(mask[rows] & _SHARED, now[rows] & _SHARED):
            made.seen_by |= {asker: seen for asker, seen in list(known.seen_by.items()) if asker[-1] == day}
    return made


def _same(before: Pool, after: Pool, *names: str) -> bool:
    return all(getattr(before.people, name) is getattr(after.people, name) for name in names)


def _with(column: NDArray[np.int16], rows: Int64, values: NDArray[np.int16]) -> NDArray[np.int16]:
    if np.array_equal(column[rows], values):
        return column
    column = column.copy()
    column[rows] = values
    return column


def _with_text(before: Pool, after: Pool, side: Literal["can", "wants"], rows: Int64) -> Bool:
    known = before.of_people.with_text[side]
    if _same(before, after, f"{side}_text"):
        return known
    vectors = after.people.can if side == "can" else after.people.wants
    known = known.copy()
    known[rows] = replace(vectors, texts=vectors.texts[rows]).known()
    return known


def _card_steps(before: Pool, after: Pool) -> Int8 | None:
    """How much a card may show of each alumnus, where no change touches that; None where it must be derived again."""
    same = _same(before, after, *_ON_CARDS)
    same = same and np.array_equal(after.people.consents & _CHOSEN, before.people.consents & _CHOSEN)
    return before.of_people.card_steps if same else None
