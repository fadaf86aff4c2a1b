"""What reports count of alumni: a row each, as columns, so that counting takes no longer than it must."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np
from numpy.typing import NDArray

from matcher.domain.consent import Terms
from matcher.domain.kinds import Purpose, number_of
from matcher.domain.records import Qualification

Int = NDArray[np.int64]
Days = NDArray[np.int32]
Bool = NDArray[np.bool_]

PURPOSES = tuple(sorted(Purpose, key=number_of))
NOT_GIVEN = 0
UNDATED = np.iinfo(np.int32).max
"""In `Counted.given`: no consent, or one that was withdrawn; and one without a day."""
COHORT = 5
"""Years of graduation in one group."""
DIVISIONS = ("level", "pathway", "cohort", "region", "school")

Facts = tuple[str, str | None, Sequence[Qualification]]
"""School, postcode (four digits) and qualifications of an alumnus."""
Groups = tuple[str, ...]
"""The name of the group of an alumnus in each of `DIVISIONS`, empty where it is not known."""


def groups_of(facts: Facts) -> Groups:
    """The groups that an alumnus is in: by highest level, first pathway, last year, and two digits of the postcode."""
    school, pc4, held = facts
    level = max((item.level or 0 for item in held), default=0)
    pathway = next((item.pathway.value for item in held if item.pathway), "")
    year = max((item.year or 0 for item in held), default=0)
    return str(level or ""), pathway, _cohort(year), (pc4 or "")[:2], school


def _cohort(year: int) -> str:
    first = year - year % COHORT
    return f"{first}-{first + COHORT - 1}" if year else ""


@dataclass(frozen=True)
class Counted:
    """Alumni by ascending random key, n rows.

    `group`: the place of each in `groups`, shape (n,). `given`: the day of each consent that was not withdrawn, as in
    `date.toordinal`, in the order of `PURPOSES`; none where one objects to being ranked, shape (n, purposes).
    """

    key: Int
    group: Int
    given: Days
    groups: tuple[Groups, ...]

    @classmethod
    def of(cls, groups: Mapping[int, Groups], consents: Sequence[tuple[int, str, date | None]]) -> Self:
        """From the groups of each alumnus, and key, purpose and day of their consents that were not withdrawn."""
        key = np.array(sorted(groups), np.int64)
        names = tuple(sorted(set(groups.values())))
        number = {one: place for place, one in enumerate(names)}
        group = np.fromiter((number[groups[one]] for one in key.tolist()), np.int64, len(key))
        given = np.full((len(key), len(PURPOSES)), NOT_GIVEN, np.int32)
        columns: Mapping[str, int] = {purpose.value: place for place, purpose in enumerate(PURPOSES)}
        days = {on: UNDATED if on is None else on.toordinal() for on in {on for _, _, on in consents}}
        count = len(consents)
        rows = np.searchsorted(key, np.fromiter((one for one, _, _ in consents), np.int64, count))
        column = np.fromiter((columns[purpose] for _, purpose, _ in consents), np.int64, count)
        given[rows, column] = np.fromiter((days[on] for _, _, on in consents), np.int32, count)
        return cls(key, group, given, names)

    def without(self, keys: Collection[int]) -> Counted:
        """The same without these alumni."""
        stays = ~self.among(keys)
        return Counted(self.key[stays], self.group[stays], self.given[stays], self.groups)

    def followed_by(self, other: Counted) -> Counted:
        """These alumni and others, who are not among them."""
        groups = tuple(sorted({*self.groups, *other.groups}))
        number = {one: place for place, one in enumerate(groups)}
        moved = [np.array([number[one] for one in of.groups], np.int64)[of.group] for of in (self, other)]
        key = np.concatenate([self.key, other.key])
        order = np.argsort(key, kind="stable")
        given = np.concatenate([self.given, other.given])
        return Counted(key[order], np.concatenate(moved)[order], given[order], groups)

    def of_school(self, school: str | None) -> Counted:
        """Those of a school; all for None."""
        if school is None:
            return self
        own = np.array([groups[-1] == school for groups in self.groups], np.bool_)
        chosen = own[self.group]
        return Counted(self.key[chosen], self.group[chosen], self.given[chosen], self.groups)

    def in_groups(self, chosen: Bool) -> Int:
        """How many of the chosen are in each of `groups`, shape (groups,)."""
        return np.asarray(np.bincount(self.group[chosen], minlength=len(self.groups)))

    def in_force(self, terms: Terms, today: date) -> Bool:
        """Which consents count on a day (`Terms.in_force`), shape (n, purposes)."""
        first = np.array([today.toordinal() - terms.days(purpose).days for purpose in PURPOSES], np.int64)
        return np.asarray((self.given != NOT_GIVEN) & (self.given >= first))

    def among(self, keys: Iterable[int]) -> Bool:
        """Which alumni have one of these random keys, shape (n,)."""
        sought = np.fromiter(keys, np.int64)
        found = np.zeros(len(self.key), np.bool_)
        if len(self.key):
            place = np.minimum(np.searchsorted(self.key, sought), len(self.key) - 1)
            found[place[self.key[place] == sought]] = True
        return found
