"""Data of WorkRB that somebody has on disk, in the form in which WorkRB reads it: nothing here needs WorkRB itself.

`DATA` is the folder of `models.evaluation.evaluate` (docs/training.md): `dev/melo_bel_nl_*` and `esco/`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.evaluation import gold
from models.training.corpus import lines, table

ESCO_VERSION = "1.2.0"
MELO = {"bel_q_nl_c_nl": "melo_bel_nl_nl", "bel_q_nl_c_en": "melo_bel_nl_en"}
"""The sets of MELO that `DATA` has, by their names in WorkRB."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Queries, what is ranked for each, and what is right: `indices` into `targets` with `grades`, both per query.

    Without grades (empty) all that is named is as right.
    """

    queries: list[str]
    targets: list[str]
    indices: list[list[int]]
    grades: list[list[float]]


def of_gold(judged: gold.Judged) -> Ranked:
    """A part of the gold set: the mean grade of the two judges, from 0.5 to 3, of each pair with one; the others are 0.

    Only queries with a grade, as `models.evaluation.evaluate` counts.
    """
    grades = judged.grades
    some = [row for row in range(len(judged.queries)) if grades[row].any()]
    indices = [grades[row].nonzero()[0].tolist() for row in some]
    return Ranked(
        [judged.queries[row] for row in some],
        judged.candidates,
        indices,
        [grades[row][of_row].tolist() for row, of_row in zip(some, indices, strict=True)],
    )


def of_melo(data: Path, name: str) -> Ranked:
    """A set of MELO by its name in WorkRB. Raises OSError, KeyError for another name."""
    folder = data / "dev" / MELO[name]
    queries, targets = list(lines(folder / "queries.tsv.gz")), list(lines(folder / "corpus_elements.tsv.gz"))
    place = {id_: number for number, (id_, _) in enumerate(targets)}
    right: dict[str, list[int]] = {}
    for query, _, target, grade in lines(folder / "annotations.tsv.gz"):
        if int(grade) > 0 and target in place:
            right.setdefault(query, []).append(place[target])
    return Ranked(
        [text for _, text in queries], [text for _, text in targets], [right.get(x, []) for x, _ in queries], []
    )


def write_esco(data: Path, into: Path, language: str) -> tuple[int, int, int]:
    """Writes ESCO in a language (`nl` or `en`) into a folder, as the files of its publisher, which WorkRB reads.

    Returns how many skills, occupations and relations. `DATA` has a Dutch name for half of the skills: what is measured
    on those is no figure of the whole. Raises OSError, KeyError.
    """
    into.mkdir(parents=True, exist_ok=True)
    known = list(table(data / "esco/skills_nl_en.tsv"))
    others = [row["alt_en"] for row in known] if language == "en" else []
    alternatives = dict(zip((row["uri"] for row in known), others, strict=False))
    if language == "en":
        every = table(data / "esco/skills_en_all_labels.tsv")
        skills = [(row["uri"], row["pref_en"], alternatives.get(row["uri"]) or row["alt_en"]) for row in every]
    else:
        skills = [(row["uri"], row["pref_nl"], row["alt_nl"]) for row in known]
    jobs = [
        (row["uri"], row[f"pref_{language}"], row[f"alt_{language}"])
        for row in table(data / "esco/occupations_nl_en.tsv")
    ]
    skills, jobs = [row for row in skills if row[1]], [row for row in jobs if row[1]]
    named = {uri for uri, _, _ in (*skills, *jobs)}
    relations = [
        (row["occ_uri"], row["relation"], row["skill_uri"])
        for row in table(data / "esco/occupation_skill_relations_en_nl.tsv.gz")
        if row["occ_uri"] in named and row["skill_uri"] in named
    ]
    labels = ("conceptUri", "preferredLabel", "altLabels")
    _write(into / f"skills_{language}.csv", labels, _multiline(skills))
    _write(into / f"occupations_{language}.csv", labels, _multiline(jobs))
    _write(into / f"occupationSkillRelations_{language}.csv", ("occupationUri", "relationType", "skillUri"), relations)
    return len(skills), len(jobs), len(relations)


def _multiline(rows: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """With a line for each alternative, as ESCO has them."""
    return [(uri, name, others.replace(" | ", "\n")) for uri, name, others in rows]


def _write(path: Path, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headers)
        writer.writerows(rows)
