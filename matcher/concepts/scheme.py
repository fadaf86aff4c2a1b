"""A vocabulary of concepts as it is kept: one format for every source, and the same bytes for the same concepts."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from matcher.errors import InvalidValue

FORMAT = 1
LARGEST = 200_000_000
"""Bytes of a vocabulary that is not compressed."""
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


@dataclass(frozen=True, slots=True)
class Scheme:
    """A vocabulary: concepts by ascending URI, each once. `name`: `esco` or `competentnl`.

    `source`, `licence`: where it comes from and what must be said of it, as its maker says it.
    """

    name: str
    version: str
    source: str
    licence: str
    concepts: tuple[Concept, ...]

    @classmethod
    def of(cls, name: str, version: str, source: str, licence: str, concepts: Iterable[Concept]) -> Scheme:
        """A vocabulary of these concepts; relations with what is not among them are left out.

        Raises InvalidValue('vocabulary_empty') where no skill is left.
        """
        by_uri = {one.uri: one for one in concepts}
        kept = tuple(_whole(by_uri[uri], by_uri) for uri in sorted(by_uri))
        if all(one.kind is Kind.OCCUPATION for one in kept):
            raise InvalidValue("vocabulary_empty", name=name)
        return cls(name, version, source, licence, kept)

    def count(self, *kinds: Kind) -> int:
        """How many concepts are of these kinds."""
        return sum(one.kind in kinds for one in self.concepts)

    def to_bytes(self) -> bytes:
        """As it is kept: JSON with relations by position, compressed; the same for the same concepts."""
        at = {one.uri: number for number, one in enumerate(self.concepts)}
        rows = [
            [one.uri, one.kind.value, one.preferred, one.other]
            + [[at[uri] for uri in uris] for uris in (one.broader, one.essential, one.optional)]
            for one in self.concepts
        ]
        about = {"name": self.name, "version": self.version, "source": self.source, "licence": self.licence}
        text = json.dumps({"format": FORMAT, **about, "concepts": rows}, ensure_ascii=False, separators=(",", ":"))
        return gzip.compress(text.encode(), 6, mtime=0)

    @classmethod
    def from_bytes(cls, content: bytes) -> Scheme:
        """What `to_bytes` wrote. Raises InvalidValue('vocabulary_format') for anything else."""
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
                text = file.read(LARGEST + 1)
            given = json.loads(text) if len(text) <= LARGEST else None
            if not isinstance(given, dict) or given.get("format") != FORMAT:
                raise InvalidValue("vocabulary_format")
            rows = given["concepts"]
            uris = [row[0] for row in rows]
            concepts = tuple(_read(row, uris) for row in rows)
            name, version, source, licence = (str(given[one]) for one in ("name", "version", "source", "licence"))
            return cls(name, version, source, licence, concepts)
        except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError, AttributeError):
            raise InvalidValue("vocabulary_format") from None


def digest_of(content: bytes) -> str:
    """What tells this content of a vocabulary from any other: 32 hex digits."""
    return hashlib.sha256(content).hexdigest()[:32]


def _whole(concept: Concept, by_uri: Mapping[str, Concept]) -> Concept:
    def known(uris: tuple[str, ...], *, skills: bool) -> tuple[str, ...]:
        return tuple(
            uri
            for uri in sorted(set(uris))
            if uri in by_uri and uri != concept.uri and (by_uri[uri].kind is not Kind.OCCUPATION) == skills
        )

    is_skill = concept.kind is not Kind.OCCUPATION
    essential = known(concept.essential, skills=True)
    optional = tuple(uri for uri in known(concept.optional, skills=True) if uri not in set(essential))
    broader = known(concept.broader, skills=is_skill)
    preferred, other = (
        {language: tuple(names[language]) for language in sorted(names) if names[language]}
        for names in (concept.preferred, concept.other)
    )
    return Concept(concept.uri, concept.kind, preferred, other, broader, essential, optional)


def _read(row: list[Any], uris: list[str]) -> Concept:
    uri, kind, preferred, other, *relations = row
    broader, essential, optional = (tuple(uris[at] for at in positions) for positions in relations)
    return Concept(str(uri), Kind(kind), _labels(preferred), _labels(other), broader, essential, optional)


def _labels(names: dict[str, list[str]]) -> Names:
    return {language: tuple(map(str, found)) for language, found in names.items()}
