"""Views of a question in own words: what was understood as chips that can be changed, doubts with their answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from api.schemas.questions import sentence, slots
from api.web.forms import Wish
from matcher.domain.kinds import RequestKind
from matcher.locale import Language, say
from matcher.questions import Doubt
from matcher.services.questions import Asked
from matcher.text import TOWN_LINK

FIELDS = ("kind", "topic", "not_topic", "place", "day_parts", "period", "online", "level", "people", "certificate")
"""The slots that a reader can change, in the order of the form."""
ADDED = ("day_parts", "place", "period")
"""Those that get a chip of their own where nothing was said of them; the rest stand together."""
SENT_BY: Mapping[str, tuple[str, ...]] = {
    "kind": ("soort",), "topic": ("onderwerp",), "place": ("plaats",), "": (),
}  # fmt: skip
"""By slot that may be in doubt the fields of its form."""
_ABOUT = {
    "kind": {"kind", "kind_needed", "kind_assumed"},
    "place": {"place_meant", "place_several", "place_region", "place_second", "place_unknown"},
    "topic": {"topic_meant", "topic_unknown", "word", "topic_needed", "topic_or_class_needed"},
}
"""By slot the doubts that filling it in answers."""


@dataclass(frozen=True)
class Chip:
    """One slot: its name, what was understood (empty for nothing), and the form in which it is changed.

    `form` is empty for a slot that follows from the text alone. One that is in doubt has a form of its own: so changing
    another does not answer the doubt.
    """

    slot: str
    name: str
    value: str
    form: str


@dataclass(frozen=True)
class Choice:
    """A button that answers a doubt: the field that it sends, its value and its words."""

    field: str
    value: str
    text: str


@dataclass(frozen=True)
class Question:
    """A doubt as a question, with the piece of the text that it is about; `slot`: the one in doubt, '' for none."""

    text: str
    choices: Sequence[Choice]
    slot: str


@dataclass(frozen=True)
class QuestionView:
    """What is shown above a list."""

    chips: Sequence[Chip]
    added: Sequence[Chip]
    """Slots of which nothing was said, each with a chip; `rest`: the others."""
    rest: Sequence[str]
    questions: Sequence[Question]
    doubted: Sequence[str]
    """Slots with a form of their own."""
    can_be_saved: bool


def question_view(language: Language, asked: Asked, wish: Wish) -> QuestionView:
    """The view of a question; `wish`: the form, filled in with what was understood."""
    doubted = {slot for slot, codes in _ABOUT.items() if any(doubt.code in codes for doubt in asked.doubts)}

    def chip(slot: str, name: str, value: str) -> Chip:
        form = f"vraag-{slot}" if slot in doubted else "vraag" if slot in FIELDS else ""
        return Chip(slot, name, value, form)

    chips = [chip(*one) for one in slots(asked.reading, language)]
    there = {one.slot for one in chips} | ({"day_parts", "period"} if asked.reading.moments else set())
    added = [chip(slot, say(language, f"questions.slots.{slot}"), "") for slot in ADDED if slot not in there]
    rest = [slot for slot in FIELDS if slot not in there and slot not in ADDED and slot not in doubted]
    questions = [_question(language, doubt, wish) for doubt in asked.doubts]
    return QuestionView(chips, added, rest, questions, sorted(doubted), asked.request is not None)


def _question(language: Language, doubt: Doubt, wish: Wish) -> Question:
    text = sentence(doubt, language)
    if doubt.text:
        text = say(language, "questions.answer.piece", text=doubt.text, question=text)
    slot = next((slot for slot, codes in _ABOUT.items() if doubt.code in codes), "")
    return Question(text, list(_choices(language, doubt, wish)), slot)


def _choices(language: Language, doubt: Doubt, wish: Wish) -> Iterator[Choice]:
    """The answers that a click gives."""
    values: Mapping[str, object] = doubt.values
    match doubt.code:
        case "place_meant":
            yield Choice("plaats", str(values["suggest"]), str(values["suggest"]))
        case "place_several":
            names = values["choices"]
            yield from (Choice("plaats", str(name), str(name)) for name in (names if isinstance(names, list) else []))
        case "place_second":
            both = TOWN_LINK.join((str(values["first"]), doubt.text))
            yield Choice("plaats", both, say(language, "asking.doubt.both"))
            yield Choice("plaats", str(values["first"]), say(language, "asking.doubt.only", name=values["first"]))
        case "topic_meant":
            meant = (wish.topic or "").replace(doubt.text, str(values["suggest"]))
            yield Choice("onderwerp", meant, str(values["suggest"]))
        case "kind_assumed":
            kind = RequestKind(str(values["kind"])).value
            yield Choice("soort", kind, say(language, "asking.doubt.kind", kind=say(language, f"words.kind.{kind}")))
        case _:
            return
    if doubt.code in {"place_meant", "place_several"}:
        yield Choice("plaats", "", say(language, "asking.doubt.any"))
