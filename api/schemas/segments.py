"""Segments, and what came of questions, as JSON."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from api.schemas.days import Day
from api.schemas.rankings import Model
from matcher.domain.kinds import Purpose
from matcher.domain.segments import FIRST_YEAR, LAST_YEAR, LONGEST_NAME, MOST_KM, Criteria
from matcher.services.feedback import Result, Round
from matcher.services.segment_asks import Look
from matcher.services.segment_messages import Standing
from matcher.services.segments import Counted

Year = Annotated[int | None, Field(ge=FIRST_YEAR, le=LAST_YEAR)]
Part = Annotated[str, Field(max_length=LONGEST_NAME)]


class CriteriaIn(Model):
    """What the alumni of a segment have in common; what is left out says nothing."""

    model_config = ConfigDict(extra="forbid")

    year_from: Annotated[Year, Field(description="Left in this year or later.")] = None
    year_to: Annotated[Year, Field(description="Left in this year or earlier.")] = None
    qualification: Annotated[Part, Field(description="A crebo code, or part of the name.")] = ""
    level: Annotated[int | None, Field(ge=1, le=4)] = None
    left_from: Day | None = None
    left_to: Day | None = None
    sector: Part = ""
    function: Part = ""
    place: Annotated[Part, Field(description="A town; with `km`.")] = ""
    km: Annotated[float | None, Field(gt=0, le=MOST_KM, allow_inf_nan=False)] = None
    asked: Annotated[bool | None, Field(description="Whether they were ever asked.")] = None
    gave: Annotated[bool | None, Field(description="Whether they gave within a year.")] = None
    received: Annotated[bool | None, Field(description="Whether they had something of it within a year.")] = None
    purpose: Annotated[Purpose | None, Field(description="A consent that is in force.")] = None

    def criteria(self) -> Criteria:
        """As the service takes them."""
        return Criteria(**self.model_dump())


class SegmentIn(Model):
    """A filter to save."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Koks van 2024", "criteria": {"qualification": "kok", "level": 2}}]},
    )

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    criteria: CriteriaIn = CriteriaIn()
    school: Annotated[str | None, Field(max_length=200, description="Of which school; the asker's own if absent.")] = (
        None
    )


class SegmentOut(Model):
    """A saved filter."""

    id: str = Field(examples=["K3V7QWXT"])
    school: str
    name: str
    criteria: dict[str, Any]
    people: int | None = Field(description="Alumni of it today, whatever they agreed to; null in the answer to a POST.")


class SegmentsOut(Model):
    """The segments of a school."""

    items: list[SegmentOut]


class LookOut(Model):
    """Whom a message with a purpose may go to today. `mailed` and the counts of `left_out` add up to `people`."""

    people: int
    mailed: int
    left_out: dict[str, int] = Field(examples=[{"no_consent": 60, "no_address": 20, "objects": 3}])


class FiguresOut(Model):
    """What came of a message: `asked` is `sent`, `waiting` and `released`."""

    asked: int
    sent: int
    waiting: int
    released: int
    answered: int


class MessageOut(Model):
    """A message to a segment. `alone`: its writer approved it, since the school had no other coordinator."""

    id: str
    school: str
    segment: str
    purpose: str
    subject: str
    state: str = Field(examples=["sent"])
    approved_on: date | None
    alone: bool
    figures: FiguresOut | None = Field(description="Null before it was approved.")


class MessagesOut(Model):
    """The messages of a school, the newest first."""

    items: list[MessageOut]


class GroupOut(Model):
    """The answers of one group, by code. `qualification`: a crebo code, empty for all others together."""

    qualification: str = Field(examples=["25180"])
    answers: dict[str, int]
    last_year: dict[str, int] | None = Field(description="Null where it was not asked, or too few answered.")


class ResultOut(Model):
    """What came of one question. No groups where fewer than five answered."""

    form: str = Field(examples=["scale"])
    text: str
    choices: list[str]
    groups: list[GroupOut]
    together: dict[str, int]
    last_year: dict[str, int] | None
    texts: list[str] = Field(description="Answers in own words, in the order of their letters.")


class RoundOut(Model):
    """Questions that were asked once. `results` is null until they are closed."""

    id: str
    school: str
    segment: str
    subject: str
    asked_on: date | None
    closes_on: date | None
    answered: int
    results: list[ResultOut] | None


class RoundsOut(Model):
    """The questions of a school, those asked last first."""

    items: list[RoundOut]


def segment_out(one: Counted) -> SegmentOut:
    """A segment with its count."""
    kept = one.segment
    return SegmentOut(id=kept.id, school=kept.school, name=kept.name, criteria=dict(kept.criteria), people=one.people)


def look_out(look: Look) -> LookOut:
    """Whom a message may go to."""
    left_out = {because.value: count for because, count in look.left_out.items()}
    return LookOut(people=look.people, mailed=look.mailed, left_out=left_out)


def message_out(one: Standing) -> MessageOut:
    """A message and what came of it."""
    message, figures = one.message, one.figures
    told = None
    if figures is not None:
        told = FiguresOut(
            asked=figures.asked,
            sent=figures.sent,
            waiting=figures.waiting,
            released=figures.released,
            answered=figures.answered,
        )
    return MessageOut(
        id=message.id,
        school=message.school,
        segment=message.segment,
        purpose=message.purpose,
        subject=message.subject,
        state=message.state,
        approved_on=message.approved_on,
        alone=message.alone,
        figures=told,
    )


def _result(result: Result) -> ResultOut:
    return ResultOut(
        form=result.question.form.value,
        text=result.question.text,
        choices=list(result.question.choices),
        groups=[
            GroupOut(
                qualification=one.qualification,
                answers=dict(one.answers),
                last_year=None if one.last_year is None else dict(one.last_year),
            )
            for one in result.groups
        ],
        together=dict(result.together),
        last_year=None if result.last_year is None else dict(result.last_year),
        texts=list(result.texts),
    )


def round_out(one: Round) -> RoundOut:
    """Questions and what came of them."""
    message = one.message
    return RoundOut(
        id=message.id,
        school=message.school,
        segment=message.segment,
        subject=message.subject,
        asked_on=message.approved_on,
        closes_on=message.closes_on,
        answered=one.answered,
        results=[_result(result) for result in one.results] or None,
    )
