"""One concept of a vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

LANGUAGES = ("nl", "en")
"""Whose labels are read, the one that counts first in front."""


class Kind(StrEnum):
    """What a concept is: something that somebody can, or an occupation, which says what belongs together."""

    SKILL = "skill"
    KNOWLEDGE = "knowledge"
    OCCUPATION = "occupation"


Names = Mapping[str, tuple[str, ...]]
"""Labels by language."""


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept. `preferred` and `other`: its labels by language. `broader`: URIs of concepts right above it.

    `essential`, `optional`: of an occupation the URIs of the skills that it asks.
    """

    uri: str
    kind: Kind
    preferred: Names
    other: Names = field(default_factory=dict)
    broader: tuple[str, ...] = ()
    essential: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    def name(self, language: str) -> str:
        """The preferred label in a language, else in another; the URI for a concept without one."""
        for one in (language, *LANGUAGES):
            if self.preferred.get(one):
                return self.preferred[one][0]
        return next((label for labels in self.other.values() for label in labels), self.uri)
