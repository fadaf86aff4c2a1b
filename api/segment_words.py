"""Segments, whom a message goes to and what came of questions, in words: for pages, commands and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.domain.crebo import register
from matcher.domain.feedback import REST, AnswerForm, Question
from matcher.domain.kinds import Purpose
from matcher.domain.segments import Criteria
from matcher.locale import Language, decimals, say
from matcher.repositories.segments import SENT, KeptMessage
from matcher.services.feedback import Result
from matcher.services.segment_asks import Look
from matcher.services.segment_messages import Figures

_PLAIN = ("qualification", "level", "left_from", "left_to", "sector", "function")
_COUNTS = ("asked", "sent", "waiting", "released")


@dataclass(frozen=True, slots=True)
class Row:
    """The answers of one group in words, and those of last year; None where there are none to show."""

    group: str
    answers: str
    last_year: str | None


def criteria_words(language: Language, criteria: Criteria) -> list[str]:
    """What the alumni of a segment have in common."""

    def line(name: str, **values: object) -> str:
        return say(language, f"segments.criterion.{name}", **values)

    words = []
    first, last = criteria.year_from, criteria.year_to
    if first is not None and last is not None:
        words.append(line("years", first=str(first), last=str(last)))
    elif first is not None or last is not None:
        words.append(line("year_from" if last is None else "year_to", value=str(first or last)))
    said = ((name, getattr(criteria, name)) for name in _PLAIN)
    words += [line(name, value=value) for name, value in said if value not in {None, ""}]
    if criteria.place and criteria.km is not None:
        words.append(line("place", km=criteria.km, place=criteria.place))
    for name in ("asked", "gave", "received"):
        value = getattr(criteria, name)
        words += [] if value is None else [line(f"{name}_{'yes' if value else 'no'}")]
    if criteria.purpose is not None:
        words.append(line("purpose", value=say(language, f"words.purpose.{criteria.purpose}")))
    return words or [line("all")]


def look_words(language: Language, look: Look, purpose: Purpose) -> tuple[str, list[str]]:
    """How many may have a message, and of the others how many not for which reason."""
    key = "mailed" if look.mailed else "nobody"
    line = say(language, f"segments.look.{key}", people=look.people, count=look.mailed)
    word = say(language, f"words.purpose.{purpose}")
    return line, [
        say(language, f"segments.left_out.{because}", count=count, purpose=word)
        for because, count in look.left_out.items()
        if count
    ]


def state_words(language: Language, message: KeptMessage) -> str:
    """How a message stands."""
    values = {"day": message.approved_on} if message.state == SENT and message.approved_on else {}
    return say(language, f"segments.state.{message.state}", **values)


def figure_words(language: Language, figures: Figures, *, asks: bool) -> list[tuple[int, str]]:
    """What came of a message; `asks`: of one with questions also how many answered."""
    names = (*_COUNTS, *(("answered",) if asks else ()))
    return [(getattr(figures, name), say(language, f"segments.message.{name}")) for name in names]


def group_word(language: Language, code: str) -> str:
    """The name of a group: the official name of a qualification."""
    if code == REST:
        return say(language, "segments.feedback.rest")
    known = register().get(code)
    return f"{known.name} ({code})" if known else code


def answer_word(language: Language, question: Question, code: str) -> str:
    """An answer that was chosen."""
    match question.form:
        case AnswerForm.YES_NO:
            return say(language, f"segments.answer.{code}")
        case AnswerForm.CHOICE:
            return question.choices[int(code)]
        case _:
            return code


def answers_words(language: Language, question: Question, answers: Mapping[str, int]) -> str:
    """The answers of a group: the mean of a scale, the shares of others."""
    total = sum(answers.values())
    if question.form is AnswerForm.SCALE:
        mean = sum(int(code) * count for code, count in answers.items()) / total
        return say(language, "segments.feedback.mean", value=decimals(language, mean), count=total)
    shares = [
        say(
            language,
            "segments.feedback.share",
            answer=answer_word(language, question, code),
            percent=round(100 * answers.get(code, 0) / total),
        )
        for code in question.codes
    ]
    return f"{', '.join(shares)} ({say(language, 'segments.feedback.answered', count=total)})"


def result_rows(language: Language, result: Result) -> list[Row]:
    """The groups of a question, all together first; empty where too few answered."""

    def shown(answers: Mapping[str, int] | None) -> str | None:
        return answers_words(language, result.question, answers) if answers else None

    rows = [
        Row(group_word(language, one.qualification), shown(one.answers) or "", shown(one.last_year))
        for one in result.groups
    ]
    if not rows:
        return []
    together = say(language, "segments.feedback.together")
    return [Row(together, shown(result.together) or "", shown(result.last_year)), *rows]
