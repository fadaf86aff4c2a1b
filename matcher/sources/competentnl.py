"""CompetentNL as its SPARQL endpoint gives it out: what to ask it, page by page, and how its answers become concepts.

Nothing here knows the network: an `AskQuery` does the asking, with the key that the school got. What an occupation
asks essentially is essential; what it asks to an important or to some extent is optional.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Protocol
from urllib.parse import urlencode

from matcher.concepts.concept import Concept, Kind
from matcher.concepts.scheme import Scheme
from matcher.errors import InvalidValue

NAME = "competentnl"
ADDRESS = "https://sparql.competentnl.nl"
LICENCE = "CompetentNL (UWV, SBB, CBS, TNO): https://competentnl.nl/"
RESULTS = "application/sparql-results+json"
PAGE = 5000
MOST_PAGES = 200
"""Of one question; a server that goes on after that goes round in circles."""
_CNLO = "https://linkeddata.competentnl.nl/def/competentnl#"
_UWV = "https://linkeddata.competentnl.nl/uwv/def/competentnl_uwv#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_PREFIXES = f"PREFIX cnlo: <{_CNLO}> PREFIX cnluwv: <{_UWV}> PREFIX skos: <{_SKOS}>"
KINDS = {
    f"{_CNLO}HumanCapability": Kind.SKILL,
    f"{_CNLO}KnowledgeArea": Kind.KNOWLEDGE,
    f"{_UWV}OccupationTask": Kind.SKILL,
    f"{_CNLO}Occupation": Kind.OCCUPATION,
}
LABELS = f"""{_PREFIXES}
SELECT ?uri ?type ?name ?label WHERE {{
  VALUES ?type {{ cnlo:HumanCapability cnlo:KnowledgeArea cnluwv:OccupationTask cnlo:Occupation }}
  VALUES ?name {{ skos:prefLabel skos:altLabel }}
  ?uri a ?type ; ?name ?label .
  FILTER(LANG(?label) = "nl")
}} ORDER BY ?uri ?name ?label"""
RELATIONS = f"""{_PREFIXES}
SELECT ?uri ?relation ?other WHERE {{
  VALUES ?relation {{
    skos:broader cnlo:requiresHATEssential cnlo:requiresHATImportant cnlo:requiresHATSomewhat
  }}
  ?uri ?relation ?other .
}} ORDER BY ?uri ?relation ?other"""


class AskQuery(Protocol):
    """An endpoint that is asked: `matcher.sources.servers.Ask`, of which this is a part."""

    def __call__(self, url: str, /, *, accept: str = ...) -> object:
        """The JSON that it answers. Raises InvalidValue."""
        ...


def read(ask: AskQuery, address: str, version: str) -> Scheme:
    """The vocabulary of an endpoint. `version`: what this snapshot is called, such as its day.

    Raises InvalidValue: what `ask` raises, `vocabulary_answer` for anything that is no result of SPARQL,
    `vocabulary_endless`, `vocabulary_empty`.
    """
    kinds: dict[str, Kind] = {}
    preferred, other = (defaultdict[str, list[str]](list) for _ in range(2))
    for row in _rows(ask, address, LABELS, ("uri", "type", "name", "label")):
        uri, label = row["uri"], " ".join(row["label"].split())
        kind = KINDS.get(row["type"])
        if kind is None or not label or not uri.startswith(("http://", "https://")):
            continue
        kinds.setdefault(uri, kind)
        (preferred if row["name"] == f"{_SKOS}prefLabel" else other)[uri].append(label)
    relations: dict[str, dict[str, set[str]]] = {
        name: defaultdict(set) for name in ("broader", "essential", "optional")
    }
    names = {f"{_SKOS}broader": "broader", f"{_CNLO}requiresHATEssential": "essential"}
    for row in _rows(ask, address, RELATIONS, ("uri", "relation", "other")):
        relations[names.get(row["relation"], "optional")][row["uri"]].add(row["other"])
    concepts = (
        Concept(
            uri, kind,
            {"nl": tuple(dict.fromkeys(preferred.get(uri, ())))},
            {"nl": tuple(dict.fromkeys(other.get(uri, ())))},
            *(tuple(sorted(relations[name].get(uri, ()))) for name in relations),
        )
        for uri, kind in kinds.items()
    )  # fmt: skip
    return Scheme.of(NAME, version, address, LICENCE, concepts)


def _rows(ask: AskQuery, address: str, query: str, names: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """The rows of all pages of a query; one without all names is left out: a node without a label."""
    for page in range(MOST_PAGES):
        asked = f"{query} LIMIT {PAGE} OFFSET {page * PAGE}"
        joint = "&" if "?" in address else "?"
        answer = ask(f"{address}{joint}{urlencode({'query': asked})}", accept=RESULTS)
        bindings = _bindings(answer)
        for binding in bindings:
            cells = {name: _value(binding, name) for name in names}
            if all(cells.values()):
                yield cells
        if len(bindings) < PAGE:
            return
    raise InvalidValue("vocabulary_endless", pages=MOST_PAGES)


def _bindings(answer: object) -> list[object]:
    results = answer.get("results") if isinstance(answer, Mapping) else None
    bindings = results.get("bindings") if isinstance(results, Mapping) else None
    if not isinstance(bindings, list):
        raise InvalidValue("vocabulary_answer")
    return bindings


def _value(binding: object, name: str) -> str:
    cell = binding.get(name) if isinstance(binding, Mapping) else None
    value = cell.get("value") if isinstance(cell, Mapping) else None
    return value if isinstance(value, str) else ""
