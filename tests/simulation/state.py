"""What is stored of somebody, and what an import did to it, as the region knows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from matcher.domain.kinds import Purpose


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

    `acted`: they corrected something, or said that the data may stay, since. `merged`: so were they with another.
    """

    before: State | None
    after: State
    acted: bool = False
    merged: bool = False

    @property
    def is_over(self) -> bool:
        """Whether no undo takes it back."""
        return self.acted or self.merged
