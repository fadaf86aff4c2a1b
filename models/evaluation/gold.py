"""The gold set: texts of requests, alumni and courses in people's own words, with graded pairs.

Two judges graded every pair independently: 0 not relevant, 1 the same field, 2 fits well, 3 exactly this
(data/gold/README.md). It serves measurement and calibration, never training.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parents[2] / "data" / "gold"
MOST = 3
"""The highest grade."""
Grades = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Judged:
    """Graded pairs. `first` and `second`: the grades of the two judges, shape (queries, candidates)."""

    name: str
    queries: list[str]
    candidates: list[str]
    first: Grades
    second: Grades

    @property
    def grades(self) -> NDArray[np.float64]:
        """The mean of the two judges, shape (queries, candidates)."""
        return (self.first + self.second) / 2

    @property
    def agreement(self) -> float:
        """Cohen's kappa with quadratic weights over all pairs: 1 is full agreement, 0 that expected by chance."""
        from sklearn.metrics import cohen_kappa_score

        return float(cohen_kappa_score(self.first.ravel(), self.second.ravel(), weights="quadratic"))


@dataclass(frozen=True, slots=True)
class Unseen:
    """Pairs of texts, one a place: what is asked, what is offered, and the grade; shape (pairs,)."""

    name: str
    asked: list[str]
    offered: list[str]
    grades: Grades


def read(folder: Path = FOLDER) -> list[Judged]:
    """Requests with alumni, and wishes with courses. Raises OSError, KeyError or ValueError for a malformed set."""
    alumni, requests, offerings = (_rows(folder / f"{name}.csv") for name in ("alumni", "requests", "offerings"))
    requested, can = _texts(requests, "title", "text"), _texts(alumni, "can")
    wants, offered = _texts([row for row in alumni if row["wants"]], "wants"), _texts(offerings, "title", "text")
    return [
        _judged("requests to alumni", requested, can, folder / "requests-alumni.csv"),
        _judged("wishes to courses", wants, offered, folder / "alumni-offerings.csv"),
    ]


def unseen(folder: Path = FOLDER) -> list[Unseen]:
    """The pairs that nobody looked at while anything was chosen. Raises as `read`."""
    rows = _rows(folder / "unseen.csv")
    grades = np.array([int(row["grade"]) for row in rows], np.int64)
    if grades.min() < 0 or grades.max() > MOST:
        raise ValueError("unseen.csv")
    by_request = np.array([row["query"].startswith("R-") for row in rows])
    asked, offered = (np.array([row[column] for row in rows], object) for column in ("asked", "offered"))
    return [
        Unseen(name, asked[some].tolist(), offered[some].tolist(), grades[some])
        for name, some in (("requests", by_request), ("wishes", ~by_request))
    ]


def _judged(name: str, queries: Mapping[str, str], candidates: Mapping[str, str], judgements: Path) -> Judged:
    rows, columns = ({id_: number for number, id_ in enumerate(texts)} for texts in (queries, candidates))
    grades = np.zeros((2, len(rows), len(columns)), np.int64)
    for row in _rows(judgements):
        position = rows[row["query"]], columns[row["candidate"]]
        grades[0][position], grades[1][position] = int(row["first"]), int(row["second"])
    if grades.min() < 0 or grades.max() > MOST:
        raise ValueError(judgements.name)
    return Judged(name, [*queries.values()], [*candidates.values()], grades[0], grades[1])


def _texts(rows: list[dict[str, str]], *columns: str) -> dict[str, str]:
    """The text of each row, by its id."""
    return {row["id"]: ". ".join(row[column].rstrip(".") for column in columns if row[column]) for row in rows}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))
