"""The risk class of each kind is the outcome of the ministry's decision tree, and the script notices another tree."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from data.decision_tree import differences, holds, wording_of
from matcher.domain.kinds import HIGH_RISK, KINDS
from matcher.law.decision_tree import FIRST, Position, Tree, answered, outcome


@pytest.mark.parametrize("position", Position)
@pytest.mark.parametrize("kind", KINDS)
def test_the_risk_of_a_kind_is_the_outcome_of_the_tree(kind: str, position: Position) -> None:
    """For a school and for the developer alike, each kind ends in the risk class that `kinds.py` gives it."""
    reached = outcome(kind, position)
    assert reached.risk is KINDS[kind].risk
    assert reached.steps[0].question == FIRST
    assert all(step.leads_to == after.question for step, after in zip(reached.steps, reached.steps[1:], strict=False))


def test_every_kind_has_an_answer_of_its_own() -> None:
    """Whether a kind is in Annex III is answered for each, and what is answered is on some way through the tree."""
    tree = answered()
    assert set(tree.by_kind["2.4"]) == set(KINDS)
    assert {kind for kind in KINDS if tree.by_kind["2.4"][kind] == 1} == HIGH_RISK
    ways = [outcome(kind, position) for kind in KINDS for position in Position]
    met = {step.question for way in ways for step in way.steps}
    assert met == {*tree.answers, *tree.by_position, *tree.by_kind} == set(tree.wording)
    assert {way.conclusion for way in ways} == set(tree.conclusions)
    followed = {(step.question, step.answer, step.leads_to) for way in ways for step in way.steps}
    assert followed == {(link.question, link.answer, link.leads_to) for link in tree.links}


def made_up() -> tuple[dict[str, Any], Tree]:
    """A file in the form of the published one, with texts of our own, and our table with its digests."""
    tree = answered()
    questions: dict[str, dict[str, Any]] = {}
    for link in tree.links:
        question = questions.setdefault(
            link.question,
            {"questionId": link.question, "question": f"vraag {link.question}?", "explanation": "", "answers": []},
        )
        while len(question["answers"]) < link.answer:
            question["answers"].append({"answer": f"antwoord {len(question['answers']) + 1}"})
        answer = question["answers"][link.answer - 1]
        answer["labels"] = sorted(link.labels)
        end = "nextConclusionId" if link.leads_to in tree.conclusions else "nextQuestionId"
        condition = " && ".join(f'"{label}" in labels' for label in sorted(link.when)) or '!("elders" in labels)'
        answer.setdefault("redirects", []).append({end: link.leads_to, "if": condition})
    digests = {id_: wording_of(question) for id_, question in questions.items()}
    return {"questions": list(questions.values())}, replace(tree, wording=digests)


def changed(published: dict[str, Any], id_: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A copy of the file, and the question in it that is to be changed."""
    other = deepcopy(published)
    return other, next(question for question in other["questions"] if question["questionId"] == id_)


def test_the_script_notices_what_changed() -> None:
    """No line for the same tree; one for a reworded question, one that is gone, and a way that ends elsewhere."""
    published, tree = made_up()
    assert differences(published, tree) == []

    reworded, question = changed(published, "2.4")
    question["explanation"] = "iets anders"
    assert differences(reworded, tree) == ["question 2.4 was reworded"]

    elsewhere, question = changed(published, "2.4")
    del question["answers"][1]["labels"]
    question["answers"][1]["redirects"] = [{"nextQuestionId": "2.7.2", "if": '"AI-systeem" in labels'}]
    lines = differences(elsewhere, tree)
    kinds = [kind for kind in KINDS if kind not in HIGH_RISK]
    assert {line.split(" as ")[0] for line in lines} == set(kinds)
    assert all("('2.4', 2, '2.11')" in line for line in lines)

    shorter, question = changed(published, "2.5")
    shorter["questions"].remove(question)
    assert "question 2.5 is gone" in differences(shorter, tree)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('"a" in labels', True),
        ('"c" in labels', False),
        ('!("c" in labels) && !("d" in labels)', True),
        ('!("a" in labels) || "c" in labels', False),
        ('("c" in labels || "a" in labels) && "b" in labels', True),
        ('"c" in labels || "a" in labels && "b" in labels', True),
        ('"c" in labels && ("a" in labels || "b" in labels)', False),
    ],
)
def test_a_condition_is_read_as_the_page_reads_it(condition: str, expected: bool) -> None:
    """Conditions of the file hold for labels a and b as they would in the ministry's own program."""
    assert holds(condition, frozenset("ab")) is expected


def test_a_condition_of_another_form_is_refused() -> None:
    """What the script cannot read is never taken for true or false."""
    with pytest.raises(ValueError, match="cannot read"):
        holds('labels.length > 2 && "a" in labels', frozenset("a"))
