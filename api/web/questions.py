"""Views of a question in own words: what was understood as chips, what was not as questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.schemas.questions import sentence, slots
from matcher.locale import Language, say
from matcher.services.questions import Asked

_FIELD_OF = {
    "kind": "soort", "topic": "onderwerp", "not_topic": "niet", "day_parts": "dag-mon-morning", "period": "van",
    "place": "plaats", "level": "niveau", "online": "online", "certificate": "vog", "people": "aantal",
}  # fmt: skip
"""The id of the field in the form with which a slot is changed; the others follow from the text alone."""


@dataclass(frozen=True)
class Chip:
    """One slot: its name, what was understood, and the field that changes it."""

    name: str
    value: str
    field: str | None


@dataclass(frozen=True)
class QuestionView:
    """What is shown above a list: chips, and questions with the piece of the text that each is about."""

    chips: Sequence[Chip]
    questions: Sequence[str]
    can_be_saved: bool


def question_view(language: Language, asked: Asked) -> QuestionView:
    """The view of a question."""
    chips = [Chip(name, value, _FIELD_OF.get(slot)) for slot, name, value in slots(asked.reading, language)]
    told = []
    for doubt in asked.doubts:
        question = sentence(doubt, language)
        told.append(
            say(language, "questions.answer.piece", text=doubt.text, question=question) if doubt.text else question
        )
    return QuestionView(chips, told, asked.request is not None)
