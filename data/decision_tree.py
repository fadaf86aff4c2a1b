"""Compares our answers for the AI regulation with the decision tree that the ministry publishes.

    python data/decision_tree.py decision-tree.yaml

The file is that of https://github.com/MinBZK/ai-verordening-beslishulp (EUPL-1.2), of any version; it is not copied
here. Exit code 1 where a question that we answered was reworded, or an answer leads elsewhere than in our table: then
that question is to be answered again, and the table of `matcher/law/decision_tree.toml` raised by a version.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from matcher.domain.kinds import KINDS, Risk
from matcher.law.decision_tree import FIRST, Position, Tree, answered, outcome

RISKS = {"hoog-risico AI": Risk.HIGH, "geen hoog-risico AI": Risk.LIMITED}
_TERM = re.compile(r'"([^"]+)" in labels')


def wording_of(question: Mapping[str, Any]) -> str:
    """The first 16 hex digits of the SHA-256 of what is asked, explained and offered as answers."""
    texts = [question["question"], question.get("explanation") or "", *(one["answer"] for one in question["answers"])]
    return hashlib.sha256(" ".join(" ".join(texts).split()).encode()).hexdigest()[:16]


def holds(condition: str, labels: frozenset[str]) -> bool:
    """Whether a condition of the published file (terms, !, &&, ||, brackets) holds. Raises ValueError for another."""
    text = _TERM.sub(lambda term: "1" if term[1] in labels else "0", condition).replace(" ", "")
    while found := re.search(r"\(([^()]*)\)", text):
        text = f"{text[: found.start()]}{_flat(found[1])}{text[found.end() :]}"
    return _flat(text) == "1"


def _flat(text: str) -> str:
    """The value, 1 or 0, of a condition without brackets."""
    text = text.replace("!0", "1").replace("!1", "0")
    if not re.fullmatch(r"[01]((&&|\|\|)[01])*", text):
        msg = f"a condition that this script cannot read: {text}"
        raise ValueError(msg)
    return "1" if any("0" not in part for part in text.split("||")) else "0"


def walk(published: Mapping[str, Any], tree: Tree, kind: str, position: Position) -> Iterator[tuple[str, int, str]]:
    """Our answers in the published tree: question, answer, and where it leads; at the end the risk that it names."""
    questions = {question["questionId"]: question for question in published["questions"]}
    labels, place = frozenset[str](), FIRST
    while place in questions:
        number = tree.answer(place, kind, position)
        answer = questions[place]["answers"][number - 1]
        labels |= frozenset(answer.get("labels") or ())
        follows = _follows(answer, labels)
        yield place, number, follows
        place = follows
    yield "risk", 0, next(risk for label, risk in RISKS.items() if label in labels)


def _follows(answer: Mapping[str, Any], labels: frozenset[str]) -> str:
    for target in (answer, *(one for one in answer.get("redirects") or () if holds(one["if"], labels))):
        place = target.get("nextQuestionId") or target.get("nextConclusionId")
        if place:
            return str(place)
    msg = "an answer that leads nowhere"
    raise ValueError(msg)


def differences(published: Mapping[str, Any], tree: Tree | None = None) -> list[str]:
    """What no longer agrees, a line each."""
    tree = tree or answered()
    questions = {question["questionId"]: question for question in published["questions"]}
    lines = []
    for id_, wording in tree.wording.items():
        if id_ not in questions:
            lines.append(f"question {id_} is gone")
        elif wording_of(questions[id_]) != wording:
            lines.append(f"question {id_} was reworded")
    for position in Position:
        for kind in KINDS:
            ours = outcome(kind, position, tree)
            way = [*((step.question, step.answer, step.leads_to) for step in ours.steps), ("risk", 0, ours.risk)]
            try:
                theirs = list(walk(published, tree, kind, position))
            except (KeyError, IndexError, ValueError, StopIteration, RuntimeError) as error:
                lines.append(f"{kind} as {position}: no way through the published tree ({error})")
                continue
            if theirs != way:
                where = next((i for i, pair in enumerate(zip(way, theirs, strict=False)) if pair[0] != pair[1]), -1)
                lines.append(f"{kind} as {position}: ours {way[where]}, published {theirs[where]}")
    return lines


def main(path: Path) -> int:
    """Prints each difference; 0 where there is none."""
    import yaml

    tree = answered()
    lines = differences(yaml.safe_load(path.read_text("utf-8")), tree)
    for line in lines:
        print(line)
    print(f"our answers: version {tree.version} of {tree.answered}, for {tree.release} ({tree.commit[:12]})")
    print(f"{len(lines)} differences")
    return 1 if lines else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
