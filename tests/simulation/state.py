"""What is stored of somebody, and what an import did to it, as the region knows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from matcher.domain.kinds import Purpose

if TYPE_CHECKING:
    from tests.simulation.model import Person


@dataclass
class Said:
    """A consent: when it was given and withdrawn, by whom, when it was last withdrawn, and who did that."""

    given: date | None
    withdrawn: date | None = None
    source: str = "import"
    last: date | None = None
    by: str | None = None


@dataclass(frozen=True)
class State:
    """What is stored of somebody: values, what they filled in themselves, consents, since when they object.

    `number`: of the mark that the last name holds.
    """

    values: Mapping[str, object]
    stated: frozenset[str]
    consents: Mapping[Purpose, Said]
    objected: date | None
    number: int


@dataclass
class Change:
    """What an import did to somebody: how it was (None: not there) and how it was right after.

    `acted`: they said that the data may stay since. `merged`: they were, with another. `spoke`: the fields that they
    corrected since. `mixed`: others changed something between two parts of the import. `by`: the number in its line,
    where that was one of before a merge.
    """

    before: State | None
    after: State
    acted: bool = False
    merged: bool = False
    spoke: set[str] = field(default_factory=set)
    mixed: bool = False
    by: str = ""

    def then(self, later: Change) -> Change:
        """What this and a later part of the same import did: each thing as it was before the first that changed it."""
        mixed, by = self.mixed or self.after != later.before, self.by or later.by
        if self.before is None or later.before is None:
            return Change(self.before, later.after, spoke=self.spoke, mixed=mixed, by=by)
        states = (self.before, self.after, later.before, later.after)
        values = {name: _over(*(one.values[name] for one in states)) for name in later.after.values}
        said = {purpose: _over(*(one.consents.get(purpose) for one in states)) for purpose in Purpose}
        objected, number = _over(*(one.objected for one in states)), _over(*(one.number for one in states))
        before, after = (
            replace(
                now,
                values={name: value[at] for name, value in values.items()},
                consents={purpose: held[at] for purpose, held in said.items() if held[at] is not None},
                objected=objected[at],
                number=number[at],
            )
            for at, now in enumerate((later.before, later.after))
        )
        return Change(before, after, spoke=self.spoke, mixed=mixed, by=by)

    @property
    def does_nothing(self) -> bool:
        """Whether nothing is as it was not before."""
        before, after = self.before, self.after
        if before is None or self.spoke:
            return False
        same = before.consents == after.consents and before.objected == after.objected
        return same and before.values == after.values and before.number == after.number

    @property
    def is_over(self) -> bool:
        """Whether no undo takes it back."""
        return self.acted or self.merged

    def back(self, person: Person) -> tuple[State | None, bool]:
        """Somebody with what nobody changed since as it was (None: nothing is), and whether that is not all of it."""
        assert self.before is not None
        before, after, now = self.before, self.after, person.state()
        if now == after and not self.spoke and not self.mixed:
            return before, False
        changed = {name for name in after.values if before.values[name] != after.values[name]} | self.spoke
        spoken = now.stated | self.spoke
        same = {name for name in changed if now.values[name] == after.values[name] and name not in spoken}
        moved = {purpose for purpose in after.consents if before.consents.get(purpose) != after.consents[purpose]}
        kept = {purpose for purpose in moved if now.consents.get(purpose) == after.consents[purpose]}
        said = {purpose: held for purpose, held in now.consents.items() if purpose not in kept}
        said |= {purpose: before.consents[purpose] for purpose in kept if purpose in before.consents}
        objects = before.objected is None and after.objected is not None
        takes_back = objects and now.objected == after.objected
        renamed = before.number != after.number
        names_back = renamed and now.number == after.number
        whole = len(changed) + len(moved) + objects + renamed
        done = len(same) + len(kept) + takes_back + names_back
        if not done:
            return None, whole > 0
        values = {**now.values, **{name: before.values[name] for name in same}}
        objected, number = None if takes_back else now.objected, before.number if names_back else now.number
        return replace(now, values=values, consents=said, objected=objected, number=number), done < whole


def _over(was: Any, became: Any, was_then: Any, is_now: Any) -> tuple[Any, Any]:
    """Of two changes of one thing: as it was before the first that changed it, and after the last that did."""
    if was == became:
        return was_then, is_now
    return was, became if was_then == is_now else is_now
