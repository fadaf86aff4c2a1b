"""Files in the form of ESCO with concepts of our own, and an endpoint that answers as that of CompetentNL."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.source_servers import Answer, Asked, Source, said

SKILLS = ("conceptType", "conceptUri", "skillType", "reuseLevel", "preferredLabel", "altLabels", "status")
OCCUPATIONS = ("conceptType", "conceptUri", "iscoGroup", "preferredLabel", "altLabels", "status", "code")
BROADER = ("conceptType", "conceptUri", "broaderType", "broaderUri")
RELATIONS = ("occupationUri", "relationType", "skillType", "skillUri")
URI = "http://data.voorbeeld.example/esco/"
CNLO = "https://linkeddata.competentnl.nl/def/competentnl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
Row = Sequence[str]


def table(header: Row, *rows: Row) -> bytes:
    """A table as ESCO writes it: commas, quotes where needed, lines in a cell."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def a_skill(name: str, label: str, *other: str, kind: str = "skill/competence", status: str = "released") -> Row:
    """A row of `skills_*.csv`."""
    return ("KnowledgeSkillCompetence", URI + name, kind, "cross-sector", label, "\n".join(other), status)


TABLES = {
    "skills_nl.csv": table(
        SKILLS,
        a_skill("care", "wondverzorging", "wondzorg", "zorg voor wonden"),
        a_skill("weld", "lastechnieken toepassen", "lassen"),
        a_skill("metal", "metaal verbinden", kind="knowledge"),
        a_skill("old", "stenografie", status="deprecated"),
    ),
    "skills_en.csv": table(
        SKILLS,
        a_skill("care", "wound care"),
        a_skill("weld", "apply welding techniques", "weld"),
        a_skill("tig", "TIG"),
    ),
    "occupations_nl.csv": table(
        OCCUPATIONS, ("Occupation", URI + "welder", "7212", "lasser", "lasster", "released", "7212.3")
    ),
    "broaderRelationsSkillPillar_nl.csv": table(
        BROADER,
        ("KnowledgeSkillCompetence", URI + "weld", "KnowledgeSkillCompetence", URI + "metal"),
        ("KnowledgeSkillCompetence", URI + "weld", "SkillGroup", URI + "S1"),
    ),
    "occupationSkillRelations_nl.csv": table(
        RELATIONS,
        (URI + "welder", "essential", "skill/competence", URI + "weld"),
        (URI + "welder", "Optional", "skill/competence", URI + "care"),
        (URI + "welder", "optional", "skill/competence", URI + "gone"),
    ),
    "skillGroups_nl.csv": table(SKILLS),
    "skills_de.csv": b"\xff\xfe no csv at all",
}


def written(folder: Path, **changed: bytes | None) -> Path:
    """The files in a folder; `changed`: by name without `.csv` another content, or None for no file."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = TABLES | {f"{name}.csv": content for name, content in changed.items()}
    for name, content in tables.items():
        if content is not None:
            (folder / name).write_bytes(content)
    return folder


def page(labels: Sequence[tuple[str, str, str, str]]) -> dict[str, object]:
    """A page of labels, as SPARQL gives it: concept, class, `prefLabel` or `altLabel`, and the label."""
    rows = [
        {"uri": URI + one, "type": CNLO + kind, "name": SKOS + name, "label": label}
        for one, kind, name, label in labels
    ]
    return {"results": {"bindings": [{name: {"value": cell} for name, cell in row.items()} for row in rows]}}


@dataclass
class CompetentServer(Source):
    """Answers SPARQL as far as our questions go: rows by page, to whoever sends the key."""

    labels: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Name of the concept, its class, `prefLabel` or `altLabel`, and the label."""
    relations: list[tuple[str, str, str]] = field(default_factory=list)

    def given(self, asked: Asked) -> Answer:
        """The answer to a question."""
        self.asked.append(asked)
        if self.next_answers:
            return self.next_answers.pop(0)
        if asked.headers.get("apikey") != self.token or "authorization" in asked.headers:
            return said({}, 401)
        return self.answer(asked)

    def answer(self, asked: Asked) -> Answer:
        query = asked.query["query"]
        page = re.search(r"LIMIT (\d+) OFFSET (\d+)$", query)
        if page is None or asked.headers["accept"] != "application/sparql-results+json":
            return said({}, 400)
        if "?label" in query:
            names = ("uri", "type", "name", "label")
            rows = [(URI + one, CNLO + kind, SKOS + name, label) for one, kind, name, label in sorted(self.labels)]
        else:
            names = ("uri", "relation", "other")
            rows = [(URI + one, relation, URI + other) for one, relation, other in sorted(self.relations)]
        size, start = map(int, page.groups())
        shown = rows[start : start + size]
        bindings = [
            {name: {"type": "uri", "value": cell} for name, cell in zip(names, row, strict=True)} for row in shown
        ]
        return said({"head": {"vars": list(names)}, "results": {"bindings": bindings}})
