"""Questions of a school to its alumni, and which answers may be shown: never those of fewer than five people.

Answers are counts from the moment they are given, by qualification, and of nobody. Once the questions are closed small
groups are taken together for good: what is left is what may be shown. The groups that are left share no answer and
none has fewer than five, so no sum and no difference of shown numbers is about fewer.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from matcher.domain.crebo import entry
from matcher.domain.records import Qualification
from matcher.errors import InvalidValue
from matcher.text import fold

LEAST = 5
"""The fewest answers of a group that are shown."""
MOST_QUESTIONS = 5
MOST_CHOICES = 8
LONGEST_QUESTION = 200
LONGEST_CHOICE = 80
LONGEST_ANSWER = 300
OPEN = timedelta(days=30)
"""How long questions can be answered; what came of them is shown after that."""
FEEDBACK = "feedback"
"""The purpose of a link to questions begins with this."""
REST = ""
"""The group of everybody whose own group is too small, or not known."""


class AnswerForm(StrEnum):
    """How a question is answered. TEXT: in own words, which may betray who wrote them."""

    SCALE = "scale"
    YES_NO = "yes_no"
    CHOICE = "choice"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `choices`: of CHOICE alone."""

    form: AnswerForm
    text: str
    choices: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The answers to choose from, as they are counted; none for TEXT. A choice by its place, from 0."""
        match self.form:
            case AnswerForm.SCALE:
                return ("1", "2", "3", "4", "5")
            case AnswerForm.YES_NO:
                return ("yes", "no")
            case AnswerForm.CHOICE:
                return tuple(str(place) for place in range(len(self.choices)))
            case AnswerForm.TEXT:
                return ()

    @property
    def digest(self) -> str:
        """By this it is known again in another year: what is asked, and what can be answered."""
        said = json.dumps([self.form.value, fold(self.text), *map(fold, self.choices)])
        return hashlib.sha256(said.encode()).hexdigest()[:32]

    def written(self) -> dict[str, Any]:
        """As JSON."""
        return {"form": self.form.value, "text": self.text, **({"choices": list(self.choices)} if self.choices else {})}


def read_questions(written: Sequence[Mapping[str, Any]]) -> tuple[Question, ...]:
    """The questions of `Question.written`. Raises InvalidValue('feedback_question') for what is none."""
    try:
        return tuple(
            Question(AnswerForm(one["form"]), str(one["text"]), tuple(one.get("choices", ()))) for one in written
        )
    except (KeyError, TypeError, ValueError):
        raise InvalidValue("feedback_question") from None


def checked(questions: Sequence[Question]) -> tuple[Question, ...]:
    """The questions with texts put right.

    Raises InvalidValue: `feedback_count`, `feedback_length`, `feedback_choices`, and `feedback_twice` for a question
    that is asked twice.
    """
    if not 1 <= len(questions) <= MOST_QUESTIONS:
        raise InvalidValue("feedback_count", most=MOST_QUESTIONS)
    right = tuple(
        Question(one.form, " ".join(one.text.split()), tuple(" ".join(choice.split()) for choice in one.choices))
        for one in questions
    )
    for one in right:
        if not 0 < len(one.text) <= LONGEST_QUESTION or any(
            not 0 < len(choice) <= LONGEST_CHOICE for choice in one.choices
        ):
            raise InvalidValue("feedback_length", most=LONGEST_QUESTION, choice=LONGEST_CHOICE)
        listed = len(one.choices)
        if (one.form is AnswerForm.CHOICE) != (listed > 0) or listed == 1 or listed > MOST_CHOICES:
            raise InvalidValue("feedback_choices", most=MOST_CHOICES)
        if len(set(map(fold, one.choices))) < listed:
            raise InvalidValue("feedback_choices", most=MOST_CHOICES)
    if len({one.digest for one in right}) < len(right):
        raise InvalidValue("feedback_twice")
    return right


def link_of(message_key: int) -> str:
    """The purpose of the link to the questions of a message."""
    return f"{FEEDBACK} {message_key}"


def message_of(purpose: str) -> int | None:
    """The key of the message whose questions a link opens; None for a link with another purpose."""
    kind, _, key = purpose.partition(" ")
    return int(key) if kind == FEEDBACK and key.isdigit() else None


def group_of(qualifications: Sequence[Qualification]) -> str:
    """The group in which an alumnus is counted: the code of the last qualification in the public register, else REST.

    Never a text of a list: that may be of one person alone.
    """
    last = max(qualifications, key=lambda one: one.year or 0, default=None)
    known = entry(last.crebo, last.name) if last is not None else None
    return known.crebo if known is not None else REST


Counts = Mapping[str, Mapping[str, int]]
"""How many gave an answer, by group."""


def published(counts: Counts, least: int = LEAST) -> dict[str, dict[str, int]]:
    """What may be shown of the answers to one question: each group with at least `least` answers.

    Smaller groups, and those not known, are taken together as REST; where those are still too few, the smallest group
    that could be shown goes with them. Empty where all together are too few. Zeros are left out.
    """
    groups = {group: Counter({code: count for code, count in one.items() if count}) for group, one in counts.items()}
    sizes = {group: one.total() for group, one in groups.items() if one}
    shown = sorted((group for group in sizes if group != REST and sizes[group] >= least), key=lambda g: (sizes[g], g))
    rest = [group for group in sizes if group not in shown]
    while shown and 0 < sum(sizes[group] for group in rest) < least:
        rest.append(shown.pop(0))
    together: Counter[str] = Counter()
    for group in rest:
        together.update(groups[group])
    if 0 < together.total() < least:
        return {}
    left = {group: dict(groups[group]) for group in sorted(shown)}
    return left | ({REST: dict(together)} if together else {})


def too_few(texts: Mapping[int, Sequence[str]], least: int = LEAST) -> list[int]:
    """The questions to which fewer than `least` answers in own words came: none of those may be shown."""
    return sorted(question for question, answers in texts.items() if len(answers) < least)
