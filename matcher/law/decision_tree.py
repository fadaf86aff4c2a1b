"""The risk class of each kind of query by the ministry's decision tree for the AI regulation.

`decision_tree.toml` holds our answers, and which question each of them leads to: question ids and links are facts of
the published tree, whose texts stay there. `data/decision_tree.py FILE` compares the table with the published file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from matcher.domain.kinds import Risk

FIRST = "1.1"
"""The question at which everyone begins."""


class Position(StrEnum):
    """Who asks: whoever develops the program and offers it, or a school that uses it as it is."""

    PROVIDER = "provider"
    DEPLOYER = "deployer"


@dataclass(frozen=True, slots=True)
class Link:
    """Where an answer leads; `labels` are what it says of us, `when` the labels that must have been given before."""

    question: str
    answer: int
    leads_to: str
    labels: frozenset[str]
    when: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tree:
    """The published version that was answered, our answers, and the links that those follow."""

    repository: str
    file: str
    release: str
    commit: str
    published: date
    licence: str
    version: int
    """The version of our answers."""
    answered: date
    answers: Mapping[str, int]
    """The number of our answer, from 1, where it is the same for every kind."""
    by_position: Mapping[str, Mapping[Position, int]]
    by_kind: Mapping[str, Mapping[str, int]]
    links: tuple[Link, ...]
    conclusions: Mapping[str, Risk]
    wording: Mapping[str, str]
    """The first 16 hex digits of the SHA-256 of a question's text: a reworded question is to be answered again."""

    def answer(self, question: str, kind: str, position: Position) -> int:
        """The number of our answer, from 1. Raises KeyError for a question that was not answered."""
        if question in self.by_position:
            return self.by_position[question][position]
        return self.by_kind[question][kind] if question in self.by_kind else self.answers[question]


@dataclass(frozen=True, slots=True)
class Step:
    """One question on the way, our answer to it, and the question or conclusion that follows."""

    question: str
    answer: int
    leads_to: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The way of one kind through the tree, its conclusion, and the risk class that follows from that."""

    steps: tuple[Step, ...]
    conclusion: str
    risk: Risk


@cache
def answered() -> Tree:
    """The table of `decision_tree.toml`."""
    raw = tomllib.loads(Path(__file__).with_name("decision_tree.toml").read_text("utf-8"))
    source = raw["source"]
    return Tree(
        **{name: source[name] for name in ("repository", "file", "release", "commit", "published", "licence")},
        version=raw["version"],
        answered=raw["answered"],
        answers=raw["answers"],
        by_position={
            question: {Position(name): number for name, number in own.items()}
            for question, own in raw["by_position"].items()
        },
        by_kind=raw["by_kind"],
        links=tuple(
            Link(
                link["question"],
                link["answer"],
                link["leads_to"],
                frozenset(link.get("labels", ())),
                frozenset(link.get("when", ())),
            )
            for link in raw["links"]
        ),
        conclusions={conclusion: Risk(risk) for conclusion, risk in raw["conclusions"].items()},
        wording=raw["wording"],
    )


def outcome(kind: str, position: Position = Position.DEPLOYER, tree: Tree | None = None) -> Outcome:
    """The way of one kind (a code of `KINDS`) through the tree. Raises KeyError where the table leads nowhere."""
    tree = tree or answered()
    steps = tuple(_walk(kind, position, tree))
    conclusion = steps[-1].leads_to
    return Outcome(steps, conclusion, tree.conclusions[conclusion])


def _walk(kind: str, position: Position, tree: Tree) -> Iterator[Step]:
    question, labels = FIRST, frozenset[str]()
    for _ in range(len(tree.links)):
        number = tree.answer(question, kind, position)
        link = _followed(tree, question, number, labels)
        labels |= link.labels
        yield Step(question, number, link.leads_to)
        if link.leads_to in tree.conclusions:
            return
        question = link.leads_to
    raise KeyError(question)


def _followed(tree: Tree, question: str, answer: int, labels: frozenset[str]) -> Link:
    for link in tree.links:
        if (link.question, link.answer) == (question, answer) and link.when <= labels | link.labels:
            return link
    raise KeyError(question)
