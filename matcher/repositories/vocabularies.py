"""The repository of vocabularies of skills, and of what schools decided about labels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from matcher.domain.concepts import Decision


@dataclass(frozen=True, slots=True)
class KeptVocabulary:
    """A vocabulary in use. `digest`: of its content. `skills`, `occupations`: how many concepts. UTC."""

    name: str
    version: str
    source: str
    licence: str
    digest: str
    skills: int
    occupations: int
    since: datetime


class Vocabularies(Protocol):
    """Vocabularies by name, earlier ones too, so that what a label meant at a moment can be told."""

    def in_use(self, at: datetime | None = None) -> list[KeptVocabulary]:
        """Those in use at a moment (UTC), or now; by name."""
        ...

    def keep(self, vocabulary: KeptVocabulary, content: bytes) -> None:
        """Uses a vocabulary from now on, in place of another of its name. A revision: rankings follow it."""
        ...

    def stop(self, name: str) -> bool:
        """Uses the vocabulary of this name no more; False where none is in use."""
        ...

    def content(self, digest: str) -> bytes:
        """The content with this digest. Raises KeyError."""
        ...

    def decisions(self, at: datetime | None = None) -> list[Decision]:
        """What schools decided, as of a moment (UTC) or now; by school, label and concept."""
        ...

    def decide(self, decision: Decision) -> None:
        """Keeps a decision from now on, in place of another of that school about that label and concept."""
        ...

    def take_back(self, school: str, label: str, uri: str) -> bool:
        """Ends a decision; False where there is none."""
        ...
