"""By which state lists go on while the pool of a newer one is built: the one before, without whoever changed since.

So of everybody in such a list all is as it was, and a consent that was taken back, a pause, a conflict or a correction
is obeyed at once. What may change whom an asker sees besides, and the records that are asked about, are told here too:
a question that they touch waits for the newer pool.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from matcher.domain.records import Alumnus, Offering, Record, Target, owner_of
from matcher.pool.columns import Bool, Int64, code_of
from matcher.repositories.values import Changes

NO_SCHOOL = 0
"""The code of the school of a request that has none."""
MOST_CHANGED = 4
"""Where more than one in so many alumni changed, the rest tells too little: questions wait."""


@dataclass(frozen=True)
class Behind:
    """What changed since the state of a pool; that state is the newest no longer.

    `newest`: the origin of the newer state. `unseen`: which alumni of the pool changed, shape (n,): nobody sees them.
    `other_schools`: codes of the schools that have alumni in one of the two states alone, and `NO_SCHOOL` where one of
    the two is of a single school. `much_changed`: codes of the schools of which too many alumni changed, and
    `NO_SCHOOL` where that is so of all.
    """

    newest: str
    changes: Changes
    unseen: Bool
    other_schools: frozenset[int] = frozenset()
    much_changed: frozenset[int] = frozenset()

    @classmethod
    def of(cls, keys: Int64, school: Int64, newest: str, changes: Changes, now: Collection[str]) -> Behind:
        """Of a pool with these keys and schools of alumni, shape (n,). `now`: the schools in the newer state, by name.

        Time is linear in the alumni.
        """
        changed = np.fromiter(changes.alumni, np.int64, len(changes.alumni))
        unseen = np.isin(keys, changed)
        codes, place = np.unique(school, return_inverse=True)
        held, gone = np.bincount(place, minlength=len(codes)), np.bincount(place[unseen], minlength=len(codes))
        much = frozenset(codes[gone * MOST_CHANGED > held].tolist())
        if int(gone.sum()) * MOST_CHANGED > len(keys):
            much |= {NO_SCHOOL}
        before, after = frozenset(codes.tolist()), frozenset(map(code_of, now))
        other = before ^ after
        if (len(before) <= 1) != (len(after) <= 1):
            other |= {NO_SCHOOL}
        return cls(newest, changes, unseen, other, much)

    def touches(self, record: Record, target: Target | None = None, among: str | None = None) -> bool:
        """Whether a list for this record may only be made of the newer state.

        `target`: what is ranked for an alumnus; `among`: the school whose alumni are ranked for a course, None for all.
        That is so where the record changed, or a record of the target; where too many changed of the alumni whom it is
        about; and where the school of a request has alumni now and had none, or had some: then it sees others.
        """
        changes = self.changes
        if isinstance(record, Alumnus):
            if target == "offerings":
                return record.key in changes.alumni or bool(changes.offerings)
            return record.key in changes.alumni or bool(changes.requests) or bool(self.other_schools)
        about = among if isinstance(record, Offering) else owner_of(record)
        code = code_of(about) if about else NO_SCHOOL
        changed = changes.offerings if isinstance(record, Offering) else changes.requests
        return record.key in changed or code in self.other_schools or code in self.much_changed
