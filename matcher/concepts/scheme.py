"""A vocabulary of concepts as it is kept: one format for every source, and the same bytes for the same concepts."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from matcher.concepts.concept import Concept, Kind, Names
from matcher.concepts.keys import Keys, keys_of
from matcher.errors import InvalidValue
from matcher.memory import many_objects

FORMAT = 1
LARGEST = 200_000_000
"""Bytes of a vocabulary that is not compressed."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """A vocabulary: concepts by ascending URI, each once. `name`: `esco` or `competentnl`.

    Which labels it links is kept with it, so that they mean in a replay what they meant then, and are read at once.
    `source`, `licence`: where it comes from and what must be said of it, as its maker says it.
    """

    name: str
    version: str
    source: str
    licence: str
    concepts: tuple[Concept, ...]
    skills: Keys = field(repr=False, compare=False)
    """By the key of a label the positions of the skills that it is a name of (`matcher.concepts.keys`)."""
    occupations: Keys = field(repr=False, compare=False)
    """Those of the occupations."""

    @classmethod
    def of(cls, name: str, version: str, source: str, licence: str, concepts: Iterable[Concept]) -> Scheme:
        """A vocabulary of these concepts; relations with what is not among them are left out.

        Raises InvalidValue('vocabulary_empty') where no skill is left.
        """
        by_uri = {one.uri: one for one in concepts}
        kept = tuple(_whole(by_uri[uri], by_uri) for uri in sorted(by_uri))
        if all(one.kind is Kind.OCCUPATION for one in kept):
            raise InvalidValue("vocabulary_empty", name=name)
        skills, occupations = keys_of(kept, {Kind.SKILL, Kind.KNOWLEDGE}), keys_of(kept, {Kind.OCCUPATION})
        return cls(name, version, source, licence, kept, skills, occupations)

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
        keys = {"skills": self.skills, "occupations": self.occupations}
        text = json.dumps(
            {"format": FORMAT, **about, **keys, "concepts": rows}, ensure_ascii=False, separators=(",", ":")
        )
        return gzip.compress(text.encode(), 6, mtime=0)

    @classmethod
    def from_bytes(cls, content: bytes) -> Scheme:
        """What `to_bytes` wrote. Raises InvalidValue('vocabulary_format') for anything else."""
        try:
            with many_objects(), gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
                text = file.read(LARGEST + 1)
                given = json.loads(text) if len(text) <= LARGEST else None
                if not isinstance(given, dict) or given.get("format") != FORMAT:
                    raise InvalidValue("vocabulary_format")
                rows = given["concepts"]
                uris = [row[0] for row in rows]
                concepts = tuple(_read(row, uris) for row in rows)
                name, version, source, licence = (str(given[one]) for one in ("name", "version", "source", "licence"))
                return cls(name, version, source, licence, concepts, dict(given["skills"]), dict(given["occupations"]))
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
