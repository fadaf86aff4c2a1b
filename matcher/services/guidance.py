"""Whom the law tells a school to guide after leaving: the cohort, whose data that keeps, what is forgotten again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from matcher.domain.aftercare import (
    AftercareCase,
    AftercareContact,
    AftercareTerms,
    Leaver,
    Outcome,
    blocks,
    counting,
    is_guided,
    is_over,
    leaver,
    next_contact,
    reached,
    work_order,
)
from matcher.domain.records import Alumnus, RecordKind
from matcher.repositories import Records, Transaction
from matcher.services import lookup


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody who is guided, and how that stands. `contacts`: those that count, the oldest first.

    `next_on`: the day from which to contact them; None where the guidance is over before, or while `case` stands.
    """

    alumnus: Alumnus
    leaver: Leaver
    contacts: Sequence[AftercareContact]
    outcome: Outcome | None
    next_on: date | None
    case: AftercareCase | None = None


def cohort(records: Records, terms: AftercareTerms, school: str | None = None) -> list[Standing]:
    """The alumni of a school or of all who are guided today, in the order in which to contact them."""
    today = records.today
    alumni = records.aftercare.leavers(today - terms.guidance, school)
    lines = lookup.by_alumnus(records.aftercare.contacts(*alumni))
    cases = lookup.by_alumnus(records.aftercare_cases.of(*alumni))
    found = [
        standing(alumnus, one, lines.get(key, ()), cases.get(key, ()), terms)
        for key, alumnus in alumni.items()
        if (one := leaver(alumnus)) is not None and is_guided(one, today, terms)
    ]
    return sorted(
        found,
        key=lambda one: (
            work_order(one.next_on, one.leaver.priority, today),
            one.alumnus.school,
            one.alumnus.alumnus_id,
        ),
    )


def standing(
    alumnus: Alumnus,
    one: Leaver,
    lines: Sequence[AftercareContact],
    cases: Sequence[AftercareCase],
    terms: AftercareTerms,
) -> Standing:
    """How the guidance of somebody who left stands. `lines`, `cases`: all of this alumnus."""
    case = blocks(cases)
    next_on = None if case is not None else next_contact(one, lines, terms)
    return Standing(alumnus, one, counting(lines), reached(lines), next_on, case)


def kept(records: Records, terms: AftercareTerms, *keys: int) -> frozenset[int]:
    """Random keys of the alumni whose data the guidance keeps; of these alumni, or of all.

    Only where the list says on which day they left: a day that is estimated keeps nobody's data. Nor does it where an
    objection was upheld.
    """
    today = records.today
    chosen = _alumni(records, keys) if keys else records.aftercare.leavers(today - terms.guidance)
    alumni = {key: alumnus for key, alumnus in chosen.items() if alumnus.left_on is not None}
    cases = lookup.by_alumnus(records.aftercare_cases.of(*alumni))
    return frozenset(
        key
        for key, alumnus in alumni.items()
        if (one := leaver(alumnus)) is not None and is_guided(one, today, terms) and not _upheld(cases.get(key, ()))
    )


def forget(tx: Transaction, terms: AftercareTerms) -> int:
    """Removes contacts and objections of which the term is over; returns of how many alumni."""
    keys = tx.aftercare.people()
    alumni, lines = _alumni(tx, keys), lookup.by_alumnus(tx.aftercare.contacts(*keys))
    over = [key for key in keys if is_over(leaver(alumni[key]), lines.get(key, ()), tx.today, terms)]
    tx.aftercare.forget(over, cases=True)
    return len(over)


def _alumni(records: Records, keys: Sequence[int]) -> dict[int, Alumnus]:
    found = records.records.by_key(RecordKind.ALUMNI, keys, consents=False) if keys else {}
    return cast("dict[int, Alumnus]", found)


def _upheld(cases: Sequence[AftercareCase]) -> bool:
    case = blocks(cases)
    return case is not None and case.decided_at is not None
